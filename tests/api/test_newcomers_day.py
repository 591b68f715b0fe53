"""A newcomer's day, over HTTP: from an empty organization to results on a sheet, on both databases."""

import csv
import io
import time
from collections.abc import Sequence
from typing import Any

import msgspec

from tests.support.files import upload
from tests.support.server import PASSWORD, Answer, Caller, Running

DRAFT, REVIEW, SIGN, FILE = ("1" * 32, "2" * 32, "3" * 32, "4" * 32)
"""Steps of the document: an import gives new ids."""


def rule(name: str, step: str, when: str, action: dict[str, str]) -> dict[str, Any]:
    condition = {"conditionable_type": "Step", "conditionable_id": step, "operation": when}
    return {"automated_alias": name, "conditions": [condition], "then_actions": [action]}


def reopen(step: str) -> dict[str, str]:
    return {"action_type": "status", "action_verb": "reopen", "target_step_id": step}


FIELDS = [
    {"label": "Terms", "field_type": "text", "required": True},
    {"label": "Papers", "field_type": "file", "required": False},
    {"label": "Prices", "field_type": "table", "required": False, "columns": [{"label": "Item"}, {"label": "Price"}]},
]
DOCUMENT = {
    "data": {
        "title": "New customer",
        "type": "procedure",
        "prerun": [{"label": "Customer", "alias": "customer", "field_type": "text", "required": True}],
        "steps": [
            {"id": DRAFT, "title": "Draft the contract for {{customer}}", "captures": FIELDS},
            {"id": REVIEW, "title": "Review", "step_type": "approval"},
            {"id": SIGN, "title": "Sign"},
            {"id": FILE, "title": "Put it away", "step_type": "expiring"},
        ],
        "automated_actions": [
            rule("Not good enough", REVIEW, "rejected", reopen(DRAFT)),
            rule("Look again", DRAFT, "completed", reopen(REVIEW)),
        ],
    }
}


class Office(msgspec.Struct, frozen=True):
    """The people of the day, and what they work by."""

    owner: Caller
    members: Sequence[Caller]
    guests: Sequence[Caller]
    template: str
    fields: dict[str, str]


def open_office(server: Running) -> Office:
    """Import the template, invite five people, who come, and two guests."""
    owner = server.organization("Newcomers")
    imported = owner("POST", "/O/checklists/import", DOCUMENT)
    assert imported.status == 201, imported.body
    template = owner("GET", f"/O/checklists/{imported.data['id']}?with=steps").data
    fields = {one["label"]: one["id"] for one in template["prerun"]}
    fields |= {one["label"]: one["id"] for step in template["steps"]["data"] for one in step["captures"]}
    members = [invited(server, owner, number, role) for number, role in enumerate(["standard"] * 4 + ["light"])]
    guests = []
    for name in ("Gina", "Gus"):
        made = owner("POST", "/O/guests", {"email": f"{name}-{time.time_ns()}@client.example", "first_name": name}).data
        code = made["link"].rsplit("/", 1)[1]
        guests.append(Caller(server.base, owner.organization, made["id"], made["email"], f"Guest {code}"))
    return Office(owner, members, guests, template["id"], fields)


def invited(server: Running, owner: Caller, number: int, role: str) -> Caller:
    email = f"new{number}-{time.time_ns()}@newcomers.example"
    body = {"email": email, "first_name": f"N{number}", "last_name": "Newcomer", "role": role}
    link = owner("POST", "/O/users/invite", body).data["invite_link"].rsplit("/", 1)[1]
    chosen = {"password": PASSWORD, "password_confirmation": PASSWORD}
    answer = owner("POST", f"/auth/invitations/{link}/accept", chosen)
    token = answer.data["access_token"]
    return Caller(server.base, owner.organization, answer.data["user"]["id"], email, f"Bearer {token}")


def work(office: Office, number: int, run: str) -> None:
    """One process from its first task to its last; every third one is rejected once."""
    owner, author = office.owner, office.members[number % 4]
    reviewer, signer = office.members[(number + 1) % 4], office.guests[number % 2]
    base = f"/O/runs/{run}/tasks"
    draft, review, sign, away = (one["id"] for one in owner("GET", base).data)
    given = {
        draft: {"owners": {"users": [author.user_id]}, "deadline": "2031-05-05T12:00:00Z"},
        review: {"owners": {"users": [reviewer.user_id]}},
        sign: {"owners": {"users": [], "guests": [signer.email]}},
        away: {"owners": {"users": [office.members[4].user_id]}},
    }
    assert owner("PUT", base, {"tasks": given}).status == 200
    done = f"/O/runs/{run}/completed-tasks"
    refused = author("POST", done, {"task_id": draft})
    assert refused.body["code"] == "REQUIRED_FIELDS_MISSING"
    paper = upload(author, subject_type="Run", subject_id=run, uploaded_from=office.fields["Papers"]).data
    told = {office.fields["Terms"]: f"30 days, no. {number}", office.fields["Papers"]: [paper]}
    assert author("PUT", f"{base}/{draft}", {"taskdata": told}).status == 200
    prices = ("prices.csv", b"Item,Price\nLamp,=9\n", "text/csv")
    form = author("POST", f"/O/tasks/{draft}/captures/{office.fields['Prices']}/import", form=({}, {"name": prices}))
    assert form.data["field_value"] == [["Lamp"], ["=9"]]
    talk(author, reviewer, draft, done)
    assert author("POST", done, {"task_id": draft}).data["status"] == "completed"
    assert reviewer("POST", done, {"task_id": draft}).body["code"] == "TASK_ALREADY_COMPLETED"
    if number % 3 == 0:
        rejected = reviewer("POST", done, {"task_id": review, "is_approved": False}).data
        assert (rejected["status_label"], list(rejected["tasks_changed_by_rules"])) == ("Rejected", [draft])
        again = {office.fields["Terms"]: f"14 days, no. {number}"}
        redone = author("POST", done, {"task_id": draft, "taskdata": again}).data
        assert redone["tasks_changed_by_rules"][review]["status"] == "in-progress"
    approved = reviewer("POST", done, {"task_id": review, "is_approved": True, "comment": "Well done"}).data
    assert approved["status_label"] == "Approved"
    read = signer("GET", f"{base}/{sign}").data
    assert (read["status"], read["custom_fields"]) == ("active", None)
    assert signer("POST", done, {"task_id": sign}).data["completer_guest"] == signer.email
    last = office.members[4]("POST", done, {"task_id": away}).data
    assert (last["status_label"], last["run_status"]) == ("Acknowledged", "complete")


def talk(author: Caller, reviewer: Caller, task: str, done: str) -> None:
    """A comment, a question how it stands, an issue that stands in the way until it is resolved."""
    path = f"/O/tasks/{task}"
    said = author("POST", f"{path}/comment", {"content": f"@[{reviewer.user_id}] have a look"}).data
    assert said["sent_to"] == [reviewer.user_id]
    assert reviewer("POST", f"{path}/request-status").status == 201
    issue = reviewer("POST", f"{path}/problem", {"content": "The customer has moved"}).data
    assert author("POST", done, {"task_id": task}).body["code"] == "TASK_HAS_ISSUES"
    solved = {"thread_id": issue["id"], "content": "Address changed"}
    assert author("POST", f"{path}/resolved-threads", solved).status == 201


def launched(office: Office) -> list[str]:
    """Ten processes by one call, tried first."""
    owner = office.owner
    orders = [
        {"name": f"Customer {number}", "prerun": {office.fields["Customer"]: f"Customer {number}"}}
        for number in range(10)
    ]
    body = {"action": "launch", "defaults": {"checklist_id": office.template, "summary": "First day"}, "items": orders}
    tried = owner("POST", "/O/runs/bulk", {**body, "dry_run": True}).body
    assert (tried["meta"], owner("GET", "/O/runs").data) == ({"succeeded": 10, "failed": 0, "dry_run": True}, [])
    made = owner("POST", "/O/runs/bulk", body).body
    assert made["meta"] == {"succeeded": 10, "failed": 0}
    return [one["run_id"] for one in made["data"]]


def sheet(answer: Answer) -> list[dict[str, str]]:
    assert (answer.status, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    return list(csv.DictReader(io.StringIO(answer.raw.decode("utf-8-sig"), newline="")))


def answers(rows: list[dict[str, str]], question: str) -> list[str]:
    return [one["answer_in_form_field"] for one in rows if one["question_in_form_field"] == question]


def test_a_newcomers_day(server: Running) -> None:
    office = open_office(server)
    owner = office.owner
    runs = launched(office)
    for number, run in enumerate(runs):
        work(office, number, run)
    assert {one["status"] for one in owner("GET", "/O/runs?per_page=100").data} == {"complete"}
    assert owner("GET", "/O/tasks/counts").data["completed"] == 40
    tasks = sheet(owner("GET", "/O/tasks/export?status=completed&sort=created_at"))
    assert len(tasks) == 40
    assert {one["title"] for one in tasks if one["title"].startswith("Draft")} == {
        f"Draft the contract for Customer {number}" for number in range(10)
    }
    assert {one["status_label"] for one in tasks} == {"Completed", "Approved", "Acknowledged"}
    assert {one["completed_by"] for one in tasks if one["title"] == "Sign"} == {one.email for one in office.guests}
    whole = sheet(owner("POST", "/O/runs/export?format=csv&safe=1&sort=name", {"status": "complete"}))
    assert {one["process_id"] for one in whole} == set(runs)
    assert {one["process_status"] for one in whole} == {"complete"}
    assert sorted(answers(whole, "Customer")) == [f"Customer {number}" for number in range(10)]
    assert sorted(answers(whole, "Terms")) == sorted(
        f"{14 if number % 3 == 0 else 30} days, no. {number}" for number in range(10)
    )
    assert answers(whole, "Papers") == ["offer.png"] * 10
    assert len(set(answers(whole, "Prices"))) == 1 and "Lamp" in answers(whole, "Prices")[0]
    issues = [one for one in whole if one["issue_reported"] == "Yes"]
    assert [(one["comment"], one["issue_resolved"]) for one in issues] == [("The customer has moved", "Yes")] * 10
    told = owner("GET", f"/O/activity-feeds?entity_type=run&entity_id={runs[0]}&per_page=100").data
    verbs = {one["verb"][0] for one in told}
    assert {"created", "commented", "issue-reported", "issue-resolved", "uploaded", "re-opened", "executed"} <= verbs
    assert "Task “Review” was rejected" in {one["description"][0] for one in told}
