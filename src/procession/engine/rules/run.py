"""Running the rules: an event comes in, passes follow each other until nothing is left to do (spec 31 §6)."""

from datetime import datetime

import msgspec

from procession.engine.model import Notice
from procession.engine.rules.actions import perform
from procession.engine.rules.book import CompiledRule, RuleBook, candidates
from procession.engine.rules.conditions import asking, find, holds
from procession.engine.rules.dating import catch_up
from procession.engine.rules.progress import Progress, Wave, tell, told
from procession.engine.rules.rearming import rearm, spent, submitted
from procession.engine.rules.state import Aspect, Evaluation, Event, Execution, Outcome, RuleMemory, RuleTask, Situation
from procession.engine.rules.undoing import take_back
from procession.engine.rules.visibility import hide_at_launch

DEPTH_LIMIT = 10
"""Generations of events that one outer event may have, its own included (spec 31 §6.5)."""

PASSES_LIMIT = 100
"""Passes that one outer event may have."""

LOOP = "Automation loop stopped"


def evaluate(book: RuleBook, situation: Situation, event: Event) -> Outcome:
    """What `event` makes the rules of `book` do to the process in `situation`, cascades included (spec 31 §6).

    Never raises on bad data. `launched` hides first what is hidden from the start, wherever that was not done yet.
    Several events of one act are evaluated one after the other, each on the situation of the outcome before.
    Everything written, the memory too, belongs into the transaction of the event itself.
    """
    run = _begin(book, situation, event)
    before = dict(run.tasks)
    if event.verb == "reopened" and event.step is not None:
        rearm(run, event.step)
        take_back(run, event.step)
    elif event.verb == "submitted":
        submitted(run, event.fields)
    stopped = _run(run)
    memory = msgspec.structs.replace(situation.memory, rules=run.memory, undo=tuple(run.undo))
    return Outcome(
        situation=msgspec.structs.replace(situation, tasks=run.tasks, memory=memory),
        effects=tuple(run.effects),
        evaluations=tuple(run.evaluations),
        executions=told(run),
        warnings=tuple(run.warnings),
        changed=_changed(before, run.tasks),
        remembers=memory != situation.memory,
        stopped=stopped,
    )


def _begin(book: RuleBook, situation: Situation, event: Event) -> Progress:
    tasks = dict(situation.tasks)
    if event.verb == "launched":
        hide_at_launch(book, tasks)
    wave = Wave(event, 1)
    run = Progress(
        book=book,
        situation=situation,
        ask=asking(book, tasks, situation.answers, situation.now, situation.calendar.zone),
        tasks=tasks,
        memory=dict(situation.memory.rules),
        undo=list(situation.memory.undo),
        wave=wave,
    )
    run.queue.append(wave)
    return run


def _run(run: Progress) -> bool:
    """Passes first in, first out, until none is left (§6.5). Whether the guard had to end them."""
    number = 0
    while run.queue:
        run.wave = run.queue.popleft()
        number += 1
        run.ask.reopened = run.wave.event.step if run.wave.event.verb == "reopened" else None
        if run.wave.depth > DEPTH_LIMIT or number > PASSES_LIMIT:
            tell(run, Execution(event=run.wave.event, failed=LOOP), [])
            run.warnings.append(Notice("loop_stopped", run.wave.event.step or ""))
            return True
        # In position order, each on the state that those before have left (§6.2).
        for place in candidates(run.book, run.wave.event):
            _consider(run, run.book.rules[place], number)
        catch_up(run)
    return False


def _consider(run: Progress, one: CompiledRule, number: int) -> None:
    rule = one.rule
    if one.overdue:
        catch_up(run)  # it looks at dates
    if not one.can_fire or spent(one, run.memory.get(rule.id), run.tasks):
        return
    findings = find(one, run.ask)
    fires = holds(rule, findings)
    memory = run.memory.get(rule.id, RuleMemory())
    memory = msgspec.structs.replace(memory, held=fires, met=tuple(finding.met for finding in findings))
    run.memory[rule.id] = memory
    event = run.wave.event
    run.evaluations.append(Evaluation(number, run.wave.depth, event, rule.id, fires, findings))
    if not fires:
        return
    # Spent before it acts: a task that it reopens may arm it again at once (§6.4).
    run.memory[rule.id] = msgspec.structs.replace(memory, spent=True, fired_at=run.situation.now, cause=event)
    run.own = []
    actions = tuple(perform(run, rule, action) for action in rule.actions)
    if one.overdue:
        # After it acted: a date that it sets itself is no new date that arms it again.
        catch_up(run)
        run.memory[rule.id] = msgspec.structs.replace(run.memory[rule.id], dues=_dues(run, one))
    tell(run, Execution(event=event, rule=rule.id, name=rule.name, findings=findings, actions=actions), run.own)


def _dues(run: Progress, one: CompiledRule) -> dict[str, datetime]:
    tasks = {step_id: run.tasks[step_id] for step_id in sorted(one.overdue) if step_id in run.tasks}
    return {step_id: task.deadline for step_id, task in tasks.items() if task.deadline is not None}


def _changed(before: dict[str, RuleTask], after: dict[str, RuleTask]) -> dict[str, tuple[Aspect, ...]]:
    return {
        step_id: aspects
        for step_id, task in after.items()
        if task is not before[step_id] and (aspects := _aspects(before[step_id], task))
    }


def _aspects(before: RuleTask, after: RuleTask) -> tuple[Aspect, ...]:
    differs: dict[Aspect, bool] = {
        "visibility": (before.status == "auto-skipped") != (after.status == "auto-skipped"),
        "owners": before.owners != after.owners,
        "deadline": before.deadline != after.deadline,
        "status": (before.completed_at is None) != (after.completed_at is None),
    }
    return tuple(aspect for aspect, one in differs.items() if one)
