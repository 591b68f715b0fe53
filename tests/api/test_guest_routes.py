"""What guests may call, and the ways they prove who they are (spec 40 §14.7, 20 §24)."""

import httpx2

from procession.api.endpoint import OPERATIONS
from procession.people.permissions import NO, role_cell
from tests.support.fixtures_server import Team
from tests.support.make import make_process
from tests.support.server import Running
from tests.support.twins import base

OPEN = frozenset(
    """
    getTask getTask2 listTasks listRunTasks listMyTasks listGuestTasks countTasks updateTask
    listTaskCaptures saveTaskCaptures importTable saveFieldValue saveGuestFieldValue completeTask
    commentTask importTaskComment reportTaskIssue updateTaskComment deleteTaskComment
    setTaskCommentState reactTaskComment unreactTaskComment listTaskComments
    """.split()  # noqa: SIM905 - a list of words is read more easily
)
"""The heart of it: tasks, their answers, their comments."""

CLOSED = frozenset(
    """
    takeOverTask giveBackTask removeTaskAssignees updateRunTasks completeTasks bulkTasks remindTask
    createTask cloneTask hideTask showTask reopenTask archiveTask deleteTask unlinkTask exportTasks
    exportMyTasks createMicroTask editTaskDeadline removeTaskGuest removeTaskAssignee listUsers
    listGroups listTags listFolders listActivity resolveTaskIssue botCommentTask explainTask listRunAutomations
    listAutomatedActions simulateAutomatedActions listVersions listDefaultWatchers
    """.split()  # noqa: SIM905 - a list of words is read more easily
)


def test_the_routes_of_guests_40_14_7() -> None:
    """By the table of rights: what guests may at all, and what needs a right that no guest has."""
    cells = {base(one): {role_cell("guest", act) for act in one.acts} for one in OPERATIONS if one.acts}
    assert not {name for name in OPEN if cells[base_of(name)] == {NO}}
    assert not {name for name in CLOSED if NO not in cells[name]}


def base_of(name: str) -> str:
    return name.rstrip("0123456789")


def test_three_ways_to_be_a_guest_40_14_7(server: Running, team: Team) -> None:
    """Header, query, path: the same guest; a member's token beside them wins."""
    owner, guest = team.owner, team.guest
    process = make_process(owner)
    owner("PUT", process.path(), {"owners": {"guests": [guest.email]}})
    code = guest.authorization.removeprefix("Guest ")
    task, own = f"/organizations/{owner.organization}/tasks/{process.tasks[0]}", f"/O/guests/{code}"
    with httpx2.Client(base_url=server.base, timeout=35) as http:
        assert http.get(task).status_code == 401
        for headers, query in (
            ({"X-Guest-Code": code}, ""),
            ({}, f"?guest_code={code}"),
            ({"Authorization": f"Guest {code}"}, ""),
        ):
            shown = http.get(task + query, headers=headers)
            assert (shown.status_code, shown.json()["data"]["id"]) == (200, process.tasks[0])
        assert http.get(task, headers={"X-Guest-Code": "0" * 32}).status_code == 401
        for path in ("", "/tasks", "/preferences", "/processes"):
            address = f"/organizations/{owner.organization}/guests/{code}{path}"
            assert http.get(address).status_code == 200, path
        for wrong in (guest.email, str(guest.user_id), "0" * 32, "%40"):
            assert http.get(f"/organizations/{owner.organization}/guests/{wrong}/tasks").status_code == 401
        saved = http.post(
            f"/organizations/{owner.organization}/guests/{code}/form-field/value",
            json={"id": process.field("Company"), "form_value": "Acme", "task_id": process.tasks[0]},
        )
        assert (saved.status_code, saved.json()["data"]["value"]) == (200, "Acme")
        assert http.get(f"/organizations/{owner.organization}/users?guest_code={code}").status_code == 403
    named = owner(
        "GET", f"/O/tasks/{process.tasks[0]}?guest_code={code}&with=activities", headers={"X-Guest-Code": code}
    )
    assert named.data["custom_fields"] == {}, "the member asks"
    told = owner("GET", f"/O/guests/{guest.email}/activity").data
    assert any(one["field"] == ["Company"] for one in told)
    assert server.guest(owner)("GET", own).status == 404


def test_a_guest_saves_for_nobody_else_40_14_7(server: Running, team: Team) -> None:
    """`saveGuestFieldValue`: as himself, on what is his."""
    process = make_process(team.owner)
    team.owner("PUT", process.path(), {"owners": {"guests": [team.guest.email]}})
    body = {"id": process.field("Company"), "form_value": "x", "task_id": process.tasks[0]}
    other = server.guest(team.owner)
    assert team.guest("POST", f"/O/guests/{other.email}/form-field/value", body).status == 404
    assert other("POST", f"/O/guests/{other.email}/form-field/value", body).status == 404
    assert team.guest("POST", f"/O/guests/{team.guest.email}/form-field/value", body).data["value"] == "x"
