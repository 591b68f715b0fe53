"""Working time: moving an instant forward into it, the bounds of a day, reading and showing the working week.

Instants are aware and in UTC, whole seconds; sub-second parts are dropped. Sources: spec 20 §5, 41 §4.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import MAXYEAR, UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, Literal

from procession.engine.dates import zone
from procession.engine.model import Problem, WorkCalendar, WorkDay

Week = tuple[WorkDay, WorkDay, WorkDay, WorkDay, WorkDay, WorkDay, WorkDay]

Closed = Literal["weekend", "holiday", "closed"]

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
"""The keys of `working_days`, in the order of `date.weekday()`."""

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
"""With `EARLIEST`: the range of dates (spec 20 §5.1)."""

_SECOND = timedelta(seconds=1)
_LAST_SECOND = 24 * 3600 - 1
_ALL_DAY = (0, 24 * 3600)
_SEARCHED_DAYS = 3653
"""How far ahead an opening is looked for, in days: no closure is ten years long, and no search without an end."""

_PRESETS = {7, 6, 5, 4}
_TRUE = {"true", "1", "yes", "on"}
_FALSE = {"false", "0", "no", "off"}
_TIME = re.compile(r"(?:([01]?[0-9]|2[0-3]):([0-5][0-9])|24:00)")


def adjust(instant: datetime, calendar: WorkCalendar) -> datetime:
    """The instant itself if it is working time, else the start of the next working period (spec 20 §5.3).

    Never earlier than `instant`, and idempotent. An instant too near the end of the calendar is returned unchanged.
    """
    instant = instant.astimezone(UTC).replace(microsecond=0)
    if calendar.closed is None and all(_hours(calendar, weekday) == _ALL_DAY for weekday in range(7)):
        return instant
    where = zone(calendar.zone)
    try:
        local = instant.astimezone(where)
        if _is_open(local, calendar):
            return instant
        wall = _second_of_day(local) if calendar.keeps_time else 0
        return _next_opening(instant, local.date(), wall, calendar, where)
    except OverflowError:  # the year 10000 lies ahead: nothing to move to
        return instant


def why_moved(instant: datetime, calendar: WorkCalendar) -> Closed | None:
    """Why `adjust` moved that instant: a day off of the week, a holiday, or out of hours; None if it had no reason."""
    local = instant.astimezone(UTC).replace(microsecond=0).astimezone(zone(calendar.zone))
    if _hours(calendar, local.weekday()) is None:
        return "weekend"
    if _is_closed(local.date(), calendar):
        return "holiday"
    return None if _is_open(local, calendar) else "closed"


def end_of_day(day: date, calendar: WorkCalendar) -> datetime:
    """A deadline given as a date: the last working instant of that date (spec 20 §5.1).

    On a day that does not work: adjusted from 23:59:59 local time.
    """
    where = zone(calendar.zone)
    hours = _hours_on(day, calendar)
    if hours is not None:
        last = _last_instant(day, min(hours[1], _LAST_SECOND), where)
        if _is_open(last.astimezone(where), calendar):
            return last
    return adjust(_last_instant(day, _LAST_SECOND, where), calendar)


def start_of_day(day: date, calendar: WorkCalendar) -> datetime:
    """A start given as a date: 00:00:00 of it in the organization's zone, not moved (spec 20 §5.1)."""
    return to_instant(day, 0, zone(calendar.zone))


def day_bounds(day: date, zone_name: str) -> tuple[datetime, datetime]:
    """The first and the last second of a local day, both inside it: the bounds of date filters (spec 00 DT-03)."""
    where = zone(zone_name)
    return to_instant(day, 0, where), _last_instant(day, _LAST_SECOND, where)


def to_instant(day: date, second: int, where: tzinfo) -> datetime:
    """The UTC instant of a wall time, `second` seconds (0..86399) after midnight on the clock of `where`.

    A time that the clock skips gives the first instant after the gap, one it shows twice the earlier (spec 20 §5.3).
    """
    return _instants(day, second, where)[0]


def read_working_days(value: object, present: tuple[WorkDay, ...]) -> tuple[Week, list[Problem]]:
    """Read `working_days` of the organization's settings into a week (spec 41 §4.1).

    `present` is the week in force, Monday first: what the input does not name is kept. A preset comes before days
    named beside it. With problems (paths begin with `working_days`), the week returned is the present one.
    """
    root = ("working_days",)
    if not isinstance(value, Mapping):
        return _week(list(present)), [Problem(root, "The working days must be an object.")]
    named = {name.casefold(): day for name, day in value.items() if isinstance(name, str)}
    days, problems = list(present), list[Problem]()
    if named.get("preset") is not None:
        count = _preset(named["preset"])
        if count is None:
            problems.append(Problem((*root, "preset"), "The selected preset is invalid."))
        else:
            days = [WorkDay(index < count, day.start, day.end) for index, day in enumerate(days)]
    for index, name in enumerate(WEEKDAYS):
        if named.get(name.casefold()) is not None:
            days[index] = _read_day(named[name.casefold()], days[index], (*root, name), problems)
    if not problems and not any(day.working for day in days):
        problems.append(Problem(root, "At least one working day is needed."))
    return _week(list(present) if problems else days), problems


def show_working_days(days: tuple[WorkDay, ...]) -> dict[str, dict[str, Any]]:
    """The output form of a week: seven objects of `working`, `hours`, `start`, `end` (spec 41 §4.1)."""
    return {name: _show_day(day) for name, day in zip(WEEKDAYS, days, strict=True)}


def _hours(calendar: WorkCalendar, weekday: int) -> tuple[int, int] | None:
    """Opening and closing second of a weekday, None if it does not work; senseless weeks work always (20 §5.2)."""
    if not any(day.working for day in calendar.days):
        return _ALL_DAY
    day = calendar.days[weekday]
    if not day.working:
        return None
    if day.start is None or day.end is None or day.end <= day.start:
        return _ALL_DAY
    return day.start * 60, day.end * 60


def _hours_on(day: date, calendar: WorkCalendar) -> tuple[int, int] | None:
    return None if _is_closed(day, calendar) else _hours(calendar, day.weekday())


def _is_closed(day: date, calendar: WorkCalendar) -> bool:
    return calendar.closed is not None and day in calendar.closed


def _is_open(local: datetime, calendar: WorkCalendar) -> bool:
    hours = _hours_on(local.date(), calendar)
    return hours is not None and hours[0] <= _second_of_day(local) <= hours[1]  # the closing instant is inside


def _next_opening(instant: datetime, today: date, wall: int, calendar: WorkCalendar, where: tzinfo) -> datetime:
    """The first opening from `instant` on; `wall` is the second of the day used on days that work all hours.

    An opening counts only if it really falls into the hours of its day: a clock change can swallow a whole working
    period, or show midnight twice, once before `instant`.
    """
    days = (today + timedelta(days=ahead) for ahead in range(_SEARCHED_DAYS + 1))
    openings = (opening for day in days for opening in _openings(day, wall, calendar, where))
    return next((opening for opening in openings if opening >= instant), instant)


def _openings(day: date, wall: int, calendar: WorkCalendar, where: tzinfo) -> Iterator[datetime]:
    hours = _hours_on(day, calendar)
    if hours is not None:
        for opening in _instants(day, wall if hours == _ALL_DAY else hours[0], where):
            local = opening.astimezone(where)
            if local.date() == day and _is_open(local, calendar):
                yield opening


def _second_of_day(local: datetime) -> int:
    return local.hour * 3600 + local.minute * 60 + local.second


def _folds(day: date, second: int, where: tzinfo) -> tuple[datetime, datetime]:
    """Both readings of a wall time: equal as a rule, rising where the clock shows it twice, falling in a gap."""
    wall = datetime.combine(day, time()) + timedelta(seconds=second)
    try:
        return (
            wall.replace(tzinfo=where).astimezone(UTC),
            wall.replace(tzinfo=where, fold=1).astimezone(UTC),
        )
    except OverflowError:  # the first or last day of all, in a zone that puts it outside of UTC's calendar
        return (LATEST, LATEST) if day.year == MAXYEAR else (EARLIEST, EARLIEST)


def _instants(day: date, second: int, where: tzinfo) -> tuple[datetime, ...]:
    """The instants at which the clock shows a wall time, one or two; of a skipped one, the end of the gap."""
    first, second_reading = _folds(day, second, where)
    if first == second_reading:
        return (first,)
    return (first, second_reading) if first < second_reading else (_gap_end(second_reading, first, where),)


def _last_instant(day: date, second: int, where: tzinfo) -> datetime:
    """The last instant at which the clock shows this time, or, where it skips it, an earlier one."""
    first, last = _folds(day, second, where)
    return last if first <= last else _gap_end(last, first, where) - _SECOND


def _gap_end(before: datetime, after: datetime, where: tzinfo) -> datetime:
    """The first instant with the new offset, by bisection: `before` has the old one, `after` the new one."""
    old = before.astimezone(where).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) // _SECOND // 2 * _SECOND
        if middle.astimezone(where).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after


def _week(days: list[WorkDay]) -> Week:
    monday, tuesday, wednesday, thursday, friday, saturday, sunday = days
    return monday, tuesday, wednesday, thursday, friday, saturday, sunday


def _preset(value: object) -> int | None:
    """Days from Monday on: 7, 6, 5 or 4, as a number or a numeric text."""
    text = str(value) if isinstance(value, (int, float, str)) and not isinstance(value, bool) else ""
    return next((count for count in _PRESETS if text.strip() in {str(count), f"{count}.0"}), None)


def _read_day(value: object, present: WorkDay, path: tuple[str, ...], problems: list[Problem]) -> WorkDay:
    if isinstance(value, Mapping):
        return _read_day_object(value, present, path, problems)
    if isinstance(value, str) and value.strip().casefold() == "all":
        return WorkDay()
    working = _read_bool(value)
    if working is None:
        problems.append(Problem(path, f"The {path[-1]} field must be an object, true, false, all or off."))
        return present
    return WorkDay(working, present.start, present.end)


def _read_day_object(
    value: Mapping[str, object], present: WorkDay, path: tuple[str, ...], problems: list[Problem]
) -> WorkDay:
    working = present.working
    if value.get("working") is not None:
        given = _read_bool(value["working"])
        if given is None:
            problems.append(Problem((*path, "working"), "The working field must be true or false."))
        else:
            working = given
    kind = _read_hours(value, present)
    if kind == "all":
        return WorkDay(working)
    if kind != "fixed":
        problems.append(Problem((*path, "hours"), "The selected hours is invalid."))
        return present
    found = len(problems)
    start = _read_time("start", value, present.start, path, problems)
    end = _read_time("end", value, present.end, path, problems)
    if len(problems) == found and start is not None and end is not None and end <= start:
        problems.append(Problem((*path, "end"), "The end must be later than the start."))
    return WorkDay(working, start, end)


def _read_hours(value: Mapping[str, object], present: WorkDay) -> str:
    """The word given; without one, times imply `fixed`, two nulls `all`, and nothing keeps what is."""
    given = value.get("hours")
    if given is not None:
        return given.strip().casefold() if isinstance(given, str) else ""
    times = [value[key] for key in ("start", "end") if key in value]
    if any(clock not in (None, "") for clock in times):
        return "fixed"
    return "all" if len(times) == 2 or present.start is None else "fixed"


def _read_time(
    key: str, value: Mapping[str, object], present: int | None, path: tuple[str, ...], problems: list[Problem]
) -> int | None:
    """Minutes of the day. A missing key keeps the present time; `24:00` is the end of a day only."""
    given = value.get(key)
    if key not in value and present is not None:
        return present
    if given is None or given == "":
        problems.append(Problem((*path, key), f"The {key} field is required."))
        return None
    match = _TIME.fullmatch(given.strip()) if isinstance(given, str) else None
    if match is None or (match[1] is None and key == "start"):
        problems.append(Problem((*path, key), f"The {key} is not a valid time (HH:MM)."))
        return None
    return int(match[1]) * 60 + int(match[2]) if match[1] else 24 * 60


def _read_bool(value: object) -> bool | None:
    """A boolean of a body: JSON's own, 1 and 0, and the words of spec 00 §20."""
    if not isinstance(value, (bool, int, str)):
        return None
    word = str(value).strip().casefold()
    return True if word in _TRUE else False if word in _FALSE else None


def _show_day(day: WorkDay) -> dict[str, Any]:
    if day.start is None or day.end is None:
        return {"working": day.working, "hours": "all", "start": None, "end": None}
    return {"working": day.working, "hours": "fixed", "start": _show_time(day.start), "end": _show_time(day.end)}


def _show_time(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
