"""Create a one-off task, alone, in a process, or one for each assignee (spec 20 §9)."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from procession.engine import model
from procession.engine.answers import check_answer
from procession.engine.completion import BY_CLOCK
from procession.engine.dates import zone
from procession.engine.deadlines import read_deadline, read_start
from procession.engine.model import Field, Owners, Problem
from procession.engine.owners import OwnersDecision, decide_owners, read_owners
from procession.engine.phrases import phrase_reader
from procession.engine.snippets import is_live
from procession.engine.variables import holds_variables
from procession.engine.work import Answered, Assigned, FieldAnswer, Process, Task
from procession.files.model import Place, Subject
from procession.kernel.errors import StateRefused
from procession.kernel.ids import new_id
from procession.kernel.unit import Event, Unit
from procession.labels.folders import set_folders
from procession.labels.model import Subject as Labelled
from procession.labels.reading import unknown_folders, unknown_tags
from procession.labels.tags import set_tags
from procession.people.model import Actor
from procession.people.persons import ensure_guests, guest_ids
from procession.templates.aliases import slug
from procession.work import queries
from procession.work.attaching import FileWords, KnownFiles, know_files, write_known
from procession.work.bot import bot_says, joined
from procession.work.complete import settle_process
from procession.work.gather import Known, all_mentions, fallback_order, know
from procession.work.launch_tasks import task_row
from procession.work.model import Reason
from procession.work.persist import Involvement, assigned_rows, assignment_row, involve, save_answers, shift, task_event
from procession.work.text_files import note_texts

NO_ADHOC = "Ad-hoc tasks not allowed for this process"


class OneOff(msgspec.Struct, frozen=True, kw_only=True):
    """A task to create outside a template; dates, owners and answers as sent.

    `position`: from 1, None is the end; `after` names the task it follows instead. A date that is an instant already
    stays as it is; `undated`: it may be missing. `present`: people who may be on it whatever became of them since.
    `origin`: the task it is a copy of.
    """

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
    after: str | None = None
    alias: str = ""
    undated: bool = False
    present: Owners = Owners()
    origin: str | None = None
    words: FileWords | None = None


class Created(msgspec.Struct, frozen=True, kw_only=True):
    """The new tasks, or what is wrong."""

    tasks: Sequence[Task] = ()
    process: Process | None = None
    problems: tuple[Problem, ...] = ()
    warnings: tuple[model.Notice, ...] = ()


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for, read and decided; with `problems` it must not be written."""

    deadline: datetime | None
    start: datetime | None
    answers: Sequence[FieldAnswer]
    decision: OwnersDecision
    known: Known
    fallback: Sequence[int]
    problems: Sequence[Problem]
    warnings: tuple[model.Notice, ...]
    task_id: str
    files: KnownFiles


class Fresh(msgspec.Struct, frozen=True):
    """A task to write, with what belongs to it."""

    task: Task
    owners: Owners
    co_assignee: int | None
    answers: Sequence[FieldAnswer]


def create_task(
    unit: Unit, actor: Actor, wanted: OneOff, process: Process | None, secrets: Any, problems: Sequence[Problem]
) -> Created:
    """Create a one-off task, in `process` (locked) or outside any. With problems nothing is written."""
    checked = check(unit, actor, wanted, process, problems)
    if checked.problems:
        return Created(problems=tuple(checked.problems), warnings=checked.warnings)
    place = make_room(unit, process, wanted, 1) if process is not None else wanted.position or 1
    task = new_task(unit, actor, wanted, process, checked.deadline, checked.start, place, checked.task_id)
    decision = checked.decision
    fresh = [Fresh(task, decision.owners, decision.co_assignee, checked.answers)]
    after = write_new(unit, wanted, fresh, process, secrets)
    write_known(unit, checked.files, checked.answers)
    note_texts(unit, actor, "task", [(task.id, task.summary)])
    if process is not None and wanted.origin is None:  # a copy is told of where it was made
        unit.record([bot_says(unit, actor.settings, task, joined(actor.principal))])
    return Created(tasks=[task], process=after, warnings=checked.warnings)


def require_place(process: Process) -> None:
    """Refuse a process that takes no more tasks (spec 10 §11.2)."""
    if process.archived_at is not None:
        raise StateRefused("RUN_ARCHIVED", "Cannot update archived processes.", path="run_id")
    if process.process_issues > 0:
        text = "This process has an open issue. Resolve it first."
        raise StateRefused("PROCESS_HAS_OPEN_ISSUE", text, path="run_id")
    if not process.adhoc_tasks:
        raise StateRefused("ADHOC_NOT_ALLOWED", NO_ADHOC, path="run_id")


def check(unit: Unit, actor: Actor, wanted: OneOff, process: Process | None, problems: Sequence[Problem]) -> Checked:
    """Read and decide everything about the task but its place; refuses what the process excludes."""
    if process is not None:
        require_place(process)
    calendar, settings = actor.settings.calendar, actor.settings
    wrong = list(problems)
    phrases = phrase_reader(unit.now, zone(calendar.zone))
    deadline, text = _instant(wanted.deadline) or read_deadline(wanted.deadline, calendar, phrases)
    if deadline is None and (text is not None or not wanted.undated):
        wrong.append(Problem(("deadline",), text or "The deadline field is required."))
    start, text = _instant(wanted.started_at) or read_start(wanted.started_at, calendar, phrases)
    if text is not None:
        wrong.append(Problem(("started_at",), text))
    keyed = {_field_key(wanted.fields, key): value for key, value in wanted.answers.items()}
    known = know(unit, all_mentions(wanted.owners, wanted.fields, keyed), settings)
    task_id = new_id()
    by_id = {field.id: field for field in wanted.fields}
    files = know_files(unit, actor, keyed, by_id.get, (), _place(task_id, process), wanted.words)
    answers, bad, warnings = _answers(wanted, files, known, long_texts=actor.imports)
    wrong += bad
    draft, malformed = read_owners(wanted.owners)
    wrong += malformed
    fallback = fallback_order(
        unit, actor, process.owner_id if process else None, process.starter_id if process else actor.account_id
    )
    decision = OwnersDecision(Owners())
    if draft is not None:
        decision = decide_owners(
            draft,
            known.owner_facts,
            wanted.present,
            cap=wanted.columns.get("max_assignable", 0),
            guests_allowed=True,
            group_limit=settings.group_limit,
            fallback=fallback,
            member_needed=settings.guest_tasks_need_member,
        )
        wrong += decision.problems
    wrong += _label_problems(unit, wanted)
    if wanted.after is not None and (process is None or _position_of(unit, process, wanted.after) is None):
        wrong.append(Problem(("after_task_id",), "The selected after task id is invalid."))
    return Checked(
        deadline=deadline,
        start=start,
        answers=answers,
        decision=decision,
        known=known,
        fallback=fallback,
        problems=wrong,
        warnings=warnings,
        task_id=task_id,
        files=files,
    )


def _instant(value: object) -> tuple[datetime, None] | None:
    return (value, None) if isinstance(value, datetime) else None


def _place(task_id: str, process: Process | None) -> Place:
    """Where files of the new task will belong."""
    return Place(subject=Subject("task", task_id), task_id=task_id, process_id=process.id if process else None)


def _answers(
    wanted: OneOff, files: KnownFiles, known: Known, *, long_texts: bool
) -> tuple[list[FieldAnswer], list[Problem], tuple[model.Notice, ...]]:
    answers, wrong = [], []
    keyed = files.answers
    for field in wanted.fields:
        if field.id in keyed:
            checked = check_answer(field, keyed[field.id], known.people, files=files.by_id, long_texts=long_texts)
            wrong += [Problem(("answers", field.alias, *one.path), one.text) for one in checked.problems]
            answers.append(FieldAnswer(field, checked.value, None))
    ids = {field.id for field in wanted.fields}
    return answers, wrong, tuple(model.Notice("UNKNOWN_ANSWER_KEY", key) for key in keyed if key not in ids)


def _label_problems(unit: Unit, wanted: OneOff) -> list[Problem]:
    tags = [Problem(("tags", str(at)), "The selected tag is invalid.") for at in unknown_tags(unit, wanted.tags)]
    unknown = unknown_folders(unit, wanted.folders, "process")
    return tags + [Problem(("folders", str(at)), "The selected folder is invalid.") for at in unknown]


def _position_of(unit: Unit, process: Process, task_id: str) -> int | None:
    found = unit.one(queries.TASK, id=task_id)
    return found.position if found is not None and found.process_id == process.id else None


def make_room(unit: Unit, process: Process, wanted: OneOff, count: int) -> int:
    """Where the first of `count` new tasks goes; those behind it move on."""
    last = unit.one(queries.LAST_POSITION, process=process.id) or 0
    assert isinstance(last, int)
    at = wanted.position
    if wanted.after is not None:
        at = (_position_of(unit, process, wanted.after) or last) + 1
    place = last + 1 if at is None else min(max(at, 1), last + 1)
    if place <= last:
        unit.record([shift(unit, process.id, place, last, count)])
    return place


def _field_key(fields: Sequence[Field], key: str) -> str:
    """Answers of a task that does not exist yet are keyed by place or alias (spec 20 §9.1).

    An alias gets its ending only now, so that what comes before it is enough.
    """
    if key.isdigit() and int(key) < len(fields):
        return fields[int(key)].id
    wanted = key.lower()
    found = (field.id for field in fields if wanted in (field.alias.lower(), slug(field.label, "field")))
    return next(found, key)


def new_task(
    unit: Unit,
    actor: Actor,
    wanted: OneOff,
    process: Process | None,
    deadline: datetime | None,
    start: datetime | None,
    position: int,
    task_id: str,
) -> Task:
    """The row of a task that is about to be made."""
    numbers = unit.numbers("field_no", len(wanted.fields)) if wanted.fields else range(0)
    fields = [
        msgspec.structs.replace(field, number=number) for field, number in zip(wanted.fields, numbers, strict=True)
    ]
    row: dict[str, Any] = dict.fromkeys(Task.__struct_fields__)
    row.update(
        id=task_id,
        number=unit.numbers("task")[0],
        process_id=process.id if process else None,
        oneoff=True,
        title=wanted.title,
        summary=wanted.summary,
        summary_edited=True,
        has_variables=holds_variables(wanted.title) or is_live(wanted.summary),
        alias=wanted.alias,
        kind=wanted.kind,
        status="not-started",
        position=position,
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
        own_fields=msgspec.to_builtins(fields),
        created_at=unit.now,
        updated_at=unit.now,
        archived_with_process=False,
        revision=1,
        clocked=wanted.kind in BY_CLOCK,
    )
    row.update(wanted.columns)
    return Task(**row)


def write_new(
    unit: Unit, wanted: OneOff, fresh: Sequence[Fresh], process: Process | None, secrets: Any
) -> Process | None:
    """Write the tasks with everything that belongs to them, the history, and what the process follows with."""
    addresses = list(dict.fromkeys(address for one in fresh for address in one.owners.guests))
    ids = guest_ids(unit, addresses) if addresses else {}
    if missing := [one for one in addresses if one not in ids]:
        ids |= ensure_guests(unit, secrets, missing)
    unit.write_many(queries.INSERT_TASK, [task_row(one.task) for one in fresh])
    events: list[Event] = []
    involved: Counter[str] = Counter()
    for one in fresh:
        task, assigned = one.task, assigned_rows(one.owners, ids, one.co_assignee)
        unit.write_many(queries.INSERT_ASSIGNMENT, [assignment_row(task, row) for row in assigned])
        saved = save_answers(unit, task.id, task.process_id, one.answers)
        _label(unit, task, wanted)
        events.append(_created(task, assigned, saved, wanted.origin))
        if process is not None:
            events.append(task_event(task, "linked", "linked", new=process.id))
        involved.update(row.principal for row in assigned)
    involve(
        unit,
        process.id if process is not None else fresh[0].task.id,
        {who: Involvement(assigned=count) for who, count in involved.items()},
    )
    if process is None:
        involve(unit, fresh[0].task.id, {f"u{fresh[0].task.starter_id}": Involvement(Reason.STARTER)})
    else:
        process, more = settle_process(unit, process, revision=process.revision + 1)
        events += more
    unit.record(events)
    return process


def _created(task: Task, assigned: Sequence[Assigned], answers: Sequence[Answered], origin: str | None) -> Event:
    state: dict[str, Any] = {"task": msgspec.to_builtins(task), "assigned": msgspec.to_builtins(assigned)}
    if answers:
        state["answers"] = msgspec.to_builtins(answers)
    if origin is not None:
        state["origin"] = {"type": "task", "id": origin}
    return task_event(task, "created", "created", new=state)


def _label(unit: Unit, task: Task, wanted: OneOff) -> None:
    if wanted.tags:
        set_tags(unit, Labelled("task", task.id), wanted.tags)
    if wanted.folders:
        set_folders(unit, Labelled("task", task.id), wanted.folders)
