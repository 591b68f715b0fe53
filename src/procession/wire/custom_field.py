"""Custom fields as clients read them (spec 00 §22)."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from procession.engine.custom_fields import CustomKey as Stored
from procession.labels.custom_values import Values
from procession.wire.none import NO_DICT
from procession.wire.times import instant

Custom = Values | None
"""What the shown records hold, by id; None for who is shown nothing of it: guests and the public."""

NOTHING: Values = {}


class CustomFieldKey(msgspec.Struct, frozen=True, kw_only=True):
    """A definition: what may be kept about records of one kind."""

    id: int
    key: str
    applies_to: str
    field_type: str
    key_type: str
    label: str
    options: list[dict[str, Any]]
    columns: list[dict[str, Any]]
    is_required: bool
    is_active: bool
    created_at: str
    updated_at: str
    last_updated: str


class CustomFields(msgspec.Struct, frozen=True):
    """What a record holds under every active key of its kind; null where it holds nothing."""

    custom_fields: dict[str, Any]


def show_key(key: Stored) -> CustomFieldKey:
    """A definition; `options` and `columns` are empty where the type has none."""
    return CustomFieldKey(
        id=key.id,
        key=key.key,
        applies_to=key.kind,
        field_type=key.type,
        key_type="system" if key.system else "org",
        label=key.label,
        options=[{"id": one.id, "text": one.text} for one in key.options],
        columns=[{"id": one.id, "label": one.label} for one in key.columns],
        is_required=key.required,
        is_active=key.active,
        created_at=instant(key.created_at),
        updated_at=instant(key.updated_at),
        last_updated=instant(key.updated_at),
    )


def show_values(keys: Iterable[str], held: Mapping[str, Any]) -> CustomFields:
    """Every active key, in the order they were made."""
    return CustomFields({one: held.get(one) for one in keys})


def embedded(custom: Custom, record_id: str) -> dict[str, Any] | None:
    """What a record embeds: the keys that have a value, `{}` when none has (spec 00 CF-04)."""
    if custom is None:
        return None
    held = custom.get(record_id)
    return dict(held) if held else NO_DICT
