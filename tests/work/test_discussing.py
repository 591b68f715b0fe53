"""Comments, mentions and issues of tasks and processes (spec 20 §19, 10 §12)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from procession.discussions.model import Draft
from procession.kernel.errors import RateLimited
from procession.kernel.unit import Unit
from procession.people.model import Actor, Settings
from procession.work import discussing
from tests.api.test_bad_input import STRANGE
from tests.support.fixtures_server import Team
from tests.support.make import events_of, launch, make_oneoff, make_process, make_template, owners
from tests.support.server import Caller, Running

ERRORS: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["content"]),
    ({"content": " <p>&nbsp;</p> "}, ["content"]),
    ({"content": 5}, ["content"]),
    ({"content": "x" * 30_001}, ["content"]),
    ({"content": "x", "state": "secret", "label": "joke"}, ["label", "state"]),
    ({"content": "x", "selected_text": "x" * 5001}, ["selected_text"]),
]


def places(owner: Caller) -> dict[str, str]:
    process = make_process(owner, {"title": "A"})
    return {"task": f"/O/tasks/{process.tasks[0]}", "process": f"/O/runs/{process.id}"}


@pytest.mark.parametrize("kind", ["task", "process"])
def test_a_comment_is_written_changed_and_deleted(server: Running, owner: Caller, kind: str) -> None:
    path = places(owner)[kind]
    made = owner("POST", f"{path}/comment", {"text": "<p onclick='x()'>Hi<script>1</script></p>"})
    assert made.status == 201
    comment = made.data
    assert comment == {
        "id": comment["id"], "content": "<p>Hi</p>", "content_raw": "<p>Hi</p>", "author_id": owner.user_id,
        "author_type": "user", "author": comment["author"], "label": "comment", "state": "hide-for-guests",
        "task_id": path.rsplit("/", 1)[1] if kind == "task" else None, "run_id": comment["run_id"],
        "resolve_id": None, "sent_to": [], "selected_text": None, "anchor": None, "reactions": [], "assets": [],
        "created_at": comment["created_at"], "updated_at": comment["created_at"], "archived_at": None,
    }  # fmt: skip
    assert (comment["author"]["id"], comment["author"]["email"]) == (owner.user_id, owner.email)
    again = owner("POST", f"{path}/comment", {"content": "<p>Hi</p>"})
    assert (again.status, again.data["id"]) == (200, comment["id"]), "00 §15.3"
    one = f"{path}/comment/{comment['id']}"
    changed = owner("PUT", one, {"content": "Ho", "state": "open", "label": "advice"}).data
    assert (changed["content"], changed["state"], changed["label"]) == ("Ho", "open", "advice")
    kept = owner("PUT", one, {"content": "Ho"}).data
    assert (kept["state"], kept["label"]) == ("open", "advice"), "what is not sent stays"
    assert owner("PUT", f"{one}/state", {"state": "collapsed"}).data["state"] == "collapsed"
    assert owner("PUT", one, {"content": "X"}, headers={"If-Match": '"1"'}).status == 412
    for body, names in ERRORS:
        assert sorted(owner("POST", f"{path}/comment", body).errors) == names
    assert owner("POST", f"{path}/comment", {"content": "x" * 30_000}).status == 201
    for _ in range(2):
        assert owner("POST", f"{one}/reactions", {"emoji": "👍"}).data["reactions"] == [
            {"emoji": "👍", "count": 1, "user_ids": [owner.user_id]}
        ]
    assert owner("DELETE", f"{one}/reactions", {"emoji": "👍"}).data["reactions"] == []
    listed = [one["label"] for one in owner("GET", f"{path}/comments").data]
    assert listed == ["advice", "comment"]
    assert [one["label"] for one in owner("GET", f"{path}/comments?sort=-created_at&per_page=1").data] == ["comment"]
    assert [one["label"] for one in owner("GET", f"{path}/comments?label=advice&state=collapsed").data] == ["advice"]
    assert [one["label"] for one in owner("GET", f"{path}?with=threads").data["threads"]["data"]] == listed
    if kind == "task":
        shown = owner("GET", f"{path}?with=comments,issues").data
        assert (shown["threads_count"], len(shown["comments"]["data"]), shown["issues"]["data"]) == (2, 2, [])
        row = owner("GET", "/O/tasks?with=threads_count").data[0]
        assert row["threads_count"] == 2
    assert owner("DELETE", one).status == 204
    assert owner("DELETE", one).status == 404
    told = [row[1] for row in events_of(server, owner, path.rsplit("/", 1)[1]) if row[2] == "comment"]
    assert told == ["commented", "updated", "commented", "comment-deleted"]


def test_who_comments(server: Running, team: Team) -> None:
    """20 §19.2, §27; 40 §14.7, §14.8: whoever sees the task; a guest what is his, unless he may not."""
    owner, guest = team.owner, team.guest
    process = make_process(owner, {"title": "A"})
    task, run = f"/O/tasks/{process.tasks[0]}", f"/O/runs/{process.id}"
    assert [one("POST", f"{task}/comment", {"content": "x"}).status for one in (team.standard, team.light, guest)] == [
        404
    ] * 3
    owner("PUT", process.path(), {"owners": {"users": [team.light.user_id, owner.user_id], "guests": [guest.email]}})
    secret = owner("POST", f"{task}/comment", {"content": "secret"}).data["id"]
    shown = owner("POST", f"{task}/comment", {"content": "shown", "state": "open"}).data["id"]
    mine = guest("POST", f"{task}/comment", {"content": "mine"}).data
    assert (mine["state"], mine["author_type"], mine["author_id"]) == ("open", "guest", None)
    owner("PUT", f"{task}/comment/{mine['id']}/state", {"state": "hide-for-guests"})
    seen = guest("GET", f"{process.path()}?with=threads").data
    assert [one["id"] for one in seen["threads"]["data"]] == [shown, mine["id"]]
    assert seen["threads_count"] == 2
    assert [one["author"]["email"] for one in seen["threads"]["data"]] == [None, guest.email]
    assert guest("PUT", f"{task}/comment/{mine['id']}", {"content": "still mine"}).status == 200
    assert guest("PUT", f"{task}/comment/{shown}", {"content": "x"}).status == 403
    assert guest("DELETE", f"{task}/comment/{secret}").status == 404
    assert guest("POST", f"{task}/comment/{secret}/reactions", {"emoji": "x"}).status == 404
    assert team.light("POST", f"{task}/comment", {"content": "light"}).status == 201
    assert team.light("POST", f"{run}/comment", {"content": "light"}).status == 201
    assert team.light("DELETE", f"{task}/comment/{shown}").status == 403
    assert guest("POST", f"{run}/comment", {"content": "x"}).status == 403
    assert guest("GET", f"{run}/comments").data == []
    told = owner("POST", f"{run}/comment", {"content": "told", "state": "open"}).data["id"]
    assert [one["id"] for one in guest("GET", f"{run}/comments").data] == [told]
    both = guest("GET", f"{run}?with=threads,selected_text_comment").data
    assert ([one["id"] for one in both["threads"]["data"]], both["selected_text_comment"]["data"]) == ([told], [])
    assert team.stranger("POST", f"{task}/comment", {"content": "x"}).status == 404
    assert owner("DELETE", f"{task}/comment/{mine['id']}").status == 204, "administrators any"
    owner("PUT", process.path(), {"prevent_guest_comment": True})
    assert guest("POST", f"{task}/comment", {"content": "x"}).status == 403
    assert guest("GET", f"{task}?with=threads").data["threads"]["data"] == []
    assert (guest("GET", task).data["threads_count"], guest("GET", f"{task}/comments").data) == (0, [])
    bot = owner("POST", f"{task}/bot-comment", {"content": "beep"}).data
    assert (bot["author_type"], bot["author_id"], bot["author"]["full_name"]) == ("bot", None, "Procession Bot")
    oneoff = make_oneoff(owner)
    owner("DELETE", oneoff)
    assert owner("POST", f"{oneoff}/comment", {"content": "x"}).body["code"] == "TASK_ARCHIVED"
    owner("DELETE", run)
    assert owner("POST", f"{run}/comment", {"content": "x"}).body["code"] == "RUN_ARCHIVED"
    assert owner("POST", f"{task}/comment", {"content": "x"}).body["code"] == "TASK_ARCHIVED"


def test_mentions(server: Running, team: Team) -> None:
    """20 §19.3: a mention lets one see; `sent_to` mentions; `+address` assigns."""
    owner, standard = team.owner, team.standard
    process = make_process(owner, {"title": "A"}, {"title": "B"})
    task, run = f"/O/tasks/{process.tasks[0]}", f"/O/runs/{process.id}"
    assert standard("GET", run).status == 404
    body = {"content": f"Ask @[{standard.user_id}] and @[999999]", "sent_to": [team.light.user_id, 999999]}
    made = owner("POST", f"{task}/comment", body).data
    assert sorted(made["sent_to"]) == sorted([standard.user_id, team.light.user_id])
    assert made["content_raw"].startswith(f"@[{team.light.user_id}] Ask @[{standard.user_id}] and @[999999]")
    assert made["content"].count("<strong>") == 2
    assert (standard("GET", run).status, standard("GET", task).status) == (200, 200)
    assert owners(owner("GET", task).data)[0] == [owner.user_id], "assignees are not changed"
    found = [one["id"] for one in standard("GET", "/O/tasks?mentioned=me").data]
    assert found == [process.tasks[0]]
    assert [one["id"] for one in owner("GET", f"/O/tasks?mentioned={standard.user_id}").data] == found
    owner("PUT", f"{task}/comment/{made['id']}", {"content": "Nobody"})
    assert standard("GET", "/O/tasks?mentioned=me").data == []
    named = owner("POST", f"{task}/comment", {"content": "Over to +Kim@Client.example."}).data
    assert owners(owner("GET", task).data)[1] == ["kim@client.example"]
    kim = server.guest(owner, "kim@client.example")
    assert [one["id"] for one in kim("GET", f"{task}/comments").data] == [named["id"]], "what mentions him"
    wrong = owner("POST", f"{task}/comment", {"content": f"+{standard.email}"})
    assert list(wrong.errors) == ["content"]
    owner("PUT", process.path(1), {"max_assignable": 1})
    full = owner("POST", f"/O/tasks/{process.tasks[1]}/comment", {"content": "+li@client.example"})
    assert list(full.errors) == ["content"]
    assert owner("GET", f"/O/tasks/{process.tasks[1]}").data["threads_count"] == 0, "nothing was written"
    assert owner("POST", f"{run}/comment", {"content": "+lo@client.example"}).status == 201
    assert owner("GET", "/O/guests/lo@client.example").status == 200
    assert team.light("POST", f"{task}/comment", {"content": "+la@client.example"}).status == 201
    assert owner("GET", "/O/guests/la@client.example").status == 404, "who may not assign guests writes text"


def test_issues_of_a_task(server: Running, owner: Caller) -> None:
    """20 §19.4."""
    process = make_process(owner, {"title": "A"})
    task, run = f"/O/tasks/{process.tasks[0]}", f"/O/runs/{process.id}"
    first = owner("POST", f"{task}/problem", {"content": "Supplier is closed"})
    assert (first.status, first.data["label"], first.data["resolve_id"]) == (201, "problem", None)
    second = owner("POST", f"{task}/comment", {"content": "And far", "label": "problem"}).data
    assert owner("GET", task).data["problem"] is True
    assert owner("GET", run).data["status"] == "problem"
    refused = owner("POST", f"/O/runs/{process.id}/completed-tasks", {"task_id": process.tasks[0]})
    assert refused.body["code"] == "TASK_HAS_ISSUES"
    resolve = f"{task}/resolved-threads"
    assert sorted(owner("POST", resolve, {"thread_id": "f" * 32}).errors) == ["content", "thread_id"]
    done = owner("POST", resolve, {"thread_id": first.data["id"], "content": "Open again"})
    assert (done.status, done.data["label"]) == (201, "resolve")
    again = owner("POST", resolve, {"thread_id": first.data["id"], "content": "Once more"})
    assert (again.status, again.data["id"]) == (200, done.data["id"]), "resolved already"
    issues = owner("GET", f"{task}?with=issues").data
    assert [one["resolve_id"] for one in issues["issues"]["data"]] == [done.data["id"], None]
    assert issues["problem"] is True
    assert owner("DELETE", f"{task}/comment/{second['id']}").status == 204
    assert (owner("GET", task).data["problem"], owner("GET", run).data["status"]) == (False, "active")
    assert owner("POST", resolve, {"content": "Nothing open"}).errors == {
        "thread_id": ["The selected thread is no open issue."]
    }
    # A completed task is reopened by an issue; a comment labelled so resolves the newest.
    owner("POST", "/O/completed-tasks", {"task_id": process.tasks[0]})
    owner("POST", f"{task}/problem", {"content": "Not done at all"})
    assert (owner("GET", task).data["completed_at"], owner("GET", run).data["status"]) == (None, "problem")
    assert owner("POST", f"{task}/comment", {"content": "Fine now", "label": "resolve"}).status == 201
    assert owner("GET", run).data["status"] == "active"
    assert owner("POST", f"{task}/comment", {"content": "Fine, really", "label": "resolve"}).status == 201
    verbs = [row[1] for row in events_of(server, owner, process.tasks[0]) if row[2] == "comment"]
    assert verbs.count("issue-reported") == 3


def test_issues_move_with_their_task(owner: Caller) -> None:
    """10 §11.3: what the process counts follows."""
    process = make_process(owner, {"title": "A"})
    run = f"/O/runs/{process.id}"
    task = make_oneoff(owner)
    owner("POST", f"{task}/problem", {"content": "x"})
    for run_id, status in ((process.id, "problem"), (None, "active"), (process.id, "problem")):
        assert owner("PUT", task, {"run_id": run_id}).status == 200
        assert owner("GET", run).data["status"] == status
    owner("DELETE", f"{task}/delete")
    assert owner("GET", run).data["status"] == "active"


def test_issues_of_a_process(team: Team) -> None:
    """10 §12: it locks the process; several may be open."""
    owner, guest = team.owner, team.guest
    process = make_process(owner, {"title": "A"})
    owner("PUT", process.path(), {"owners": {"users": [owner.user_id], "guests": [guest.email]}})
    task, run = f"/O/tasks/{process.tasks[0]}", f"/O/runs/{process.id}"
    issues = [owner("POST", f"{run}/problem", {"content": text}).data["id"] for text in "ab"]
    shown = owner("GET", run).data
    assert (shown["has_open_issue"], shown["status"]) == (True, "issue")
    assert owner("PUT", process.path(), {"title": "B"}).body["code"] == "PROCESS_HAS_OPEN_ISSUE"
    assert owner("POST", f"{run}/resolved-threads", {"thread_id": issues[0], "content": "x"}).status == 201
    assert owner("GET", run).data["status"] == "issue"
    assert owner("POST", f"{run}/resolved-threads", {"content": "all"}).status == 201
    shown = owner("GET", run).data
    assert (shown["has_open_issue"], shown["status"]) == (False, "active")
    assert guest("POST", f"{task}/problem", {"content": "x"}).status == 201
    assert guest("POST", f"{task}/resolved-threads", {"content": "x"}).status == 403, "never guests"
    assert team.standard("POST", f"{task}/resolved-threads", {"content": "x"}).status == 404


def test_a_comment_comes_along(server: Running, owner: Caller) -> None:
    """20 §7.2, §12, §13, §16: `comment` of update, hide, show and complete; `reason` of reopen."""
    guest = server.guest(owner)
    process = make_process(owner, {"title": "A"}, {"title": "B"})
    path, task = process.path(), process.tasks[0]
    owner("PUT", path, {"owners": {"users": [owner.user_id], "guests": [guest.email]}})
    acts: list[tuple[str, str, Any]] = [
        ("PUT", path, {"title": "B", "comment": "<p>Renamed</p>"}),
        ("PUT", path, {"comment": "<p> </p>"}),
        ("PUT", f"{path}/hide", {"comment": "Hidden"}),
        ("PUT", f"{path}/show", {"comment": "Shown"}),
        ("PUT", f"{path}/show", None),
        ("POST", "/O/completed-tasks", {"task_id": task, "comment": "Done"}),
        ("DELETE", f"/O/completed-tasks/{task}?reason=Again", None),
        ("PUT", path, {"comment": "Done too", "status": "completed"}),
    ]
    for method, address, body in acts:
        assert owner(method, address, body).status in (200, 201), (method, address)
    said = [one["content"] for one in owner("GET", f"/O/tasks/{task}/comments").data]
    assert said == ["<p>Renamed</p>", "Hidden", "Shown", "Done", "Again", "Done too"]
    owner("DELETE", f"/O/completed-tasks/{task}")
    assert guest("POST", "/O/completed-tasks", {"task_id": task, "comment": "By me"}).status in (200, 201)
    assert [one["content"] for one in guest("GET", f"/O/tasks/{task}/comments").data] == ["By me"]
    owner("DELETE", f"/O/completed-tasks/{task}")
    owner("PUT", path, {"prevent_guest_comment": True})
    assert guest("POST", "/O/completed-tasks", {"task_id": task, "comment": "Not said"}).status in (200, 201)
    assert owner("GET", f"/O/tasks/{task}").data["threads_count"] == 7
    other = process.path(1)
    assert owner("PUT", other, {"comment": "x" * 30_001}).errors == {
        "comment": ["The comment may not be greater than 30000 characters."]
    }
    refused = owner("PUT", other, {"title": "No", "comment": f"+{owner.email}"})
    assert list(refused.errors) == ["comment"]
    assert owner("GET", other).data["title"] == "B", "nothing was written"


def test_no_comment_is_a_fault_of_the_server(sqlite_server: Running) -> None:
    owner = sqlite_server.organization()
    paths = places(owner)
    comment = owner("POST", f"{paths['task']}/comment", {"content": "x"}).data["id"]
    members = ("content", "state", "label", "sent_to", "selected_text", "thread_id", "emoji")
    for value in STRANGE:
        body = {"content": "x", "emoji": "x", **dict.fromkeys(members, value)}
        for path in paths.values():
            for route in ("comment", "problem", "resolved-threads"):
                assert owner("POST", f"{path}/{route}", body).status in (200, 201, 422), (route, value)
            for name in members:
                sent = {"content": f"{name} {value!r}"[:99], name: value}
                assert owner("POST", f"{path}/comment", sent).status in (200, 201, 422), sent
        for route in ("reactions", "state"):
            method = "PUT" if route == "state" else "POST"
            assert owner(method, f"{paths['task']}/comment/{comment}/{route}", body).status in (200, 422)


def test_comments_go_with_what_they_are_about(owner: Caller) -> None:
    process = launch(owner, make_template(owner, {"title": "A"}))
    task, run = f"/O/tasks/{process.tasks[0]}", f"/O/runs/{process.id}"
    for path in (task, run):
        owner("POST", f"{path}/comment", {"content": "x"})
    owner("DELETE", run)
    assert owner("DELETE", f"{run}/delete").status == 200
    assert owner("GET", f"{task}/comments").status == 404


def test_an_hour_has_so_many_comments(server: Running, owner: Caller) -> None:
    """00 RATE-02: 120 an hour and organization."""
    process = make_process(owner, {"title": "A"})

    def work(session: Any) -> list[int]:
        unit = Unit(session, owner.organization, server.clock.now(), hourly={"comments": 2})
        held = discussing.process_to_discuss(unit, actor, process.id)
        return [len(discussing.say(unit, actor, held, Draft(content=str(one)), None, [])[1]) for one in range(3)]

    actor = Actor(
        principal=f"u{owner.user_id}",
        principals=(f"u{owner.user_id}",),
        role="admin",
        account_id=owner.user_id,
        email=owner.email,
        first_name="O",
        last_name="O",
        settings=Settings(),
    )
    with pytest.raises(RateLimited, match="hourly limit for comments"):
        server.database.command_now(work)
    assert owner("GET", f"/O/runs/{process.id}/comments").data == []


def test_10_2_4_what_is_said_changes_the_process(server: Running, owner: Caller) -> None:
    """Comments on it and on its tasks, written, changed and deleted; reactions, stars and watching do not."""
    process = make_process(owner, {"title": "A"})
    run, task = f"/O/runs/{process.id}", f"/O/tasks/{process.tasks[0]}"
    at = datetime.now(UTC).replace(microsecond=0)

    def moves(method: str, path: str, body: Any = None) -> bool:
        nonlocal at
        at += timedelta(seconds=2)
        server.clock.stop(at)
        before = owner("GET", run)
        assert owner(method, path, body).status < 300
        after = owner("GET", run).data["last_updated"]
        assert after in (before.data["last_updated"], at.isoformat().replace("+00:00", "Z"))
        return bool(after != before.data["last_updated"])

    try:
        for subject in (run, task):
            assert moves("POST", f"{subject}/comment", {"content": "Said"})
            said = owner("GET", f"{subject}/comments").data[-1]["id"]
            assert not moves("POST", f"{subject}/comment/{said}/reactions", {"emoji": "👍"})
            assert moves("PUT", f"{subject}/comment/{said}", {"content": "Said better"})
            assert moves("DELETE", f"{subject}/comment/{said}")
        assert not moves("PUT", run, {"starred": True})
        watched = {"object_type": "run", "object_id": process.id, "notification_type": "in_app"}
        assert not moves("POST", f"/O/users/{owner.user_id}/add-watcher", watched)
        oneoff = make_oneoff(owner)
        assert not moves("POST", f"{oneoff}/comment", {"content": "Alone"})
    finally:
        server.clock.resume()
