"""English phrases of dates: the closed list of spec 20 §5.1."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procession.engine.phrases import phrase_reader

NOW = datetime(2025, 6, 20, 16, tzinfo=UTC)
"""A Friday."""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("today", date(2025, 6, 20)),
        ("  Tomorrow ", date(2025, 6, 21)),
        ("friday", date(2025, 6, 27)),
        ("next friday", date(2025, 6, 27)),
        ("Monday", date(2025, 6, 23)),
        ("next week", date(2025, 6, 27)),
        ("next month", date(2025, 7, 20)),
        ("next year", date(2026, 6, 20)),
        ("in 3 days", date(2025, 6, 23)),
        ("+2 weeks", date(2025, 7, 4)),
        ("in 1 month", date(2025, 7, 20)),
        ("in 90 minutes", datetime(2025, 6, 20, 17, 30, tzinfo=UTC)),
        ("+1 hour", datetime(2025, 6, 20, 17, tzinfo=UTC)),
        ("5 May", date(2026, 5, 5)),
        ("20 june", date(2025, 6, 20)),
        ("Dec 24", date(2025, 12, 24)),
        ("May 5 2026", date(2026, 5, 5)),
        ("May 5, 1999", date(1999, 5, 5)),
        ("29 feb", date(2028, 2, 29)),
        ("tomorrow 5pm", datetime(2025, 6, 21, 17, tzinfo=UTC)),
        ("tomorrow at 17:05", datetime(2025, 6, 21, 17, 5, tzinfo=UTC)),
        ("next friday at noon", datetime(2025, 6, 27, 12, tzinfo=UTC)),
        ("monday 9am", datetime(2025, 6, 23, 9, tzinfo=UTC)),
        ("monday 12:30 am", datetime(2025, 6, 23, 0, 30, tzinfo=UTC)),
        ("today midnight", datetime(2025, 6, 20, tzinfo=UTC)),
        ("in 2 days 8 pm", datetime(2025, 6, 22, 20, tzinfo=UTC)),
        *((text, None) for text in (
            "", "soon", "2d", "15/10/2025", "yesterday", "in days", "in 3 years", "31 April", "30 feb", "May 5 1950",
            "tomorrow 25:00", "tomorrow 13pm", "tomorrow 0am", "tomorrow 5", "5pm", "next", "in 2 hours 5pm",
            "in 99999 days", "may 2026", "tomorrow tomorrow",
        )),
    ],
)  # fmt: skip
def test_phrases(text: str, expected: object) -> None:
    assert phrase_reader(NOW, UTC)(text) == expected


def test_a_phrase_means_the_organizations_day() -> None:
    late = datetime(2025, 6, 20, 23, tzinfo=UTC)
    assert phrase_reader(late, ZoneInfo("Asia/Tokyo"))("today") == date(2025, 6, 21)
    assert phrase_reader(late, ZoneInfo("Asia/Tokyo"))("today 9am") == datetime(2025, 6, 21, tzinfo=UTC)


def test_a_month_is_clamped_and_the_calendar_ends() -> None:
    assert phrase_reader(datetime(2025, 1, 31, tzinfo=UTC), UTC)("next month") == date(2025, 2, 28)
    last = phrase_reader(datetime(9999, 12, 31, tzinfo=UTC), UTC)
    assert [last(text) for text in ("tomorrow", "next month", "in 10 hours", "in 30 hours", "1 may")] == [
        None, None, datetime(9999, 12, 31, 10, tzinfo=UTC), None, None,
    ]  # fmt: skip


DAYS = {
    "today": date(2025, 6, 20), "tomorrow": date(2025, 6, 21),
    **{f"{ahead}{name}": date(2025, 6, 20 + place) for ahead in ("", "next ") for place, name in enumerate(
        ("saturday", "sunday", "monday", "tuesday", "wednesday", "thursday", "friday"), 1)},
    "next week": date(2025, 6, 27), "next month": date(2025, 7, 20), "next year": date(2026, 6, 20),
    **{f"{sign}{n} {unit}{s}": day for sign in ("in ", "+") for s in ("", "s") for n, unit, day in (
        (1, "day", date(2025, 6, 21)), (2, "week", date(2025, 7, 4)), (10, "month", date(2026, 4, 20)))},
    "5 May": date(2026, 5, 5), "May 5": date(2026, 5, 5), "5 May 2026": date(2026, 5, 5),
    "May 5 2026": date(2026, 5, 5), "may 5, 2027": date(2027, 5, 5), "5 jan 2027": date(2027, 1, 5),
}  # fmt: skip
TIMES = {
    "5pm": 17 * 60, "5 pm": 17 * 60, "9am": 9 * 60, "12am": 0, "12pm": 12 * 60, "5:30pm": 17 * 60 + 30,
    "17:00": 17 * 60, "00:00": 0, "23:59": 24 * 60 - 1, "noon": 12 * 60, "midnight": 0,
}  # fmt: skip


@pytest.mark.parametrize("day", DAYS)
def test_every_form_of_a_day_with_every_form_of_a_time(day: str) -> None:
    """20 §5.1: the closed list, each day form alone, and with each time, with and without `at`; in any case."""
    read = phrase_reader(NOW, UTC)
    assert read(day) == read(day.upper()) == DAYS[day]
    for words, minutes in TIMES.items():
        expected = datetime.combine(DAYS[day], time(minutes // 60, minutes % 60), UTC)
        assert [read(f"{day} {words}"), read(f"{day}  at {words}")] == [expected] * 2, words
        assert [read(words), read(f"{words} {day}"), read(f"{day} {words} {words}")] == [None] * 3, words


@pytest.mark.parametrize("sign", ["in ", "+", "+ "])
@pytest.mark.parametrize("unit", ["minute", "minutes", "hour", "hours"])
def test_minutes_and_hours_are_instants(sign: str, unit: str) -> None:
    expected = NOW + timedelta(minutes=45 * (60 if unit.startswith("hour") else 1))
    assert phrase_reader(NOW, ZoneInfo("Asia/Tokyo"))(f"{sign}45 {unit}") == expected


def test_a_time_that_the_clock_skips_or_shows_twice() -> None:
    """20 §5.3: the end of the gap; the earlier of the two."""
    berlin = ZoneInfo("Europe/Berlin")
    spring = phrase_reader(datetime(2026, 3, 28, 12, tzinfo=UTC), berlin)
    assert spring("tomorrow 2:30am") == datetime(2026, 3, 29, 1, tzinfo=UTC)
    autumn = phrase_reader(datetime(2026, 10, 24, 12, tzinfo=UTC), berlin)
    assert autumn("tomorrow 2:30am") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert autumn("in 24 hours") == datetime(2026, 10, 25, 12, tzinfo=UTC)


@given(st.text(max_size=64))
def test_nothing_is_too_strange(text: str) -> None:
    phrase_reader(NOW, UTC)(text)
