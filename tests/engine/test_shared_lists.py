"""Reusable lists: numbers of texts, rows as they are read, what fields draw (spec 30 §11.7)."""

from typing import Any

import msgspec
import pytest

from procession.engine.answers import drawn_before
from procession.engine.model import Column, Field, Problem, Step, TemplateDocument
from procession.engine.shared_lists import (
    RETIRED_LIMIT,
    Drawing,
    Numbering,
    draw,
    drawn_document,
    find_column,
    list_ids,
    read_rows,
    renumber,
    texts_of,
)

COLUMNS = (Column(1, "Country"), Column(2, "Code"), Column(3, "country"))
ROWS = (("Germany", "DE", ""), ("France", "FR", "x"), ("Germany", "", ""))


def field(**more: Any) -> Field:
    return Field(id="a" * 32, label="F", kind="dropdown", alias="f", **more)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [("Country", 1), ("country", 3), (" CODE ", 2), ("COUNTRY", 1), ("None", None), (None, None), (2, None)],
)
def test_a_column_is_found_by_its_label(wanted: object, found: int | None) -> None:
    column = find_column(COLUMNS, wanted)
    assert (column.id if column else None) == found


def test_texts_are_those_of_the_rows_each_once() -> None:
    assert texts_of(COLUMNS, ROWS, 1) == ("Germany", "France")
    assert texts_of(COLUMNS, ROWS, 2) == ("DE", "FR")
    assert texts_of(COLUMNS, ROWS, 4) == ()


def test_a_number_is_never_given_to_another_text() -> None:
    numbers = renumber({}, COLUMNS[:1], [("A",), ("B",)])
    assert numbers == {"1": Numbering(3, {"A": 1, "B": 2})}
    numbers = renumber(numbers, COLUMNS[:1], [("C",), ("B",)])
    assert numbers["1"].texts == {"A": 1, "B": 2, "C": 3}
    assert renumber(numbers, COLUMNS[1:2], [("A",)]) == {**numbers, "2": Numbering(2, {"A": 1})}


@pytest.mark.parametrize(("many", "kept"), [(RETIRED_LIMIT, True), (RETIRED_LIMIT + 1, False)])
def test_texts_that_are_gone_are_remembered_up_to_a_limit(many: int, kept: bool) -> None:
    texts = {f"t{number}": number for number in range(1, many + 1)}
    numbers = renumber({"1": Numbering(many + 1, texts)}, COLUMNS[:1], [("new",)])["1"]
    assert ("t1" in numbers.texts, numbers.texts["new"], numbers.next) == (kept, many + 1, many + 2)


@pytest.mark.parametrize(
    ("sent", "rows", "paths"),
    [
        ([["a ", 1], ["b"], "c", [None, True]], (("a", "1"), ("b", ""), ("c", ""), ("", "true")), []),
        ([], (), []),
        ({}, (), [("rows",)]),
        ([[]] * 501, (), [("rows",)]),
        ([["a", "b", "c"]], (("", ""),), [("rows", "0")]),
        ([["x" * 600], ["x" * 601, []]], (("x" * 600, ""), ("", "")), [("rows", "1", "0"), ("rows", "1", "1")]),
    ],
)
def test_rows_as_they_are_read(sent: object, rows: Any, paths: list[tuple[str, ...]]) -> None:
    problems: list[Problem] = []
    assert read_rows(sent, 2, problems) == rows
    assert [one.path for one in problems] == paths


def test_a_field_draws_what_its_list_holds() -> None:
    lists = {5: Drawing(5, 1, COLUMNS, ROWS, renumber({}, COLUMNS, ROWS))}
    bound = field(list={"id": 5, "column_id": 1, "column": "Old", "allow_custom": True})
    drawn = draw(bound, lists)
    assert [(one.id, one.text) for one in drawn.options] == [(1, "Germany"), (2, "France")]
    assert drawn.list == {"id": 5, "column_id": 1, "column": "Country", "allow_custom": True}
    for other in (field(), field(list={"id": 6, "column_id": 1}), field(list={"id": 5, "column_id": 9})):
        assert draw(other, lists) is other
    step = Step(id="b" * 32, title="S", alias="s", position=1, fields=(bound,))
    document = drawn_document(TemplateDocument(title="T", kind="procedure", kickoff=(bound,), steps=(step,)), lists)
    assert (document.kickoff, document.steps[0].fields) == ((drawn,), (drawn,))
    assert list_ids([bound, field(), field(list={"id": 7}), field(list={"id": "x", "column_id": 1})]) == {5}


@pytest.mark.parametrize(
    ("list_", "value", "stored", "expected"),
    [({"id": 1}, "A", "A", True), ({"id": 1}, "A", "B", False), ({"id": 1}, None, None, False),
     (None, "A", "A", False)],
)  # fmt: skip
def test_a_stored_answer_may_be_sent_back(list_: Any, value: Any, stored: Any, expected: bool) -> None:
    assert drawn_before(field(list=list_), value, stored) is expected


@pytest.mark.parametrize(
    ("kind", "value", "stored", "expected"),
    [("text", "x" * 201, "x" * 201, True), ("text", "x" * 200, "x" * 200, False), ("text", "x" * 201, "y", False),
     ("text", 7, 7, False), ("textarea", "x" * 201, "x" * 201, False)],
)  # fmt: skip
def test_a_long_text_of_an_import_may_be_sent_back(kind: Any, value: Any, stored: Any, expected: bool) -> None:
    """50 IMP-03."""
    assert drawn_before(msgspec.structs.replace(field(), kind=kind), value, stored) is expected
