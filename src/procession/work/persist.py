"""Writing what was decided: rows of answers, assignments and involvements, and the events that tell of them.

Every function writes changed columns and rows only, inside the caller's transaction.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from procession.engine.attachments import file_ids
from procession.engine.model import Owners
from procession.engine.work import Answered, Assigned, FieldAnswer, Process, Task
from procession.files.keeping import note_uses
from procession.kernel.ids import new_id
from procession.kernel.unit import Event, Unit
from procession.people.model import group, guest, member
from procession.work import queries
from procession.work.model import Reason, clock_of


def shown(value: Any) -> Any:
    """A value as an event keeps it."""
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value


def task_event(task: Task, kind: str, verb: str, **more: Any) -> Event:
    """An event of this task."""
    return Event(
        kind=f"task.{kind}", verb=verb, subject_kind="task", subject_id=task.id, process_id=task.process_id, **more
    )


def left_event(process_id: str, task_id: str) -> Event:
    """A task is in this process no longer. Nobody reads it: by it the process's feed finds what the task did there."""
    return process_event(process_id, "task_left", "task-left", field=task_id, shown=False)


def process_event(process_id: str, kind: str, verb: str, **more: Any) -> Event:
    """An event of this process."""
    return Event(
        kind=f"process.{kind}",
        verb=verb,
        subject_kind="process",
        subject_id=process_id,
        process_id=process_id,
        **more,
    )


def shift(unit: Unit, process_id: str, low: int, high: int, by: int, besides: str = "") -> Event:
    """Move the tasks from place `low` to `high` of a process by so many places, one of them left alone."""
    unit.write(queries.SHIFT, process=process_id, low=low, high=high, by=by, task=besides)
    moved = {"low": low, "high": high, "by": by, "except": besides}
    return process_event(process_id, "tasks_shifted", "re-ordered", new=moved, shown=False)


def save_answers(
    unit: Unit, holder_id: str, process_id: str | None, answers: Sequence[FieldAnswer], stored: Sequence[Answered] = ()
) -> list[Answered]:
    """Upsert what has a value, delete what was cleared; nothing else is touched (spec 00 CONC-02).

    `stored` are the answers the holder had; gives those it has now. A stored answer keeps its id.
    """
    now = {one.field_id: one for one in stored}
    saved, cleared = [], []
    for one in answers:
        field_id = one.field.id
        if one.value is None:
            cleared.append({"holder": holder_id, "field": field_id})
            now.pop(field_id, None)
            continue
        known = now.get(field_id)
        kept = Answered(field_id, known.id if known else new_id(), one.value)
        now[field_id] = kept
        saved.append(
            {
                "holder_id": holder_id,
                "field_id": field_id,
                "id": kept.id,
                "process_id": process_id,
                "value": one.value,
                "answered_by": unit.principal,
                "answered_at": unit.now,
            }
        )
    unit.write_many(queries.SAVE_ANSWER, saved)
    unit.write_many(queries.CLEAR_ANSWER, cleared)
    _note_files(unit, holder_id, process_id, answers)
    return list(now.values())


def _note_files(unit: Unit, holder_id: str, process_id: str | None, answers: Iterable[FieldAnswer]) -> None:
    """Keep the uses of files in step with the answers that name them."""
    changes = [
        (one.field.id, frozenset(file_ids(one.old)), frozenset(file_ids(one.value)))
        for one in answers
        if one.field.kind == "file"
    ]
    if changes:
        note_uses(unit, "process" if holder_id == process_id else "task", holder_id, changes)


def assigned_rows(owners: Owners, guest_ids: Mapping[str, int], co_assignee: int | None) -> list[Assigned]:
    """The assignments that owners make, numbered in order of assignment."""
    people: list[tuple[str, str | None, bool]] = [(member(one), None, one == co_assignee) for one in owners.members]
    people += [(guest(guest_ids[address]), address, False) for address in owners.guests]
    people += [(group(one), None, False) for one in owners.groups]
    return [Assigned(who, address, place, joined) for place, (who, address, joined) in enumerate(people, 1)]


def replace_assignments(unit: Unit, task: Task, before: Sequence[Assigned], after: Sequence[Assigned]) -> None:
    """Make the assignments of the task what `after` says, repeating what personal lists sort and filter by."""
    had = {one.principal for one in before}
    keep = {one.principal for one in after}
    unit.write_many(queries.UNASSIGN, [{"task": task.id, "principal": who} for who in had - keep])
    unit.write_many(queries.SAVE_ASSIGNMENT, [assignment_row(task, one) for one in after])
    joined = {who: Involvement(assigned=1) for who in keep - had}
    involve(unit, task.process_id or task.id, joined | dict.fromkeys(had - keep, LEFT))


def assignment_row(task: Task, one: Assigned) -> dict[str, Any]:
    """An assignment as its table has it."""
    return {
        "task_id": task.id,
        "principal": one.principal,
        "address": one.address,
        "position": one.position,
        "co_assignee": one.co_assignee,
        "number": task.number,
        **repeated(task),
    }


def repeated(task: Task) -> dict[str, Any]:
    """What assignments repeat of a task that may change."""
    live = task.is_open and task.archived_at is None
    return {"open": live, "deadline": task.deadline, "clock": int(clock_of(task))}


def rested(task: Task, now: datetime) -> dict[str, Any]:
    """What keeps the clock from completing a reopened task at once: it waits for a new deadline (spec 31 §5.4)."""
    passed = task.clocked and task.deadline is not None and task.deadline <= now
    return {"woke_for": task.deadline} if passed else {}


class Involvement(msgspec.Struct, frozen=True):
    """What an act adds to an involvement: reasons, and how many more (or fewer) tasks are assigned."""

    reasons: int = 0
    assigned: int = 0


LEFT = Involvement(Reason.ASSIGNED_BEFORE, -1)
"""Whoever has no task of the process any more goes on seeing it, but takes part no longer (spec 10 §4.1)."""


def involve(unit: Unit, subject_id: str, changes: Mapping[str, Involvement]) -> None:
    """Note why these principals may see the process (or the unlinked task), one statement for all of them."""
    # One order everywhere: two commands never wait for each other.
    rows = [
        {
            "subject_id": subject_id,
            "principal": who,
            "reasons": int(one.reasons) | (Reason.ASSIGNED if one.assigned > 0 else 0),
            "assigned_tasks": one.assigned,
        }
        for who, one in sorted(changes.items())
    ]
    unit.write_many(queries.INVOLVE, rows)


def save_involvements(unit: Unit, subject_id: str, reasons: Mapping[str, int]) -> None:
    """Set the reasons of these principals; what they are assigned stays."""
    rows = [
        {"subject_id": subject_id, "principal": who, "reasons": int(bits), "assigned_tasks": 0}
        for who, bits in reasons.items()
    ]
    unit.write_many(queries.SAVE_INVOLVEMENT, rows)


def refresh_due(
    unit: Unit, process: Process, changes: dict[str, Any], old: datetime | None, new: datetime | None
) -> None:
    """Keep the process's next and last deadline true after one visible, incomplete task's went from `old` to `new`.

    A deadline that only moves the bound outwards needs no look at the other tasks.
    """
    first, last = process.next_deadline, process.last_deadline
    if new is not None and (first is None or new <= first):
        changes["next_deadline"] = new
    elif old is not None and old == first:
        changes["next_deadline"] = unit.one(queries.NEXT_DEADLINE, process=process.id)
    if new is not None and (last is None or new >= last):
        changes["last_deadline"] = new
    elif old is not None and old == last:
        changes["last_deadline"] = unit.one(queries.LAST_DEADLINE, process=process.id)
    for name in ("next_deadline", "last_deadline"):
        if name in changes and changes[name] == getattr(process, name):
            del changes[name]
