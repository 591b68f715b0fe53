"""Tokens: RS256 JWTs for others to verify; this server finds them by the SHA-256 of their text (spec 40 §5.2)."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
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
EVERYTHING = ("*",)
KEY_BITS = 2048
SHORT, LONG = 12 * 3600, 30 * 24 * 3600
"""How long a session lives unused, in seconds: usually, and with "keep me signed in" (spec 40 §5.1)."""

GRANTED: tuple[TokenKind, ...] = ("implicit", "code", "password", "mcp")
"""Tokens that somebody gave a client."""


def digest(text: str) -> str:
    """The SHA-256 of a token or guest code, in hex: what is stored and looked up."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


# -- signing keys -----------------------------------------------------------------------------------------------------


def _signing_key(unit: Unit, secrets: Secrets) -> tuple[str, RSAKey]:
    """The key that signs, by its id; made on first use."""
    found = unit.one(queries.SIGNING_KEY)
    if found is not None:
        key_id, sealed, _ = found
        return key_id, _imported(secrets, bytes(sealed))
    return _new_key(unit, secrets)


_KEYS: dict[bytes, RSAKey] = {}
"""Opened keys by how they are sealed: reading one takes longer than signing with it."""


def _imported(secrets: Secrets, sealed: bytes) -> RSAKey:
    found = _KEYS.get(sealed)
    if found is None:
        found = RSAKey.import_key(msgspec.json.decode(secrets.open(sealed)))
        while len(_KEYS) >= 16:
            del _KEYS[next(iter(_KEYS))]
        _KEYS[sealed] = found
    return found


def _new_key(unit: Unit, secrets: Secrets) -> tuple[str, RSAKey]:
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


def rotate_keys(unit: Unit, secrets: Secrets) -> str:
    """A new key signs from now on; its id. The former ones stay in the key set while tokens they signed live."""
    unit.lock("signing keys")
    unit.write(queries.RETIRE_KEYS, at=unit.now)
    return _new_key(unit, secrets)[0]


def signing_since(unit: Unit) -> datetime | None:
    """Since when the present key signs; None: there is none yet."""
    found = unit.one(queries.SIGNING_KEY)
    return found[2] if found is not None else None


def forget_keys(unit: Unit) -> list[str]:
    """Delete retired keys of which no token is alive any more; their ids."""
    return unit.all(queries.FORGET_KEYS, at=unit.now)


def jwks(unit: Unit) -> dict[str, list[dict[str, Any]]]:
    """`/.well-known/jwks.json`: every kept key, retired ones too, for tokens signed with them live on."""
    return {"keys": unit.all(queries.PUBLIC_KEYS)}


# -- making ----------------------------------------------------------------------------------------------------------


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
    context: str | None = None,
    **more: Any,
) -> tuple[str, str]:
    """A new token: its id and its text, which is not stored. `bound_to`: its only organization; `context`: the usual.

    `scopes` (spec 40 §6.5): everything unless told. `more`: other members of `Token`.
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
        **more,
    )
    text = sign(unit, secrets, _claims(token, issuer, context))
    unit.write(queries.INSERT_TOKEN, digest=digest(text), **msgspec.structs.asdict(token))
    return token.id, text


def sign(unit: Unit, secrets: Secrets, claims: Mapping[str, Any]) -> str:
    """These claims as a JWT, signed with the present key."""
    key_id, key = _signing_key(unit, secrets)
    header = {"alg": ALGORITHM, "typ": "JWT", "kid": key_id}
    return jwt.encode(header, dict(claims), key, algorithms=[ALGORITHM])


def _claims(token: Token, issuer: str, context: str | None) -> dict[str, Any]:
    issued = int(token.created_at.timestamp())
    claims: dict[str, Any] = {
        "iss": issuer,
        "aud": str(token.client_id),
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
    if token.bound_to is not None or context is not None:
        claims["org_id"] = token.bound_to or context
    return claims


def open_session(
    unit: Unit, secrets: Secrets, account_id: int, *, remember: bool, issuer: str, seen: Mapping[str, Any]
) -> tuple[str, int]:
    """A new session of somebody who just proved who he is: its text, and the seconds it lives unused."""
    lifetime = LONG if remember else SHORT
    _, text = create_token(
        unit,
        secrets,
        account_id=account_id,
        name="Session",
        kind="session",
        expires_at=unit.now + timedelta(seconds=lifetime),
        issuer=issuer,
        lifetime=lifetime,
        confirmed_at=unit.now,
        seen=dict(seen),
    )
    return text, lifetime


# -- ending ----------------------------------------------------------------------------------------------------------


def revoke(unit: Unit, token_id: str) -> None:
    """From now on the token is refused; a revoked or unknown one stays as it is."""
    unit.write(queries.REVOKE_TOKEN, token_id=token_id, at=unit.now)


def revoke_kinds(unit: Unit, account_id: int, kinds: Sequence[TokenKind], *, keep: str = "") -> int:
    """Revoke the account's tokens of these kinds, but for the one with the id `keep`; how many.

    With kinds that are granted to clients, their refresh tokens end too.
    """
    ended = len(unit.all(queries.REVOKE_KINDS, account_id=account_id, kinds=list(kinds), except_id=keep, at=unit.now))
    if set(kinds) & set(GRANTED):
        unit.write(queries.END_OF_ACCOUNT, account_id=account_id, at=unit.now)
    return ended


def revoke_all(unit: Unit, account_id: int) -> int:
    """Revoke everything the account ever got (spec 40 §5.5, suspended or deleted)."""
    return revoke_kinds(unit, account_id, ("personal", "session", "application", "user_via_app", *GRANTED))


def revoke_bound(unit: Unit, account_id: int, organization_id: str) -> None:
    """Revoke what was made for this organization alone (spec 40 §5.5, member disabled)."""
    unit.all(queries.REVOKE_BOUND, account_id=account_id, bound_to=organization_id, at=unit.now)
    unit.write(queries.END_BOUND, account_id=account_id, bound_to=organization_id, at=unit.now)


def log_out(unit: Unit, account_id: int, session_id: str) -> None:
    """End a session, and the personal tokens that were to end with it (spec 40 §5.4)."""
    revoke(unit, session_id)
    unit.all(queries.REVOKE_AT_LOGOUT, account_id=account_id, kind="personal", at=unit.now)


def revoke_family(unit: Unit, family: str) -> None:
    """Revoke everything that came of one grant."""
    unit.all(queries.REVOKE_FAMILY, family=family, at=unit.now)
    unit.write(queries.END_FAMILY, family=family, at=unit.now)


def end_refresh(unit: Unit, refresh_digest: str) -> None:
    """Revoke one refresh token."""
    unit.write(queries.END_REFRESH, digest=refresh_digest, at=unit.now)


def revoke_client(unit: Unit, client_id: int) -> None:
    """Revoke everything a client was given."""
    unit.all(queries.REVOKE_CLIENT, client_id=client_id, at=unit.now)
    unit.write(queries.END_OF_CLIENT, client_id=client_id, at=unit.now)
    unit.write(queries.END_APPLICATIONS, client_id=client_id, at=unit.now)


def end_with_sign_out(unit: Unit, accounts: Sequence[int], organization_id: str) -> None:
    """From now on the personal tokens of these accounts end when their owner signs out (spec 40 §5.4).

    Those that work for another organization alone stay as they are.
    """
    unit.write(queries.MARK_FOR_LOGOUT, accounts=list(accounts), kind="personal", bound_to=organization_id)


def forget_tokens(unit: Unit, before: datetime) -> None:
    """Delete the tokens that ended, by time or by revocation, before that instant."""
    unit.write(queries.FORGET_TOKENS, before=before)
    unit.write(queries.FORGET_REFRESH, before=before)
    unit.write(queries.FORGET_APPLICATIONS, before=before)


# -- using -----------------------------------------------------------------------------------------------------------


def keep_used(unit: Unit, used: Mapping[str, datetime]) -> None:
    """Note when tokens were last used, by id. A session lives on from there."""
    moments = sorted(used.items())
    unit.write_many(queries.USE_TOKEN, [{"token_id": one, "at": at} for one, at in moments])
    unit.write_many(
        queries.EXTEND_SESSION,
        [
            {"token_id": one, "lifetime": lifetime, "until": at + timedelta(seconds=lifetime)}
            for one, at in moments
            for lifetime in (SHORT, LONG)
        ],
    )


def list_tokens(unit: Unit, account_id: int, kind: TokenKind = "personal") -> list[Token]:
    """The account's tokens that are not revoked, newest first (spec 40 §5.3)."""
    return unit.all(queries.TOKENS, account_id=account_id, kind=kind)


def find_token(unit: Unit, token_id: str) -> Token | None:
    """One token, revoked or not."""
    return unit.one(queries.TOKEN, token_id=token_id)


def token_by_text(unit: Unit, text: str) -> Token | None:
    """The token with this text, revoked or not."""
    return unit.one(queries.TOKEN_BY_DIGEST, digest=digest(text))


def change_token(unit: Unit, token: Token, changes: Mapping[str, Any]) -> Token:
    """The token with other members."""
    unit.patch(queries.PATCH_TOKEN, changes, id=token.id)
    return msgspec.structs.replace(token, **changes)
