"""Default watchers as clients read them (spec 30 §6.4)."""

from collections.abc import Sequence
from typing import Any

import msgspec

from procession.templates.model import Watcher
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
