"""OAuth clients of an organization (spec 40 §6.1)."""

import ipaddress
from typing import Any
from urllib.parse import urlsplit

from msgspec import UNSET

from procession.accounts import clients
from procession.accounts.clients import GRANTS, change_client, create_client, list_clients, new_secret
from procession.accounts.model import FINE, Client
from procession.api.endpoint import Call, Reply, operation
from procession.api.reading import Member, Shape, Wrong, boolean, integer, text, url
from procession.engine.model import Problem
from procession.kernel.errors import Conflict, NotFound
from procession.people.permissions import require
from procession.people.security import tell
from procession.wire.oauth_client import OAuthClient, oauth_client

BASE = "/organizations/{org}/oauth-clients"
ONE = BASE + "/{client}"
LONGEST_URI = 2048
MOST_URIS = 50
BUILT_IN = "The built-in client cannot be deleted. Disable it instead."


def _uris(_name: str, value: Any) -> Any:
    if not isinstance(value, list) or len(value) > MOST_URIS:
        raise Wrong(f"The redirect uris must be a list of at most {MOST_URIS} addresses.")
    return value


def _grants(_name: str, value: Any) -> Any:
    if not isinstance(value, list) or any(not isinstance(one, str) or one not in GRANTS for one in value):
        raise Wrong("The selected grant types are invalid.")
    return list(dict.fromkeys(value))


def _scopes(_name: str, value: Any) -> Any:
    known = isinstance(value, list) and all(isinstance(one, str) and (one == "*" or one in FINE) for one in value)
    if not known or not value:
        raise Wrong("The selected scopes are invalid.")
    return list(dict.fromkeys(value))


_list = {"type": "array", "items": {"type": "string"}}
_members = {
    "name": text(100),
    "redirect_uris": Member(read=_uris, schema=_list),
    "grant_types": Member(read=_grants, schema=_list),
    "scopes": Member(read=_scopes, schema=_list),
    "trusted": boolean(),
    "require_client_header": boolean(null=None),
    "access_token_ttl": integer(60, null=None),
    "refresh_token_ttl": integer(60, null=None),
    "logo_url": url(),
    "homepage_url": url(),
}
CREATE = Shape("createOAuthClientInput", {**_members, "confidential": boolean(), "id": integer(2)}, required=("name",))
UPDATE = Shape("updateOAuthClientInput", {**_members, "disabled": boolean()})
ROTATE = Shape("rotateSecretInput", {"revoke": boolean(null=False)})


def uri_problem(uri: object, *, confidential: bool) -> str | None:
    """Why this is no address to return to: absolute, https, no fragment, no wildcard, nobody's name in it.

    Public clients may listen on the machine itself, over http.
    """
    wrong = "The redirect uri must be an absolute https address without fragment."
    if not isinstance(uri, str) or not 0 < len(uri) <= LONGEST_URI or not uri.isascii() or not uri.isprintable():
        return wrong
    if any(one in uri for one in ' #*\\"<>') or not uri.partition("://")[1]:
        return wrong
    try:
        parts = urlsplit(uri)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return wrong
    if not host or parts.username is not None or parts.password is not None or ".." in parts.path:
        return wrong
    if parts.scheme == "https":
        return None
    if parts.scheme == "http" and _loopback(host):
        return None if not confidential else "Only public clients may return to this machine over http."
    return wrong


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check(sent: dict[str, Any], *, confidential: bool, problems: list[Problem]) -> None:
    for place, uri in enumerate(sent.get("redirect_uris", ())):
        wrong = uri_problem(uri, confidential=confidential)
        if wrong is not None:
            problems.append(Problem(("redirect_uris", str(place)), wrong))
    returns = {"authorization_code", "implicit"} & set(sent.get("grant_types", ()))
    if returns and not sent.get("redirect_uris"):
        problems.append(Problem(("redirect_uris",), "These grants need at least one redirect uri."))


@operation("GET", BASE, id="listOAuthClients", acts=("organization.change",), answer=list[OAuthClient], tag="OAuth")
def list_all(call: Call) -> Reply:
    """List the organization's OAuth clients"""
    require(call.actor, "organization.change")
    return Reply(body={"data": [oauth_client(one) for one in list_clients(call.unit)]})


@operation("POST", BASE, id="createOAuthClient", acts=("organization.change",), body=CREATE, answer=OAuthClient,
           status=201, tag="OAuth", private=True)  # fmt: skip
def create(call: Call) -> Reply:
    """Make an OAuth client; its secret is shown this once"""
    require(call.actor, "organization.change")
    problems: list[Problem] = []
    sent = CREATE.read(call.body, problems)
    confidential = sent.pop("confidential", True)
    sent.setdefault("grant_types", ["authorization_code", "refresh_token"])
    _check(sent, confidential=confidential, problems=problems)
    call.raise_problems(problems, ".".join)
    if "id" in sent and clients.id_taken(call.unit, sent["id"]):
        raise Conflict("A client with this id exists or existed.", code="ALREADY_EXISTS")
    secret = new_secret() if confidential else None
    made = create_client(call.unit, {**sent, "created_by": call.actor.account_id}, secret=secret)
    _tell(call, "oauth_client_created", made)
    return _reply(made, secret, status=201)


@operation("GET", ONE, id="getOAuthClient", acts=("organization.change",), answer=OAuthClient, tag="OAuth")
def get(call: Call) -> Reply:
    """Read one OAuth client"""
    return _reply(_for(call))


@operation("PUT", ONE, id="updateOAuthClient", acts=("organization.change",), body=UPDATE, answer=OAuthClient,
           statuses=(412,), tag="OAuth")  # fmt: skip
def update(call: Call) -> Reply:
    """Change an OAuth client: only the members sent; a disabled one gets and uses nothing"""
    found = _for(call)
    problems: list[Problem] = []
    sent = UPDATE.read(call.body or {}, problems)
    whole = {"redirect_uris": found.redirect_uris, "grant_types": found.grant_types, **sent}
    _check(whole, confidential=found.confidential, problems=problems)
    call.raise_problems(problems, ".".join)
    disabled = sent.pop("disabled", None)
    if disabled is not None and disabled != (found.disabled_at is not None):
        sent["disabled_at"] = call.unit.now if disabled else None
    after = change_client(call.unit, found, sent)
    if after is not found:
        _tell(call, "oauth_client_updated", after)
    return _reply(after)


@operation("DELETE", ONE, id="deleteOAuthClient", acts=("organization.change",), status=204, statuses=(412,),
           tag="OAuth")  # fmt: skip
def delete(call: Call) -> Reply:
    """Delete an OAuth client and everything it was given"""
    found = _for(call)
    if found.built_in:
        raise Conflict(BUILT_IN, code="BUSINESS_RULE")
    clients.delete_client(call.unit, found)
    _tell(call, "oauth_client_deleted", found)
    return Reply(status=204)


@operation("POST", ONE + "/rotate-secret", id="rotateOAuthSecret", acts=("organization.change",), body=ROTATE,
           answer=OAuthClient, statuses=(412,), tag="OAuth", private=True)  # fmt: skip
def rotate(call: Call) -> Reply:
    """Give an OAuth client a new secret, shown this once; `revoke` ends everything it was given"""
    found = _for(call)
    problems: list[Problem] = []
    sent = ROTATE.read(call.body or {}, problems)
    call.raise_problems(problems, ".".join)
    if not found.confidential:
        raise Conflict("A public client has no secret.", code="BUSINESS_RULE")
    after, secret = clients.rotate_secret(call.unit, call.secrets, found, revoke=sent.get("revoke", False))
    _tell(call, "oauth_client_secret_rotated", after)
    return _reply(after, secret)


def _for(call: Call) -> Client:
    require(call.actor, "organization.change")
    named = call.path["client"]
    known = named.isascii() and named.isdigit() and len(named) < 16
    find = clients.client_for_update if call.method != "GET" else clients.client_here
    found = find(call.unit, int(named)) if known else None
    if found is None:
        raise NotFound
    call.require_fresh(found.revision, found.updated_at)
    return found


def _tell(call: Call, event: str, client: Client) -> None:
    tell(call.unit, event, call.actor.account_id or 0, new={"client_id": client.id, "name": client.name})


def _reply(one: Client, secret: str | None = None, status: int = 200) -> Reply:
    shown = oauth_client(one, UNSET if secret is None else secret)
    return Reply(body={"data": shown}, status=status, revision=one.revision, updated=one.updated_at)
