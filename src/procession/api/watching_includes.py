"""The includes `member_watchers` and `guest_watchers` of processes and tasks (spec 10 §13.2, 20 §3.2)."""

from collections.abc import Iterable
from typing import Any

import msgspec

from procession.api.endpoint import Call
from procession.api.watchers import active_people, show
from procession.people.persons import guest_addresses, persons
from procession.watching.model import Kind, Watcher
from procession.watching.watchers import watchers_of
from procession.wire.person import owner_user

NAMES = ("member_watchers", "guest_watchers")


def watching(call: Call, kind: Kind, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """For each object the includes that were asked for. Guests are told of nobody who watches."""
    wanted = [name for name in NAMES if call.wants(name)]
    out: dict[str, dict[str, Any]] = {one: {name: {"data": []} for name in wanted} for one in ids}
    if not wanted or not out or call.actor.role == "guest":
        return out
    found = watchers_of(call.unit, kind, out)
    every = [one for some in found.values() for one in some]
    rows = _rows(call, every)
    for object_id, some in found.items():
        for one in some:
            name = "guest_watchers" if one.principal[0] == "e" else "member_watchers"
            if name in wanted:
                out[object_id][name]["data"].append(rows[one.id])
    return out


def _rows(call: Call, every: list[Watcher]) -> dict[int, dict[str, Any]]:
    """Each watcher with who he is: his address, or the member when he was asked for."""
    people = active_people(call, every)
    guests = {int(one.principal[1:]) for one in every if one.principal[0] == "e"}
    addresses = guest_addresses(call.unit, guests) if guests else {}
    named = call.wants("member_watchers.watcher")
    known = persons(call.unit, {int(one.principal[1:]) for one in every if one.principal[0] == "u"}) if named else {}
    rows = {}
    for one in every:
        row: dict[str, Any] = msgspec.to_builtins(show(call, one, people))
        if one.principal[0] == "e":
            row["guest_email"] = addresses.get(int(one.principal[1:]))
        elif named:
            row["watcher"] = {"data": owner_user(int(one.principal[1:]), known)}
        rows[one.id] = row
    return rows
