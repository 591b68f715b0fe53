"""Every notation by its name: what reads it and what writes it."""

import importlib
from collections.abc import Mapping

from procession.notations.model import LARGEST, FormatName, Outline, Reading, SheetName, Unreadable

# Named, not imported: a process that reads one document needs one codec, and the libraries of all take a second.
READERS: Mapping[FormatName, tuple[str, str]] = {
    "bpmn": ("bpmn.read", "read_bpmn"),
    "csv": ("table", "read_table"),
    "docx": ("word", "read_word"),
    "html": ("markdown", "read_html"),
    "md": ("markdown", "read_markdown"),
}
WRITERS: Mapping[FormatName, tuple[str, str]] = {
    "bpmn": ("bpmn.write", "write_bpmn"),
    "csv": ("table", "write_table"),
    "docx": ("word", "write_word"),
    "md": ("markdown", "write_markdown"),
    "pdf": ("pdf", "write_pdf"),
}


def read(kind: FormatName, data: bytes, name: str) -> Reading:
    """The outline in a document. Raises `Unreadable`, whatever is wrong with it."""
    if len(data) > LARGEST:
        raise Unreadable("The document is too large.")
    module, function = READERS[kind]
    try:
        reading: Reading = getattr(importlib.import_module(f"procession.notations.{module}"), function)(data, name)
    except RecursionError:
        raise Unreadable("The document is nested too deep.") from None
    return reading


def cells(kind: SheetName, data: bytes) -> list[list[str]]:
    """The rows of a spreadsheet. Raises `Unreadable`."""
    if len(data) > LARGEST:
        raise Unreadable("The document is too large.")
    found: list[list[str]] = importlib.import_module("procession.notations.cells").read_cells(kind, data)
    return found


def write(kind: FormatName, outline: Outline) -> bytes:
    """The outline as a document."""
    module, function = WRITERS[kind]
    data: bytes = getattr(importlib.import_module(f"procession.notations.{module}"), function)(outline)
    return data
