"""Applications: client credentials, members they provision, tokens to act as one of them (spec 40 §7)."""

from datetime import timedelta
from typing import Any

import pytest

from tests.support.server import Caller, Running
from tests.support.twins import DOT

NO_PERMISSION = "You don't have application's permissions for this organization!"


def client(owner: Caller, **more: Any) -> dict[str, Any]:
    body = {"name": "Provisioner", "grant_types": ["client_credentials"], **more}
    made: dict[str, Any] = owner("POST", "/O/oauth-clients", body).data
    return made


def grant(owner: Caller, of: dict[str, Any], **more: str) -> Any:
    body = {"grant_type": "client_credentials", "client_id": str(of["id"]), "client_secret": of["secret"], **more}
    return owner("POST", "/oauth/token", body)


def application(server: Running, owner: Caller, of: dict[str, Any]) -> Caller:
    text = grant(owner, of, scope="whatever").body["access_token"]
    return Caller(server.base, owner.organization, 0, "", f"Bearer {text}")


def person(email: str, **more: Any) -> dict[str, Any]:
    return {"first_name": "Pia", "last_name": "Provisioned", "email": email, **more}


def test_7_the_whole_chain(server: Running, owner: Caller) -> None:
    """Application token, a provisioned member, a token to act as him: in that organization, and as him alone."""
    made = client(owner)
    answer = grant(owner, made, scope="*")
    assert (answer.status, answer.body["token_type"], answer.body["expires_in"]) == (200, "Bearer", 604_800)
    assert "refresh_token" not in answer.body
    app = application(server, owner, made)
    base = f"/applications/{owner.organization}/users"
    email = f"pia-{owner.organization[:12]}@client.example"
    guest = server.guest(owner, email)

    joined = app("POST", base, person(email.upper(), role="admin", timezone="CST"))
    assert joined.status == 201
    shown = joined.data
    assert (shown["email"], shown["role"], shown["status"]) == (email, "admin", "active")
    assert shown["timezone"] == "America/Chicago" and shown["activated_at"] and shown["email_verified_at"]
    assert guest("GET", "/O/tasks").status in (401, 410), "he is a guest no more"
    assert server.links(email, "invite.sent") == [], "send_invite is off"
    assert app("POST", base, person(email)).errors == {
        "email": ["This email already belongs to a member of your organization."]
    }

    user = app
    for path, body in ((f"{base}/{email}/token", None), (f"{base}/token", {"email": email})):
        given = app("POST", path, body)
        assert (given.status, given.body["expires_in"]) == (200, 7_776_000)
        user = Caller(server.base, owner.organization, shown["id"], email, f"Bearer {given.body['access_token']}")
        assert user("GET", "/O/me").data["email"] == email
        assert user("PUT", "/O", {"industry": "Audited"}).status == 200
    elsewhere = server.organization("Elsewhere")
    assert user("GET", f"/organizations/{elsewhere.organization}").status == 403

    entry = next(
        one for one in owner("GET", f"/O/activity-feeds?type=User&id={shown['id']}").data if one["source"] == ["API"]
    )
    assert (entry["actor_type"], entry["actor_id"]) == (["application"], [made["id"]])
    assert entry["actor"][0]["full_name"] == "Provisioner"
    log = owner("GET", "/O/system-log/system?event[]=api_token_created").data
    assert any(one["object_id"] == str(shown["id"]) for one in log)


@pytest.mark.usefixtures("own_work")
def test_7_1_who_can_be_provisioned(server: Running, owner: Caller) -> None:
    """Every problem of a body together; seats; an account of elsewhere keeps what it is."""
    app = application(server, owner, client(owner))
    base = f"/applications/{owner.organization}/users"
    wrong = app("POST", base, {"email": "x", "first_name": "www.spam.example", "timezone": "Mars", "role": "owner?"})
    assert set(wrong.errors) == {"email", "first_name", "last_name", "timezone", "role"}
    other = server.organization("Elsewhere")
    before = other("GET", "/me").data
    shown = app("POST", base, person(other.email, role="light", timezone="EST", send_invite=True)).data
    assert (shown["id"], shown["first_name"], shown["timezone"]) == (before["id"], "Olive", "UTC")
    assert shown["email_verified_at"] is None, "nobody else's application vouches for his address"
    assert server.links(other.email, "invite.sent")
    server.jobs.run_due()
    default = app("POST", base, person(f"d-{owner.organization[:9]}@client.example")).data
    assert (default["role"], default["timezone"]) == ("standard", "UTC")


@pytest.mark.parametrize("scope", ["*", "mcp.tasks.read"])
def test_7_2_user_tokens_hold_no_more_than_the_client(sqlite_server: Running, scope: str) -> None:
    owner = sqlite_server.organization()
    app = application(sqlite_server, owner, client(owner, scopes=[scope]))
    given = app("POST", f"/applications/{owner.organization}/users/token", {"email": owner.email})
    user = Caller(sqlite_server.base, owner.organization, 0, "", f"Bearer {given.body['access_token']}")
    assert user("GET", "/O/me/tasks").status == 200
    assert user("GET", "/O/users").status == (200 if scope == "*" else 403)


def test_7_2_for_whom_there_are_tokens(server: Running, owner: Caller) -> None:
    app = application(server, owner, client(owner))
    base = f"/applications/{owner.organization}/users"
    other = server.organization("Elsewhere")
    gone, invited = server.member(owner, "standard"), f"i-{owner.organization[:9]}@client.example"
    assert owner("DELETE", f"/O/users/{gone.user_id}/disable").status == 200
    assert owner("POST", "/O/users/invite", {**person(invited), "role": "light"}).status == 200
    assert app("POST", f"{base}/nobody@nowhere.example/token").status == 404
    assert app("POST", f"{base}/no-address/token").status == 404
    for email in (other.email, gone.email, invited):
        assert list(app("POST", f"{base}/{email}/token").errors) == ["email"], email
    assert list(app("POST", f"{base}/token", {}).errors) == ["email"]


def test_7_application_tokens_open_nothing_else(server: Running, owner: Caller) -> None:
    """Elsewhere 401; in another organization 403, whether there is one or not; and they end with their client."""
    made = client(owner)
    app = application(server, owner, made)
    base = f"/applications/{owner.organization}/users"
    for method, path in (("GET", "/me"), ("GET", "/O"), ("GET", "/O/tasks"), ("POST", "/O/users/invite")):
        assert app(method, path).status == 401, path
    assert app("POST", "/O/me/profile-pic", {"file": DOT}).status == 401
    for organization in (server.organization("Elsewhere").organization, "0" * 32):
        refused = app("POST", f"/applications/{organization}/users", person("a@b.example"))
        assert (refused.status, refused.body["message"]) == (403, NO_PERMISSION)
    for token in (owner.authorization, f"Bearer {'x' * 20}", ""):
        assert Caller(server.base, owner.organization, 0, "", token)("POST", base, person("a@b.example")).status == 401

    asked = {"client_id": str(made["id"]), "client_secret": made["secret"], "token": app.authorization[7:]}
    assert owner("POST", "/oauth/introspect", asked).body["active"] is True
    user = app("POST", f"{base}/{owner.email}/token").body["access_token"]
    assert owner("POST", "/oauth/revoke", asked).status == 200
    assert app("POST", base, person("a@b.example")).status == 401
    assert owner("POST", "/oauth/introspect", asked).body == {"active": False}

    again = application(server, owner, made)
    rotated = owner("POST", f"/O/oauth-clients/{made['id']}/rotate-secret", {"revoke": True}).data
    assert again("POST", base, person("a@b.example")).status == 401
    dead = Caller(server.base, owner.organization, 0, "", f"Bearer {user}")
    assert dead("GET", "/O/me").status == 401, "tokens for users end with it"
    assert grant(owner, made).body["error"] == "invalid_client"
    fresh = application(server, owner, {**made, "secret": rotated["secret"]})
    server.clock.shift(timedelta(days=7, seconds=1))
    ended = fresh("POST", base, person("a@b.example"))
    assert (ended.status, ended.body["code"]) == (401, "TOKEN_EXPIRED")
    server.clock.shift(-timedelta(days=7, seconds=1))
    assert owner("PUT", f"/O/oauth-clients/{made['id']}", {"disabled": True}).status == 200
    assert fresh("POST", base, person("a@b.example")).status == 401


def test_6_3_client_credentials_are_for_clients_that_have_secrets(server: Running, owner: Caller) -> None:
    plain = client(owner, grant_types=["password"])
    assert grant(owner, plain).body["error"] == "unauthorized_client"
    public = client(owner, confidential=False)
    asked = {"grant_type": "client_credentials", "client_id": str(public["id"])}
    assert owner("POST", "/oauth/token", asked).body["error"] in ("invalid_client", "unauthorized_client")
