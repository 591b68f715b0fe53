"""What a member prefers in one organization: looks, notifications, digest (spec 41 §11).

Stored in the membership: `preferences` holds what was ever chosen, `other_preferences` what clients keep under names
of their own, `cadence_days` the days of the digest, which the user object shows too.
"""

import re
from collections.abc import Mapping
from typing import Any

from procession.engine.model import Problem
from procession.engine.worktime import WEEKDAYS
from procession.kernel.errors import NotFound
from procession.kernel.unit import Event, Unit
from procession.people import membership_queries, queries
from procession.people.records import Member

CHOICES: Mapping[str, tuple[str, ...]] = {
    "date_display": ("relative", "hard"),
    "theme": ("system", "light", "dark"),
    "density": ("comfortable", "compact"),
    "start_page": ("home", "tasks", "tracker"),
}
"""One of a list of words; the first is the default."""
FLAGS: Mapping[str, bool] = {
    "sounds": True,
    "single_key_shortcuts": True,
    "developer_mode": False,
    "onboarding_snippet_seen": False,
}
SWITCHES: Mapping[str, bool] = {
    "assignments": True,
    "others_updates": True,
    "comments": True,
    "mentions": True,
    "process_completed": True,
    "deadline_changes": True,
    "assignment_changes": True,
    "issues": True,
    "signups": True,
    "own_actions": False,
}
"""What one is told of, in mails and in the application (spec 41 §11.3)."""
MODES = ("instant", "digest", "off")
TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
USUAL_TIME = "06:00"
KEYS = (*CHOICES, *FLAGS, "email", "in_app", "digest")
SLUG = re.compile(r"[a-z0-9_]{1,50}")
MOST_SLUGS = 100
PRESENT, OTHERS, DAYS = "preferences", "other_preferences", "cadence_days"


def preferences(member: Member, stored: Mapping[str, Any]) -> dict[str, Any]:
    """Every key with what holds for the member. `stored`: the organization's settings."""
    settings = member.settings or {}
    chosen = settings.get(PRESENT, {})
    days = settings.get(DAYS, stored[DAYS])
    return {
        **{name: chosen.get(name, words[0]) for name, words in CHOICES.items()},
        **{name: chosen.get(name, usual) for name, usual in FLAGS.items()},
        "email": {"mode": MODES[0], **SWITCHES, **chosen.get("email", {})},
        "in_app": {**SWITCHES, **chosen.get("in_app", {})},
        "digest": {
            "enabled": bool(days),
            "days": days or chosen.get("digest_days", []),
            "time": chosen.get("digest_time", USUAL_TIME),
        },
    }


def read_preferences(sent: Any, member: Member, stored: Mapping[str, Any], problems: list[Problem]) -> dict[str, Any]:
    """What the membership keeps after this: `preferences`, and `cadence_days` where the digest is spoken of."""
    settings = member.settings or {}
    chosen = dict(settings.get(PRESENT, {}))
    changes: dict[str, Any] = {}
    for name, value in (sent if isinstance(sent, Mapping) else {}).items():
        if name in CHOICES:
            chosen[name] = _word(name, value, CHOICES[name], problems)
        elif name in FLAGS:
            chosen[name] = _flag((name,), value, problems)
            if name == "developer_mode" and chosen[name] and member.role == "light":
                problems.append(Problem((name,), "Your role does not allow this."))
        elif name in ("email", "in_app"):
            chosen[name] = {**chosen.get(name, {}), **_switches(name, value, problems)}
        elif name == "digest":
            changes[DAYS] = _digest(value, preferences(member, stored)["digest"], stored[DAYS], chosen, problems)
        else:
            problems.append(Problem((str(name)[:50],), "This preference is not known."))
    return {PRESENT: chosen, **changes}


def _word(name: str, value: Any, words: tuple[str, ...], problems: list[Problem], *path: str) -> str:
    word = value.strip().lower() if isinstance(value, str) else ""
    if word not in words:
        problems.append(Problem((*path, name), f"The selected {name.replace('_', ' ')} is invalid."))
    return word


def _flag(path: tuple[str, ...], value: Any, problems: list[Problem]) -> bool:
    word = str(value).strip().lower() if isinstance(value, (bool, int, str)) else ""
    if word not in ("true", "1", "false", "0"):
        problems.append(Problem(path, f"The {path[-1].replace('_', ' ')} field must be true or false."))
    return word in ("true", "1")


def _switches(group: str, value: Any, problems: list[Problem]) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        problems.append(Problem((group,), "The value must be an object."))
        return {}
    read: dict[str, Any] = {}
    for name, one in value.items():
        if name in SWITCHES:
            read[name] = _flag((group, name), one, problems)
        elif name == "mode" and group == "email":
            read[name] = _word(name, one, MODES, problems, group)
        else:
            problems.append(Problem((group, str(name)[:50]), "This preference is not known."))
    return read


def _digest(
    value: Any, present: Mapping[str, Any], usual: list[str], chosen: dict[str, Any], problems: list[Problem]
) -> list[str]:
    """The days of the digest from now on, none when it is off; the days it would have are kept in `chosen`."""
    if not isinstance(value, Mapping):
        problems.append(Problem(("digest",), "The value must be an object."))
        return []
    problems.extend(
        Problem(("digest", str(name)[:50]), "This preference is not known.")
        for name in value
        if name not in ("enabled", "days", "time")
    )
    if "time" in value:
        time = value["time"]
        if isinstance(time, str) and TIME.fullmatch(time):
            chosen["digest_time"] = time
        else:
            problems.append(Problem(("digest", "time"), "The time must be a time of the day, such as 06:00."))
    enabled = present["enabled"]
    days = list(present["days"])
    if "days" in value:
        days = _days(value["days"], problems)
        enabled = bool(days)
    if "enabled" in value:
        enabled = _flag(("digest", "enabled"), value["enabled"], problems)
        days = days or ([] if "days" in value else list(usual))
    chosen["digest_days"] = days
    return days if enabled else []


def _days(value: Any, problems: list[Problem]) -> list[str]:
    known = {day.casefold(): day for day in WEEKDAYS}
    named = [str(one).strip().casefold() for one in value] if isinstance(value, list) else [""]
    if len(named) > 20 or any(one not in known for one in named):
        problems.append(Problem(("digest", "days"), "The days must be names of weekdays."))
    return [day for day in WEEKDAYS if day.casefold() in named]


def change_preferences(unit: Unit, member: Member, changes: Mapping[str, Any]) -> Member:
    """Keep them; what stays the same writes nothing."""
    settings = {**(member.settings or {}), **changes}
    if settings == (member.settings or {}):
        return member
    columns = {"settings": settings, "updated_at": unit.now, "revision": (member.revision or 0) + 1}
    unit.patch(membership_queries.PATCH_MEMBERSHIP, columns, account_id=member.id)
    event = Event(
        kind="member.preferences",
        verb="updated",
        subject_kind="member",
        subject_id=str(member.id),
        field="preferences",
        new=dict(changes),
        shown=False,
    )
    unit.record([event])
    return own(unit, member.id)


def own_for_update(unit: Unit, account_id: int) -> Member:
    """The member with his row locked."""
    unit.one(membership_queries.LOCK_MEMBERSHIP, account_id=account_id)
    return own(unit, account_id)


def own(unit: Unit, account_id: int) -> Member:
    """The member; 404 for nobody."""
    found = unit.one(queries.MEMBER, account_id=account_id)
    if found is None:
        raise NotFound
    return found
