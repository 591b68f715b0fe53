"""Watchers, default watchers and favourites as clients read them (spec 41 §12, 30 §6.4)."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from procession.templates.model import Watcher
from procession.watching import model as watching
from procession.wire.times import instant


class DefaultWatcher(msgspec.Struct, frozen=True, kw_only=True):
    """Who watches every process of a template; one of the three names him."""

    id: int
    user_id: int | None
    email: str | None
    group_id: str | None
    created_at: str


def default_watcher(one: Watcher) -> DefaultWatcher:
    """The object of one default watcher."""
    kind, key = one.principal[0], one.principal[1:]
    return DefaultWatcher(
        id=one.id,
        user_id=int(key) if kind == "u" else None,
        email=one.address,
        group_id=key if kind == "g" else None,
        created_at=instant(one.created_at),
    )


def watcher_includes(found: Sequence[Watcher]) -> dict[str, dict[str, Any]]:
    """The includes `member_watchers` (members and groups) and `guest_watchers` of a template."""
    guests = [default_watcher(one) for one in found if one.principal[0] == "e"]
    others = [default_watcher(one) for one in found if one.principal[0] != "e"]
    return {"member_watchers": {"data": others}, "guest_watchers": {"data": guests}}


TYPES: Mapping[watching.Kind, str] = {
    "organization": "organization",
    "template": "checklist",
    "process": "run",
    "task": "task",
    "member": "user",
}


class ShownWatcher(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who watches something. The three addresses are one, null for who may not know it (spec 50 WAT-01)."""

    id: int
    user_id: int | None
    guest_id: int | None
    object_type: str
    object_id: str
    notification_type: str
    frequency: str
    webhook: str | None
    webhook_url: str | None
    url: str | None
    added_by: int | None
    source: str
    active: bool
    last_sent_at: str | None
    created_at: str


class Favorite(msgspec.Struct, frozen=True, kw_only=True):
    """A favourite with what it is called."""

    object_type: str
    object_id: str
    name: str
    status: str | None
    archived: bool


def show_watcher(one: watching.Watcher, *, active: bool, reveal: bool) -> ShownWatcher:
    """The object of a watcher. `active`: who watches may still; `reveal`: the caller may know the address."""
    url = one.url if reveal else None
    number = int(one.principal[1:])
    return ShownWatcher(
        id=one.id,
        user_id=number if one.principal[0] == "u" else None,
        guest_id=number if one.principal[0] == "e" else None,
        object_type=TYPES[one.kind],
        object_id=one.object_id,
        notification_type=one.channel,
        frequency=one.frequency,
        webhook=url,
        webhook_url=url,
        url=url,
        added_by=int(one.added_by[1:]) if one.added_by[0] == "u" else None,
        source=one.source,
        active=active,
        last_sent_at=instant(one.last_sent_at),
        created_at=instant(one.created_at),
    )
