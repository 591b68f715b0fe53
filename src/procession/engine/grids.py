"""Answers of table fields: checking them and reading them as rows (spec 20 §8.10)."""

from itertools import zip_longest
from typing import Any

from procession.engine.model import Field
from procession.engine.scalars import is_scalar, read_integer, scalar_text

CELL_LIMIT = 30_000
ROWS_LIMIT = 500

_WRONG_COLUMNS = "Number of columns does not match required columns"


def grid_answer(field: Field, value: object) -> tuple[list[Any] | None, str | None]:
    """The table as sent, or None and what is wrong with it.

    A list has one entry per column: a scalar, null, the list of the column's cells, or `{id, label, value}` of one of
    these. `{"rows": [[…]]}` becomes a list of columns, so that a stored table is a list whatever was sent; without
    rows nothing is left: an empty list.
    """
    if isinstance(value, dict):
        value = _columns_of(field, value.get("rows"))
    if not isinstance(value, list) or (value and len(value) != len(field.columns)):
        return None, _WRONG_COLUMNS
    entries: list[Any] = []
    for column, sent in zip(field.columns, value, strict=False):
        entry = sent
        if isinstance(sent, dict):
            entry = {key: sent[key] for key in sent if key in ("id", "label", "value")}
            if "id" in entry and read_integer(entry["id"]) != column.id:
                return None, _WRONG_COLUMNS
            entry |= {"id": column.id} if "id" in entry else {}
        problem = _cells_problem(_cells(entry), field.label)
        if problem is not None:
            return None, problem
        entries.append(entry)
    return entries, None


def table_rows(field: Field, value: object) -> list[list[str]]:
    """The rows of a stored table as texts, short columns padded with `""`; one cell per column of the field."""
    if not isinstance(value, list):
        return []
    entries = [*value, *[[]] * len(field.columns)][: len(field.columns)]
    return [list(row) for row in zip_longest(*(map(_cell_text, _cells(entry)) for entry in entries), fillvalue="")]


def _columns_of(field: Field, rows: object) -> list[Any] | None:
    width = len(field.columns)
    if not isinstance(rows, list) or any(not isinstance(row, list) or len(row) != width for row in rows):
        return None
    return [[row[index] for row in rows] for index in range(width)] if rows else []


def _cells(entry: object) -> list[Any]:
    if isinstance(entry, dict):
        entry = entry.get("value")
    return entry if isinstance(entry, list) else [entry]


def _cell_text(cell: object) -> str:
    return scalar_text(cell) or ""


def _cells_problem(cells: list[Any], label: str) -> str | None:
    if len(cells) > ROWS_LIMIT:
        return f"The {label} may not have more than {ROWS_LIMIT} rows."
    if any(cell is not None and not is_scalar(cell) for cell in cells):
        return f"The cells of {label} must be texts, numbers or true and false."
    if any(len(_cell_text(cell)) > CELL_LIMIT for cell in cells):
        return f"The cells of {label} may not be greater than {CELL_LIMIT} characters."
    return None
