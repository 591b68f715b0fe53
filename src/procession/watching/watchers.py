"""Watching: begin, change, end, and what becomes of it when the object or the person goes (spec 41 §12).

It asks for no rights: who may watch what is decided above. Reading and writing are one statement each.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from procession.kernel.unit import Unit
from procession.watching import queries
from procession.watching.model import USUAL, Frequency, Kind, Search, Source, Watcher, Wish


def _digest(url: str | None) -> str:
    return hashlib.sha256(url.encode()).hexdigest() if url else ""


def _row(unit: Unit, principal: str, wish: Wish, added_by: str, source: Source) -> dict[str, Any]:
    return {
        "kind": wish.kind,
        "object_id": wish.object_id,
        "principal": principal,
        "channel": wish.channel,
        "frequency": wish.frequency,
        "url": wish.url,
        "url_digest": _digest(wish.url),
        "added_by": added_by,
        "source": source,
        "last_sent_at": None,
        "created_at": unit.now,
    }


def watch(unit: Unit, principal: str, wish: Wish, *, added_by: str, source: Source = "manual") -> None:
    """Begin to watch; whoever watches the same way already goes on as he did."""
    unit.write(queries.INSERT, **_row(unit, principal, wish, added_by, source))
    if source != "template_default":
        unit.write(queries.WATCH_AGAIN, object=wish.object_id, principal=principal)


def same(unit: Unit, principal: str, wish: Wish) -> Watcher | None:
    """The watcher of this person, object, channel and address."""
    return unit.one(
        queries.SAME, object=wish.object_id, principal=principal, channel=wish.channel, digest=_digest(wish.url)
    )


def watch_from_launch(
    unit: Unit, process_id: str, principals: Iterable[str], *, by: str | None = None, frequency: Frequency = USUAL
) -> None:
    """The default watchers of a template watch a process of it, but not who stopped to (spec 10 §13.3).

    `by`: who named them at the launch, instead of the template.
    """
    listed = list(dict.fromkeys(principals))
    if not listed:
        return
    left = set(unit.all(queries.UNWATCHING, object=process_id))
    wish = Wish(kind="process", object_id=process_id, frequency=frequency)
    source: Source = "template_default" if by is None else "manual"
    rows = [_row(unit, one, wish, by or "system", source) for one in listed if one not in left]
    unit.write_many(queries.INSERT, rows)


def find_watcher(unit: Unit, watcher_id: int) -> Watcher | None:
    """The watcher of this number."""
    return unit.one(queries.WATCHER, watcher=watcher_id)


def list_watchers(unit: Unit, search: Search, skip: int, count: int) -> tuple[list[Watcher], int]:
    """A page in the order of beginning, and how many there are."""
    terms = {
        "principal": search.principal,
        "channel": search.channel,
        "kind": search.kind,
        "object": search.object_id,
    }
    return unit.all(queries.LISTED, **terms, skip=skip, count=count), unit.one(queries.COUNTED, **terms) or 0


def watchers_of(unit: Unit, kind: Kind, ids: Iterable[str]) -> dict[str, list[Watcher]]:
    """Who watches each of these objects, first come first. Every id has an entry."""
    found: dict[str, list[Watcher]] = {one: [] for one in ids}
    for one in unit.all(queries.OF_OBJECTS, kind=kind, objects=list(found)) if found else ():
        found[one.object_id].append(one)
    return found


def change_watcher(unit: Unit, present: Watcher, columns: Mapping[str, Any]) -> None:
    """Other members of a watcher; `url` may be among them."""
    more = {"url_digest": _digest(columns["url"])} if "url" in columns else {}
    unit.patch(queries.PATCH, {**columns, **more}, id=present.id)


def unwatch(unit: Unit, present: Watcher) -> None:
    """End watching. Who leaves a process is not made its watcher again by its template."""
    unit.write(queries.DROP, watcher=present.id)
    if present.kind == "process":
        unit.write(queries.UNWATCH, object_id=present.object_id, principal=present.principal)


def forget_watchers(unit: Unit, ids: Iterable[str]) -> None:
    """Objects that are gone are watched by nobody."""
    gone = sorted(ids)
    unit.write(queries.DROP_OF_OBJECTS, objects=gone)
    unit.write(queries.FORGET_UNWATCHED, objects=gone)


def stop_watching(unit: Unit, principal: str) -> None:
    """Whoever goes watches nothing any more."""
    unit.write(queries.DROP_OF_PERSON, principal=principal)


def hand_over_watching(unit: Unit, gone: str, heir: str) -> None:
    """What one watched the other watches, each thing once."""
    unit.write(queries.DROP_TWINS, gone=gone, heir=heir)
    unit.write(queries.HAND_OVER, gone=gone, heir=heir)
