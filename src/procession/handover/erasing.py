"""A person is erased: names and addresses go, what was done stays and is `Person 7`'s (spec 41 §18.4).

Work names people by reference, so most of it changes with one row. What is written out is looked for in every text the
organization has (`handover.replacing`). Nothing leads back: the number says nothing about the person, and no digest can
be tried (`kernel.seals`).
"""

import msgspec

from procession.accounts.keys import Secrets
from procession.accounts.people import account_for_update, change_account, forget_secrets
from procession.accounts.tokens import digest
from procession.files.pictures import forget, of_account
from procession.handover import queries
from procession.handover.guests import delete_guest
from procession.handover.members import delete_member, reassign
from procession.handover.replacing import Erased, Named, Words, named_in_history, others_have, replace
from procession.kernel.errors import BadRequest
from procession.kernel.ids import NOWHERE
from procession.kernel.unit import Event, Unit
from procession.labels.custom_values import forget_values
from procession.people import guests, membership
from procession.people.members import find_kept_member
from procession.people.model import Actor, member
from procession.people.model import guest as guest_principal
from procession.people.persons import new_code
from procession.people.places import other_places
from procession.people.records import Guest, Member
from procession.people.tenants import within
from procession.templates.versions import CACHE
from procession.watching.watchers import stop_watching

DOMAIN = "@erased.invalid"
"""No mail can ever reach it (RFC 2606)."""
ACTIVE = "Please disable the user before erasing."
ACTIVE_GUEST = "Please disable the guest before erasing."
DELETED = "(Deleted)"


def is_erased(address: str) -> bool:
    """Whether this is the address of somebody who was erased."""
    return address.endswith(DOMAIN)


# -- members -----------------------------------------------------------------------------------------------------------


def erase_member(unit: Unit, actor: Actor, secrets: Secrets, present: Member, heir: Member | None) -> Member:
    """Erase a disabled or deleted member; as he is shown from now on. Erased already: unchanged.

    400 while he is active, and for a bot. What of his is open passes to the heir, if there is one. Who belongs to other
    organizations keeps his account there; here nothing tells of him any more (spec 40 §13.5).
    """
    membership.refuse_bot(present, "erase")
    if is_erased(present.email):
        return present
    if present.status not in ("disabled", "deleted"):
        raise BadRequest(ACTIVE, code="BUSINESS_RULE")
    elsewhere = other_places(unit, present.id)
    if heir is not None:
        reassign(unit, secrets, actor, present, heir)
    if present.status == "disabled":
        delete_member(unit, present)
    stop_watching(unit, member(present.id))
    forget_values(unit, [member(present.id)])
    words = _words(unit, _named(unit, present), f"u{present.id}", account=present.id)
    shown = msgspec.structs.replace(
        present, email=words.address, username=None, first_name="Person", last_name=words.name.partition(" ")[2],
        profile={}, settings={}, status="deleted",
    )  # fmt: skip
    if not elsewhere:
        _forget_account(unit, shown)
    unit.write(queries.OWN_MAILS, account=present.id, guest=0, address=words.address)
    _tell(unit, "member", present.id, replace(unit, words, "member", str(present.id)))
    CACHE.clear()
    return find_kept_member(unit, present.id) or shown


def _named(unit: Unit, present: Member) -> Named:
    """What he is and was called: a deleted member by two addresses and two names."""
    email = present.email.removesuffix(f".deleted.{present.id}")
    now = Named.of(present.first_name, present.last_name.removesuffix(DELETED), email)
    found = named_in_history(unit, "member", str(present.id), now)
    return msgspec.structs.replace(found, addresses=(present.email, *found.addresses))


def _forget_account(unit: Unit, shown: Member) -> None:
    account = account_for_update(unit, shown.id)
    assert account is not None
    columns = {
        "first_name": shown.first_name, "last_name": shown.last_name, "email": shown.email, "username": None,
        "timezone": "UTC", "suspended": True, "profile": dict.fromkeys(account.profile),
    }  # fmt: skip
    change_account(unit, account, columns)
    forget_secrets(unit, shown.id)
    forget(unit, of_account(shown.id))
    with within(unit, NOWHERE):
        unit.write(queries.FORGET_MAILS, account=shown.id)


# -- guests ------------------------------------------------------------------------------------------------------------


def guest_to_erase(unit: Unit, named: str) -> Guest | None:
    """A guest by address, id or code, deleted ones too, locked; None for nobody."""
    text = named.strip()
    known = int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0
    return unit.one(queries.ANY_GUEST, guest_id=known, email=text.lower(), digest=digest(text))


def erase_guest(unit: Unit, actor: Actor, secrets: Secrets, present: Guest) -> Guest:
    """Erase a disabled or deleted guest; as he is shown from now on. Erased already: unchanged.

    400 while he takes part. What of his is open goes to the others (spec 20 §6.3). Guests who turned out to be this one
    (spec 40 §14.3, merge) are erased with him.
    """
    if is_erased(present.email):
        return present
    if present.disabled_at is None and present.deleted_at is None:
        raise BadRequest(ACTIVE_GUEST, code="BUSINESS_RULE")
    if present.deleted_at is None:
        present = delete_guest(unit, actor, present, secrets)
    forget_values(unit, [guest_principal(present.id)])
    now = Named.of(present.first_name, present.last_name, present.email)
    found = named_in_history(unit, "guest", str(present.id), now)
    words = _words(unit, found, f"e{present.id}", guest=present.id)
    merged = present.details.get(guests.MERGED)
    columns = {
        "email": words.address, "first_name": "Person", "last_name": words.name.partition(" ")[2],
        "details": {guests.MERGED: merged} if merged else {}, "last_accessed_at": None, "updated_at": unit.now,
        "revision": present.revision + 1, **new_code(secrets),
    }  # fmt: skip
    unit.write(queries.FORGET_CODES, guest_id=present.id)
    unit.patch(queries.PATCH_GUEST_LINK, columns, guest_id=present.id)
    unit.patch(queries.PATCH_GUEST, {"email": f"{unit.organization_id}-{words.address}"}, id=present.id)
    unit.write(queries.OWN_MAILS, account=0, guest=present.id, address=words.address)
    _tell(unit, "guest", present.id, replace(unit, words, "guest", str(present.id)))
    for one in merged or ():  # the same person under another address
        former = guest_to_erase(unit, str(one))
        if former is not None:
            erase_guest(unit, actor, secrets, former)
    CACHE.clear()
    return msgspec.structs.replace(present, **{name: columns[name] for name in columns if name != "code_digest"})


# -- both --------------------------------------------------------------------------------------------------------------


def _words(unit: Unit, named: Named, principal: str, *, account: int = 0, guest: int = 0) -> Words:
    """What is replaced by what. An address or a name that somebody else here has is his."""
    taken = others_have(unit, named, account=account, guest=guest)
    return Words(
        addresses=tuple(one for one in dict.fromkeys(named.addresses) if one not in taken),
        names=tuple(one for one in dict.fromkeys(named.names) if one not in taken and " " in one),
        address=f"{principal}{DOMAIN}",
        name=f"Person {unit.numbers('person')[0]}",
        account=account,
    )


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
