"""Versions of a template as clients read them, and what differs between two of them, in words too (spec 30 §5.3)."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from procession.engine.comparison import Difference
from procession.engine.model import LAUNCH, DeadlineRule, Field, Offset, Stage, Step
from procession.templates.model import VersionInfo
from procession.wire import checklist
from procession.wire.capture import capture, prerun
from procession.wire.checklist_paths import property_name
from procession.wire.times import instant

LONGEST = 80
"""A text that is longer is told to differ, not repeated."""

_ON, _OFF, _NOTHING = "on", "off", "nothing"


class Version(msgspec.Struct, frozen=True):
    """One version of a template. `runs`: how many processes were launched from it and still exist."""

    version: int
    created_at: str | None
    created_by: int
    runs: int
    is_published: bool
    is_current: bool


class Change(msgspec.Struct, frozen=True):
    """One difference between two versions: what, of which part, and a sentence that tells it."""

    type: str
    change: str
    id: str | None
    name: str
    step: str | None
    property: str | None
    old: Any
    new: Any
    text: str


class Compared(msgspec.Struct, frozen=True, rename={"old": "from", "new": "to"}):
    """Two versions by number, and everything that differs."""

    old: int
    new: int
    changes: list[Change]


class Names(msgspec.Struct, frozen=True):
    """What ids in the two versions are called: members by id, groups, steps and stages by theirs."""

    members: Mapping[int, str] = {}
    others: Mapping[str, str] = {}


def version(info: VersionInfo, *, runs: int, published: bool, current: bool) -> Version:
    """A version as lists show it."""
    return Version(info.number, instant(info.created_at), info.created_by, runs, published, current)


def changes(found: Sequence[Difference], checklist_id: str, names: Names) -> list[Change]:
    """The differences under the wire's names."""
    return [
        Change(
            type=one.part,
            change=one.act,
            id=one.id,
            name=one.name,
            step=one.inside,
            property=property_name(one.part, one.property) if one.property else None,
            old=_value(one.property, one.old, checklist_id),
            new=_value(one.property, one.new, checklist_id),
            text=sentence(one, names),
        )
        for one in found
    ]


def _value(name: str | None, value: Any, checklist_id: str) -> Any:
    if isinstance(value, Step):
        return checklist.step(value, checklist_id)
    if isinstance(value, Field):
        return prerun(value, checklist_id) if name is None else capture(value, checklist_id=checklist_id, step_id=None)
    if name == "launches":
        return checklist.launches(value)
    return msgspec.to_builtins(value)


# -- in words ----------------------------------------------------------------------------------------------------------


def sentence(one: Difference, names: Names) -> str:
    """What differs, for people."""
    what = _called(one)
    if one.part == "rule" or one.act in ("added", "removed"):
        return f"{what} was {one.act}."
    if one.act == "moved" and one.part == "field" and one.property is None:
        return f"{what} came here from {_place(one.old)}."
    if one.act == "moved":
        return f"{what} moved from place {one.old} to place {one.new}."
    name = (property_name(one.part, one.property or "")).replace("_", " ")
    old, new = _words(one.property, one.old, names), _words(one.property, one.new, names)
    if old is None or new is None:
        return f"{what}: {name} changed."
    return f"{what}: {name} changed from {old} to {new}."


def _called(one: Difference) -> str:
    if one.part == "template":
        return "The template"
    called = f'{one.part.capitalize()} "{one.name}"' if one.name else f"A {one.part}"
    return f"{called} of {_place(one.inside)}" if one.part == "field" else called


def _place(step: str | None) -> str:
    return f'step "{step}"' if step is not None else "the kick-off form"


def _words(name: str | None, value: Any, names: Names) -> str | None:
    """A value as a few words; None when it takes more than that."""
    if value is None or value in ("", (), {}):
        return _NOTHING
    if isinstance(value, bool):
        return _ON if value else _OFF
    if isinstance(value, DeadlineRule):
        return _deadline(value, names)
    if isinstance(value, Offset):
        return _span(value.value, value.unit)
    if isinstance(value, str):
        text = names.others.get(value, value)
        return f'"{text}"' if len(text) <= LONGEST and "<" not in text else None
    if isinstance(value, int):
        return names.members.get(value, str(value)) if name == "owner" else str(value)
    if isinstance(value, tuple) and all(isinstance(one, str | int) for one in value):
        listed = ", ".join(
            names.members.get(one, str(one)) if isinstance(one, int) else names.others.get(one, one) for one in value
        )
        return listed if len(listed) <= 2 * LONGEST else None
    return None


def _deadline(rule: DeadlineRule, names: Names) -> str:
    side = "after" if rule.option == "from" else "before"
    anchor = "the launch" if rule.step in (None, LAUNCH) else f'step "{names.others.get(rule.step or "", rule.step)}"'
    return f"{_span(rule.value, rule.unit)} {side} {anchor}"


def _span(value: int, unit: str) -> str:
    return f"{value} {unit.removesuffix('s') if value == 1 else unit}"


def names_needed(found: Sequence[Difference]) -> tuple[set[int], set[str]]:
    """The members and groups whose names the sentences want."""
    members: set[int] = set()
    groups: set[str] = set()
    for one in found:
        for value in (one.old, one.new):
            if one.property == "members":
                members.update(value)
            elif one.property == "groups":
                groups.update(value)
    return members, groups


def titles_of(*documents: Any) -> dict[str, str]:
    """Titles of steps and stages by id, of the later document where both have one."""
    parts: list[Step | Stage] = [one for document in documents for one in (*document.steps, *document.stages)]
    return {one.id: one.title for one in parts}
