"""Groups: members and guests under one name (spec 41 §9)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from procession.accounts.keys import Secrets
from procession.engine.model import Problem
from procession.engine.people import NOBODY, guest_refusal, read_address, read_member
from procession.kernel.folding import fold, uncase
from procession.kernel.ids import new_id
from procession.kernel.paging import Order, Page
from procession.kernel.unit import Event, Unit
from procession.people import queries
from procession.people.listing import Key, cut, folded, holds, ordered
from procession.people.model import Settings, guest, member
from procession.people.persons import ensure_guests, groups_people, guest_ids, known_members
from procession.people.records import Group

UNCASED = 600
TAKEN = "The name has already been taken."
NO_MEMBER = "The selected user is not an active member of this organization."

KEYS: Mapping[str, Key[Group]] = {
    "name": folded(lambda one: one.name),
    "created_at": lambda one: one.created_at,
    "updated_at": lambda one: one.updated_at,
}
NEWEST: Order = (("created_at", True),)


class Inside(msgspec.Struct, frozen=True):
    """Who is to be in a group: member ids and guest addresses, each once, in order. None: as they are."""

    members: tuple[int, ...] | None = None
    guests: tuple[str, ...] | None = None


# -- reading -----------------------------------------------------------------------------------------------------------


def list_groups(unit: Unit, text: str | None, order: Order, page: Page) -> tuple[list[Group], int]:
    """A page of groups with their people, and how many there are on all pages."""
    sought = (text or "").strip()
    needle = fold(sought)
    found = [
        one
        for one in unit.all(queries.GROUPS)
        if not sought or sought.lower() == one.id or holds(needle, one.name, one.description)
    ]
    shown = cut(ordered(found, order or NEWEST, KEYS, lambda one: one.id), page)
    return _with_people(unit, shown), len(found)


def find_group(unit: Unit, group_id: str) -> Group | None:
    """One group with its people."""
    found = unit.one(queries.GROUP, id=group_id)
    return _with_people(unit, [found])[0] if found is not None else None


def group_for_update(unit: Unit, group_id: str) -> Group | None:
    """As `find_group`, and the group stays as it is until the end of the transaction."""
    found = unit.one(queries.GROUP_FOR_UPDATE, id=group_id)
    return _with_people(unit, [found])[0] if found is not None else None


def group_named(unit: Unit, name: str) -> Group | None:
    """The group of that name, whatever its case (spec 00 §15.3)."""
    found = unit.one(queries.GROUP_NAMED, uncased=uncase(name, UNCASED))
    return find_group(unit, found) if found is not None else None


def group_names(unit: Unit, ids: Iterable[str]) -> dict[str, str]:
    """What these groups are called, by id, by one query; unknown ids have no entry."""
    wanted = list(dict.fromkeys(ids))
    return {one.id: one.name for one in unit.all(queries.GROUPS_BY_ID, ids=wanted)} if wanted else {}


def groups_called(unit: Unit, names: Iterable[str]) -> dict[str, str]:
    """The ids of groups of these names, by the name without case (`kernel.folding.uncase`), by one query."""
    wanted = sorted({uncase(one, UNCASED) for one in names})
    return {str(name): str(found) for name, found in unit.all(queries.GROUPS_NAMED, names=wanted)} if wanted else {}


def groups_of_members(unit: Unit, ids: Iterable[int]) -> dict[int, list[Group]]:
    """The groups that each of these members is in, by two queries. Every id has an entry."""
    found: dict[int, list[Group]] = {one: [] for one in ids}
    if not found:
        return found
    rows = unit.all(queries.GROUPS_OF_PRINCIPALS, principals=[member(one) for one in found])
    groups = {one.id: one for one in _with_people(unit, list({one.id: one for _, one in rows}.values()))}
    for principal, group in rows:
        found[int(principal[1:])].append(groups[group.id])
    return found


def _with_people(unit: Unit, found: Sequence[Group]) -> list[Group]:
    people = groups_people(unit, [one.id for one in found])
    return [msgspec.structs.replace(one, members=people[one.id].members, guests=people[one.id].guests) for one in found]


# -- checking ----------------------------------------------------------------------------------------------------------


def check_name(unit: Unit, name: str, besides: str | None = None) -> list[Problem]:
    """Whether another group has this name. Until the transaction ends nobody else takes it."""
    unit.lock(f"groups:{unit.organization_id}")
    taken = unit.one(queries.GROUP_NAMED, uncased=uncase(name, UNCASED))
    return [Problem(("name",), TAKEN)] if taken is not None and taken != besides else []


def check_people(
    unit: Unit,
    members: Sequence[Any] | None,
    guests: Sequence[Any] | None,
    settings: Settings,
    problems: list[Problem],
) -> Inside:
    """Who is meant, by two queries; what is wrong joins `problems` under `members.{i}` and `guests.{i}`.

    Members are active or invited people. An address of one of them is put into `members` (spec 41 §9.3).
    """
    ids = [read_member(one) for one in members or ()]
    addresses = [read_address(one) for one in guests or ()]
    known = known_members(unit, [one for one in ids if one], [one for one in addresses if one])
    by_id = {person.id for person, status, is_bot in known if status in {"active", "invited"} and not is_bot}
    by_address = {person.email: person.id for person, _, _ in known if person.id in by_id}
    for index, one in enumerate(ids):
        if one not in by_id:
            problems.append(Problem(("members", str(index)), NO_MEMBER))
    inside = dict.fromkeys(one for one in ids if one is not None)
    moved = [by_address[one] for one in addresses if one in by_address]
    people = _people(unit, {person.email for person, status, _ in known if status == "disabled"}, addresses, settings)
    outside: dict[str, None] = {}
    for index, address in enumerate(addresses):
        if address is None:
            problems.append(Problem(("guests", str(index)), "The guest must be a valid email address."))
        elif address not in by_address:
            if (text := guest_refusal(address, people)) is not None:
                problems.append(Problem(("guests", str(index)), text))
            outside[address] = None
    return Inside(
        members=None if members is None and not moved else tuple({**inside, **dict.fromkeys(moved)}),
        guests=None if guests is None else tuple(outside),
    )


def _people(unit: Unit, member_emails: set[str], addresses: list[str | None], settings: Settings) -> Any:
    wanted = [one for one in addresses if one]
    disabled = unit.all(queries.DISABLED_GUESTS, addresses=wanted) if wanted else []
    return msgspec.structs.replace(
        NOBODY,
        member_emails=frozenset(member_emails),
        disabled_guests=frozenset(disabled),
        company_domains=settings.company_domains,
    )


# -- changing ----------------------------------------------------------------------------------------------------------


def create_group(
    unit: Unit, secrets: Secrets, *, name: str, description: str | None, inside: Inside, by: int | None
) -> Group:
    """Make a group. `check_name` and `check_people` have been asked."""
    people = (inside.members or (), inside.guests or ())
    group = Group(new_id(), name, description, by, unit.now, unit.now, 1, None, *people)
    unit.write(
        queries.INSERT_GROUP,
        id=group.id,
        name=name,
        uncased=uncase(name, UNCASED),
        description=description,
        created_by=by,
        created_at=unit.now,
        updated_at=unit.now,
        revision=1,
        logo=None,
    )
    _put_people(unit, secrets, group)
    unit.record([_event(group, "created", new={"name": name, "members": group.members, "guests": group.guests})])
    return group


def update_group(
    unit: Unit, secrets: Secrets, group: Group, *, name: str | None, description: str | None, inside: Inside
) -> Group:
    """Change what is not None; lists replace the present ones. The same values again change nothing (spec 41 §9.3)."""
    sent = {"name": name, "description": description, "members": inside.members, "guests": inside.guests}
    changes = {one: value for one, value in sent.items() if value is not None and value != getattr(group, one)}
    if not changes:
        return group
    changed = msgspec.structs.replace(group, revision=group.revision + 1, updated_at=unit.now, **changes)
    columns: dict[str, Any] = {one: value for one, value in changes.items() if one in {"name", "description"}}
    if "name" in columns:
        columns["uncased"] = uncase(changed.name, UNCASED)
    unit.patch(queries.PATCH_GROUP, {**columns, "revision": changed.revision, "updated_at": unit.now}, id=group.id)
    if "members" in changes or "guests" in changes:
        unit.write(queries.CLEAR_GROUP, id=group.id)
        _put_people(unit, secrets, changed)
    unit.record(
        _event(group, "updated", field=one, old=getattr(group, one), new=value) for one, value in changes.items()
    )
    return changed


def set_logo(unit: Unit, group: Group, logo: str | None) -> Group:
    """Where the group's logo is shown from now on; None for none."""
    if logo == group.logo:
        return group
    columns = {"logo": logo, "revision": group.revision + 1, "updated_at": unit.now}
    unit.patch(queries.PATCH_GROUP, columns, id=group.id)
    unit.record([_event(group, "updated", field="logo", old=group.logo, new=logo)])
    return msgspec.structs.replace(group, **columns)


def add_people(unit: Unit, secrets: Secrets, group: Group, inside: Inside) -> Group:
    """Put people into a group; who is in it already stays where he is."""
    return update_group(
        unit,
        secrets,
        group,
        name=None,
        description=None,
        inside=Inside(
            members=tuple(dict.fromkeys((*group.members, *(inside.members or ())))),
            guests=tuple(dict.fromkeys((*group.guests, *(inside.guests or ())))),
        ),
    )


def _put_people(unit: Unit, secrets: Secrets, group: Group) -> None:
    """Write the rows of a group that has none."""
    guests = ensure_guests(unit, secrets, group.guests)
    people = [*(member(one) for one in group.members), *(guest(guests[one]) for one in group.guests)]
    unit.write_many(
        queries.INSERT_GROUP_PERSON,
        [{"group_id": group.id, "principal": one, "position": number} for number, one in enumerate(people, 1)],
    )


def remove_person(unit: Unit, group: Group, person: int | str) -> bool:
    """Take a member (id) or a guest (address) out of a group; whether he was in it."""
    if isinstance(person, int):
        principal, field = member(person), "members"
        present = person in group.members
    else:
        field, present = "guests", person in group.guests
        principal = guest(guest_ids(unit, [person])[person]) if present else ""
    if not present:
        return False
    unit.write(queries.LEAVE_GROUP, id=group.id, principal=principal)
    unit.patch(queries.PATCH_GROUP, {"revision": group.revision + 1, "updated_at": unit.now}, id=group.id)
    old = list(getattr(group, field))
    unit.record([_event(group, "updated", field=field, old=old, new=[one for one in old if one != person])])
    return True


def delete_group(unit: Unit, group: Group) -> None:
    """Delete a group for good. The caller has put its people in its place on open work (spec 41 §9.5)."""
    unit.write(queries.DELETE_GROUP, id=group.id)
    unit.record([_event(group, "deleted", old={"name": group.name, "members": group.members, "guests": group.guests})])


def _event(group: Group, what: str, **more: Any) -> Event:
    return Event(kind=f"group.{what}", verb=what, subject_kind="group", subject_id=group.id, **more)
