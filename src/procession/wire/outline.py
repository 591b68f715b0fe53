"""Outlines of templates as the JSON document of templates: what other notations become at the door (spec 30 §3.11)."""

from collections.abc import Iterable
from typing import Any

import msgspec

from procession.engine.rule import Assignees, Rule
from procession.notations.model import Note, Outline, OutlineStep
from procession.wire.automation import automated_action
from procession.wire.capture import prerun
from procession.wire.checklist import step
from procession.wire.checklist_document import FORMAT, FORMAT_VERSION


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
        "automated_actions": [_rule(one, place) for place, one in enumerate(outline.rules, 1)],
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


def _rule(rule: Rule, place: int) -> dict[str, Any]:
    """A rule as clients read it. Ids of members and groups mean nothing outside their organization."""
    actions = tuple(
        msgspec.structs.replace(one, assignees=Assignees(guests=one.assignees.guests)) for one in rule.actions
    )
    shown: dict[str, Any] = msgspec.to_builtins(automated_action(msgspec.structs.replace(rule, actions=actions), place))
    return shown
