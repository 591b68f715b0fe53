"""Deadlines that hang on another task: recomputed when its deadline moves or it is completed (spec 20 §5.6)."""

from typing import Any

import msgspec

from procession.engine.deadlines import Dated, redate
from procession.engine.model import WorkCalendar
from procession.engine.work import Process, Task
from procession.kernel.unit import Event, Unit
from procession.templates.versions import compiled
from procession.work import queries, rule_queries
from procession.work.persist import repeated, shown, task_event


def redate_dependants(
    unit: Unit,
    process: Process,
    changed: dict[str, Any],
    completed: dict[str, Any],
    anchor: Task,
    calendar: WorkCalendar,
) -> list[Event]:
    """Recompute the deadlines anchored on what changed, and write those that moved. Only dependants are read."""
    hanging = compiled(unit, anchor.version_id or process.version_id).rules.dependants.get(anchor.step_id or "", ())
    found = unit.all(rule_queries.TASKS_OF_STEPS, process=process.id, steps=list(hanging))
    tasks = {task.id: task for task in found}
    tasks[anchor.id] = anchor
    dated = [
        Dated(
            id=task.id,
            step_id=task.step_id,
            rule=task.rule,
            deadline=task.deadline,
            open=task.completed_at is None and task.archived_at is None,
            by_hand=task.dated_by_hand,
            projected=task.deadline_projected,
        )
        for task in tasks.values()
    ]
    events = []
    for task_id, moved in redate(changed, completed, dated, calendar).items():
        task = tasks[task_id]
        columns = {
            "deadline": moved.deadline,
            "deadline_projected": moved.projected,
            "updated_at": unit.now,
            "revision": task.revision + 1,
        }
        unit.patch(queries.PATCH_TASK, columns, id=task_id)
        after = msgspec.structs.replace(task, **columns)
        unit.patch(queries.PATCH_ASSIGNMENTS, repeated(after), task_id=task_id)
        dates = {
            "old": shown(task.deadline),
            "new": {"deadline": shown(moved.deadline), "projected": moved.projected},
        }
        events.append(task_event(task, "redated", "updated", field="deadline", shown=False, **dates))
    return events


def any_open_deadline(unit: Unit) -> bool:
    """Whether an open task of the organization has a deadline, which a change of its zone leaves where it is."""
    return unit.one(queries.OPEN_DEADLINE) is not None
