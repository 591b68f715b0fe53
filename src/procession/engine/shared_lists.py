"""Reusable lists: tables of an organization that fields draw their options from (spec 30 §11.7)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from procession.engine.model import Column, Field, Option, Problem, TemplateDocument
from procession.engine.options import TEXT_LIMIT
from procession.engine.scalars import scalar_text

ROWS_LIMIT = 500
RETIRED_LIMIT = 2_000
"""How many numbers of texts that are gone a column remembers, so that a text that comes back gets its own again."""


class Numbering(msgspec.Struct, frozen=True):
    """The numbers of a column's texts, those that are gone too; `next` was never given to any."""

    next: int = 1
    texts: dict[str, int] = {}


Numbers = Mapping[str, Numbering]
"""By the id of the column, as text. Columns that are gone stay, so that no id is given twice."""


class Drawing(msgspec.Struct, frozen=True):
    """What drawing from a list needs. `rows`: the cells in the order of `columns`."""

    id: int
    revision: int
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: dict[str, Numbering]


def find_column(columns: Sequence[Column], wanted: object) -> Column | None:
    """The column of that label, case ignored where no label is exactly so."""
    if not isinstance(wanted, str):
        return None
    folded = wanted.strip().casefold()
    exact = next((one for one in columns if one.label == wanted), None)
    return exact or next((one for one in columns if one.label.strip().casefold() == folded), None)


def texts_of(columns: Sequence[Column], rows: Iterable[Sequence[str]], column_id: int) -> tuple[str, ...]:
    """The distinct texts of a column in the order of the rows, empty cells left out."""
    place = next((index for index, one in enumerate(columns) if one.id == column_id), None)
    return () if place is None else tuple(dict.fromkeys(row[place] for row in rows if row[place]))


def renumber(former: Numbers, columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> dict[str, Numbering]:
    """The numbers with one for each text that has none yet; nobody's number changes or becomes another's."""
    found = dict(former)
    for column in columns:
        before = former.get(str(column.id), Numbering())
        present, texts, following = texts_of(columns, rows, column.id), dict(before.texts), before.next
        for text in present:
            if text not in texts:
                texts[text] = following
                following += 1
        gone = [text for text in texts if text not in set(present)]
        for text in gone[: max(0, len(gone) - RETIRED_LIMIT)]:
            del texts[text]
        found[str(column.id)] = Numbering(following, texts)
    return found


def read_rows(value: object, width: int, problems: list[Problem]) -> tuple[tuple[str, ...], ...]:
    """Rows of `width` cells out of lists of scalars; short ones are filled up. Paths: `rows`, the row, the cell."""
    if not isinstance(value, list):
        problems.append(Problem(("rows",), "The rows must be an array."))
        return ()
    if len(value) > ROWS_LIMIT:
        problems.append(Problem(("rows",), f"The rows may not have more than {ROWS_LIMIT} items."))
        return ()
    return tuple(_row(one, width, ("rows", str(index)), problems) for index, one in enumerate(value))


def _row(sent: object, width: int, path: tuple[str, ...], problems: list[Problem]) -> tuple[str, ...]:
    cells = sent if isinstance(sent, list) else [sent]
    if len(cells) > width:
        problems.append(Problem(path, f"The row may not have more than {width} cells."))
        return ("",) * width
    read = [_cell(one, (*path, str(index)), problems) for index, one in enumerate(cells)]
    return (*read, *("",) * (width - len(read)))


def _cell(sent: object, path: tuple[str, ...], problems: list[Problem]) -> str:
    text = "" if sent is None else scalar_text(sent)
    if text is None:
        problems.append(Problem(path, "The cell must be a string."))
        return ""
    if len(text) > TEXT_LIMIT:
        problems.append(Problem(path, f"The cell may not be greater than {TEXT_LIMIT} characters."))
        return ""
    return text.strip()


def draw(field: Field, lists: Mapping[int, Drawing]) -> Field:
    """The field with the options that its list holds now; as it is when the list or its column is gone."""
    named: dict[str, Any] = field.list or {}
    source = lists.get(named.get("id", 0))
    column = next((one for one in source.columns if one.id == named.get("column_id")), None) if source else None
    if source is None or column is None:
        return field
    numbers = source.numbers[str(column.id)].texts
    options = tuple(
        Option(id=numbers[text], text=text, required=False, selected=False)
        for text in texts_of(source.columns, source.rows, column.id)
    )
    return msgspec.structs.replace(field, options=options, list={**named, "column": column.label})


def list_ids(fields: Iterable[Field]) -> frozenset[int]:
    """The lists that fields draw from."""
    return frozenset(
        one.list["id"] for one in fields if one.list and isinstance(one.list.get("id"), int) and "column_id" in one.list
    )


def drawn_document(document: TemplateDocument, lists: Mapping[int, Drawing]) -> TemplateDocument:
    """The document with what its fields draw from lists."""
    return msgspec.structs.replace(
        document,
        kickoff=tuple(draw(one, lists) for one in document.kickoff),
        steps=tuple(
            msgspec.structs.replace(step, fields=tuple(draw(one, lists) for one in step.fields))
            for step in document.steps
        ),
    )
