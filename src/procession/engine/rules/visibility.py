"""Which tasks are in sight (spec 31 §5.2, §6.1, §7)."""

import msgspec

from procession.engine.model import TaskStatus
from procession.engine.rules.book import RuleBook
from procession.engine.rules.progress import Progress, record, remember
from procession.engine.rules.state import Reason, RuleTask, Undo, VisibilityEffect

MANUAL = "manual"
"""The `visibility_source` of a task that somebody hid or showed: rules leave it as it is, for good."""

BY_RULE = "rule"
BY_TEMPLATE = "default"


def hide_at_launch(book: RuleBook, tasks: dict[str, RuleTask]) -> None:
    """Hide what a launch hides: steps hidden by default and those that some rule shows. Nobody is told (§6.1)."""
    for step_id in book.hidden & tasks.keys():
        task = tasks[step_id]
        if task.status != "auto-skipped":
            tasks[step_id] = msgspec.structs.replace(
                task, status="auto-skipped", hidden_from=task.status, visibility_source=BY_TEMPLATE
            )


def set_visible(run: Progress, rule_id: str, task: RuleTask, visible: bool) -> Reason | None:
    """Show or hide a task that is not completed, and remember it; the reason why not."""
    if task.visibility_source == MANUAL:
        return "manual"
    if visible == (task.status != "auto-skipped"):
        return "already"
    change_visibility(run, rule_id, task, visible)
    remember_visibility(run, rule_id, task.step_id, visible)
    return None


def change_visibility(run: Progress, rule_id: str, task: RuleTask, visible: bool) -> None:
    """Show a hidden task or hide a visible one, as `rule_id` has it."""
    status: TaskStatus = (task.hidden_from or "not-started") if visible else "auto-skipped"
    run.tasks[task.step_id] = msgspec.structs.replace(
        task, status=status, hidden_from=None if visible else task.status, visibility_source=BY_RULE
    )
    record(run, VisibilityEffect(rule_id, task.step_id, visible, task.status, status))


def remember_visibility(run: Progress, rule_id: str, step_id: str, visible: bool) -> None:
    """Note that a rule decided whether a task is in sight."""
    remember(
        run,
        rule_id,
        Undo(rule=rule_id, cause=run.wave.event.step or "", step=step_id, aspect="visibility", shown=visible),
    )
