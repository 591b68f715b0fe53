"""Milestones of templates (spec 30 §7)."""

from typing import Any

import pytest

from tests.templates.conftest import House
from tests.templates.test_templates import launch

Made = tuple[str, list[str]]


@pytest.fixture
def made(house: House) -> Made:
    """A template of three steps."""
    template = house.template()["id"]
    return template, [house.step(template, title)["id"] for title in "ABC"]


def add(house: House, template: str, title: str, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = house("create_stage", {"title": title, **more}, checklist=template)["data"]
    return found


def shown(house: House, template: str) -> list[tuple[str, int, list[str]]]:
    found = house("list_stages", checklist=template)["data"]
    return [(one["title"], one["position"], one["step_ids"]) for one in found]


def test_stages_are_made_moved_and_deleted(house: House, made: Made) -> None:
    template, (a, b, c) = made
    first = add(house, template, "First", step_ids=[b, a])
    assert house.status == 201
    assert set(first) == {"id", "checklist_id", "title", "position", "step_ids", "created_at", "last_updated"}
    assert (first["checklist_id"], first["position"], first["step_ids"]) == (template, 1, [a, b])
    last = add(house, template, "Last", step_ids=[b])
    zero = add(house, template, "Zero", position=1)
    assert shown(house, template) == [("Zero", 1, []), ("First", 2, [a]), ("Last", 3, [b])], "a step is in one stage"
    path = {"checklist": template, "stage": last["id"]}
    assert house("reorder_stage", {"position": 1}, **path)["data"]["position"] == 1
    assert [one[0] for one in shown(house, template)] == ["Last", "Zero", "First"]
    assert house("reorder_stage", {"position": 99}, **path)["data"]["position"] == 3
    renamed = house("update_stage", {"title": "End", "step_ids": [c]}, **path)["data"]
    assert (renamed["title"], renamed["step_ids"]) == ("End", [c])
    assert house("get_step", checklist=template, step=c)["data"]["stage_id"] == last["id"]
    assert house("get_step", checklist=template, step=b)["data"]["stage_id"] is None
    moved = house("update_step", {"stage_id": zero["id"]}, checklist=template, step=c)["data"]
    assert moved["stage_id"] == zero["id"]
    assert shown(house, template)[2] == ("End", 3, [])
    assert house("delete_stage", checklist=template, stage=zero["id"]) is None
    assert house.status == 204
    assert house("get_step", checklist=template, step=c)["data"]["stage_id"] is None
    assert [one[:2] for one in shown(house, template)] == [("First", 1), ("End", 2)]
    included = house("get_checklist", checklist=template, query="with=stages")["data"]["stages"]["data"]
    assert included == house("list_stages", checklist=template)["data"]


def test_the_same_again_changes_nothing(house: House, made: Made) -> None:
    template, (a, _, _) = made
    stage = add(house, template, "One", step_ids=[a])
    path = {"checklist": template, "stage": stage["id"]}
    house("get_checklist", checklist=template)
    revision = house.revision
    assert house("update_stage", stage, **path)["data"] == stage
    assert house("update_stage", {"position": None, "step_ids": None}, **path)["data"] == stage
    house("get_checklist", checklist=template)
    assert house.revision == revision


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ({"title": ""}, {"title"}),
        ({"title": None}, {"title"}),
        ({"title": "x" * 251}, {"title"}),
        ({"position": 0}, {"position"}),
        ({"position": -1}, {"position"}),
        ({"position": "first"}, {"position"}),
        ({"step_ids": ["f" * 32, 7, {}]}, {"step_ids.0", "step_ids.1", "step_ids.2"}),
        ({"step_ids": {"a": 1}}, {"step_ids"}),
        ({"title": [], "position": {}, "step_ids": True}, {"title", "position", "step_ids"}),
    ],
)
def test_what_is_wrong_is_named(house: House, made: Made, body: dict[str, Any], paths: set[str]) -> None:
    template, _ = made
    stage = add(house, template, "x" * 250)
    before = shown(house, template)
    assert set(house.errors("update_stage", body, checklist=template, stage=stage["id"])) == paths
    assert set(house.errors("create_stage", {"title": "T", **body}, checklist=template)) == paths
    assert shown(house, template) == before


def test_a_template_has_so_many_stages(house: House, made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    template, _ = made
    monkeypatch.setattr("procession.templates.stages.MOST", 1)
    add(house, template, "One")
    assert set(house.errors("create_stage", {"title": "Two"}, checklist=template)) == {"title"}


def test_who_may(house: House, made: Made) -> None:
    template, _ = made
    stage = add(house, template, "One")
    light, stranger = house.member("light"), house.member("standard")
    house(
        "update_permissions", {"checklist_read": {"users": [light.account_id, stranger.account_id]}}, checklist=template
    )
    for actor, status in ((stranger, 403), (light, 403)):
        assert house("list_stages", checklist=template, by=actor)["data"]
        assert house.refused("create_stage", {"title": "x"}, checklist=template, by=actor)[0] == status
        for name in ("update_stage", "reorder_stage", "delete_stage"):
            assert house.refused(name, {"position": 1}, checklist=template, stage=stage["id"], by=actor)[0] == status
    for other in (house.template("Other")["id"], "f" * 32):
        assert house.refused("delete_stage", checklist=other, stage=stage["id"])[0] == 404
    assert house.refused("update_stage", {"title": ""}, checklist=template, stage="f" * 32)[0] == 404


def test_an_older_state_is_told(house: House, made: Made) -> None:
    """00 CONC-01: the revision is the stage's own."""
    template, _ = made
    stage = add(house, template, "One")
    path = {"checklist": template, "stage": stage["id"]}
    house.headers = {"if-match": f'"{house.revision}"'}
    house("update_stage", {"title": "Two"}, **path)
    assert house.refused("update_stage", {"title": "Three"}, **path)[0] == 412
    assert house.refused("delete_stage", **path)[0] == 412


def test_a_launched_version_keeps_its_stages(house: House, made: Made) -> None:
    """30 §5.3: copy on write."""
    template, (a, _, _) = made
    stage = add(house, template, "One", step_ids=[a])
    launch(house, template)
    house("delete_stage", checklist=template, stage=stage["id"])
    assert shown(house, template) == []
    version = house("get_version", checklist=template, version="1")["data"]
    assert version["stages"]["data"] == [stage]
