"""Templates as documents: taken out, brought in, the same again (spec 30 §3.11, 50 §23.1)."""

import re
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from procession.labels.folders import create_folder
from procession.people.groups import Inside, create_group
from tests.templates.conftest import House
from tests.templates.test_steps import START_RUN
from tests.templates.test_templates import TEXT

HEX = re.compile(r"[0-9a-f]{32}")
OWN = frozenset((
    "id", "increment_id", "alias", "created_at", "last_updated", "timeline_id", "field_no", "folder", "title_alias",
))  # fmt: skip
"""Members that every template and part has of its own; aliases of fields are compared."""

UNKNOWN = "f" * 32


def group(house: House, name: str = "Team") -> str:
    inside = Inside((), ())
    made = house.do(lambda unit: create_group(unit, None, name=name, description="", inside=inside, by=house.owner))  # type: ignore[arg-type]
    return made.id


def comparable(document: Any) -> Any:
    """A document with its ids numbered in order of appearance, without what every template has of its own."""
    numbers: dict[str, str] = {}

    def plain(value: Any, of: str = "") -> Any:
        if isinstance(value, dict):
            own = OWN - ({"alias"} if "field_type" in value else set())
            return {name: plain(one, name) for name, one in value.items() if name not in own or name == "id"}
        if isinstance(value, list):
            return [plain(one, of) for one in value]
        if isinstance(value, str):
            return HEX.sub(lambda found: numbers.setdefault(found[0], f"#{len(numbers)}"), value)
        return value

    return plain(document["data"])


def whole(house: House) -> dict[str, Any]:
    """A template with one of everything an export carries."""
    team = group(house)
    target = house.template("Target")["id"]
    made = house.template(
        "Vendor intake", summary="<p>How</p>", guidance="<b>Mind</b>", users=[house.owner], groups=[team],
        prerun=[TEXT, {"label": "Day", "field_type": "date", "required": False, "default_value": "today+7",
                       "default_value_enabled": True}],
        auto_naming=True, default_process_name_format="V - {{DATE}}", status="finishing", webhook="https://x.example/h",
        user_id=house.owner,
    )  # fmt: skip
    template = made["id"]
    content = f'<p>See <editor-form-field data-field-id="{made["prerun"][0]["id"]}"></editor-form-field></p>'
    house("update_checklist", {"title": "Vendor intake", "content": content}, checklist=template)
    one = house.step(template, "One", assignees=[house.owner], groups=[team], summary="<p>{{vendor-name-1}}</p>")
    two = house.step(template, "Two", guests=["a@b.co"], deadline={**START_RUN, "step": one["id"]}, start_date=None)
    house.field(template, one["id"], "Pick", field_type="dropdown", options=[{"id": 7, "text": "A", "value": "x"}, "B"])
    house.field(template, two["id"], "Lines", field_type="table", columns=["What", "Count"])
    house.field(
        template, two["id"], "Code", field_validation=["regex:^[A-Z]{2}$", "max:2"], prefix="#", guidance="<i>i</i>"
    )
    launches = {"id": target, "tasks_within_process": True, "prerun_map": {UNKNOWN: made["prerun"][0]["id"]}}
    house("update_step", {"bp_to_launch": launches}, checklist=template, step=two["id"])
    house("update_step", {"roles": ["Buyer"]}, checklist=template, step=one["id"])
    house("create_stage", {"title": "Begin", "step_ids": [one["id"]]}, checklist=template)
    house("create_stage", {"title": "End"}, checklist=template)
    condition = {
        "conditionable_type": "Prerun",
        "conditionable_id": made["prerun"][0]["id"],
        "operation": "is_not_empty",
    }
    actions = [
        {"action_type": "visibility", "action_verb": "show", "target_step_id": two["id"]},
        {"action_type": "assignment", "action_verb": "assign", "target_step_id": one["id"],
         "assignees": {"users": [house.owner], "groups": [team]}},
    ]  # fmt: skip
    actions.append({"action_type": "webhook", "action_verb": "emit_webhook", "webhook_url": "https://rules.example"})
    rule = {"automated_alias": "Show two", "conditions": [condition], "then_actions": actions}
    house("create_automated_action", rule, checklist=template)
    return {"id": template, "group": team}


def exported(house: House, template: str) -> Any:
    return house("export_checklist", checklist=template)


def test_what_is_taken_out_comes_back_the_same(house: House) -> None:
    source = whole(house)
    document = exported(house, source["id"])
    assert (document["format"], document["format_version"]) == ("procession.template", 1)
    assert document["people"]["groups"] == [{"id": source["group"], "name": "Team"}]
    assert [one["name"] for one in document["people"]["roles"]] == ["Buyer"]
    (member,) = document["people"]["members"]
    assert (member["id"], member["email"].startswith("olive.")) == (house.owner, True)
    answer = house("import_checklist", document)
    assert house.status == 201
    assert answer["import_report"] == {"steps": 2, "fields": 5, "rules": 1, "dropped": []}
    again = exported(house, answer["data"]["id"])
    assert comparable(again) == comparable(document)
    steps = again["data"]["steps"]["data"]
    assert steps[1]["deadline"]["step"] == steps[0]["id"]
    field = again["data"]["prerun"][0]["id"]
    assert steps[1]["bp_to_launch"]["prerun_map"] == {UNKNOWN: field}
    assert f'data-field-id="{field}"' in again["data"]["content"]
    assert again["data"]["stages"]["data"][0]["step_ids"] == [steps[0]["id"]]
    (rule,) = again["data"]["automated_actions"]
    assert rule["conditions"][0]["conditionable_id"] == field
    assert [one["target_step_id"] for one in rule["then_actions"]] == [steps[1]["id"], steps[0]["id"], None], (
        "acceptance 10"
    )
    assert not set(HEX.findall(str(steps))) & {one["id"] for one in document["data"]["steps"]["data"]}


def test_the_bare_object_and_the_list_item_come_back_too(house: House) -> None:
    """The ways of the clients: an object without 14 keys to the route of new templates, or `data` as it was read."""
    source = whole(house)
    document = exported(house, source["id"])
    stripped = {
        "id", "owner_id", "created_by", "alias", "steps_count", "industry_tags", "topic_tags", "folder_id",
        "kickoff_title", "kickoff_description", "started_processes", "created_at", "last_updated", "archived_at",
    }  # fmt: skip
    body = {name: value for name, value in document["data"].items() if name not in stripped}
    for name, sent in (("create_checklist", body), ("import_checklist", body), ("import_checklist", {"data": body})):
        made = house(name, sent)
        assert comparable(exported(house, made["data"]["id"])) == comparable(document), name


def test_a_dry_run_writes_nothing(house: House) -> None:
    source = whole(house)
    document = exported(house, source["id"])
    before = house("list_checklists")["meta"]["pagination"]["total"]
    document["data"]["steps"]["data"][0]["assignees"].append(4711)
    told = house("import_checklist", document, query="dry_run=true")
    assert (house.status, told["data"]) == (200, None)
    assert told["import_report"] == {
        "steps": 2, "fields": 5, "rules": 1, "dropped": [{"type": "user", "ref": "4711", "where": "step 1"}],
    }  # fmt: skip
    assert house("list_checklists")["meta"]["pagination"]["total"] == before
    made = house("import_checklist", document)
    assert made["import_report"] == told["import_report"]


def test_another_organization_keeps_what_it_knows(house: House) -> None:
    """50 TPL-04, TPL-06: people by address and name, nothing that belongs to the organization it came from."""
    source = whole(house)
    house.do(lambda unit: create_folder(unit, name="F", kind="template", parent_id=None, position=None))
    document = exported(house, source["id"])
    template = '<span data-blueprint-id="' + "a" * 32 + '">[[Other]]</span>'
    snippet = '<span data-snippet-id="' + "b" * 32 + '">[[Address]]</span>'
    document["data"]["guidance"] = f"<p>x{template}y{snippet}</p>"
    document["data"]["steps"]["data"][1]["summary"] = f"<p>{template}z</p>"
    document["data"]["steps"]["data"][1]["webhook"] = "https://steps.example"
    document["data"]["folder_id"] = "c" * 32
    document["data"]["tags"] = {
        "data": [{"title": "Finance", "color": "#112233"}, {"title": "x" * 31}, {"id": "d" * 32}]
    }
    other = House(house.database)
    team = group(other, "TEAM")
    made = other("import_checklist", document, query="with=steps,tags")
    data, steps = made["data"], made["data"]["steps"]["data"]
    assert (data["users"], data["groups"], data["user_id"]) == ([], [team], None)
    assert (steps[0]["groups"], steps[0]["assignees"], steps[1]["guests"]) == ([team], [], ["a@b.co"])
    assert (data["guidance"], steps[1]["summary"]) == ("<p>xy</p>", "<p>z</p>")
    assert (data["webhook"], steps[1]["webhook"], steps[1]["bp_to_launch"]) == (None, None, None)
    assert [(one["title"], one["color"]) for one in data["tags"]["data"]] == [("Finance", "#112233")]
    dropped = [(one["type"], one["where"]) for one in made["import_report"]["dropped"]]
    assert sorted(dropped) == sorted([
        ("user", "template"), ("user", "template"), ("folder", "template"), ("webhook", "template"),
        ("embed", "template"), ("embed", "template"), ("user", "step 1"), ("embed", "step 2"),
        ("webhook", "step 2"), ("template", "step 2"), ("tag", "template"), ("user", "rule 1"),
        ("webhook", 'rule "Show two"'), ("role", "step 1"),
    ])  # fmt: skip
    other("update_step", {"roles": ["BUYER"]}, checklist=data["id"], step=steps[0]["id"])
    (title,) = other("get_step", checklist=data["id"], step=steps[0]["id"])["data"]["roles"]
    again = other("import_checklist", document, query="with=tags,steps")["data"]
    assert again["steps"]["data"][0]["roles"] == [title], "job titles go by name"
    assert again["tags"]["data"][0]["tag_id"] == data["tags"]["data"][0]["tag_id"], "tags are made once"


def test_a_member_is_known_by_his_address(house: House) -> None:
    document = exported(house, whole(house)["id"])
    document["people"]["members"] = [{"id": 987654, "email": document["people"]["members"][0]["email"].upper()}]
    document["data"]["steps"]["data"][0]["assignees"] = [987654]
    made = house("import_checklist", document, query="with=steps")["data"]
    assert made["steps"]["data"][0]["assignees"] == [house.owner]


def test_types_and_parts_that_are_missing(house: House) -> None:
    made = house("import_checklist", {"title": "Bare"})
    assert (made["data"]["type"], made["import_report"]["steps"]) == ("procedure", 0)
    steps = [
        {"title": "A", "stage_id": UNKNOWN, "position": 2},
        {"title": "B", "deadline": {**START_RUN, "step": UNKNOWN}},
        {"title": "C", "position": "1", "bp_to_launch": UNKNOWN},
    ]
    made = house("create_checklist", {"title": "Wire", "steps": steps})
    assert [(one["type"], one["where"]) for one in made["import_report"]["dropped"]] == [
        ("stage", "step 2"), ("deadline", "step 3"), ("template", "step 1"),
    ]  # fmt: skip
    form = house("create_checklist", {"title": "F", "type": "form"})
    assert "import_report" not in form


STEPS = {"title": "T", "type": "procedure"}


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ({}, {"title"}),
        ({"format": "other", "data": {}}, {"format"}),
        ({"format": "procession.template", "format_version": 2, "data": {}}, {"format"}),
        ({"data": [1]}, {"data"}),
        ({**STEPS, "steps": 5}, {"steps"}),
        ({**STEPS, "steps": [{"title": "x"}] * 501}, {"steps"}),
        ({**STEPS, "steps": [{"title": "x", "captures": [TEXT] * 101}]}, {"steps.0.captures"}),
        ({**STEPS, "automated_actions": [{}] * 501}, {"automated_actions"}),
        ({**STEPS, "stages": [{"title": ""}, {"title": "x" * 251}, 5]},
         {"stages.0.title", "stages.1.title", "stages.2"}),
        ({**STEPS, "type": "form", "steps": [{"title": "x"}]}, {"steps"}),
        ({**STEPS, "type": "poem", "steps": [{"title": "x" * 601, "step_type": "y"}, 7]},
         {"type", "steps.0.title", "steps.0.step_type", "steps.1"}),
        ({**STEPS, "steps": [{"title": "a", "id": "a" * 32, "deadline": {**START_RUN, "step": "b" * 32}},
                             {"title": "b", "id": "b" * 32, "deadline": {**START_RUN, "step": "a" * 32}}]}, {"steps"}),
        ({**STEPS, "prerun": [{"label": "x"}], "steps": [{"title": "a", "captures": [{"field_type": "radio",
          "label": "r", "required": True, "options": ["1"]}]}]},
         {"prerun.0.field_type", "prerun.0.required", "steps.0.captures.0.options"}),
    ],
)  # fmt: skip
def test_nothing_is_made_of_what_is_wrong(house: House, body: dict[str, Any], paths: set[str]) -> None:
    assert set(house.errors("import_checklist", body)) == paths
    assert house("list_checklists")["meta"]["pagination"]["total"] == 0


def test_five_hundred_steps_come_in(house: House) -> None:
    body = {
        **STEPS,
        "steps": [{"title": f"S{one}", "captures": [TEXT] * (100 if one == 0 else 0)} for one in range(500)],
    }
    assert house("import_checklist", body)["import_report"]["fields"] == 100


def test_who_takes_out_and_brings_in(house: House) -> None:
    template = whole(house)["id"]
    reader, copier, light, stranger = (house.member(one) for one in ("standard", "standard", "light", "standard"))
    rights = {
        "checklist_read": {"users": [reader.account_id, light.account_id]},
        "checklist_duplicate": {"users": [copier.account_id]},
        "process_launch": {}, "process_read": {},
    }  # fmt: skip
    house("update_permissions", rights, checklist=template)
    house("update_checklist", {"title": "V", "users": [], "groups": []}, checklist=template)
    assert house("export_checklist", checklist=template, by=copier)["data"]
    for actor, status in ((reader, 403), (light, 403), (stranger, 404)):
        assert house.refused("export_checklist", checklist=template, by=actor)[0] == status
    assert house.refused("import_checklist", {"title": "x"}, by=light)[0] == 403
    assert set(house.errors("export_checklist", checklist=template, query="format=poem")) == {"format"}
    assert set(house.errors("import_checklist", {}, query="format=poem")) == {"format"}


# -- any template ------------------------------------------------------------------------------------------------------

WORD = st.text(
    st.characters(categories=["L", "N", "P", "Zs"], exclude_characters="<>&{}"), min_size=1, max_size=12
).map(lambda text: f"a{text.strip()}")
FLAG = st.booleans()
SPAN = st.fixed_dictionaries(
    {"value": st.integers(0, 40), "unit": st.sampled_from(["minutes", "hours", "days", "weeks", "months"])}
)
CHOICE = st.fixed_dictionaries({
    "field_type": st.sampled_from(["radio", "dropdown", "multiselect"]),
    "options": st.lists(WORD, min_size=2, max_size=4),
    "settings": st.sampled_from([{}, {"must_all_checked": True}]),
})  # fmt: skip
PLAIN = st.fixed_dictionaries({
    "field_type": st.sampled_from(["text", "textarea", "email", "date", "file", "assignees_form"]),
    "default_value": st.sampled_from([None, "today", "x"]),
    "field_validation": st.sampled_from([[], ["numeric", "min:1"], ["regex:a|b"]]),
})  # fmt: skip
GRID = st.fixed_dictionaries({"field_type": st.just("table"), "columns": st.lists(WORD, min_size=1, max_size=3)})
FIELD = st.tuples(
    st.fixed_dictionaries({
        "label": WORD, "required": FLAG, "guidance": st.none() | WORD, "prefix": st.none() | st.just("€"),
        "hide_label": FLAG, "default_value_enabled": FLAG,
    }),
    st.one_of(CHOICE, PLAIN, GRID),
).map(lambda both: {**both[0], **both[1]})  # fmt: skip
STEP = st.fixed_dictionaries({
    "title": WORD, "summary": st.none() | WORD, "captures": st.lists(FIELD, max_size=3),
    "step_type": st.sampled_from(["task", "approval", "expiring", "email", "expiring_email"]),
    "everyone_must_complete": FLAG, "hidden_by_default": FLAG, "is_soft_start_date": FLAG, "top_secret": FLAG,
    "guests": st.lists(st.sampled_from(["a@b.co", "c@d.co", "{{who-1}}"]), max_size=2, unique=True),
    "start_date": st.none() | SPAN,
    "deadline": st.none() | SPAN,
    "option": st.sampled_from(["from", "prior_to"]),
    "anchor": st.integers(0, 5), "stage": st.integers(0, 3),
})  # fmt: skip
TEMPLATE = st.fixed_dictionaries({
    "title": WORD, "guidance": st.none() | WORD, "prerun": st.lists(FIELD, max_size=3), "auto_naming": FLAG,
    "steps": st.lists(STEP, max_size=5), "stages": st.lists(WORD, max_size=3),
})  # fmt: skip


def document_of(made: dict[str, Any]) -> dict[str, Any]:
    """A generated template as a body: anchors point at earlier steps, stages at those there are."""
    ids = [f"{place:032x}" for place in range(1, 20)]
    steps = []
    for place, one in enumerate(made["steps"]):
        step = {name: value for name, value in one.items() if name not in ("anchor", "stage", "option")}
        if step["deadline"]:
            anchor = ids[one["anchor"]] if one["anchor"] < place else "start_run"
            step["deadline"] = {**step["deadline"], "option": one["option"], "step": anchor}
        stage = f"{one['stage'] + 100:032x}" if one["stage"] < len(made["stages"]) else None
        steps.append({**step, "id": ids[place], "position": place + 1, "stage_id": stage})
    stages = [{"id": f"{place + 100:032x}", "title": title} for place, title in enumerate(made["stages"])]
    return {**made, "steps": steps, "stages": stages}


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=TEMPLATE)
def test_any_template_comes_back_equal(house: House, made: dict[str, Any]) -> None:
    first = house("import_checklist", document_of(made))
    assert first["import_report"]["dropped"] == []
    document = exported(house, first["data"]["id"])
    second = house("import_checklist", msgspec.json.decode(msgspec.json.encode(document)))
    assert second["import_report"] == first["import_report"]
    assert comparable(exported(house, second["data"]["id"])) == comparable(document)
    copied = house("clone_checklist", {"title": document["data"]["title"]}, checklist=first["data"]["id"])
    assert comparable(exported(house, copied["data"]["id"])) == comparable(document)


# -- texts that embed --------------------------------------------------------------------------------------------------


def test_archiving_takes_the_template_out_of_texts(house: House) -> None:
    """30 §3.6, acceptance 9."""
    target, other = house.template("Offboarding")["id"], house.template("Other")["id"]
    block = f'<span class="insert-blueprint-tag" data-blueprint-id="{target}">[[Offboarding]]</span>'
    house("update_checklist", {"title": "Other", "summary": f"<p>a{block}b</p>"}, checklist=other)
    step = house.step(other, "Send pack", summary=f"<p>{block}c</p>")
    field = house.field(other, step["id"], "Hint", guidance=block)
    named = house.step(other, "Start", summary=target)
    house("update_step", {"bp_to_launch": target}, checklist=other, step=named["id"])
    gone = house("archive_checklist", checklist=target)["deleted_references"]
    assert gone == [
        {"type": "Step", "title": "Start", "id": named["id"]},
        {"type": "Blueprint", "title": "Other", "id": other},
        {"type": "Step", "title": "Send pack", "id": step["id"]},
    ]
    read = house("get_checklist", checklist=other, query="with=steps")["data"]
    assert read["summary"] == "<p>ab</p>"
    first, second = read["steps"]["data"]
    assert (first["summary"], first["captures"][0]["guidance"], first["captures"][0]["id"]) == (
        "<p>c</p>",
        None,
        field["id"],
    )
    assert (second["summary"], second["bp_to_launch"]["id"]) == (target, target), "only blocks are taken out"
    house("restore_checklist", checklist=target)
    assert house("get_checklist", checklist=other)["data"]["summary"] == "<p>ab</p>", "restoring puts nothing back"


def test_a_deleted_kickoff_field_leaves_the_text(house: House) -> None:
    """30 §13."""
    made = house.template("Contract", type="document", prerun=[TEXT, {**TEXT, "label": "Day"}])
    first, second = [one["id"] for one in made["prerun"]]
    shown = {
        one: f'<editor-form-field data-field-id="{one}" data-field-required="1"></editor-form-field>'
        for one in (first, second)
    }
    content = f"<p>x{shown[first]}y{shown[second]}z{shown[first]}</p>"
    body = {"title": "Contract", "content": content}
    assert house("update_checklist", body, checklist=made["id"])["data"]["content"] == content
    house("delete_prerun", checklist=made["id"], prerun=first)
    assert house("get_checklist", checklist=made["id"])["data"]["content"] == f"<p>xy{shown[second]}z</p>"
    house("update_checklist", {"title": "Contract", "prerun": []}, checklist=made["id"])
    assert house("get_checklist", checklist=made["id"])["data"]["content"] == "<p>xyz</p>"
