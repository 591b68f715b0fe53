"""The official Python SDK, unchanged: everything it does with rules of templates (spec 31 §12.1 to §12.5)."""

from typing import Any

from tests.clients.conftest import Ready
from tests.clients.test_tallyfy_sdk import refused
from tests.support.server import Caller

AN_ID = "f" * 32
NOBODY: dict[str, list[Any]] = {"users": [], "guests": [], "groups": []}


def steps_of(owner: Caller, ready: Ready) -> list[str]:
    return [one["id"] for one in owner("GET", f"/O/checklists/{ready.template}/steps").data]


def rules_of(sdk: Any, org: str, template: str) -> list[Any]:
    return list(sdk.get_template(org, template).automated_actions)


def test_rules_from_first_to_last(sdk: Any, owner: Caller, ready: Ready) -> None:
    """31 §12.1, 31 §12.2, 31 §12.4, 31 §12.5: made, renamed, changed, refused, deleted."""
    org, template = owner.organization, ready.template
    first, second, third = steps_of(owner, ready)
    radio = {"conditionable_type": "Prerun", "conditionable_id": ready.kickoff["radio"], "operation": "equals",
             "statement": "Full-time", "logic": "and"}  # fmt: skip
    done = {"conditionable_type": "Step", "conditionable_id": first, "operation": "completed", "statement": None}
    show = {"action_type": "visibility", "action_verb": "show", "target_step_id": second}
    made = sdk.create_automation_rule(org, template, {"alias": "Full-time", "conditions": [radio], "actions": [show]})
    assert (made["automated_alias"], made["then_actions"][0]["assignees"]) == ("Full-time", NOBODY)
    nameless = sdk.create_automation_rule(org, template, {"conditions": [done], "then_actions": [show],
                                                          "condition_logic": "or"})  # fmt: skip
    assert (nameless["automated_alias"], nameless["conditions"][0]["statement"]) == ("Rule 2", "any_time")
    shown, _ = rules_of(sdk, org, template)
    assert (shown.id, shown.conditions[0].statement) == (made["id"], "Full-time")
    people = shown.then_actions[0].assignees
    assert (people.users, people.guests, people.groups) == ([], [], [])

    renamed = sdk.update_automation_rule(org, template, made["id"], {"automated_alias": "x"})
    assert renamed == {**made, "automated_alias": "x", "last_updated": renamed["last_updated"]}
    assert sdk.update_automation_rule(org, template, made["id"], alias="y")["automated_alias"] == "y"
    assign = {"action_type": "assignment", "action_verb": "assign", "target_step_id": third,
              "assignees": {"users": [owner.user_id]}}  # fmt: skip
    longer = sdk.update_automation_rule(org, template, made["id"], {"actions": [*made["then_actions"], assign]})
    assert longer["then_actions"][0]["id"] == made["then_actions"][0]["id"]
    assert longer["then_actions"][1]["assignees"] == {**NOBODY, "users": [owner.user_id]}
    shorter = sdk.update_automation_rule(org, template, made["id"], {"conditions": [done], "actions": [assign]})
    assert (len(shorter["conditions"]), len(shorter["then_actions"])) == (1, 1)

    error = refused(lambda: sdk.create_automation_rule(
        org, template, {"conditions": [done], "actions": [{**show, "action_verb": "complete"}]}))  # fmt: skip
    assert error.status_code == 422 and "The action verb only accepts show, hide." in str(error)
    assert refused(lambda: sdk.update_automation_rule(org, template, AN_ID, {"conditions": [done], "actions": [show]})
                   ).status_code == 404  # fmt: skip
    assert refused(lambda: sdk.delete_step(org, template, second)).status_code == 403

    sdk.delete_automation_rule(org, template, made["id"])
    assert [one.id for one in rules_of(sdk, org, template)] == [nameless["id"]]
    assert refused(lambda: sdk.delete_automation_rule(org, template, made["id"])).status_code == 404


def test_what_it_reads_out_of_rules(sdk: Any, owner: Caller, ready: Ready) -> None:
    """Its analyses of dependencies and visibility, and the step's assignees it puts among its automation methods."""
    org, template = owner.organization, ready.template
    first, second, _ = steps_of(owner, ready)
    rule = {
        "automated_alias": "Next",
        "conditions": [{"conditionable_type": "Step", "conditionable_id": first, "operation": "completed"}],
        "then_actions": [{"action_type": "visibility", "action_verb": "show", "target_step_id": second}],
    }
    made = owner("POST", f"/O/checklists/{template}/automated-actions", rule).data
    found = sdk.get_step_dependencies(org, template, second)["dependencies"]
    assert [(one["step_id"], one["condition_type"], one["automation_id"]) for one in found["incoming"]] == [
        (first, "completed", made["id"])
    ]
    assert [one["action_type"] for one in found["conditional_visibility"]] == ["show_step"]
    outgoing = sdk.get_step_dependencies(org, template, first)["dependencies"]["outgoing"]
    assert [(one["step_id"], one["action_type"]) for one in outgoing] == [(second, "visibility_show")]
    shown = sdk.get_step_visibility_conditions(org, template, second)
    assert made["id"] in str(shown)
    step = sdk.templates.add_assignees_to_step(org, template, second, [owner.user_id], guests=["kim@client.example"])
    assert (step["assignees"], step["guests"]) == ([owner.user_id], ["kim@client.example"])
