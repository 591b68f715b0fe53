"""The settings of an organization: defaults, what they mean to the product, and reading what an admin sends.

They are stored as one document by the names of spec 41 §1; what nobody set is not stored and has its default.
"""

import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from procession.engine.dates import parse_instant
from procession.engine.model import Offset, Problem, WorkCalendar, WorkDay
from procession.engine.worktime import WEEKDAYS, Week, read_working_days, show_working_days
from procession.kernel.unit import Unit
from procession.people import queries
from procession.people.checks import read_analytics, read_domains, read_ground, read_sso, read_token, read_translation
from procession.people.holidays import closed_days, read_holidays, read_region
from procession.people.model import Settings

ALL_HOURS: Week = (WorkDay(),) * 7
DIGEST_DAYS = ["Monday", "Wednesday", "Friday"]
KEPT = 4096
"""How many organizations' parsed settings a process keeps."""

DEFAULTS: dict[str, Any] = {
    "industry": None, "purpose": None, "description": None, "process_today": None, "address1": None, "address2": None,
    "address3": None, "city": None, "state": None, "zipcode": None, "country": None, "welcome_title": None,
    "welcome_description": None, "org_logo": None, "home_bg": None, "team_size": [], "signup_survey": None,
    "allow_user_invite": True, "allow_manage_groups": True, "auto_join_signups": False,
    "join_requires_approval": False, "domains": [], "saml_enabled": False, "saml_login_url": None,
    "sso_default_role": "standard", "require_sso": False, "restrict_blueprint_permissions": True,
    "maximum_group_assignment_limit": 0, "verify_guests": False, "invitation_expiry_days": None,
    "private_one_off_tasks": True, "guest_tasks_need_member": True, "unbilled_domains": [], "deactivated_text": None,
    "revoke_api_tokens_at_sign_out": False, "working_days": show_working_days(ALL_HOURS), "deadline_setting": None,
    "settings": None, "holidays": [], "holiday_region": None, "default_deadline": {"type": "days", "value": 5},
    "auto_complete_tasks": True, "auto_complete_task_months": 18, "auto_archive": False,
    "auto_archive_processes_after": {"unit": "weeks", "value": 52}, "wyiwyg": True,
    "webhook_date_field_format": "yyyy-MM-ddTHH:mm:ssZ", "use_generative_ai": True, "cadence_days": DIGEST_DAYS,
    "guest_cadence_days": DIGEST_DAYS, "remind_future_start_tasks": True, "deadline_shift_keeps_time": False,
    "onboarding_snippet": None, "homepage_snippet": None, "guest_onboarding_snippet": None,
    "light_role_error_snippet": None, "enable_onboarding_template": False, "onboarding_template_id": None,
    "global_css": None, "enable_custom_404_error": False, "error_404_template": None, "enable_custom_smtp": False,
    "google_analytics_id": None, "mixpanel_token": None, "azure_cognitive_service": None, "analytics_enabled": False,
    "full_seats": None, "light_seats": None, "read_only_reason": None,
}  # fmt: skip
"""Every stored setting and what it is until somebody sets it (spec 41 §1)."""

BRANDING = "branding"
LOGO = "logo_files"
DELETION = "deletion"
WINDOW = timedelta(days=30)
"""How long the deletion of an organization can be taken back; afterwards nobody gets in (spec 41 §18.6)."""
HIDDEN: dict[str, Any] = {BRANDING: {}, LOGO: {}, DELETION: None}
"""What is stored beside the settings and shown elsewhere: colours, files of the logo, when deletion was asked."""

SLOTS = ("onboarding_snippet", "homepage_snippet", "guest_onboarding_snippet", "light_role_error_snippet")
"""Settings that hold the id of a snippet, which pages show (spec 41 §6.1)."""

CUSTOM_KINDS = "custom_field_kinds"
"""Stored among the settings, but nobody's to set: which kinds of records have custom fields."""

DISCUSSES = "discusses"
"""Likewise: whether anybody ever commented."""

_cache: dict[tuple[str, int, datetime], Settings] = {}
_lock = threading.Lock()


def load_settings(unit: Unit, revision: int, changed_at: datetime) -> Settings:
    """The settings of the unit's organization at that revision: from memory, or by one query.

    `changed_at` is part of the key, because a revision number that was rolled back is given again.
    """
    found = _cache.get((unit.organization_id, revision, changed_at))
    return found if found is not None else current_settings(unit)


def current_settings(unit: Unit) -> Settings:
    """The settings as they are now, by one query: for jobs and commands that nobody authenticated."""
    row = unit.one(queries.SETTINGS)
    if row is None:
        return Settings(stored=DEFAULTS)
    revision, changed_at, timezone, stored = row
    parsed = parse(stored, timezone)
    with _lock:
        while len(_cache) >= KEPT:
            del _cache[next(iter(_cache))]
        _cache[unit.organization_id, revision, changed_at] = parsed
    return parsed


def parse(stored: Mapping[str, Any], timezone: str) -> Settings:
    """What the stored document means; what is not in it has its default."""
    every = {**DEFAULTS, **stored}
    deadline = every["default_deadline"]
    return Settings(
        calendar=WorkCalendar(
            zone=timezone,
            days=read_working_days(every["working_days"], ALL_HOURS)[0],
            closed=closed_days(every["holidays"], every["holiday_region"]),
            keeps_time=every["deadline_shift_keeps_time"],
        ),
        default_deadline=Offset(deadline["value"], deadline["type"]),
        group_limit=every["maximum_group_assignment_limit"],
        guest_tasks_need_member=every["guest_tasks_need_member"],
        private_oneoff_tasks=every["private_one_off_tasks"],
        restrict_templates=every["restrict_blueprint_permissions"],
        members_invite=every["allow_user_invite"],
        members_manage_groups=every["allow_manage_groups"],
        read_only=every["read_only_reason"],
        ends_at=end_of(every),
        company_domains=frozenset(every["domains"]) if every["saml_enabled"] else frozenset(),
        discusses=stored.get(DISCUSSES, False),
        custom_kinds=frozenset(stored.get(CUSTOM_KINDS, ())),
        stored=every,
    )


def end_of(stored: Mapping[str, Any]) -> datetime | None:
    """When nobody gets into the organization any more; None while nobody asked for its deletion."""
    found = stored.get(DELETION)
    asked = parse_instant(found["asked_at"]) if found else None
    return asked + WINDOW if asked is not None else None


# -- what an admin sends -----------------------------------------------------------------------------------------------

Reader = Callable[[Any, Any], tuple[Any, list[Problem]]]
"""Reads one setting from what was sent and what it is now; problems have paths below the setting."""


def read_changes(sent: Mapping[str, Any], present: Mapping[str, Any], problems: list[Problem]) -> dict[str, Any]:
    """The settings that really change, checked. `present`: all settings in force; problems are added to `problems`."""
    changes: dict[str, Any] = {}
    for name, value in sent.items():
        if name not in DEFAULTS:
            continue
        read, found = READERS[name](value, present[name]) if name in READERS else (value, [])
        problems.extend(Problem((name, *one.path), one.text) for one in found)
        if not found and read != present[name]:
            changes[name] = read
    return changes


def _working_days(value: Any, present: Any) -> tuple[Any, list[Problem]]:
    week, problems = read_working_days(value, read_working_days(present, ALL_HOURS)[0])
    return show_working_days(week), [Problem(one.path[1:], one.text) for one in problems]


def _weekdays(value: Any, _present: Any) -> tuple[Any, list[Problem]]:
    """Names of weekdays, any case in, Monday first out, once each."""
    known = {day.casefold(): day for day in WEEKDAYS}
    named = [str(one).strip().casefold() for one in value]
    problems = [
        Problem((str(index),), "The selected day is invalid.") for index, one in enumerate(named) if one not in known
    ]
    return [day for day in WEEKDAYS if day.casefold() in named], problems


def _span(units: tuple[str, ...], unit_key: str, longest: int) -> Reader:
    """An object of a unit and a number from 1 to `longest`; a missing key keeps what is."""

    def read(value: Any, present: Any) -> tuple[Any, list[Problem]]:
        if not isinstance(value, Mapping):
            return present, [Problem((), "The value must be an object.")]
        problems = []
        given = value.get(unit_key, present[unit_key])
        unit = given.strip().casefold() if isinstance(given, str) else ""
        unit = unit if unit.endswith("s") else f"{unit}s"  # singular words are read too (spec 00 DT-11)
        if unit not in units:
            problems.append(Problem((unit_key,), f"The selected {unit_key} is invalid."))
        number = _whole(value.get("value", present["value"]))
        if number is None or not 1 <= number <= longest:
            problems.append(Problem(("value",), f"The value must be between 1 and {longest}."))
        return {unit_key: unit, "value": number}, problems

    return read


def _whole(value: Any) -> int | None:
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit() and len(value) < 10:
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _between(low: int, high: int) -> Reader:
    def read(value: Any, _present: Any) -> tuple[Any, list[Problem]]:
        ok = value is not None and low <= value <= high
        return value, [] if ok else [Problem((), f"The value must be between {low} and {high}.")]

    return read


READERS: dict[str, Reader] = {
    "working_days": _working_days,
    "holidays": read_holidays,
    "holiday_region": read_region,
    "cadence_days": _weekdays,
    "guest_cadence_days": _weekdays,
    "default_deadline": _span(("minutes", "hours", "days", "weeks", "months"), "type", 999),
    "auto_archive_processes_after": _span(("days", "weeks"), "unit", 90),
    "auto_complete_task_months": _between(2, 24),
    "google_analytics_id": read_analytics,
    "mixpanel_token": read_token,
    "azure_cognitive_service": read_translation,
    "unbilled_domains": read_domains,
    "home_bg": read_ground,
    "require_sso": read_sso,
}
"""Settings that are more than a text, a flag or a number of any size."""
