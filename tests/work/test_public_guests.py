"""What guests see of public processes they have a task in: all of it, but what is kept back (spec 10 §15.4, §15.2)."""

import re
from typing import Any

from procession.api import all_operations  # noqa: F401 - declares every operation
from procession.api.endpoint import OPERATIONS
from tests.support.files import fetch, upload
from tests.support.fixtures_server import Team
from tests.support.make import Process, launch, make_oneoff, make_template
from tests.support.server import Caller, Running

ASKED = "form_fields,threads,threads_count,assets,summary,issues,activities,step,groups,roles"


def house(team: Team) -> Process:
    """The guest has the first task; the others tell of the second, which is whole, and of one that is confidential."""
    fields = [{"label": "Code", "field_type": "text"}, {"label": "Plan", "field_type": "text"},
              {"label": "Papers", "field_type": "file"}]  # fmt: skip
    template = make_template(
        team.owner,
        {"title": "Mine"},
        {"title": "Theirs", "captures": fields},
        {"title": "Secret", "top_secret": True},
        {"title": "Hidden"},
    )
    process = launch(team.owner, template)
    owner = team.owner
    people = {"users": [owner.user_id], "guests": [team.guest.email]}
    assert owner("PUT", process.path(0), {"owners": people}).status == 200
    assert owner("PUT", process.path(2), {"top_secret": True}).status == 200
    assert owner("PUT", f"{process.path(3)}/hide").status == 200
    return process


def fill(team: Team, process: Process) -> dict[str, str]:
    """Answers, files and comments of the second task; their ids."""
    owner, path = team.owner, process.path(1)
    field = process.field("Papers")
    run: dict[str, Any] = {"subject_type": "Run", "subject_id": process.id}
    file = upload(owner, **run, uploaded_from=field).data
    answers = {process.field("Code"): "X17", process.field("Plan"): "Gold", field: [file]}
    task = f"/O/tasks/{process.tasks[1]}"
    code = owner("GET", f"{task}/captures").data[0]["alias"]
    texts = {"title": f"Theirs {{{{{code}}}}}", "summary": f"<p>How {{{{{code}}}}}</p>"}
    assert owner("PUT", path, {"taskdata": answers, **texts}).status == 200
    said = owner("POST", f"{task}/comment", {"content": "Open word", "state": "open"}).data
    owner("POST", f"{task}/comment", {"content": "Inner word"})
    shown = upload(owner, subject_type="Thread", subject_id=said["id"]).data
    linked = upload(owner, **run, step_id=process.template.steps[1]).data
    return {"answer": file["id"], "comment": shown["id"], "task": linked["id"], "said": said["id"]}


def sees(by: Caller, file_id: str) -> bool:
    return fetch(by, f"/O/file/{file_id}").status_code == 200


def titles(by: Caller, path: str) -> list[str]:
    found = by("GET", path)
    assert found.status == 200, found.body
    rows = found.data["tasks"]["data"] if "with=tasks" in path else found.data
    return sorted(one["title"].split(" ")[0] for one in rows)


def test_everything_of_a_public_process(server: Running, team: Team) -> None:
    owner, guest, process = team.owner, team.guest, house(team)
    made = fill(team, process)
    run, theirs = f"/O/runs/{process.id}", f"/O/tasks/{process.tasks[1]}"
    lists = (f"{run}/tasks", f"{run}?with=tasks")
    reads = (theirs, process.path(1), f"{theirs}/captures", f"{theirs}/comments")
    assert [titles(guest, one) for one in lists] == [["Mine"]] * 2
    assert {guest("GET", one).status for one in reads} == {404}
    assert not any(sees(guest, made[one]) for one in ("answer", "comment", "task"))
    assert owner("PUT", run, {"is_public": True}).status == 200
    assert [titles(guest, one) for one in lists] == [["Mine", "Theirs"]] * 2
    assert titles(guest, "/O/me/tasks") == titles(guest, "/O/tasks") == ["Mine"], "the Tasks view: own tasks alone"
    shown = guest("GET", f"{theirs}?with={ASKED}").data
    assert (shown["title"], shown["summary"]) == ("Theirs X17", "<p>How X17</p>")
    assert [one["value"] for one in shown["form_fields"]["data"]][:2] == ["X17", "Gold"]
    assert [one["content"] for one in shown["threads"]["data"]] == ["Open word"]
    assert (shown["threads_count"], [one["id"] for one in shown["threads"]["data"][0]["assets"]]) == (
        1, [made["comment"]],
    )  # fmt: skip
    assert sorted(one["id"] for one in shown["assets"]["data"]) == sorted([made["answer"], made["task"]])
    assert (shown["owners"]["users"], shown["owners"]["groups"], shown["custom_fields"]) == ([], [], None)
    assert shown["activities"]["data"] == shown["groups"]["data"] == shown["roles"]["data"] == []
    assert [one["value"] for one in guest("GET", f"{theirs}/captures").data][:2] == ["X17", "Gold"]
    assert [one["content"] for one in guest("GET", f"{theirs}/comments").data] == ["Open word"]
    assert "X17" in str(guest("GET", f"{run}/form-fields").data)
    assert all(sees(guest, made[one]) for one in ("answer", "comment", "task"))
    # he sees, and changes nothing
    comment = f"{theirs}/comment/{made['said']}"
    writes: list[tuple[str, str, Any]] = [
        ("PUT", process.path(1), {"title": "x"}), ("PUT", process.path(1), {"taskdata": {process.field("Code"): "y"}}),
        ("POST", "/O/completed-tasks", {"task_id": process.tasks[1]}), ("POST", f"{theirs}/comment", {"content": "x"}),
        ("POST", f"{comment}/reactions", {"emoji": "x"}), ("POST", f"{theirs}/problem", {"content": "x"}),
        ("POST", f"{theirs}/captures", {"id": process.field("Code"), "value": "y"}),
        ("DELETE", f"/O/file/{made['answer']}", None), ("DELETE", theirs, None),
    ]  # fmt: skip
    for method, path, body in writes:
        assert guest(method, path, body).status in (403, 405), (method, path)
    upload_ = upload(guest, subject_type="Task", subject_id=process.tasks[1])
    assert upload_.status == 403
    confidential, hidden = (f"/O/tasks/{process.tasks[one]}" for one in (2, 3))
    assert [guest("GET", one).status for one in (confidential, hidden)] == [404, 404]
    # completed by whom: members by number, other guests by nothing
    other = server.guest(owner)
    owner("PUT", process.path(1), {"owners": {"users": [owner.user_id], "guests": [other.email]}})
    assert other("POST", f"{run}/completed-tasks", {"task_id": process.tasks[1]}).status == 200
    assert other.email in str(owner("GET", theirs).body)
    assert other.email not in str(guest("GET", f"{theirs}?with={ASKED}").body)
    assert other.email not in str(guest("GET", f"{run}?with=tasks,form_fields").body)


def test_what_is_kept_back_and_who_is_out(team: Team) -> None:
    owner, guest, process = team.owner, team.guest, house(team)
    made = fill(team, process)
    run, theirs = f"/O/runs/{process.id}", f"/O/tasks/{process.tasks[1]}"

    def hide(*names: str) -> Any:
        assert owner("PUT", run, {"is_public": True, "publicly_hidden_fields": list(names)}).status == 200
        return guest("GET", f"{theirs}?with={ASKED}").data

    everything = (f"{theirs}?with={ASKED}", f"{theirs}/captures", f"{theirs}/comments", f"{run}/form-fields",
                  f"{run}?with=tasks,form_fields,assets,tasks.form_fields,tasks.threads&form_fields_values=1",
                  f"{run}/tasks?with={ASKED}")  # fmt: skip

    def told(word: str) -> set[str]:
        return {one for one in everything if word in str(guest("GET", one).body)}

    shown = hide(process.field("Code"))
    assert (shown["title"], shown["summary"]) == ("Theirs", "<p>How</p>")
    assert [one["label"] for one in shown["form_fields"]["data"]] == ["Plan", "Papers"]
    assert (told("X17"), len(told("Gold"))) == (set(), 5)
    assert hide(process.field("Papers")) and not sees(guest, made["answer"]) and sees(guest, made["task"])
    assert told(made["answer"]) == set()
    shown = hide("form_fields")
    assert (shown["form_fields"]["data"], shown["taskdata"]) == ([], {})
    assert told("X17") == told("Gold") == told(made["answer"]) == set()
    assert (sees(guest, made["answer"]), sees(guest, made["comment"])) == (False, True)
    shown = hide("comments")
    assert (shown["threads"]["data"], shown["threads_count"], shown["issues"]["data"]) == ([], 0, [])
    assert told("Open word") == set() and not sees(guest, made["comment"])
    assert guest("GET", f"{theirs}/comments").data == []
    assert owner("POST", "/O/completed-tasks", {"task_id": process.tasks[1]}).status == 200
    assert hide("comments")["completer_id"] == owner.user_id
    assert hide("assignees")["completer_id"] is None
    # his own task shows all of it, whatever the page keeps back
    assert owner("POST", f"/O/tasks/{process.tasks[0]}/comment", {"content": "For him", "state": "open"}).status == 201
    hide("comments", "form_fields")
    mine = guest("GET", f"{process.path(0)}?with=threads").data
    assert [one["content"] for one in mine["threads"]["data"]] == ["For him"]
    # private again, archived, or without a task there: nothing
    hide()
    for change, back in (({"is_public": False}, {"is_public": True}),):
        assert owner("PUT", run, change).status == 200
        assert guest("GET", theirs).status == 404 and not sees(guest, made["task"])
        assert owner("PUT", run, back).status == 200
        assert guest("GET", theirs).status == 200
    assert owner("DELETE", run).status == 200
    assert guest("GET", theirs).status == 404
    assert owner("PUT", f"{run}/activate").status == 200
    assert owner("PUT", process.path(0), {"owners": {"users": [owner.user_id], "guests": []}}).status == 200
    assert guest("GET", theirs).status == guest("GET", run).status == 404
    assert not any(sees(guest, made[one]) for one in ("answer", "comment", "task"))
    assert make_oneoff(owner) and titles(guest, "/O/me/tasks") == []


def test_no_way_of_reading_tells_what_is_kept_back(team: Team) -> None:
    """Every operation that reads a task or a process, with every include, for a guest with another task there."""
    owner, guest, process = team.owner, team.guest, house(team)
    made = fill(team, process)
    run = f"/O/runs/{process.id}"
    assert owner("POST", f"/O/tasks/{process.tasks[1]}/problem", {"content": "Zebra", "state": "open"}).status == 201
    hidden = {"is_public": True, "publicly_hidden_fields": ["form_fields", "comments"]}
    assert owner("PUT", run, hidden).status == 200
    named = {"run": process.id, "task": process.tasks[1], "guest": guest.email, "user": "me",
             "field": process.field("Code"), "capture": process.field("Code")}  # fmt: skip
    secrets = ("X17", "Gold", "Open word", "Inner word", "Zebra", made["answer"], made["comment"])
    nested = "ko_form_fields,tasks,tasks.form_fields,tasks.threads,tasks.assets,next_task"
    everything, asked = f"?with=run,{ASKED},{nested}&form_fields_values=1", 0
    for one in OPERATIONS:
        names = set(re.findall(r"{(\w+)}", one.path)) - {"org"}
        if one.method != "GET" or not names <= named.keys() or not names & {"run", "task"}:
            continue
        path = one.path.format(org=owner.organization, **named)
        for query in ("", everything):
            answer = guest("GET", f"{path}{query}")
            asked += 1
            assert answer.status < 500, (one.id, query)
            assert [word for word in secrets if word in str(answer.body)] == [], (one.id, query)
    assert asked > 25
    for file in ("answer", "comment"):
        assert guest("GET", f"/O/assets/{made[file]}").status == 404
    for path in ("/O/me/tasks?with=run", "/O/runs?with=tasks,form_fields,assets", "/O/tasks", "/O/activity-feeds"):
        assert [word for word in secrets if word in str(guest("GET", path).body)] == [], path
