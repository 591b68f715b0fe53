"""What existing clients send and read of processes (spec 10 §24): each item is named where it is proven."""

import json
from datetime import datetime
from typing import Any

from tests.support.make import make_group, make_tag, make_template
from tests.support.server import Caller

OPTIONS = [{"text": "Silver"}, {"text": "Gold"}]
KICKOFF = (
    {"label": "Plan", "field_type": "dropdown", "options": OPTIONS},
    {"label": "Tools", "field_type": "multiselect", "options": OPTIONS},
    {"label": "Tier", "field_type": "radio", "options": OPTIONS},
    {"label": "Name", "field_type": "text", "required": True},
)
DATES = (
    "prerun_completed_at", "created_at", "started_at", "last_updated", "completed_at", "archived_at", "due_date",
    "max_task_deadline",
)  # fmt: skip


def typed(run: dict[str, Any]) -> None:
    """24 item 1: strictly typed decoders read it."""
    for name in ("progress", "whole_progress"):
        assert {type(run[name][one]) for one in ("complete", "total", "percent")} == {int}
    assert isinstance(run["prerun"], dict)
    for name in ("id", "checklist_id", "name", "status", "organization_id", "type"):
        assert type(run[name]) is str, name
    for name in ("started_by", "owner_id", "increment_id"):
        assert type(run[name]) is int, name
    assert all(type(one) is int for one in run["users"] + run["collaborators"])
    for name in DATES:
        assert run[name] is None or datetime.strptime(run[name], "%Y-%m-%dT%H:%M:%SZ").year > 2000, name


def test_24_the_checklist(owner: Caller) -> None:
    role = owner("POST", "/O/roles", {"name": "Helper"}).data["id"]
    template = make_template(
        owner, {"title": "A", "captures": [{"label": "F", "field_type": "text"}]}, {"title": "B"}, kickoff=KICKOFF
    )
    plan, tools, tier, name = (template.kickoff[one] for one in ("Plan", "Tools", "Tier", "Name"))
    group, tag = make_group(owner, [owner.user_id]), make_tag(owner)
    # Items 2 and 11: 201 with id, name and status; lists as containers; unknown keys and members are dropped.
    body = {
        "id": "x", "organization_id": "x", "checklist_id": template.id, "name": "Globex", "status": "active",
        "prerun": [{name: "Globex"}, {plan: {"id": 2, "text": "Gold"}}, {"nonsense": 1}, {tier: "Silver"},
                   {tools: [{"id": 1, "text": "Silver", "selected": True}]}],
        "roles": [{"id": role, "users": [owner.user_id]}], "users": [owner.user_id], "groups": [group], "tags": [tag],
    }  # fmt: skip
    made = owner("POST", "/O/runs", body)
    assert (made.status, made.data["name"], made.data["status"]) == (201, "Globex", "active")
    typed(made.data)
    path = f"/O/runs/{made.data['id']}"
    # Item 1: nothing answered is an object, nothing dated is null.
    form = owner("POST", "/O/runs", {"checklist_id": "misc", "name": "Empty"}).data
    typed(form)
    assert (form["prerun"], form["due_date"], form["completed_at"]) == ({}, None, None)
    # Item 12: choices are read back as they were sent.
    assert {one: made.data["prerun"][one] for one in (plan, tools, tier)} == {
        plan: {"id": 2, "text": "Gold"}, tools: [{"id": 1, "text": "Silver", "selected": True}], tier: "Silver",
    }  # fmt: skip
    # Item 3: a name alone keeps people; what was read may be sent back.
    renamed = owner("PUT", path, {"name": "New"}).data
    assert (renamed["users"], renamed["groups"]) == ([owner.user_id], [group])
    before = owner("GET", path)
    echoed = owner("PUT", path, {"users": before.data["users"], "groups": before.data["groups"]})
    assert echoed.data["last_updated"] == before.data["last_updated"]
    # Item 13: PATCH, extra members, the other prefix.
    assert owner("PATCH", path, {"name": "Patched", "extra": {"x": 1}}).data["name"] == "Patched"
    api = owner.http.get(f"/api/organizations/{owner.organization}/runs/{made.data['id']}")
    assert api.json()["data"]["name"] == "Patched"
    # Item 9: associations of tags.
    (use,) = owner("GET", f"{path}?with=tags").data["tags"]["data"]
    assert (type(use["id"]), use["tag_id"]) == (int, tag)
    # Item 10: bare lists inside `data`, with the task of each field.
    fields = owner("GET", f"{path}/form-fields").data
    assert [type(one["task_id"]) for one in fields["form_fields"]] == [str]
    assert [one["task_id"] for one in fields["ko_form_fields"]] == [None] * 4
    # Item 5: the kick-off form without a body.
    assert owner("DELETE", f"{path}/complete-prerun").status == 200
    assert owner("POST", f"{path}/complete-prerun").status == 200
    # Items 6 and 7: paging as clients walk, and their words for states.
    listed = owner("GET", "/O/runs?limit=1&sort=-created_at")
    page = listed.body["meta"]["pagination"]
    assert (page["has_more_pages"], page["total_pages"], page["per_page"]) == (True, 2, 1)
    assert "page=2" in page["links"]["next"]
    assert "limit=1" in page["links"]["next"]
    last = owner("GET", "/O/runs?limit=1&page=2").body["meta"]["pagination"]
    assert (last["has_more_pages"], last["links"]["prev"]) == (False, last["links"]["previous"])
    for word, count in (("completed", 0), ("complete", 0), ("draft", 0), ("issue", 0), ("active", 2)):
        assert len(owner("GET", f"/O/runs?status={word}").data) == count, word
    # Items 4 and 8: archived and restored, both with a body; empty bodies without a type are fine.
    archived = owner("DELETE", path)
    assert (archived.status, archived.data["status"]) == (200, "archived")
    assert [one["id"] for one in owner("GET", "/O/runs?archived=only").data] == [made.data["id"]]
    restored = owner("PUT", f"{path}/activate", raw=b"", headers={"Content-Type": ""})
    assert (restored.status, restored.data["archived_at"]) == (200, None)
    # Item 14: refusals have a message and errors (429 with Retry-After: tests/api/test_conventions.py).
    wrong = owner("PUT", path, {"name": ""})
    assert wrong.status == 422
    assert wrong.body["message"]
    assert wrong.errors == {"name": ["The name field is required."]}
    # Item 15: an export without a body is valid JSON.
    exported = owner("POST", f"{path}/export")
    assert json.loads(exported.raw)["data"]["run_id"] == made.data["id"]
