"""What members hold when it is asked for (spec 40 §11.3)."""

import base64
from typing import Any

import pytest

from procession.api.includes import OF
from procession.kernel.unit import Unit
from procession.wire.person import User
from tests.files.test_pictures import encoded, halves
from tests.support.fixtures_server import Team
from tests.support.make import launch, make_group, make_template
from tests.support.server import Caller, Running

EVERY = ",".join(OF[User].listed())


def test_11_3_what_members_hold_when_asked(team: Team) -> None:
    """Groups, numbers, country, ways to sign in; organizations and preferences only of those one is near to."""
    owner, standard = team.owner, team.standard
    process = launch(owner, make_template(owner, {"title": "A"}, {"title": "B"}))
    assert owner("POST", "/O/completed-tasks", {"task_id": process.tasks[0]}).status in (200, 201)
    assert owner("PATCH", "/O/me", {"country_id": 620}).status == 200
    asked = "stats,country,preferences,auth-methods,organizations,groups,unknown"
    shown = owner("GET", f"/O/users/{owner.user_id}?with={asked}").data
    stats = shown["stats"]["data"]
    assert stats.pop("last_step_created_at")
    assert stats == {"steps_created": 2, "tasks_completed": 1, "processes_launched": 1, "checklists_created": 1}
    assert shown["country"]["data"]["iso2"] == "PT"
    assert [one["id"] for one in shown["organizations"]["data"]] == [owner.organization]
    assert {"slug": "theme", "value": "system"}.items() <= {
        "slug": "theme", "value": next(one["value"] for one in shown["preferences"]["data"] if one["slug"] == "theme")
    }.items()  # fmt: skip
    assert shown["auth_methods"] == {"data": []} and shown["groups"] == {"data": []}
    team_list = {one["id"]: one for one in standard("GET", f"/O/users?with={asked}").data}
    hidden = [team_list[owner.user_id][name] for name in ("preferences", "auth_methods", "organizations")]
    assert hidden == [{"data": []}] * 3 and team_list[standard.user_id]["preferences"]["data"]
    assert team_list[standard.user_id]["stats"]["data"]["tasks_completed"] == 0
    assert "stats" not in owner("GET", "/O/users").data[0]


def test_11_3_photos_and_who_watches(team: Team) -> None:
    """Photos for everybody; who watches a member is told to him and to administrators, nobody to others (INC-05)."""
    owner, standard = team.owner, team.standard
    picture = base64.b64encode(encoded(halves(), "PNG")).decode()
    photo = standard("POST", "/O/me/profile-pic", {"file": picture}).data["profile_pic"]
    watch = {"object_type": "user", "object_id": standard.user_id, "notification_type": "email"}
    made = owner("POST", f"/O/users/{owner.user_id}/add-watcher", watch).data
    asked = "with=assets,member_watchers.watcher,guest_watchers"

    def shown(by: Caller, one: Caller) -> list[Any]:
        listed = {each["id"]: each for each in by("GET", f"/O/users?{asked}").data}[one.user_id]
        return [listed[name]["data"] for name in ("assets", "member_watchers", "guest_watchers")]

    for by in (owner, standard):
        (asset,), (watcher,), guests = shown(by, standard)
        assert (asset["full_url"], asset["subject"]["type"], guests) == (photo, "User", [])
        assert (watcher["id"], watcher["object_type"], watcher["object_id"]) == (
            made["id"], "user", str(standard.user_id)
        )  # fmt: skip
        assert watcher["watcher"]["data"]["id"] == owner.user_id
    assert [len(one) for one in shown(team.light, standard)] == [1, 0, 0]
    assert shown(owner, owner) == [[], [], []]
    alone = standard("GET", f"/O/users/{standard.user_id}?with=assets,member-watchers").data
    assert (len(alone["assets"]["data"]), len(alone["member_watchers"]["data"])) == (1, 1)
    assert "guest_watchers" not in alone


def own(by: Caller, path: str, **headers: str) -> dict[str, Any]:
    """Oneself with everything, but for what moves with every call."""
    found: dict[str, Any] = by("GET", f"{path}?with={EVERY}", headers=headers).data
    return {name: value for name, value in found.items() if name != "last_accessed_at"}


def test_9_1_me_holds_what_the_organization_tells_of_oneself(server: Running, team: Team) -> None:
    """`GET /me` takes `with` as every other way to a member does, in the organization that is its context (10.2)."""
    owner, standard = team.owner, team.standard
    owner("PUT", "/O", {"unbilled_domains": ["members.example"]})
    make_group(owner, [standard.user_id, team.light.user_id])
    standard("PATCH", "/O/me", {"country_id": 620})
    watch = {"object_type": "user", "object_id": standard.user_id, "notification_type": "email"}
    owner("POST", f"/O/users/{owner.user_id}/add-watcher", watch)
    for by in (owner, standard, team.light):
        shown = own(by, "/me")
        assert shown == own(by, "/O/me") and shown["id"] == by.user_id
        assert [one["id"] for one in shown["organizations"]["data"]] == [owner.organization]
        assert "groups" not in by("GET", "/me").data
    shown = own(standard, "/me")
    assert (shown["country"]["data"]["iso2"], len(shown["member_watchers"]["data"])) == ("PT", 1)
    assert (len(shown["groups"]["data"]), shown["is_unbilled"]) == (1, True)
    assert team.guest("GET", f"/me?with={EVERY}").status == 401, "no account"


def test_10_2_me_in_several_organizations(server: Running, team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    """Groups and watchers are those of the context; in another one there are others, and no more questions."""
    owner, standard = team.owner, team.standard
    group = make_group(owner, [standard.user_id])
    asked: list[str] = []
    every = Unit.all

    def counting(unit: Unit, query: Any, **named: Any) -> list[Any]:
        asked.append(unit.organization_id)
        return every(unit, query, **named)

    monkeypatch.setattr(Unit, "all", counting)
    assert [one["id"] for one in own(standard, "/me")["groups"]["data"]] == [group]
    few = len(asked)
    body = {"email": standard.email, "first_name": "S", "last_name": "M", "role": "admin"}
    invited = team.stranger("POST", "/O/users/invite", body).data
    session = server.session(standard)
    code = team.stranger("GET", f"/O/users/{invited['id']}").data["invite_link"].rsplit("/", 1)[1]
    assert session("POST", f"/auth/invitations/{code}/accept").status == 200
    there = [make_group(team.stranger, [standard.user_id]) for _ in range(3)]
    elsewhere = {"X-Organization-ID": team.stranger.organization}
    asked.clear()
    shown = own(session, "/me", **elsewhere)
    assert len(asked) == few
    assert (shown["role"], {one["id"] for one in shown["groups"]["data"]}) == ("admin", set(there))
    assert len(shown["organizations"]["data"]) == 2
    assert [one["id"] for one in own(session, "/me")["groups"]["data"]] == [group]
    made = session("POST", "/me/tokens", {"name": "Bound", "organization_id": owner.organization}).data
    bound = Caller(server.base, owner.organization, standard.user_id, standard.email, f"Bearer {made['access_token']}")
    for shown in (own(bound, "/me", **elsewhere), own(bound, "/me"), own(bound, "/O/me")):
        told = [one["id"] for one in shown["organizations"]["data"]]
        assert (shown["role"], told) == ("standard", [owner.organization]), "nothing of those it was not made for"


def test_9_1_me_without_an_organization(server: Running, team: Team) -> None:
    """The membership is null, what was asked for is there and empty."""
    standard = team.standard
    team.owner("DELETE", f"/O/users/{standard.user_id}/disable")
    shown = own(standard, "/me")
    assert (shown["role"], shown["status"], shown["cadence_days"]) == (None, None, None)
    assert shown["groups"] == shown["member_watchers"] == {"data": []}
    assert shown["stats"]["data"]["tasks_completed"] == 0
    assert [one["user_status"] for one in shown["organizations"]["data"]] == ["disabled"]
