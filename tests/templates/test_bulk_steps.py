"""Many steps at once, and deletion by force (spec 30 §9, §9.3)."""

from typing import Any

import msgspec
import pytest

from procession.engine.rule import Action, Condition, Rule, Source
from procession.templates.rule_parts import without_parts
from tests.templates.conftest import House
from tests.templates.test_steps import START_RUN, titles
from tests.templates.test_templates import with_rule


def test_steps_from_a_text(house: House) -> None:
    template = house.template()["id"]
    house.step(template, "Zero")
    made = house("create_steps", {"text": " One \n\n\tTwo\r\nOne\n"}, checklist=template)
    assert house.status == 201
    assert made["meta"]["pagination"]["total"] == 3
    assert len({one["alias"] for one in made["data"]}) == 3
    assert titles(house, template) == [("Zero", 1), ("One", 2), ("Two", 3), ("One", 4)]
    assert house("get_checklist", checklist=template)["data"]["steps_count"] == 4


def test_steps_from_a_list(house: House) -> None:
    template = house.template()["id"]
    anchor = house.step(template, "Zero")["id"]
    bodies = [
        {"title": "One", "assignees": [house.owner], "guests": "a@b.co,c@d.co", "step_type": "approval"},
        {"title": "Two", "deadline": {**START_RUN, "step": anchor}, "max_assignable": 2},
        "Three",
    ]
    made = house("create_steps", {"steps": {"data": bodies}}, checklist=template)["data"]
    assert [one["position"] for one in made] == [2, 3, 4]
    assert (made[0]["assignees"], made[0]["guests"]) == ([house.owner], ["a@b.co", "c@d.co"])
    assert made[1]["deadline"]["step"] == anchor
    assert made[2]["title"] == "Three"
    read = house("list_steps", checklist=template)["data"]
    assert read[1:] == made


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ({}, {"steps"}),
        ({"steps": []}, {"steps"}),
        ({"text": " \n "}, {"steps"}),
        ({"text": 5}, {"text"}),
        ({"steps": "x"}, {"steps"}),
        ({"steps": [{"title": "x"}] * 501}, {"steps"}),
        ({"text": "x\n" * 501}, {"steps"}),
        ({"text": f"ok\n{'x' * 601}"}, {"steps.1.title"}),
        ({"steps": [{"title": "ok"}, {"summary": "x"}, 5, {"title": "x", "assignees": [9], "deadline": {"value": 1}}]},
         {"steps.1.title", "steps.2", "steps.3.assignees.0", "steps.3.deadline.unit", "steps.3.deadline.option",
          "steps.3.deadline.step"}),
        ({"steps": [{"title": "x", "guests": ["a@b.co", "c@d.co"], "max_assignable": 1}]}, {"steps.0.max_assignable"}),
        ({"steps": [{"title": "x", "tags": []}, {"title": "y", "tags": ["f" * 32]}]}, {"steps.1.tags.0"}),
    ],
)  # fmt: skip
def test_all_or_nothing(house: House, body: dict[str, Any], paths: set[str]) -> None:
    template = house.template()["id"]
    assert set(house.errors("create_steps", body, checklist=template)) == paths
    assert titles(house, template) == []


def test_five_hundred_are_taken(house: House) -> None:
    template = house.template()["id"]
    assert len(house("create_steps", {"text": "x\n" * 500}, checklist=template)["data"]) == 500


def test_only_procedures_have_steps(house: House) -> None:
    form = house.template(type="form")["id"]
    assert house.refused("create_steps", {"text": "x"}, checklist=form)[0] == 422


def test_several_are_changed_alike(house: House) -> None:
    template = house.template()["id"]
    a, b, c = [house.step(template, one, guests=["g@x.co"])["id"] for one in "ABC"]
    stage = house("create_stage", {"title": "S"}, checklist=template)["data"]["id"]
    common = {"assignees": [house.owner], "deadline": START_RUN, "stage_id": stage, "summary": "<p>How</p>"}
    done = house("update_steps", {"ids": [c, a, a], "set": common}, checklist=template)["data"]
    assert [one["id"] for one in done] == [a, c]
    for one in done:
        assert {name: one[name] for name in common} == common
        assert one["guests"] == ["g@x.co"], "absent lists stay"
    assert house("get_step", checklist=template, step=b)["data"]["assignees"] == []
    house("get_checklist", checklist=template)
    revision = house.revision
    titled = house("update_steps", {"ids": [a, b], "set": {"roles": ["Buyer"]}}, checklist=template)["data"]
    assert titled[0]["roles"] == titled[1]["roles"]
    house("get_checklist", checklist=template)
    revision = house.revision
    house("update_steps", {"ids": [a, c], "set": common}, checklist=template)
    house("get_checklist", checklist=template)
    assert house.revision == revision, "the same again changes nothing"


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ({}, {"ids", "set"}),
        ({"ids": ["f" * 32, 3], "set": {"title": ""}}, {"ids.0", "ids.1", "set.title"}),
        ({"ids": ["{a}"], "set": 5}, {"set"}),
        ({"ids": ["{a}", "{b}"], "set": {"assignees": [999], "max_assignable": 1, "guests": ["a@b.co", "c@d.co"]}},
         {"set.assignees.0", "set.max_assignable"}),
        ({"ids": ["{a}", "{b}"], "set": {"deadline": {**START_RUN, "step": "{a}"}}}, {"set.deadline.step"}),
        ({"ids": ["{a}"], "set": {"deadline": {**START_RUN, "step": "{b}"}}}, {"set.deadline"}),
        ({"ids": ["{a}"], "set": {"bp_to_launch": "f" * 32}}, {"set.bp_to_launch.id"}),
        ({"ids": ["{a}"] * 501, "set": {}}, {"ids"}),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_common_change(house: House, body: Any, paths: set[str]) -> None:
    template = house.template()["id"]
    a = house.step(template, "A")["id"]
    b = house.step(template, "B", deadline={**START_RUN, "step": a})["id"]
    before = house("list_steps", checklist=template)["data"]

    def named(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: named(one) for name, one in value.items()}
        if isinstance(value, list):
            return [named(one) for one in value]
        return {"{a}": a, "{b}": b}.get(value, value) if isinstance(value, str) else value

    assert set(house.errors("update_steps", named(body), checklist=template)) == paths
    assert house("list_steps", checklist=template)["data"] == before


def test_deletion_by_force(house: House) -> None:
    """30 §9.3: what depends on the step is let go of, and told."""
    template = house.template()["id"]
    one, two = house.step(template, "One"), house.step(template, "Two")
    path = {"checklist": template}
    house("update_step", {"deadline": {**START_RUN, "step": one["id"]}}, step=two["id"], **path)
    with_rule(house, template, condition(one["id"]), Action(id="a" * 32, verb="show", target=two["id"]))
    assert house.refused("delete_step", step=one["id"], **path)[0] == 403
    assert house.refused("delete_step", step=one["id"], query="force=0", **path)[0] == 403
    gone = house("delete_step", step=one["id"], query="force=1", **path)
    assert house.status == 200
    assert gone["deleted_references"] == [
        {"type": "Rule", "title": "Rule 1", "id": "r1"},
        {"type": "Step", "title": "Two", "id": two["id"]},
    ]
    left = house("get_checklist", query="with=steps", **path)["data"]
    assert left["automated_actions"] == []
    assert [(s["title"], s["position"], s["deadline"]) for s in left["steps"]["data"]] == [("Two", 1, None)]


def condition(step: str) -> Condition:
    return Condition(id=step, kind="step", subject=step, operation="completed")


def test_by_force_other_parts_of_a_rule_stay(house: House) -> None:
    """What names the step goes: as subject, as target, as source. The rest stays, if a rule is left."""
    a, b, c = "a" * 32, "b" * 32, "c" * 32
    shown = [Action(id=one, verb="show", target=one) for one in (a, b)]
    source = Action(id=c, verb="deadline", target=b, source=Source("step", a))
    rule = Rule(id="r", name="R", conditions=(condition(a), condition(b)), actions=(*shown, source))
    lost = Rule(id="s", name="S", conditions=(condition(a),), actions=(shown[1],))
    other = Rule(id="t", name="T", conditions=(condition(b),), actions=(shown[1],))
    left = msgspec.structs.replace(rule, conditions=(condition(b),), actions=(shown[1],))
    assert without_parts((rule, lost, other), frozenset((a,))) == ((left, other), [rule, lost])


@pytest.mark.parametrize(("sent", "everyone"), [("all", True), ("ANY", False)])
def test_the_flow_connectors_step_type(house: House, sent: str, everyone: bool) -> None:
    """50 PP-02, PP-04."""
    template = house.template()["id"]
    step = house.step(template, everyone_must_complete=not everyone)["id"]
    done = house("edit_step_type", {"stepType": sent}, checklist=template, step=step)
    assert (house.status, done["data"]["everyone_must_complete"]) == (200, everyone)
    bodies: tuple[dict[str, Any], ...] = ({}, {"stepType": None}, {"stepType": "most"}, {"stepType": []})
    for wrong in bodies:
        assert set(house.errors("edit_step_type", wrong, checklist=template, step=step)) == {"stepType"}


def test_a_step_with_its_milestone(house: House) -> None:
    template = house.template()["id"]
    first, second = house.step(template, "A")["id"], house.step(template, "B")["id"]
    stage = house("create_stage", {"title": "S", "step_ids": [first]}, checklist=template)["data"]
    shown = house("list_steps", checklist=template, query="with=stage")["data"]
    assert [one["stage"]["data"] for one in shown] == [stage, None]
    assert house("get_step", checklist=template, step=second, query="with=stage")["data"]["stage"] == {"data": None}


def test_importers_read_the_id_beside_the_data(house: House) -> None:
    """50 IMP-02: of what was made, for clients that do not say who they are."""
    made = house("create_checklist", {"title": "T", "type": "procedure"})
    assert made["id"] == made["data"]["id"]
    step = house("create_step", {"title": "A"}, checklist=made["id"])
    assert step["id"] == step["data"]["id"]
    assert set(house("get_checklist", checklist=made["id"])) == {"data"}
