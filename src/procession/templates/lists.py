"""Reusable lists as a resource: making, changing and deleting them (spec 30 §11.7)."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from procession.engine.model import Column, Problem
from procession.engine.options import read_columns
from procession.engine.scalars import read_integer, scalar_text
from procession.engine.shared_lists import read_rows, renumber
from procession.kernel.errors import Forbidden
from procession.kernel.folding import fold
from procession.kernel.paging import Order, Page
from procession.kernel.unit import Event, Unit
from procession.people.listing import Key, cut, folded, holds, ordered
from procession.templates import list_queries as queries
from procession.templates.model import FOLDED_LIMIT, SharedList
from procession.templates.versions import fresh_revision

MOST = 200
IN_USE = "Cannot delete a list that is being used by a form field of a template."
COLUMN_IN_USE = "The column {} is being used by a form field of a template."
KEYS: Mapping[str, Key[SharedList]] = {
    "id": lambda one: one.id,
    "name": folded(lambda one: one.name),
    "created_at": lambda one: one.created_at,
    "updated_at": lambda one: one.updated_at,
}
BY_NAME: Order = (("name", False),)


def list_lists(unit: Unit, text: str | None, order: Order, page: Page) -> tuple[list[SharedList], int]:
    """A page of lists whose name holds the text, and how many there are on all pages. There are never many."""
    needle = fold((text or "").strip())
    found = [one for one in unit.all(queries.LISTS) if not needle or holds(needle, one.name)]
    return cut(ordered(found, order or BY_NAME, KEYS, lambda one: one.id), page), len(found)


def find_list(unit: Unit, list_id: int, *, lock: bool = False) -> SharedList | None:
    """One list; with `lock` it stays as it is until the end of the transaction."""
    return unit.one(queries.LIST_FOR_UPDATE if lock else queries.LIST, id=list_id)


def check_list(
    unit: Unit, sent: Mapping[str, Any], former: SharedList | None, problems: list[Problem]
) -> dict[str, Any]:
    """The members that `sent` comes to; what is wrong goes to `problems`. Nobody else makes one meanwhile.

    Columns are told apart by their id, else by their label; a label that replaces another at its place renames it.
    Rows stay with the columns they were written for.
    """
    unit.lock(f"lists:{unit.organization_id}")
    values = {"name": sent["name"]} if "name" in sent else {}
    if former is None and (unit.one(queries.COUNT) or 0) >= MOST:
        problems.append(Problem(("name",), f"There may not be more than {MOST} lists."))
    if "name" in sent and _taken(unit, sent["name"], former):
        problems.append(Problem(("name",), "The name has already been taken."))
    before = len(problems)
    columns = _columns(unit, sent, former, problems)
    if len(problems) > before:
        return values
    if "rows" in sent:
        values["rows"] = read_rows(sent["rows"], len(columns), problems)
    elif former is not None and columns != former.columns:
        values["rows"] = _realigned(former, columns)
    return values | {"columns": columns}


def _taken(unit: Unit, name: str, former: SharedList | None) -> bool:
    found = unit.one(queries.NAMED, folded=fold(name, FOLDED_LIMIT))
    return found is not None and (former is None or found != former.id)


def _columns(
    unit: Unit, sent: Mapping[str, Any], former: SharedList | None, problems: list[Problem]
) -> tuple[Column, ...]:
    present = former.columns if former is not None else ()
    if former is not None and "columns" not in sent:
        return present
    if "columns" not in sent:
        return ()
    items = sent["columns"]
    read = read_columns([_label(one) for one in items] if isinstance(items, list) else {}, ("columns",), problems)
    if read is None:
        return present
    labels = [one.label.strip() for one in read]
    if not labels:
        problems.append(Problem(("columns",), "The columns field is required."))
    if len({one.casefold() for one in labels}) < len(labels):
        problems.append(Problem(("columns",), "The columns must differ from each other."))
    columns = _identified(items, labels, former)
    if former is not None:
        _keep_used(unit, former, columns, problems)
    return columns


def _label(sent: object) -> object:
    return sent.get("label", sent.get("text")) if isinstance(sent, Mapping) else scalar_text(sent)


def _identified(items: Sequence[Any], labels: Sequence[str], former: SharedList | None) -> tuple[Column, ...]:
    """The columns under the ids they had; new ones under ids that no column ever had."""
    present = former.columns if former is not None else ()
    by_id, by_label = {one.id: one.id for one in present}, {one.label: one.id for one in present}
    ids = [by_id.get(read_integer(one.get("id")) or 0) if isinstance(one, Mapping) else None for one in items]
    ids = [known or by_label.get(label) for known, label in zip(ids, labels, strict=True)]
    ids = [one if one not in ids[:place] else None for place, one in enumerate(ids)]
    gone = {place: one.id for place, one in enumerate(present) if one.id not in ids}
    ids = [known or gone.get(place) for place, known in enumerate(ids)]
    following = max((int(one) for one in former.numbers), default=0) + 1 if former is not None else 1
    found = []
    for known, label in zip(ids, labels, strict=True):
        found.append(Column(id=known or following, label=label))
        following += known is None
    return tuple(found)


def _keep_used(unit: Unit, former: SharedList, columns: Sequence[Column], problems: list[Problem]) -> None:
    kept = {one.id for one in columns}
    problems.extend(
        Problem(("columns",), COLUMN_IN_USE.format(one.label))
        for one in former.columns
        if one.id not in kept and _used(unit, f'"id":{former.id},"column_id":{one.id},')
    )


def _realigned(former: SharedList, columns: Sequence[Column]) -> tuple[tuple[str, ...], ...]:
    places = {one.id: index for index, one in enumerate(former.columns)}
    return tuple(tuple(row[places[one.id]] if one.id in places else "" for one in columns) for row in former.rows)


def create_list(unit: Unit, values: Mapping[str, Any]) -> SharedList:
    """Make a list of what `check_list` came to."""
    rows = values.get("rows", ())
    numbers = renumber({}, values["columns"], rows)
    stamps = {"created_at": unit.now, "updated_at": unit.now, "deleted_at": None, "revision": fresh_revision()}
    content = {"columns": values["columns"], "rows": rows, "numbers": numbers}
    stored = {name: msgspec.to_builtins(one) for name, one in content.items()}
    unit.write(queries.INSERT, name=values["name"], folded=fold(values["name"], FOLDED_LIMIT), **stored, **stamps)
    made = unit.one(queries.LIST, id=unit.one(queries.NAMED, folded=fold(values["name"], FOLDED_LIMIT)))
    assert made is not None
    unit.record([_event(made, "created", new={"name": made.name, "columns": [one.label for one in made.columns]})])
    return made


def update_list(unit: Unit, former: SharedList, values: Mapping[str, Any]) -> SharedList:
    """Change what `check_list` came to, as far as it differs: fields show it at the next view."""
    told = {name: value for name, value in values.items() if value != getattr(former, name)}
    if not told:
        return former
    changes = dict(told)
    if "columns" in told or "rows" in told:
        columns, rows = told.get("columns", former.columns), told.get("rows", former.rows)
        changes["numbers"] = renumber(former.numbers, columns, rows)
    changed = msgspec.structs.replace(former, **changes, revision=fresh_revision(), updated_at=unit.now)
    stored = {name: msgspec.to_builtins(value) for name, value in changes.items()}
    if "name" in told:
        stored["folded"] = fold(changed.name, FOLDED_LIMIT)
    unit.patch(queries.PATCH, {**stored, "revision": changed.revision, "updated_at": unit.now}, id=former.id)
    unit.record(
        _event(former, "updated", field=name, old=msgspec.to_builtins(getattr(former, name)), new=stored[name])
        for name in told
    )
    return changed


def delete_list(unit: Unit, found: SharedList) -> None:
    """Delete a list. 403 while a template draws from it; running processes keep its options as they are."""
    unit.lock(f"lists:{unit.organization_id}")
    if _used(unit, f'"id":{found.id},"column_id":'):
        raise Forbidden(IN_USE, code="BUSINESS_RULE")
    unit.patch(queries.PATCH, {"deleted_at": unit.now, "revision": fresh_revision()}, id=found.id)
    unit.record([_event(found, "deleted", old={"name": found.name})])


def _used(unit: Unit, part: str) -> bool:
    # Quotes inside texts are escaped in the document, so that no text can look like this.
    return unit.one(queries.USED, pattern=f'%"list":{{{part}%') is not None


def _event(one: SharedList, verb: str, **more: Any) -> Event:
    # Lists are no type of the activity feed; the rows serve the audit trail.
    return Event(kind=f"list.{verb}", verb=verb, subject_kind="list", subject_id=str(one.id), shown=False, **more)
