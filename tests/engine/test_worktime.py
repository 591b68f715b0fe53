"""Working time: SEED-43, 20 §5.1 to §5.5, 41 §4."""

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procession.engine.deadlines import add
from procession.engine.model import Offset, Problem, WorkCalendar, WorkDay
from procession.engine.worktime import (
    EARLIEST,
    LATEST,
    WEEKDAYS,
    Week,
    adjust,
    day_bounds,
    end_of_day,
    read_working_days,
    show_working_days,
    start_of_day,
    to_instant,
)

NINE_TO_FIVE = WorkDay(True, 540, 1020)
OFF = WorkDay(False)
ALL = WorkDay()


def week(*days: WorkDay) -> Week:
    monday, tuesday, wednesday, thursday, friday, saturday, sunday = days
    return monday, tuesday, wednesday, thursday, friday, saturday, sunday


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


OFFICE = week(*[NINE_TO_FIVE] * 5, OFF, OFF)
A = WorkCalendar("America/New_York", OFFICE)
B = WorkCalendar("UTC", week(*[ALL] * 5, OFF, OFF))
C = WorkCalendar()
D = WorkCalendar("America/New_York", week(*[OFF] * 6, WorkDay(True, 120, 600)))


@pytest.mark.parametrize(
    ("calendar", "sent", "stored"),
    [
        (A, "2025-07-05T12:00:00Z", "2025-07-07T13:00:00Z"),
        (A, "2025-07-01T09:00:00Z", "2025-07-01T13:00:00Z"),
        (A, "2025-07-01T21:00:00Z", "2025-07-01T21:00:00Z"),
        (A, "2025-07-01T21:00:01Z", "2025-07-02T13:00:00Z"),
        (A, "2025-07-04T22:30:00Z", "2025-07-07T13:00:00Z"),
        (A, "2025-07-07T15:00:00Z", "2025-07-07T15:00:00Z"),
        (A, "2025-07-05T00:30:00+14:00", "2025-07-04T13:00:00Z"),
        (B, "2025-07-05T09:00:00Z", "2025-07-07T00:00:00Z"),
        (B, "2025-07-04T23:59:59Z", "2025-07-04T23:59:59Z"),
        (C, "2025-07-05T03:04:05Z", "2025-07-05T03:04:05Z"),
        (D, "2026-03-08T06:30:00Z", "2026-03-08T07:00:00Z"),
    ],
)
def test_worked_examples_of_20_5_5(calendar: WorkCalendar, sent: str, stored: str) -> None:
    assert adjust(utc(sent), calendar) == utc(stored)


@pytest.mark.parametrize(
    ("day", "stored"),
    [(date(2025, 7, 8), "2025-07-08T21:00:00Z"), (date(2025, 7, 5), "2025-07-07T13:00:00Z")],
)
def test_date_only_examples_of_20_5_5(day: date, stored: str) -> None:
    assert end_of_day(day, A) == utc(stored)


def test_sub_second_parts_are_dropped() -> None:
    for calendar in (A, C):  # the closing instant with a fraction is still inside
        assert adjust(utc("2025-07-01T21:00:00.900Z"), calendar) == utc("2025-07-01T21:00:00Z")


@pytest.mark.parametrize(
    ("days", "sent", "stored"),
    [
        # 20 §5.2: no day works: all do, at all hours
        (week(*[WorkDay(False, 540, 1020)] * 7), "2025-07-05T03:00:00Z", "2025-07-05T03:00:00Z"),
        # an end not after its start, or half a pair: that day works at all hours
        (week(WorkDay(True, 600, 600), *[OFF] * 6), "2025-07-07T23:00:00Z", "2025-07-07T23:00:00Z"),
        (week(WorkDay(True, 600, 540), *[OFF] * 6), "2025-07-06T23:00:00Z", "2025-07-07T00:00:00Z"),
        (week(WorkDay(True, None, 540), *[OFF] * 6), "2025-07-07T11:00:00Z", "2025-07-07T11:00:00Z"),
        (week(*[WorkDay(True, 540, 1440)] * 7), "2025-07-07T23:59:59Z", "2025-07-07T23:59:59Z"),
    ],
)
def test_senseless_weeks_never_loop(days: Week, sent: str, stored: str) -> None:
    assert adjust(utc(sent), WorkCalendar("UTC", days)) == utc(stored)


def test_wall_time_is_kept_where_the_organization_wants_it() -> None:
    keeps = WorkCalendar("UTC", B.days, keeps_time=True)
    assert adjust(utc("2025-07-05T09:10:11Z"), keeps) == utc("2025-07-07T09:10:11Z")
    fixed = WorkCalendar("UTC", OFFICE, keeps_time=True)  # only all-hours days keep it
    assert adjust(utc("2025-07-05T10:10:11Z"), fixed) == utc("2025-07-07T09:00:00Z")
    assert end_of_day(date(2025, 7, 5), keeps) == utc("2025-07-07T23:59:59Z")


class TestClosedDays:
    def test_worked_example_4_of_41_4_4(self) -> None:
        calendar = WorkCalendar("Europe/Berlin", OFFICE, frozenset({date(2026, 12, 25)}))
        assert adjust(utc("2026-12-25T10:00:00+01:00"), calendar) == utc("2026-12-28T09:00:00+01:00")
        assert end_of_day(date(2026, 12, 25), calendar) == utc("2026-12-28T09:00:00+01:00")

    def test_a_closed_day_in_a_week_without_hours(self) -> None:
        calendar = WorkCalendar(closed=frozenset({date(2026, 12, 25)}))
        assert adjust(utc("2026-12-25T10:00:00Z"), calendar) == utc("2026-12-26T00:00:00Z")

    def test_closed_days_do_not_use_up_the_search(self) -> None:
        mondays = frozenset(date(2026, 1, 5) + timedelta(weeks=n) for n in range(10))
        calendar = WorkCalendar("UTC", week(NINE_TO_FIVE, *[OFF] * 6), mondays)
        assert adjust(utc("2026-01-05T10:00:00Z"), calendar) == utc("2026-03-16T09:00:00Z")


class TestClockChanges:
    def test_a_gap_gives_its_end_and_an_overlap_the_earlier_instant(self) -> None:
        where = ZoneInfo("America/New_York")
        for minute in (120, 150, 179):
            assert to_instant(date(2026, 3, 8), minute * 60, where) == utc("2026-03-08T07:00:00Z")
        assert to_instant(date(2026, 11, 1), 90 * 60, where) == utc("2026-11-01T05:30:00Z")

    def test_hours_swallowed_by_a_gap_are_no_working_time(self) -> None:
        calendar = WorkCalendar("America/New_York", week(*[OFF] * 6, WorkDay(True, 120, 170)))
        assert adjust(utc("2026-03-08T06:30:00Z"), calendar) == utc("2026-03-15T06:00:00Z")
        assert end_of_day(date(2026, 3, 8), calendar) == utc("2026-03-15T06:00:00Z")

    def test_an_end_in_a_gap_is_the_second_before_it(self) -> None:
        calendar = WorkCalendar("America/New_York", week(*[OFF] * 6, WorkDay(True, 60, 150)))
        assert end_of_day(date(2026, 3, 8), calendar) == utc("2026-03-08T06:59:59Z")

    def test_a_day_that_never_was(self) -> None:
        calendar = WorkCalendar("Pacific/Apia", week(OFF, OFF, OFF, OFF, ALL, ALL, OFF), keeps_time=True)
        thursday = utc("2011-12-29T15:00:00-10:00")  # the 30th was skipped
        assert adjust(thursday, calendar) == utc("2011-12-31T15:00:00+14:00")
        assert end_of_day(date(2011, 12, 30), C) == utc("2011-12-30T23:59:59Z")

    def test_never_back_when_midnight_comes_twice(self) -> None:
        # St. John's, 2010-11-07: at 00:01 on Sunday the clock went back to 23:01 on Saturday.
        calendar = WorkCalendar("America/St_Johns", week(*[OFF] * 6, ALL))
        second_saturday_evening = utc("2010-11-07T03:00:00Z")
        assert adjust(second_saturday_evening, calendar) == utc("2010-11-07T03:30:00Z")

    def test_the_last_second_of_a_day_of_25_hours(self) -> None:
        calendar = WorkCalendar("America/Santiago")  # on 2025-04-05 the hour from 23:00 came twice
        assert end_of_day(date(2025, 4, 5), calendar) == utc("2025-04-06T03:59:59Z")
        assert day_bounds(date(2025, 4, 5), "America/Santiago") == (
            utc("2025-04-05T03:00:00Z"),
            utc("2025-04-06T03:59:59Z"),
        )

    def test_midnight_in_a_gap(self) -> None:
        calendar = WorkCalendar("America/Santiago")  # on 2025-09-07 the clock went from 00:00 to 01:00
        assert start_of_day(date(2025, 9, 7), calendar) == utc("2025-09-07T04:00:00Z")
        assert end_of_day(date(2025, 9, 6), calendar) == utc("2025-09-07T03:59:59Z")


def test_the_bounds_of_dates_do_not_raise() -> None:
    west, east = WorkCalendar("-11:00", OFFICE), WorkCalendar("+14:00", OFFICE)
    for calendar in (west, east, WorkCalendar("-11:00"), C):
        assert EARLIEST <= end_of_day(date.max, calendar) <= LATEST
        assert start_of_day(date.max, calendar) <= LATEST
    assert adjust(LATEST, east) == LATEST  # its local date is in the year 10000
    assert adjust(LATEST, WorkCalendar("UTC", OFFICE)) == LATEST  # a Friday evening; no day follows
    assert start_of_day(date.min, east) == EARLIEST
    assert start_of_day(date(2025, 7, 8), A) == utc("2025-07-08T04:00:00Z")


minutes = st.integers(0, 1440)
workdays = st.builds(WorkDay, st.booleans(), st.none() | minutes, st.none() | minutes)
zones = st.sampled_from(["UTC", "+05:45", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia"])
calendars = st.builds(
    WorkCalendar,
    zone=zones,
    days=st.tuples(*[workdays] * 7),
    closed=st.none() | st.frozensets(st.dates(date(2025, 10, 20), date(2025, 11, 10)), max_size=8),
    keeps_time=st.booleans(),
)


def instants_between(first: str, last: str) -> st.SearchStrategy[datetime]:
    start, end = utc(first), utc(last)
    return st.integers(0, int((end - start).total_seconds())).map(lambda second: start + timedelta(seconds=second))


instants = instants_between("2025-10-18T00:00Z", "2025-11-12T00:00Z") | instants_between(
    "2009-01-01T00:00Z", "2030-01-01T00:00Z"
)


def is_working_time(instant: datetime, calendar: WorkCalendar) -> bool:
    """The definition of 20 §5.2, written independently of the code under test."""
    where = UTC if calendar.zone in {"UTC", "+05:45"} else ZoneInfo(calendar.zone)
    local = instant.astimezone(where) + (timedelta(minutes=345) if calendar.zone == "+05:45" else timedelta())
    if calendar.closed is not None and local.date() in calendar.closed:
        return False
    if not any(day.working for day in calendar.days):
        return True
    day = calendar.days[local.weekday()]
    if day.start is None or day.end is None or day.start >= day.end:
        return day.working
    start = time(day.start // 60, day.start % 60)
    return day.working and start <= local.time() and (day.end == 1440 or local.time() <= time(*divmod(day.end, 60)))


@given(instants, calendars)
def test_adjust_goes_forward_into_working_time_once(instant: datetime, calendar: WorkCalendar) -> None:
    adjusted = adjust(instant, calendar)
    assert adjusted >= instant
    assert is_working_time(adjusted, calendar)
    assert adjust(adjusted, calendar) == adjusted
    if is_working_time(instant, calendar):
        assert adjusted == instant


@given(st.dates(date(2009, 1, 1), date(2030, 1, 1)), calendars)
def test_the_end_of_a_day_is_its_last_working_second(day: date, calendar: WorkCalendar) -> None:
    end = end_of_day(day, calendar)
    assert is_working_time(end, calendar)
    assert adjust(end, calendar) == end
    first, last = day_bounds(day, calendar.zone)
    if end <= last:
        assert first <= end
        assert end == last or not is_working_time(end + timedelta(seconds=1), calendar)


DEFAULT = week(*[ALL] * 7)


@pytest.mark.parametrize(
    ("value", "present", "expected"),
    [
        ({"Saturday": False, "Sunday": False}, DEFAULT, week(*[ALL] * 5, OFF, OFF)),  # 41 §4.4 example 1
        ({"preset": 4}, week(*[NINE_TO_FIVE] * 7), week(*[NINE_TO_FIVE] * 4, *[WorkDay(False, 540, 1020)] * 3)),
        ({"preset": "6"}, DEFAULT, week(*[ALL] * 6, OFF)),
        ({"preset": 7.0}, OFFICE, week(*[NINE_TO_FIVE] * 5, ALL, ALL)),
        ({"preset": 5, "saturday": "yes"}, DEFAULT, week(*[ALL] * 6, OFF)),
        (
            {"Monday": "off", "Tuesday": "ALL", "Wednesday": 0},
            OFFICE,
            week(WorkDay(False, 540, 1020), ALL, WorkDay(False, 540, 1020), *OFFICE[3:]),
        ),
        ({"Monday": None, "preset": None, "unknown": 3, 7: True}, OFFICE, OFFICE),
        ({"Monday": {"working": None}}, OFFICE, OFFICE),
        ({"Monday": {"start": "8:05"}}, OFFICE, week(WorkDay(True, 485, 1020), *OFFICE[1:])),
        ({"Monday": {"hours": "all", "start": "x"}}, OFFICE, week(ALL, *OFFICE[1:])),
        ({"Monday": {"start": None, "end": None}}, OFFICE, week(ALL, *OFFICE[1:])),
        ({"Saturday": {"working": "1"}}, OFFICE, week(*[NINE_TO_FIVE] * 5, ALL, OFF)),
        (
            {"Monday": {"working": True, "hours": "Fixed", "start": "00:00", "end": "24:00"}},
            DEFAULT,
            week(WorkDay(True, 0, 1440), *[ALL] * 6),
        ),
    ],
)
def test_reading_working_days(value: object, present: Week, expected: Week) -> None:
    assert read_working_days(value, present) == (expected, [])


FIXED = {"working": True, "hours": "fixed", "start": "09:00", "end": "17:00"}


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ([], ()),
        ("all", ()),
        ({"preset": 3}, ("preset",)),
        ({"preset": True}, ("preset",)),
        ({"preset": [5]}, ("preset",)),
        ({"Monday": 2}, ("Monday",)),
        ({"Monday": []}, ("Monday",)),
        ({"Monday": {"working": "maybe"}}, ("Monday", "working")),
        ({"Monday": {"hours": "some"}}, ("Monday", "hours")),
        ({"Monday": {"hours": 8}}, ("Monday", "hours")),
        ({"Monday": FIXED | {"start": "18:00", "end": "09:00"}}, ("Monday", "end")),  # 41 §4.4 example 3
        ({"Monday": FIXED | {"end": "09:00"}}, ("Monday", "end")),
        ({"Monday": FIXED | {"end": "24:01"}}, ("Monday", "end")),
        ({"Monday": FIXED | {"start": "24:00"}}, ("Monday", "start")),
        ({"Monday": FIXED | {"start": 9}}, ("Monday", "start")),
        ({"Monday": FIXED | {"start": None}}, ("Monday", "start")),
        ({"Monday": {"hours": "fixed", "start": "09:00"}}, ("Monday", "end")),
        ({"Monday": {"start": "09:00", "end": ""}}, ("Monday", "end")),
    ],
)
def test_what_working_days_must_not_be(value: object, path: tuple[str, ...]) -> None:
    days, problems = read_working_days(value, DEFAULT)
    assert days == DEFAULT
    assert [problem.path for problem in problems] == [("working_days", *path)]


def test_a_week_needs_a_working_day() -> None:
    off: dict[str, Any] = dict.fromkeys(WEEKDAYS, False)
    assert read_working_days(off, OFFICE) == (
        OFFICE,
        [Problem(("working_days",), "At least one working day is needed.")],
    )
    _, problems = read_working_days(off | {"Monday": {"hours": "never"}, "Friday": 7}, OFFICE)
    assert [problem.path[1:] for problem in problems] == [("Monday", "hours"), ("Friday",)]


def test_showing_working_days() -> None:
    shown = show_working_days(OFFICE)
    assert list(shown) == list(WEEKDAYS)
    assert shown["Monday"] == FIXED
    assert shown["Sunday"] == {"working": False, "hours": "all", "start": None, "end": None}
    assert show_working_days(week(WorkDay(True, 0, 1440), *[ALL] * 6))["Monday"]["end"] == "24:00"


@given(st.tuples(*[st.builds(WorkDay, st.booleans()) | st.just(NINE_TO_FIVE)] * 7))
def test_what_is_shown_can_be_sent_back(days: Week) -> None:
    works = any(day.working for day in days)
    read, problems = read_working_days(show_working_days(days), OFFICE)
    assert read == (days if works else OFFICE)
    assert bool(problems) is not works


# -- a slow walker, from quarter of an hour to quarter of an hour ------------------------------------------------------

QUARTER = timedelta(minutes=15)
ZONES = ("UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu",
         "America/Santiago", "Africa/Cairo", "Pacific/Chatham", "Asia/Kolkata")  # fmt: skip


def walked(instant: datetime, calendar: WorkCalendar) -> datetime:
    """20 §5.3 by walking: hours and clock changes fall on quarters of an hour, so that nothing is passed over."""
    at = instant
    while not is_working_time(at, calendar):
        at = at - (at - EARLIEST) % QUARTER + QUARTER
    return at


def days_later(instant: datetime, count: int, zone: str) -> datetime:
    """30 §8.3 by walking: the same wall time on another day; the first of two, or, where none is, the gap's end."""
    where = ZoneInfo(zone)
    wall = instant.astimezone(where).replace(tzinfo=None) + timedelta(days=count)
    near = wall.replace(tzinfo=UTC)
    around = [near + number * QUARTER for number in range(-64, 65)]
    same = [at for at in around if at.astimezone(where).replace(tzinfo=None) == wall]
    if same:
        return same[0]
    later = next(at for at in around if at.astimezone(where).replace(tzinfo=None) > wall)
    return later - (later - EARLIEST) % QUARTER


def compare_deadlines(seed: int, cases: int) -> None:
    """Deadlines of generated weeks, holidays and zones, against the walker."""
    pick = Random(seed)
    first = utc("2015-01-01T00:00Z")
    for _ in range(cases):
        zone = pick.choice(ZONES)
        instant = first + timedelta(seconds=pick.randrange(15 * 365 * 86400))
        if pick.random() < 0.5:  # near a clock change
            instant = instant.replace(month=pick.choice((3, 4, 9, 10, 11)), day=pick.randint(1, 28))
        days = tuple(
            WorkDay(
                pick.random() < 0.7,
                *pick.choice(((None, None), sorted(pick.sample(range(0, 1441, 15), 2)), (540, 1020))),
            )
            for _ in range(7)
        )
        local = instant.astimezone(ZoneInfo(zone)).date()
        closed = frozenset(local + timedelta(days=pick.randint(0, 20)) for _ in range(pick.choice((0, 2, 9))))
        calendar = WorkCalendar(zone, week(*days), closed)
        count = pick.choice((0, 1, 1, 2, 7, 30))
        moved = add(instant, Offset(count, "days"), calendar)
        assert moved == (days_later(instant, count, zone) if count else instant), (instant, count, zone)
        assert adjust(moved, calendar) == walked(moved, calendar), (moved, calendar)


def test_deadlines_against_a_walker() -> None:
    compare_deadlines(1, 600)


@pytest.mark.long
@pytest.mark.parametrize("part", range(10))
def test_a_hundred_thousand_deadlines_against_a_walker(part: int) -> None:
    compare_deadlines(100 + part, 10_000)
