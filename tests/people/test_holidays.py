"""Closing days and public holidays (spec 41 §4.3), and the deadlines they move (20 §5.3)."""

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from procession.engine.model import Problem, WorkDay
from procession.engine.worktime import adjust, end_of_day, show_working_days
from procession.people.holidays import MOST, ClosedDays, closed_days, public_holidays, read_holidays, read_region
from procession.people.settings import DEFAULTS, parse, read_changes

BAVARIA = {"country": "DE", "subdivision": "BY"}
CHRISTMAS = {"date": "2026-12-25", "name": "Christmas", "recurring": True, "from": None, "to": None}
OFFICE = (*[WorkDay(True, 540, 1020)] * 5, WorkDay(False), WorkDay(False))


def closed_by(*entries: dict[str, Any], region: dict[str, Any] | None = None) -> ClosedDays:
    """What an admin's list closes, read as his and stored."""
    read, problems = read_holidays(list(entries), [])
    assert not problems
    found = closed_days(read, region)
    assert found is not None
    return found


def days_of(closed: ClosedDays, year: int) -> list[str]:
    first = date(year, 1, 1)
    every = (first + timedelta(days=ahead) for ahead in range(366))
    return [day.isoformat()[5:] for day in every if day.year == year and day in closed]


class TestClosedDays:
    def test_nothing_listed_is_nothing_to_ask(self) -> None:
        assert closed_days([], None) is None
        assert parse({}, "UTC").calendar.closed is None

    def test_a_day_once_or_every_year(self) -> None:
        closed = closed_by(CHRISTMAS, {"date": "2026-05-15"}, {"date": "2024-02-29", "recurring": "yes"})
        assert days_of(closed, 2026) == ["05-15", "12-25"]
        assert days_of(closed, 2027) == ["12-25"]
        assert days_of(closed, 2028) == ["02-29", "12-25"]
        assert "2026-12-25" not in closed

    def test_a_range_holds_both_its_ends(self) -> None:
        closed = closed_by({"from": "2026-07-30", "to": "2026-08-02"}, {"from": "2026-01-05", "to": "2026-01-05"})
        assert days_of(closed, 2026) == ["01-05", "07-30", "07-31", "08-01", "08-02"]
        assert days_of(closed, 2027) == []

    def test_a_yearly_range_runs_over_new_year_and_february_29(self) -> None:
        closed = closed_by(
            {"from": "2025-12-30", "to": "2026-01-02", "recurring": True},
            {"from": "2025-02-28", "to": "2025-03-01", "recurring": True},
        )
        assert days_of(closed, 2031) == ["01-01", "01-02", "02-28", "03-01", "12-30", "12-31"]
        assert days_of(closed, 2032) == ["01-01", "01-02", "02-28", "02-29", "03-01", "12-30", "12-31"]

    def test_the_holidays_of_a_region_and_its_part(self) -> None:
        bavaria = closed_by(region=BAVARIA)
        germany = closed_by(region={"country": "DE", "subdivision": None})
        assert days_of(bavaria, 2026) == [
            "01-01", "01-06", "04-03", "04-06", "05-01", "05-14", "05-25", "06-04", "10-03", "11-01", "12-25", "12-26",
        ]  # fmt: skip
        assert set(days_of(bavaria, 2026)) - set(days_of(germany, 2026)) == {"01-06", "06-04", "11-01"}
        assert days_of(germany, 9000) == []

    def test_a_holiday_in_lieu_counts(self) -> None:
        assert date(2027, 12, 28) in public_holidays("GB", "ENG", 2027)  # Boxing Day is a Sunday

    @pytest.mark.parametrize("region", [("ZZ", None), ("DE", "ZZ")])
    def test_a_region_that_is_no_longer_known_stops_nothing(self, region: tuple[str, str | None]) -> None:
        assert public_holidays(*region, 2026) == frozenset()

    def test_each_year_of_a_region_is_computed_once(self) -> None:
        assert public_holidays("NO", None, 2026) is public_holidays("NO", None, 2026)

    def test_who_lists_nothing_does_not_pay(self) -> None:
        """The library is not even imported: half a second, and memory."""
        asks = (
            "import sys; from datetime import datetime, UTC; from procession.people.settings import parse;"
            "from procession.engine.worktime import adjust; import procession.api.all_operations;"
            "adjust(datetime(2026, 12, 25, tzinfo=UTC), parse({}, 'UTC').calendar);"
            "assert 'holidays' not in sys.modules"
        )
        subprocess.run([sys.executable, "-c", asks], check=True)


class TestReading:
    def test_entries_come_back_whole(self) -> None:
        read, problems = read_holidays(
            [{"date": "2026-12-25", "name": " Christmas ", "recurring": 1}, {"from": "2026-08-01", "to": "2026-08-14"}],
            [],
        )
        assert not problems
        assert read == [
            CHRISTMAS,
            {"date": None, "name": "", "recurring": False, "from": "2026-08-01", "to": "2026-08-14"},
        ]
        assert read_holidays(read, []) == (read, [])

    @pytest.mark.parametrize(
        ("entry", "path"),
        [
            ("2026-12-25", ("0",)),
            ({}, ("0", "date")),
            ({"date": "25.12.2026"}, ("0", "date")),
            ({"date": "2026-02-30"}, ("0", "date")),
            ({"date": "2026-12-25T00:00:00Z"}, ("0", "date")),
            ({"date": 20261225}, ("0", "date")),
            ({"date": "2026-12-25", "to": "2026-12-26"}, ("0", "date")),
            ({"from": "2026-12-25"}, ("0", "to")),
            ({"to": "2026-12-25"}, ("0", "from")),
            ({"from": "2026-12-25", "to": "2026-12-24"}, ("0", "to")),
            ({"from": "2026-03-05", "to": "2027-03-05"}, ("0", "to")),
            ({"date": "2026-12-25", "name": 5}, ("0", "name")),
            ({"date": "2026-12-25", "name": "x" * 201}, ("0", "name")),
            ({"date": "2026-12-25", "recurring": "sometimes"}, ("0", "recurring")),
            ({"date": "2026-12-25", "recurring": []}, ("0", "recurring")),
        ],
    )
    def test_what_an_entry_must_not_be(self, entry: object, path: tuple[str, ...]) -> None:
        problems = read_holidays([entry], [])[1]
        assert [one.path for one in problems] == [path]

    def test_edges(self) -> None:
        a_year = {"from": "2026-03-05", "to": "2027-03-04", "name": "x" * 200}
        assert not read_holidays([a_year] * MOST, [])[1]
        assert not read_holidays([{"from": "9999-12-31", "to": "9999-12-31"}], [])[1]
        assert read_holidays([a_year] * (MOST + 1), [])[1] == [
            Problem((), "The holidays may not have more than 366 items.")
        ]
        assert read_holidays({}, [])[1] == [Problem((), "The holidays must be an array.")]
        assert read_holidays([], [CHRISTMAS]) == ([], [])

    def test_a_day_of_the_year_stays_open(self) -> None:
        always = {**CHRISTMAS, "date": None, "from": "2026-03-05", "to": "2027-03-04"}
        assert [one.text for one in read_holidays([always], [])[1]] == ["At least one day of the year must stay open."]
        almost = {**always, "to": "2027-03-03"}
        assert not read_holidays([almost], [])[1]
        assert read_holidays([almost, {"date": "2026-03-04", "recurring": True}], [])[1]

    @pytest.mark.parametrize(
        ("sent", "stored"),
        [
            ({"country": "de", "subdivision": "by"}, BAVARIA),
            ({"country": " DE ", "subdivision": "DE-BY"}, BAVARIA),
            ({"country": "FR"}, {"country": "FR", "subdivision": None}),
            ({"country": "FR", "subdivision": ""}, {"country": "FR", "subdivision": None}),
            (None, None),
        ],
    )
    def test_regions(self, sent: object, stored: object) -> None:
        assert read_region(sent, None) == (stored, [])

    @pytest.mark.parametrize(
        ("sent", "path"),
        [
            ("DE", ()),
            ({}, ("country",)),
            ({"country": "XX"}, ("country",)),
            ({"country": "Germany"}, ("country",)),
            ({"country": ["DE"]}, ("country",)),
            ({"country": "DE", "subdivision": "XX"}, ("subdivision",)),
            ({"country": "DE", "subdivision": 9}, ("subdivision",)),
        ],
    )
    def test_what_a_region_must_not_be(self, sent: object, path: tuple[str, ...]) -> None:
        assert [one.path for one in read_region(sent, None)[1]] == [path]

    def test_settings_name_the_place(self) -> None:
        problems: list[Problem] = []
        sent = {"holidays": [CHRISTMAS, {"date": "soon"}], "holiday_region": {"country": "XX"}}
        assert read_changes(sent, DEFAULTS, problems) == {}
        assert [one.path for one in problems] == [("holidays", "1", "date"), ("holiday_region", "country")]


# -- deadlines ---------------------------------------------------------------------------------------------------------

dates = st.dates(date(2024, 1, 1), date(2028, 12, 31))
spans = st.tuples(dates, st.integers(0, 60), st.booleans()).map(
    lambda one: {
        "date": None,
        "from": one[0].isoformat(),
        "to": (one[0] + timedelta(days=one[1])).isoformat(),
        "recurring": one[2],
    }
)
weeks = st.lists(
    st.sampled_from([WorkDay(), WorkDay(False), WorkDay(True, 540, 1020), WorkDay(True, 120, 180)]),
    min_size=7,
    max_size=7,
).filter(lambda days: any(day.working for day in days))
regions = st.none() | st.sampled_from([BAVARIA, {"country": "US", "subdivision": None}])
instants = st.integers(0, 4 * 366 * 86400).map(lambda second: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(0, second))
zones = st.sampled_from(["UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "America/Santiago"])


def stored(days: Any, holidays: Any, region: Any) -> dict[str, Any]:
    return {"working_days": show_working_days(tuple(days)), "holidays": holidays, "holiday_region": region}


def open_at(instant: datetime, where: str, days: Any, closed: ClosedDays | None) -> bool:
    """Spec 20 §5.2, told from the settings."""
    local = instant.astimezone(ZoneInfo(where))
    day = days[local.weekday()]
    if not day.working or (closed is not None and local.date() in closed):
        return False
    second = local.hour * 3600 + local.minute * 60 + local.second
    return day.start is None or day.start * 60 <= second <= day.end * 60


@given(instants, zones, weeks, st.lists(spans, max_size=3), regions)
@example(  # the clock jumps over the opening hour of the first open day, which follows closing days
    datetime(2026, 3, 6, 12, tzinfo=UTC), "America/New_York", [WorkDay(True, 120, 180)] * 7,
    [{"date": None, "from": "2026-03-06", "to": "2026-03-07", "recurring": False}], None,
)  # fmt: skip
def test_a_moved_deadline_is_open_and_never_earlier(
    instant: datetime, where: str, days: list[WorkDay], holidays: list[Any], region: Any
) -> None:
    calendar = parse(stored(days, holidays, region), where).calendar
    closed = closed_days(holidays, region)
    moved = adjust(instant, calendar)
    assert moved >= instant
    assert open_at(moved, where, days, closed)
    assert adjust(moved, calendar) == moved
    if open_at(instant, where, days, closed):
        assert moved == instant
    else:  # nothing open was passed over: quarters of an hour are fine enough for these weeks
        passed = (moved - instant) // timedelta(minutes=15)
        steps = range(1, min(passed, 200) + 1)
        assert not any(open_at(moved - n * timedelta(minutes=15), where, days, closed) for n in steps)
    last = end_of_day(instant.date(), calendar)
    assert open_at(last, where, days, closed)


def test_worked_example_4_of_41_4_4_in_every_year() -> None:
    calendar = parse(stored(OFFICE, [CHRISTMAS], None), "Europe/Berlin").calendar
    for sent, kept in (("2026-12-25T10:00", "2026-12-28T09:00"), ("2031-12-25T10:00", "2031-12-26T09:00")):
        there = ZoneInfo("Europe/Berlin")
        assert adjust(datetime.fromisoformat(sent).replace(tzinfo=there), calendar) == datetime.fromisoformat(
            kept
        ).replace(tzinfo=there)
    assert end_of_day(date(2026, 12, 25), calendar) == datetime(2026, 12, 28, 8, tzinfo=UTC)


def test_a_closure_without_end_does_not_loop() -> None:
    """366 ranges of a year each, one after the other: the deadline stays where it is."""
    ranges = [{"date": None, "from": f"{year}-01-01", "to": f"{year}-12-31"} for year in range(2026, 2040)]
    calendar = parse(stored([WorkDay()] * 7, ranges, None), "UTC").calendar
    sent = datetime(2026, 6, 1, tzinfo=UTC)
    assert adjust(sent, calendar) == sent
    assert adjust(sent.replace(year=2036), calendar) == datetime(2040, 1, 1, tzinfo=UTC)
