"""Entries of the system log whose time is over go, by whole days; the chain of events holds (spec 41 §15.4, §18).
What mails said goes after thirty days; that they were written stays (§14.6).

Changes of settings are no more in the log then, but stay in the activity, which has no end.
"""

from datetime import datetime, timedelta

from procession.accounts.mails import clear_texts, has_old_texts
from procession.activity.log_queries import PAST_RETENTION
from procession.kernel.database import Database, Session
from procession.kernel.ids import NOWHERE
from procession.kernel.log import log
from procession.kernel.seals import remove
from procession.kernel.unit import EVERY_TENANT, Unit
from procession.people.organizations import every_organization

BATCH = 100
"""Entries or mails of one transaction: entries may lie in as many passes of the chain, each of which is read."""


def forget_log(database: Database, now: datetime, kept: timedelta) -> int:
    """One pass over all organizations; how many entries went. `kept`: how far back the log goes."""
    before = (now - kept).replace(hour=0, minute=0, second=0, microsecond=0)
    found = database.read_now(lambda session: every_organization(Unit(session, EVERY_TENANT, now)))
    gone = 0
    for organization_id in found:
        try:
            while removed := _some(database, organization_id, now, before):
                gone += removed
        except Exception as error:  # noqa: BLE001 - one organization stops no other; tomorrow is another day
            log.warning("entries of the log could not be removed", organization=organization_id, error=repr(error))
    return gone


def clear_mails(database: Database, now: datetime) -> int:
    """One pass over all organizations, and mails of none; how many mails lost their text (spec 41 §14.6)."""
    found = database.read_now(lambda session: every_organization(Unit(session, EVERY_TENANT, now)))
    cleared = 0
    for organization_id in (*found, NOWHERE):
        try:
            while fresh := _clear(database, organization_id, now):
                cleared += fresh
        except Exception as error:  # noqa: BLE001 - one organization stops no other; tomorrow is another day
            log.warning("mails could not be cleared", organization=organization_id, error=repr(error))
    return cleared


def _clear(database: Database, organization_id: str, now: datetime) -> int:
    if not database.read_now(lambda session: has_old_texts(Unit(session, organization_id, now))):
        return 0
    return database.command_now(lambda session: clear_texts(Unit(session, organization_id, now), BATCH))


def _some(database: Database, organization_id: str, now: datetime, before: datetime) -> int:
    def old(session: Session) -> list[int]:
        return Unit(session, organization_id, now).all(PAST_RETENTION, before=before, count=BATCH)

    if not database.read_now(old):
        return 0

    def work(session: Session) -> int:
        found = old(session)
        remove(Unit(session, organization_id, now), found)
        return len(found)

    return database.command_now(work)
