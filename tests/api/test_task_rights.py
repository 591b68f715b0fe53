"""Who may do what with a task (SEED-30, SEED-90; spec 20 §27, 40 §14.7): each operation, each role."""

from typing import Any

import pytest

from tests.support.fixtures_server import Team
from tests.support.make import Process, make_oneoff, make_process, owners, unchanged
from tests.support.server import Caller, Running

WHO = ("owner", "standard", "light", "guest", "outsider", "stranger")
NOT_THIS_TASK = "You don't have permission to update this task."


class Cast:
    """A process with one task given to everybody of `assigned`; `outsider` is a standard member without relations."""

    def __init__(self, server: Running, team: Team, assigned: bool, **members: Any) -> None:
        self.callers: dict[str, Caller] = {
            "owner": team.owner,
            "standard": team.standard,
            "light": team.light,
            "guest": team.guest,
            "outsider": server.member(team.owner, "standard", "outsider"),
            "stranger": team.stranger,
        }
        field = {"label": "Note", "field_type": "text"}
        self.process: Process = make_process(team.owner, {"title": "A", "captures": [field], **members}, {"title": "B"})
        self.field = self.process.field("Note")
        everybody = {
            "users": [team.owner.user_id, team.standard.user_id, team.light.user_id],
            "guests": [team.guest.email],
        }
        # Once assigned, members go on seeing the process; a guest only sees what is his.
        self.owner = team.owner
        self.put(everybody)
        if not assigned:
            self.put({"users": [team.owner.user_id]})

    def put(self, people: dict[str, Any]) -> None:
        assert self.owner("PUT", self.process.path(), {"owners": people}).status == 200

    def call(self, who: str, method: str, path: str, body: Any = None) -> tuple[int, str | None]:
        caller = self.callers[who]
        at = path.replace("/O/", f"/organizations/{self.owner.organization}/")
        answer = caller(method, at, body)
        return answer.status, answer.body.get("code") if answer.body else None


def statuses(cast: Cast, method: str, path: str, body: Any = None, reset: Any = None) -> dict[str, int]:
    """What each of the cast gets; `reset` is called by the owner after each success."""
    found = {}
    for who in WHO:
        found[who], _ = cast.call(who, method, path, body)
        if found[who] < 300 and reset is not None:
            cast.owner(*reset)
    return found


def by_role(*codes: int) -> dict[str, int]:
    return dict(zip(WHO, codes, strict=True))


@pytest.mark.parametrize(
    ("assigned", "expected"),
    [(True, by_role(200, 200, 200, 200, 404, 403)), (False, by_role(200, 200, 200, 404, 404, 403))],
)
def test_see(server: Running, team: Team, assigned: bool, expected: dict[str, int]) -> None:
    cast = Cast(server, team, assigned)
    assert statuses(cast, "GET", cast.process.path()) == expected
    assert statuses(cast, "GET", f"/O/tasks/{cast.process.tasks[0]}") == expected


@pytest.mark.parametrize(
    "body",
    [
        {"title": "x"}, {"summary": "x"}, {"deadline": "2032-01-01"}, {"started_at": None, "position": 2},
        {"webhook": "https://h.example/"}, {"prevent_guest_comment": True}, {"max_assignable": 9}, {"top_secret": True},
        {"status": "in-progress"}, {"task_type": "approval"}, {"tags": []}, {"everyone_must_complete": True},
    ],
    ids=str,
)  # fmt: skip
def test_change_properties(server: Running, team: Team, body: dict[str, Any]) -> None:
    """20 §7.1: a light member is refused, a guest's keys are ignored with a warning."""
    cast = Cast(server, team, assigned=True)
    path = cast.process.path()
    before = cast.owner("GET", path)
    answer = team.light("PUT", path, body)
    assert (answer.status, answer.body["code"], answer.body["message"]) == (403, "FORBIDDEN", NOT_THIS_TASK)
    ignored = team.guest("PUT", path, body)
    assert ignored.status == 200
    assert ignored.body["meta"]["warnings"] == [{"code": "IGNORED_KEY", "key": name} for name in body]
    assert cast.call("outsider", "PUT", path, body)[0] == 404
    assert cast.call("stranger", "PUT", path, body)[0] == 403
    assert unchanged(before, cast.owner("GET", path))
    assert team.standard("PUT", path, body).status == 200
    assert team.owner("PUT", path, body).status == 200


def test_a_light_member_may_send_what_changes_nothing(server: Running, team: Team) -> None:
    """20 §7.1: naming a key is no offence, changing something is."""
    cast = Cast(server, team, assigned=True)
    shown = team.light("GET", cast.process.path()).data
    echo = {name: shown[name] for name in ("title", "position", "status", "owners", "deadline", "task_type")}
    answer = team.light("PUT", cast.process.path(), {**echo, "taskdata": {cast.field: "mine"}})
    assert answer.data["taskdata"] == {cast.field: "mine"}


@pytest.mark.parametrize(
    ("assigned", "restricted", "expected"),
    [
        (True, False, by_role(200, 200, 200, 200, 404, 403)),
        (True, True, by_role(200, 200, 200, 200, 404, 403)),
        (False, False, by_role(200, 200, 403, 404, 404, 403)),
        (False, True, by_role(200, 403, 403, 404, 404, 403)),
    ],
)
def test_write_answers(server: Running, team: Team, assigned: bool, restricted: bool, expected: dict[str, int]) -> None:
    cast = Cast(server, team, assigned, can_complete_only_assignees=restricted)
    assert statuses(cast, "PUT", cast.process.path(), {"taskdata": {cast.field: "x"}}) == expected


def test_only_assignees_protects_the_owners_too(server: Running, team: Team) -> None:
    """20 §7.1: nobody assigns himself to get around it."""
    cast = Cast(server, team, assigned=False, can_complete_only_assignees=True)
    path = cast.process.path()
    for body in (
        {"owners": {"users": [team.standard.user_id]}},
        {"can_complete_only_assignees": False},
        {"title": "x"},
    ):
        answer = team.standard("PUT", path, body)
        assert (answer.status, answer.body["message"]) == (403, NOT_THIS_TASK)
    cast.put({"users": [team.standard.user_id]})
    assert team.standard("PUT", path, {"title": "x"}).status == 200


def test_assign(server: Running, team: Team) -> None:
    cast = Cast(server, team, assigned=True)
    path = cast.process.path()
    assert team.light("PUT", path, {"owners": {"users": [team.light.user_id]}}).status == 403
    assert team.light("PUT", path, {"owners": {"guests": ["x@y.example"]}}).status == 403
    assert team.standard("PUT", path, {"owners": {"users": [], "guests": ["x@y.example"]}}).status == 200


def test_a_guest_only_adds_guests(server: Running, team: Team) -> None:
    """20 §24, 40 §14.7: delegation; the cap applies, everybody stays."""
    cast = Cast(server, team, assigned=True)
    path = cast.process.path()
    before = owners(team.owner("GET", path).data)
    assert (
        team.guest("PUT", path, {"owners": {"users": [], "guests": ["li@client.example"], "groups": []}}).status == 200
    )
    after = owners(team.owner("GET", path).data)
    assert after[0] == before[0]
    assert set(after[1]) == {team.guest.email, "li@client.example"}
    ineffective: tuple[Any, ...] = ({"users": []}, {"guests": []}, {}, "x", {"guests": [team.guest.email]})
    for nothing in ineffective:
        assert team.guest("PUT", path, {"owners": nothing}).status == 200
        assert owners(team.owner("GET", path).data) == after
    wrong = team.guest("PUT", path, {"owners": {"guests": ["nobody"]}})
    assert wrong.errors.keys() == {"owners.guests.0"}
    team.owner("PUT", path, {"max_assignable": 6})
    assert team.guest("PUT", path, {"owners": {"guests": ["sixth@client.example"]}}).status == 200
    assert team.guest("PUT", path, {"owners": {"guests": ["seventh@client.example"]}}).errors.keys() == {"owners"}


@pytest.mark.parametrize(
    ("assigned", "restricted", "expected"),
    [
        (True, False, by_role(200, 200, 200, 200, 404, 403)),
        (False, False, by_role(200, 200, 403, 404, 404, 403)),
        (False, True, by_role(200, 403, 403, 404, 404, 403)),
    ],
)
def test_complete(server: Running, team: Team, assigned: bool, restricted: bool, expected: dict[str, int]) -> None:
    cast = Cast(server, team, assigned, can_complete_only_assignees=restricted)
    task = cast.process.tasks[0]
    reset = ("DELETE", f"/O/completed-tasks/{task}")
    assert statuses(cast, "POST", "/O/completed-tasks", {"task_id": task}, reset) == expected


@pytest.mark.parametrize(
    ("assigned", "expected"),
    [(True, by_role(200, 200, 200, 403, 404, 403)), (False, by_role(200, 200, 403, 404, 404, 403))],
)
def test_reopen(server: Running, team: Team, assigned: bool, expected: dict[str, int]) -> None:
    cast = Cast(server, team, assigned)
    task = cast.process.tasks[0]
    again = ("POST", "/O/completed-tasks", {"task_id": task})
    assert cast.owner(*again).status == 200
    assert statuses(cast, "DELETE", f"/O/completed-tasks/{task}", None, again) == expected


def test_override_and_force_are_an_administrators(server: Running, team: Team) -> None:
    cast = Cast(server, team, assigned=True)
    task = cast.process.tasks[0]
    for more in ({"override_user": team.owner.user_id}, {"force": True}):
        assert cast.call("standard", "POST", "/O/completed-tasks", {"task_id": task, **more})[0] == 403
    done = team.owner("POST", "/O/completed-tasks", {"task_id": task, "override_user": team.standard.user_id}).data
    assert done["completer_id"] == team.standard.user_id


def test_archive_restore_and_delete_a_one_off_task(server: Running, team: Team) -> None:
    """20 §27.1: a standard member archives what he made or is given, a light one what he made, a guest nothing."""
    everybody = {"users": [team.standard.user_id, team.light.user_id], "guests": [team.guest.email]}
    path = make_oneoff(team.owner, owners=everybody)
    archived = {name: getattr(team, name)("DELETE", path).status for name in ("standard", "light", "guest")}
    assert archived == {"standard": 204, "light": 403, "guest": 403}
    assert team.light("PUT", f"{path}/restore").status == 403
    assert team.standard("PUT", f"{path}/restore").status == 200
    for name, status in (("standard", 403), ("light", 403), ("guest", 403), ("owner", 204)):
        assert getattr(team, name)("DELETE", f"{path}/delete").status == status, name
    own = make_oneoff(team.light)
    assert team.light("DELETE", own).status == 204
    mine = make_oneoff(team.standard)
    assert server.member(team.owner, "standard")("DELETE", f"{mine}/delete").status in (403, 404)
    assert team.standard("DELETE", f"{mine}/delete").status == 204


def test_top_secret_hides_the_task(server: Running, team: Team) -> None:
    """20 §27.2: for everybody else it does not exist; only who may see it switches it."""
    cast = Cast(server, team, assigned=False)
    path = cast.process.path()
    answer = team.standard("PUT", path, {"top_secret": True})
    assert answer.status == 403
    assert team.owner("PUT", path, {"top_secret": True}).data["top_secret"] is True
    expected = by_role(200, 404, 404, 404, 404, 403)
    assert statuses(cast, "GET", path) == expected
    assert statuses(cast, "PUT", path, {"title": "x"}) == expected
    assert statuses(cast, "POST", "/O/completed-tasks", {"task_id": cast.process.tasks[0]}) == expected
    run = team.standard("GET", f"/O/runs/{cast.process.id}?with=tasks").data
    assert [one["title"] for one in run["tasks"]["data"]] == ["B"]
    assert run["progress"]["total"] == 2, "it still counts"


def test_what_a_guest_is_shown(server: Running, team: Team) -> None:
    """40 §14.7: no member data, nobody else's address, no webhook, no metadata."""
    cast = Cast(server, team, assigned=True)
    cast.owner("PUT", cast.process.path(), {"webhook": "https://h.example/", "max_assignable": 0})
    cast.put({"users": [team.owner.user_id], "guests": [team.guest.email, "other@client.example"]})
    shown = team.guest("GET", cast.process.path()).data
    assert (shown["webhook"], shown["custom_fields"]) == (None, None)
    assert (shown["owners"]["users"], shown["owners"]["guests"]) == ([], [team.guest.email])
    assert "other@client.example" not in str(shown)
    assert team.owner.email not in str(shown)


def test_a_disabled_guest_is_refused(server: Running, team: Team) -> None:
    cast = Cast(server, team, assigned=False)
    assert team.owner("DELETE", f"/O/guests/{team.guest.email}/disable").status == 200
    answer = team.guest("GET", cast.process.path())
    assert (answer.status, answer.body["code"]) == (403, "MEMBER_DISABLED")


def test_values_of_secret_tasks_are_no_variables_for_others(server: Running, team: Team) -> None:
    """20 §27.2: not resolved for people who cannot see the task."""
    field = {"label": "Salary", "field_type": "text"}
    people = [team.standard.user_id, team.light.user_id]
    process = make_process(
        team.owner,
        {"title": "Secret", "top_secret": True, "assignees": [team.light.user_id], "captures": [field]},
        {"title": "Open", "assignees": people},
    )
    template = team.owner("GET", f"/O/checklists/{process.template.id}?with=steps").data
    alias = template["steps"]["data"][0]["captures"][0]["alias"]
    team.owner("PUT", process.path(1), {"title": f"Pay {{{{{alias}}}}}"})
    team.owner("PUT", process.path(), {"taskdata": {process.field("Salary"): "1234"}})
    for caller, title in ((team.owner, "Pay 1234"), (team.light, "Pay 1234"), (team.standard, "Pay")):
        assert caller("GET", process.path(1)).data["title"].strip() == title
        listed = {one["id"]: one["title"].strip() for one in caller("GET", f"/O/runs/{process.id}/tasks").data}
        assert listed[process.tasks[1]] == title


@pytest.mark.parametrize("shape", ["ids", "objects"])
def test_guests_are_shown_no_members(team: Team, shape: str) -> None:
    """40 §14.7: never a list of members, in neither shape."""
    both = {"users": [team.owner.user_id], "guests": [team.guest.email], "groups": []}
    path = make_oneoff(team.owner, owners=both)
    shown = team.guest("GET", f"{path}?owners_format={shape}").data["owners"]
    assert (shown["users"], shown["guests"]) == ([], [team.guest.email])


def test_a_process_beside_a_task_shows_guests_their_own_progress(team: Team) -> None:
    """10 §3.3, §2.5."""
    process = make_process(team.owner, {"title": "A", "guests": [team.guest.email]}, {"title": "B"}, {"title": "C"})
    run = team.guest("GET", f"{process.path()}?with=run").data["run"]["data"]
    assert run["progress"]["total"] == 1
    assert team.owner("GET", f"{process.path()}?with=run").data["run"]["data"]["progress"]["total"] == 3
