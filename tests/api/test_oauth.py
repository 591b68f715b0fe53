"""OAuth 2 (spec 40 §6): Authlib's own client through both grants over HTTP, and everything that is refused."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx2
import pytest
from authlib.common.security import generate_token
from authlib.oauth2.base import OAuth2Error
from authlib.oauth2.client import OAuth2Client

from tests.support.server import PASSWORD, Answer, Caller, Running, http_client

BACK = "https://client.example/back"
LOCAL = "http://127.0.0.1:5555/back"


class Posts:
    """What Authlib's client posts with: its authentication is applied to the form, then it is sent."""

    def __init__(self, http: httpx2.Client) -> None:
        self.http = http

    def post(self, url: str, data: Any, headers: Any, auth: Any, **_: Any) -> httpx2.Response:
        url, headers, body = auth.prepare("POST", url, dict(headers), urlencode(data))
        return self.http.post(url, content=body, headers=headers)


class Person:
    """Somebody at a browser, signed in."""

    def __init__(self, server: Running, of: Caller) -> None:
        self.server, self.of = server, of
        server.with_password(of)
        self.http = http_client(server.base)
        done = self.http.post("/auth/login", json={"email": of.email, "password": PASSWORD})
        assert done.status_code == 200, done.text

    def open(self, url: str) -> httpx2.Response:
        return self.http.get(url)

    def agree(self, page: httpx2.Response, **changes: Any) -> httpx2.Response:
        """Press the button of a page of consent."""
        assert page.status_code == 200, (page.status_code, page.headers.get("location"), page.text)
        found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.text)
        fields = {name: unescape(value) for name, value in found}
        return self.http.post("/oauth/authorize", data={**fields, "decision": "allow", **changes})


@pytest.fixture
def person(server: Running, owner: Caller) -> Iterator[Person]:
    server.forget_attempts()
    found = Person(server, owner)
    yield found
    found.http.close()


def make_client(owner: Caller, **more: Any) -> dict[str, Any]:
    grants = ["authorization_code", "password", "refresh_token"]
    body = {"name": "Connector", "redirect_uris": [BACK], "grant_types": grants, **more}
    made: dict[str, Any] = owner("POST", "/O/oauth-clients", body).data
    return made


def authlib(person: Person, client: dict[str, Any], **more: Any) -> OAuth2Client:
    return OAuth2Client(
        Posts(person.http), client_id=str(client["id"]), client_secret=client.get("secret"), redirect_uri=BACK, **more
    )


def token(person: Person, client: dict[str, Any], **data: Any) -> Answer:
    """`POST /oauth/token` by hand."""
    secret = {"client_secret": client["secret"]} if "secret" in client else {}
    response = person.http.post("/oauth/token", data={"client_id": str(client["id"]), **secret, **data})
    return Answer(response.status_code, response.json(), response.headers)


def works(person: Person, text: str) -> int:
    headers = {"Authorization": f"Bearer {text}"}
    return int(person.http.get(f"/organizations/{person.of.organization}/users", headers=headers).status_code)


def code_of(answer: httpx2.Response) -> dict[str, str]:
    assert answer.status_code == 302, answer.text
    return {name: value[0] for name, value in parse_qs(urlsplit(answer.headers["location"]).query).items()}


def a_code(person: Person, client: dict[str, Any], **more: str) -> str:
    query = {"client_id": client["id"], "response_type": "code", "redirect_uri": BACK, **more}
    page = person.open(f"/oauth/authorize?{urlencode(query)}")
    done = page if page.status_code == 302 else person.agree(page)
    return code_of(done)["code"]


def test_authlibs_client_goes_through_the_code_grant(server: Running, person: Person) -> None:
    """40 §6.2, §6.3, §20: code with PKCE, refresh with rotation, revocation."""
    client = make_client(person.of)
    for method in ("client_secret_basic", "client_secret_post"):
        oauth = authlib(person, client, scope="*", token_endpoint_auth_method=method, code_challenge_method="S256")
        verifier = generate_token(48)
        url, state = oauth.create_authorization_url(f"{server.base}/oauth/authorize", code_verifier=verifier)
        page = person.open(url)
        done = page if page.status_code == 302 else person.agree(page)
        assert code_of(done)["state"] == state and done.headers["location"].startswith(BACK)
        found = oauth.fetch_token(
            f"{server.base}/oauth/token", authorization_response=done.headers["location"], code_verifier=verifier
        )
        assert (found["token_type"], found["expires_in"], found["scope"]) == ("Bearer", 15_778_800, "*")
        assert works(person, found["access_token"]) == 200
        again = oauth.refresh_token(f"{server.base}/oauth/token", refresh_token=found["refresh_token"])
        assert again["access_token"] != found["access_token"] and again["refresh_token"] != found["refresh_token"]
        assert works(person, again["access_token"]) == 200
        told = oauth.introspect_token(f"{server.base}/oauth/introspect", again["access_token"]).json()
        assert (told["active"], told["sub"], told["client_id"]) == (True, str(person.of.user_id), str(client["id"]))
        gone = oauth.revoke_token(f"{server.base}/oauth/revoke", again["refresh_token"], "refresh_token")
        assert gone.status_code == 200 and works(person, again["access_token"]) == 401, "the whole grant, at once"
        assert oauth.introspect_token(f"{server.base}/oauth/introspect", again["access_token"]).json() == {
            "active": False
        }


def test_authlibs_client_goes_through_the_password_grant(server: Running, person: Person) -> None:
    shown = person.of("GET", "/O/api-credentials").data
    client = {"id": shown["client_id"], "secret": shown["client_secret"]}
    oauth = authlib(person, client)
    found = oauth.fetch_token(shown["token_url"], username=person.of.email.upper(), password=PASSWORD)
    assert works(person, found["access_token"]) == 200 and found["refresh_token"]
    with pytest.raises(OAuth2Error) as refused:
        oauth.fetch_token(shown["token_url"], username=person.of.email, password="Wrong1horse")
    assert (refused.value.error, refused.value.description) == ("invalid_grant", "The user credentials were incorrect.")
    as_json = {"grant_type": "password", "client_id": int(client["id"]), "client_secret": client["secret"],
               "username": person.of.email, "password": PASSWORD}  # fmt: skip
    for path in ("/oauth/token", "/api/oauth/token"):
        answer = person.http.post(path, json=as_json)
        assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store", "importers send JSON"


def refusals(client: dict[str, Any], public: dict[str, Any], email: str) -> list[tuple[dict[str, Any], int, str]]:
    own = {"client_id": str(client["id"]), "client_secret": client["secret"]}
    login = {"grant_type": "password", "username": email, "password": PASSWORD}
    return [
        ({}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "invalid_request"),
        ({**own}, 400, "invalid_request"),
        ({**own, "grant_type": "password", "username": email}, 400, "invalid_request"),
        ({**own, "grant_type": "authorization_code"}, 400, "invalid_request"),
        ({**own, "grant_type": "refresh_token"}, 400, "invalid_request"),
        ({**login, "client_id": "x", "client_secret": "x"}, 401, "invalid_client"),
        ({**login, "client_id": "99999999", "client_secret": "x"}, 401, "invalid_client"),
        ({**login, "client_id": "1", "client_secret": "x"}, 401, "invalid_client"),
        ({**login, **own, "client_secret": "x" * 40}, 401, "invalid_client"),
        ({**login, "client_id": own["client_id"]}, 401, "invalid_client"),
        ({**login, "client_id": str(public["id"]), "client_secret": "x"}, 401, "invalid_client"),
        ({**login, "client_id": str(public["id"])}, 400, "unauthorized_client"),
        ({**own, "grant_type": "client_credentials"}, 400, "unauthorized_client"),
        ({**own, "grant_type": "implicit\u0000"}, 400, "unsupported_grant_type"),
        ({**own, "grant_type": 'q"uo\\te\n'}, 400, "unsupported_grant_type"),
        ({**own, **login, "password": "Wrong1horse"}, 400, "invalid_grant"),
        ({**own, **login, "username": "nobody@x.example"}, 400, "invalid_grant"),
        ({**own, "grant_type": "authorization_code", "code": "x", "redirect_uri": BACK}, 400, "invalid_grant"),
        ({**own, "grant_type": "refresh_token", "refresh_token": "x"}, 400, "invalid_grant"),
    ]


def test_40_6_3_every_refusal(server: Running, person: Person) -> None:
    client = make_client(person.of)
    public = make_client(person.of, confidential=False, grant_types=["authorization_code", "refresh_token"])
    assert "secret" not in public
    for data, status, error in refusals(client, public, person.of.email):
        clean = {name: value.replace("\0", "") for name, value in data.items()}
        answer = person.http.post("/oauth/token", data=clean)
        shown = answer.json()
        assert (answer.status_code, shown["error"]) == (status, error), (data, shown)
        assert isinstance(shown["message"], str) and shown["message"] == shown["error_description"]
        assert ("www-authenticate" in answer.headers) == (status == 401)
    for header in ("Basic !!!", "Basic //8=", "Basic eA=="):
        answer = person.http.post("/oauth/token", data={"grant_type": "password"}, headers={"Authorization": header})
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    narrow = make_client(person.of, scopes=["mcp.tasks.read"])
    login = {"grant_type": "password", "username": person.of.email, "password": PASSWORD}
    assert token(person, narrow, **login, scope="mcp.tasks.write").body["error"] == "invalid_scope"
    assert token(person, narrow, **login).body["scope"] == "mcp.tasks.read"
    owner = person.of
    owner("PUT", f"/O/oauth-clients/{client['id']}", {"disabled": True})
    assert token(person, client, **login).body["error"] == "invalid_client"


def test_40_6_3_disabled_people_get_nothing(server: Running, person: Person) -> None:
    client = make_client(person.of)
    mate = server.with_password(server.member(person.of, "standard"))
    login = {"grant_type": "password", "username": mate.email, "password": PASSWORD}
    found = token(person, client, **login)
    assert found.status == 200
    person.of("DELETE", f"/O/users/{mate.user_id}/disable")
    assert token(person, client, **login).body["error"] == "invalid_grant"
    again = token(person, client, grant_type="refresh_token", refresh_token=found.body["refresh_token"])
    assert again.body["error"] == "invalid_grant"
    introspected = person.http.post("/oauth/introspect", data={
        "client_id": client["id"], "client_secret": client["secret"], "token": found.body["access_token"]})  # fmt: skip
    assert introspected.json() == {"active": False}


def test_40_6_3_refresh_tokens_are_used_once(server: Running, person: Person) -> None:
    """Rotation, a minute's grace, and what a copied one ends."""
    server.clock.stop(server.clock.now())
    login = {"grant_type": "password", "username": person.of.email, "password": PASSWORD}
    grants = ["password", "refresh_token"]
    for confidential in (True, False):
        client = make_client(person.of, confidential=confidential, grant_types=grants)
        first = token(person, client, **login).body
        assert (first["token_type"], first["scope"]) == ("Bearer", "*")

        def refresh(text: str, of: dict[str, Any] = client, **more: str) -> Answer:
            return token(person, of, grant_type="refresh_token", refresh_token=text, **more)

        assert refresh(first["refresh_token"], make_client(person.of)).body["error"] == "invalid_grant", "another's"
        assert refresh(first["refresh_token"], scope="mcp.tasks.read").body["error"] == "invalid_scope"
        second = refresh(first["refresh_token"]).body
        server.clock.stop(server.clock.now() + timedelta(seconds=60))
        third = refresh(first["refresh_token"])
        assert third.status == 200, "connectors refresh concurrently"
        server.clock.stop(server.clock.now() + timedelta(seconds=1))
        late = refresh(first["refresh_token"])
        assert (late.status, late.body["error_description"]) == (400, "The refresh token is invalid.")
        survives = 200 if confidential else 401
        assert works(person, second["access_token"]) == survives, "a copied one ends the whole grant of a public client"
        assert (refresh(second["refresh_token"]).status == 200) == confidential
    client = make_client(person.of, refresh_token_ttl=60, access_token_ttl=90)
    short = token(person, client, **login).body
    assert short["expires_in"] == 90
    server.clock.stop(server.clock.now() + timedelta(seconds=61))
    assert token(person, client, grant_type="refresh_token", refresh_token=short["refresh_token"]).status == 400
    server.clock.resume()


def test_40_6_3_codes_are_used_once_soon_and_as_they_were_asked_for(server: Running, person: Person) -> None:
    client, other = make_client(person.of), make_client(person.of)

    def exchange(code: str, of: dict[str, Any] = client, **more: str) -> Answer:
        return token(person, of, **{"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, **more})

    code = a_code(person, client)
    assert exchange(code, other).body["error"] == "invalid_grant"
    assert exchange(code, redirect_uri=f"{BACK}/").body["error_description"] == "The authorization code is invalid."
    found = exchange(code)
    assert works(person, found.body["access_token"]) == 200
    assert exchange(code).body["error"] == "invalid_grant"
    assert works(person, found.body["access_token"]) == 401, "a code used twice ends what it gave"
    code = a_code(person, client)
    server.clock.stop(server.clock.now() + timedelta(seconds=601))
    assert exchange(code).body["error"] == "invalid_grant"
    server.clock.resume()
    challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    asked = {"code_challenge": challenge, "code_challenge_method": "S256"}
    for wrong in ("", "x" * 43, challenge, "short"):
        code = a_code(person, client, **asked)
        more: dict[str, Any] = {"code_verifier": wrong} if wrong else {}
        assert exchange(code, **more).body["error"] in ("invalid_grant", "invalid_request")
    assert exchange(a_code(person, client, **asked), code_verifier=verifier).status == 200


def test_40_6_2_public_clients_need_pkce(server: Running, person: Person) -> None:
    client = make_client(person.of, confidential=False, redirect_uris=[LOCAL])
    query = {"client_id": client["id"], "response_type": "code", "state": "s"}
    answer = code_of(person.open(f"/oauth/authorize?{urlencode(query)}"))
    assert (answer["error"], answer["state"]) == ("invalid_request", "s")
    verifier = generate_token(48)
    oauth = OAuth2Client(
        Posts(person.http), client_id=str(client["id"]), redirect_uri=LOCAL, code_challenge_method="S256"
    )
    url, _ = oauth.create_authorization_url(f"{server.base}/oauth/authorize", code_verifier=verifier)
    done = person.agree(person.open(url))
    found = oauth.fetch_token(
        f"{server.base}/oauth/token", authorization_response=done.headers["location"], code_verifier=verifier
    )
    assert works(person, found["access_token"]) == 200


@pytest.mark.parametrize(
    "uri",
    [
        "https://evil.example/back", f"{BACK}/", f"{BACK}?x=1", f"{BACK}#x", "https://client.example/back/../evil",
        "https://CLIENT.example/back", "http://client.example/back", f"{BACK}%2f", "https://client.example@evil.example/back",
        "//client.example/back", "javascript:alert(1)", f"{BACK}\r\nX: y", f" {BACK}", "https://client.example:443/back",
    ],
)  # fmt: skip
def test_40_6_2_nobody_is_sent_to_an_address_that_is_not_registered(sqlite_server: Running, uri: str) -> None:
    owner = sqlite_server.organization()
    sqlite_server.forget_attempts()
    person = Person(sqlite_server, owner)
    client = make_client(owner)
    answer = person.open(
        f"/oauth/authorize?{urlencode({'client_id': client['id'], 'response_type': 'code', 'redirect_uri': uri})}"
    )
    assert (
        answer.status_code == 400 and "location" not in answer.headers and "text/html" in answer.headers["content-type"]
    )
    person.http.close()


def test_40_6_2_the_page_of_consent(server: Running, person: Person) -> None:
    name = '<script>alert("x")</script>'
    client = make_client(person.of, name=name, scopes=["mcp.tasks.read", "mcp.users.write"])
    url = f"/oauth/authorize?{urlencode({'client_id': client['id'], 'response_type': 'code', 'state': 'a<b>&c'})}"
    for wrong in ("client_id=x", "client_id=999999", "", f"client_id={client['id']}&client_id=7"):
        assert person.open(f"/oauth/authorize?{wrong}").status_code == 400
    page = person.open(url)
    assert name not in page.text and "&lt;script&gt;" in page.text
    assert (
        page.headers["x-frame-options"] == "DENY"
        and "frame-ancestors 'none'" in page.headers["content-security-policy"]
    )
    forged = person.agree(page, csrf_token="x")
    assert forged.status_code == 403, "another site's form"
    assert code_of(person.agree(page, decision="deny")) == {
        "error": "access_denied", "error_description": "The person did not agree.", "state": "a<b>&c"}  # fmt: skip
    assert code_of(person.agree(page, **{"scopes[]": ""}))["error"] == "access_denied", "nothing ticked"
    elsewhere = {"scopes[]": "mcp.tasks.read", "organization_id": "f" * 32}
    assert code_of(person.agree(page, **elsewhere))["error"] == "access_denied"
    assert person.agree(page, redirect_uri="https://evil.example/").status_code == 400
    code = code_of(person.agree(page, **{"scopes[]": "mcp.tasks.read"}))["code"]
    found = token(person, client, grant_type="authorization_code", code=code)
    assert found.body["scope"] == "mcp.tasks.read"
    narrow = {"Authorization": f"Bearer {found.body['access_token']}"}
    assert person.http.get(f"/organizations/{person.of.organization}/users", headers=narrow).status_code == 403
    remembered = person.open(f"{url}&scope=mcp.tasks.read")
    assert "code" in code_of(remembered), "he is not asked again"
    assert person.open(f"{url}&scope=mcp.tasks.read&prompt=consent").status_code == 200
    assert code_of(person.open(f"{url}&prompt=none"))["error"] == "consent_required"
    assert code_of(person.open(url.replace("=code", "=token")))["error"] == "unsupported_response_type"
    visitor = http_client(server.base)
    sent = visitor.get(url).headers["location"]
    assert sent.startswith(f"{server.base}/sign-in?next=")
    assert dict(parse_qsl(urlsplit(sent).query))["next"].startswith("/oauth/authorize?client_id=")
    assert code_of(visitor.get(f"{url}&prompt=none"))["error"] == "login_required"
    visitor.close()


def test_40_6_2_light_members_authorize_nothing(server: Running, person: Person) -> None:
    client = make_client(person.of)
    light = Person(server, server.member(person.of, "light"))
    answer = code_of(light.open(f"/oauth/authorize?client_id={client['id']}&response_type=code"))
    assert answer["error_description"] == "Light members cannot authorize integrations."
    light.http.close()


def test_40_6_1_clients(server: Running, owner: Caller) -> None:
    body = {"name": "C", "redirect_uris": [BACK], "owner": "f" * 32, "built_in": True, "created_by": 1, "secret": "x"}
    made = owner("POST", "/O/oauth-clients", body).data
    assert re.fullmatch(r"[A-Za-z0-9]{40}", made["secret"]) and not made["built_in"]
    assert made["created_by"] == owner.user_id
    assert "secret" not in owner("GET", f"/O/oauth-clients/{made['id']}").data
    assert [one["id"] for one in owner("GET", "/O/oauth-clients").data] == [made["id"]], "owner is not his to choose"
    for wrong, path in (
        ({"redirect_uris": ["http://client.example/"]}, "redirect_uris.0"), ({"redirect_uris": []}, "redirect_uris"),
        ({"grant_types": ["root"]}, "grant_types"), ({"scopes": ["root"]}, "scopes"), ({"name": "x" * 101}, "name"),
        ({"access_token_ttl": 59}, "access_token_ttl"), ({"redirect_uris": [BACK] * 51}, "redirect_uris"),
        ({"scopes": [{}]}, "scopes"), ({"scopes": [["*"]]}, "scopes"), ({"scopes": []}, "scopes"),
        ({"grant_types": [{}]}, "grant_types"), ({"grant_types": [[1]]}, "grant_types"),
    ):  # fmt: skip
        assert path in owner("POST", "/O/oauth-clients", {**body, **wrong}).errors, wrong
    assert owner("POST", "/O/oauth-clients", {**body, "id": made["id"]}).status == 409
    assert owner("POST", "/O/oauth-clients", {**body, "id": 1}).status in (409, 422)
    turned = owner("POST", f"/O/oauth-clients/{made['id']}/rotate-secret", {"revoke": True}).data
    assert turned["secret"] != made["secret"]
    standard = server.member(owner, "standard")
    assert standard("GET", "/O/oauth-clients").status == 403
    built_in = owner("GET", "/O/api-credentials").data["client_id"]
    assert owner("DELETE", f"/O/oauth-clients/{built_in}").status == 409
    assert owner("DELETE", f"/O/oauth-clients/{made['id']}").status == 204
    assert owner("GET", f"/O/oauth-clients/{made['id']}").status == 404
