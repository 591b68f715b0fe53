"""An entry of the activity feed as clients read it (spec 10 §14): arrays of one element, class names of their past."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

CLASSES = {
    "process": "App\\Models\\Run",
    "task": "App\\Models\\Task",
    "template": "App\\Models\\Checklist",
    "step": "App\\Models\\Step",
    "comment": "App\\Models\\Thread",
    "file": "App\\Models\\Asset",
    "member": "App\\Models\\User",
    "account": "App\\Models\\User",
    "guest": "App\\Models\\Guest",
    "organization": "App\\Models\\Organization",
    "tag": "App\\Models\\Tag",
    "folder": "App\\Models\\Folder",
    "group": "App\\Models\\Group",
    "rule": "App\\Models\\AutomatedAction",
}
TYPES = {
    "comment": "Comment",
    "task": "Task",
    "process": "Process",
    "template": "Blueprint",
    "step": "Step",
    "person": "User",
    "organization": "Organization",
    "tag": "Tag",
    "group": "Group",
    "folder": "Folder",
    "rule": "execution",
}
FIELDS = {
    "soft_start": "is_soft_start_date",
    "guests_may_not_comment": "prevent_guest_comment",
    "kind": "task_type",
    "confidential": "top_secret",
    "only_assignees_complete": "can_complete_only_assignees",
    "chromeless": "send_chromeless",
    "own_fields": "form_fields",
    "template_id": "checklist_id",
    "rules": "automated_actions",
    "starter_id": "author_id",
}
"""Our names of changed members that clients know by others."""

_COMMENT = {"id", "content", "label", "mentioned", "author", "created_at"}
_OWNERS = {"members": "users", "guests": "guests", "groups": "groups"}


class ActivityActor(msgspec.Struct, frozen=True):
    """Who did it."""

    email: str | None
    username: str | None
    first_name: str
    last_name: str
    full_name: str
    profile_pic: str | None
    resize_profile_pic: str | None


SYSTEM = ActivityActor(None, None, "System", "", "System", None, None)


class ActivityEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry. `audit_state` and `parent_state` are the last snapshots of what is gone; `imported`: it was brought
    along from elsewhere, in import mode (spec 50 IMP-03). `converted_to`: the member that the guest who did it is now
    (spec 40 §14.6).
    """

    id: int
    organization_id: str
    verb: list[str]
    source: list[str]
    actor_type: list[str]
    actor_id: list[int | None]
    actor: list[ActivityActor]
    converted_to: int | None
    type: list[str]
    description: list[str]
    field: list[str] | None
    old_value: list[Any] | None
    new_value: list[Any] | None
    text: list[str] | None
    references: list[Any] | None
    auditable_type: str
    auditable_id: str
    parentable_type: str | None
    parentable_id: str | None
    created_at: str
    imported: bool
    undoable: bool
    origin: dict[str, Any] | None
    audit_state: dict[str, Any] | None
    parent_state: dict[str, Any] | None
    audit: dict[str, Any] | UnsetType = UNSET
    parent: dict[str, Any] | UnsetType = UNSET


def class_name(kind: str) -> str:
    """The class that clients know this kind of thing by."""
    return CLASSES.get(kind, f"App\\Models\\{kind.title()}")


def type_name(sort: str | None, kind: str) -> str:
    """The type of an entry of this sort; of things that have none of their own the name of their kind."""
    return TYPES[sort] if sort is not None else kind.replace("_", " ").title()


def field_name(name: str) -> str:
    """How clients call a changed member."""
    return FIELDS.get(name, name)


_TYPES = {"step": "Task", "field": "Capture", "kickoff": "Prerun"}


def rule_state(told: Mapping[str, Any]) -> dict[str, Any]:
    """What a rule found and did, as `audit_state` of its entry (spec 31 §8.1); names as they were at that time."""
    rules = []
    for one in told["conditions"]:
        named = "task_title" if one["kind"] == "step" else "field_label"
        shown = {name: one[name] for name in ("operation", "statement", "logic")}
        rules.append({"type": _TYPES[one["kind"]], named: one["label"], **shown, "isMet": one["met"]})
    actions: dict[str, Any] = {}
    for one in told["actions"]:
        if one["task"] is not None:
            entry = actions.setdefault(one["task"], {"title": one["title"], "actions": []})
            entry["actions"].append(one["verb"])
    state = {"automation_id": told["rule"], "alias": told["name"], "rules": rules, "actions": actions}
    reversed_ = {"reversed": True} if told["reversed"] else {}
    failed = {"error": told["failed"]} if told["failed"] is not None else {}
    return state | reversed_ | failed


def shown_value(value: Any) -> Any:
    """A value before or after a change: answers without their wrapping, rules in words, owners by the wire's names,
    comments and files by what they say and how they are called.
    """
    if not isinstance(value, Mapping):
        return value
    if "field_id" in value and "value" in value:
        return value["value"]
    if "filename" in value:
        return value["filename"]
    if "content" in value and value.keys() <= _COMMENT:
        return value["content"]
    if "rule" in value and "text" in value:
        return value["text"]
    if set(value) == set(_OWNERS):
        return {wire: value[ours] for ours, wire in _OWNERS.items()}
    return dict(value)
