"""Who the people of an imported template are here: members by address, groups by name (spec 50 §23.1)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from procession.engine.people import Mentions, People, read_address, read_group, read_member
from procession.kernel.folding import uncase
from procession.kernel.ids import read_id
from procession.kernel.unit import Unit
from procession.people.groups import UNCASED, groups_called
from procession.people.job_titles import job_titles_by_id, job_titles_called
from procession.people.model import Actor
from procession.people.persons import facts, guest_ids, known_members


class Named(msgspec.Struct, frozen=True):
    """What a document calls the people it names by id: members by address, groups and job titles by name."""

    members: Mapping[int, str] = {}
    groups: Mapping[str, str] = {}
    roles: Mapping[str, str] = {}


class Dropped(msgspec.Struct, frozen=True):
    """What an import left out: kind, what it was called, where it stood."""

    type: str
    ref: str
    where: str


class Locals(msgspec.Struct, frozen=True):
    """Ids of a document and whom they mean here. Whoever the document does not name goes by his id."""

    people: People
    members: Mapping[int, int | None]
    groups: Mapping[str, str | None]
    guests: frozenset[str] | None  # None: everybody with an address
    roles: Mapping[str, str]

    def member(self, entry: object) -> int | None:
        """The member an entry means; None when he is not here."""
        known = read_member(entry)
        if known is not None and known in self.members:
            return self.members[known]
        return known if known in self.people.members else None

    def group(self, entry: object) -> str | None:
        """The group an entry means."""
        known = read_group(entry)
        if known is not None and known in self.groups:
            return self.groups[known]
        return known if known in self.people.groups else None

    def guest(self, entry: object) -> str | None:
        """A guest's address, or an expression that the launch resolves."""
        if isinstance(entry, str) and "{{" in entry:
            return entry
        address = read_address(entry)
        return address if self.guests is None or address in self.guests else None

    def role(self, entry: object) -> str | None:
        """The job title an entry means, by id or by name."""
        return self.roles.get(_title(entry))


def locals_of(
    unit: Unit, actor: Actor, found: Sequence[Mentions], roles: Iterable[object], named: Named, *, known_guests: bool
) -> Locals:
    """Look everybody up together, by a constant number of queries.

    `found`: whom the document's parts name; `roles`: the job titles its steps name.
    """
    addresses = {one.strip().lower() for one in named.members.values()}
    by_address = {
        person.email.lower(): person.id
        for person, state, bot in (known_members(unit, (), addresses) if addresses else ())
        if state == "active" and not bot
    }
    by_name = groups_called(unit, named.groups.values())
    members = {one: by_address.get(address.strip().lower()) for one, address in named.members.items()}
    groups = {one: by_name.get(uncase(name, UNCASED)) for one, name in named.groups.items()}
    wanted = Mentions(
        members=frozenset().union(*(one.members for one in found), [one for one in members.values() if one]),
        guests=frozenset().union(*(one.guests for one in found)),
        groups=frozenset().union(*(one.groups for one in found), [one for one in groups.values() if one]),
    )
    guests = frozenset(guest_ids(unit, wanted.guests)) if known_guests else None
    titles = _job_titles(unit, {_title(one) for one in roles}, named.roles)
    return Locals(facts(unit, wanted, actor.settings)[0], members, groups, guests, titles)


def _job_titles(unit: Unit, sent: set[str], names: Mapping[str, str]) -> dict[str, str]:
    """The job titles here those of a document mean: by the name it gives them, else by id, else by what was sent."""
    called = job_titles_called(unit, {names.get(one, one) for one in sent if one in names or read_id(one) is None})
    known = job_titles_by_id(unit, [one for one in sent if one not in names and read_id(one) is not None])
    found = {one: called.get(names.get(one, one)) or (one if one in known else None) for one in sent}
    return {one: title for one, title in found.items() if title is not None}


def _title(entry: object) -> str:
    """What names a job title: its id in lower case, or its name."""
    if isinstance(entry, dict):
        entry = entry.get("id") or entry.get("name")
    return (read_id(entry) or entry.strip()) if isinstance(entry, str) else ""


def kept(
    entries: Sequence[object], read: Callable[[object], Any], told: tuple[str, str], dropped: list[Dropped]
) -> list[Any]:
    """The entries that mean somebody, once each; the others are told (kind, where)."""
    found: dict[Any, None] = {}
    for entry in entries:
        local = read(entry)
        if local is None:
            dropped.append(Dropped(told[0], str(_id_of(entry))[:300], told[1]))
        else:
            found[local] = None
    return list(found)


def _id_of(entry: object) -> object:
    return entry.get("id", entry) if isinstance(entry, dict) else entry
