"""Statuses, labels, flags, progress and list filters (20 §4, 10 §3, 10 §7.1)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procession.engine.model import TaskKind
from procession.engine.status import (
    PROCESS_FILTER_WORDS,
    Progress,
    StatusFacts,
    is_completed_late,
    is_due_soon,
    is_hidden,
    is_on_time,
    is_overdue,
    outcome,
    process_status,
    progress,
    read_process_filter,
    read_task_filter,
    status_label,
)

NOW = datetime(2026, 2, 20, 12, tzinfo=UTC)
PAST, SOON, DAY, LATER = (NOW + timedelta(hours=hours) for hours in (-1, 1, 24, 25))


def _task(**facts: Any) -> StatusFacts:
    return StatusFacts(**{"kind": "task", "status": "active", **facts})


@pytest.mark.parametrize(
    ("facts", "overdue", "due_soon", "on_time"),
    [
        ({}, False, False, False),
        ({"deadline": PAST}, True, False, False),
        ({"deadline": NOW}, False, True, False),
        ({"deadline": SOON}, False, True, False),
        ({"deadline": DAY}, False, True, False),
        ({"deadline": LATER}, False, False, True),
        ({"deadline": PAST, "status": "not-started"}, True, False, False),
        ({"deadline": PAST, "status": "in-progress"}, True, False, False),
        ({"deadline": PAST, "status": "auto-skipped"}, False, False, False),
        ({"deadline": LATER, "status": "auto-skipped"}, False, False, False),
        ({"deadline": PAST, "archived": True}, False, False, False),
        ({"deadline": SOON, "archived": True}, False, False, False),
        ({"deadline": LATER, "archived": True}, False, False, False),
        ({"deadline": PAST, "projected": True}, False, False, False),
        ({"deadline": SOON, "projected": True}, False, False, False),
        ({"deadline": PAST, "kind": "expiring"}, False, False, False),
        ({"deadline": SOON, "kind": "expiring"}, False, True, False),
        ({"deadline": PAST, "kind": "expiring_email"}, True, False, False),
        ({"deadline": PAST, "status": "completed", "completed_at": PAST}, False, False, True),
        ({"deadline": PAST, "status": "completed", "completed_at": NOW}, False, False, False),
        ({"status": "completed", "completed_at": NOW}, False, False, False),
    ],
)
def test_derived_flags(facts: dict[str, Any], overdue: bool, due_soon: bool, on_time: bool) -> None:
    """20 §4.3, §5.6.2 (a forecast is never late), §21.2 (an expiring task never is)."""
    task = _task(**facts)
    assert (is_overdue(task, NOW), is_due_soon(task, NOW), is_on_time(task, NOW)) == (overdue, due_soon, on_time)


def test_completed_late() -> None:
    assert is_completed_late(_task(status="completed", deadline=PAST, completed_at=NOW))
    assert not is_completed_late(_task(status="completed", deadline=NOW, completed_at=NOW))
    assert not is_completed_late(_task(status="completed", completed_at=NOW))
    assert not is_completed_late(_task(deadline=PAST))


@pytest.mark.parametrize(
    ("facts", "label"),
    [
        ({"kind": "approval", "status": "completed", "approved": True}, "Approved"),
        ({"kind": "approval", "status": "completed", "approved": False}, "Rejected"),
        ({"kind": "approval", "status": "completed"}, "Completed"),
        ({"kind": "expiring", "status": "completed", "approved": True}, "Acknowledged"),
        ({"kind": "expiring", "status": "completed", "approved": False}, "Expired"),
        ({"kind": "email", "status": "completed"}, "Sent"),
        ({"kind": "expiring_email", "status": "completed", "approved": False}, "Sent"),
        ({"status": "completed", "has_issue": True, "deadline": PAST}, "Completed"),
        ({"status": "auto-skipped", "has_issue": True}, "Auto-skipped"),
        ({"has_issue": True, "deadline": PAST}, "Has problem"),
        ({"deadline": PAST}, "Overdue"),
        ({"deadline": SOON}, "Due soon"),
        ({"deadline": LATER}, "Active"),
        ({"status": "not-started"}, "Not started"),
        ({"status": "in-progress"}, "In progress"),
    ],
)
def test_status_label(facts: dict[str, Any], label: str) -> None:
    """20 §4.2: the first that fits."""
    assert status_label(_task(**facts), NOW) == label


def test_is_hidden() -> None:
    assert is_hidden("auto-skipped")
    assert not is_hidden("completed")


@pytest.mark.parametrize(
    ("kind", "approved", "by_person", "result"),
    [
        ("approval", True, True, True),
        ("approval", False, True, False),
        ("approval", True, False, None),
        ("expiring", False, True, True),
        ("expiring", None, False, False),
        ("expiring_email", None, True, True),
        ("expiring_email", None, False, False),
        ("task", True, True, None),
        ("email", False, True, None),
    ],
)
def test_outcome(kind: TaskKind, approved: bool | None, by_person: bool, result: bool | None) -> None:
    """20 §3 `is_approved`, §12.1 (ignored but on approvals), §21.4 (closed by a job: no decision)."""
    assert outcome(kind, approved, by_person=by_person) is result


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ({"archived": True, "open_process_issue": True}, "archived"),
        ({"open_process_issue": True, "task_issue": True}, "issue"),
        ({"task_issue": True}, "problem"),
        ({}, "complete"),
        ({"kickoff_complete": False}, "active"),
        ({"done": 1}, "active"),
        ({"visible": 0, "done": 0}, "complete"),
        ({"visible": 0, "done": 0, "tasks": 0}, "active"),
        ({"visible": 0, "done": 0, "tasks": 0, "kind": "form"}, "complete"),
        ({"visible": 0, "done": 0, "tasks": 0, "kind": "document"}, "complete"),
    ],
)
def test_process_status(facts: dict[str, Any], status: str) -> None:
    """10 §3.2."""
    given: dict[str, Any] = {
        "archived": False, "open_process_issue": False, "task_issue": False, "kickoff_complete": True,
        "visible": 2, "done": 2, "tasks": 3, "kind": "procedure",
    }  # fmt: skip
    assert process_status(**given | facts) == status


@pytest.mark.parametrize(
    ("done", "visible", "percent"), [(0, 0, 0), (2, 3, 67), (199, 200, 99), (1, 8, 13), (3, 3, 100), (0, 5, 0)]
)
def test_progress(done: int, visible: int, percent: int) -> None:
    """10 §3.3: the worked examples."""
    assert progress(done, visible) == Progress(done, visible, percent)


@given(st.integers(1, 500), st.data())
def test_only_a_finished_process_is_at_100(visible: int, data: st.DataObject) -> None:
    done = data.draw(st.integers(0, visible))
    percent = progress(done, visible).percent
    assert (percent == 100) is (done == visible)
    assert abs(percent - 100 * done / visible) <= 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, None),
        ("", None),
        (" , ", None),
        ("all", None),
        ("ALL,active", None),
        ("bogus", None),
        ("bogus,active", {"active"}),
        ("draft", set()),
        ("draft,overdue", {"overdue"}),
        ("complete", {"completed"}),
        ("In Progress,in-progress,in_progress,INPROGRESS", {"in-progress"}),
        ("due soon,on-time", {"due_soon", "on_time"}),
        ("active-visible", {"active_visible"}),
        ("problem,issue,hasproblem", {"hasproblem"}),
        ("hidden,auto_skipped", {"auto-skipped"}),
        ("not started", {"not-started"}),
        ("archived,incomplete", {"archived", "incomplete"}),
        ("approved,rejected,acknowledged,expired", {"approved", "rejected", "acknowledged", "expired"}),
    ],
)
def test_task_filter(text: str | None, words: set[str] | None) -> None:
    """20 §4.4: separators and case do not matter, unknown words are harmless."""
    assert read_task_filter(text) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, {"all"}),
        ("", {"all"}),
        ("all,active", {"all"}),
        ("Active", {"active"}),
        ("complete,completed", {"complete"}),
        ("problem", {"problem", "issue"}),
        ("issue", {"issue"}),
        ("draft", set()),
        ("draft,starred", {"starred"}),
        ("delayed,due_soon,on_time,overdue", {"delayed", "due_soon", "on_time", "overdue"}),
        ("improvement,archived", {"improvement", "archived"}),
        ("bogus", None),
        ("active,bogus", None),
    ],
)
def test_process_filter(text: str | None, words: set[str] | None) -> None:
    """10 §7.1: an unknown word is the caller's 422."""
    assert read_process_filter(text) == words
    assert "bogus" not in PROCESS_FILTER_WORDS
