"""One-off tasks: create, archive, restore, delete (spec 20 §9, §14)."""

from collections.abc import Sequence
from typing import Any

import msgspec

from procession.engine.answers import check_answer
from procession.engine.deadlines import read_deadline, read_start
from procession.engine.model import Field, Owners, Problem
from procession.engine.owners import decide_owners, read_owners
from procession.engine.positions import insert as insert_at
from procession.engine.variables import holds_variables
from procession.engine.work import FieldAnswer, Process, Task
from procession.kernel.errors import StateRefused
from procession.kernel.ids import new_id
from procession.kernel.unit import Unit
from procession.labels.folders import set_folders
from procession.labels.model import Subject
from procession.labels.reading import unknown_folders, unknown_tags
from procession.labels.tags import set_tags
from procession.people.model import Actor
from procession.people.persons import ensure_guests, guest_ids
from procession.work import queries
from procession.work.complete import settle_process
from procession.work.gather import all_mentions, fallback_order, know
from procession.work.launch_tasks import task_row
from procession.work.model import Held, Reason
from procession.work.persist import (
    assigned_rows,
    insert_assignments,
    save_answers,
    save_involvements,
    task_event,
)

NO_ADHOC = "Ad-hoc tasks not allowed for this process"


class OneOff(msgspec.Struct, frozen=True, kw_only=True):
    """A task to create outside a template; dates, owners and answers as sent."""

    title: str
    kind: str = "task"
    summary: str | None = None
    deadline: object = None
    started_at: object = None
    soft_start: bool = False
    owners: object = None
    answers: dict[str, object] = {}
    fields: Sequence[Field] = ()
    columns: dict[str, Any] = {}
    tags: Sequence[Any] = ()
    folders: Sequence[Any] = ()
    position: int | None = None
    alias: str = ""


class Created(msgspec.Struct, frozen=True, kw_only=True):
    """The new task, or what is wrong."""

    task: Task | None = None
    process: Process | None = None
    problems: tuple[Problem, ...] = ()


def create_task(
    unit: Unit, actor: Actor, wanted: OneOff, process: Process | None, secrets: Any, problems: Sequence[Problem]
) -> Created:
    """Create a one-off task, in `process` (locked) or outside any. With problems nothing is written."""
    if process is not None:
        _require_place(process)
    calendar, settings = actor.settings.calendar, actor.settings
    wrong = list(problems)
    deadline, text = read_deadline(wanted.deadline, calendar)
    if deadline is None:
        wrong.append(Problem(("deadline",), text or "The deadline field is required."))
    start, text = read_start(wanted.started_at, calendar)
    if text is not None:
        wrong.append(Problem(("started_at",), text))
    keyed = {_field_key(wanted.fields, key): value for key, value in wanted.answers.items()}
    known = know(unit, all_mentions(wanted.owners, wanted.fields, keyed), settings)
    answers = []
    for field in wanted.fields:
        if field.id in keyed:
            checked = check_answer(field, keyed[field.id], known.people)
            wrong += [Problem(("answers", field.alias, *one.path), one.text) for one in checked.problems]
            answers.append(FieldAnswer(field, checked.value, None))
    draft, bad = read_owners(wanted.owners)
    wrong += bad
    owner = process.owner_id if process else None
    starter = process.starter_id if process else actor.account_id
    decision = None
    if draft is not None:
        decision = decide_owners(
            draft,
            known.owner_facts,
            Owners(),
            cap=wanted.columns.get("max_assignable", 0),
            guests_allowed=True,
            group_limit=settings.group_limit,
            fallback=fallback_order(unit, actor, owner, starter),
            member_needed=settings.guest_tasks_need_member,
        )
        wrong += decision.problems
    wrong += [
        Problem(("tags", str(index)), "The selected tag is invalid.") for index in unknown_tags(unit, wanted.tags)
    ]
    wrong += [
        Problem(("folders", str(index)), "The selected folder is invalid.")
        for index in unknown_folders(unit, wanted.folders, "process")
    ]
    if wrong:
        return Created(problems=tuple(wrong))
    task = _task(unit, actor, wanted, process, deadline, start)
    owners = decision.owners if decision else Owners()
    _write(unit, task, wanted, owners, decision.co_assignee if decision else None, answers, secrets)
    events = [task_event(task, "created", "created", new=msgspec.to_builtins(task))]
    if process is not None:
        events.append(task_event(task, "linked", "linked", new=process.id))
        process, more = settle_process(unit, process)
        events += more
    unit.record(events)
    return Created(task=task, process=process)


def _require_place(process: Process) -> None:
    if process.archived_at is not None:
        raise StateRefused("RUN_ARCHIVED", "Cannot update archived processes.", path="run_id")
    if not process.adhoc_tasks:
        raise StateRefused("ADHOC_NOT_ALLOWED", NO_ADHOC, path="run_id")


def _field_key(fields: Sequence[Field], key: str) -> str:
    """Answers of a task that does not exist yet are keyed by alias or place (spec 20 §9.1)."""
    if key.isdigit() and int(key) < len(fields):
        return fields[int(key)].id
    return next((field.id for field in fields if field.alias.lower() == key.lower()), key)


def _task(unit: Unit, actor: Actor, wanted: OneOff, process: Process | None, deadline: Any, start: Any) -> Task:
    position = 1
    if process is not None:
        places = [(one.id, one.position) for one in unit.all(queries.TASKS_OF_PROCESS, process=process.id)]
        moved = insert_at(places, "", wanted.position)
        position = moved.pop("")
        for task_id, place in moved.items():
            unit.patch(queries.PATCH_TASK, {"position": place}, id=task_id)
    row: dict[str, Any] = dict.fromkeys(Task.__struct_fields__)
    row.update(
        id=new_id(),
        number=unit.numbers("task")[0],
        process_id=process.id if process else None,
        oneoff=True,
        title=wanted.title,
        summary=wanted.summary,
        summary_edited=True,
        has_variables=holds_variables(wanted.title) or holds_variables(wanted.summary),
        alias=wanted.alias,
        kind=wanted.kind,
        status="not-started",
        position=position if process else max(wanted.position or 1, 1),
        started_at=start,
        soft_start=wanted.soft_start,
        deadline=deadline,
        deadline_projected=False,
        dated_by_hand=True,
        anchors_others=False,
        starter_id=actor.account_id,
        everyone_must_complete=False,
        only_assignees_complete=False,
        guests_allowed=True,
        max_assignable=0,
        guests_may_not_comment=False,
        confidential=False,
        has_issue=False,
        own_fields=msgspec.to_builtins(list(wanted.fields)),
        created_at=unit.now,
        updated_at=unit.now,
        archived_with_process=False,
        revision=1,
    )
    row.update(wanted.columns)
    return Task(**row)


def _write(
    unit: Unit,
    task: Task,
    wanted: OneOff,
    owners: Owners,
    co_assignee: int | None,
    answers: Sequence[FieldAnswer],
    secrets: Any,
) -> None:
    ids = guest_ids(unit, owners.guests) if owners.guests else {}
    if missing := [one for one in owners.guests if one not in ids]:
        ids |= ensure_guests(unit, secrets, missing)
    assigned = assigned_rows(owners, ids, co_assignee)
    unit.write(queries.INSERT_TASK, **task_row(task))
    insert_assignments(unit, task, assigned)
    save_answers(unit, task.id, task.process_id, answers)
    reasons = {one.principal: int(Reason.ASSIGNED) for one in assigned}
    starter = f"u{task.starter_id}"
    if task.process_id is None:
        reasons[starter] = reasons.get(starter, 0) | Reason.STARTER
        save_involvements(unit, task.id, reasons)
    else:
        present: dict[str, int] = dict(unit.all(queries.INVOLVED, subject=task.process_id))
        save_involvements(
            unit, task.process_id, {who: present.get(who, 0) | bits for who, bits in reasons.items()}
        )
    if wanted.tags:
        set_tags(unit, Subject("task", task.id), wanted.tags)
    if wanted.folders:
        set_folders(unit, Subject("task", task.id), wanted.folders)


def _require_oneoff(task: Task, done: str) -> None:
    if not task.oneoff:
        text = f"Only one-off tasks can be {done}. Archive the process instead."
        raise StateRefused("NOT_ONEOFF_TASK", text, path="task")


def archive(unit: Unit, held: Held) -> None:
    """Archive a locked one-off task; archived already: nothing happens."""
    _require_oneoff(held.task, "archived")
    if held.task.archived_at is None:
        _set_archived(unit, held, unit.now)


def restore(unit: Unit, held: Held) -> Task:
    """Restore a locked one-off task; not archived: unchanged."""
    _require_oneoff(held.task, "restored")
    return held.task if held.task.archived_at is None else _set_archived(unit, held, None)


def _set_archived(unit: Unit, held: Held, at: Any) -> Task:
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
    _require_oneoff(task, "deleted")
    for write in (queries.UNASSIGN_ALL, queries.DROP_MARKS, queries.DELETE_TASK):
        unit.write(write, task=task.id)
    unit.write(queries.CLEAR_ANSWERS, holder=task.id)
    unit.write(queries.DELETE_INVOLVEMENTS, subject=task.id)
    subject = Subject("task", task.id)
    set_tags(unit, subject, [])
    set_folders(unit, subject, [])
    events = [task_event(task, "deleted", "deleted", old=msgspec.to_builtins(task))]
    if held.process is not None:
        places = [(one.id, one.position) for one in unit.all(queries.TASKS_OF_PROCESS, process=held.process.id)]
        for place, (task_id, was) in enumerate(places, 1):
            if was != place:
                unit.patch(queries.PATCH_TASK, {"position": place}, id=task_id)
        events += settle_process(unit, held.process)[1]
    unit.record(events)


