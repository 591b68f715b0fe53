"""Rules of templates: what may be said, how sides are synchronised, what stays whole (spec 31 §2, §3)."""

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from procession.kernel.ids import new_id
from procession.templates.editing import open_template, store
from tests.templates.conftest import House

NOBODY: dict[str, list[Any]] = {"users": [], "guests": [], "groups": []}
OPTIONS = [{"id": 1, "text": "Yes"}, {"id": 2, "text": "No"}]
FIELDS: Mapping[str, dict[str, Any]] = {
    "text": {},
    "mail": {"field_type": "text", "field_validation": ["email"]},
    "textarea": {},
    "email": {},
    "radio": {"options": OPTIONS},
    "dropdown": {"options": OPTIONS},
    "multiselect": {"options": OPTIONS},
    "date": {},
    "file": {},
    "table": {"columns": [{"id": 1, "label": "Item"}]},
    "assignees_form": {},
}
"""One field of each type, and one of text that takes addresses, by label."""


TASK = "completed, reopened, not_assigned, deadline_overdue"
PARTS = "contains, not_contains, is_empty, is_not_empty"
ANY = (
    "equals, not_equals, contains, not_contains, equals_any, greater_than, less_than, greater_or_equal, less_or_equal, "
    "is_empty, is_not_empty"
)
TEXTS = "The statement must be a string or a list of strings."
PICKED = "The assignees can only come from an assignee picker or a field for e-mail addresses."
FILL = "Please fill a list of assignees for the assignment action."
HOOK = "Please provide a webhook URL for the webhook action."


def needs(name: str) -> str:
    return f"The {name} field is required."


def invalid(name: str) -> str:
    return f"The selected {name} is invalid."


def asks(operations: str) -> str:
    return f"The operation only accepts {operations}."


class Ground(msgspec.Struct):
    """A template with a step of every type, and fields of every type on the form and on the first step."""

    house: House
    template: str
    steps: dict[str, str]
    fields: dict[str, str]
    kickoff: dict[str, str]

    @property
    def path(self) -> Any:
        return {"checklist": self.template}

    def condition(self, on: str = "task", operation: str = "completed", **more: Any) -> dict[str, Any]:
        """On a step by its type, or on a field of a step (`radio`), or of the form (`K radio`)."""
        kind, named = ("Step", self.steps.get(on))
        if named is None:
            kind, named = ("Prerun", self.kickoff[on[2:]]) if on.startswith("K ") else ("Capture", self.fields[on])
        return {
            "conditionable_type": kind,
            "conditionable_id": named,
            "operation": operation,
            "statement": None,
            **more,
        }

    def show(self, step: str = "approval", **more: Any) -> dict[str, Any]:
        return {"action_type": "visibility", "action_verb": "show", "target_step_id": self.steps[step], **more}

    def action(self, kind: str, verb: str | None = None, **more: Any) -> dict[str, Any]:
        found = {"action_type": kind, "target_step_id": self.steps["approval"], **more}
        return found if verb is None else {**found, "action_verb": verb}

    def source(self, on: str) -> dict[str, Any]:
        found = self.condition(on)
        return {"actionable_type": found["conditionable_type"], "actionable_id": found["conditionable_id"]}

    def rule(self, *, name: str | None = "Rule", **more: Any) -> dict[str, Any]:
        body: dict[str, Any] = {"conditions": [self.condition()], "then_actions": [self.show()], **more}
        return body if name is None else {"automated_alias": name, **body}

    def add(self, **more: Any) -> dict[str, Any]:
        made: dict[str, Any] = self.house("create_automated_action", self.rule(**more), checklist=self.template)["data"]
        return made

    def put(self, rule: str, body: Any) -> dict[str, Any]:
        made: dict[str, Any] = self.house("update_automated_action", body, checklist=self.template, rule=rule)["data"]
        return made

    def errors(self, **more: Any) -> dict[str, list[str]]:
        return self.house.errors("create_automated_action", self.rule(**more), checklist=self.template)

    def stored(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.house("get_checklist", checklist=self.template)["data"]["automated_actions"]
        return found


def make_ground(house: House) -> Ground:
    definitions = [{"label": name, "field_type": name, "required": False, **more} for name, more in FIELDS.items()]
    template = house.template(prerun=definitions)
    kinds = ("task", "approval", "expiring", "email", "expiring_email")
    steps = {kind: house.step(template["id"], kind.title(), step_type=kind)["id"] for kind in kinds}
    fields = {one["label"]: house.field(template["id"], steps["task"], **one)["id"] for one in definitions}
    return Ground(house, template["id"], steps, fields, {one["label"]: one["id"] for one in template["prerun"]})


@pytest.fixture
def ground(house: House) -> Ground:
    return make_ground(house)


def test_a_rule_is_answered_and_listed_whole(ground: Ground) -> None:
    """31 §2.1: the exact shape, in the answer, the list, the item and the template."""
    made = ground.add(
        conditions=[ground.condition("K radio", "equals", statement=" Yes ", logic="or", position=5),
                    ground.condition("task", "done")],
        then_actions=[ground.show(),
                      ground.action("deadline", deadline={"value": "7", "unit": "day", "option": "after"},
                                    **ground.source("K date"))],
    )  # fmt: skip
    first, second = made["conditions"]
    shown, dated = made["then_actions"]
    assert ground.house.status == 201
    assert made == {
        "id": made["id"], "automated_alias": "Rule", "position": 1, "conditions": [first, second],
        "then_actions": [shown, dated], "is_active": True, "reverse_on_reopen": False,
        "created_at": made["created_at"], "last_updated": made["created_at"], "archived_at": None,
    }  # fmt: skip
    # The place asked for is behind the second, which asked for none.
    assert first == {
        "id": first["id"], "conditionable_id": ground.steps["task"], "conditionable_type": "Step",
        "operation": "completed", "statement": "any_time", "logic": "and", "position": 1, "column_contains_name": None,
    }  # fmt: skip
    assert second == {
        "id": second["id"], "conditionable_id": ground.kickoff["radio"], "conditionable_type": "Prerun",
        "operation": "equals", "statement": "Yes", "logic": "or", "position": 2, "column_contains_name": None,
    }  # fmt: skip
    assert dated == {
        "id": dated["id"], "action_type": "deadline", "action_verb": "deadline", "position": 2,
        "target_step_id": ground.steps["approval"], "actionable_id": ground.kickoff["date"],
        "actionable_type": "Prerun", "deadline": {"value": 7, "unit": "days", "option": "from"}, "assignees": NOBODY,
        "webhook_url": None, "alias_name": None,
    }  # fmt: skip
    assert (shown["deadline"], shown["assignees"], shown["actionable_id"]) == (None, NOBODY, None)
    path: Any = {"checklist": ground.template}
    assert ground.stored() == [made]
    assert ground.house("list_automated_actions", **path)["data"] == [made]
    assert ground.house("get_automated_action", rule=made["id"], **path)["data"] == made
    assert ground.house("list_checklists")["data"][0]["automated_actions"] == [made]


KICKOFF, STEP = "K text", "task"
GUEST = {"users": [], "guests": ["Kim@Client.example"], "groups": []}
DAY = {"value": 1, "unit": "days", "option": "from"}


CONDITIONS: tuple[Any, ...] = (
    ({"operation": "is"}, {"operation": "completed", "statement": "any_time"}),
    ({"operation": "Finished", "statement": "completed"}, {"operation": "completed", "statement": "any_time"}),
    ({"operation": "reopen", "statement": ""}, {"operation": "reopened", "statement": "any_time"}),
    ({"operation": "unassigned", "statement": True}, {"operation": "not_assigned", "statement": "any_time"}),
    ({"operation": "deadline-overdue"}, {"operation": "deadline_overdue"}),
    ({"operation": "approve", "on": "approval", "statement": "on_time"},
     {"operation": "approved", "statement": "on-time"}),
    ({"operation": "REJECT", "on": "approval", "statement": "late24"},
     {"operation": "rejected", "statement": "late_24"}),
    ({"operation": "acknowledge", "on": "expiring", "statement": "early-24"},
     {"operation": "acknowledged", "statement": "early_24"}),
    ({"operation": "expire", "on": "expiring", "statement": "late"}, {"operation": "expired", "statement": "late"}),
    ({"operation": "sent", "on": "email", "statement": "early"}, {"operation": "completed", "statement": "early"}),
    ({"operation": "is_equal", "on": "text", "statement": 7}, {"operation": "equals", "statement": "7"}),
    ({"operation": "does_not_equal", "on": "text", "statement": True},
     {"operation": "not_equals", "statement": "true"}),
    ({"operation": "contain", "on": "table", "statement": "a", "column_contains_name": "item "},
     {"operation": "contains", "column_contains_name": "item"}),
    ({"operation": "contains", "on": "table", "statement": "a", "column_contains_name": 1},
     {"column_contains_name": "1"}),
    ({"operation": "contains", "on": "text", "statement": "a", "column_contains_name": "Item"},
     {"column_contains_name": None}),
    ({"operation": "any_of", "on": "dropdown", "statement": "Yes, No,"},
     {"operation": "equals_any", "statement": ["Yes", "No"]}),
    ({"operation": "equals_any", "on": "dropdown", "statement": [{"id": 1, "text": "Yes"}, 2]},
     {"statement": ["Yes", "2"]}),
    ({"operation": "equals_any", "on": "dropdown"}, {"statement": []}),
    ({"operation": "equals", "on": "dropdown", "statement": {"id": 1, "text": "Yes"}}, {"statement": "Yes"}),
    ({"operation": "equals", "on": "dropdown", "statement": ["Yes", "No"]}, {"statement": ["Yes", "No"]}),
    ({"operation": "equals", "on": "text"}, {"statement": None}),
    ({"operation": ">=", "on": "radio", "statement": "3"}, {"operation": "greater_or_equal"}),
    ({"operation": "less than or equal", "on": "date", "statement": "2026-05-01"}, {"operation": "less_or_equal"}),
    ({"operation": "empty", "on": "file", "statement": "x"}, {"operation": "is_empty", "statement": None}),
    ({"operation": "not_empty", "on": "assignees_form"}, {"operation": "is_not_empty"}),
    ({"conditionable_type": "task"}, {"conditionable_type": "Step"}),
    ({"conditionable_type": "App\\Models\\Step"}, {"conditionable_type": "Step"}),
    ({"conditionable_type": "form_field", "on": "text", "operation": "is_empty"}, {"conditionable_type": "Capture"}),
    ({"conditionable_type": "kickoff_field", "on": KICKOFF, "operation": "is_empty"}, {"conditionable_type": "Prerun"}),
    ({"conditionable_type": "PRERUN", "on": KICKOFF, "operation": "is_empty"}, {"conditionable_type": "Prerun"}),
    ({"logic": "OR"}, {"logic": "or"}),
    ({"logic": None}, {"logic": "and"}),
)  # fmt: skip


def test_conditions_as_written(ground: Ground) -> None:
    """31 §2.3, §4: what clients spell otherwise is stored in one way."""
    for sent, stored in CONDITIONS:
        body = ground.condition(sent.get("on", STEP)) | {name: one for name, one in sent.items() if name != "on"}
        if "statement" not in sent and body["operation"] in ("is", "empty", "not_empty", "is_empty"):
            body.pop("statement")
        made = ground.add(conditions=[body])["conditions"][0]
        assert {name: made[name] for name in stored} == stored, sent


ACTIONS: tuple[Any, ...] = (
    ({"action_type": "deadline", "deadline": {**DAY, "unit": "Hour", "option": "prior_to"}},
     {"action_verb": "deadline", "deadline": {"value": 1, "unit": "hours", "option": "before"}}),
    ({"action_type": "deadline", "deadline": {**DAY, "anchor": "now"}}, {"deadline": {**DAY, "anchor": "now"}}),
    ({"action_type": "deadline", "deadline": {**DAY, "anchor": None}}, {"deadline": DAY}),
    ({"action_type": "deadline", "deadline": DAY, "from": "approval"}, {"actionable_type": "Step"}),
    ({"action_type": "status"}, {"action_verb": "reopen"}),
    ({"action_type": "Visibility", "action_verb": "HIDE", "deadline": DAY, "assignees": GUEST, "webhook_url": "x"},
     {"action_type": "visibility", "action_verb": "hide", "deadline": None, "assignees": NOBODY,
      "webhook_url": None}),
    ({"action_type": "assignment", "action_verb": "assign", "assignees": {"guests": "Kim@Client.example"}},
     {"assignees": {**NOBODY, "guests": ["kim@client.example"]}}),
    ({"action_type": "assignment", "action_verb": "assign-only", "from": "K mail"},
     {"action_verb": "assign_only", "assignees": NOBODY, "actionable_type": "Prerun"}),
    ({"action_type": "assignment", "action_verb": "unassign", "from": "K email", "assignees": None},
     {"assignees": NOBODY}),
    ({"action_type": "assignment", "action_verb": "clear_assignees"}, {"assignees": NOBODY}),
    ({"action_type": "webhook", "webhook_url": "https://erp.example/hook", "target_step_id": None},
     {"action_verb": "emit_webhook", "alias_name": "Rule", "target_step_id": None}),
    ({"action_type": "webhook", "webhook_url": " https://erp.example/h ", "alias_name": "<b>late</b>"},
     {"webhook_url": "https://erp.example/h", "alias_name": "late"}),
)  # fmt: skip


def test_actions_as_written(ground: Ground) -> None:
    """31 §2.4, §2.5."""
    for sent, stored in ACTIONS:
        source = ground.source(sent["from"]) if "from" in sent else {}
        body = {"target_step_id": ground.steps["approval"], **source, **sent}
        made = ground.add(then_actions=[body])["then_actions"][0]
        assert {name: made[name] for name in stored} == stored, sent


WRONG_CONDITIONS: tuple[Any, ...] = (
    ("task", "completed", {"conditionable_type": None}, {"conditionable_type": needs("conditionable type")}),
    ("task", "completed", {"conditionable_type": "Run"}, {"conditionable_type": invalid("conditionable type")}),
    ("task", "completed", {"conditionable_type": 3}, {"conditionable_type": invalid("conditionable type")}),
    ("task", "completed", {"conditionable_id": ""}, {"conditionable_id": needs("conditionable id")}),
    ("task", "completed", {"conditionable_id": "f" * 32}, {"conditionable_id": invalid("conditionable id")}),
    ("task", "completed", {"conditionable_id": 4}, {"conditionable_id": invalid("conditionable id")}),
    ("task", "is_empty", {"conditionable_type": "Capture"}, {"conditionable_id": invalid("conditionable id")}),
    ("text", "is_empty", {"conditionable_type": "Prerun"}, {"conditionable_id": invalid("conditionable id")}),
    ("task", "", {}, {"operation": needs("operation")}),
    ("task", "dances", {"conditionable_id": "f" * 32},
     {"operation": invalid("operation"), "conditionable_id": invalid("conditionable id")}),
    ("task", "contains", {"statement": "any"}, {"operation": asks(TASK)}),
    ("task", "approved", {}, {"operation": asks(TASK)}),
    ("approval", "expired", {},
     {"operation": asks("completed, reopened, approved, rejected, not_assigned, deadline_overdue")}),
    ("text", "completed", {"statement": "x"}, {"operation": asks(ANY)}),
    ("file", "equals", {"statement": "x"}, {"operation": asks(PARTS)}),
    ("table", "equals", {"statement": "x"}, {"operation": asks(PARTS)}),
    ("multiselect", "less_than", {"statement": "x"},
     {"operation": asks("equals, not_equals, contains, not_contains, equals_any, is_empty, is_not_empty")}),
    ("assignees_form", "not_equals", {"statement": "x"},
     {"operation": asks("equals, contains, is_empty, is_not_empty")}),
    ("task", "completed", {"statement": "yesterday"}, {"statement": invalid("statement")}),
    ("task", "completed", {"statement": ["late"]}, {"statement": invalid("statement")}),
    ("text", "equals", {"statement": {"x": 1}}, {"statement": TEXTS}),
    ("text", "equals_any", {"statement": ["a", []]}, {"statement.1": TEXTS}),
    ("text", "equals", {"statement": "x" * 30_001},
     {"statement": "The statement may not be greater than 30000 characters."}),
    ("text", "equals_any", {"statement": ["x"] * 501},
     {"statement": "The statement may not have more than 500 items."}),
    ("task", "completed", {"logic": "xor"}, {"logic": invalid("logic")}),
    ("task", "completed", {"position": "last"}, {"position": "The position must be an integer."}),
    ("table", "contains", {"statement": "x", "column_contains_name": "Price"},
     {"column_contains_name": invalid("column contains name")}),
    ("table", "contains", {"statement": "x", "column_contains_name": ["Item"]},
     {"column_contains_name": invalid("column contains name")}),
)  # fmt: skip


def test_what_is_wrong_with_a_condition(ground: Ground) -> None:
    """31 §2.3, §4: the second of two conditions is wrong, and says where."""
    for on, operation, more, errors in WRONG_CONDITIONS:
        found = ground.errors(conditions=[ground.condition(), ground.condition(on, operation, **more)])
        assert found == {f"conditions.1.{name}": [text] for name, text in errors.items()}
    body = ground.condition("text", "equals")
    del body["statement"]
    assert ground.errors(conditions=[body]) == {"conditions.0.statement": [needs("statement")]}
    assert ground.stored() == []


URL = "https://erp.example/hook"


WRONG_ACTIONS: tuple[Any, ...] = (
    ({}, {"action_type": needs("action type")}),
    ({"action_type": "dance"}, {"action_type": invalid("action type")}),
    ({"action_type": "visibility"}, {"action_verb": needs("action verb")}),
    ({"action_type": "visibility", "action_verb": "reopen"},
     {"action_verb": "The action verb only accepts show, hide."}),
    ({"action_type": "assignment", "action_verb": "show"},
     {"action_verb": "The action verb only accepts assign, assign_only, unassign, clear_assignees."}),
    ({"action_type": "status", "action_verb": "complete"}, {"action_verb": "Automations cannot complete a step."}),
    ({"action_type": "status", "action_verb": "hide"}, {"action_verb": "The action verb only accepts reopen."}),
    ({"action_type": "status", "target_step_id": None}, {"target_step_id": needs("target step id")}),
    ({"action_type": "status", "target_step_id": "f" * 32}, {"target_step_id": invalid("target step id")}),
    ({"action_type": "webhook", "webhook_url": URL, "target_step_id": "f" * 32},
     {"target_step_id": invalid("target step id")}),
    ({"action_type": "deadline", "deadline": DAY, "actionable_type": "Step"},
     {"actionable_id": "The actionable id field is required when actionable type is present."}),
    ({"action_type": "deadline", "deadline": DAY, "actionable_id": "f" * 32},
     {"actionable_type": "The actionable type field is required when actionable id is present."}),
    ({"action_type": "deadline", "deadline": DAY, "actionable_type": "Step", "actionable_id": "f" * 32},
     {"actionable_id": invalid("actionable id")}),
    ({"action_type": "deadline", "deadline": DAY, "actionable_type": "Run", "actionable_id": "f" * 32},
     {"actionable_type": invalid("actionable type")}),
    ({"action_type": "deadline", "deadline": DAY, "from": "text"},
     {"actionable_id": "A deadline can only count from a step or a date field."}),
    ({"action_type": "deadline"}, {"deadline": needs("deadline")}),
    ({"action_type": "deadline", "deadline": "soon"}, {"deadline": "The deadline must be an object."}),
    ({"action_type": "deadline", "deadline": {"anchor": "now"}},
     {"deadline.value": needs("value"), "deadline.unit": needs("unit"),
      "deadline.option": needs("option")}),
    ({"action_type": "deadline", "deadline": {"value": -1, "unit": "ages", "option": "near", "anchor": "then"}},
     {"deadline.value": "The value must be an integer from 0 to 1000000.", "deadline.unit": invalid("unit"),
      "deadline.option": invalid("option"), "deadline.anchor": invalid("anchor")}),
    ({"action_type": "deadline", "deadline": {**DAY, "anchor": "now"}, "from": "date"},
     {"deadline.anchor": "The anchor cannot be given together with an actionable."}),
    ({"action_type": "assignment", "action_verb": "assign"},
     {"assignees": FILL}),
    ({"action_type": "assignment", "action_verb": "unassign", "assignees": NOBODY},
     {"assignees": FILL}),
    ({"action_type": "assignment", "action_verb": "assign", "assignees": [1]},
     {"assignees": "The assignees must be an object of users, guests and groups."}),
    ({"action_type": "assignment", "action_verb": "assign",
      "assignees": {"users": [999], "guests": ["x"], "groups": ["f" * 32]}},
     {"assignees.users.0": "The selected user is not an active member of this organization.",
      "assignees.guests.0": "The selected guest must be a valid email address.",
      "assignees.groups.0": "The selected group does not exist."}),
    ({"action_type": "assignment", "action_verb": "assign", "from": "text"},
     {"actionable_id": PICKED}),
    ({"action_type": "assignment", "action_verb": "assign", "from": "task"},
     {"actionable_id": PICKED}),
    ({"action_type": "webhook"}, {"webhook_url": HOOK}),
    ({"action_type": "webhook", "webhook_url": " "}, {"webhook_url": HOOK}),
    ({"action_type": "webhook", "webhook_url": "ftp://x"}, {"webhook_url": "The webhook url must be a valid URL."}),
    ({"action_type": "webhook", "webhook_url": ["x"]}, {"webhook_url": "The webhook url must be a valid URL."}),
    ({"action_type": "webhook", "webhook_url": f"https://x.example/{'x' * 2048}"},
     {"webhook_url": "The webhook url may not be greater than 2048 characters."}),
    ({"action_type": "webhook", "webhook_url": URL, "alias_name": "x" * 301},
     {"alias_name": "The alias name may not be greater than 300 characters."}),
    ({"action_type": "webhook", "webhook_url": URL, "alias_name": 3},
     {"alias_name": "The alias name must be a string."}),
    ({"action_type": "status", "position": []}, {"position": "The position must be an integer."}),
)  # fmt: skip


def test_what_is_wrong_with_an_action(ground: Ground) -> None:
    """31 §2.4 to §2.6, 31 §12.4."""
    for action, errors in WRONG_ACTIONS:
        source = ground.source(action["from"]) if "from" in action else {}
        body = {"target_step_id": ground.steps["email"], **source, **action}
        found = ground.errors(then_actions=[ground.show(), body])
        assert found == {f"then_actions.1.{name}": [text] for name, text in errors.items()}
    assert ground.stored() == []


def test_sides_are_held_against_each_other(ground: Ground) -> None:
    """31 §2.6: visibility and deadline once a step, no reopening of one's own trigger."""
    twice = "Each step can be targeted only once per rule for this action."
    dated = ground.action("deadline", deadline=DAY)
    reopening = ground.action("status")
    actions = [ground.show(), ground.action("visibility", "hide"), dated, dated, reopening, reopening]  # fmt: skip
    found = ground.errors(then_actions=actions)
    assert found == {"then_actions.1.target_step_id": [twice], "then_actions.3.target_step_id": [twice]}
    found = ground.errors(conditions=[ground.condition("approval")], then_actions=[ground.action("status")])
    assert found == {"then_actions.0.target_step_id": ["A rule cannot reopen the step that triggers it."]}
    # Any other action may aim at the step it listens to.
    assert ground.add(conditions=[ground.condition("approval")], then_actions=[ground.show(), dated])


def test_everything_wrong_is_told_together(ground: Ground) -> None:
    """31 §2.6, 00 ERR-03."""
    body = {"automated_alias": "x" * 301, "conditions": [{}, 3], "then_actions": [{"action_type": "webhook"}, "x"],
            "position": 0, "is_active": "perhaps"}  # fmt: skip
    found = ground.house.errors("create_automated_action", body, checklist=ground.template)
    assert set(found) == {
        "automated_alias", "position", "is_active", "conditions.0.conditionable_type", "conditions.0.conditionable_id",
        "conditions.0.operation", "conditions.0.statement", "conditions.1", "then_actions.0.webhook_url",
        "then_actions.1",
    }  # fmt: skip


SIDES: tuple[Any, ...] = (
    ({}, {"conditions", "then_actions"}),
    ({"conditions": [], "then_actions": []}, {"conditions", "then_actions"}),
    ({"conditions": None}, {"conditions"}),
    ({"then_actions": None}, {"then_actions"}),
    ({"conditions": {}}, {"conditions"}),
    ({"then_actions": 3}, {"then_actions"}),
    ({"automated_alias": "  "}, {"automated_alias"}),
    ({"automated_alias": 7}, {"automated_alias"}),
)  # fmt: skip


def test_both_sides_are_needed(ground: Ground) -> None:
    """31 §2.2."""
    for body, errors in SIDES:
        sent = {**ground.rule(), **body} if body else {}
        assert set(ground.house.errors("create_automated_action", sent, checklist=ground.template)) == errors
    text = {"conditions": [needs("conditions")], "then_actions": [needs("then actions")]}
    assert ground.errors(conditions=[], then_actions=[]) == text


def test_names_and_aliases(ground: Ground) -> None:
    """31 §2.2: a missing name is made, other words are read, `condition_logic` is a default and never answered."""
    path: Any = {"checklist": ground.template}
    first = ground.add(name=None)
    assert first["automated_alias"] == "Rule 1"
    body: Any = {"alias": "<i>Two</i>", "actions": [ground.show()], "condition_logic": "or",
            "conditions": [ground.condition(), ground.condition("email", logic="and"),
                    ground.condition("expiring")]}  # fmt: skip
    second = ground.house("create_automated_action", body, **path)["data"]
    assert (second["automated_alias"], [one["logic"] for one in second["conditions"]]) == ("Two", ["or", "and", "or"])
    assert "condition_logic" not in second
    body = {"name": "Three", "then_actions": [ground.show()], "conditions": [ground.condition()], "position": 1,
            "condition_logic": "perhaps", "is_active": 0, "reverse_on_reopen": "yes"}  # fmt: skip
    third = ground.house("create_automated_action", body, **path)["data"]
    assert (third["position"], third["is_active"], third["reverse_on_reopen"]) == (1, False, True)
    assert ground.add(name="x" * 300)["automated_alias"] == "x" * 300
    assert [one["position"] for one in ground.stored()] == [1, 2, 3, 4]
    assert [one["automated_alias"] for one in ground.stored()][:3] == ["Three", "Rule 1", "Two"]


def test_limits_at_their_edge(ground: Ground) -> None:
    """31 §2.6: 100 conditions, 200 actions, 500 rules."""
    many = [ground.condition()] * 100
    reopened = [ground.action("status")] * 200
    rule = ground.add(conditions=many, then_actions=reopened)
    assert (len(rule["conditions"]), len(rule["then_actions"])) == (100, 200)
    found = ground.errors(conditions=[*many, ground.condition()], then_actions=[*reopened, ground.action("status")])
    assert found == {
        "conditions": ["The conditions may not have more than 100 items."],
        "then_actions": ["The then actions may not have more than 200 items."],
    }
    ground.house.do(lambda unit: _fill(unit, ground, 499))
    assert len(ground.stored()) == 499
    last = ground.add()
    assert last["position"] == 500
    text = {"automated_actions": ["A template may not have more than 500 rules."]}
    assert ground.errors() == text
    assert ground.house.errors("clone_automated_action", checklist=ground.template, rule=last["id"]) == text


def _fill(unit: Any, ground: Ground, count: int) -> None:
    opened = open_template(unit, ground.house.admin, ground.template)
    one = opened.document.rules[0]
    small = msgspec.structs.replace(one, conditions=one.conditions[:1], actions=one.actions[:1])
    rules = tuple(msgspec.structs.replace(small, id=new_id()) for _ in range(count))
    store(unit, ground.house.admin, opened, msgspec.structs.replace(opened.document, rules=rules), [])
