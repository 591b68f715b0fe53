"""The panel of a running process: who may see it without working in it (spec 10 §4.4, 40 §16.4)."""

from typing import Any

from tests.support.fixtures_server import Team
from tests.support.make import UNKNOWN, events_of, launch, make_group, make_process, make_template
from tests.support.server import Running


def test_the_audience_is_replaced(server: Running, team: Team) -> None:
    owner = team.owner
    process = make_process(owner, {"title": "A"}, {"title": "B", "assignees": [team.light.user_id]})
    path = f"/O/runs/{process.id}"
    assert team.standard("GET", path).status == 404
    group = make_group(owner, [team.standard.user_id])
    tag = owner("GET", path).headers["etag"]
    shown = owner("PUT", f"{path}/permissions", {"users": [], "groups": [group]})
    assert shown.data["process_read"] == {"everyone": False, "users": [], "groups": [group]}
    assert shown.data["can"]["manage_permissions"] is True
    assert owner("GET", f"{path}?with=permissions").data["permissions"]["data"] == shown.data
    assert owner("GET", path).headers["etag"] != tag
    assert team.standard("GET", path).status == 200
    again = owner("PUT", f"{path}/permissions", {"process_read": shown.data["process_read"]})
    assert again.headers["etag"] == shown.headers["etag"], "the same again changes nothing"
    assert owner("PUT", f"{path}/permissions", {"everyone": True}).data["process_read"]["everyone"] is True
    assert team.standard("GET", path).status == 200
    assert owner("PUT", f"{path}/permissions", {}).data["process_read"] == {
        "everyone": False,
        "users": [],
        "groups": [],
    }
    assert team.standard("GET", path).status == 404
    assert team.light("GET", path).status == 200, "it cannot be hidden from whoever works in it"
    told = [one[2] for one in events_of(server, owner, process.id)]
    assert told.count("permissions") == 3


def test_a_template_changes_no_running_process(team: Team) -> None:
    """30 §4.1: the rights used for a run are kept with it."""
    owner = team.owner
    template = make_template(owner, {"title": "A"})
    rights = f"/O/checklists/{template.id}/permissions"
    owner("PUT", rights, {"process_read": {"users": [team.standard.user_id]}})
    process = launch(owner, template)
    owner("PUT", rights, {"process_read": {"users": []}})
    assert team.standard("GET", f"/O/runs/{process.id}").status == 200
    assert team.standard("GET", f"/O/runs/{launch(owner, template).id}").status == 404


def test_who_may_and_what_is_refused(team: Team) -> None:
    owner = team.owner
    process = make_process(owner, {"title": "A", "assignees": [team.standard.user_id, team.light.user_id]})
    path = f"/O/runs/{process.id}/permissions"
    body: dict[str, Any] = {"everyone": True}
    for caller, status in ((team.standard, 403), (team.light, 403), (team.guest, 404), (team.stranger, 404)):
        assert caller("PUT", path, body).status == status, caller.email
    wrong = owner("PUT", path, {"everyone": "x", "users": [owner.user_id, 987654], "groups": [UNKNOWN]})
    assert wrong.errors.keys() == {"everyone", "users.1", "groups.0"}
    assert owner("PUT", path, body, headers={"If-Match": '"99"'}).status == 412
    owner("DELETE", f"/O/runs/{process.id}")
    refused = owner("PUT", path, {"users": [987654]})
    assert (refused.status, refused.body["code"]) == (422, "RUN_ARCHIVED")
