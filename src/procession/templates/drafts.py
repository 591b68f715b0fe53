"""Steps as people define them: what was sent, read against what is known, into a step (spec 30 §8-§10)."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET

from procession.engine.model import Problem, Step, TemplateDocument
from procession.engine.people import (
    Mentions,
    People,
    check_groups,
    check_guests,
    check_members,
    mentioned,
)
from procession.kernel.ids import read_id
from procession.kernel.unit import Unit
from procession.people.model import Settings
from procession.people.persons import facts, groups_people
from procession.templates.offsets import read_offset, read_rule

_EXPRESSION = re.compile(r"\s*\{\{[^{}]+\}\}\s*")
NO_GUESTS = "Guests may not be assigned to this step."


class StepChange(msgspec.Struct, frozen=True, kw_only=True):
    """A step as it was sent. `values`: members of `engine.model.Step` that are read already; the rest is plain JSON.

    UNSET where nothing was sent. `alias` counts when a step is changed, not when one is made.
    """

    values: Mapping[str, Any] = {}
    alias: object = UNSET
    members: object = UNSET
    guests: object = UNSET
    groups: object = UNSET
    roles: object = UNSET
    deadline: object = UNSET
    start: object = UNSET
    stage_id: object = UNSET
    launches: object = UNSET
    extra: Mapping[str, Any] = {}


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What a step is checked against."""

    people: People
    steps: Collection[str]
    stages: Collection[str] = ()


def mentions(change: StepChange) -> Mentions:
    """Whom a change names, for looking them up."""
    buckets = {"users": change.members, "guests": change.guests, "groups": change.groups}
    return mentioned({name: value for name, value in buckets.items() if value is not UNSET})


def apply(step: Step, change: StepChange, known: Known, path: tuple[str, ...], problems: list[Problem]) -> Step:
    """`step` with what was sent; what is wrong goes to `problems` under `path` and is left out."""
    values: dict[str, Any] = dict(change.values)
    values.update(_people(change, known.people, path, problems))
    if change.deadline is not UNSET:
        values["deadline"] = read_rule(change.deadline, (*path, "deadline"), step.id, known.steps, problems)
    if change.start is not UNSET:
        values["start"] = read_offset(change.start, (*path, "start"), problems)
    if change.stage_id is not UNSET:
        stage_id = read_id(change.stage_id)
        if change.stage_id not in (None, "") and (stage_id is None or stage_id not in known.stages):
            problems.append(Problem((*path, "stage_id"), "The selected stage id is invalid."))
        values["stage_id"] = stage_id
    if change.extra:
        extra = {**step.extra, **change.extra}
        values["extra"] = {name: value for name, value in extra.items() if value is not None}
    changed = msgspec.structs.replace(step, **values)
    if not changed.guests_allowed and changed.guests:
        problems.append(Problem((*path, "guests"), NO_GUESTS))
    return changed


def _people(
    change: StepChange, people: People, path: tuple[str, ...], problems: list[Problem]
) -> dict[str, tuple[Any, ...]]:
    found: dict[str, tuple[Any, ...]] = {}
    if change.members is not UNSET and change.members is not None:
        found["members"], wrong = check_members(change.members, people, "assignees")
        problems.extend(Problem((*path, "members", *one.path), one.text) for one in wrong)
    if change.guests is not UNSET and change.guests is not None:
        found["guests"] = _guests(change.guests, people, (*path, "guests"), problems)
    if change.groups is not UNSET and change.groups is not None:
        found["groups"], wrong = check_groups(change.groups, people)
        problems.extend(Problem((*path, "groups", *one.path), one.text) for one in wrong)
    return found


def _guests(sent: object, people: People, path: tuple[str, ...], problems: list[Problem]) -> tuple[str, ...]:
    """Addresses, and expressions `{{alias}}` that the launch resolves (spec 30 §10.4)."""
    entries = sent if isinstance(sent, list) else [sent] if not isinstance(sent, str) else sent.split(",")
    texts = [one.strip() if isinstance(one, str) and _EXPRESSION.fullmatch(one) else None for one in entries]
    plain = ["" if text else one for one, text in zip(entries, texts, strict=True)]
    addresses, wrong = check_guests(plain, people)
    problems.extend(Problem((*path, *one.path), one.text) for one in wrong)
    return (*addresses, *dict.fromkeys(text for text in texts if text))


def known_people(unit: Unit, changes: Sequence[StepChange], settings: Settings) -> People:
    """What is known about everybody that the changes name, looked up together."""
    named = [mentions(change) for change in changes]
    wanted = Mentions(
        members=frozenset().union(*(one.members for one in named)),
        guests=frozenset().union(*(one.guests for one in named)),
        groups=frozenset().union(*(one.groups for one in named)),
    )
    return facts(unit, wanted, settings)[0]


def listed(value: object) -> list[Any]:
    """What was sent for a list: nothing, one thing, or a list."""
    if value is None or value is UNSET:
        return []
    return value if isinstance(value, list) else [value]


def too_many(unit: Unit, steps: Sequence[Step]) -> dict[str, str]:
    """Why steps have more assignees than they allow, by step id, each person counted once (spec 30 §10.5)."""
    limited = [step for step in steps if step.max_assignable]
    groups = {one for step in limited for one in step.groups}
    inside = groups_people(unit, groups) if groups else {}
    found: dict[str, str] = {}
    for step in limited:
        people: set[int | str] = {*step.members, *step.guests}
        for group in step.groups:
            if group in inside:
                people.update(inside[group].members, inside[group].guests)
        if len(people) > step.max_assignable:
            found[step.id] = f"This step allows at most {step.max_assignable} assignees."
    return found


def stages_of(document: TemplateDocument) -> frozenset[str]:
    """The ids of the template's stages."""
    return frozenset(stage.id for stage in document.stages)
