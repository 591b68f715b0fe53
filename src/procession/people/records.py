"""What the rows of people hold, as reading functions hand it on. Instants are aware and in UTC."""

from datetime import datetime
from typing import Any, Literal

import msgspec

from procession.engine.model import Owners
from procession.people.model import Role

Status = Literal["active", "invited", "pending", "disabled", "deleted", "converted"]

SHOWN = ("active", "invited", "pending", "disabled")
"""Memberships that lists show; the others are kept for what refers to them (spec 40 §12.1)."""


class Credential(msgspec.Struct, frozen=True):
    """A token, whose it is, and what its owner is in the organization; `role` is None for no membership."""

    token_id: str
    bound_to: str | None
    expires_at: datetime | None
    revoked_at: datetime | None
    account_id: int
    email: str
    first_name: str
    last_name: str
    suspended: bool
    role: Role | None
    status: Status | None
    switches: dict[str, Any] | None
    disabled_at: datetime | None
    disabled_by: str | None
    revision: int | None
    changed_at: datetime | None
    groups: str | None
    scopes: list[str]
    needs_client: bool | None = None
    imports: bool = False


class GuestCredential(msgspec.Struct, frozen=True):
    """A guest found by the digest of his code."""

    guest_id: int
    email: str
    first_name: str | None
    last_name: str | None
    disabled_at: datetime | None
    revision: int
    changed_at: datetime
    groups: str | None


class Organization(msgspec.Struct, frozen=True):
    """An organization. `settings`: what was set, by the names of spec 41 §1; `members`: the active ones."""

    id: str
    name: str
    slug: str
    timezone: str
    settings: dict[str, Any]
    bot_id: int
    revision: int
    created_at: datetime
    updated_at: datetime
    members: int


class Membership(msgspec.Struct, frozen=True):
    """What an account is in one organization (spec 41 §1.2)."""

    role: Role
    status: Status
    joined_at: datetime | None
    disabled_at: datetime | None
    last_accessed_at: datetime | None = None


class Member(msgspec.Struct, frozen=True):
    """A member with his account: the user object of spec 40 §11.1 comes from it.

    `profile` and `settings` hold what is read and written whole, by the names of that section.
    """

    id: int
    email: str
    username: str | None
    first_name: str
    last_name: str
    timezone: str
    profile: dict[str, Any]
    suspended: bool
    account_created_at: datetime
    account_updated_at: datetime
    role: Role | None = None
    status: Status | None = None
    is_bot: bool = False
    is_default_admin: bool = False
    settings: dict[str, Any] | None = None
    invited_by: int | None = None
    invited_at: datetime | None = None
    approved_at: datetime | None = None
    activated_at: datetime | None = None
    disabled_at: datetime | None = None
    disabled_by: int | None = None
    last_accessed_at: datetime | None = None
    updated_at: datetime | None = None
    revision: int | None = None

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class Guest(msgspec.Struct, frozen=True):
    """A guest of the organization. `details`: the other members of spec 40 §14.2; `code_secret`: his code, sealed."""

    id: int
    email: str
    first_name: str | None
    last_name: str | None
    details: dict[str, Any]
    code_secret: bytes
    last_accessed_at: datetime | None
    disabled_at: datetime | None
    disabled_by: int | None
    deleted_at: datetime | None
    created_at: datetime
    updated_at: datetime
    revision: int

    @property
    def full_name(self) -> str:
        return f"{self.first_name or ''} {self.last_name or ''}".strip() or self.email


class Group(msgspec.Struct, frozen=True):
    """A group. `members` and `guests` in order of adding; guests by address; `logo`: a URL (spec 41 §9.1)."""

    id: str
    name: str
    description: str | None
    created_by: int | None
    created_at: datetime
    updated_at: datetime
    revision: int
    logo: str | None = None
    members: tuple[int, ...] = ()
    guests: tuple[str, ...] = ()


class JobTitle(msgspec.Struct, frozen=True):
    """A job title: a placeholder on steps. `people` fill it when a launch names nobody (spec 41 §10)."""

    id: str
    name: str
    description: str | None
    people: Owners
    created_at: datetime
    updated_at: datetime
    revision: int


class SavedView(msgspec.Struct, frozen=True):
    """Filters that somebody keeps under a name (spec 60 §11). `audience`: the principals it is shared with.

    `content`: `query`, `group_by`, `sort`, `columns`, `layout`, `checklist_id`, `active`, as they were sent and
    checked, and `defaults`: the members who begin with it.
    """

    id: int
    scope: str
    name: str
    owner_id: int
    audience: list[str]
    content: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    revision: int
