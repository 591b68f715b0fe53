"""Launch a process (spec 10 §6)."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from procession.accounts.tokens import digest
from procession.kernel.sql import ROWS, Query, organization
from procession.kernel.tables import events
from procession.kernel.unit import Unit
from procession.people.authenticate import authenticate_member
from procession.templates.launching import launchable
from procession.work.launch import LaunchOrder, launch
from procession.work.update import Options
from tests.support.fixtures_server import Team
from tests.support.make import UNKNOWN, Template, events_of, make_group, make_oneoff, make_tag, make_template, owners
from tests.support.make import launch as launched
from tests.support.server import Answer, Caller, Running

ONE: dict[str, Any] = {"title": "Only"}
CREATED: Query[dict[str, Any]] = Query(
    sa.select(events.c.new).where(
        organization(events), events.c.kind == "task.created", events.c.process_id == sa.bindparam("process")
    ),
    dict,
)


def post(by: Caller, template: Template | str, query: str = "", **members: Any) -> Answer:
    template_id = template if isinstance(template, str) else template.id
    return by("POST", f"/O/runs{query}", {"checklist_id": template_id, **members})


def tasks_of(by: Caller, run_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = by("GET", f"/O/runs/{run_id}/tasks?per_page=100&sort=position").data
    return sorted(found, key=lambda task: int(task["position"]))


def first_owners(by: Caller, template: Template, **members: Any) -> tuple[list[int], list[str], list[str]]:
    """Who gets the first task of a launch."""
    return owners(tasks_of(by, post(by, template, **members).data["id"])[0])


def make_folder(by: Caller, kind: str = "run") -> str:
    made: str = by("POST", "/O/folders", {"name": uuid.uuid4().hex[:12], "folder_type": kind}).data["id"]
    return made


def configure(by: Caller, template: Template, **members: Any) -> None:
    title = by("GET", f"/O/checklists/{template.id}").data["title"]
    answer = by("PUT", f"/O/checklists/{template.id}", {"title": title, **members})
    assert answer.status == 200, answer.body


# -- the answer --------------------------------------------------------------------------------------------------------


def test_6_7_a_launch_answers_the_whole_run(server: Running, owner: Caller) -> None:
    template = make_template(owner, ONE, {"title": "Two"}, kickoff=[{"label": "Customer", "field_type": "text"}])
    customer = template.kickoff["Customer"]
    other, tag, folder = server.member(owner, "standard").user_id, make_tag(owner), make_folder(owner)
    parent = post(owner, template, name="Parent").data["id"]
    answer = post(
        owner,
        template,
        name=" Onboarding - Globex ",
        summary="<p>VIP</p>",
        owner_id=str(other),
        starred=True,
        is_public="yes",
        publicly_hidden_fields=["comments"],
        parent_id=parent,
        prerun={customer: "Globex"},
        tags=[tag],
        users=[other],
        groups=[],
        folders=[folder],
        assign_someone_else=False,
        metadata={"crm": 7},
        id=UNKNOWN,
        organization_id=UNKNOWN,
        status="archived",
    )
    assert answer.status == 201
    data = answer.data
    assert data["id"] != UNKNOWN
    shown = {
        "checklist_id": template.id, "checklist_title": "Onboarding", "type": "procedure", "status": "active",
        "name": "Onboarding - Globex", "summary": "<p>VIP</p>", "owner_id": other, "started_by": owner.user_id,
        "starred": True, "is_public": True, "publicly_hidden_fields": ["comments"], "parent_id": parent,
        "prerun": {customer: "Globex"}, "prerun_status": "complete", "prerun_completed_by": owner.user_id,
        "prerun_length": 1, "tags": [tag], "folders": [folder], "users": [other], "groups": [],
        "assign_someone_else": False, "metadata": {"crm": 7}, "can_add_oot": True, "archived_at": None,
        "progress": {"complete": 0, "total": 2, "percent": 0}, "collaborators": sorted({owner.user_id, other}),
    }  # fmt: skip
    assert {name: data[name] for name in shown} == shown
    assert data["started_at"] == data["created_at"] == data["prerun_completed_at"]
    assert data["organization_id"] == owner.organization
    verbs = [(kind, verb) for kind, verb, *_ in events_of(server, owner, data["id"])]
    assert verbs == [("process.created", "created")]
    read = owner("GET", f"/O/runs/{data['id']}").data
    assert read == {name: value for name, value in data.items() if name not in ("tags", "folders")}


def test_6_1_blank_means_not_supplied(owner: Caller) -> None:
    template = make_template(owner, ONE)
    names = "owner_id user_id starred is_public parent_id tasks roles assign_someone_else folders"
    blank: dict[str, Any] = dict.fromkeys(names.split())
    blank |= {"name": " ", "summary": "", "tags": [], "users": [], "groups": [], "prerun": [], "metadata": {}}
    data = owner("POST", "/O/runs", {"checklist_id": template.id, **blank}).data
    assert data["name"].startswith("Onboarding - ")
    assert (data["owner_id"], data["assign_someone_else"], data["starred"]) == (owner.user_id, True, False)
    assert "metadata" not in data


def test_6_1_templates_by_other_names(owner: Caller) -> None:
    template = make_template(owner, ONE)
    alias = owner("GET", f"/O/checklists/{template.id}").data["alias"]
    named = {"blueprint_id": template.id, "checklist_public_name": alias, "checklist_id": template.id.upper()}
    for name, value in named.items():
        assert owner("POST", "/O/runs", {name: value}).data["checklist_id"] == template.id


def test_11_1_an_empty_process(team: Team) -> None:
    missing = post(team.owner, "misc")
    assert missing.errors == {"name": ["The name field is required."]}
    for caller in (team.owner, team.standard):
        data = post(caller, "misc", name="Project").data
        assert (data["type"], data["status"], data["name"]) == ("procedure", "active", "Project")
        assert data["progress"] == {"complete": 0, "total": 0, "percent": 0}
        assert post(caller, data["checklist_id"], name="Again").status == 201  # its real id works too
    assert post(team.light, "misc", name="Project").status == 403


# -- refusals ----------------------------------------------------------------------------------------------------------


def test_6_2_404_then_403_then_422(server: Running, team: Team) -> None:
    template = make_template(team.owner, ONE)
    assert owner_error(team.owner("POST", "/O/runs", {"name": "x"})) == ["The checklist_id field is required."]
    for unknown in (UNKNOWN, "nothing-like-it"):
        answer = post(team.owner, unknown, owner_id="nobody")
        assert (answer.status, answer.body["code"]) == (404, "RESOURCE_NOT_FOUND")
    assert post(team.stranger, template).status == 404
    for caller in (team.standard, team.light, team.guest):
        answer = post(caller, template, owner_id="nobody")
        assert answer.status == 403
        assert answer.body["message"] == "Permission denied: cannot launch process from this template."
    team.owner("DELETE", f"/O/checklists/{template.id}")
    assert post(team.owner, template).status == 404


def owner_error(answer: Answer) -> list[str]:
    return answer.errors["checklist_id"]


def test_6_1_only_administrators_launch_for_others(server: Running, team: Team) -> None:
    template = make_template(team.owner, ONE, users=[team.standard.user_id])
    assert post(team.standard, template, user_id=team.owner.user_id).status == 403
    assert post(team.standard, template, user_id=str(team.standard.user_id)).status == 201
    data = post(team.owner, template, user_id=team.light.user_id).data
    assert (data["started_by"], data["owner_id"]) == (team.light.user_id, team.light.user_id)
    assert first_owners(team.owner, template, user_id=team.light.user_id)[0] == [team.light.user_id]


def test_6_2_drafts_are_not_launched(owner: Caller) -> None:
    template = make_template(owner, ONE)
    configure(owner, template, dual_version_enabled=True)
    answer = post(owner, template)
    assert (answer.status, answer.body["code"]) == (422, "TEMPLATE_DRAFT")
    assert answer.body["message"] == "You can't launch a draft template."


@pytest.mark.parametrize(
    ("members", "path", "text"),
    [
        ({"name": "x" * 551}, "name", "The name may not be greater than 550 characters."),
        ({"owner_id": 999_999_999}, "owner_id", "The selected owner_id is invalid."),
        ({"owner_id": "amy"}, "owner_id", "The selected owner_id is invalid."),
        ({"user_id": 999_999_999}, "user_id", "The selected user_id is invalid."),
        ({"parent_id": UNKNOWN}, "parent_id", "The selected parent_id is invalid."),
        ({"tags": [UNKNOWN]}, "tags.0", "The selected tag is invalid."),
        ({"folders": [UNKNOWN]}, "folders.0", "The selected folder is invalid."),
        ({"groups": [UNKNOWN]}, "groups.0", "The selected group does not exist."),
        ({"users": [999_999_999]}, "users.0", "The selected user is not an active member of this organization."),
        ({"prerun": 5}, "prerun", "prerun must be an object keyed by kick-off field id"),
        ({"prerun": [5]}, "prerun", "prerun must be an object keyed by kick-off field id"),
        ({"tasks": [1]}, "tasks", "The tasks must be an object keyed by step id."),
        ({"tasks": {UNKNOWN: {}}}, f"tasks.{UNKNOWN}", "Step not found"),
        ({"tasks": {UNKNOWN: 3}}, f"tasks.{UNKNOWN}", "The step must be an object."),
        ({"roles": "x"}, "roles", "The roles must be an object keyed by job title id."),
        ({"metadata": [1]}, "metadata", "The metadata must be an object."),
    ],
)
def test_6_7_what_is_wrong_is_named(owner: Caller, members: dict[str, Any], path: str, text: str) -> None:
    answer = post(owner, make_template(owner, ONE), **members)
    assert answer.errors == {path: [text]}
    assert answer.body["message"] == text
    assert owner("GET", "/O/runs").data == []


def test_6_2_every_problem_is_told_at_once(owner: Caller) -> None:
    template = make_template(owner, ONE, kickoff=[{"label": "Customer", "field_type": "text", "required": True}])
    step = template.steps[0]
    answer = post(
        owner,
        template,
        name="x" * 551,
        owner_id=999_999_999,
        tags=[UNKNOWN],
        tasks={step: {"deadline": "yesterdayish", "owners": {"users": [999_999_999]}, "position": 0}},
    )
    assert set(answer.errors) == {
        "name", "owner_id", "tags.0", f"prerun.{template.kickoff['Customer']}", f"tasks.{step}.deadline",
        f"tasks.{step}.owners.users.0", f"tasks.{step}.position",
    }  # fmt: skip


# -- names -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "name", "expected"),
    [
        ({"auto_naming": False}, "Given", "Given"),
        ({"auto_naming": False}, None, "Onboarding - Feb 20, 2026"),
        ({"auto_naming": True, "allow_launcher_change_name": False}, "Given", "New hire - Jane - Gold"),
        ({"auto_naming": True, "allow_launcher_change_name": True}, "Given", "Given"),
        ({"auto_naming": True, "allow_launcher_change_name": True}, None, "New hire - Jane - Gold"),
    ],
)
def test_6_4_names(server: Running, owner: Caller, settings: dict[str, Any], name: str | None, expected: str) -> None:
    template = make_template(
        owner,
        ONE,
        kickoff=[
            {"label": "Who", "field_type": "text", "required": True},
            {"label": "Plan", "field_type": "dropdown", "required": True, "options": [{"text": "Gold"}]},
        ],
    )
    aliases = {one["label"]: one["alias"] for one in owner("GET", f"/O/checklists/{template.id}").data["prerun"]}
    pattern = f"New hire - {{{{{aliases['Who']}}}}} - {{{{{aliases['Plan']}}}}}"
    configure(owner, template, default_process_name_format=pattern, **settings)
    answers = {template.kickoff["Who"]: "Jane", template.kickoff["Plan"]: {"id": 1, "text": "Gold"}}
    server.clock.stop(datetime(2026, 2, 20, 9, tzinfo=UTC))
    try:
        assert post(owner, template, name=name, prerun=answers).data["name"] == expected
    finally:
        server.clock.resume()


# -- kick-off answers --------------------------------------------------------------------------------------------------


def test_6_3_answers_in_every_container(owner: Caller) -> None:
    template = make_template(owner, ONE, kickoff=[{"label": one, "field_type": "text"} for one in "AB"])
    a, b = template.kickoff["A"], template.kickoff["B"]
    full = {a: "1", b: "2"}
    containers: Sequence[Any] = (
        full,
        [{a: "1"}, {b: "2"}],
        [{a: "0"}, full],
        [{"id": a, "value": "1"}, {"field_id": b, "value": "2"}],
    )
    for container in containers:
        assert post(owner, template, prerun=container).data["prerun"] == full
    assert post(owner, template, prerun_data=full).data["prerun"] == full
    blanks: Sequence[Any] = (None, [], {}, "")
    for empty in blanks:
        assert post(owner, template, prerun=empty).data["prerun"] == {}


def test_6_3_unknown_keys_are_dropped_and_told(owner: Caller) -> None:
    template = make_template(owner, ONE, kickoff=[{"label": "A", "field_type": "text"}])
    (field,) = owner("GET", f"/O/checklists/{template.id}").data["prerun"]
    answer = post(owner, template, prerun={"A": "label", field["alias"]: "alias", UNKNOWN: 1})
    assert (answer.status, answer.data["prerun"]) == (201, {})
    keys = ["A", field["alias"], UNKNOWN]
    assert answer.body["meta"]["warnings"] == [{"code": "UNKNOWN_PRERUN_KEY", "key": key} for key in keys]
    assert post(owner, template, "?match=alias", prerun={field["alias"]: "x"}).data["prerun"] == {field["id"]: "x"}
    assert list(post(owner, template, "?strict=true", prerun={UNKNOWN: 1}).errors) == [f"prerun.{UNKNOWN}"]


def test_6_3_required_answers_and_defaults(server: Running, owner: Caller) -> None:
    template = make_template(
        owner,
        ONE,
        kickoff=[
            {"label": "Customer", "field_type": "text", "required": True},
            {"label": "Title", "field_type": "text", "required": True, "default_value_enabled": True,
             "default_value": "{{TEMPLATE_NAME}} of {{DATE}}"},
            {"label": "Tools", "field_type": "multiselect", "required": True, "options": [{"text": "Slack"}]},
        ],
    )  # fmt: skip
    ids = template.kickoff
    for blank in ("", "  ", None):
        assert post(owner, template, prerun={ids["Customer"]: blank}).errors == {
            f"prerun.{ids['Customer']}": ["Customer is required"],
            f"prerun.{ids['Tools']}": ["At least one item of Tools must be checked."],
        }
    chosen = [{"id": 1, "text": "Slack", "selected": True}]
    server.clock.stop(datetime(2026, 2, 20, 9, tzinfo=UTC))
    try:
        data = post(owner, template, prerun={ids["Customer"]: "Globex", ids["Tools"]: chosen}).data
    finally:
        server.clock.resume()
    title = "Onboarding of Feb 20, 2026"
    assert data["prerun"] == {ids["Customer"]: "Globex", ids["Title"]: title, ids["Tools"]: chosen}
    unselected = [{"id": 1, "text": "Slack"}]
    answer = post(owner, template, prerun={ids["Customer"]: "Globex", ids["Tools"]: unselected})
    assert list(answer.errors) == [f"prerun.{ids['Tools']}"]


# -- owners ------------------------------------------------------------------------------------------------------------


def test_6_5_owner_precedence(server: Running, owner: Caller) -> None:
    one, two = (server.member(owner, "standard").user_id for _ in range(2))
    group = make_group(owner, [two])
    named = make_template(owner, {"title": "T", "assignees": [one], "groups": [group]})
    step = named.steps[0]
    assert first_owners(owner, named) == ([one], [], [group])  # the template's, the starter is not added
    body = {"users": [two]}
    assert first_owners(owner, named, tasks={step: {"owners": body}}) == ([two], [], [])
    assert first_owners(owner, named, tasks={step: body}) == ([two], [], [])  # the older flat form (MID-06)
    blanks: Sequence[Any] = ({"users": [], "groups": [], "guests": []}, {}, None)
    for empty in blanks:
        assert first_owners(owner, named, tasks={step: {"owners": empty}}) == ([one], [], [group])
    assert first_owners(owner, named, tasks={step: {"unassigned": True}}) == ([], [], [])
    assert first_owners(owner, make_template(owner, {"title": "T"})) == ([owner.user_id], [], [])
    left = make_template(owner, {"title": "T", "assign_run_starter": False})
    assert first_owners(owner, left) == ([], [], [])


def test_6_5_a_guest_is_never_alone(server: Running, owner: Caller) -> None:
    boss = server.member(owner, "standard").user_id
    template = make_template(owner, {"title": "T", "guests": ["ap@vendor.example"]})
    assert first_owners(owner, template, owner_id=boss) == ([boss], ["ap@vendor.example"], [])
    body = {template.steps[0]: {"owners": {"guests": ["new@vendor.example"]}}}
    assert first_owners(owner, template, tasks=body) == ([owner.user_id], ["new@vendor.example"], [])
    member = server.member(owner, "standard")
    body = {template.steps[0]: {"owners": {"guests": [member.email]}}}
    assert list(post(owner, template, tasks=body).errors) == [f"tasks.{template.steps[0]}.owners.guests.0"]


def test_6_5_max_assignable_binds_the_body_only(server: Running, owner: Caller) -> None:
    people = [server.member(owner, "standard").user_id for _ in range(2)]
    group = make_group(owner, people[:1])
    template = make_template(owner, {"title": "T", "groups": [group], "max_assignable": 1})
    assert owner("PUT", f"/O/groups/{group}", {"members": people}).data["members"]  # it grew since
    assert first_owners(owner, template) == ([], [], [group])
    step = template.steps[0]
    assert list(post(owner, template, tasks={step: {"owners": {"users": people}}}).errors) == [f"tasks.{step}.owners"]
    more = {step: {"owners": {"users": people}, "max_assignable": 2}}
    assert first_owners(owner, template, tasks=more) == (people, [], [])
    # A surplus that comes from the template is kept, and the activity names it (30 §10.5).
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({}, ["Task “T” was given to 2 people; its step allows 1"]),
        ({"tasks": more}, []),
    ]
    for given, told in cases:
        task = tasks_of(owner, post(owner, template, **given).data["id"])[0]["id"]
        feed = owner("GET", f"/O/activity-feeds?entity_type=task&entity_id={task}").data
        assert [one["description"][0] for one in feed if one["field"] == ["max_assignable"]] == told


def test_6_5_dates_titles_places_and_left_out_steps(server: Running, owner: Caller) -> None:
    template = make_template(owner, *({"title": one} for one in "ABCD"))
    a, b, c, d = template.steps
    aliases = {one["id"]: one["alias"] for one in owner("GET", f"/O/checklists/{template.id}/steps").data}
    overrides = {
        a: {"deadline": "2031-03-01T17:00:00Z", "started_at": "2031-02-01 09:00:00", "title": " New ", "summary": "S"},
        b: {"skip": True},
        aliases[c]: {"taskdata": {"deadline": "2031-04-01 17:00:00"}},
        d.upper(): {"position": 1},
    }
    found = tasks_of(owner, post(owner, template, tasks=overrides).data["id"])
    assert [(one["title"], one["position"]) for one in found] == [("D", 1), ("New", 2), ("C", 3)]
    moved = found[1]
    assert (moved["deadline"], moved["started_at"]) == ("2031-03-01T17:00:00Z", "2031-02-01T09:00:00Z")
    assert found[2]["deadline"] == "2031-04-01T17:00:00Z"
    assert owner("GET", f"/O/tasks/{moved['id']}").data["summary"] == "S"


def test_6_5_a_note_to_the_guests_is_kept_with_the_assignment(server: Running, owner: Caller) -> None:
    """What mails will be made from; it is no part of the owners."""
    template = make_template(owner, {"title": "A"}, {"title": "B"})
    a, b = template.steps
    given = {"guests": ["g@client.example"], "guests_note": " Please be quick "}
    made = post(owner, template, tasks={a: {"owners": given}, b: {"owners": {"guests_note": ""}}}).data
    first, second = tasks_of(owner, made["id"])
    told = server.database.read_now(
        lambda session: Unit(session, owner.organization, server.clock.now()).all(CREATED, process=made["id"])
    )
    notes = {one["task"]["id"]: one.get("guests_note") for one in told if "task" in one}
    assert notes == {first["id"]: "Please be quick", second["id"]: None}
    assert first["owners"]["guests"] == ["g@client.example"]
    for wrong in (5, "x" * 5001):
        answer = post(owner, template, tasks={a: {"owners": {**given, "guests_note": wrong}}})
        assert list(answer.errors) == [f"tasks.{a}.owners.guests_note"]


def test_6_5_mandatory_steps_are_not_left_out(owner: Caller) -> None:
    template = make_template(owner, {"title": "T", "skip_start_process": True})
    answer = post(owner, template, tasks={template.steps[0]: {"skip": True}})
    assert list(answer.errors) == [f"tasks.{template.steps[0]}.skip"]


def test_6_2_deadlines_count_from_the_launch(server: Running, owner: Caller) -> None:
    rule = {"value": 2, "unit": "days", "option": "from", "step": "start_run"}
    template = make_template(
        owner,
        {"title": "A", "deadline": rule},
        {"title": "B", "deadline": {"value": 1, "unit": "days", "option": "from", "step": 0}},
    )
    server.clock.stop(datetime(2026, 2, 18, 9, tzinfo=UTC))
    try:
        data = post(owner, template).data
        first, second = tasks_of(owner, data["id"])
    finally:
        server.clock.resume()
    assert first["deadline"] == "2026-02-20T09:00:00Z"
    assert second["deadline"] is not None
    assert data["due_date"] == first["deadline"]


# -- policies ----------------------------------------------------------------------------------------------------------


def test_6_6_tags_of_body_and_template(owner: Caller) -> None:
    template, one = make_template(owner, ONE), make_tag(owner)
    assert post(owner, template, tags=[one, one]).data["tags"] == [one]


def test_6_6_default_folder(owner: Caller) -> None:
    template, own, default = make_template(owner, ONE), make_folder(owner), make_folder(owner)
    configure(owner, template, default_folder=default, folder_changeable_by_launcher=False)
    assert post(owner, template).data["folders"] == [default]
    assert post(owner, template, folders=[own]).data["folders"] == [default]
    configure(owner, template, folder_changeable_by_launcher=True)
    assert post(owner, template, folders=[own]).data["folders"] == [own]
    assert post(owner, template).data["folders"] == [default]


def test_6_6_a_demanded_folder_or_tag_is_made_once(owner: Caller) -> None:
    template = make_template(owner, ONE, title=f"Onboarding of new people {uuid.uuid4().hex}")
    title = owner("GET", f"/O/checklists/{template.id}").data["title"]
    configure(owner, template, folderize_process=True, tag_process=True)
    first = post(owner, template, "?with=tags,folders").data
    second = post(owner, template, "?with=tags,folders").data
    (tag,), (folder,) = first["tags"]["data"], first["folders"]["data"]
    assert (tag["title"], tag["auto_generated"]) == (title[:30].strip(), True)
    assert folder["name"] == title[:32].strip()
    assert second["tags"]["data"][0]["tag_id"] == tag["tag_id"]
    assert second["folders"]["data"][0]["folder_id"] == folder["folder_id"]
    own_tag, own_folder = make_tag(owner), make_folder(owner)
    third = post(owner, template, tags=[own_tag], folders=[own_folder]).data
    assert (third["tags"], third["folders"]) == ([own_tag], [own_folder])


def test_3_2_machine_tags_go_when_the_process_ends(owner: Caller) -> None:
    template = make_template(owner, ONE)
    configure(owner, template, tag_process=True)
    for end in ("complete", "archive"):
        run = post(owner, template).data
        assert len(run["tags"]) == 1
        if end == "complete":
            body = {"task_id": tasks_of(owner, run["id"])[0]["id"]}
            assert owner("POST", f"/O/runs/{run['id']}/completed-tasks", body).status == 200
        else:
            owner("DELETE", f"/O/runs/{run['id']}")
        assert owner("GET", f"/O/runs/{run['id']}?with=tags").data["tags"]["data"] == []


def test_6_6_adhoc_tasks_are_copied(owner: Caller) -> None:
    template = make_template(owner, ONE)
    configure(owner, template, can_add_oot=False)
    run = post(owner, template).data
    assert run["can_add_oot"] is False
    configure(owner, template, can_add_oot=True)
    assert owner("GET", f"/O/runs/{run['id']}").data["can_add_oot"] is False


# -- snapshot, forms, duplicates ---------------------------------------------------------------------------------------


def test_18_a_process_keeps_the_version_it_was_launched_from(owner: Caller) -> None:
    template = make_template(owner, {"title": "Before", "captures": [{"label": "A", "field_type": "text"}]})
    run = post(owner, template).data
    owner("PUT", f"/O/checklists/{template.id}/steps/{template.steps[0]}", {"title": "After"})
    owner("DELETE", f"/O/checklists/{template.id}/steps/{template.steps[0]}/captures/{template.fields['A']}")
    assert tasks_of(owner, run["id"])[0]["title"] == "Before"
    fields = owner("GET", f"/O/runs/{run['id']}/form-fields").data
    assert [one["label"] for one in fields["form_fields"]] == ["A"]
    again = post(owner, template).data
    assert tasks_of(owner, again["id"])[0]["title"] == "After"
    assert again["checklist_version"] == run["checklist_version"] + 1
    assert owner("GET", f"/O/runs/{again['id']}/form-fields").data["form_fields"] == []


def test_3_2_a_form_is_complete_at_once(owner: Caller) -> None:
    made = owner("POST", "/O/checklists", {"title": "Form", "type": "form"}).data
    data = post(owner, made["id"]).data
    assert (data["type"], data["status"]) == ("form", "complete")
    assert data["completed_at"] is not None


def test_6_8_idempotency_and_the_window(server: Running, owner: Caller) -> None:
    template = make_template(owner, ONE, kickoff=[{"label": "A", "field_type": "text"}])
    body = {"checklist_id": template.id, "name": "Once"}
    first = owner("POST", "/O/runs", body, headers={"Idempotency-Key": "k1"})
    again = owner("POST", "/O/runs", body, headers={"Idempotency-Key": "k1"})
    assert (again.status, again.body) == (201, first.body)
    assert again.headers["idempotency-replayed"] == "true"
    other = owner("POST", "/O/runs", {**body, "name": "Other"}, headers={"Idempotency-Key": "k1"})
    assert (other.status, other.body["code"]) == (422, "IDEMPOTENCY_MISMATCH")
    repeated = owner("POST", "/O/runs?dedupe_window=60", body)
    assert (repeated.status, repeated.data["id"]) == (200, first.data["id"])
    for different in ({"name": "Twice"}, {"prerun": {template.kickoff["A"]: "x"}}):
        assert owner("POST", "/O/runs?dedupe_window=60", {**body, **different}).status == 201
    server.clock.shift(timedelta(seconds=61))
    assert owner("POST", "/O/runs?dedupe_window=60", body).status == 201
    assert owner("POST", "/O/runs", body).status == 201
    for wrong in ("-1", "86401", "soon"):
        assert list(owner("POST", f"/O/runs?dedupe_window={wrong}", body).errors) == ["dedupe_window"]


def test_increment_ids_run(owner: Caller) -> None:
    template = make_template(owner, ONE)
    numbers = [post(owner, template).data["increment_id"] for _ in range(3)]
    assert numbers == sorted(set(numbers))


# -- size --------------------------------------------------------------------------------------------------------------


class Counting:
    """A session that counts what goes through it."""

    def __init__(self, session: Any) -> None:
        self.session = session
        self.statements = 0

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.session, name)
        if name not in ("fetch", "write", "write_many"):
            return found

        def counted(*arguments: Any) -> Any:
            self.statements += 1
            return found(*arguments)

        return counted


def statements_of_launch(server: Running, by: Caller, template_id: str) -> int:
    def work(session: Any) -> int:
        counting = Counting(session)
        unit = Unit(counting, by.organization, server.clock.now())
        actor = authenticate_member(unit, digest(by.authorization.split()[1]))
        source = launchable(unit, actor, template_id)
        counting.statements = 0
        done = launch(unit, actor, source, LaunchOrder(name="Counted"), server.secrets, (), Options())
        assert done.process is not None
        return counting.statements

    return server.database.command_now(work)


def test_6_2_a_launch_of_many_steps_takes_hardly_more_statements_than_one_of_few(
    server: Running, owner: Caller
) -> None:
    guests = ["a@client.example", "b@client.example"]
    people = {"guests": guests, "assignees": [owner.user_id]}
    small, large = (make_template(owner, *({"title": f"S{at}", **people} for at in range(many))) for many in (2, 50))
    for one in (small, large):  # the first launch makes the guests and freezes the version
        statements_of_launch(server, owner, one.id)
    few, many = (statements_of_launch(server, owner, one.id) for one in (small, large))
    rows = 50 * (1 + 3 + 1)  # a task, three assignments and an event a step, several rows a statement
    assert many <= few + rows // ROWS["sqlite"] + 3
    assert few <= 40
    run = post(owner, large).data
    assert run["progress"]["total"] == 50
    assert [one["title"] for one in tasks_of(owner, run["id"])] == [f"S{at}" for at in range(50)]


def test_5_1_deadlines_may_be_words(server: Running, owner: Caller) -> None:
    template = make_template(owner, ONE)
    server.clock.stop(datetime(2026, 2, 18, 9, tzinfo=UTC))
    try:
        run = post(owner, template, tasks={template.steps[0]: {"deadline": "in 2 days"}}).data["id"]
        alone = make_oneoff(owner, deadline="in 2 days")
    finally:
        server.clock.resume()
    assert tasks_of(owner, run)[0]["deadline"].startswith("2026-02-20")
    assert owner("GET", alone).data["deadline"].startswith("2026-02-20")


@pytest.mark.parametrize("shape", ["object", "id", "keyed"])
def test_job_titles_are_filled_at_launch(server: Running, owner: Caller, shape: str) -> None:
    """10 §6.1, §6.5: people of a job title stand beside those of the step; every published container is read."""
    one, two = (server.member(owner, "standard").user_id for _ in range(2))
    role = owner("POST", "/O/roles", {"name": "Account manager"}).data["id"]
    template = make_template(owner, {"title": "A", "assignees": [one]}, {"title": "B"})
    for step in template.steps:
        path = f"/O/checklists/{template.id}/steps/{step}"
        assert owner("PUT", path, {"title": "T", "roles": [role]}).data["roles"] == [role]
    people = {"users": [two], "guests": ["role@client.example"], "groups": []}
    roles: Any = {role: people}
    if shape != "object":
        roles = [{"id": role, **people}] if shape == "id" else [{role: people}]
    process = launched(owner, template, roles=roles)
    assert owners(owner("GET", process.path()).data) == ([one, two], ["role@client.example"], [])
    assert owners(owner("GET", process.path(1)).data) == ([two], ["role@client.example"], [])
    wrong = owner("POST", "/O/runs", {"checklist_id": template.id, "roles": {role: {"users": [two, 987654]}}})
    assert wrong.errors.keys() == {f"roles.{role}.users.1"}
