"""Who a task is given to: reading an owners object, and deciding what it makes of a task (spec 20 §6)."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from procession.engine.model import Owners, Problem
from procession.engine.people import NOBODY, People, check_groups, check_guests, check_members, keeping, read_address
from procession.engine.scalars import parse_json

_BUCKETS = {"users": "members", "guests": "guests", "groups": "groups"}


class OwnersDraft(msgspec.Struct, frozen=True):
    """An owners object that names at least one bucket, unread. UNSET: not named, which means empty (spec 20 §6.1)."""

    members: object | UnsetType = UNSET
    guests: object | UnsetType = UNSET
    groups: object | UnsetType = UNSET


class OwnerFacts(msgspec.Struct, frozen=True):
    """What a decision about owners needs to know.

    `group_people`: the people inside the present and the named groups, as `Owners` with members and guests.
    `known_guests`: which of the named addresses are guests already. `co_assignee`: the member the rule against
    guest-only tasks added to the present owners.
    """

    people: People = NOBODY
    group_people: Mapping[str, Owners] = {}
    known_guests: frozenset[str] = frozenset()
    co_assignee: int | None = None


class OwnersDecision(msgspec.Struct, frozen=True):
    """The owners a task gets. With problems, or when nothing changed, they are the present ones.

    `co_assignee`: the member among them who is there only because a task may not be left to guests alone (§6.3).
    `new_guests`: addresses of guests to make. `added` and `removed` are empty when nothing changed.
    """

    owners: Owners
    co_assignee: int | None = None
    problems: tuple[Problem, ...] = ()
    added: Owners = Owners()
    removed: Owners = Owners()
    new_guests: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether anybody came or went."""
        return self.added != Owners() or self.removed != Owners()


def read_owners(value: object) -> tuple[OwnersDraft | None, tuple[Problem, ...]]:
    """The owners object of a body, and what is wrong with its shape.

    None without a problem: no bucket is named (absent, null, `{}`, `[]`, buckets that are all null), which changes
    nothing. The text of a JSON object is read as that object.
    """
    if isinstance(value, str):
        value = _parse(value)
    if value is None or value == []:
        return None, ()
    if not isinstance(value, dict):
        return None, (Problem(("owners",), "The owners must be an object."),)
    named = {ours: value[sent] for sent, ours in _BUCKETS.items() if value.get(sent) is not None}
    return (OwnersDraft(**named) if named else None), ()


def decide_owners(
    draft: OwnersDraft,
    facts: OwnerFacts,
    present: Owners,
    *,
    cap: int,
    guests_allowed: bool,
    group_limit: int,
    fallback: Sequence[int],
    member_needed: bool = True,
) -> OwnersDecision:
    """What `draft` makes of the `present` owners: it replaces them as a whole (spec 20 §6.1-6.3).

    `cap` and `group_limit` count people, 0 is no limit. `fallback`: active members in the order in which one of them
    joins guests who would be alone, unless not `member_needed`. Paths of problems: `("owners", "members", "0")`.
    """
    joins = fallback if member_needed else ()
    # A client may send back what it read, with others beside it, even if somebody has been disabled since.
    there = _tolerant(facts.people, present)
    sent, problems = _read(draft, there, guests_allowed=True)
    if not problems and _sets(join_member(sent, facts, joins)[0]) == _sets(present):
        return OwnersDecision(present, facts.co_assignee)
    sent, problems = _read(draft, _limited(there, facts.group_people, group_limit), guests_allowed=guests_allowed)
    owners, co_assignee = join_member(sent, facts, joins)
    if not problems and 0 < cap < headcount(owners, facts.group_people, co_assignee):
        problems = [Problem(("owners",), f"This task can have at most {cap} assignees.")]
    if problems:
        return OwnersDecision(present, facts.co_assignee, tuple(problems))
    return OwnersDecision(
        owners,
        co_assignee,
        added=_without(owners, present),
        removed=_without(present, owners),
        new_guests=tuple(g for g in owners.guests if g not in facts.known_guests and g not in present.guests),
    )


def join_member(owners: Owners, facts: OwnerFacts, fallback: Sequence[int]) -> tuple[Owners, int | None]:
    """`owners` with the first of `fallback` added if guests would be alone, and who that is (spec 20 §6.3).

    Whoever was the co-assignee before stays it as long as the rule needs one: clients send back what they read.
    """
    inside = [facts.group_people.get(group, Owners()) for group in owners.groups]
    guests = owners.guests or any(people.guests for people in inside)
    members = [member for member in owners.members if member != facts.co_assignee]
    if not guests or members or any(people.members for people in inside):
        return owners, None
    added = next(iter(fallback), None)
    if added is None:
        return owners, None
    if owners.members:
        return owners, facts.co_assignee
    return msgspec.structs.replace(owners, members=(added,)), added


def required_people(owners: Owners, co_assignee: int | None, group_people: Mapping[str, Owners]) -> Owners:
    """The people who each must complete: named members but the co-assignee, guests, those in groups (spec 20 §12.4)."""
    inside = [group_people.get(group, Owners()) for group in owners.groups]
    named = [member for member in owners.members if member != co_assignee]
    members = dict.fromkeys([*named, *(member for people in inside for member in people.members)])
    guests = dict.fromkeys([*owners.guests, *(guest for people in inside for guest in people.guests)])
    return Owners(members=tuple(members), guests=tuple(guests))


def _parse(text: str) -> Any:
    if not text.strip():
        return None
    try:
        return parse_json(text)
    except ValueError:
        return text


def _read(draft: OwnersDraft, people: People, *, guests_allowed: bool) -> tuple[Owners, list[Problem]]:
    members, wrong_members = check_members(_value(draft.members), people, "owners.users")
    guests, wrong_guests = check_guests(_value(draft.guests), people, "owners.guests")
    groups, wrong_groups = check_groups(_value(draft.groups), people, "owners.groups")
    if not guests_allowed:
        wrong_guests = [*wrong_guests, *_unwelcome(draft.guests)]
    found = (("members", wrong_members), ("guests", wrong_guests), ("groups", wrong_groups))
    problems = [Problem(("owners", bucket, *wrong.path), wrong.text) for bucket, list_ in found for wrong in list_]
    return Owners(members, guests, groups), problems


def _unwelcome(bucket: object | UnsetType) -> list[Problem]:
    entries = bucket.split(",") if isinstance(bucket, str) else bucket
    entries = entries if isinstance(entries, list) else []
    unwelcome = [index for index, entry in enumerate(entries) if read_address(entry) is not None]
    return [Problem((str(index),), "Guests can't be assigned to this task.") for index in unwelcome]


def _value(bucket: object | UnsetType) -> object:
    return None if bucket is UNSET else bucket


def _tolerant(people: People, present: Owners) -> People:
    return keeping(People(people.members, people.member_emails, people.groups, people.disabled_guests), present)


def _limited(people: People, inside: Mapping[str, Owners], group_limit: int) -> People:
    if group_limit <= 0:
        return people
    large = {one for one, within in inside.items() if len(within.members + within.guests) > group_limit}
    return msgspec.structs.replace(people, large_groups=people.large_groups | large)


def headcount(owners: Owners, group_people: Mapping[str, Owners], co_assignee: int | None) -> int:
    """How many people these are, those of groups with them, each once (spec 30 §10.5)."""
    people = required_people(owners, co_assignee, group_people)
    return len(people.members) + len(people.guests)


def _sets(owners: Owners) -> tuple[frozenset[int], frozenset[str], frozenset[str]]:
    return frozenset(owners.members), frozenset(owners.guests), frozenset(owners.groups)


def _without(owners: Owners, others: Owners) -> Owners:
    return Owners(
        tuple(member for member in owners.members if member not in others.members),
        tuple(guest for guest in owners.guests if guest not in others.guests),
        tuple(group for group in owners.groups if group not in others.groups),
    )
