"""Update task: the second founding call (README §4.2 SEED-32..92, spec 20 §7). Owners, answers, dates: beside."""

import json
import re
from typing import Any

import pytest

from tests.support.fixtures_server import Team
from tests.support.make import (
    UNKNOWN,
    Process,
    events_of,
    importing,
    make_group,
    make_oneoff,
    make_process,
    make_tag,
    make_template,
    owners,
    unchanged,
)
from tests.support.server import Caller, Running

INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
SEED_HEADERS = {
    "Accept": "application/json",
    "X-Tallyfy-Client": "APIClient",
    "Content-Type": "application/json",
}
COMPLETED = "Completed tasks can't be updated."
STEPS: tuple[dict[str, Any], ...] = tuple({"title": one} for one in "ABCD")


def order(by: Caller, process: Process) -> str:
    """The titles of a process's tasks by position, which has no gaps."""
    tasks = [by("GET", process.path(index)).data for index in range(len(process.tasks))]
    tasks.sort(key=lambda one: one["position"])
    assert [one["position"] for one in tasks] == list(range(1, len(tasks) + 1))
    return "".join(one["title"] for one in tasks)


# -- the founding bodies -----------------------------------------------------------------------------------------------


def test_seed_33_to_46_one_off_task_with_plain_fields(server: Running, owner: Caller) -> None:
    """SEED-33..47, 49..52, 67, 69..71, 75..80, 82..85."""
    path = make_oneoff(owner)
    other, group = server.member(owner, "standard"), make_group(owner, [owner.user_id])
    body = {
        "title": "Updated title",
        "summary": "<p>What to do</p>",
        "deadline": "2030-12-31T17:00:00Z",
        "started_at": "2030-12-01T09:00:00Z",
        "owners": {"users": [owner.user_id, other.user_id], "guests": ["new@client.example"], "groups": [group]},
        "webhook": "https://hooks.example/task",
        "prevent_guest_comment": True,
        "position": 2,
        "max_assignable": 5,
    }
    answer = owner("PUT", path.replace("/O/", f"/api/organizations/{owner.organization}/"), body, headers=SEED_HEADERS)
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    task = answer.data
    assert task["id"] == path.rpartition("/")[2]
    for name in body.keys() - {"owners"}:
        assert task[name] == body[name], name
    assert owners(task) == ([owner.user_id, other.user_id], ["new@client.example"], [group])
    assert all({"id", "full_name", "first_name", "last_name", "email", "profile_pic"} == one.keys()
               for one in task["owners"]["users"])  # fmt: skip
    assert len(task["owners"]["taskUrls"]) == 1
    assert task["is_oneoff_task"] is True
    assert all(INSTANT.fullmatch(task[name]) for name in ("deadline", "started_at", "last_updated", "created_at"))
    assert owner("GET", path).data == task | {"threads_count": 0}


def test_seed_32_62_72_process_task_with_deadline_answers_and_owners(owner: Caller) -> None:
    """SEED-32, 48, 53..59, 62..66, 72, 73, 78, 81, 85."""
    process = make_process(owner)
    text, radio, drop = process.field("Company"), process.field("Contract"), process.field("Plan")
    moment, tools = process.field("Moment"), process.field("Tools")
    checked = [
        {"id": 1, "text": "Slack", "value": None, "selected": True, "required": True},
        {"id": 2, "text": "Teams", "value": None, "selected": False, "required": True},
        {"id": 3, "text": "Zoom", "value": None, "selected": False, "required": False},
    ]
    body = {
        "deadline": "2030-05-20T18:00:00Z",
        "taskdata": {
            text: "Text value",
            moment: "2025-12-20T14:23:18.128Z",
            radio: "Full-time",
            drop: {"id": 3, "text": "Gold", "value": None},
            tools: checked,
        },
        "owners": {"users": [owner.user_id], "groups": [], "guests": []},
    }
    task = owner("PUT", process.path(), body, headers=SEED_HEADERS).data
    assert task["taskdata"] == body["taskdata"]
    assert all(re.fullmatch("[0-9a-f]{32}", key) for key in task["taskdata"])
    assert owners(task) == ([owner.user_id], [], [])
    assert (task["status"], task["status_label"], task["deadline"]) == ("active", "Active", body["deadline"])
    assert (task["is_oneoff_task"], task["run_id"], task["webhook"]) == (False, process.id, None)
    assert (task["prevent_guest_comment"], task["position"]) == (False, 1)


def test_seed_86_87_summary_in_single_answers_and_on_demand_in_lists(owner: Caller) -> None:
    process = make_process(owner, {"title": "A", "summary": "<p>How</p>"})
    assert owner("PUT", process.path(), {"title": "B"}).data["summary"] == "<p>How</p>"
    assert owner("GET", process.path()).data["summary"] == "<p>How</p>"
    listed = owner("GET", f"/O/runs/{process.id}/tasks").data[0]
    assert "summary" not in listed
    assert "original_summary" not in listed
    assert owner("GET", f"/O/runs/{process.id}/tasks?with=summary").data[0]["summary"] == "<p>How</p>"
    assert owner("PUT", f"{process.path()}?with=summary", {}).data["summary"] == "<p>How</p>"


# -- routes (20 §7.1) --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_both_routes_and_both_methods_take_a_process_task(owner: Caller, method: str) -> None:
    """SEED-70: whoever has no run id at hand uses the shorter address."""
    process = make_process(owner, *STEPS)
    bare = f"/O/tasks/{process.tasks[0]}"
    assert owner(method, process.path(), {"title": "Long"}).data["title"] == "Long"
    assert owner(method, bare, {"title": "Short"}).data["run_id"] == process.id
    assert owner("GET", process.path()).data["title"] == "Short"


def test_the_step_stands_for_its_task_on_the_run_route(owner: Caller) -> None:
    process = make_process(owner, *STEPS)
    step = process.template.steps[2]
    task = owner("PATCH", f"/O/runs/{process.id}/tasks/{step}", {"title": "By step"}).data
    assert (task["id"], task["title"], task["step_id"]) == (process.tasks[2], "By step", step)
    assert owner("PATCH", f"/O/tasks/{step}", {"title": "No"}).status == 404


def test_seed_89_unknown_task_or_run(owner: Caller, team: Team) -> None:
    process, other = make_process(owner, *STEPS), make_process(owner, *STEPS)
    for path in (
        f"/O/runs/{process.id}/tasks/{UNKNOWN}",
        f"/O/tasks/{UNKNOWN}",
        f"/O/runs/{UNKNOWN}/tasks/{process.tasks[0]}",
        f"/O/runs/{other.id}/tasks/{process.tasks[0]}",
        "/O/tasks/0",
        "/O/tasks/%00",
        f"/O/runs/{process.id}/tasks/{process.tasks[0]}x",
    ):
        answer = owner("PUT", path, {"title": "No"})
        assert (answer.status, answer.body["code"], answer.body["message"]) == (
            404, "RESOURCE_NOT_FOUND", "Resource not found",
        ), path  # fmt: skip
    assert team.owner("PUT", f"/O/tasks/{process.tasks[0]}", {"title": "No"}).status == 404
    assert (
        owner("PUT", process.path().upper().replace("/O/RUNS", "/O/runs").replace("TASKS", "tasks"), {}).status == 200
    )


# -- only what was sent ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [None, {}, {"data": {"title": "wrapped"}}, {"unknown": 1, "id": "x", "created_at": 1},
                                  {"owners": {}}, {"owners": []}, {"owners": None}, {"owners": {"users": None}},
                                  {"taskdata": {}}, {"taskdata": []}, {"taskdata": None}, {"taskdata": ""},
                                  {"position": None, "status": None, "task_type": None, "is_soft_start_date": None,
                                   "tags": None, "folders": None, "send_chromeless": None}])  # fmt: skip
def test_nothing_sent_changes_nothing(server: Running, owner: Caller, body: Any) -> None:
    """20 §7.10, §7.9 no-op: no event, `last_updated` and the ETag stay."""
    process = make_process(owner, *STEPS)
    owner("PUT", process.path(), {"title": "Once", "owners": {"users": [owner.user_id]}})
    before, events = owner("GET", process.path()), events_of(server, owner, process.tasks[0])
    answer = owner("PUT", process.path(), body)
    assert answer.status == 200
    assert unchanged(before, owner("GET", process.path()))
    assert events_of(server, owner, process.tasks[0]) == events


def test_values_it_has_already_change_nothing(server: Running, owner: Caller) -> None:
    """00 §14: a PUT with what is there leaves `last_updated`; RETRY-01."""
    process = make_process(owner)
    body = {
        "title": "Same", "summary": "<p>s</p>", "deadline": "2030-01-07T10:00:00Z", "started_at": "2030-01-01 08:00:00",
        "owners": {"users": [owner.user_id], "guests": ["g@client.example"]}, "webhook": "https://h.example/",
        "prevent_guest_comment": 1, "position": 2, "max_assignable": "3", "status": "active", "task_type": "approval",
        "top_secret": "yes", "everyone_must_complete": "on", "can_complete_only_assignees": True,
        "tags": [make_tag(owner)],
        "taskdata": {process.field("Company"): "x", process.field("Day"): "2026-01-02"},
    }  # fmt: skip
    assert owner("PUT", process.path(), body).status == 200
    before, events = owner("GET", process.path()), events_of(server, owner, process.tasks[0])
    again = owner(
        "PUT", process.path(), {**body, "owners": {"guests": ["G@client.example"], "users": [str(owner.user_id)]}}
    )
    assert again.status == 200
    assert unchanged(before, owner("GET", process.path()))
    assert events_of(server, owner, process.tasks[0]) == events


def test_an_echoed_task_is_a_valid_body_that_changes_nothing(owner: Caller) -> None:
    """00 PUT-11."""
    process = make_process(owner)
    owner("PUT", process.path(), {"title": "T", "taskdata": {process.field("Items"): ["a", "1"]}})
    shown = owner("GET", process.path())
    assert owner("PUT", process.path(), shown.data).status == 200
    assert unchanged(shown, owner("GET", process.path()))


def test_one_event_per_changed_property(server: Running, owner: Caller) -> None:
    """20 §7.9, §26.1; SEED-39: what was not sent stays."""
    process = make_process(owner)
    body = {"title": "New", "deadline": "2030-01-01T00:00:00Z", "position": 2, "owners": {"users": []},
            "taskdata": {process.field("Company"): "Acme"}}  # fmt: skip
    before = owner("GET", process.path()).data
    after = owner("PUT", process.path(), body).data
    told = [(verb, field) for _, verb, field, _, _ in events_of(server, owner, process.tasks[0]) if verb != "created"]
    assert sorted(told) == [("owners-updated", "owners"), ("re-ordered", "position"), ("updated", "Company"),
                            ("updated", "deadline"), ("updated", "status"), ("updated", "title")]  # fmt: skip
    moved = {*body, "original_title", "status", "status_label", "last_updated"}
    assert {name: after[name] for name in before.keys() - moved - {"threads_count"}} == {
        name: before[name] for name in before.keys() - moved - {"threads_count"}
    }
    assert owner("GET", f"/O/runs/{process.id}").data["last_updated"] == after["last_updated"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"title": "x"}, "active"),
        ({"owners": {"users": []}}, "active"),
        ({"position": 2}, "active"),
        ({}, "not-started"),
        ({"title": "x", "status": "not-started"}, "not-started"),
        ({"status": "in-progress"}, "in-progress"),
    ],
)
def test_the_first_write_makes_a_task_active(owner: Caller, body: Any, status: str) -> None:
    """SEED-78, 20 §4.1, §7.5: an explicit status wins."""
    process = make_process(owner, *STEPS)
    assert owner("PUT", process.path(), body).data["status"] == status
    assert owner("GET", process.path(1)).data["status"] == "not-started", "a task that was only shifted was not written"


def test_default_values_are_stored_with_the_first_write(owner: Caller) -> None:
    """20 §8.15: a key of that same write wins."""
    fields = [{"label": name, "field_type": "text", "default_value_enabled": True, "default_value": name.lower()}
              for name in ("One", "Two", "Three")]  # fmt: skip
    process = make_process(owner, {"title": "A", "captures": fields})
    assert owner("GET", process.path()).data["taskdata"] == {}
    sent = {process.field("One"): "sent", process.field("Two"): None}
    stored = owner("PUT", process.path(), {"title": "T", "taskdata": sent}).data["taskdata"]
    assert stored == {process.field("One"): "sent", process.field("Three"): "three"}
    assert owner("PUT", process.path(), {"taskdata": {process.field("Three"): ""}}).data["taskdata"] == {
        process.field("One"): "sent"
    }


# -- fields one by one (20 §7.2) ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "sent", "shown"),
    [
        ("title", "  Trimmed \n", "Trimmed"),
        ("title", "\U0001f600" * 600, "\U0001f600" * 600),
        ("title", "<b>Bold</b> move", "Bold move"),
        ("summary", "<p onclick='x()'>a<script>b()</script></p>", "<p>a</p>"),
        ("summary", "", None),
        ("summary", None, None),
        ("summary", "{{name}} stays", "{{name}} stays"),
        ("started_at", "", None),
        ("started_at", "2030-02-03", "2030-02-03T00:00:00Z"),
        ("is_soft_start_date", False, False),
        ("webhook", "http://127.0.0.1:9/x", "http://127.0.0.1:9/x"),
        ("webhook", "", None),
        ("webhook", None, None),
        ("prevent_guest_comment", "yes", True),
        ("prevent_guest_comment", None, False),
        ("position", 0, 1),
        ("position", "2", 2),
        ("position", 99, 4),
        ("max_assignable", 12.0, 12),
        ("max_assignable", None, 0),
        ("task_type", "Expiring Email", "expiring_email"),
        ("top_secret", 1, True),
        ("everyone_must_complete", True, True),
        ("can_complete_only_assignees", "TRUE", True),
        ("send_chromeless", True, True),
        ("status", "inprogress", "in-progress"),
        ("status", "hidden", "auto-skipped"),
        ("status", "completed", "completed"),
    ],
)
def test_member(owner: Caller, name: str, sent: Any, shown: Any) -> None:
    process = make_process(owner, *STEPS)
    task = owner("PUT", process.path(), {name: sent}).data
    read = task["original_summary"] if name == "summary" else task[name]
    assert read == shown
    assert owner("GET", process.path()).data[name] == task[name]


@pytest.mark.parametrize(
    ("body", "title", "summary"),
    [({"name": "N", "description": "<p>d</p>"}, "N", "<p>d</p>"),
     ({"name": "N", "title": "T", "description": "d", "summary": "s"}, "T", "s")],
)  # fmt: skip
def test_aliases_of_members(owner: Caller, body: Any, title: str, summary: str) -> None:
    """00 TERM-02: the canonical one wins."""
    task = owner("PUT", make_oneoff(owner), body).data
    assert (task["title"], task["summary"]) == (title, summary)


def test_tags_replace_and_may_be_a_comma_string(owner: Caller) -> None:
    process = make_process(owner, *STEPS)
    one, two = make_tag(owner), make_tag(owner)

    def put(tags: Any) -> set[str]:
        found = owner("PUT", f"{process.path()}?with=tags", {"tags": tags}).data["tags"]["data"]
        return {tag["tag_id"] for tag in found}

    assert put([one]) == {one}
    assert put(f"{two}, {one.upper()}") == {one, two}
    assert put(None) == {one, two}
    assert put([]) == set()
    assert owner("PUT", process.path(), {"tags": [one, UNKNOWN]}).errors.keys() == {"tags.1"}


def test_variables_are_kept_as_written_and_shown_resolved(owner: Caller) -> None:
    """20 §3: `title` and `original_title`."""
    process = make_process(
        owner, {"title": "A", "captures": [{"label": "Client", "field_type": "text"}]}, {"title": "B"}
    )
    alias = owner("GET", f"{process.path()}?with=form_fields").data["form_fields"]["data"][0]["alias"]
    written = owner(
        "PUT", process.path(1), {"title": f"For {{{{{alias}}}}}", "summary": f"<p>{{{{{alias}}}}}</p>"}
    ).data
    assert written["original_title"] == f"For {{{{{alias}}}}}"
    owner("PUT", process.path(), {"taskdata": {process.field("Client"): "Globex"}})
    task = owner("GET", process.path(1)).data
    assert (task["title"], task["summary"], task["original_summary"]) == (
        "For Globex", "<p>Globex</p>", f"<p>{{{{{alias}}}}}</p>",
    )  # fmt: skip


# -- position (20 §7.4) ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("task", "to", "expected"),
    [
        (3, 2, "ADBC"),
        (0, 4, "BCDA"),
        (0, 99, "BCDA"),
        (1, 1, "BACD"),
        (2, 0, "CABD"),
        (1, 2, "ABCD"),
        (0, 2**31 - 1, "BCDA"),
    ],
)
def test_seed_51_position_shifts_the_others(owner: Caller, task: int, to: int, expected: str) -> None:
    process = make_process(owner, *STEPS)
    moved = owner("PUT", process.path(task), {"position": to}).data
    assert order(owner, process) == expected
    assert moved["blueprint_position"] == task + 1


def test_hidden_and_completed_tasks_count_and_move(owner: Caller) -> None:
    """20 §7.4, §7.3: a completed task can be reordered, and nothing else."""
    process = make_process(owner, *STEPS)
    owner("PUT", process.path(1), {"status": "auto-skipped"})
    owner("PUT", process.path(3), {"status": "completed"})
    assert owner("PUT", process.path(3), {"position": 1, "unknown": True}).status == 200
    assert order(owner, process) == "DABC"
    assert owner("PUT", process.path(3), {"position": 2, "title": "x"}).body["code"] == "TASK_COMPLETED"


def test_a_one_off_tasks_position_is_its_own(owner: Caller) -> None:
    one, two = make_oneoff(owner), make_oneoff(owner)
    assert owner("PUT", one, {"position": 7}).data["position"] == 7
    assert owner("GET", two).data["position"] == 1


# -- status (20 §7.5) --------------------------------------------------------------------------------------------------


def test_hiding_and_showing_by_status(owner: Caller) -> None:
    """20 §7.5, §16: a hidden task does not count, can be updated in full, and comes back."""
    process = make_process(owner, *STEPS)
    hidden = owner("PUT", process.path(), {"status": "hidden"}).data
    assert (hidden["status"], hidden["is_hidden"], hidden["visibility_source"]) == ("auto-skipped", True, "manual")
    assert owner("GET", f"/O/runs/{process.id}").data["progress"] == {"complete": 0, "total": 3, "percent": 0}
    assert owner("PUT", process.path(), {"title": "Still hidden"}).data["status"] == "auto-skipped"
    shown = owner("PUT", process.path(), {"status": "active"}).data
    assert (shown["status"], shown["is_hidden"], shown["visibility_source"]) == ("active", False, "manual")
    assert owner("GET", f"/O/runs/{process.id}").data["progress"]["total"] == 4


def test_hiding_the_last_open_task_completes_the_process(owner: Caller) -> None:
    process = make_process(owner, {"title": "A"}, {"title": "B"})
    owner("PUT", process.path(), {"status": "completed"})
    owner("PUT", process.path(1), {"status": "hidden"})
    assert owner("GET", f"/O/runs/{process.id}").data["status"] == "complete"
    owner("PUT", process.path(1), {"status": "active"})
    assert owner("GET", f"/O/runs/{process.id}").data["status"] == "active"


def test_a_one_off_task_cannot_be_hidden(owner: Caller) -> None:
    path = make_oneoff(owner)
    assert owner("PUT", path, {"status": "auto-skipped"}).errors.keys() == {"status"}


def test_completing_by_status_runs_after_the_other_fields(owner: Caller) -> None:
    """20 §7.5; SEED-92: what is required must be there now, and nothing of the body is written otherwise."""
    fields = [{"label": "Name", "field_type": "text", "required": True}]
    process = make_process(owner, {"title": "A", "captures": fields}, {"title": "B"})
    field = process.field("Name")
    before = owner("GET", process.path())
    refused = owner("PUT", process.path(), {"title": "Kept?", "status": "completed"})
    assert refused.errors == {f"taskdata.{field}": ["Name is required"]}
    assert unchanged(before, owner("GET", process.path()))
    done = owner("PUT", process.path(), {"title": "Done", "status": "complete", "taskdata": {field: "x"}}).data
    assert (done["title"], done["status"], done["completer_id"]) == ("Done", "completed", owner.user_id)
    assert done["tasks_changed_by_rules"] == {}


def test_completing_an_approval_by_status_needs_the_decision(owner: Caller) -> None:
    process = make_process(owner, {"title": "A", "step_type": "approval"})
    assert owner("PUT", process.path(), {"status": "completed"}).errors == {
        "is_approved": ["The is approved field is required."]
    }
    assert owner("PUT", process.path(), {"status": "completed", "is_approved": 0}).data["status_label"] == "Rejected"


def test_completed_by_and_at_are_for_import_mode(team: Team) -> None:
    """00 PUT-17, 20 §7.5: an importer rebuilds history; others are not asked, and without `status` nobody is."""
    owner, other = importing(team.owner), team.standard
    process = make_process(owner, *STEPS)
    body = {"status": "completed", "completed_by": str(other.user_id), "completed_at": "2020-01-01T00:00:00Z"}
    done = owner("PUT", process.path(), body).data
    assert (done["completer_id"], done["completed_at"]) == (other.user_id, "2020-01-01T00:00:00Z")
    owner("PUT", process.path(1), {"owners": {"users": [other.user_id]}})
    by_other = other("PUT", process.path(1), {**body, "completed_by": owner.user_id}).data
    assert by_other["completer_id"] == other.user_id
    assert by_other["completed_at"] != "2020-01-01T00:00:00Z"
    assert (
        owner("PUT", process.path(2), {"completed_by": other.user_id, "completed_at": "x"}).data["status"]
        == "not-started"
    )
    future = owner("PUT", process.path(2), {"status": "completed", "completed_at": "2199-01-01"})
    assert future.errors.keys() == {"completed_at"}
    assert owner("PUT", process.path(2), {"status": "completed", "completed_by": "x"}).errors.keys() == {"completed_by"}


# -- refused (20 §7.3, §7.8) -------------------------------------------------------------------------------------------


def test_seed_88_a_completed_task_is_not_updated(owner: Caller) -> None:
    """20 §7.3: this error alone, whatever else is wrong."""
    process = make_process(owner, *STEPS)
    owner("POST", f"/O/runs/{process.id}/completed-tasks", {"task_id": process.tasks[0]})
    before = owner("GET", process.path())
    answer = owner("PUT", process.path(), {"title": "", "position": "x"})
    assert answer.status == 422
    assert {name: answer.body[name] for name in ("error", "message", "code", "errors")} == {
        "error": True, "message": COMPLETED, "code": "TASK_COMPLETED", "errors": {"task": [COMPLETED]},
    }  # fmt: skip
    assert unchanged(before, owner("GET", process.path()))
    owner("DELETE", f"/O/runs/{process.id}/completed-tasks/{process.tasks[0]}")
    assert owner("PUT", process.path(), {"title": "Open again"}).data["status"] == "in-progress"


def test_archived_tasks_and_processes_are_not_updated(owner: Caller) -> None:
    process, oneoff = make_process(owner, *STEPS), make_oneoff(owner)
    owner("DELETE", f"/O/runs/{process.id}")
    owner("DELETE", oneoff)
    for path, code in ((process.path(), "RUN_ARCHIVED"), (oneoff, "TASK_ARCHIVED")):
        answer = owner("PUT", path, {"title": ""})
        assert (answer.status, answer.body["code"]) == (422, code)
        assert answer.body["message"] == "Archived tasks can't be updated. Restore it first."
    owner("PUT", f"/O/runs/{process.id}/activate")
    assert owner("PUT", process.path(), {"title": "Back"}).status == 200


def test_several_problems_are_answered_together(owner: Caller) -> None:
    """20 §7.8, verbatim."""
    process = make_process(owner)
    drop, table = process.field("Plan"), process.field("Items")
    body = {"title": "x" * 601, "owners": {"guests": ["nobody"]}, "taskdata": {drop: "Gold", table: ["one"]}}
    answer = owner("PUT", process.path(), body)
    assert answer.errors == {
        "title": ["The title may not be greater than 600 characters."],
        "owners.guests.0": ["The selected guest must be a valid email address."],
        f"taskdata.{drop}": ["Invalid dropdown choice selected."],
        f"taskdata.{table}": ["Number of columns does not match required columns"],
    }
    assert answer.body["message"] == "The given data was invalid."
    assert answer.body["code"] == "VALIDATION_FAILED"
    assert answer.body["details"] == answer.body["errors"]


def test_27_3_a_partial_failure_changes_nothing(server: Running, owner: Caller) -> None:
    """00 §27.3, ERR-04."""
    process = make_process(owner)
    before, events = owner("GET", process.path()), events_of(server, owner, process.tasks[0])
    bad = process.field("Plan")
    body = {"title": "New", "position": 2, "owners": {"guests": ["fresh@x.example"]}, "tags": [make_tag(owner)],
            "taskdata": {process.field("Company"): "x", bad: {"id": 9, "text": "Nope"}}}  # fmt: skip
    answer = owner("PUT", process.path(), body)
    assert answer.body["message"] == "Invalid dropdown choice selected."
    assert answer.errors == {f"taskdata.{bad}": ["Invalid dropdown choice selected."]}
    assert unchanged(before, owner("GET", process.path()))
    assert events_of(server, owner, process.tasks[0]) == events
    assert owner("GET", "/O/guests/fresh@x.example").status == 404, "no guest is made for a refused body"


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"title": None}, {"title": ["The title field is required."]}),
        ({"title": " <b> </b> "}, {"title": ["The title field is required."]}),
        ({"title": 5}, {"title": ["The title must be a string."]}),
        ({"deadline": 1751360400}, {"deadline": ["The deadline is not a valid date."]}),
        ({"deadline": "15/10/2025"}, {"deadline": ["The deadline is not a valid date."]}),
        ({"started_at": {}}, {"started_at": ["The started at is not a valid date."]}),
        ({"webhook": "ftp://x.example"}, {"webhook": ["The webhook must be a valid URL."]}),
        (
            {"webhook": "https://x.example/" + "a" * 2048},
            {"webhook": ["The webhook may not be greater than 2048 characters."]},
        ),
        ({"position": -1}, {"position": ["The position must be at least 1."]}),
        ({"position": 1.5}, {"position": ["The position must be an integer."]}),
        ({"max_assignable": 2**53}, {"max_assignable": ["The max assignable must be an integer."]}),
        ({"top_secret": "maybe"}, {"top_secret": ["The top secret field must be true or false."]}),
        ({"status": "overdue"}, {"status": ["The selected status is invalid."]}),
        ({"task_type": "project"}, {"task_type": ["The selected task type is invalid."]}),
        ({"task_type": "email", "everyone_must_complete": True},
         {"everyone_must_complete": ["Everyone must complete is only possible for tasks and approvals."]}),
        ({"taskdata": [1]}, {"taskdata": ["The taskdata must be an object keyed by form field id."]}),
        ({"taskdata": 7}, {"taskdata": ["The taskdata must be an object keyed by form field id."]}),
        ({"summary": "x" * 500_001}, {"summary": ["The summary may not be greater than 500000 characters."]}),
    ],
)  # fmt: skip
def test_what_a_member_may_not_be(owner: Caller, body: Any, errors: Any) -> None:
    process = make_process(owner, {"title": "A"})
    before = owner("GET", process.path())
    assert owner("PUT", process.path(), body).errors == errors
    assert unchanged(before, owner("GET", process.path()))


# -- warnings (00 §27.4, PUT-07) ---------------------------------------------------------------------------------------


def test_27_4_unknown_keys_are_dropped_and_told(owner: Caller) -> None:
    process = make_process(owner, {"title": "A"})
    before = owner("GET", process.path())
    for key in (UNKNOWN, "clé – \U0001f600", "nope"):
        answer = owner("PUT", process.path(), {"taskdata": {key: "typo"}})
        assert answer.status == 200
        warning = [{"code": "UNKNOWN_TASKDATA_KEY", "key": key}]
        assert answer.body["meta"] == {"warnings": warning}
        assert json.loads(answer.headers["x-procession-warnings"]) == warning
    assert unchanged(before, owner("GET", process.path()))
    strict = owner("PUT", f"{process.path()}?strict=true", {"taskdata": {UNKNOWN: "typo"}, "titel": 1})
    assert strict.errors.keys() == {f"taskdata.{UNKNOWN}", "titel"}


def test_kickoff_fields_are_not_a_tasks(owner: Caller) -> None:
    """20 §8.1."""
    template = make_template(owner, {"title": "A"}, kickoff=[{"label": "Client", "field_type": "text"}])
    made = owner("POST", "/O/runs?with=tasks", {"checklist_id": template.id, "name": "R"}).data
    path = f"/O/tasks/{made['tasks']['data'][0]['id']}"
    answer = owner("PUT", path, {"taskdata": {template.kickoff["Client"]: "x"}})
    assert answer.data["taskdata"] == {}
    assert answer.body["meta"]["warnings"][0]["key"] == template.kickoff["Client"]


def test_many_unknown_keys_fit_the_header(owner: Caller) -> None:
    path = make_oneoff(owner)
    answer = owner("PUT", path, {"taskdata": {f"{number:032x}": 1 for number in range(500)}})
    assert len(answer.body["meta"]["warnings"]) == 500
    assert len(answer.headers["x-procession-warnings"]) <= 2048
