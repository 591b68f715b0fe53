"""What the actions of a rule do to the tasks of the process (spec 31 §5)."""

import msgspec

from procession.engine.model import Notice, Owners
from procession.engine.rule import Action, Rule
from procession.engine.rules.assigning import assign
from procession.engine.rules.dating import catch_up, set_deadline
from procession.engine.rules.progress import Progress, emit, record
from procession.engine.rules.rearming import rearm
from procession.engine.rules.state import Event, Performed, Reason, ReopenEffect, RuleTask, WebhookEffect
from procession.engine.rules.undoing import take_back
from procession.engine.rules.visibility import set_visible


def perform(run: Progress, rule: Rule, action: Action) -> Performed:
    """Do one action of a rule that fired. Whatever keeps it from being done is noted and stops nothing else."""
    reason: Reason | None = None
    dropped = Owners()
    if action.verb == "emit_webhook":
        _call(run, rule, action)
    else:
        task = _target(run, action)
        reason = _unfit(run, action, task)
        if reason is None and task is not None:
            reason, dropped = _act(run, rule, action, task)
    if reason == "no_task":
        run.warnings.append(Notice("no_task", action.id))
    if dropped != Owners():
        run.warnings.append(Notice("people_dropped", action.id))
    return Performed(action=action.id, verb=action.verb, step=action.target, reason=reason, dropped=dropped)


def reopen(run: Progress, rule_id: str, task: RuleTask) -> None:
    """Reopen a completed task: arm what waits for it, take back what its completion brought, tell of it (§6.4)."""
    run.tasks[task.step_id] = msgspec.structs.replace(
        task,
        status="in-progress",
        completed_at=None,
        completed_by=None,
        approved=None,
        reopened_at=run.situation.now,
        marks=(),
    )
    record(run, ReopenEffect(rule_id, task.step_id))
    emit(run, Event("reopened", task.step_id))
    rearm(run, task.step_id)
    take_back(run, task.step_id)


def _target(run: Progress, action: Action) -> RuleTask | None:
    """The task to act on. What may complete or reopen it needs its date, which stays while it is completed."""
    task = run.tasks.get(action.target or "")
    if task is None or (action.verb != "reopen" and not (action.kind == "assignment" and task.everyone_must_complete)):
        return task
    catch_up(run)
    return run.tasks[task.step_id]


def _unfit(run: Progress, action: Action, task: RuleTask | None) -> Reason | None:
    """Why an action cannot act on this task whatever it is about."""
    if task is None:
        return "no_task"
    if task.archived:
        return "archived"
    if action.verb != "reopen":
        return "completed" if task.status == "completed" else None
    if task.status != "completed":
        return "not_completed"
    return "own_trigger" if run.wave.event == Event("completed", task.step_id) else None


def _act(run: Progress, rule: Rule, action: Action, task: RuleTask) -> tuple[Reason | None, Owners]:
    match action.verb:
        case "show" | "hide":
            return set_visible(run, rule.id, task, action.verb == "show"), Owners()
        case "deadline":
            return set_deadline(run, rule.id, action, task), Owners()
        case "reopen":
            reopen(run, rule.id, task)
            return None, Owners()
        case _:
            return assign(run, rule.id, action, task)


def _call(run: Progress, rule: Rule, action: Action) -> None:
    hook = action.hook or rule.name
    record(run, WebhookEffect(rule.id, action.id, action.url or "", hook, run.wave.event.step))
