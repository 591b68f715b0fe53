"""The conformance checklist of the tasks, row by row: what each client sends, what it then reads (spec 20 §28)."""

import ast
from collections.abc import Mapping
from pathlib import Path

from tests.clients.conftest import Ready
from tests.support.files import upload
from tests.support.make import events_of, importing, make_group, make_tag, owners
from tests.support.server import Caller, Running

ROWS: Mapping[str, str] = {
    "SDK create_task": "test_tallyfy_sdk.test_oneoff_task",
    "SDK update_task, update_standalone_task": "test_tallyfy_sdk.test_update_task",
    "SDK get_task, get_tasks_for_process": "test_sdk_task_lists.test_lists_carry_what_the_sdk_asks_for",
    "SDK get_my_tasks": "test_sdk_task_lists.test_personal_lists_are_walked_to_their_end",
    "SDK get_user_tasks, get_guest_tasks": "test_sdk_task_lists.test_tasks_of_guests_are_listed_in_every_state",
    "SDK complete_*, reopen_*": "test_tallyfy_sdk.test_complete_and_reopen",
    "SDK delete_standalone_task": "test_tallyfy_sdk.test_oneoff_task",
    "SDK threads": "test_sdk_people.test_comments_and_issues",
    "SDK upload_file, download_file": "test_tallyfy_sdk.test_upload_and_download",
    "SDK parsing": "test_sdk_task_lists.test_lists_carry_what_the_sdk_asks_for",
    "CLI": "test_conformance.test_the_command_line",
    "n8n node": "test_conformance.test_the_n8n_node",
    "n8n trigger": "test_conformance.test_the_n8n_trigger",
    "MCP": "test_conformance.test_the_mcp_server",
    "Migrators": "test_conformance.test_migrators",
    "Migrators, older paths": "test_conformance.test_migrators",
    "Webhook consumers": "test_conformance.test_one_event_a_completion",
}
"""The test that each row of the checklist is proven by."""


def launched(by: Caller, ready: Ready, name: str = "Globex") -> tuple[str, list[str]]:
    """A process and its tasks by position."""
    run = by("POST", "/O/runs", {"checklist_id": ready.template, "name": name}).data["id"]
    return run, [one["id"] for one in by("GET", f"/O/runs/{run}/tasks").data]


def test_every_row_names_a_test() -> None:
    here = Path(__file__).parent
    for row, named in ROWS.items():
        file, test = named.split(".")
        tree = ast.parse((here / f"{file}.py").read_text())
        assert test in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}, row


def test_the_command_line(server: Running, owner: Caller, ready: Ready) -> None:
    """Exit codes come from statuses, texts from `message`; ids are strings, pages are clamped."""
    run, tasks = launched(owner, ready)
    me = owner("GET", "/me").data
    assert isinstance(me["email"], str)
    page = owner("GET", f"/O/runs/{run}/tasks?per_page=500")
    assert (page.body["meta"]["pagination"]["per_page"], page.body["meta"]["pagination"]["total_pages"]) == (100, 1)
    read = (
        "id",
        "title",
        "status",
        "run_id",
        "step_id",
        "deadline",
        "completed_at",
        "owners",
        "task_type",
        "created_at",
    )
    assert all(set(read) <= set(one) for one in page.data)
    assert all(isinstance(one[name], str) for one in page.data for name in ("id", "run_id", "step_id"))
    mate = server.member(owner, "standard")
    group = make_group(owner, [owner.user_id])
    buckets = {"users": [mate.user_id], "guests": [], "groups": [group]}
    assert owners(owner("PUT", f"/O/runs/{run}/tasks/{tasks[0]}", {"owners": buckets}).data)[0] == [mate.user_id]
    assert [one["id"] for one in owner("GET", f"/O/tasks?owners={mate.user_id}").data] == [tasks[0]]
    for path in (f"/O/runs/{run}/completed-tasks", "/O/completed-tasks"):
        task = tasks.pop()
        assert owner("POST", path, {"task_id": task}).data["completed_at"]
        done = next(one for one in owner("GET", f"/O/runs/{run}/tasks?per_page=100").data if one["id"] == task)
        assert (done["status"], bool(done["completed_at"])) == ("completed", True)
    wrong = owner("PUT", f"/O/tasks/{tasks[0]}", {"title": "x" * 601})
    assert (wrong.status, wrong.body["message"]) == (422, "The title may not be greater than 600 characters.")
    assert owner("PUT", f"/O/tasks/{tasks[0]}", raw=b"{").status == 400
    assert mate("DELETE", f"/O/tasks/{tasks[0]}/delete").status == 403
    assert wrong.headers["x-request-id"] == wrong.body["request_id"]
    exported = owner("POST", f"/O/runs/{run}/export")
    assert (exported.status, exported.data["run_id"]) == (200, run)
    mate.http.close()


def test_the_n8n_node(owner: Caller, ready: Ready) -> None:
    n8n = {"X-Tallyfy-Client": "n8n"}
    run, tasks = launched(owner, ready)
    tags = [make_tag(owner), make_tag(owner)]
    body = {
        "title": "Call", "task_type": "task", "deadline": "2031-01-01T00:00:00.000Z", "tags": ",".join(tags),
        "owners": {"users": [str(owner.user_id)], "guests": [""], "groups": []}, "position": 0, "max_assignable": 0,
        "comment": "From a flow",
    }  # fmt: skip
    made = owner("POST", "/O/tasks?with=tags,threads", body, headers=n8n).data
    assert [one["tag_id"] for one in made["tags"]["data"]] == tags
    assert [one["content"] for one in made["threads"]["data"]] == ["From a flow"]
    nobody: dict[str, list[int]] = {"users": [], "guests": [], "groups": []}
    properties = {"title": "Call them", "deadline": "2031-01-02T00:00:00.000Z", "owners": nobody}
    emptied = owner("PUT", f"/O/tasks/{made['id']}", properties, headers=n8n)
    assert owners(emptied.data) == ([], [], [])
    shared = "status=draft,starred,delayed&sort=-created_at&type=procedure&folder_type=run&limit=1"
    assert owner("GET", f"/O/tasks?{shared}", headers=n8n).status == 200
    page, seen = 1, []
    while True:
        listed = owner("GET", f"/O/tasks?page={page}&per_page=2", headers=n8n)
        seen += [one["id"] for one in listed.data]
        if not listed.body["meta"]["pagination"]["has_more_pages"]:
            break
        page += 1
    assert sorted(seen) == sorted([*tasks, made["id"]])
    assert len(owner("GET", "/O/tasks?limit=2", headers=n8n).data) == 2
    copy = owner("POST", f"/O/tasks/{tasks[0]}/clone", headers=n8n)
    assert (copy.status, copy.data["is_oneoff_task"]) == (201, True)
    bot = owner("POST", f"/O/tasks/{tasks[0]}/bot-comment", {"content": "Beep"}, headers=n8n).data
    assert (bot["author_type"], bot["author_id"]) == ("bot", None)
    issue = owner("POST", f"/O/tasks/{tasks[0]}/problem", {"content": "Broken"}, headers=n8n).data["id"]
    both = {"thread_id": issue, "content": "Mended", "comment_id": issue, "text": "Mended"}
    solved = owner("POST", f"/O/tasks/{tasks[0]}/resolved-threads", both, headers=n8n)
    assert (solved.status, solved.data["label"]) == (201, "resolve")
    threads = owner("GET", f"/O/runs/{run}/tasks/{tasks[0]}?with=threads", headers=n8n).data["threads"]["data"]
    assert next(one["resolve_id"] for one in threads if one["id"] == issue) == solved.data["id"]


def test_the_n8n_trigger(owner: Caller, ready: Ready) -> None:
    """What is new is on the first page."""
    run, tasks = launched(owner, ready)
    owner("PUT", f"/O/runs/{run}/tasks/{tasks[2]}", {"owners": {"users": [owner.user_id]}})
    for task in (tasks[1], tasks[0]):
        owner("POST", f"/O/runs/{run}/completed-tasks", {"task_id": task})
        owner("POST", f"/O/tasks/{task}/comment", {"content": f"Done {task}"})
    assert [one["id"] for one in owner("GET", "/O/tasks?status=completed&per_page=1").data] == [tasks[0]]
    assert tasks[2] in {one["id"] for one in owner("GET", "/O/tasks?assignee=me&status=active&per_page=50").data}
    swept = owner("GET", f"/O/runs/{run}/tasks?with=threads&per_page=100").data
    ids = [one["id"] for task in swept for one in task["threads"]["data"]]
    assert len(set(ids)) == len(ids) == 2
    again = owner("GET", f"/O/runs/{run}/tasks?with=threads&per_page=100").data
    assert [one["id"] for task in again for one in task["threads"]["data"]] == ids
    latest = launched(owner, ready, "Newest")[0]
    listed = owner("GET", f"/O/runs?sort=-created_at&per_page=1&checklist_id={ready.template}").data
    assert [one["id"] for one in listed] == [latest]


def test_the_mcp_server(owner: Caller, ready: Ready) -> None:
    mcp = {"X-Tallyfy-Client": "TallyfySDK"}
    run, tasks = launched(owner, ready)
    path = f"/O/runs/{run}/tasks/{tasks[0]}"
    fields = owner("GET", f"{path}?with=form_fields", headers=mcp).data["form_fields"]["data"]
    assert all({"id", "field_type", "label", "options", "field_value"} <= set(one) for one in fields)
    people = {"users": [owner.user_id], "guests": ["a@x.example"], "groups": []}
    owner("PUT", path, {"owners": people}, headers=mcp)
    now = owner("GET", path, headers=mcp).data["owners"]
    assert (now["users"], now["guests"], now["groups"]) == ([owner.user_id], ["a@x.example"], [])
    kept = {**{name: now[name] for name in people}, "guests": ["b@x.example"]}
    assert owners(owner("PUT", path, {"owners": kept}, headers=mcp).data) == ([owner.user_id], ["b@x.example"], [])
    form = [{"label": "Size", "field_type": "dropdown", "required": True, "options": [{"label": "S"}, {"text": "M"}]}]
    body = {"title": "Extra", "task_type": "task", "deadline": "2031-01-01 10:00:00", "owners": people}
    extra = owner("POST", "/O/tasks?with=form_fields", {**body, "run_id": run, "form_fields": form}, headers=mcp).data
    assert (extra["run_id"], extra["checklist_id"]) == (run, None)
    assert [one["text"] for one in extra["form_fields"]["data"][0]["options"]] == ["S", "M"]
    alone = owner("POST", "/O/tasks", body, headers=mcp).data
    assert (alone["run_id"], alone["checklist_id"]) == (None, None)
    each = owner("POST", "/O/tasks", {**body, "separate_task_for_each_assignee": True}, headers=mcp).data
    assert each["run"]["id"] == each["run"]["data"]["id"] == each["run_id"]
    pages = [owner("GET", f"/O/runs/{each['run_id']}/tasks?page={page}&per_page=100").data for page in (1, 2)]
    assert [len(one) for one in pages] == [2, 0]


def test_migrators(server: Running, owner: Caller, ready: Ready) -> None:
    """Importers: grouped answers, single ones, and the paths of older releases."""
    run, tasks = launched(owner, ready)
    shown = owner("GET", f"/O/runs/{run}/form-fields").data
    assert {one["task_id"] for one in shown["form_fields"]} == {tasks[0]}
    assert isinstance(shown["ko_form_fields"], list)
    by_type = {one["field_type"]: one["id"] for one in shown["form_fields"]}
    grouped = {by_type["text"]: "Acme", by_type["radio"]: "Part-time", by_type["date"]: "2031-05-05"}
    path = f"/O/runs/{run}/tasks/{tasks[0]}"
    assert owner("PUT", path, {"taskdata": grouped}).data["taskdata"][by_type["radio"]] == "Part-time"
    one = {"id": by_type["email"], "form_value": "a@x.example", "task_id": tasks[0]}
    assert owner("PUT", "/O/form-field/value", one).data["value"] == "a@x.example"
    step = owner("GET", path).data["step_id"]
    assert owner("PATCH", f"/O/runs/{run}/tasks/{step}", {"title": "By its step"}).data["id"] == tasks[0]
    said = owner("POST", f"{path}/comments", {"text": "Imported", "author_id": 1, "id": "a1"})
    assert (said.status, said.data["content"]) == (201, "Imported")
    file = upload(owner, part="file", path=f"{path}/files")
    assert (file.status, file.data["subject"]) == (200, {"id": run, "type": "Run"})
    mate = server.member(owner, "standard")
    history = {"status": "completed", "completed_by": mate.user_id, "completed_at": "2020-02-03T04:05:06Z"}
    done = importing(owner)("PUT", path, history).data
    assert (done["status"], done["completer_id"], done["completed_at"]) == (
        "completed", mate.user_id, "2020-02-03T04:05:06Z",
    )  # fmt: skip
    mate.http.close()


def test_one_event_a_completion(server: Running, owner: Caller, ready: Ready) -> None:
    """What webhooks are made from: the last part of a shared task, and never the same completion twice."""
    run, tasks = launched(owner, ready)
    mate = server.member(owner, "standard")
    people = {"users": [owner.user_id, mate.user_id]}
    path = f"/O/runs/{run}/completed-tasks"
    owner("PUT", f"/O/tasks/{tasks[1]}", {"owners": people, "everyone_must_complete": True})
    for by in (mate, owner, owner):
        assert by("POST", path, {"task_id": tasks[1]}).status == 200
    kinds = [one[0] for one in events_of(server, owner, tasks[1])]
    assert kinds.count("task.completed") == 1
    mate.http.close()
