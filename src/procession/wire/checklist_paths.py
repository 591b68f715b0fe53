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
    if head == "set" and inner:
        return f"set.{step_path(inner)}"
    if head == "steps" and len(inner) > 1:
        return f"steps.{inner[0]}.{step_path(inner[1:])}"
    if head == "fields" and len(inner) > 1:
        return f"captures.{inner[0]}.{capture_path(inner[1:])}"
    return ".".join((_STEP.get(head, head), *inner))


def capture_path(path: tuple[str, ...]) -> str:
    """`("validations",)` → `field_validation`."""
    head, *rest = path
    return ".".join((_FIELD.get(head, head), *rest))


_STEP_PROPERTIES: Mapping[str, str] = {
    **_STEP,
    "assign_starter": "assign_run_starter",
    "guests_allowed": "allow_guest_owners",
    "only_assignees_complete": "can_complete_only_assignees",
    "guests_may_not_comment": "prevent_guest_comment",
    "mandatory": "skip_start_process",
    "soft_start": "is_soft_start_date",
    "confidential": "top_secret",
    "chromeless": "send_chromeless",
}


def property_name(part: str, name: str) -> str:
    """What the wire calls a property of a template, step or field: `("step", "kind")` → `step_type`."""
    known = {"template": _TEMPLATE, "step": _STEP_PROPERTIES, "field": _FIELD}.get(part, {})
    return known.get(name, name)
