"""`settings`, the JSON text in which old clients keep working days and holidays (spec 41 §1.4, §4.3).

It is stored and shown as it came. What it says of working days and holidays is taken over once: by the first write of
it that finds the settings of today untouched. What cannot be read in it is passed over: no old client knows why.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from procession.engine.worktime import WEEKDAYS
from procession.people.holidays import MOST

_MONTH_DAY = re.compile(r"([0-9]{2})-([0-9]{2})")
_LEAP_YEAR = 2000
"""The year that yearly holidays without one are shown with: it has every day."""


def taken_over(sent: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    """`working_days` and `holidays` out of the legacy text, those that were neither sent beside it nor ever stored."""
    try:
        legacy = msgspec.json.decode(sent.get("settings") or "null")
    except (msgspec.DecodeError, RecursionError, ValueError):
        return {}
    if not isinstance(legacy, dict) or stored.get("settings") is not None:
        return {}
    found = {"working_days": _working_days(legacy.get("workdays")), "holidays": _holidays(legacy.get("holidays"))}
    return {name: value for name, value in found.items() if value and name not in sent and name not in stored}


def _working_days(value: Any) -> dict[str, bool]:
    """Names of weekdays, whole or by their first three letters: a list of those that work, or each with its flag."""
    if isinstance(value, list):
        named = dict.fromkeys((one for one in value if isinstance(one, str)), True)
    else:
        named = (
            {day: works for day, works in value.items() if works in (True, False)} if isinstance(value, dict) else {}
        )
    starts = {name.strip().casefold()[:3]: bool(works) for name, works in named.items()}
    known = {day: starts.get(day[:3].casefold(), False) for day in WEEKDAYS}
    return known if any(known.values()) else {}


def _holidays(value: Any) -> list[dict[str, Any]]:
    """`MM-DD` texts as yearly entries."""
    days = [_day(one) for one in value] if isinstance(value, list) else []
    return [{"date": day.isoformat(), "recurring": True} for day in days if day is not None][: MOST - 1]


def _day(text: Any) -> date | None:
    match = _MONTH_DAY.fullmatch(text.strip()) if isinstance(text, str) else None
    try:
        return date(_LEAP_YEAR, int(match[1]), int(match[2])) if match is not None else None
    except ValueError:
        return None
