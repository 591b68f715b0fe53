"""Personal tokens, tokens of members, and the credentials page (spec 40 §5.3)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple

import msgspec

from procession.accounts.clients import built_in_client, secret_of
from procession.accounts.mails import post
from procession.accounts.model import FINE, TokenKind
from procession.accounts.model import Token as Stored
from procession.accounts.sessions import Ended, alive
from procession.accounts.tokens import (
    GRANTED,
    change_token,
    create_token,
    find_token,
    list_tokens,
    revoke,
    revoke_kinds,
)
from procession.api.endpoint import Call, Reply, operation
from procession.api.me import account_of
from procession.api.reading import Shape, boolean, items, raw, text
from procession.engine.model import Problem
from procession.kernel.errors import Forbidden, NotFound
from procession.kernel.ids import read_id
from procession.people.members import find_member
from procession.people.organizations import organizations_of
from procession.people.permissions import require
from procession.people.security import tell, tell_everywhere
from procession.wire.session import Token, token

MOST_DAYS, USUAL_DAYS = 1095, 183
LIGHT = "Light members have no API tokens."
ADMINISTRATORS = "Only administrators may switch a token to import mode."
IMPORT = boolean(
    null="keep",
    description="Import mode: for administrators. Dates and authors of former systems are taken as they are sent, and "
    "nobody is told of anything.",
)


CREATE = Shape(
    "createTokenInput",
    {
        "name": text(100),
        "expires_in_days": raw({"type": ["integer", "null"], "minimum": 1, "maximum": MOST_DAYS}),
        "revoke_on_logout": boolean(null="keep"),
        "require_client_header": boolean(null=None),
        "scopes": items(20, of={"type": "string"}),
        "organization_id": raw({"type": ["string", "null"]}),
        "import": IMPORT,
    },
    required=("name",),
)
CHANGE = Shape(
    "updateTokenInput",
    {
        "name": text(100),
        "revoke_on_logout": boolean(null="keep"),
        "require_client_header": boolean(null=None),
        "import": IMPORT,
    },
)


class Credentials(msgspec.Struct, frozen=True):
    """What a program needs to call the API for this organization."""

    organization_id: str
    client_id: str
    client_secret: str | None
    base_url: str
    token_url: str


class Place(NamedTuple):
    """An organization where the caller may have tokens."""

    settings: dict[str, Any]
    administers: bool


def _places(call: Call) -> dict[str, Place]:
    """The organizations where the caller may have tokens: not as a light member."""
    found = organizations_of(call.unit, account_of(call).account_id)
    places = {
        one.id: Place(one.settings, own.role == "admin")
        for one, own in found
        if own.status == "active" and own.role in ("admin", "standard")
    }
    if not places:
        raise Forbidden(LIGHT)
    return places


def _require_administrator(places: Mapping[str, Place], bound_to: str | None) -> None:
    """403 unless the caller administers the one organization the token works for, or any of them (spec 50 IMP-03).

    A token of somebody who administers some of them only is in import mode in these alone.
    """
    if not any(one.administers for key, one in places.items() if bound_to in (None, key)):
        raise Forbidden(ADMINISTRATORS)


@operation("GET", "/me/tokens", id="listTokens", auth="account", acts=("token.own",), answer=list[Token], tag="Me")
def list_own(call: Call) -> Reply:
    """List one's personal tokens, newest first"""
    _places(call)
    found = [one for one in list_tokens(call.unit, account_of(call).account_id) if alive(call.unit, one)]
    return Reply(body={"data": [token(one) for one in found]})


@operation("POST", "/me/tokens", id="createToken", auth="account", acts=("token.own",), body=CREATE, answer=Token,
           status=201, tag="Me", private=True)  # fmt: skip
def create_own(call: Call) -> Reply:
    """Make a personal token; its text is shown this once"""
    own, places = account_of(call), _places(call)
    problems: list[Problem] = []
    sent = CREATE.read(call.body, problems)
    days = sent.get("expires_in_days", USUAL_DAYS)
    if days is not None and (isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= MOST_DAYS):
        problems.append(Problem(("expires_in_days",), f"The expires in days must be between 1 and {MOST_DAYS}."))
    scopes = [str(one) for one in sent.get("scopes", ["*"])] or ["*"]
    wrong = [place for place, one in enumerate(scopes) if one not in FINE and one != "*"]
    problems += [Problem(("scopes", str(place)), "The selected scope is invalid.") for place in wrong]
    if not wrong and not _covered(scopes, own.scopes):
        problems.append(Problem(("scopes",), "A token cannot give more than the credentials it is made with."))
    bound = _bound(call, sent.get("organization_id"), places, problems)
    if sent.get("import"):
        _require_administrator(places, bound if bound in places else own.bound_to)
    call.raise_problems(problems, ".".join)
    by_default = any(one.settings.get("revoke_api_tokens_at_sign_out") for one in places.values())
    token_id, shown = create_token(
        call.unit,
        call.secrets,
        account_id=own.account_id,
        name=sent["name"],
        expires_at=call.unit.now + timedelta(days=days) if days is not None else None,
        bound_to=bound,
        scopes=scopes,
        issuer=call.links.public_url,
        revoke_on_logout=sent.get("revoke_on_logout", by_default),
        require_client_header=sent.get("require_client_header"),
        imports=sent.get("import", False),
    )
    told = {"id": token_id, "name": sent["name"], **({"import": True} if sent.get("import") else {})}
    tell_everywhere(call.unit, "api_token_created", own.account_id, told)
    post(call.unit, call.secrets, "token.created", own.email, "An API token was made", account_id=own.account_id,
         about={"name": sent["name"]})  # fmt: skip
    made = find_token(call.unit, token_id)
    assert made is not None
    return Reply(body={"data": token(made, shown)}, status=201)


def _covered(scopes: list[str], own: tuple[str, ...]) -> bool:
    """Whether the caller's own credentials have every one of the scopes; writing includes reading."""
    held = set(own) | {one.replace(".write", ".read") for one in own if one.endswith(".write")}
    return "*" in held or set(scopes) <= held


def _bound(call: Call, wanted: Any, places: Mapping[str, Place], problems: list[Problem]) -> str | None:
    own = account_of(call)
    if wanted is None:
        return own.bound_to
    chosen = read_id(wanted)
    if chosen not in places or own.bound_to not in (None, chosen):
        problems.append(Problem(("organization_id",), "The selected organization id is invalid."))
    return chosen


def _own_token(call: Call) -> Stored:
    found = find_token(call.unit, read_id(call.path["id"]) or "")
    if found is None or found.account_id != account_of(call).account_id or found.kind != "personal":
        raise NotFound
    if found.revoked_at is not None:
        raise NotFound
    return found


@operation("PUT", "/me/tokens/{id}", id="updateToken", auth="account", acts=("token.own",), body=CHANGE, answer=Token,
           tag="Me")  # fmt: skip
def update_own(call: Call) -> Reply:
    """Change a personal token: its name, whether it ends at sign-out, whether callers must name themselves, and
    whether it is in import mode
    """
    found = _own_token(call)
    problems: list[Problem] = []
    sent = CHANGE.read(call.body or {}, problems)
    imports = sent.pop("import", found.imports)
    if imports and not found.imports:
        _require_administrator(_places(call), found.bound_to)
    call.raise_problems(problems, ".".join)
    if imports != found.imports:
        sent["imports"] = imports
        told = {"id": found.id, "name": found.name, "import": imports}
        tell_everywhere(call.unit, "api_token_updated", found.account_id, told)
    return Reply(body={"data": token(change_token(call.unit, found, sent))})


@operation("DELETE", "/me/tokens/{id}", id="deleteToken", auth="account", acts=("token.own",), status=204, tag="Me")
def delete_own(call: Call) -> Reply:
    """Delete a personal token: it is refused at once"""
    found = _own_token(call)
    revoke(call.unit, found.id)
    tell_everywhere(call.unit, "api_token_revoked", found.account_id, {"id": found.id, "name": found.name})
    return Reply(status=204)


@operation("DELETE", "/me/tokens", id="deleteAllTokens", auth="account", acts=("token.own",), answer=Ended, tag="Me")
def delete_all(call: Call) -> Reply:
    """Delete every personal token of one's own and everything granted to clients; the calling session goes on"""
    own = account_of(call)
    ended = revoke_kinds(call.unit, own.account_id, ("personal", "user_via_app", *GRANTED))
    tell_everywhere(call.unit, "api_token_revoked", own.account_id, {"revoked": ended})
    return Reply(body={"data": Ended(ended)})


# -- of members --------------------------------------------------------------------------------------------------------


def _member(call: Call) -> int:
    require(call.actor, "member.manage")
    named = call.path["user"]
    found = find_member(call.unit, int(named) if named.isascii() and named.isdigit() and len(named) < 16 else 0)
    if found is None:
        raise NotFound
    return found.id


@operation("GET", "/organizations/{org}/users/{user}/tokens", id="listUserTokens", acts=("member.manage",),
           answer=list[Token], tag="Members")  # fmt: skip
def list_of_member(call: Call) -> Reply:
    """List a member's tokens that work here"""
    account_id = _member(call)
    kinds: tuple[TokenKind, ...] = ("personal", *GRANTED)
    found = [one for kind in kinds for one in list_tokens(call.unit, account_id, kind)]
    here = [one for one in found if alive(call.unit, one) and one.bound_to in (None, call.unit.organization_id)]
    return Reply(body={"data": [token(one) for one in here]})


@operation("DELETE", "/organizations/{org}/users/{user}/tokens/{token}", id="deleteUserToken", acts=("member.manage",),
           status=204, tag="Members")  # fmt: skip
def delete_of_member(call: Call) -> Reply:
    """Revoke a member's token"""
    account_id = _member(call)
    found = find_token(call.unit, read_id(call.path["token"]) or "")
    if found is None or found.account_id != account_id or found.kind == "session" or found.revoked_at is not None:
        raise NotFound
    if found.bound_to not in (None, call.unit.organization_id):
        raise NotFound
    revoke(call.unit, found.id)
    tell(call.unit, "api_token_revoked", account_id, new={"id": found.id, "name": found.name})
    return Reply(status=204)


@operation("GET", "/organizations/{org}/api-credentials", id="getApiCredentials", acts=("token.own",),
           answer=Credentials, tag="Organization", records=True)  # fmt: skip
def credentials(call: Call) -> Reply:
    """Read what programs need: client id, organization id, addresses; the secret for administrators alone"""
    require(call.actor, "token.own", message=LIGHT)
    client = built_in_client(call.unit, call.secrets)
    shown = Credentials(
        organization_id=call.unit.organization_id,
        client_id=str(client.id),
        client_secret=secret_of(call.secrets, client) if call.actor.is_admin else None,
        base_url=f"{call.links.public_url}/api",
        token_url=f"{call.links.public_url}/oauth/token",
    )
    return Reply(body={"data": shown})
