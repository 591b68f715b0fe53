"""Update process: the first founding call (README §4.1 SEED-01..31, §4.3 SEED-93..95, spec 10 §8)."""

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest

from tests.support.fixtures_server import Team
from tests.support.make import UNKNOWN, Process, events_of, launch, make_group, make_process, make_tag, make_template
from tests.support.server import Answer, Caller, Running

SEED_HEADERS = {
    "Accept": "application/json",
    "X-Tallyfy-Client": "APIClient",
    "Content-Type": "application/json",
}
KICKOFF: tuple[dict[str, Any], ...] = (
    {"label": "Customer", "field_type": "text", "required": True},
    {"label": "Plan", "field_type": "dropdown", "options": [{"text": "Silver"}, {"text": "Gold"}]},
    {"label": "Tier", "field_type": "radio", "options": [{"text": "A"}, {"text": "B"}]},
    {"label": "Tools", "field_type": "multiselect", "options": [{"text": "Slack"}, {"text": "Zoom"}]},
    {"label": "Start", "field_type": "date"},
    {"label": "Mail", "field_type": "email"},
    {"label": "Notes", "field_type": "textarea"},
    {"label": "Items", "field_type": "table", "columns": [{"label": "Item"}, {"label": "Count"}]},
    {"label": "Who", "field_type": "assignees_form"},
)
KEYS = """id increment_id organization_id checklist_id checklist_title checklist_version type name summary status
has_open_issue progress whole_progress late_tasks due_date max_task_deadline due_date_passed due_soon started_by
owner_id users groups collaborators assign_someone_else prerun prerun_status prerun_completed_at
prerun_completed_by prerun_submitted_by prerun_length starred is_public publicly_hidden_fields public_link
parent_id origin can_add_oot custom_fields created_at started_at last_updated completed_at archived_at"""
EVERY_KEY = frozenset(KEYS.split())


def make_folder(by: Caller, kind: str = "run") -> str:
    made: str = by("POST", "/O/folders", {"name": uuid.uuid4().hex[:12], "folder_type": kind}).data["id"]
    return made


def start(by: Caller, **members: Any) -> Process:
    """A process of one step with every kind of kick-off field; Customer is Globex."""
    template = make_template(by, {"title": "Only"}, kickoff=KICKOFF)
    return launch(by, template, prerun={template.kickoff["Customer"]: "Globex"}, **members)


def put(by: Caller, process: Process, body: Any, query: str = "") -> Answer:
    return by("PUT", f"/O/runs/{process.id}{query}", body)


# -- the seed ----------------------------------------------------------------------------------------------------------


def test_seed_01_to_28_the_founding_call(server: Running, owner: Caller) -> None:
    """SEED-01..09, 11..16, 18..20, 22..28, 93."""
    process = start(owner)
    tag, folder, other = make_tag(owner), make_folder(owner), server.member(owner, "standard")
    customer = process.template.kickoff["Customer"]
    before = owner("GET", f"/O/runs/{process.id}").data
    server.clock.shift(timedelta(seconds=2))
    body = {
        "name": "Updated process",
        "summary": "What it is about",
        "owner_id": other.user_id,
        "tags": [tag],
        "folders": [folder],
        "prerun": [{customer: "Initech"}],
    }
    path = f"/organizations/{owner.organization}/runs/{process.id}"  # SEED-01, 03, 19: at the root, without /api
    answer = owner("PUT", path, body, headers=SEED_HEADERS)  # SEED-04..08, 20: `owner` has a personal access token
    assert answer.status == 200  # SEED-22
    assert answer.headers["content-type"].startswith("application/json")  # SEED-05
    assert set(answer.body) == {"data"}  # SEED-24
    data = answer.data
    assert set(data) == EVERY_KEY | {"tags", "folders"}  # SEED-23
    assert data["id"] == process.id  # SEED-25, SEED-02: nothing new
    assert (data["name"], data["summary"]) == ("Updated process", "What it is about")  # SEED-11, 12, 18, 25
    assert data["owner_id"] == other.user_id  # SEED-13
    assert data["tags"] == [tag]  # SEED-14, 26
    assert data["folders"] == [folder]  # SEED-15
    assert data["prerun"] == {customer: "Initech"}  # SEED-16
    changed = {"name", "summary", "owner_id", "prerun", "last_updated", "collaborators", "tags", "folders"}
    assert {name for name in data if data[name] != before.get(name)} == changed  # SEED-09, 27
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", data["last_updated"])  # SEED-28
    assert data["last_updated"] > before["last_updated"]
    assert owner("GET", "/O/runs").body["meta"]["pagination"]["total"] == 1  # SEED-02
    prefixed = owner("PUT", f"/api{path}", {"summary": ""}, headers=SEED_HEADERS)
    assert (prefixed.status, prefixed.data["summary"]) == (200, "")


def test_seed_10_the_published_definition_serves_updates_too(owner: Caller) -> None:
    paths = owner("GET", "/openapi.json").body["paths"]
    for at, method in (("/organizations/{org}/runs", "post"), ("/organizations/{org}/runs/{run}", "put")):
        schema = paths[at][method]["requestBody"]["content"]["application/json"]["schema"]
        assert schema == {"$ref": "#/components/schemas/createRunInput"}
    shown = owner("GET", "/openapi.json").body["components"]["schemas"]["createRunInput"]
    seed = {"name", "summary", "owner_id", "tags", "folders", "prerun", "starred", "users", "groups", "is_public"}
    assert seed <= set(shown["properties"])
    assert "required" not in shown  # an update names only what changes


@pytest.mark.parametrize(
    ("label", "value", "stored"),
    [
        ("Plan", {"id": 2, "text": "Gold"}, {"id": 2, "text": "Gold"}),
        ("Tier", "B", "B"),
        ("Tools", [{"id": 1, "text": "Slack", "selected": True}], [{"id": 1, "text": "Slack", "selected": True}]),
        ("Start", "2026-02-20", "2026-02-20T00:00:00.000Z"),
        ("Mail", "amy@client.example", "amy@client.example"),
        ("Notes", "Long text", "Long text"),
        ("Who", {"guests": ["amy@client.example"]}, {"users": [], "guests": ["amy@client.example"], "groups": []}),
        ("Customer", 7, "7"),
    ],
)
def test_seed_17_a_kickoff_answer_has_the_form_of_its_type(owner: Caller, label: str, value: Any, stored: Any) -> None:
    process = start(owner)
    field = process.template.kickoff[label]
    assert put(owner, process, {"prerun": [{field: value}]}).data["prerun"][field] == stored


@pytest.mark.parametrize(
    ("label", "value", "text"),
    [
        ("Customer", "x" * 201, "The Customer may not be greater than 200 characters."),
        ("Plan", "Gold", "Invalid dropdown choice selected."),
        ("Plan", {"id": 1, "text": "Gold"}, "Invalid dropdown choice selected."),
        ("Tier", "b", "Invalid radio choice selected."),
        ("Tools", [{"id": 9, "text": "Slack"}], "Invalid multiselect choice selected."),
        ("Start", "soon", "The Start is not a valid date."),
        ("Mail", "amy", "The Mail must be a valid email address."),
        ("Items", [[]], "Number of columns does not match required columns"),
    ],
)
def test_seed_17_wrong_answers_are_named(owner: Caller, label: str, value: Any, text: str) -> None:
    process = start(owner)
    field = process.template.kickoff[label]
    assert put(owner, process, {"prerun": {field: value}, "name": "No"}).errors == {f"prerun.{field}": [text]}
    assert owner("GET", f"/O/runs/{process.id}").data["name"] == "Globex"


def test_seed_21_29_30_31_refusals_have_a_body(server: Running, team: Team) -> None:
    process = make_process(team.owner)
    path = f"/O/runs/{process.id}"
    unknown = team.owner("PUT", f"/O/runs/{UNKNOWN}", {"name": "x"})
    assert (unknown.status, unknown.body["code"]) == (404, "RESOURCE_NOT_FOUND")  # SEED-29
    member = server.member(team.owner, "light")
    assert put(team.owner, process, {"users": [member.user_id]}).status == 200
    forbidden = member("PUT", path, {"name": "x"})
    assert (forbidden.status, forbidden.body["code"]) == (403, "FORBIDDEN")  # SEED-30
    assert forbidden.body["message"] == "You don't have permission to update this process."
    malformed = team.owner("PUT", path, raw=b'{"name":')
    assert (malformed.status, malformed.body["code"]) == (400, "INVALID_JSON")  # SEED-31
    wrong = team.owner("PUT", path, {"name": "x" * 551})
    assert wrong.errors == {"name": ["The name may not be greater than 550 characters."]}
    for answer in (unknown, forbidden, malformed, wrong):
        assert answer.body["error"] is True  # SEED-21
        assert answer.body["message"]
        assert answer.body["request_id"] == answer.headers["x-request-id"]
    assert team.owner("PUT", path, [1]).status == 400
    assert team.owner("GET", path).data["name"] == "Globex"


def test_seed_94_95_starred_and_assignees_are_replaced(server: Running, owner: Caller) -> None:
    process = start(owner)
    one, two, three = (server.member(owner, "standard").user_id for _ in range(3))
    group, other_group = make_group(owner, [one]), make_group(owner, [two])
    put(owner, process, {"users": [one, two], "groups": [group]})
    data = put(owner, process, {"starred": True, "users": [str(three)], "groups": [other_group]}).data
    assert (data["starred"], data["users"], data["groups"]) == (True, [three], [other_group])


# -- 8.1: null and empty -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"name": None}, "name"),
        ({"name": ""}, "name"),
        ({"name": "  "}, "name"),
        ({"name": 7}, "name"),
        ({"summary": "x" * 60_001}, "summary"),
        ({"owner_id": None}, "owner_id"),
        ({"owner_id": ""}, "owner_id"),
        ({"owner_id": 999_999_999}, "owner_id"),
        ({"tags": [UNKNOWN]}, "tags.0"),
        ({"tags": 7}, "tags.0"),
        ({"tags": {"a": 1}}, "tags"),
        ({"folders": [UNKNOWN]}, "folders.0"),
        ({"prerun": 3}, "prerun"),
        ({"prerun": [1]}, "prerun"),
        ({"starred": None}, "starred"),
        ({"is_public": None}, "is_public"),
        ({"is_public": "perhaps"}, "is_public"),
        ({"users": [999_999_999]}, "users.0"),
        ({"users": ["amy"]}, "users"),
        ({"groups": [UNKNOWN]}, "groups.0"),
        ({"assign_someone_else": None}, "assign_someone_else"),
        ({"can_add_oot": None}, "can_add_oot"),
        ({"parent_id": ""}, "parent_id"),
        ({"parent_id": UNKNOWN}, "parent_id"),
        ({"roles": 3}, "roles"),
        ({"roles": {UNKNOWN: [1]}}, f"roles.{UNKNOWN}"),
    ],
)
def test_8_1_values_that_are_refused(owner: Caller, body: dict[str, Any], path: str) -> None:
    process = make_process(owner)
    before = owner("GET", f"/O/runs/{process.id}").body
    answer = put(owner, process, {**body, "can_add_oot": body.get("can_add_oot", False)})
    assert list(answer.errors) == [path]
    assert owner("GET", f"/O/runs/{process.id}").body == before  # ERR-04


def test_8_1_every_problem_is_told_at_once(owner: Caller) -> None:
    process = start(owner)
    mail = process.template.kickoff["Mail"]
    body = {"name": "", "owner_id": 999_999_999, "users": [999_999_999], "tags": [UNKNOWN], "prerun": {mail: "x"}}
    answer = put(owner, process, body)
    assert set(answer.errors) == {"name", "owner_id", "users.0", "tags.0", f"prerun.{mail}"}
    assert answer.body["message"] == "The given data was invalid."


def test_8_1_null_never_wipes_and_empty_does(server: Running, owner: Caller) -> None:
    process, other = start(owner), server.member(owner, "standard").user_id
    full = {
        "summary": "s",
        "tags": [make_tag(owner)],
        "folders": [make_folder(owner)],
        "users": [other],
        "groups": [make_group(owner)],
        "publicly_hidden_fields": ["comments"],
        "parent_id": make_process(owner).id,
    }
    before = put(owner, process, full).data
    lists = dict.fromkeys(("tags", "folders", "users", "groups", "publicly_hidden_fields", "prerun"))
    assert put(owner, process, lists).data == before
    cleared = put(owner, process, {**{name: [] for name in lists}, "summary": None, "parent_id": None}).data
    assert all(cleared[name] == [] for name in ("tags", "folders", "users", "groups", "publicly_hidden_fields"))
    assert (cleared["summary"], cleared["parent_id"], cleared["prerun"]) == ("", None, before["prerun"])


def test_8_1_worked_examples(server: Running, owner: Caller) -> None:
    process = start(owner)
    one, two, three = (server.member(owner, "standard").user_id for _ in range(3))
    a, b, c = (make_tag(owner) for _ in range(3))
    folder, group = make_folder(owner), make_group(owner)
    put(owner, process, {"tags": [a, b], "folders": [folder], "users": [one, two], "groups": [group]})
    data = put(owner, process, {"name": "New", "tags": [b, c]}).data
    assert (data["name"], set(data["tags"]), data["folders"]) == ("New", {b, c}, [folder])
    assert data["users"] == [one, two]
    # One string is a comma list; objects that carry an id are what a reader sends back.
    data = put(owner, process, {"users": f"{one}, {three}", "groups": [{"id": group}]}).data
    assert (data["users"], data["groups"]) == ([one, three], [group])
    assert put(owner, process, {"users": [{"user_id": one}, one, str(one)]}).data["users"] == [one]
    answer = put(owner, process, {"owner_id": str(two), "name": ""})
    assert list(answer.errors) == ["name"]
    assert owner("GET", f"/O/runs/{process.id}").data["owner_id"] == owner.user_id


def test_8_1_read_modify_write_survives_a_disabled_member(server: Running, owner: Caller) -> None:
    process, gone = start(owner), server.member(owner, "standard")
    other = server.member(owner, "standard").user_id
    put(owner, process, {"users": [gone.user_id]})
    assert put(owner, process, {"users": [gone.user_id, other]}).data["users"] == [gone.user_id, other]


def test_8_1_parents_make_no_ring(owner: Caller) -> None:
    top, middle, low = (make_process(owner) for _ in range(3))
    put(owner, middle, {"parent_id": top.id})
    assert put(owner, low, {"parent_id": middle.id.upper()}).data["parent_id"] == middle.id
    for child, parent in ((top, low), (top, top)):
        assert list(put(owner, child, {"parent_id": parent.id}).errors) == ["parent_id"]
    kin = owner("GET", f"/O/runs/{middle.id}?with=parent,children").data
    assert (kin["parent"]["data"]["id"], [one["id"] for one in kin["children"]["data"]]) == (top.id, [low.id])
    owner("DELETE", f"/O/runs/{top.id}")
    fresh = make_process(owner)
    assert list(put(owner, fresh, {"parent_id": top.id}).errors) == ["parent_id"]  # archived


# -- 8.2 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [{}, {"id": UNKNOWN, "status": "complete", "checklist_id": UNKNOWN, "progress": 3}])
def test_8_2_ignored_keys_change_nothing(server: Running, owner: Caller, body: dict[str, Any]) -> None:
    process = make_process(owner)
    before = owner("GET", f"/O/runs/{process.id}")
    server.clock.shift(timedelta(seconds=5))
    assert put(owner, process, body).status == 200
    after = owner("GET", f"/O/runs/{process.id}")
    assert (after.body, after.headers["etag"]) == (before.body, before.headers["etag"])


def test_8_2_equal_values_leave_no_trace(server: Running, owner: Caller) -> None:
    process, other = start(owner), server.member(owner, "standard").user_id
    customer = process.template.kickoff["Customer"]
    body: dict[str, Any] = {
        "name": "N",
        "summary": "<p>s</p>",
        "owner_id": other,
        "tags": [make_tag(owner), make_tag(owner)],
        "folders": [make_folder(owner)],
        "users": [other, owner.user_id],
        "groups": [make_group(owner)],
        "prerun": {customer: "Initech"},
        "is_public": True,
        "can_add_oot": False,
        "starred": True,
        "publicly_hidden_fields": ["comments"],
    }
    first = put(owner, process, body)
    events = events_of(server, owner, process.id)
    server.clock.shift(timedelta(seconds=5))
    body |= {"users": body["users"][::-1], "tags": body["tags"][::-1]}
    second = put(owner, process, body)
    assert second.body == first.body
    assert second.headers["etag"] == first.headers["etag"]
    assert events_of(server, owner, process.id) == events


def test_8_2_starring_is_personal_and_bumps_nothing(server: Running, owner: Caller) -> None:
    process, other = make_process(owner), server.member(owner, "admin")
    before = owner("GET", f"/O/runs/{process.id}").data
    server.clock.shift(timedelta(seconds=5))
    assert put(owner, process, {"starred": True}).data["last_updated"] == before["last_updated"]
    assert other("GET", f"/O/runs/{process.id}").data["starred"] is False
    assert put(owner, process, {"starred": False}).data["starred"] is False


def test_8_2_preconditions(server: Running, owner: Caller) -> None:
    process = make_process(owner)
    path = f"/O/runs/{process.id}"
    tag = owner("GET", path).headers["etag"]
    server.clock.shift(timedelta(seconds=5))
    assert owner("PUT", path, {"name": "A"}, headers={"If-Match": tag}).status == 200
    stale = owner("PUT", path, {"name": "B"}, headers={"If-Match": tag})
    assert (stale.status, stale.body["code"]) == (412, "PRECONDITION_FAILED")
    assert owner("GET", path).data["name"] == "A"


@pytest.mark.parametrize(
    "body", [{}, {"name": "x"}, {"starred": True}, {"starred": False, "name": "x"}, {"prerun": {UNKNOWN: 1}}]
)
def test_8_2_archived_processes_refuse(owner: Caller, body: dict[str, Any]) -> None:
    process = start(owner, starred=True)
    owner("DELETE", f"/O/runs/{process.id}")
    answer = put(owner, process, body)
    assert (answer.status, answer.body["code"]) == (422, "RUN_ARCHIVED")
    assert answer.body["message"] == "Cannot update archived processes."
    assert put(owner, process, {"starred": False}).data["starred"] is False  # PUT-15


# -- 8.3 ---------------------------------------------------------------------------------------------------------------


def test_8_3_answers_merge_in_every_container(owner: Caller) -> None:
    process = start(owner)
    ids = process.template.kickoff
    customer, notes, tier = ids["Customer"], ids["Notes"], ids["Tier"]
    put(owner, process, {"prerun": {notes: "n", tier: "A"}})
    containers: list[Any] = [
        {customer: "1"},
        [{customer: "2"}],
        [{customer: "old"}, {customer: "3"}],
        [{"id": customer, "value": "4"}],
        [{"field_id": customer, "value": "5"}],
        [{"timeline_id": customer, "value": "6"}],
        {customer.upper(): "7"},
    ]
    for number, container in enumerate(containers, 1):
        data = put(owner, process, {"prerun": container}).data
        assert data["prerun"] == {customer: str(number), notes: "n", tier: "A"}
    assert put(owner, process, {"prerun_data": {notes: "m"}}).data["prerun"][notes] == "m"  # PUT-10
    blanks: list[Any] = [None, [], {}, ""]
    for empty in blanks:
        assert put(owner, process, {"prerun": empty}).data["prerun"] == {customer: "7", notes: "m", tier: "A"}
    assert put(owner, process, {"prerun": {notes: "", tier: None}}).data["prerun"] == {customer: "7"}


def test_8_3_keys_are_ids_value_ids_or_asked_for_aliases(owner: Caller) -> None:
    process = start(owner)
    customer = process.template.kickoff["Customer"]
    fields = owner("GET", f"/O/runs/{process.id}/form-fields").data["ko_form_fields"]
    shown = next(one for one in fields if one["id"] == customer)
    by_value_id = put(owner, process, {"prerun": {shown["unique_id"]: "by value id"}})
    assert by_value_id.data["prerun"][customer] == "by value id"
    answer = put(owner, process, {"prerun": {shown["alias"]: "x", "Customer": "y", UNKNOWN: "z"}})
    assert answer.data["prerun"][customer] == "by value id"
    told = [(one["code"], one["key"]) for one in answer.body["meta"]["warnings"]]
    assert told == [("UNKNOWN_PRERUN_KEY", key) for key in (shown["alias"], "Customer", UNKNOWN)]
    aliased = put(owner, process, {"prerun": {shown["alias"]: "by alias"}}, "?match=alias")
    assert aliased.data["prerun"][customer] == "by alias"
    strict = put(owner, process, {"prerun": {UNKNOWN: "z"}}, "?strict=true")
    assert list(strict.errors) == [f"prerun.{UNKNOWN}"]


def test_8_3_required_answers_stay_while_the_form_is_complete(owner: Caller) -> None:
    process = start(owner)
    customer = process.template.kickoff["Customer"]
    answer = put(owner, process, {"prerun": {customer: ""}})
    assert answer.errors == {f"prerun.{customer}": ["Customer is required"]}
    assert owner("GET", f"/O/runs/{process.id}").data["prerun"] == {customer: "Globex"}
    owner("DELETE", f"/O/runs/{process.id}/complete-prerun")
    assert put(owner, process, {"prerun": {customer: ""}}).data["prerun"] == {}
    refused = owner("POST", f"/O/runs/{process.id}/complete-prerun")
    assert refused.errors == {f"prerun.{customer}": ["Customer is required"]}
    done = owner("POST", f"/O/runs/{process.id}/complete-prerun", {"prerun": [{customer: "Initech"}]}).data
    assert (done["prerun_status"], done["prerun"]) == ("complete", {customer: "Initech"})


def test_10_the_form_opens_and_completes_once(server: Running, owner: Caller) -> None:
    process = start(owner)
    path = f"/O/runs/{process.id}/complete-prerun"
    opened = owner("DELETE", path).data
    assert (opened["prerun_status"], opened["prerun_completed_at"], opened["prerun_completed_by"]) == (
        "incomplete", None, None,
    )  # fmt: skip
    assert owner("DELETE", path).data == opened
    done = owner("POST", path).data
    assert (done["prerun_status"], done["prerun_completed_by"]) == ("complete", owner.user_id)
    assert owner("POST", path).data == done
    verbs = [verb for kind, verb, *_ in events_of(server, owner, process.id) if kind.startswith("process.kickoff")]
    assert verbs == ["re-opened", "completed"]


def test_10_3_reopening_makes_a_complete_process_active(owner: Caller) -> None:
    process = start(owner)
    owner("POST", f"/O/runs/{process.id}/completed-tasks", {"task_id": process.tasks[0]})
    assert owner("GET", f"/O/runs/{process.id}").data["status"] == "complete"
    opened = owner("DELETE", f"/O/runs/{process.id}/complete-prerun").data
    assert (opened["status"], opened["completed_at"]) == ("active", None)
    again = owner("POST", f"/O/runs/{process.id}/complete-prerun").data
    assert again["status"] == "complete"
    assert again["completed_at"] is not None


def test_8_3_variables_follow_the_answers(owner: Caller) -> None:
    template = make_template(owner, {"title": "Only"}, kickoff=KICKOFF[:1])
    alias = owner("GET", f"/O/checklists/{template.id}").data["prerun"][0]["alias"]
    step = f"/O/checklists/{template.id}/steps/{template.steps[0]}"
    assert owner("PUT", step, {"title": f"Call {{{{{alias}}}}}"}).status == 200
    process = launch(owner, template, prerun={template.kickoff["Customer"]: "Globex"})
    assert owner("GET", process.path()).data["title"] == "Call Globex"
    put(owner, process, {"prerun": {template.kickoff["Customer"]: "Initech"}})
    assert owner("GET", process.path()).data["title"] == "Call Initech"


# -- 8.4 and 8.5 -------------------------------------------------------------------------------------------------------


def test_8_4_the_history_of_each_key(server: Running, owner: Caller) -> None:
    process, other = start(owner), server.member(owner, "standard").user_id
    customer = process.template.kickoff["Customer"]
    tag, folder = make_tag(owner), make_folder(owner)
    expected: list[tuple[dict[str, Any], str, str]] = [
        ({"name": "N"}, "updated", "name"),
        ({"summary": "s"}, "updated", "summary"),
        ({"owner_id": other}, "owners-updated", "owner"),
        ({"tags": [tag]}, "updated", "tags"),
        ({"folders": [folder]}, "updated", "folders"),
        ({"users": [other]}, "owners-updated", "users"),
        ({"groups": [make_group(owner)]}, "owners-updated", "groups"),
        ({"prerun": {customer: "x"}}, "updated", "prerun"),
        ({"is_public": True}, "enabled", "is_public"),
        ({"is_public": False}, "disabled", "is_public"),
        ({"can_add_oot": False}, "updated", "can_add_oot"),
    ]
    for body, verb, field in expected:
        before = len(events_of(server, owner, process.id))
        assert put(owner, process, body).status == 200
        fresh = [(one[1], one[2]) for one in events_of(server, owner, process.id)[before:]]
        assert fresh == [(verb, field)], body
    put(owner, process, {"starred": True})
    assert (events_of(server, owner, process.id)[-1][1:3]) == ("updated", "can_add_oot")  # starring leaves none
    renamed = next(one for one in events_of(server, owner, process.id) if one[2] == "name")
    assert renamed[3:] == ("Globex", "N")


def test_8_4_the_new_owner_gains_and_the_old_keeps_what_else_he_is(server: Running, owner: Caller) -> None:
    first, second = server.member(owner, "standard"), server.member(owner, "standard")
    process = launch(owner, make_template(owner, {"title": "Only"}), owner_id=first.user_id)
    assert first("PUT", f"/O/runs/{process.id}", {"owner_id": second.user_id}).status == 200
    assert first("GET", f"/O/runs/{process.id}").status == 404
    assert second("PUT", f"/O/runs/{process.id}", {"is_public": True}).status == 200
    assert owner("GET", f"/O/runs/{process.id}").data["started_by"] == owner.user_id


def test_8_5_tags_and_folders_plain_or_wrapped(owner: Caller) -> None:
    process, tag, folder = start(owner), make_tag(owner), make_folder(owner)
    plain = put(owner, process, {"tags": [tag.upper()], "folders": [folder]}).data
    assert (plain["tags"], plain["folders"]) == ([tag], [folder])
    wrapped = put(owner, process, {"name": "x"}, "?with=tags,folders").data
    (use,), (filing,) = wrapped["tags"]["data"], wrapped["folders"]["data"]
    assert (use["tag_id"], type(use["id"])) == (tag, int)
    assert (filing["folder_id"], filing["id"]) == (folder, filing["folder_object_id"])
    shown = owner("GET", f"/O/runs/{process.id}").data
    assert "tags" not in shown
    assert "folders" not in shown
    assert owner("PATCH", f"/O/runs/{process.id}", {"name": "y"}).data["name"] == "y"


def test_8_1_a_template_folder_is_no_process_folder(owner: Caller) -> None:
    folder = make_folder(owner, "checklist")
    assert list(put(owner, start(owner), {"folders": [folder]}).errors) == ["folders.0"]


def test_8_1_summary_is_sanitised(owner: Caller) -> None:
    data = put(owner, start(owner), {"summary": "<p>Hi<script>alert(1)</script></p>"}).data
    assert "script" not in data["summary"]
    assert "Hi" in data["summary"]
