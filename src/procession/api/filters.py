"""Filters of lists as the query carries them; what is malformed is answered together (spec 00 §9.2, §20)."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar

from procession.api.endpoint import Call
from procession.api.reading import read_integer
from procession.engine.dates import parse_day, parse_instant, zone
from procession.kernel.errors import Invalid
from procession.kernel.ids import read_id
from procession.people.model import member
from procession.work.asked import Archived, Window

T = TypeVar("T")

LAST = datetime.max.replace(tzinfo=UTC)
DATES = ("{}", "{}_from", "{}_to", "{}_start_range", "{}_end_range")
"""How the dates of a list can be asked for by the name of a member (spec 00 FLT-06)."""

LARGEST_LIST = 1000
"""More elements of one filter are refused."""


class Filters:
    """Reads the filters of one call. `refuse_wrong` ends the call when one of them could not be read (FLT-03)."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.query = call.query
        self.zone = zone(call.actor.settings.calendar.zone)
        self._errors: dict[str, list[str]] = {}

    def refuse_wrong(self) -> None:
        if self._errors:
            raise Invalid(self._errors)

    @property
    def problems(self) -> frozenset[str]:
        """What could not be read so far."""
        return frozenset(self._errors)

    def wrong(self, name: str, text: str) -> None:
        self._errors.setdefault(name, []).append(text)

    def flag(self, name: str, *, presence: bool = False) -> bool | None:
        """A boolean; empty is absent, or true for a presence flag."""
        try:
            return self.query.flag(name, presence=presence)
        except Invalid as problem:
            self._errors |= problem.errors or {}
            return None

    def archived(self) -> Archived | None:
        """`only`, or a boolean: also, or not (FLT-05)."""
        if (self.query.text("archived") or "").strip().lower() == "only":
            return "only"
        known = self.flag("archived")
        return None if known is None else "include" if known else "exclude"

    # -- lists ------------------------------------------------------------------------------------------------------

    def listed(self, names: tuple[str, ...], read: Callable[[str], T | None]) -> tuple[T, ...]:
        """Every element of the first of `names` that is given, each read once; unreadable ones are a problem."""
        name = next((one for one in names if self.query.items_of(one)), names[0])
        given = self.query.items_of(name)
        found = {one: read(one) for one in given[:LARGEST_LIST]}
        if len(given) > LARGEST_LIST or None in found.values():
            self.wrong(name, f"The {name} must be a list of ids.")
            return ()
        return tuple(dict.fromkeys(one for one in found.values() if one is not None))

    def ids(self, *names: str) -> tuple[str, ...]:
        """Ids of 32 hex digits."""
        return self.listed(names, read_id)

    def members(self, *names: str) -> tuple[int, ...]:
        """Ids of members; `me` is the caller (FLT-08)."""
        return self.listed(names, lambda one: self.call.actor.account_id if _is_me(one) else _number(one))

    def principals(self, *names: str) -> tuple[str, ...]:
        """Members as principals; `me` is the caller, also when he is a guest."""
        return self.listed(names, self._principal)

    def _principal(self, text: str) -> str | None:
        if _is_me(text):
            return self.call.actor.principal
        number = _number(text)
        return None if number is None else member(number)

    def guests(self, name: str) -> tuple[str, ...]:
        """Addresses of guests; what has no `@` is the id of a group (spec 20 §11.2)."""
        return self.listed((name,), lambda one: one.strip().lower() if "@" in one else read_id(one))

    def words(self, known: Mapping[str, str], *names: str) -> tuple[tuple[str, ...], bool]:
        """The known ones among enumerated words, in our spelling, and whether there were others only."""
        given = self.query.items_of(*names)
        read = [known.get(one.strip().lower().replace("-", "_").replace(" ", "_")) for one in given]
        found = tuple(dict.fromkeys(one for one in read if one is not None))
        return found, bool(given) and not found

    # -- days and moments -------------------------------------------------------------------------------------------

    def day(self, name: str) -> date | None:
        """A day `YYYY-MM-DD`."""
        text = self.query.text(name)
        if text is None:
            return None
        found = parse_day(text.strip())
        if found is None:
            self._not_a_date(name)
        return found

    def moment(self, *names: str, end: bool = False) -> datetime | None:
        """An instant or a day, as a bound: the first moment that counts, or with `end` the first that does not.

        Both count the whole of what they name: a day, or the second (clients are shown no parts of one).
        """
        name = self._given(names)
        if name is None:
            return None
        text = (self.query.text(name) or "").strip()
        if (named := parse_day(text)) is not None:
            return self.after(named) if end else self.start(named)
        instant = parse_instant(text)
        if instant is None:
            self._not_a_date(name)
            return None
        return _past(instant) if end else instant

    def _given(self, names: tuple[str, ...]) -> str | None:
        """The first of them that has a value."""
        return next((one for one in names if self.query.text(one) is not None), None)

    def span(self, start: tuple[str, ...], end: tuple[str, ...]) -> Window:
        """Between two bounds, both inclusive, each an instant or a day of the organization; 422 on the second when it
        lies before the first.
        """
        since, until = self.moment(*start), self.moment(*end, end=True)
        if since is not None and until is not None and until <= since:
            first, last = self._given(start) or "", self._given(end) or ""
            self.wrong(last, f"The {_words(last)} must be a date after or equal to {_words(first)}.")
        return Window(since, until)

    def dates(self, field: str) -> Window:
        """`{field}` for a whole day, `{field}_from` and `{field}_to` or `_start_range` and `_end_range` (FLT-06)."""
        day = self.day(field)
        whole = Window() if day is None else Window(self.start(day), self.after(day))
        return both(whole, self.span((f"{field}_from", f"{field}_start_range"), (f"{field}_to", f"{field}_end_range")))

    def start(self, day: date) -> datetime:
        """The beginning of a day in the organization's zone."""
        return datetime.combine(day, time(), tzinfo=self.zone).astimezone(UTC)

    def after(self, day: date) -> datetime:
        """The beginning of the next day."""
        return LAST if day == date.max else self.start(day + timedelta(days=1))

    def since(self, name: str) -> Window:
        """Changes from a moment on (PAG-06)."""
        return Window(since=self.moment(name))

    def days(self, name: str) -> Window:
        """`YYYY-MM-DD`, or two of them with a colon between: an inclusive range (spec 20 §11.2)."""
        text = self.query.text(name)
        if text is None:
            return Window()
        first, colon, last = text.strip().partition(":")
        start, end = parse_day(first.strip()), parse_day(last.strip() if colon else first.strip())
        if start is None or end is None:
            self._not_a_date(name)
            return Window()
        return Window(self.start(start), self.after(end))

    def day_window(self, field: str) -> Window:
        """`{field}_on`, or `_before` and `_after` (exclusive) and the inclusive ranges together (spec 20 §11.2)."""
        on = self.day(f"{field}_on")
        if on is not None:
            return Window(self.start(on), self.after(on))
        after, before = self.day(f"{field}_after"), self.day(f"{field}_before")
        first = self.day(f"{field}_start_range") or self.day(f"{field}_from")
        last = self.day(f"{field}_end_range") or self.day(f"{field}_to")
        since = [self.after(after)] if after else []
        until = [self.start(before)] if before else []
        since += [self.start(first)] if first else []
        until += [self.after(last)] if last else []
        return Window(max(since, default=None), min(until, default=None))

    def _not_a_date(self, name: str) -> None:
        self.wrong(name, f"The {_words(name)} is not a valid date.")


def _words(name: str) -> str:
    return name.replace("_", " ")


def both(one: Window, other: Window) -> Window:
    """What lies in two windows."""
    since = [found for found in (one.since, other.since) if found is not None]
    until = [found for found in (one.until, other.until) if found is not None]
    return Window(max(since, default=None), min(until, default=None))


def _past(instant: datetime) -> datetime:
    """The first moment after this one, or after this second."""
    last = instant if instant.microsecond else instant.replace(microsecond=999_999)
    return last if last == LAST else last + timedelta(microseconds=1)


def _is_me(text: str) -> bool:
    return text.strip().lower() == "me"


def _number(text: str) -> int | None:
    number = read_integer(text)
    return number if number is not None and number > 0 else None
