"""Trying the rules of a template out: a launch and what people might do, by the same engine (spec 31 §8.4)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from procession.engine.deadlines import launch_dates
from procession.engine.model import Offset, Owners, Problem, Step, TaskStatus, TemplateDocument, WorkCalendar
from procession.engine.rules.book import RuleBook, compile_rules
from procession.engine.rules.conditions import STEP_OPERATIONS
from procession.engine.rules.dating import followers
from procession.engine.rules.run import evaluate
from procession.engine.rules.state import (
    LAUNCHED,
    CompleteEffect,
    DeadlineEffect,
    Effect,
    Event,
    Finding,
    Outcome,
    OwnersEffect,
    ReopenEffect,
    RulePeople,
    RuleTask,
    Situation,
    VisibilityEffect,
)

EVENTS_LIMIT = 200
_OUTCOMES = {"approved": True, "rejected": False, "acknowledged": True, "expired": False}
_WORDS = frozenset((*STEP_OPERATIONS, "unassigned", "overdue"))


class Supposed(msgspec.Struct, frozen=True):
    """What somebody might do: an operation of §4.1 as a word, with the answers given before, by field id.

    `at`: when; without it at the time of the event before, a due date that has to be missed a second after that.
    """

    step: str
    verb: str
    answers: Mapping[str, Any] = {}
    at: datetime | None = None


class Supposition(msgspec.Struct, frozen=True, kw_only=True):
    """A launch at `start` by `starter` with the kick-off `answers`, and what follows.

    `people` as for `evaluate`; `default`: the organization's offset for steps without a deadline of their own.
    """

    start: datetime
    starter: int | None = None
    answers: Mapping[str, Any] = {}
    events: Sequence[Supposed] = ()
    people: RulePeople = RulePeople()
    calendar: WorkCalendar = WorkCalendar()
    default: Offset = Offset(5, "days")


class SimulatedStep(msgspec.Struct, frozen=True):
    """A step at the end. `assignees` in order, `deadline` in UTC."""

    id: str
    visible: bool
    assignees: Owners
    deadline: datetime | None
    status: TaskStatus


class SimulatedRule(msgspec.Struct, frozen=True):
    """A rule that was looked at, or taken back (then without findings). `event`: its place from 0; None: the launch."""

    event: int | None
    rule: str
    fired: bool
    findings: tuple[Finding, ...]
    effects: tuple[str, ...]


class Simulated(msgspec.Struct, frozen=True):
    """How the process stands in the end, in the order of the template, and what the rules did on the way."""

    steps: tuple[SimulatedStep, ...]
    log: tuple[SimulatedRule, ...]


def simulate(document: TemplateDocument, ask: Supposition) -> tuple[Simulated, tuple[Problem, ...]]:
    """What the rules of `document` would do. An event that cannot happen is a problem (`("events", "1", "step")`).

    The simulation goes on without such an event, so that all problems are found together.
    """
    book = compile_rules(document)
    outcome = evaluate(book, _launched(document, ask), LAUNCHED)
    log = _log(None, outcome)
    problems: list[Problem] = []
    for number, supposed in enumerate(ask.events[:EVENTS_LIMIT]):
        wrong = _wrong(outcome.situation, supposed)
        if wrong is not None:
            problems.append(Problem(("events", str(number), wrong[0]), wrong[1]))
            continue
        situation, event = _happened(book, outcome.situation, supposed)
        outcome = evaluate(book, situation, event)
        log += _log(number, outcome)
    if len(ask.events) > EVENTS_LIMIT:
        problems.append(Problem(("events",), f"The events may not have more than {EVENTS_LIMIT} items."))
    steps = tuple(_end(outcome.situation.tasks[step.id]) for step in document.steps)
    return Simulated(steps, tuple(log)), tuple(problems)


def _launched(document: TemplateDocument, ask: Supposition) -> Situation:
    dates = launch_dates(document.steps, ask.start, ask.calendar, ask.default, {})
    tasks = {}
    for step in document.steps:
        date = dates[step.id]
        tasks[step.id] = RuleTask(
            id=step.id,
            step_id=step.id,
            kind=step.kind,
            deadline=date.deadline,
            deadline_rule=step.deadline,
            deadline_projected=date.projected,
            owners=_first_owners(step, ask.starter),
            everyone_must_complete=step.everyone_must_complete,
            max_assignable=step.max_assignable,
            guests_allowed=step.guests_allowed,
        )
    return Situation(
        now=ask.start,
        started_at=ask.start,
        tasks=tasks,
        answers=dict(ask.answers),
        calendar=ask.calendar,
        people=ask.people,
    )


def _first_owners(step: Step, starter: int | None) -> Owners:
    """Those of the template, else whoever launches (spec 30 §10.4). Job titles are filled by nobody here."""
    owners = Owners(step.members, step.guests, step.groups)
    return Owners(members=(starter,)) if owners == Owners() and step.assign_starter and starter is not None else owners


def _wrong(situation: Situation, supposed: Supposed) -> tuple[str, str] | None:
    """Why an event cannot happen: the member to blame and a text."""
    task = situation.tasks.get(supposed.step)
    if task is None:
        return "step", "The selected step is invalid."
    kinds = STEP_OPERATIONS.get(supposed.verb)  # type: ignore[call-overload]
    if supposed.verb not in _WORDS or (kinds is not None and task.kind not in kinds):
        return "event", "The selected event is invalid."
    if supposed.verb == "reopened":
        return None if task.status == "completed" else ("step", "This task is not completed.")
    if task.status == "completed":
        return "step", "This task is already completed."
    if task.status == "auto-skipped":
        return "step", "This task is hidden."
    return None


def _happened(book: RuleBook, before: Situation, supposed: Supposed) -> tuple[Situation, Event]:
    """The situation after somebody acted, and the event that it is."""
    task, now = before.tasks[supposed.step], supposed.at or before.now
    answers = {**before.answers, **supposed.answers}
    match supposed.verb:
        case "reopened":
            event = Event("reopened", task.step_id)
            after = msgspec.structs.replace(
                task, status="in-progress", completed_at=None, approved=None, reopened_at=now, marks=()
            )
        case "not_assigned" | "unassigned":
            event = Event("unassigned", task.step_id)
            after = msgspec.structs.replace(task, owners=Owners(), co_assignee=None)
        case "deadline_overdue" | "overdue":
            event, after = Event("overdue", task.step_id), task
            if supposed.at is None and task.deadline is not None:
                now = max(now, task.deadline + timedelta(seconds=1))
        case verb:
            event = Event("completed", task.step_id)
            approved = _OUTCOMES.get(verb, True if task.kind == "expiring" else None)
            after = msgspec.structs.replace(task, status="completed", completed_at=now, approved=approved)
    tasks = {**before.tasks, task.step_id: after}
    if event.verb == "completed":
        for one, new in followers(book, tasks, task.step_id, {}, {task.step_id: now}, before.calendar).items():
            tasks[one] = msgspec.structs.replace(tasks[one], deadline=new.deadline, deadline_projected=new.projected)
    return msgspec.structs.replace(before, now=now, tasks=tasks, answers=answers), event


def _log(event: int | None, outcome: Outcome) -> list[SimulatedRule]:
    """The evaluations in order, then what was taken back: both are few, and the effects say what came of them."""
    fired = iter([one for one in outcome.executions if not one.reversed and one.failed is None])
    log = []
    for one in outcome.evaluations:
        effects = next(fired).effects if one.fired else ()
        log.append(SimulatedRule(event, one.rule, one.fired, one.findings, tuple(map(_words, effects))))
    taken = [one for one in outcome.executions if one.reversed and one.effects]
    log += [SimulatedRule(event, one.rule or "", True, (), tuple(map(_words, one.effects))) for one in taken]
    return log


def _words(effect: Effect) -> str:
    """An effect in words: what happened, and to which step."""
    match effect:
        case VisibilityEffect():
            return f"{'show' if effect.visible else 'hide'} {effect.step}"
        case OwnersEffect():
            return f"assign {effect.step}"
        case DeadlineEffect():
            return f"deadline {effect.step}"
        case ReopenEffect() | CompleteEffect():
            return f"{effect.__struct_config__.tag} {effect.step}"
        case _:
            return f"emit_webhook {effect.url}"


def _end(task: RuleTask) -> SimulatedStep:
    return SimulatedStep(task.step_id, task.status != "auto-skipped", task.owners, task.deadline, task.status)
