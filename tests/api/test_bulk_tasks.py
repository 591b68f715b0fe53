"""Several tasks in one request (spec 20 §17)."""

from datetime import timedelta
from typing import Any

from tests.support.fixtures_server import Team
from tests.support.make import UNKNOWN, events_of, make_oneoff, make_process, make_tag, owners, unchanged
from tests.support.server import Caller, Running


def test_changed_together_20_17(server: Running, owner: Caller) -> None:
    """`updateRunTasks`: every member of update task, hidden tasks too; all or nothing."""
    process = make_process(owner)
    mate, base = server.member(owner, "standard"), f"/O/runs/{process.id}/tasks"
    first, second, third = process.tasks
    owner("PUT", f"{process.path(1)}/hide")
    body = {
        first: {"deadline": "2031-01-01T10:00:00Z", "taskdata": {process.field("Company"): "Acme"}, "nope": 1},
        second: {"owners": {"users": [mate.user_id]}, "started_at": "2030-01-01T00:00:00Z"},
        third: {"status": "completed", "webhook": "https://x.example/y"},
    }
    done = owner("PUT", f"{base}?with=summary", {"tasks": body, "notify": False})
    assert done.status == 200
    assert [one["id"] for one in done.data] == [first, second, third]
    assert done.data[0]["deadline"] == "2031-01-01T10:00:00Z"
    assert done.data[0]["taskdata"] == {process.field("Company"): "Acme"}
    assert owners(done.data[1]) == ([mate.user_id], [], [])
    assert [one["status"] for one in done.data] == ["active", "auto-skipped", "completed"]
    assert "original_summary" in done.data[0]
    # a list of objects, and the id of a step, as importers send them
    listed = [{"id": process.template.steps[0], "title": "Renamed"}]
    assert owner("PUT", base, {"tasks": listed}).data[0]["title"] == "Renamed"
    # one problem, and nothing is written
    before = [owner("GET", process.path(one)) for one in range(3)]
    wrong = owner("PUT", base, {
        "tasks": {first: {"title": "New"}, second: {"title": "", "owners": {"users": [404404]}}, UNKNOWN: {}, "x": {}}
    })  # fmt: skip
    assert set(wrong.errors) == {
        f"tasks.{second}.title", f"tasks.{second}.owners.users.0", f"tasks.{UNKNOWN}", "tasks.x",
    }  # fmt: skip
    refused = owner("PUT", base, {"tasks": {first: {"title": "New"}, third: {"title": "New"}}})
    assert (refused.body["code"], set(refused.errors)) == ("TASK_COMPLETED", {f"tasks.{third}"})
    missing = owner("PUT", base, {"tasks": {first: {"taskdata": {process.field("Company"): None}, "title": "New"},
                                            second: {"status": "nonsense"}}})  # fmt: skip
    assert set(missing.errors) == {f"tasks.{second}.status"}
    for one in range(3):
        assert unchanged(before[one], owner("GET", process.path(one)))
    many: dict[str, Any] = {str(one): {} for one in range(501)}
    wishes: list[tuple[Any, int]] = [([], 200), ({}, 200), (None, 422), ("x", 422), ([1], 422), ({first: 1}, 422),
                                     (many, 422)]  # fmt: skip
    for sent, status in wishes:
        assert owner("PUT", base, {"tasks": sent}).status == status
    assert set(owner("PUT", base, {}).errors) == {"tasks"}


def test_who_changes_together_20_17(team: Team) -> None:
    process = make_process(team.owner)
    base, body = f"/O/runs/{process.id}/tasks", {"tasks": {process.tasks[0]: {"title": "New"}}}
    for by, status in ((team.standard, 404), (team.light, 404), (team.guest, 404), (team.stranger, 404)):
        assert by("PUT", base, body).status == status
    people = {"users": [team.standard.user_id, team.light.user_id], "guests": [team.guest.email]}
    team.owner("PUT", process.path(), {"owners": people})
    for by, status in ((team.light, 403), (team.guest, 403), (team.standard, 200), (team.owner, 200)):
        assert by("PUT", base, body).status == status
    other = make_process(team.owner)
    foreign = team.owner("PUT", base, {"tasks": {other.tasks[0]: {"title": "New"}}})
    assert set(foreign.errors) == {f"tasks.{other.tasks[0]}"}


def test_each_completed_on_its_own_20_17(server: Running, team: Team) -> None:
    """`completeTasks`: what is refused is told, and harms no other."""
    owner = team.owner
    required = {"label": "Must", "field_type": "text", "required": True}
    process = make_process(owner, {"title": "A"}, {"title": "B", "captures": [required]}, {"title": "C"})
    approval = make_oneoff(owner, task_type="approval").rsplit("/", 1)[1]
    first, second, third = process.tasks
    owner("POST", "/O/completed-tasks", {"task_id": third})
    server.clock.shift(timedelta(minutes=5))
    ids = [approval, second, first, UNKNOWN, "x", third, first]
    results = owner("POST", "/O/completed-tasks/bulk?with=summary", {"task_ids": ids}).data
    assert [one["id"] for one in results] == ids[:-1]
    assert [one["ok"] for one in results] == [False, False, True, False, False, False]
    codes = [one["error"]["code"] for one in results if not one["ok"]]
    assert codes == ["VALIDATION_FAILED", "REQUIRED_FIELDS_MISSING", "RESOURCE_NOT_FOUND", "RESOURCE_NOT_FOUND",
                     "TASK_ALREADY_COMPLETED"]  # fmt: skip
    assert set(results[0]["error"]["errors"]) == {"is_approved"}
    assert [one["error"]["status"] for one in results if not one["ok"]] == [422, 422, 404, 404, 422]
    assert (results[2]["task"]["status"], "task" in results[0]) == ("completed", False)
    assert owner("GET", f"/O/runs/{process.id}").data["progress"]["complete"] == 2
    both = owner("POST", "/O/completed-tasks/bulk", {"task_ids": approval, "is_approved": False}).data
    assert both[0]["task"]["status_label"] == "Rejected"
    for sent, named in (({}, "task_ids"), ({"task_ids": [first] * 101}, "task_ids"), ({"task_ids": {}}, "task_ids")):
        assert set(owner("POST", "/O/completed-tasks/bulk", sent).errors) == {named}
    mine = make_oneoff(owner, owners={"users": [team.light.user_id]}).rsplit("/", 1)[1]
    for by in (team.light, team.guest):
        assert by("POST", "/O/completed-tasks/bulk", {"task_ids": [mine]}).status == 403
    (foreign,) = team.stranger("POST", "/O/completed-tasks/bulk", {"task_ids": [mine]}).data
    assert foreign["error"]["status"] == 404
    for one in (team.standard, team.light):  # he had it, and sees it still
        owner("PUT", f"/O/tasks/{mine}", {"owners": {"users": [one.user_id]}, "can_complete_only_assignees": True})
    (refused,) = team.standard("POST", "/O/completed-tasks/bulk", {"task_ids": [mine]}).data
    assert refused["error"]["status"] == 403


def test_archived_tagged_filed_together_20_17(server: Running, team: Team) -> None:
    """`bulkTasks`, action by action; repeating changes nothing."""
    owner = team.owner
    first, second = (make_oneoff(owner).rsplit("/", 1)[1] for _ in range(2))
    process = make_process(owner).tasks[0]
    tag, folder = make_tag(owner), owner("POST", "/O/folders", {"name": "F", "folder_type": "run"}).data["id"]

    def bulk(by: Caller = owner, **body: object) -> list[bool]:
        return [one["ok"] for one in by("POST", "/O/tasks/bulk", {"task_ids": [first, second, process], **body}).data]

    def shown(task: str) -> tuple[list[str], list[str]]:
        read = owner("GET", f"/O/tasks/{task}?with=tags,folders").data
        return [one["tag_id"] for one in read["tags"]["data"]], [one["folder_id"] for one in read["folders"]["data"]]

    for _ in range(2):
        assert bulk(action="tag", tags=[tag]) == [True] * 3
        assert bulk(action="add-to-folder", folder_id=folder) == [True] * 3
    assert [shown(one) for one in (first, second, process)] == [([tag], [folder])] * 3
    verbs = [one[0] for one in events_of(server, owner, first)]
    assert (verbs.count("task.tagged"), verbs.count("task.filed")) == (1, 1)
    assert bulk(action="untag", tag_id=tag) == [True] * 3
    assert shown(process) == ([], [folder])
    assert bulk(action="archive") == [True, True, False]  # a process task is archived with its process
    assert bulk(action="tag", tags=[tag]) == [False, False, True]
    results = owner("POST", "/O/tasks/bulk", {"action": "restore", "task_ids": [first, process]}).data
    assert [one.get("error", {}).get("code") for one in results] == [None, "NOT_ONEOFF_TASK"]
    assert owner("GET", f"/O/tasks/{first}").data["archived_at"] is None
    for sent, named in (
        ({"action": "shred"}, "action"), ({"action": "tag"}, "tags"),
        ({"action": "untag", "tags": [UNKNOWN]}, "tags.0"),
        ({"action": "add-to-folder"}, "folder_id"), ({"action": "add-to-folder", "folder_id": UNKNOWN}, "folder_id"),
        ({"action": "archive", "task_ids": None}, "task_ids"),
    ):  # fmt: skip
        assert named in owner("POST", "/O/tasks/bulk", {"task_ids": [first], **sent}).errors
    assert bulk(team.standard, action="archive")[0] is False  # neither his nor made by him
    assert bulk(team.stranger, action="archive") == [False] * 3
    for by in (team.light, team.guest):
        assert by("POST", "/O/tasks/bulk", {"action": "archive", "task_ids": [first]}).status == 403
