"""What templates and rules must not be: the error of the specification, and nothing is written (spec 30, 31)."""

from typing import Any

import pytest

from procession.kernel.errors import ApiError
from tests.templates.conftest import House
from tests.templates.test_rules import Ground, make_ground

GONE = {"conditions.0.conditionable_id": ["The selected conditionable id is invalid."]}
NOWHERE = {"then_actions.0.target_step_id": ["The selected target step id is invalid."]}
NOTHING = {"then_actions.0.actionable_id": ["The selected actionable id is invalid."]}
TWICE = {"then_actions.1.target_step_id": ["Each step can be targeted only once per rule for this action."]}
RING = {"deadline": ["Deadlines refer to each other."]}
DAY = {"value": 1, "unit": "days", "option": "from"}


@pytest.fixture
def ground(house: House) -> Ground:
    return make_ground(house)


def state(ground: Ground) -> Any:
    """Everything of the template, and how many versions it has."""
    whole = ground.house("get_checklist", checklist=ground.template, query="with=steps,stages")["data"]
    return whole, ground.house("list_versions", checklist=ground.template)["data"]


def strangers(ground: Ground) -> dict[str, tuple[str, str, str]]:
    """Ids of a step, a step's field and a kick-off field that are not the template's: foreign ones, removed ones."""
    other = make_ground(ground.house)
    far = make_ground(House(ground.house.database))
    path: Any = {"checklist": ground.template}
    step = ground.house.step(ground.template, "Gone")["id"]
    field = ground.house.field(ground.template, ground.steps["task"], "Gone")["id"]
    body = {"label": "Gone", "field_type": "text", "required": False}
    form = ground.house("create_prerun", body, **path)["data"]["id"]
    ground.house("delete_step", **path, step=step)
    ground.house("delete_capture", **path, step=ground.steps["task"], capture=field)
    ground.house("delete_prerun", **path, prerun=form)
    return {
        "of another template": (other.steps["task"], other.fields["date"], other.kickoff["date"]),
        "of another organization": (far.steps["task"], far.fields["date"], far.kickoff["date"]),
        "removed": (step, field, form),
        "nobody's": ("f" * 32,) * 3,
    }


def test_rules_that_name_what_is_not_there(ground: Ground) -> None:
    """31 §2.3, §2.4: foreign and removed steps and fields, as what is asked, as target and as source."""
    for whose, (step, field, form) in strangers(ground).items():
        before = state(ground)
        for kind, id_, operation in (
            ("Step", step, "completed"), ("Capture", field, "is_empty"), ("Prerun", form, "is_empty"),
        ):  # fmt: skip
            asked = {"conditionable_type": kind, "conditionable_id": id_, "operation": operation, "statement": None}
            assert ground.errors(conditions=[asked]) == GONE, (whose, kind)
            source = {"actionable_type": kind, "actionable_id": id_}
            assert ground.errors(then_actions=[ground.action("deadline", deadline=DAY, **source)]) == NOTHING, whose
        for verb in ("show", "hide"):
            action = {"action_type": "visibility", "action_verb": verb, "target_step_id": step}
            assert ground.errors(then_actions=[action]) == NOWHERE, whose
        assert state(ground) == before


def test_one_step_twice_and_unknown_operations(ground: Ground) -> None:
    """31 §2.6, §4: each step once a rule for visibility and for deadlines; operations nobody knows."""
    before = state(ground)
    date = ground.action("deadline", deadline=DAY)
    for pair in ((ground.show(), ground.show()), (ground.show(), ground.action("visibility", "hide")), (date, date)):
        assert ground.errors(then_actions=list(pair)) == TWICE
    words: tuple[Any, ...] = (
        "like",
        "=~",
        "regex",
        "completed; drop table",
        "__class__",
        "is not",
        7,
        ["equals"],
        {"a": 1},
    )
    for word in words:
        for on in ("task", "text", "K text"):
            found = ground.errors(conditions=[ground.condition(on, word, statement="x")])
            assert "conditions.0.operation" in found, word
    for word in ("approved", "expired", "acknowledged"):
        assert set(ground.errors(conditions=[ground.condition("task", word)])) == {"conditions.0.operation"}
    assert state(ground) == before


def test_deadlines_in_a_circle(ground: Ground) -> None:
    """30 §8.3: a step on itself is unknown to itself, two and three on each other are refused; also in a document."""
    house = ground.house
    path: Any = {"checklist": ground.template}
    first, second, third = (ground.steps[one] for one in ("task", "approval", "email"))
    own = house.errors("update_step", {"deadline": {**DAY, "step": first}}, **path, step=first)
    assert set(own) == {"deadline.step"}
    house("update_step", {"deadline": {**DAY, "step": first}}, **path, step=second)
    house("update_step", {"deadline": {**DAY, "option": "prior_to", "step": second}}, **path, step=third)
    before = state(ground)
    for anchor in (second, third):
        assert house.errors("update_step", {"deadline": {**DAY, "step": anchor}}, **path, step=first) == RING
        body = {"ids": [first], "set": {"deadline": {**DAY, "step": anchor}}}
        assert set(house.errors("update_steps", body, **path)) == {"set.deadline"}
    assert state(ground) == before
    steps = [{"id": f"{n:032x}", "title": f"S{n}", "deadline": {**DAY, "step": f"{n % 3 + 1:032x}"}} for n in (1, 2, 3)]
    counted = len(house("list_checklists", query="per_page=100")["data"])
    with pytest.raises(ApiError) as caught:
        house("import_checklist", {"title": "Ring", "type": "procedure", "steps": steps})
    assert caught.value.status == 422
    assert len(house("list_checklists", query="per_page=100")["data"]) == counted


def test_one_option_too_many(ground: Ground) -> None:
    """00 §17: 500 options are taken, 501 refused; on steps, on the form, in changes, in documents."""
    house = ground.house
    path: Any = {"checklist": ground.template}
    many = [{"id": n, "text": f"Option {n}"} for n in range(1, 502)]
    body = {"label": "Many", "field_type": "dropdown", "required": False}
    before = state(ground)
    for options in (many, [one["text"] for one in many]):
        whole = {**body, "options": options}
        where: Any = {**path, "step": ground.steps["task"]}
        assert set(house.errors("create_capture", whole, **where)) == {"options"}
        assert set(house.errors("update_capture", {"options": options}, **where, capture=ground.fields["radio"])) == {
            "options"
        }
        assert set(house.errors("create_prerun", whole, **path)) == {"options"}
        sent = {"title": "T", "type": "procedure", "prerun": [whole]}
        assert set(house.errors("create_checklist", sent)) == {"prerun.0.options"}
        steps = [{"title": "A", "captures": [whole]}]
        sent = {"title": "T", "type": "procedure", "steps": steps}
        assert set(house.errors("import_checklist", sent)) == {"steps.0.captures.0.options"}
    assert state(ground) == before
    made = house("create_prerun", {**body, "options": many[:-1]}, **path)["data"]
    assert len(made["options"]) == 500
