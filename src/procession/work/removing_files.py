"""Archive and delete files: who may, and what becomes of the answers that name them (spec 20 §20.5)."""

from collections.abc import Sequence
from typing import Any

import msgspec

from procession.engine.model import Field
from procession.engine.work import Process, Task
from procession.files import keeping
from procession.files.model import File, Use
from procession.files.reading import file_by_id, uses_of
from procession.kernel.errors import Forbidden, NotFound, StateRefused, Unavailable
from procession.kernel.unit import Event, Unit
from procession.people.model import Actor
from procession.people.permissions import allows, cell
from procession.templates.access import rights_of, templates_by_id
from procession.work import queries
from procession.work.access import process_relations
from procession.work.file_access import file_to_see
from procession.work.forms import forms_of, kickoff_forms
from procession.work.model import HeldProcess
from procession.work.persist import process_event, task_event
from procession.work.process_reading import reasons_of
from procession.work.uploading import ARCHIVED

LOGO = "A logo is replaced in the organization's settings."
NOT_YOURS = "You don't have permission to delete this file."


class _Around(msgspec.Struct, frozen=True):
    """A file with what it belongs to and where it is used, all locked: processes first, then tasks, then the file."""

    file: File
    uses: Sequence[Use]
    processes: dict[str, Process]
    tasks: dict[str, Task]


def archive_file(unit: Unit, actor: Actor, file_id: str) -> File:
    """Hide a file; answers go on naming it."""
    around = _allowed(unit, actor, file_id)
    return keeping.archive(unit, around.file)


def delete_file(unit: Unit, actor: Actor, file_id: str) -> None:
    """Delete a file for good: it disappears from every stored answer; its bytes go after the commit."""
    around = _allowed(unit, actor, file_id)
    events = _forget(unit, around)
    keeping.delete(unit, [around.file])
    unit.record(events)


def _allowed(unit: Unit, actor: Actor, file_id: str) -> _Around:
    seen = file_to_see(unit, actor, file_id)
    if seen.subject_kind == "organization":
        raise StateRefused("LOGO_IN_USE", LOGO, path="file")
    around = _around(unit, seen)
    if not _may_remove(unit, actor, around):
        raise Forbidden(NOT_YOURS)
    if any(one.archived_at is not None for one in around.processes.values()):
        raise StateRefused("RUN_ARCHIVED", ARCHIVED, path="run")
    return around


def _around(unit: Unit, seen: File) -> _Around:
    """Lock what has to stay as it is. Raises `Unavailable` when an answer took the file up meanwhile."""
    uses = uses_of(unit, [seen.id])[seen.id]
    ids = {one.holder_id for one in uses if one.holder_kind == "task"} | ({seen.task_id} - {None})
    homes = {one.holder_id for one in uses if one.holder_kind == "process"} | ({seen.process_id} - {None})
    before = unit.all(queries.TASKS, ids=sorted(filter(None, ids)))
    homes |= {one.process_id for one in before if one.process_id is not None}
    processes = unit.all(queries.PROCESSES_LOCKED, ids=sorted(filter(None, homes))) if homes else []
    tasks = unit.all(queries.TASKS_LOCKED, ids=sorted(filter(None, ids))) if ids else []
    file = file_by_id(unit, seen.id, lock=True)
    if file is None:
        raise NotFound
    if uses_of(unit, [file.id])[file.id] != uses or file.task_id != seen.task_id:
        raise Unavailable
    return _Around(file, uses, {one.id: one for one in processes}, {one.id: one for one in tasks})


def _may_remove(unit: Unit, actor: Actor, around: _Around) -> bool:
    """Administrators; who uploaded it, or may write where it belongs, unless a completed task holds it."""
    if actor.is_admin:
        return True
    file = around.file
    if file.subject_kind == "thread":
        return file.uploaded_by == actor.principal  # comments stay open to their authors, whatever became of the task
    if any(one.status == "completed" for one in around.tasks.values()):
        return False
    if file.uploaded_by == actor.principal:
        return True
    if file.subject_kind == "template":
        template = templates_by_id(unit, [file.subject_id or ""]).get(file.subject_id or "")
        return template is not None and "edit" in rights_of(actor, template)
    task = around.tasks.get(file.task_id or "")
    if task is not None:
        return _may_answer(unit, actor, task)
    process = around.processes.get(file.subject_id or "")
    if process is None:
        return False
    reasons = reasons_of(unit, actor, [process.id])[process.id]
    return allows(actor, "process.answer", process_relations(actor, HeldProcess(process=process, reasons=reasons)))


def _may_answer(unit: Unit, actor: Actor, task: Task) -> bool:
    """Whether the caller, who sees the task, may write its answers."""
    assigned = unit.all(queries.ASSIGNED, task=task.id)
    own = any(one.principal in actor.principals for one in assigned)
    said = cell(actor, "task.answer")
    return own if task.only_assignees_complete else said == "visible" or (said == "own" and own)


def _forget(unit: Unit, around: _Around) -> list[Event]:
    """Take the file out of every answer; what is left empty is cleared."""
    named = {(one.holder_id, one.field_id) for one in around.uses if one.field_id}
    if not named:
        return []
    fields = _fields(unit, around)
    saved: list[dict[str, Any]] = []
    cleared: list[dict[str, Any]] = []
    events: list[Event] = []
    for holder, field_id, _, value in unit.all(queries.ANSWERS_OF, holders=sorted({one for one, _ in named})):
        if (holder, field_id) not in named:
            continue
        left = [entry for entry in value if entry.get("id") != around.file.id]
        if left:
            saved.append({"holder": holder, "field": field_id, "value": left})
        else:
            cleared.append({"holder": holder, "field": field_id})
        events.append(_event(around, holder, fields.get(field_id), field_id, value, left or None))
    unit.write_many(queries.REWRITE_ANSWER, saved)
    unit.write_many(queries.CLEAR_ANSWER, cleared)
    holders = {one["holder"] for one in (*saved, *cleared)}
    tasks = sorted(holders & around.tasks.keys())
    homes = {around.tasks[one].process_id for one in tasks} | (holders & around.processes.keys())
    unit.write_many(queries.TOUCH_TASK, [{"task": one, "at": unit.now} for one in tasks])
    unit.write_many(queries.TOUCH_PROCESS, [{"process": one, "at": unit.now} for one in sorted(filter(None, homes))])
    return events


def _fields(unit: Unit, around: _Around) -> dict[str, Field]:
    """The fields of everything that holds the file, for the labels that the history shows."""
    forms = [*forms_of(unit, list(around.tasks.values())).values()]
    holding = [around.processes[one.holder_id] for one in around.uses if one.holder_id in around.processes]
    kickoff = [[field for field, _ in form] for form in kickoff_forms(unit, holding).values()]
    return {field.id: field for form in (*forms, *kickoff) for field in form}


def _event(around: _Around, holder: str, field: Field | None, field_id: str, old: Any, new: Any) -> Event:
    """The event of an answer, as a change by hand would have left it."""
    label = field.label if field is not None else field_id
    task = around.tasks.get(holder)
    if task is not None:
        before, after = ({"field_id": field_id, "value": value} for value in (old, new))
        return task_event(task, "answered", "updated", field=label, old=before, new=after)
    before, after = ({"field_id": field_id, "label": label, "value": value} for value in (old, new))
    return process_event(holder, "answered", "updated", field="prerun", old=before, new=after)
