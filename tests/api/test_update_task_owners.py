"""Update task: who a task is given to (SEED-45..47, 67..69, 73, 79; spec 20 §6)."""

from typing import Any

import pytest

from tests.support.fixtures_server import Team
from tests.support.make import (
    UNKNOWN,
    events_of,
    make_group,
    make_oneoff,
    make_process,
    owners,
    unchanged,
)
from tests.support.server import Caller, Running

INACTIVE = "The selected user is not an active member of this organization."
GUEST = "g@x.example"


class People:
    """An owner with members 1 to 3 and the group of the third, as in the worked examples of spec 20 §6.1."""

    def __init__(self, server: Running, owner: Caller) -> None:
        self.owner = owner
        self.members = [server.member(owner, "standard") for _ in range(3)]
        self.group = make_group(owner, [self.members[2].user_id])
        self.path = make_process(owner, {"title": "A"}).path()
        self.names = {"1": self.id(1), "2": self.id(2), "3": self.id(3), "owner": owner.user_id, "grpA": self.group}

    def id(self, number: int) -> int:
        return self.members[number - 1].user_id

    def real(self, value: Any) -> Any:
        """The placeholders of a body replaced: integers by members, `grpA` by the group."""
        if isinstance(value, dict):
            return {name: self.real(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self.real(one) for one in value]
        if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 3:
            return self.id(value)
        return (
            str(self.id(int(value[1:])))
            if isinstance(value, str) and value[:1] == "#"
            else self.names.get(value, value)
        )


@pytest.fixture
def people(server: Running, owner: Caller) -> People:
    found = People(server, owner)
    body = {"owners": {"users": [1, 2], "guests": [GUEST], "groups": ["grpA"]}}
    assert owner("PUT", found.path, found.real(body)).status == 200
    return found


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"users": [3]}, ([3], [], [])),
        ({"groups": []}, ([], [], [])),
        ({"users": [], "guests": [], "groups": []}, ([], [], [])),
        ({"users": [1, 2], "guests": [GUEST], "groups": []}, ([1, 2], [GUEST], [])),
        ({}, ([1, 2], [GUEST], ["grpA"])),
        ([], ([1, 2], [GUEST], ["grpA"])),
        (None, ([1, 2], [GUEST], ["grpA"])),
        ({"users": [], "guests": [], "groups": ["grpA"]}, ([], [], ["grpA"])),
        ({"users": ["#3", 3, {"id": 3}], "guests": ["G@X.example "]}, ([3], [GUEST], [])),
        ({"users": 3}, ([3], [], [])),
        ({"users": ["", "#3", ""], "guests": "", "groups": [""]}, ([3], [], [])),
        ({"users": [3, 1, 3, 2]}, ([3, 1, 2], [], [])),
        ({"users": None, "groups": ["grpA"], "taskUrls": ["x"], "other": 1}, ([], [], ["grpA"])),
        ({"groups": [{"id": "grpA"}]}, ([], [], ["grpA"])),
        ({"users": [3], "guests": [{"email": "new@x.example"}]}, ([3], ["new@x.example"], [])),
        ('{"users": []}', ([], [], [])),
    ],
)
def test_owners_replace_as_a_whole(people: People, sent: Any, expected: Any) -> None:
    """20 §6.1, the table of cases and the worked examples; SEED-47, 68, 73."""
    task = people.owner("PUT", people.path, {"owners": people.real(sent)}).data
    assert owners(task) == people.real(list(expected)) or owners(task) == tuple(people.real(list(expected)))
    assert len(task["owners"]["taskUrls"]) == len(task["owners"]["guests"])
    assert owners(people.owner("GET", people.path).data) == owners(task)


@pytest.mark.parametrize(
    ("sent", "errors"),
    [
        ({"users": [1, 404404]}, {"owners.users.1": [INACTIVE]}),
        ({"users": ["", "x"]}, {"owners.users.1": [INACTIVE]}),
        ({"users": [True]}, {"owners.users.0": [INACTIVE]}),
        ({"users": [10**30, 2**53, -1]}, {f"owners.users.{index}": [INACTIVE] for index in range(3)}),
        ({"users": {"0": 1}}, {"owners.users": ["The owners.users must be an array."]}),
        ({"guests": ["a@b@c"]}, {"owners.guests.0": ["The selected guest must be a valid email address."]}),
        ({"groups": [UNKNOWN]}, {"owners.groups.0": ["The selected group does not exist."]}),
        ({"groups": [1]}, {"owners.groups.0": ["The selected group does not exist."]}),
        ({"users": [1] * 201}, {"owners.users": ["The owners.users may not have more than 200 items."]}),
        ("nobody", {"owners": ["The owners must be an object."]}),
        ([1], {"owners": ["The owners must be an object."]}),
    ],
)
def test_owners_that_may_not_be(people: People, sent: Any, errors: Any) -> None:
    before = people.owner("GET", people.path)
    assert people.owner("PUT", people.path, {"owners": people.real(sent), "title": "No"}).errors == errors
    assert unchanged(before, people.owner("GET", people.path))


def test_members_of_other_organizations_and_members_as_guests(people: People, team: Team) -> None:
    answer = people.owner("PUT", people.path, {"owners": {"users": [team.stranger.user_id]}})
    assert answer.errors == {"owners.users.0": [INACTIVE]}
    member = people.members[0].email
    answer = people.owner("PUT", people.path, {"owners": {"guests": ["new@x.example", member.upper()]}})
    assert answer.errors == {
        "owners.guests.1": ["This email belongs to a member of your organization. Assign the member instead."]
    }
    foreign = make_group(team.stranger, [team.stranger.user_id])
    assert people.owner("PUT", people.path, {"owners": {"groups": [foreign]}}).errors.keys() == {"owners.groups.0"}


def test_seed_69_a_new_address_becomes_a_guest(people: People) -> None:
    people.owner("PUT", people.path, {"owners": {"users": [people.id(1)], "guests": ["Fresh@X.example"]}})
    guest = people.owner("GET", "/O/guests/fresh@x.example")
    assert guest.status == 200
    assert guest.data["email"] == "fresh@x.example"


def test_guests_are_not_assigned_where_the_step_forbids_it(owner: Caller) -> None:
    path = make_process(owner, {"title": "A", "allow_guest_owners": False}).path()
    answer = owner("PUT", path, {"owners": {"users": [owner.user_id], "guests": [GUEST]}})
    assert answer.errors.keys() == {"owners.guests.0"}
    assert owner("PUT", path, {"owners": {"users": [owner.user_id], "guests": []}}).status == 200


# -- the cap (20 §6.2) -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "cap", "allowed"),
    [
        ({"users": [1, 3], "groups": ["grpA"]}, 2, True),
        ({"users": [1, 2], "groups": ["grpA"]}, 2, False),
        ({"users": [1, 2, 3]}, 0, True),
        ({"users": [1, 2], "guests": [GUEST]}, 2, False),
        ({"users": [1, 2], "guests": [GUEST]}, 3, True),
        ({"guests": [GUEST]}, 1, True),
    ],
)
def test_seed_52_at_most_so_many_people(people: People, sent: Any, cap: int, allowed: bool) -> None:
    answer = people.owner("PUT", people.path, {"owners": people.real(sent), "max_assignable": cap})
    if allowed:
        assert answer.data["max_assignable"] == cap
    else:
        assert answer.errors == {"owners": [f"This task can have at most {cap} assignees."]}


def test_a_smaller_cap_alone_never_fails(people: People) -> None:
    assert people.owner("PUT", people.path, {"max_assignable": 1}).data["max_assignable"] == 1
    assert people.owner("PUT", people.path, {"owners": people.real({"users": [1, 2]})}).errors.keys() == {"owners"}


# -- no task for guests alone (20 §6.3) --------------------------------------------------------------------------------


def test_a_member_joins_guests_who_would_be_alone(server: Running, owner: Caller) -> None:
    launcher, path = owner, make_process(owner, {"title": "A"}).path()
    body = {"owners": {"users": [], "groups": [], "guests": ["k@client.example"]}}
    task = owner("PUT", path, body).data
    assert owners(task) == ([launcher.user_id], ["k@client.example"], [])
    before = owner("GET", path)
    assert owner("PUT", path, {"owners": task["owners"]}).status == 200
    assert owner("PUT", path, body).status == 200
    assert unchanged(before, owner("GET", path)), "what was read, and what was sent, both mean the present owners"
    other = server.member(owner, "standard")
    task = owner("PUT", path, {"owners": {"users": [other.user_id], "guests": ["k@client.example"]}}).data
    assert owners(task)[0] == [other.user_id]


def test_the_co_assignee_need_not_complete(server: Running, owner: Caller) -> None:
    path = make_process(owner, {"title": "A"}).path()
    guest = server.guest(owner)
    task = owner("PUT", path, {"owners": {"guests": [guest.email]}, "everyone_must_complete": True}).data
    assert task["completion_counts"] == {"completed": 0, "total": 1, "completers": []}
    done = guest("POST", "/O/completed-tasks", {"task_id": task["id"]}).data
    assert (done["status"], done["completer_guest"], done["completer_id"]) == ("completed", guest.email, None)


def test_the_rule_may_be_switched_off(owner: Caller) -> None:
    path = make_process(owner, {"title": "A"}).path()
    assert owner("PUT", "/O", {"guest_tasks_need_member": False}).status == 200
    assert owners(owner("PUT", path, {"owners": {"guests": [GUEST]}}).data) == ([], [GUEST], [])


def test_a_group_with_a_member_inside_needs_nobody_else(server: Running, owner: Caller) -> None:
    path, member = make_process(owner, {"title": "A"}).path(), server.member(owner, "light")
    mixed = make_group(owner, [member.user_id])
    assert owners(owner("PUT", path, {"owners": {"guests": [GUEST], "groups": [mixed]}}).data) == ([], [GUEST], [mixed])


# -- everyone must complete (20 §6.4, §12.4) ---------------------------------------------------------------------------


def test_taking_off_the_last_outstanding_person_completes_the_task(server: Running, people: People) -> None:
    one, two, three = people.members
    process_path = people.path.partition("/tasks/")[0]
    body = {"owners": {"users": [people.id(1), people.id(2)]}, "everyone_must_complete": True}
    task = people.owner("PUT", people.path, body).data
    one("POST", "/O/completed-tasks", {"task_id": task["id"]})
    half = people.owner("GET", people.path).data
    assert (half["status"], half["completion_progress"]) == ("in-progress", 50.0)
    still = people.owner("PUT", people.path, {"owners": {"users": [people.id(1), people.id(3)]}}).data
    assert (still["status"], still["completion_counts"]["completed"]) == ("in-progress", 1)
    done = people.owner("PUT", people.path, {"owners": {"users": [people.id(1)]}}).data
    assert (done["status"], done["completer_id"], done["completion_progress"]) == ("completed", one.user_id, 100.0)
    told = {"threads_count": 1}  # that one of them did his part
    assert people.owner("GET", people.path).data == done | told
    assert people.owner("GET", process_path).data["status"] == "complete"
    verbs = [verb for _, verb, _, _, _ in events_of(server, people.owner, task["id"])]
    assert verbs.count("completed") == 2, "one part, and the completion"
    assert two.user_id != three.user_id


def test_marks_of_people_who_were_taken_off_are_dropped(people: People) -> None:
    one = people.members[0]
    users = [people.id(1), people.id(2)]
    body = {"owners": {"users": users}, "everyone_must_complete": True}
    task = people.owner("PUT", people.path, body).data
    one("POST", "/O/completed-tasks", {"task_id": task["id"]})
    without = people.owner("PUT", people.path, {"owners": {"users": [people.id(2), people.id(3)]}}).data
    assert without["completion_counts"] == {"completed": 0, "total": 2, "completers": []}
    assert without["status"] == "in-progress"
    back = people.owner("PUT", people.path, {"owners": {"users": [*users, people.id(3)]}}).data
    assert back["completion_counts"]["completed"] == 0, "who comes back begins anew"


def test_unassigning_everybody_does_not_complete(people: People) -> None:
    body = {"owners": {"users": [people.id(1)]}, "everyone_must_complete": True}
    people.owner("PUT", people.path, body)
    assert people.owner("PUT", people.path, {"owners": {"users": []}}).data["status"] == "active"


# -- how owners are shown (20 §3.1, ENV-42) ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("client", "query", "bare"),
    [
        ("APIClient", "", False),
        ("n8n", "", False),
        ("TallyfySDK", "", True),
        ("TallyfySDK", "?owners_format=objects", False),
        ("APIClient", "?owners_format=ids", True),
        ("APIClient", "?owners_format=nonsense", False),
    ],
)
def test_bare_ids_for_clients_typed_to_them(people: People, client: str, query: str, bare: bool) -> None:
    shown = people.owner("PUT", people.path + query, {"title": "x"}, headers={"X-Tallyfy-Client": client}).data[
        "owners"
    ]
    assert all(isinstance(one, int) is bare for one in shown["users"])
    assert shown.keys() == {"users", "guests", "groups", "taskUrls"}
    again = people.owner("PUT", people.path, {"owners": shown})
    assert owners(again.data) == ([people.id(1), people.id(2)], [GUEST], [people.group])


def test_links_are_for_those_who_may_copy_them(server: Running, people: People) -> None:
    light = server.member(people.owner, "light")
    guest = server.guest(people.owner)
    body = {"owners": {"users": [light.user_id], "guests": ["a@x.example", guest.email]}}
    shown = people.owner("PUT", people.path, body).data["owners"]
    assert len(shown["taskUrls"]) == 2
    assert light("GET", people.path).data["owners"]["taskUrls"] == []
    own = guest("GET", people.path).data["owners"]
    assert (own["guests"], own["taskUrls"]) == ([guest.email], [shown["taskUrls"][1]])
    assert f"/guest-all-task/{people.owner.organization}/" in own["taskUrls"][0]
    assert own["taskUrls"][0].endswith(f"?task={people.path.rpartition('/')[2]}")


def test_a_removed_member_goes_on_seeing_and_a_new_one_sees_at_once(server: Running, people: People) -> None:
    fourth = server.member(people.owner, "standard")
    assert fourth("GET", people.path).status == 404
    people.owner("PUT", people.path, {"owners": {"users": [fourth.user_id]}})
    assert fourth("GET", people.path).status == 200
    people.owner("PUT", people.path, {"owners": {"users": [people.id(1)]}})
    assert fourth("GET", people.path).status == 200
    assert fourth("PUT", people.path, {"title": "Still mine to edit"}).status == 200


def test_the_history_tells_who_came_and_went(server: Running, owner: Caller) -> None:
    path = make_oneoff(owner)
    owner("PUT", path, {"owners": {"users": [], "guests": []}})
    told = [one for one in events_of(server, owner, path.rpartition("/")[2]) if one[1] == "owners-updated"]
    assert len(told) == 1
    assert told[0][3]["members"] == [owner.user_id]
    assert told[0][4]["members"] == []
