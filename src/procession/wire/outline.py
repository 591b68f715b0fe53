"""Outlines of templates as the JSON document of templates: what other notations become at the door (spec 30 §3.11)."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from procession.engine.rule import Action, Condition, Rule
from procession.notations.model import Note, Outline, OutlineStep
from procession.wire.capture import prerun
from procession.wire.checklist import step
from procession.wire.checklist_document import FORMAT, FORMAT_VERSION

_TYPES: Mapping[str, str] = {"step": "Step", "field": "Capture", "kickoff": "Prerun"}


class _Numbers:
    """An id of the document's own for each name."""

    def __init__(self) -> None:
        self.known: dict[str, int] = {}

    def of(self, names: Iterable[str]) -> list[int]:
        return [self.known.setdefault(name, len(self.known) + 1) for name in names]

    def hexadecimal(self, names: Iterable[str]) -> list[str]:
        return [f"{number:032x}" for number in self.of(names)]


def outline_document(outline: Outline, notes: Iterable[Note] = ()) -> dict[str, Any]:
    """The document an export would give, its people by address and name, and with it what could not be carried."""
    members, groups, roles = _Numbers(), _Numbers(), _Numbers()
    data = {
        "title": outline.title,
        "type": outline.kind,
        "summary": outline.summary,
        "guidance": outline.guidance,
        "kickoff_title": outline.kickoff_title,
        "kickoff_description": outline.kickoff_description,
        "prerun": [_plain(prerun(one, "")) for one in outline.kickoff],
        "stages": [{"id": one.id, "title": one.title, "position": one.position} for one in outline.stages],
        "steps": [_step(one, members, groups, roles) for one in outline.steps],
        "automated_actions": [_rule(one) for one in outline.rules],
    }
    people = {
        "members": [{"id": number, "email": address} for address, number in members.known.items()],
        "groups": [{"id": f"{number:032x}", "name": name} for name, number in groups.known.items()],
        "roles": [{"id": f"{number:032x}", "name": name} for name, number in roles.known.items()],
    }
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "people": people,
        "data": data,
        "notes": [msgspec.to_builtins(one) for one in notes],
    }


def _plain(value: Any) -> dict[str, Any]:
    """What clients read, as they would send it: without what nobody set."""
    shown: dict[str, Any] = msgspec.to_builtins(value)
    return {name: one for name, one in shown.items() if one is not None and one != ""}


def _step(one: OutlineStep, members: _Numbers, groups: _Numbers, roles: _Numbers) -> dict[str, Any]:
    named = {
        "assignees": members.of(one.members),
        "groups": groups.hexadecimal(one.groups),
        "roles": roles.hexadecimal(one.roles),
    }
    shown = _plain(step(msgspec.structs.replace(one.step, fields=()), ""))
    return shown | named | {"captures": [_plain(prerun(field, "")) for field in one.step.fields]}


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "automated_alias": rule.name,
        "is_active": rule.active,
        "reverse_on_reopen": rule.reverse_on_reopen,
        "conditions": [_condition(one) for one in rule.conditions],
        "then_actions": [_action(one) for one in rule.actions],
    }


def _condition(one: Condition) -> dict[str, Any]:
    return {
        "conditionable_type": _TYPES[one.kind],
        "conditionable_id": one.subject,
        "operation": one.operation,
        "statement": one.statement,
        "logic": one.logic,
        "column_contains_name": one.column,
    }


def _action(one: Action) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "action_type": one.kind,
        "action_verb": one.verb,
        "target_step_id": one.target,
        "actionable_type": _TYPES[one.source.kind] if one.source is not None else None,
        "actionable_id": one.source.id if one.source is not None else None,
        "webhook_url": one.url,
        "alias_name": one.hook,
    }
    if one.shift is not None:
        shown["deadline"] = msgspec.to_builtins(one.shift)
    if one.kind == "assignment":
        # Ids of members and groups mean nothing outside their organization; guests are addresses.
        shown["assignees"] = {"users": [], "guests": list(one.assignees.guests), "groups": []}
    return shown
