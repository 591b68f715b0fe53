"""Reusable lists as clients read them (spec 30 §11.7)."""

import msgspec

from procession.templates.model import SharedList
from procession.wire.times import instant


class ReusableList(msgspec.Struct, frozen=True, kw_only=True):
    """A table that fields draw their options from. `column_ids`: what tells the columns apart when they are renamed."""

    id: int
    name: str
    columns: list[str]
    column_ids: list[int]
    rows: list[list[str]]
    created_at: str
    updated_at: str
    last_updated: str


def show_list(one: SharedList) -> ReusableList:
    """The list object; every row has a cell for each column."""
    return ReusableList(
        id=one.id,
        name=one.name,
        columns=[column.label for column in one.columns],
        column_ids=[column.id for column in one.columns],
        rows=[list(row) for row in one.rows],
        created_at=instant(one.created_at),
        updated_at=instant(one.updated_at),
        last_updated=instant(one.updated_at),
    )
