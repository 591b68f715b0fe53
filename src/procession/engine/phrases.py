"""English phrases for deadlines and starts: a closed list of forms, in the organization's zone (spec 20 §5.1)."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo

from procession.engine.dates import FIRST_YEAR
from procession.engine.deadlines import PhraseReader, add_months
from procession.engine.worktime import to_instant

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
           "december")  # fmt: skip
_TIME = re.compile(r"(?:at )?(?:([0-9]{1,2})(?::([0-5][0-9]))? ?(am|pm)|([0-9]{1,2}):([0-5][0-9])|(noon)|(midnight))")
_SPAN = re.compile(r"(?:in |\+ ?)([0-9]{1,4}) (minute|hour|day|week|month)s?")
_NEXT = re.compile(r"next (week|month|year)")
_WEEKDAY = re.compile(rf"(?:next )?({'|'.join(_DAYS)})")
_months = "|".join(f"{name}|{name[:3]}" for name in _MONTHS)
_WRITTEN = re.compile(rf"(?:([0-9]{{1,2}}) ({_months})|({_months}) ([0-9]{{1,2}}))(?:,? ([0-9]{{4}}))?")


def phrase_reader(now: datetime, where: tzinfo) -> PhraseReader:
    """A reader of phrases as they are meant at the instant `now` in the zone `where`; what it does not know is None."""

    def read(text: str) -> datetime | date | None:
        words = " ".join(text.lower().split())
        try:
            return _read(words, now, where)
        except (OverflowError, ValueError):
            return None

    return read


def _read(words: str, now: datetime, where: tzinfo) -> datetime | date | None:
    span = _SPAN.fullmatch(words)
    if span is not None and span[2] in ("minute", "hour"):
        return (now + timedelta(**{f"{span[2]}s": int(span[1])})).astimezone(UTC)
    today = now.astimezone(where).date()
    day = _day(words, today)
    if day is not None:
        return day
    for start in (at for at, sign in enumerate(words) if sign == " "):
        second = _second(words[start + 1 :])
        day = _day(words[:start], today) if second is not None else None
        if day is not None and second is not None:
            return to_instant(day, second, where)
    return None


def _second(words: str) -> int | None:
    """A time of the day, in seconds after midnight."""
    match = _TIME.fullmatch(words)
    if match is None:
        return None
    hour, minute, half, clock, past, noon, midnight = match.groups()
    if noon or midnight:
        return 12 * 3600 if noon else 0
    if half:
        return _seconds(int(hour) % 12 + 12 * (half == "pm"), minute) if 1 <= int(hour) <= 12 else None
    return _seconds(int(clock), past) if int(clock) < 24 else None


def _seconds(hour: int, minute: str | None) -> int:
    return hour * 3600 + int(minute or 0) * 60


def _day(words: str, today: date) -> date | None:
    if words in ("today", "tomorrow"):
        return today + timedelta(days=words == "tomorrow")
    for form, made in _FORMS:
        match = form.fullmatch(words)
        if match is not None:
            return made(match, today)
    return None


def _weekday(match: re.Match[str], today: date) -> date:
    """The first such day after today."""
    return today + timedelta(days=(_DAYS.index(match[1]) - today.weekday() - 1) % 7 + 1)


def _next(match: re.Match[str], today: date) -> date:
    return today + timedelta(days=7) if match[1] == "week" else add_months(today, 1 if match[1] == "month" else 12)


def _later(match: re.Match[str], today: date) -> date | None:
    count, unit = int(match[1]), match[2]
    if unit in ("minute", "hour"):
        return None
    return add_months(today, count) if unit == "month" else today + timedelta(days=count * (7 if unit == "week" else 1))


def _written(match: re.Match[str], today: date) -> date | None:
    """`5 May`, `May 5 2026`; without a year the next one to come, which for 29 February may be years away."""
    name, number, year = match[2] or match[3], int(match[1] or match[4]), match[5]
    month = next(place for place, one in enumerate(_MONTHS, 1) if one.startswith(name))
    if year is not None:
        return date(int(year), month, number) if int(year) >= FIRST_YEAR else None
    for ahead in range(9):
        try:
            found = date(today.year + ahead, month, number)
        except ValueError:
            continue
        if found >= today:
            return found
    return None


_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date], date | None]], ...] = (
    (_WEEKDAY, _weekday),
    (_NEXT, _next),
    (_SPAN, _later),
    (_WRITTEN, _written),
)
