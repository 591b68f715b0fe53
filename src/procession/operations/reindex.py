"""`procession reindex`: the index of search made anew from the tables, while servers work."""

import sqlalchemy as sa

from procession.kernel.clock import Clock
from procession.kernel.database import Database
from procession.kernel.sql import Query
from procession.kernel.unit import EVERY_TENANT, Unit
from procession.people.tables import organizations
from procession.search.following import Follower, note_everything

ORGANIZATIONS = Query(
    sa.select(organizations.c.organization_id).order_by(organizations.c.created_at),
    str,
    why_all_tenants="the keeper looks at the whole server",
)


def reindex(database: Database) -> int:
    """Index everything of every organization; how many there are. What is found meanwhile is what was found before."""
    now = Clock().now()
    found = database.read_now(lambda session: Unit(session, EVERY_TENANT, now).all(ORGANIZATIONS))
    for one in found:
        database.command_now(lambda session, one=one: note_everything(Unit(session, one, now)))  # type: ignore[misc]
    Follower(database, Clock()).index_all()
    return len(found)
