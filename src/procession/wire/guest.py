"""Guests as clients read them (spec 40 §14.2)."""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from procession.people.records import Guest as Stored
from procession.wire.times import instant
from procession.work.leaving import GuestStats as Counted

PROFILE = (
    "status", "phone_1", "phone_2", "timezone", "image_url", "contact_url", "company_url", "opportunity_url",
    "company_name", "opportunity_name", "external_sync_source", "external_date_creation", "cadence_days",
    "associated_members",
)  # fmt: skip
"""What of the details a caller may write."""


class GuestDetails(msgspec.Struct, frozen=True, kw_only=True):
    """`details` of a guest: his profile, and the state of his account here."""

    first_name: str | None
    last_name: str | None
    status: str | None = None
    phone_1: str | None = None
    phone_2: str | None = None
    timezone: str | None = None
    image_url: str | None = None
    contact_url: str | None = None
    company_url: str | None = None
    opportunity_url: str | None = None
    company_name: str | None = None
    opportunity_name: str | None = None
    external_sync_source: str | None = None
    external_date_creation: str | None = None
    cadence_days: list[str] | None = None
    associated_members: list[int] | None = None
    last_city: str | None = None
    last_country: str | None = None
    last_accessed_at: str | None = None
    disabled_at: str | None = None
    disabled_by: int | None = None
    reactivated_at: str | None = None
    reactivated_by: int | None = None


class GuestStats(msgspec.Struct, frozen=True):
    """What a guest was given and did; nothing at all for one who never had a task."""

    assigned_tasks: int | UnsetType = UNSET
    tasks_completed: int | UnsetType = UNSET
    last_task_completed_at: str | UnsetType | None = UNSET
    one_off_tasks_completed: int | UnsetType = UNSET
    last_one_off_task_completed_at: str | UnsetType | None = UNSET


class Guest(msgspec.Struct, frozen=True, kw_only=True):
    """A guest, whole. `link` and `guest_code` are null for callers who may not read links (spec 40 §14.4)."""

    id: int
    email: str
    first_name: str | None
    last_name: str | None
    full_name: str
    last_accessed_at: str | None
    last_known_ip: str | None
    last_known_country: str | None
    created_at: str
    deleted_at: str | None
    link: str | None
    guest_code: str | None
    app_language: str | None
    content_language: str | None
    disabled_at: str | None
    details: GuestDetails
    stats: GuestStats | UnsetType = UNSET


class GuestPreferences(msgspec.Struct, frozen=True):
    """How a guest wants to be written to; what he never chose is his organization's (spec 40 §14.7)."""

    cadence_days: list[str]
    daily_digest: bool
    app_language: str | None
    content_language: str | None
    timezone: str


def show_preferences(one: Stored, days: list[str], zone: str) -> GuestPreferences:
    """`days` and `zone`: those of the organization."""
    details = one.details
    chosen = details.get("cadence_days")
    return GuestPreferences(
        cadence_days=days if chosen is None else chosen,
        daily_digest=details.get("daily_digest", True),
        app_language=details.get("app_language"),
        content_language=details.get("content_language"),
        timezone=details.get("timezone") or zone,
    )


class MinimalGuest(msgspec.Struct, frozen=True):
    """A guest in lists of people."""

    id: int
    email: str
    first_name: str | None
    last_name: str | None
    full_name: str
    link: str | None
    disabled_at: str | None


PRIVATE = frozenset(name for name in PROFILE if name.startswith(("opportunity_", "external_"))) | {
    "status",
    "associated_members",
}
"""What a guest does not read about himself (spec 40 §14.7)."""


def guest(
    one: Stored,
    code: str | None,
    public_url: str,
    *,
    admin: bool,
    himself: bool = False,
    stats: GuestStats | UnsetType = UNSET,
) -> Guest:
    """The guest object. `code` is None for callers who may not read links; addresses are for administrators only."""
    details = one.details
    return Guest(
        id=one.id,
        email=one.email,
        first_name=one.first_name,
        last_name=one.last_name,
        full_name=one.full_name,
        last_accessed_at=instant(one.last_accessed_at),
        last_known_ip=details.get("last_known_ip") if admin else None,
        last_known_country=details.get("last_known_country") if admin else None,
        created_at=instant(one.created_at),
        deleted_at=instant(one.deleted_at),
        link=guest_link(public_url, code),
        guest_code=code,
        app_language=details.get("app_language"),
        content_language=details.get("content_language"),
        disabled_at=instant(one.disabled_at),
        details=_details(one, PRIVATE if himself else frozenset()),
        stats=stats,
    )


def show_stats(found: Counted | None) -> GuestStats:
    """The include `stats`; an empty object for a guest who never had a task."""
    if found is None:
        return GuestStats()
    return GuestStats(found.assigned, found.completed, instant(found.last), found.oneoffs, instant(found.last_oneoff))


def _details(one: Stored, hidden: frozenset[str]) -> GuestDetails:
    known: dict[str, Any] = {name: one.details.get(name) for name in PROFILE if name not in hidden}
    return GuestDetails(
        first_name=one.first_name,
        last_name=one.last_name,
        **known,
        last_city=one.details.get("last_city"),
        last_country=one.details.get("last_country"),
        last_accessed_at=instant(one.last_accessed_at),
        disabled_at=instant(one.disabled_at),
        disabled_by=one.disabled_by,
        reactivated_at=one.details.get("reactivated_at"),
        reactivated_by=one.details.get("reactivated_by"),
    )


def minimal_guest(one: Stored, code: str | None, public_url: str) -> MinimalGuest:
    """A guest in a list of people."""
    return MinimalGuest(
        one.id, one.email, one.first_name, one.last_name, one.full_name, guest_link(public_url, code),
        instant(one.disabled_at),
    )  # fmt: skip


def guest_link(public_url: str, code: str | None) -> str | None:
    """The forever link: the segment `guest`, then the code (spec 00 §25, trap 5)."""
    return f"{public_url.rstrip('/')}/guest/{code}" if code else None
