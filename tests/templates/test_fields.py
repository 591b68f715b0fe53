"""Form fields of steps and kick-off forms (spec 30 §11)."""

from typing import Any

import pytest

from procession.engine.rule import Condition
from tests.templates.conftest import House
from tests.templates.test_templates import with_rule


@pytest.fixture
def made(house: House) -> tuple[str, str, str]:
    """A template with two steps."""
    template = house.template()
    return template["id"], house.step(template["id"], "One")["id"], house.step(template["id"], "Two")["id"]


def labels(house: House, template_id: str, step_id: str) -> list[tuple[str, int]]:
    found = house("list_captures", checklist=template_id, step=step_id)["data"]
    return [(one["label"], one["position"]) for one in found]


def test_create_answers_the_whole_definition(house: House, made: tuple[str, str, str]) -> None:
    """30 §11.2, 00 §25."""
    template, step, _ = made
    body = {"label": "Region", "field_type": "select", "required": "true", "options": ["North", {"text": "South"}]}
    field = house("create_capture", body, checklist=template, step=step)["data"]
    assert house.status == 201
    assert field["alias"].startswith("region-")
    expected = {
        "step_id": step, "checklist_id": template, "label": "Region", "field_type": "dropdown", "required": True,
        "position": 1, "guidance": None, "columns": [], "default_value_enabled": False, "default_value": None,
        "collect_time": False, "use_wysiwyg_editor": False, "field_validation": [], "prefix": None, "suffix": None,
        "settings": {}, "list": None, "hide_label": False, "custom_fields": {}, "step_name": "One",
        "timeline_id": field["id"],
    }  # fmt: skip
    assert {name: field[name] for name in expected} == expected
    assert [(one["id"], one["text"], one["value"]) for one in field["options"]] == [
        (1, "North", None),
        (2, "South", None),
    ]
    path = {"checklist": template, "step": step, "capture": field["id"]}
    assert house("get_capture", **path)["data"] == field
    assert house("get_step", checklist=template, step=step)["data"]["captures"][0]["id"] == field["id"]


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ({}, {"label", "field_type", "required"}),
        ({"label": "x", "field_type": "radio", "required": True, "options": ["A"]}, {"options"}),
        ({"label": "x", "field_type": "table", "required": True}, {"columns"}),
        ({"label": "x", "field_type": "poem", "required": True}, {"field_type"}),
        ({"label": "x", "field_type": "text", "required": True, "position": 0}, {"position"}),
    ],
)
def test_what_is_wrong_is_named(
    house: House, made: tuple[str, str, str], body: dict[str, Any], paths: set[str]
) -> None:
    """30 §11.4."""
    template, step, _ = made
    assert set(house.errors("create_capture", body, checklist=template, step=step)) == paths


def test_update_is_partial_and_takes_an_echo(house: House, made: tuple[str, str, str]) -> None:
    """30 §11.4; acceptance 4."""
    template, step, _ = made
    field = house.field(template, step, field_type="dropdown", options=["A", "B"])
    path = {"checklist": template, "step": step, "capture": field["id"]}
    echo = {name: value for name, value in field.items() if name != "id"}
    assert house("update_capture", echo, **path)["data"] == field
    assert house.revision == 1
    echo["options"] = [*field["options"], {"id": 3, "text": "C"}]
    assert [one["text"] for one in house("update_capture", echo, **path)["data"]["options"]] == ["A", "B", "C"]
    assert house("update_capture", {"required": True}, **path)["data"]["required"] is True
    assert set(house.errors("update_capture", {"label": " "}, **path)) == {"label"}
    alias = house("update_capture", {"label": "Other", "alias": "x"}, **path)["data"]["alias"]
    assert alias == field["alias"]


def test_unknown_rules_are_kept_and_told(house: House, made: tuple[str, str, str]) -> None:
    """00 VAL-04."""
    template, step, _ = made
    field = house.field(template, step, field_validation="numeric|min:0|shiny")
    assert field["field_validation"] == ["numeric", "min:0", "shiny"]
    assert house.warnings == ["shiny"]


def test_positions(house: House, made: tuple[str, str, str]) -> None:
    """30 §11.4: insert at a place, move one, order all."""
    template, step, _ = made
    ids = {name: house.field(template, step, name)["id"] for name in "AB"}
    ids["C"] = house.field(template, step, "C", position=1)["id"]
    assert labels(house, template, step) == [("C", 1), ("A", 2), ("B", 3)]
    path: Any = {"checklist": template, "step": step}
    listed = house("reorder_captures", {"capture_id": ids["C"], "position": 9}, **path)
    assert [one["label"] for one in listed["data"]] == ["A", "B", "C"]
    house("reorder_captures", {"order": [ids["B"], ids["C"]]}, **path)
    assert labels(house, template, step) == [("B", 1), ("C", 2), ("A", 3)]
    house("update_capture", {"position": 1}, capture=ids["A"], **path)
    assert labels(house, template, step) == [("A", 1), ("B", 2), ("C", 3)]
    assert set(house.errors("reorder_captures", {}, **path)) == {"capture_id", "position"}
    assert house.refused("reorder_captures", {"capture_id": "f" * 32, "position": 1}, **path)[0] == 404


def test_move_out(house: House, made: tuple[str, str, str]) -> None:
    """30 §11.4; acceptance 3."""
    template, one, two = made
    house.field(template, two, "There")
    field = house.field(template, one, "Moves")
    house.field(template, one, "Stays")
    path = {"checklist": template, "step": one, "capture": field["id"]}
    moved = house("move_capture", {"target_step_id": two}, **path)["data"]
    assert (moved["id"], moved["alias"], moved["step_id"]) == (field["id"], field["alias"], two)
    assert labels(house, template, one) == [("Stays", 1)]
    assert labels(house, template, two) == [("Moves", 1), ("There", 2)]
    back = {"checklist": template, "step": two, "capture": field["id"]}
    for target in (two, "f" * 32, "x"):
        assert set(house.errors("move_capture", {"target_step_id": target}, **back)) == {"target_step_id"}
    assert set(house.errors("move_capture", {"target_step_id": one, "position": 10_000}, **back)) == {"position"}
    assert house.refused("move_capture", {"target_step_id": two}, **path)[0] == 404


def test_delete(house: House, made: tuple[str, str, str]) -> None:
    """30 §11.4."""
    template, step, _ = made
    field = house.field(template, step)
    path = {"checklist": template, "step": step, "capture": field["id"]}
    with_rule(house, template, Condition(id="c1", kind="field", subject=field["id"], operation="is_empty"))
    text = "Cannot delete a form field that is being used in a rule in other steps."
    assert house.refused("delete_capture", **path) == (403, text)
    with_rule(house, template)
    assert house("delete_capture", **path) is None
    assert house.refused("delete_capture", **path)[0] == 404


def test_kickoff_fields_one_by_one(house: House) -> None:
    """30 §11.5; acceptance 6."""
    template = house.template(users=[house.owner])
    path: Any = {"checklist": template["id"]}
    one = house("create_prerun", {"label": "One", "field_type": "date", "required": True}, **path)["data"]
    two = house("create_prerun", {"label": "Two", "field_type": "text", "required": False}, **path)["data"]
    assert one["collect_time"] is True
    assert "step_id" not in one
    assert house("update_prerun", {"label": "Uno"}, prerun=one["id"], **path)["data"]["label"] == "Uno"
    assert house("reorder_prerun", {"position": 1}, prerun=two["id"], **path)["data"]["position"] == 1
    data = house("get_checklist", **path)["data"]
    assert [field["label"] for field in data["prerun"]] == ["Two", "Uno"]
    assert data["users"] == [house.owner]
    assert house("delete_prerun", prerun=two["id"], **path) is None
    assert house("get_checklist", **path)["data"]["prerun"][0]["position"] == 1
