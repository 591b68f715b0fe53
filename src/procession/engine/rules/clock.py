"""What the sweep asks every few minutes: whose time has come (spec 31 §6.2, 20 §21, 30 §8.3)."""

from collections.abc import Iterable
from datetime import datetime

from procession.engine.rules.book import RuleBook, watches_overdue
from procession.engine.rules.conditions import is_open, is_overdue
from procession.engine.rules.state import Event, RuleTask

CLOCKED = frozenset(("expiring", "expiring_email"))


def expires(task: RuleTask, now: datetime) -> bool:
    """Whether an expiring task's time has come.

    Not while its date is a projection, because the step it is anchored on is not completed. Not again after it was
    reopened, until it gets a date later than that: it would bounce (spec 31 §5.4).
    """
    if task.kind not in CLOCKED or not is_open(task) or task.archived or task.deadline_projected:
        return False
    if task.deadline is None or task.deadline > now:
        return False
    return task.reopened_at is None or task.deadline > task.reopened_at


def overdue_events(book: RuleBook, tasks: Iterable[RuleTask], now: datetime) -> list[Event]:
    """The `overdue` events of tasks that some rule watches and that are overdue, in the order of `tasks`.

    Sending one twice does no harm: a rule that fired for a due date is spent until there is another one.
    """
    watched = watches_overdue(book)
    return [
        Event("overdue", task.step_id)
        for task in tasks
        if task.step_id in watched and not task.archived and is_overdue(task, now)
    ]
