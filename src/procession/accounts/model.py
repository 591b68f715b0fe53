"""What accounts hold: a token as its owner sees it, an account as rooms above read it, what the operator decided."""

from datetime import datetime
from typing import Any, Literal

import msgspec

TokenKind = Literal["personal", "session", "implicit", "code", "password", "application", "user_via_app", "mcp"]

OWN_CLIENT = 1
"""The server itself, as the OAuth client whose tokens are made here."""

FINE = frozenset(
    f"mcp.{thing}.{way}"
    for thing in ("users", "tasks", "processes", "templates", "forms", "automation")
    for way in ("read", "write")
)
"""Scopes that open a part of the API (spec 40 §6.5); `*` opens all of it."""


class Token(msgspec.Struct, frozen=True):
    """A token without its text, which is shown once, at creation (spec 40 §5.3).

    `lifetime`: seconds by which use extends it (sessions); `family`: the OAuth grant it belongs to.
    """

    id: str
    account_id: int
    kind: TokenKind
    name: str
    scopes: list[str]
    bound_to: str | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None
    client_id: int = OWN_CLIENT
    family: str | None = None
    lifetime: int | None = None
    revoke_on_logout: bool = False
    require_client_header: bool | None = None
    confirmed_at: datetime | None = None
    seen: dict[str, Any] | None = None
    imports: bool = False


class AccountRecord(msgspec.Struct, frozen=True):
    """An account as stored. `profile`: picture, phone, job title and the like, by the names of spec 40 §11.1."""

    id: int
    email: str
    username: str | None
    first_name: str
    last_name: str
    timezone: str
    profile: dict[str, Any]
    suspended: bool
    created_at: datetime
    updated_at: datetime

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def verified(self) -> bool:
        """Whether he has shown that the address is his."""
        return bool(self.profile.get("email_verified_at"))


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator decided about signing in, and the limits that clients are told (operator's interface).

    `upload_limit`, `storage_quota` in bytes; `upload_types` are endings of names; `rate_limit` as `600/minute`, or
    `off`; `log_days`: how far back the system log goes; `library_review`: public templates are listed when the operator
    has let them in.
    """

    registration: bool = False
    password_grant: bool = True
    shortest_password: int = 6
    refuse_common_passwords: bool = False
    upload_limit: int = 0
    upload_types: frozenset[str] = frozenset()
    storage_quota: int | None = None
    rate_limit: str = "off"
    organizations: bool = False
    log_days: int = 90
    library_review: bool = False


class Mail(msgspec.Struct, frozen=True):
    """One line of the delivery log (spec 41 §14.6), without the link."""

    id: str
    kind: str
    recipient: str
    account_id: int | None
    guest_id: int | None
    subject: str
    object_kind: str | None
    object_id: str | None
    status: str
    provider_id: str | None
    error: str | None
    created_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None


class Client(msgspec.Struct, frozen=True):
    """An OAuth client (spec 40 §6.1). `secret`: sealed, of the built-in one alone."""

    id: int
    owner: str | None
    name: str
    redirect_uris: list[str]
    grant_types: list[str]
    scopes: list[str]
    confidential: bool
    trusted: bool
    built_in: bool
    secret_digest: str | None
    secret: bytes | None
    require_client_header: bool | None
    access_token_ttl: int | None
    refresh_token_ttl: int | None
    logo_url: str | None
    homepage_url: str | None
    created_by: int | None
    created_at: datetime
    updated_at: datetime
    disabled_at: datetime | None
    revision: int


class Code(msgspec.Struct, frozen=True):
    """An authorization code as stored. `named_uri`: the request named its redirect address, so the exchange must."""

    digest: str
    client_id: int
    account_id: int
    bound_to: str | None
    redirect_uri: str
    named_uri: bool
    scopes: list[str]
    challenge: str | None
    challenge_method: str | None
    family: str
    expires_at: datetime
    used_at: datetime | None


class Refresh(msgspec.Struct, frozen=True):
    """A refresh token as stored."""

    digest: str
    id: str
    family: str
    kind: TokenKind
    client_id: int
    account_id: int
    bound_to: str | None
    scopes: list[str]
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None
