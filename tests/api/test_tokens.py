"""Tokens: personal ones, forged ones, the keys that verify them (spec 40 §3.5, §5; 00 RATE-01)."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jws, jwt
from joserfc.jwk import KeySet, OctKey, RSAKey

from procession.server.limiter import Limiter
from tests.support.make import UNKNOWN
from tests.support.server import Caller, Running


def with_token(of: Caller, text: str) -> Caller:
    return Caller(str(of.http.base_url), of.organization, of.user_id, of.email, f"Bearer {text}")


def test_40_5_3_personal_tokens(server: Running, owner: Caller) -> None:
    made = owner("POST", "/me/tokens", {"name": "Nightly", "kind": "session", "account_id": 1, "user_id": 1}).data
    assert (made["kind"], made["client_id"], made["scopes"], made["organization_id"]) == ("personal", "1", ["*"], None)
    mine = with_token(owner, made["access_token"])
    assert mine("GET", "/me").data["id"] == owner.user_id, "nobody makes tokens for others"
    listed = owner("GET", "/me/tokens").data
    assert listed[0]["id"] == made["id"] and "access_token" not in listed[0]
    changed = owner("PUT", f"/me/tokens/{made['id']}", {"name": "Daily", "require_client_header": True}).data
    assert (changed["name"], changed["require_client_header"]) == ("Daily", True)
    for path in ("/me", "/O/users"):
        refused = mine("GET", path)
        assert (refused.status, refused.body["code"]) == (401, "CLIENT_HEADER_REQUIRED")
        assert mine("GET", path, headers={"X-Tallyfy-Client": "APIClient"}).status == 200
    stranger = server.organization("Else")
    assert stranger("DELETE", f"/me/tokens/{made['id']}").status == 404
    assert owner("DELETE", f"/me/tokens/{made['id']}").status == 204
    assert mine("GET", "/me", headers={"X-Tallyfy-Client": "x"}).status == 401, "at once"
    assert owner("DELETE", f"/me/tokens/{made['id']}").status == 404


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "x", "expires_in_days": 0}, "expires_in_days"),
        ({"name": "x", "expires_in_days": 1096}, "expires_in_days"),
        ({"name": "x", "expires_in_days": "1"}, "expires_in_days"),
        ({"name": "x", "scopes": ["admin"]}, "scopes.0"),
        ({"name": "x", "organization_id": UNKNOWN}, "organization_id"),
    ],
)
def test_40_5_3_what_no_token_can_be(sqlite_server: Running, body: Any, path: str) -> None:
    assert path in sqlite_server.organization()("POST", "/me/tokens", body).errors


def test_40_5_3_at_the_edge_and_within_bounds(server: Running, owner: Caller) -> None:
    longest = owner("POST", "/me/tokens", {"name": "x" * 100, "expires_in_days": 1095}).data
    assert longest["expires_at"] > owner("POST", "/me/tokens", {"name": "x"}).data["expires_at"]
    assert owner("POST", "/me/tokens", {"name": "x", "expires_in_days": None}).data["expires_at"] is None
    short = owner("POST", "/me/tokens", {"name": "x", "expires_in_days": 1}).data["access_token"]
    server.clock.stop(server.clock.now() + timedelta(days=1, seconds=1))
    late = with_token(owner, short)("GET", "/me")
    assert (late.status, late.body["code"]) == (401, "TOKEN_EXPIRED")
    server.clock.resume()
    elsewhere = server.organization("Else")
    bound = owner("POST", "/me/tokens", {"name": "x", "organization_id": owner.organization}).data["access_token"]
    here = with_token(owner, bound)
    assert here("GET", "/O/users").status == 200
    assert here("GET", f"/organizations/{elsewhere.organization}/users").status == 403
    fine = owner("POST", "/me/tokens", {"name": "x", "scopes": ["mcp.users.write"]}).data["access_token"]
    narrow = with_token(owner, fine)
    assert narrow("POST", "/me/tokens", {"name": "x", "scopes": ["mcp.users.read"]}).status == 201
    assert "scopes" in narrow("POST", "/me/tokens", {"name": "x"}).errors, "none gives more than itself"
    assert narrow("GET", "/O/tasks").body["code"] == "INSUFFICIENT_SCOPE"


def test_40_5_3_who_has_tokens(server: Running, owner: Caller) -> None:
    light, standard = server.member(owner, "light"), server.member(owner, "standard")
    assert light("POST", "/me/tokens", {"name": "x"}).status == 403
    assert light("GET", "/O/api-credentials").status == 403
    shown = standard("GET", "/O/api-credentials").data
    assert shown["client_secret"] is None and shown["client_id"] != "1"
    mine = owner("GET", "/O/api-credentials").data
    assert len(mine["client_secret"]) == 40 and mine["client_id"] == shown["client_id"]
    made = standard("POST", "/me/tokens", {"name": "x"}).data
    listed = owner("GET", f"/O/users/{standard.user_id}/tokens").data
    assert made["id"] in [one["id"] for one in listed]
    assert standard("GET", f"/O/users/{owner.user_id}/tokens").status == 403
    path = f"/O/users/{standard.user_id}/tokens/{made['id']}"
    assert server.organization("Else")("DELETE", path).status == 404
    assert owner("DELETE", f"/O/users/{owner.user_id}/tokens/{made['id']}").status == 404
    assert owner("DELETE", path).status == 204
    assert with_token(standard, made["access_token"])("GET", "/me").status == 401
    count = owner("DELETE", "/me/tokens").data["revoked"]
    assert count >= 1 and owner("GET", "/me").status == 401


def decoded(text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    head, body, _ = text.split(".")
    return tuple(json.loads(base64.urlsafe_b64decode(one + "==")) for one in (head, body))


def test_40_5_2_anybody_verifies_them_and_forged_ones_open_nothing(server: Running, owner: Caller) -> None:
    """The MCP server's way: JWKS, RS256, `aud` 1; this server takes none that it did not issue."""
    text = owner("POST", "/me/tokens", {"name": "x"}).data["access_token"]
    found = owner("GET", "/.well-known/jwks.json")
    assert found.headers["cache-control"] == "public, max-age=3600"
    keys = KeySet.import_key_set(found.body)
    token = jwt.decode(text, keys, algorithms=["RS256"])
    assert token.header["alg"] == "RS256" and token.header["typ"] == "JWT" and token.header["kid"]
    claims = dict(token.claims)
    assert (claims["aud"], claims["sub"], claims["scopes"]) == ("1", str(owner.user_id), ["*"])
    assert claims["iss"] == server.base and claims["nbf"] == claims["iat"] < claims["exp"]
    head, body = decoded(text)
    own = RSAKey.generate_key(2048, {"kid": head["kid"]}, private=True)
    public = json.dumps(found.body["keys"][0])
    secret = OctKey.import_key(public.encode())
    now = claims["iat"]

    def signed(changes: dict[str, Any], key: Any = own, alg: str = "RS256") -> str:
        return str(jwt.encode({**head, "alg": alg}, {**claims, **changes}, key, algorithms=[alg]))

    none = ".".join(
        base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=").decode()
        for one in ({**head, "alg": "none"}, body)
    )
    signature = text.rsplit(".", 1)[1]
    forged: dict[str, str] = {
        "alg none": f"{none}.",
        "alg none, kept signature": f"{none}.{signature}",
        "wrong key": signed({}),
        "key confusion": signed({}, secret, "HS256"),
        "another audience": signed({"aud": "2"}),
        "another subject": signed({"sub": "1"}),
        "expired": signed({"exp": now - 10}),
        "from the future": signed({"nbf": now + 9999, "iat": now + 9999}),
        "bits changed": text[:-3] + ("AAA" if not text.endswith("AAA") else "BBB"),
        "payload changed": text.replace(text.split(".")[1], none.split(".")[1][:-2] + "AA"),
        "padded": text + "=",
        "upper case": text.upper(),
        "its digest": jws.serialize_compact({"alg": "RS256"}, b"x", own),
    }
    for what, forgery in forged.items():
        for path in ("/me", "/O/users", "/auth/sessions"):
            refused = with_token(owner, forgery)("GET", path)
            assert (refused.status, refused.body["code"]) == (401, "UNAUTHENTICATED"), what
            assert refused.headers["www-authenticate"].startswith("Bearer")
    assert with_token(owner, text)("GET", "/me").status == 200


def test_40_6_4_discovery(owner: Caller) -> None:
    shown = owner("GET", "/.well-known/oauth-authorization-server").body
    assert shown == owner("GET", "/api/.well-known/openid-configuration").body
    for name in ("authorization_endpoint", "token_endpoint", "revocation_endpoint", "jwks_uri"):
        path = shown[name].removeprefix(shown["issuer"])
        assert owner("OPTIONS", path).status in (204, 405), "what is told is there"
    assert shown["code_challenge_methods_supported"] == ["S256"]
    assert owner("GET", "/.well-known/oauth-protected-resource").body["bearer_methods_supported"] == ["header"]


def test_rate_01_guessed_tokens_count_for_their_address(sqlite_server: Running, request: pytest.FixtureRequest) -> None:
    owner = sqlite_server.organization()
    before = sqlite_server.app.limiter
    request.addfinalizer(lambda: setattr(sqlite_server.app, "limiter", before))
    sqlite_server.app.limiter = Limiter("20/minute")
    assert owner("GET", "/me").status == 200
    tricks: list[Callable[[int], dict[str, str]]] = [
        lambda n: {"Authorization": f"Bearer guess{n}"},
        lambda n: {"Authorization": f"bearer guess{n}", "X-Forwarded-For": f"192.0.2.{n}"},
        lambda n: {"authorization": f"BEARER guess{n}", "X-Real-IP": f"192.0.2.{n}", "X-Client-IP": "1.1.1.1"},
    ]
    statuses = [owner("GET", "/me", headers=tricks[n % 3](n)).status for n in range(25)]
    assert statuses == [401] * 20 + [429] * 5
    assert owner("GET", "/me").status == 200, "who has proved good goes on"
    refused = owner("GET", "/me", headers={"Authorization": "Bearer guess"})
    assert 1 <= int(refused.headers["retry-after"]) <= 30
