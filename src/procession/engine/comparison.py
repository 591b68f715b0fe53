"""What is different between two versions of a template, part by part (spec 30 §5.3, 60 §11)."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeVar

import msgspec

from procession.engine.model import Field, Stage, Step, TemplateDocument

Part = Literal["template", "step", "field", "stage", "rule"]
Act = Literal["added", "removed", "changed", "moved"]

_UNTOLD = frozenset(("id", "number", "alias", "position", "fields", "created_at", "updated_at", "revision"))
_TEMPLATE = ("title", "kind", "content")
_Named = TypeVar("_Named", Step, Field, Stage)


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that differs. `name`: title or label afterwards, of what was removed before.

    `inside` is the title of the step a field is on (None: the kick-off form). `changed` names the property and both
    its values; `moved` has the places, from 1, and for a field that went to another step the titles of the two.
    """

    part: Part
    act: Act
    id: str | None = None
    name: str
    inside: str | None = None
    property: str | None = None
    old: Any = None
    new: Any = None


def compare(old: TemplateDocument, new: TemplateDocument) -> list[Difference]:
    """Everything that differs, in the order people read a template: itself, form, stages, steps with fields, rules."""
    found = [_change("template", new, name, None, (old, new)) for name in _TEMPLATE if _differ(old, new, name)]
    found += _fields(old, new, None)
    found += _listed("stage", old.stages, new.stages, None)
    found += _listed("step", old.steps, new.steps, None)
    for step in new.steps:
        found += _fields(old, new, step)
    return found + _rules(old.rules, new.rules)


def _fields(old: TemplateDocument, new: TemplateDocument, step: Step | None) -> list[Difference]:
    """The fields of one step of the new version, or of the kick-off form. Those of a removed step went with it."""
    before, after = _homes(old), _homes(new)
    here = step.id if step is not None else None
    inside = step.title if step is not None else None
    kept = {one for one, (_, home, _) in after.items() if home == here}
    former = [
        field for field, home, _ in before.values() if home == here and (field.id in kept or field.id not in after)
    ]
    latter = new.kickoff if step is None else step.fields
    found: list[Difference] = []
    if step is None or any(one.id == here for one in old.steps):  # the fields of a new step came with it
        stayed = [field for field in latter if field.id not in before or before[field.id][1] == here]
        found += _listed("field", former, stayed, inside)
    for field in latter:
        if field.id in before and before[field.id][1] != here:
            was, _, where = before[field.id]
            came = Difference(part="field", act="moved", id=field.id, name=field.label, inside=inside)
            found.append(msgspec.structs.replace(came, old=where, new=inside))
            found += _changed("field", was, field, inside)
    return found


def _homes(document: TemplateDocument) -> dict[str, tuple[Field, str | None, str | None]]:
    """Every field with the id and title of its step."""
    homes: dict[str, tuple[Field, str | None, str | None]] = {
        field.id: (field, None, None) for field in document.kickoff
    }
    for step in document.steps:
        homes.update({field.id: (field, step.id, step.title) for field in step.fields})
    return homes


def _listed(part: Part, old: Sequence[_Named], new: Sequence[_Named], inside: str | None) -> list[Difference]:
    """What became of the parts of one list: removed, added, moved among those that stayed, changed."""
    before = {one.id: one for one in _ordered(old)}
    after = {one.id: one for one in _ordered(new)}
    places = {one: place for place, one in enumerate(one for one in before if one in after)}
    stayed = _longest([places[one] for one in after if one in before])
    found = [
        Difference(part=part, act="removed", id=one.id, name=name_of(one), inside=inside, old=one)
        for one in before.values()
        if one.id not in after
    ]
    for one in after.values():
        if one.id not in before:
            found.append(Difference(part=part, act="added", id=one.id, name=name_of(one), inside=inside, new=one))
            continue
        was = before[one.id]
        if places[one.id] not in stayed:
            moved = Difference(part=part, act="moved", id=one.id, name=name_of(one), inside=inside, property="position")
            found.append(msgspec.structs.replace(moved, old=was.position, new=one.position))
        found += _changed(part, was, one, inside)
    return found


def _changed(part: Part, old: Any, new: Any, inside: str | None) -> list[Difference]:
    told = [name for name in type(new).__struct_fields__ if name not in _UNTOLD]
    return [_change(part, new, name, inside, (old, new)) for name in told if _differ(old, new, name)]


def _differ(old: Any, new: Any, name: str) -> bool:
    return bool(getattr(old, name) != getattr(new, name))


def _change(part: Part, whose: Any, name: str, inside: str | None, both: tuple[Any, Any]) -> Difference:
    return Difference(
        part=part,
        act="changed",
        id=getattr(whose, "id", None),
        name=name_of(whose),
        inside=inside,
        property=name,
        old=getattr(both[0], name),
        new=getattr(both[1], name),
    )


def name_of(part: Step | Field | Stage | TemplateDocument) -> str:
    """What people call it."""
    return part.label if isinstance(part, Field) else part.title


def _ordered(parts: Sequence[_Named]) -> list[_Named]:
    return sorted(parts, key=lambda one: one.position)


def _longest(places: Sequence[int]) -> set[int]:
    """The places that may stand still when the others move: a longest rising selection of them."""
    tails: list[int] = []
    before: dict[int, int | None] = {}
    for place in places:
        at = bisect_left(tails, place)
        before[place] = tails[at - 1] if at else None
        tails[at:] = [place, *tails[at + 1 :]]
    kept: set[int] = set()
    walked = tails[-1] if tails else None
    while walked is not None:
        kept.add(walked)
        walked = before[walked]
    return kept


def _rules(old: Sequence[Any], new: Sequence[Any]) -> list[Difference]:
    """Rules by their ids, each as a whole."""
    before = {_rule(one)["id"]: _rule(one) for one in old}
    after = {_rule(one)["id"]: _rule(one) for one in new}
    found = []
    for rule_id in [*(one for one in before if one not in after), *after]:
        was, now = before.get(rule_id), after.get(rule_id)
        if was == now:
            continue
        act: Act = "added" if was is None else "removed" if now is None else "changed"
        name = str((now or was or {}).get("automated_alias") or "")
        found.append(Difference(part="rule", act=act, id=rule_id, name=name, old=was, new=now))
    return found


def _rule(rule: Any) -> Mapping[str, Any]:
    """A rule as plain JSON, whatever holds it."""
    plain = msgspec.to_builtins(rule)
    return {"id": None, **plain}
