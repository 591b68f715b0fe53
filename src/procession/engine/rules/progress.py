"""The state of an evaluation under way. Only `rules/` looks in here; what comes out is an `Outcome`."""

from collections import deque
from datetime import datetime

import msgspec

from procession.engine.model import Notice
from procession.engine.rules.book import RuleBook
from procession.engine.rules.conditions import Asking
from procession.engine.rules.state import (
    Effect,
    Evaluation,
    Event,
    Execution,
    RuleMemory,
    RuleTask,
    Situation,
    Undo,
)


class Wave(msgspec.Struct, frozen=True):
    """An event that waits for its pass, and its generation: 1 is the outer event itself."""

    event: Event
    depth: int


class Moved(msgspec.Struct, kw_only=True):
    """A deadline that rules moved, while what hangs on it has not followed yet.

    `values`: where it has been since, the last is where it is. `rule` moved it last; `own` are that rule's effects.
    """

    values: list[datetime]
    rule: str
    own: list[Effect]


class Progress(msgspec.Struct, kw_only=True):
    """What has become of the process so far.

    `tasks` is what `ask` looks at; `wave` the event being processed; `own` the effects of the rule at work. `moved`:
    the steps whose deadlines others have still to follow. `owns`: the effects of each execution.
    """

    book: RuleBook
    situation: Situation
    ask: Asking
    tasks: dict[str, RuleTask]
    memory: dict[str, RuleMemory]
    undo: list[Undo]
    wave: Wave
    queue: deque[Wave] = msgspec.field(default_factory=deque)
    effects: list[Effect] = []
    own: list[Effect] = []
    evaluations: list[Evaluation] = []
    executions: list[Execution] = []
    owns: list[list[Effect]] = []
    moved: dict[str, Moved] = {}
    warnings: list[Notice] = []


def record(run: Progress, effect: Effect) -> None:
    """Note what was done to a task, by the rule at work."""
    run.effects.append(effect)
    run.own.append(effect)


def tell(run: Progress, execution: Execution, own: list[Effect]) -> None:
    """Note what a rule did. `own` are its effects, to which dates that follow later are still added."""
    run.executions.append(execution)
    run.owns.append(own)


def told(run: Progress) -> tuple[Execution, ...]:
    """All executions, with their effects."""
    pairs = zip(run.executions, run.owns, strict=True)
    return tuple(msgspec.structs.replace(one, effects=tuple(own)) if own else one for one, own in pairs)


def emit(run: Progress, event: Event) -> None:
    """Have `event` processed after what is waiting already (spec 31 §6.5)."""
    run.queue.append(Wave(event, run.wave.depth + 1))


def remember(run: Progress, rule_id: str, undo: Undo) -> None:
    """Note a change that a rule made to a task: how to take it back, if its rule can be, and that none before may be.

    What another rule did to the same aspect cannot be taken back any more once this change is there to stay.
    """
    rule = run.book.by_id[rule_id].rule
    if rule.reverse_on_reopen and run.wave.event.verb == "completed":
        run.undo.append(undo)
    else:
        run.undo[:] = [one for one in run.undo if (one.step, one.aspect) != (undo.step, undo.aspect)]
