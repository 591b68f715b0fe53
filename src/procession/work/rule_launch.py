"""Rules at a launch: what is hidden from the start, and what the kick-off answers bring about (spec 31 §6.1).

Everything is decided before a task is written, so that a launch costs as many statements with rules as without, but
for the people whom rules assign.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from procession.engine.model import Owners
from procession.engine.rules.book import RuleBook
from procession.engine.rules.reach import reach
from procession.engine.rules.run import evaluate
from procession.engine.rules.state import LAUNCHED, RulePeople, RuleTask, Situation
from procession.engine.rules.visibility import hide_at_launch
from procession.engine.work import Process, Task
from procession.kernel.unit import Event, Unit
from procession.people.model import Actor
from procession.work.rule_changes import columns_of, emit
from procession.work.rule_records import records
from procession.work.rules import know_people, remember, rule_task


class Given(msgspec.Struct, frozen=True):
    """A task about to be written, and whom it is given to."""

    task: Task
    owners: Owners
    co_assignee: int | None


def launched(
    unit: Unit, actor: Actor, book: RuleBook, process: Process, given: Sequence[Given], answers: Mapping[str, Any]
) -> tuple[Sequence[Given], list[Event]]:
    """The tasks as the rules leave them, and what is to be recorded. `answers`: of the kick-off form, by field."""
    if not book.rules:
        return given, []
    if unit.imported:
        return _hidden(unit, book, given), []
    tasks = {one.task.step_id or "": one.task for one in given}
    people = RulePeople()
    if reach(book, LAUNCHED).assigns:
        groups = frozenset(group for one in given for group in one.owners.groups)
        people = know_people(unit, actor, book, answers, groups, {}, process.owner_id, process.starter_id)
    situation = Situation(
        now=unit.now,
        started_at=process.started_at,
        tasks={one.task.step_id or "": rule_task(one.task, one.owners, one.co_assignee) for one in given},
        answers=answers,
        calendar=actor.settings.calendar,
        people=people,
    )
    outcome = evaluate(book, situation, LAUNCHED)
    told = remember(unit, process.id, {}, outcome)
    told += records(process.id, book, outcome, tasks)
    emit(unit, outcome, {})
    return [_after(unit, one, situation.tasks, outcome.situation.tasks) for one in given], told


def _hidden(unit: Unit, book: RuleBook, given: Sequence[Given]) -> Sequence[Given]:
    """The tasks with those hidden that are so from the start; no rule runs when a history is brought along."""
    before = {one.task.step_id or "": rule_task(one.task, one.owners, one.co_assignee) for one in given}
    after = dict(before)
    hide_at_launch(book, after)
    return [_after(unit, one, before, after) for one in given]


def _after(unit: Unit, one: Given, before: Mapping[str, RuleTask], after: Mapping[str, RuleTask]) -> Given:
    step = one.task.step_id or ""
    was, now = before[step], after[step]
    if was == now:
        return one
    columns = columns_of(unit, one.task, was, now) | {"revision": 1}
    return Given(msgspec.structs.replace(one.task, **columns), now.owners, now.co_assignee)
