"""Bodies that bring a whole template: an exported document, or the complete object importers post (spec 30 §3.11)."""

from collections.abc import Mapping
from typing import Any

import msgspec

from procession.api.automation_bodies import rule_drafts
from procession.api.checklist_bodies import CREATE, UPDATE_STEP, field_entries, listing, step_change
from procession.api.reading import Shape, Wrong, raw, read_integer, text
from procession.engine.model import Problem
from procession.engine.richtext import strip_tags
from procession.kernel.errors import Invalid
from procession.kernel.ids import read_id
from procession.templates.import_people import Named
from procession.templates.imports import Import, ImportedStage, ImportedStep, ImportedTag, named_people
from procession.wire.checklist_document import FORMAT, FORMAT_VERSION

STEPS, FIELDS, RULES, STAGES, TAGS = 500, 100, 500, 500, 100
"""How much a document may bring (spec 50 TPL-05): fields of a step, the others of the template."""

COMPLETE = Shape(
    "completeChecklistInput",
    {**CREATE.members, "stages": raw({}, null="absent"), "tags": raw({}, null="absent")},
    required=("title",),
)
"""A template with its parts; its type may be missing."""

_STEP = Shape("importedStep", UPDATE_STEP.members, required=("title",))
_TITLE = text(250, clean=strip_tags)
_COLOR = "#0123456789abcdefABCDEF"


class Document(msgspec.Struct, frozen=True):
    """A template as an exported document carries it: the object, its people by name, where it comes from."""

    body: Mapping[str, Any]
    named: Named
    organization_id: str | None


def read_document(body: Mapping[str, Any]) -> Document:
    """The template in a body: an envelope (`format`, `data`), an item's `data`, or the bare object. 422 for others."""
    if "format" in body and "data" in body:
        known = body["format"] == FORMAT and read_integer(body.get("format_version")) == FORMAT_VERSION
        if not known:
            raise Invalid({"format": [f"Only {FORMAT} version {FORMAT_VERSION} is known."]})
    data = body.get("data", body)
    if not isinstance(data, dict):
        raise Invalid({"data": ["The data must be an object."]})
    return Document(data, named_people(body.get("people")), read_id(body.get("organization_id")))


def is_complete(body: Mapping[str, Any]) -> bool:
    """Whether a body brings parts of a template besides the kick-off form: then it is an import (spec 30 §3.4)."""
    return any(body.get(name) not in (None, "", [], {}) for name in ("automated_actions", "stages")) or (
        body.get("steps") is not None
    )


def read_import(sent: Mapping[str, Any], problems: list[Problem], named: Named | None = None) -> Import:
    """The parts of an exported template; what is wrong with them goes to `problems`."""
    steps = [
        found
        for index, one in enumerate(_parts(sent, "steps", STEPS, problems))
        if (found := _step(one, index, problems)) is not None
    ]
    return Import(
        steps=steps,
        stages=_stages(sent, problems),
        rules=rule_drafts(_parts(sent, "automated_actions", RULES, problems)),
        tags=_tags(sent),
        named=named or Named(),
    )


def _parts(sent: Mapping[str, Any], name: str, limit: int, problems: list[Problem]) -> list[Any]:
    """A list, bare or wrapped; longer ones are refused."""
    value = sent.get(name)
    found = [] if value in (None, "", {}) else listing(value)
    if found is None:
        problems.append(Problem((name,), f"The {name.replace('_', ' ')} must be an array."))
        return []
    if len(found) > limit:
        problems.append(Problem((name,), f"The {name.replace('_', ' ')} may not have more than {limit} items."))
        return []
    return found


def _step(value: object, index: int, problems: list[Problem]) -> ImportedStep | None:
    path = ("steps", str(index))
    if not isinstance(value, dict):
        problems.append(Problem(path, "The step must be an object."))
        return None
    wrong: list[Problem] = []
    sent = _STEP.read(value, wrong)
    fields = field_entries(_parts(value, "captures", FIELDS, wrong), ("captures",), wrong)
    problems += [Problem((*path, *one.path), one.text) for one in wrong]
    position = read_integer(value.get("position"))
    return ImportedStep(
        id=value.get("id"),
        position=position if position is not None and position > 0 else index + 1,
        change=step_change(sent),
        fields=fields,
    )


def _stages(sent: Mapping[str, Any], problems: list[Problem]) -> list[ImportedStage]:
    found = []
    for index, one in enumerate(_parts(sent, "stages", STAGES, problems)):
        path = ("stages", str(index))
        if not isinstance(one, dict):
            problems.append(Problem(path, "The stage must be an object."))
            continue
        try:
            title = _TITLE.read("title", one.get("title"))
        except Wrong as wrong:
            problems.append(Problem((*path, "title"), str(wrong)))
            continue
        position = read_integer(one.get("position"))
        found.append(ImportedStage(one.get("id"), title, position if position is not None else index + 1))
    return found


def _tags(sent: Mapping[str, Any]) -> list[ImportedTag]:
    """Tags by title; what has none is somebody's id and says nothing here. Those the server makes are left out."""
    found = []
    for one in (listing(sent.get("tags")) or [])[:TAGS]:
        title = one.get("title") if isinstance(one, dict) else None
        if isinstance(title, str) and title.strip() and not one.get("auto_generated"):
            color = one.get("color")
            found.append(ImportedTag(strip_tags(title).strip(), color if _is_color(color) else None))
    return found


def _is_color(value: object) -> bool:
    return isinstance(value, str) and len(value) == 7 and value[0] == "#" and all(one in _COLOR for one in value[1:])
