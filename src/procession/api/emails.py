"""The delivery log (spec 41 §14.6)."""

from collections.abc import Collection

import msgspec

from procession.accounts.mails import LABELS, STATUSES, MailSearch, list_mails
from procession.accounts.model import Mail
from procession.api.endpoint import PAGES, Call, Reply, operation
from procession.api.filters import DATES, Filters, both
from procession.kernel.errors import NotFound
from procession.kernel.paging import read_page
from procession.people.guests import find_guest
from procession.people.members import find_member
from procession.people.permissions import require
from procession.wire.paging import paged
from procession.wire.times import instant

DATED = ("created_at", "sent_at", "delivered_at")
FILTERS = ("recipient", "kind", "status", "from", "to", *(one.format(each) for each in DATED for one in DATES), *PAGES)
"""`from` and `to` are of when a mail was written, as in the system log."""
USUAL, LARGEST = 50, 200


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One mail, without its text and link."""

    id: str
    kind: str
    label: str
    recipient: str
    recipient_type: str
    user_id: int | None
    guest_id: int | None
    subject: str
    object_type: str | None
    object_id: str | None
    status: str
    provider_id: str | None
    error: str | None
    created_at: str
    sent_at: str | None
    delivered_at: str | None


OBJECTS = {"member": "user", "template": "checklist"}
"""Our names of what a mail is about that clients know by others."""


def _delivery(one: Mail) -> Delivery:
    return Delivery(
        id=one.id,
        kind=one.kind,
        label=LABELS.get(one.kind, ""),
        recipient=one.recipient,
        recipient_type="guest" if one.guest_id is not None else "user",
        user_id=one.account_id,
        guest_id=one.guest_id,
        subject=one.subject,
        object_type=OBJECTS.get(one.object_kind or "", one.object_kind),
        object_id=one.object_id,
        status=one.status,
        provider_id=one.provider_id,
        error=one.error,
        created_at=instant(one.created_at),
        sent_at=instant(one.sent_at),
        delivered_at=instant(one.delivered_at),
    )


def _reply(call: Call, *, account_id: int | None = None, guest_id: int | None = None) -> Reply:
    page, recipient = read_page(call.query, USUAL, LARGEST), call.query.text("recipient")
    filters = Filters(call)
    written, sent, delivered = (filters.dates(one) for one in DATED)
    written = both(written, filters.span(("from",), ("to",)))
    filters.refuse_wrong()
    search = MailSearch(
        recipient=recipient.strip().lower() if recipient is not None else None,
        kinds=_words(call, "kind", LABELS),
        statuses=_words(call, "status", STATUSES),
        account_id=account_id,
        guest_id=guest_id,
        created_at=(written.since, written.until),
        sent_at=(sent.since, sent.until),
        delivered_at=(delivered.since, delivered.until),
    )
    found, total = list_mails(call.unit, page, search)
    return Reply(body=paged([_delivery(one) for one in found], page, total, call.links))


def _words(call: Call, name: str, known: Collection[str]) -> list[str] | None:
    """The known ones, any case in; words that are none find nothing, nothing asked finds all."""
    given = [one.lower() for one in call.query.items_of(name)]
    return [one for one in given if one in known] if given else None


@operation("GET", "/organizations/{org}/email-log", id="listEmails", acts=("organization.change",), query=FILTERS,
           answer=list[Delivery], tag="Organization")  # fmt: skip
def list_all(call: Call) -> Reply:
    """List the mails of the organization, newest first"""
    require(call.actor, "organization.change")
    return _reply(call)


@operation("GET", "/organizations/{org}/users/{user}/emails", id="listUserEmails", acts=("member.open",), query=FILTERS,
           answer=list[Delivery], tag="Members")  # fmt: skip
def list_of_member(call: Call) -> Reply:
    """List the mails to a member: administrators anybody's, others their own"""
    named = call.path["user"]
    account_id = int(named) if named.isascii() and named.isdigit() and len(named) < 16 else 0
    require(call.actor, "member.open", {"oneself"} if account_id == call.actor.account_id else ())
    if find_member(call.unit, account_id) is None:
        raise NotFound
    return _reply(call, account_id=account_id)


@operation("GET", "/organizations/{org}/guests/{guest}/emails", id="listGuestEmails", acts=("guest.disable",),
           query=FILTERS, answer=list[Delivery], tag="Guests")  # fmt: skip
def list_of_guest(call: Call) -> Reply:
    """List the mails to a guest"""
    require(call.actor, "guest.disable")
    found = find_guest(call.unit, call.path["guest"])
    if found is None:
        raise NotFound
    return _reply(call, guest_id=found.id)
