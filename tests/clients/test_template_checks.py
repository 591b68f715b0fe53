"""The acceptance checks of templates as clients send them, line by line (spec 30 §22); every line has its test."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest
import tallyfy

from tests.clients.conftest import Ready
from tests.support.make import make_group, make_template
from tests.support.server import Caller

LINES = {"30 §22": 15, "31 §12": 18}
"""The sections of acceptance checks, and how many lines they have."""

STRIPPED = (
    "id", "owner_id", "created_by", "alias", "steps_count", "industry_tags", "topic_tags", "folder_id",
    "kickoff_title", "kickoff_description", "started_processes", "created_at", "last_updated", "archived_at",
)  # fmt: skip
"""What the command line takes out of a template before it posts it back (spec 30 §3.11)."""


def test_every_line_is_named_by_a_test() -> None:
    named = set()
    for path in (Path(__file__).parents[1]).rglob("test_*.py"):
        text = path.read_text()
        for node in ast.walk(ast.parse(text)) if re.search(r"3[01] §(12|22)\.", text) else ():
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name.lower().startswith("test"):
                named.update(re.findall(r"3[01] §\d+\.\d+", ast.get_docstring(node) or ""))
    assert {f"{part}.{line}" for part, lines in LINES.items() for line in range(1, lines + 1)} <= named


def status_of(call: Any) -> int | None:
    """The status the SDK was refused with."""
    with pytest.raises(tallyfy.TallyfyError) as caught:
        call()
    found: int | None = caught.value.status_code
    return found


def test_the_sdk_builds_a_template(sdk: Any, owner: Caller) -> None:
    """30 §22.1, 30 §22.2, 30 §22.3, 30 §22.4: steps, their descriptions, fields and options."""
    org = owner.organization
    template = sdk.create_template(org, "Contract", type="procedure").id
    flags = (
        "everyone_must_complete", "can_complete_only_assignees", "prevent_guest_comment", "allow_guest_owners",
        "assign_run_starter", "skip_start_process", "role_changes_every_time", "is_soft_start_date",
    )  # fmt: skip
    wanted = {
        "title": "Check", "guests": ["kim@client.example"], **dict.fromkeys(flags, False), "allow_guest_owners": True,
        "deadline": {"value": 2, "unit": "days", "option": "from", "step": "start_run"},
    }  # fmt: skip
    step = sdk.templates.add_step_to_template(org, template, wanted)["id"]
    shown = owner("GET", f"/O/checklists/{template}/steps/{step}").data
    assert {name: shown[name] for name in wanted} == wanted
    assert (shown["assignees"], shown["groups"]) == ([], [])
    group = make_group(owner, [owner.user_id])
    owner("PUT", f"/O/checklists/{template}/steps/{step}", {"groups": [group]})
    sdk.templates.edit_description_on_step(org, template, step, "<p>Twice</p>")
    shown = owner("GET", f"/O/checklists/{template}/steps/{step}").data
    assert (shown["groups"], shown["guests"], shown["summary"]) == ([group], ["kim@client.example"], "<p>Twice</p>")

    other = sdk.templates.add_step_to_template(org, template, {"title": "File"})["id"]
    field = sdk.form_fields.add_form_field_to_step(
        org, template, step,
        {"label": "Colour", "field_type": "dropdown", "required": True, "options": [{"id": 1, "text": "Red"}]},
    )  # fmt: skip
    moved = owner("PUT", f"/O/checklists/{template}/steps/{step}/captures/{field.id}/move-out",
                  {"target_step_id": other, "position": 1}).data  # fmt: skip
    assert (moved["id"], moved["step_id"]) == (field.id, other)
    assert sdk.form_fields.move_form_field(org, template, other, field.id, step) is True
    assert [one.id for one in sdk.form_fields.get_step(org, template, step).captures] == [field.id]
    assert sdk.form_fields.get_step(org, template, other).captures == []
    assert sdk.form_fields.update_dropdown_options(org, template, step, field.id, ["Green", "Blue"])
    shown = owner("GET", f"/O/checklists/{template}/steps/{step}/captures/{field.id}").data
    assert [one["text"] for one in shown["options"]] == ["Green", "Blue"]
    assert (shown["label"], shown["required"], shown["alias"]) == ("Colour", True, moved["alias"])


def test_the_n8n_node_edits_templates(owner: Caller, ready: Ready) -> None:
    """30 §22.5, 30 §22.6, 30 §22.7: lists to their end, kick-off fields one by one, filing by a folder's id."""
    path = f"/O/checklists/{ready.template}"
    group = make_group(owner, [owner.user_id])
    owner("PUT", path, {"title": "Hiring", "users": [owner.user_id], "groups": [group]})
    for number in range(6):
        assert owner("POST", "/O/checklists", {"title": f"T{number}", "type": "procedure"}).status == 201
    seen, page, more = [], 1, True
    while more:
        answer = owner("GET", f"/O/checklists?limit=3&page={page}&status=active")
        seen += [one["id"] for one in answer.data]
        more, page = answer.body["meta"]["pagination"]["has_more_pages"], page + 1
    assert (len(seen), len(set(seen)), page) == (7, 7, 4)
    assert len(owner("GET", "/O/checklists?limit=5").data) == 5

    def put(form: list[Any]) -> list[Any]:
        after = owner("PUT", path, {"title": "Hiring", "prerun": form}).data
        assert (after["users"], after["groups"], after["steps_count"]) == ([owner.user_id], [group], 3)
        found: list[Any] = after["prerun"]
        return found

    before = owner("GET", path).data["prerun"]
    added = put([*before, {"label": "New", "field_type": "text", "required": False, "position": len(before) + 1}])
    assert added[:-1] == before and added[-1]["label"] == "New"
    changed = put([*added[:-1], {**added[-1], "label": "Newer", "required": True}])
    assert [changed[-1][name] for name in ("id", "label", "required", "alias")] == [
        added[-1]["id"], "Newer", True, added[-1]["alias"],
    ]  # fmt: skip
    first = put([{**changed[-1], "position": 1}, *({**one, "position": one["position"] + 1} for one in changed[:-1])])
    assert [one["id"] for one in first] == [changed[-1]["id"], *(one["id"] for one in before)]
    without = ("position", "last_updated")
    assert [{name: one[name] for name in one if name not in without} for one in put(first[1:])] == [
        {name: one[name] for name in one if name not in without} for one in before
    ]
    folder = owner("POST", "/O/folders", {"name": "HR"}).data["id"]
    filed = owner("PUT", path, {"title": "Hiring", "folder_id": folder}).data
    assert (filed["folder_id"], filed["users"], filed["groups"]) == (folder, [owner.user_id], [group])


def test_the_sdk_archives_and_asks_for_the_form(sdk: Any, owner: Caller, ready: Ready) -> None:
    """30 §22.9, 30 §22.11: references are told as a list, what is archived is 404 until restored; the kick-off form."""
    org = owner.organization
    mark = f'<span data-blueprint-id="{ready.template}">[[Hiring]]</span>'
    other = sdk.create_template(org, "Other", type="procedure", guidance=f"<p>See {mark}</p>").id
    gone = sdk.templates.delete_template_with_references(org, ready.template)
    assert isinstance(gone["deleted_references"], list)
    assert [one["id"] for one in gone["deleted_references"]] == [other]
    assert status_of(lambda: sdk.get_template(org, ready.template)) == 404
    assert owner("PUT", f"/O/checklists/{ready.template}/restore").status == 200
    assert sdk.get_template(org, ready.template).title == "Hiring"
    form = sdk.templates.get_kickoff_form_fields(org, ready.template)
    assert {one["field_type"]: one["id"] for one in form} == ready.kickoff


def test_a_template_is_taken_out_and_posted_back(owner: Caller) -> None:
    """30 §22.10, 30 §22.13, 31 §12.17: as the command line does, without 14 keys; rules and form by the plain GET."""
    template = make_template(
        owner, {"captures": [{"label": "Paid", "field_type": "text"}]}, {}, {"deadline": _after(0)},
        kickoff=[{"label": "Customer", "field_type": "text"}],
    )  # fmt: skip
    source = f"/O/checklists/{template.id}"
    for condition in ({"conditionable_type": "Prerun", "conditionable_id": template.kickoff["Customer"]},
                      {"conditionable_type": "Capture", "conditionable_id": template.fields["Paid"]}):  # fmt: skip
        body = {
            "automated_alias": "Rule", "conditions": [{**condition, "operation": "equals", "statement": "x"}],
            "then_actions": [{"action_type": "visibility", "action_verb": "show", "target_step_id": template.steps[1]}],
        }  # fmt: skip
        assert owner("POST", f"{source}/automated-actions", body).status == 201
    plain = owner("GET", source).data
    assert [one["label"] for one in plain["prerun"]] == ["Customer"]
    assert [one["automated_alias"] for one in plain["automated_actions"]] == ["Rule", "Rule"]
    exported = owner("GET", f"{source}?with=steps,tags").data
    made = owner("POST", "/O/checklists?with=steps", {key: exported[key] for key in exported if key not in STRIPPED})
    report = made.body["import_report"]
    assert (made.status, report["steps"], report["fields"], report["rules"], report["dropped"]) == (201, 3, 2, 2, [])
    old, new = _inside(exported), _inside(made.data)
    assert [len(one) for one in new] == [len(one) for one in old]
    assert not any(set(one) & set(other) for one, other in zip(old, new, strict=True))
    steps, fields, _ = new
    for rule in made.data["automated_actions"]:
        assert {one["conditionable_id"] for one in rule["conditions"]} <= fields
        assert {one["target_step_id"] for one in rule["then_actions"]} <= steps
    assert made.data["steps"]["data"][2]["deadline"]["step"] == made.data["steps"]["data"][0]["id"]


def _after(step: Any) -> dict[str, Any]:
    return {"value": 1, "unit": "days", "option": "from", "step": step}


def _inside(template: Any) -> tuple[set[str], set[str], set[str]]:
    """The ids of its steps, of its fields, of its rules with their parts."""
    steps, rules = template["steps"]["data"], template["automated_actions"]
    fields = {one["id"] for one in template["prerun"]} | {one["id"] for step in steps for one in step["captures"]}
    parts = {one["id"] for rule in rules for side in ("conditions", "then_actions") for one in rule[side]}
    return {one["id"] for one in steps}, fields, {one["id"] for one in rules} | parts


def test_the_sdk_walks_over_many_steps(sdk: Any, owner: Caller) -> None:
    """30 §22.12: 250 steps are three pages of a hundred."""
    org = owner.organization
    template = sdk.create_template(org, "Long", type="procedure").id
    text = "\n".join(f"Step {number}" for number in range(1, 251))
    assert owner("POST", f"/O/checklists/{template}/steps/bulk", {"text": text}).status == 201
    found = sdk.get_template_steps(org, template)
    assert [one.title for one in found] == text.splitlines()
    pages = owner("GET", f"/O/checklists/{template}/steps?per_page=100").body["meta"]["pagination"]
    assert (pages["total"], pages["total_pages"], pages["count"]) == (250, 3, 100)


def test_a_copy_is_asked_for_by_a_form(owner: Caller) -> None:
    """30 §22.14: rules and anchors of the copy point into the copy."""
    template = make_template(owner, {"captures": [{"label": "Paid", "field_type": "text"}]}, {"deadline": _after(0)})
    first, second = template.steps
    rule = {
        "conditions": [{"conditionable_type": "Step", "conditionable_id": first, "operation": "completed"}],
        "then_actions": [{"action_type": "visibility", "action_verb": "show", "target_step_id": second},
                         {"action_type": "deadline", "target_step_id": second, "actionable_type": "Step",
                          "actionable_id": first, "deadline": {"value": 1, "unit": "days", "option": "from"}}],
    }  # fmt: skip
    assert owner("POST", f"/O/checklists/{template.id}/automated-actions", rule).status == 201
    form = f"tenant={owner.organization}&title=Copied".encode()
    made = owner("POST", f"/O/checklists/{template.id}/clone?with=steps", raw=form,
                 headers={"Content-Type": "application/x-www-form-urlencoded"})  # fmt: skip
    assert (made.status, made.data["title"]) == (201, "Copied")
    one, other = (step["id"] for step in made.data["steps"]["data"])
    assert not {one, other} & set(template.steps)
    copied = made.data["automated_actions"][0]
    assert copied["conditions"][0]["conditionable_id"] == one
    assert [act["target_step_id"] for act in copied["then_actions"]] == [other, other]
    assert copied["then_actions"][1]["actionable_id"] == one
    assert made.data["steps"]["data"][1]["deadline"] == _after(one)


def test_a_step_of_a_rule_stays(owner: Caller) -> None:
    """30 §22.15: 403 with the documented text; after the rule has gone the step goes, too."""
    template = make_template(owner, {}, {})
    first, second = template.steps
    base = f"/O/checklists/{template.id}"
    rule = {
        "conditions": [{"conditionable_type": "Step", "conditionable_id": first, "operation": "completed"}],
        "then_actions": [{"action_type": "visibility", "action_verb": "show", "target_step_id": second}],
    }
    made = owner("POST", f"{base}/automated-actions", rule).data["id"]
    for step in template.steps:
        refused = owner("DELETE", f"{base}/steps/{step}")
        assert (refused.status, refused.body["message"]) == (
            403,
            "Cannot delete this step because there are rules dependent on it.",
        )
    assert owner("DELETE", f"{base}/automated-actions/{made}").status == 204
    assert [owner("DELETE", f"{base}/steps/{second}").status for _ in range(2)] == [204, 404]
