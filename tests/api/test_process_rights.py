"""Who may change what of a process (spec 10 §4.2, §8.2)."""

from typing import Any

import pytest

from tests.support.fixtures_server import Team
from tests.support.make import Process, launch, make_group, make_template
from tests.support.server import Answer, Caller, Running

KICKOFF: tuple[dict[str, Any], ...] = (
    {"label": "Customer", "field_type": "text", "required": True},
    {"label": "Plan", "field_type": "dropdown", "options": [{"text": "Silver"}, {"text": "Gold"}]},
    {"label": "Tier", "field_type": "radio", "options": [{"text": "A"}, {"text": "B"}]},
    {"label": "Tools", "field_type": "multiselect", "options": [{"text": "Slack"}, {"text": "Zoom"}]},
    {"label": "Start", "field_type": "date"},
    {"label": "Mail", "field_type": "email"},
    {"label": "Notes", "field_type": "textarea"},
    {"label": "Items", "field_type": "table", "columns": [{"label": "Item"}, {"label": "Count"}]},
    {"label": "Who", "field_type": "assignees_form"},
)


def start(by: Caller, **members: Any) -> Process:
    """A process of one step with every kind of kick-off field; Customer is Globex."""
    template = make_template(by, {"title": "Only"}, kickoff=KICKOFF)
    return launch(by, template, prerun={template.kickoff["Customer"]: "Globex"}, **members)


def put(by: Caller, process: Process, body: Any, query: str = "") -> Answer:
    return by("PUT", f"/O/runs/{process.id}{query}", body)


NAME, NOTES, MANAGE, PUBLIC, STAR = "name", "notes", "manage", "public", "star"
BODIES: dict[str, dict[str, Any]] = {
    NAME: {"name": "Renamed"},
    NOTES: {"summary": "changed"},
    MANAGE: {"can_add_oot": False},
    PUBLIC: {"is_public": True},
    STAR: {"starred": True},
}
EVERYTHING = frozenset(BODIES)


@pytest.mark.parametrize(
    ("role", "relation", "may"),
    [
        ("admin", "none", EVERYTHING),
        ("standard", "owner", EVERYTHING),
        ("standard", "starter", EVERYTHING),
        ("standard", "listed", {NAME, STAR}),
        ("standard", "group", {NAME, STAR}),
        ("standard", "assigned", {NAME, STAR}),
        ("standard", "before", {STAR}),
        ("light", "owner", {NOTES, PUBLIC, STAR}),
        ("light", "listed", {STAR}),
        ("light", "assigned", {STAR}),
    ],
)
def test_4_2_rights_by_key(server: Running, owner: Caller, role: str, relation: str, may: set[str]) -> None:
    caller = server.member(owner, role)
    by_relation: dict[str, dict[str, Any]] = {
        "owner": {"owner_id": caller.user_id},
        "starter": {"user_id": caller.user_id, "owner_id": owner.user_id},
        "listed": {"users": [caller.user_id]},
        "group": {"groups": [make_group(owner, [caller.user_id])]},
    }
    members = by_relation.get(relation, {})
    template = make_template(owner, {"title": "Only"}, kickoff=KICKOFF)
    process = launch(owner, template, prerun={template.kickoff["Customer"]: "Globex"}, **members)
    if relation in ("assigned", "before"):
        owner("PUT", process.path(), {"owners": {"users": [caller.user_id]}})
    if relation == "before":
        owner("PUT", process.path(), {"owners": {"users": [owner.user_id]}})
    for key, body in BODIES.items():
        status = caller("PUT", f"/O/runs/{process.id}", body).status
        assert status == (200 if key in may else 403), key
    answers = {"prerun": {template.kickoff["Notes"]: "x"}}
    may_answer = relation != "before" or role == "admin"
    assert caller("PUT", f"/O/runs/{process.id}", answers).status == (200 if may_answer else 403)


def test_4_2_guests_answer_and_nothing_else(server: Running, team: Team) -> None:
    process = start(team.owner)
    path = f"/O/runs/{process.id}"
    assert team.guest("PUT", path, {"name": "x"}).status == 404  # not his yet
    team.owner("PUT", process.path(), {"owners": {"guests": [team.guest.email]}})
    seen = team.guest("GET", path).data
    assert (seen["users"], seen["groups"], seen["collaborators"], seen["custom_fields"]) == ([], [], [], None)
    same: list[dict[str, Any]] = [{"users": []}, {"tags": []}]
    for body in same:
        assert team.guest("PUT", path, body).status == 200, body
    changes: list[dict[str, Any]] = [{"name": "x"}, {"summary": "x"}, {"is_public": True}]
    for body in changes:
        assert team.guest("PUT", path, body).status == 403, body
    notes = process.template.kickoff["Notes"]
    assert team.guest("PUT", path, {"prerun": {notes: "from a guest"}}).data["prerun"][notes] == "from a guest"
    team.owner("PUT", process.path(), {"owners": {"users": [team.owner.user_id]}})
    assert team.guest("GET", path).status == 404


def test_8_2_one_missing_right_stops_everything(server: Running, owner: Caller) -> None:
    caller, process = server.member(owner, "standard"), start(owner)
    put(owner, process, {"users": [caller.user_id]})
    assert caller("PUT", f"/O/runs/{process.id}", {"name": "x", "summary": "y"}).status == 403
    assert owner("GET", f"/O/runs/{process.id}").data["name"] == "Globex"
    # What changes nothing asks for no right.
    same = {"name": "x", "summary": "", "is_public": False, "owner_id": owner.user_id}
    assert caller("PUT", f"/O/runs/{process.id}", same).data["name"] == "x"
    # The right goes before the value (ERR-03).
    assert caller("PUT", f"/O/runs/{process.id}", {"owner_id": "nobody"}).status == 403
    assert caller("PUT", f"/O/runs/{process.id}", {"name": ""}).status == 422


def test_4_2_strangers_find_nothing(team: Team) -> None:
    process = start(team.owner)
    foreign = f"/organizations/{team.owner.organization}/runs/{process.id}"
    assert team.stranger("PUT", foreign, {"name": "x"}).status == 403
    assert team.stranger("PUT", f"/O/runs/{process.id}", {"name": "x"}).status == 404
    assert team.standard("PUT", f"/O/runs/{process.id}", {"name": "x"}).status == 404
    anonymous = team.owner("PUT", f"/O/runs/{process.id}", {"name": "x"}, headers={"Authorization": ""})
    assert anonymous.status == 401
