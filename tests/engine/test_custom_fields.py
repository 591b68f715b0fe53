"""Values of custom fields, type by type (spec 00 §22)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from procession.engine.custom_fields import (
    CELL,
    LARGEST,
    LONG_TEXT,
    ROWS,
    TEXT,
    Choice,
    CustomKey,
    inherited,
    read_all,
    read_some,
    read_value,
    sought_term,
    terms,
)
from procession.engine.model import Column, Problem

NOW = datetime(2026, 3, 2, tzinfo=UTC)
OPTIONS = (Choice(1, "Low"), Choice(2, "High"), Choice(7, "2"))
COLUMNS = (Column(1, "Item"), Column(2, "Count"))


def key(type_: str, **more: Any) -> CustomKey:
    plain: dict[str, Any] = {
        "id": 1, "kind": "task", "key": "k", "type": type_, "system": False, "label": "K", "options": OPTIONS,
        "columns": COLUMNS, "required": False, "active": True, "created_at": NOW, "updated_at": NOW, "revision": 1,
    }  # fmt: skip
    return CustomKey(**{**plain, **more})


@pytest.mark.parametrize("type_", ["text", "number", "boolean", "date", "email", "radio", "multiselect", "table"])
@pytest.mark.parametrize("value", [None, "", []])
def test_nothing_is_nothing(type_: str, value: Any) -> None:
    assert read_value(key(type_), value) == (None, None)


@pytest.mark.parametrize(
    ("type_", "value", "stored"),
    [
        ("text", " x ", " x "),
        ("text", "x" * TEXT, "x" * TEXT),
        ("textarea", "x" * LONG_TEXT, "x" * LONG_TEXT),
        ("number", 5, 5),
        ("number", 5.0, 5),
        ("number", " 5.50 ", 5.5),
        ("number", "-7", -7),
        ("number", "1e3", 1000),
        ("number", LARGEST - 1, LARGEST - 1),
        ("boolean", "Yes", True),
        ("boolean", 0, False),
        ("date", "2026-02-28", "2026-02-28"),
        ("date", "2026-02-28T23:00:00-02:00", "2026-03-01T01:00:00Z"),
        ("email", " Ann@X.io ", "ann@x.io"),
        ("url", "https://x.example/a?b", "https://x.example/a?b"),
        ("radio", "High", "High"),
        ("radio", 1, "Low"),
        ("radio", "2", "2"),
        ("dropdown", {"text": "Low"}, "Low"),
        ("dropdown", {"id": 2}, "2"),
        ("multiselect", ["High", "Low", "High"], ["Low", "High"]),
        ("multiselect", "Low", ["Low"]),
        ("table", [["a", 1], {"Item": "b"}], [{"Item": "a", "Count": "1"}, {"Item": "b", "Count": None}]),
        ("table", [["x" * CELL, None]], [{"Item": "x" * CELL, "Count": None}]),
    ],
)
def test_what_is_taken(type_: str, value: Any, stored: Any) -> None:
    assert read_value(key(type_), value) == (stored, None)


@pytest.mark.parametrize(
    ("type_", "value", "problem"),
    [
        ("text", 5, "The K must be a string."),
        ("text", "x" * (TEXT + 1), "The K may not be greater than 200 characters."),
        ("textarea", "x" * (LONG_TEXT + 1), "The K may not be greater than 30000 characters."),
        ("number", True, "The K must be a number."),
        ("number", "five", "The K must be a number."),
        ("number", float("inf"), "The K must be a number."),
        ("number", LARGEST, "The K must be a number."),
        ("number", 10**400, "The K must be a number."),
        ("boolean", "maybe", "The K field must be true or false."),
        ("date", "28.2.2026", "The K is not a valid date."),
        ("date", "2026-02-30", "The K is not a valid date."),
        ("email", "nobody", "The K must be a valid email address."),
        ("email", {"email": "a@x.io"}, "The K must be a valid email address."),
        ("url", "ftp://x.example", "The K must be a valid URL."),
        ("url", 5, "The K must be a valid URL."),
        ("radio", "Highest", "The selected K is invalid."),
        ("radio", {"x": 1}, "The selected K is invalid."),
        ("multiselect", ["Low", "Lowest"], "The selected K is invalid."),
        ("table", "x", "The K must be a list of rows."),
        ("table", [["a", 1]] * (ROWS + 1), "The K may not have more than 500 rows."),
        ("table", [["a"]], "The rows of K must have the columns of the table."),
        ("table", [{"Price": 1}], "The rows of K must have the columns of the table."),
        ("table", [[["a"], 1]], "The cells of K must be texts, numbers or true and false."),
        ("table", [["x" * (CELL + 1), 1]], "The cells of K may not be greater than 2000 characters."),
    ],
)
def test_what_is_not(type_: str, value: Any, problem: str) -> None:
    assert read_value(key(type_), value) == (None, problem)


KEYS = {
    "cost": key("number", key="cost", label="Cost", required=True),
    "note": key("text", key="note"),
    "made_by": key("text", key="made_by", system=True),
}


def test_a_replacement_names_every_key_that_people_write() -> None:
    """CF-03: required ones must be there; what is not sent is cleared; the system's are left alone."""
    assert read_all(KEYS, {"cost": 5}) == ({"cost": 5, "note": None}, [])
    assert read_all(KEYS, {"note": "x"})[1] == [Problem(("cost",), "The Cost field is required.")]
    assert read_all(KEYS, {"cost": None})[1] == [Problem(("cost",), "The Cost field is required.")]
    assert read_all(KEYS, {"cost": "x"})[1] == [Problem(("cost",), "The Cost must be a number.")]
    wrong = read_all(KEYS, {"cost": 5, "made_by": "me", "colour": 1})[1]
    assert wrong == [
        Problem(("made_by",), "A system custom field cannot be changed."),
        Problem(("colour",), "This custom field is not known here."),
    ]


def test_a_merge_asks_for_nothing_else() -> None:
    assert read_some(KEYS, {"note": "x"}) == ({"note": "x"}, [])
    assert read_some(KEYS, {"cost": None}) == ({"cost": None}, [])


def test_what_is_inherited_must_fit() -> None:
    """CF-05: by name; what the other key does not take stays behind."""
    assert inherited({"cost": "5", "note": 7, "made_by": "x", "other": 1}, KEYS) == {"cost": 5}
    assert inherited({"cost": None}, KEYS) == {}


@pytest.mark.parametrize(
    ("type_", "value", "found"),
    [
        ("multiselect", ["Low", "High"], ["Low", "High"]),
        ("number", 5.5, ["5.5"]),
        ("boolean", True, ["true"]),
        ("text", "x", ["x"]),
        ("table", [{"Item": "a"}], []),
    ],
)
def test_values_are_found_by_their_texts(type_: str, value: Any, found: list[str]) -> None:
    assert terms(key(type_), value) == found


@pytest.mark.parametrize(
    ("type_", "text", "term"),
    [
        ("number", "5.0", "5"),
        ("boolean", "yes", "true"),
        ("multiselect", "High", "High"),
        ("multiselect", "Highest", None),
        ("date", "2026-02-28", "2026-02-28"),
        ("text", "", None),
        ("table", "a", None),
    ],
)
def test_what_a_query_looks_for(type_: str, text: str, term: str | None) -> None:
    assert sought_term(key(type_), text) == term
