"""Who acts, and the settings of the organization they act in."""

from datetime import datetime
from typing import Any, Literal

import msgspec

from procession.engine.model import Offset, WorkCalendar
from procession.kernel.unit import SYSTEM

Role = Literal["admin", "standard", "light", "guest", "application"]
"""Applications have two operations of their own and no others (spec 40 §7)."""

EVERYTHING = ("*",)
"""The scopes of credentials that may do whatever their owner may (spec 40 §6.5)."""

EVERYONE = "*"
"""The principal that every admin and standard member has besides his own (light members do not, spec 40 §16.2)."""


def member(account_id: int) -> str:
    """The principal of a member."""
    return f"u{account_id}"


def guest(guest_id: int) -> str:
    """The principal of a guest."""
    return f"e{guest_id}"


def application(client_id: int) -> str:
    """The principal of an application."""
    return f"a{client_id}"


def group(group_id: str) -> str:
    """The principal of a group."""
    return f"g{group_id}"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What the organization's settings mean to the rest of the product; parsed once per revision and cached."""

    calendar: WorkCalendar = WorkCalendar()
    default_deadline: Offset = Offset(5, "days")
    group_limit: int = 0
    guest_tasks_need_member: bool = True
    private_oneoff_tasks: bool = True
    restrict_templates: bool = True
    members_invite: bool = True
    members_manage_groups: bool = True
    read_only: str | None = None
    ends_at: datetime | None = None
    company_domains: frozenset[str] = frozenset()
    discusses: bool = False
    """Whether there are comments: until then nobody counts them."""
    custom_kinds: frozenset[str] = frozenset()
    """The kinds of records that have custom fields: without any, nobody looks for values (spec 00 §22)."""
    stored: dict[str, Any] = {}


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """The caller inside one organization, read at authentication. `principals`: himself, his groups, everyone."""

    principal: str
    principals: tuple[str, ...]
    role: Role
    account_id: int | None = None
    guest_id: int | None = None
    email: str
    first_name: str
    last_name: str
    token_id: str | None = None
    settings: Settings
    may_create_templates: bool = True
    may_archive_processes: bool = True
    scopes: tuple[str, ...] = EVERYTHING
    imports: bool = False
    """An administrator whose token is in import mode: he brings a history along (spec 50 IMP-03)."""

    @property
    def is_admin(self) -> bool:
        return self.role == "admin"


def nobody(settings: Settings, account_id: int | None = None) -> Actor:
    """Who acts when no person does: the clock, the rules it starts, jobs; perhaps in the name of a member."""
    return Actor(principal=SYSTEM, principals=(), role="admin", account_id=account_id, email="", first_name="",
                 last_name="", settings=settings)  # fmt: skip


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """The caller outside any organization (`/me`)."""

    account_id: int
    email: str
    token_id: str
    bound_to: str | None
    scopes: tuple[str, ...] = EVERYTHING
    kind: str = "personal"
    confirmed_at: datetime | None = None


class Person(msgspec.Struct, frozen=True):
    """A member as shown beside work: the six keys of spec 20 §3.1 come from it."""

    id: int
    email: str
    first_name: str
    last_name: str
    picture: str | None

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()
