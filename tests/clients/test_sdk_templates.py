"""Every method of the official SDK for templates and their form fields, unchanged, against a live server (30 §22)."""

from typing import Any

import pytest
import tallyfy

from tests.clients.conftest import Ready
from tests.support.server import Caller

BY_NAME = {"search_templates_by_name"}
"""Asks the search (`test_sdk_search.py`)."""

RULES = {"create_automation_rule", "update_automation_rule", "delete_automation_rule"}
"""Rules have tests of their own."""

FOLLOW = {"value": 3, "unit": "hours", "option": "prior_to"}


class Used:
    """The SDK's part for templates or fields, remembering which of its methods were called."""

    def __init__(self, part: Any, called: set[str]) -> None:
        self._part = part
        self._called = called

    def __getattr__(self, name: str) -> Any:
        self._called.add(name)
        return getattr(self._part, name)


def methods(part: Any) -> set[str]:
    """The public methods of one of the SDK's parts."""
    return {name for name in dir(part) if not name.startswith("_") and callable(getattr(part, name)) and name != "sdk"}


def refused(call: Any) -> int | None:
    with pytest.raises(tallyfy.TallyfyError) as caught:
        call()
    found: int | None = caught.value.status_code
    return found


@pytest.fixture
def org(owner: Caller) -> str:
    return owner.organization


def test_every_method_for_templates(sdk: Any, owner: Caller, org: str, ready: Ready) -> None:
    called: set[str] = set()
    templates = Used(sdk.templates, called)
    made = templates.create_template(org, "Contract", type="procedure", summary="Sign", guidance="Twice")
    assert (made.title, made.summary, made.guidance, made.type) == ("Contract", "Sign", "Twice", "procedure")
    everything = {
        "title": "Contracts", "summary": "Sign them", "guidance": None, "webhook": "https://x.example/h",
        "icon": "fa-x", "auto_naming": True, "default_process_name_format": "C {{DATE}}", "is_public": False,
    }  # fmt: skip
    changed = templates.update_template_metadata(org, made.id, **everything)
    assert {name: getattr(changed, name) for name in ("title", "summary", "webhook", "icon", "auto_naming")} == {
        name: everything[name] for name in ("title", "summary", "webhook", "icon", "auto_naming")
    }
    wanted = {
        "title": "Check", "summary": "<p>Twice</p>", "step_type": "approval", "assignees": [owner.user_id],
        "guests": ["g@client.example"], "groups": [], "max_assignable": 3,
        "deadline": {"value": 2, "unit": "days", "option": "from", "step": "start_run"},
        "everyone_must_complete": False, "can_complete_only_assignees": False, "allow_guest_owners": True,
    }  # fmt: skip
    step = templates.add_step_to_template(org, made.id, wanted)
    assert {name: step[name] for name in wanted} == wanted, "acceptance 1"
    second = templates.add_step_to_template(
        org, made.id, {"title": "File", "deadline": {**FOLLOW, "step": step["id"]}, "position": 1}
    )
    assert (second["position"], second["deadline"]) == (2, {**FOLLOW, "step": step["id"]})
    group = owner("POST", "/O/groups", {"name": "SDK", "description": "", "members": [owner.user_id]}).data["id"]
    owner("PUT", f"/O/checklists/{made.id}/steps/{step['id']}", {"groups": [group]})
    templates.edit_description_on_step(org, made.id, step["id"], "<p>Three times</p>")
    told = templates.add_assignees_to_step(org, made.id, step["id"], [owner.user_id], ["h@client.example"])
    assert told
    after = owner("GET", f"/O/checklists/{made.id}/steps/{step['id']}").data
    assert (after["groups"], after["summary"]) == ([group], "<p>Three times</p>"), "acceptance 2"
    assert "h@client.example" in after["guests"]
    needs = templates.get_step_dependencies(org, made.id, second["id"])
    assert needs["step_info"]["title"] == "File"
    assert templates.get_step_visibility_conditions(org, made.id, second["id"])["step_info"]["id"] == second["id"]
    assert templates.reorder_step(org, made.id, second["id"], 1)["position"] == 1
    copy = templates.clone_step(org, made.id, second["id"])
    assert copy["title"] == "File - Copy"
    assert [one.title for one in templates.get_template_steps(org, made.id)] == ["File", "File - Copy", "Check"]
    assert templates.delete_step(org, made.id, copy["id"]) is True
    assert refused(lambda: templates.delete_step(org, made.id, step["id"])) == 403, "a deadline counts from it"
    assert templates.get_template(org, made.id).title == "Contracts"
    whole = templates.get_template_with_steps(org, made.id)
    assert [one.title for one in whole["template"].steps] == ["File", "Check"]
    assert {one["field_type"] for one in templates.get_kickoff_form_fields(org, ready.template)} == set(ready.kickoff)
    other = templates.duplicate_template(org, made.id, "Second", org)
    assert (other.title, other.started_processes, other.owner_id) == ("Second", 0, owner.user_id)
    inside = templates.get_template_with_steps(org, other.id)["template"].steps
    assert {one.deadline.step for one in inside if one.deadline} <= {"start_run", *(one.id for one in inside)}
    assert {one.id for one in templates.get_all_templates(org).data} == {made.id, other.id, ready.template}
    block = f'<span data-blueprint-id="{made.id}">[[Contracts]]</span>'
    templates.update_template_metadata(org, other.id, title="Second", guidance=f"<p>{block}</p>")
    gone = templates.delete_template_with_references(org, made.id)
    assert [one["id"] for one in gone["deleted_references"]] == [other.id], "acceptance 9"
    assert refused(lambda: templates.get_template(org, made.id)) == 404
    assert owner("PUT", f"/O/checklists/{made.id}/restore").status == 200
    assert templates.delete_template(org, made.id) is True
    assert called == methods(sdk.templates) - BY_NAME - RULES


def test_every_method_for_form_fields(sdk: Any, org: str, ready: Ready) -> None:
    called: set[str] = set()
    fields = Used(sdk.form_fields, called)
    first, second = (one.id for one in sdk.get_template_steps(org, ready.template)[:2])
    where = (org, ready.template, second)
    options = [{"id": 1, "text": "Red"}, {"id": 2, "text": "Blue"}]
    field = fields.add_form_field_to_step(
        *where, {"label": "Colour", "field_type": "dropdown", "required": True, "options": options, "position": 1}
    )
    assert (field.label, field.required, [one["text"] for one in field.options]) == ("Colour", True, ["Red", "Blue"])
    changed = fields.update_form_field(*where, field.id, label="Shade", required=False, guidance="<b>Any</b>")
    assert (changed.label, changed.required, changed.guidance) == ("Shade", False, "<b>Any</b>")
    name = (*where, field.id)
    assert fields.update_dropdown_options(*name, ["Red", "Green", "Blue"]), "acceptance 4"
    assert fields.add_dropdown_option(*name, "Grey")
    assert fields.add_dropdown_option(*name, "Black", position=0)
    assert fields.remove_dropdown_option(*name, "Green")
    assert fields.reorder_dropdown_options(*name, ["Blue", "Red", "Grey", "Black"])
    assert fields.get_dropdown_options(*name) == ["Blue", "Red", "Grey", "Black"]
    other = fields.add_form_field_to_step(*where, {"label": "Size", "field_type": "text", "required": False})
    assert fields.reorder_form_fields(*where, [{"capture_id": other.id, "position": 1}]) is True
    assert [one.label for one in fields.get_step(*where).captures] == ["Size", "Shade"]
    assert fields.move_form_field(org, ready.template, second, other.id, first) is True, "acceptance 3"
    assert other.id in {one.id for one in fields.get_step(org, ready.template, first).captures}
    assert fields.delete_form_field(*name) is True
    assert fields.get_step(*where).captures == []
    assert refused(lambda: fields.delete_form_field(*name)) == 404
    assert called == methods(sdk.form_fields)
