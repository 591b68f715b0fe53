"""Search: what was typed is read, looked for in every kind that is asked for, and shown with where it matches."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from procession.kernel.folding import fold
from procession.kernel.paging import Page
from procession.kernel.unit import Unit
from procession.people.model import Actor
from procession.search import finding_queries, index, queries
from procession.search.alike import alike
from procession.search.asking import Asked, Term, fts5, read_terms, tsquery
from procession.search.excerpts import matches_of
from procession.search.finding_queries import Shape, Sight
from procession.search.model import Archived, Both, Condition, Found, Hit, Kind, Request
from procession.work.sight import sees_open_tasks

USUALLY: Mapping[Kind, Archived] = {"process": "include"}
"""Archived processes are found unless they are not wanted; of everything else the live ones (spec 50 §6)."""


class Words(msgspec.Struct, frozen=True):
    """What was typed, read once for all kinds."""

    terms: tuple[Term, ...]
    alike: Mapping[str, Sequence[str]]


def read_words(unit: Unit, text: str) -> Words:
    """The terms, and what the organization's list of words has that is like them."""
    terms = read_terms(text)
    return Words(terms, alike(unit, terms))


def find(unit: Unit, actor: Actor, kind: Kind, request: Request, words: Words | None, page: Page, **more: Any) -> Found:
    """A page of what the caller sees of one kind. `more`: `guests`, the ids of guests that a light member knows."""
    if request.text is not None and (words is None or not words.terms):
        return Found()
    sight: Sight = "all" if actor.is_admin else "light" if actor.role == "light" else "standard"
    if sight == "standard" and sees_open_tasks(actor):
        sight = "open_tasks"
    numbered, values = _numbered(request.filter)
    shape = Shape(
        kind=kind,
        sight=sight,
        asks=words is not None,
        alike=bool(words and words.alike),
        several=bool(words and sum(len(one.words) for one in words.terms) > 1),
        archived=request.archived or USUALLY.get(kind, "exclude"),
        sort=request.sort,
        filter=numbered,
    )
    parameters = {
        "actor": list(actor.principals), "principals": list(actor.principals), "principal": actor.principal,
        "account": actor.account_id or 0, "guests": [], "count": page.size, "skip": page.skip,
        "exact": fold((request.text or "").strip()), **values, **more,
    }  # fmt: skip
    if words is not None:
        parameters |= msgspec.structs.asdict(_query(unit, kind, words, tags=request.tags))
    rows = unit.all(finding_queries.hits(shape), **parameters)
    found = [document for _, document in rows if document is not None]
    return Found(_shown(unit, found, words, tags=request.tags), rows[0][0])


def _query(unit: Unit, kind: Kind, words: Words, *, tags: bool) -> Asked:
    write = fts5 if unit.session.dialect.name == "sqlite" else tsquery
    return write(index.mark(unit.organization_id, kind), words.terms, words.alike, tags=tags)


def _shown(unit: Unit, found: Sequence[int], words: Words | None, *, tags: bool) -> tuple[Hit, ...]:
    """The hits in their order, by one query."""
    kept = {one.id: one for one in unit.all(queries.TEXTS, ids=list(found))} if found else {}
    hits = []
    for one in (kept[document] for document in found):
        texts = dict(one.texts)
        keys = texts.pop("keys", ())
        if not tags:
            texts.pop("tags", None)
        matches = () if words is None else matches_of(texts, keys, words.terms, words.alike)
        hits.append(Hit(one.subject_id, one.home_id, texts, matches))
    return tuple(hits)


def _numbered(asked: Condition | Both | None) -> tuple[Condition | Both | None, dict[str, Any]]:
    """The filter with numbers for values, and the values by the names of their parameters."""
    values: dict[str, Any] = {}

    def numbered(one: Condition | Both) -> Condition | Both:
        if isinstance(one, Both):
            return Both(one.together, tuple(numbered(part) for part in one.parts))
        number = len(values)
        values[f"value_{number}"] = one.value
        return Condition(one.field, one.operation, number)

    return (numbered(asked) if asked is not None else None), values
