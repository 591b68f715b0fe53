"""The template that the completion of a step launches (spec 30 §12)."""

from typing import Any

from procession.engine.model import Problem
from procession.kernel.ids import read_id
from procession.kernel.unit import Unit
from procession.people.model import Actor
from procession.templates import queries
from procession.templates.access import rights_of
from procession.templates.model import Template
from procession.templates.versions import compiled

FORMAT_LIMIT = 550
UNKNOWN = "The selected template does not exist."
ITSELF = "A template cannot launch itself."
NO_DOCUMENT = "Only procedures and forms can be launched by a step."
NEEDS_ANSWERS = "The selected template has required kick-off fields."
NO_RIGHT = "You may not launch the selected template."


def read_launches(
    unit: Unit, actor: Actor, template: Template, value: object, problems: list[Problem]
) -> dict[str, Any] | None:
    """What a step launches: `{template_id, name_format, inject, field_map}`; None: nothing.

    Read from `{id, default_name_format, tasks_within_process, prerun_map}` or a bare id.
    """
    if value is None or value in ("", {}, []):
        return None
    sent: dict[str, Any] = value if isinstance(value, dict) else {"id": value}
    target_id = read_id(sent.get("id"))
    target = unit.one(queries.TEMPLATE, template_id=target_id) if target_id is not None else None
    text = _refusal(unit, actor, template, target)
    if text is not None:
        problems.append(Problem(("launches", "id"), text))
        return None
    name_format = sent.get("default_name_format")
    if name_format is not None and (not isinstance(name_format, str) or len(name_format) > FORMAT_LIMIT):
        said = f"The default name format must be a string of at most {FORMAT_LIMIT} characters."
        problems.append(Problem(("launches", "default_name_format"), said))
    field_map = sent.get("prerun_map")
    return {
        "template_id": target_id,
        "name_format": name_format or None,
        "inject": sent.get("tasks_within_process") in (True, 1, "1", "true"),
        "field_map": field_map if isinstance(field_map, dict) else {},
    }


def _refusal(unit: Unit, actor: Actor, template: Template, target: Template | None) -> str | None:
    rights = rights_of(actor, target) if target is not None else frozenset[str]()
    if target is None or target.system or target.archived_at is not None or not rights & {"read", "launch"}:
        return UNKNOWN
    if target.id == template.id:
        return ITSELF
    if target.kind == "document":
        return NO_DOCUMENT
    if "launch" not in rights:
        return NO_RIGHT
    version = compiled(unit, target.launched_version or target.version_id)
    return NEEDS_ANSWERS if any(field.required for field in version.document.kickoff) else None
