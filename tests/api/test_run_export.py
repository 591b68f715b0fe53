"""Processes as tables of 49 columns (spec 10 §16, 50 §7)."""

import csv
import io
import re
from datetime import UTC, datetime
from typing import Any

from procession.wire.run_export import COLUMNS
from tests.support.fixtures_server import Team
from tests.support.make import EVERY_TYPE, UNKNOWN, Process, events_of, launch, make_group, make_tag, make_template
from tests.support.server import Caller, Running

KICKOFF = ({"label": "Customer", "field_type": "text", "required": True}, {"label": "Since", "field_type": "date"})


def read_csv(text: str, *, mark: bool = True) -> list[dict[str, str]]:
    assert text.startswith("\ufeff") == mark
    assert "\r\n" in text
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    assert all(None not in row and None not in row.values() for row in rows), "every row has 49 cells"
    return rows


def fetch(by: Caller, path: str, query: str = "?format=csv", body: Any = None, **headers: str) -> list[dict[str, str]]:
    answer = by("POST", f"{path}/export{query}", body, headers=headers)
    assert answer.status == 200, answer.body
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return read_csv(answer.raw.decode(), mark="bom=0" not in query)


def scene(server: Running, team: Team) -> Process:
    """Two tasks and a hidden one; answers of every kind, comments, an issue, milestones, people of every kind."""
    owner = team.owner
    template = make_template(
        owner, {"title": "Collect", "captures": EVERY_TYPE}, {"title": "Check"}, {"title": "Later"}, kickoff=KICKOFF
    )
    base = f"/O/checklists/{template.id}"
    owner("POST", f"{base}/stages", {"title": "Begin", "step_ids": [template.steps[0]]})
    group = make_group(owner, [team.light.user_id])
    process = launch(
        owner, template, name="=Globex, & Co", tags=[make_tag(owner)],
        prerun={template.kickoff["Customer"]: "+Globex", template.kickoff["Since"]: "2026-01-02"},
    )  # fmt: skip
    people = {"users": [team.standard.user_id], "guests": [team.guest.email], "groups": [group]}
    answers = {
        "Company": "-1", "Notes": "a\nb", "Letter": "<p>Dear <b>all</b></p>", "Contact": "a@b.example",
        "Day": "2026-03-04", "Moment": "2026-03-04T05:06:07Z", "Contract": "Part-time",
        "Plan": {"id": 2, "text": "Silver"},
        "Tools": [{"id": 1, "text": "Slack", "selected": True}, {"id": 3, "text": "Zoom", "selected": True}],
        "Items": [["Pen", "Ink"], ["2", "1"]], "People": people,
        "Papers": [{"url": "https://x.example/a.pdf", "filename": "a.pdf"}],
    }  # fmt: skip
    changed = owner(
        "PUT",
        process.path(),
        {"taskdata": {process.field(name): one for name, one in answers.items()}, "owners": people},
    )
    assert changed.status == 200, changed.body
    said = owner("POST", f"/O/tasks/{process.tasks[0]}/comment", {"content": f"<p>=Hi @[{team.standard.user_id}]</p>"})
    assert said.status == 201, said.body
    issue = owner("POST", f"/O/tasks/{process.tasks[0]}/problem", {"content": "Broken"}).data["id"]
    owner("POST", f"/O/tasks/{process.tasks[0]}/resolved-threads", {"thread_id": issue, "content": "Mended"})
    owner("PUT", f"{process.path(2)}/hide")
    return process


def test_50_7_every_column(server: Running, team: Team) -> None:
    owner, process = team.owner, scene(server, team)
    path = f"/O/runs/{process.id}"
    rows = fetch(owner, path)
    assert tuple(rows[0]) == COLUMNS
    assert len(COLUMNS) == len(set(COLUMNS)) == 49
    # CSV-01: kick-off fields, then each task, its fields, its comments.
    assert [row["type"] for row in rows] == [
        "kick_off_task", "kick_off_task", "process_task", *["process_task_data"] * 12, *["process_task_comment"] * 3,
        "process_task", "process_task",
    ]  # fmt: skip
    first, second = rows[0], rows[1]
    assert (first["kick_off_task_id"], first["kick_off_task_name"]) == (
        process.template.kickoff["Customer"],
        "Customer",
    )
    assert (first["question_in_form_field"], first["answer_in_form_field"]) == ("Customer", "+Globex")
    assert (second["form_field_type"], second["answer_in_form_field"]) == ("date", "2026-01-02 00:00:00")
    assert {row["process_name"] for row in rows} == {"=Globex, & Co"}
    for row in rows:
        assert row["has_form_fields"] == "Yes"
        assert (row["total_tasks_in_process"], row["tasks_completed"]) == ("3", "0")
        assert (row["blueprint_version"], row["process_status"]) == ("1", "active")
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", row["last_modified"]), row
        assert "NaN" not in row.values()
    # CSV-02: what does not apply is empty, what a task has is on the rows of its fields and comments, too.
    assert {first[name] for name in COLUMNS[17:38]} == {""}
    task = rows[2]
    repeated = [*COLUMNS[:13], *COLUMNS[17:21], *COLUMNS[25:38]]
    assert all([row[name] for name in repeated] == [task[name] for name in repeated] for row in rows[3:18])
    assert (task["process_task_name"], task["process_task_alias"]) == ("Collect", process.template.steps[0])
    assert (task["milestone_name"], task["milestone_position"]) == ("Begin", "1")
    assert re.fullmatch(r".+, GROUP_[0-9a-f]{32}_Group \d+", task["user_assigned"])
    assert (task["assigned_user_id"], task["guest_assigned"]) == (str(team.standard.user_id), team.guest.email)
    totals = ("total_users_assigned", "total_guests_assigned", "total_assignees", "completed_by", "completed_on")
    assert [task[name] for name in totals] == ["1", "1", "2", "0", ""]
    counts = ("no_of_form_fields", "no_of_issue_reported", "no_of_issue_resolved", "total_comments")
    assert [task[name] for name in counts] == ["12", "1", "1", "3"]
    # Answers are told when the task is complete.
    assert {row["answer_in_form_field"] for row in rows[3:15]} == {""}
    hello, broken, mended = rows[15:18]
    assert hello["comment"].startswith("=Hi ")
    assert "@[" not in hello["comment"]
    assert [(row["comment"], row["issue_reported"], row["issue_resolved"]) for row in (broken, mended)] == [
        ("Broken", "Yes", "Yes"), ("Mended", "No", "No"),
    ]  # fmt: skip
    assert (rows[18]["process_task_status"], rows[18]["milestone_id"]) == ("shown", "")
    assert (rows[19]["process_task_status"], rows[19]["assigned_or_shown_on"]) == ("hidden", "")
    # CSV-04
    assert owner("POST", f"{path}/completed-tasks", {"task_id": process.tasks[0]}).status in (200, 201)
    safe = fetch(owner, path, "?format=csv&safe=1&bom=0")
    plain = {row["question_in_form_field"]: row["answer_in_form_field"] for row in fetch(owner, path)[3:15]}
    name, group = task["user_assigned"].split(", GROUP_")
    assert plain == {
        "Company": "-1", "Notes": "a\nb", "Letter": "Dear all", "Contact": "a@b.example", "Day": "2026-03-04 00:00:00",
        "Moment": "2026-03-04 05:06:07", "Contract": "Part-time", "Plan": "Silver", "Tools": "Slack, Zoom",
        "Items": "Pen; 2 | Ink; 1", "People": f"{name}, {team.guest.email}, {group.partition('_')[2]}",
        "Papers": "a.pdf",
    }  # fmt: skip
    assert safe[2]["completed_by"] == str(owner.user_id)
    # CSV-06: nothing is run as a formula.
    assert (safe[0]["process_name"], safe[0]["answer_in_form_field"]) == ("'=Globex, & Co", "'+Globex")
    assert (safe[3]["answer_in_form_field"], safe[15]["comment"][:2]) == ("'-1", "'=")
    # Archived ones leave, too, and the way out is told in the history.
    owner("DELETE", path)
    assert fetch(owner, path)[0]["process_status"] == "archived"
    assert ("emitted", "export") in [(one[1], one[2]) for one in events_of(server, owner, process.id)]
    feed = owner("GET", f"/O/activity-feeds?entity_type=run&entity_id={process.id}&verb=emitted").data
    assert (feed[0]["source"], feed[0]["field"]) == (["Member"], ["export"])
    assert feed[0]["description"] == ["Process “=Globex, & Co” was exported"]
    assert owner("GET", f"/O/activity-feeds?entity_type=run&entity_id={process.id}&source=Webhook").data == []


def test_16_1_json_by_default(server: Running, team: Team) -> None:
    """24 item 15: a POST without a body answers valid JSON."""
    server.clock.stop(datetime(2026, 2, 24, 9, tzinfo=UTC))
    owner, process = team.owner, scene(server, team)
    for method in ("POST", "GET"):
        answer = owner(method, f"/O/runs/{process.id}/export")
        data = answer.data
        assert answer.headers["content-type"] == "application/json"
        assert data["columns"] == list(COLUMNS)
        assert (data["run_id"], data["filename"]) == (process.id, "globex-co-2026-02-24.csv")
        assert data["generated_at"] == "2026-02-24T09:00:00Z"
        assert all(list(row) == list(COLUMNS) for row in data["rows"])
        assert data["rows"][0]["blueprint_version"] == 1
        whole = data["process"]
        assert (whole["id"], whole["progress"]["total"]) == (process.id, 2)
        task = next(one for one in whole["tasks"]["data"] if one["id"] == process.tasks[0])
        assert len(task["form_fields"]["data"]) == 12
        assert len(task["threads"]["data"]) == 3
        assert [one["label"] for one in whole["ko_form_fields"]["data"]] == ["Customer", "Since"]
    accepted = owner("POST", f"/O/runs/{process.id}/export", headers={"Accept": "text/csv"})
    assert accepted.headers["content-disposition"] == 'attachment; filename="globex-co-2026-02-24.csv"'
    assert int(accepted.headers["content-length"]) == len(accepted.raw)
    assert owner("HEAD", f"/O/runs/{process.id}/export").status == 200
    assert owner("POST", f"/O/runs/{process.id}/export?format=pdf").errors.keys() == {"format"}


def test_csv_07_who_may(team: Team) -> None:
    owner = team.owner
    people = {"users": [team.standard.user_id, team.light.user_id], "guests": [team.guest.email]}
    process = launch(owner, make_template(owner, {"title": "A"}, {"title": "B"}))
    path = f"/O/runs/{process.id}/export"
    assert team.standard("POST", path).status == 404
    owner("PUT", process.path(), {"owners": people})
    owner("PUT", process.path(1), {"top_secret": True, "owners": {"users": [owner.user_id]}})
    for caller, status in (
        (team.standard, 200), (team.light, 403), (team.guest, 403), (team.stranger, 404),
    ):  # fmt: skip
        assert caller("POST", path).status == status, caller.email
        assert caller("GET", path).status == status, caller.email
    # A confidential task is not told to whoever may not see it; it still counts.
    rows = team.standard("POST", path).data["rows"]
    assert [row["process_task_name"] for row in rows] == ["A"]
    assert rows[0]["total_tasks_in_process"] == 2
    assert [row["process_task_name"] for row in owner("POST", path).data["rows"]] == ["A", "B"]
    for caller, status in ((team.light, 403), (team.guest, 403)):
        assert caller("POST", "/O/runs/export").status == status


def test_16_3_many_in_one_file(server: Running, team: Team) -> None:
    owner = team.owner
    template = make_template(owner, {"title": "A", "captures": [{"label": "F", "field_type": "text"}]})
    runs = [launch(owner, template, name=f"P{number}") for number in range(23)]
    launch(owner, make_template(owner, {"title": "Other"}), name="Another template's")
    owner("PUT", f"/O/runs/{runs[0].id}", {"users": [team.standard.user_id]})
    body = {"checklist_id": template.id, "sort": "increment_id", "format": "json"}
    rows = fetch(owner, "/O/runs", "?format=csv", body)
    assert [row["process_name"] for row in rows] == [f"P{number}" for number in range(23) for _ in range(2)]
    data = owner("POST", "/O/runs/export", {"checklist_id": [template.id], "q": "P2"}).data
    assert sorted({row["process_name"] for row in data["rows"]}) == ["P2", "P20", "P21", "P22"]
    assert (data["total"], data["columns"]) == (4, list(COLUMNS))
    assert [row["process_name"] for row in team.standard("POST", "/O/runs/export", body).data["rows"]] == ["P0", "P0"]
    assert team.stranger("POST", "/O/runs/export", body).data["rows"] == []
    assert owner("POST", "/O/runs/export", {"status": "nonsense"}).errors.keys() == {"status"}
    assert owner("POST", f"/O/runs/export?q={UNKNOWN}", {}).data["rows"] == []
