"""Fields as clients define and read them: of steps, one-off tasks and kick-off forms (spec 30 §11.2)."""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from procession.engine.model import Field, Option, TemplateDocument
from procession.templates.model import Template
from procession.wire.custom_field import NOTHING, Custom, embedded
from procession.wire.none import NO_LIST, listed
from procession.wire.times import instants


class Definition(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a field is, wherever it stands. Like all that a template has hundreds of: nothing for the collector."""

    id: str
    timeline_id: str
    alias: str
    label: str
    field_type: str
    required: bool
    guidance: str | None
    position: int
    options: list[dict[str, Any]]
    columns: list[dict[str, Any]]
    default_value_enabled: bool
    default_value: Any
    collect_time: bool
    use_wysiwyg_editor: bool
    field_validation: list[str]
    prefix: str | None
    suffix: str | None
    settings: dict[str, Any]
    list: dict[str, Any] | None
    hide_label: bool
    field_no: int
    custom_fields: dict[str, Any] | None
    created_at: str | None
    last_updated: str | None


class Prerun(Definition, frozen=True, kw_only=True, gc=False):
    """A field of a kick-off form, as defined."""

    checklist_id: str


class Capture(Definition, frozen=True, kw_only=True, gc=False):
    """A field of a step or of a one-off task, as defined."""

    checklist_id: str | None
    step_id: str | None
    step_name: str | UnsetType | None = UNSET


class FormFields(msgspec.Struct, frozen=True, kw_only=True):
    """All fields of a template (spec 30 §3.12)."""

    id: str
    title: str
    form_fields: list[Capture]
    ko_form_fields: list[Prerun]


def _definition(field: Field, custom: Custom) -> dict[str, Any]:
    """What captures and preruns share."""
    made, updated = instants(field.created_at, field.updated_at)
    return {
        "id": field.id,
        "timeline_id": field.id,
        "alias": field.alias,
        "label": field.label,
        "field_type": field.kind,
        "required": field.required,
        "guidance": field.guidance,
        "position": field.position,
        "options": [_option(one) for one in field.options] if field.options else NO_LIST,
        "columns": [{"id": one.id, "label": one.label} for one in field.columns] if field.columns else NO_LIST,
        "default_value_enabled": field.default_enabled,
        "default_value": field.default,
        "collect_time": field.collect_time,
        "use_wysiwyg_editor": field.rich,
        "field_validation": listed(field.validations),
        "prefix": field.prefix,
        "suffix": field.suffix,
        "settings": field.settings,
        "list": field.list,
        "hide_label": field.hide_label,
        "field_no": field.number,
        "custom_fields": embedded(custom, field.id),
        "created_at": made,
        "last_updated": updated,
    }


def _option(option: Option) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": option.id,
        "text": option.text,
        "value": option.value,
        "required": bool(option.required),
        "selected": bool(option.selected),
    }
    return shown if option.description is None else shown | {"description": option.description}


def capture(
    field: Field,
    *,
    checklist_id: str | None,
    step_id: str | None,
    step_name: str | UnsetType | None = UNSET,
    custom: Custom = NOTHING,
) -> Capture:
    """A field of a step, or (both ids None) of a one-off task. `step_name` in lists of fields alone."""
    return Capture(checklist_id=checklist_id, step_id=step_id, step_name=step_name, **_definition(field, custom))


def prerun(field: Field, checklist_id: str, custom: Custom = NOTHING) -> Prerun:
    """A field of a kick-off form."""
    return Prerun(checklist_id=checklist_id, **_definition(field, custom))


def form_fields(template: Template, document: TemplateDocument, custom: Custom = NOTHING) -> FormFields:
    """Every field of a template: of steps in their order, and of the kick-off form."""
    return FormFields(
        id=template.id,
        title=template.title,
        form_fields=[
            capture(field, checklist_id=template.id, step_id=one.id, step_name=one.title, custom=custom)
            for one in document.steps
            for field in one.fields
        ],
        ko_form_fields=[prerun(field, template.id, custom) for field in document.kickoff],
    )
