"""Reading instants and days that people and programs send, and writing the answer of a date field (spec 00 §7)."""

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

FIRST_YEAR = 1970

# The closed list of forms of `DT-03`; fullmatch, because `$` would let a line break through.
_FORM = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_OFFSET = re.compile(r"([+-])([0-9]{2}):?([0-9]{2})")


class _Written(NamedTuple):
    """A moment as it was written: the wall clock (as if in UTC), its distance from UTC, whether it has a time."""

    clock: datetime
    offset: timedelta
    timed: bool


def _offset(text: str) -> timedelta | None:
    match = _OFFSET.fullmatch(text)
    if match is None or int(match[2]) > 23 or int(match[3]) > 59:
        return None
    span = timedelta(hours=int(match[2]), minutes=int(match[3]))
    return -span if match[1] == "-" else span


def _read(value: object) -> _Written | None:
    match = _FORM.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, zone_text = match.groups()
    offset = _offset(zone_text) if zone_text and zone_text != "Z" else timedelta()
    if offset is None or int(year) < FIRST_YEAR - 1:
        return None
    # Digits beyond the microsecond are cut off, so that a moment never moves forward.
    micro = int((fraction or "")[:6].ljust(6, "0"))
    try:
        clock = datetime(
            int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), micro, tzinfo=UTC
        )
    except ValueError:
        return None
    return _Written(clock, offset, hour is not None)


def _instant(written: _Written) -> datetime | None:
    try:
        instant = written.clock - written.offset
    except OverflowError:
        return None
    return instant if instant.year >= FIRST_YEAR else None


def parse_instant(value: object) -> datetime | None:
    """The instant `value` names, aware and in UTC, or None (spec 00 `DT-03`, 20 §5.1).

    Read are the ISO forms with `T` or a blank, with or without seconds, 1 to 9 fraction digits (kept to the
    microsecond), `Z`, `+02:00` or `+0200`; without a zone it is UTC. A bare day is no instant. Years 1970 to 9999.
    """
    written = _read(value)
    return _instant(written) if written is not None and written.timed else None


def parse_day(value: object) -> date | None:
    """The day a bare `YYYY-MM-DD` names, or None. Years 1970 to 9999 (spec 00 `DT-03`)."""
    written = _read(value)
    if written is None or written.timed or written.clock.year < FIRST_YEAR:
        return None
    return written.clock.date()


def parse_moment(value: object) -> datetime | date | None:
    """An instant (aware, UTC) or a bare day, whichever `value` is; None when it is neither."""
    return parse_instant(value) or parse_day(value)


def date_answer(value: object, collect_time: bool) -> str | None:
    """The stored answer of a date field, `YYYY-MM-DDTHH:MM:SS.sssZ`, or None when `value` is no date (spec 20 §8.6).

    Without `collect_time` the calendar date stays as written: converting its zone could move it to another day.
    """
    written = _read(value)
    if written is None:
        return None
    midnight = written.clock.replace(hour=0, minute=0, second=0, microsecond=0)
    moment = _instant(written) if collect_time else midnight
    if moment is None or moment.year < FIRST_YEAR:
        return None
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


@lru_cache(maxsize=1024)
def known_zone(name: str) -> tzinfo | None:
    """The zone of an IANA name or of `+HH:MM`; empty is UTC; None for a name nobody knows (spec 20 §5.1)."""
    if name in ("", "UTC", "Z"):
        return UTC
    offset = _offset(name)
    if offset is not None:
        return timezone(offset)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def zone(name: str) -> tzinfo:
    """As `known_zone`, but UTC for an unknown name: a zone the time zone database has dropped must not stop a call."""
    return known_zone(name) or UTC
