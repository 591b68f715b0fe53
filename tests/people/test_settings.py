"""Settings of an organization (spec 41 §1, §2, §4)."""

from datetime import date

import pytest

from procession.engine.model import Offset, Problem, WorkDay
from procession.people.model import Settings
from procession.people.settings import DEFAULTS, parse, read_changes

TEXT = "The value must be between 1 and 999."


def test_nothing_stored_is_every_default() -> None:
    parsed = parse({}, "Europe/Lisbon")
    assert parsed.calendar.zone == "Europe/Lisbon"
    assert parsed.calendar.days == (WorkDay(),) * 7
    assert parsed.calendar.closed is None
    assert parsed.default_deadline == Offset(5, "days")
    assert parsed.restrict_templates
    assert parsed.guest_tasks_need_member
    assert (parsed.group_limit, parsed.company_domains) == (0, frozenset())
    assert parsed.stored == DEFAULTS
    plain = Settings()
    assert (parsed.members_invite, parsed.private_oneoff_tasks) == (plain.members_invite, plain.private_oneoff_tasks)


def test_what_is_stored_counts() -> None:
    stored = {
        "default_deadline": {"type": "weeks", "value": 2},
        "deadline_shift_keeps_time": True,
        "holidays": [{"date": "2026-12-25", "name": "Christmas", "recurring": False}],
        "domains": ["acme.example"],
        "saml_enabled": True,
        "maximum_group_assignment_limit": 7,
    }
    parsed = parse(stored, "UTC")
    assert parsed.default_deadline == Offset(2, "weeks")
    assert parsed.calendar.keeps_time
    assert parsed.calendar.closed is not None
    assert date(2026, 12, 25) in parsed.calendar.closed
    assert parsed.company_domains == {"acme.example"}
    assert parse({**stored, "saml_enabled": False}, "UTC").company_domains == frozenset()
    assert parsed.group_limit == 7


def test_working_days_are_merged_into_the_present_week() -> None:
    """41 §4.4, example 1."""
    problems: list[Problem] = []
    changes = read_changes({"working_days": {"Saturday": False, "Sunday": False}}, DEFAULTS, problems)
    assert not problems
    week = parse(changes, "UTC").calendar.days
    assert [day.working for day in week] == [True] * 5 + [False] * 2
    again = read_changes({"working_days": {"preset": 4}}, {**DEFAULTS, **changes}, problems)
    assert [day.working for day in parse(again, "UTC").calendar.days] == [True] * 4 + [False] * 3


@pytest.mark.parametrize(
    ("sent", "path"),
    [
        ({"working_days": {"Monday": {"hours": "fixed", "start": "18:00", "end": "09:00"}}},
         ("working_days", "Monday", "end")),
        ({"default_deadline": {"type": "years", "value": 5}}, ("default_deadline", "type")),
        ({"default_deadline": {"value": 0}}, ("default_deadline", "value")),
        ({"default_deadline": "soon"}, ("default_deadline",)),
        ({"auto_archive_processes_after": {"unit": "weeks", "value": 91}}, ("auto_archive_processes_after", "value")),
        ({"auto_complete_task_months": 1}, ("auto_complete_task_months",)),
        ({"cadence_days": ["Monday", "Someday"]}, ("cadence_days", "1")),
    ],
)  # fmt: skip
def test_wrong_values_are_named(sent: dict[str, object], path: tuple[str, ...]) -> None:
    problems: list[Problem] = []
    assert read_changes(sent, DEFAULTS, problems) == {}
    assert [one.path for one in problems] == [path]


def test_right_values_in_their_many_forms() -> None:
    problems: list[Problem] = []
    sent = {
        "cadence_days": ["friday", "Monday", "FRIDAY"],
        "default_deadline": {"type": "Week", "value": "2"},
        "auto_archive_processes_after": {"value": 3.0},
        "auto_complete_task_months": 24,
        "wyiwyg": True,
        "unknown": 1,
    }
    assert read_changes(sent, DEFAULTS, problems) == {
        "cadence_days": ["Monday", "Friday"],
        "default_deadline": {"type": "weeks", "value": 2},
        "auto_archive_processes_after": {"unit": "weeks", "value": 3},
        "auto_complete_task_months": 24,
    }
    assert not problems
