"""Members as clients read them: the user object, the minimal user, the owner of work (spec 40 §11, 20 §3.1)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from procession.engine.dates import zone
from procession.people.model import Actor, Person
from procession.people.records import Member
from procession.wire.times import instant

DATE_FORMAT = "mm/dd/yyyy"
"""How dates are shown to somebody who never chose."""


class OwnerUser(msgspec.Struct, frozen=True):
    """A member beside work: the six keys of spec 20 §3.1."""

    id: int
    full_name: str
    first_name: str
    last_name: str
    email: str
    profile_pic: str | None


class MinimalUser(msgspec.Struct, frozen=True):
    """A member in lists of people (spec 40 §11.2)."""

    id: int
    email: str
    username: str | None
    first_name: str
    last_name: str
    full_name: str
    profile_pic: str | None
    role: str | None
    status: str | None
    active: bool
    is_active: bool
    type: str | None
    disabled_at: str | None
    job_title: str | None
    timezone: str


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A member, whole (spec 40 §11.1). Outside any organization the membership's members are null."""

    id: int
    email: str
    username: str | None
    first_name: str
    last_name: str
    full_name: str
    profile_pic: str | None
    resize_profile_pic: str | None
    locale: str | None
    content_language: str | None
    active: bool
    is_active: bool
    complete: bool
    is_suspended: bool
    type: str | None
    is_bot: bool
    support_user: bool
    is_unbilled: bool
    country_id: int | None
    phone: str | None
    job_title: str | None
    job_description: str | None
    team: str | None
    timezone: str
    UTC_offset: str
    date_format: str
    step_preferences: bool | None
    role: str | None
    status: str | None
    is_default_admin: bool | None
    invited_by: int | None
    invited_at: str | None
    approved_at: str | None
    activated_at: str | None
    disabled_at: str | None
    disabled_by: int | None
    reactivated_at: str | None
    reactivated_by: int | None
    last_login_at: str | None
    last_accessed_at: str | None
    last_known_ip: str | None
    last_known_country: str | None
    created_at: str
    updated_at: str
    last_updated: str
    email_verified_at: str | None
    cadence_days: list[str] | None
    can_create_templates: bool | None
    can_archive_processes: bool | None
    groups: Any | UnsetType = UNSET
    stats: Any | UnsetType = UNSET
    organizations: Any | UnsetType = UNSET
    preferences: Any | UnsetType = UNSET
    auth_methods: Any | UnsetType = UNSET
    country: Any | UnsetType = UNSET
    assets: Any | UnsetType = UNSET
    member_watchers: Any | UnsetType = UNSET
    guest_watchers: Any | UnsetType = UNSET
    invite_link: str | UnsetType = UNSET


def owner_user(account_id: int, persons: Mapping[int, Person]) -> OwnerUser:
    """A member by id; one who is gone keeps the id and a name that says so."""
    person = persons.get(account_id)
    if person is None:
        return OwnerUser(account_id, "[DELETED MEMBER]", "[DELETED", "MEMBER]", "", None)
    return OwnerUser(account_id, person.full_name, person.first_name, person.last_name, person.email, person.picture)


def minimal_user(one: Member) -> MinimalUser:
    """A member in a list of people."""
    active = one.status == "active"
    return MinimalUser(
        id=one.id,
        email=one.email,
        username=one.username,
        first_name=one.first_name,
        last_name=one.last_name,
        full_name=one.full_name,
        profile_pic=one.profile.get("profile_pic"),
        role=one.role,
        status=one.status,
        active=active,
        is_active=active,
        type=_kind(one),
        disabled_at=instant(one.disabled_at),
        job_title=one.profile.get("job_title"),
        timezone=one.timezone,
    )


def user(
    one: Member,
    now: datetime,
    actor: Actor | None,
    stored: Mapping[str, Any] | None,
    *,
    invite_link: str | None = None,
) -> User:
    """The user object. `stored`: the organization's settings; addresses are for administrators and oneself only.

    `invite_link`: of an open invitation, for administrators.
    """
    profile, switches, settings = one.profile, one.settings or {}, stored or {}
    placed = one.role is not None
    active = one.status == "active" if placed else not one.suspended
    near = actor is None or actor.is_admin or actor.account_id == one.id
    updated = instant(max(one.account_updated_at, one.updated_at or one.account_updated_at))
    return User(
        id=one.id,
        email=one.email,
        username=one.username,
        first_name=one.first_name,
        last_name=one.last_name,
        full_name=one.full_name,
        profile_pic=profile.get("profile_pic"),
        resize_profile_pic=profile.get("resize_profile_pic"),
        locale=profile.get("locale"),
        content_language=profile.get("content_language"),
        active=active,
        is_active=active,
        complete=bool(one.first_name and one.last_name and one.timezone and profile.get("email_verified_at")),
        is_suspended=one.suspended,
        type=_kind(one),
        is_bot=one.is_bot,
        support_user=bool(profile.get("support_user")),
        is_unbilled=one.email.rpartition("@")[2] in settings.get("unbilled_domains", ()),
        country_id=profile.get("country_id"),
        phone=profile.get("phone"),
        job_title=profile.get("job_title"),
        job_description=profile.get("job_description"),
        team=profile.get("team"),
        timezone=one.timezone,
        UTC_offset=utc_offset(one.timezone, now),
        date_format=profile.get("date_format") or DATE_FORMAT,
        step_preferences=profile.get("step_preferences"),
        role=one.role,
        status=one.status,
        is_default_admin=one.is_default_admin if placed else None,
        invited_by=one.invited_by,
        invited_at=instant(one.invited_at),
        approved_at=instant(one.approved_at),
        activated_at=instant(one.activated_at),
        disabled_at=instant(one.disabled_at),
        disabled_by=one.disabled_by,
        reactivated_at=switches.get("reactivated_at"),
        reactivated_by=switches.get("reactivated_by"),
        last_login_at=profile.get("last_login_at"),
        last_accessed_at=instant(one.last_accessed_at),
        last_known_ip=profile.get("last_known_ip") if near else None,
        last_known_country=profile.get("last_known_country") if near else None,
        created_at=instant(one.account_created_at),
        updated_at=updated,
        last_updated=updated,
        email_verified_at=profile.get("email_verified_at"),
        cadence_days=switches.get("cadence_days", settings.get("cadence_days")) if placed else None,
        can_create_templates=switches.get("can_create_templates", True) if placed else None,
        can_archive_processes=switches.get("can_archive_processes", True) if placed else None,
        invite_link=invite_link if invite_link is not None else UNSET,
    )


class Stats(msgspec.Struct, frozen=True):
    """How much a member did (spec 40 §11.3)."""

    steps_created: int
    tasks_completed: int
    processes_launched: int
    checklists_created: int
    last_step_created_at: str | None


class AuthMethod(msgspec.Struct, frozen=True):
    """A way in which a member signs in."""

    method: str
    last_used_at: str | None


def unmoved(shown: User) -> User:
    """The user object without what moves by being used: what its ETag covers."""
    return msgspec.structs.replace(shown, last_accessed_at=None)


def _kind(one: Member) -> str | None:
    if one.is_bot:
        return "bot"
    return None if one.status == "invited" else "standard"


def utc_offset(timezone: str, now: datetime) -> str:
    """`+hh:mm`, of that zone at that instant (spec 00 DT-10)."""
    offset = now.astimezone(zone(timezone)).strftime("%z")
    return f"{offset[:3]}:{offset[3:5]}"
