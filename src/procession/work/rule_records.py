"""What rules did, as the history of a process keeps it (spec 31 §8.1): names and values as they were at that time."""

from collections.abc import Mapping
from typing import Any

import msgspec

from procession.engine.rule import Condition
from procession.engine.rules.book import RuleBook
from procession.engine.rules.state import Effect, Execution, Finding, Outcome, Performed
from procession.engine.rules.state import Event as RuleEvent
from procession.engine.work import Task
from procession.kernel.unit import Event


def records(process_id: str, book: RuleBook, outcome: Outcome, tasks: Mapping[str, Task]) -> list[Event]:
    """An entry for each rule that fired, was taken back or failed. `tasks` by step: those that may be named."""
    return [_record(process_id, book, one, tasks) for one in outcome.executions]


def read_record(told: Any) -> Execution:
    """The execution that an entry tells of."""
    return Execution(
        event=msgspec.convert({"verb": told["event"]["verb"], "step": told["event"]["step"]}, RuleEvent),
        rule=told["rule"],
        name=told["name"],
        findings=tuple(Finding(one["id"], one["met"], _value(one["value"])) for one in told["conditions"]),
        effects=msgspec.convert(told["effects"], tuple[Effect, ...]),
        reversed=told["reversed"],
        failed=told["failed"],
    )


def _value(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _record(process_id: str, book: RuleBook, one: Execution, tasks: Mapping[str, Task]) -> Event:
    rule = book.by_id.get(one.rule or "")
    conditions = {condition.id: condition for condition in rule.rule.conditions} if rule else {}
    trigger = tasks.get(one.event.step or "")
    told = {
        "rule": one.rule,
        "name": one.name,
        "event": {"verb": one.event.verb, "step": one.event.step, "task": trigger.id if trigger else None},
        "conditions": [condition_found(book, conditions.get(found.condition), found, tasks) for found in one.findings],
        "actions": [_performed(action, tasks) for action in one.actions],
        "effects": msgspec.to_builtins(one.effects),
        "reversed": one.reversed,
        "failed": one.failed,
    }
    return Event(
        kind="rule.failed" if one.failed is not None else "rule.executed",
        verb="execution_fail" if one.failed is not None else "executed",
        subject_kind="rule",
        subject_id=process_id,  # the feed of a process goes over what it and its tasks are the subject of
        process_id=process_id,
        new=told,
    )


def condition_found(
    book: RuleBook, condition: Condition | None, found: Finding, tasks: Mapping[str, Task]
) -> dict[str, Any]:
    """A condition in words, and as it was found; what is gone is called by an empty text."""
    if condition is None:
        return {"id": found.condition, "kind": "step", "subject": None, "label": "", "operation": "", "statement": None,
                "logic": "and", "met": found.met, "value": found.value}  # fmt: skip
    return {
        "id": condition.id,
        "kind": condition.kind,
        "subject": condition.subject,
        "label": label_of(book, condition, tasks),
        "operation": condition.operation,
        "statement": condition.statement,
        "logic": condition.logic,
        "met": found.met,
        "value": found.value,
    }


def label_of(book: RuleBook, condition: Condition, tasks: Mapping[str, Task]) -> str:
    """The title of the task or the label of the field that a condition is about."""
    if condition.kind != "step":
        field = book.fields.get(condition.subject)
        return field.label if field is not None else ""
    task, step = tasks.get(condition.subject), book.steps.get(condition.subject)
    return task.title if task is not None else step.title if step is not None else ""


def _performed(action: Performed, tasks: Mapping[str, Task]) -> dict[str, Any]:
    task = tasks.get(action.step or "")
    return {
        "id": action.action,
        "verb": action.verb,
        "step": action.step,
        "task": task.id if task is not None else None,
        "title": task.title if task is not None else "",
        "reason": action.reason,
        "dropped": msgspec.to_builtins(action.dropped),
    }
