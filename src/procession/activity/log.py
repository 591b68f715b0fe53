"""The system log: what administrators look up about security and settings (spec 41 §15).

It is a view of the events, so that an entry is written with what it tells, once, and sealed with everything else. The
tab of the mails is a view of the delivery log. Entries older than the retention are not shown to anybody.
"""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from procession.activity import log_queries as queries
from procession.activity.log_queries import LogShape
from procession.kernel.paging import Page
from procession.kernel.unit import Event, Unit

VIEWED = "log.viewed"
SETTINGS = "organization.updated"
NAMES: Mapping[str, str] = {VIEWED: "system_log_viewed", SETTINGS: "settings_changed"}
"""Events whose entries have another name; those of `security.` go by what follows."""
PREFIX = "security."
PRE_AUTH = frozenset({"login_failed", "password_reset_initiated", "password_reset_completed"})
WARNINGS = frozenset({"login_failed", "onboarding_launch_failed"})
CATEGORIES: Mapping[str, str] = {
    "system_log_viewed": "log", "process_auto_archived": "process", "task_auto_completed": "process",
}  # fmt: skip
"""Of events that are not about security (spec 41 §15.2)."""
EVENTS = (
    "login_failed", "password_reset_initiated", "password_reset_completed", "role_changed", "email_address_changed",
    "blueprint_made_public", "kickoff_form_made_public", "kickoff_form_switched_off",
    "process_made_public", "api_token_created",
    "api_token_updated", "api_token_revoked", "oauth_client_created", "oauth_client_updated", "oauth_client_deleted",
    "oauth_client_secret_rotated", "member_converted", "member_deleted", "person_anonymized", "export_created",
    "organization_deletion_asked", "organization_deletion_cancelled", "onboarding_launch_failed",
    "process_auto_archived", "task_auto_completed", *NAMES.values(),
)  # fmt: skip
"""Everything that is told so far."""
QUIET = timedelta(seconds=60)
"""Within this a second look at the same is not noted again: polling would flood."""
BATCH = 500


class Entry(msgspec.Struct, frozen=True):
    """One event, as the log reads it."""

    id: int
    at: datetime
    kind: str
    subject_kind: str
    subject_id: str
    field: str | None
    old: Any
    new: Any
    actor: str
    client: str | None

    @property
    def event(self) -> str:
        return NAMES.get(self.kind) or self.kind.removeprefix(PREFIX)

    @property
    def category(self) -> str:
        return category_of(self.event)

    @property
    def severity(self) -> str:
        return "warning" if self.event in WARNINGS else "info"


class Delivered(msgspec.Struct, frozen=True):
    """One mail that was sent, or could not be."""

    id: str
    created_at: datetime
    kind: str
    status: str
    recipient: str
    subject: str
    account_id: int | None
    guest_id: int | None
    error: str | None


class LogSearch(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries: `texts` by the name of their condition (escaped patterns); `kinds` of events, empty for all."""

    since: datetime
    until: datetime
    kinds: tuple[str, ...] = ()
    texts: Mapping[str, str] = {}
    actor: str | None = None
    before_sign_in: bool = True
    sort: str = "created_at"
    ascending: bool = False
    nothing: bool = False


def category_of(event: str) -> str:
    """What an event is about."""
    return CATEGORIES.get(event, "security")


def kind_of(event: str) -> str:
    """The kind of the events behind an entry's name."""
    known = {name: kind for kind, name in NAMES.items()}
    return known.get(event, PREFIX + event)


def entries(unit: Unit, search: LogSearch, page: Page) -> tuple[list[Entry], int]:
    """A page of the log, and how many entries there are on all pages."""
    if search.nothing:
        return [], 0
    shape, parameters = _shape(search)
    total = unit.one(queries.log_total(shape), **parameters) or 0
    found = unit.all(queries.log_page(shape, Entry), **parameters, size=page.size, skip=page.skip) if total else []
    return found, total


def entries_after(unit: Unit, search: LogSearch, after: int | None, size: int) -> list[Entry]:
    """At most `size` entries beyond the one of that id, by time alone, newest first unless `search.ascending`."""
    if search.nothing:
        return []
    shape, parameters = _shape(msgspec.structs.replace(search, sort="created_at"))
    first = 0 if search.ascending else 2**62
    return unit.all(queries.log_walk(shape, Entry), **parameters, size=size, after=first if after is None else after)


def every_entry(unit: Unit, search: LogSearch) -> Iterator[Entry]:
    """All of them, newest first, some hundred at a time."""
    search, after = msgspec.structs.replace(search, ascending=False), None
    while True:
        found = entries_after(unit, search, after, BATCH)
        yield from found
        if len(found) < BATCH:
            return
        after = found[-1].id


def _shape(search: LogSearch) -> tuple[LogShape, dict[str, Any]]:
    parameters: dict[str, Any] = {"since": search.since, "until": search.until, **search.texts}
    conditions = set(search.texts)
    if search.kinds:
        conditions.add("kinds")
        parameters["kinds"] = list(search.kinds)
    if search.actor is not None:
        conditions.add("actor")
        parameters["actor"] = search.actor
    if not search.before_sign_in:
        conditions.add("signed_in")
        parameters["public"] = [PREFIX + one for one in sorted(PRE_AUTH)]
    return LogShape(frozenset(conditions), search.sort, search.ascending), parameters


def mails(unit: Unit, search: LogSearch, statuses: list[str], page: Page) -> tuple[list[Delivered], int]:
    """A page of the mails that left, or were refused."""
    if search.nothing or not statuses:
        return [], 0
    asked = _of_mails(search, statuses)
    total = unit.one(queries.MAILS_TOTAL, **asked) or 0
    listed = queries.mails_page(Delivered, search.sort, ascending=search.ascending)
    return unit.all(listed, **asked, size=page.size, skip=page.skip), total


def mails_after(
    unit: Unit, search: LogSearch, statuses: list[str], after: Delivered | None, size: int
) -> list[Delivered]:
    """At most `size` mails written before that one, newest first; None begins with the newest."""
    if search.nothing or not statuses:
        return []
    at, mail = (after.created_at, after.id) if after is not None else (search.until, "")
    asked = _of_mails(search, statuses)
    return unit.all(queries.mails_walk(Delivered), **asked, after_at=at, after=mail, size=size)


def mail_of(unit: Unit, mail_id: str) -> Delivered | None:
    """One line of the delivery log."""
    return unit.one(queries.mail_of(Delivered), id=mail_id)


def _of_mails(search: LogSearch, statuses: list[str]) -> dict[str, Any]:
    asked: dict[str, Any] = {"since": search.since, "until": search.until, "statuses": statuses}
    return asked | {name: search.texts.get(name, "%") for name in ("search", "recipient", "subject", "message")}


def note_view(unit: Unit, tab: str, filters: Mapping[str, list[str]], *, export: bool) -> None:
    """Somebody looked: noted once a minute for each person, tab and set of filters (spec 41 §15.4)."""
    shown = {name: values for name, values in sorted(filters.items()) if name not in ("page", "per_page", "cursor")}
    digest = hashlib.sha256(msgspec.json.encode([tab, export, shown])).hexdigest()[:32]
    if unit.one(queries.SEEN, digest=digest, actor=unit.principal, since=unit.now - QUIET) is not None:
        return
    told = {"tab": tab, "export": export, "filters": {name: [one[:100] for one in values[:20]] for name, values
                                                      in list(shown.items())[:20]}}  # fmt: skip
    unit.record(
        [
            Event(
                kind=VIEWED,
                verb="viewed",
                subject_kind="organization",
                subject_id=digest,
                new=told,
                shown=False,
            )
        ]
    )
