"""Templates shared with guests (spec 30 §4.2, 40 §14.7, §16.3)."""

from typing import Any

from tests.support.fixtures_server import Team
from tests.support.make import events_of, launch, make_template
from tests.support.server import Running

SECRET = ("hook.example", "worker", "Sought")


def made(team: Team) -> tuple[str, Any]:
    owner = team.owner
    template = make_template(
        owner,
        {"title": "A", "webhook": "https://hook.example/a", "captures": [{"label": "F", "field_type": "text"}]},
        {"title": "B", "assignees": [team.standard.user_id], "guests": ["worker@client.example"]},
        {"title": "Sought", "summary": "Sought", "top_secret": True},
        kickoff=[{"label": "K", "field_type": "text"}],
        webhook="https://hook.example/t",
        users=[team.standard.user_id],
    )
    base = f"/O/checklists/{template.id}"
    condition = {"conditionable_type": "Step", "conditionable_id": template.steps[0], "operation": "completed"}
    action = {"action_type": "visibility", "action_verb": "show", "target_step_id": template.steps[1]}
    rule = {"automated_alias": "R", "conditions": [condition], "then_actions": [action]}
    assert owner("POST", f"{base}/automated-actions", rule).status == 201
    return base, template


def test_a_guest_reads_what_is_shared_with_him(server: Running, team: Team) -> None:
    owner, guest = team.owner, team.guest
    base, template = made(team)
    assert guest("GET", base).status == 404
    body = {"emails": [guest.email.upper(), "new@client.example", guest.email], "message": "Have a look"}
    shared = owner("POST", f"{base}/share", body)
    assert (shared.status, shared.data["emails"]) == (201, sorted([guest.email, "new@client.example"]))
    assert owner("GET", "/O/guests/new@client.example").status == 200, "who is no guest yet becomes one"
    seen = guest(
        "GET", f"{base}?with=steps,stages,tags,folder,permissions,runs,threads,assets,linked_tasks,member_watchers"
    )
    shown = seen.data
    assert [one["title"] for one in shown["steps"]["data"]] == ["A", "B", ""], "of a confidential one nothing"
    assert [one["label"] for one in shown["steps"]["data"][0]["captures"]] == ["F"]
    assert [one["label"] for one in shown["prerun"]] == ["K"]
    assert not any(one in seen.raw.decode() for one in SECRET), "structure only"
    assert (shown["automated_actions"], shown["users"], shown["custom_fields"]) == ([], [], None)
    assert all(shown[one] == {"data": []} for one in ("tags", "runs", "threads", "assets", "member_watchers"))
    assert "permissions" not in shown
    for path in ("/steps", "/automated-actions", "/export", "/versions", "/form-fields", "/permissions", "/watchers"):
        assert guest("GET", base + path).status in (403, 404), path
    assert guest("POST", f"{base}/comment", {"content": "x"}).status in (403, 404)
    assert guest("PUT", base, {"title": "Mine"}).status in (403, 404)
    assert guest("POST", "/O/runs", {"checklist_id": template.id, "name": "x"}).status in (403, 404)
    # Each is written to once.
    again = owner("POST", f"{base}/share", {"emails": [guest.email]})
    assert (again.status, again.data) == (201, shared.data)
    log = owner("GET", f"/O/email-log?recipient={guest.email}&kind=template.shared").data
    assert [(one["label"], one["object_type"], one["object_id"]) for one in log] == [
        ("Template Shared", "checklist", template.id)
    ]
    rights = owner("GET", f"{base}/permissions").data["checklist_read"]
    assert rights["guests"] == shared.data["emails"]
    inside = "permissions"
    assert owner("GET", f"{base}?with={inside}").data[inside]["data"]["checklist_read"]["guests"] == rights["guests"]
    reader = team.standard("GET", f"{base}?with={inside}").data[inside]["data"]
    assert "guests" not in reader["checklist_read"], "addresses are for those who may edit"
    assert owner("PUT", f"{base}/permissions", {"checklist_read": rights}).status == 200, "sent back as read"
    # Archived it is gone for him, restored it is back; then it ends.
    owner("DELETE", base)
    assert guest("GET", base).status == 404
    owner("PUT", f"{base}/restore")
    assert guest("GET", base).status == 200
    assert owner("DELETE", f"{base}/share/{guest.email}").status == 204
    assert guest("GET", base).status == 404
    assert owner("DELETE", f"{base}/share/{guest.email}").status == 404
    told = [(row[3], row[4]) for row in events_of(server, owner, template.id) if row[2] == "guests"]
    assert told == [([], shared.data["emails"]), (shared.data["emails"], ["new@client.example"])]


def test_who_shares_with_whom(team: Team) -> None:
    owner = team.owner
    base, _ = made(team)
    other = make_template(owner, {"title": "X"})
    body = {"emails": ["a@client.example"]}
    edit = {"checklist_edit": {"users": [team.standard.user_id]}, "checklist_read": {"users": [team.light.user_id]}}
    assert [one("POST", f"{base}/share", body).status for one in (team.standard, team.light)] == [403, 404]
    assert owner("PUT", f"{base}/permissions", edit).status == 200
    assert [one("POST", f"{base}/share", body).status for one in (team.standard, team.light)] == [201, 403]
    for outside in (team.guest, team.stranger):
        assert outside("POST", f"{base}/share", body).status in (403, 404)
        assert outside("DELETE", f"{base}/share/a@client.example").status in (403, 404)
    assert team.light("DELETE", f"{base}/share/a@client.example").status == 403
    assert owner("DELETE", f"/O/checklists/{other.id}/share/a@client.example").status == 404
    wrong: list[tuple[Any, list[str]]] = [
        ({}, ["emails"]),
        ({"emails": []}, ["emails"]),
        ({"emails": ["nonsense", "b@client.example"]}, ["emails.0"]),
        ({"emails": [team.light.email]}, ["emails.0"]),
        ({"emails": [f"{one}@client.example" for one in range(101)]}, ["emails"]),
        ({"emails": ["b@client.example"], "message": "x" * 5001}, ["message"]),
    ]
    for sent, names in wrong:
        assert sorted(owner("POST", f"{base}/share", sent).errors) == names, names
    assert owner("GET", f"{base}/permissions").data["checklist_read"]["guests"] == ["a@client.example"], (
        "nothing written"
    )


def test_people_who_go_take_it_with_them(server: Running, team: Team) -> None:
    """A merged guest's heir reads on, a deleted one or one who becomes a member does not; copies start unshared."""
    owner = team.owner
    base, template = made(team)
    heir, gone, joins = server.guest(owner), server.guest(owner), server.guest(owner)
    owner("POST", f"{base}/share", {"emails": [gone.email, joins.email, "d@client.example"]})
    assert owner("POST", f"/O/guests/{gone.email}/merge", {"into": heir.email}).status == 200
    assert heir("GET", base).status == 200
    assert owner("DELETE", "/O/guests/d@client.example").status < 300
    assert owner("POST", f"/O/guests/{joins.email}/to/member", {"role": "light"}).status < 300
    assert owner("GET", f"{base}/permissions").data["checklist_read"]["guests"] == [heir.email]
    copy = owner("POST", f"{base}/clone", {}).data["id"]
    assert "guests" not in owner("GET", f"/O/checklists/{copy}/permissions").data["checklist_read"]
    launch(owner, template)
    owner("DELETE", base)
    assert owner("DELETE", f"{base}/delete").status == 200
    assert heir("GET", base).status == 404
