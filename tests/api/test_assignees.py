"""People of a task one by one, taken over and given back; reminders; the connector's micro-functions (20 §17, §22)."""

from typing import Any

import sqlalchemy as sa

from procession.kernel.sql import Query, organization
from procession.kernel.tables import jobs
from procession.kernel.unit import Unit
from tests.support.fixtures_server import Team
from tests.support.make import UNKNOWN, events_of, make_group, make_oneoff, make_process, make_template, owners
from tests.support.server import Caller, Running

JOBS = Query(
    sa.select(jobs.c.payload).where(organization(jobs), jobs.c.kind == sa.bindparam("kind")),
    lambda payload: payload,
)


MICRO = ("createMicroTask", "editTaskDeadline", "removeTaskGuest", "removeTaskAssignee")
"""The operations of the low-code connector for tasks, by the address it knows."""


def waiting(server: Running, of: Caller, kind: str) -> list[Any]:
    """The payloads of the jobs of that kind."""
    return server.database.read_now(
        lambda session: Unit(session, of.organization, server.clock.now()).all(JOBS, kind=kind)
    )


def test_added_and_removed_one_by_one_20_17(server: Running, team: Team) -> None:
    """`addTaskAssignees`, `removeTaskAssignees`: the others stay."""
    owner, mate = team.owner, team.standard
    group = make_group(owner, [team.light.user_id])
    path = f"/O/tasks/{make_process(owner).tasks[0]}"
    assert owner("POST", f"{path}/assignees", {}).data["status"] == "not-started"
    owner("DELETE", f"{path}/assignees", {"users": [owner.user_id]})  # who launched it had it
    added = owner("POST", f"{path}/assignees", {"users": [str(mate.user_id)], "guests": "a@x.example"}).data
    assert (owners(added), added["status"]) == (([mate.user_id], ["a@x.example"], []), "active")
    more = owner("POST", f"{path}/assignees", {"users": {"id": owner.user_id}, "groups": [group]}).data
    assert owners(more) == ([mate.user_id, owner.user_id], ["a@x.example"], [group])
    wrong = owner("POST", f"{path}/assignees", {"users": [owner.user_id, 404404], "guests": ["nobody"]})
    assert set(wrong.errors) == {"users.1", "guests.0"}
    assert owners(owner("GET", path).data) == owners(more)
    owner("PUT", path, {"max_assignable": 3})
    assert set(owner("POST", f"{path}/assignees", {"guests": ["b@x.example"]}).errors) == {"owners"}
    owner("DELETE", f"/O/users/{mate.user_id}/disable")  # who is there already is in nobody's way
    fewer = owner("DELETE", f"{path}/assignees?users={owner.user_id}&guests=A@X.example,c@x.example").data
    assert owners(fewer) == ([mate.user_id], [], [group])
    assert owners(owner("DELETE", f"{path}/assignees", {"users": [owner.user_id]}).data) == owners(fewer)
    assert owners(owner("DELETE", f"{path}/assignees", {"users": [mate.user_id], "groups": group}).data) == ([], [], [])
    verbs = [one[1] for one in events_of(server, owner, path.rsplit("/", 1)[1])]
    assert verbs.count("owners-updated") == 5
    for by, status in ((team.light, 403), (team.guest, 404), (team.stranger, 404)):
        assert by("POST", f"{path}/assignees", {"users": [owner.user_id]}).status == status
    owner("PUT", path, {"owners": {"users": [team.light.user_id], "guests": [team.guest.email]}})
    for by in (team.light, team.guest):
        for method in ("POST", "DELETE"):
            assert by(method, f"{path}/assignees", {"users": [owner.user_id]}).status == 403
    owner("POST", "/O/completed-tasks", {"task_id": path.rsplit("/", 1)[1]})
    refused = owner("POST", f"{path}/assignees", {"users": [owner.user_id]})
    assert (refused.status, refused.body["code"]) == (422, "TASK_COMPLETED")


def test_taken_over_and_given_back_20_17(server: Running, team: Team) -> None:
    """`takeOverTask`, `giveBackTask`: by assignees, also of groups, and by editors of what nobody has."""
    owner, mate, light = team.owner, team.standard, team.light
    group = make_group(owner, [light.user_id])
    path = f"/O/tasks/{make_process(owner).tasks[0]}"
    take, back = f"{path}/take-over", f"{path}/give-back"
    people = {"users": [owner.user_id, mate.user_id], "guests": [team.guest.email], "groups": [group]}
    before = owners(owner("PUT", path, {"owners": people}).data)
    assert team.guest("PUT", take).status == 403
    assert team.stranger("PUT", take).status == 404
    assert owners(light("PUT", take).data) == ([light.user_id], [], [])
    taken = owner("GET", path)
    assert light("PUT", take).data["last_updated"] == taken.data["last_updated"]
    for by, act, status in ((owner, take, 403), (owner, back, 403), (mate, take, 403), (mate, back, 403)):
        assert by("PUT", act).status == status
    assert owners(light("PUT", back).data) == before
    nothing = mate("PUT", back)
    assert (nothing.status, nothing.body["code"]) == (422, "NOTHING_TO_GIVE_BACK")
    # one after the other; who has gone meanwhile does not come back
    mate("PUT", take)
    owner("DELETE", f"/O/guests/{team.guest.email}")
    assert owners(mate("PUT", back).data) == ([owner.user_id, mate.user_id], [], [group])
    owner("PUT", take)
    owner("POST", f"{path}/assignees", {"users": [mate.user_id]})
    assert owner("PUT", back).status == 422  # he has it alone no longer
    kinds = [one[0] for one in events_of(server, owner, path.rsplit("/", 1)[1])]
    assert kinds.count("task.owners_updated") == 7
    # nobody has it: whoever may edit it
    owner("PUT", path, {"owners": {"users": []}})
    assert light("PUT", take).status == 403
    assert owners(mate("PUT", take).data) == ([mate.user_id], [], [])
    assert owners(mate("PUT", back).data) == ([], [], [])
    owner("PUT", path, {"can_complete_only_assignees": True})
    assert mate("PUT", take).status == 403
    assert owner("PUT", take).status == 200
    owner("POST", "/O/completed-tasks", {"task_id": path.rsplit("/", 1)[1]})
    for act in (take, back):
        refused = owner("PUT", act)
        assert (refused.status, refused.body["code"]) == (422, "TASK_COMPLETED")


def test_taken_from_nobody_who_is_left_20_17(owner: Caller, server: Running) -> None:
    mate = server.member(owner, "standard")
    path = make_oneoff(owner, owners={"users": [mate.user_id], "groups": [make_group(owner, [owner.user_id])]})
    owner("PUT", f"{path}/take-over")
    owner("DELETE", f"/O/users/{mate.user_id}/disable")
    shown = owner("PUT", f"{path}/give-back").data
    assert owners(shown)[0] == []
    assert len(owners(shown)[2]) == 1
    assert owner("PUT", f"{path}/take-over").status == 200
    assert owner("DELETE", f"{path}/delete").status == 204
    other = make_oneoff(owner, owners={"users": [owner.user_id, server.member(owner, "light").user_id]})
    assert owner("PUT", f"{other}/take-over").status == 200


def test_reminders_and_questions_20_22(server: Running, team: Team) -> None:
    """`remindTask`, `requestTaskStatus`: everybody but the caller; open and visible tasks alone."""
    owner, mate, light = team.owner, team.standard, team.light
    process = make_process(owner)
    path, org = process.path(), f"/O/tasks/{process.tasks[0]}"
    assert owner("POST", f"{org}/remind").data == {"sent_to": {"users": [], "guests": []}}
    assert owner("POST", f"{org}/request-status").body["code"] == "NOBODY_TO_ASK"
    group = make_group(owner, [mate.user_id, owner.user_id])
    owner("PUT", path, {"owners": {"users": [light.user_id], "guests": [team.guest.email], "groups": [group]}})
    sent = owner("POST", f"{org}/remind").data["sent_to"]
    assert sent == {"users": [light.user_id, mate.user_id], "guests": [team.guest.email]}
    owner("POST", f"{org}/remind")
    (job,) = waiting(server, owner, "mail.reminder")  # one waiting is enough
    assert job["recipients"] == [f"u{light.user_id}", f"u{mate.user_id}", f"e{team.guest.user_id}"]
    assert events_of(server, owner, process.tasks[0])[-1][:2] == ("task.reminded", "emitted")
    asked = light("POST", f"{org}/request-status", {"content": "How far?"})
    assert asked.status == 201
    assert set(asked.data["sent_to"]) == {mate.user_id, owner.user_id}
    assert (asked.data["state"], "How far?" in asked.data["content"]) == ("open", True)
    assert [one["id"] for one in team.guest("GET", f"{org}/comments").data] == [asked.data["id"]]
    for act in ("remind", "request-status"):
        assert team.guest("POST", f"{org}/{act}").status == 403
        assert team.stranger("POST", f"{org}/{act}").status == 404
    owner("PUT", f"{path}/hide")
    for act in ("remind", "request-status"):
        assert owner("POST", f"{org}/{act}").body["code"] == "TASK_HIDDEN"
    owner("PUT", f"{path}/show")
    owner("POST", "/O/completed-tasks", {"task_id": process.tasks[0]})
    for act in ("remind", "request-status"):
        assert owner("POST", f"{org}/{act}").body["code"] == "TASK_COMPLETED"
    alone = make_oneoff(owner, owners={"users": [mate.user_id]})
    assert owner("POST", f"{alone}/remind").data["sent_to"]["users"] == [mate.user_id]
    owner("DELETE", alone)
    assert owner("POST", f"{alone}/remind").body["code"] == "TASK_ARCHIVED"


def test_micro_functions_of_tasks_50_15(server: Running, team: Team) -> None:
    """`createMicroTask`, `editTaskDeadline`, `removeTaskGuest`, `removeTaskAssignee`: 200, by either prefix."""
    owner, mate = team.owner, team.standard
    base = f"/api/processes/micro-functions/organizations/{owner.organization}/tasks"
    made = owner("POST", base, {
        "name": "Call", "description": "Now", "deadline": "2031-01-02 10:00:00", "task_type": "accept_decline",
        "owners": {"users": [mate.user_id], "guests": ["g@x.example"]},
    })  # fmt: skip
    assert made.status == 200
    shown = {name: value for name, value in made.data.items() if name != "id"}
    assert shown == {"title": "Call", "alias": "call", "deadline": "2031-01-02T10:00:00Z", "description": "Now",
                     "owner_id": mate.user_id}  # fmt: skip
    task = owner("GET", f"/O/tasks/{made.data['id']}").data
    assert (task["task_type"], owners(task)) == ("approval", ([mate.user_id], ["g@x.example"], []))
    bare = owner("POST", base, {"name": "Bare", "owners": None, "task_type": ""})
    assert (bare.status, bare.data["owner_id"]) == (200, owner.user_id)
    assert bare.data["deadline"] is not None
    assert set(owner("POST", base, {"task_type": "odd"}).errors) == {"name", "task_type"}
    one = f"{base}/{made.data['id']}"
    for name in ("Deadline", "deadline"):
        assert owner("PUT", f"{one}/edit-deadline", {name: "2032-02-03 10:00:00"}).data["deadline"][:4] == "2032"
    for body in ({}, {"Deadline": "soon-ish"}, {"Deadline": None}):
        assert set(owner("PUT", f"{one}/edit-deadline", body).errors) == {"Deadline"}
    off = owner("PUT", f"{one}/remove-guest/g@x.example").data
    assert owners(off) == ([mate.user_id], [], [])
    assert owner("PUT", f"{one}/remove-guest/nobody@x.example").status == 404
    assert owner("PUT", f"{one}/remove-assignee/{owner.user_id}").data["last_updated"] == off["last_updated"]
    assert owners(owner("PUT", f"{one}/remove-assignee/{mate.user_id}").data) == ([], [], [])
    for named in ("404404", "x"):
        assert owner("PUT", f"{one}/remove-assignee/{named}").status == 404
    for by, status in ((team.guest, 403), (team.stranger, 404)):
        assert by("POST", base.replace("/api", ""), {"name": "x"}).status in (403, 404)
        assert by("PUT", f"{one}/edit-deadline", {"Deadline": "2032-02-03"}).status in (status, 404, 403)


def test_what_low_code_flows_read_50_pp_01(owner: Caller) -> None:
    """200 for what is made, bare ids of owners."""
    for agent in ("azure-logic-apps/1.0 (workflow x)", "Microsoft-PowerApps/3.0"):
        headers = {"User-Agent": agent}
        body = {"name": "One", "task_type": "task", "owners": {"users": [owner.user_id]}, "deadline": "2031-01-01"}
        made = owner("POST", "/O/tasks", {**body, "comment": "First"}, headers=headers)
        assert (made.status, made.data["owners"]["users"]) == (200, [owner.user_id])
        listed = owner("GET", f"/O/users/{owner.user_id}/tasks?status=active&sort=newest", headers=headers)
        assert listed.data[0]["owners"]["users"] == [owner.user_id]
        assert {"pagination", "overdue_tasks", "tasks_due_soon"} <= set(listed.body["meta"])
        objects = owner("GET", f"/O/tasks/{made.data['id']}?owners_format=objects&with=threads", headers=headers).data
        assert objects["owners"]["users"][0]["id"] == owner.user_id
        assert [one["content"] for one in objects["threads"]["data"]] == ["First"]  # N8N-03
        run = owner("POST", "/O/runs", {"checklist_id": make_template(owner).id, "name": agent}, headers=headers)
        assert run.status == 200


def test_ids_beside_data_50_imp_02(owner: Caller) -> None:
    """For importers, which name no client."""
    template = make_template(owner).id
    bodies: dict[str, dict[str, Any]] = {
        "/O/checklists": {"title": "T", "type": "procedure"},
        f"/O/checklists/{template}/steps": {"title": "S"},
        "/O/runs": {"checklist_id": template, "name": "R"},
        "/O/groups": {"name": "G", "description": "", "members": []},
        "/O/guests": {"email": "importer@x.example"},
    }
    for path, body in bodies.items():
        made = owner("POST", path, body)
        assert made.status == 201
        assert made.body["id"] == made.data["id"], path
    named = owner("POST", "/O/guests", {"email": "client@x.example"}, headers={"X-Tallyfy-Client": "n8n"})
    assert "id" not in named.body


def test_the_comments_of_importers_20_28(team: Team) -> None:
    """`importTaskComment`: the task must be of the process; `text`, `author_id` and `id` are harmless."""
    process = make_process(team.owner)
    path = f"{process.path()}/comments"
    made = team.owner("POST", path, {"text": "Imported", "author_id": 404404, "id": "x"})
    assert (made.status, made.data["author_id"], made.data["content"]) == (201, team.owner.user_id, "Imported")
    shown = team.owner("GET", f"/O/runs/{process.id}/tasks?with=threads").data
    assert [one["id"] for one in shown[0]["threads"]["data"]] == [made.data["id"]]
    other = make_process(team.owner)
    assert team.owner("POST", f"/O/runs/{other.id}/tasks/{process.tasks[0]}/comments", {"text": "x"}).status == 404
    assert team.owner("POST", f"/O/runs/{UNKNOWN}/tasks/{process.tasks[0]}/comments", {"text": "x"}).status == 404
    for by in (team.standard, team.guest, team.stranger):
        assert by("POST", path, {"text": "x"}).status == 404
    assert set(team.owner("POST", path, {"text": " "}).errors) == {"content"}
