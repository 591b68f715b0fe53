"""Update task: the use case behind both routes (spec 20 §7). Six steps, all in the caller's transaction."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET

from procession.engine.dates import zone
from procession.engine.model import Field, Notice, Owners, Problem, Refused, WorkCalendar
from procession.engine.owners import OwnersDecision
from procession.engine.richtext import clean, strip_tags
from procession.engine.snippets import is_live
from procession.engine.task_update import TaskDecision, TaskFacts, update_task
from procession.engine.variables import holds_variables
from procession.engine.work import Answered, Assigned, FieldAnswer, Process, Task, TaskChange, owners_of
from procession.kernel.errors import Forbidden
from procession.kernel.folding import fold
from procession.kernel.unit import Event, Unit
from procession.labels.folders import set_folders
from procession.labels.model import Subject
from procession.labels.reading import folder_ids_of, tag_ids_of, unknown_folders, unknown_tags
from procession.labels.tags import set_tags
from procession.people.model import Actor, Person
from procession.people.permissions import cell
from procession.people.persons import ensure_guests, guest_ids
from procession.work import queries
from procession.work.access import NOT_THIS_TASK
from procession.work.attaching import NOTHING, FileWords, attached, write_attached
from procession.work.complete import after_owners, settle_process
from procession.work.gather import Known, fields_of, know_people, stored_answers
from procession.work.model import Held
from procession.work.persist import (
    assigned_rows,
    refresh_due,
    repeated,
    replace_assignments,
    save_answers,
    shift,
    shown,
    task_event,
)
from procession.work.reading import known_values
from procession.work.redating import redate_dependants
from procession.work.text_files import note_texts

TITLE_LIMIT = 600


class Options(msgspec.Struct, frozen=True):
    """How leniently answers are read (spec 00 §19, PUT-08)."""

    match_alias: bool = False
    coerce: bool = False
    strict: bool = False
    files: FileWords | None = None


class Updated(msgspec.Struct, frozen=True, kw_only=True):
    """The task after the change, with what the answer shows; `problems` means that nothing was written."""

    task: Task
    process: Process | None
    assigned: list[Assigned]
    fields: Sequence[Field]
    answers: list[Answered]
    persons: Mapping[int, Person] = {}
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Notice, ...] = ()


def change_task(
    unit: Unit,
    actor: Actor,
    held: Held,
    change: TaskChange,
    secrets: Any,
    problems: Sequence[Problem],
    options: Options,
) -> Updated:
    """Decide and write one change of one task. `problems` are those of decoding: they are answered with the rest."""
    task, process = held.task, held.process
    if actor.role == "guest":
        change = msgspec.structs.replace(change, owners=_added_guests(owners_of(held.assigned), change.owners))
    fields = fields_of(unit, task) if change.answers or task.status == "not-started" else ()
    stored = stored_answers(unit, task.id)
    known = know_people(unit, actor, task, process, held.assigned, change, fields)
    facts = _facts(unit, actor, held, change, fields, stored, options, known)
    files = attached(unit, actor, task, change, facts, stored, options.files)
    if files is not NOTHING:
        facts = msgspec.structs.replace(facts, files=files.known.by_id, links_file=files.link is not None)
        change = msgspec.structs.replace(change, answers=files.known.answers)
    try:
        decision = update_task(task, facts, change, unit.now)
    except Refused:
        # Who may not change the task is told so first, whatever its state (spec 20 §7.3).
        _require_rights(actor, held, change, TaskDecision(columns=change.columns), problems)
        raise
    _require_rights(actor, held, change, decision, problems)
    wrong = [*problems, *decision.problems, *files.problems, *_label_problems(unit, change)]
    if options.strict:
        wrong += [Problem(("answers", one.key), "This field is not known here.") for one in decision.warnings]
    if wrong:
        return Updated(task=task, process=process, assigned=held.assigned, fields=fields, answers=stored,
                       problems=tuple(wrong), warnings=decision.warnings)  # fmt: skip
    answers = save_answers(unit, task.id, task.process_id, decision.answers, stored) if decision.answers else stored
    events = write_attached(unit, task, files, decision.answers) if files is not NOTHING else []
    if "summary" in decision.columns:
        note_texts(unit, actor, "task", [(task.id, decision.columns["summary"])], task.summary)
    after, process, assigned = _apply(unit, held, change, decision, secrets, actor.settings.calendar, events, answers)
    if decision.owners is not None:
        now = msgspec.structs.replace(held, task=after, process=process, assigned=assigned)
        settled = after_owners(unit, actor, now, held.assigned, secrets)
        after, process = settled.task, settled.process
        if after.id in settled.followed.tasks:
            assigned = unit.all(queries.ASSIGNED, task=after.id)
    return Updated(task=after, process=process, assigned=assigned, fields=fields, answers=answers,
                   persons=known.persons, warnings=decision.warnings)  # fmt: skip


def _facts(
    unit: Unit,
    actor: Actor,
    held: Held,
    change: TaskChange,
    fields: Sequence[Field],
    stored: list[Answered],
    options: Options,
    known: Known,
) -> TaskFacts:
    task, process, settings = held.task, held.process, actor.settings
    last = None
    if change.position is not UNSET and task.process_id is not None:
        last = unit.one(queries.LAST_POSITION, process=task.process_id)
    return TaskFacts(
        calendar=settings.calendar,
        fields=fields,
        by_value_id={one.id: one.field_id for one in stored},
        match_alias=options.match_alias,
        coerce=options.coerce,
        long_texts=actor.imports,
        answers={one.field_id: one.value for one in stored},
        owners=owners_of(held.assigned),
        owner_facts=known.owner_facts,
        people=known.people,
        fallback=known.fallback,
        group_limit=settings.group_limit,
        member_needed=settings.guest_tasks_need_member,
        process_archived=process is not None and process.archived_at is not None,
        process_locked=process is not None and process.process_issues > 0,
        today=unit.now.astimezone(zone(settings.calendar.zone)).date(),
        last_position=last if isinstance(last, int) else None,
        variables=known_values(unit, actor, task, process) if _begins_with_variables(task, fields) else {},
    )


def _begins_with_variables(task: Task, fields: Sequence[Field]) -> bool:
    """Whether the first write stores default values that name answers of others."""
    return task.status == "not-started" and any(
        isinstance(one.default, str) and one.default_enabled and holds_variables(one.default) for one in fields
    )


def _require_rights(
    actor: Actor, held: Held, change: TaskChange, decision: TaskDecision, problems: Sequence[Problem]
) -> None:
    """A key that would change something asks for its right; one that changes nothing asks for none (spec 20 §7.1)."""
    restricted = held.task.only_assignees_complete and not held.own and not actor.is_admin
    edits = (
        any(name != "status" for name in decision.columns)
        or (decision.owners is not None and actor.role != "guest")
        or change.status not in (UNSET, held.task.status)
        or any(one.path[0] != "answers" for one in (*problems, *decision.problems) if actor.role != "guest")
        or any(one is not UNSET for one in (change.tags, change.folders, change.fields))
    )
    if edits and (restricted or cell(actor, "task.edit") not in ("yes", "visible")):
        raise Forbidden(NOT_THIS_TASK)
    if change.answers or change.file is not UNSET:
        allowed = cell(actor, "task.answer")
        if restricted or not (allowed in ("yes", "visible") or (allowed == "own" and held.own)):
            raise Forbidden(NOT_THIS_TASK)
    if decision.owners is not None and decision.owners.added.guests and cell(actor, "task.assign_guest") == "no":
        raise Forbidden("Your role does not let you assign guests.")
    knows_it = actor.is_admin or held.own or held.task.starter_id == actor.account_id
    if "confidential" in decision.columns and not knows_it:
        raise Forbidden("Only administrators, the starter and assignees may make a task top secret.")


def _added_guests(present: Owners, sent: object) -> object:
    """A guest only adds guests: everybody who is there stays (spec 20 §24)."""
    guests = sent.get("guests") if isinstance(sent, dict) else None
    if not guests:
        return UNSET
    more = guests if isinstance(guests, list) else [guests]
    # What was sent stands first, so that problems name the places of the sender's own list.
    return {"users": list(present.members), "guests": [*more, *present.guests], "groups": list(present.groups)}


def _label_problems(unit: Unit, change: TaskChange) -> list[Problem]:
    """Tags and folders that do not exist, by their place in the list."""
    problems = []
    if change.tags is not UNSET and change.tags:
        wrong = unknown_tags(unit, change.tags)
        problems += [Problem(("tags", str(index)), "The selected tag is invalid.") for index in wrong]
    if change.folders is not UNSET and change.folders:
        wrong = unknown_folders(unit, change.folders, "process")
        problems += [Problem(("folders", str(index)), "The selected folder is invalid.") for index in wrong]
    return problems


def _apply(
    unit: Unit,
    held: Held,
    change: TaskChange,
    decision: TaskDecision,
    secrets: Any,
    calendar: WorkCalendar,
    events: list[Event],
    answers: Sequence[Answered],
) -> tuple[Task, Process | None, list[Assigned]]:
    """Write what was decided: changed columns and rows only, then the events, those given first (spec 20 §7.9)."""
    task, process = held.task, held.process
    columns = dict(decision.columns)
    _texts(task, columns)
    events += [
        task_event(task, "updated", "updated", field=name, old=shown(getattr(task, name)), new=shown(columns[name]))
        for name in columns
        if name in _SHOWN
    ]
    if decision.owners is not None:
        events.append(_owners_event(task, held.assigned, decision.owners))
    if decision.answers:
        ids = {one.field_id: one.id for one in answers}
        events += [_answered(task, one, ids.get(one.field.id)) for one in decision.answers]
    if "position" in columns:
        events += _move(unit, task, columns["position"])
    events += _labels(unit, task, change)
    if not columns and not events:
        return task, process, held.assigned
    columns["updated_at"] = unit.now
    columns["revision"] = task.revision + 1
    unit.patch(queries.PATCH_TASK, columns, id=task.id)
    after = msgspec.structs.replace(task, **{name: value for name, value in columns.items() if name != "folded"})
    if decision.owners is not None:
        assigned = _assign(unit, after, held.assigned, decision.owners, secrets)
    else:
        assigned = held.assigned
        _repeat(unit, task, after)
    if process is not None:
        process, more = _process_follows(unit, process, task, after, calendar)
        events += more
    unit.record(events)
    return after, process, assigned


_SHOWN = (
    "title", "summary", "deadline", "started_at", "soft_start", "webhook", "guests_may_not_comment", "max_assignable",
    "kind", "confidential", "everyone_must_complete", "only_assignees_complete", "chromeless", "status", "stage_id",
    "own_fields", "template_id", "linked_step_id", "created_at", "starter_id",
)  # fmt: skip


def _answered(task: Task, answer: FieldAnswer, answer_id: str | None) -> Event:
    """The event of an answer keeps the ids of field and answer beside the values: the state can be rebuilt."""
    field = answer.field
    old = {"field_id": field.id, "value": answer.old}
    new = {"field_id": field.id, "value": answer.value, "id": answer_id}
    return task_event(task, "answered", "updated", field=field.label, old=old, new=new)


def _texts(task: Task, columns: dict[str, Any]) -> None:
    """What follows from a new title or description: the folded copy, and whether variables are in it."""
    if "title" in columns:
        columns["folded"] = fold(columns["title"], 2400)
    if "summary" in columns:
        columns["summary_edited"] = True
    if "title" in columns or "summary" in columns:
        title, summary = columns.get("title", task.title), columns.get("summary", task.summary)
        inherited = not columns.get("summary_edited", task.summary_edited) and task.has_variables
        columns["has_variables"] = inherited or holds_variables(title) or is_live(summary)
        if columns["has_variables"] == task.has_variables:
            del columns["has_variables"]


def _assign(unit: Unit, task: Task, before: list[Assigned], decision: OwnersDecision, secrets: Any) -> list[Assigned]:
    """Give the task to its new owners; guests nobody knew yet are made."""
    ids: dict[str, int] = {}
    if decision.owners.guests:
        ids = guest_ids(unit, decision.owners.guests)
        if missing := [one for one in decision.owners.guests if one not in ids]:
            ids |= ensure_guests(unit, secrets, missing)
    assigned = assigned_rows(decision.owners, ids, decision.co_assignee)
    replace_assignments(unit, task, before, assigned)
    return assigned


def _owners_event(task: Task, before: list[Assigned], decision: OwnersDecision) -> Event:
    old, new = msgspec.to_builtins(owners_of(before)), msgspec.to_builtins(decision.owners)
    return task_event(task, "owners_updated", "owners-updated", field="owners", old=old, new=new)


def _move(unit: Unit, task: Task, place: int) -> list[Event]:
    """Move the task among those of its process; the others close up with one statement (spec 20 §7.4)."""
    moved = task_event(task, "moved", "re-ordered", field="position", old=task.position, new=place)
    if task.process_id is None:
        return [moved]
    low, high, by = (place, task.position, 1) if place < task.position else (task.position, place, -1)
    return [shift(unit, task.process_id, low, high, by, task.id), moved]


def _labels(unit: Unit, task: Task, change: TaskChange) -> list[Event]:
    subject = Subject("task", task.id)
    events = []
    if change.tags is not UNSET and (changed := set_tags(unit, subject, change.tags)):
        now = tag_ids_of(unit, "task", [task.id])[task.id]
        events.append(task_event(task, "tagged", "updated", field="tags", old=list(changed.removed), new=now))
    if change.folders is not UNSET and (changed := set_folders(unit, subject, change.folders)):
        now = folder_ids_of(unit, "task", [task.id])[task.id]
        events.append(task_event(task, "filed", "updated", field="folders", old=list(changed.removed), new=now))
    return events


def _repeat(unit: Unit, before: Task, after: Task) -> None:
    """Assignments repeat the task's deadline and open state."""
    now = repeated(after)
    if now != repeated(before):
        unit.patch(queries.PATCH_ASSIGNMENTS, now, task_id=after.id)


def _process_follows(
    unit: Unit, process: Process, before: Task, after: Task, calendar: WorkCalendar
) -> tuple[Process, list[Event]]:
    """The process's time of change and due fields; tasks whose deadlines hang on this one (spec 20 §5.6).

    A task that was hidden or shown changes the progress and maybe the status of its process (spec 20 §16).
    """
    changes: dict[str, Any] = {"updated_at": unit.now}
    events: list[Event] = []
    if after.deadline != before.deadline:
        if after.status != "auto-skipped":
            refresh_due(unit, process, changes, before.deadline, after.deadline)
        if after.anchors_others and after.step_id is not None:
            changed = {after.step_id: after.deadline}
            events = redate_dependants(unit, process, changed, {}, after, calendar)
            if events:
                changes["next_deadline"] = unit.one(queries.NEXT_DEADLINE, process=process.id)
                changes["last_deadline"] = unit.one(queries.LAST_DEADLINE, process=process.id)
    if (after.status == "auto-skipped") != (before.status == "auto-skipped"):
        process, more = settle_process(unit, process)
        return process, [*events, *more]
    unit.patch(queries.PATCH_PROCESS, changes, id=process.id)
    return msgspec.structs.replace(process, **changes), events


def clean_title(title: str) -> str:
    """A title as it is stored: plain text (spec 20 §7.2)."""
    return strip_tags(title).strip()[:TITLE_LIMIT]


def clean_summary(text: str) -> str:
    """A description as it is stored: sanitised rich text (spec 20 §7.6)."""
    return clean(text)
