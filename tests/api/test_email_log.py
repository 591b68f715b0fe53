"""The delivery log and its filters (spec 41 §14.6, 00 FLT-03, FLT-06)."""

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from procession.accounts.mails import MailSearch, list_mails, post
from procession.accounts.tables import mails
from procession.kernel.paging import Page
from procession.kernel.sql import Write, organization
from procession.kernel.unit import Unit
from tests.support.server import Caller, Running

SENT = Write(
    sa.update(mails)
    .where(organization(mails), mails.c.id == sa.bindparam("mail"))
    .values(sent_at=sa.bindparam("at", type_=mails.c.sent_at.type), status="sent")
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


WRITTEN = {
    "before": "2031-03-09T04:59:59.999999",
    "first": "2031-03-09T05:00:00",
    "half": "2031-03-09T12:00:00.500000",
    "last": "2031-03-10T03:59:59.999999",
    "after": "2031-03-10T04:00:00",
}
"""In New York, where 2031-03-09 has 23 hours: by name when each mail is written; it is sent a day later."""


@pytest.fixture
def owner(server: Running) -> Caller:
    owner = server.organization(timezone="America/New_York")

    def write(session: Any) -> None:
        for name, moment in WRITTEN.items():
            unit = Unit(session, owner.organization, at(moment))
            kind = "invite.sent" if name == "half" else "profile.changed"
            made = post(unit, server.secrets, kind, f"{name}@x.example", name, account_id=owner.user_id)
            if name != "after":
                unit.write(SENT, mail=made, at=at(moment.replace("03-10", "03-11").replace("03-09", "03-10")))

    server.database.command_now(write)
    return owner


def found(by: Caller, query: str, path: str = "/O/email-log") -> list[str]:
    return [one["subject"] for one in by("GET", f"{path}?{query}").data]


def test_14_6_dates(owner: Caller) -> None:
    """Days are the organization's, both ends count, a second counts whole; several filters narrow together."""
    whole = ["last", "half", "first"]
    day = "2031-03-09"
    for query, expected in (
        (f"from={day}&to={day}", whole),
        (f"created_at={day}", whole),
        (f"created_at_from={day}&created_at_to={day}", whole),
        (f"created_at_start_range={day}&created_at_end_range={day}", whole),
        (f"from={day}T05:00:00Z&to=2031-03-10T03:59:59Z", whole),
        (f"from={day}T00:00:00-05:00&to={day}T23:59:59-04:00", whole),
        (f"from={day}T12:00:00Z&to={day}T12:00:00Z", ["half"]),
        (f"from={day}T05:00:01Z&to={day}T11:59:59Z", []),
        (f"to={day}", [*whole, "before"]),
        (f"from={day}&per_page=2", ["after", "last"]),
        (f"from={day}&created_at_to={day}", whole),
        (f"from=2031-03-10&created_at={day}", []),
        ("from=&to=&created_at=", ["after", *whole, "before"]),
        (f"created_at={day}&kind=invite.sent", ["half"]),
        (f"created_at={day}&recipient=LAST@x.example", ["last"]),
        (f"created_at={day}&status=sent,queued&kind=PROFILE.changed", ["last", "first"]),
        (f"created_at={day}&status=bounced", []),
        (f"created_at={day}&status=nonsense", []),
        ("sent_at=2031-03-10", [*whole, "before"]),
        ("sent_at_from=2031-03-10T05:00:00Z", whole),
        ("sent_at_end_range=2031-03-10T04:59:59Z", ["before"]),
        ("sent_at_from=1970-01-01&sent_at_to=9999-12-31", [*whole, "before"]),
        ("status=queued&from=2031-01-01", ["after"]),
        ("delivered_at=2031-03-10", []),
        ("from=1970-01-01&to=9999-12-31&per_page=4", ["after", *whole]),
        ("from=9999-12-31", []),
        ("from=1970-01-01T00:00:00Z&to=9999-12-31T23:59:59Z&kind=invite.sent", ["half"]),
    ):
        assert found(owner, query) == expected, query
        assert found(owner, query, f"/O/users/{owner.user_id}/emails") == expected, query
    page = owner("GET", f"/O/email-log?created_at={day}&per_page=1&page=2")
    assert page.body["meta"]["pagination"]["total"] == 3 and [one["subject"] for one in page.data] == ["half"]


def test_14_6_dates_that_are_none(server: Running, owner: Caller) -> None:
    """422 names each of them, all together; who may not read the log is told that first."""
    for query, wrong in (
        ("from=yesterday", {"from": ["The from is not a valid date."]}),
        ("from=x&to=2031-02-30&kind=invite.sent", {"from", "to"}),
        ("created_at=2031-03-09T05:00:00Z", {"created_at"}),
        ("created_at_to=2031-13-01&sent_at_from=0&delivered_at=-", {"created_at_to", "sent_at_from", "delivered_at"}),
        ("from=1969-12-31&to=9999-12-31T23:59:59-14:00", {"from", "to"}),
        ("from=2031-03-10&to=2031-03-09", {"to": ["The to must be a date after or equal to from."]}),
        ("from=2031-03-09T05:00:01Z&to=2031-03-09T05:00:00Z", {"to"}),
        (
            "sent_at_start_range=2031-03-10&sent_at_end_range=2031-03-09",
            {"sent_at_end_range": ["The sent at end range must be a date after or equal to sent at start range."]},
        ),
    ):
        errors = owner("GET", f"/O/email-log?{query}").errors
        assert (errors if isinstance(wrong, dict) else set(errors)) == wrong, query
    standard, light = server.member(owner, "standard"), server.member(owner, "light")
    for by in (standard, light, server.guest(owner)):
        assert by("GET", "/O/email-log?from=x").status == 403
        assert by("GET", f"/O/users/{owner.user_id}/emails?from=x").status == 403
    assert found(light, "from=2031-01-01", f"/O/users/{light.user_id}/emails") == []
    guest = server.guest(owner)
    assert owner("GET", f"/O/guests/{guest.email}/emails?to=x").errors.keys() == {"to"}
    stranger = server.organization("Other")
    assert stranger("GET", f"/organizations/{owner.organization}/email-log").status == 403
    assert found(stranger, "from=2031-01-01") == []


def test_14_6_every_filter_at_once(server: Running, owner: Caller) -> None:
    """What of these is asked for with a person's own mails, too: a statement of its own."""
    window = (at("2031-01-01"), at("2032-01-01"))
    search = MailSearch(
        recipient="last@x.example", kinds=["profile.changed"], statuses=["sent"], account_id=owner.user_id,
        created_at=window, sent_at=window,
    )  # fmt: skip

    def read(session: Any) -> tuple[list[str], int]:
        listed, total = list_mails(Unit(session, owner.organization, server.clock.now()), Page(1, 5), search)
        return [one.subject for one in listed], total

    assert server.database.read_now(read) == (["last"], 1)
