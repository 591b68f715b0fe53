"""Copies of templates of another organization (spec 30 §3.9, §3.11, 50 §23.3)."""

from typing import Any

import pytest

from procession.kernel.unit import Unit
from procession.people.organizations import add_member
from procession.people.persons import ensure_guests
from tests.support.make import UNKNOWN, make_group, make_template
from tests.support.server import Caller, Running


@pytest.fixture
def there(server: Running, owner: Caller) -> Caller:
    """Another organization, whose administrator is a standard member of the first."""
    other = server.organization("Elsewhere")
    join(server, owner.organization, other.user_id, "standard")
    return other


def join(server: Running, organization: str, account: int, role: Any) -> None:
    server.database.command_now(
        lambda session: add_member(Unit(session, organization, server.clock.now()), account, role)
    )


def source_of(owner: Caller, **members: Any) -> tuple[str, str]:
    """A template with people, and the group on it."""
    group = make_group(owner, [owner.user_id])
    first = {"title": "A", "assignees": [owner.user_id], "groups": [group], "guests": ["a@client.example"]}
    second = {"title": "B", "deadline": {"value": 2, "unit": "days", "option": "from", "step": 0}}
    template = make_template(owner, first, second, kickoff=[{"label": "K", "field_type": "text"}], **members)
    rights = {"checklist_duplicate": {"everyone": True}}
    assert owner("PUT", f"/O/checklists/{template.id}/permissions", rights).status == 200
    return template.id, group


@pytest.mark.parametrize("way", ["clone", "import"])
def test_a_template_is_copied_from_another_organization(owner: Caller, there: Caller, way: str) -> None:
    source, _ = source_of(owner, guidance="G", webhook="https://secret.example", users=[owner.user_id, there.user_id])
    if way == "clone":
        made = there(
            "POST", f"/O/checklists/{source}/clone?with=steps", {"tenant": owner.organization, "title": "Mine"}
        )
    else:
        made = there("POST", "/O/checklists/import?with=steps", {"org_id": owner.organization, "template_id": source})
    assert made.status == 201, made.body
    data, steps = made.data, made.data["steps"]["data"]
    assert data["title"] == ("Mine" if way == "clone" else "COPY OF - Onboarding")
    assert (data["guidance"], data["webhook"], data["users"]) == ("G", None, [there.user_id])
    assert (data["owner_id"], data["created_by"]) == (there.user_id, there.user_id)
    assert (steps[0]["assignees"], steps[0]["groups"], steps[0]["guests"]) == ([], [], [])
    assert steps[1]["deadline"]["step"] == steps[0]["id"]
    assert there("GET", f"/O/checklists/{data['id']}").status == 200
    assert owner("GET", f"/O/checklists/{data['id']}").status == 404
    dropped = sorted((one["type"], one["where"]) for one in made.body["import_report"]["dropped"])
    assert dropped == [
        ("group", "step 1"),
        ("guest", "step 1"),
        ("user", "step 1"),
        ("user", "template"),
        ("webhook", "template"),
    ]


def test_guests_who_are_known_come_along(server: Running, owner: Caller, there: Caller) -> None:
    source, _ = source_of(owner)
    server.database.command_now(
        lambda session: ensure_guests(
            Unit(session, there.organization, server.clock.now()), server.secrets, ["a@client.example"]
        )
    )
    made = there("POST", f"/O/checklists/{source}/clone?with=steps", {"tenant": owner.organization})
    assert made.data["steps"]["data"][0]["guests"] == ["a@client.example"]


def test_who_may_copy_from_elsewhere(server: Running, owner: Caller, there: Caller) -> None:
    source, _ = source_of(owner)
    body = {"tenant": owner.organization}
    path = f"/O/checklists/{source}/clone"
    stranger = server.organization("Nowhere")
    assert stranger("POST", path, body).status == 404, "no member there"
    assert there("POST", f"/O/checklists/{UNKNOWN}/clone", body).status == 404
    assert there("POST", path, {"tenant": UNKNOWN}).status == 404
    assert there("POST", path, {"tenant": "x"}).status == 404
    standard = server.member(there, "standard")
    join(server, owner.organization, standard.user_id, "standard")
    assert standard("POST", path, body).status == 403, "administrators here alone"
    owner(
        "PUT", f"/O/checklists/{source}/permissions", {"checklist_duplicate": {}, "checklist_read": {"everyone": True}}
    )
    assert there("POST", path, body).status == 403, "no DUPLICATE there"
    owner("PUT", f"/O/checklists/{source}/permissions", {"checklist_read": {}})
    assert there("POST", path, body).status == 404
    for wrong in ({"template_id": "x", "org_id": owner.organization}, {"template_id": source}):
        assert there("POST", "/O/checklists/import", wrong).status == 422
    own = owner("POST", "/O/checklists/import", {"template_id": source, "org_id": owner.organization})
    assert (own.status, own.data["title"]) == (201, "COPY OF - Onboarding")
    light = server.organization("Third")
    join(server, owner.organization, light.user_id, "light")
    assert light("POST", path, body).status == 404
