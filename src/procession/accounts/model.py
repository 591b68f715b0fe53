"""What accounts hold: a token as its owner sees it, an account as rooms above read it."""

from datetime import datetime
from typing import Any, Literal

import msgspec

TokenKind = Literal["personal", "session", "implicit", "code", "password", "application", "user_via_app", "mcp"]


class Token(msgspec.Struct, frozen=True):
    """A token without its text, which is shown once, at creation (spec 40 §5.3)."""

    id: str
    account_id: int
    kind: TokenKind
    name: str
    scopes: list[str]
    bound_to: str | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


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
