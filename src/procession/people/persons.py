"""People as others ask for them: names beside work, what is known about those a value mentions, who is active.

Guests are made here too, on first mention.
"""

import secrets as randomness
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from procession.accounts.keys import Secrets
from procession.accounts.tokens import digest
from procession.engine.model import Owners
from procession.engine.people import NOBODY, Mentions, People
from procession.kernel.hourly import spend
from procession.kernel.unit import Event, Unit
from procession.people import queries
from procession.people.model import Person, Settings
from procession.people.records import Guest

MEMBER, GUEST = "u", "e"
"""First letters of principals of people."""


def persons(unit: Unit, ids: Iterable[int]) -> dict[int, Person]:
    """Members by id, whatever became of their membership, by one query; unknown ids have no entry."""
    wanted = list(dict.fromkeys(ids))
    return {one.id: one for one in unit.all(queries.PERSONS, ids=wanted)} if wanted else {}


def known_members(unit: Unit, ids: Collection[int], addresses: Collection[str]) -> list[tuple[Person, str, bool]]:
    """Members by id, and those behind addresses, each with the state of his membership and whether he is a bot.

    A query for each of the two, none for what is not asked: each half has its index.
    """
    known = unit.all(queries.KNOWN_MEMBERS, ids=list(ids)) if ids else []
    return known + (unit.all(queries.KNOWN_ADDRESSES, addresses=list(addresses)) if addresses else [])


class Facts(msgspec.Struct, frozen=True):
    """What is known about people that were mentioned: for decisions, in which groups, and as they are shown."""

    people: People = NOBODY
    groups: Mapping[str, Owners] = {}
    persons: Mapping[int, Person] = {}


def facts(unit: Unit, mentions: Mentions, settings: Settings | None = None) -> tuple[People, Mapping[str, Owners]]:
    """What is known about the people mentioned, and who is in the groups mentioned: see `look_up`."""
    found = look_up(unit, mentions, settings)
    return found.people, found.groups


def look_up(unit: Unit, mentions: Mentions, settings: Settings | None = None) -> Facts:
    """What is known about the people mentioned, and who is in the groups mentioned (spec 20 §6.1, 40 §14.4).

    At most four queries, none for what is not mentioned. `settings`, when given, bring the rules of company domains
    and of groups too large to assign.
    """
    if not (mentions.members or mentions.guests or mentions.groups):
        return Facts()
    members: set[int] = set()
    addresses: set[str] = set()
    known = known_members(unit, mentions.members, mentions.guests)
    for person, status, is_bot in known:
        if status in ("active", "invited", "pending", "disabled"):
            addresses.add(person.email)
        if status == "active" and not is_bot:
            members.add(person.id)
    groups = groups_people(unit, mentions.groups)
    limit = settings.group_limit if settings is not None else 0
    people = People(
        members=frozenset(members),
        member_emails=frozenset(addresses),
        groups=frozenset(groups),
        disabled_guests=_disabled(unit, mentions.guests),
        company_domains=settings.company_domains if settings is not None else frozenset(),
        large_groups=frozenset(
            one for one, inside in groups.items() if limit and len(inside.members) + len(inside.guests) > limit
        ),
    )
    return Facts(people, groups, {person.id: person for person, _, _ in known})


def _disabled(unit: Unit, addresses: Iterable[str]) -> frozenset[str]:
    wanted = list(addresses)
    return frozenset(unit.all(queries.DISABLED_GUESTS, addresses=wanted)) if wanted else frozenset()


def groups_people(unit: Unit, ids: Iterable[str]) -> dict[str, Owners]:
    """Who is in these groups, in order of adding, by one query. Unknown groups have no entry, empty ones have."""
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return {}
    members: dict[str, list[int]] = defaultdict(list)
    guests: dict[str, list[str]] = defaultdict(list)
    found: list[str] = []
    for group_id, principal, email in unit.all(queries.GROUPS_WITH_PEOPLE, ids=wanted):
        found.append(group_id)
        if principal is None:
            continue
        if principal[0] == MEMBER:
            members[group_id].append(int(principal[1:]))
        elif email is not None:
            guests[group_id].append(email)
    return {one: Owners(members=tuple(members[one]), guests=tuple(guests[one])) for one in dict.fromkeys(found)}


def first_active(unit: Unit, ids: Sequence[int]) -> list[int]:
    """Those of `ids` that are active members and no bots, in the order given, each once."""
    wanted = list(dict.fromkeys(ids))
    active = set(unit.all(queries.ACTIVE, ids=wanted)) if wanted else set()
    return [one for one in wanted if one in active]


def oldest_admin(unit: Unit) -> int | None:
    """The active administrator who joined first."""
    return unit.one(queries.OLDEST_ADMIN)


# -- guests -----------------------------------------------------------------------------------------------------------


def ensure_guests(unit: Unit, secrets: Secrets, addresses: Iterable[str]) -> dict[str, int]:
    """Address → guest id, for valid lower-case addresses; whoever is not yet a guest here becomes one.

    A deleted guest comes back with a new code; a disabled one stays disabled. Repeating changes nothing. Whoever is
    new here counts towards the hourly cap, by whichever way he comes: `RateLimited` (429) beyond it (spec 40 §3.5).
    """
    wanted = sorted(dict.fromkeys(addresses))  # one order everywhere: two commands never wait for each other
    if not wanted:
        return {}
    known = {link.email: link for link in unit.all(queries.LINKS, addresses=wanted)}
    happened = []
    returning = [link for link in known.values() if link.deleted_at is not None]
    missing = [address for address in wanted if address not in known]
    spend(unit, "guest_invites", len(returning) + len(missing))
    for link in returning:
        _revive(unit, secrets, link)
        happened.append(_created(link.id, link.email))
    made = _link(unit, secrets, missing)
    happened.extend(_created(guest_id, address) for address, guest_id in made.items())
    unit.record(happened)
    return {address: known[address].id if address in known else made[address] for address in wanted}


def _created(guest_id: int, address: str) -> Event:
    return Event(
        kind="guest.created",
        verb="created",
        subject_kind="guest",
        subject_id=str(guest_id),
        new={"email": address},
    )


def _link(unit: Unit, secrets: Secrets, addresses: Sequence[str]) -> dict[str, int]:
    """Make the server-wide guests that are missing, then their links to the organization."""
    if not addresses:
        return {}
    unit.write_many(queries.INSERT_GUEST, [{"email": one, "created_at": unit.now} for one in addresses])
    ids: dict[str, int] = {email: guest_id for guest_id, email in unit.all(queries.GLOBAL_GUESTS, addresses=addresses)}
    rows = [
        {
            "guest_id": ids[address],
            "email": address,
            "first_name": None,
            "last_name": None,
            "details": {},
            **new_code(secrets),
            "last_accessed_at": None,
            "disabled_at": None,
            "disabled_by": None,
            "deleted_at": None,
            "created_at": unit.now,
            "updated_at": unit.now,
            "revision": 1,
        }
        for address in addresses
    ]
    unit.write_many(queries.INSERT_LINK, rows)
    return {address: ids[address] for address in addresses}


def new_code(secrets: Secrets) -> dict[str, Any]:
    """A fresh code of 128 random bits: its digest to find it by, its sealed text to show it (spec 40 §14.5)."""
    code = randomness.token_hex(16)
    return {"code_digest": digest(code), "code_secret": secrets.seal(code.encode())}


def replace_code(unit: Unit, secrets: Secrets, link: Guest) -> dict[str, Any]:
    """The columns of a fresh code; the present one is kept as replaced, so that its links can say so."""
    present = digest(secrets.open(link.code_secret).decode())
    unit.write(queries.KEEP_REPLACED, code_digest=present, guest_id=link.id, replaced_at=unit.now)
    return new_code(secrets)


def _revive(unit: Unit, secrets: Secrets, link: Guest) -> None:
    changes = {
        "deleted_at": None,
        "disabled_at": None,
        "disabled_by": None,
        "updated_at": unit.now,
        "revision": link.revision + 1,
        **replace_code(unit, secrets, link),
    }
    unit.patch(queries.PATCH_LINK, changes, guest_id=link.id)


def guest_ids(unit: Unit, addresses: Iterable[str]) -> dict[str, int]:
    """Address → guest id of those who are guests here now."""
    wanted = list(dict.fromkeys(addresses))
    return dict(unit.all(queries.GUEST_IDS, addresses=wanted)) if wanted else {}


def guest_addresses(unit: Unit, ids: Iterable[int]) -> dict[int, str]:
    """Guest id → address, of deleted guests too."""
    wanted = list(dict.fromkeys(ids))
    return dict(unit.all(queries.GUEST_ADDRESSES, ids=wanted)) if wanted else {}


def guest_codes(unit: Unit, secrets: Secrets, ids: Iterable[int]) -> dict[int, str]:
    """Guest id → code in clear, of those who are guests here now."""
    wanted = list(dict.fromkeys(ids))
    found = unit.all(queries.GUEST_CODES, ids=wanted) if wanted else []
    return {guest_id: secrets.open(sealed).decode() for guest_id, sealed in found}
