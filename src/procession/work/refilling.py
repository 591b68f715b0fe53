"""Filling job titles anew in a running process: on its tasks that are not completed (spec 10 §8.1)."""

from collections.abc import Mapping
from typing import Any

import msgspec

from procession.engine.model import Owners, Problem
from procession.engine.owners import OwnersDecision, OwnersDraft, decide_owners
from procession.engine.people import Mentions, check_buckets, keeping, mentioned
from procession.engine.work import Assigned, Process, Task, co_assignee_of, owners_of
from procession.kernel.unit import Event, Unit
from procession.people.job_titles import NO_TITLE, job_titles_by_id
from procession.people.model import Actor
from procession.people.persons import ensure_guests
from procession.work import people_queries, queries, step_queries
from procession.work.gather import Known, fallback_order, know
from procession.work.job_titles import title_row
from procession.work.model import HeldProcess
from procession.work.persist import LEFT, Involvement, assigned_rows, assignment_row, involve, task_event


class Moved(msgspec.Struct, frozen=True):
    """A task that gets other people: whom it has, whom it gets."""

    task: Task
    before: list[Assigned]
    decision: OwnersDecision


class Refill(msgspec.Struct, frozen=True):
    """What filling job titles anew comes to. `rows`: whom each title brings to each task from now on."""

    moved: tuple[Moved, ...] = ()
    rows: tuple[dict[str, Any], ...] = ()
    problems: tuple[Problem, ...] = ()


def plan_refill(unit: Unit, actor: Actor, held: HeldProcess, sent: Mapping[str, Any]) -> Refill:
    """Who would come and go: those a title brought give way to those it is filled with now.

    The tasks are locked; a constant number of queries, none when no title is named.
    """
    if not sent:
        return Refill()
    titles = job_titles_by_id(unit, sent)
    problems = [Problem(("roles", one), NO_TITLE) for one in sent if one not in titles]
    uses = unit.all(step_queries.OPEN_TITLES, process=held.process.id, titles=sorted(titles))
    tasks = {one.id: one for one in unit.all(people_queries.LOCK_TASKS, ids=sorted({one.task_id for one in uses}))}
    uses = [one for one in uses if one.task_id in tasks]
    assigned: dict[str, list[Assigned]] = {one: [] for one in tasks}
    for task_id, *columns in unit.all(queries.ASSIGNED_OF_TASKS, tasks=list(tasks)):
        assigned[task_id].append(Assigned(*columns))
    known = _know(unit, actor, held.process, [sent[one] for one in titles], assigned)
    people: dict[str, Owners] = {}
    for one in titles:
        people[one], wrong = check_buckets(sent[one], known.people, "roles", one)
        problems += wrong
    if problems:
        return Refill(problems=tuple(problems))
    wanted: dict[str, Owners] = {}
    for use in uses:
        present = wanted.get(use.task_id, owners_of(assigned[use.task_id]))
        wanted[use.task_id] = _replaced(present, use.people, people[use.title_id])
    moved = []
    for task_id, owners in wanted.items():
        decision = _decide(actor, tasks[task_id], assigned[task_id], owners, known)
        problems += [Problem(("roles",), f"{tasks[task_id].title}: {one.text}") for one in decision.problems]
        if decision.changed:
            moved.append(Moved(tasks[task_id], assigned[task_id], decision))
    rows = [
        title_row(use.task_id, use.title_id, use.process_id, people[use.title_id])
        for use in uses
        if use.people != people[use.title_id]
    ]
    return Refill(tuple(moved), tuple(rows), tuple(problems))


def _know(unit: Unit, actor: Actor, process: Process, sent: list[Any], assigned: Mapping[str, list[Assigned]]) -> Known:
    named = [mentioned(one) for one in sent]
    present = [owners_of(one) for one in assigned.values()]
    wanted = Mentions(
        frozenset().union(*(one.members for one in named)),
        frozenset().union(*(one.guests for one in named)),
        frozenset().union(*(one.groups for one in named), *(one.groups for one in present)),
    )
    known = know(unit, wanted, actor.settings)
    return msgspec.structs.replace(known, fallback=fallback_order(unit, actor, process.owner_id, process.starter_id))


def _replaced(present: Owners, former: Owners, latter: Owners) -> Owners:
    """The present owners with those a title brought before replaced by those it brings now."""

    def merged(now: tuple[Any, ...], gone: tuple[Any, ...], come: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(dict.fromkeys((*(one for one in now if one not in gone), *come)))

    return Owners(
        merged(present.members, former.members, latter.members),
        merged(present.guests, former.guests, latter.guests),
        merged(present.groups, former.groups, latter.groups),
    )


def _decide(actor: Actor, task: Task, before: list[Assigned], owners: Owners, known: Known) -> OwnersDecision:
    facts = msgspec.structs.replace(known.owner_facts, co_assignee=co_assignee_of(before))
    present = owners_of(before)
    # Whoever stays is no question of this change: only those who come are checked against what is known.
    facts = msgspec.structs.replace(facts, people=keeping(facts.people, present))
    return decide_owners(
        OwnersDraft(list(owners.members), list(owners.guests), list(owners.groups)),
        facts,
        present,
        cap=task.max_assignable,
        guests_allowed=task.guests_allowed or not owners.guests,
        group_limit=actor.settings.group_limit,
        fallback=known.fallback,
        member_needed=actor.settings.guest_tasks_need_member,
    )


def write_refill(unit: Unit, process: Process, refill: Refill, secrets: Any) -> Process:
    """Write it: a constant number of statements, however many tasks; the process counts as changed."""
    if not refill.moved and not refill.rows:
        return process
    ids = ensure_guests(unit, secrets, {one for moved in refill.moved for one in moved.decision.owners.guests})
    gone, fresh, events = [], [], list[Event]()
    counts: dict[str, Involvement] = {}
    for one in refill.moved:
        after = assigned_rows(one.decision.owners, ids, one.decision.co_assignee)
        had, keep = {row.principal for row in one.before}, {row.principal for row in after}
        gone += [{"task": one.task.id, "principal": who} for who in had - keep]
        fresh += [assignment_row(one.task, row) for row in after]
        for who in had ^ keep:
            came = who in keep
            before = counts.get(who, Involvement())
            reasons = before.reasons | (0 if came else LEFT.reasons)
            counts[who] = Involvement(reasons, before.assigned + (1 if came else -1))
        old, new = msgspec.to_builtins(owners_of(one.before)), msgspec.to_builtins(one.decision.owners)
        events.append(task_event(one.task, "owners_updated", "owners-updated", field="owners", old=old, new=new))
    unit.write_many(queries.UNASSIGN, gone)
    unit.write_many(queries.SAVE_ASSIGNMENT, fresh)
    unit.write_many(step_queries.SAVE_TASK_TITLE, list(refill.rows))
    involve(unit, process.id, counts)
    if refill.moved:
        unit.write(people_queries.TOUCH_TASKS, ids=[one.task.id for one in refill.moved], at=unit.now)
    columns: dict[str, Any] = {"updated_at": unit.now, "revision": process.revision + 1}
    unit.patch(queries.PATCH_PROCESS, columns, id=process.id)
    unit.record(events)
    return msgspec.structs.replace(process, **columns)
