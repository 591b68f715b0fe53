"""Rules at work in a process: gather what an event can reach, let the engine decide, write that down (spec 31 §6).

A constant number of statements reads: the tasks, answers, assignments and rule states within reach of the event, and
the people if any are to be assigned. Whoever calls holds the lock of the process, and settles it afterwards.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from procession.engine.completion import Mark
from procession.engine.model import Owners
from procession.engine.people import Mentions
from procession.engine.rules.book import RuleBook, people_named
from procession.engine.rules.reach import Reach, reach
from procession.engine.rules.run import evaluate
from procession.engine.rules.state import (
    Event,
    Memory,
    Outcome,
    RuleMemory,
    RulePeople,
    RuleTask,
    Situation,
    Undo,
)
from procession.engine.work import Assigned, Process, Task, co_assignee_of, owners_of
from procession.kernel import unit as kernel
from procession.kernel.unit import Unit
from procession.people.model import Actor, guest
from procession.people.persons import guest_ids, look_up
from procession.templates.versions import compiled
from procession.work import queries, rule_queries
from procession.work.gather import fallback_order
from procession.work.persist import process_event
from procession.work.rule_changes import write_changes
from procession.work.rule_records import records


class Order(msgspec.Struct, frozen=True):
    """A change that a rule made stays in its row with its place among all of them."""

    place: int
    undo: Undo


class RuleState(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a process remembers of one rule, a row each."""

    memory: RuleMemory = RuleMemory()
    undo: tuple[Order, ...] = ()


class Followed(msgspec.Struct, frozen=True, kw_only=True):
    """What rules made of an event. `tasks`: those that changed, as they are now; `changed`: in which aspects, by task.

    `events` are still to be recorded.
    """

    tasks: Mapping[str, Task] = {}
    changed: Mapping[str, tuple[str, ...]] = {}
    events: Sequence[kernel.Event] = ()


NOTHING = Followed()


def follow(
    unit: Unit, actor: Actor, process: Process, event: Event, secrets: Any, *, task: Task | None = None
) -> Followed:
    """Let rules follow `event`, which is written already; the process is locked. `task`: what the event is about.

    None does when a history is brought along: what rules made of it then is part of it (spec 50 IMP-03).

    They are those of the task's own version: injected tasks bring their rules along (spec 10 §11.4). Nothing is read
    for an event that makes no rule a candidate.
    """
    if unit.imported:
        return NOTHING
    book = compiled(unit, (task and task.version_id) or process.version_id).rules
    within = reach(book, event)
    if not within.rules:
        return NOTHING
    found = gather(unit, actor, process, book, within)
    outcome = evaluate(book, found.situation, event)
    done = write_changes(unit, secrets, found.tasks, found.assigned, found.situation, outcome)
    told = remember(unit, process.id, found.states, outcome)
    told += records(process.id, book, outcome, found.tasks)
    changed = {found.tasks[step].id: aspects for step, aspects in outcome.changed.items()}
    return Followed(tasks=done.tasks, changed=changed, events=[*done.events, *told])


class Found(msgspec.Struct, frozen=True):
    """What rules look at: tasks by step, assignments by task, states by rule, and all that as the engine sees it."""

    tasks: Mapping[str, Task]
    assigned: Mapping[str, list[Assigned]]
    states: Mapping[str, RuleState]
    situation: Situation


def gather(unit: Unit, actor: Actor, process: Process, book: RuleBook, within: Reach) -> Found:
    """The tasks (by step), answers and states within reach."""
    found = unit.all(rule_queries.TASKS_OF_STEPS, process=process.id, steps=sorted(within.steps))
    tasks = {task.step_id: task for task in found if task.step_id is not None}
    ids = [task.id for task in found]
    assigned: dict[str, list[Assigned]] = {one: [] for one in ids}
    for task_id, *columns in unit.all(queries.ASSIGNED_OF_TASKS, tasks=ids):
        assigned[task_id].append(Assigned(*columns))
    marks: dict[str, list[Mark]] = {}
    if many := [task.id for task in found if task.everyone_must_complete]:
        for task_id, who, _, at, vote in unit.all(queries.MARKS, tasks=many):
            marks.setdefault(task_id, []).append(Mark(who, at, vote))
    answers: dict[str, Any] = {}
    if within.fields:
        answers = dict(unit.all(rule_queries.ANSWERS_AMONG, holders=[process.id, *ids], fields=sorted(within.fields)))
    states = read_states(unit.all(rule_queries.STATES, process=process.id, rules=sorted(within.remembered)))
    people = RulePeople()
    if within.assigns:
        rows = [one for each in assigned.values() for one in each]
        groups = frozenset(one.principal[1:] for one in rows if one.principal[0] == "g")
        guests = {one.address: one.principal for one in rows if one.address and one.principal[0] == "e"}
        people = know_people(unit, actor, book, answers, groups, guests, process.owner_id, process.starter_id)
    situation = Situation(
        now=unit.now,
        started_at=process.started_at,
        tasks={step: _seen(task, assigned[task.id], marks.get(task.id, ())) for step, task in tasks.items()},
        answers=answers,
        calendar=actor.settings.calendar,
        people=people,
        memory=memory_of(states),
    )
    return Found(tasks, assigned, states, situation)


def _seen(task: Task, assigned: list[Assigned], marks: Iterable[Mark]) -> RuleTask:
    return rule_task(task, owners_of(assigned), co_assignee_of(assigned), marks)


def rule_task(task: Task, owners: Owners, co_assignee: int | None, marks: Iterable[Mark] = ()) -> RuleTask:
    """A task as rules see it."""
    return RuleTask(
        id=task.id,
        step_id=task.step_id or "",
        kind=task.kind,
        status=task.status,
        hidden_from=task.hidden_from,
        visibility_source=task.visibility_source,
        approved=task.approved,
        deadline=task.deadline,
        deadline_rule=task.rule,
        deadline_projected=task.deadline_projected,
        dated_by_hand=task.dated_by_hand,
        completed_at=task.completed_at,
        completed_by=task.completer,
        reopened_at=task.reopened_at,
        owners=owners,
        co_assignee=co_assignee,
        everyone_must_complete=task.everyone_must_complete,
        marks=tuple(marks),
        max_assignable=task.max_assignable,
        guests_allowed=task.guests_allowed,
        has_issue=task.has_issue,
        archived=task.archived_at is not None,
    )


def know_people(
    unit: Unit,
    actor: Actor,
    book: RuleBook,
    answers: Mapping[str, Any],
    groups: frozenset[str],
    guests: Mapping[str, str],
    owner_id: int | None,
    starter_id: int | None,
) -> RulePeople:
    """Whom the rules may assign, and who is assigned, by a constant number of queries.

    `groups` and `guests` (principals by address) are assigned now.
    """
    wanted = people_named(book, answers)
    settings = actor.settings
    facts = look_up(unit, Mentions(wanted.members, wanted.guests, wanted.groups | groups), settings)
    inside = {address for one in facts.groups.values() for address in one.guests}
    found = guest_ids(unit, wanted.guests | inside)
    principals = {address: guest(number) for address, number in found.items()} | dict(guests)
    fallback: Sequence[int] = ()
    if settings.guest_tasks_need_member and (wanted.guests or principals):
        fallback = fallback_order(unit, actor, owner_id, starter_id)
    return RulePeople(
        people=facts.people,
        members_by_address={one.email: one.id for one in facts.persons.values() if one.id in facts.people.members},
        group_people=facts.groups,
        guest_principals=principals,
        fallback=tuple(fallback),
    )


# -- what a process remembers of its rules ----------------------------------------------------------------------------


def read_states(rows: Iterable[tuple[Any, ...]]) -> dict[str, RuleState]:
    """The stored states by rule."""
    return {rule_id: msgspec.convert(state, RuleState) for rule_id, state in rows}


def memory_of(states: Mapping[str, RuleState]) -> Memory:
    """What the engine is told of them."""
    kept = sorted((one for state in states.values() for one in state.undo), key=lambda one: one.place)
    return Memory({rule_id: one.memory for rule_id, one in states.items()}, tuple(one.undo for one in kept))


def _ordered(before: Mapping[str, RuleState], undo: Iterable[Undo], now: int) -> dict[str, list[Order]]:
    """The changes of each rule with their places: those of before keep theirs, new ones come behind all others."""
    left = {rule_id: list(state.undo) for rule_id, state in before.items()}
    last = max((one.place for each in left.values() for one in each), default=0)
    kept: dict[str, list[Order]] = {}
    for one in undo:
        places = left.get(one.rule, [])
        while places and places[0].undo != one:  # it is gone: what is left of a rule's changes keeps its order
            del places[0]
        if not places:
            last = max(last + 1, now)
        kept.setdefault(one.rule, []).append(places.pop(0) if places else Order(last, one))
    return kept


def remember(unit: Unit, process_id: str, before: Mapping[str, RuleState], outcome: Outcome) -> list[kernel.Event]:
    """Write the states of the rules that changed; the events that let them be rebuilt."""
    if not outcome.remembers:
        return []
    after = outcome.situation.memory
    kept = _ordered(before, after.undo, int(unit.now.timestamp() * 1000) * 1000)
    rows = []
    for rule_id in sorted(before.keys() | after.rules.keys() | kept.keys()):
        state = RuleState(after.rules.get(rule_id, RuleMemory()), tuple(kept.get(rule_id, ())))
        if state != before.get(rule_id, RuleState()):
            rows.append({"process_id": process_id, "rule_id": rule_id, "state": msgspec.to_builtins(state)})
    if not rows:
        return []
    unit.write_many(rule_queries.SAVE_STATE, rows)
    states = {str(one["rule_id"]): one["state"] for one in rows}
    return [process_event(process_id, "rules_remembered", "updated", new=states, shown=False)]
