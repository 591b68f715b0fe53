"""Profiles: what a member, or an administrator for him, changes (spec 40 §9.3, §9.4, §12.8)."""

from collections.abc import Mapping
from typing import Any

from procession.accounts.people import account_for_update, change_account, find_account
from procession.kernel.unit import Event, Unit
from procession.people import membership_queries as queries
from procession.people.members import find_member
from procession.people.persons import guest_ids
from procession.people.records import Member
from procession.people.tenants import across, within

ONLY_HIMSELF = "Only this member can update their own profile."
NO_BOT = "Bot users cannot be edited."
PHOTO, SMALL_PHOTO = "profile_pic", "resize_profile_pic"
NAMES = ("first_name", "last_name")
COLUMNS = ("first_name", "last_name", "timezone")
SWITCHES = ("can_create_templates", "can_archive_processes", "cadence_days")


def change_profile(unit: Unit, present: Member, sent: Mapping[str, Any]) -> tuple[Member, list[str]]:
    """Write what differs, one event a field; the member as he is now, and the names of the fields that changed."""
    account = account_for_update(unit, present.id)
    if account is None:
        return present, []
    switches = present.settings or {}
    before: dict[str, Any] = {}
    for name in sent:
        source = switches if name in SWITCHES else account.profile
        before[name] = getattr(account, name) if name in COLUMNS else source.get(name)
    usual = {"can_create_templates": True, "can_archive_processes": True}
    fields = {name: value for name, value in sent.items() if value != before.get(name, usual.get(name))}
    fields = {name: value for name, value in fields.items() if not (before[name] is None and value is usual.get(name))}
    if not fields:
        return present, []
    columns = {name: value for name, value in fields.items() if name in COLUMNS}
    profile = {name: value for name, value in fields.items() if name not in COLUMNS and name not in SWITCHES}
    change_account(unit, account, {**columns, **({"profile": profile} if profile else {})})
    chosen = {name: value for name, value in fields.items() if name in SWITCHES}
    patch: dict[str, Any] = {"updated_at": unit.now, "revision": (present.revision or 0) + 1}
    if chosen:
        patch["settings"] = {**switches, **chosen}
    unit.patch(queries.PATCH_MEMBERSHIP, patch, account_id=present.id)
    unit.record(member_event(present.id, "updated", field=name, old=before[name], new=fields[name]) for name in fields)
    _tell_elsewhere(unit, present.id, {name: fields[name] for name in NAMES if name in fields})
    return find_member(unit, present.id) or present, sorted(fields)


def set_photo(unit: Unit, present: Member, large: str | None, small: str | None) -> Member:
    """Where the member's photo is shown from now on, in two sizes; None for none."""
    account = account_for_update(unit, present.id)
    former = present.profile.get(PHOTO)
    if account is None or former == large:
        return present
    change_account(unit, account, {"profile": {PHOTO: large, SMALL_PHOTO: small}})
    patch = {"updated_at": unit.now, "revision": (present.revision or 0) + 1}
    unit.patch(queries.PATCH_MEMBERSHIP, patch, account_id=present.id)
    unit.record([member_event(present.id, "updated", field=PHOTO, old=former, new=large)])
    return find_member(unit, present.id) or present


def member_event(account_id: int, verb: str, *, kind: str | None = None, **more: Any) -> Event:
    """Something happened to a member."""
    name = kind or verb.replace("-", "_")
    return Event(kind=f"member.{name}", verb=verb, subject_kind="member", subject_id=str(account_id), **more)


def address_problem(unit: Unit, present: Member, address: str) -> str | None:
    """Why a member cannot have this address; None when he can (spec 40 §9.4)."""
    found = find_account(unit, address)
    if found is not None and found.id != present.id:
        return "The email has already been taken."
    if guest_ids(unit, [address]):
        return "This email belongs to a guest of your organization."
    return None


def move_address(unit: Unit, present: Member, address: str) -> None:
    """Give the account another address; sessions go on."""
    account = account_for_update(unit, present.id)
    if account is None or account.email == address:
        return
    change_account(unit, account, {"email": address})
    patch = {"updated_at": unit.now, "revision": (present.revision or 0) + 1}
    unit.patch(queries.PATCH_MEMBERSHIP, patch, account_id=present.id)
    unit.record([member_event(present.id, "updated", field="email", old=account.email, new=address)])
    _tell_elsewhere(unit, present.id, {"email": address})


def _tell_elsewhere(unit: Unit, account_id: int, called: Mapping[str, Any]) -> None:
    """His other organizations know him by another name from now on: they search for it, and show no entry."""
    if not called:
        return
    for place in across(unit, queries.WHERE_ELSE, account_id=account_id, except_id=unit.organization_id):
        with within(unit, place) as there:
            there.record(
                member_event(account_id, "updated", kind="known_as", field=name, new=value, shown=False)
                for name, value in called.items()
            )
