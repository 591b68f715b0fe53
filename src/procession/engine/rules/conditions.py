"""Whether conditions hold (spec 31 §4)."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

import msgspec

from procession.engine.dates import zone
from procession.engine.model import Field, FieldKind, Owners, TaskKind
from procession.engine.rule import Condition, FieldOperation, Operation, Rule, StepOperation
from procession.engine.rules.book import CompiledRule, RuleBook
from procession.engine.rules.state import Finding, RuleTask
from procession.engine.rules.statements import Moment, Statement
from procession.engine.rules.values import Value, local, read_value
from procession.engine.status import OPEN
from procession.engine.worktime import to_instant

_EMPTINESS: frozenset[FieldOperation] = frozenset({"is_empty", "is_not_empty"})
_CONTAINS: frozenset[FieldOperation] = frozenset({"contains", "not_contains"})
_EQUALS: frozenset[FieldOperation] = frozenset({"equals", "not_equals"})
_ORDER: frozenset[FieldOperation] = frozenset({"greater_than", "less_than", "greater_or_equal", "less_or_equal"})
_ONE_TEXT: frozenset[FieldOperation] = _EMPTINESS | _CONTAINS | _EQUALS | _ORDER | {"equals_any"}

FIELD_OPERATIONS: Mapping[FieldKind, frozenset[FieldOperation]] = {
    "text": _ONE_TEXT,
    "email": _ONE_TEXT,
    "textarea": _ONE_TEXT,
    "dropdown": _ONE_TEXT,
    "radio": _ONE_TEXT,
    "file": _EMPTINESS | _CONTAINS,
    "multiselect": _EMPTINESS | _CONTAINS | _EQUALS | {"equals_any"},
    "date": _EMPTINESS | _CONTAINS | _EQUALS | _ORDER,
    "table": _EMPTINESS | _CONTAINS,
    "assignees_form": _EMPTINESS | {"contains", "equals"},
}
"""What may be asked of a field of each type (§4.3). Anything else is refused when saved, and false when met later."""

STEP_OPERATIONS: Mapping[StepOperation, frozenset[TaskKind] | None] = {
    "completed": None,
    "approved": frozenset({"approval"}),
    "rejected": frozenset({"approval"}),
    "acknowledged": frozenset({"expiring"}),
    "expired": frozenset({"expiring"}),
    "reopened": None,
    "not_assigned": None,
    "deadline_overdue": None,
}
"""Of which types of step each may be asked (§4.1); None: of all."""

_DAY = timedelta(hours=24)


class Asking(msgspec.Struct):
    """What conditions are asked about: the process as it is at this moment.

    `reopened`: the step whose reopening is the event at hand; the answers of its task do not count for that one
    evaluation (§4.4 rule 9), or rules would fire anew for the very answers that it was reopened to correct, and be
    spent when it is completed again. `values` keeps answers that were read.
    """

    book: RuleBook
    tasks: Mapping[str, RuleTask]
    answers: Mapping[str, Any]
    now: datetime
    where: tzinfo
    reopened: str | None = None
    values: dict[tuple[str, str | None], Value | None] = {}


def asking(
    book: RuleBook, tasks: Mapping[str, RuleTask], answers: Mapping[str, Any], now: datetime, zone_name: str
) -> Asking:
    """Conditions about `tasks`, which may change while they are asked, and `answers`, which may not."""
    return Asking(book, tasks, answers, now, zone(zone_name))


def find(one: CompiledRule, ask: Asking) -> tuple[Finding, ...]:
    """Every condition of a rule, also where the result is fixed already, because each is recorded (§4.5)."""
    pairs = zip(one.rule.conditions, one.statements, strict=True)
    return tuple(_finding(condition, statement, ask) for condition, statement in pairs)


def holds(rule: Rule, findings: Sequence[Finding]) -> bool:
    """The left fold of §4.5: no precedence, no grouping, the first condition's `logic` ignored. False without any."""
    result = bool(findings) and findings[0].met
    for condition, finding in zip(rule.conditions[1:], findings[1:], strict=True):
        result = (result and finding.met) if condition.logic == "and" else (result or finding.met)
    return result


def _finding(condition: Condition, statement: Statement, ask: Asking) -> Finding:
    if condition.kind == "step":
        task = ask.tasks.get(condition.subject)
        met = task is not None and _step_holds(condition, task, ask.now)
        return Finding(condition.id, met, state_of(task) if task is not None else None)
    value = _counting(condition, ask)
    if value is None:
        return Finding(condition.id, False)
    field = ask.book.fields[condition.subject]
    fits = condition.operation in FIELD_OPERATIONS[field.kind]
    return Finding(
        condition.id, fits and _compare(condition.operation, field, value, statement, ask.where), value.shown
    )


def _counting(condition: Condition, ask: Asking) -> Value | None:
    """The answer a condition looks at; None while it does not count, or is none (§4.4 rules 9 to 11)."""
    field = ask.book.fields.get(condition.subject)
    if field is None or (condition.kind == "kickoff") != (field.id in ask.book.kickoff):
        return None
    if condition.kind == "field":
        task = ask.tasks.get(ask.book.owner_of[field.id])
        if task is None or not was_completed(task) or task.step_id == ask.reopened:
            return None
    key = (field.id, condition.column)
    if key not in ask.values:
        ask.values[key] = read_value(field, ask.answers.get(field.id), condition.column, ask.where)
    return ask.values[key]


def was_completed(task: RuleTask) -> bool:
    """Whether a task has been completed at least once in this process."""
    return task.completed_at is not None or task.reopened_at is not None


def is_open(task: RuleTask) -> bool:
    """Whether a task is open and visible."""
    return task.status in OPEN


def state_of(task: RuleTask) -> str:
    """The state of a task in one word, for records."""
    if task.status == "auto-skipped":
        return "hidden"
    if task.status == "completed":
        words = {"approval": ("rejected", "approved"), "expiring": ("expired", "acknowledged")}.get(task.kind)
        return words[task.approved] if words is not None and task.approved is not None else "completed"
    return "reopened" if task.reopened_at is not None else "open"


def is_overdue(task: RuleTask, now: datetime) -> bool:
    """Open, visible, due date passed; a due date that waits for another step is none yet (spec 20 §4.3)."""
    return is_open(task) and task.deadline is not None and task.deadline < now and not task.deadline_projected


def _step_holds(condition: Condition, task: RuleTask, now: datetime) -> bool:
    match condition.operation:
        case "reopened":
            return is_open(task) and task.reopened_at is not None
        case "not_assigned":
            return is_open(task) and task.owners == Owners()
        case "deadline_overdue":
            return is_overdue(task, now)
        case "expired":
            return state_of(task) == "expired"
        case "completed":
            done = task.status == "completed" and state_of(task) != "expired"
        case _:
            # A word of another type's outcome, and an operation of fields, is nobody's state.
            done = task.status == "completed" and state_of(task) == condition.operation
    return done and _in_time(condition.statement, task)


def _in_time(clause: str | tuple[str, ...] | None, task: RuleTask) -> bool:
    """§4.2: t is the time of completion, d the due date, which a completed task keeps."""
    done, due = task.completed_at, task.deadline
    if clause not in ("on-time", "early_24", "late_24", "early", "late"):
        return True
    if done is None or due is None:
        return clause == "on-time"
    match clause:
        case "on-time":
            return done <= due
        case "early":
            return done < due
        case "late":
            return done > due
        case "early_24":
            return due - done >= _DAY
        case _:
            return done - due >= _DAY


def _compare(operation: Operation, field: Field, value: Value, statement: Statement, where: tzinfo) -> bool:
    match operation:
        case "is_empty":
            return value.empty
        case "is_not_empty":
            return not value.empty
        case "equals":
            return _equals(value, statement, where)
        case "not_equals":
            return not _equals(value, statement, where)
        case "contains":
            return _contains(field, value, statement)
        case "not_contains":
            return not _contains(field, value, statement)
        case "equals_any":
            return not value.among.isdisjoint(statement.items)
        case _:
            return _ordered(operation, value, statement, where)


def _equals(value: Value, statement: Statement, where: tzinfo) -> bool:
    if value.moment is not None and statement.moment is not None:
        return _distance(value.moment, statement.moment, where) == 0
    return not value.among.isdisjoint(statement.texts)


def _contains(field: Field, value: Value, statement: Statement) -> bool:
    if field.kind == "assignees_form":
        # Member 12 is not found by "1": ids are whole, only addresses have parts.
        return any(_names(text, wanted) for text in value.folded for wanted in statement.texts)
    return not value.empty and any(wanted in value.joined for wanted in statement.texts)


def _names(text: str, wanted: str) -> bool:
    return wanted in text if "@" in text or not wanted else wanted == text


_ORDERS: Mapping[Operation, Callable[[int], bool]] = {
    "greater_than": lambda sign: sign > 0,
    "less_than": lambda sign: sign < 0,
    "greater_or_equal": lambda sign: sign >= 0,
    "less_or_equal": lambda sign: sign <= 0,
}


def _ordered(operation: Operation, value: Value, statement: Statement, where: tzinfo) -> bool:
    if value.moment is not None:
        if statement.moment is None:
            return False
        return _ORDERS[operation](_distance(value.moment, statement.moment, where))
    if value.number is None or statement.number is None:
        return False
    return _ORDERS[operation]((value.number > statement.number) - (value.number < statement.number))


def _distance(one: Moment, other: Moment, where: tzinfo) -> int:
    """1, 0 or -1 as `one` is after, at or before `other`, by day if `other` is a day, else by minute."""
    if not other.timed:
        mine, theirs = _day(one, where), _day(other, where)
        return (mine > theirs) - (mine < theirs)
    instant, bound = _instant(one, where), _instant(other, where)
    return (instant > bound) - (instant < bound)


def _day(moment: Moment, where: tzinfo) -> date:
    written = moment.written
    return local(written, where).date() if isinstance(written, datetime) else written


def _instant(moment: Moment, where: tzinfo) -> datetime:
    written = moment.written
    if not isinstance(written, datetime):
        return to_instant(written, 0, where)
    if not moment.zoned:
        return to_instant(written.date(), written.hour * 3600 + written.minute * 60, where)
    return written.replace(second=0, microsecond=0)
