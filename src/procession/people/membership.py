"""What becomes of members: role, disabling, enabling, deletion, the default administrator (spec 40 §12, §13)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from procession.accounts.keys import Secrets
from procession.accounts.mails import post
from procession.accounts.people import account_for_update, change_account
from procession.accounts.tokens import revoke_all, revoke_bound
from procession.kernel.errors import BadRequest, NotFound
from procession.kernel.unit import Unit
from procession.people import membership_queries as queries
from procession.people import queries as people_queries
from procession.people.joining import welcome
from procession.people.members import find_kept_member, find_member
from procession.people.model import Actor, Role, member
from procession.people.places import other_places
from procession.people.profiles import member_event
from procession.people.records import Member
from procession.people.seats import take_seat
from procession.people.security import tell

PROTECTED = "Cannot modify the default administrator. Please assign another member as default administrator first."
NOT_YET = "Please disable the user before deletion."
BOTS = {
    "disable": "Bot users cannot be disabled.",
    "remove": "You can't remove a bot user from this organization!",
    "role": "The role of a bot user cannot be changed.",
    "convert": "Bot users cannot become guests.",
    "erase": "Bot users cannot be erased.",
    "default": "A bot user cannot be the default administrator.",
}


def member_for_update(unit: Unit, account_id: int) -> Member:
    """A member, locked; 404 for nobody. Who is administrator is decided by one at a time."""
    return _locked(unit, account_id, find_member)


def kept_member_for_update(unit: Unit, account_id: int) -> Member:
    """The same, and one who was deleted too."""
    return _locked(unit, account_id, find_kept_member)


def _locked(unit: Unit, account_id: int, find: Callable[[Unit, int], Member | None]) -> Member:
    unit.lock(f"administrators:{unit.organization_id}")
    unit.one(queries.LOCK_MEMBERSHIP, account_id=account_id)
    found = find(unit, account_id)
    if found is None:
        raise NotFound
    return found


def refuse_bot(present: Member, act: str) -> None:
    """400 for the organization's bot."""
    if present.is_bot:
        raise BadRequest(BOTS[act], code="BUSINESS_RULE")


def release_admin(unit: Unit, present: Member) -> None:
    """Somebody stops being an active administrator: 400 when he is the only one; the default passes on (§13.4)."""
    if present.role != "admin" or present.status != "active":
        return
    others = [account for account, _ in unit.all(queries.ADMINS) if account != present.id]
    if not others:
        raise BadRequest(PROTECTED, code="BUSINESS_RULE")
    if present.is_default_admin:
        _patch(unit, present, {"is_default_admin": False}, revision=present.revision)
        make_default(unit, others[0])


def make_default(unit: Unit, account_id: int) -> None:
    """An active administrator becomes the default one, whoever was it is no more."""
    for former, is_default in unit.all(queries.ADMINS):
        if is_default and former != account_id:
            unit.patch(queries.PATCH_MEMBERSHIP, {"is_default_admin": False, "updated_at": unit.now}, account_id=former)
    unit.patch(queries.PATCH_MEMBERSHIP, {"is_default_admin": True, "updated_at": unit.now}, account_id=account_id)
    unit.record([member_event(account_id, "updated", field="is_default_admin", old=False, new=True)])


def _patch(unit: Unit, present: Member, columns: dict[str, Any], *, revision: int | None = None) -> None:
    step = (present.revision or 0) + 1 if revision is None else revision
    unit.patch(queries.PATCH_MEMBERSHIP, {**columns, "updated_at": unit.now, "revision": step}, account_id=present.id)


def _again(unit: Unit, present: Member) -> Member:
    found = find_member(unit, present.id)
    assert found is not None
    return found


def change_role(unit: Unit, secrets: Secrets, actor: Actor, present: Member, role: Role) -> Member:
    """Another role, effective at once; the same one changes nothing (spec 40 §12.9)."""
    refuse_bot(present, "role")
    if present.role == role:
        return present
    if present.status in ("active", "invited"):
        take_seat(unit, role, present.email, leaves=present.role)
    release_admin(unit, present)
    _patch(unit, present, {"role": role})
    unit.record([member_event(present.id, "updated", kind="role_changed", field="role", old=present.role, new=role)])
    tell(unit, "role_changed", present.id, field="role", old={"role": present.role}, new={"role": role})
    if present.status == "active":
        about = {"from": present.role, "to": role, "by": f"{actor.first_name} {actor.last_name}"}
        post(
            unit, secrets, "role.changed", present.email, f"Your role is now {role}", account_id=present.id, about=about
        )
    return _again(unit, present)


def disable(unit: Unit, present: Member, by: int | None) -> Member:
    """His sessions and tokens stop for this organization, he leaves every group; work stays his (spec 40 §13.3)."""
    refuse_bot(present, "disable")
    if present.status == "disabled":
        return present
    release_admin(unit, present)
    _patch(unit, present, {"status": "disabled", "disabled_at": unit.now, "disabled_by": by, "is_default_admin": False})
    unit.all(people_queries.LEAVE_ALL_GROUPS, principal=member(present.id))
    unit.write(queries.DELETE_INVITATION, account_id=present.id)
    revoke_bound(unit, present.id, unit.organization_id)
    unit.record([member_event(present.id, "disabled", old=present.status, new="disabled")])
    return _again(unit, present)


def enable(unit: Unit, secrets: Secrets, present: Member, by: int | None) -> Member:
    """He is a member again; invited when he never was active. Not disabled: unchanged (spec 40 §12.10)."""
    if present.status != "disabled":
        return present
    take_seat(unit, present.role or "standard", present.email)
    status = "active" if present.activated_at is not None else "invited"
    settings = {**(present.settings or {}), "reactivated_at": _text(unit.now), "reactivated_by": by}
    _patch(unit, present, {"status": status, "disabled_at": None, "disabled_by": None, "settings": settings})
    unit.record([member_event(present.id, "enabled", old="disabled", new=status)])
    if status == "active":
        post(unit, secrets, "member.reactivated", present.email, "Your membership is active again",
             account_id=present.id)  # fmt: skip
    return _again(unit, present)


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def convert(unit: Unit, present: Member) -> None:
    """He is a member no more, but a guest: the row is hidden (spec 40 §14.6)."""
    _patch(unit, present, {"status": "converted"})
    unit.record([member_event(present.id, "updated", kind="converted", field="type", old="member", new="guest")])
    tell(unit, "member_converted", present.id, old="member", new="guest")


def approve(unit: Unit, secrets: Secrets, present: Member) -> Member:
    """Somebody who asked to join is let in; already in: unchanged (spec 40 §12.7)."""
    if present.status != "pending":
        return present
    take_seat(unit, present.role or "standard", present.email)
    _patch(unit, present, {"status": "active", "approved_at": unit.now, "activated_at": unit.now})
    unit.record([member_event(present.id, "enabled", kind="approved", old="pending", new="active")])
    post(unit, secrets, "invite.accepted_self", present.email, "You are in", account_id=present.id)
    welcome(unit, present.id)
    return _again(unit, present)


def delete(unit: Unit, present: Member) -> Member:
    """For good: he signs in no more, his name is marked, his address is free again (spec 40 §13.5).

    Somebody who belongs elsewhere too keeps his account; only this membership goes. Answers him as he is shown last.
    """
    refuse_bot(present, "remove")
    if present.status != "disabled":
        raise BadRequest(NOT_YET, code="BUSINESS_RULE")
    elsewhere = other_places(unit, present.id)
    unit.record([member_event(present.id, "deleted", old={"email": present.email, "name": present.full_name})])
    tell(unit, "member_deleted", present.id, old={"email": present.email})
    if not elsewhere:
        account = account_for_update(unit, present.id)
        assert account is not None
        renamed = {
            "last_name": f"{account.last_name}(Deleted)"[:64],
            "email": f"{account.email}.deleted.{account.id}"[-254:],
            "suspended": True,
            "profile": {"profile_pic": None, "resize_profile_pic": None},
        }
        revoke_all(unit, present.id)
        change_account(unit, account, renamed)
    shown = _again(unit, present)
    if elsewhere:  # without a row his name is not known here any more
        unit.write(queries.DELETE_MEMBERSHIP, account_id=present.id)
    else:
        _patch(unit, present, {"status": "deleted", "settings": {}})
    return shown
