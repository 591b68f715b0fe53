"""What members hold when it is asked for (spec 40 §11.3)."""

import base64
from typing import Any

from tests.files.test_pictures import encoded, halves
from tests.support.fixtures_server import Team
from tests.support.make import launch, make_template
from tests.support.server import Caller


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
