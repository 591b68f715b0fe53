"""Steps of templates (spec 30 §8-§10)."""

from typing import Any

import pytest

from procession.engine.rule import Action, Source
from tests.templates.conftest import House
from tests.templates.test_templates import with_rule

START_RUN = {"value": 2, "unit": "days", "option": "from", "step": "start_run"}


def titles(house: House, template_id: str) -> list[tuple[str, int]]:
    found = house("list_steps", checklist=template_id)["data"]
    return [(one["title"], one["position"]) for one in found]


def test_a_new_step_is_appended_with_every_default(house: House) -> None:
    """30 §8.1, §9; acceptance 1."""
    template = house.template()
    house.step(template["id"], "First")
    step = house.step(template["id"], "Check the {{tax-no-1234}}", position=1, alias="mine", guests=["A@b.co"])
    assert house.status == 201
    assert step["position"] == 2
    assert step["alias"].startswith("check-the-")
    defaults = {
        "summary": None, "step_type": "task", "assignees": [], "guests": ["a@b.co"], "groups": [], "roles": [],
        "role_changes_every_time": False, "assign_run_starter": True, "allow_guest_owners": True, "max_assignable": 0,
        "everyone_must_complete": False, "can_complete_only_assignees": False, "prevent_guest_comment": False,
        "skip_start_process": False, "hidden_by_default": False, "top_secret": False, "send_chromeless": False,
        "deadline": None, "start_date": {"value": 2, "unit": "hours"}, "is_soft_start_date": True, "webhook": None,
        "bp_to_launch": None, "stage_id": None, "captures": [], "custom_fields": {}, "archived_at": None,
        "checklist_id": template["id"],
    }  # fmt: skip
    assert {name: step[name] for name in defaults} == defaults
    assert house("get_step", checklist=template["id"], step=step["id"])["data"] == step
    assert house("get_checklist", checklist=template["id"])["data"]["steps_count"] == 2


def test_absent_lists_stay_and_an_echo_changes_nothing(house: House) -> None:
    """30 §9.1; acceptance 2."""
    template = house.template()
    step = house.step(template["id"], assignees=[house.owner], guests=["a@b.co"], deadline=START_RUN)
    path = {"checklist": template["id"], "step": step["id"]}
    after = house("update_step", {"summary": "Be <b>kind</b>"}, **path)["data"]
    assert (after["assignees"], after["guests"], after["deadline"]) == ([house.owner], ["a@b.co"], START_RUN)
    revision = house.revision
    assert house("update_step", after, **path)["data"] == after
    assert house.revision == revision
    empty = house("update_step", {"assignees": [], "guests": None, "deadline": None, "start_date": None}, **path)[
        "data"
    ]
    assert (empty["assignees"], empty["guests"], empty["deadline"], empty["start_date"]) == ([], ["a@b.co"], None, None)


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ({"title": ""}, {"title"}),
        ({"title": None}, {"title"}),
        ({"title": "x" * 601}, {"title"}),
        ({"step_type": "poem"}, {"step_type"}),
        ({"assignees": [999]}, {"assignees.0"}),
        ({"groups": ["f" * 32]}, {"groups.0"}),
        ({"guests": ["no address"]}, {"guests.0"}),
        ({"allow_guest_owners": False, "guests": ["a@b.co"]}, {"guests"}),
        ({"max_assignable": 1, "guests": ["a@b.co", "c@d.co"]}, {"max_assignable"}),
        ({"max_assignable": -1}, {"max_assignable"}),
        ({"deadline": {"value": 1}}, {"deadline.unit", "deadline.option", "deadline.step"}),
        ({"deadline": {**START_RUN, "unit": "ages"}}, {"deadline.unit"}),
        ({"deadline": {**START_RUN, "option": "near"}}, {"deadline.option"}),
        ({"deadline": {**START_RUN, "value": -1}}, {"deadline.value"}),
        ({"deadline": {**START_RUN, "step": "f" * 32}}, {"deadline.step"}),
        ({"deadline": "soon"}, {"deadline"}),
        ({"start_date": {"value": 1}}, {"start_date.unit"}),
        ({"webhook": "nowhere"}, {"webhook"}),
        ({"stage_id": "f" * 32}, {"stage_id"}),
        ({"roles": ["boss"]}, {"roles.0"}),
        ({"bp_to_launch": "f" * 32}, {"bp_to_launch.id"}),
    ],
)
def test_what_is_wrong_is_named(house: House, body: dict[str, Any], paths: set[str]) -> None:
    """30 §8."""
    template = house.template()
    step = house.step(template["id"])
    assert set(house.errors("update_step", body, checklist=template["id"], step=step["id"])) == paths


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ({"value": "3", "unit": "day", "option": "after", "step": "start_run"},
         {"value": 3, "unit": "days", "option": "from", "step": "start_run"}),
        ({"value": 0, "unit": "MONTHS", "option": "prior-to", "step": "start_run"},
         {"value": 0, "unit": "months", "option": "prior_to", "step": "start_run"}),
        ({"value": 1, "unit": "weeks", "option": "before", "step": None},
         {"value": 1, "unit": "weeks", "option": "prior_to", "step": None}),
        ({}, None), ([], None), (None, None),
    ],
)  # fmt: skip
def test_deadlines_as_written(house: House, sent: Any, stored: Any) -> None:
    """30 §8.3."""
    assert house.step(house.template()["id"], deadline=sent)["deadline"] == stored


def test_deadlines_in_a_ring_are_refused(house: House) -> None:
    """30 §8.3."""
    template = house.template()
    one = house.step(template["id"], "One")
    two = house.step(template["id"], "Two", deadline={**START_RUN, "step": one["id"]})
    body = {"deadline": {**START_RUN, "step": two["id"]}}
    path = {"checklist": template["id"], "step": one["id"]}
    assert house.errors("update_step", body, **path) == {"deadline": ["Deadlines refer to each other."]}
    body = {"deadline": {**START_RUN, "step": one["id"]}}
    assert set(house.errors("update_step", body, **path)) == {"deadline.step"}


def test_reorder(house: House) -> None:
    """30 §9: others shift, beyond the end is last, `{position}` alone reorders."""
    template = house.template()
    ids = {name: house.step(template["id"], name)["id"] for name in "ABC"}
    path = {"checklist": template["id"]}
    assert house("reorder_step", {"position": 1}, step=ids["C"], **path)["data"]["position"] == 1
    assert titles(house, template["id"]) == [("C", 1), ("A", 2), ("B", 3)]
    assert house("reorder_step", {"position": "99"}, step=ids["C"], **path)["data"]["position"] == 3
    assert house("update_step", {"position": 2}, step=ids["C"], **path)["data"]["position"] == 2
    assert titles(house, template["id"]) == [("A", 1), ("C", 2), ("B", 3)]
    for wrong in ({"position": 0}, {"position": -1}, {"position": "x"}, {}):
        assert set(house.errors("reorder_step", wrong, step=ids["A"], **path)) == {"position"}
    assert house.refused("reorder_step", {}, step="f" * 32, **path)[0] == 404


def test_delete(house: House) -> None:
    """30 §9.3; acceptance 15."""
    template = house.template()
    one, two = house.step(template["id"], "One"), house.step(template["id"], "Two")
    path = {"checklist": template["id"]}
    house("update_step", {"deadline": {**START_RUN, "step": one["id"]}}, step=two["id"], **path)
    anchors = "Cannot delete this step because other steps have deadlines that depend on it."
    assert house.refused("delete_step", step=one["id"], **path) == (403, anchors)
    house("update_step", {"deadline": None}, step=two["id"], **path)
    field = house.field(template["id"], one["id"])
    with_rule(house, template["id"], Action(id="a1", verb="assign", source=Source("field", field["id"])))
    rules = "Cannot delete this step because there are rules dependent on it."
    assert house.refused("delete_step", step=one["id"], **path) == (403, rules)
    with_rule(house, template["id"])
    assert house("delete_step", step=one["id"], **path) is None
    assert house.status == 204
    assert house.refused("delete_step", step=one["id"], **path)[0] == 404
    assert titles(house, template["id"]) == [("Two", 1)]


def test_clone(house: House) -> None:
    """30 §9.2."""
    template = house.template()
    step = house.step(template["id"], "A", assignees=[house.owner])
    house.step(template["id"], "B")
    field = house.field(template["id"], step["id"])
    copy = house("clone_step", checklist=template["id"], step=step["id"])["data"]
    assert (copy["title"], copy["position"], copy["assignees"]) == ("A - Copy", 2, [house.owner])
    assert copy["captures"][0]["label"] == field["label"]
    assert copy["captures"][0]["id"] != field["id"]
    assert copy["captures"][0]["alias"] != field["alias"]
    assert titles(house, template["id"]) == [("A", 1), ("A - Copy", 2), ("B", 3)]


def test_only_procedures_have_steps(house: House) -> None:
    """30 §3.1."""
    form = house("create_checklist", {"title": "F", "type": "form"})["data"]
    text = "Steps can only be added to procedures."
    assert house.refused("create_step", {"title": "x"}, checklist=form["id"]) == (422, text)


def test_a_walk_over_many_steps(house: House) -> None:
    """Acceptance 12: 100 to a page when nobody says."""
    body = {"title": "T", "type": "procedure", "steps": [{"title": f"S{n}"} for n in range(250)]}
    template = house("create_checklist", body)["data"]
    pages = [house("list_steps", checklist=template["id"], query=f"page={n}") for n in (1, 2, 3)]
    assert [one["meta"]["pagination"]["count"] for one in pages] == [100, 100, 50]
    assert pages[0]["meta"]["pagination"]["total"] == 250
    assert [one["title"] for page in pages for one in page["data"]] == [f"S{n}" for n in range(250)]


def test_launching_another_template(house: House) -> None:
    """30 §12."""
    target = house.template("Target")
    template = house.template()
    step = house.step(template["id"])
    path = {"checklist": template["id"], "step": step["id"]}
    sent = {"id": target["id"], "default_name_format": "{{TEMPLATE_NAME}}", "tasks_within_process": True}
    assert house("update_step", {"bp_to_launch": sent}, **path)["data"]["bp_to_launch"] == sent
    assert house("update_step", {"bp_to_launch": None}, **path)["data"]["bp_to_launch"] is None
    itself = {"bp_to_launch.id": ["A template cannot launch itself."]}
    assert house.errors("update_step", {"bp_to_launch": template["id"]}, **path) == itself
    needy = house.template("N", prerun=[{"label": "X", "field_type": "text", "required": True}])
    said = {"bp_to_launch.id": ["The selected template has required kick-off fields."]}
    assert house.errors("update_step", {"bp_to_launch": needy["id"]}, **path) == said


def test_an_alias_is_unique_in_the_template(house: House) -> None:
    """30 §1.2."""
    template = house.template()
    one, two = house.step(template["id"], "One"), house.step(template["id"], "Two")
    path = {"checklist": template["id"], "step": two["id"]}
    assert set(house.errors("update_step", {"alias": one["alias"].upper()}, **path)) == {"alias"}
    assert house("update_step", {"alias": "tax-check"}, **path)["data"]["alias"] == "tax-check"


def test_guest_expressions_are_kept(house: House) -> None:
    """30 §10.4."""
    step = house.step(house.template()["id"], guests=["{{mail-1234}}", "A@b.co"])
    assert step["guests"] == ["a@b.co", "{{mail-1234}}"]


def test_a_step_of_another_template_is_not_found(house: House) -> None:
    """30 §9."""
    one, other = house.template("One"), house.template("Other")
    step = house.step(one["id"])
    assert house.refused("get_step", checklist=other["id"], step=step["id"])[0] == 404
    assert house.refused("update_step", {"title": "x"}, checklist=other["id"], step=step["id"])[0] == 404
    assert house.refused("get_step", checklist=one["id"], step="12")[0] == 404
