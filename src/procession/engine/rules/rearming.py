"""Rules that fired, and what lets them fire again (spec 31 §6.4)."""

from collections.abc import Mapping

import msgspec

from procession.engine.rules.book import CompiledRule, RuleBook
from procession.engine.rules.progress import Progress
from procession.engine.rules.state import RuleMemory, RuleTask, Situation


def spent(one: CompiledRule, memory: RuleMemory | None, tasks: Mapping[str, RuleTask]) -> bool:
    """Whether a rule fired and nothing has armed it since; a watched due date does by being another one."""
    if memory is None or not memory.spent:
        return False
    watched = [tasks[step_id] for step_id in one.overdue if step_id in tasks]
    return not any(task.deadline is not None and memory.dues.get(task.step_id) != task.deadline for task in watched)


def armed(book: RuleBook, situation: Situation, rule_id: str) -> bool:
    """Whether a rule of the process may fire (spec 31 §8.2). An inactive one, or one without a side, never does."""
    one = book.by_id.get(rule_id)
    return one is not None and one.can_fire and not spent(one, situation.memory.rules.get(rule_id), situation.tasks)


def rearm(run: Progress, step_id: str) -> None:
    """Arm the rules that name a reopened task or one of its fields. Those that watch a due date wait for a new one."""
    for place in run.book.by_step.get(step_id, ()):
        _arm(run, run.book.rules[place])


def submitted(run: Progress, fields: tuple[str, ...]) -> None:
    """Arm the rules that name a kick-off field whose answer changed."""
    for place in run.book.at_submission:
        one = run.book.rules[place]
        if any(condition.kind == "kickoff" and condition.subject in fields for condition in one.rule.conditions):
            _arm(run, one)


def _arm(run: Progress, one: CompiledRule) -> None:
    memory = run.memory.get(one.rule.id)
    if memory is not None and memory.spent and not one.overdue:
        run.memory[one.rule.id] = msgspec.structs.replace(memory, spent=False)
