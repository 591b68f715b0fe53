"""Who is named in an owners-shaped value `{users, guests, groups}`, and who of them may be (spec 20 §6.1, 40 §14.4)."""

import re
from collections.abc import Callable, Hashable, Mapping
from typing import Any, TypeVar

import msgspec
from email_validator import EmailNotValidError, validate_email

from procession.engine.model import Owners, Problem
from procession.engine.scalars import read_integer

BUCKET_LIMIT = 200
ADDRESS_LIMIT = 254
LARGEST_ID = 2**53

# Names no public mail server answers for. Without a DNS check they are as good as others: offline networks use them.
_UNROUTED = re.compile(r"\.(?:local|localhost|invalid)\Z")

_NO_MEMBER = "The selected user is not an active member of this organization."
_NO_GROUP = "The selected group does not exist."
_NO_ADDRESS = "The selected guest must be a valid email address."

_Person = TypeVar("_Person", bound=Hashable)


class People(msgspec.Struct, frozen=True):
    """What is known about the people a value mentions. Addresses and domains in lower case.

    `company_domains` is empty unless the organization signs in by SSO; `large_groups` holds the groups that have more
    people than the organization lets one assign.
    """

    members: frozenset[int] = frozenset()
    member_emails: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    disabled_guests: frozenset[str] = frozenset()
    company_domains: frozenset[str] = frozenset()
    large_groups: frozenset[str] = frozenset()


class Mentions(msgspec.Struct, frozen=True):
    """Whom a value names, valid or not: what to look up before it is checked."""

    members: frozenset[int] = frozenset()
    guests: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()


NOBODY = People()


def is_address(text: str) -> bool:
    """Whether `text` is one e-mail address of at most 254 characters. Syntax only, no DNS (spec 20 §8.5)."""
    if len(text) > ADDRESS_LIMIT:
        return False
    try:
        validate_email(_UNROUTED.sub(".test", text), check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return False
    return True


def read_address(value: object) -> str | None:
    """A guest's address, trimmed and in lower case, from a string or an object with `email`; None when it is none."""
    if isinstance(value, dict):
        value = value.get("email")
    if not isinstance(value, str):
        return None
    text = value.strip().lower()
    return text if is_address(text) else None


def read_member(value: object) -> int | None:
    """A member's id from an integer, a numeric string or an object with `id`; below 2^53 (spec 00 BODY-07)."""
    number = read_integer(value.get("id") if isinstance(value, dict) else value)
    return number if number is not None and 0 < number < LARGEST_ID else None


def read_group(value: object) -> str | None:
    """A group's id, in lower case, from a string or an object with `id`."""
    if isinstance(value, dict):
        value = value.get("id")
    return value.strip().lower() if isinstance(value, str) else None


def _entries(value: object, split: bool = False) -> list[object] | None:
    """The entries of a bucket by position; empty strings stay, so that positions are the sender's."""
    if value is None:
        return []
    if split and isinstance(value, str):
        return list(value.split(","))
    if isinstance(value, dict):
        return None
    return value if isinstance(value, list) else [value]


def _is_empty(entry: object) -> bool:
    return isinstance(entry, str) and not entry.strip()


def _check(
    entries: list[object] | None,
    name: str,
    read: Callable[[object], _Person | None],
    refusal: Callable[[_Person], str | None],
    unknown: str,
) -> tuple[tuple[_Person, ...], list[Problem]]:
    if entries is None:
        return (), [Problem((), f"The {name} must be an array.")]
    if len(entries) > BUCKET_LIMIT:
        return (), [Problem((), f"The {name} may not have more than {BUCKET_LIMIT} items.")]
    found: dict[_Person, None] = {}
    problems: list[Problem] = []
    for index, entry in enumerate(entries):
        if _is_empty(entry):
            continue
        person = read(entry)
        if person is None:
            problems.append(Problem((str(index),), unknown))
        elif (text := refusal(person)) is not None:
            problems.append(Problem((str(index),), text))
        else:
            found[person] = None
    return tuple(found), problems


def keeping(people: People, there: Owners) -> People:
    """`people` with those of `there` among those who may be named, whatever became of them since (spec 00 PUT-11)."""
    guests = frozenset(there.guests)
    return msgspec.structs.replace(
        people,
        members=people.members | frozenset(there.members),
        groups=people.groups | frozenset(there.groups),
        member_emails=people.member_emails - guests,
        disabled_guests=people.disabled_guests - guests,
    )


def check_buckets(
    sent: Mapping[str, Any], people: People, *path: str, members: str = "users"
) -> tuple[Owners, list[Problem]]:
    """The people of `{users, guests, groups}`, and what is wrong with them, under `path` and the bucket's name.

    `members` is what problems call the bucket `users`. One that is not named is empty.
    """
    users, wrong_users = check_members(sent.get("users"), people)
    guests, wrong_guests = check_guests(sent.get("guests"), people)
    groups, wrong_groups = check_groups(sent.get("groups"), people)
    found = ((members, wrong_users), ("guests", wrong_guests), ("groups", wrong_groups))
    problems = [Problem((*path, bucket, *one.path), one.text) for bucket, wrong in found for one in wrong]
    return Owners(users, guests, groups), problems


def check_members(value: object, people: People, name: str = "users") -> tuple[tuple[int, ...], list[Problem]]:
    """The member ids of a bucket, first positions kept, and what is wrong with it (spec 20 §6.1).

    Paths are relative to the bucket: `("0",)` for an entry, `()` for the bucket, which texts call `name`.
    """

    def refusal(member: int) -> str | None:
        return None if member in people.members else _NO_MEMBER

    return _check(_entries(value), name, read_member, refusal, _NO_MEMBER)


def check_groups(value: object, people: People, name: str = "groups") -> tuple[tuple[str, ...], list[Problem]]:
    """The group ids of a bucket and what is wrong with it; paths as in `check_members`."""

    def refusal(group: str) -> str | None:
        if group not in people.groups:
            return _NO_GROUP
        return "This group has more people than may be assigned at once." if group in people.large_groups else None

    return _check(_entries(value), name, read_group, refusal, _NO_GROUP)


def check_guests(value: object, people: People, name: str = "guests") -> tuple[tuple[str, ...], list[Problem]]:
    """The guest addresses of a bucket and what is wrong with it; paths as in `check_members`.

    Addresses nobody knows yet are fine: the guest is made when the value is saved. A bare string may hold several,
    parted by commas (spec 00 §20).
    """

    def refusal(address: str) -> str | None:
        return guest_refusal(address, people)

    return _check(_entries(value, split=True), name, read_address, refusal, _NO_ADDRESS)


def guest_refusal(address: str, people: People) -> str | None:
    """Why nobody may be a guest under this valid, lower-case `address`; None when he may (spec 20 §6.1, 40 §14.4)."""
    if address in people.member_emails:
        return "This email belongs to a member of your organization. Assign the member instead."
    if address in people.disabled_guests:
        return "This guest is disabled."
    if address.rpartition("@")[2] in people.company_domains:
        return "This email is on a domain of your organization. Invite the person as a member instead."
    return None


def mentioned(value: object) -> Mentions:
    """Whom an owners-shaped value names, read as leniently as the checks read it. What is unreadable is left out."""
    if not isinstance(value, dict):
        return Mentions()
    return Mentions(
        members=_named(_entries(value.get("users")), read_member),
        guests=_named(_entries(value.get("guests"), split=True), read_address),
        groups=_named(_entries(value.get("groups")), read_group),
    )


def _named(entries: list[Any] | None, read: Callable[[object], _Person | None]) -> frozenset[_Person]:
    # A longer bucket is refused anyway: nothing beyond its limit needs looking up.
    return frozenset(person for entry in (entries or [])[:BUCKET_LIMIT] if (person := read(entry)) is not None)
