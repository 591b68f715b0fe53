"""Archive, restore and delete processes (spec 10 §9, §4.3)."""

from typing import Any

import pytest

from tests.support.fixtures_server import Team
from tests.support.make import UNKNOWN, events_of, launch, make_oneoff, make_process, make_tag, make_template
from tests.support.server import Caller, Running

FIELD = {"label": "F", "field_type": "text"}


def test_9_1_archiving_takes_the_tasks_and_keeps_everything(server: Running, owner: Caller) -> None:
    process = make_process(owner, {"title": "A", "captures": [FIELD]}, {"title": "B"}, tags=[make_tag(owner)])
    owner("PUT", process.path(), {"taskdata": {process.field("F"): "x"}, "deadline": "2031-01-01T10:00:00Z"})
    before = owner("GET", f"/O/runs/{process.id}?with=tasks,tags").data
    answer = owner("DELETE", f"/O/runs/{process.id}")
    assert answer.status == 200
    archived = answer.data
    assert (archived["status"], bool(archived["archived_at"])) == ("archived", True)
    assert owner("DELETE", f"/O/runs/{process.id}").data == archived  # idempotent
    assert owner("GET", "/O/runs").data == []
    assert [one["id"] for one in owner("GET", "/O/runs?archived=only").data] == [process.id]
    assert owner("GET", "/O/me/tasks").data == []
    shown = owner("GET", f"/O/runs/{process.id}?with=tasks,tags").data
    same = ("progress", "due_date", "max_task_deadline", "name", "tags")
    assert {name: shown[name] for name in same} == {name: before[name] for name in same}
    assert [one["taskdata"] for one in shown["tasks"]["data"]] == [{process.field("F"): "x"}, {}]
    assert owner("GET", process.path()).data["archived_at"] is not None
    verbs = [verb for _, verb, *_ in events_of(server, owner, process.id)]
    assert verbs == ["created", "archived"]


def test_9_2_restoring_brings_back_exactly_what_it_took(server: Running, owner: Caller) -> None:
    process = make_process(owner, {"title": "A"}, {"title": "B"})
    body = {"title": "x", "task_type": "task", "deadline": "2031-01-01", "owners": {}, "run_id": process.id}
    gone = owner("POST", "/O/tasks", body).data["id"]
    owner("DELETE", f"/O/tasks/{gone}")
    owner("POST", f"/O/runs/{process.id}/completed-tasks", {"task_id": process.tasks[0]})
    before = owner("GET", f"/O/runs/{process.id}?with=tasks").data
    owner("DELETE", f"/O/runs/{process.id}")
    answer = owner("PUT", f"/O/runs/{process.id}/activate", raw=b"")  # no body, no content type
    assert answer.status == 200
    assert answer.data["archived_at"] is None
    assert owner("PUT", f"/O/runs/{process.id}/activate").data == answer.data
    after = owner("GET", f"/O/runs/{process.id}?with=tasks").data
    changed = {name for name in before if before[name] != after[name]}
    assert changed <= {"last_updated"}
    assert owner("GET", f"/O/tasks/{gone}").data["archived_at"] is not None
    assert process.tasks[1] in [one["id"] for one in owner("GET", "/O/me/tasks").data]
    assert [verb for _, verb, *_ in events_of(server, owner, process.id)][-2:] == ["archived", "unarchived"]


def test_9_2_the_status_returns(server: Running, owner: Caller) -> None:
    process = make_process(owner, {"title": "A"})
    owner("POST", f"/O/runs/{process.id}/completed-tasks", {"task_id": process.tasks[0]})
    done = owner("GET", f"/O/runs/{process.id}").data
    owner("DELETE", f"/O/runs/{process.id}")
    restored = owner("PUT", f"/O/runs/{process.id}/activate").data
    assert (restored["status"], restored["completed_at"]) == ("complete", done["completed_at"])
    kinds = [kind for kind, *_ in events_of(server, owner, process.id)]
    assert kinds.count("process.completed") == 1


@pytest.mark.parametrize(("method", "path"), [("POST", "archive"), ("PUT", "archive"), ("PUT", "restore")])
def test_5_aliases(owner: Caller, method: str, path: str) -> None:
    process = make_process(owner, {"title": "A"})
    answer = owner(method, f"/O/runs/{process.id}/{path}")
    assert (answer.status, answer.data["status"]) == (200, "active" if path == "restore" else "archived")


def test_4_3_nothing_is_written_to_an_archived_process(owner: Caller) -> None:
    template = make_template(owner, {"title": "A", "captures": [FIELD]}, kickoff=[FIELD])
    process = launch(owner, template)
    owner("DELETE", f"/O/runs/{process.id}")
    run, task = f"/O/runs/{process.id}", f"/O/tasks/{process.tasks[0]}"
    adhoc = {"title": "x", "task_type": "task", "owners": {}, "deadline": "2031-01-01", "run_id": process.id}
    writes: list[tuple[str, str, Any]] = [
        ("PUT", run, {"name": "x"}),
        ("POST", f"{run}/complete-prerun", None),
        ("DELETE", f"{run}/complete-prerun", None),
        ("PUT", process.path(), {"title": "x"}),
        ("POST", f"{task}/captures", {"id": process.field("F"), "value": "x"}),
        ("POST", f"{run}/completed-tasks", {"task_id": process.tasks[0]}),
        ("DELETE", f"{run}/completed-tasks/{process.tasks[0]}", None),
        ("POST", "/O/tasks", adhoc),
    ]
    for method, path, body in writes:
        answer = owner(method, path, body)
        assert answer.status == 422, (method, path, answer.body)
        assert answer.body["code"] in ("RUN_ARCHIVED", "TASK_ARCHIVED", "TASK_NOT_COMPLETED"), (method, path)
    for path in (run, process.path(), f"{run}/form-fields", f"{task}/captures"):
        assert owner("GET", path).status == 200


def test_4_2_who_archives(server: Running, team: Team) -> None:
    process = make_process(team.owner, {"title": "A"})
    path = f"/O/runs/{process.id}"
    assert team.standard("DELETE", path).status == 404
    team.owner("PUT", path, {"users": [team.standard.user_id, team.light.user_id]})
    team.owner("PUT", process.path(), {"owners": {"guests": [team.guest.email]}})
    assert team.light("DELETE", path).status == 403
    assert team.guest("DELETE", path).status == 403
    assert team.standard("DELETE", path).status == 200
    assert team.light("PUT", f"{path}/activate").status == 403
    assert team.standard("PUT", f"{path}/activate").status == 200


def test_9_3_deleting_for_good(server: Running, team: Team) -> None:
    parent = make_process(team.owner, {"title": "A", "captures": [FIELD]}, tags=[make_tag(team.owner)], starred=True)
    child = make_process(team.owner, {"title": "A"}, parent_id=parent.id)
    team.owner("PUT", parent.path(), {"taskdata": {parent.field("F"): "x"}})
    team.owner("PUT", f"/O/runs/{parent.id}", {"users": [team.standard.user_id]})
    path = f"/O/runs/{parent.id}/delete"
    early = team.owner("DELETE", path)
    assert (early.status, early.body["message"]) == (422, "Process isn't archived yet")
    team.owner("DELETE", f"/O/runs/{parent.id}")
    assert team.standard("DELETE", path).status == 403
    answer = team.owner("DELETE", path)
    assert (answer.status, answer.body) == (200, None)  # not 204, and empty
    assert team.owner("DELETE", path).status == 404
    for gone in (f"/O/runs/{parent.id}", parent.path(), f"/O/tasks/{parent.tasks[0]}"):
        assert team.owner("GET", gone).status == 404
    assert team.owner("GET", f"/O/runs/{child.id}").data["parent_id"] is None
    deleted = events_of(server, team.owner, parent.id)[-1]
    assert (deleted[1], deleted[3]["process"]["name"]) == ("deleted", "Globex")


def test_unknown_processes(owner: Caller) -> None:
    for method, path in (("DELETE", ""), ("PUT", "/activate"), ("DELETE", "/delete")):
        for named in (UNKNOWN, "nothing", make_oneoff(owner).rsplit("/", 1)[1]):
            assert owner(method, f"/O/runs/{named}{path}").status == 404
