"""Fields that draw from reusable lists: what a definition names, and their options as they are now (spec 30 §11.7)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET

from procession.engine.fields import FieldDraft
from procession.engine.model import Field, Problem
from procession.engine.scalars import read_flag, read_integer
from procession.engine.shared_lists import Drawing, draw, find_column, list_ids, texts_of
from procession.kernel.unit import Unit
from procession.templates import list_queries as queries

NO_LIST = "The selected list does not exist."
NO_COLUMN = "The selected list has no such column."
Lists = Mapping[int, Drawing]
LARGEST = 2**53


def lists_named(unit: Unit, drafts: Iterable[FieldDraft]) -> dict[int, Drawing]:
    """The lists that definitions name, of those that are there, by two queries; none when they name none."""
    named = {found for one in drafts if (found := list_id(one.list)) is not None}
    if not named:
        return {}
    unit.lock(f"lists:{unit.organization_id}")  # nobody deletes one meanwhile
    live = set(unit.all(queries.LIVE_IDS, ids=sorted(named)))
    return {one.id: one for one in unit.all(queries.DRAWINGS, ids=sorted(live))} if live else {}


def list_id(sent: object) -> int | None:
    """The list that the `list` of a definition names; None when it names none."""
    found = read_integer(sent.get("id")) if isinstance(sent, Mapping) else None
    return found if found is not None and 0 < found <= LARGEST else None


def with_list(
    lists: Lists, draft: FieldDraft, former: Field | None, path: tuple[str, ...], problems: list[Problem]
) -> FieldDraft:
    """The definition with its list as it is stored and the list's texts for options, which the list alone decides.

    `list` is `{id, column?, allow_custom?}`; without `column` it is the first. What is sent back as it is stored is
    fine, whatever became of it; an empty object ends drawing and leaves the options.
    """
    stored = former.list if former is not None and former.list and "column_id" in former.list else None
    if draft.list is UNSET or draft.list is None:
        return msgspec.structs.replace(draft, options=UNSET) if stored else draft
    if not isinstance(draft.list, Mapping) or not draft.list:
        return draft
    sent: Mapping[str, Any] = draft.list
    if stored and (list_id(sent), sent.get("column")) == (stored["id"], stored["column"]):
        custom = bool(read_flag(sent.get("allow_custom", stored["allow_custom"])))
        return msgspec.structs.replace(draft, options=UNSET, list={**stored, "allow_custom": custom})
    source = lists.get(list_id(sent) or 0)
    if source is None:
        problems.append(Problem((*path, "list", "id"), NO_LIST))
        return draft
    named = sent.get("column")
    column = source.columns[0] if named in (None, "") else find_column(source.columns, named)
    if column is None:
        problems.append(Problem((*path, "list", "column"), NO_COLUMN))
        return draft
    allowed = read_flag(sent.get("allow_custom", False))
    if allowed is None:
        problems.append(Problem((*path, "list", "allow_custom"), "The allow custom field must be true or false."))
    numbers = source.numbers[str(column.id)].texts
    options = [{"id": numbers[one], "text": one} for one in texts_of(source.columns, source.rows, column.id)]
    # In this order: `lists.delete_list` finds in the stored document who draws from what.
    own = {"id": source.id, "column_id": column.id, "column": column.label, "allow_custom": bool(allowed)}
    return msgspec.structs.replace(draft, list=own, options=options)


def drawn_fields(unit: Unit, fields: Sequence[Field]) -> Sequence[Field]:
    """The fields of a one-off task with what their lists hold now; no query when none draws from one."""
    return drawn_forms(unit, {"": fields})[""]


def drawn_forms(unit: Unit, forms: Mapping[str, Sequence[Field]]) -> Mapping[str, Sequence[Field]]:
    """As `drawn_fields` for many tasks, with one query."""
    ids = list_ids(field for fields in forms.values() for field in fields)
    if not ids:
        return forms
    lists = {one.id: one for one in unit.all(queries.DRAWINGS, ids=sorted(ids))}
    return {key: tuple(draw(one, lists) for one in fields) for key, fields in forms.items()}
