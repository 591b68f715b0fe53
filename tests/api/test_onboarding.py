"""Whoever becomes a member gets the organization's onboarding process (spec 41 §6.3, 10 §22.7)."""

from typing import Any

import pytest

from tests.support.make import events_of, make_template, owners
from tests.support.server import Caller, Running

pytestmark = pytest.mark.usefixtures("own_work")


def work(server: Running) -> None:
    while server.jobs.run_due(50):
        pass


def runs(by: Caller) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = by("GET", "/O/runs?with=tasks").data
    return found


def test_41_6_3_a_new_member_is_welcomed_once(server: Running, owner: Caller) -> None:
    helper = server.member(owner, "standard")
    template = make_template(
        owner,
        {"title": "A"},
        {"title": "B", "assign_run_starter": False},
        {"title": "C", "assignees": [helper.user_id]},
    )
    everyone = {"process_read": {"everyone": True}}
    owner("PUT", f"/O/checklists/{template.id}/permissions", everyone)
    sent = {"onboarding_template_id": template.id, "enable_onboarding_template": True}
    assert owner("PUT", "/O", sent).status == 200
    work(server)
    assert runs(owner) == []
    member = server.member(owner, "light", name="amy")
    work(server)
    (run,) = runs(owner)
    assert run["name"] == "Onboarding - Amy Member"
    assert (run["started_by"], run["owner_id"]) == (member.user_id, owner.user_id)
    assert run["origin"]["type"] == "onboarding"
    tasks = sorted(run["tasks"]["data"], key=lambda one: one["position"])
    assert [owners(one)[0] for one in tasks] == [[member.user_id], [member.user_id], [helper.user_id]]
    assert member("GET", f"/O/runs/{run['id']}").status == 200
    other = server.member(owner, "standard", name="bob")
    work(server)
    assert other("GET", f"/O/runs/{run['id']}").status == 404
    assert len(runs(owner)) == 2


def test_41_6_3_nothing_keeps_anybody_from_joining(server: Running, owner: Caller) -> None:
    kickoff = [{"label": "K", "field_type": "text"}]
    template = make_template(owner, {"title": "A"}, kickoff=kickoff)
    named = {"title": "Welcome", "auto_naming": True, "default_process_name_format": "Hi {{TEMPLATE_NAME}}"}
    owner("PUT", f"/O/checklists/{template.id}", named)
    owner("PUT", "/O", {"onboarding_template_id": template.id, "enable_onboarding_template": True})
    server.member(owner, "standard")
    work(server)
    assert [one["name"] for one in runs(owner)] == ["Hi Welcome"]
    owner("PUT", f"/O/checklists/{template.id}/preruns/{template.kickoff['K']}", {"label": "K", "required": True})
    member = server.member(owner, "standard")
    work(server)
    assert len(runs(owner)) == 1
    told = [one for one in events_of(server, owner, str(member.user_id)) if one[1] == "execution_fail"]
    assert "required kick-off field" in told[0][4]
    owner("PUT", "/O", {"enable_onboarding_template": False})
    server.member(owner, "standard")
    work(server)
    assert len(runs(owner)) == 1
