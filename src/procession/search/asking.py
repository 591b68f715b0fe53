"""What somebody typed, as a query of each database's full-text index.

Only words that `search.words` found go into a query, quoted: nothing that anybody types is syntax of an index.
"""

import re
from collections.abc import Mapping, Sequence

import msgspec

from procession.search.words import stands_alone, words_of

MOST_TERMS = 40
"""More words are not asked for: what has all of these is found."""
_QUOTED = re.compile(r'["\u201c\u201d\u201e\u00ab\u00bb]')


class Term(msgspec.Struct, frozen=True):
    """Words that stand in a row; one of one word may stand for a `key` (an id, a number), or begin a word."""

    words: tuple[str, ...]
    key: str | None = None
    begins: bool = False


def read_terms(text: str) -> tuple[Term, ...]:
    """What has to be found: words, phrases in quotes; the last word may be the beginning of one (SRCH-04)."""
    terms: list[Term] = []
    for place, part in enumerate(_QUOTED.split(text)):
        if place % 2:
            if words := words_of(part):
                terms.append(Term(tuple(words), words[0] if len(words) == 1 else None))
            continue
        for chunk in part.split():
            terms.extend(_terms(chunk))
    terms = list(dict.fromkeys(terms))[:MOST_TERMS]
    if terms and not _ends_quoted(text) and len(terms[-1].words) == 1:
        terms[-1] = msgspec.structs.replace(terms[-1], begins=True)
    return tuple(terms)


def _ends_quoted(text: str) -> bool:
    return _QUOTED.match(text.rstrip()[-1:]) is not None


def _terms(chunk: str) -> list[Term]:
    """The words of what was typed without a blank. Characters that are words by themselves stand in a row."""
    terms: list[Term] = []
    row: list[str] = []
    for word in words_of(chunk):
        if stands_alone(word):
            row.append(word)
            continue
        if row:
            terms.append(Term(tuple(row)))
            row = []
        terms.append(Term((word,), word))
    if row:
        terms.append(Term(tuple(row)))
    return terms


class Asked(msgspec.Struct, frozen=True):
    """A query as the databases read it. Each narrower than the one before: words alike, as typed, in the title."""

    wide: str
    typed: str
    titled: str


def fts5(mark: str, terms: Sequence[Term], alike: Mapping[str, Sequence[str]], *, tags: bool) -> Asked:
    """The query in the words of FTS5."""

    def phrase(words: Sequence[str], *, begins: bool = False) -> str:
        return '"' + " ".join(f"{mark}_{one}" for one in words) + '"' + (" *" if begins else "")

    def said(term: Term, others: Sequence[str] = ()) -> str:
        ways = [phrase(term.words, begins=term.begins)]
        if term.key is not None:
            ways.append(f'"{mark}__{term.key}"')
        ways += [phrase((one,)) for one in others]
        return ways[0] if len(ways) == 1 else f"({' OR '.join(ways)})"

    where = "{title body tags}" if tags else "{title body}"
    wide = " AND ".join(said(one, _others(one, alike)) for one in terms)
    typed = " AND ".join(said(one) for one in terms)
    return Asked(f"{where} : ({wide})", f"{where} : ({typed})", f"title : ({typed})")


def tsquery(mark: str, terms: Sequence[Term], alike: Mapping[str, Sequence[str]], *, tags: bool) -> Asked:
    """The query in the words of PostgreSQL."""

    def phrase(words: Sequence[str], weights: str, *, begins: bool = False) -> str:
        star = "*" if begins else ""
        return "(" + " <-> ".join(f"'{mark}_{one}':{star}{weights}" for one in words) + ")"

    def said(term: Term, weights: str, others: Sequence[str] = ()) -> str:
        ways = [phrase(term.words, weights, begins=term.begins)]
        if term.key is not None:
            ways.append(f"'{mark}__{term.key}':{weights}")
        ways += [phrase((one,), weights) for one in others]
        return ways[0] if len(ways) == 1 else f"({' | '.join(ways)})"

    weights = "ABC" if tags else "AB"
    wide = " & ".join(said(one, weights, _others(one, alike)) for one in terms)
    typed = " & ".join(said(one, weights) for one in terms)
    return Asked(wide, typed, " & ".join(said(one, "A") for one in terms))


def named(dialect: str, marks: Sequence[str], words: Sequence[str]) -> str:
    """What has a tag of these words, whatever the kind of thing is."""
    if dialect == "sqlite":
        ways = [" AND ".join(f'"{mark}_{word}"' for word in words) for mark in marks]
        return "tags : (" + " OR ".join(f"({one})" for one in ways) + ")"
    return " | ".join("(" + " & ".join(f"'{mark}_{word}':C" for word in words) + ")" for mark in marks)


def _others(term: Term, alike: Mapping[str, Sequence[str]]) -> Sequence[str]:
    return alike.get(term.words[0], ()) if len(term.words) == 1 and term.key is not None else ()
