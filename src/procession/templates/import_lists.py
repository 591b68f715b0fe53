"""Reusable lists that an imported template draws from: those that are here stay, the others are left out and told."""

from collections.abc import Mapping, Sequence

import msgspec
from msgspec import UNSET

from procession.engine.shared_lists import find_column
from procession.kernel.unit import Unit
from procession.templates.drawing import Lists, list_id, lists_named
from procession.templates.import_people import Dropped
from procession.templates.kickoff import FieldEntry


def lists_here(unit: Unit, forms: Sequence[Sequence[FieldEntry]], *, foreign: bool) -> Lists:
    """The lists that the fields of these forms name. Another organization's ids mean nothing here."""
    return {} if foreign else lists_named(unit, (one.draft for entries in forms for one in entries))


def with_lists_here(
    entries: Sequence[FieldEntry], lists: Lists, where: str, dropped: list[Dropped]
) -> list[FieldEntry]:
    """The definitions without the lists that are not here: the options that came along are then their own."""
    return [_with_list_here(one, lists, where, dropped) for one in entries]


def _with_list_here(entry: FieldEntry, lists: Lists, where: str, dropped: list[Dropped]) -> FieldEntry:
    named = entry.draft.list
    if not isinstance(named, Mapping) or not named or _is_here(named, lists):
        return entry
    dropped.append(Dropped("list", str(named.get("id"))[:300], where))
    return msgspec.structs.replace(entry, draft=msgspec.structs.replace(entry.draft, list=UNSET))


def _is_here(named: Mapping[str, object], lists: Lists) -> bool:
    source = lists.get(list_id(named) or 0)
    column = named.get("column")
    return source is not None and (column in (None, "") or find_column(source.columns, column) is not None)
