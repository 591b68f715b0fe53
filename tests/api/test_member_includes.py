"""What members hold when it is asked for (spec 40 §11.3)."""

from tests.support.fixtures_server import Team
from tests.support.make import launch, make_template


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
    assert "preferences" not in team_list[owner.user_id] and "auth_methods" not in team_list[owner.user_id]
    assert "organizations" not in team_list[owner.user_id] and "preferences" in team_list[standard.user_id]
    assert team_list[standard.user_id]["stats"]["data"]["tasks_completed"] == 0
    assert "stats" not in owner("GET", "/O/users").data[0]
