"""The keeper's acts on jobs that were given up: look at them, and bring them back (house plan §3)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from procession.kernel.clock import Clock
from procession.kernel.database import Database
from procession.kernel.errors import NotFound
from procession.kernel.jobs import Runner
from procession.kernel.sql import Query, columns_of
from procession.kernel.tables import jobs
from procession.kernel.unit import EVERY_TENANT, Unit
from procession.wire.times import instant

MOST = 1_000


class DeadJob(msgspec.Struct, frozen=True):
    """A job that failed as often as it may."""

    id: int
    organization_id: str
    kind: str
    attempts: int
    dead_at: datetime
    error: str | None


DEAD = Query(
    sa.select(*columns_of(jobs, DeadJob)).where(jobs.c.dead_at.is_not(None)).order_by(jobs.c.dead_at).limit(MOST),
    DeadJob,
    why_all_tenants="the keeper looks at the whole server",
)


def dead_jobs(database: Database) -> list[dict[str, Any]]:
    """The dead jobs of all organizations, oldest first, at most `MOST`; payloads may hold secrets and are not shown."""
    now = Clock().now()
    found = database.read_now(lambda session: Unit(session, EVERY_TENANT, now).all(DEAD))
    return [
        {
            "id": one.id,
            "kind": one.kind,
            "organization": one.organization_id,
            "attempts": one.attempts,
            "dead_at": instant(one.dead_at),
            "error": one.error,
        }
        for one in found
    ]


def replay(database: Database, ids: Sequence[int]) -> int:
    """Bring these dead jobs back, all of them when none is named: they are due now. Raises `NotFound`, then none is."""
    runner = Runner(database, {}, Clock())
    known = {one["id"] for one in dead_jobs(database)}
    lost = [one for one in ids if one not in known]
    if lost:
        raise NotFound(f"No dead job has the number {lost[0]}.")
    return sum(runner.replay(one) for one in (ids or sorted(known)))
