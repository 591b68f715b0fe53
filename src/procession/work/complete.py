"""Complete and reopen a task; the rules of its process follow (spec 20 §12, §13, 31 §6.2)."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from procession.engine.answers import required_problems
from procession.engine.completion import (
    Completion,
    CompletionDecision,
    CompletionTask,
    Mark,
    complete,
    reopen,
    settle,
)
from procession.engine.model import Problem
from procession.engine.owners import required_people
from procession.engine.rules.state import Event as RuleEvent
from procession.engine.rules.state import EventVerb
from procession.engine.status import process_status
from procession.engine.work import Assigned, Process, Task, co_assignee_of, owners_of
from procession.kernel.errors import Forbidden, Invalid
from procession.kernel.unit import Event, Unit
from procession.labels.model import Subject
from procession.labels.reading import tags_of
from procession.labels.tags import drop_automatic
from procession.people.model import Actor, member
from procession.people.past import UNSAID, Past
from procession.people.persons import first_active, guest_ids
from procession.work import queries
from procession.work.bot import bot_says, did_part
from procession.work.gather import fields_of, group_people_of, stored_answers
from procession.work.mailing import SENDING, post
from procession.work.model import Held
from procession.work.persist import process_event, rested, shown, task_event
from procession.work.redating import redate_dependants
from procession.work.rules import NOTHING, Followed, follow
from procession.work.step_trigger import trigger


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What completing was asked with. `override` is an account id; `past` goes before it (spec 50 IMP-03)."""

    approved: bool | None = None
    override: int | None = None
    force: bool = False
    past: Past = UNSAID


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """The task afterwards, and what rules made of others. `problems` with their `code`: nothing was written."""

    task: Task
    process: Process | None
    followed: Followed = NOTHING
    problems: tuple[Problem, ...] = ()
    code: str | None = None


def complete_task(unit: Unit, actor: Actor, held: Held, asked: Asked, secrets: Any) -> Done:
    """Complete a locked task as the caller, or mark his part of one that everyone must complete."""
    task, process = held.task, held.process
    if asked.override is not None and not first_active(unit, [asked.override]):
        raise Invalid({"override_user": ["The selected user is not an active member of this organization."]})
    override, at = asked.past.completed_by or asked.override, asked.past.completed_at or unit.now
    values = {one.field_id: one.value for one in stored_answers(unit, task.id)}
    missing = [Problem(("answers", *one.path), one.text) for one in required_problems(fields_of(unit, task), values)]
    required = _required(unit, held)
    if required and not actor.is_admin and actor.principal not in required:
        raise Forbidden("You don't have permission to complete this task.")
    ask = Completion(
        actor=actor.principal,
        admin=actor.is_admin,
        approved=asked.approved,
        force=asked.force,
        override=member(override) if override is not None else None,
        problems=missing,
    )
    decision = complete(_state(unit, task, process), ask, frozenset(required), at)
    if decision.problems or decision.repeated:
        return Done(task=task, process=process, problems=decision.problems, code=decision.code)
    if decision.mark is not None:
        _add_mark(unit, task, decision.mark, required)
    events: list[Event] = []
    if not decision.completes:
        columns: dict[str, Any] = {"status": decision.status}
        who = ask.override or actor.principal
        events.append(task_event(task, "marked", "completed", field="part", new=who))
        events.append(_part_told(unit, actor, task, who, required))
    else:
        columns = _completion(actor, decision, required)
        events.append(completed_event(task, columns))
    return finish(unit, actor, held, columns, events, secrets)


def _part_told(unit: Unit, actor: Actor, task: Task, who: str, required: Mapping[str, str | None]) -> Event:
    """The bot tells of each part but the last (spec 20 §12.4)."""
    marked = {principal for _, principal, *_ in unit.all(queries.MARKS, tasks=[task.id])}
    return bot_says(unit, actor.settings, task, did_part(who, len(marked & required.keys()), len(required)))


def settle_task(unit: Unit, actor: Actor, held: Held, secrets: Any) -> Done:
    """Drop the marks of people who were taken off a task that everyone must complete.

    When nobody is missing any more it completes; who marked his part last is on record (spec 20 §6.4).
    """
    task, process = held.task, held.process
    required = _required(unit, held)
    state = _state(unit, task, process)
    for mark in state.marks:
        if mark.principal not in required:
            unit.write(queries.DROP_MARK, task=task.id, principal=mark.principal)
    decision = settle(state, frozenset(required), unit.now)
    if decision is None:
        return Done(task=task, process=process)
    columns = _completion(actor, decision, required)
    return finish(unit, actor, held, columns, [completed_event(task, columns)], secrets)


def _completion(actor: Actor, decision: CompletionDecision, required: Mapping[str, str | None]) -> dict[str, Any]:
    """The columns of a completed task."""
    who = decision.completed_by
    return {
        "status": decision.status,
        "completed_at": decision.completed_at,
        "completer": who,
        "completer_email": required.get(who or "") or (actor.email if who == actor.principal else None),
        "completion_caller": actor.principal,
        "approved": decision.approved,
    }


def completed_event(task: Task, columns: Mapping[str, Any]) -> Event:
    """The event of a completion that sets these columns."""
    outcome = {"at": shown(columns["completed_at"]), "approved": columns["approved"], "by": columns["completer"]}
    if columns["completer_email"] is not None:
        outcome["email"] = columns["completer_email"]
    return task_event(task, "completed", "completed", new=outcome)


def reopen_task(unit: Unit, actor: Actor, held: Held, secrets: Any) -> Done:
    """Reopen a locked, completed task; on an open one that everyone must complete, withdraw marks."""
    task = held.task
    decision = reopen(_state(unit, task, held.process), actor.principal, actor.is_admin, unit.now)
    if decision.repeated:
        return Done(task=task, process=held.process)
    for principal in decision.withdrawn:
        unit.write(queries.DROP_MARK, task=task.id, principal=principal)
    columns: dict[str, Any] = {"status": decision.status}
    if decision.reopens:
        columns.update(
            completed_at=None,
            completer=None,
            completer_email=None,
            completion_caller=None,
            approved=None,
            reopened_at=unit.now,
            reopener=actor.principal,
        )
        columns |= rested(task, unit.now)
    verb = "re-opened" if decision.reopens else "uncompleted"
    old = {"at": shown(task.completed_at), "approved": task.approved, "by": task.completer}
    events = [task_event(task, verb.replace("-", ""), verb, old=old)]
    return finish(unit, actor, held, columns, events, secrets)


def _state(unit: Unit, task: Task, process: Process | None) -> CompletionTask:
    marks: tuple[Mark, ...] = ()
    if task.everyone_must_complete:
        marks = tuple(Mark(who, at, vote) for _, who, _, at, vote in unit.all(queries.MARKS, tasks=[task.id]))
    return CompletionTask(
        id=task.id,
        kind=task.kind,
        status=task.status,
        archived=task.archived_at is not None,
        process_archived=process is not None and process.archived_at is not None,
        process_issue=process is not None and process.process_issues > 0,
        has_issue=task.has_issue,
        everyone_must_complete=task.everyone_must_complete,
        marks=marks,
        approved=task.approved,
        completed_at=task.completed_at,
        completed_by=task.completer,
        completed_actor=task.completion_caller,
        reopened_at=task.reopened_at,
        reopened_by=task.reopener,
    )


def _required(unit: Unit, held: Held) -> Mapping[str, str | None]:
    """The principals who each must complete the task, with a guest's address; empty unless everyone must."""
    if not held.task.everyone_must_complete or held.task.kind not in ("task", "approval"):
        return {}
    owners = owners_of(held.assigned)
    people = required_people(owners, co_assignee_of(held.assigned), group_people_of(unit, owners.groups))
    ids = guest_ids(unit, people.guests) if people.guests else {}
    found: dict[str, str | None] = {member(one): None for one in people.members}
    return found | {f"e{ids[address]}": address for address in people.guests if address in ids}


def _add_mark(unit: Unit, task: Task, mark: Mark, required: Mapping[str, str | None]) -> None:
    unit.write(
        queries.INSERT_MARK,
        task_id=task.id,
        principal=mark.principal,
        address=required.get(mark.principal),
        at=mark.at,
        approved=mark.approved,
    )


def finish(
    unit: Unit,
    actor: Actor,
    held: Held,
    columns: dict[str, Any],
    events: list[Event],
    secrets: Any,
    *,
    quiet: bool = False,
) -> Done:
    """Write the task, what hangs on its completion, what rules make of it, and the process's own state.

    `quiet`: an e-mail task is completed without its e-mail.
    """
    task, process = held.task, held.process
    columns["updated_at"] = unit.now
    columns["revision"] = task.revision + 1
    unit.patch(queries.PATCH_TASK, columns, id=task.id)
    after = msgspec.structs.replace(task, **columns)
    if after.is_open != task.is_open:
        unit.patch(queries.PATCH_ASSIGNMENTS, {"open": after.is_open}, task_id=task.id)
    quiet = quiet or unit.imported
    if after.kind in SENDING and after.completed_at is not None and task.completed_at is None and not quiet:
        post(unit, actor, held, after)
    followed = NOTHING
    if process is not None:
        if after.completed_at is not None and task.completed_at is None and task.anchors_others and task.step_id:
            completed = {task.step_id: after.completed_at}
            events = [*events, *redate_dependants(unit, process, {}, completed, after, actor.settings.calendar)]
        waits = after.completed_at is not None and task.completed_at is None and trigger(unit, after)
        followed = _follow(unit, actor, process, task, after, secrets)
        after = followed.tasks.get(after.id, after)
        process, more = settle_process(unit, process, waits=waits)
        events = [*events, *followed.events, *more]
    unit.record(events)
    return Done(task=after, process=process, followed=followed)


def _follow(unit: Unit, actor: Actor, process: Process, before: Task, after: Task, secrets: Any) -> Followed:
    """Rules look at a task that was completed or reopened, not at parts of one (spec 31 §6.2)."""
    if after.step_id is None or (after.completed_at is None) == (before.completed_at is None):
        return NOTHING
    verb: EventVerb = "completed" if after.completed_at is not None else "reopened"
    return follow(unit, actor, process, RuleEvent(verb, after.step_id), secrets, task=after)


def after_owners(unit: Unit, actor: Actor, held: Held, before: Sequence[Assigned], secrets: Any) -> Done:
    """What follows when the owners of a task, written already, were changed by hand (spec 20 §6.4, 31 §6.2).

    `held` is the task as it is now. Who was missing may be gone; rules may wait for a task without owners.
    """
    task, process = held.task, held.process
    if task.everyone_must_complete:
        return settle_task(unit, actor, held, secrets)
    if process is None or task.step_id is None or held.assigned or not before or not task.is_open:
        return Done(task=task, process=process)
    followed = follow(unit, actor, process, RuleEvent("unassigned", task.step_id), secrets, task=task)
    process, more = settle_after(unit, process, followed)
    unit.record([*followed.events, *more])
    return Done(task=followed.tasks.get(task.id, task), process=process, followed=followed)


def settle_after(unit: Unit, process: Process, followed: Followed) -> tuple[Process, list[Event]]:
    """Settle the process if rules changed tasks of it."""
    return settle_process(unit, process) if followed.tasks else (process, [])


def settle_process(unit: Unit, process: Process, *, waits: bool = False, **more: Any) -> tuple[Process, list[Event]]:
    """Recount the process, derive its status, and write both; `more` are further changed columns (spec 10 §3).

    `waits`: tasks are about to join it, so that it is not complete even with every task done.
    """
    every, visible, done, late = unit.one(queries.COUNTS, process=process.id) or (0, 0, 0, 0)
    changes: dict[str, Any] = {
        "all_tasks": every or 0,
        "visible_tasks": visible or 0,
        "done_tasks": done or 0,
        "late_done": late or 0,
        "next_deadline": unit.one(queries.NEXT_DEADLINE, process=process.id),
        "last_deadline": unit.one(queries.LAST_DEADLINE, process=process.id),
        "updated_at": unit.now,
        **more,
    }
    now = msgspec.structs.replace(process, **changes)
    status = process_status(
        archived=now.archived_at is not None,
        open_process_issue=now.process_issues > 0,
        task_issue=now.task_issues > 0,
        kickoff_complete=now.kickoff_completed_at is not None or now.kickoff_fields == 0,
        visible=now.visible_tasks,
        done=now.done_tasks,
        tasks=now.all_tasks,
        kind=now.kind,  # type: ignore[arg-type]
    )
    events = []
    status = "active" if waits and status == "complete" else status
    changes["status"] = status
    if status == "complete" and process.completed_at is None:
        # A history that is brought along ends with its last task, and not today.
        at = unit.one(queries.LAST_COMPLETION, process=process.id) if unit.imported else None
        changes["completed_at"] = at or unit.now
        drop_automatic(unit, Subject("process", process.id), tags_of(unit, "process", [process.id])[process.id])
        events.append(process_event(process.id, "completed", "completed", new=shown(changes["completed_at"])))
    elif status not in ("complete", "archived") and process.completed_at is not None:
        changes["completed_at"] = None
        events.append(process_event(process.id, "uncompleted", "uncompleted", old=shown(process.completed_at)))
    different = {name: value for name, value in changes.items() if value != getattr(process, name)}
    unit.patch(queries.PATCH_PROCESS, different, id=process.id)
    return msgspec.structs.replace(process, **different), events
