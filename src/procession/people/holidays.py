"""Days an organization is closed: its own list and the public holidays of a region (spec 41 §4.3).

Both are empty until somebody sets them. They are asked for one day at a time (`ClosedDays`), and a region's holidays
are computed a year at a time and kept, so that what nobody set, or years nobody asked about, cost nothing.
"""

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any

import msgspec

from procession.engine.dates import parse_day
from procession.engine.model import Problem

MOST = 366
"""How many entries a list of holidays may have."""

_NAME = 200
_TRUE = frozenset({"true", "1", "yes", "on"})
_FALSE = frozenset({"false", "0", "no", "off", ""})
_LEAP_YEAR = 2000
_YEARS_KEPT = 2048
_CODE = re.compile(r"[A-Z]{2}")

MonthDay = tuple[int, int]
Region = tuple[str, str | None]
"""Codes of ISO 3166: a country and, if any, the part behind the hyphen of its subdivision (`BY` of `DE-BY`)."""


class ClosedDays(msgspec.Struct, frozen=True):
    """The closed days of all years. Ranges have both their ends in them; a yearly one may run over New Year."""

    once: frozenset[date] = frozenset()
    ranges: tuple[tuple[date, date], ...] = ()
    yearly: frozenset[MonthDay] = frozenset()
    yearly_ranges: tuple[tuple[MonthDay, MonthDay], ...] = ()
    region: Region | None = None

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and (
            day in self.once
            or _in_year((day.month, day.day), self)
            or any(first <= day <= last for first, last in self.ranges)
            or (self.region is not None and day in public_holidays(*self.region, day.year))
        )


def _in_year(day: MonthDay, closed: ClosedDays) -> bool:
    return day in closed.yearly or any(
        first <= day <= last if first <= last else day >= first or day <= last for first, last in closed.yearly_ranges
    )


def closed_days(holidays: list[Mapping[str, Any]], region: Mapping[str, Any] | None) -> ClosedDays | None:
    """The closed days that stored settings mean; None without any, which working time need not look at."""
    if not holidays and not region:
        return None
    spans = [(*_ends(one), bool(one.get("recurring"))) for one in holidays]
    return ClosedDays(
        once=frozenset(first for first, last, yearly in spans if first == last and not yearly),
        ranges=tuple((first, last) for first, last, yearly in spans if first != last and not yearly),
        yearly=frozenset(_month_day(first) for first, last, yearly in spans if first == last and yearly),
        yearly_ranges=tuple(
            (_month_day(first), _month_day(last)) for first, last, yearly in spans if first != last and yearly
        ),
        region=(region["country"], region["subdivision"]) if region else None,
    )


def _ends(entry: Mapping[str, Any]) -> tuple[date, date]:
    """First and last day of a stored entry."""
    if entry.get("date") is not None:
        day = date.fromisoformat(entry["date"])
        return day, day
    return date.fromisoformat(entry["from"]), date.fromisoformat(entry["to"])


def _month_day(day: date) -> MonthDay:
    return day.month, day.day


@lru_cache(maxsize=_YEARS_KEPT)
def public_holidays(country: str, subdivision: str | None, year: int) -> frozenset[date]:
    """The public holidays of a region in a year, those in lieu included; none where the library knows none.

    It may have dropped a region that is still stored: that must not stop a call.
    """
    import holidays  # lazy: half a second, for organizations that named a region

    if country not in regions() or (subdivision is not None and subdivision.casefold() not in regions()[country]):
        return frozenset()
    return frozenset(holidays.country_holidays(country, subdiv=subdivision, years=year, expand=False))


@lru_cache(maxsize=1)
def regions() -> Mapping[str, Mapping[str, str]]:
    """Every country known, with its subdivisions: their codes by what they are when case does not count."""
    import holidays  # lazy: as above

    known = holidays.list_supported_countries(include_aliases=False)
    return {country: {one.casefold(): one for one in parts} for country, parts in known.items()}


# -- what an admin sends -----------------------------------------------------------------------------------------------


def read_region(value: Any, _present: Any) -> tuple[Any, list[Problem]]:
    """`{"country": "DE", "subdivision": "BY"}`, any case, `DE-BY` too; null for none. Paths are below the setting."""
    if value is None:
        return None, []
    if not isinstance(value, Mapping):
        return None, [Problem((), "The holiday region must be an object.")]
    given, part = value.get("country"), value.get("subdivision")
    country = given.strip().upper() if isinstance(given, str) else ""
    if _CODE.fullmatch(country) is None or country not in regions():
        return None, [Problem(("country",), "The selected country is invalid.")]
    if part is None or part == "":
        return {"country": country, "subdivision": None}, []
    wanted = part.strip().casefold().removeprefix(f"{country}-".casefold()) if isinstance(part, str) else ""
    subdivision = regions()[country].get(wanted)
    if subdivision is None:
        return None, [Problem(("subdivision",), "The selected subdivision is invalid.")]
    return {"country": country, "subdivision": subdivision}, []


def read_holidays(value: Any, _present: Any) -> tuple[Any, list[Problem]]:
    """The list of closing days, each entry with all its members; the list replaces the one before."""
    if not isinstance(value, list):
        return [], [Problem((), "The holidays must be an array.")]
    if len(value) > MOST:
        return [], [Problem((), f"The holidays may not have more than {MOST} items.")]
    problems: list[Problem] = []
    read = [_read_entry(one, str(place), problems) for place, one in enumerate(value)]
    if not problems and _no_day_open(read):
        problems.append(Problem((), "At least one day of the year must stay open."))
    return read, problems


def _no_day_open(entries: list[dict[str, Any]]) -> bool:
    """Whether the yearly entries close every day there is: no deadline would find a day to move to."""
    closed = closed_days([one for one in entries if one["recurring"]], None)
    days = (date.fromordinal(date(_LEAP_YEAR, 1, 1).toordinal() + after) for after in range(366))
    return closed is not None and all(day in closed for day in days)


def _read_entry(value: Any, place: str, problems: list[Problem]) -> dict[str, Any]:
    entry: dict[str, Any] = {"date": None, "name": "", "recurring": False, "from": None, "to": None}
    if not isinstance(value, Mapping):
        problems.append(Problem((place,), "The holiday must be an object."))
        return entry
    name = value.get("name")
    if name is not None and not isinstance(name, str):
        problems.append(Problem((place, "name"), "The name must be a string."))
    elif name is not None and len(name.strip()) > _NAME:
        problems.append(Problem((place, "name"), f"The name may not be greater than {_NAME} characters."))
    else:
        entry["name"] = (name or "").strip()
    entry["recurring"] = _read_flag(value.get("recurring"), place, problems)
    return {**entry, **_read_days(value, place, problems)}


def _read_flag(value: Any, place: str, problems: list[Problem]) -> bool:
    word = "" if value is None else str(value).strip().lower()
    if word not in _TRUE | _FALSE:
        problems.append(Problem((place, "recurring"), "The recurring field must be true or false."))
    return word in _TRUE


def _read_days(value: Mapping[str, Any], place: str, problems: list[Problem]) -> dict[str, Any]:
    """`date`, or `from` and `to`, as the dates they are shown as."""
    sent = [key for key in ("date", "from", "to") if value.get(key) not in (None, "")]
    if "date" in sent and len(sent) > 1:
        problems.append(Problem((place, "date"), "The date excludes from and to."))
        return {}
    wanted = ("date",) if "date" in sent or not sent else ("from", "to")
    days: dict[str, date] = {}
    for key in wanted:
        day = parse_day(value.get(key))
        if day is not None:
            days[key] = day
        elif key in sent:
            problems.append(Problem((place, key), f"The {key} is not a valid date."))
        else:
            problems.append(Problem((place, key), f"The {key} field is required."))
    if len(days) == 2:
        first, last = days["from"], days["to"]
        if last < first:
            problems.append(Problem((place, "to"), "The to must be a date after or equal to from."))
        elif (last.year - 1, last.month, last.day) >= (first.year, first.month, first.day):
            problems.append(Problem((place, "to"), "The range may not be longer than a year."))
    return {key: day.isoformat() for key, day in days.items()}
