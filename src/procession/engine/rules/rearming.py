"""Rules that fired, and what lets them fire again (spec 31 §6.4)."""

import msgspec

from procession.engine.rules.book import CompiledRule
from procession.engine.rules.progress import Progress


def is_spent(run: Progress, one: CompiledRule) -> bool:
    """Whether a rule fired and nothing has armed it since; a watched due date does by being another one."""
    memory = run.memory.get(one.rule.id)
    if memory is None or not memory.spent:
        return False
    tasks = [run.tasks[step_id] for step_id in one.overdue if step_id in run.tasks]
    return not any(task.deadline is not None and memory.dues.get(task.step_id) != task.deadline for task in tasks)


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
