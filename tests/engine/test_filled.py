"""Filled or not, what is missing, defaults and containers of answers (20 §8.12, §8.15, 10 §6.3, 00 PUT-10)."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procession.engine.answers import defaults, is_filled, read_answers_container, required_problems
from procession.engine.model import Column, Field, FieldKind, Option, Problem

ASSET = "0a" * 16
OPTIONS = (Option(1, "Slack"), Option(2, "Teams"), Option(3, "Office 365"))
COLUMNS = (Column(1, "Item"), Column(2, "Count"))

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["id", "field_id", "value"]) | st.text(), inner),
    max_leaves=10,
)


def field(kind: FieldKind, **members: Any) -> Field:
    known = {"id": "f" * 32, "label": "Size", "alias": "size-1234", "options": OPTIONS, "columns": COLUMNS}
    return Field(kind=kind, **known | members)


# --- completion -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "value", "filled"),
    [
        ("text", "x", True), ("text", " ", False), ("text", None, False), ("text", [], False), ("text", "0", True),
        ("email", "a@b.io", True), ("date", "2025-12-20T00:00:00.000Z", True), ("radio", "", False),
        ("textarea", "<p>&nbsp;</p><br>", False), ("textarea", "<p>x</p>", True), ("textarea", None, False),
        ("dropdown", {"id": 1, "text": "Slack"}, True), ("dropdown", {}, False), ("dropdown", None, False),
        ("multiselect", [{"id": 1, "text": "Slack", "selected": True}], True),
        ("multiselect", [{"id": 1, "text": "Slack"}, {"id": 2, "text": "Teams", "selected": False}], False),
        ("multiselect", None, False),
        ("table", ["", " "], False), ("table", [["", ""], ["", "x"]], True), ("table", None, False),
        ("assignees_form", {"users": [1], "guests": [], "groups": []}, True),
        ("assignees_form", {"users": [], "guests": [], "groups": []}, False), ("assignees_form", None, False),
        ("file", [{"id": ASSET}], True), ("file", [], False), ("file", None, False),
    ],
)  # fmt: skip
def test_what_counts_as_filled(kind: FieldKind, value: object, filled: bool) -> None:
    """20 §8.12."""
    assert is_filled(field(kind), value) is filled


def test_required_problems() -> None:
    """20 §8.12 and §12.2: texts and order."""
    every = {"settings": {"must_all_checked": True}, "options": OPTIONS[:2]}
    one = {"id": 1, "text": "Slack", "selected": True}
    both = [one, {"id": 2, "text": "Teams", "selected": True}]
    fields = [
        field("text", id="a", label="Name", required=True),
        field("text", id="b", label="Note"),
        field("multiselect", id="c", label="Tools", required=True),
        field("multiselect", id="d", label="Checks", **every),
        field("multiselect", id="e", label="More", **every, required=True),
    ]
    expected = {
        "a": "Name is required",
        "c": "At least one item of Tools must be checked.",
        "d": "All items of Checks must be checked.",
        "e": "All items of More must be checked.",
    }
    assert required_problems(fields, {}) == [Problem((id_,), text) for id_, text in expected.items()]
    partly = required_problems(fields, {"a": "x", "c": [one], "d": [one], "e": both})
    assert partly == [Problem(("d",), expected["d"])]
    assert required_problems(fields, {"a": "x", "c": [one], "d": both, "e": both}) == []
    no_options = field("multiselect", id="f", label="None", required=True, settings={"must_all_checked": 1}, options=())
    assert required_problems([no_options], {}) == [Problem(("f",), "At least one item of None must be checked.")]


# --- defaults ---------------------------------------------------------------------------------------------------------


def default_of(kind: FieldKind, value: object, **options: Any) -> object:
    asked = field(kind, default=value, default_enabled=True, collect_time=True)
    return defaults([asked], {}, **options).get(asked.id)


def test_defaults_fill_what_was_never_answered() -> None:
    """20 §8.15."""
    fields = [
        field("text", id="a", default="x", default_enabled=True),
        field("text", id="b", default="x"),
        field("text", id="c", default="x", default_enabled=True),
        field("text", id="d", default="x", default_enabled=True),
        field("table", id="e", default=["x", "y"], default_enabled=True),
    ]
    assert defaults(fields, {"c": "own", "d": None}) == {"a": "x"}


def test_defaults_by_type() -> None:
    """30 §11.1; an invalid default is no default."""
    today = {"today": date(2025, 6, 28)}
    assert default_of("radio", "Slack") == "Slack"
    assert default_of("radio", "Pigeon") is None
    assert default_of("dropdown", {"id": 1, "text": "Slack"}) == {"id": 1, "text": "Slack"}
    assert default_of("dropdown", None) is None
    assert default_of("text", "{{DATE}}!", resolve=lambda text: text.replace("{{DATE}}", "now")) == "now!"
    assert default_of("date", "2025-12-20") == "2025-12-20T00:00:00.000Z"
    assert default_of("date", "today", **today) == "2025-06-28T00:00:00.000Z"
    assert default_of("date", " Today + 7 ", **today) == "2025-07-05T00:00:00.000Z"
    assert default_of("date", "today-1", **today) == "2025-06-27T00:00:00.000Z"
    assert default_of("date", "today+9999", today=date(9999, 1, 1)) is None
    assert default_of("date", "today") is None
    assert default_of("date", "{{start-1234}}", **today) is None


# --- containers -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"a": 1, "b": None}, {"a": 1, "b": None}),
        ([{"a": 1}, {"b": 2}, {"a": 3}], {"a": 3, "b": 2}),
        ([{"id": "a", "value": 1}, {"field_id": "b", "value": 2}], {"a": 1, "b": 2}),
        ([{"timeline_id": "c", "value": 3}], {"c": 3}),
        ([{"id": "row", "timeline_id": "a", "value": 1}], {"a": 1}),
        ([{"id": "a", "value": None}], {"a": None}),
        ([{"value": 1}, {"id": 5, "value": 2}], {"value": 2, "id": 5}),
        ({"id": "a", "value": 1}, {"id": "a", "value": 1}),
        ([{}], {}),
        ('{"a": [1]}', {"a": [1]}),
        ('[{"id": "a", "value": 1}]', {"a": 1}),
        ("[]", {}), ("null", {}), ("", {}), (" ", {}), ('""', {}), ([], {}), ({}, {}), (None, {}),
        ("a=1", None), ("5", None), ('"x"', None), (5, None), (False, None), (["a"], None), ([{"a": 1}, []], None),
        ("[" * 100_000, None),
    ],
)  # fmt: skip
def test_containers_of_answers(value: object, expected: dict[str, object] | None) -> None:
    """10 §6.3, 00 PUT-10."""
    assert read_answers_container(value) == expected


@given(json_values)
def test_any_container_is_read(value: object) -> None:
    found = read_answers_container(value)
    assert found is None or all(isinstance(key, str) for key in found)
