"""Open work when somebody goes: a guest is taken off it, a group gives way to its people (spec 20 §6.4, 41 §9.5).

Reads and writes are batches, however much work there is; only tasks that everyone must complete are looked at one by
one, because the one who goes may have been the last who was missing.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from procession.engine.model import Owners
from procession.engine.owners import OwnerFacts, join_member
from procession.engine.work import Assigned, Process, Task, co_assignee_of, owners_of
from procession.kernel.unit import Event, Unit
from procession.people.model import Actor, group, guest, member
from procession.people.persons import guest_ids
from procession.watching.watchers import hand_over_watching
from procession.work import people_queries, queries
from procession.work.complete import after_owners
from procession.work.done import Done
from procession.work.model import Held, Reason
from procession.work.persist import Involvement, assigned_rows, assignment_row, process_event, task_event

NOBODY = Owners()


def has_open_work(unit: Unit, principal: str) -> bool:
    """Whether a task that is neither completed nor archived is given to this guest, member or group."""
    return unit.one(people_queries.LIVE_TASK, principal=principal) is not None


def live_task_counts(unit: Unit, principals: Iterable[str]) -> dict[str, int]:
    """How many tasks that are neither completed nor archived each has, by one query. Every principal has an entry."""
    found = dict.fromkeys(principals, 0)
    if found:
        found.update({str(who): int(count) for who, count in unit.all(people_queries.LIVE_COUNTS, principals=[*found])})
    return found


def guests_seen(unit: Unit, actor: Actor) -> frozenset[int]:
    """The ids of the guests on tasks that a member who is no administrator may see (spec 40 §14.3)."""
    found = unit.all(people_queries.GUESTS_SEEN, actor=list(actor.principals), account=actor.account_id)
    return frozenset(int(str(one)[1:]) for one in found)


class GuestStats(msgspec.Struct, frozen=True):
    """How many tasks a guest was given and completed, and when the last (spec 40 §14.2)."""

    assigned: int
    completed: int
    last: datetime | None
    oneoffs: int
    last_oneoff: datetime | None


def guest_stats(unit: Unit, ids: Iterable[int]) -> dict[int, GuestStats]:
    """The statistics of these guests by one query; whoever never had a task has no entry."""
    principals = [guest(one) for one in ids]
    rows = unit.all(people_queries.STATS, principals=principals) if principals else []
    return {int(who[1:]): GuestStats(*counts) for who, *counts in rows}


def leave_open_work(unit: Unit, actor: Actor, principal: str, secrets: Any, instead: Owners = NOBODY) -> int:
    """Take somebody off every task that is not completed, and put the people of `instead` there; how many tasks.

    A member who was on a task only because guests may not be alone stays. Whoever left goes on seeing the processes
    he worked in, as everybody does who was assigned before (spec 40 §16.4).
    """
    ids = [task.id for task in unit.all(people_queries.OPEN_TASKS, principal=principal)]
    return leave_tasks(unit, actor, principal, ids, secrets, instead) if ids else 0


def leave_tasks(
    unit: Unit, actor: Actor, principal: str, ids: Sequence[str], secrets: Any, instead: Owners = NOBODY
) -> int:
    """As `leave_open_work`, of these tasks alone; completed ones are left as they are."""
    processes, tasks = _lock(unit, ids)
    assigned = _assigned(unit, tasks)
    known = guest_ids(unit, instead.guests) if instead.guests else {}
    people = msgspec.structs.replace(instead, guests=tuple(one for one in instead.guests if one in known))
    changed: dict[str, list[Assigned]] = {}
    events: list[Event] = []
    for task in tasks:
        before = assigned[task.id]
        if not any(one.principal == principal for one in before):
            continue
        owners, co_assignee = _without(before, principal, people)
        changed[task.id] = assigned_rows(owners, known | _present_guests(before), co_assignee)
        events.append(_told(task, owners_of(before), owners))
    moved = [task for task in tasks if task.id in changed]
    _write(unit, moved, assigned, changed)
    _involve(unit, moved, assigned, changed)
    unit.record(events)
    _settle(unit, actor, moved, assigned, changed, processes, secrets)
    return len(moved)


def _lock(unit: Unit, ids: Sequence[str]) -> tuple[dict[str, Process], list[Task]]:
    """The tasks, their processes locked first, in one order everywhere (`work.access`)."""
    found = unit.all(queries.TASKS, ids=list(ids))
    homes = sorted({task.process_id for task in found if task.process_id is not None})
    processes = {one.id: one for one in unit.all(people_queries.LOCK_PROCESSES, ids=homes)} if homes else {}
    return processes, unit.all(people_queries.LOCK_TASKS, ids=list(ids))


def _assigned(unit: Unit, tasks: Iterable[Task]) -> dict[str, list[Assigned]]:
    found: dict[str, list[Assigned]] = {task.id: [] for task in tasks}
    for task_id, *columns in unit.all(queries.ASSIGNED_OF_TASKS, tasks=list(found)):
        found[task_id].append(Assigned(*columns))
    return found


def _without(before: list[Assigned], principal: str, instead: Owners) -> tuple[Owners, int | None]:
    left = owners_of([one for one in before if one.principal != principal])
    owners = Owners(
        members=tuple(dict.fromkeys((*left.members, *instead.members))),
        guests=tuple(dict.fromkeys((*left.guests, *instead.guests))),
        groups=left.groups,
    )
    return join_member(owners, OwnerFacts(co_assignee=co_assignee_of(before)), ())


def _present_guests(before: Iterable[Assigned]) -> dict[str, int]:
    return {one.address or "": int(one.principal[1:]) for one in before if one.principal[0] == "e"}


def _told(task: Task, before: Owners, after: Owners) -> Event:
    old, new = msgspec.to_builtins(before), msgspec.to_builtins(after)
    return task_event(task, "owners_updated", "owners-updated", field="owners", old=old, new=new)


def _write(
    unit: Unit, tasks: Sequence[Task], before: Mapping[str, list[Assigned]], after: Mapping[str, list[Assigned]]
) -> None:
    """Rows that differ, and the tasks' revisions."""
    gone: list[dict[str, Any]] = []
    fresh: list[dict[str, Any]] = []
    for task in tasks:
        had = {one.principal: one for one in before[task.id]}
        keep = {one.principal: one for one in after[task.id]}
        gone += [{"task": task.id, "principal": who} for who, one in had.items() if keep.get(who) != one]
        fresh += [assignment_row(task, one) for who, one in keep.items() if had.get(who) != one]
    unit.write_many(queries.UNASSIGN, gone)
    unit.write_many(queries.INSERT_ASSIGNMENT, fresh)
    ids = [task.id for task in tasks]
    if ids:
        unit.write(people_queries.TOUCH_TASKS, ids=ids, at=unit.now)
    if homes := sorted({task.process_id for task in tasks if task.process_id is not None}):
        unit.write(people_queries.TOUCH_PROCESSES, ids=homes, at=unit.now)


def _involve(
    unit: Unit, tasks: Sequence[Task], before: Mapping[str, list[Assigned]], after: Mapping[str, list[Assigned]]
) -> None:
    """Who is new takes part; who left was assigned before, and takes part only where he has other tasks."""
    joined: Counter[tuple[str, str]] = Counter()
    left: Counter[tuple[str, str]] = Counter()
    for task in tasks:
        subject = task.process_id or task.id
        had = {one.principal for one in before[task.id]}
        keep = {one.principal for one in after[task.id]}
        joined.update((subject, who) for who in keep - had)
        left.update((subject, who) for who in had - keep)
    changes = {key: Involvement(assigned=count) for key, count in joined.items()}
    for key, count in left.items():
        changes[key] = Involvement(Reason.ASSIGNED_BEFORE, joined[key] - count)
    _note(unit, changes)


def _note(unit: Unit, changes: Mapping[tuple[str, str], Involvement]) -> None:
    """`persist.involve` for many subjects at once, by (subject, principal)."""
    rows = [
        {
            "subject_id": subject,
            "principal": who,
            "reasons": int(one.reasons) | (Reason.ASSIGNED if one.assigned > 0 else 0),
            "assigned_tasks": one.assigned,
        }
        for (subject, who), one in sorted(changes.items(), key=lambda pair: pair[0])
    ]
    unit.write_many(queries.INVOLVE, rows)


def _settle(
    unit: Unit,
    actor: Actor,
    tasks: Sequence[Task],
    before: Mapping[str, list[Assigned]],
    assigned: Mapping[str, list[Assigned]],
    processes: dict[str, Process],
    secrets: Any,
) -> None:
    """A task that everyone must complete is complete when the last who was missing has gone (spec 20 §6.4)."""
    for task in tasks:
        if not task.is_open or task.archived_at is not None:
            continue
        held = Held(
            task=msgspec.structs.replace(task, revision=task.revision + 1),
            process=processes.get(task.process_id or ""),
            assigned=assigned[task.id],
            own=False,
        )
        settled = after_owners(unit, actor, held, before[task.id], secrets)
        if settled.process is not None:
            processes[settled.process.id] = settled.process


def hand_over_processes(unit: Unit, gone: int, heir: int) -> int:
    """The open processes of a member belong to another one; how many."""
    ids = unit.all(people_queries.PROCESSES_OWNED, account=gone)
    if not ids:
        return 0
    unit.all(people_queries.LOCK_PROCESSES, ids=ids)
    unit.write(people_queries.PUT_OWNER, ids=ids, owner=heir, at=unit.now)
    unit.write(people_queries.DROP_REASON, ids=ids, who=member(gone), kept=~int(Reason.OWNER))
    _note(unit, {(one, member(heir)): Involvement(Reason.OWNER) for one in ids})
    unit.record(process_event(one, "updated", "owners-updated", field="owner", old=gone, new=heir) for one in ids)
    return len(ids)


def hand_over_sight(unit: Unit, gone: str, heir: str) -> None:
    """What somebody saw for having been assigned, mentioned or granted it, the other sees too (spec 40 §14.6)."""
    named: dict[str, int] = dict(unit.all(people_queries.NAMED_IN, principal=gone))
    given = Reason.ASSIGNED | Reason.ASSIGNED_BEFORE
    seen = {
        subject: (bits & (Reason.MENTIONED | Reason.GRANTED)) | (Reason.ASSIGNED_BEFORE if bits & given else 0)
        for subject, bits in named.items()
    }
    _note(unit, {(subject, heir): Involvement(Reason(bits)) for subject, bits in seen.items() if bits})


# -- guests who are one and the same ----------------------------------------------------------------------------------


def move_done_work(unit: Unit, gone: str, gone_address: str, heir: str, address: str) -> None:
    """What one guest completed, answered, was shown and marked is the other's (spec 40 §14.3, merge).

    His open tasks have been moved already. Where both were on a task, the heir's own row stays.
    """
    shared = set(unit.all(people_queries.TASKS_OF_BOTH, gone=gone, heir=heir))
    counts: Counter[str] = Counter(
        home for task, home in unit.all(people_queries.TASKS_OF, principal=gone) if task not in shared
    )
    named: dict[str, int] = dict(unit.all(people_queries.NAMED_IN, principal=gone))
    _note(
        unit,
        {(subject, heir): Involvement(bits & ~Reason.ASSIGNED, counts[subject]) for subject, bits in named.items()},
    )
    unit.write(people_queries.FORGET_INVOLVED, principal=gone)
    for write in people_queries.MERGES:
        unit.write(write, gone=gone, gone_address=gone_address, heir=heir, address=address)
    hand_over_watching(unit, gone, heir)


# -- groups on processes ----------------------------------------------------------------------------------------------


def dissolve_group(unit: Unit, group_id: str, name: str, members: Sequence[int], guests: Iterable[int]) -> None:
    """A group that is deleted gives way to its people on processes that list it, and in who saw what.

    Process lists name its members instead; in PROCESS READ it is left out (spec 41 §9.5). What its people saw because
    the group was assigned, they go on seeing as people who were assigned before. Completed tasks keep its name.
    """
    principal = group(group_id)
    named = {str(subject): int(bits) for subject, bits in unit.all(people_queries.NAMED_IN, principal=principal)}
    if named:
        _relist(unit, group_id, members, named)
        people = [*map(member, members), *map(guest, guests)]
        _inherit(unit, people, named)
    unit.write(people_queries.FORGET_INVOLVED, principal=principal)
    unit.write(people_queries.KEEP_NAME, principal=principal, name=name[:254])


def _relist(unit: Unit, group_id: str, members: Sequence[int], named: Mapping[str, int]) -> None:
    rows, events = [], []
    for process in unit.all(people_queries.LOCK_PROCESSES, ids=sorted(named)):
        listed = process.groups
        audience = process.read_audience.get("principals", [])
        if group_id not in listed and group(group_id) not in audience:
            continue
        now = list(process.members)
        if group_id in listed:
            now = list(dict.fromkeys((*now, *members)))
        left = [one for one in listed if one != group_id]
        rows.append(
            {
                "process": process.id,
                "set_members": now,
                "set_groups": left,
                "set_read_audience": {"principals": [one for one in audience if one != group(group_id)]},
                "set_updated_at": unit.now,
                "set_revision": process.revision + 1,
            }
        )
        events += [
            process_event(process.id, "updated", "owners-updated", field=field, old=old, new=new)
            for field, old, new in (("groups", listed, left), ("users", process.members, now))
            if old != new
        ]
    unit.write_many(people_queries.PUT_PEOPLE, rows)
    unit.record(events)


def _inherit(unit: Unit, people: Sequence[str], named: Mapping[str, int]) -> None:
    """The group's reasons, handed to its people: being listed stays, being assigned becomes having been."""
    handed: dict[tuple[str, str], Involvement] = {}
    for subject, bits in named.items():
        reasons = bits & Reason.LISTED
        if bits & (Reason.ASSIGNED | Reason.ASSIGNED_BEFORE):
            reasons |= Reason.ASSIGNED_BEFORE
        if reasons:
            handed |= {(subject, who): Involvement(reasons) for who in people}
    _note(unit, handed)


def done_by(unit: Unit, principal: str, most: int) -> list[Done]:
    """What somebody completed, the newest first, `most` of it."""
    return unit.all(people_queries.DONE_BY, principal=principal, count=most)
