"""Rules as clients read them (spec 31 §2.1), and the engine's words for what is wrong with one as their paths."""

from collections.abc import Iterable, Mapping

import msgspec

from procession.engine.model import Notice, TemplateDocument
from procession.engine.rule import Action, Assignees, Condition, Rule, Source
from procession.wire.times import instants

TYPES: Mapping[str, str] = {"step": "Step", "field": "Capture", "kickoff": "Prerun"}


class AutomationCondition(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One IF. The statement of a step's condition says when; of a field's, what its answer is compared with."""

    id: str
    conditionable_id: str
    conditionable_type: str
    operation: str
    statement: str | list[str] | None
    logic: str
    position: int
    column_contains_name: str | None


class AutomationDeadline(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """How far from its anchor a deadline is put; `anchor` is there only when it was set."""

    value: int
    unit: str
    option: str
    anchor: str | None = None


class AutomationAssignees(msgspec.Struct, frozen=True, gc=False):
    """Who is assigned: always three lists."""

    users: list[int]
    guests: list[str]
    groups: list[str]


NOBODY = AutomationAssignees([], [], [])
"""Of the many actions that assign nobody."""
_NONE = Assignees()


class AutomationAction(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One THEN."""

    id: str
    action_type: str
    action_verb: str
    target_step_id: str | None
    position: int
    actionable_id: str | None
    actionable_type: str | None
    deadline: AutomationDeadline | None
    assignees: AutomationAssignees
    webhook_url: str | None
    alias_name: str | None


class AutomatedAction(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A rule of a template."""

    id: str
    automated_alias: str
    position: int
    conditions: list[AutomationCondition]
    then_actions: list[AutomationAction]
    is_active: bool
    reverse_on_reopen: bool
    created_at: str | None
    last_updated: str | None
    archived_at: None = None


def automated_action(rule: Rule, position: int) -> AutomatedAction:
    """A rule at its place, from 1."""
    made, updated = instants(rule.created_at, rule.updated_at)
    return AutomatedAction(
        id=rule.id,
        automated_alias=rule.name,
        position=position,
        conditions=[_condition(one, place) for place, one in enumerate(rule.conditions, 1)],
        then_actions=[_action(one, place) for place, one in enumerate(rule.actions, 1)],
        is_active=rule.active,
        reverse_on_reopen=rule.reverse_on_reopen,
        created_at=made,
        last_updated=updated,
    )


def automated_actions(document: TemplateDocument) -> list[AutomatedAction]:
    """Every rule of a template, in the order of execution."""
    return [automated_action(rule, position) for position, rule in enumerate(document.rules, 1)]


def _condition(condition: Condition, position: int) -> AutomationCondition:
    statement = condition.statement
    return AutomationCondition(
        id=condition.id,
        conditionable_id=condition.subject,
        conditionable_type=TYPES[condition.kind],
        operation=condition.operation,
        statement=list(statement) if isinstance(statement, tuple) else statement,
        logic=condition.logic,
        position=position,
        column_contains_name=condition.column,
    )


def _action(action: Action, position: int) -> AutomationAction:
    shift, people = action.shift, action.assignees
    source = action.source or Source("step", "")
    return AutomationAction(
        id=action.id,
        action_type=action.kind,
        action_verb=action.verb,
        target_step_id=action.target,
        position=position,
        actionable_id=source.id or None,
        actionable_type=TYPES[source.kind] if source.id else None,
        deadline=AutomationDeadline(shift.value, shift.unit, shift.option, shift.anchor) if shift is not None else None,
        assignees=NOBODY if people == _NONE else _assignees(people),
        webhook_url=action.url,
        alias_name=action.hook,
    )


def _assignees(people: Assignees) -> AutomationAssignees:
    return AutomationAssignees(list(people.members), list(people.guests), list(people.groups))


_RULE: Mapping[str, str] = {
    "name": "automated_alias",
    "actions": "then_actions",
    "join": "condition_logic",
    "active": "is_active",
    "reversible": "reverse_on_reopen",
    "rules": "automated_actions",
}
_SIDE: Mapping[str, str] = {
    "subject_kind": "conditionable_type",
    "subject_id": "conditionable_id",
    "join": "logic",
    "column": "column_contains_name",
    "kind": "action_type",
    "verb": "action_verb",
    "step_id": "target_step_id",
    "source_kind": "actionable_type",
    "source_id": "actionable_id",
    "url": "webhook_url",
    "alias": "alias_name",
    "members": "users",
    "actions": "then_actions",
}


def rule_warnings(found: Iterable[Notice]) -> list[Notice]:
    """Warnings about parts of rules, under the paths that clients know."""
    return [Notice(one.code, automation_path(tuple(one.key.split(".")))) for one in found]


def automation_path(path: tuple[str, ...]) -> str:
    """`("actions", "0", "assignees", "members", "1")` → `then_actions.0.assignees.users.1`."""
    head, *rest = path
    return ".".join((_RULE.get(head, head), *(_SIDE.get(one, one) for one in rest)))
