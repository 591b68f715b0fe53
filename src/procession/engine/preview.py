"""What a deadline would become, and why (spec 41 §4.2)."""

from datetime import date, datetime

import msgspec

from procession.engine.model import WorkCalendar
from procession.engine.worktime import Closed, adjust, day_bounds, end_of_day, why_moved


class Preview(msgspec.Struct, frozen=True):
    """A deadline as it was asked for and as it would be kept, both in UTC; `reason` only if they differ."""

    raw: datetime
    adjusted: datetime
    reason: Closed | None


def preview(moment: datetime | date, calendar: WorkCalendar) -> Preview:
    """The deadline at that instant, or on that day: then its last working instant, or its last second without one."""
    if isinstance(moment, datetime):
        raw, adjusted = moment, adjust(moment, calendar)
    else:
        last, adjusted = day_bounds(moment, calendar.zone)[1], end_of_day(moment, calendar)
        raw = min(last, adjusted)
    return Preview(raw, adjusted, why_moved(raw, calendar) if adjusted != raw else None)
