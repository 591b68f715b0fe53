"""People that rules assign, when somebody goes (spec 31 §3.2, 41 §9.5)."""

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from procession.engine.model import TemplateDocument
from procession.engine.rule import Action, Assignees, Rule
from procession.kernel.unit import Event
from procession.templates.rules import rule_event

PeopleChange = Callable[[Assignees], Assignees]


def without_guest(address: str, instead: Sequence[int] = ()) -> PeopleChange:
    """Assignments without a guest, with members in his place; an action that is left with nobody does nothing."""

    def change(people: Assignees) -> Assignees:
        if address not in people.guests:
            return people
        return Assignees(
            members=tuple(dict.fromkeys((*people.members, *instead))),
            guests=tuple(one for one in people.guests if one != address),
            groups=people.groups,
        )

    return change


def with_other_guest(address: str, other: str) -> PeopleChange:
    """Assignments with another guest in one's place."""

    def change(people: Assignees) -> Assignees:
        named = tuple(dict.fromkeys(other if one == address else one for one in people.guests))
        return msgspec.structs.replace(people, guests=named)

    return change


def without_group(group_id: str) -> PeopleChange:
    """Assignments without a group. Nobody stands in its place, unlike on steps (spec 41 §9.5)."""

    def change(people: Assignees) -> Assignees:
        return msgspec.structs.replace(people, groups=tuple(one for one in people.groups if one != group_id))

    return change


def rules_with(rules: Sequence[Rule], change: PeopleChange, now: datetime) -> tuple[Rule, ...]:
    """The rules with `change` made to every assignment; those that really change get a new revision."""
    return tuple(_changed(rule, change, now) for rule in rules)


def _changed(rule: Rule, change: PeopleChange, now: datetime) -> Rule:
    actions = tuple(_action(one, change) for one in rule.actions)
    if actions == rule.actions:
        return rule
    return msgspec.structs.replace(rule, actions=actions, updated_at=now, revision=rule.revision + 1)


def _action(action: Action, change: PeopleChange) -> Action:
    return msgspec.structs.replace(action, assignees=change(action.assignees))


def rules_events(template_id: str, former: TemplateDocument, latter: TemplateDocument) -> list[Event]:
    """What happened to the rules that both documents hold, one event each."""
    return [
        rule_event("updated", template_id, latter, old=old, new=new)
        for old, new in zip(former.rules, latter.rules, strict=True)
        if old != new
    ]
