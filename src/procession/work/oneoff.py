"""One-off tasks: archive, restore, delete, unlink (spec 20 §14)."""

from datetime import datetime
from typing import Any

import msgspec

from procession.discussions.comments import forget_comments
from procession.engine.attachments import file_ids
from procession.engine.work import Answered, Process, Task
from procession.files.keeping import delete_with, move_with, note_uses
from procession.kernel.errors import StateRefused
from procession.kernel.unit import Event, Unit
from procession.labels.custom_values import forget_values
from procession.labels.folders import set_folders
from procession.labels.model import Subject
from procession.labels.tags import set_tags
from procession.people.model import member
from procession.watching.watchers import forget_watchers
from procession.work import process_queries, queries, taking_queries
from procession.work.complete import settle_process
from procession.work.model import Held, Reason
from procession.work.persist import LEFT, Involvement, involve, left_event, shift, task_event


def _require_oneoff(held: Held, done: str) -> None:
    if not held.task.oneoff:
        text = f"Only one-off tasks can be {done}. Archive the process instead."
        raise StateRefused("NOT_ONEOFF_TASK", text, path="task")
    _require_open_process(held)


def _require_open_process(held: Held) -> None:
    if held.process is not None and held.process.archived_at is not None:
        raise StateRefused("RUN_ARCHIVED", "Archived tasks can't be updated. Restore it first.", path="task")
    if held.process is not None and held.process.process_issues > 0:
        text = "This process has an open issue. Resolve it first."
        raise StateRefused("PROCESS_HAS_OPEN_ISSUE", text, path="task")


def archive(unit: Unit, held: Held) -> None:
    """Archive a locked one-off task; archived already: nothing happens."""
    _require_oneoff(held, "archived")
    if held.task.archived_at is None:
        _set_archived(unit, held, unit.now)


def restore(unit: Unit, held: Held) -> Task:
    """Restore a locked one-off task; not archived: unchanged."""
    _require_oneoff(held, "restored")
    return held.task if held.task.archived_at is None else _set_archived(unit, held, None)


def _set_archived(unit: Unit, held: Held, at: datetime | None) -> Task:
    task = held.task
    columns = {"archived_at": at, "updated_at": unit.now, "revision": task.revision + 1}
    unit.patch(queries.PATCH_TASK, columns, id=task.id)
    unit.patch(queries.PATCH_ASSIGNMENTS, {"open": at is None and task.is_open}, task_id=task.id)
    verb = "archived" if at is not None else "unarchived"
    events = [task_event(task, verb, verb)]
    if held.process is not None:
        events += settle_process(unit, held.process)[1]
    unit.record(events)
    return msgspec.structs.replace(task, **columns)


def delete(unit: Unit, held: Held) -> None:
    """Delete a locked one-off task for good; its history keeps a snapshot."""
    task = held.task
    _require_oneoff(held, "deleted")
    for write in (queries.UNASSIGN_ALL, queries.DROP_MARKS, taking_queries.FORGET_ALL, queries.DELETE_TASK):
        unit.write(write, task=task.id)
    unit.write(queries.CLEAR_ANSWERS, holder=task.id)
    delete_with(unit, [task.id])
    unit.write(queries.DELETE_INVOLVEMENTS, subject=task.id)
    subject = Subject("task", task.id)
    set_tags(unit, subject, [])
    set_folders(unit, subject, [])
    forget_values(unit, [task.id])
    forget_comments(unit, [task.id])
    forget_watchers(unit, [task.id])
    events = [task_event(task, "deleted", "deleted", old=msgspec.to_builtins(task))]
    if held.process is not None:
        events.append(_leave(unit, held, held.process))
        events += settle_process(unit, held.process, **_issues(held.process, task, -1))[1]
    unit.record(events)


def _issues(process: Process, task: Task, by: int) -> dict[str, Any]:
    """How many tasks with open issues the process has when this one comes or goes."""
    return {"task_issues": max(process.task_issues + by, 0)} if task.has_issue else {}


def unlink(unit: Unit, held: Held) -> Task:
    """Take a locked ad-hoc task out of its process: it stands alone, with its answers (spec 10 §11.3)."""
    task, process = held.task, held.process
    if not task.oneoff:
        text = "Process tasks can't be removed. Hide them instead."
        raise StateRefused("NOT_ONEOFF_TASK", text, path="task")
    _require_open_process(held)
    if process is None:
        return task
    columns = {"process_id": None, "position": 1, "updated_at": unit.now, "revision": task.revision + 1}
    unit.patch(queries.PATCH_TASK, columns, id=task.id)
    unit.patch(process_queries.PATCH_ANSWERS, {"process_id": None}, holder_id=task.id)
    move_with(unit, task.id, None)
    left = _leave(unit, held, process)
    involve(unit, task.id, {one.principal: Involvement(assigned=1) for one in held.assigned})
    if task.starter_id is not None:
        involve(unit, task.id, {member(task.starter_id): Involvement(Reason.STARTER)})
    events = [task_event(task, "unlinked", "unlinked", old=process.id), left]
    events += settle_process(unit, process, revision=process.revision + 1, **_issues(process, task, -1))[1]
    unit.record(events)
    return msgspec.structs.replace(task, **columns)


def link(unit: Unit, held: Held, process: Process, place: int | None) -> tuple[Task, Process]:
    """Put a locked task that stands alone into a locked process: at `place` from 1, None is the end (10 §11.3)."""
    last = unit.one(queries.LAST_POSITION, process=process.id) or 0
    assert isinstance(last, int)
    position = last + 1 if place is None else min(place, last + 1)
    if position <= last:
        unit.record([shift(unit, process.id, position, last, 1, held.task.id)])
    columns = {
        "process_id": process.id,
        "position": position,
        "updated_at": unit.now,
        "revision": held.task.revision + 1,
    }
    unit.patch(queries.PATCH_TASK, columns, id=held.task.id)
    unit.patch(process_queries.PATCH_ANSWERS, {"process_id": process.id}, holder_id=held.task.id)
    move_with(unit, held.task.id, process.id)
    unit.write(queries.DELETE_INVOLVEMENTS, subject=held.task.id)
    after = msgspec.structs.replace(held.task, **columns)
    involve(unit, process.id, {one.principal: Involvement(assigned=1) for one in held.assigned})
    issues = _issues(process, after, 1)
    process, more = settle_process(unit, process, revision=process.revision + 1, **issues)
    unit.record([task_event(after, "linked", "linked", new=process.id), *more])
    return after, process


def move(unit: Unit, held: Held, process: Process | None, place: int | None) -> tuple[Task, Process | None]:
    """Take a locked one-off task out of its process, if it is in one, and put it into another, if there is one."""
    task = unlink(unit, held)
    if process is None:
        return task, None
    return link(unit, msgspec.structs.replace(held, task=task, process=None), process, place)


def drop_answers(unit: Unit, before: Task, after: Task, stored: list[Answered]) -> list[Answered]:
    """Forget answers to fields that are gone, or are of another type now; those that are left."""
    kinds = {one["id"]: one["kind"] for one in after.own_fields or ()}
    former = {one["id"]: one["kind"] for one in before.own_fields or ()}
    lost = {one.field_id for one in stored if kinds.get(one.field_id) != former.get(one.field_id)}
    unit.write_many(queries.CLEAR_ANSWER, [{"holder": after.id, "field": one} for one in sorted(lost)])
    named = [(one.field_id, frozenset(file_ids(one.value)), frozenset[str]()) for one in stored if one.field_id in lost]
    note_uses(unit, "task", after.id, named)
    return [one for one in stored if one.field_id not in lost]


def _leave(unit: Unit, held: Held, process: Process) -> Event:
    """The places behind the task close up, and who had no other task of the process takes part no longer."""
    last = unit.one(queries.LAST_POSITION, process=process.id) or 0
    assert isinstance(last, int)
    unit.record([shift(unit, process.id, held.task.position + 1, last, -1, held.task.id)])
    involve(unit, process.id, {one.principal: LEFT for one in held.assigned})
    return left_event(process.id, held.task.id)
