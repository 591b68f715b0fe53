"""The OAuth endpoints (spec 40 §6.2-6.4)."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote_plus, urlencode

from procession.accounts.attempts import TOKENS, comes, count, meant, require_turn
from procession.accounts.model import FINE, AccountRecord
from procession.accounts.oauth import (
    Asked,
    Outcome,
    Server,
    consented,
    granted_scope,
    keep_consent,
    refusal,
)
from procession.accounts.passwords import TYPED, Work
from procession.accounts.people import account, find_account
from procession.accounts.sessions import recently_confirmed
from procession.api.cookies import page_token
from procession.api.endpoint import Call, Reply, operation
from procession.api.oauth_page import consent_page, error_page
from procession.api.reading import Shape, items, raw
from procession.api.signing_in import guarded, password_work, proven
from procession.kernel.errors import Unauthenticated
from procession.kernel.ids import read_id
from procession.people.organizations import organizations_of
from procession.people.places import disabled_everywhere
from procession.people.security import tell_everywhere
from procession.wire.session import Granted, Introspected

ANY = {"type": "string"}
_names = (
    "grant_type", "client_id", "client_secret", "code", "redirect_uri", "code_verifier", "username", "password",
    "scope", "refresh_token", "otp",
)  # fmt: skip
TOKEN = Shape("tokenRequest", {name: raw(ANY) for name in _names})
OF_TOKEN = Shape(
    "tokenEndInput", {name: raw(ANY) for name in ("token", "token_type_hint", "client_id", "client_secret")}
)
_asked = ("client_id", "response_type", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method")
CONSENT = Shape(
    "consentInput",
    {
        **{name: raw(ANY) for name in (*_asked, "organization_id", "decision", "csrf_token")},
        "scopes": items(20, of={"type": "string"}),
    },
)
QUERY = (*_asked, "prompt", "organization_id")
CSP = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"
LIGHT = "Light members cannot authorize integrations."
NO_STORE = {"Pragma": "no-cache"}


def _texts(body: Any) -> dict[str, str]:
    """The members of a form or of a JSON body that are texts or numbers."""
    sent = body if isinstance(body, Mapping) else {}
    plain = {name: value for name, value in sent.items() if isinstance(value, (str, int)) and value not in ("", True)}
    return {str(name): str(value)[:TYPED] for name, value in plain.items()}


def _asked_of(call: Call) -> dict[str, str]:
    """The parameters, with the client of a `Basic` header instead of one in the body (RFC 6749 §2.3.1)."""
    data = _texts(call.body)
    scheme, _, coded = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            name, _, secret = base64.b64decode(coded.strip(), validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            name, secret = "?", ""
        data |= {"client_id": unquote_plus(name), "client_secret": unquote_plus(secret)}
    return data


def _server(call: Call, person: AccountRecord | None = None) -> Server:
    def may(account_id: int) -> bool:
        return disabled_everywhere(call.unit, account_id) is None

    return Server(
        call.unit,
        call.secrets,
        call.links.public_url,
        may=may,
        proven=person,
        password_grant=call.policy.password_grant,
    )


def _answer(made: Outcome) -> Reply:
    headers = dict(NO_STORE)
    if made.status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="OAuth"'
    return Reply(status=made.status, body=made.body, headers=headers)


# -- tokens ------------------------------------------------------------------------------------------------------------


def _token_work(call: Call) -> Work | None:
    data = _asked_of(call)
    if data.get("grant_type") != "password" or "username" not in data or "password" not in data:
        return None
    if not call.policy.password_grant:
        return None
    return password_work(call, data["username"], data["password"])


@operation("POST", "/oauth/token", id="createOAuthToken", auth="none", body=TOKEN, answer=Granted, tag="OAuth",
           hashes=_token_work, private=True)  # fmt: skip
def create(call: Call) -> Reply:
    """Exchange a code, a password or a refresh token for tokens"""
    data = _asked_of(call)
    keys = [comes("token", call.address), meant("token", data.get("client_id", ""))]
    require_turn(call.unit, [(key, TOKENS) for key in keys])
    count(call.unit, keys)
    if data.get("grant_type") != "password" or "username" not in data or not call.policy.password_grant:
        return _answer(_server(call).token(data))
    tries = guarded(call, data["username"])
    require_turn(call.unit, tries.rules)
    found = find_account(call.unit, data["username"])
    right = proven(call, found)
    made = _server(call, found if right else None).token(data)
    if made.error == "invalid_grant" and not right:
        tries.failed(call.unit)
        if found is not None:
            tell_everywhere(call.unit, "login_failed", found.id, {"email": found.email, "ip": call.address})
    elif made.error is None:
        tries.succeeded(call.unit)
    return _answer(made)


@operation("POST", "/oauth/revoke", id="revokeOAuthToken", auth="none", body=OF_TOKEN, tag="OAuth", private=True)
def revoke(call: Call) -> Reply:
    """Revoke a token of one's own client; unknown tokens are revoked already (RFC 7009)"""
    data = _asked_of(call)
    server = _server(call)
    client = server.authenticated(data)
    if client is None:
        return _answer(refusal("invalid_client", "Client authentication failed"))
    if "token" not in data:
        return _answer(refusal("invalid_request", "The parameter token is missing."))
    server.revoke_text(client, data["token"])
    return Reply(headers=NO_STORE)


@operation("POST", "/oauth/introspect", id="introspectOAuthToken", auth="none", body=OF_TOKEN, answer=Introspected,
           tag="OAuth", private=True)  # fmt: skip
def introspect(call: Call) -> Reply:
    """Read what a token of one's own client is good for; confidential clients only (RFC 7662)"""
    data = _asked_of(call)
    keys = [comes("token", call.address)]
    require_turn(call.unit, [(key, TOKENS) for key in keys])
    server = _server(call)
    client = server.authenticated(data)
    if client is None or not client.confidential:
        count(call.unit, keys)
        return _answer(refusal("invalid_client", "Client authentication failed"))
    if "token" not in data:
        return _answer(refusal("invalid_request", "The parameter token is missing."))
    return Reply(body=server.introspect(client, data["token"]), headers=NO_STORE)


# -- consent -----------------------------------------------------------------------------------------------------------


@operation("GET", "/oauth/authorize", id="authorizeOAuth", auth="visitor", query=QUERY, status=302, pages=(200, 400),
           tag="OAuth", records=True, private=True)  # fmt: skip
def authorize(call: Call) -> Reply:
    """Ask the person at the browser to let a client act for him; answers a page, or sends him on"""
    data = {name: value for name in QUERY if (value := call.query.text(name)) is not None}
    repeated = [name for name in _asked if len(call.query.get(name, ())) > 1]
    server = _server(call)
    wrong = _refused(server, data, repeated)
    if wrong is not None:
        return wrong
    prompt = data.get("prompt")
    fresh = call.account is not None and recently_confirmed(call.account.confirmed_at, call.unit.now)
    if call.account is None or (prompt == "login" and not fresh):
        if prompt == "none":
            return _back(data, "login_required", "Nobody is signed in.", server)
        here = f"/oauth/authorize?{urlencode({name: value for name, value in data.items() if name != 'prompt'})}"
        return _to(f"{call.links.public_url}/sign-in?next={quote(here, safe='')}")
    person = account(call.unit, call.account.account_id)
    if person is None:
        raise Unauthenticated
    if not person.verified:
        return Reply(status=400, page=error_page("Please confirm your e-mail address first."), headers=_page_headers())
    return _decide(call, server, person, data, asks=prompt != "consent", silent=prompt == "none")


def _refused(server: Server, data: Mapping[str, str], repeated: list[str]) -> Reply | None:
    """An error page while it is not sure that the address to go back to is the client's; else back to it."""
    view = server.query_client(data.get("client_id", ""))
    uri = data.get("redirect_uri") or (view.get_default_redirect_uri() if view is not None else None)
    if view is None or "redirect_uri" in repeated or "client_id" in repeated:
        return Reply(status=400, page=error_page("This application is not known here."), headers=_page_headers())
    if uri is None or not view.check_redirect_uri(uri):
        text = "The address this application wants to return to is not one it registered."
        return Reply(status=400, page=error_page(text), headers=_page_headers())
    if repeated:
        return _back(data, "invalid_request", f"The parameter {repeated[0]} is repeated.", server)
    outcome = server.check_consent(Asked("GET", data))
    return None if outcome is None else _to(outcome.location or uri)


def _decide(
    call: Call, server: Server, person: AccountRecord, data: dict[str, str], *, asks: bool, silent: bool
) -> Reply:
    view = server.query_client(data["client_id"])
    assert view is not None
    scopes = (granted_scope(view.client, data.get("scope")) or "").split()
    places = _places(call, person.id)
    if not places:
        return _back(data, "access_denied", LIGHT, server)
    wanted = read_id(data.get("organization_id")) or person.profile.get("default_organization")
    chosen = wanted if wanted in places else next(iter(places))
    if view.client.trusted or (asks and consented(call.unit, person.id, view.client, chosen, scopes)):
        return _grant(server, person, data, chosen, None)
    if silent:
        return _back(data, "consent_required", "The person has to agree first.", server)
    own = call.account
    assert own is not None
    page = consent_page(
        client=view.client.name,
        person=person.email,
        places=places,
        chosen=chosen,
        scopes=[one for one in scopes if one != "*"],
        fields={name: value for name, value in data.items() if name in _asked},
        csrf=page_token(call.secrets, own.token_id),
    )
    return Reply(status=200, page=page, headers=_page_headers())


def _places(call: Call, account_id: int) -> dict[str, str]:
    """Where he may let programs act for him: id → name; light members nowhere (spec 40 §6.2)."""
    found = organizations_of(call.unit, account_id)
    return {one.id: one.name for one, own in found if own.status == "active" and own.role in ("admin", "standard")}


@operation("POST", "/oauth/authorize", id="consentOAuth", auth="session", acts=("token.own",), body=CONSENT, status=302,
           pages=(400,), tag="OAuth", private=True)  # fmt: skip
def consent(call: Call) -> Reply:
    """Agree, or not, to what the page of consent asked"""
    data = {name: value for name, value in _texts(call.body).items() if name in CONSENT.members}
    server = _server(call)
    wrong = _refused(server, data, [])
    if wrong is not None:
        return wrong
    assert call.account is not None
    person = account(call.unit, call.account.account_id)
    places = _places(call, call.account.account_id)
    if person is None or not person.verified or not places:
        return _back(data, "access_denied", LIGHT, server)
    if data.get("decision") != "allow":
        return _back(data, "access_denied", "The person did not agree.", server)
    chosen = read_id(data.get("organization_id")) or next(iter(places))
    view = server.query_client(data["client_id"])
    assert view is not None
    scopes = (granted_scope(view.client, data.get("scope")) or "").split()
    ticked = call.body.get("scopes") if isinstance(call.body, Mapping) else None
    if isinstance(ticked, str):
        ticked = [ticked]
    if isinstance(ticked, list) and "*" not in scopes:
        scopes = [one for one in scopes if one in ticked and one in FINE]
    if not scopes or chosen not in places:
        return _back(data, "access_denied", "Nothing was agreed to.", server)
    keep_consent(call.unit, person.id, view.client, chosen, scopes)
    return _grant(server, person, data, chosen, " ".join(scopes))


def _grant(server: Server, person: AccountRecord, data: Mapping[str, str], chosen: str, scopes: str | None) -> Reply:
    server.context, server.chosen = chosen, scopes
    asked = Asked("GET", data)
    outcome: Outcome = server.create_authorization_response(asked, person, server.get_authorization_grant(asked))
    return _to(outcome.location or "")


def _back(data: Mapping[str, str], error: str, text: str, server: Server) -> Reply:
    """Back to the client with a refusal; its address was checked before."""
    view = server.query_client(data["client_id"])
    assert view is not None
    uri = data.get("redirect_uri") or view.get_default_redirect_uri() or ""
    told = {"error": error, "error_description": text, **({"state": data["state"]} if "state" in data else {})}
    return _to(f"{uri}{'&' if '?' in uri else '?'}{urlencode(told)}")


def _to(location: str) -> Reply:
    return Reply(status=302, headers={"Location": location, "Referrer-Policy": "no-referrer"})


def _page_headers() -> dict[str, str]:
    """Nothing is loaded, nothing runs, nobody frames it."""
    return {
        "Content-Security-Policy": CSP,
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
    }
