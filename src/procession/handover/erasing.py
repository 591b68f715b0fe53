"""A person is erased: names and addresses go, what was done stays and is `Person 7`'s (spec 41 §18.4).

Work names people by reference, so most of it changes with one row. What is written out (addresses on assignments and
steps, mentions in comments, the delivery log, snapshots in events) is looked for in every text the organization has.
Nothing leads back: the number says nothing about the person, and no digest can be tried (`kernel.seals`).
"""

import html
import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from procession.accounts.keys import Secrets
from procession.accounts.people import account_for_update, change_account, forget_secrets
from procession.files.pictures import forget, of_account
from procession.handover import queries
from procession.handover.guests import delete_guest
from procession.handover.members import delete_member
from procession.kernel.errors import BadRequest, StateRefused
from procession.kernel.seals import rewrite
from procession.kernel.unit import Event, Unit
from procession.labels.custom_values import forget_values
from procession.people import guests
from procession.people.members import find_member
from procession.people.model import Actor, member
from procession.people.model import guest as guest_principal
from procession.people.persons import new_code
from procession.people.places import other_places
from procession.people.records import Guest, Member
from procession.watching.watchers import stop_watching

DOMAIN = "@erased.invalid"
"""No mail can ever reach it (RFC 2606)."""
ACTIVE = "Please disable the user before erasing."
ACTIVE_GUEST = "Please disable the guest before erasing."
SHARED = "Somebody else of the organization has this address. Erase that person first."
KEPT = frozenset({"role", "is_default_admin", "type", "status", "can_create_templates", "can_archive_processes"})
"""Fields of people whose history says nothing about who they are."""
IMPERSONAL = frozenset({"role", "id", "client_id", "notify", "type", "status", "application"})
"""What is kept of an event about a person that tells of no field."""


class Erased(msgspec.Struct, frozen=True):
    """What was replaced: rows of how many, and events. `name`: what the person is called from now on."""

    name: str
    address: str
    rows: int
    events: int


class Words(msgspec.Struct, frozen=True):
    """What is looked for, and what stands there afterwards."""

    addresses: tuple[str, ...]
    full_name: str
    address: str
    name: str


def is_erased(address: str) -> bool:
    """Whether this is the address of somebody who was erased."""
    return address.endswith(DOMAIN)


# -- who ---------------------------------------------------------------------------------------------------------------


def erase_member(unit: Unit, present: Member) -> Member:
    """Erase a disabled or deleted member; as he is shown from now on. Erased already: unchanged.

    400 while he is active, 422 while somebody else has his address. Who belongs to other organizations keeps his
    account there; here nothing tells of him any more (spec 40 §13.5).
    """
    if is_erased(present.email):
        return present
    if present.status not in ("disabled", "deleted"):
        raise BadRequest(ACTIVE, code="BUSINESS_RULE")
    elsewhere = other_places(unit, present.id)
    addresses = _addresses(present)
    if any(_shared(unit, one, account=present.id) for one in addresses):
        raise StateRefused("BUSINESS_RULE", SHARED)
    if present.status == "disabled":
        delete_member(unit, present)
    stop_watching(unit, member(present.id))
    forget_values(unit, [member(present.id)])
    words = _words(unit, addresses, present.full_name, f"u{present.id}")
    shown = msgspec.structs.replace(
        present, email=words.address, username=None, first_name="Person", last_name=words.name.partition(" ")[2],
        profile={}, settings={}, status="deleted",
    )  # fmt: skip
    if not elsewhere:
        _forget_account(unit, shown)
    unit.write(queries.OWN_MAILS, account=present.id, guest=0)
    done = _replace(unit, words, "member", str(present.id))
    _tell(unit, "member", present.id, done)
    return find_member(unit, present.id) or shown


def _addresses(present: Member) -> tuple[str, ...]:
    """What he was called by: a deleted member by two addresses."""
    former = present.email.removesuffix(f".deleted.{present.id}")
    return tuple(dict.fromkeys((present.email, former)))


def _forget_account(unit: Unit, shown: Member) -> None:
    account = account_for_update(unit, shown.id)
    assert account is not None
    columns = {
        "first_name": shown.first_name, "last_name": shown.last_name, "email": shown.email, "username": None,
        "timezone": "UTC", "suspended": True, "profile": dict.fromkeys(account.profile),
    }  # fmt: skip
    change_account(unit, account, columns)
    forget_secrets(unit, shown.id)
    unit.write(queries.FORGET_TRACES, account_id=shown.id)
    forget(unit, of_account(shown.id))


def find_to_erase(unit: Unit, named: str) -> tuple[int, bool] | None:
    """Id of a guest by address or id, deleted ones too, and whether he is deleted; None for nobody."""
    text = named.strip().lower()
    known = int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0
    found = unit.one(queries.ANY_GUEST, guest_id=known, email=text)
    return None if found is None else (found[0], found[1] is not None)


def erase_guest(unit: Unit, actor: Actor, secrets: Secrets, present: Guest) -> Guest:
    """Erase a disabled or deleted guest; as he is shown from now on. Erased already: unchanged.

    400 while he takes part, 422 while somebody else has his address. What of his is open goes to the others.
    """
    if is_erased(present.email):
        return present
    if present.disabled_at is None and present.deleted_at is None:
        raise BadRequest(ACTIVE_GUEST, code="BUSINESS_RULE")
    if _shared(unit, present.email, guest=present.id):
        raise StateRefused("BUSINESS_RULE", SHARED)
    if present.deleted_at is None:
        present = delete_guest(unit, actor, present, secrets)
    forget_values(unit, [guest_principal(present.id)])
    words = _words(unit, (present.email,), present.full_name, f"e{present.id}")
    merged = present.details.get(guests.MERGED)
    columns = {
        "email": words.address, "first_name": "Person", "last_name": words.name.partition(" ")[2],
        "details": {guests.MERGED: merged} if merged else {}, "last_accessed_at": None, "updated_at": unit.now,
        "revision": present.revision + 1, **new_code(secrets),
    }  # fmt: skip
    unit.write(queries.FORGET_CODES, guest_id=present.id)
    unit.patch(queries.PATCH_GUEST_LINK, columns, guest_id=present.id)
    unit.patch(queries.PATCH_GUEST, {"email": f"{unit.organization_id}-{words.address}"}, id=present.id)
    unit.write(queries.OWN_MAILS, account=0, guest=present.id)
    done = _replace(unit, words, "guest", str(present.id))
    _tell(unit, "guest", present.id, done)
    return msgspec.structs.replace(present, **columns)


def _shared(unit: Unit, address: str, *, account: int = 0, guest: int = 0) -> bool:
    holders = unit.all(queries.OTHER_HOLDERS, email=address, account=account)
    return bool(holders or unit.all(queries.OTHER_GUESTS, email=address, guest=guest))


def _words(unit: Unit, addresses: tuple[str, ...], full_name: str, principal: str) -> Words:
    number = unit.numbers("person")[0]
    return Words(addresses, full_name, f"{principal}{DOMAIN}", f"Person {number}")


def _tell(unit: Unit, kind: str, person: int, done: Erased) -> None:
    told = {"name": done.name, "rows": done.rows, "events": done.events}
    unit.record(
        [
            Event(kind=f"{kind}.anonymized", verb="updated", subject_kind=kind, subject_id=str(person), field="name",
                  new=done.name),
            Event(kind="security.person_anonymized", verb="person_anonymized", subject_kind=kind,
                  subject_id=str(person), new=told, shown=False),
        ]
    )  # fmt: skip


# -- where -------------------------------------------------------------------------------------------------------------

Swap = Callable[[str], str]


def _replace(unit: Unit, words: Words, kind: str, subject: str) -> Erased:
    """Everywhere the person is named: addresses and mentions in all texts, the bare name in mails and about people."""
    mentions, names = _swap(words, "@"), _swap(words, "")
    rows = 0
    for table, place in queries.places().items():
        bare = table == "mails"
        asked = {"address": _like(words.addresses[-1].lower()), "name": _like(("" if bare else "@") + words.full_name)}
        changed = []
        for found in unit.all(place.read, **asked):
            row = _changed(place, found, names if bare else mentions)
            if row is not None:
                changed.append(row)
        columns = tuple(sorted((*place.columns, *(("revision",) if place.counted else ()))))
        unit.write_many(place.patch.write(columns), changed)
        rows += len(changed)
    return Erased(words.name, words.address, rows, _events(unit, words, mentions, names, kind, subject))


def _changed(place: queries.Place, found: Any, swap: Swap) -> dict[str, Any] | None:
    """The parameters that write a row without the person; None when it does not name him."""
    width, texts = len(place.keys), len(place.columns)
    former = found[width : width + texts]
    latter = [_deep(one, swap) for one in former]
    if list(former) == latter:
        return None
    row = {f"key_{name}": value for name, value in zip(place.keys, found, strict=False)}
    row |= {f"set_{name}": value for name, value in zip(place.columns, latter, strict=True)}
    return row | ({"set_revision": found[-1] + 1} if place.counted else {})


def _events(unit: Unit, words: Words, mentions: Swap, names: Swap, kind: str, subject: str) -> int:
    asked = {"address": _like(words.addresses[-1].lower()), "name": _like(words.full_name)}
    changed: dict[int, Mapping[str, Any]] = {}
    for event_id, what, subject_kind, subject_id, field, old, new in unit.all(
        queries.NAMING_EVENTS, kind=kind, subject=subject, **asked
    ):
        about_people = subject_kind in ("member", "guest") or what.startswith("security.")
        latter = [_deep(one, names if about_people else mentions) for one in (old, new)]
        if (subject_kind, subject_id) == (kind, subject):
            latter = [_impersonal(one, field) for one in latter]
        if latter != [old, new]:
            changed[event_id] = {"old": latter[0], "new": latter[1]}
    rewrite(unit, changed)
    return len(changed)


def _impersonal(value: Any, field: str | None) -> Any:
    """What an event about the person himself may keep."""
    if field is not None:
        return value if field in KEPT else None
    if isinstance(value, Mapping):
        return {name: one for name, one in value.items() if name in IMPERSONAL}
    return value


def _deep(value: Any, swap: Swap) -> Any:
    """The same JSON value with other texts in it."""
    if isinstance(value, str):
        return swap(value)
    if isinstance(value, list):
        return [_deep(one, swap) for one in value]
    if isinstance(value, dict):
        return {swap(name): _deep(one, swap) for name, one in value.items()}
    return value


def _swap(words: Words, sign: str) -> Swap:
    """What makes a text one without the person: his addresses, and his name with `sign` before it.

    `ann@x.example` is not part of `joann@x.example`, nor of `ann@x.example.com`; after a `+` that begins a word it is.
    """
    addresses = "|".join(re.escape(one) for one in _written(sorted(words.addresses, key=len, reverse=True)))
    names = "|".join(re.escape(sign + one) for one in _written([words.full_name]))
    address = re.compile(rf"(?<![\w.-])(?<!\w\+)(?:{addresses})(?![\w-]|\.\w)", re.IGNORECASE)
    name = re.compile(rf"(?<!\w)(?:{names})(?!\w)") if words.full_name.strip() else None

    def swap(text: str) -> str:
        found = address.sub(words.address, text)
        return found if name is None else name.sub(sign + words.name, found)

    return swap


def _written(texts: list[str]) -> list[str]:
    """Each as it is, and as rich text writes it."""
    return list(dict.fromkeys(one for text in texts for one in (text, html.escape(text), html.escape(text, quote=False))))


def _like(text: str) -> str:
    """The pattern of a text inside another, whatever JSON or HTML make of signs; nothing when there is no text."""
    if not text.strip("@ "):
        return ""
    escaped = re.sub(r"([%_])", r"\\\1", re.sub(r"[\"\\&<>']", "\0", text))
    return "%" + escaped.replace("\0", "%") + "%"
