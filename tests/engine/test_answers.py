"""The one validator of answers (20 §8, 00 §19, 30 §11.3; SEED-54 to SEED-66)."""

import json
from datetime import date
from typing import Any, get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from procession.engine.answers import (
    CLEARED,
    Answer,
    check_answer,
    defaults,
    is_filled,
    mentions,
)
from procession.engine.choices import match_option
from procession.engine.grids import table_rows
from procession.engine.model import Column, Field, FieldKind, Option, Problem
from procession.engine.people import Mentions, People

GROUP = "0f" * 16
ASSET = "0a" * 16
PEOPLE = People(members=frozenset((1005, 20059)), groups=frozenset((GROUP,)))
FILES = {ASSET: {"id": ASSET, "filename": "offer.pdf", "version": 1, "source": "local", "url": "organizations/o/file"}}
OPTIONS = (Option(1, "Slack"), Option(2, "Teams"), Option(3, "Office 365"), Option(4, "0"))
COLUMNS = (Column(1, "Item"), Column(2, "Count"))
KINDS: tuple[FieldKind, ...] = get_args(FieldKind)
STRUCTURED = ("dropdown", "multiselect", "table", "assignees_form", "file")


def field(kind: FieldKind, **members: Any) -> Field:
    defaults = {"id": "f" * 32, "label": "Size", "alias": "size-1234", "options": OPTIONS, "columns": COLUMNS}
    return Field(kind=kind, **defaults | members)


def check(kind: FieldKind, value: object, **members: Any) -> Answer:
    return check_answer(field(kind, **members), value, PEOPLE, files=FILES)


def texts(answer: Answer) -> list[str]:
    assert answer.value is None
    assert all(problem.path == () for problem in answer.problems)
    return [problem.text for problem in answer.problems]


def loosely(kind: FieldKind, value: object, **members: Any) -> Answer:
    return check_answer(field(kind, **members), value, coerce=True)


# --- clearing (20 §8.2, 00 PUT-06) --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", [None, ""])
def test_null_and_the_empty_text_clear_every_type(kind: FieldKind, value: object) -> None:
    assert check(kind, value) == CLEARED


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "text"])
@pytest.mark.parametrize("value", [False, 0, 0.0])
def test_false_and_zero_clear_every_type_but_text(kind: FieldKind, value: object) -> None:
    assert check(kind, value) == CLEARED


def test_false_and_zero_are_texts() -> None:
    assert check("text", 0) == Answer("0")
    assert check("text", False) == Answer("false")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", [[], {}])
def test_empty_lists_and_objects_clear_structured_types_only(kind: FieldKind, value: object) -> None:
    if kind in STRUCTURED:
        assert check(kind, value) == CLEARED
    else:
        assert len(texts(check(kind, value))) == 1


# --- texts ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ("Acme", "Acme"),  # SEED-55
        ("  Acme\n", "Acme"),
        (12, "12"),
        (1.5, "1.5"),
        (True, "true"),
        ("0", "0"),
        ("x" * 200, "x" * 200),
        (" " + "é" * 200 + " ", "é" * 200),
    ],
)
def test_texts(value: object, stored: str) -> None:
    assert check("text", value) == Answer(stored)


@pytest.mark.parametrize("value", [[1], {"value": "x"}, float("nan"), 10**4000, "\ud800"])
def test_no_texts(value: object) -> None:
    assert texts(check("text", value)) == ["The Size must be a string."]


def test_blank_texts_clear() -> None:
    assert check("text", " \n ") == CLEARED
    assert check("email", "  ") == CLEARED


def test_the_length_of_texts() -> None:
    assert texts(check("text", "x" * 201)) == ["The Size may not be greater than 200 characters."]
    imported = check_answer(field("text"), "x" * 255, long_texts=True)
    assert imported == Answer("x" * 255)
    too_long = check_answer(field("text"), "x" * 256, long_texts=True)
    assert texts(too_long) == ["The Size may not be greater than 255 characters."]


def test_validations_of_texts() -> None:
    """20 §8.3, SEED-62: all that is wrong with a value is told."""
    rules = ("numeric", "min:2", "max:10", "unheard")
    assert check("text", 5, validations=rules) == Answer("5")
    assert texts(check("text", "x", validations=rules)) == ["The Size must be a number."]
    assert texts(check("text", "11", validations=rules)) == ["The Size may not be greater than 10."]
    assert texts(check("text", "a!", validations=("alpha", "min:3"))) == [
        "The Size may only contain letters.",
        "The Size must be at least 3 characters.",
    ]
    assert check("text", " ", validations=("min:3",)) == CLEARED
    assert check("textarea", "x", validations=("numeric",)) == Answer("x")


def test_long_texts() -> None:
    """SEED-55, 20 §8.4."""
    assert check("textarea", " a <b> & \n") == Answer(" a <b> & \n")
    assert check("textarea", "<p>Long <b>note</b></p>", rich=True) == Answer("<p>Long <b>note</b></p>")
    assert check("textarea", "<p>x</p><script>alert(1)</script>", rich=True) == Answer("<p>x</p>")
    assert check("textarea", "<script>alert(1)</script>", rich=True) == CLEARED
    assert check("textarea", "x" * 30_000) == Answer("x" * 30_000)
    assert texts(check("textarea", "x" * 30_001)) == ["The Size may not be greater than 30000 characters."]
    for value in (12, True, ["x"], {"value": "x"}, "\ud800"):
        assert texts(check("textarea", value)) == ["The Size must be a string."]


def test_addresses() -> None:
    """20 §8.5."""
    assert check("email", " Buyer@ACME.io ") == Answer("Buyer@acme.io")
    assert check("email", "a@b.example") == Answer("a@b.example")
    for value in ("x", "a@b.io, c@d.io", "@", "a@", 5, ["a@b.io"], {"value": "a@b.io"}, "a@" + "b" * 300 + ".io"):
        assert texts(check("email", value)) == ["The Size must be a valid email address."]


def test_dates() -> None:
    """SEED-56, SEED-64, 20 §8.6."""
    assert check("date", "2025-12-20T14:23:18.128Z", collect_time=True) == Answer("2025-12-20T14:23:18.128Z")
    assert check("date", "2025-12-20 14:23:18", collect_time=True) == Answer("2025-12-20T14:23:18.000Z")
    assert check("date", "2025-12-31T23:59:59+05:00") == Answer("2025-12-31T00:00:00.000Z")
    for value in (1766240598, True, "tomorrow", "15/10/2025", ["2025-12-20"], {"value": "2025-12-20"}):
        assert texts(check("date", value)) == ["The Size is not a valid date."]


# --- choices --------------------------------------------------------------------------------------------------------


def test_radio() -> None:
    """SEED-57, 20 §8.7."""
    assert check("radio", "Slack") == Answer("Slack")
    assert check("radio", "0") == Answer("0")
    for value in ("slack", " Slack", 1, "1", {"id": 1, "text": "Slack"}, ["Slack"], True):
        assert texts(check("radio", value)) == ["Invalid radio choice selected."]


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ({"id": 3, "text": "Office 365", "value": None}, {"id": 3, "text": "Office 365", "value": None}),  # SEED-58, 65
        ({"id": 2, "text": "Teams"}, {"id": 2, "text": "Teams"}),
        ({"text": "Teams", "id": "2", "value": {"a": [1]}}, {"id": 2, "text": "Teams", "value": {"a": [1]}}),
        ({"id": 2, "text": "Teams", "selected": True, "junk": 1}, {"id": 2, "text": "Teams"}),
    ],
)
def test_dropdown(sent: object, stored: object) -> None:
    assert check("dropdown", sent) == Answer(stored)


@pytest.mark.parametrize(
    "value",
    [
        "Teams", 2, True, [{"id": 2, "text": "Teams"}], {"id": 2}, {"text": "Teams"}, {"id": 1, "text": "Teams"},
        {"id": 2, "text": "teams"}, {"id": True, "text": "Slack"}, {"value": {"id": 2, "text": "Teams"}},
        {"id": 9, "text": "Teams"}, {"id": None, "text": None},
    ],
)  # fmt: skip
def test_no_dropdown(value: object) -> None:
    assert texts(check("dropdown", value)) == ["Invalid dropdown choice selected."]


@pytest.mark.parametrize(
    "value",
    [
        [{"id": 1, "text": "Slack", "selected": True}],
        [{"id": 1, "text": "Slack", "selected": True}, {"id": 2, "text": "Teams", "selected": False}],  # SEED-59
        [{"id": 1, "text": "Slack", "value": None, "required": True, "selected": False}],  # SEED-66
        [{"id": 2, "text": "Teams"}, {"id": 1, "text": "Slack", "selected": None}],
    ],
)
def test_checklists_come_back_as_sent(value: object) -> None:
    assert check("multiselect", value) == Answer(value)


def test_checklists_are_normalised() -> None:
    """20 §8.9: the last of two entries wins; other keys are dropped."""
    sent = [
        {"id": "1", "text": "Slack", "selected": True, "junk": 1},
        {"id": 2, "text": "Teams"},
        {"id": 1, "text": "Slack", "selected": "no"},
    ]
    assert check("multiselect", sent) == Answer(
        [{"id": 1, "text": "Slack", "selected": False}, {"id": 2, "text": "Teams"}]
    )


@pytest.mark.parametrize(
    "value",
    [
        "Slack", 1, True, {"id": 1, "text": "Slack"}, ["Slack"], [1], [None], [{}], [{"id": 1}], [{"text": "Slack"}],
        [{"id": 1, "text": "Slack"}, {"id": 1, "text": "Teams"}], [{"id": 9, "text": "Slack"}],
        [{"id": 1, "text": "Slack", "selected": "maybe"}],
    ],
)  # fmt: skip
def test_no_checklist(value: object) -> None:
    assert texts(check("multiselect", value)) == ["Invalid multiselect choice selected."]


def test_texts_of_ones_own_on_a_shared_list() -> None:
    """30 §11.7."""
    custom: dict[str, Any] = {"list": {"id": 1, "column": "Tool", "allow_custom": True}}
    assert check("radio", "Pigeon", **custom) == Answer("Pigeon")
    assert check("dropdown", {"id": None, "text": "Pigeon"}, **custom) == Answer({"id": None, "text": "Pigeon"})
    assert check("dropdown", {"text": "Pigeon"}, **custom) == Answer({"id": None, "text": "Pigeon"})
    own = [{"id": None, "text": "Pigeon", "selected": True}, {"id": 1, "text": "Slack"}, {"id": None, "text": "Dove"}]
    assert check("multiselect", own, **custom) == Answer(own)
    assert loosely("dropdown", "Pigeon", **custom) == Answer({"id": None, "text": "Pigeon"})
    assert texts(check("dropdown", {"id": 1, "text": "Pigeon"}, **custom)) == ["Invalid dropdown choice selected."]
    for text in (" ", "x" * 601, 5):
        assert texts(check("radio", text, **custom)) == ["Invalid radio choice selected."]
    assert texts(check("radio", "Pigeon", list={"id": 1})) == ["Invalid radio choice selected."]


def test_the_order_of_loose_matching() -> None:
    """00 VAL-01: exact text, then the folded text, then the id; each over the whole list."""
    options = (Option(1, "2"), Option(2, "b"), Option(3, " B "))
    for value, expected in (
        (2, 1),
        ("2", 1),
        ("b", 2),
        (" B ", 3),
        ("B", 2),
        ("3", 3),
        (3.0, 3),
        (None, None),
        ([], None),
    ):
        found = match_option(options, value)
        assert (found and found.id) == expected


@pytest.mark.parametrize(
    ("kind", "value", "stored"),
    [
        ("radio", "slack ", "Slack"),
        ("radio", 2, "Teams"),
        ("radio", {"id": 2, "text": "x"}, "Teams"),
        ("dropdown", "teams", {"id": 2, "text": "Teams"}),
        ("dropdown", "3", {"id": 3, "text": "Office 365"}),
        ("dropdown", {"id": 2}, {"id": 2, "text": "Teams"}),
        ("dropdown", {"text": "teams", "value": 5}, {"id": 2, "text": "Teams", "value": 5}),
        ("multiselect", "Slack, teams,", [(1, "Slack", True), (2, "Teams", True)]),
        ("multiselect", ["Slack", 2], [(1, "Slack", True), (2, "Teams", True)]),
        ("multiselect", 2, [(2, "Teams", True)]),
        ("multiselect", {"text": "Slack"}, [(1, "Slack", True)]),
        (
            "multiselect",
            [{"id": 1, "text": "Slack", "selected": False}, {"id": 2}],
            [(1, "Slack", False), (2, "Teams", True)],
        ),
        ("multiselect", " , ", None),
    ],
)
def test_loose_reading(kind: FieldKind, value: object, stored: Any) -> None:
    """00 §19: `?coerce=true`."""
    if kind == "multiselect" and stored is not None:
        stored = [{"id": id_, "text": text, "selected": selected} for id_, text, selected in stored]
    answer = loosely(kind, value)
    assert answer == Answer(stored)
    assert check(kind, answer.value) == answer


def test_a_comma_may_belong_to_an_option() -> None:
    options = (Option(1, "Red, dark"), Option(2, "Blue"))
    chosen = Answer([{"id": 1, "text": "Red, dark", "selected": True}])
    assert loosely("multiselect", "red, dark", options=options) == chosen


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("radio", "Pigeon"), ("radio", []), ("radio", {"a": 1}), ("dropdown", "Pigeon"), ("dropdown", ["Teams"]),
        ("dropdown", {"id": 9}), ("multiselect", "Slack, Pigeon"), ("multiselect", [[1]]), ("multiselect", {"id": 9}),
    ],
)  # fmt: skip
def test_loose_reading_has_limits(kind: FieldKind, value: object) -> None:
    assert texts(loosely(kind, value)) == [f"Invalid {kind} choice selected."]


# --- tables ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "rows"),
    [
        (["Widget", "3"], [["Widget", "3"]]),  # SEED-61
        (["Widget", 3], [["Widget", "3"]]),
        ([["Widget", "Bolt"], [3, None]], [["Widget", "3"], ["Bolt", ""]]),
        ([["Widget", "Bolt"], ["3"]], [["Widget", "3"], ["Bolt", ""]]),
        ([None, True], [["", "true"]]),
        ([[], []], []),
        ([{"id": 1, "label": "Item", "value": ["a", "b"]}, {"value": 1.5}], [["a", "1.5"], ["b", ""]]),
        ([{"id": 1}, "x"], [["", "x"]]),
    ],
)
def test_tables_come_back_as_sent(value: object, rows: list[list[str]]) -> None:
    answer = check("table", value)
    assert answer == Answer(value)
    assert table_rows(field("table"), answer.value) == rows


def test_tables_are_normalised() -> None:
    assert check("table", [{"id": "1", "value": 5, "junk": 1}, ""]) == Answer([{"id": 1, "value": 5}, ""])
    by_rows = check("table", {"rows": [["Widget", "3"], ["Bolt", "9"]]})
    assert by_rows == Answer([["Widget", "Bolt"], ["3", "9"]])
    assert table_rows(field("table"), by_rows.value) == [["Widget", "3"], ["Bolt", "9"]]
    assert check("table", {"rows": []}) == CLEARED


@pytest.mark.parametrize(
    "value",
    [
        "x", 1, ["a"], ["a", "b", "c"], {"Item": "a"}, {"rows": "x"}, {"rows": [["a"]]}, {"rows": [["a", "b"], "c"]},
        {"rows": [["a", "b", "c"]]}, [{"id": 2, "value": "a"}, "b"],
    ],
)  # fmt: skip
def test_wrong_columns(value: object) -> None:
    assert texts(check("table", value)) == ["Number of columns does not match required columns"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ([[["a"]], "b"], "The cells of Size must be texts, numbers or true and false."),
        ([{"value": {"a": 1}}, "b"], "The cells of Size must be texts, numbers or true and false."),
        (["x" * 30_001, "b"], "The cells of Size may not be greater than 30000 characters."),
        ([["x"] * 501, "b"], "The Size may not have more than 500 rows."),
    ],
)
def test_wrong_cells(value: object, text: str) -> None:
    assert texts(check("table", value)) == [text]


def test_rows_of_what_no_longer_fits() -> None:
    assert table_rows(field("table"), None) == []
    assert table_rows(field("table"), {"rows": []}) == []
    assert table_rows(field("table"), ["a"]) == [["a", ""]]
    assert table_rows(field("table"), ["a", "b", "c"]) == [["a", "b"]]
    assert table_rows(field("table", columns=()), ["a"]) == []


# --- people and files -----------------------------------------------------------------------------------------------


def test_assignee_pickers() -> None:
    """20 §8.11."""
    stored = {"users": [20059], "guests": ["a@b.io"], "groups": [GROUP]}
    assert check("assignees_form", stored) == Answer(stored)
    loose = {"users": ["20059", {"id": 20059}], "guests": "A@b.io ", "groups": [{"id": GROUP.upper()}], "taskUrls": 1}
    assert check("assignees_form", loose) == Answer(stored)
    assert check("assignees_form", {"users": [1005]}) == Answer({"users": [1005], "guests": [], "groups": []})
    assert check("assignees_form", {"users": [], "guests": None, "groups": [""]}) == CLEARED


def test_wrong_assignees_are_told_by_position() -> None:
    value = {"users": [1005, 7], "guests": ["x"], "groups": {"id": 1}}
    assert check("assignees_form", value) == Answer(
        problems=(
            Problem(("members", "1"), "The selected user is not an active member of this organization."),
            Problem(("guests", "0"), "The selected guest must be a valid email address."),
            Problem(("groups",), "The groups must be an array."),
        )
    )


@pytest.mark.parametrize("value", [[1005], 1005, "x", {"value": {"users": [1]}}])
def test_no_assignees(value: object) -> None:
    assert texts(check("assignees_form", value)) == ["The Size must be an object of users, guests and groups."]


def test_whom_an_answer_mentions() -> None:
    value = {"users": [1], "guests": ["a@b.io"]}
    assert mentions(field("assignees_form"), value) == Mentions(frozenset((1,)), frozenset(("a@b.io",)))
    assert mentions(field("table"), value) == Mentions()


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ({"id": ASSET, "filename": "offer.pdf", "source": "local"}, FILES[ASSET]),  # SEED-60
        ({"id": f" {ASSET.upper()}", "filename": "faked.exe", "version": 9}, FILES[ASSET]),
        (
            {"filename": "a.pdf", "url": " https://x.io/a.pdf ", "source": "local", "junk": 1},
            {"filename": "a.pdf", "url": "https://x.io/a.pdf", "full_url": "https://x.io/a.pdf", "source": "url"},
        ),
        (
            {"id": "", "url": "uploads/x.pdf", "full_url": "http://y.io/x.pdf?d=1#p"},
            {"filename": "x.pdf", "url": "uploads/x.pdf", "full_url": "http://y.io/x.pdf?d=1#p", "source": "url"},
        ),
        (
            {"id": None, "full_url": "https://x.io/dir/my file.pdf/?q", "filename": 5},
            {
                "filename": "my file.pdf", "url": "https://x.io/dir/my file.pdf/?q",
                "full_url": "https://x.io/dir/my file.pdf/?q", "source": "url",
            },
        ),
        ({"url": "?a"}, {"filename": "?a", "url": "?a", "full_url": "?a", "source": "url"}),
    ],
)  # fmt: skip
def test_files(sent: object, stored: object) -> None:
    answer = check("file", [sent])
    assert answer == Answer([stored])
    assert check("file", answer.value) == answer


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (ASSET, "The Size must be a list of files."),
        ({"id": ASSET}, "The Size must be a list of files."),
        ([ASSET], "The Size must be a list of files."),
        ([{"name": "x"}], "The Size must be a list of files."),
        ([{"url": " "}], "The Size must be a list of files."),
        ([{"url": 5}], "The Size must be a list of files."),
        ([{"id": "0b" * 16}], "The selected file does not exist."),
        ([{"id": 5, "url": "https://x.io/a"}], "The selected file does not exist."),
        ([{"url": "javascript:alert(1)"}], "The Size may only hold http and https links."),
        ([{"url": "java\tscript:alert(1)"}], "The Size may only hold http and https links."),
        ([{"url": "ok", "full_url": "data:text/html,x"}], "The Size may only hold http and https links."),
        ([{"url": "https:///x"}], "The Size may only hold http and https links."),
        ([{"url": "x" * 2049}], "The url of a file may not be greater than 2048 characters."),
        ([{"url": "x", "filename": "x" * 256}], "The filename may not be greater than 255 characters."),
        ([{"url": "x"}] * 51, "The Size may not have more than 50 files."),
    ],
)
def test_no_files(value: object, text: str) -> None:
    assert texts(check("file", value)) == [text]


# --- one request with every type (20 §8.16, SEED-54, SEED-62, SEED-63) ------------------------------------------------

EVERY_TYPE = json.loads("""
{ "a0000000000000000000000000000001": "Acme",
  "a0000000000000000000000000000002": "<p>Long <b>note</b></p>",
  "a0000000000000000000000000000003": "buyer@acme.io",
  "a0000000000000000000000000000004": "2026-03-18T00:00:00.000Z",
  "a0000000000000000000000000000005": "Full-time",
  "a0000000000000000000000000000006": {"id": 3, "text": "Office 365", "value": null},
  "a0000000000000000000000000000007": [{"id": 1, "text": "Slack", "selected": true}, {"id": 2, "text": "Teams", "selected": false}],
  "a0000000000000000000000000000008": ["Widget", "3"],
  "a0000000000000000000000000000009": {"users": [1005], "guests": ["g@x.io"], "groups": []},
  "a000000000000000000000000000000a": [{"id": "assetid0000000000000000000000001", "filename": "offer.pdf", "source": "local"}] }
""")  # noqa: E501


def test_one_request_with_every_type() -> None:
    kinds: list[FieldKind] = [
        "text", "textarea", "email", "date", "radio", "dropdown", "multiselect", "table", "assignees_form", "file",
    ]  # fmt: skip
    files = {"assetid0000000000000000000000001": EVERY_TYPE["a000000000000000000000000000000a"][0]}
    for kind, (id_, value) in zip(kinds, EVERY_TYPE.items(), strict=True):
        options = (Option(1, "Full-time"), Option(2, "Part-time")) if kind == "radio" else OPTIONS
        asked = field(kind, id=id_, options=options, rich=True)
        assert check_answer(asked, value, PEOPLE, files=files) == Answer(value)
        assert is_filled(asked, value)


# --- any JSON value ---------------------------------------------------------------------------------------------------

plausible = st.sampled_from([
    "Slack", "0", 1, 2.0, "2025-12-20", "a@b.io", ASSET, GROUP, 1005, "<p>x</p>", "https://x.io/a.pdf", True, False, "",
])  # fmt: skip
keys = st.sampled_from(["id", "text", "value", "selected", "rows", "users", "guests", "groups", "url", "filename"])
json_values = st.recursive(
    plausible | st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys | st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.sampled_from(KINDS), json_values, st.booleans(), st.booleans(), st.booleans())
@example("textarea", "<<a>>&amp;<p", False, True, False)
@example("dropdown", {"id": 1, "text": "Slack"}, False, False, False)
@example("multiselect", [{"text": "own"}], True, False, True)
def test_any_value_gets_an_answer(kind: FieldKind, value: Any, coerce: bool, flag: bool, custom: bool) -> None:
    """Nothing raises, and what was accepted is accepted again unchanged, loosely or not."""
    shared = {"allow_custom": True} if custom else None
    asked = field(kind, collect_time=flag, rich=flag, list=shared, validations=("max:20",) if flag else ())
    answer = check_answer(asked, value, PEOPLE, files=FILES, long_texts=flag, coerce=coerce)
    assert answer.value is None or answer.problems == ()
    if answer.value is not None:
        assert check_answer(asked, answer.value, PEOPLE, files=FILES, long_texts=flag) == answer
        json.dumps(answer.value)
    is_filled(asked, value)
    is_filled(asked, answer.value)
    table_rows(asked, value)
    mentions(asked, value)
    defaults([field(kind, default_enabled=True, default=value)], {}, today=date(2025, 6, 2))
