"""Where a hit matches: a piece of each text with the words marked, everything else escaped (SRCH-05)."""

import html
from collections.abc import Collection, Iterable, Mapping, Sequence

from procession.search.asking import Term
from procession.search.words import placed_words

AROUND = 60
"""Characters shown on either side of the first match."""
MOST_FIELDS = 5
Match = tuple[str, str]


def matches_of(
    texts: Mapping[str, object], keys: Iterable[str], terms: Sequence[Term], alike: Mapping[str, Sequence[str]]
) -> tuple[Match, ...]:
    """Field and excerpt of every text that matches, in their order; `keys`: id and number, found as a whole alone."""
    sought = frozenset(word for one in terms for word in (*one.words, *alike.get(one.words[0], ())))
    begun = tuple(one.words[0] for one in terms if one.begins)
    found = []
    for field, text in texts.items():
        said = " · ".join(map(str, text)) if isinstance(text, list) else str(text)
        excerpt = _excerpt(said, sought, begun)
        if excerpt is not None:
            found.append((field, excerpt))
    named = zip(("id", "number"), keys, strict=False)
    found += [(name, f"<em>{html.escape(key)}</em>") for name, key in named if key in sought]
    return tuple(found[:MOST_FIELDS])


def _excerpt(text: str, sought: Collection[str], begun: tuple[str, ...]) -> str | None:
    """The text around the first match with every match in it marked; None: there is none."""
    spans: list[tuple[int, int]] = []
    for word, start, end in placed_words(text):
        if spans and start > spans[0][0] + 2 * AROUND:
            break
        if (word in sought or word.startswith(begun)) and (not spans or start >= spans[-1][1]):
            spans.append((start, end))
    if not spans:
        return None
    first = _edge(text, spans[0][0] - AROUND, -1)
    last = _edge(text, spans[0][0] + 2 * AROUND, 1, spans[-1][1])
    pieces, at = [], first
    for start, end in spans:
        pieces += [html.escape(text[at:start]), "<em>", html.escape(text[start:end]), "</em>"]
        at = end
    pieces.append(html.escape(text[at:last]))
    told = " ".join("".join(pieces).split())
    return f"{'…' if first > 0 else ''}{told}{'…' if last < len(text) else ''}"


def _edge(text: str, place: int, towards: int, least: int = 0) -> int:
    """Where an excerpt begins or ends: between words, when there is a blank near."""
    if place <= 0:
        return 0
    if place >= len(text):
        return len(text)
    place = max(place, least)
    if towards < 0:
        blank = text.find(" ", place, place + 20)
        return place if blank < 0 else blank + 1
    blank = text.find(" ", place, place + 20)
    return place if blank < 0 else blank
