"""Job titles: their own resource, on steps, at launch and after it (spec 41 §10, 30 §10, 10 §6.5, §8.1)."""

from typing import Any

import pytest

from procession.engine.model import Owners
from procession.engine.people import People
from procession.kernel.unit import Unit
from procession.operations.first import ensure_account
from procession.people.organizations import add_member
from procession.work.job_titles import still_there
from tests.support.fixtures_server import Team
from tests.support.make import UNKNOWN, Process, Template, events_of, launch, make_group, make_template, owners
from tests.support.server import Caller, Running

ROLES = "/O/roles"


def make_title(by: Caller, name: str = "Account manager", **default: Any) -> str:
    made: str = by("POST", ROLES, {"name": name, "default_assignees": default}).data["id"]
    return made


def titled(by: Caller, *titles: str, **step: Any) -> Template:
    """A template whose first step asks for these titles; its second asks for nothing."""
    template = make_template(by, {"title": "A", **step}, {"title": "B"})
    answer = by("PUT", f"/O/checklists/{template.id}/steps/{template.steps[0]}", {"title": "A", "roles": list(titles)})
    assert answer.status == 200, answer.body
    return template


def first(by: Caller, process: Process) -> tuple[list[int], list[str], list[str]]:
    return owners(by("GET", process.path()).data)


def test_41_10_a_job_title_is_kept_changed_and_deleted(server: Running, owner: Caller) -> None:
    group, member = make_group(owner, [owner.user_id]), server.member(owner, "standard").user_id
    sent = {"name": " Buyer ", "description": "Buys", "default_assignees": {"users": [str(member)], "groups": [group]}}
    made = owner("POST", ROLES, sent)
    assert made.status == 201
    role = made.data
    assert (role["name"], role["description"], role["permissions"]) == ("Buyer", "Buys", [])
    assert role["default_assignees"] == {"users": [member], "guests": [], "groups": [group]}
    path = f"{ROLES}/{role['id']}"
    assert owner("GET", path).data == role
    assert owner("PUT", path, {"name": "Buyer"}).headers["etag"] == made.headers["etag"]
    changed = owner("PUT", path, {"description": None, "default_assignees": {"guests": ["A@b.example "]}}).data
    assert (changed["description"], changed["name"]) == (None, "Buyer")
    assert changed["default_assignees"] == {"users": [], "guests": ["a@b.example"], "groups": []}
    assert owner("PUT", path, {"default_assignees": None}).data["default_assignees"]["guests"] == []
    assert owner("PUT", path, {"name": "x"}, headers={"if-match": '"1"'}).status == 412
    assert owner("POST", f"{ROLES}?if_exists=return", {"name": "BUYER"}).data["id"] == role["id"]
    assert next(one[:2] for one in events_of(server, owner, role["id"])) == ("job_title.created", "created")
    assert owner("DELETE", path).status == 204
    assert owner("GET", path).status == 404


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ({}, ["name"]),
        ({"name": ""}, ["name"]),
        ({"name": "x" * 101}, ["name"]),
        ({"name": "TAKEN"}, ["name"]),
        ({"name": "x", "description": "x" * 2001}, ["description"]),
        ({"name": "x", "default_assignees": 3}, ["default_assignees"]),
        ({"name": "x", "default_assignees": {"users": [987654321], "guests": ["x"], "groups": [UNKNOWN]}},
         ["default_assignees.users.0", "default_assignees.guests.0", "default_assignees.groups.0"]),
    ],
)  # fmt: skip
def test_41_10_what_is_refused(owner: Caller, body: dict[str, Any], paths: list[str]) -> None:
    make_title(owner, "Taken")
    answer = owner("POST", ROLES, body)
    assert (answer.status, list(answer.errors)) == (422, paths)
    assert owner("GET", ROLES).body["meta"]["pagination"]["total"] == 1
    assert owner("POST", ROLES, {"name": "x" * 100}).status == 201


def test_41_10_the_list_and_who_may(server: Running, team: Team) -> None:
    for name in ("beta", "Alpha", "Gamma"):
        make_title(team.owner, name)
    for caller in (team.owner, team.standard, team.light):
        assert [one["name"] for one in caller("GET", f"{ROLES}?sort=name").data] == ["Alpha", "beta", "Gamma"]
    found = team.light("GET", f"{ROLES}?q=BET&per_page=1").body
    assert ([one["name"] for one in found["data"]], found["meta"]["pagination"]["total"]) == (["beta"], 1)
    assert team.guest("GET", ROLES).status == 403
    for caller in (team.standard, team.light, team.guest):
        assert caller("POST", ROLES, {"name": "No"}).status == 403
    assert team.stranger("GET", ROLES).data == []


def test_30_8_1_steps_name_titles_by_id_or_name(server: Running, team: Team) -> None:
    owner, known = team.owner, make_title(team.owner, "Known")
    template = make_template(owner, {"title": "A"})
    path = f"/O/checklists/{template.id}/steps/{template.steps[0]}"
    roles = owner("PUT", path, {"title": "A", "roles": [known, "KNOWN", "New one"]}).data["roles"]
    assert [owner("GET", f"{ROLES}/{one}").data["name"] for one in roles] == ["Known", "New one"]
    wrong = owner("PUT", path, {"title": "A", "roles": ["Third", UNKNOWN, "x" * 101]})
    assert list(wrong.errors) == ["roles.1", "roles.2"]
    assert owner("GET", f"{ROLES}?q=Third").data == []
    right = {"checklist_edit": {"users": [team.standard.user_id]}}
    owner("PUT", f"/O/checklists/{template.id}/permissions", right)
    assert list(team.standard("PUT", path, {"title": "A", "roles": ["Fourth"]}).errors) == ["roles.0"]
    owner("DELETE", f"{ROLES}/{known}")
    assert owner("GET", path).data["roles"] == roles[1:]


def test_10_6_5_default_people_and_the_launcher(server: Running, owner: Caller) -> None:
    one, two = (server.member(owner, "standard").user_id for _ in range(2))
    title, empty = make_title(owner, "Filled", users=[one], guests=["t@x.example"]), make_title(owner)
    template = titled(owner, title, empty)
    assert first(owner, launch(owner, template)) == ([one], ["t@x.example"], [])
    assert first(owner, launch(owner, template, roles={title: {"users": [two]}})) == ([two], [], [])
    assert first(owner, launch(owner, template, roles={title: {}}))[1] == ["t@x.example"]
    alone = titled(owner, empty)
    assert first(owner, launch(owner, alone)) == ([owner.user_id], [], [])
    wrong = owner("POST", "/O/runs", {"checklist_id": template.id, "roles": {UNKNOWN: {"users": [one]}}})
    assert list(wrong.errors) == [f"roles.{UNKNOWN}"]


def test_20_11_2_tasks_and_processes_are_found_by_title(server: Running, owner: Caller) -> None:
    one = server.member(owner, "standard").user_id
    title, other = make_title(owner, "Lead", users=[one]), make_title(owner, "Nobody")
    template = titled(owner, title)
    process = launch(owner, template)
    by_hand = launch(owner, template, tasks={template.steps[0]: {"owners": {"users": [owner.user_id]}}})
    assert [task["id"] for task in owner("GET", f"/O/tasks?roles={title}").data] == [process.tasks[0]]
    assert owner("GET", f"/O/tasks?roles={other}").data == []
    assert owner("GET", f"/O/tasks?roles={other},{title}").body["meta"]["pagination"]["total"] == 1
    assert [run["id"] for run in owner("GET", f"/O/runs?roles={title}").data] == [process.id]
    assert list(owner("GET", "/O/tasks?roles=x").errors) == ["roles"]
    shown = owner("GET", f"{process.path()}?with=roles").data["roles"]["data"]
    assert shown == [{"id": title, "name": "Lead", "users": [one], "guests": [], "groups": []}]
    assert owner("GET", f"{by_hand.path()}?with=roles").data["roles"]["data"] == []
    owner("DELETE", f"{ROLES}/{title}")
    assert owner("GET", f"{process.path()}?with=roles").data["roles"]["data"] == []
    assert first(owner, process) == ([one], [], [])


def test_10_8_1_a_title_is_filled_anew_on_open_tasks(server: Running, team: Team) -> None:
    owner = team.owner
    one, two = (server.member(owner, "standard").user_id for _ in range(2))
    title = make_title(owner, "Lead", users=[one])
    template = titled(owner, title, assignees=[owner.user_id])
    process = launch(owner, template, users=[team.standard.user_id])
    path = f"/O/runs/{process.id}"
    before = owner("GET", path)
    assert team.standard("PUT", path, {"roles": {title: {"users": [two]}}}).status == 403
    assert list(owner("PUT", path, {"roles": {title: {"users": [7]}, UNKNOWN: {}}}).errors) == [
        f"roles.{UNKNOWN}", f"roles.{title}.users.0",
    ]  # fmt: skip
    assert owner("GET", path).body == before.body
    assert owner("PUT", path, {"roles": {title: {"users": [one]}}}).data["last_updated"] == before.data["last_updated"]
    assert owner("PUT", path, {"roles": {title: {"users": [two], "guests": ["n@x.example"]}}}).status == 200
    assert first(owner, process) == ([owner.user_id, two], ["n@x.example"], [])
    assert [one[1] for one in events_of(server, owner, process.tasks[0])][-1] == "owners-updated"
    owner("POST", f"{path}/completed-tasks", {"task_id": process.tasks[0]})
    owner("PUT", path, {"roles": {title: {"users": [one]}}})
    assert first(owner, process) == ([owner.user_id, two], ["n@x.example"], [])


@pytest.mark.parametrize(
    ("answer", "expected"),
    [("Amy@Client.example ", "amy@client.example"), ("nobody", None), (None, None)],
)
def test_30_10_4_an_answer_may_be_the_guest(server: Running, owner: Caller, answer: Any, expected: str | None) -> None:
    kickoff = [{"label": "Client", "field_type": "text"}]
    template = make_template(owner, {"title": "A", "assign_run_starter": False}, kickoff=kickoff)
    alias = owner("GET", f"/O/checklists/{template.id}").data["prerun"][0]["alias"]
    path = f"/O/checklists/{template.id}/steps/{template.steps[0]}"
    assert owner("PUT", path, {"title": "A", "guests": [f"{{{{{alias}}}}}"]}).status == 200
    process = launch(owner, template, prerun={template.kickoff["Client"]: answer} if answer else {})
    assert first(owner, process)[1] == ([expected] if expected else [])


def test_40_14_4_an_address_that_became_a_member_is_that_member(server: Running, owner: Caller) -> None:
    address = f"was.{owner.organization[-10:]}@client.example"
    template = make_template(owner, {"title": "A", "guests": [address]})
    assert first(owner, launch(owner, template))[1] == [address]

    def join(session: Any) -> int:
        unit = Unit(session, owner.organization, server.clock.now())
        account = ensure_account(unit, address, "Was Guest")
        add_member(unit, account, "standard")
        return account

    account = server.database.command_now(join)
    assert first(owner, launch(owner, template)) == ([account], [], [])


def test_30_10_2_who_was_disabled_or_deleted_fills_nothing() -> None:
    people = People(frozenset((1,)), frozenset(("m@x.io",)), frozenset(("a" * 32,)), frozenset(("d@x.io",)))
    owners = Owners((1, 2), ("m@x.io", "d@x.io", "g@x.io"), ("a" * 32, "b" * 32))
    assert still_there(owners, people) == Owners((1,), ("g@x.io",), ("a" * 32,))


def test_30_6_4_default_watchers(server: Running, team: Team) -> None:
    owner = team.owner
    inside = server.member(owner, "standard")
    group = make_group(owner, [inside.user_id, team.light.user_id])
    template = make_template(owner, {"title": "A"})
    path = f"/O/checklists/{template.id}/watchers"
    sent = {"users": [team.light.user_id], "groups": [group], "guests": [team.guest.email]}
    added = owner("POST", path, sent)
    assert added.status == 201
    assert owner("POST", path, {"users": [team.light.user_id]}).data == added.data
    shown = owner("GET", f"/O/checklists/{template.id}?with=member_watchers,guest_watchers").data
    assert [one["user_id"] or one["group_id"] for one in shown["member_watchers"]["data"]] == [
        team.light.user_id, group,
    ]  # fmt: skip
    assert [one["email"] for one in shown["guest_watchers"]["data"]] == [team.guest.email]
    assert owner("GET", path).data == added.data
    process = launch(owner, template)
    for caller, seen in ((inside, 200), (team.light, 200), (team.standard, 404), (team.stranger, 404)):
        assert caller("GET", f"/O/runs/{process.id}").status == seen
    for body, name in (({}, "users"), ({"users": [7]}, "users.0"), ({"groups": [UNKNOWN]}, "groups.0")):
        assert list(owner("POST", path, body).errors) == [name]
    assert team.standard("POST", path, sent).status in (403, 404)
    assert owner("DELETE", f"{path}/{added.data[0]['id']}").status == 204
    assert owner("DELETE", f"{path}/{added.data[0]['id']}").status == 404
    assert owner("DELETE", f"{path}/x").status == 404
    owner("DELETE", f"/O/groups/{group}")
    owner("DELETE", f"/O/guests/{team.guest.email}")
    assert owner("GET", path).data == []
    assert inside("GET", f"/O/runs/{launch(owner, template).id}").status == 404
