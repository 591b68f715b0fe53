"""What becomes of work when a guest or group goes (spec 40 §14.3, §14.10; 41 §9.5; 20 §6.4)."""

from typing import Any

import pytest

from tests.support.fixtures_server import Team
from tests.support.make import UNKNOWN, events_of, launch, make_group, make_oneoff, make_process, make_template, owners
from tests.support.server import Caller, Running


def given(task: Any, by: Caller) -> tuple[list[int], list[str], list[str]]:
    return owners(by("GET", task).data)


# -- guests ------------------------------------------------------------------------------------------------------------


def test_a_deleted_guest_leaves_open_work(server: Running, team: Team) -> None:
    """40 §14.10 example 2: the task keeps its member, the guest is answered as he was, his link is dead."""
    owner, kim = team.owner, team.guest
    process = make_process(owner, {"title": "A", "assignees": [owner.user_id], "guests": [kim.email]}, {"title": "B"})
    done = make_oneoff(owner, owners={"users": [owner.user_id], "guests": [kim.email], "groups": []})
    assert owner("POST", "/O/completed-tasks", {"task_id": done.rsplit("/", 1)[1]}).status in (200, 201)
    revision = owner("GET", process.path()).headers["etag"]
    gone = owner("DELETE", f"/O/guests/{kim.email}").data
    assert (gone["email"], bool(gone["deleted_at"])) == (kim.email, True)
    assert given(process.path(), owner) == ([owner.user_id], [], [])
    assert given(done, owner)[1] == [kim.email], "what is completed keeps naming him"
    assert owner("GET", process.path()).headers["etag"] != revision
    assert "owners-updated" in [one[1] for one in events_of(server, owner, process.tasks[0])]
    step = owner("GET", f"/O/checklists/{process.template.id}/steps/{process.template.steps[0]}").data
    assert (step["assignees"], step["guests"]) == ([owner.user_id], [])
    assert kim("GET", "/O/tasks").status == 401
    assert owner("GET", f"/O/guests/{kim.email}").status == 404
    assert owner("DELETE", f"/O/guests/{kim.email}").status == 404
    back = owner("POST", "/O/guests", {"email": kim.email}).data
    assert back["id"] == kim.user_id, "known on the server: the same person with a new code"
    assert f"Guest {back['guest_code']}" != kim.authorization


def test_a_member_who_only_accompanied_a_guest_stays(team: Team) -> None:
    owner = team.owner
    task = make_oneoff(owner, owners={"users": [], "guests": [team.guest.email], "groups": []})
    assert given(task, owner) == ([owner.user_id], [team.guest.email], [])
    owner("DELETE", f"/O/guests/{team.guest.email}")
    assert given(task, owner) == ([owner.user_id], [], [])


def test_the_last_who_was_missing_completes_a_task_by_going(team: Team) -> None:
    """20 §6.4: if every remaining person had already completed, the task completes now."""
    owner = team.owner
    both = {"users": [owner.user_id], "guests": [team.guest.email], "groups": []}
    task = make_oneoff(owner, owners=both, everyone_must_complete=True)
    owner("POST", "/O/completed-tasks", {"task_id": task.rsplit("/", 1)[1]})
    assert owner("GET", task).data["status"] != "completed"
    owner("DELETE", f"/O/guests/{team.guest.email}")
    assert owner("GET", task).data["status"] == "completed"


def test_a_guest_with_open_tasks_is_not_disabled(team: Team) -> None:
    owner, kim = team.owner, team.guest
    task = make_oneoff(owner, owners={"users": [owner.user_id], "guests": [kim.email], "groups": []})
    path = f"/O/guests/{kim.email}/disable"
    refused = owner("DELETE", path)
    assert (refused.status, refused.body["code"]) == (403, "BUSINESS_RULE")
    assert refused.body["message"] == "Cannot disable guest with incomplete tasks"
    assert owner("GET", f"/O/guests/{kim.email}").data["disabled_at"] is None
    assert owner("POST", "/O/completed-tasks", {"task_id": task.rsplit("/", 1)[1]}).status in (200, 201)
    assert owner("DELETE", path).data["disabled_at"]
    assert owner("DELETE", path).status == 200, "00 §14: disabled already"
    assert kim("GET", "/O/tasks").status == 403
    enabled = owner("PUT", f"/O/guests/{kim.email}/enable").data
    assert (enabled["disabled_at"], enabled["details"]["reactivated_by"]) == (None, owner.user_id)
    assert f"Guest {enabled['guest_code']}" != kim.authorization


def test_a_guest_may_be_disabled_by_force(team: Team) -> None:
    owner, kim = team.owner, team.guest
    task = make_oneoff(owner, owners={"users": [owner.user_id], "guests": [kim.email], "groups": []})
    assert owner("DELETE", f"/O/guests/{kim.email}/disable?force=true").data["disabled_at"]
    assert given(task, owner)[1] == [kim.email], "the tasks stay with those who are beside him"


def test_only_administrators_end_a_guest(team: Team) -> None:
    """40 §15.2."""
    path = f"/O/guests/{team.guest.email}"
    for method, at in (("DELETE", path), ("DELETE", f"{path}/disable"), ("PUT", f"{path}/enable"),
                       ("POST", f"{path}/reset-link")):  # fmt: skip
        for caller in (team.standard, team.light, team.guest):
            assert caller(method, at).status == 403, (caller.email, at)
        assert team.stranger(method, at).status == 404
    assert team.light("PUT", path, {"first_name": "x"}).status == 403
    assert team.standard("PUT", path, {"first_name": "Kim"}).data["first_name"] == "Kim"


def test_a_new_link_ends_the_old_one(team: Team) -> None:
    """40 §14.5: the old one says so, for as long as there is a new one; also after a second one."""
    path = f"/O/guests/{team.guest.email}"
    assert team.guest("GET", "/O/tasks").status == 200
    found = team.owner("POST", f"{path}/reset-link").data
    assert found["link"].endswith(f"/guest/{found['guest_code']}")
    name = team.owner("GET", "/O").data["name"]
    text = f"This link was replaced. Ask {name} for the new one."
    for _ in range(2):
        answer = team.guest("GET", "/O/tasks")
        assert (answer.status, answer.body["message"]) == (410, text)
        team.owner("POST", f"{path}/reset-link", {"notify": False})
    assert team.stranger("GET", path).status == 404
    assert team.owner("POST", f"{path}/reset-link", {"notify": "perhaps"}).status == 422
    team.owner("DELETE", path)
    assert team.guest("GET", "/O/tasks").status == 401, "nobody is there to ask for"


def test_whoever_comes_back_has_another_link(team: Team) -> None:
    """40 §14.3, §14.10: after disabling and enabling, after deleting and making him again, the old mail's is dead."""
    path = f"/O/guests/{team.guest.email}"
    team.owner("DELETE", f"{path}/disable")
    assert team.guest("GET", "/O/tasks").status == 403
    team.owner("PUT", f"{path}/enable")
    assert team.guest("GET", "/O/tasks").status == 410
    team.owner("DELETE", path)
    assert team.guest("GET", "/O/tasks").status == 401
    assert team.owner("POST", "/O/guests", {"email": team.guest.email}).status == 201
    assert team.guest("GET", "/O/tasks").status == 410


def test_a_link_may_be_sent_again(team: Team) -> None:
    """40 §14.3, §15.2: by whoever may copy it; nothing of the guest changes, and a disabled one gets no mail."""
    path = f"/O/guests/{team.guest.email}"
    for caller in (team.owner, team.standard):
        before = caller("GET", path).data
        assert caller("POST", f"{path}/resend-link").data == before
    for caller in (team.light, team.guest):
        assert caller("POST", f"{path}/resend-link").status == 403
    assert team.stranger("POST", f"{path}/resend-link").status == 404
    assert team.owner("POST", "/O/guests/nobody@client.example/resend-link").status == 404
    stale = {"If-Match": '"0-0"'}
    assert team.owner("POST", f"{path}/resend-link", headers=stale).status == 412
    assert team.guest("GET", "/O/tasks").status == 200
    team.owner("DELETE", f"{path}/disable")
    refused = team.owner("POST", f"{path}/resend-link")
    assert (refused.status, refused.body["code"]) == (422, "BUSINESS_RULE")


def test_what_a_guest_did(team: Team) -> None:
    """40 §14.3: for members with a seat, as far as they see it."""
    owner, path = team.owner, f"/O/guests/{team.guest.email}/activity"
    mine = make_oneoff(owner, owners={"users": [], "guests": [team.guest.email], "groups": []})
    assert owner("GET", path).data == []
    task_id = mine.rpartition("/")[2]
    assert team.guest("POST", "/O/completed-tasks", {"task_id": task_id}).status == 200
    found = owner("GET", f"{path}?per_page=5").data
    assert [(one["verb"], one["auditable_id"], one["source"]) for one in found] == [(["completed"], task_id, ["Guest"])]
    assert found[0]["actor"][0]["email"] == team.guest.email
    assert owner("GET", f"{path}?verb=created").data == []
    assert team.standard("GET", path).status == 200
    for caller in (team.light, team.guest):
        assert caller("GET", path).status == 403
    assert team.stranger("GET", path).status == 404
    assert owner("GET", "/O/guests/nobody@client.example/activity").status == 404


def test_guests_carry_their_revision(team: Team) -> None:
    """00 CONC-01."""
    path = f"/O/guests/{team.guest.email}"
    tag = team.owner("GET", path).headers["etag"]
    assert team.owner("GET", path, headers={"If-None-Match": tag}).status == 304
    assert team.owner("PUT", path, {"last_name": "Lee"}, headers={"If-Match": tag}).status == 201
    stale = {"If-Match": tag}
    assert team.owner("PUT", path, {"last_name": "Li"}, headers=stale).status == 412
    assert team.owner("DELETE", f"{path}/disable", headers=stale).status == 412
    assert team.owner("DELETE", path, headers=stale).status == 412
    assert team.owner("GET", f"/O/users/{team.standard.user_id}").headers["etag"]


def test_light_members_see_the_guests_of_tasks_they_see(server: Running, team: Team) -> None:
    """40 §14.3, §15.2; links are not theirs to read (§14.4)."""
    owner, light = team.owner, team.light
    other = server.guest(owner)
    for caller, path in ((light, "/O/guests"), (light, "/O/guests-list")):
        assert caller("GET", path).data == []
    assert light("GET", f"/O/guests/{team.guest.email}").status == 404
    make_oneoff(owner, owners={"users": [light.user_id], "guests": [team.guest.email], "groups": []})
    assert [one["email"] for one in light("GET", "/O/guests").data] == [team.guest.email]
    shown = light("GET", f"/O/guests/{team.guest.email}").data
    assert (shown["link"], shown["guest_code"]) == (None, None)
    assert light("GET", f"/O/guests/{other.email}").status == 404
    assert team.guest("GET", "/O/guests").status == 403
    assert team.guest("GET", f"/O/guests/{other.email}").status == 404
    assert team.guest("GET", f"/O/guests/{team.guest.email}").status == 200


def test_statistics_of_guests(team: Team) -> None:
    """40 §14.2: a direct object, empty for a guest who never had a task."""
    owner, path = team.owner, f"/O/guests/{team.guest.email}?with=stats"
    assert owner("GET", path).data["stats"] == {}
    assert "stats" not in owner("GET", path.partition("?")[0]).data
    both = {"users": [owner.user_id], "guests": [team.guest.email], "groups": []}
    task = make_oneoff(owner, owners=both)
    make_process(owner, {"title": "A", "guests": [team.guest.email]})
    owner("POST", "/O/completed-tasks", {"task_id": task.rsplit("/", 1)[1]})
    stats = owner("GET", "/O/guests?with=stats").data[0]["stats"]
    assert (stats["assigned_tasks"], stats["tasks_completed"], stats["one_off_tasks_completed"]) == (2, 1, 1)
    assert stats["last_task_completed_at"] == stats["last_one_off_task_completed_at"]
    assert stats["last_task_completed_at"].endswith("Z")


def test_invitations_are_capped_by_the_hour(server: Running, owner: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """00 RATE-02, RATE-04; 40 §14.3: every way to become a guest counts, what is refused counts nothing."""
    monkeypatch.setattr(server.app.performer, "hourly", {"guest_invites": 3})
    assert owner("POST", "/O/guests", {"email": "a@client.example"}).status == 201
    assert owner("POST", "/O/guests", {"email": "a@client.example", "last_name": "Ay"}).status == 201, "known: free"
    task = make_oneoff(owner, owners={"users": [owner.user_id], "guests": ["b@client.example"], "groups": []})
    two = {"owners": {"users": [owner.user_id], "guests": ["c@client.example", "d@client.example"]}}
    refused = owner("PUT", task, two)
    assert (refused.status, refused.body["code"]) == (429, "RATE_LIMIT_EXCEEDED")
    assert refused.body["message"] == (
        "You've reached the hourly limit for guest invitations (3 per hour per organization). Please try again later."
    )
    assert 1 <= int(refused.headers["retry-after"]) <= 3600
    assert given(task, owner)[1] == ["b@client.example"], "nothing was done"
    assert owner("PUT", task, {"owners": {"users": [owner.user_id], "guests": ["c@client.example"]}}).status == 200
    assert make_group_refused(owner) == 429
    other = server.organization("Other")
    assert other("POST", "/O/guests", {"email": "a@client.example"}).status == 201, "each organization has its own"


def make_group_refused(by: Caller) -> int:
    return by("POST", "/O/groups", {"name": "G", "description": "", "guests": ["z@client.example"]}).status


# -- groups ------------------------------------------------------------------------------------------------------------


def test_a_deleted_group_gives_way_to_its_people(server: Running, team: Team) -> None:
    """41 §9.5: on open tasks and steps its members and guests stand in its place."""
    owner, standard, light = team.owner, team.standard, team.light
    group = make_group(owner, [standard.user_id, light.user_id], [team.guest.email])
    template = make_template(owner, {"title": "A", "groups": [group]}, {"title": "B", "groups": [group]})
    process = launch(owner, template, groups=[group])
    assert owner("POST", "/O/completed-tasks", {"task_id": process.tasks[1]}).status in (200, 201)
    before = owner("GET", f"/O/runs/{process.id}").headers["etag"]
    assert owner("DELETE", f"/O/groups/{group}").status == 204
    people: tuple[list[int], list[str], list[str]] = ([standard.user_id, light.user_id], [team.guest.email], [])
    assert given(process.path(), owner) == people
    assert given(process.path(1), owner)[2] == [group], "what is completed is as it was"
    named = owner("GET", f"{process.path(1)}?with=groups").data["groups"]["data"]
    assert [(one["id"], one["name"][:5]) for one in named] == [(group, "Group")]
    step = owner("GET", f"/O/checklists/{template.id}/steps/{template.steps[0]}").data
    assert (step["assignees"], step["guests"], step["groups"]) == people
    run = owner("GET", f"/O/runs/{process.id}")
    assert (run.data["groups"], run.data["users"]) == ([], [standard.user_id, light.user_id])
    assert run.headers["etag"] != before
    for caller in (standard, light):
        assert caller("GET", process.path()).status == 200
        assert caller("GET", process.path(1)).status == 200, "40 §16.4: whoever was assigned before goes on seeing"
    assert team.guest("GET", process.path()).status == 200
    assert owner("GET", f"/O/groups/{group}").status == 404
    again = launch(owner, template)
    assert given(again.path(), owner) == people
    assert any(one[1] == "owners-updated" for one in events_of(server, owner, process.tasks[0]))


def test_a_deleted_group_holds_no_rights(team: Team) -> None:
    owner, standard = team.owner, team.standard
    group = make_group(owner, [standard.user_id])
    template = make_template(owner, {"title": "A"}, groups=[group])
    path = f"/O/checklists/{template.id}"
    rights = {"checklist_edit": {"everyone": False, "users": [], "groups": [group]}}
    assert owner("PUT", f"{path}/permissions", rights).status == 200
    process = launch(owner, template)
    assert standard("GET", path).status == 200
    assert standard("GET", f"/O/runs/{process.id}").status == 200
    assert owner("DELETE", f"/O/groups/{group}").status == 204
    assert standard("GET", path).status == 404
    assert standard("GET", f"/O/runs/{process.id}").status == 404
    assert owner("GET", path).data["groups"] == []
    assert owner("GET", f"{path}/permissions").data["checklist_edit"]["groups"] == []
    shown = owner("GET", f"/O/runs/{process.id}?with=permissions").data["permissions"]["data"]
    assert shown["process_read"]["groups"] == []


def test_who_manages_groups(team: Team) -> None:
    """41 §9.2, 40 §15.2."""
    group = make_group(team.owner)
    assert team.standard("PUT", f"/O/groups/{group}", {"name": "Mine now"}).status == 201
    for caller, status in ((team.light, 403), (team.guest, 403), (team.stranger, 404)):
        assert caller("DELETE", f"/O/groups/{group}").status == status
    assert team.light("GET", f"/O/groups/{group}").status == 200
    assert team.guest("GET", f"/O/groups/{group}").status == 403
    assert team.owner("DELETE", f"/O/groups/{UNKNOWN}").status == 404
    stale = {"If-Match": '"99"'}
    assert team.owner("DELETE", f"/O/groups/{group}", headers=stale).status == 412
    assert (
        team.owner("POST", f"/O/groups/{group}/members", {"user_id": team.light.user_id}, headers=stale).status == 412
    )
