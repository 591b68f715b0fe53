"""Values of custom fields on processes and tasks: who may write them, and what is told of it (spec 10 §17.4, 20 §23.3).

Completed ones take them still (spec 00 PUT-16); archived ones take nothing.
"""

from collections.abc import Iterable, Sequence

import msgspec

from procession.engine.work import Process, Task
from procession.kernel.errors import StateRefused
from procession.kernel.unit import Event, Unit
from procession.labels.custom_values import ValueChange, write_values
from procession.labels.model import Record
from procession.people.model import Actor
from procession.work import queries
from procession.work.access import process_for_update, require_process_acts, require_task_acts, task_for_update
from procession.work.model import Held, HeldProcess
from procession.work.persist import process_event, task_event
from procession.work.processes import ARCHIVED, NO_RIGHT


def process_to_customize(unit: Unit, actor: Actor, process_id: str) -> HeldProcess:
    """The process, locked, whose values the caller may write. 404, 403, then 422 for an archived one."""
    held = process_for_update(unit, actor, process_id)
    require_process_acts(actor, held, ("custom_field.process",), NO_RIGHT)
    if held.process.archived_at is not None:
        raise StateRefused("RUN_ARCHIVED", ARCHIVED, path="run")
    return held


def task_to_customize(unit: Unit, actor: Actor, task_id: str, process_id: str | None) -> Held:
    """As `process_to_customize`, for a task: administrators and its assignees."""
    held = task_for_update(unit, actor, task_id, process_id)
    require_task_acts(actor, held, ("custom_field.task",))
    if held.task.archived_at is not None:
        raise StateRefused("TASK_ARCHIVED", "Archived tasks can't be updated. Restore it first.", path="task")
    return held


def customize_process(unit: Unit, process: Process, changes: Sequence[ValueChange], *, told: bool = True) -> Process:
    """Write values of a locked process; `told`: its history is, and its revision moves."""
    write_values(unit, Record("process", process.id), changes)
    if not changes or not told:
        return process
    columns = {"updated_at": unit.now, "revision": process.revision + 1}
    unit.patch(queries.PATCH_PROCESS, columns, id=process.id)
    unit.record(process_event(process.id, "custom_fields", "updated", **_told(one)) for one in changes)
    return msgspec.structs.replace(process, **columns)


def customize_task(unit: Unit, task: Task, changes: Sequence[ValueChange], *, fresh: bool = False) -> Task:
    """Write values of a task whose process is locked, with an entry for each in its history.

    `fresh`: the same act has raised its revision already.
    """
    write_values(unit, Record("task", task.id), changes)
    if not changes:
        return task
    unit.record(_task_events(task, changes))
    columns = {"updated_at": unit.now, "revision": task.revision + (0 if fresh else 1)}
    unit.patch(queries.PATCH_TASK, columns, id=task.id)
    if task.process_id is not None:
        unit.patch(queries.PATCH_PROCESS, {"updated_at": unit.now}, id=task.process_id)
    return msgspec.structs.replace(task, **columns)


def _task_events(task: Task, changes: Sequence[ValueChange]) -> Iterable[Event]:
    return (task_event(task, "custom_fields", "updated", **_told(one)) for one in changes)


def _told(one: ValueChange) -> dict[str, object]:
    return {"field": one.key.label, "old": one.old, "new": one.new}
