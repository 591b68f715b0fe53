"""Signing in as clients read it: sessions, tokens, grants (spec 40 §5.3, §8)."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from procession.accounts.model import Token as Stored
from procession.accounts.sessions import recently_confirmed
from procession.wire.organization import Organization
from procession.wire.person import User
from procession.wire.times import instant


class Methods(msgspec.Struct, frozen=True):
    """How somebody with an address signs in."""

    methods: list[str]
    sso_url: str | None


class SignedIn(msgspec.Struct, frozen=True):
    """A new session. `csrf_token`: what pages of it send back with every write."""

    user: User | None
    organization: Organization | None
    access_token: str
    token_type: str
    expires_in: int
    csrf_token: str


class Session(msgspec.Struct, frozen=True):
    """One's own session. `current`: the one that asks."""

    id: str
    current: bool
    created_at: str
    last_used_at: str | None
    expires_at: str | None
    ip: str | None
    client: str | None
    recently_confirmed: bool


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A token; its text at creation alone (spec 40 §5.3)."""

    id: str
    name: str
    kind: str
    scopes: list[str]
    client_id: str
    organization_id: str | None
    revoke_on_logout: bool
    require_client_header: bool | None
    created_at: str
    last_used_at: str | None
    last_used_ip: str | None
    last_used_client: str | None
    expires_at: str | None
    imports: bool = msgspec.field(name="import")
    access_token: str | UnsetType = UNSET


class Granted(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens of a grant (spec 40 §6.3); it stands alone, without `data`."""

    token_type: str
    expires_in: int
    access_token: str
    scope: str
    refresh_token: str | UnsetType = UNSET


class Introspected(msgspec.Struct, frozen=True, kw_only=True):
    """What a token is good for (RFC 7662); it stands alone."""

    active: bool
    scope: str | UnsetType = UNSET
    client_id: str | UnsetType = UNSET
    token_type: str | UnsetType = UNSET
    sub: str | UnsetType = UNSET
    aud: str | UnsetType = UNSET
    iss: str | UnsetType = UNSET
    jti: str | UnsetType = UNSET
    iat: int | UnsetType = UNSET
    exp: int | UnsetType = UNSET


def session(one: Stored, now: datetime, current: str) -> Session:
    """A session."""
    seen: dict[str, Any] = one.seen or {}
    return Session(
        id=one.id,
        current=one.id == current,
        created_at=instant(one.created_at),
        last_used_at=instant(one.last_used_at),
        expires_at=instant(one.expires_at),
        ip=seen.get("ip") or None,
        client=seen.get("client") or None,
        recently_confirmed=recently_confirmed(one.confirmed_at, now),
    )


def token(one: Stored, text: str | UnsetType = UNSET) -> Token:
    """A token of one's own, or of a member."""
    seen: dict[str, Any] = one.seen or {}
    return Token(
        id=one.id,
        name=one.name,
        kind=one.kind,
        scopes=one.scopes,
        client_id=str(one.client_id),
        organization_id=one.bound_to,
        revoke_on_logout=one.revoke_on_logout,
        require_client_header=one.require_client_header,
        created_at=instant(one.created_at),
        last_used_at=instant(one.last_used_at),
        last_used_ip=seen.get("ip") or None,
        last_used_client=seen.get("client") or None,
        expires_at=instant(one.expires_at),
        imports=one.imports,
        access_token=text,
    )
