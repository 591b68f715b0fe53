"""`procession verify`: whether the history of each organization is the one that was written (spec 41 §18)."""

import msgspec
import sqlalchemy as sa

from procession.kernel.clock import Clock
from procession.kernel.database import Database
from procession.kernel.seals import verdict
from procession.kernel.sql import Query, row
from procession.kernel.unit import EVERY_TENANT, Unit
from procession.people.tables import organizations

ORGANIZATIONS = Query(
    sa.select(organizations.c.organization_id, organizations.c.name).order_by(organizations.c.created_at),
    row,
    why_all_tenants="the keeper looks at the whole server",
)


class Chain(msgspec.Struct, frozen=True):
    """The chain of one organization: whether it holds; how many events are sealed, how many of these were erased or
    removed by the server itself since.
    """

    organization_id: str
    name: str
    intact: bool
    sealed: int
    erased: int


def verify_all(database: Database) -> list[Chain]:
    """Compute the chain of every organization anew from its events, and compare it with the kept head."""
    now = Clock().now()
    found = database.read_now(lambda session: Unit(session, EVERY_TENANT, now).all(ORGANIZATIONS))
    chains = []
    for organization_id, name in found:
        told = database.read_now(lambda session, of=organization_id: verdict(Unit(session, of, now)))  # type: ignore[misc]
        chains.append(Chain(organization_id, name, told.intact, told.sealed, told.erased))
    return chains
