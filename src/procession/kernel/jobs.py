"""The job runner: leases, fences, retries with jitter, buries what never works. Both databases, one claim statement.

A job runs in a transaction of its own together with its completion: what it writes and that it is done commit as
one. The lease is `run_at`, so a dead worker's jobs come back by themselves. Claims go over all tenants.
"""

import random
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from procession.kernel import metrics
from procession.kernel.clock import Clock
from procession.kernel.database import Database, Session
from procession.kernel.ids import new_id
from procession.kernel.log import log
from procession.kernel.sql import Among, Query, Write
from procession.kernel.tables import jobs
from procession.kernel.unit import EVERY_TENANT, Unit

LEASE = timedelta(seconds=60)
ATTEMPTS = 12
LONGEST_PAUSE = timedelta(hours=1)
BATCH = 10
WHY = "jobs of every organization are taken by whichever worker is free"

Handler = Callable[[Unit, Mapping[str, Any]], None]


class Job(msgspec.Struct, frozen=True):
    """A leased job. `attempts` counts this one, and is its fence."""

    id: int
    organization_id: str
    kind: str
    payload: dict[str, Any]
    attempts: int


_due = (
    sa.select(jobs.c.id)
    .where(
        jobs.c.done_at.is_(None),
        jobs.c.dead_at.is_(None),
        jobs.c.run_at <= sa.bindparam("now"),
        Among(jobs.c.kind, "kinds"),  # what this worker does not know waits for one that does
    )
    .order_by(jobs.c.run_at)
    .limit(sa.bindparam("count"))
    .with_for_update(skip_locked=True)  # SQLite has no row locks: left out there, its writer is alone
)
CLAIM = Query(
    sa.update(jobs)
    .where(jobs.c.id.in_(_due.scalar_subquery()))
    .values(run_at=sa.bindparam("until"), attempts=jobs.c.attempts + 1, locked_by=sa.bindparam("worker"))
    .returning(jobs.c.id, jobs.c.organization_id, jobs.c.kind, jobs.c.payload, jobs.c.attempts),
    Job,
    why_all_tenants=WHY,
)
_mine = (jobs.c.id == sa.bindparam("job"), jobs.c.attempts == sa.bindparam("mine"), jobs.c.done_at.is_(None))
FINISH = Query(
    sa.update(jobs).where(*_mine).values(done_at=sa.bindparam("now"), error=None).returning(jobs.c.id),
    int,
    why_all_tenants=WHY,
)
RETRY = Write(
    sa.update(jobs).where(*_mine).values(run_at=sa.bindparam("again"), error=sa.bindparam("text")),
    why_all_tenants=WHY,
)
BURY = Write(
    sa.update(jobs).where(*_mine).values(dead_at=sa.bindparam("now"), error=sa.bindparam("text")),
    why_all_tenants=WHY,
)
REPLAY = Query(
    sa.update(jobs)
    .where(jobs.c.id == sa.bindparam("job"), jobs.c.dead_at.is_not(None))
    .values(dead_at=None, attempts=0, run_at=sa.bindparam("now"))
    .returning(jobs.c.id),
    int,
    why_all_tenants=WHY,
)
FORGET = Write(sa.delete(jobs).where(jobs.c.done_at < sa.bindparam("before")), why_all_tenants="retention")


class FenceLost(Exception):
    """Another worker took the job over while this one ran it: nothing of this run is kept."""


class Runner:
    """Takes due jobs and runs them. `handlers` maps a kind of job to what it does."""

    def __init__(self, database: Database, handlers: Mapping[str, Handler], clock: Clock) -> None:
        self.database = database
        self.handlers = handlers
        self.kinds = sorted(handlers)
        self.clock = clock
        self.name = new_id()

    def claim(self, count: int = BATCH) -> list[Job]:
        """Lease up to `count` due jobs."""
        now = self.clock.now()

        def work(session: Session) -> list[Job]:
            unit = Unit(session, EVERY_TENANT, now)
            return unit.all(CLAIM, now=now, until=now + LEASE, worker=self.name, count=count, kinds=self.kinds)

        return self.database.command_now(work)

    def run_due(self, count: int = BATCH) -> int:
        """Run what is due; how many were taken."""
        taken = self.claim(count)
        for job in taken:
            self.run(job)
        return len(taken)

    def run(self, job: Job) -> None:
        """Run one leased job and settle it: done, again later, or dead."""
        try:
            self.database.command_now(lambda session: self._work(session, job))
            metrics.JOBS.labels(job.kind, "done").inc()
        except FenceLost:
            metrics.JOBS.labels(job.kind, "fenced").inc()
        except Exception as error:  # noqa: BLE001 - whatever a job raises, it is settled
            log.warning("job failed", job=job.id, kind=job.kind, attempts=job.attempts, error=repr(error))
            self._settle(job, f"{type(error).__name__}: {error}"[:2000])

    def _work(self, session: Session, job: Job) -> None:
        now = self.clock.now()
        unit = Unit(session, job.organization_id, now)
        self.handlers[job.kind](unit, job.payload)
        if unit.one(FINISH, job=job.id, mine=job.attempts, now=now) is None:
            raise FenceLost

    def _settle(self, job: Job, text: str) -> None:
        now = self.clock.now()
        dead = job.attempts >= ATTEMPTS
        metrics.JOBS.labels(job.kind, "dead" if dead else "retried").inc()

        def work(session: Session) -> None:
            unit = Unit(session, job.organization_id, now)
            if dead:
                unit.write(BURY, job=job.id, mine=job.attempts, now=now, text=text)
            else:
                unit.write(RETRY, job=job.id, mine=job.attempts, again=now + pause(job.attempts), text=text)

        self.database.command_now(work)

    def replay(self, job_id: int) -> bool:
        """Bring a dead job back; False when it is not dead."""
        now = self.clock.now()
        return self.database.command_now(
            lambda session: Unit(session, EVERY_TENANT, now).one(REPLAY, job=job_id, now=now) is not None
        )

    def forget(self, before: datetime) -> None:
        """Delete what was done before that instant."""
        now = self.clock.now()
        self.database.command_now(lambda session: Unit(session, EVERY_TENANT, now).write(FORGET, before=before))


def pause(attempts: int) -> timedelta:
    """How long a failed job rests: doubling from one second, half to one and a half times, at most an hour."""
    seconds = min(2.0 ** (attempts - 1), LONGEST_PAUSE.total_seconds())
    return timedelta(seconds=seconds * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, not a secret
