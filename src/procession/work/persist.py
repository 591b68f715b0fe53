"""Writing what was decided: rows of answers, assignments and involvements, and the events that tell of them.

Every function writes changed columns and rows only, inside the caller's transaction.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from procession.engine.model import Owners
from procession.engine.work import Answered, Assigned, FieldAnswer, Process, Task
from procession.kernel.ids import new_id
from procession.kernel.unit import Event, Unit
from procession.people.model import group, guest, member
from procession.work import process_queries, queries
from procession.work.model import Reason


def shown(value: Any) -> Any:
    """A value as an event keeps it."""
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value


def task_event(task: Task, kind: str, verb: str, **more: Any) -> Event:
    """An event of this task."""
    return Event(
        kind=f"task.{kind}", verb=verb, subject_kind="task", subject_id=task.id, process_id=task.process_id, **more
    )


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


def save_answers(
    unit: Unit, holder_id: str, process_id: str | None, answers: Iterable[FieldAnswer], stored: Sequence[Answered] = ()
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
    return list(now.values())


def assigned_rows(owners: Owners, guest_ids: Mapping[str, int], co_assignee: int | None) -> list[Assigned]:
    """The assignments that owners make, numbered in order of assignment."""
    people: list[tuple[str, str | None, bool]] = [(member(one), None, one == co_assignee) for one in owners.members]
    people += [(guest(guest_ids[address]), address, False) for address in owners.guests]
    people += [(group(one), None, False) for one in owners.groups]
    return [Assigned(who, address, place, joined) for place, (who, address, joined) in enumerate(people, 1)]


def replace_assignments(unit: Unit, task: Task, before: Sequence[Assigned], after: Sequence[Assigned]) -> None:
    """Make the assignments of the task what `after` says: only rows that differ are written."""
    keep = {one.principal: one for one in after}
    had = {one.principal: one for one in before}
    gone = [who for who, one in had.items() if keep.get(who) != one]
    fresh = [one for who, one in keep.items() if had.get(who) != one]
    unit.write_many(queries.UNASSIGN, [{"task": task.id, "principal": who} for who in gone])
    insert_assignments(unit, task, fresh)
    involve(unit, task, [who for who in keep if who not in had], [who for who in had if who not in keep])


def insert_assignments(unit: Unit, task: Task, assigned: Iterable[Assigned]) -> None:
    """Write assignments, repeating what personal lists sort and filter by."""
    unit.write_many(queries.INSERT_ASSIGNMENT, [assignment_row(task, one) for one in assigned])


def assignment_row(task: Task, one: Assigned) -> dict[str, Any]:
    """An assignment as its table has it."""
    return {
        "task_id": task.id,
        "principal": one.principal,
        "address": one.address,
        "position": one.position,
        "co_assignee": one.co_assignee,
        "open": task.is_open and task.archived_at is None,
        "number": task.number,
        "deadline": task.deadline,
    }


def involve(unit: Unit, task: Task, added: Iterable[str], removed: Iterable[str]) -> None:
    """Note who is, and who was, assigned to something in the process (or to the unlinked task)."""
    added, removed = list(added), list(removed)
    if not added and not removed:
        return
    subject = task.process_id or task.id
    reasons: dict[str, int] = dict(unit.all(queries.INVOLVED, subject=subject))
    changed = {who: int(reasons.get(who, 0) | Reason.ASSIGNED) for who in added}
    changed |= _left(unit, task.process_id, removed, reasons)
    save_involvements(unit, subject, {who: bits for who, bits in changed.items() if reasons.get(who) != bits})


def leave_process(unit: Unit, process_id: str, removed: Sequence[str]) -> None:
    """Note who lost a task of the process because the task is gone from it."""
    if not removed:
        return
    reasons: dict[str, int] = dict(unit.all(queries.INVOLVED, subject=process_id))
    changed = _left(unit, process_id, removed, reasons)
    save_involvements(unit, process_id, {who: bits for who, bits in changed.items() if reasons.get(who) != bits})


def _left(unit: Unit, process_id: str | None, removed: Sequence[str], reasons: Mapping[str, int]) -> dict[str, int]:
    """Whoever has no task of the process any more goes on seeing it, but takes part no longer (spec 10 §4.1)."""
    still: set[object] = set()
    if removed and process_id is not None:
        still = set(unit.all(process_queries.STILL_ASSIGNED, process=process_id, principals=list(removed)))
    return {
        who: (reasons.get(who, 0) if who in still else reasons.get(who, 0) & ~Reason.ASSIGNED) | Reason.ASSIGNED_BEFORE
        for who in removed
    }


def save_involvements(unit: Unit, subject_id: str, reasons: Mapping[str, int]) -> None:
    """Upsert the reasons of these principals."""
    rows = [{"subject_id": subject_id, "principal": who, "reasons": int(bits)} for who, bits in reasons.items()]
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
