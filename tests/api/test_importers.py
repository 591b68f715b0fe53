"""What importers from other products take for granted (spec 50 §24)."""

import hashlib
import time
from typing import Any

from tests.support.fixtures_server import Team
from tests.support.make import UNKNOWN, make_process
from tests.support.server import Caller, Running


def digest(slug: str) -> str:
    return hashlib.md5(slug.encode(), usedforsecurity=False).hexdigest()


def test_imp_01_the_md5_of_a_slug_names_the_organization(server: Running, team: Team) -> None:
    owner = team.owner
    process = make_process(owner, {"title": "A"})
    slug = f"globex-{time.time_ns()}"
    assert owner("PUT", "/O", {"slug": slug}).status == 200

    def ask(by: Caller, organization: str, path: str = "/checklists") -> int:
        return by("GET", f"/api/organizations/{organization}{path}").status

    computed = digest(slug)
    read = owner("GET", f"/api/organizations/{computed}/runs/{process.id}")
    assert (read.status, read.data["id"]) == (200, process.id)
    assert ask(owner, computed.upper()) == 200
    made = owner("POST", f"/api/organizations/{computed}/guests", {"email": "imported@x.example"})
    assert made.status in (200, 201), made.body
    assert owner("GET", "/O/guests/imported@x.example").status == 200, "it is the same organization"
    # membership is asked as ever
    assert (ask(team.stranger, computed), ask(team.stranger, owner.organization)) == (403, 403)
    assert ask(team.light, computed, "/me") == 200
    assert (ask(owner, digest("globex")), ask(owner, UNKNOWN)) == (403, 403)
    # it follows the slug; an organization's own id comes first
    later = f"{slug}-2"
    assert owner("PUT", "/O", {"slug": later}).status == 200
    assert (ask(owner, computed), ask(owner, digest(later)), ask(owner, owner.organization)) == (403, 200, 200)
    usual = digest(f"organization_{team.stranger.organization}")
    assert (ask(team.stranger, usual), ask(owner, usual)) == (200, 403)


def test_imp_02_what_was_made_repeats_its_id(owner: Caller) -> None:
    """Beside `data`, for callers that name no client; those that do find it in `data` alone."""
    template = owner("POST", "/O/checklists", {"title": "T", "type": "procedure"})
    base = f"/O/checklists/{template.data['id']}"
    ways: list[tuple[str, Any]] = [
        ("/O/checklists", {"title": "T", "type": "procedure"}),
        (f"{base}/steps", {"title": "S"}),
        ("/O/runs", {"checklist_id": template.data["id"], "name": "N"}),
        ("/O/groups", {"name": "G{}"}),
        ("/O/guests", {"email": "g{}@x.example"}),
    ]
    for number, (path, body) in enumerate(ways):
        for client in ({}, {"X-Tallyfy-Client": "APIClient"}):
            sent = {name: one.format(f"{number}{len(client)}") for name, one in body.items()}
            made = owner("POST", path, sent, headers=client)
            assert (made.status, made.body.get("id")) == (201, None if client else made.data["id"]), path


def test_50_24_the_calls_of_importers(owner: Caller) -> None:
    """Those that work and those that never existed; a text of an importer at its edge (IMP-04)."""
    mail = f"m{time.time_ns()}@x.example"
    template = owner("POST", "/O/checklists", {"name": "x" * 250, "description": "y" * 2000, "type": "procedure"}).data
    assert (len(template["title"]), len(template["summary"])) == (250, 2000)
    base = f"/O/checklists/{template['id']}"
    step = owner("POST", f"{base}/steps", {"name": "z" * 600}).data
    assert len(step["title"]) == 600
    for path, body in (
        ("/O/checklists", {"title": "x" * 251, "type": "procedure"}),
        ("/O/checklists", {"title": "x", "summary": "y" * 2001, "type": "procedure"}),
        (f"{base}/steps", {"title": "z" * 601}),
    ):
        assert owner("POST", path, body).status == 422, body.keys()
    field = {"label": "F", "field_type": "text", "required": False}
    capture = owner("POST", f"{base}/steps/{step['id']}/captures", field).data
    run = owner("POST", "/O/runs?with=tasks", {"checklist_id": template["id"], "name": "N"}).data
    task = run["tasks"]["data"][0]["id"]
    member = owner("POST", "/O/users", {"email": mail, "first_name": "F", "last_name": "L", "role": "member"})
    assert (member.status, member.data["role"], member.data["status"]) == (201, "standard", "invited")
    group = owner("POST", "/O/groups", {"name": f"G {mail}"}).data["id"]
    names = {"first_name": "F", "last_name": "M"}
    served: list[tuple[str, str, Any, int]] = [
        ("GET", "/O", None, 200),
        ("GET", "/O/checklists", None, 200),
        ("GET", base, None, 200),
        ("GET", "/O/runs", None, 200),
        ("GET", f"/O/runs/{run['id']}", None, 200),
        ("GET", f"/O/runs/{run['id']}/form-fields", None, 200),
        ("PUT", f"/O/runs/{run['id']}/tasks/{task}", {"title": "T"}, 200),
        ("PUT", "/O/form-field/value", {"id": capture["id"], "task_id": task, "form_value": "V"}, 200),
        ("GET", "/O/users", None, 200),
        ("GET", f"/O/users/{member.data['id']}", None, 200),
        ("PATCH", "/O", {}, 200),
        ("PATCH", f"/O/runs/{run['id']}", {}, 200),
        ("PATCH", f"/O/runs/{run['id']}/tasks/{task}", {}, 200),
        ("PATCH", f"/O/users/{owner.user_id}", names, 200),
        ("POST", "/O/users", {"email": owner.email, **names}, 200),
        ("POST", "/O/users", {"email": owner.email, **names, "role": "light"}, 409),
        ("POST", f"/O/groups/{group}/members", {"user_id": owner.user_id}, 201),
        ("POST", f"/O/runs/{run['id']}/tasks/{task}/comments", {"text": "C", "author_id": 1}, 201),
        *(("POST", path, {}, 404) for path in (
            f"/O/checklists/{template['id']}/attachments", f"/O/runs/{run['id']}/attachments",
            "/api/users", "/members", "/groups", "/comments", "/files", "/tags",
            "/webhooks")),
        ("POST", f"/O/runs/{run['id']}/comments", {"content": "C"}, 405),  # it is read there
        ("GET", "/members", None, 404),
        ("PUT", f"/tasks/{task}", {}, 404),
        ("PATCH", f"/O/runs/{run['id']}/steps/{step['id']}", {}, 404),
    ]  # fmt: skip
    for method, path, body, status in served:
        answer = owner(method, path, body)
        assert answer.status == status, (method, path, answer.body)
        if status == 404:
            assert answer.body["code"] == "ENDPOINT_NOT_FOUND"
