"""The cells of a spreadsheet: CSV, or the first sheet of an Excel file (spec 20 §8.14); read in a process apart."""

import csv
import datetime as dt
import io
from collections.abc import Iterable, Sequence
from itertools import islice

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, WorksheetNotFound, XmlError, ZipError

from procession.notations.model import LARGEST, SheetName, Unreadable
from procession.notations.packed import packed
from procession.notations.parts import decoded

MOST_ROWS = 10_000
MOST_COLUMNS = 200
"""What is read of a sheet; the limits of tables are far below."""

UNPACKED = 10 * LARGEST
"""Bytes of an Excel file with everything in it unpacked, as its own table of contents says."""

_NOT_READ = "The file cannot be read as a spreadsheet."


def read_cells(kind: SheetName, data: bytes) -> list[list[str]]:
    """Every row as texts, blank ones at the end left out. Raises `Unreadable`."""
    rows: Iterable[Sequence[object]] = _csv(data) if kind == "csv" else _excel(kind, data)
    found = [[_text(cell) for cell in row[:MOST_COLUMNS]] for row in islice(rows, MOST_ROWS)]
    while found and not any(found[-1]):
        found.pop()
    return found


def _csv(data: bytes) -> list[list[str]]:
    text = decoded(data)
    first = text.partition("\n")[0]
    mark = max(",;\t", key=first.count)
    csv.field_size_limit(LARGEST)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=mark))
    except csv.Error:
        raise Unreadable(_NOT_READ) from None


def _excel(kind: SheetName, data: bytes) -> Sequence[Sequence[object]]:
    if kind == "xlsx":
        _require_modest(data)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
            return book.get_sheet_by_index(0).to_python(skip_empty_area=False, nrows=MOST_ROWS)
    except PasswordError:
        raise Unreadable("The file is protected by a password.") from None
    except (CalamineError, WorksheetNotFound, XmlError, ZipError, OSError, ValueError):
        raise Unreadable(_NOT_READ) from None


def _require_modest(data: bytes) -> None:
    """What a file says it unpacks to; a lie costs the process that reads it its life."""
    found = packed(data)
    if found is None:
        raise Unreadable(_NOT_READ)
    if found.size > UNPACKED:
        raise Unreadable("The file is too large when it is unpacked.")


def _text(cell: object) -> str:
    """A cell as people read it: whole numbers without a fraction, days without a time."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return str(int(cell))
    if isinstance(cell, dt.datetime):
        return cell.isoformat(" ", "seconds") if cell.time() != dt.time() else cell.date().isoformat()
    return str(cell).replace("\0", "").strip()
