"""Lists of tasks as tables (spec 20 §25, 50 §7)."""

import csv
import io

import pytest

from procession.wire.task_export import COLUMNS, safe
from procession.work import task_batches
from tests.support.fixtures_server import Team
from tests.support.make import UNKNOWN, make_group, make_oneoff, make_process, make_tag
from tests.support.server import Answer, Caller, Running


def rows(answer: Answer) -> list[dict[str, str]]:
    assert answer.status == 200, answer.body
    read = csv.reader(io.StringIO(answer.raw.decode("utf-8-sig"), newline=""))
    assert next(read) == list(COLUMNS)
    return [dict(zip(COLUMNS, row, strict=True)) for row in read]


def test_the_columns_20_25(server: Running, owner: Caller) -> None:
    """`exportTasks`: people by address, groups and tags by name, nothing a spreadsheet runs."""
    mate = server.member(owner, "standard")
    group, tag = make_group(owner, [mate.user_id]), make_tag(owner)
    process = make_process(owner)
    people = {"users": [owner.user_id, mate.user_id], "guests": ["g@x.example"], "groups": [group]}
    title = '=HYPERLINK("x"),\nsum'
    changes = {"title": title, "owners": people, "tags": [tag], "deadline": "2031-01-01T10:00:00Z"}
    owner("PUT", process.path(), changes)
    owner("POST", "/O/completed-tasks", {"task_id": process.tasks[1]})
    answer = owner("GET", "/O/tasks/export?sort=created_at")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith('attachment; filename="tasks-')
    assert answer.raw.startswith(b"\xef\xbb\xbfid,") and b"\r\n" in answer.raw
    assert int(answer.headers["content-length"]) == len(answer.raw)
    first, second, third = rows(answer)
    task, run = owner("GET", process.path()).data, owner("GET", f"/O/runs/{process.id}").data
    tags = [one["title"] for one in owner("GET", "/O/tags").data if one["id"] == tag]
    assert first == {
        "id": task["id"], "increment_id": str(task["increment_id"]), "title": "'" + title,
        "status": "active", "status_label": "Active", "task_type": "task", "process": run["name"],
        "run_id": process.id, "template": "Onboarding", "users": f"{owner.email}, {mate.email}",
        "guests": "g@x.example", "groups": owner("GET", f"/O/groups/{group}").data["name"],
        "started_at": task["started_at"] or "", "deadline": task["deadline"], "completed_at": "", "completed_by": "",
        "tags": ", ".join(tags), "created_at": task["created_at"], "last_updated": task["last_updated"],
    }  # fmt: skip
    assert (second["status_label"], second["completed_by"], bool(second["completed_at"])) == (
        "Completed",
        owner.email,
        True,
    )
    assert [one["id"] for one in rows(owner("GET", "/O/tasks/export?bom=0&format=CSV"))] == [
        third["id"], second["id"], first["id"],
    ]  # fmt: skip
    assert owner("GET", "/O/tasks/export?bom=0").raw.startswith(b"id,")
    assert set(owner("GET", "/O/tasks/export?format=xlsx").errors) == {"format"}
    assert set(owner("GET", "/O/tasks/export?created=yesterday").errors) == {"created"}
    assert set(owner("GET", "/O/tasks/export?bom=maybe").errors) == {"bom"}
    assert owner("HEAD", "/O/tasks/export").raw == b""


def test_each_list_by_its_filters_20_25(server: Running, team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    """`exportRunTasks`, `exportMyTasks`, `exportUserTasks`, `exportGuestTasks`: what the list shows, batch by batch."""
    monkeypatch.setattr(task_batches.task_batches, "__defaults__", (2,))
    owner, mate = team.owner, team.standard
    process = make_process(owner)
    people = {"users": [mate.user_id], "guests": [team.guest.email]}
    made = [make_oneoff(owner, title=f"T{number}", owners=people).rsplit("/", 1)[1] for number in range(5)]
    owner("POST", "/O/completed-tasks", {"task_id": made[0]})
    owner("PUT", f"/O/tasks/{made[1]}", {"top_secret": True})
    owner("DELETE", f"/O/tasks/{made[4]}")

    def ids(by: Caller, path: str) -> list[str]:
        return [one["id"] for one in rows(by("GET", path))]

    assert ids(owner, f"/O/runs/{process.id}/tasks/export?sort=created_at") == list(process.tasks)
    assert ids(mate, "/O/me/tasks/export") == [made[3], made[2], made[1]]
    assert ids(owner, f"/O/users/{mate.user_id}/tasks/export?status=all") == [made[3], made[2], made[1], made[0]]
    assert ids(owner, f"/O/guests/{team.guest.email}/tasks/export?status=completed") == [made[0]]
    assert ids(owner, "/O/tasks/export?q=T2") == [made[2]]
    assert ids(owner, "/O/tasks/export?status=draft") == []
    assert made[1] not in ids(server.member(owner, "standard"), "/O/tasks/export")
    paths = ["/O/tasks/export", "/O/me/tasks/export", f"/O/users/{mate.user_id}/tasks/export"]
    for path in paths:
        for by in (team.light, team.guest):
            assert by("GET", path).status == 403
    assert team.light("GET", "/O/me/tasks/export").status == 403
    assert team.light("GET", f"/O/users/{mate.user_id}/tasks/export").status == 403
    assert team.guest("GET", f"/O/guests/{team.guest.email}/tasks/export").status == 403
    assert team.standard("GET", f"/O/runs/{process.id}/tasks/export").status == 404
    assert owner("GET", f"/O/runs/{UNKNOWN}/tasks/export").status == 404
    assert owner("GET", "/O/users/404404/tasks/export").status == 404
    assert owner("GET", "/O/guests/nobody@x.example/tasks/export").status == 404
    assert ids(team.stranger, "/O/tasks/export") == []


def test_nothing_runs_in_a_spreadsheet_50_csv_06() -> None:
    for text in ("=1", "+1", "-1", "@x", "\t=1", "\r=1", " =1", "\n@x"):
        assert safe(text) == f"'{text}"
    assert [safe(one) for one in ("1-2", "a=b", "", 7, None)] == ["1-2", "a=b", "", 7, ""]
