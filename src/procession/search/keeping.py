"""Documents into the index: what is new, what changed, what is gone; the list of words keeps count."""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import msgspec

from procession.kernel.folding import fold
from procession.kernel.unit import Unit
from procession.search import index, queries
from procession.search.alike import is_listed
from procession.search.model import LONGEST, Document, Kind, Stored
from procession.search.words import words_of

TITLE, ABOUT = 2400, 2000
"""Code points of the folded copies that filters compare."""
_encode = msgspec.json.Encoder(order="deterministic").encode


def keep(unit: Unit, subjects: Sequence[str], kinds: Collection[str], documents: Iterable[Document]) -> None:
    """Make `documents` what is indexed of these subjects and of what has one of them for its home, in these kinds.

    What is unchanged is not touched.
    """
    bounded = [_bounded(one) for one in documents]
    wanted = {(one.kind, one.subject_id): one for one in bounded}
    named = list(dict.fromkeys([*subjects, *(one.subject_id for one in bounded)]))
    covered = frozenset(named)
    stored = {
        (one.kind, one.subject_id): one
        for one in unit.all(queries.STORED, subjects=named)
        if one.kind in kinds and (one.subject_id in covered or one.kind not in ("task", "process", "template"))
    }
    gone = [one for key, one in stored.items() if key not in wanted]
    digests = {key: _digest(one) for key, one in wanted.items()}
    changed = {key: one for key, one in stored.items() if key in wanted and digests[key] != one.digest}
    fresh = [key for key in wanted if key not in stored]
    if not (gone or changed or fresh):
        return
    _count_words(unit, [*gone, *changed.values()], [wanted[key] for key in (*changed, *fresh)])
    if gone:
        unit.write(queries.DELETE_DOCUMENTS, ids=[one.id for one in gone])
    for key, one in changed.items():
        unit.patch(queries.PATCH_DOCUMENT, _columns(wanted[key], digests[key]), id=one.id)
    ids = {key: one.id for key, one in changed.items()}
    if fresh:
        ids |= _add(unit, [(wanted[key], digests[key]) for key in fresh])
    index.put(
        unit,
        (_indexed(unit, number, wanted[key]) for key, number in ids.items()),
        [one.id for one in changed.values()],
    )


def _add(unit: Unit, fresh: Sequence[tuple[Document, str]]) -> dict[tuple[Kind, str], int]:
    """Write the rows of new documents; the ids the database gave them."""
    rows = [{"kind": one.kind, "subject_id": one.subject_id, **_columns(one, digest)} for one, digest in fresh]
    unit.write_many(queries.INSERT_DOCUMENT, rows)
    keys = {(one.kind, one.subject_id) for one, _ in fresh}
    stored = unit.all(queries.STORED, subjects=sorted({subject for _, subject in keys}))
    return {(one.kind, one.subject_id): one.id for one in stored if (one.kind, one.subject_id) in keys}


def _columns(one: Document, digest: str) -> dict[str, Any]:
    return {
        "home_id": one.home_id,
        "title": fold(one.title.strip(), TITLE),
        "about": fold(one.about.strip(), ABOUT),
        "texts": {**one.texts, "tags": list(one.tags), "keys": list(one.keys)},
        "digest": digest,
    }


def _bounded(one: Document) -> Document:
    """The document as far as it is indexed; NUL, which PostgreSQL cannot hold, is left out."""
    left = LONGEST
    texts = {}
    for name, text in one.texts.items():
        cut = text[:left].replace("\0", "")
        left -= len(cut)
        if cut:
            texts[name] = cut
    return msgspec.structs.replace(one, texts=texts, title=one.title.replace("\0", ""))


def _digest(one: Document) -> str:
    return hashlib.blake2b(_encode(one), digest_size=16).hexdigest()


def _indexed(unit: Unit, number: int, one: Document) -> index.Indexed:
    mark = index.mark(unit.organization_id, one.kind)
    body: list[str] = []
    for text in one.texts.values():
        if text == one.title:
            continue
        body += [f"{mark}_{word}" for word in words_of(text)]
        body.append(f"{mark}_")  # no phrase reaches from one text into the next
    body += [f"{mark}__{key}" for key in one.keys]
    tags = [word for name in one.tags for word in (*(f"{mark}_{word}" for word in words_of(name)), f"{mark}_")]
    return index.Indexed(number, [f"{mark}_{word}" for word in words_of(one.title)], body, tags)


def _count_words(unit: Unit, former: Sequence[Stored], now: Iterable[Document]) -> None:
    """Keep the list of words: how many documents have each, and none that no document has."""
    changes: Counter[str] = Counter()
    if former:
        for kept in unit.all(queries.TEXTS, ids=[one.id for one in former]):
            texts = {name: text for name, text in kept.texts.items() if name != "keys"}
            changes.subtract(_listed([*map(str, texts.pop("tags", ())), *map(str, texts.values())]))
    for one in now:
        changes.update(_listed([*one.tags, *one.texts.values()]))
    rows: list[dict[str, Any]] = [
        {"word": word, "backwards": word[::-1], "documents": count} for word, count in sorted(changes.items()) if count
    ]
    unit.write_many(queries.COUNT_TERM, rows)
    if fewer := [word for word, count in changes.items() if count < 0]:
        unit.write(queries.FORGET_TERMS, words=fewer)


def _listed(texts: Iterable[str]) -> set[str]:
    return {word for text in texts for word in words_of(text) if is_listed(word)}
