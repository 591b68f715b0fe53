"""What records hold under their organization's custom field keys (spec 00 CF-03 to CF-05).

Whoever holds a `Record` has been let through. What changed is told, not recorded: the events are the record's.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from procession.engine.custom_fields import CustomKey, RecordKind, inherited, sought_term, terms
from procession.kernel.unit import Unit
from procession.labels import custom_queries as queries
from procession.labels.custom_keys import active_keys
from procession.labels.model import Record
from procession.people.model import Settings

SOUGHT: Collection[RecordKind] = ("process", "task")
"""The kinds whose lists can be narrowed by a value."""

Values = Mapping[str, Mapping[str, Any]]
"""Record id → key → value, of active keys that have one."""


class ValueChange(msgspec.Struct, frozen=True):
    """One value that changed: None is nothing."""

    key: CustomKey
    old: Any
    new: Any


def values_of(unit: Unit, settings: Settings, kinds: Collection[str], ids: Iterable[str]) -> Values:
    """What these records hold, by one query; by none where the organization has no keys for their kinds."""
    wanted = list(dict.fromkeys(ids)) if not settings.custom_kinds.isdisjoint(kinds) else []
    found: dict[str, dict[str, Any]] = {}
    if wanted:
        for record, key, value in unit.all(queries.VALUES, records=wanted):
            found.setdefault(record, {})[key] = value
    return found


def held_by(unit: Unit, record: Record) -> dict[str, Any]:
    """What one record holds."""
    return {key: value for _, key, value in unit.all(queries.VALUES, records=[record.id])}


def changes_to(keys: Mapping[str, CustomKey], held: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[ValueChange]:
    """What really changes when the record is to hold `wanted`."""
    return [ValueChange(keys[name], held.get(name), value) for name, value in wanted.items() if held.get(name) != value]


def write_values(unit: Unit, record: Record, changes: Sequence[ValueChange]) -> None:
    """Write what changes; nothing when nothing does."""
    if not changes:
        return
    touched = [one.key.id for one in changes]
    gone = [one.key.id for one in changes if one.new is None]
    if gone:
        unit.write(queries.REMOVE_VALUES, record=record.id, keys=gone)
    kept = [one for one in changes if one.new is not None]
    unit.write_many(queries.PUT_VALUE, [_row(unit, record.id, one.key, one.new) for one in kept])
    if record.kind in SOUGHT:
        unit.write(queries.REMOVE_TERMS, record=record.id, keys=touched)
        unit.write_many(queries.ADD_TERM, [row for one in changes for row in _terms(record.id, one.key, one.new)])


def inherit_values(
    unit: Unit, settings: Settings, source: RecordKind, kind: RecordKind, made: Mapping[str, str]
) -> None:
    """Give new records (`made`: new id → id of what it was made from) the values of their sources (CF-05).

    Three statements at most, however many records; none where there is nothing to inherit.
    """
    if source not in settings.custom_kinds or kind not in settings.custom_kinds or not made:
        return
    held = values_of(unit, settings, (source,), made.values())
    keys = active_keys(unit, kind) if held else {}
    given = [
        (record, keys[name], value)
        for record, origin in made.items()
        for name, value in inherited(held.get(origin, {}), keys).items()
    ]
    unit.write_many(queries.PUT_VALUE, [_row(unit, *one) for one in given])
    if kind in SOUGHT:
        unit.write_many(queries.ADD_TERM, [row for one in given for row in _terms(*one)])


def forget_values(unit: Unit, ids: Sequence[str]) -> None:
    """Take everything from records that are deleted for good."""
    if ids:
        unit.write(queries.FORGET_VALUES, records=list(ids))
        unit.write(queries.FORGET_TERMS, records=list(ids))


def sought(unit: Unit, kind: RecordKind, name: str, text: str) -> tuple[int, str] | None:
    """The key and the term that records with this value are found by; None when none can be (spec 00 FLT-12)."""
    key = unit.one(queries.KEY_NAMED, kind=kind, key=name)
    term = sought_term(key, text) if key is not None and key.active else None
    return (key.id, _digest(term)) if key is not None and term is not None else None


def _row(unit: Unit, record: str, key: CustomKey, value: Any) -> dict[str, Any]:
    return {"record_id": record, "key_id": key.id, "value": value, "updated_at": unit.now}


def _terms(record: str, key: CustomKey, value: Any) -> list[dict[str, Any]]:
    found = dict.fromkeys(terms(key, value)) if value is not None else {}
    return [{"record_id": record, "key_id": key.id, "term": _digest(one)} for one in found]


def _digest(text: str) -> str:
    """A text of any length as an index keeps it."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
