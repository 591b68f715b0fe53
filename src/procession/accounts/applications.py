"""Applications: OAuth clients that act in their own name, with tokens of client credentials (spec 40 §5.1, §7)."""

from datetime import timedelta

import msgspec

from procession.accounts import oauth_queries as queries
from procession.accounts.keys import Secrets
from procession.accounts.model import Client
from procession.accounts.tokens import create_token, digest, sign
from procession.kernel.errors import Unauthenticated
from procession.kernel.ids import new_id
from procession.kernel.unit import Unit

APPLICATION_TTL = 604_800
USER_TTL = 7_776_000
"""Seconds that tokens of an application live, and those it gets for users."""


class Application(msgspec.Struct, frozen=True):
    """An application that proved itself. `owner`: the organization its client belongs to."""

    token_id: str
    client_id: int
    name: str
    owner: str


def open_application(unit: Unit, secrets: Secrets, client: Client, issuer: str) -> tuple[str, int]:
    """A token of the application itself, and the seconds it lives. It is asked for again, never refreshed."""
    lives = client.access_token_ttl or APPLICATION_TTL
    token_id = new_id()
    issued = int(unit.now.timestamp())
    claims = {
        "iss": issuer, "aud": str(client.id), "sub": "", "jti": token_id, "iat": issued, "nbf": issued,
        "exp": issued + lives, "scopes": ["*"], "scope": "*", "kind": "application", "org_id": client.owner,
    }  # fmt: skip
    text = sign(unit, secrets, claims)
    unit.write(
        queries.INSERT_APPLICATION,
        digest=digest(text),
        id=token_id,
        client_id=client.id,
        created_at=unit.now,
        expires_at=unit.now + timedelta(seconds=lives),
        revoked_at=None,
    )
    return text, lives


def authenticate_application(unit: Unit, token_digest: str) -> Application:
    """Whose token this is. Raises `Unauthenticated` for every other kind of token too, and `TOKEN_EXPIRED`."""
    found = unit.one(queries.APPLICATION, digest=token_digest)
    if found is None:
        raise Unauthenticated
    token_id, expires_at, revoked_at, client_id, name, owner, disabled_at, named = found
    if revoked_at is not None or disabled_at is not None or owner is None:
        raise Unauthenticated
    if expires_at <= unit.now:
        raise Unauthenticated(code="TOKEN_EXPIRED")
    if named and not unit.client:
        raise Unauthenticated("The X-Tallyfy-Client header is required.", code="CLIENT_HEADER_REQUIRED")
    return Application(token_id, client_id, name, owner)


def alive(unit: Unit, text: str, client: Client) -> bool:
    """Whether this is a token of that application which still works."""
    try:
        return authenticate_application(unit, digest(text)).client_id == client.id
    except Unauthenticated:
        return False


def end_application(unit: Unit, text: str, client: Client) -> None:
    """Revoke one token of that application; of anybody else's nothing happens."""
    unit.write(queries.END_APPLICATION, digest=digest(text), client_id=client.id, at=unit.now)


def token_for_user(unit: Unit, secrets: Secrets, by: Client, account_id: int, issuer: str) -> str:
    """A token with which the application acts as this member, in its own organization alone (spec 40 §7.2)."""
    _, text = create_token(
        unit,
        secrets,
        account_id=account_id,
        name=by.name,
        kind="user_via_app",
        expires_at=unit.now + timedelta(seconds=USER_TTL),
        bound_to=by.owner,
        scopes=by.scopes,
        issuer=issuer,
        client_id=by.id,
        require_client_header=by.require_client_header,
    )
    return text


def client_names(unit: Unit, ids: list[int]) -> dict[int, str]:
    """What these clients are called, deleted ones too."""
    return dict(unit.all(queries.CLIENT_NAMES, ids=ids)) if ids else {}
