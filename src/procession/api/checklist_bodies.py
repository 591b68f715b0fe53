"""Bodies of templates, steps and fields: their shapes, and what was sent as the room `templates` takes it."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import UNSET

from procession.api.endpoint import Call
from procession.api.past import MADE, telling
from procession.api.reading import (
    Member,
    Shape,
    boolean,
    choice,
    integer,
    items,
    raw,
    text,
    url,
)
from procession.engine import model
from procession.engine.fields import FieldDraft
from procession.engine.model import Field, Problem, Step
from procession.engine.richtext import clean, strip_tags
from procession.engine.validations import unknown_rules
from procession.kernel.ids import read_id
from procession.templates.checks import TemplateChange
from procession.templates.drafts import StepChange
from procession.templates.editing import open_template
from procession.templates.fields import field_of
from procession.templates.kickoff import FieldEntry
from procession.templates.model import Problems, Template
from procession.templates.steps import step_of

HTML_LIMIT = 60_000
STEP_HTML_LIMIT = 500_000
"""Of a step's description, as of a task's (spec 00 §17)."""

ID = {"type": "string", "pattern": "^[0-9a-f]{32}$"}
NULLABLE_ID = {"type": ["string", "null"], "pattern": "^[0-9a-f]{32}$"}
MEMBER_ID = {"type": ["integer", "null"]}
LABELS = {
    "started": "started",
    "in-progress": "in-progress",
    "finishing": "finishing",
    "published": "published",
    "active": "published",
    "draft": "started",
}
TYPES = {"procedure": "procedure", "form": "form", "document": "document"}
STEP_TYPES = {
    "task": "task",
    "approval": "approval",
    "expiring": "expiring",
    "email": "email",
    "expiring_email": "expiring_email",
}

_label = choice(LABELS)
STATUS = Member(read=lambda name, value: "started" if value is None else _label.read(name, value), schema=_label.schema)
"""The progress label of a template; null is the first one (spec 30 §5.1)."""

# -- fields -----------------------------------------------------------------------------------------------------------

FIELD_NAMES: Mapping[str, str] = {
    "label": "label",
    "field_type": "kind",
    "required": "required",
    "position": "position",
    "guidance": "guidance",
    "options": "options",
    "columns": "columns",
    "field_validation": "validations",
    "collect_time": "collect_time",
    "use_wysiwyg_editor": "rich",
    "prefix": "prefix",
    "suffix": "suffix",
    "settings": "settings",
    "list": "list",
    "default_value_enabled": "default_enabled",
    "default_value": "default",
    "hide_label": "hide_label",
}
CAPTURE = Shape(
    "CaptureInput",
    {
        "label": raw({"type": "string", "minLength": 1, "maxLength": 600}),
        "field_type": raw({"type": "string"}),
        "required": raw({"type": "boolean"}),
        "position": raw({"type": "integer", "minimum": 1}),
        "guidance": raw({"type": ["string", "null"]}),
        "options": raw({"type": "array", "items": {"type": "object"}}),
        "columns": raw({"type": "array", "items": {"type": "object"}}),
        "field_validation": raw({"type": "array", "items": {"type": "string"}}),
        "collect_time": raw({"type": "boolean"}),
        "use_wysiwyg_editor": raw({"type": "boolean"}),
        "prefix": raw({"type": ["string", "null"], "maxLength": 20}),
        "suffix": raw({"type": ["string", "null"], "maxLength": 20}),
        "settings": raw({"type": "object"}),
        "list": raw({"type": ["object", "null"]}),
        "default_value_enabled": raw({"type": "boolean"}),
        "default_value": raw({}),
        "hide_label": raw({"type": "boolean"}),
    },
)


def draft(sent: Mapping[str, Any]) -> FieldDraft:
    """A definition as it was sent."""
    return FieldDraft(**{name: sent[wire] for wire, name in FIELD_NAMES.items() if wire in sent})


def field_entries(value: object, path: tuple[str, ...], problems: list[Problem]) -> list[FieldEntry]:
    """A list of definitions; also wrapped in `data`, or as the JSON text of one."""
    listed = listing(value)
    if listed is None:
        problems.append(Problem(path, f"The {path[-1]} must be an array."))
        return []
    found = []
    for index, one in enumerate(listed):
        if isinstance(one, dict):
            named = read_id(one.get("id")) or read_id(one.get("timeline_id"))
            found.append(FieldEntry(named, draft(one), one.get("alias")))
        else:
            problems.append(Problem((*path, str(index)), "The field must be an object."))
    return found


def listing(value: object) -> list[Any] | None:
    """A list, bare, wrapped in `data` or written as JSON; None for anything else."""
    if isinstance(value, str):
        try:
            value = msgspec.json.decode(value)
        except (msgspec.DecodeError, RecursionError):
            return None
    if isinstance(value, dict):
        value = value.get("data")
    return value if isinstance(value, list) else None


def warn_rules(call: Call, sent: Mapping[str, Any], validations: tuple[str, ...]) -> None:
    """Name rules of a field that are kept and not enforced (spec 00 VAL-04)."""
    if "field_validation" in sent:
        call.warnings += [model.Notice("UNKNOWN_FIELD_VALIDATION", rule) for rule in unknown_rules(validations)]


# -- steps ------------------------------------------------------------------------------------------------------------

DEADLINE = {"anyOf": [{"$ref": "#/components/schemas/stepDeadline"}, {"type": "null"}]}
START = {"type": ["object", "null"], "properties": {"value": {"type": "integer"}, "unit": {"type": "string"}}}
STEP_VALUES: Mapping[str, tuple[str, Member]] = {
    "title": ("title", text(600, clean=strip_tags, aliases=("name",))),
    "summary": ("summary", text(STEP_HTML_LIMIT, blank="clear", strip=False, clean=clean, aliases=("description",))),
    "step_type": ("kind", choice(STEP_TYPES, aliases=("task_type",))),
    "role_changes_every_time": ("role_changes_every_time", boolean()),
    "assign_run_starter": ("assign_starter", boolean()),
    "allow_guest_owners": ("guests_allowed", boolean()),
    "max_assignable": ("max_assignable", integer(null="keep")),
    "everyone_must_complete": ("everyone_must_complete", boolean()),
    "can_complete_only_assignees": ("only_assignees_complete", boolean()),
    "prevent_guest_comment": ("guests_may_not_comment", boolean()),
    "skip_start_process": ("mandatory", boolean()),
    "hidden_by_default": ("hidden_by_default", boolean()),
    "top_secret": ("confidential", boolean()),
    "send_chromeless": ("chromeless", boolean()),
    "is_soft_start_date": ("soft_start", boolean()),
    "webhook": ("webhook", url()),
}
STEP_RAW: Mapping[str, tuple[str, Member]] = {
    "assignees": ("members", raw({"type": "array", "items": {"type": "integer"}})),
    "guests": ("guests", raw({"type": "array", "items": {"type": "string"}})),
    "groups": ("groups", raw({"type": "array", "items": ID})),
    "deadline": ("deadline", raw(DEADLINE)),
    "start_date": ("start", raw(START)),
}
STEP_LATER: Mapping[str, tuple[str, Member]] = {
    "alias": ("alias", raw({"type": "string"}, null="absent")),
    "roles": ("roles", raw({"type": "array", "items": ID})),
    "stage_id": ("stage_id", raw(NULLABLE_ID)),
    "bp_to_launch": ("launches", raw({"type": ["object", "string", "null"]})),
}
STEP_EXTRA: dict[str, Member] = {
    "owner_id": integer(null=None),
    "ai_assigned": boolean(null=None),
    "ai_allowed_app_keys": items(100, of={"type": "string"}),
    "ai_on_uncertainty": text(100, blank="clear"),
}


def _members(*tables: Mapping[str, tuple[str, Member]]) -> dict[str, Member]:
    return {wire: member for table in tables for wire, (_, member) in table.items()}


CREATE_STEP = Shape(
    "createStepInput",
    _members(STEP_VALUES, STEP_RAW) | {"tags": items(100, of=ID)},
    required=("title",),
)
UPDATE_STEP = Shape("updateStepInput", _members(STEP_VALUES, STEP_RAW, STEP_LATER) | STEP_EXTRA)
REORDER = Shape("reorderInput", {"position": integer(1)}, required=("position",))


def step_change(sent: Mapping[str, Any]) -> StepChange:
    """A step as one of the shapes read it."""
    plain = {name: sent[wire] for wire, (name, _) in {**STEP_RAW, **STEP_LATER}.items() if wire in sent}
    return StepChange(
        values={name: sent[wire] for wire, (name, _) in STEP_VALUES.items() if wire in sent},
        extra={name: sent[name] for name in STEP_EXTRA if name in sent},
        **plain,
    )


# -- templates --------------------------------------------------------------------------------------------------------

COLUMNS: Mapping[str, tuple[str, Member]] = {
    "title": ("title", text(250, clean=strip_tags, aliases=("name",))),
    "type": ("kind", choice(TYPES)),
    "status": ("label", STATUS),
    "is_pinned": ("pinned", boolean()),
}
SETTINGS: Mapping[str, tuple[str, Member]] = {
    "summary": ("summary", text(2000, blank="clear", strip=False, clean=clean, aliases=("description",))),
    "guidance": ("guidance", text(HTML_LIMIT, blank="clear", strip=False, clean=clean)),
    "webhook": ("webhook", url()),
    "explanation_video": ("video", url()),
    "icon": ("icon", text(100, blank="clear")),
    "public_cover": ("cover", url()),
    "user_id": ("launcher", raw(MEMBER_ID)),
    "kickoff_title": ("kickoff_title", text(250, blank="clear", clean=strip_tags)),
    "kickoff_description": ("kickoff_description", text(HTML_LIMIT, blank="clear", strip=False, clean=clean)),
    "is_public": ("public", boolean()),
    "is_featured": ("featured", boolean()),
    "is_public_kickoff": ("public_kickoff", boolean()),
    "kickoff_sharing_user_id": ("kickoff_member", raw(MEMBER_ID)),
    "auto_naming": ("auto_naming", boolean()),
    "default_process_name_format": ("name_format", text(550, blank="clear")),
    "allow_launcher_change_name": ("launcher_may_rename", boolean()),
    "folderize_process": ("file_processes", boolean()),
    "tag_process": ("tag_processes", boolean()),
    "default_folder": ("process_folder", raw(NULLABLE_ID)),
    "folder_changeable_by_launcher": ("launcher_may_refile", boolean()),
    "can_add_oot": ("adhoc_tasks", boolean()),
    "reference_only": ("reference_only", boolean()),
    "dual_version_enabled": ("drafts", boolean()),
    "replace_state_conditionally": ("approval", boolean()),
    "ko_form_blueprint_id": ("kickoff_template", raw(NULLABLE_ID)),
}


def _read_folders(name: str, value: Any) -> Any:
    """Ids of folders; the wrapped include of an echoed template is no list of them."""
    return UNSET if isinstance(value, dict) else items(100).read(name, value)


OTHERS: Mapping[str, tuple[str, Member]] = {
    "owner_id": ("owner", raw({"type": "integer"})),
    "folder_id": ("folder", raw(NULLABLE_ID)),
    "folders": ("folders", Member(read=_read_folders, schema={"type": "array", "items": ID, "maxItems": 100})),
    "users": ("members", raw({"type": "array", "items": {"type": "integer"}})),
    "groups": ("groups", raw({"type": "array", "items": ID})),
    "content": ("content", text(1_000_000, blank="clear", strip=False, clean=clean)),
}
BESIDE: dict[str, Member] = {
    "starred": boolean(),
    "prerun": raw({"type": "array", "items": {"$ref": "#/components/schemas/CaptureInput"}}, null="absent"),
}
CREATE = Shape(
    "createChecklistInput",
    _members(COLUMNS, SETTINGS, OTHERS)
    | BESIDE
    | {"steps": raw({"type": ["array", "object"]}, null="absent"), "automated_actions": raw({}, null="absent")}
    | telling(*MADE),
    required=("title", "type"),
)
UPDATE = Shape(
    "updateChecklistInput",
    _members(COLUMNS, SETTINGS, OTHERS) | BESIDE | {"alias": text(300, blank="refuse", clean=str.lower)},
    required=("title",),
)


def template_change(sent: Mapping[str, Any], problems: list[Problem]) -> TemplateChange:
    """A template as one of the shapes read it."""
    columns = {name: sent[wire] for wire, (name, _) in COLUMNS.items() if wire in sent}
    if "alias" in sent:
        columns["alias"] = sent["alias"]
    return TemplateChange(
        columns=columns,
        settings={name: sent[wire] for wire, (name, _) in SETTINGS.items() if wire in sent},
        kickoff=field_entries(sent["prerun"], ("prerun",), problems) if "prerun" in sent else UNSET,
        **{name: sent[wire] for wire, (name, _) in OTHERS.items() if wire in sent},
    )


# -- reading a call ---------------------------------------------------------------------------------------------------


def read_body(call: Call, shape: Shape, problems: Problems) -> dict[str, Any]:
    """The members that were sent, under the wire's names."""
    return shape.read(call.body, problems, call.warnings, strict=bool(call.query.flag("strict")))


def require_fresh(call: Call, template_id: str, step_id: str | None = None, field_id: str | None = None) -> None:
    """412 when the caller's precondition names an older state of what he changes (spec 00 CONC-01).

    404 and 403 come first; the template stays locked. Nothing is asked of callers without a precondition.
    """
    if call.headers.get("if-match") is None and call.headers.get("if-unmodified-since") is None:
        return
    opened = open_template(call.unit, call.actor, template_id)
    target: Template | Step | Field = opened.template
    if field_id is not None:
        target = field_of(opened.document, step_id, field_id)
    elif step_id is not None:
        target = step_of(opened.document, step_id)
    call.require_fresh(target.revision, target.updated_at or opened.template.updated_at)
