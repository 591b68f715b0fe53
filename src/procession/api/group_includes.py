"""Groups as clients read them, with what was asked for: logo, people, where they are named (spec 41 §9.1)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from procession.api.endpoint import Call, Reply
from procession.files.pictures import of_group, pictures_of
from procession.people.guests import code_of, guests_by_address
from procession.people.members import members_by_id
from procession.people.model import group as principal_of
from procession.people.permissions import allows
from procession.people.records import Group
from procession.templates.group_usage import usage_of_groups
from procession.wire.file import AssetSubject, picture_asset
from procession.wire.group import Group as Shown
from procession.wire.group import group, usage
from procession.wire.guest import minimal_guest
from procession.wire.person import minimal_user
from procession.work.leaving import live_task_counts


def present(call: Call, found: Sequence[Group]) -> list[Shown]:
    """The groups with what was asked for."""
    more = included(call, found)
    return [group(one, **more[one.id]) for one in found]


def group_reply(call: Call, found: Group, status: int = 200) -> Reply:
    """One group as the answer."""
    return Reply(body={"data": present(call, [found])[0]}, status=status, revision=found.revision)


def included(call: Call, found: Sequence[Group]) -> Mapping[str, dict[str, Any]]:
    """By group what was asked for, by a constant number of queries; nothing when nothing was."""
    made = {name: make(call, found) for name, make in MAKERS.items() if call.wants(name, *ALSO.get(name, ()))}
    return {one.id: {name: {"data": all_of[one.id]} for name, all_of in made.items()} for one in found}


def _assets(call: Call, found: Sequence[Group]) -> dict[str, Any]:
    owners = {one.id: of_group(call.unit, one.id) for one in found}
    logos = pictures_of(call.unit, owners.values())
    public = call.links.public_url
    return {
        one: [picture_asset(logos[owner], AssetSubject(one, "Group"), public)] if owner in logos else []
        for one, owner in owners.items()
    }


def _users(call: Call, found: Sequence[Group]) -> dict[str, Any]:
    users = members_by_id(call.unit, (each for one in found for each in one.members))
    return {one.id: [minimal_user(users[each]) for each in one.members if each in users] for one in found}


def _guests(call: Call, found: Sequence[Group]) -> dict[str, Any]:
    links = allows(call.actor, "guest.read_link")
    details = {}
    for guest in guests_by_address(call.unit, (each for one in found for each in one.guests)):
        code = code_of(call.secrets, guest) if links else None
        details[guest.email] = minimal_guest(guest, code, call.links.public_url)
    return {one.id: [details[each] for each in one.guests if each in details] for one in found}


def _usage(call: Call, found: Sequence[Group]) -> dict[str, Any]:
    named = usage_of_groups(call.unit, call.actor, [one.id for one in found])
    counts = live_task_counts(call.unit, [principal_of(one.id) for one in found])
    return {one: usage(each, counts[principal_of(one)]) for one, each in named.items()}


MAKERS: Mapping[str, Callable[[Call, Sequence[Group]], dict[str, Any]]] = {
    "assets": _assets,
    "users": _users,
    "guests_details": _guests,
    "usage": _usage,
}
ALSO = {"guests_details": ("guests",)}
"""`guests` is the list of addresses: asked for as an include it comes under another name (spec 41 §21 row 8)."""
