"""Conformance of people and organizations, row by row (spec 40 §20, 41 §19), and the acceptance checks of 41 §20."""

import ast
import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from procession.operations.limits import set_limits
from tests.clients.conftest import Ready
from tests.support.fixtures_server import Team
from tests.support.make import launch, make_group, make_oneoff, make_template, owners
from tests.support.server import PASSWORD, Caller, Running, http_client

ROWS: Mapping[str, str] = {
    "40 §20 SDK 3.1": "clients/test_sdk_people.test_members_with_work",
    "40 §20 SDK 3.1, guests": "clients/test_sdk_people.test_guests_with_work",
    "40 §20 SDK 3.1, invitations": "clients/test_sdk_people.test_invitations_with_what_the_sdk_adds",
    "40 §20 n8n": "clients/test_conformance_people.test_40_20_the_n8n_node",
    "40 §20 CLI": "clients/test_conformance_people.test_40_20_41_19_the_command_line",
    "40 §20 MCP server, tokens": "api/test_tokens.test_40_5_2_anybody_verifies_them_and_forged_ones_open_nothing",
    "40 §20 MCP server, discovery": "api/test_tokens.test_40_6_4_discovery",
    "40 §20 MCP server, scopes": "server/test_scopes.test_a_token_opens_what_its_scopes_name",
    "40 §20 MCP server, texts": "clients/test_conformance_people.test_40_20_the_mcp_server",
    "40 §20 Low-code connectors, tokens": "api/test_oauth.test_authlibs_client_goes_through_the_code_grant",
    "40 §20 Low-code connectors": "clients/test_conformance_people.test_40_20_41_19_low_code_connectors",
    "40 §20 Importers": "clients/test_conformance_people.test_40_20_41_19_importers",
    "40 §20 Public script": "clients/test_conformance_people.test_40_20_41_19_the_public_script",
    "40 §20 Documented samples": "clients/test_conformance_people.test_40_20_documented_statuses",
    "41 §19 SDK 3.1": "clients/test_tallyfy_sdk.test_me_members_and_organization",
    "41 §19 SDK 3.1, groups": "clients/test_sdk_people.test_groups_with_work",
    "41 §19 n8n, groups": "clients/test_conformance_people.test_40_20_the_n8n_node",
    "41 §19 n8n, watchers": "watching/test_watchers.test_a_connector_subscribes_and_unsubscribes",
    "41 §19 CLI": "clients/test_conformance_people.test_40_20_41_19_the_command_line",
    "41 §19 MCP": "clients/test_conformance_people.test_40_20_the_mcp_server",
    "41 §19 Connector": "clients/test_conformance_people.test_40_20_41_19_low_code_connectors",
    "41 §19 Script": "clients/test_conformance_people.test_40_20_41_19_the_public_script",
    "41 §19 Importer": "clients/test_conformance_people.test_40_20_41_19_importers",
    "ORG-1": "api/test_organization.test_org_1_services_and_domains_are_checked_all_together",
    "ORG-2": "api/test_organization.test_org_2_secrets_are_for_administrators",
    "ORG-3": "clients/test_conformance_people.test_org_3_who_is_counted",
    "ORG-4": "api/test_organization.test_org_4_read_only",
    "WORK-1": "people/test_holidays.test_worked_example_4_of_41_4_4_in_every_year",
    "GRP-1": "clients/test_conformance_people.test_grp_1_lists_are_replaced_one_by_one",
    "GRP-2": "clients/test_conformance_people.test_grp_2_whoever_is_disabled_leaves_every_group",
    "GRP-3": "people/test_leaving.test_who_manages_groups",
    "SEAT-1": "api/test_organization.test_seat_1_a_full_pool_refuses_and_keeps_nothing",
    "WATCH-2": "watching/test_watchers.test_a_connector_subscribes_and_unsubscribes",
    "LOG-1": "api/test_system_log.test_log_1_before_sign_in_is_told_in_each_organization",
    "LOG-2": "api/test_system_log.test_log_2_export_is_whole_and_safe",
    "ONB-1": "api/test_onboarding.test_41_6_3_a_new_member_is_welcomed_once",
    "DEL-1": "api/test_closing.test_del_1_read_only_taken_back_then_closed",
    "ISO-1": "api/test_access_proof.test_nothing_leaks",
}
"""The test that each row is proven by. What is missing tells people by mail (WATCH-1, MAIL-1 to MAIL-6)."""

DOUBTFUL = (
    "unauthenticated", "unauthorized", "token", "expired", "invalid credentials", "access denied", "permission denied",
    "forbidden", "audience",
)  # fmt: skip
"""Words the MCP server takes for a failed sign-in (spec 40 §4)."""


def test_every_row_names_a_test() -> None:
    here = Path(__file__).parent.parent
    for row, named in ROWS.items():
        file, test = named.split(".")
        tree = ast.parse((here / f"{file}.py").read_text())
        assert test in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}, row


def somebody(by: Caller, name: str, **more: Any) -> dict[str, Any]:
    return {"email": f"{name}-{by.organization}@x.example", "first_name": "Nora", "last_name": "New", **more}


def test_40_20_the_n8n_node(server: Running, owner: Caller) -> None:
    n8n = {"X-Tallyfy-Client": "n8n"}
    assert owner("GET", "/me", headers=n8n).data["id"] == owner.user_id
    mate = server.member(owner, "standard")
    listed = owner("GET", "/O/users?with=groups,stats&limit=1", headers=n8n)
    assert len(listed.data) == 1 and listed.body["meta"]["pagination"]["per_page"] == 1
    invited = owner("POST", "/O/users/invite", somebody(owner, "n8n", role="light", message="Hi"), headers=n8n)
    assert (invited.status, invited.data["status"]) == (200, "invited")
    base = f"/O/users/{mate.user_id}"
    assert owner("PUT", f"{base}/role", {"role": "light"}, headers=n8n).data["role"] == "light"
    assert owner("DELETE", f"{base}/disable", headers=n8n).data["status"] == "disabled"
    assert owner("PUT", f"{base}/enable", headers=n8n).data["status"] == "active"
    guest = owner("PUT", f"{base}/to/guest", headers=n8n).data
    assert guest["email"] == mate.email
    back = owner("POST", f"/O/guests/{guest['email']}/to/member", {"role": "standard"}, headers=n8n)
    assert (back.status, back.data["id"], back.data["status"]) == (200, mate.user_id, "active")
    set_limits(server.database, owner.organization, {"full_seats": 2})
    full = owner("POST", "/O/users/invite", somebody(owner, "full", role="standard"), headers=n8n)
    assert (full.status, full.body["error"]["code"]) == (409, "SEAT_POOL_EXHAUSTED")
    assert full.body["error"]["details"]["pool_type"] == "full"
    # Groups: found by name in a limited list, made with an empty text, replaced.
    made = owner("POST", "/O/groups", {"name": "Night", "description": ""}, headers=n8n)
    assert (made.status, made.data["description"]) == (201, "")
    assert [one["name"] for one in owner("GET", "/O/groups?limit=100&q=night", headers=n8n).data] == ["Night"]
    replaced = owner("PUT", f"/O/groups/{made.data['id']}", {"members": [owner.user_id]}, headers=n8n)
    assert (replaced.status, replaced.data["members"]) == (201, [owner.user_id])
    mate.http.close()


def test_40_20_41_19_the_command_line(server: Running, owner: Caller, ready: Ready) -> None:
    """Strict decoding: ids of people are numbers, of groups texts; one token for every organization."""
    cli = {"X-Tallyfy-Client": "APIClient"}
    me = owner("GET", "/me", headers=cli).data
    assert all(isinstance(me[one], str) for one in ("email", "first_name", "last_name", "timezone"))
    assert isinstance(me["id"], int) and "username" in me
    server.with_password(owner)
    second = owner("POST", "/organizations", {"name": "Second", "timezone": "UTC"}, headers=cli).data["id"]
    places = owner("GET", "/me/organizations", headers=cli).data
    assert {one["id"] for one in places} == {owner.organization, second}
    assert all(isinstance(one[name], str) for one in places for name in ("id", "name", "created_at"))
    for place in (owner.organization, second):
        assert owner("GET", f"/organizations/{place}/users", headers=cli).status == 200, "org use: the same token"
    guest = owner("POST", "/O/guests", {"email": "cli@outside.example"}, headers=cli).data
    assert owner("DELETE", f"/O/guests/{guest['email']}/disable", headers=cli).data["disabled_at"]
    (shown,) = owner("GET", "/O/guests", headers=cli).data
    assert isinstance(shown["id"], int) and isinstance(shown["disabled_at"], str)
    assert all(isinstance(one["id"], int) for one in owner("GET", "/O/users", headers=cli).data)
    make_group(owner, [owner.user_id], ["cli2@outside.example"])
    (group,) = owner("GET", "/O/groups", headers=cli).data
    assert isinstance(group["id"], str) and group["members"] == [owner.user_id]
    assert group["guests"] == ["cli2@outside.example"]
    assert isinstance(owner("GET", "/O", headers=cli).data["created_at"], str)
    assert owner("GET", "/me", headers=cli).headers["x-request-id"]


def test_40_20_the_mcp_server(server: Running, team: Team) -> None:
    """Business rules are not taken for failed sign-ins; a guest is updated with his own address beside."""
    owner, guest = team.owner, team.guest
    read = owner("GET", "/docs/index")
    assert (read.status, read.body["swagger"]) == (200, "2.0"), "no token is asked for"
    body = {"email": guest.email, "associated_members": [team.standard.user_id]}
    updated = owner("PUT", f"/O/guests/{guest.email}", body)
    assert (updated.status, updated.data["details"]["associated_members"]) == (201, [team.standard.user_id])
    make_oneoff(owner, owners={"users": [owner.user_id], "guests": [guest.email]})
    refusals = [
        owner("DELETE", f"/O/guests/{guest.email}/disable"),
        owner("DELETE", f"/O/users/{owner.user_id}/disable"),
        owner("DELETE", f"/O/users/{team.light.user_id}/delete"),
        team.light("PUT", f"/O/users/{team.standard.user_id}/role", {"role": "light"}),
        team.light("POST", "/O/groups", {"name": "N", "description": ""}),
        team.standard("POST", "/O/users/invite", somebody(owner, "mcp", role="admin")),
        owner("POST", f"/O/users/{team.light.user_id}/anonymize"),
    ]
    for answer in refusals:
        assert answer.status in (400, 403), answer.body
        assert not [one for one in DOUBTFUL if one in answer.body["message"].lower()], answer.body["message"]
    assert owner("GET", "/O/me").data["email"] == owner.email
    assert owner("GET", "/O").data["id"] == owner.organization


def test_40_20_41_19_low_code_connectors(server: Running, owner: Caller) -> None:
    """No client header, `X-Organization-ID` on every call, drop-downs from two lists."""
    there = {"X-Organization-ID": owner.organization, "X-Tallyfy-Client": ""}
    (place,) = owner("GET", "/me/organizations?per_page=100", headers=there).data
    assert {"id", "name", "slug", "user_status", "joined_on", "disabled_on"} <= set(place)
    assert (place["id"], place["user_status"], place["disabled_on"]) == (owner.organization, "active", None)
    assert owner("GET", "/me", headers=there).data["role"] == "admin", "the header names the context"
    people = owner("GET", f"/organizations/{place['id']}/users", headers=there).data
    assert {"id", "full_name", "email"} <= set(people[0])
    body = {"name": "From a flow", "description": "x", "users": [owner.user_id]}
    made = owner("POST", "/O/groups", body, headers=there)
    assert (made.status, made.data["members"]) == (201, [owner.user_id]), "the older definition's `users`"
    sent = {"slug": "home_count", "value": "8", "metadata": {"a": 1}}
    kept = owner("PUT", f"/O/users/{owner.user_id}/preferences", sent, headers=there)
    assert kept.status in (200, 201)
    listed = owner("GET", f"/O/users/{owner.user_id}/preferences", headers=there).data
    found = next(one for one in listed if one["slug"] == "home_count")
    assert (found["value"], found["metadata"]) == ("8", {"a": 1}) and found["last_updated"]


def test_40_20_41_19_importers(server: Running, owner: Caller) -> None:
    """JSON at the token endpoint, `/api/api`, other spellings, 409 and 422 for who exists."""
    server.with_password(owner)
    client = owner("GET", "/O/api-credentials").data
    grant = {"grant_type": "password", "username": owner.email, "password": PASSWORD, "scope": "read write",
             "client_id": client["client_id"], "client_secret": client["client_secret"]}  # fmt: skip
    for path in ("/oauth/token", "/api/oauth/token"):
        server.forget_attempts()
        given = owner("POST", path, grant)
        assert (given.status, given.body["token_type"]) == (200, "Bearer")
    users = f"/api/api/organizations/{owner.organization}/users"
    one = {
        "email": f"i-{owner.organization}@x.example",
        "firstname": "Ida",
        "lastname": "Imp",
        "role": "member",
        "x": 1,
    }
    made = owner("POST", users, one)
    assert (made.status, made.data["role"], made.data["first_name"]) == (201, "standard", "Ida")
    boss = owner("POST", users, {**one, "email": f"b-{owner.organization}@x.example", "role": "owner"})
    assert (boss.status, boss.data["role"]) == (201, "admin")
    mate = server.member(owner, "standard")
    here = {**one, "email": mate.email}
    assert owner("POST", users, here).status == 200
    exists = owner("POST", users, {**here, "role": "owner"})
    assert (exists.status, exists.body["code"]) == (409, "ALREADY_EXISTS")
    assert "email" in owner("POST", "/O/users/invite", here).errors
    guest = owner("POST", "/O/guests", {"email": "imp@outside.example", "name": "Kim van Lee", "company": "C"})
    shown = guest.data
    assert (guest.status, shown["first_name"], shown["last_name"]) == (201, "Kim van", "Lee")
    group = make_group(owner, [owner.user_id])
    for _ in range(2):
        added = owner("POST", f"/O/groups/{group}/members", {"user_id": mate.user_id})
        assert added.data["members"] == [owner.user_id, mate.user_id]
    mate.http.close()


def test_40_20_41_19_the_public_script(server: Running, owner: Caller) -> None:
    """Client credentials and password as JSON, a header `org` that means nothing, any subset of the organization."""
    server.with_password(owner)
    client = owner("GET", "/O/api-credentials").data
    server.forget_attempts()
    body = {"grant_type": "password", "username": owner.email, "password": PASSWORD,
            "client_id": client["client_id"], "client_secret": client["client_secret"]}  # fmt: skip
    with http_client(server.base) as http:
        token = http.post("/oauth/token", json=body, headers={"org": "somewhere"}).json()["access_token"]
        head = {"Authorization": f"Bearer {token}", "org": "0" * 32, "X-Tallyfy-Client": ""}
        base = f"/organizations/{owner.organization}"
        before = http.get(base, headers=head).json()["data"]
        sent: list[dict[str, Any]] = [
            {"name": "Renamed"},
            {"address1": "1 Road", "city": "Porto"},
            {"zipcode": None},
            {},
        ]
        for one in sent:
            answer = http.put(base, json=one, headers=head)
            assert answer.status_code == 200, (one, answer.text)
        after = http.get(base, headers=head).json()["data"]
    moved = {name for name in before if before[name] != after[name]}
    assert moved <= {"name", "address1", "city", "last_updated", "last_accessed"}
    basic = base64.b64encode(f"{client['client_id']}:{client['client_secret']}".encode()).decode()
    with http_client(server.base, {"Authorization": f"Basic {basic}"}) as http:
        refused = http.post("/oauth/token", json={"grant_type": "client_credentials"})
    assert refused.json()["error"] == "unauthorized_client", "the organization's own client has the password grant"


def test_40_20_documented_statuses(server: Running, owner: Caller) -> None:
    mate = server.member(owner, "light")
    group = owner("POST", "/O/groups", {"name": "G", "description": ""}).data["id"]
    guest = "/O/guests/sample@outside.example"
    calls = [
        ("POST", "/O/users/invite", somebody(owner, "sample", role="light"), 200),
        ("POST", "/O/guests", {"email": "sample@outside.example"}, 201), ("PUT", guest, {"last_name": "X"}, 201),
        ("PUT", f"/O/groups/{group}", {"name": "H"}, 201), ("DELETE", f"/O/groups/{group}", None, 204),
        ("DELETE", f"{guest}/disable", None, 200), ("PUT", f"{guest}/enable", None, 200), ("DELETE", guest, None, 200),
        ("DELETE", f"/O/users/{mate.user_id}/disable", None, 200),
        ("PUT", f"/O/users/{mate.user_id}/enable", None, 200),
    ]  # fmt: skip
    for method, path, body, status in calls:
        raw = b"" if body is None else None
        answer = owner(method, path, body, raw=raw, headers={"Content-Type": "application/json"})
        assert answer.status == status, (method, path, answer.body)
        assert (answer.raw == b"") == (status == 204)
        if method == "DELETE" and path == guest:
            assert answer.data["deleted_at"] and answer.data["email"] == "sample@outside.example"
    mate.http.close()


def test_org_3_who_is_counted(server: Running, owner: Caller) -> None:
    def count() -> int:
        found: int = owner("GET", "/O").data["users_count"]
        return found

    mate = server.member(owner, "light")
    assert count() == 2, "the bot never counts"
    assert owner("POST", "/O/users/invite", somebody(owner, "counted", role="light")).status == 200
    assert count() == 2
    assert owner("DELETE", f"/O/users/{mate.user_id}/disable").status == 200
    assert count() == 1
    mate.http.close()


def test_grp_1_lists_are_replaced_one_by_one(server: Running, owner: Caller) -> None:
    mate = server.member(owner, "standard")
    group = make_group(owner, [owner.user_id], ["g@outside.example"])
    path = f"/O/groups/{group}"
    first = owner("PUT", path, {"members": [mate.user_id]}).data
    assert (first["members"], first["guests"]) == ([mate.user_id], ["g@outside.example"])
    second = owner("PUT", path, {"members": [mate.user_id]}).data
    assert {name: second[name] for name in ("members", "guests", "updated_at")} == {
        name: first[name] for name in ("members", "guests", "updated_at")
    }
    task = make_oneoff(owner, owners={"groups": [group]})
    assert owner("DELETE", path).status == 204
    assert owners(owner("GET", task).data) == ([mate.user_id], ["g@outside.example"], [])
    mate.http.close()


def test_grp_2_whoever_is_disabled_leaves_every_group(server: Running, owner: Caller) -> None:
    mate = server.member(owner, "standard")
    groups = [make_group(owner, [mate.user_id, owner.user_id]) for _ in range(3)]
    assert owner("DELETE", f"/O/users/{mate.user_id}/disable").status == 200
    assert owner("PUT", f"/O/users/{mate.user_id}/enable").status == 200
    for group in groups:
        assert owner("GET", f"/O/groups/{group}").data["members"] == [owner.user_id]
    template = make_template(owner, {"title": "A"})
    assert launch(owner, template).tasks
    mate.http.close()
