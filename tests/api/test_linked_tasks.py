"""The include `linked_tasks` of templates: one-off tasks linked to them (spec 30 §2.1)."""

from typing import Any

from tests.support.fixtures_server import Team
from tests.support.make import make_oneoff, make_template
from tests.support.server import Caller


def linked(by: Caller, path: str) -> list[str]:
    data: Any = by("GET", f"{path}?with=linked_tasks").data
    return [one["id"] for one in data["linked_tasks"]["data"]]


def test_30_2_1_linked_tasks_are_those_the_caller_may_see(team: Team) -> None:
    owner = team.owner
    template, other = make_template(owner, {"title": "A"}), make_template(owner, {"title": "B"})
    mine = make_oneoff(owner, checklist_id=template.id).rsplit("/", 1)[1]
    people = {"users": [team.standard.user_id], "guests": [], "groups": []}
    theirs = make_oneoff(owner, checklist_id=template.id, owners=people).rsplit("/", 1)[1]
    secret = make_oneoff(owner, checklist_id=template.id, top_secret=True).rsplit("/", 1)[1]
    make_oneoff(owner)
    path = f"/O/checklists/{template.id}"
    assert linked(owner, path) == [secret, theirs, mine]
    assert linked(owner, f"/O/checklists/{other.id}") == []
    everyone = {"checklist_read": {"everyone": True, "users": [], "groups": []}}
    assert owner("PUT", f"{path}/permissions", everyone).status == 200
    assert theirs in linked(team.standard, path)
    assert secret not in linked(team.standard, path)
    assert "linked_tasks" not in owner("GET", path).data
    listed = {one["id"]: one["linked_tasks"]["data"] for one in owner("GET", "/O/checklists?with=linked_tasks").data}
    assert [one["id"] for one in listed[template.id]] == [secret, theirs, mine]
    assert listed[other.id] == []
    shown = owner("GET", f"{path}?with=linked_tasks").data["linked_tasks"]["data"][-1]
    assert (shown["checklist_id"], shown["owners"]["users"][0]["id"]) == (template.id, owner.user_id)
