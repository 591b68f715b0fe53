"""Forcing the order of steps (spec 30 §9.4)."""

import pytest

from procession.engine.rule import RULES_LIMIT
from tests.templates.conftest import House


def rules(house: House, template: str) -> list[str]:
    return [one["automated_alias"] for one in house("list_automated_actions", checklist=template)["data"]]


NAMED = ("makeSequential", "undoSequential")
"""The operations that are called here, as clients know them."""


def test_steps_are_put_in_sequence(house: House) -> None:
    template = house.template()["id"]
    a, b, c = (house.step(template, title)["id"] for title in "ABC")
    house("update_step", {"step_type": "expiring"}, checklist=template, step=b)
    made = house("make_sequential", checklist=template)
    assert house.status == 201
    assert [(one["automated_alias"], one["position"]) for one in made["data"]] == [("B after A", 1), ("C after B", 2)]
    first, second = made["data"]
    assert [(one["conditionable_id"], one["operation"]) for one in first["conditions"]] == [(a, "completed")]
    assert [(one["action_verb"], one["target_step_id"]) for one in first["then_actions"]] == [("show", b)]
    ends = [(one["operation"], one["logic"]) for one in second["conditions"]]
    assert ends == [("completed", "or"), ("expired", "or")], "a step that runs out ends as well"
    # The same again makes nothing; a new order makes what it needs, and drops what nobody edited.
    assert house("make_sequential", checklist=template)["data"] == []
    house("update_automated_action", {"automated_alias": "Mine"}, checklist=template, rule=first["id"])
    house("reorder_step", {"position": 1}, checklist=template, step=c)
    made = house("make_sequential", checklist=template)["data"]
    assert [one["automated_alias"] for one in made] == ["A after C", "B after A"]
    assert rules(house, template) == ["Mine", "A after C", "B after A"]
    copy = house("clone_automated_action", checklist=template, rule=made[0]["id"])["data"]["automated_alias"]
    assert house("undo_sequential", checklist=template) is None
    assert house.status == 204
    assert rules(house, template) == ["Mine", copy], "what was edited or copied is somebody's own"
    revision = house("get_checklist", checklist=template)["data"]["last_updated"]
    house("undo_sequential", checklist=template)
    assert house("get_checklist", checklist=template)["data"]["last_updated"] == revision, "nothing left to undo"


def test_what_has_no_order(house: House) -> None:
    form = house.template(type="form")["id"]
    assert house("make_sequential", checklist=form)["data"] == []
    single = house.template()["id"]
    house.step(single)
    assert house("make_sequential", checklist=single)["data"] == []


def test_who_forces_an_order(house: House) -> None:
    template = house.template(users=[])["id"]
    house.step(template)
    for name in ("make_sequential", "undo_sequential"):
        assert house.refused(name, checklist=template, by=house.member())[0] == 404
        assert house.refused(name, checklist="f" * 32)[0] == 404


def test_there_is_room_for_so_many_rules_only(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    assert RULES_LIMIT == 500
    monkeypatch.setattr("procession.templates.sequence.RULES_LIMIT", 2)
    template = house.template()["id"]
    for title in "ABC":
        house.step(template, title)
    assert len(house("make_sequential", checklist=template)["data"]) == 2
    house.step(template, "D")
    assert list(house.errors("make_sequential", checklist=template)) == ["automated_actions"]
    assert len(rules(house, template)) == 2, "nothing was written"
