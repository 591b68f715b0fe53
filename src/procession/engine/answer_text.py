"""Answers as the cells of a spreadsheet: plain text, nothing added, nothing left out (spec 50 CSV-04)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from procession.engine.dates import parse_instant
from procession.engine.grids import table_rows
from procession.engine.model import Field
from procession.engine.richtext import plain
from procession.engine.scalars import scalar_text
from procession.engine.variables import render_answer


def moment_text(moment: datetime | None) -> str:
    """`YYYY-MM-DD HH:MM:SS`, UTC; "" for none (spec 50 CSV-03)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S") if moment is not None else ""


def cell_text(field: Field, value: Any, names: Mapping[str, str]) -> str:
    """The stored answer of `field` in one cell; "" for none. `names`: as in `render_answer`.

    Rows of a table are joined by ` | `, their cells by `; `; rows without a word are left out.
    """
    match field.kind:
        case "table":
            rows = [row for row in table_rows(field, value) if any(cell.strip() for cell in row)]
            return " | ".join("; ".join(row) for row in rows)
        case "date":
            return moment_text(parse_instant(value))
        case "dropdown":
            return scalar_text(value.get("text")) or "" if isinstance(value, dict) else ""
        case "textarea" if field.rich:
            return plain(value) if isinstance(value, str) else ""
        case "multiselect" | "file" | "assignees_form":
            return render_answer(field, value, html=False, names=names)
        case _:
            return scalar_text(value) or ""
