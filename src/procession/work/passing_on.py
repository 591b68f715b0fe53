"""Answers that a process passes on to the one its task launches (`prerun_map`, spec 10 §22.6)."""

from collections.abc import Mapping
from typing import Any

from procession.engine.model import Field
from procession.engine.variables import render_answer
from procession.engine.work import Process
from procession.kernel.ids import read_id
from procession.kernel.unit import Unit
from procession.templates.versions import CompiledVersion, compiled
from procession.work import queries
from procession.work.reading import member_names

SHORT, LONG = 200, 30_000
_ALIKE = frozenset(("date", "assignees_form", "email", "file"))


def passed_on(unit: Unit, process: Process, target: CompiledVersion, field_map: Mapping[str, Any]) -> dict[str, object]:
    """Kick-off field of the target → the value of the field that the map names; what does not fit is left out."""
    if not field_map:
        return {}
    source = compiled(unit, process.version_id)
    rows = unit.all(queries.ANSWERS_OF_PROCESSES, processes=[process.id])
    stored: dict[str, Any] = {field_id: value for _, _, field_id, value in rows}
    names = member_names(unit, [stored])
    found: dict[str, object] = {}
    for wanted, given in field_map.items():
        field, place = target.kickoff.get(read_id(wanted) or ""), source.fields.get(read_id(given) or "")
        if field is None or place is None or place.field.id not in stored:
            continue
        value = _fitted(field, place.field, stored[place.field.id], names)
        if value is not None:
            found[field.id] = value
    return found


def _fitted(field: Field, source: Field, value: Any, names: Mapping[str, str]) -> Any:
    """The value as the field takes it: alike as it is, options by their text, everything else as text."""
    if field.kind in _ALIKE:
        return value if source.kind == field.kind else None
    if field.kind == "table":
        same = source.kind == "table" and len(source.columns) == len(field.columns)
        return value if same else None
    text = render_answer(source, value, html=False, names=names)
    match field.kind:
        case "textarea":
            rich = field.rich and source.kind == "textarea" and source.rich
            return value if rich else text[:LONG]
        case "radio":
            return text if any(one.text == text for one in field.options) else None
        case "dropdown":
            return next(({"id": one.id, "text": one.text} for one in field.options if one.text == text), None)
        case "multiselect":
            chosen = [one for one in field.options if one.text in _chosen(source, value, text)]
            return [{"id": one.id, "text": one.text, "selected": True} for one in chosen] or None
        case _:
            return text[:SHORT]


def _chosen(source: Field, value: Any, text: str) -> set[str]:
    if source.kind == "multiselect" and isinstance(value, list):
        return {str(one.get("text")) for one in value if isinstance(one, dict) and one.get("selected") is True}
    return {text}
