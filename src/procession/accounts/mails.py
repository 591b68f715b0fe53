"""Mails: written to the delivery log in the transaction that causes them (spec 41 §14.5, §14.6). Sending comes later.

Their links are sealed: the log can be read by administrators, what a link opens is the recipient's alone.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from procession.accounts import mail_queries as queries
from procession.accounts.keys import Secrets
from procession.accounts.model import Mail
from procession.kernel.ids import new_id
from procession.kernel.paging import Page
from procession.kernel.unit import Unit

LABELS: Mapping[str, str] = {
    "account.welcome": "Account Activated",
    "password.reset_request": "Password Reset",
    "password.reset_done": "Password Reset",
    "email.verify": "Verify Email",
    "guest.link": "Guest Access",
    "invite.accepted_self": "Invitation Accepted",
    "invite.accepted_inviter": "Invitation Accepted",
    "invite.sent": "Invitation",
    "member.registered": "New Signup",
    "membership.confirmed": "Membership",
    "invite.expired": "Invitation Expired",
    "email.changed": "Email Changed",
    "password.changed": "Password Changed",
    "profile.changed": "Profile Updated",
    "role.changed": "Profile Updated",
    "member.reactivated": "Account Reactivated",
    "work.reassigned": "Tasks Reassigned",
    "template.shared": "Template Shared",
    "token.created": "Token Created",
    "deletion.scheduled": "Deletion",
    "kickoff.switched_off": "Public Form",
}
"""The kinds that are written so far, and the small label above their text (spec 41 §14.3)."""

STATUSES = ("queued", "sent", "delivered", "failed", "bounced", "unsubscribed", "complained")
LONGEST_SUBJECT = 200
TEXT_KEPT = timedelta(days=30)
"""How long what a mail said can be read in the log, from when it was written (spec 41 §14.6)."""
Span = tuple[datetime | None, datetime | None]
EVER: Span = (None, None)
TOO_LATE = "It was not sent within 30 days."


class MailSearch(msgspec.Struct, frozen=True, kw_only=True):
    """Which mails to list; None: of any. The dates are from the first moment, before the second."""

    recipient: str | None = None
    kinds: list[str] | None = None
    statuses: list[str] | None = None
    account_id: int | None = None
    guest_id: int | None = None
    created_at: Span = EVER
    sent_at: Span = EVER
    delivered_at: Span = EVER


def post(
    unit: Unit,
    secrets: Secrets,
    kind: str,
    recipient: str,
    subject: str,
    *,
    account_id: int | None = None,
    guest_id: int | None = None,
    link: str | None = None,
    about: Mapping[str, Any] | None = None,
    subject_of: tuple[str, str] | None = None,
) -> str | None:
    """Write a mail to be sent; its id. `link`: where its button leads; `about`: what its text is made of.

    None is written by a caller who brings a history along: people learn of it when somebody tells them.
    """
    assert kind in LABELS, kind
    if unit.imported:
        return None
    mail_id = new_id()
    object_kind, object_id = subject_of or (None, None)
    unit.write(
        queries.INSERT_MAIL,
        id=mail_id,
        kind=kind,
        recipient=recipient,
        account_id=account_id,
        guest_id=guest_id,
        subject=" ".join(subject.split())[:LONGEST_SUBJECT],
        about=dict(about or {}),
        link=secrets.seal(link.encode()) if link is not None else None,
        object_kind=object_kind,
        object_id=object_id,
        status="queued",
        provider_id=None,
        error=None,
        created_at=unit.now,
        sent_at=None,
        delivered_at=None,
    )
    return mail_id


def list_mails(unit: Unit, page: Page, search: MailSearch) -> tuple[list[Mail], int]:
    """A page of the unit's delivery log, newest first, and how many there are."""
    given = msgspec.structs.asdict(search)
    for name in ("created_at", "sent_at", "delivered_at"):
        given[f"{name}_since"], given[f"{name}_until"] = given.pop(name)
    asked = {name: value for name, value in given.items() if value is not None}
    shape = frozenset(asked)
    found = unit.all(queries.mails_page(shape), **asked, size=page.size, skip=page.skip)
    return found, unit.one(queries.mails_total(shape), **asked) or 0


def clear_texts(unit: Unit, count: int) -> int:
    """Forget what the unit's oldest mails said, `count` of them at most; how many. Their lines in the log stay.

    One that was never sent has failed now.
    """
    found = unit.all(queries.OLD_TEXTS, before=unit.now - TEXT_KEPT, count=count)
    if found:
        unit.write(queries.CLEAR_TEXTS, ids=found, nothing={}, reason=TOO_LATE)
    return len(found)


def has_old_texts(unit: Unit) -> bool:
    """Whether `clear_texts` has anything to do."""
    return bool(unit.all(queries.OLD_TEXTS, before=unit.now - TEXT_KEPT, count=1))
