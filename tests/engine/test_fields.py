"""Definitions of form fields (30 §11.1-11.2, 20 §9.3, 00 VAL-02 to VAL-04)."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from procession.engine.fields import FieldDraft, change_field, create_field, read_position
from procession.engine.model import Column, Field, Option, Problem
from procession.engine.validations import CLOCK_RULE, read_rules, rule_problems, unknown_rules

NOW = datetime(2025, 6, 2, tzinfo=UTC)
LATER = datetime(2025, 6, 3, tzinfo=UTC)
BASE: dict[str, Any] = {"label": "Size", "kind": "text", "required": False}
AB = (Option(1, "A"), Option(2, "B"))

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["id", "text", "label"]) | st.text(), inner),
    max_leaves=8,
)


def create(strict_ids: bool = False, **members: Any) -> tuple[Field | None, list[Problem]]:
    problems: list[Problem] = []
    field = create_field(
        FieldDraft(**members),
        path=("fields", "0"),
        field_id="f" * 32,
        alias="size-1234",
        position=3,
        now=NOW,
        problems=problems,
        strict_ids=strict_ids,
    )
    return field, problems


def made(**members: Any) -> Field:
    field, problems = create(**BASE | members)
    assert problems == []
    assert field is not None
    return field


def refused(strict_ids: bool = False, **members: Any) -> list[tuple[str, str]]:
    field, problems = create(strict_ids, **members)
    assert field is None
    assert all(problem.path[:2] == ("fields", "0") for problem in problems)
    return [(".".join(problem.path[2:]), problem.text) for problem in problems]


def change(field: Field, **members: Any) -> tuple[Field | None, list[Problem]]:
    problems: list[Problem] = []
    return change_field(field, FieldDraft(**members), path=(), now=LATER, problems=problems), problems


def changed(field: Field, **members: Any) -> Field:
    result, problems = change(field, **members)
    assert problems == []
    assert result is not None
    return result


def test_the_smallest_definition() -> None:
    assert made(label=" Tax id ") == Field(
        id="f" * 32, label="Tax id", kind="text", alias="size-1234", position=3, created_at=NOW, updated_at=NOW
    )


def test_defaults_by_type() -> None:
    assert made(kind="date").collect_time is True
    assert made(kind="date", collect_time="no").collect_time is False
    assert made(kind="textarea").rich is True
    assert made(kind="textarea", rich=0).rich is False
    assert made(collect_time=None, rich=None).collect_time is False


def test_what_is_demanded() -> None:
    assert refused() == [
        ("label", "The label field is required."),
        ("kind", "The field type field is required."),
        ("required", "The required field is required."),
    ]


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"label": "  "}, ("label", "The label field is required.")),
        ({"label": None}, ("label", "The label field is required.")),
        ({"label": 5}, ("label", "The label must be a string.")),
        ({"label": "x" * 601}, ("label", "The label may not be greater than 600 characters.")),
        ({"kind": None}, ("kind", "The field type field is required.")),
        ({"kind": ""}, ("kind", "The field type field is required.")),
        ({"kind": "payment"}, ("kind", "The selected field type is invalid.")),
        ({"kind": 5}, ("kind", "The selected field type is invalid.")),
        ({"required": None}, ("required", "The required field is required.")),
        ({"required": "maybe"}, ("required", "The required field must be true or false.")),
        ({"collect_time": 2}, ("collect_time", "The collect time field must be true or false.")),
        ({"rich": []}, ("rich", "The use wysiwyg editor field must be true or false.")),
        ({"default_enabled": "x"}, ("default_enabled", "The default value enabled field must be true or false.")),
        ({"hide_label": {}}, ("hide_label", "The hide label field must be true or false.")),
        ({"guidance": "x" * 2001}, ("guidance", "The guidance may not be greater than 2000 characters.")),
        ({"guidance": 5}, ("guidance", "The guidance must be a string.")),
        ({"prefix": "x" * 21}, ("prefix", "The prefix may not be greater than 20 characters.")),
        ({"suffix": []}, ("suffix", "The suffix must be a string.")),
        ({"settings": [1]}, ("settings", "The settings must be an object.")),
        ({"settings": "x"}, ("settings", "The settings must be an object.")),
        ({"list": 3}, ("list", "The list must be an object.")),
        ({"validations": 5}, ("validations", "The field validation must be a list of rules.")),
        ({"validations": [5]}, ("validations", "The field validation must be a list of rules.")),
        (
            {"validations": [f"r{n}" for n in range(51)]},
            ("validations", "The field validation may not have more than 50 items."),
        ),
        (
            {"validations": ["regex:" + "a" * 1000]},
            ("validations", "The field validation may not be greater than 1000 characters."),
        ),
        ({"kind": "radio"}, ("options", "The options field is required.")),
        ({"kind": "radio", "options": ["A"]}, ("options", "The options must have at least 2 items.")),
        ({"kind": "dropdown", "options": []}, ("options", "The options field is required.")),
        ({"kind": "multiselect", "options": None}, ("options", "The options field is required.")),
        ({"kind": "dropdown", "options": {"1": "A"}}, ("options", "The options must be an array.")),
        (
            {"kind": "dropdown", "options": list(map(str, range(501)))},
            ("options", "The options may not have more than 500 items."),
        ),
        ({"kind": "dropdown", "options": ["A", {"id": 2}]}, ("options.1.text", "The text field is required.")),
        ({"kind": "dropdown", "options": [["A"]]}, ("options.0.text", "The text field is required.")),
        ({"kind": "dropdown", "options": [" "]}, ("options.0.text", "The text field is required.")),
        (
            {"kind": "dropdown", "options": ["x" * 601]},
            ("options.0.text", "The text may not be greater than 600 characters."),
        ),
        ({"kind": "table"}, ("columns", "The columns field is required.")),
        ({"kind": "table", "columns": []}, ("columns", "The columns field is required.")),
        ({"kind": "table", "columns": 7}, ("columns", "The columns must be an array.")),
        ({"kind": "table", "columns": ["c"] * 51}, ("columns", "The columns may not have more than 50 items.")),
        ({"kind": "table", "columns": [{"id": 1}]}, ("columns.0.label", "The label field is required.")),
    ],
)
def test_refused_definitions(members: dict[str, Any], expected: tuple[str, str]) -> None:
    assert refused(**BASE | members) == [expected]


def test_all_problems_are_told_together() -> None:
    names = [name for name, _ in refused(label="", kind="radio", required="x", prefix=3, options=["A"], validations=1)]
    assert names == ["label", "required", "prefix", "validations", "options"]


@pytest.mark.parametrize(
    ("name", "kind", "validations"),
    [
        ("number", "text", ("numeric",)), ("url", "text", ("url",)), ("phone", "text", ()), ("short_text", "text", ()),
        ("time", "text", (CLOCK_RULE,)), ("Long Text", "textarea", ()), ("datetime", "date", ()),
        ("multi-select", "multiselect", ()), ("checklist", "multiselect", ()), ("select", "dropdown", ()),
        ("single_select", "dropdown", ()), ("radio_buttons", "radio", ()), ("file_upload", "file", ()),
        ("files", "file", ()), ("IMAGE", "file", ()), ("signature", "file", ()), ("user", "assignees_form", ()),
        ("member", "assignees_form", ()), ("member_picker", "assignees_form", ()), ("assignee", "assignees_form", ()),
        ("assignee_picker", "assignees_form", ()), ("assignees_form", "assignees_form", ()), ("email", "email", ()),
    ],
)  # fmt: skip
def test_other_type_names_are_mapped(name: str, kind: str, validations: tuple[str, ...]) -> None:
    """00 VAL-02."""
    field = made(kind=name, options=["A", "B"], columns=["A"])
    assert (field.kind, field.validations) == (kind, validations)
    assert field.collect_time is (kind == "date")


def test_a_type_name_adds_its_rules_to_those_sent() -> None:
    assert made(kind="number", validations="min:2|numeric").validations == ("numeric", "min:2")


def test_a_checkbox_without_options_gets_its_label() -> None:
    assert made(kind="checkbox", label="I agree").options == (Option(1, "I agree"),)
    assert made(kind="checkbox", options=["A", "B"]).options == AB
    assert [name for name, _ in refused(kind="checkbox", required=True)] == ["label", "options"]


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (["A", "B"], AB),
        ("A\n\n B \r\n", AB),
        ('["A", {"id": 2, "text": "B"}]', AB),
        ('["A"\n[B', (Option(1, '["A"'), Option(2, "[B"))),
        ([{"text": "A"}, {"label": "B"}], AB),
        ([{"id": "1", "text": "A", "junk": 1}, {"id": 2.0, "text": "B"}], AB),
        ([{"id": 2, "text": "A"}, {"text": "B"}], (Option(2, "A"), Option(1, "B"))),
        ([{"id": 1, "text": "A"}, {"id": 1, "text": "B"}], AB),
        ([{"id": 0, "text": "A"}, {"id": 2**60, "text": "B"}], AB),
        ([{"id": "uuid", "text": "A"}, {"id": None, "text": "B"}], AB),
        ([1, True], (Option(1, "1"), Option(2, "true"))),
        (
            [{"text": " A", "value": {"x": 1}, "required": "yes", "selected": 0, "description": "d"}, "B"],
            (Option(1, " A", {"x": 1}, True, False, "d"), Option(2, "B")),
        ),
        ([{"text": "A", "required": "?", "selected": None, "description": 5}, "B"], AB),
    ],
)
def test_options_are_read_leniently(sent: object, expected: tuple[Option, ...]) -> None:
    """00 VAL-03."""
    assert made(kind="radio", options=sent).options == expected


def test_ids_that_repeat_are_refused_on_one_off_tasks() -> None:
    """20 §9.3."""
    options = [{"id": 1, "text": "A"}, {"id": 1, "text": "B"}]
    expected = [("options.1.id", "The id has already been taken.")]
    assert refused(True, **BASE | {"kind": "dropdown", "options": options}) == expected


def test_columns_are_read_leniently() -> None:
    columns = (Column(1, "Item"), Column(2, "Count"))
    for sent in (["Item", "Count"], "Item\nCount", [{"label": "Item"}, {"id": 2, "text": "Count"}]):
        assert made(kind="table", columns=sent).columns == columns


def test_options_and_columns_of_other_types_are_not_read() -> None:
    field = made(kind="text", options="rubbish", columns=5)
    assert (field.options, field.columns) == ((), ())


def test_a_shared_list_stands_for_options() -> None:
    shared = {"id": 4, "column": "Country", "allow_custom": False}
    for kind in ("radio", "dropdown", "multiselect"):
        assert made(kind=kind, list=shared).list == shared


def test_texts_objects_and_defaults() -> None:
    field = made(
        guidance="<p>Hi</p><script>x</script>", prefix="$ ", suffix="", settings=[], list={}, default="x",
        default_enabled="on",
    )  # fmt: skip
    assert (field.guidance, field.prefix, field.suffix, field.settings, field.list) == (
        "<p>Hi</p>",
        "$ ",
        None,
        {},
        None,
    )
    assert (field.default, field.default_enabled) == ("x", True)
    assert made(guidance="<script></script>").guidance is None
    assert made(settings={"must_all_checked": True, "free": [1]}).settings == {"must_all_checked": True, "free": [1]}
    assert made(kind="table", columns=["A"], default=["x"]).default is None


def test_change_keeps_what_is_not_sent() -> None:
    field = made(kind="radio", options=["A", "B"], guidance="Hi", validations=["min:1"])
    assert changed(field) is field
    renamed = changed(field, label="Colour")
    assert renamed == msgspec.structs.replace(field, label="Colour", revision=2, updated_at=LATER)


def test_an_echo_changes_nothing() -> None:
    field = made(kind="number", options=[], validations=["min:1"], settings={"a": 1})
    echo = {
        "label": field.label, "kind": field.kind, "required": False, "options": [], "columns": [], "list": None,
        "guidance": None, "prefix": None, "settings": {"a": 1}, "validations": list(field.validations), "default": None,
    }  # fmt: skip
    assert changed(field, **echo) is field
    assert changed(field, options=None, columns=None, validations=None, settings=None) is field


def test_change_clears_and_replaces() -> None:
    field = made(kind="dropdown", options=["A", "B"], guidance="Hi", prefix="$", list={"id": 1}, settings={"a": 1})
    cleared = changed(
        field, guidance=None, prefix="", list={}, settings={}, options=[{"id": 2, "text": "B"}], required=1
    )
    assert (cleared.guidance, cleared.prefix, cleared.list, cleared.settings) == (None, None, None, {})
    assert cleared.options == (Option(2, "B"),)
    assert cleared.required is True


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"label": None}, Problem(("label",), "The label field is required.")),
        ({"label": " "}, Problem(("label",), "The label field is required.")),
        ({"kind": None}, Problem(("kind",), "The field type field is required.")),
        ({"required": None}, Problem(("required",), "The required field must be true or false.")),
        ({"options": []}, Problem(("options",), "The options field is required.")),
        ({"options": ["A"]}, Problem(("options",), "The options must have at least 2 items.")),
        ({"options": 5}, Problem(("options",), "The options must be an array.")),
        ({"kind": "table"}, Problem(("columns",), "The columns field is required.")),
    ],
)
def test_refused_changes(members: dict[str, object], expected: Problem) -> None:
    field = made(kind="radio", options=["A", "B"])
    assert change(field, **members) == (None, [expected])


def test_a_change_of_type_keeps_what_no_longer_applies() -> None:
    field = made(kind="radio", options=["A", "B"])
    text = changed(field, kind="number")
    assert (text.kind, text.options, text.validations) == ("text", AB, ("numeric",))
    assert changed(text, kind="dropdown").options == AB
    assert changed(made(), kind="datetime").collect_time is True


@pytest.mark.parametrize(
    ("sent", "position", "texts"),
    [
        (msgspec.UNSET, None, []),
        (None, None, []),
        ("3", 3, []),
        (0, None, ["The position must be a positive integer."]),
        ("first", None, ["The position must be a positive integer."]),
    ],
)
def test_positions(sent: object, position: int | None, texts: list[str]) -> None:
    problems: list[Problem] = []
    assert read_position(FieldDraft(position=sent), path=("x",), problems=problems) == position
    assert problems == [Problem(("x", "position"), text) for text in texts]


@given(st.dictionaries(st.sampled_from(FieldDraft.__struct_fields__), json_values))
def test_no_definition_raises(members: dict[str, Any]) -> None:
    field, problems = create(**members)
    assert (field is None) is bool(problems)
    known: dict[str, Any] = {"kind": "multiselect", "label": "x", "required": True, "options": ["A"]}
    stored, _ = create(**known | {name: value for name, value in members.items() if name != "kind"})
    if stored is not None:
        change(stored, **members)


@pytest.mark.parametrize(
    ("sent", "rules"),
    [
        ("numeric|min:2|max:10", ("numeric", "min:2", "max:10")),
        (["numeric", "min:2", "numeric", ""], ("numeric", "min:2")),
        (["numeric|min:2"], ("numeric", "min:2")),
        ("required|nullable| email ", ("email",)),
        ("", ()),
        ([], ()),
        ("regex:^(a|b)$", ("regex:^(a|b)$",)),
        ("regex:^(a|b)$|max:3|unheard", ("regex:^(a|b)$", "max:3", "unheard")),
        ("regex:a|required", ("regex:a",)),
        (["regex:^a|max:3$"], ("regex:^a|max:3$",)),
        ({"rule": "numeric"}, None),
        (5, None),
        (None, None),
    ],
)
def test_rules_are_read(sent: object, rules: tuple[str, ...] | None) -> None:
    """00 VAL-04."""
    assert read_rules(sent) == rules


def test_what_is_not_enforced_is_told() -> None:
    rules = (
        "numeric",
        "min:2",
        "min:x",
        "min",
        "between:1",
        "regex:(?=a)",
        "regex:",
        "regex:\ud800",
        "in:a,b",
        "regex:a",
    )
    unknown = ("min:x", "min", "between:1", "regex:(?=a)", "regex:", "regex:\ud800", "in:a,b")
    assert unknown_rules(rules) == unknown
    assert rule_problems(unknown, "anything", "Size") == []


@pytest.mark.parametrize(
    ("rule", "good", "bad", "text"),
    [
        (
            "numeric",
            ["1", "-1.5", ".5", "1e3", "+2."],
            ["x", "1,5", "1 2", "0x1", "1e99999", "٣", ""],
            "must be a number.",
        ),
        ("integer", ["1", "-12", "+3"], ["1.0", "x"], "must be an integer."),
        ("email", ["a@b.io"], ["a@b", "x"], "must be a valid email address."),
        ("email:rfc,dns", ["a@b.io"], ["x"], "must be a valid email address."),
        (
            "url",
            ["http://a.b", "https://a.b/c?d#e", "HTTPS://localhost:8080"],
            ["a.b", "ftp://a.b", "javascript:alert(1)", "http://", "http://a b", "http://[", "http://a\x00b"],
            "must be a valid URL.",
        ),
        ("alpha", ["abc", "Żółć", "日本"], ["a1", "a b", "a-"], "may only contain letters."),
        ("alpha_num", ["abc1"], ["a_1", "a b"], "may only contain letters and numbers."),
        (
            "alpha_dash",
            ["a-b_1"],
            ["a b", "a.b"],
            "may only contain letters, numbers, dashes and underscores.",
        ),
        ("date", ["2025-06-02", "2025-06-02T14:05:09Z"], ["soon", "02.06.2025"], "is not a valid date."),
        ("min:3", ["abc", "äöü"], ["ab"], "must be at least 3 characters."),
        ("max:3", ["abc"], ["abcd"], "may not be greater than 3 characters."),
        ("between:2,3", ["ab", "abc"], ["a", "abcd"], "must be between 2 and 3 characters."),
        ("regex:^[A-Z]{2}$", ["AB"], ["ab", "ABC"], "format is invalid."),
        ("regex:/^[a-z]+$/i", ["AB"], ["1"], "format is invalid."),
        ("regex:/^b$/mu", ["a\nb"], ["ab"], "format is invalid."),
        ("regex:/^a$/", ["a"], ["b"], "format is invalid."),
        (CLOCK_RULE, ["00:00", "23:59"], ["24:00", "9:00", "12:60"], "format is invalid."),
    ],
)
def test_rules_hold(rule: str, good: list[str], bad: list[str], text: str) -> None:
    assert unknown_rules([rule]) == ()
    for value in good:
        assert rule_problems([rule], value, "Size") == []
    for value in bad:
        assert rule_problems([rule], value, "Size") == [f"The Size {text}"]


@pytest.mark.parametrize(
    ("rules", "value", "texts"),
    [
        (["numeric", "min:2"], "2.0", []),
        (["min:2", "numeric"], "1.99", ["The Size must be at least 2."]),
        (["numeric", "max:10"], "11", ["The Size may not be greater than 10."]),
        (["integer", "between:1,5"], "9", ["The Size must be between 1 and 5."]),
        (
            ["numeric", "max:9007199254740992"],
            "9007199254740993",
            ["The Size may not be greater than 9007199254740992."],
        ),
        (["numeric", "min:2"], "x", ["The Size must be a number."]),
        (
            ["alpha", "max:2"],
            "a1b",
            ["The Size may only contain letters.", "The Size may not be greater than 2 characters."],
        ),
    ],
)
def test_sizes_are_values_of_numeric_fields(rules: list[str], value: str, texts: list[str]) -> None:
    assert rule_problems(rules, value, "Size") == texts


def test_patterns_take_linear_time() -> None:
    assert rule_problems(["regex:^(a+)+$"], "a" * 30_000 + "!", "Size") == ["The Size format is invalid."]
