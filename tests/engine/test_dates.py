"""Instants, days and zones as they are sent (00 DT-03 to DT-06, 20 §5.1, 20 §8.6)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procession.engine.dates import date_answer, known_zone, parse_day, parse_instant, parse_moment, zone

AT = datetime(2025, 6, 2, 14, 5, 9, tzinfo=UTC)

INSTANTS = [
    ("2025-06-02T14:05:09Z", AT),
    ("2025-06-02T14:05:09.1Z", AT.replace(microsecond=100_000)),
    ("2025-06-02T14:05:09.123456789Z", AT.replace(microsecond=123_456)),
    ("2025-06-02T14:05:09.999999999Z", AT.replace(microsecond=999_999)),
    ("2025-06-02T14:05:09+02:00", AT - timedelta(hours=2)),
    ("2025-06-02T14:05:09+0200", AT - timedelta(hours=2)),
    ("2025-06-02T14:05:09.5-05:30", AT.replace(microsecond=500_000) + timedelta(hours=5, minutes=30)),
    ("2025-06-02T14:05:09", AT),
    ("2025-06-02T14:05:09.000001", AT.replace(microsecond=1)),
    ("2025-06-02 14:05:09", AT),
    ("2025-06-02 14:05", AT.replace(second=0)),
    ("2025-06-02T14:05", AT.replace(second=0)),
    ("2025-06-02T14:05+01:00", AT.replace(second=0) - timedelta(hours=1)),
    ("1970-01-01T00:00:00Z", datetime(1970, 1, 1, tzinfo=UTC)),
    ("1969-12-31T23:00:00-05:00", datetime(1970, 1, 1, 4, tzinfo=UTC)),
    ("9999-12-31T23:59:59Z", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ("2099-12-31 23:59:59", datetime(2099, 12, 31, 23, 59, 59, tzinfo=UTC)),
]

NO_INSTANTS = [
    "2025-06-02", "", "2d", "15/10/2025", "2025-6-2 14:05", "2025-06-02T14", "2025-06-02T24:00:00Z",
    "2025-02-30T00:00Z",
    "2025-06-02T14:05:60Z", "2025-06-02T14:05:09.Z", "2025-06-02T14:05:09.1234567890Z", "2025-06-02T14:05:09+24:00",
    "2025-06-02T14:05:09+02:60", "2025-06-02T14:05:09+02", "2025-06-02T14:05:09 Z", "2025-06-02T14:05:09Z\n",
    "1969-12-31T23:59:59Z", "1970-01-01T00:00:00+01:00", "9999-12-31T23:59:59-05:00", "0001-01-01T00:00:00+05:00",
    "٢٠٢٥-06-02T14:05:09Z", 1751360400, 1.5, True, None, [], {}, ["2025-06-02T14:05:09Z"],
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), INSTANTS)
def test_instants_of_dt_03(text: str, expected: datetime) -> None:
    assert parse_instant(text) == expected
    assert parse_moment(text) == expected
    assert parse_day(text) is None


@pytest.mark.parametrize("value", NO_INSTANTS)
def test_anything_else_is_no_instant(value: object) -> None:
    assert parse_instant(value) is None


@pytest.mark.parametrize("text", ["2025-06-02", "1970-01-01", "9999-12-31", "2024-02-29"])
def test_bare_days(text: str) -> None:
    assert parse_day(text) == date.fromisoformat(text)
    moment = parse_moment(text)
    assert moment == date.fromisoformat(text)
    assert not isinstance(moment, datetime)


@pytest.mark.parametrize("value", ["1969-12-31", "2025-02-29", "2025-13-01", "2025-06-02 ", "20250602", 20250602, None])
def test_anything_else_is_no_day(value: object) -> None:
    assert parse_day(value) is None
    assert parse_moment(value) is None


@pytest.mark.parametrize(
    ("value", "collect_time", "expected"),
    [
        ("2025-12-20T14:23:18.128Z", True, "2025-12-20T14:23:18.128Z"),  # SEED-64, 00 DT-06
        ("2025-12-20T14:23:18.1289Z", True, "2025-12-20T14:23:18.128Z"),
        ("2025-12-20", True, "2025-12-20T00:00:00.000Z"),
        ("2025-12-20 10:00:00", True, "2025-12-20T10:00:00.000Z"),
        ("2025-12-20T10:00:00+02:00", True, "2025-12-20T08:00:00.000Z"),
        ("2025-12-31T23:59:59+05:00", False, "2025-12-31T00:00:00.000Z"),  # 20 §8.6: the date as written
        ("2025-12-31T23:59:59-05:00", False, "2025-12-31T00:00:00.000Z"),
        ("2025-12-31", False, "2025-12-31T00:00:00.000Z"),
        ("9999-12-31T23:59:59-05:00", False, "9999-12-31T00:00:00.000Z"),
        ("9999-12-31T23:59:59-05:00", True, None),
        ("1969-12-31T23:00:00-05:00", False, None),
        ("1969-12-31", True, None),
        ("tomorrow", True, None),
        (1766240598, True, None),
    ],
)
def test_date_answers(value: object, collect_time: bool, expected: str | None) -> None:
    assert date_answer(value, collect_time) == expected


@given(st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31, 23, 59)), st.booleans())
def test_a_date_answer_answers_itself(moment: datetime, collect_time: bool) -> None:
    stored = date_answer(moment.isoformat(), collect_time)
    assert stored is not None
    assert date_answer(stored, collect_time) == stored
    assert parse_instant(stored) is not None


@given(st.text() | st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}([+-][0-9]{4})?") | st.integers())
def test_no_input_raises(value: object) -> None:
    for moment in (parse_instant(value), parse_day(value)):
        assert moment is None or 1970 <= moment.year <= 9999
    date_answer(value, True)
    date_answer(value, False)


@pytest.mark.parametrize(
    ("name", "hours"),
    [("", 0), ("UTC", 0), ("+05:30", 5.5), ("-0500", -5), ("Europe/Berlin", 2), ("America/New_York", -4)],
)
def test_zones(name: str, hours: float) -> None:
    found = known_zone(name)
    assert found is not None
    assert zone(name) is found
    assert found.utcoffset(datetime(2025, 7, 1)) == timedelta(hours=hours)


@pytest.mark.parametrize(
    "name", ["Mars/Olympus", "America", "../etc/passwd", "/etc/passwd", "+25:00", "a\0b", "é" * 300]
)
def test_unknown_zones_fall_back_to_utc(name: str) -> None:
    assert known_zone(name) is None
    assert zone(name) is UTC
