"""The system log goes after its time, the chain holds; where things may only be read nothing goes by itself."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from procession.accounts.mails import TOO_LATE, post
from procession.accounts.tables import mails
from procession.activity.retention import clear_mails, forget_log
from procession.kernel.clock import Clock
from procession.kernel.ids import NOWHERE
from procession.kernel.seals import verdict
from procession.kernel.sql import Query, Write, organization, row
from procession.kernel.tables import events
from procession.kernel.unit import SEAL_DELAY, Unit
from procession.operations.chains import verify_all
from procession.operations.limits import set_limits
from procession.people.security import tell
from procession.work.clock import strike
from procession.worker.loop import Worker
from tests.support.make import make_oneoff, make_template
from tests.support.server import Caller, Running

SECURITY = Query(
    sa.select(events.c.kind).where(organization(events), events.c.kind >= "log.", events.c.kind < "t"), str
)
TEXTS = Query(
    sa.select(mails.c.subject, mails.c.link.is_not(None), mails.c.about, mails.c.status, mails.c.error).where(
        organization(mails)
    ),
    row,
)
DAY = timedelta(days=1)
pytestmark = pytest.mark.usefixtures("own_work")


def seal_all(server: Running) -> None:
    server.clock.shift(SEAL_DELAY * 2)
    while server.jobs.run_due():
        pass


def kinds(server: Running, of: Caller) -> list[str]:
    now = server.clock.now()
    found = server.database.read_now(lambda session: Unit(session, of.organization, now).all(SECURITY))
    return [one for one in found if one.startswith(("security.", "log.", "organization.updated"))]


def test_41_15_4_the_log_goes_by_whole_days_and_the_chain_holds(server: Running, owner: Caller) -> None:
    midnight = server.clock.now().replace(hour=0, minute=0, second=0, microsecond=0)

    def told(name: str, days: int, more: timedelta = timedelta(0)) -> None:
        def work(session: Any) -> None:
            tell(Unit(session, owner.organization, midnight - days * DAY + more), name, owner.user_id, new={"x": 1})

        server.database.command_now(work)

    for number in range(110):
        told(f"old_{number}", 91)
    told("just_gone", 90, -timedelta(microseconds=1))
    told("just_kept", 90)
    told("yesterday", 1)
    assert owner("PUT", "/O", {"industry": "Toys"}).status == 200
    back = Write(
        sa.update(events)
        .where(organization(events), events.c.kind == "organization.updated")
        .values(at=midnight - 99 * DAY)
    )
    server.database.command_now(lambda session: Unit(session, owner.organization, server.clock.now()).write(back))
    seal_all(server)
    clock = Clock()
    clock.stop(midnight + timedelta(hours=11))
    worker = Worker(server.database, clock, server.app.files, server.secrets, log_kept=90 * DAY)
    clock.stop(midnight + timedelta(hours=12))
    worker.sweep()
    left = [one.removeprefix("security.") for one in kinds(server, owner)]
    assert left == ["just_kept", "yesterday", "organization.updated"], "settings stay in the activity"
    assert forget_log(server.database, clock.now(), 90 * DAY) == 0
    now = server.clock.now()
    found = server.database.read_now(lambda session: verdict(Unit(session, owner.organization, now)))
    assert (found.intact, found.erased) == (True, 111)
    assert {one.organization_id: one.intact for one in verify_all(server.database)}[owner.organization]
    told("forged", 2)
    seal_all(server)
    forge = Write(sa.update(events).where(organization(events), events.c.kind == "security.forged").values(actor="u0"))
    server.database.command_now(lambda session: Unit(session, owner.organization, now).write(forge))
    broken = next(one for one in verify_all(server.database) if one.organization_id == owner.organization)
    assert (broken.intact, broken.name) == (False, "Acme")


def test_41_14_6_what_mails_said_goes_after_thirty_days(server: Running, owner: Caller) -> None:
    """To the microsecond; their lines stay, and what was never sent has failed. Mails of no organization too."""
    now = server.clock.now().replace(microsecond=0)

    def write(organization_id: str, subject: str, at: datetime, link: str | None = "https://x.example/y") -> None:
        about: Any = {"name": "Kim"} if link is None else None

        def work(session: Any) -> None:
            unit = Unit(session, organization_id, at)
            post(unit, server.secrets, "guest.link", "kim@client.example", subject, link=link, about=about)

        server.database.command_now(work)

    def read(organization_id: str) -> dict[str, Any]:
        rows = server.database.read_now(lambda session: Unit(session, organization_id, now).all(TEXTS))
        return {one[0]: (bool(one[1]), *one[2:]) for one in rows if one[0].startswith("Text ")}

    edge = now - 30 * DAY
    for organization_id in (owner.organization, NOWHERE):
        write(organization_id, "Text old", edge - timedelta(microseconds=1))
        write(organization_id, "Text older", edge - DAY, link=None)
        write(organization_id, "Text kept", edge)
    for number in range(105):
        write(owner.organization, f"Text {number}", edge - 2 * DAY)
    sent = Write(sa.update(mails).where(organization(mails), mails.c.subject == "Text older").values(status="sent"))
    server.database.command_now(lambda session: Unit(session, owner.organization, now).write(sent))
    clock = Clock()
    clock.stop(now - timedelta(hours=1))
    worker = Worker(server.database, clock, server.app.files, server.secrets)
    clock.stop(now)
    worker.sweep()
    for organization_id in (owner.organization, NOWHERE):
        left = read(organization_id)
        assert left["Text old"] == (False, {}, "failed", TOO_LATE)
        assert left["Text kept"] == (True, {}, "queued", None)
    mine = read(owner.organization)
    assert mine["Text older"] == (False, {}, "sent", None)
    assert all(one[0] is False for name, one in mine.items() if name[5:].isdigit()), "all batches"
    assert clear_mails(server.database, now) == 0, "once"
    shown = {one["subject"]: one["status"] for one in owner("GET", "/O/email-log?recipient=kim@client.example").data}
    assert (shown["Text old"], shown["Text older"], shown["Text kept"]) == ("failed", "sent", "queued")


def test_41_2_where_things_may_only_be_read_nothing_goes_by_itself(server: Running, owner: Caller) -> None:
    """Tasks do not expire and nobody is welcomed; when the organization is open again it is done."""
    template = make_template(owner, {"title": "A"})
    assert owner("PUT", "/O", {"onboarding_template_id": template.id, "enable_onboarding_template": True}).status == 200
    at = server.clock.now().replace(microsecond=0) + timedelta(hours=1)
    task = make_oneoff(owner, task_type="expiring", deadline=at.isoformat())
    assert server.member(owner, "light", name="amy").user_id
    set_limits(server.database, owner.organization, {"read_only_reason": "The bill is open."})
    server.clock.stop(at + timedelta(minutes=1))
    strike(server.database, server.secrets, server.clock.now())
    while server.jobs.run_due():
        pass
    assert owner("GET", task).data["status"] == "not-started"
    assert owner("GET", "/O/runs").data == []
    set_limits(server.database, owner.organization, {"read_only_reason": None})
    server.clock.stop(at + timedelta(hours=2))
    strike(server.database, server.secrets, server.clock.now())
    while server.jobs.run_due():
        pass
    assert owner("GET", task).data["status"] == "completed"
    assert [one["origin"]["type"] for one in owner("GET", "/O/runs").data] == ["onboarding"]
    server.clock.resume()
