"""Versions of templates: list, one, what differs, bringing one back (spec 30 §5.3, 60 §11)."""

from typing import Any

import pytest

from procession.engine.model import Owners
from procession.people.groups import Inside, create_group, delete_group
from procession.templates.leaving import take_group_off_steps
from tests.templates.conftest import House
from tests.templates.test_steps import START_RUN, titles
from tests.templates.test_templates import launch


def texts(house: House, template: str, version: str, **more: Any) -> list[str]:
    return [
        one["text"] for one in house("compare_versions", checklist=template, version=version, **more)["data"]["changes"]
    ]


def content(shown: dict[str, Any]) -> dict[str, Any]:
    """The template without how much was said about its steps: that is no part of any version."""
    for step in shown["steps"]["data"]:
        del step["threads_count"]
    return shown


def test_versions_are_listed_read_compared_and_restored(house: House) -> None:
    made = house.template("Intake", prerun=[{"label": "Who", "field_type": "text", "required": True}])
    template = made["id"]
    a = house.step(template, "A", summary="<p>Old</p>")
    b = house.step(template, "B", deadline=START_RUN)
    house.field(template, a["id"], "Tax no.")
    launch(house, template)
    first = content(house("get_checklist", checklist=template, query="with=steps,stages")["data"])
    house("delete_step", checklist=template, step=a["id"])
    change = {"title": "B2", "assignees": [house.owner], "deadline": {**START_RUN, "value": 1}, "step_type": "approval"}
    house("update_step", change, checklist=template, step=b["id"])
    house("update_checklist", {"title": "Vetting", "prerun": []}, checklist=template)
    house("create_steps", {"text": "C\nD"}, checklist=template)
    listed = house("list_versions", checklist=template)
    assert listed["meta"]["pagination"]["total"] == 2
    assert [(one["version"], one["is_published"], one["is_current"], one["created_by"]) for one in listed["data"]] == [
        (2, True, True, house.owner), (1, False, False, house.owner),
    ]  # fmt: skip
    assert set(listed["data"][0]) == {"version", "created_at", "created_by", "runs", "is_published", "is_current"}
    one = house("get_version", checklist=template, version="1")["data"]
    same = ("title", "steps", "stages", "prerun", "steps_count", "automated_actions", "id", "type")
    assert {name: one[name] for name in same} == {name: first[name] for name in same}
    assert texts(house, template, "1") == [
        'The template: title changed from "Intake" to "Vetting".',
        'Field "Who" of the kick-off form was removed.',
        'Step "A" was removed.',
        'Step "B2": title changed from "B" to "B2".',
        'Step "B2": step type changed from "task" to "approval".',
        'Step "B2": assignees changed from nothing to Olive Berg.',
        'Step "B2": deadline changed from 2 days after the launch to 1 day after the launch.',
        'Step "C" was added.',
        'Step "D" was added.',
    ]
    data = house("compare_versions", checklist=template, version="2", query="to=1")["data"]
    assert (data["from"], data["to"]) == (2, 1)
    kinds = {(one["type"], one["change"], one["property"]) for one in data["changes"]}
    assert ("step", "changed", "step_type") in kinds
    (added,) = [one for one in data["changes"] if one["change"] == "added" and one["type"] == "step"]
    assert added["new"] == first["steps"]["data"][0]
    (deadline,) = [one for one in data["changes"] if one["property"] == "deadline"]
    assert deadline["new"] == START_RUN
    assert texts(house, template, "2", query="to=2") == texts(house, template, "current") == []
    back = content(house("restore_version", checklist=template, version="1", query="with=steps,stages")["data"])
    assert {name: back[name] for name in same} == {name: first[name] for name in same}
    assert [one["version"] for one in house("list_versions", checklist=template)["data"]] == [3, 2, 1]
    assert titles(house, template) == [("A", 1), ("B", 2)]
    assert texts(house, template, "2") == texts(house, template, "2", query="to=1")
    house("restore_version", checklist=template, version="1")
    assert len(house("list_versions", checklist=template)["data"]) == 3, "the same content again changes nothing"
    assert house("get_step", checklist=template, step=a["id"])["data"]["title"] == "A"


def test_moves_long_texts_flags_and_rules_in_words(house: House) -> None:
    template = house.template()["id"]
    a, b, c = [house.step(template, one) for one in "ABC"]
    field = house.field(template, a["id"], "Tax no.")
    stage = house("create_stage", {"title": "S"}, checklist=template)["data"]
    launch(house, template)
    house("reorder_step", {"position": 1}, checklist=template, step=c["id"])
    change = {"summary": "<p>x</p>", "everyone_must_complete": True, "stage_id": stage["id"], "start_date": None,
              "deadline": {**START_RUN, "option": "prior_to", "step": a["id"]}, "max_assignable": 3}  # fmt: skip
    house("update_step", change, checklist=template, step=b["id"])
    options = {"label": "Kind", "field_type": "radio", "options": ["A", "B"]}
    path = {"checklist": template, "step": a["id"], "capture": field["id"]}
    house("update_capture", options, **path)
    house("move_capture", {"target_step_id": b["id"]}, **path)
    assert texts(house, template, "1") == [
        'Step "C" moved from place 3 to place 1.',
        'Step "B": summary changed.',
        'Step "B": max assignable changed from 0 to 3.',
        'Step "B": everyone must complete changed from off to on.',
        'Step "B": deadline changed from nothing to 2 days before step "A".',
        'Step "B": start date changed from 2 hours to nothing.',
        'Step "B": stage id changed from nothing to "S".',
        'Field "Kind" of step "B" came here from step "A".',
        'Field "Kind" of step "B": label changed from "Tax no." to "Kind".',
        'Field "Kind" of step "B": field type changed from "text" to "radio".',
        'Field "Kind" of step "B": options changed.',
    ]


def test_drafts_are_restored_as_drafts(house: House) -> None:
    """30 §5.2: what is published stays what launches take."""
    template = house.template(dual_version_enabled=True)["id"]
    house.step(template, "A")
    house("publish", checklist=template)
    house.step(template, "B")
    shown = {one["version"]: one for one in house("list_versions", checklist=template)["data"]}
    assert [shown[n]["is_published"] for n in (1, 2)] == [True, False]
    assert [shown[n]["is_current"] for n in (1, 2)] == [False, True]
    back = house("restore_version", checklist=template, version="1")["data"]
    assert (back["steps_count"], back["is_published_state"]) == (1, False)
    assert launch(house, template)


def test_a_deleted_group_does_not_come_back(house: House) -> None:
    group = house.do(
        lambda unit: create_group(unit, None, name="Team", description="", inside=Inside((), ()), by=house.owner)  # type: ignore[arg-type]
    )
    template = house.template()["id"]
    house.step(template, "A", groups=[group.id])
    launch(house, template)
    house.do(lambda unit: take_group_off_steps(unit, house.admin, group.id, Owners()))
    house.do(lambda unit: delete_group(unit, group))
    house("update_checklist", {"title": "Other"}, checklist=template)
    back = house("restore_version", checklist=template, version="1", query="with=steps")["data"]
    assert back["steps"]["data"][0]["groups"] == []


def test_who_may_and_what_is_not_there(house: House) -> None:
    template = house.template()["id"]
    reader, stranger = house.member("standard"), house.member("standard")
    rights = {"checklist_read": {"users": [reader.account_id]}}
    for name in ("checklist_edit", "process_launch", "checklist_duplicate", "process_read"):
        rights[name] = {"users": []}
    house("update_permissions", rights, checklist=template)
    for name in ("get_version", "compare_versions"):
        assert house(name, checklist=template, version="1", by=reader)["data"]
        assert house.refused(name, checklist=template, version="1", by=stranger)[0] == 404
        for number in ("0", "2", "-1", "x", "1.5", "9" * 30, "f" * 32):
            assert house.refused(name, checklist=template, version=number)[0] == 404, number
    assert house("list_versions", checklist=template, by=reader)["data"]
    assert house.refused("list_versions", checklist=template, by=stranger)[0] == 404
    assert house.refused("restore_version", checklist=template, version="1", by=reader)[0] == 403
    assert house.refused("restore_version", checklist=template, version="1", by=stranger)[0] == 404
    assert house.refused("restore_version", checklist=template, version="7")[0] == 404
    assert set(house.errors("compare_versions", checklist=template, version="1", query="to=later")) == {"to"}
    assert house.refused("compare_versions", checklist=template, version="1", query="to=3")[0] == 404


@pytest.mark.parametrize("header", ["if-match"])
def test_an_older_state_is_told(house: House, header: str) -> None:
    template = house.template()["id"]
    house.headers = {header: '"99"'}
    assert house.refused("restore_version", checklist=template, version="1")[0] == 412
