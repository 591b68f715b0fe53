"""The template that the completion of a step launches (spec 30 §12)."""

from collections.abc import Collection, Mapping
from typing import Any

from procession.engine.model import Problem
from procession.kernel.ids import read_id
from procession.kernel.unit import Unit
from procession.people.model import Actor
from procession.templates.access import rights_of, templates_by_id
from procession.templates.model import Template
from procession.templates.versions import CompiledVersion, compiled_versions

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
    if target_id is None:
        problems.append(Problem(("launches", "id"), UNKNOWN))
        return None
    text = target_refusals(unit, actor, {target_id}, besides=template.id)[target_id]
    if text is not None:
        problems.append(Problem(("launches", "id"), text))
        return None
    return launches_from(sent, target_id, problems)


def launches_from(value: Any, target_id: str, problems: list[Problem]) -> dict[str, Any]:
    """What a step launches, of a target that may be; a name format that cannot be kept is a problem."""
    sent: dict[str, Any] = value if isinstance(value, dict) else {}
    name_format = sent.get("default_name_format")
    if name_format is not None and (not isinstance(name_format, str) or len(name_format) > FORMAT_LIMIT):
        said = f"The default name format must be a string of at most {FORMAT_LIMIT} characters."
        problems.append(Problem(("launches", "default_name_format"), said))
        name_format = None
    field_map = sent.get("prerun_map")
    return {
        "template_id": target_id,
        "name_format": name_format or None,
        "inject": sent.get("tasks_within_process") in (True, 1, "1", "true"),
        "field_map": field_map if isinstance(field_map, dict) else {},
    }


def target_refusals(unit: Unit, actor: Actor, ids: Collection[str], *, besides: str | None) -> dict[str, str | None]:
    """Why each of these templates cannot be launched by a step of template `besides`; None: it can. Two queries."""
    found = templates_by_id(unit, ids)
    versions = compiled_versions(unit, {one.launched_version or one.version_id for one in found.values()})
    return {one: _refusal(actor, found.get(one), besides, versions) for one in ids}


def _refusal(
    actor: Actor, target: Template | None, besides: str | None, versions: Mapping[str, CompiledVersion]
) -> str | None:
    rights = rights_of(actor, target) if target is not None else frozenset[str]()
    if target is None or target.system or target.archived_at is not None or not rights & {"read", "launch"}:
        return UNKNOWN
    if target.id == besides:
        return ITSELF
    if target.kind == "document":
        return NO_DOCUMENT
    if "launch" not in rights:
        return NO_RIGHT
    version = versions.get(target.launched_version or target.version_id)
    if version is None:
        return UNKNOWN
    return NEEDS_ANSWERS if any(field.required for field in version.document.kickoff) else None
