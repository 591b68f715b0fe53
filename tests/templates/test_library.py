"""The public library: ready templates, what organizations publish, copies (spec 30 §18)."""

import re
from typing import Any

import pytest

from procession.kernel.errors import NotFound
from procession.wire.library import Document, find_shipped, shipped
from tests.templates.conftest import House

SHIPPED = list(shipped().values())
VARIABLE = re.compile(r"\{\{([^{}]+)\}\}")


@pytest.mark.parametrize("document", SHIPPED, ids=lambda one: one.library.alias)
def test_shipped_templates_are_whole(house: House, document: Document) -> None:
    """Each goes through the real import: every step, field, rule and deadline, and nothing is left out."""
    answer = house("import_checklist", {"library_id": document.library.alias})
    data = document.data
    report = answer["import_report"]
    assert report["steps"] == len(data["steps"]) >= 4
    assert report["fields"] == len(data["prerun"]) + sum(len(one["captures"]) for one in data["steps"])
    assert report["dropped"] == []
    assert report["rules"] == len(data["automated_actions"])
    made = answer["data"]
    assert made["title"] == document.title
    assert not made["is_public"]
    whole = house("get_checklist", checklist=made["id"], query="with=steps,stages")["data"]
    assert [one["title"] for one in whole["steps"]["data"]] == [one["title"] for one in data["steps"]]
    assert sum(one["deadline"] is not None for one in whole["steps"]["data"]) >= 3
    _every_variable_is_known(whole)
    assert house("lint_automated_actions", checklist=made["id"])["data"] == []


@pytest.mark.parametrize("document", SHIPPED, ids=lambda one: one.library.alias)
def test_shipped_rules_name_what_is_there(document: Document) -> None:
    """Conditions and actions name steps and fields of the same document, of the kind they say."""
    data = document.data
    known = {"Step": {one["id"] for one in data["steps"]}, "Prerun": {one["id"] for one in data["prerun"]}}
    known["Capture"] = {field["id"] for one in data["steps"] for field in one["captures"]}
    assert len(data["automated_actions"]) >= 3
    for rule in data["automated_actions"]:
        assert rule["conditions"] and rule["then_actions"]
        for one in rule["conditions"]:
            assert one["conditionable_id"] in known[one["conditionable_type"]]
        for one in rule["then_actions"]:
            assert one["target_step_id"] in known["Step"]
            assert one["actionable_id"] is None or one["actionable_id"] in known[one["actionable_type"]]


def test_18_at_least_a_dozen_by_id_and_alias() -> None:
    assert len(SHIPPED) >= 12
    for one in SHIPPED:
        assert find_shipped(one.id) is one and find_shipped(one.library.alias.upper()) is one
    assert find_shipped("nothing") is None


def test_18_a_public_template_is_one_of_everybody(house: House) -> None:
    """What is archived, or a draft that was never published, is not shown; a copy has nobody of its source."""
    made = house.template("Ours", is_public=True)
    house.step(made["id"], "A", assignees=[house.owner], webhook="https://x.example/h")
    assert house("get_public_checklist", checklist=made["id"])["data"]["steps_count"] == 1
    assert house("get_public_checklist", checklist=made["alias"])["data"]["id"] == made["id"]
    copied = house("import_checklist", {"library_id": made["id"], "title": "Mine"})
    assert copied["data"]["title"] == "Mine" and copied["import_report"]["dropped"] == []
    step = house("get_checklist", checklist=copied["data"]["id"], query="with=steps")["data"]["steps"]["data"][0]
    assert (step["assignees"], step["webhook"]) == ([], None)
    house("archive_checklist", checklist=made["id"])
    with pytest.raises(NotFound):
        house("get_public_checklist", checklist=made["id"])


def _every_variable_is_known(whole: dict[str, Any]) -> None:
    fields = [*whole["prerun"], *(field for one in whole["steps"]["data"] for field in one["captures"])]
    known = {one["alias"] for one in fields} | {"DATE", "TEMPLATE_NAME"}
    texts = [whole["default_process_name_format"] or ""]
    texts += [one[name] or "" for one in whole["steps"]["data"] for name in ("title", "summary")]
    named = {one for text in texts for one in VARIABLE.findall(text)}
    assert named <= known
