"""Why a task is hidden, assigned or due as it is: told from what was recorded, never guessed (spec 31 §8.6)."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from procession.engine.model import Owners
from procession.engine.rule import ActionKind, Condition, Logic, Operation, SubjectKind
from procession.engine.rules.book import RuleBook
from procession.engine.rules.conditions import asking, find
from procession.engine.rules.rearming import spent
from procession.engine.rules.state import (
    DeadlineEffect,
    Event,
    Execution,
    Finding,
    OwnersEffect,
    Situation,
    VisibilityEffect,
)

Explained = Literal["visible", "owners", "deadline"]
Value = bool | Owners | datetime | None

_KINDS: dict[Explained, ActionKind] = {"visible": "visibility", "owners": "assignment", "deadline": "deadline"}


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """One recorded change of one task. `value`: what it made of it. `actor`: who acted, as it was recorded."""

    at: datetime
    source: Literal["template", "launch", "rule", "manual"]
    aspect: Explained
    value: Value = None
    rule: str | None = None
    name: str = ""
    findings: tuple[Finding, ...] = ()
    verb: str | None = None
    step: str | None = None
    actor: str | None = None


class ConditionSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A condition with what it was decided by; `value` is None where the reader may not see it."""

    id: str
    kind: SubjectKind
    subject: str
    operation: Operation
    statement: str | tuple[str, ...] | None
    logic: Logic
    value: str | tuple[str, ...] | None
    met: bool


class Because(msgspec.Struct, frozen=True, kw_only=True):
    """One reason: a change, what made it, and, of a rule, the conditions as they were found then."""

    happened: Happened
    conditions: tuple[ConditionSeen, ...] = ()


class WouldChange(msgspec.Struct, frozen=True, kw_only=True):
    """An armed rule that aims at this of the task, and its conditions that do not hold now."""

    rule: str
    name: str
    missing: tuple[ConditionSeen, ...]


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """How it is now, why (the latest first), and what might change it (in the order of the rules)."""

    value: Value
    because: tuple[Because, ...]
    would_change: tuple[WouldChange, ...]


def explain(
    book: RuleBook,
    situation: Situation,
    step_id: str,
    history: Sequence[Happened],
    sees: Callable[[Condition], bool],
) -> dict[Explained, Explanation]:
    """Why the task of `step_id`, which must exist, is as it is.

    `history` are its recorded changes in any order; `sees`: whether the reader may see what a condition is about.
    """
    task = situation.tasks[step_id]
    values: dict[Explained, Value] = {
        "visible": task.status != "auto-skipped",
        "owners": task.owners,
        "deadline": task.deadline,
    }
    ordered = sorted(history, key=lambda one: one.at)
    return {
        aspect: Explanation(
            value=value,
            because=tuple(_because(book, one, sees) for one in reversed(ordered) if one.aspect == aspect),
            would_change=_would_change(book, situation, step_id, _KINDS[aspect], sees),
        )
        for aspect, value in values.items()
    }


def changes_of(execution: Execution, step_id: str, at: datetime, actor: str | None) -> list[Happened]:
    """What one execution changed of a task, in order, to be explained later; also deadlines that only followed."""
    found = []
    for effect in execution.effects:
        value: tuple[Explained, Value]
        match effect:
            case VisibilityEffect():
                value = "visible", effect.visible
            case OwnersEffect():
                value = "owners", effect.after
            case DeadlineEffect():
                value = "deadline", effect.after
            case _:
                continue
        if effect.step == step_id:
            found.append(_happened(execution, value, at, actor))
    return found


def _happened(execution: Execution, value: tuple[Explained, Value], at: datetime, actor: str | None) -> Happened:
    event: Event = execution.event
    return Happened(
        at=at,
        source="rule",
        aspect=value[0],
        value=value[1],
        rule=execution.rule,
        name=execution.name,
        findings=execution.findings,
        verb=event.verb,
        step=event.step,
        actor=actor,
    )


def _because(book: RuleBook, happened: Happened, sees: Callable[[Condition], bool]) -> Because:
    compiled = book.by_id.get(happened.rule or "")
    known = {one.id: one for one in compiled.rule.conditions} if compiled is not None else {}
    pairs = [(known[one.condition], one) for one in happened.findings if one.condition in known]
    return Because(happened=happened, conditions=tuple(_seen(condition, one, sees) for condition, one in pairs))


def _would_change(
    book: RuleBook, situation: Situation, step_id: str, kind: ActionKind, sees: Callable[[Condition], bool]
) -> tuple[WouldChange, ...]:
    ask = asking(book, situation.tasks, situation.answers, situation.now, situation.calendar.zone)
    found = []
    for one in book.rules:
        aims = any(action.target == step_id and action.kind == kind for action in one.rule.actions)
        if not aims or not one.can_fire or spent(one, situation.memory.rules.get(one.rule.id), situation.tasks):
            continue
        pairs = zip(one.rule.conditions, find(one, ask), strict=True)
        missing = tuple(_seen(condition, finding, sees) for condition, finding in pairs if not finding.met)
        found.append(WouldChange(rule=one.rule.id, name=one.rule.name, missing=missing))
    return tuple(found)


def _seen(condition: Condition, finding: Finding, sees: Callable[[Condition], bool]) -> ConditionSeen:
    return ConditionSeen(
        id=condition.id,
        kind=condition.kind,
        subject=condition.subject,
        operation=condition.operation,
        statement=condition.statement,
        logic=condition.logic,
        value=finding.value if sees(condition) else None,
        met=finding.met,
    )
