"""Writing what rules changed of tasks: columns, assignments, marks, and the events that tell of them (spec 31 §5).

However many tasks changed, each kind of row is written in one go.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from procession.engine.model import Owners
from procession.engine.rules.state import Outcome, RuleTask, Situation, WebhookEffect
from procession.engine.work import Assigned, Task
from procession.kernel.unit import Event, Unit
from procession.people.persons import ensure_guests, guest_ids
from procession.work import queries
from procession.work.model import Reason
from procession.work.persist import (
    Involvement,
    assigned_rows,
    assignment_row,
    involve,
    repeated,
    rested,
    shown,
    task_event,
)

WEBHOOK = "webhook.rule"
"""The job that calls the URL of a rule after the commit (spec 31 §5.5)."""

_SAME = (
    "status", "hidden_from", "visibility_source", "approved", "deadline", "deadline_projected", "dated_by_hand",
    "completed_at", "reopened_at",
)  # fmt: skip
"""What rules may change of a task, by the same name there and in its row."""


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """The changed tasks as they are now, by id, and the events still to be recorded."""

    tasks: Mapping[str, Task] = {}
    events: Sequence[Event] = ()


def write_changes(
    unit: Unit,
    secrets: Any,
    tasks: Mapping[str, Task],
    assigned: Mapping[str, list[Assigned]],
    before: Situation,
    outcome: Outcome,
) -> Changes:
    """Write the tasks (by step) in which the outcome differs from the situation before."""
    now = outcome.situation.tasks
    differing = [step for step, task in tasks.items() if now[step] != before.tasks[step]]
    after: dict[str, Task] = {}
    owned: dict[str, list[Assigned]] = {}
    events: list[Event] = []
    ids = guests_of(unit, secrets, [now[step].owners for step in differing])
    for step in differing:
        task, was, is_now = tasks[step], before.tasks[step], now[step]
        columns = columns_of(unit, task, was, is_now)
        after[task.id] = msgspec.structs.replace(task, **columns)
        if (was.owners, was.co_assignee) != (is_now.owners, is_now.co_assignee):
            owned[task.id] = assigned_rows(is_now.owners, ids, is_now.co_assignee)
        events += _told(task, was, is_now, columns, owned.get(task.id))
    _patch(unit, {task.id: task for task in tasks.values()}, after)
    _assign(unit, after, assigned, owned)
    _unmark(unit, [(before.tasks[step], now[step]) for step in differing])
    emit(unit, outcome, {step: task.id for step, task in tasks.items()})
    return Changes(tasks=after, events=events)


def columns_of(unit: Unit, task: Task, was: RuleTask, now: RuleTask) -> dict[str, Any]:
    """The columns of the task's row that differ, its revision among them."""
    columns: dict[str, Any] = {name: getattr(now, name) for name in _SAME if getattr(was, name) != getattr(now, name)}
    if was.completed_at != now.completed_at:
        columns.update(completer=now.completed_by, completer_email=None, completion_caller=None)
    if was.reopened_at != now.reopened_at:
        columns["reopener"] = None
        columns |= rested(task, unit.now)
    return columns | {"updated_at": unit.now, "revision": task.revision + 1}


def guests_of(unit: Unit, secrets: Any, owners: Iterable[Owners]) -> dict[str, int]:
    """Ids by address of the guests among these owners; who was not known yet is made."""
    addresses = list(dict.fromkeys(address for one in owners for address in one.guests))
    ids = guest_ids(unit, addresses) if addresses else {}
    if missing := [one for one in addresses if one not in ids]:
        ids |= ensure_guests(unit, secrets, missing)
    return ids


def emit(unit: Unit, outcome: Outcome, ids: Mapping[str, str]) -> None:
    """Leave a job for every URL that is to be called; `ids` of tasks by step."""
    for one in outcome.effects:
        if isinstance(one, WebhookEffect):
            task_id = ids.get(one.trigger) if one.trigger is not None else None
            payload = {"rule": one.rule, "action": one.action, "url": one.url, "hook": one.hook, "task": task_id}
            unit.enqueue(WEBHOOK, payload)


def _told(
    task: Task, was: RuleTask, now: RuleTask, columns: Mapping[str, Any], owned: list[Assigned] | None
) -> list[Event]:
    """What people read in the feed, and the whole change, from which the task can be rebuilt."""
    events = []
    if was.completed_at is not None and now.completed_at is None:
        old = {"at": shown(was.completed_at), "approved": was.approved, "by": was.completed_by}
        events.append(task_event(task, "reopened", "re-opened", old=old))
    elif now.completed_at is not None and was.completed_at is None:
        done = {"at": shown(now.completed_at), "approved": now.approved, "by": now.completed_by}
        events.append(task_event(task, "completed", "completed", new=done))
    elif was.status != now.status:
        events.append(task_event(task, "followed", "updated", field="status", old=was.status, new=now.status))
    if was.deadline != now.deadline:
        dates = {"old": shown(was.deadline), "new": shown(now.deadline)}
        events.append(task_event(task, "followed", "updated", field="deadline", **dates))
    if was.owners != now.owners:
        people = {"old": msgspec.to_builtins(was.owners), "new": msgspec.to_builtins(now.owners)}
        events.append(task_event(task, "followed", "owners-updated", field="owners", **people))
    whole = {"columns": msgspec.to_builtins(columns), "assigned": msgspec.to_builtins(owned)}
    events.append(task_event(task, "ruled", "updated", new=whole, shown=False))
    return events


def _patch(unit: Unit, before: Mapping[str, Task], after: Mapping[str, Task]) -> None:
    """Update the rows, those with the same columns together; assignments repeat what personal lists sort by."""
    sets: defaultdict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for task_id, task in after.items():
        was = before[task_id]
        changed = [name for name in Task.__struct_fields__ if getattr(was, name) != getattr(task, name)]
        values = {f"set_{name}": getattr(task, name) for name in changed}
        sets[tuple(sorted(changed))].append({**values, "key_id": task_id})
    for columns, rows in sets.items():
        unit.write_many(queries.PATCH_TASK.write(columns), rows)
    differing = [task for task_id, task in after.items() if repeated(task) != repeated(before[task_id])]
    repeats = [
        {**{f"set_{name}": value for name, value in repeated(one).items()}, "key_task_id": one.id} for one in differing
    ]
    unit.write_many(queries.PATCH_ASSIGNMENTS.write(("clock", "deadline", "open")), repeats)


def _assign(
    unit: Unit, tasks: Mapping[str, Task], before: Mapping[str, list[Assigned]], after: Mapping[str, list[Assigned]]
) -> None:
    """Make the assignments of these tasks of one process what `after` says."""
    gone, kept = [], []
    joined: Counter[str] = Counter()
    left: Counter[str] = Counter()
    for task_id, rows in after.items():
        had = {one.principal for one in before[task_id]}
        keep = {one.principal for one in rows}
        gone += [{"task": task_id, "principal": who} for who in sorted(had - keep)]
        kept += [assignment_row(tasks[task_id], one) for one in rows]
        joined.update(keep - had)
        left.update(had - keep)
    unit.write_many(queries.UNASSIGN, gone)
    unit.write_many(queries.SAVE_ASSIGNMENT, kept)
    changes = {
        who: Involvement(Reason.ASSIGNED_BEFORE if left[who] else 0, joined[who] - left[who])
        for who in joined.keys() | left.keys()
    }
    if changes:
        home = next(tasks[task_id].process_id for task_id in after)
        involve(unit, home or "", changes)


def _unmark(unit: Unit, pairs: Iterable[tuple[RuleTask, RuleTask]]) -> None:
    """Drop the marks that are gone: of a reopened task, of people who were taken off."""
    gone = [
        {"task": was.id, "principal": mark.principal}
        for was, now in pairs
        for mark in was.marks
        if mark.principal not in {one.principal for one in now.marks}
    ]
    unit.write_many(queries.DROP_MARK, gone)
