"""Groups of members and guests (spec 41 §9)."""

from collections.abc import Mapping
from typing import Any

from msgspec import structs

from procession.api.endpoint import Call, Reply, operation
from procession.api.group_includes import group_reply, present
from procession.api.reading import Shape, items, raw, text
from procession.api.sorting import read_sort
from procession.engine.model import Problem
from procession.engine.people import read_address
from procession.files import pictures
from procession.handover.groups import delete_group as delete_group_of
from procession.kernel.errors import NotFound
from procession.kernel.ids import read_id
from procession.kernel.paging import read_page
from procession.people import groups
from procession.people.permissions import require
from procession.people.records import Group as Stored
from procession.wire.group import Group
from procession.wire.paging import paged

BASE = "/organizations/{org}/groups"
ONE = BASE + "/{group}"
KEYS = {"name": "name", "created_at": "created_at", "updated_at": "updated_at", "last_updated": "updated_at"}
PEOPLE = {
    "members": items(200, of={"type": "integer"}, aliases=("users",)),
    "guests": items(200, of={"type": "string", "format": "email"}),
}
LOGO = raw(
    {
        "type": ["string", "null"],
        "description": "Null removes the logo; the id of its asset, or its address, keeps it. Another is uploaded to "
        "`/groups/{group}/logo`.",
    }
)
CREATE = Shape(
    "createGroupInput",
    {
        "name": text(200, aliases=("title",)),
        "description": raw({"type": "string", "maxLength": 2000}),
        **PEOPLE,
        "logo": LOGO,
    },
    required=("name",),
)
UPDATE = Shape(
    "updateGroupInput", {"name": text(200, aliases=("title",)), "description": text(2000), **PEOPLE, "logo": LOGO}
)
NO_LOGO = "The selected logo is invalid."
ADD = Shape(
    "addGroupMembersInput",
    {
        "user_id": raw({"type": "integer"}, null="absent"),
        "user_ids": items(200, of={"type": "integer"}, aliases=("users", "members")),
        "guests": items(200, of={"type": "string", "format": "email"}),
    },
)


@operation(
    "GET",
    BASE,
    id="listGroups",
    acts=("group.see",),
    query=("q", "with", "page", "per_page", "limit", "sort", "sort_by", "sort_direction", "without_pagination",
           "pagination"),
    answer=list[Group],
    tag="Groups",
)  # fmt: skip
def list_groups(call: Call) -> Reply:
    """List groups"""
    require(call.actor, "group.see")
    page = read_page(call.query, 10, 100)
    found, total = groups.list_groups(call.unit, call.query.text("q"), read_sort(call, KEYS, groups.NEWEST), page)
    return Reply(body=paged(present(call, found), page, total, call.links))


@operation("GET", ONE, id="getGroup", acts=("group.see",), query=("with",), answer=Group, tag="Groups")
def get_group(call: Call) -> Reply:
    """Read one group"""
    require(call.actor, "group.see")
    found = groups.find_group(call.unit, call.path_id("group"))
    if found is None:
        raise NotFound
    return group_reply(call, found)


@operation("POST", BASE, id="createGroup", acts=("group.manage",), body=CREATE, query=("with", "if_exists", "strict"),
           answer=Group, status=201, statuses=(200,), tag="Groups")  # fmt: skip
def create_group(call: Call) -> Reply:
    """Create a group"""
    require(call.actor, "group.manage")
    problems: list[Problem] = []
    sent = _read(call, CREATE, problems)
    _check_description(sent, problems)
    if "name" in sent:
        taken = groups.check_name(call.unit, sent["name"])
        present = groups.group_named(call.unit, sent["name"]) if taken and _may_return(call) else None
        if present is not None:
            return group_reply(call, present)
        problems += taken
    inside = _inside(call, sent, problems)
    _check_logo(sent, None, problems)
    call.raise_problems(problems, ".".join)
    made = groups.create_group(
        call.unit,
        call.secrets,
        name=sent["name"],
        description=sent.get("description"),
        inside=inside,
        by=call.actor.account_id,
    )
    reply = group_reply(call, made, status=201)
    return structs.replace(reply, body=reply.body | call.id_beside(made.id))


def _may_return(call: Call) -> bool:
    return call.query.text("if_exists") == "return"


def _check_description(sent: Mapping[str, Any], problems: list[Problem]) -> None:
    """Null is refused, an empty text is fine; clients leave the key out, then there is none (spec 41 §21 row 3)."""
    if "description" not in sent:
        return
    value = sent["description"]
    if value is None:
        problems.append(Problem(("description",), "The description field is required."))
    elif not isinstance(value, str):
        problems.append(Problem(("description",), "The description must be a string."))
    elif len(value) > 2000:
        problems.append(Problem(("description",), "The description may not be greater than 2000 characters."))


def _check_logo(sent: Mapping[str, Any], present: str | None, problems: list[Problem]) -> None:
    """Null, what the group has already by id or address, or an address that an earlier answer showed (spec 41 §9.3)."""
    logo = sent.get("logo")
    if logo in (None, "") or (isinstance(logo, str) and pictures.PATH in logo):
        return
    if present is None or not isinstance(logo, str) or read_id(logo) != present.rpartition("/")[2]:
        problems.append(Problem(("logo",), NO_LOGO))


@operation("PUT", ONE, id="updateGroup", acts=("group.manage",), body=UPDATE, query=("with", "strict"), answer=Group,
           status=201, statuses=(412,), tag="Groups", also=(("PATCH", ONE),))  # fmt: skip
def update_group(call: Call) -> Reply:
    """Update a group; lists replace the present ones"""
    present = _for_update(call)
    call.require_fresh(present.revision, present.updated_at)
    problems: list[Problem] = []
    sent = _read(call, UPDATE, problems)
    if "name" in sent:
        problems += groups.check_name(call.unit, sent["name"], besides=present.id)
    inside = _inside(call, sent, problems)
    _check_logo(sent, present.logo, problems)
    call.raise_problems(problems, ".".join)
    if present.logo is not None and sent.get("logo", present.logo) in (None, ""):
        pictures.forget(call.unit, pictures.of_group(call.unit, present.id))
        present = groups.set_logo(call.unit, present, None)
    changed = groups.update_group(
        call.unit,
        call.secrets,
        present,
        name=sent.get("name"),
        description=sent.get("description"),
        inside=inside,
    )
    return group_reply(call, changed, status=201)


@operation("DELETE", ONE, id="deleteGroup", acts=("group.manage",), status=204, tag="Groups")
def delete_group(call: Call) -> Reply:
    """Delete a group, for good: on open work its people stand in its place"""
    present = _for_update(call)
    call.require_fresh(present.revision, present.updated_at)
    delete_group_of(call.unit, call.actor, present, call.secrets)
    return Reply(status=204)


@operation("POST", ONE + "/members", id="addGroupMembers", acts=("group.manage",), body=ADD, query=("with", "strict"),
           answer=Group, status=201, statuses=(200,), tag="Groups")  # fmt: skip
def add_group_members(call: Call) -> Reply:
    """Add members and guests to a group"""
    present = _for_update(call)
    call.require_fresh(present.revision, present.updated_at)
    problems: list[Problem] = []
    sent = _read(call, ADD, problems)
    members = [*([sent["user_id"]] if "user_id" in sent else []), *sent.get("user_ids", [])]
    guests = sent.get("guests", [])
    if not members and not guests and not problems:
        problems.append(Problem(("user_id",), "The user id field is required."))
    inside = groups.check_people(call.unit, members, guests, call.actor.settings, problems)
    call.raise_problems(problems, _added_path)
    changed = groups.add_people(call.unit, call.secrets, present, inside)
    return group_reply(call, changed, status=200 if changed is present else 201)


def _added_path(path: tuple[str, ...]) -> str:
    return ".".join("user_ids" if one == "members" else one for one in path)


@operation(
    "DELETE", ONE + "/members/{person}", id="removeGroupMember", acts=("group.manage",), status=204, tag="Groups"
)
def remove_group_member(call: Call) -> Reply:
    """Take a member or a guest out of a group"""
    present = _for_update(call)
    call.require_fresh(present.revision, present.updated_at)
    named = call.path["person"].strip()
    person: int | str | None = read_address(named)
    if named.isascii() and named.isdigit() and len(named) < 16:
        person = int(named)
    if person is None or not groups.remove_person(call.unit, present, person):
        raise NotFound
    return Reply(status=204)


def _for_update(call: Call) -> Stored:
    found = groups.group_for_update(call.unit, call.path_id("group"))
    if found is None:
        raise NotFound
    require(call.actor, "group.manage")
    return found


def _read(call: Call, shape: Shape, problems: list[Problem]) -> dict[str, Any]:
    return shape.read(call.body, problems, call.warnings, strict=bool(call.query.flag("strict")))


def _inside(call: Call, sent: Mapping[str, Any], problems: list[Problem]) -> groups.Inside:
    return groups.check_people(call.unit, sent.get("members"), sent.get("guests"), call.actor.settings, problems)
