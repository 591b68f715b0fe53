"""Creating, changing, archiving and listing templates (spec 30 §2, §3, §5)."""

from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from procession.engine.rule import Action, Condition, Rule
from procession.kernel.sql import Query, organization, row
from procession.kernel.tables import events
from procession.labels.folders import create_folder
from procession.people.model import Settings
from procession.templates.editing import open_template, store
from procession.templates.launching import launchable, mark_launched
from procession.templates.versions import compiled
from tests.templates.conftest import House

TEXT = {"label": "Vendor name", "field_type": "text", "required": True}
EVENTS = Query(
    sa.select(events.c.kind, events.c.verb, events.c.field).where(organization(events)).order_by(events.c.id), row
)


def launch(house: House, template_id: str) -> str:
    """Launch the template as far as it is concerned; the version's id."""

    def work(unit: Any) -> str:
        found = launchable(unit, house.admin, template_id)
        mark_launched(unit, found.template, found.version)
        return found.version_id

    return house.do(work)


def test_create_answers_every_key_with_its_default(house: House) -> None:
    """30 §2.1."""
    made = house.template()
    assert house.status == 201
    assert house.revision == 1
    assert made["alias"] == f"vendor-intake-{made['id'][-6:]}"
    defaults: dict[str, Any] = {
        "summary": None, "guidance": None, "type": "procedure", "status": "started", "starred": False, "prerun": [],
        "automated_actions": [], "steps_count": 0, "started_processes": 0, "archived_at": None, "can_add_oot": True,
        "is_pinned": False, "users": [], "groups": [], "custom_fields": {}, "owner_id": house.owner,
        "topic_tags": [], "industry_tags": [], "dual_version_enabled": False, "folder_id": None,
    }  # fmt: skip
    assert {name: made[name] for name in defaults} == defaults
    assert "steps" not in made


def test_every_setting_reads_back(house: House) -> None:
    """30 §2.1, SEED union."""
    written: dict[str, Any] = {
        "summary": "<p>How</p>", "guidance": "<b>Mind</b>", "webhook": "https://x.example/h",
        "explanation_video": "https://v.example/1", "icon": "fa-x", "public_cover": "https://c.example/1.png",
        "kickoff_title": "Tell us", "kickoff_description": "<p>All</p>", "is_public": True, "auto_naming": True,
        "default_process_name_format": "V - {{DATE}}", "allow_launcher_change_name": True, "folderize_process": True,
        "tag_process": True, "folder_changeable_by_launcher": True, "can_add_oot": False, "is_pinned": True,
        "reference_only": True, "dual_version_enabled": True, "replace_state_conditionally": True,
        "users": [house.owner], "user_id": house.owner, "kickoff_sharing_user_id": house.owner, "starred": True,
        "is_public_kickoff": "yes", "content": "<p>Body</p>",
    }  # fmt: skip
    made = house.template(**written)
    read = house("get_checklist", checklist=made["id"])["data"]
    assert read == made
    assert {name: read[name] for name in written} == {**written, "is_public_kickoff": True}
    cleared = house(
        "update_checklist", {"title": "Vendor intake", "summary": None, "webhook": ""}, checklist=made["id"]
    )
    assert (cleared["data"]["summary"], cleared["data"]["webhook"]) == (None, None)
    assert cleared["data"]["guidance"] == "<b>Mind</b>"


def test_all_problems_are_told_together_and_nothing_is_made(house: House) -> None:
    """30 §3.4, 00 ERR-04."""
    body = {
        "type": "poem", "webhook": "ftp://x", "users": [house.owner, 999], "groups": ["f" * 32], "folder_id": "0" * 32,
        "owner_id": 999, "prerun": [TEXT, {"label": "", "field_type": "radio", "required": True, "options": ["A"]}],
    }  # fmt: skip
    assert set(house.errors("create_checklist", body)) == {
        "title", "type", "webhook", "users.1", "groups.0", "folder_id", "owner_id", "prerun.1.label",
        "prerun.1.options",
    }  # fmt: skip
    assert house("list_checklists")["meta"]["pagination"]["total"] == 0


def test_put_demands_a_title(house: House) -> None:
    """30 §3.5."""
    made = house.template()
    for body in ({}, {"title": None}, {"title": "  "}, {"summary": "x"}):
        assert house.errors("update_checklist", body, checklist=made["id"]) == {
            "title": ["The title field is required."]
        }


def test_put_leaves_lists_that_are_absent_or_null_alone(house: House) -> None:
    """30 §3.5, 00 PUT-05."""
    made = house.template(users=[house.owner], prerun=[TEXT])
    same = house(
        "update_checklist", {"title": "B", "users": None, "prerun": None, "groups": None}, checklist=made["id"]
    )
    assert same["data"]["users"] == [house.owner]
    assert same["data"]["prerun"] == made["prerun"]
    assert same["data"]["title"] == "B"
    empty = house("update_checklist", {"title": "B", "users": [], "prerun": []}, checklist=made["id"])
    assert (empty["data"]["users"], empty["data"]["prerun"]) == ([], [])


def test_an_echoed_object_changes_nothing(house: House) -> None:
    """00 PUT-11: no revision, no event."""
    made = house.template(prerun=[TEXT], is_pinned=True)
    before = house.do(lambda unit: unit.all(EVENTS))
    again = house("update_checklist", made, checklist=made["id"])["data"]
    assert again == made
    assert house.revision == 1
    assert house.do(lambda unit: unit.all(EVENTS)) == before


def test_prerun_synchronises_by_id(house: House) -> None:
    """30 §3.5, 00 PUT-09: known ids change, others are made, the unlisted go, order by position."""
    made = house.template(prerun=[TEXT, {**TEXT, "label": "City"}, {**TEXT, "label": "Zip"}])
    name, city, _zip = made["prerun"]
    assert name["alias"].startswith("vendor-name-")
    body = [
        {"id": city["id"], "label": "Town", "alias": "other"},
        {**TEXT, "label": "Country"},
        {"id": name["id"], "position": 1},
    ]
    after = house("update_checklist", {"title": "V", "prerun": body}, checklist=made["id"])["data"]["prerun"]
    assert [one["label"] for one in after] == ["Town", "Vendor name", "Country"]
    assert [one["position"] for one in after] == [1, 2, 3]
    assert after[0]["id"] == city["id"]
    assert after[0]["alias"] == city["alias"]
    assert after[2]["id"] == after[2]["timeline_id"]
    assert len({one["field_no"] for one in after}) == 3


def test_a_kickoff_field_of_a_rule_stays(house: House) -> None:
    """30 §3.5 rule 3: 403, and nothing changes."""
    made = house.template(prerun=[TEXT])
    field = made["prerun"][0]["id"]
    with_rule(house, made["id"], Condition(id="c1", kind="kickoff", subject=field, operation="is_empty"))
    text = "Cannot delete a form field that is being used in a rule."
    body = {"title": "New", "prerun": []}
    assert house.refused("update_checklist", body, checklist=made["id"]) == (403, text)
    path = {"checklist": made["id"], "prerun": field}
    elsewhere = "Cannot delete a form field that is being used in a rule in other steps."
    assert house.refused("delete_prerun", **path) == (403, elsewhere)
    assert house("get_checklist", checklist=made["id"])["data"]["title"] == "Vendor intake"


def with_rule(house: House, template_id: str, *parts: Condition | Action) -> None:
    """Store a rule as the room of rules would."""
    conditions = tuple(part for part in parts if isinstance(part, Condition))
    actions = tuple(part for part in parts if isinstance(part, Action))
    rule = Rule(id="r1", name="Rule 1", conditions=conditions, actions=actions)

    def work(unit: Any) -> None:
        opened = open_template(unit, house.admin, template_id)
        store(unit, house.admin, opened, msgspec.structs.replace(opened.document, rules=(rule,)), [])

    house.do(work)


def test_versions_are_cut_on_the_first_change_after_a_launch(house: House) -> None:
    """30 §5.3: copy-on-write; ids stay."""
    made = house.template(prerun=[TEXT])
    step = house.step(made["id"])
    first = launch(house, made["id"])
    house("update_step", {"title": "Changed"}, checklist=made["id"], step=step["id"])
    house("update_step", {"title": "Again"}, checklist=made["id"], step=step["id"])
    second = house.do(lambda unit: launchable(unit, house.admin, made["id"]))
    assert second.version_id != first
    assert second.number == 2
    assert second.version.steps[step["id"]].title == "Again"
    old = house.do(lambda unit: compiled(unit, first))
    assert old.steps[step["id"]].title == "Check"
    assert old.launched
    read = house("get_checklist", checklist=made["id"])["data"]
    assert read["started_processes"] == 1


def test_settings_alone_cut_no_version(house: House) -> None:
    made = house.template()
    first = launch(house, made["id"])
    house("update_checklist", {"title": made["title"], "status": "In progress"}, checklist=made["id"])
    assert house.do(lambda unit: launchable(unit, house.admin, made["id"])).version_id == first


def test_the_type_of_a_launched_template_is_fixed(house: House) -> None:
    """30 §2.1."""
    made = house.template()
    changed = house("update_checklist", {"title": "V", "type": "form"}, checklist=made["id"])["data"]
    assert changed["type"] == "form"
    launch(house, made["id"])
    text = "The type of a launched template cannot be changed."
    assert house.errors("update_checklist", {"title": "V", "type": "procedure"}, checklist=made["id"]) == {
        "type": [text]
    }


def test_each_changed_attribute_is_an_event(house: House) -> None:
    """30 §3.5."""
    other = house.member()
    made = house.template()
    body = {"title": "New", "summary": "S", "owner_id": str(other.account_id), "users": [other.account_id]}
    assert house("update_checklist", body, checklist=made["id"])["data"]["owner_id"] == other.account_id
    assert house.revision == 2
    assert [tuple(one) for one in house.do(lambda unit: unit.all(EVENTS))][-4:] == [
        ("template.updated", "updated", "title"),
        ("template.updated", "owners-updated", "owner_id"),
        ("template.updated", "updated", "summary"),
        ("template.updated", "owners-updated", "members"),
    ]


@pytest.mark.parametrize(
    ("sent", "shown"),
    [("In progress", "in-progress"), ("in_progress", "in-progress"), ("active", "published"), (None, "started"),
     ("draft", "started"), ("FINISHING", "finishing")],
)  # fmt: skip
def test_status_words(house: House, sent: Any, shown: str) -> None:
    """30 §5.1."""
    made = house.template(status="finishing")
    after = house("update_checklist", {"title": "V", "status": sent}, checklist=made["id"])["data"]
    assert after["status"] == shown


def test_archive_and_restore(house: House) -> None:
    """30 §3.6, §3.7."""
    made = house.template()
    other = house.template("Other")
    step = house.step(other["id"], "Launches")
    house("update_step", {"bp_to_launch": made["id"]}, checklist=other["id"], step=step["id"])
    answer = house("archive_checklist", checklist=made["id"])
    assert answer == {
        "message": "The Template was deleted, and references were also deleted from:",
        "deleted_references": [{"type": "Step", "title": "Launches", "id": step["id"]}],
    }
    assert house.refused("get_checklist", checklist=made["id"])[0] == 404
    assert house.refused("update_checklist", {"title": "x"}, checklist=made["id"])[0] == 404
    assert house.refused("archive_checklist", checklist=made["id"])[0] == 404
    assert house.refused("create_step", {"title": "x"}, checklist=made["id"])[0] == 404
    assert house("get_checklist", checklist=made["id"], query="archived=1")["data"]["archived_at"] is not None
    only = house("list_checklists", query="archived=only")["data"]
    assert [one["id"] for one in only] == [made["id"]]
    assert house("restore_checklist", checklist=made["id"])["data"]["archived_at"] is None
    revision = house.revision
    assert house("restore_checklist", checklist=made["id"])["data"]["id"] == made["id"]
    assert house.revision == revision
    assert house("archive_checklist", checklist=other["id"])["deleted_references"] == []


def test_form_fields_is_one_object(house: House) -> None:
    """30 §3.12, 00 ENV-03."""
    made = house.template(prerun=[TEXT])
    step = house.step(made["id"])
    field = house.field(made["id"], step["id"])
    data = house("get_form_fields", checklist=made["id"])["data"]
    assert set(data) == {"id", "title", "form_fields", "ko_form_fields"}
    assert data["form_fields"][0]["id"] == field["id"]
    assert data["form_fields"][0]["step_name"] == "Check"
    assert data["ko_form_fields"] == made["prerun"]


def test_includes(house: House) -> None:
    """00 §8: wrapped, absent unless asked for."""
    made = house.template()
    house.step(made["id"])
    names = ("steps", "tags", "folder", "permissions", "stages", "linked_tasks", "assets", "member_watchers",
             "guest_watchers")  # fmt: skip
    read = house("get_checklist", checklist=made["id"], query=f"with={','.join(names)}")["data"]
    assert [one["title"] for one in read["steps"]["data"]] == ["Check"]
    assert read["permissions"]["data"]["checklist_edit"] == {"everyone": False, "users": [], "groups": []}
    assert all(read[name] == {"data": []} for name in names if name not in ("steps", "permissions", "folder"))
    assert read["folder"] == {"data": None}
    listed = house("list_checklists", query="with=steps")["data"][0]
    assert listed["steps"]["data"][0]["captures"] == []


def test_a_star_is_personal_and_needs_no_edit_right(house: House) -> None:
    """30 §2.1, §3.5."""
    house.settings = Settings(restrict_templates=False)
    made = house.template()
    reader = house.member()
    body = {"title": made["title"], "starred": True}
    assert house("update_checklist", body, by=reader, checklist=made["id"])["data"]["starred"] is True
    assert house.revision == 1
    assert house("get_checklist", checklist=made["id"])["data"]["starred"] is False
    assert house("list_checklists", by=reader, query="starred=1")["meta"]["pagination"]["total"] == 1
    assert house("list_checklists", query="starred=true")["meta"]["pagination"]["total"] == 0
    status, _ = house.refused("update_checklist", {"title": "Other", "starred": True}, by=reader, checklist=made["id"])
    assert status == 403
    house("update_checklist", {**body, "starred": False}, by=reader, checklist=made["id"])
    assert house("list_checklists", by=reader, query="starred=1")["meta"]["pagination"]["total"] == 0


def test_if_match(house: House) -> None:
    """00 CONC-01."""
    made = house.template()
    house.headers = {"if-match": '"7-abc"'}
    assert house.refused("update_checklist", {"title": "x"}, checklist=made["id"])[0] == 412
    house.headers = {"if-match": '"1-abc"'}
    assert house("update_checklist", {"title": "x"}, checklist=made["id"])["data"]["title"] == "x"


def test_drafts(house: House) -> None:
    """30 §5.2: never published, nothing launches; switched off, the draft is live."""
    made = house.template(dual_version_enabled=True)
    with pytest.raises(Exception, match="You can't launch a draft template"):
        launch(house, made["id"])
    house("update_checklist", {"title": "V", "dual_version_enabled": False}, checklist=made["id"])
    launch(house, made["id"])


# -- the list ---------------------------------------------------------------------------------------------------------


def titles(house: House, query: str = "", **more: Any) -> list[str]:
    return [one["title"] for one in house("list_checklists", query=query, **more)["data"]]


def test_list_filters_and_orders(house: House) -> None:
    """30 §3.2."""
    house.template("Alpha")
    house.template("Béta 50%", type="form", status="published")
    pinned = house.template("gamma", is_pinned=True)
    assert titles(house) == ["gamma", "Béta 50%", "Alpha"]
    assert titles(house, "sort=title") == ["gamma", "Alpha", "Béta 50%"]
    assert titles(house, "sort_by=-title") == ["gamma", "Béta 50%", "Alpha"]
    assert titles(house, "sort=created_at,-title") == ["gamma", "Alpha", "Béta 50%"]
    assert titles(house, "sort=nonsense") == ["gamma", "Béta 50%", "Alpha"]
    assert house.warnings == ["nonsense"]
    assert titles(house, "q=BETA") == ["Béta 50%"]
    assert titles(house, "q=50%25") == ["Béta 50%"]
    assert titles(house, "q=_") == []
    assert titles(house, f"q={pinned['id']}") == ["gamma"]
    assert titles(house, f"q={pinned['increment_id']}") == ["gamma"]
    assert titles(house, "type=form") == ["Béta 50%"]
    assert titles(house, "type=form,procedure&sort=title") == ["gamma", "Alpha", "Béta 50%"]
    assert titles(house, "status=completed") == ["Béta 50%"]
    assert titles(house, "status=active&sort=title") == ["gamma", "Alpha", "Béta 50%"]
    assert titles(house, "status=issue") == []
    assert titles(house, "status=archived") == []
    assert titles(house, f"owner_id={house.owner}&per_page=1") == ["gamma"]
    assert titles(house, "owner_id=999") == []
    assert titles(house, "folder=uncategorized&sort=title") == ["gamma", "Alpha", "Béta 50%"]
    assert titles(house, f"folder={'f' * 32}") == []
    assert titles(house, "tag=nothing") == []
    assert titles(house, "updated_since=2100-01-01") == []
    page = house("list_checklists", query="limit=2&page=2")
    assert [one["title"] for one in page["data"]] == ["Alpha"]
    assert page["meta"]["pagination"]["has_more_pages"] is False
    assert house.errors("list_checklists", query="owner_id=x") == {"owner_id": ["The owner id must be an integer."]}


def test_folders(house: House) -> None:
    """30 §3.2, §17.5; acceptance 7: filing leaves access lists alone; an unknown folder or one of processes is no."""

    def make(unit: Any) -> tuple[str, str, str]:
        outer = create_folder(unit, name="Outer", kind="template")
        inner = create_folder(unit, name="Inner", kind="template", parent_id=outer.id)
        return outer.id, inner.id, create_folder(unit, name="Tracker", kind="process").id

    outer, inner, tracker = house.do(make)
    house.template("Loose")
    made = house.template("Filed", users=[house.owner], default_folder=tracker)
    assert made["default_folder"] == tracker
    filed = house("update_checklist", {"title": "Filed", "folder_id": inner}, checklist=made["id"])["data"]
    assert (filed["folder_id"], filed["users"]) == (inner, [house.owner])
    for wrong in (tracker, "f" * 32, "x"):
        body = {"title": "Filed", "folder_id": wrong}
        assert set(house.errors("update_checklist", body, checklist=made["id"])) == {"folder_id"}
    assert titles(house, f"folder={inner}") == ["Filed"]
    assert titles(house, f"folder_id={outer}") == []
    assert titles(house, f"folder={outer}&entire_folder_tree=1") == ["Filed"]
    assert titles(house, f"folder={inner},uncategorized&sort=title") == ["Filed", "Loose"]
    read = house("get_checklist", checklist=made["id"], query="with=folder&entire_folder_tree=1")["data"]
    assert read["folder"]["data"]["parent"] == "Outer"
    assert [one["name"] for one in read["folder_tree"]] == ["Outer", "Inner"]
    house("archive_checklist", checklist=made["id"])
    assert house("restore_checklist", checklist=made["id"])["data"]["folder_id"] == inner
    assert (
        house("update_checklist", {"title": "F", "folder_id": None}, checklist=made["id"])["data"]["folder_id"] is None
    )


def test_another_form_may_stand_in_for_the_kickoff_form(house: House) -> None:
    """30 §2.1."""
    form, other = house.template("Form", type="form"), house.template("Other")
    made = house.template(ko_form_blueprint_id=form["id"])
    assert made["ko_form_blueprint_id"] == form["id"]
    body = {"title": "V", "ko_form_blueprint_id": other["id"]}
    assert set(house.errors("update_checklist", body, checklist=made["id"])) == {"ko_form_blueprint_id"}


def test_an_alias_is_unique_in_the_organization(house: House) -> None:
    """30 §2.1."""
    one, two = house.template("One"), house.template("Two")
    assert (
        house("update_checklist", {"title": "T", "alias": "Intake"}, checklist=one["id"])["data"]["alias"] == "intake"
    )
    for wrong in ("intake", "misc", "f" * 32):
        assert set(house.errors("update_checklist", {"title": "T", "alias": wrong}, checklist=two["id"])) == {"alias"}


def test_drafts_are_found_by_status(house: House) -> None:
    house.template("Plain")
    house.template("Draft", dual_version_enabled=True, summary='"drafts":true')
    assert titles(house, "status=draft") == ["Draft"]


# -- import -----------------------------------------------------------------------------------------------------------


def test_an_exported_object_comes_back_as_a_template(house: House) -> None:
    """30 §3.11 rules 1, 3, 4, 5, 6; acceptance 10."""
    source = house.template(prerun=[TEXT])
    one = house.step(source["id"], "One", assignees=[house.owner])
    anchored = {"value": 2, "unit": "days", "option": "from", "step": one["id"]}
    two = house.step(source["id"], "Two", deadline=anchored, guests=["a@b.co"])
    field = house.field(source["id"], two["id"], "Choice", field_type="radio", options=["A", "B"])
    exported = house("get_checklist", checklist=source["id"], query="with=steps,tags")["data"]
    exported["automated_actions"] = [{"id": "f" * 32}]
    exported["users"] = [house.owner, 4711]
    exported["steps"]["data"][0]["assignees"].append(815)
    exported["steps"]["data"][0]["roles"] = ["e" * 32]
    answer = house("create_checklist", exported)
    data = answer["data"]
    steps = house("list_steps", checklist=data["id"])["data"]
    assert [step["title"] for step in steps] == ["One", "Two"]
    assert steps[0]["id"] != one["id"]
    assert steps[1]["deadline"] == {**anchored, "step": steps[0]["id"]}
    assert steps[0]["assignees"] == [house.owner]
    assert steps[1]["guests"] == ["a@b.co"]
    assert steps[1]["captures"][0]["alias"] == field["alias"]
    assert steps[1]["captures"][0]["id"] != field["id"]
    assert data["prerun"][0]["alias"] == source["prerun"][0]["alias"]
    assert data["users"] == [house.owner]
    assert answer["import_report"] == {
        "steps": 2,
        "fields": 2,
        "rules": 0,
        "dropped": [
            {"type": "user", "ref": "4711", "where": "template"},
            {"type": "role", "ref": "e" * 32, "where": "step 1"},
            {"type": "user", "ref": "815", "where": "step 1"},
            {"type": "rule", "ref": "1", "where": "template"},
        ],
    }


def test_an_import_with_a_bad_step_makes_nothing(house: House) -> None:
    """30 §3.11 rule 7."""
    body = {
        "title": "T",
        "type": "procedure",
        "steps": [{"title": "Fine"}, {"captures": [{"label": "X", "field_type": "poem", "required": True}]}],
    }
    assert set(house.errors("create_checklist", body)) == {"steps.1.title", "steps.1.captures.0.field_type"}
    assert titles(house) == []
