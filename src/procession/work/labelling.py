"""One tag or folder more or less on a process or task (spec 10 §17, 30 §16.3, §17.3).

Whoever calls has attached or detached it already; this checks who may, and tells of it.
"""

from collections.abc import Sequence
from typing import Any

from procession.kernel.errors import StateRefused
from procession.kernel.unit import Unit
from procession.labels.model import Subject
from procession.people.model import Actor
from procession.work import queries
from procession.work.access import process_for_update, require_process_acts, require_task_acts, task_for_update
from procession.work.model import Held, HeldProcess
from procession.work.persist import process_event, task_event
from procession.work.processes import ARCHIVED, NO_RIGHT


def process_to_label(unit: Unit, actor: Actor, process_id: str) -> tuple[HeldProcess, Subject]:
    """The process, locked, of which the caller may change tags and folders. 404, 403, then 422 for archived ones."""
    held = process_for_update(unit, actor, process_id)
    require_process_acts(actor, held, ("process.rename",), NO_RIGHT)
    if held.process.archived_at is not None:
        raise StateRefused("RUN_ARCHIVED", ARCHIVED, path="subject_id")
    return held, Subject("process", process_id)


def task_to_label(unit: Unit, actor: Actor, task_id: str) -> tuple[Held, Subject]:
    """As `process_to_label`, for a task."""
    held = task_for_update(unit, actor, task_id, None)
    require_task_acts(actor, held, ("task.edit",))
    if held.task.archived_at is not None:
        text = "Archived tasks can't be updated. Restore it first."
        raise StateRefused("TASK_ARCHIVED", text, path="subject_id")
    return held, Subject("task", held.task.id)


def relabelled(unit: Unit, held: Held | HeldProcess, field: str, added: Sequence[str], removed: Sequence[str]) -> None:
    """Note that the tags or folders (`field`) of the process or task changed."""
    old = {"added": list(added), "removed": list(removed)}
    process = held.process
    if isinstance(held, HeldProcess):
        event = process_event(held.process.id, field, "updated", field=field, old=old)
    else:
        columns = {"updated_at": unit.now, "revision": held.task.revision + 1}
        unit.patch(queries.PATCH_TASK, columns, id=held.task.id)
        event = task_event(held.task, "tagged" if field == "tags" else "filed", "updated", field=field, old=old)
    if process is not None:
        changes: dict[str, Any] = {"updated_at": unit.now}
        if isinstance(held, HeldProcess):
            changes["revision"] = process.revision + 1
        unit.patch(queries.PATCH_PROCESS, changes, id=process.id)
    unit.record([event])
