"""Entries of the system log as administrators read them (spec 41 §15.1), and as lines of CSV."""

from collections.abc import Mapping
from typing import Any

import msgspec

from procession.activity.log import PRE_AUTH, VIEWED, Delivered, Entry
from procession.people.model import Person
from procession.wire.times import instant

COLUMNS = (
    "id", "type", "created_at", "event", "category", "severity", "message", "actor", "actor_ip", "client",
    "object_type", "object_id", "recipient", "subject", "pre_auth", "before", "after", "details",
)  # fmt: skip
OBJECTS = {"member": "user", "template": "checklist", "process": "run"}
"""Our names of what an entry is about that clients know by others."""
RISKY = ("=", "+", "-", "@", "\t", "\r")
"""What makes a cell a formula in the programs that open CSV."""


class LogActor(msgspec.Struct, frozen=True):
    """Who did it: a member, or the product (`id` null)."""

    id: int | None
    full_name: str
    email: str | None
    is_bot: bool


class LogEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry. `actor` is null for what nobody signed in did."""

    id: str
    type: str
    event: str
    category: str
    severity: str
    message: str
    actor: LogActor | None
    actor_ip: str | None
    client: str | None
    object_type: str | None
    object_id: str | None
    recipient: str | None
    subject: str | None
    before: Any
    after: Any
    details: dict[str, Any]
    pre_auth: bool
    created_at: str


def shown_entry(one: Entry, people: Mapping[int, Person | None]) -> LogEntry:
    """An entry of the tab `system`."""
    new = one.new if isinstance(one.new, dict) else {}
    return LogEntry(
        id=str(one.id),
        type="system",
        event=one.event,
        category=one.category,
        severity=one.severity,
        message=_message(one),
        actor=_actor(one.actor, people),
        actor_ip=new.get("ip"),
        client=one.client,
        object_type=OBJECTS.get(one.subject_kind, one.subject_kind),
        object_id=one.subject_id if one.kind != VIEWED else None,
        recipient=None,
        subject=None,
        before=one.old,
        after=one.new,
        details={"field": one.field} if one.field is not None else {},
        pre_auth=one.event in PRE_AUTH,
        created_at=instant(one.at),
    )


def mail_entry(one: Delivered) -> LogEntry:
    """A line of the tab `email`."""
    failed = one.status == "failed"
    return LogEntry(
        id=one.id,
        type="email",
        event=f"email_{one.status}",
        category="email",
        severity="error" if failed else "info",
        message=one.error or f"{one.kind}: {one.subject}",
        actor=None,
        actor_ip=None,
        client=None,
        object_type="guest" if one.guest_id is not None else "user" if one.account_id is not None else None,
        object_id=str(one.guest_id or one.account_id) if one.guest_id or one.account_id else None,
        recipient=one.recipient,
        subject=one.subject,
        before=None,
        after=None,
        details={"kind": one.kind, **({"error": one.error} if one.error else {})},
        pre_auth=False,
        created_at=instant(one.created_at),
    )


def _message(one: Entry) -> str:
    words = one.event.replace("_", " ").capitalize()
    if one.field is not None:
        return f"{words}: {one.field}"
    new = one.new if isinstance(one.new, dict) else {}
    told = next((str(new[name]) for name in ("email", "name", "title", "error", "tab", "to") if new.get(name)), None)
    return f"{words}: {told}" if told else words


def _actor(principal: str, people: Mapping[int, Person | None]) -> LogActor | None:
    if principal == "system":
        return LogActor(None, "Bot", None, is_bot=True)
    if principal.startswith("a") and principal[1:].isdigit():
        return LogActor(None, f"Application {principal[1:]}", None, is_bot=True)
    if not principal.startswith("u") or not principal[1:].isdigit():
        return None
    person = people.get(int(principal[1:]))
    if person is None:
        return LogActor(int(principal[1:]), "[DELETED MEMBER]", None, is_bot=False)
    return LogActor(person.id, person.full_name, person.email, is_bot=False)


def row_of(one: LogEntry) -> list[str]:
    """The cells of one line; none of them is a formula."""
    shown = {**msgspec.structs.asdict(one), "actor": one.actor.full_name if one.actor is not None else None}
    return [cell(shown[name]) for name in COLUMNS]


def cell(value: Any) -> str:
    """A value as a cell: what a spreadsheet would run is a text (an apostrophe before it)."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return f"'{text}" if text.lstrip(" \n").startswith(RISKY) else text
