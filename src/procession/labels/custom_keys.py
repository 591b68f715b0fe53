"""Custom field keys: what an organization keeps about its records of a kind (spec 00 CF-01, CF-02).

Nothing here asks who may.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from procession.engine.custom_fields import CHOICES, CustomKey, RecordKind, ValueType
from procession.engine.model import Problem
from procession.engine.options import read_columns, read_options
from procession.kernel.errors import Forbidden
from procession.kernel.folding import fold
from procession.kernel.paging import Page
from procession.kernel.unit import Event, Unit
from procession.labels import custom_queries as queries
from procession.labels.model import CustomKeySearch
from procession.people.listing import cut, holds, ordered
from procession.people.organizations import note_custom_kinds

NAME, LABEL, MOST = 100, 200, 100
"""The longest key and label, and how many keys one kind of record may have."""

SLUG = re.compile(r"[a-z0-9]+(?:[_-][a-z0-9]+)*")
FIXED: Mapping[str, str] = {"key": "key", "kind": "applies_to", "type": "field_type"}
SYSTEM = "A system custom field cannot be changed."
_SORTED = {
    "id": lambda one: one.id,
    "key": lambda one: one.key,
    "label": lambda one: fold(one.label),
    "kind": lambda one: one.kind,
    "type": lambda one: one.type,
    "created_at": lambda one: one.created_at,
    "updated_at": lambda one: one.updated_at,
}


def list_keys(unit: Unit, search: CustomKeySearch, page: Page) -> tuple[list[CustomKey], int]:
    """A page of keys, and how many there are on all pages. There are never many."""
    found = [one for one in unit.all(queries.KEYS) if _matches(one, search)]
    return cut(ordered(found, search.order, _SORTED, lambda one: one.id), page), len(found)


def _matches(key: CustomKey, search: CustomKeySearch) -> bool:
    asked = {name: getattr(search, name) for name in ("kind", "type", "system", "required", "active")}
    if any(value is not None and getattr(key, name) != value for name, value in asked.items()):
        return False
    text = (search.text or "").strip()
    return not text or text == str(key.id) or holds(fold(text), key.key, key.label)


def find_key(unit: Unit, key_id: int, *, lock: bool = False) -> CustomKey | None:
    """One key; with `lock` it stays as it is until the end of the transaction."""
    return unit.one(queries.KEY_FOR_UPDATE if lock else queries.KEY, id=key_id)


def active_keys(unit: Unit, kind: RecordKind) -> dict[str, CustomKey]:
    """The keys of a kind that are in use, by name, first made first."""
    return {one.key: one for one in unit.all(queries.KEYS_OF, kind=kind)}


def check_key(unit: Unit, kind: RecordKind | None, name: str | None) -> list[Problem]:
    """What is wrong with making a key of this name for records of this kind; nobody else makes one meanwhile."""
    problems = [] if name is None or SLUG.fullmatch(name) else [Problem(("key",), "The key format is invalid.")]
    if kind is None:
        return problems
    _lock(unit)
    if (unit.one(queries.COUNT_KEYS, kind=kind) or 0) >= MOST:
        problems.append(Problem(("kind",), f"There may not be more than {MOST} keys for {kind} records."))
    if name is not None and unit.one(queries.KEY_NAMED, kind=kind, key=name) is not None:
        problems.append(Problem(("key",), "The key has already been taken."))
    return problems


def check_lists(type_: ValueType, sent: Mapping[str, Any], problems: list[Problem], *, new: bool) -> dict[str, Any]:
    """`options` of a choice and `columns` of a table as they are stored; other types have none.

    A choice needs options and a table columns: a `new` one to begin with, an old one keeps what is not sent.
    """
    found: dict[str, Any] = {}
    needed = {"options": type_ in CHOICES, "columns": type_ == "table"}
    for name, read in (("options", read_options), ("columns", read_columns)):
        if not needed[name] or (name not in sent and not new):
            continue
        before = len(problems)
        items: Any = read(sent.get(name, []), (name,), problems)
        texts = [one.text if name == "options" else one.label for one in items or ()]
        if len(set(texts)) < len(texts):
            problems.append(Problem((name,), f"The {name} must differ from each other."))
        elif not texts and len(problems) == before:
            problems.append(Problem((name,), f"The {name} field is required."))
        shown = "text" if name == "options" else "label"
        found[name] = [{"id": one.id, shown: text} for one, text in zip(items or (), texts, strict=True)]
    return found


def create_key(unit: Unit, *, system: bool = False, **members: Any) -> CustomKey:
    """Make a key; `check_key` and `check_lists` have been asked. `system`: the server's own, no person writes it."""
    columns = {"options": [], "columns": [], "required": False, "active": True, **members}
    stamps = {"created_at": unit.now, "updated_at": unit.now, "revision": 1}
    unit.write(queries.ADD_KEY, system=system, **stamps, **columns)
    made = unit.one(queries.KEY_NAMED, kind=members["kind"], key=members["key"])
    assert made is not None
    note_custom_kinds(unit, unit.all(queries.KINDS))
    unit.record([_event(made, "created", new={"key": made.key, "applies_to": made.kind, "label": made.label})])
    return made


def update_key(unit: Unit, key: CustomKey, changes: Mapping[str, Any]) -> CustomKey:
    """Change label, options, columns, required, active; what is the same already changes nothing.

    Raises `Forbidden` for a system key. Values that are no option any more stay until somebody writes them.
    """
    _refuse_system(key)
    stored = msgspec.to_builtins(key)
    told = {name: value for name, value in changes.items() if stored[name] != value}
    if not told:
        return key
    unit.patch(queries.PATCH_KEY, {**told, "updated_at": unit.now, "revision": key.revision + 1}, id=key.id)
    unit.record(_event(key, "updated", field=name, old=stored[name], new=value) for name, value in told.items())
    changed = find_key(unit, key.id)
    assert changed is not None
    return changed


def delete_key(unit: Unit, key: CustomKey) -> None:
    """Delete a key with every value of it, for good. Raises `Forbidden` for a system key."""
    _refuse_system(key)
    _lock(unit)
    unit.write(queries.DELETE_KEY, id=key.id)
    note_custom_kinds(unit, unit.all(queries.KINDS))
    unit.record([_event(key, "deleted", old={"key": key.key, "applies_to": key.kind, "label": key.label})])


def _refuse_system(key: CustomKey) -> None:
    if key.system:
        raise Forbidden(SYSTEM, code="BUSINESS_RULE")


def _lock(unit: Unit) -> None:
    """Nobody else makes or deletes a key of the organization until the transaction ends."""
    unit.lock(f"custom-keys:{unit.organization_id}")


def _event(key: CustomKey, verb: str, **more: Any) -> Event:
    # Keys are no type of the activity feed; the rows serve the audit trail.
    return Event(
        kind=f"custom_key.{verb}", verb=verb, subject_kind="custom_key", subject_id=str(key.id), shown=False, **more
    )
