"""Hide, show, duplicate, link, own forms, single answers, whole processes (spec 20 §7.2, §15, §16, §18)."""

from typing import Any

import msgspec
import pytest

from procession.engine.model import Stage
from procession.kernel.ids import new_id
from procession.kernel.unit import Unit
from procession.people.model import Actor, Settings
from procession.templates.editing import open_template, store
from tests.support.fixtures_server import Team
from tests.support.make import (
    UNKNOWN,
    Process,
    Template,
    events_of,
    launch,
    make_oneoff,
    make_process,
    make_tag,
    make_template,
    owners,
    unchanged,
)
from tests.support.server import Caller, Running

TEXT = {"label": "Name", "field_type": "text", "required": False}


def titles(by: Caller, process: Process) -> list[str]:
    """The titles of all tasks by position, without gaps."""
    found = by("GET", f"/O/runs/{process.id}/tasks?per_page=100").data
    assert [one["position"] for one in found] == list(range(1, len(found) + 1))
    return [one["title"] for one in found]


# -- hide and show -----------------------------------------------------------------------------------------------------


def test_hide_and_show_by_hand_20_16(server: Running, owner: Caller) -> None:
    process = make_process(owner)
    path = process.path()
    owner("PUT", path, {"status": "in-progress"})
    hidden = owner("PUT", f"{path}/hide").data
    assert (hidden["status"], hidden["is_hidden"], hidden["visibility_source"]) == ("auto-skipped", True, "manual")
    assert hidden["tasks_changed_by_rules"] == {}
    assert owner("GET", f"/O/runs/{process.id}").data["progress"]["total"] == 2
    assert process.tasks[0] not in {one["id"] for one in owner("GET", "/O/tasks").data}
    before = owner("GET", path)
    assert owner("PUT", f"{path}/hide").status == 200
    assert unchanged(before, owner("GET", path))
    shown = owner("PUT", f"{path}/show").data
    assert (shown["status"], shown["visibility_source"]) == ("in-progress", "manual")
    assert owner("PUT", f"{path}/show").data["last_updated"] == shown["last_updated"]
    kinds = [one[2:] for one in events_of(server, owner, process.tasks[0])]
    assert kinds[-2:] == [("status", "in-progress", "auto-skipped"), ("status", "auto-skipped", "in-progress")]


def test_what_cannot_be_hidden_20_16(team: Team) -> None:
    process = make_process(team.owner)
    path = process.path()
    adhoc = make_oneoff(team.owner, run_id=process.id).rsplit("/", 1)[1]
    refused = team.owner("PUT", f"/O/runs/{process.id}/tasks/{adhoc}/hide")
    assert (refused.status, refused.body["code"]) == (422, "ONEOFF_TASK")
    team.owner("PUT", path, {"owners": {"users": [team.light.user_id], "guests": [team.guest.email]}})
    for by, status in ((team.light, 403), (team.guest, 403), (team.standard, 404), (team.stranger, 404)):
        assert by("PUT", f"{path}/hide").status == status
    team.owner("PUT", path, {"owners": {"users": [team.standard.user_id]}})
    assert team.standard("PUT", f"{path}/hide").status == 200
    assert team.standard("PUT", f"{path}/show").status == 200
    team.owner("POST", f"/O/runs/{process.id}/completed-tasks", {"task_id": process.tasks[0]})
    for act in ("hide", "show"):
        refused = team.owner("PUT", f"{path}/{act}")
        assert (refused.status, refused.body["code"]) == (422, "TASK_COMPLETED")
    assert team.owner("PUT", f"/O/runs/{UNKNOWN}/tasks/{process.tasks[0]}/hide").status == 404


def test_hiding_the_last_open_task_completes_the_process_20_16(owner: Caller) -> None:
    process = make_process(owner, {"title": "Only"})
    owner("PUT", f"{process.path()}/hide")
    assert owner("GET", f"/O/runs/{process.id}").data["status"] == "complete"
    owner("PUT", f"{process.path()}/show")
    assert owner("GET", f"/O/runs/{process.id}").data["status"] == "active"


# -- clone -------------------------------------------------------------------------------------------------------------


def test_the_clone_of_a_process_task_20_15(server: Running, owner: Caller) -> None:
    process = make_process(owner)
    path, tag = process.path(), make_tag(owner)
    mate = server.member(owner, "standard").user_id
    owner("PUT", path, {
        "deadline": "2031-05-05T10:00:00Z", "summary": "<p>How</p>", "tags": [tag], "webhook": "https://x.example/y",
        "owners": {"users": [mate]}, "taskdata": {process.field("Company"): "Acme"}, "top_secret": True,
    })  # fmt: skip
    source = owner("GET", f"{path}?with=form_fields").data
    owner("PUT", f"{path}/hide")
    answer = owner("POST", f"{path}/clone?with=form_fields,tags")
    assert answer.status == 201
    copy = answer.data
    assert (copy["title"], copy["position"], copy["run_id"]) == ("First - Copy", 2, process.id)
    same = ("deadline", "started_at", "task_type", "webhook", "top_secret", "summary", "checklist_id", "stage_id")
    assert {name: copy[name] for name in same} == {name: source[name] for name in same}
    assert (copy["is_oneoff_task"], copy["step_id"], copy["linked_step_id"]) == (True, None, source["step_id"])
    assert (copy["status"], copy["is_hidden"], copy["taskdata"], owners(copy)) == (
        "not-started",
        False,
        {},
        ([mate], [], []),
    )
    assert copy["alias"] == f"{source['alias']}-copy"
    assert [one["tag_id"] for one in copy["tags"]["data"]] == [tag]
    labels = [[one["label"] for one in task["form_fields"]["data"]] for task in (source, copy)]
    assert labels[0] == labels[1]
    ids = [{one["id"] for one in task["form_fields"]["data"]} for task in (source, copy)]
    assert ids[0].isdisjoint(ids[1])
    assert titles(owner, process) == ["First", "First - Copy", "Second", "Third"]
    again = owner("POST", f"/O/tasks/{process.tasks[0]}/clone", {"title": "Mine", "owners": {"users": []}}).data
    assert (again["title"], again["alias"], owners(again)) == ("Mine", f"{source['alias']}-copy-2", ([], [], []))
    first = owner("GET", f"/O/activity-feeds?entity_type=task&entity_id={copy['id']}&sort=created_at").data[0]
    assert first["origin"] == {"data": {"type": "task", "id": process.tasks[0]}}
    feed = f"/O/activity-feeds?sort=created_at&origin_type=task&origin_id={process.tasks[0]}"
    assert [one["auditable_id"] for one in owner("GET", feed).data] == [copy["id"], again["id"]]


def test_the_clone_of_a_oneoff_task_20_15(team: Team) -> None:
    path = make_oneoff(team.owner, title="x" * 600, owners={"users": [], "guests": [team.guest.email], "groups": []})
    assert owners(team.owner("GET", path).data)[0] == [team.owner.user_id], "someone joins the guest (20 §6.3)"
    task = path.rsplit("/", 1)[1]
    team.owner("POST", "/O/completed-tasks", {"task_id": task})
    team.owner("DELETE", path)
    copy = team.owner("POST", f"{path}/clone").data
    assert copy["title"] == "x" * 593 + " - Copy"
    assert (copy["status"], copy["archived_at"], copy["completed_at"], copy["run_id"]) == (
        "not-started",
        None,
        None,
        None,
    )
    assert owners(copy) == ([team.owner.user_id], [team.guest.email], [])
    later = team.owner("POST", f"{path}/clone", {"deadline": "2032-02-02T02:00:00Z"}).data
    assert later["deadline"] == "2032-02-02T02:00:00Z"
    wrong = team.owner("POST", f"{path}/clone", {"deadline": "never", "title": "", "owners": {"users": [987654]}})
    assert set(wrong.errors) == {"deadline", "title", "owners.users.0"}
    for by, status in ((team.standard, 404), (team.stranger, 404), (team.guest, 403)):
        assert by("POST", f"{path}/clone").status == status


def test_a_process_that_takes_no_tasks_takes_no_clones_20_15(team: Team) -> None:
    process = make_process(team.owner)
    team.owner("PUT", process.path(), {"owners": {"users": [team.light.user_id]}})
    assert team.light("POST", f"{process.path()}/clone").status == 403
    team.owner("PUT", f"/O/runs/{process.id}", {"can_add_oot": False})
    refused = team.owner("POST", f"{process.path()}/clone")
    assert (refused.status, refused.body["message"]) == (422, "Ad-hoc tasks not allowed for this process")
    team.owner("DELETE", f"/O/runs/{process.id}")
    assert team.owner("POST", f"{process.path()}/clone").body["code"] == "RUN_ARCHIVED"


def test_a_task_without_deadline_has_a_clone_without_one_20_15(owner: Caller) -> None:
    process = make_process(owner)
    owner("PUT", process.path(), {"deadline": None})
    assert owner("POST", f"{process.path()}/clone").data["deadline"] is None


# -- update: what only one-off tasks have ------------------------------------------------------------------------------


def test_link_and_unlink_by_update_10_11_3(server: Running, owner: Caller) -> None:
    first, second = make_process(owner), make_process(owner)
    path = make_oneoff(owner, form_fields=[TEXT], taskdata={"0": "kept"})
    task = path.rsplit("/", 1)[1]
    linked = owner("PUT", path, {"run_id": first.id, "position": 2}).data
    assert (linked["run_id"], linked["position"], list(linked["taskdata"].values())) == (first.id, 2, ["kept"])
    assert titles(owner, first) == ["First", "Renew lease", "Second", "Third"]
    assert owner("GET", f"/O/runs/{first.id}").data["progress"]["total"] == 4
    before = owner("GET", path)
    assert owner("PUT", path, {"run_id": first.id}).status == 200
    assert unchanged(before, owner("GET", path))
    moved = owner("PUT", f"/O/runs/{first.id}/tasks/{task}", {"run_id": second.id, "title": "Moved"}).data
    assert (moved["run_id"], moved["position"], moved["title"]) == (second.id, 4, "Moved")
    assert titles(owner, first) == ["First", "Second", "Third"]
    alone = owner("PUT", path, {"run_id": None}).data
    assert (alone["run_id"], alone["run_status"], list(alone["taskdata"].values())) == (None, None, ["kept"])
    assert titles(owner, second) == ["First", "Second", "Third"]
    acts = [one[1] for one in events_of(server, owner, task)]
    assert [one for one in acts if "link" in one] == ["linked", "unlinked", "linked", "unlinked"]


def test_who_may_link_and_where_to_20_7_2(team: Team) -> None:
    process, other = make_process(team.owner), make_process(team.owner)
    path = make_oneoff(team.standard)
    assert team.standard("PUT", path, {"run_id": process.id, "title": ""}).errors == {
        "title": ["The title field is required."],
        "run_id": ["The selected run id is invalid."],
    }
    team.owner("PUT", process.path(), {"owners": {"users": [team.standard.user_id]}})
    assert team.standard("PUT", path, {"run_id": process.id}).status == 200
    assert team.standard("PUT", path, {"run_id": "x"}).errors == {"run_id": ["The selected run id is invalid."]}
    team.owner("PUT", f"/O/runs/{other.id}", {"can_add_oot": False})
    assert team.owner("PUT", path, {"run_id": other.id}).body["code"] == "ADHOC_NOT_ALLOWED"
    team.owner("DELETE", f"/O/runs/{other.id}")
    assert team.owner("PUT", path, {"run_id": other.id}).body["code"] == "RUN_ARCHIVED"
    assert team.owner("GET", path).data["run_id"] == process.id
    born = team.owner("GET", process.path())
    for body in ({"run_id": None}, {"checklist_id": None}, {"linked_step_id": UNKNOWN}, {"form_fields": [TEXT]}):
        assert team.owner("PUT", process.path(), body).status == 200
    assert unchanged(born, team.owner("GET", process.path())), "ignored on tasks of a process"


def test_links_to_templates_and_steps_20_7_2(team: Team) -> None:
    template = make_template(team.owner)
    path = make_oneoff(team.owner)
    linked = team.owner("PUT", path, {"checklist_id": template.id, "linked_step_id": template.steps[1]}).data
    assert (linked["checklist_id"], linked["linked_step_id"]) == (template.id, template.steps[1])
    team.owner("PUT", path, {"owners": {"users": [team.standard.user_id]}})
    echoed = team.standard("PUT", path, {"checklist_id": template.id, "linked_step_id": template.steps[1]})
    assert echoed.status == 200, "what is there may be sent back, seen or not"
    wrong = team.standard("PUT", path, {"checklist_id": UNKNOWN, "linked_step_id": template.steps[0]})
    assert set(wrong.errors) == {"checklist_id", "linked_step_id"}
    gone = team.owner("PUT", path, {"checklist_id": None, "linked_step_id": ""}).data
    assert (gone["checklist_id"], gone["linked_step_id"]) == (None, None)


def test_the_form_of_a_oneoff_task_changes_20_7_2(server: Running, owner: Caller) -> None:
    choice = {"label": "Size", "field_type": "radio", "required": False, "options": [{"text": "S"}, {"text": "L"}]}
    path = make_oneoff(owner, form_fields=[TEXT, choice], taskdata={"0": "a", "1": "S"})
    name, size = owner("GET", f"{path}?with=form_fields").data["form_fields"]["data"]
    changed = owner("PUT", f"{path}?with=form_fields", {"form_fields": [
        {"id": name["id"], "label": "Full name", "required": True},
        {"label": "Day", "field_type": "date", "required": False, "position": 1},
    ]}).data  # fmt: skip
    form = changed["form_fields"]["data"]
    assert [(one["label"], one["position"]) for one in form] == [("Full name", 1), ("Size", 2), ("Day", 3)]
    assert (form[0]["id"], form[0]["required"], form[0]["value"]) == (name["id"], True, "a")
    assert len({one["field_no"] for one in form}) == 3
    assert 0 not in {one["field_no"] for one in form}
    body = {"form_fields": [{"id": size["id"], "_delete": True}, {"id": form[2]["id"], "position": 1}]}
    fewer = owner("PUT", f"{path}?with=form_fields", body).data
    assert [one["label"] for one in fewer["form_fields"]["data"]] == ["Day", "Full name"]
    assert fewer["taskdata"] == {name["id"]: "a"}
    before = owner("GET", path)
    assert owner("PUT", path, {"form_fields": [{"id": name["id"], "label": "Full name"}]}).status == 200
    assert owner("PUT", path, {"form_fields": fewer["form_fields"]}).status == 200
    assert unchanged(before, owner("GET", path))
    wrong = {"form_fields": [{"id": UNKNOWN}, {"label": "x", "field_type": "cat", "required": True}, 7]}
    assert set(owner("PUT", path, {**wrong, "title": ""}).errors) == {
        "title", "form_fields.0.id", "form_fields.1.field_type", "form_fields.2",
    }  # fmt: skip


def with_stages(server: Running, owner: Caller, *titles: str) -> tuple[Template, list[str]]:
    """A template with milestones, and their ids; no route makes any."""
    template = make_template(owner)
    stages = tuple(Stage(id=new_id(), title=title, position=at) for at, title in enumerate(titles, 1))
    actor = Actor(
        principal=f"u{owner.user_id}", principals=(f"u{owner.user_id}",), role="admin", account_id=owner.user_id,
        email=owner.email, first_name="", last_name="", settings=Settings(),
    )  # fmt: skip

    def write(session: Any) -> None:
        unit = Unit(session, owner.organization, server.clock.now())
        opened = open_template(unit, actor, template.id)
        store(unit, actor, opened, msgspec.structs.replace(opened.document, stages=stages), [])

    server.database.command_now(write)
    return template, [one.id for one in stages]


def test_a_task_goes_to_another_milestone_10_17_3(owner: Caller, server: Running) -> None:
    template, stages = with_stages(server, owner, "Before", "After")
    process = launch(owner, template)
    moved = owner("PUT", process.path(), {"stage_id": stages[1]}).data
    assert moved["stage_id"] == stages[1]
    assert owner("PUT", process.path(), {"stage_id": UNKNOWN}).errors == {
        "stage_id": ["The selected stage id is invalid."]
    }
    assert owner("PUT", process.path(), {"stage_id": None}).data["stage_id"] is None


# -- one answer by id --------------------------------------------------------------------------------------------------


def test_answers_by_value_id_and_field_id_20_18(owner: Caller) -> None:
    process = make_process(owner)
    company = process.field("Company")
    first = owner("PUT", "/O/form-field/value", {"id": company, "form_value": "A", "task_id": process.tasks[0]}).data
    assert (first["id"], first["value"], first["task_id"]) == (company, "A", process.tasks[0])
    second = owner("PUT", "/O/form-field/value", {"id": first["unique_id"], "form_value": "B"}).data
    assert (second["unique_id"], second["value"]) == (first["unique_id"], "B")
    assert owner("PUT", "/O/form-field/value", {"id": company, "form_value": "C"}).data["value"] == "C", "only one task"
    other = launch(owner, process.template)
    ambiguous = owner("PUT", "/O/form-field/value", {"id": company, "form_value": "D"})
    assert ambiguous.errors == {"id": ["Ambiguous field id; send task_id."]}
    by_run = owner("PUT", "/O/form-field/value", {"id": company, "form_value": "E", "run_id": other.id}).data
    assert (by_run["task_id"], by_run["value"]) == (other.tasks[0], "E")
    cleared = owner("PUT", "/O/form-field/value", {"id": first["unique_id"], "form_value": None}).data
    assert (cleared["value"], cleared["unique_id"]) == (None, None)
    plan = process.field("Plan")
    wrong = owner("PUT", "/O/form-field/value", {"id": plan, "form_value": "Gold", "task_id": process.tasks[0]})
    assert wrong.errors == {"form_value": ["Invalid dropdown choice selected."]}
    for body in ({"id": UNKNOWN, "form_value": "x"}, {"id": 7, "form_value": "x"},
                 {"id": company, "form_value": "x", "task_id": process.tasks[1]},
                 {"id": UNKNOWN, "form_value": "x", "run_id": process.id}):  # fmt: skip
        assert owner("PUT", "/O/form-field/value", body).errors == {"id": ["The selected id is invalid."]}, body
    assert set(owner("PUT", "/O/form-field/value", {}).errors) == {"id", "form_value"}
    assert owner("PUT", "/O/form-field/value", {"id": company, "form_value": 1, "task_id": UNKNOWN}).status == 404


def test_a_field_of_a_oneoff_task_by_its_id_20_18(owner: Caller) -> None:
    path = make_oneoff(owner, form_fields=[TEXT])
    field = owner("GET", f"{path}?with=form_fields").data["form_fields"]["data"][0]["id"]
    assert owner("PUT", "/O/form-field/value", {"id": field, "form_value": "x"}).data["value"] == "x"
    assert owner("GET", path).data["taskdata"] == {field: "x"}


def test_kickoff_answers_by_id_20_18(owner: Caller) -> None:
    template = make_template(owner, {"title": "Only"}, kickoff=[{"label": "Who", "field_type": "text"}])
    process = launch(owner, template)
    body = {"id": template.kickoff["Who"], "form_value": "Ada", "run_id": process.id}
    saved = owner("PUT", "/O/form-field/value", body).data
    assert (saved["value"], saved["ko_form_field"]) == ("Ada", True)
    again = owner("PUT", "/O/form-field/value", {"id": saved["unique_id"], "form_value": "Bo"}).data
    assert (again["value"], again["unique_id"]) == ("Bo", saved["unique_id"])
    assert owner("GET", f"/O/runs/{process.id}").data["prerun"] == {template.kickoff["Who"]: "Bo"}


def test_who_saves_single_answers_20_18(team: Team) -> None:
    process = make_process(team.owner)
    company = process.field("Company")
    body: dict[str, Any] = {"id": company, "form_value": "x", "task_id": process.tasks[0]}
    for by, status in ((team.standard, 404), (team.light, 404), (team.guest, 404), (team.stranger, 404)):
        assert by("PUT", "/O/form-field/value", body).status == status
    team.owner("PUT", process.path(), {"owners": {"users": [team.light.user_id], "guests": [team.guest.email]}})
    for by in (team.light, team.guest):
        assert by("PUT", "/O/form-field/value", body).data["value"] == "x"
    team.owner("POST", "/O/completed-tasks", {"task_id": process.tasks[0]})
    assert team.owner("PUT", "/O/form-field/value", {**body, "form_value": "y"}).body["code"] == "TASK_COMPLETED"


def test_answers_in_the_name_of_a_guest_20_18(server: Running, team: Team) -> None:
    process = make_process(team.owner)
    route = f"/O/guests/{team.guest.email}/form-field/value"
    body = {"id": process.field("Company"), "form_value": "x", "task_id": process.tasks[0]}
    assert team.owner("POST", route, body).status == 403, "the guest is not assigned"
    team.owner("PUT", process.path(), {"owners": {"guests": [team.guest.email]}})
    assert team.owner("POST", route, body).data["value"] == "x"
    assert team.standard("POST", route, body).status == 404
    assert team.guest("POST", route, body).status == 200  # he himself (40 §14.7)
    assert team.owner("POST", "/O/guests/nobody@x.example/form-field/value", body).status == 404
    feed = f"/O/activity-feeds?entity_type=task&entity_id={process.tasks[0]}"
    entries = team.owner("GET", f"{feed}&field=Company").data
    assert [one["actor"][0]["email"] for one in entries] == [team.guest.email]
    (by_member,) = team.owner(
        "GET", f"/O/activity-feeds?entity_type=task&entity_id={process.tasks[0]}&field=guest"
    ).data
    assert (by_member["actor"][0]["email"], by_member["new_value"]) == (team.owner.email, [team.guest.email])


# -- whole processes ---------------------------------------------------------------------------------------------------


def test_force_complete_10_9_5(server: Running, team: Team) -> None:
    template = make_template(
        team.owner,
        {"title": "One", "captures": [{**TEXT, "required": True}]},
        {"title": "Two", "step_type": "expiring"},
        {"title": "Three"},
        kickoff=[{"label": "Who", "field_type": "text", "required": True}],
    )
    process = launch(team.owner, template, prerun={template.kickoff["Who"]: "Ada"})
    team.owner("DELETE", f"/O/runs/{process.id}/complete-prerun")
    team.owner("PUT", f"{process.path(2)}/hide")
    told = team.owner("POST", f"/O/runs/{process.id}/complete")
    assert (told.status, told.body["code"], set(told.body["errors"])) == (
        422,
        "PROCESS_NOT_COMPLETE",
        {"tasks", "prerun"},
    )
    done = team.owner("POST", f"/O/runs/{process.id}/complete", {"force": True}).data
    assert (done["status"], done["progress"]) == ("complete", {"complete": 2, "total": 2, "percent": 100})
    assert done["completed_at"] is not None
    assert done["prerun_completed_at"] is not None
    tasks = team.owner("GET", f"/O/runs/{process.id}/tasks").data
    assert [(one["status"], one["is_approved"]) for one in tasks] == [
        ("completed", None), ("completed", True), ("auto-skipped", None),
    ]  # fmt: skip
    assert {one["completer_id"] for one in tasks[:2]} == {team.owner.user_id}
    fields = [one[2] for one in events_of(server, team.owner, process.id) if one[1] == "completed"]
    assert fields == ["force_completed", None]
    again = team.owner("POST", f"/O/runs/{process.id}/complete", {"force": True}).data
    assert again["last_updated"] == done["last_updated"]
    assert team.owner("GET", "/O/me/tasks").data == []


def test_who_forces_a_process_to_complete_10_4_2(team: Team) -> None:
    process = make_process(team.owner)
    route = f"/O/runs/{process.id}/complete"
    assert team.standard("POST", route, {"force": True}).status == 404
    users = [team.standard.user_id, team.light.user_id]
    team.owner("PUT", process.path(), {"owners": {"users": users, "guests": [team.guest.email]}})
    for by in (team.standard, team.light, team.guest):
        assert by("POST", route, {"force": True}).status == 403
    assert team.owner("POST", route, {"force": "maybe"}).errors == {"force": ["The force field must be true or false."]}
    team.owner("PUT", f"/O/runs/{process.id}", {"owner_id": team.standard.user_id})
    assert team.standard("POST", route, {"force": True}).data["status"] == "complete"
    team.owner("DELETE", f"/O/runs/{process.id}")
    assert team.owner("POST", route, {"force": True}).body["code"] == "RUN_ARCHIVED"


# -- stars -------------------------------------------------------------------------------------------------------------


def test_guests_have_favourites_of_their_own_10_4_2(team: Team) -> None:
    process = make_process(team.owner)
    path = f"/O/runs/{process.id}"
    assert team.guest("PUT", path, {"starred": True}).status == 404
    team.owner("PUT", process.path(), {"owners": {"guests": [team.guest.email]}})
    assert team.guest("PUT", path, {"starred": True}).data["starred"] is True
    assert team.owner("GET", path).data["starred"] is False
    assert [one["id"] for one in team.guest("GET", "/O/runs?status=starred").data] == [process.id]
    assert team.owner("GET", "/O/runs?status=starred").data == []
    assert team.guest("PUT", path, {"starred": False}).data["starred"] is False


@pytest.mark.parametrize("how", ["complete", "reopen"])
def test_personal_lists_follow_a_change_of_type_and_state_env_14(owner: Caller, how: str) -> None:
    """The copies that assignments hold: type, state, deadline (house plan §4)."""
    process = make_process(owner, {"title": "Only"})
    path = process.path()
    owner("PUT", path, {"owners": {"users": [owner.user_id]}, "deadline": "2020-01-01T00:00:00Z"})

    def counted() -> tuple[int, int]:
        meta = owner("GET", "/O/me/tasks").body["meta"]
        return meta["pagination"]["total"], meta["overdue_tasks"]

    assert counted() == (1, 1)
    owner("PUT", path, {"task_type": "expiring"})
    assert counted() == (1, 0)
    owner("PUT", path, {"task_type": "task"})
    assert counted() == (1, 1)
    owner("PUT", path, {"deadline": None})
    assert counted() == (1, 0)
    owner("PUT", path, {"deadline": "2020-01-01T00:00:00Z"})
    owner("PUT", f"{path}/hide")
    assert counted() == (0, 0)
    owner("PUT", f"{path}/show")
    assert counted() == (1, 1)
    owner("POST", "/O/completed-tasks", {"task_id": process.tasks[0]})
    assert counted() == (0, 0)
    if how == "reopen":
        owner("DELETE", f"/O/completed-tasks/{process.tasks[0]}")
        assert counted() == (1, 1)
        owner("DELETE", f"/O/runs/{process.id}")
        assert counted() == (0, 0)
        owner("PUT", f"/O/runs/{process.id}/activate")
        assert counted() == (1, 1)
