"""What the state of a task excludes whatever the body says, and in which order (spec 20 §7.3, 10 §3.2)."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from msgspec import UNSET

from procession.engine.model import Refused, WorkCalendar
from procession.engine.task_update import TaskFacts, require_open, update_task
from procession.engine.work import Task, TaskChange

NOW = datetime(2026, 3, 1, tzinfo=UTC)
RENAME = TaskChange(columns={"title": "x"})
BLANK: dict[str, Any] = dict.fromkeys(Task.__struct_fields__)
OPEN = Task(**{**BLANK, "id": "1", "status": "active"})


def refusal(task: Task, change: TaskChange, process: dict[str, bool] | None = None) -> str | None:
    given = {"process_archived": False, "process_locked": False, **(process or {})}
    try:
        require_open(task, change, **given)
    except Refused as refused:
        return refused.code
    return None


@pytest.mark.parametrize(
    ("state", "process", "code"),
    [
        ({}, {}, None),
        ({"status": "auto-skipped"}, {}, None),
        ({"status": "completed"}, {}, "TASK_COMPLETED"),
        ({"status": "completed", "archived_at": NOW}, {"process_archived": True}, "TASK_COMPLETED"),
        ({"archived_at": NOW}, {}, "TASK_ARCHIVED"),
        ({"archived_at": NOW}, {"process_archived": True}, "RUN_ARCHIVED"),
        ({}, {"process_archived": True, "process_locked": True}, "RUN_ARCHIVED"),
        ({}, {"process_locked": True}, "PROCESS_HAS_OPEN_ISSUE"),
    ],
)
def test_the_state_refuses_in_its_order(state: dict[str, Any], process: dict[str, bool], code: str | None) -> None:
    assert refusal(msgspec.structs.replace(OPEN, **state), RENAME, process) == code


def test_a_completed_task_may_be_moved_and_nothing_else() -> None:
    done = msgspec.structs.replace(OPEN, status="completed")
    assert refusal(done, TaskChange(position=2)) is None
    assert refusal(done, TaskChange(position=2, answers={"a": 1})) == "TASK_COMPLETED"
    assert refusal(done, TaskChange(position=UNSET)) == "TASK_COMPLETED"


@pytest.mark.parametrize(
    ("before", "kind", "columns"),
    [
        ({"kind": "task", "clocked": False}, "expiring", {"kind": "expiring", "clocked": True}),
        ({"kind": "task", "clocked": True, "woke_for": NOW}, "expiring", {"kind": "expiring", "woke_for": None}),
        ({"kind": "expiring", "clocked": True}, "expiring_email", {"kind": "expiring_email"}),
        ({"kind": "expiring", "clocked": True}, "task", {"kind": "task"}),
        ({"kind": "expiring", "clocked": True}, "expiring", {}),
    ],
)
def test_the_clock_minds_a_task_that_becomes_its_own_21(
    before: dict[str, Any], kind: str, columns: dict[str, Any]
) -> None:
    task = msgspec.structs.replace(OPEN, **before)
    decision = update_task(task, TaskFacts(calendar=WorkCalendar()), TaskChange(columns={"kind": kind}), NOW)
    assert decision.columns == columns
