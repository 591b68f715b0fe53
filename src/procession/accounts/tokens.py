"""Tokens: RS256 JWTs for others to verify; this server finds them by the SHA-256 of their text (spec 40 §5.2)."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from joserfc import jwt
from joserfc.jwk import RSAKey

from procession.accounts import queries
from procession.accounts.keys import Secrets
from procession.accounts.model import Token, TokenKind
from procession.kernel.ids import new_id
from procession.kernel.unit import Unit

ALGORITHM = "RS256"
FIRST_PARTY_CLIENT = "1"
"""The audience of tokens made here: the built-in OAuth client."""

EVERYTHING = ("*",)
KEY_BITS = 2048


def digest(text: str) -> str:
    """The SHA-256 of a token or guest code, in hex: what is stored and looked up."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _signing_key(unit: Unit, secrets: Secrets) -> tuple[str, RSAKey]:
    """The key that signs, by its id; made on first use."""
    found = unit.one(queries.SIGNING_KEY)
    if found is not None:
        key_id, sealed = found
        return key_id, RSAKey.import_key(msgspec.json.decode(secrets.open(sealed)))
    key_id = new_id()
    key = RSAKey.generate_key(KEY_BITS, {"kid": key_id, "use": "sig", "alg": ALGORITHM}, private=True)
    unit.write(
        queries.INSERT_KEY,
        id=key_id,
        secret=secrets.seal(msgspec.json.encode(key.as_dict(private=True))),
        public=key.as_dict(private=False),
        created_at=unit.now,
        retired_at=None,
    )
    return key_id, key


def create_token(
    unit: Unit,
    secrets: Secrets,
    *,
    account_id: int,
    name: str,
    kind: TokenKind = "personal",
    expires_at: datetime | None,
    bound_to: str | None = None,
    scopes: Sequence[str] = EVERYTHING,
    issuer: str,
) -> tuple[str, str]:
    """A new token: its id and its text, which is not stored. `bound_to`: its only organization.

    `scopes` (spec 40 §6.5): everything unless told.
    """
    token = Token(
        id=new_id(),
        account_id=account_id,
        kind=kind,
        name=name,
        scopes=list(scopes),
        bound_to=bound_to,
        created_at=unit.now,
        expires_at=expires_at,
        revoked_at=None,
        last_used_at=None,
    )
    key_id, key = _signing_key(unit, secrets)
    header = {"alg": ALGORITHM, "typ": "JWT", "kid": key_id}
    text = jwt.encode(header, _claims(token, issuer), key, algorithms=[ALGORITHM])
    unit.write(queries.INSERT_TOKEN, digest=digest(text), **msgspec.structs.asdict(token))
    return token.id, text


def _claims(token: Token, issuer: str) -> dict[str, Any]:
    issued = int(token.created_at.timestamp())
    claims: dict[str, Any] = {
        "iss": issuer,
        "aud": FIRST_PARTY_CLIENT,
        "sub": str(token.account_id),
        "jti": token.id,
        "iat": issued,
        "nbf": issued,
        "scopes": token.scopes,
        "scope": " ".join(token.scopes),
        "kind": token.kind,
    }
    if token.expires_at is not None:
        claims["exp"] = int(token.expires_at.timestamp())
    if token.bound_to is not None:
        claims["org_id"] = token.bound_to
    return claims


def revoke(unit: Unit, token_id: str) -> None:
    """From now on the token is refused; a revoked or unknown one stays as it is."""
    unit.write(queries.REVOKE_TOKEN, token_id=token_id, at=unit.now)


def forget_tokens(unit: Unit, before: datetime) -> None:
    """Delete the tokens that ended, by time or by revocation, before that instant."""
    unit.write(queries.FORGET_TOKENS, before=before)


def keep_used(unit: Unit, used: Mapping[str, datetime]) -> None:
    """Note when tokens were last used, by id."""
    unit.write_many(queries.USE_TOKEN, [{"token_id": one, "at": at} for one, at in sorted(used.items())])


def list_tokens(unit: Unit, account_id: int, kind: TokenKind = "personal") -> list[Token]:
    """The account's tokens that are not revoked, newest first (spec 40 §5.3)."""
    return unit.all(queries.TOKENS, account_id=account_id, kind=kind)


def find_token(unit: Unit, token_id: str) -> Token | None:
    """One token, revoked or not."""
    return unit.one(queries.TOKEN, token_id=token_id)


def jwks(unit: Unit) -> dict[str, list[dict[str, Any]]]:
    """`/.well-known/jwks.json`: every kept key, retired ones too, for tokens signed with them live on."""
    return {"keys": unit.all(queries.PUBLIC_KEYS)}
