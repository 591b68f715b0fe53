"""Answers as cells of a table (spec 50 CSV-03, CSV-04)."""

from typing import Any

import pytest

from procession.engine.answer_text import cell_text, moment_text
from procession.engine.model import Column, Field, FieldKind

NAMES = {"u7": "Olga Owner", "gaa": "Sales"}
CELLS: list[tuple[FieldKind, Any, str]] = [
    ("text", "=1+1", "=1+1"),
    ("text", 12, "12"),
    ("text", None, ""),
    ("email", "a@b.example", "a@b.example"),
    ("radio", "Full-time", "Full-time"),
    ("textarea", "<b>as written</b>", "<b>as written</b>"),
    ("date", "2026-02-20T09:15:00.000Z", "2026-02-20 09:15:00"),
    ("date", "nonsense", ""),
    ("dropdown", {"id": 1, "text": "Gold"}, "Gold"),
    ("dropdown", {"id": 1}, ""),
    ("dropdown", "Gold", ""),
    ("multiselect", [{"text": "A", "selected": True}, {"text": "B"}, {"text": "C", "selected": True}], "A, C"),
    ("table", [["a", "b"], ["1", "2"]], "a; 1 | b; 2"),
    ("table", [["a", ""], ["1", " "]], "a; 1"),
    ("table", "x", ""),
    ("file", [{"filename": "a.pdf"}, {"url": "https://x.example/b"}], "a.pdf, https://x.example/b"),
    ("assignees_form", {"users": [7, 8], "guests": ["g@x.example"], "groups": ["aa"]},
     "Olga Owner, g@x.example, Sales"),
]  # fmt: skip


def field(kind: FieldKind, **members: Any) -> Field:
    columns = (Column(id=1, label="What"), Column(id=2, label="Count")) if kind == "table" else ()
    return Field(id="f", number=1, label="F", kind=kind, alias="f", position=1, columns=columns, **members)


@pytest.mark.parametrize(("kind", "value", "cell"), CELLS)
def test_cells(kind: FieldKind, value: Any, cell: str) -> None:
    assert cell_text(field(kind), value, NAMES) == cell


def test_long_texts_of_the_editor_lose_their_tags() -> None:
    assert cell_text(field("textarea", rich=True), "<p>One</p><p>Two &amp; three</p>", {}) == "One\nTwo & three"
    assert cell_text(field("textarea", rich=True), None, {}) == ""


def test_affixes_are_no_part_of_an_answer() -> None:
    assert cell_text(field("text", prefix="$", suffix=" net"), "5", {}) == "5"


def test_no_moment_is_nothing() -> None:
    assert moment_text(None) == ""
