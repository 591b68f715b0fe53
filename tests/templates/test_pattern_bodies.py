"""The requests of the patterns, as a client sends them: every one is taken, and says what it said (spec 31 §9)."""

import copy
from typing import Any

import msgspec
import pytest

from procession.people.groups import Inside, create_group
from tests.templates.conftest import House

YES_NO = {"options": ["Yes", "No"]}
STEPS: dict[str, str] = {
    "S_hr": "approval", "S_mgr": "approval", "S_m": "approval", "S_f": "approval", "S_legal": "approval",
    "S_comp": "approval", "S_fin": "approval", "S_clock": "expiring", "S_mail": "expiring_email",
}  # fmt: skip
"""The types of the steps that are no plain tasks."""

KICKOFF: dict[str, dict[str, Any]] = {
    "K_role": {"field_type": "radio", "options": ["Field worker", "Office worker"]},
    "K_what": {"field_type": "multiselect", "options": ["Laptop", "Phone"]},
    "K_amount": {"field_type": "text", "prefix": "$"},
    "K_agent": {"field_type": "assignees_form"},
    "K_rev": {"field_type": "assignees_form"},
    "K_who": {"field_type": "assignees_form", "required": True},
    "K_guest": {"field_type": "text", "field_validation": ["email"]},
    "K_tier": {"field_type": "dropdown", "options": ["Growth", "Enterprise", "Free"]},
    "K_meeting": {"field_type": "date"},
}
FIELDS: dict[str, tuple[str, dict[str, Any]]] = {
    "F_paid": ("S_check", {"field_type": "radio", **YES_NO}),
    "F_type": ("S_check", {"field_type": "radio", "options": ["International", "Domestic"]}),
    "F_eta": ("S_check", {"field_type": "date"}),
}


def asks(subject: str, operation: str, statement: Any = "any_time", logic: str | None = None) -> dict[str, Any]:
    kind = {"S": "Step", "K": "Prerun", "F": "Capture"}[subject[0]]
    found = {
        "conditionable_id": subject, "conditionable_type": kind, "operation": operation, "statement": statement,
    }  # fmt: skip
    return found if logic is None else {**found, "logic": logic}


def sees(verb: str, step: str) -> dict[str, Any]:
    return {"action_type": "visibility", "action_verb": verb, "target_step_id": step}


def opens(step: str) -> dict[str, Any]:
    return {"action_type": "status", "action_verb": "reopen", "target_step_id": step}


def gives(step: str, verb: str = "assign_only", source: str | None = None, **people: Any) -> dict[str, Any]:
    more = {"actionable_id": source, "actionable_type": "Prerun"} if source else {}
    assignees = {"users": [], "guests": [], "groups": [], **people}
    return {"action_type": "assignment", "action_verb": verb, "target_step_id": step, **more, "assignees": assignees}


def dates(step: str, value: int, unit: str, option: str, source: str | None = None, **more: Any) -> dict[str, Any]:
    kind = {"S": "Step", "K": "Prerun", "F": "Capture"}[source[0]] if source else None
    named = {"actionable_id": source, "actionable_type": kind} if source else {}
    deadline = {"value": value, "unit": unit, "option": option, **more}
    return {"action_type": "deadline", "action_verb": "deadline", "target_step_id": step, **named, "deadline": deadline}


HOOK = {"action_type": "webhook", "action_verb": "emit_webhook", "webhook_url": "https://erp.example.test/hook",
        "alias_name": "late-payment"}  # fmt: skip
GROUP = "the group"
Rules = list[tuple[list[dict[str, Any]], list[dict[str, Any]]]]
PATTERNS: dict[str, Rules] = {
    "9.1 exclusive": [
        ([asks("K_role", "equals", "Field worker", "and")], [sees("show", "S_safety"), sees("show", "S_gear")]),
        ([asks("K_role", "equals", "Office worker", "and")], [sees("show", "S_it")]),
    ],
    "9.1 inclusive, default": [
        ([asks("K_what", "contains", "Laptop")], [sees("show", "S_it")]),
        ([asks("K_role", "not_equals", "Field worker"), asks("K_role", "not_equals", "Office worker", "and"),
          asks("K_role", "is_not_empty", None, "and")], [sees("show", "S_gear")]),
    ],
    "9.2": [([asks("S_A", "completed", "any_time", "and")], [sees("show", "S_B")])],
    "9.3": [([asks("S_hr", "approved", "any_time", "and"), asks("S_mgr", "approved", "any_time", "and")],
             [sees("show", "S_desk"), sees("show", "S_account")])],
    "9.4": [
        ([asks("F_paid", "equals", "Yes")], [sees("hide", "S_hold"), sees("show", "S_record")]),
        ([asks("F_paid", "equals", "No")], [sees("show", "S_hold"), sees("hide", "S_record")]),
        ([asks("S_hold", "completed")], [sees("show", "S_record")]),
    ],
    "9.5": [
        ([asks("S_m", "approved")], [sees("show", "S_f"), opens("S_f")]),
        ([asks("S_m", "rejected")], [opens("S_draft")]),
        ([asks("S_f", "rejected")], [opens("S_draft"), opens("S_m")]),
        ([asks("S_draft", "completed")], [opens("S_m")]),
        ([asks("S_f", "approved")], [sees("show", "S_pay")]),
    ],
    "9.6": [
        ([asks(one, "approved", "any_time", "and") for one in ("S_legal", "S_comp", "S_fin")], [sees("show", "S_go")]),
        ([asks(one, "rejected", "any_time", "or") for one in ("S_legal", "S_comp", "S_fin")], [opens("S_init")]),
        ([asks("S_init", "completed")], [opens("S_legal"), opens("S_comp"), opens("S_fin")]),
    ],
    "9.7": [([asks("K_amount", "greater_than", "50000", "and"), asks("S_m", "approved", "any_time", "and")],
             [sees("show", "S_board")])],
    "9.8": [
        ([asks("K_agent", "is_not_empty", None)], [gives("S_1", source="K_agent"), gives("S_2", source="K_agent")]),
        ([asks("K_rev", "is_empty", None)], [gives("S_rev", groups=[GROUP])]),
        ([asks("K_guest", "is_not_empty", None)], [gives("S_1", source="K_guest")]),
    ],
    "9.9": [([asks("K_who", "is_not_empty", None)], [gives("S_mail", source="K_who")])],
    "9.10": [
        ([asks("K_tier", "equals", "Enterprise")],
         [gives("S_reply", groups=[GROUP]), dates("S_reply", 1, "hours", "from", anchor="now"),
          sees("show", "S_exec")]),
        ([asks("K_tier", "equals_any", ["Growth", "Enterprise"])], [sees("show", "S_exec")]),
    ],
    "9.11": [
        ([asks("F_type", "equals", "International")],
         [sees("show", "S_arrival"), dates("S_arrival", 7, "days", "from", "F_eta")]),
        ([asks("K_meeting", "is_not_empty", None)], [dates("S_agenda", 1, "days", "before", "K_meeting")]),
        ([asks("K_meeting", "is_not_empty", None)], [dates("S_report", 1, "days", "from", "S_inspect")]),
    ],
    "9.12": [([asks("S_clock", "expired")], [gives("S_post", "assign", users=["owner"])])],
    "9.13": [([asks("S_pay", "completed", "late_24")], [HOOK])],
    "9.14": [([asks("S_x", "not_assigned")], [gives("S_x", "assign", groups=[GROUP])])],
}  # fmt: skip


class Scene:
    """A template with every step and field the patterns name."""

    def __init__(self, house: House) -> None:
        self.house = house
        form = [{"label": name, "required": False, **more} for name, more in KICKOFF.items()]
        self.template = house.template(prerun=form)["id"]
        shown = house("get_checklist", checklist=self.template)["data"]["prerun"]
        self.ids = {one["label"]: one["id"] for one in shown} | {"owner": house.owner}
        text = msgspec.json.encode(PATTERNS).decode()
        for name in sorted({"S_check", *(word for word in text.split('"') if word.startswith("S_"))}):
            kind = STEPS.get(name, "task")
            self.ids[name] = house.step(self.template, name, step_type=kind, assign_run_starter=name != "S_clock")["id"]
        for name, (step, more) in FIELDS.items():
            self.ids[name] = house.field(self.template, self.ids[step], name, **more)["id"]

    def body(self, group: str, side: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The same with the real ids in place of the symbols."""

        def real(value: Any) -> Any:
            if isinstance(value, dict):
                return {name: real(one) for name, one in value.items()}
            if isinstance(value, list):
                return [real(one) for one in value]
            return group if value == GROUP else self.ids.get(value, value) if isinstance(value, str) else value

        found: list[dict[str, Any]] = real(copy.deepcopy(side))
        return found


@pytest.fixture
def scene(house: House) -> Scene:
    return Scene(house)


def test_every_pattern_works_as_written(scene: Scene) -> None:
    """31 §9.1 to §9.14: 201, each member answered as it was sent, and the check of rules has nothing against them."""
    house, path = scene.house, {"checklist": scene.template}
    group = _group(house)
    for name, rules in PATTERNS.items():
        made = []
        for conditions, actions in rules:
            sent = {"automated_alias": name, "conditions": scene.body(group, conditions),
                    "then_actions": scene.body(group, actions)}  # fmt: skip
            answer = house("create_automated_action", sent, **path)["data"]
            assert house.status == 201, name
            made.append(answer["id"])
            for side in ("conditions", "then_actions"):
                for before, after in zip(sent[side], answer[side], strict=True):
                    assert {key: after[key] for key in before} == before, name
        assert house("lint_automated_actions", **path)["data"] == [], name
        for one in made:
            house("delete_automated_action", **path, rule=one)


def _group(house: House) -> str:
    inside = Inside((house.owner,), ())
    made = house.do(lambda unit: create_group(unit, None, name="Triage", description="", inside=inside, by=house.owner))  # type: ignore[arg-type]
    return made.id
