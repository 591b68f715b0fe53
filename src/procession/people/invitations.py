"""Invitations: made, sent again, withdrawn, opened, accepted (spec 40 §12.4-12.6)."""

import secrets as chance
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from procession.accounts.keys import Secrets
from procession.accounts.links import make_link
from procession.accounts.mails import post
from procession.accounts.model import AccountRecord
from procession.accounts.passwords import stored_hash
from procession.accounts.people import (
    account,
    change_account,
    create_account,
    delete_account,
    find_account,
    free_username,
)
from procession.accounts.tokens import digest
from procession.kernel.errors import Forbidden, StateRefused
from procession.kernel.hourly import spend
from procession.kernel.unit import Unit
from procession.people import membership_queries as queries
from procession.people.joining import welcome
from procession.people.members import find_member
from procession.people.model import Actor, Role, member
from procession.people.profiles import member_event
from procession.people.records import Member
from procession.people.seats import take_seat
from procession.people.settings import current_settings
from procession.people.tenants import across, within

MESSAGE = "Please join us - it will help us run our processes together."
LINK_LIVES = timedelta(days=7)
TAKEN = "This email already belongs to a member of your organization."
NOT_INVITED = "This member has no open invitation."


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to invite, and as what."""

    email: str
    first_name: str
    last_name: str
    role: Role
    message: str = MESSAGE
    timezone: str | None = None
    groups: Sequence[str] = ()


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation as its link shows it."""

    organization_id: str
    organization: str
    logo: str | None
    account: AccountRecord
    role: Role
    inviter: str | None
    message: str
    has_account: bool
    expired: bool


def unknown_groups(unit: Unit, ids: Sequence[str]) -> list[int]:
    """The places in `ids` of groups that are not there."""
    known = set(unit.all(queries.KNOWN_GROUPS, ids=list(ids))) if ids else set()
    return [place for place, one in enumerate(ids) if one not in known]


def present_member(unit: Unit, address: str) -> Member | None:
    """Who has this address here."""
    found = find_account(unit, address)
    return find_member(unit, found.id) if found is not None else None


def invite(unit: Unit, secrets: Secrets, actor: Actor, order: Order, address: str, *, mail: bool = True) -> Member:
    """Invite somebody who is no member here; one who was invited already is sent a fresh link and stays as he was.

    `address`: what links start with. Counts towards the hourly cap (429).
    """
    spend(unit, "member_invites")
    found = find_account(unit, order.email)
    present = find_member(unit, found.id) if found is not None else None
    if present is not None:
        send_again(unit, secrets, actor, present, address, order.message, mail=mail, counted=True)
        return find_member(unit, present.id) or present
    take_seat(unit, order.role, order.email)
    account_id = found.id if found is not None else _account(unit, order)
    _membership(unit, account_id, order.role, actor.account_id)
    link = _link(unit, secrets, account_id, order.message, order.groups, address)
    unit.record([member_event(account_id, "invited", new={"email": order.email, "role": order.role})])
    if mail:
        _mail(unit, secrets, actor, order.email, account_id, order.role, order.message, link)
    made = find_member(unit, account_id)
    assert made is not None
    return made


def _account(unit: Unit, order: Order) -> int:
    return create_account(
        unit,
        email=order.email,
        first_name=order.first_name,
        last_name=order.last_name,
        timezone=order.timezone or "UTC",
        named=False,
    )


def _membership(unit: Unit, account_id: int, role: Role, by: int | None) -> None:
    """A row for somebody who is not there, or was deleted for good before."""
    columns: dict[str, Any] = {
        "role": role,
        "status": "invited",
        "is_bot": False,
        "is_default_admin": False,
        "settings": {"cadence_days": current_settings(unit).stored["cadence_days"]},
        "invited_by": by,
        "invited_at": unit.now,
        "approved_at": unit.now,
        "activated_at": None,
        "disabled_at": None,
        "disabled_by": None,
        "last_accessed_at": None,
        "updated_at": unit.now,
    }
    former = unit.one(queries.LOCK_MEMBERSHIP, account_id=account_id)
    if former is None:
        unit.write(queries.INSERT_MEMBERSHIP, account_id=account_id, created_at=unit.now, revision=1, **columns)
    else:
        unit.patch(queries.PATCH_MEMBERSHIP, {**columns, "revision": former[1] + 1}, account_id=account_id)


def _link(unit: Unit, secrets: Secrets, account_id: int, message: str, groups: Sequence[str], address: str) -> str:
    """A fresh link; the former one is dead."""
    code = chance.token_urlsafe(32)
    unit.write(
        queries.PUT_INVITATION,
        account_id=account_id,
        digest=digest(code),
        secret=secrets.seal(code.encode()),
        message=message,
        groups=list(groups),
        made_at=unit.now,
        link_ends_at=unit.now + LINK_LIVES,
    )
    return link_to(address, code)


def link_to(address: str, code: str) -> str:
    """Where an invitation is opened."""
    return f"{address}/invite/{code}"


def _mail(
    unit: Unit, secrets: Secrets, actor: Actor | None, to: str, account_id: int, role: str, message: str, link: str
) -> None:
    name, _ = unit.all(queries.ORGANIZATION_NAME)[0]
    who = f"{actor.first_name} {actor.last_name}".strip() if actor is not None else name
    post(
        unit,
        secrets,
        "invite.sent",
        to,
        f"{who} invites you to {name}",
        account_id=account_id,
        link=link,
        about={"inviter": who, "message": message, "role": role, "days": LINK_LIVES.days},
        subject_of=("member", str(account_id)),
    )


def send_again(
    unit: Unit,
    secrets: Secrets,
    actor: Actor | None,
    present: Member,
    address: str,
    message: str | None = None,
    *,
    mail: bool = True,
    counted: bool = False,
) -> None:
    """A fresh link for somebody who is invited; the old one is dead. 422 for anybody else (spec 40 §12.5)."""
    if present.status != "invited":
        raise StateRefused("BUSINESS_RULE", NOT_INVITED)
    if not counted:
        spend(unit, "member_invites")
    kept = unit.one(queries.INVITATION, account_id=present.id)
    groups = kept[2] if kept is not None else []
    said = message or (kept[1] if kept is not None else MESSAGE)
    link = _link(unit, secrets, present.id, said, groups, address)
    unit.record([member_event(present.id, "invited", kind="invited_again", new={"email": present.email})])
    if mail:
        _mail(unit, secrets, actor, present.email, present.id, present.role or "light", said, link)


def send_open_again(unit: Unit, secrets: Secrets, person: AccountRecord, address: str) -> bool:
    """Send every open invitation of somebody who never had a password; whether there was one (spec 60 §2.2)."""
    if stored_hash(unit, person.id) is not None:
        return False
    places = across(unit, queries.INVITATIONS_OF, account_id=person.id)
    sent = False
    for organization_id in places:
        with within(unit, organization_id):
            present = find_member(unit, person.id)
            if present is not None and present.status == "invited":
                send_again(unit, secrets, None, present, address, counted=True)
                sent = True
    return sent


def withdraw(unit: Unit, present: Member) -> None:
    """The invitation is gone, the link dead; an account that belongs nowhere else goes too (spec 40 §12.5)."""
    if present.status != "invited":
        raise StateRefused("BUSINESS_RULE", NOT_INVITED)
    _remove(unit, present, "withdrawn")


def refuse(unit: Unit, secrets: Secrets, present: Member) -> None:
    """Somebody who asked to join is not let in; he is told (spec 40 §12.7)."""
    post(unit, secrets, "invite.expired", present.email, "You were not admitted", about={"refused": True})
    _remove(unit, present, "refused")


def _remove(unit: Unit, present: Member, kind: str) -> None:
    unit.record([member_event(present.id, "deleted", kind=kind, old={"email": present.email})])
    unit.write(queries.DELETE_INVITATION, account_id=present.id)
    unit.write(queries.DELETE_MEMBERSHIP, account_id=present.id)
    if stored_hash(unit, present.id) is None and not across(unit, queries.ANY_PLACE, account_id=present.id):
        delete_account(unit, present.id)


def invite_links(unit: Unit, secrets: Secrets, members: Iterable[Member], address: str) -> Mapping[int, str]:
    """The open links of those who are invited: for administrators, while no mail goes out."""
    ids = [one.id for one in members if one.status == "invited"]
    found = unit.all(queries.INVITE_LINKS, ids=ids) if ids else []
    return {account_id: link_to(address, secrets.open(sealed).decode()) for account_id, sealed in found}


def provision(unit: Unit, secrets: Secrets, actor: Actor, order: Order, address: str, *, mail: bool) -> Member:
    """An application makes somebody an active member at once (spec 40 §7.1). A new address is taken as confirmed.

    An account that was there before keeps what it is: another organization's application vouches for nobody's address.
    """
    fresh = find_account(unit, order.email) is None
    made = admit(unit, secrets, actor, order, address, mail=mail)
    person = account(unit, made.id)
    assert person is not None
    if fresh:
        change_account(unit, person, first_time(unit, person))
    post(unit, secrets, "membership.confirmed", person.email, "You are a member now", account_id=person.id)
    return find_member(unit, made.id) or made


def admit(unit: Unit, secrets: Secrets, actor: Actor, order: Order, address: str, *, mail: bool = True) -> Member:
    """Make somebody an active member at once; his mail lets him set a password (spec 40 §14.6)."""
    take_seat(unit, order.role, order.email)
    found = find_account(unit, order.email)
    account_id = found.id if found is not None else _account(unit, order)
    _membership(unit, account_id, order.role, actor.account_id)
    person = account(unit, account_id)
    present = find_member(unit, account_id)
    assert person is not None
    assert present is not None
    if person.username is None:
        change_account(unit, person, {"username": free_username(unit, person.email)})
    activate(unit, present, order.groups)
    if mail:
        link = f"{address}/sign-in"
        if stored_hash(unit, account_id) is None:
            link = f"{address}/password/reset/{make_link(unit, account_id, 'reset')}"
        _mail(unit, secrets, actor, order.email, account_id, order.role, order.message, link)
    made = find_member(unit, account_id)
    assert made is not None
    return made


# -- by the one who was invited ----------------------------------------------------------------------------------------


def open_link(unit: Unit, code: str) -> Opened | None:
    """What a link shows; None when it was withdrawn, replaced, accepted, or never was one."""
    found = across(unit, queries.INVITATION_BY_LINK, digest=digest(code))
    if not found:
        return None
    organization_id, account_id, message, _, ends = found[0]
    with within(unit, organization_id):
        present = find_member(unit, account_id)
        person = account(unit, account_id)
        if present is None or person is None or present.status != "invited":
            return None
        name, settings = unit.all(queries.ORGANIZATION_NAME)[0]
        inviter = account(unit, present.invited_by) if present.invited_by is not None else None
    return Opened(
        organization_id=organization_id,
        organization=name,
        logo=settings.get("org_logo"),
        account=person,
        role=present.role or "light",
        inviter=inviter.full_name if inviter is not None else None,
        message=message,
        has_account=stored_hash(unit, account_id) is not None,
        expired=ends <= unit.now,
    )


def renew(unit: Unit, secrets: Secrets, opened: Opened, address: str) -> None:
    """The link is too old: a fresh one goes out by itself (spec 40 §12.5)."""
    with within(unit, opened.organization_id):
        present = find_member(unit, opened.account.id)
        if present is not None:
            send_again(unit, secrets, None, present, address, counted=True)


def accept(unit: Unit, secrets: Secrets, opened: Opened, changes: Mapping[str, Any]) -> AccountRecord:
    """He is a member: active, in the groups he was invited to; he and his inviter are told (spec 40 §13.2).

    The unit is left in the organization he joined. `changes`: names and zone as he gave them.
    """
    unit.organization_id = opened.organization_id
    unit.session.scope(opened.organization_id)
    present = find_member(unit, opened.account.id)
    kept = unit.one(queries.INVITATION, account_id=opened.account.id)
    if present is None or present.status != "invited" or kept is None:
        raise Forbidden("This invitation was withdrawn.", code="BUSINESS_RULE")
    unit.principal = member(present.id)
    person = change_account(unit, opened.account, {**changes, **first_time(unit, opened.account)})
    activate(unit, present, kept[2])
    name = opened.organization
    post(unit, secrets, "invite.accepted_self", person.email, f"Welcome to {name}", account_id=person.id)
    inviter = account(unit, present.invited_by) if present.invited_by is not None else None
    if inviter is not None:
        post(unit, secrets, "invite.accepted_inviter", inviter.email, f"{person.full_name} joined {name}",
             account_id=inviter.id, subject_of=("member", str(person.id)))  # fmt: skip
    return person


def first_time(unit: Unit, person: AccountRecord) -> dict[str, Any]:
    """What an account gets when its owner first comes: a user name, and that the address is his."""
    from_mail: dict[str, Any] = {}
    if not person.verified:
        from_mail["profile"] = {"email_verified_at": f"{unit.now:%Y-%m-%dT%H:%M:%SZ}"}
    if person.username is None:
        from_mail["username"] = free_username(unit, person.email)
    return from_mail


def activate(unit: Unit, present: Member, groups: Sequence[str]) -> None:
    """The membership is active, in these groups."""
    columns = {"status": "active", "activated_at": unit.now, "updated_at": unit.now}
    unit.patch(queries.PATCH_MEMBERSHIP, {**columns, "revision": (present.revision or 0) + 1}, account_id=present.id)
    unit.write(queries.DELETE_INVITATION, account_id=present.id)
    known = unit.all(queries.KNOWN_GROUPS, ids=list(groups)) if groups else []
    places: dict[str, int] = dict(unit.all(queries.NEXT_PLACE, ids=known)) if known else {}
    unit.write_many(
        queries.JOIN_GROUP,
        [{"group_id": one, "principal": member(present.id), "position": places.get(one, 1)} for one in known],
    )
    unit.record([member_event(present.id, "invite-accepted", kind="accepted", new={"role": present.role})])
    welcome(unit, present.id)


def expire_invitations(unit: Unit, secrets: Secrets) -> int:
    """Remove invitations that are older than their organization lets them be; how many (spec 40 §12.5)."""
    found = across(unit, queries.OLD_INVITATIONS, before=unit.now - timedelta(days=1))
    gone = 0
    for organization_id, account_id, invited_at, settings in found:
        days = settings.get("invitation_expiry_days")
        if days is None or invited_at > unit.now - timedelta(days=days):
            continue
        with within(unit, organization_id):
            present = find_member(unit, account_id)
            if present is None or present.status != "invited":
                continue
            post(unit, secrets, "invite.expired", present.email, "Your invitation expired")
            _remove(unit, present, "invitation_expired")
            gone += 1
    return gone
