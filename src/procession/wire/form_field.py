"""A form field with its answer, as clients read it (spec 20 §3.3): of a task, or of a process's kick-off form."""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from procession.engine.grids import table_rows
from procession.engine.model import Field
from procession.engine.work import Answered
from procession.wire.capture import capture
from procession.wire.custom_field import NOTHING, Custom


class FormField(msgspec.Struct, frozen=True, kw_only=True):
    """A field of a running form. `table_rows` is there for tables alone, whatever form was sent (spec 20 §8.10)."""

    id: str
    timeline_id: str
    field_no: int
    unique_id: str | None
    step_id: str | None
    task_id: str | None
    alias: str
    label: str
    guidance: str | None
    position: int
    field_type: str
    required: bool
    options: list[dict[str, Any]]
    columns: list[dict[str, Any]]
    field_validation: list[str]
    collect_time: bool
    use_wysiwyg_editor: bool
    prefix: str | None
    suffix: str | None
    settings: dict[str, Any]
    table_rows: list[list[str]] | UnsetType = UNSET
    list: dict[str, Any] | None
    hide_label: bool
    default_value_enabled: bool
    default_value: Any
    field_value: Any
    value: Any
    ko_form_field: bool
    custom_fields: dict[str, Any] | None


def form_field(
    field: Field,
    answer: Answered | None,
    *,
    task_id: str | None = None,
    step_id: str | None = None,
    guidance: str | UnsetType | None = UNSET,
    custom: Custom = NOTHING,
) -> FormField:
    """A field of a task; without one, of a kick-off form. `unique_id` is null until a value was stored.

    `guidance`: with its variables resolved; UNSET: as it is written.
    """
    defined = capture(field, checklist_id=None, step_id=step_id, custom=custom)
    if guidance is not UNSET:
        defined = msgspec.structs.replace(defined, guidance=guidance)
    value = answer.value if answer is not None else None
    shared = FormField.__struct_fields__
    return FormField(
        **{name: one for name, one in msgspec.structs.asdict(defined).items() if name in shared},
        task_id=task_id,
        unique_id=answer.id if answer is not None else None,
        field_value=value,
        value=value,
        ko_form_field=task_id is None,
        table_rows=table_rows(field, value) if field.kind == "table" else UNSET,
    )
