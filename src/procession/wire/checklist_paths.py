"""The engine's words for what is wrong with a template, as the paths clients know (spec 00 ERR-01)."""

from collections.abc import Mapping

_TEMPLATE: Mapping[str, str] = {
    "kind": "type",
    "label": "status",
    "members": "users",
    "kickoff": "prerun",
    "launcher": "user_id",
    "kickoff_member": "kickoff_sharing_user_id",
    "kickoff_template": "ko_form_blueprint_id",
    "process_folder": "default_folder",
}
_STEP: Mapping[str, str] = {
    "kind": "step_type",
    "members": "assignees",
    "start": "start_date",
    "launches": "bp_to_launch",
    "fields": "captures",
}
_FIELD: Mapping[str, str] = {
    "kind": "field_type",
    "validations": "field_validation",
    "rich": "use_wysiwyg_editor",
    "default": "default_value",
    "default_enabled": "default_value_enabled",
}


def checklist_path(path: tuple[str, ...]) -> str:
    """`("kickoff", "0", "kind")` → `prerun.0.field_type`."""
    head, *rest = path
    inner = tuple(rest)
    if head == "kickoff" and len(inner) > 1:
        return f"prerun.{inner[0]}.{capture_path(inner[1:])}"
    if head == "steps" and len(inner) > 1:
        return f"steps.{inner[0]}.{step_path(inner[1:])}"
    return ".".join((_TEMPLATE.get(head, head), *inner))


def step_path(path: tuple[str, ...]) -> str:
    """`("members", "0")` → `assignees.0`."""
    head, *rest = path
    inner = tuple(rest)
    if head == "fields" and len(inner) > 1:
        return f"captures.{inner[0]}.{capture_path(inner[1:])}"
    return ".".join((_STEP.get(head, head), *inner))


def capture_path(path: tuple[str, ...]) -> str:
    """`("validations",)` → `field_validation`."""
    head, *rest = path
    return ".".join((_FIELD.get(head, head), *rest))
