"""Processes shared with everybody who has their address (spec 10 §15, 50 PUB-11)."""

import json
from typing import Any

import httpx2

from tests.support.fixtures_server import Team
from tests.support.make import UNKNOWN, Process, Template, launch, make_group, make_template
from tests.support.server import Answer, Caller, Running

KICKOFF = ({"label": "Customer", "field_type": "text"}, {"label": "Boss", "field_type": "assignees_form"})
FIELDS = (
    {"label": "Company", "field_type": "text"},
    {"label": "Contact", "field_type": "email"},
    {"label": "Lines", "field_type": "table", "columns": [{"label": "What"}, {"label": "Count"}]},
)

NAMED = ("getPublicProcessFields",)
"""What is called here by addresses that no text shows whole."""


def scene(team: Team) -> Process:
    """A task with answers, people and comments of both kinds; a hidden one, a confidential one."""
    owner, mate = team.owner, team.standard
    template = make_template(
        owner, {"title": "Collect"}, {"title": "Hidden one"}, {"title": "Confidential one"}, {"title": "Last"},
        kickoff=KICKOFF,
    )  # fmt: skip
    base = f"/O/checklists/{template.id}/steps/{template.steps[0]}"
    fields = {one["label"]: owner("POST", f"{base}/captures", {"required": False, **one}).data for one in FIELDS}
    company = fields["Company"]
    owner("PUT", base, {"title": f"Collect {{{{{company['alias']}}}}}"})
    people = {
        "users": [mate.user_id],
        "guests": [team.guest.email],
        "groups": [make_group(owner, [team.light.user_id])],
    }
    answers = {template.kickoff["Customer"]: "Globex", template.kickoff["Boss"]: people}
    made = launch(owner, template, prerun=answers, summary="<p>secret notes</p>", name="Sharing")
    by_label = {str(label): str(one["id"]) for label, one in fields.items()}
    process = Process(made.id, made.tasks, Template(template.id, template.steps, by_label, template.kickoff))
    told = {"Company": "Acme", "Contact": "boss@acme.example", "Lines": [["Pen"], ["2"]]}
    owner(
        "PUT", process.path(), {"taskdata": {process.field(name): one for name, one in told.items()}, "owners": people}
    )
    for state, text in (("open", f"<p>Ask @[{mate.user_id}] or x@y.example</p>"), ("hide-for-guests", "internal")):
        body = {"content": text, "state": state}
        assert owner("POST", f"/O/tasks/{process.tasks[0]}/comment", body).status == 201
    owner("PUT", f"{process.path(1)}/hide")
    owner("PUT", process.path(2), {"top_secret": True})
    owner("POST", f"/O/runs/{process.id}/completed-tasks", {"task_id": process.tasks[3]})
    return process


def share(by: Caller, process: Process, *hidden: str) -> str:
    """The secret part of the address."""
    body = {"is_public": True, "publicly_hidden_fields": list(hidden)}
    link: str = by("PUT", f"/O/runs/{process.id}", body).data["public_link"]
    return link.rsplit("/p/process/", 1)[1]


def opened(server: Running, token: str, more: str = "") -> Answer:
    """What somebody sees who has nothing but the address."""
    answer = httpx2.get(f"{server.base}/public/processes/{token}{more}")
    return Answer(answer.status_code, answer.json(), answer.headers, answer.content)


def test_15_3_what_everybody_sees(server: Running, team: Team) -> None:
    process, owner = scene(team), team.owner
    assert owner("GET", f"/O/runs/{process.id}").data["public_link"] is None
    token = share(owner, process)
    assert len(token) >= 22
    answer = opened(server, token)
    data = answer.data
    assert answer.headers["x-robots-tag"].startswith("noindex")
    assert (data["name"], data["checklist_title"], data["status"]) == ("Sharing", "Onboarding", "active")
    assert [(one["title"], one["position"]) for one in data["tasks"]] == [("Collect Acme", 1), ("Last", 2)]
    assert data["progress"] == {"complete": 1, "total": 2, "percent": 50}
    assert data["organization"].keys() == {"name", "logo"}
    first, last = data["tasks"]
    assert last["status"] == "completed"
    assert last["completed_by_name"] in last["owners"]
    assert first["owners"][-1] == "Guest"
    assert len(first["owners"]) == 3
    values = {one["label"]: one["value"] for one in first["form_fields"]}
    assert values == {"Company": "Acme", "Contact": None, "Lines": "Pen; 2"}
    assert next(one["rows"] for one in first["form_fields"] if one["label"] == "Lines") == [["Pen", "2"]]
    assert [(one["content"].startswith("Ask "), "y.example" in one["content"]) for one in first["comments"]] == [
        (True, False)
    ]
    asked = {one["label"]: one["value"] for one in data["ko_form_fields"]}
    assert asked["Customer"] == "Globex"
    assert "Guest" in asked["Boss"]
    assert data["custom_fields"] is None
    text = json.dumps(data)
    hidden = [team.guest.email, team.standard.email, "secret notes", "internal", "boss@", "Hidden one", "Confidential"]
    assert [one for one in [*hidden, f"@[{team.standard.user_id}]", process.id, *process.tasks] if one in text] == []
    fields = opened(server, token, "/form-fields").data
    assert [one["label"] for one in fields["ko_form_fields"]] == ["Customer", "Boss"]
    assert {one["task_title"] for one in fields["form_fields"]} == {"Collect Acme"}


def test_15_2_what_is_kept_back(server: Running, team: Team) -> None:
    process, owner = scene(team), team.owner
    company, names = process.field("Company"), opened(server, share(owner, process)).data["tasks"][0]["owners"]

    def shown(*hidden: str) -> dict[str, Any]:
        data: dict[str, Any] = opened(server, share(owner, process, *hidden)).data
        return data

    task = shown(company)["tasks"][0]
    assert "Acme" not in json.dumps(task), "nor does the title tell"
    assert [one["label"] for one in task["form_fields"]] == ["Contact", "Lines"]
    data = shown("captures")  # another name of form_fields
    assert "ko_form_fields" not in data
    assert "form_fields" not in data["tasks"][0]
    assert "Acme" not in json.dumps(data["tasks"])
    assert opened(server, share(owner, process, "form_fields"), "/form-fields").data == {
        "ko_form_fields": [], "form_fields": [],
    }  # fmt: skip
    assert "comments" not in shown("comments")["tasks"][0]
    nobody = shown("owners")
    assert nobody["tasks"][0].keys().isdisjoint({"owners", "completed_by_name"})
    assert [one["label"] for one in nobody["ko_form_fields"]] == ["Customer"]
    assert [one for one in names[:1] if one in json.dumps(nobody)] == []
    kept = owner("GET", f"/O/runs/{process.id}").data["publicly_hidden_fields"]
    assert kept == ["assignees"]
    path = f"/O/runs/{process.id}"
    wrong = owner("PUT", path, {"publicly_hidden_fields": ["comments", UNKNOWN, 7, process.template.kickoff["Boss"]]})
    assert wrong.errors.keys() == {"publicly_hidden_fields.1", "publicly_hidden_fields.2"}
    body = {"checklist_id": process.template.id, "is_public": True, "publicly_hidden_fields": ["nonsense"]}
    assert owner("POST", "/O/runs", body).errors.keys() == {"publicly_hidden_fields.0"}
    launched = owner("POST", "/O/runs", {**body, "publicly_hidden_fields": ["comments"]}).data
    assert opened(server, launched["public_link"].rsplit("/", 1)[1]).status == 200


def test_15_1_the_address_is_dead_at_once(server: Running, team: Team) -> None:
    process, owner = scene(team), team.owner
    path = f"/O/runs/{process.id}"
    token = share(owner, process)
    owner("PUT", path, {"is_public": False})
    assert owner("GET", path).data["public_link"] is None
    assert opened(server, token).status == opened(server, token, "/form-fields").status == 404
    assert share(owner, process) == token, "it is kept for the next time"
    again = owner("POST", f"{path}/public-link/reset").data["public_link"].rsplit("/", 1)[1]
    assert (opened(server, token).status, opened(server, again).status) == (404, 200)
    owner("DELETE", path)
    assert opened(server, again).status == 404
    assert owner("POST", f"{path}/public-link/reset").body["code"] == "RUN_ARCHIVED"
    owner("PUT", f"{path}/activate")
    assert opened(server, again).status == 200
    owner("DELETE", path)
    owner("DELETE", f"{path}/delete")
    for nothing in (again, "x", "%00", UNKNOWN):
        assert opened(server, nothing).status == 404
    made = owner("GET", "/O/system-log/system?event=process_made_public").data
    assert len([one for one in made if one["event"] == "process_made_public"]) == 2


def test_4_2_who_shares(team: Team) -> None:
    owner = team.owner
    process = launch(owner, make_template(owner, {"title": "A"}), users=[team.standard.user_id])
    path = f"/O/runs/{process.id}/public-link/reset"
    for caller, status in ((team.standard, 403), (team.light, 404), (team.guest, 404), (team.stranger, 404)):
        assert caller("POST", path).status == status
    owner("PUT", f"/O/runs/{process.id}", {"owner_id": team.light.user_id})
    assert team.light("POST", path).status == 200
