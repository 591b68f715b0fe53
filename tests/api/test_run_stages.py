"""Milestones of a running process (spec 10 §17.3)."""

from typing import Any

from tests.support.fixtures_server import Team
from tests.support.make import UNKNOWN, Process, events_of, launch, make_template
from tests.support.server import Caller, Running


def stages(by: Caller, process: Process) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = by("GET", f"/O/runs/{process.id}?with=stages").data["stages"]["data"]
    return found


def titles(by: Caller, process: Process) -> list[str]:
    assert [one["position"] for one in stages(by, process)] == list(range(1, len(stages(by, process)) + 1))
    return [one["title"] for one in stages(by, process)]


def test_17_3_added_renamed_moved_deleted(server: Running, team: Team) -> None:
    owner = team.owner
    template = make_template(owner, {"title": "A"}, {"title": "B"})
    base = f"/O/checklists/{template.id}/stages"
    begin = owner("POST", base, {"title": "Begin", "step_ids": [template.steps[0]]}).data["id"]
    owner("POST", base, {"title": "End"})
    process, other = launch(owner, template), launch(owner, template)
    path = f"/O/runs/{process.id}/stages"
    made = owner("POST", path, {"title": "<b>Middle</b>", "position": 2})
    assert (made.status, made.data["title"], made.data["position"]) == (201, "Middle", 2)
    assert made.data["total_tasks"] == 0
    last = owner("POST", path, {"name": "Last"}).data
    assert titles(owner, process) == ["Begin", "Middle", "End", "Last"]
    assert titles(owner, other) == ["Begin", "End"], "of this process alone"
    assert [one["title"] for one in owner("GET", base).data] == ["Begin", "End"], "nor of the template"
    moved = owner("PUT", f"{path}/{begin}", {"title": "Start", "position": 99})
    assert (moved.data["title"], moved.data["position"], moved.data["total_tasks"]) == ("Start", 4, 1)
    assert titles(owner, process) == ["Middle", "End", "Last", "Start"]
    tag = owner("GET", f"/O/runs/{process.id}").headers["etag"]
    assert owner("PUT", f"{path}/{begin}", {"title": "Start"}).status == 200
    assert owner("GET", f"/O/runs/{process.id}").headers["etag"] == tag, "the same again changes nothing"
    # A task goes into the new one, and out of one that is deleted.
    assert owner("PUT", process.path(1), {"stage_id": made.data["id"]}).data["stage_id"] == made.data["id"]
    assert stages(owner, process)[0]["total_tasks"] == 1
    assert owner("DELETE", f"{path}/{made.data['id']}").status == 204
    assert owner("DELETE", f"{path}/{begin}").status == 204
    assert titles(owner, process) == ["End", "Last"]
    assert [owner("GET", process.path(place)).data["stage_id"] for place in (0, 1)] == [None, None]
    assert ("process.stage_deleted", "updated", "stages") in [one[:3] for one in events_of(server, owner, process.id)]
    feed = owner("GET", f"/O/activity-feeds?entity_type=run&entity_id={process.id}&field=stages").data
    assert len(feed) == 5
    # What cannot be read, what is not there, what is archived.
    assert owner("POST", path, {"position": 0}).errors.keys() == {"title", "position"}
    assert owner("POST", path, {"title": "x" * 251}).errors.keys() == {"title"}
    for method in ("PUT", "DELETE"):
        assert owner(method, f"{path}/{begin}", {"title": "x"}).status == 404
        assert owner(method, f"{path}/{UNKNOWN}", {"title": "x"}).status == 404
    assert owner("PUT", f"{path}/{last['id']}", {"title": "x"}, headers={"If-Match": '"99"'}).status == 412
    owner("DELETE", f"/O/runs/{process.id}")
    assert owner("PUT", f"{path}/{last['id']}", {"title": "x"}).body["code"] == "RUN_ARCHIVED"
    assert owner("POST", path, {"title": "x"}).body["code"] == "RUN_ARCHIVED"
    assert owner("DELETE", f"/O/runs/{process.id}/delete").status == 200


def test_4_2_editors_change_them(team: Team) -> None:
    owner = team.owner
    process = launch(owner, make_template(owner, {"title": "A"}), users=[team.standard.user_id])
    path = f"/O/runs/{process.id}/stages"
    stage = owner("POST", path, {"title": "M"}).data["id"]
    for caller, status in ((team.standard, 403), (team.light, 404), (team.guest, 404), (team.stranger, 404)):
        assert caller("POST", path, {"title": "N"}).status == status
        assert caller("PUT", f"{path}/{stage}", {"title": "N"}).status == status
        assert caller("DELETE", f"{path}/{stage}").status == status
    owner("PUT", f"/O/runs/{process.id}", {"owner_id": team.standard.user_id})
    assert team.standard("PUT", f"{path}/{stage}", {"title": "N"}).data["title"] == "N"
