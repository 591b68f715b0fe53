"""The engine's words for what is wrong, as the paths clients know (spec 00 ERR-01)."""

_FIRST = {
    "answers": "taskdata",
    "kickoff": "prerun",
    "members": "users",
    "kind": "task_type",
    "approved": "is_approved",
    "confidential": "top_secret",
    "starter_id": "user_id",
    "guests_may_not_comment": "prevent_guest_comment",
    "fields": "form_fields",
}
_INNER = {"members": "users", "kind": "field_type", "validations": "field_validation", "default": "default_value"}
CODES = {"UNKNOWN_ANSWER_KEY": "UNKNOWN_TASKDATA_KEY", "UNKNOWN_KICKOFF_KEY": "UNKNOWN_PRERUN_KEY"}
"""Codes of warnings as clients know them."""


def task_path(path: tuple[str, ...]) -> str:
    """`("owners", "members", "0")` → `owners.users.0`."""
    first, *rest = path
    return ".".join([_FIRST.get(first, first), *(_INNER.get(one, one) for one in rest)])
