"""Jobs: leased, fenced, retried, buried, replayed, forgotten; and the hash chain that one of them seals."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from procession.kernel import jobs as running
from procession.kernel.clock import Clock
from procession.kernel.database import Database, Session
from procession.kernel.ids import new_id
from procession.kernel.jobs import ATTEMPTS, LEASE, Runner, pause
from procession.kernel.seals import (
    BEGINNING,
    KEEP_HEAD,
    PASS,
    SALT,
    UNSEALED,
    Verdict,
    chain_rows,
    remove,
    rewrite,
    seal,
    verdict,
    verify,
)
from procession.kernel.sql import Query, Write, organization, row
from procession.kernel.tables import events, jobs, seal_passes
from procession.kernel.unit import SEAL, SEAL_DELAY, Event, Unit

ORG = new_id()
STATE = Query(
    sa.select(jobs.c.attempts, jobs.c.done_at, jobs.c.dead_at, jobs.c.error).where(
        organization(jobs), jobs.c.kind == "work"
    ),
    row,
)


class Work:
    """A handler that counts, and fails as often as told."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.runs = 0

    def __call__(self, unit: Unit, payload: Mapping[str, Any]) -> None:
        self.runs += 1
        unit.record([Event(kind="job.ran", verb="updated", subject_kind="job", subject_id=str(payload["n"]))])
        if self.runs <= self.failures:
            raise RuntimeError("made to fail")


def leave(database: Database, clock: Clock, n: int = 1) -> None:
    database.command_now(lambda session: Unit(session, ORG, clock.now()).enqueue("work", {"n": n}))


def state(database: Database, clock: Clock) -> Any:
    return database.read_now(lambda session: Unit(session, ORG, clock.now()).all(STATE))


def recorded(database: Database, clock: Clock) -> int:
    count = Query(sa.select(sa.func.count()).select_from(events).where(organization(events)), int)
    return database.read_now(lambda session: Unit(session, ORG, clock.now()).one(count)) or 0


def test_a_job_runs_once_and_is_done_with_what_it_wrote(database: Database, clock: Clock) -> None:
    work = Work()
    runner = Runner(database, {"work": work}, clock)
    leave(database, clock)
    assert runner.run_due() == 1
    assert runner.run_due() == 0
    (attempts, done, dead, error), *_ = state(database, clock)
    assert (attempts, dead, error, work.runs) == (1, None, None, 1)
    assert done is not None
    assert recorded(database, clock) == 1


def test_a_failed_run_leaves_nothing_and_is_tried_again_later(database: Database, clock: Clock) -> None:
    work = Work(failures=1)
    runner = Runner(database, {"work": work}, clock)
    leave(database, clock)
    runner.run_due()
    assert recorded(database, clock) == 0
    assert runner.run_due() == 0
    clock.shift(timedelta(seconds=5))
    assert runner.run_due() == 1
    assert recorded(database, clock) == 1


def test_a_job_that_never_works_is_buried_and_can_be_replayed(database: Database, clock: Clock) -> None:
    work = Work(failures=ATTEMPTS)
    runner = Runner(database, {"work": work}, clock)
    leave(database, clock)
    for _ in range(ATTEMPTS + 3):
        runner.run_due()
        clock.shift(timedelta(hours=2))
    (attempts, done, dead, error), *_ = state(database, clock)
    assert (attempts, done) == (ATTEMPTS, None)
    assert dead is not None
    assert "made to fail" in error
    identify = Query(sa.select(jobs.c.id).where(organization(jobs), jobs.c.kind == "work"), int)
    job_id = database.read_now(lambda session: Unit(session, ORG, clock.now()).one(identify))
    assert job_id is not None
    assert runner.replay(job_id)
    assert not runner.replay(job_id)
    assert runner.run_due() >= 1
    assert state(database, clock)[0][1] is not None


def test_the_jobs_of_a_dead_worker_come_back_and_its_late_finish_is_fenced(database: Database, clock: Clock) -> None:
    dead, alive = Runner(database, {"work": Work()}, clock), Runner(database, {"work": Work()}, clock)
    leave(database, clock)
    (leased,) = dead.claim()
    assert alive.claim() == []
    clock.shift(LEASE + timedelta(seconds=1))
    assert alive.run_due() == 1
    before = recorded(database, clock)
    dead.run(leased)
    assert recorded(database, clock) == before


def test_an_unknown_kind_is_not_lost(database: Database, clock: Clock) -> None:
    leave(database, clock)
    assert Runner(database, {"other": lambda unit, payload: None}, clock).run_due() == 0
    ((_, done, dead, error),) = state(database, clock)
    assert (done, dead, error) == (None, None, None), "it waits for a worker that knows it"


def test_done_jobs_are_forgotten_after_their_time(database: Database, clock: Clock) -> None:
    runner = Runner(database, {"work": lambda unit, payload: None}, clock)
    leave(database, clock)
    runner.run_due()
    runner.forget(clock.now() - timedelta(days=1))
    assert len(state(database, clock)) == 1
    runner.forget(clock.now() + timedelta(days=1))
    assert state(database, clock) == []


def test_pauses_double_and_are_bounded() -> None:
    assert 0.5 <= pause(1).total_seconds() <= 1.5
    assert 4 <= pause(4).total_seconds() <= 12
    assert pause(40) <= running.LONGEST_PAUSE * 1.5


@pytest.fixture
def sealed(database: Database, clock: Clock) -> Runner:
    def work(session: Session) -> None:
        unit = Unit(session, ORG, clock.now(), principal="u1", client="test")
        for n in range(5):
            unit.record(
                [Event(kind="thing.changed", verb="updated", subject_kind="thing", subject_id=str(n), new={"n": n})]
            )

    database.command_now(work)
    runner = Runner(database, {SEAL: seal}, clock)
    assert runner.run_due() == 0
    clock.shift(SEAL_DELAY + timedelta(seconds=1))
    assert runner.run_due() == 1
    return runner


def intact(database: Database, clock: Clock) -> bool:
    return database.read_now(lambda session: verify(Unit(session, ORG, clock.now())))


def test_the_seal_holds_for_untouched_history(sealed: Runner, database: Database, clock: Clock) -> None:
    assert intact(database, clock)
    database.command_now(
        lambda session: Unit(session, ORG, clock.now()).record(
            [Event(kind="thing.changed", verb="updated", subject_kind="thing", subject_id="9")]
        )
    )
    assert intact(database, clock)
    clock.shift(SEAL_DELAY + timedelta(seconds=1))
    sealed.run_due()
    assert intact(database, clock)


def test_the_seal_breaks_when_history_is_altered(sealed: Runner, database: Database, clock: Clock) -> None:
    forge = Write(sa.update(events).where(organization(events), events.c.subject_id == "2").values(actor="u999"))
    database.command_now(lambda session: Unit(session, ORG, clock.now()).write(forge))
    assert not intact(database, clock)


def test_nothing_sealed_is_intact(database: Database, clock: Clock) -> None:
    assert intact(database, clock)


def told(database: Database, clock: Clock, *subjects: str) -> None:
    happened = [
        Event(kind="thing.changed", verb="updated", subject_kind="thing", subject_id=one, new={"n": one})
        for one in subjects
    ]
    database.command_now(lambda session: Unit(session, ORG, clock.now(), principal="u1").record(happened))


def ids_of(database: Database, clock: Clock, *subjects: str) -> list[int]:
    found = Query(sa.select(events.c.id, events.c.subject_id).where(organization(events)).order_by(events.c.id), row)
    rows = database.read_now(lambda session: Unit(session, ORG, clock.now()).all(found))
    return [one for one, subject in rows if subject in subjects]


def test_41_18_4_what_is_erased_or_removed_leaves_the_seal_intact(
    sealed: Runner, database: Database, clock: Clock
) -> None:
    def do(work: Callable[[Unit], Any]) -> Any:
        return database.command_now(lambda session: work(Unit(session, ORG, clock.now())))

    told(database, clock, "5", "6", "7")
    clock.shift(SEAL_DELAY + timedelta(seconds=1))
    sealed.run_due()
    told(database, clock, "8")
    second, sixth, unsealed = ids_of(database, clock, "2", "6", "8")
    do(lambda unit: rewrite(unit, {second: {"new": None}, sixth: {"new": None}, unsealed: {"new": None}}))
    assert do(verdict) == Verdict(intact=True, sealed=8, erased=2)
    do(lambda unit: rewrite(unit, {second: {"old": 1}}))
    do(lambda unit: remove(unit, ids_of(database, clock, "0", "1", "2")))
    do(lambda unit: remove(unit, []))
    assert do(verdict) == Verdict(intact=True, sealed=8, erased=4)
    clock.shift(SEAL_DELAY + timedelta(seconds=1))
    sealed.run_due()
    assert do(verdict) == Verdict(intact=True, sealed=9, erased=4)
    salts = Query(sa.select(seal_passes.c.salts).where(organization(seal_passes)), bytes)
    first = do(lambda unit: unit.all(salts))[0]
    assert first[: 3 * SALT] == bytes(3 * SALT) and first[3 * SALT : 4 * SALT] != bytes(SALT), "nobody can try contents"
    gone = Write(sa.delete(events).where(organization(events), events.c.subject_id == "7"))
    do(lambda unit: unit.write(gone))
    assert not do(verify), "whoever takes one out by himself is found"


def test_41_18_4_seals_of_older_versions_are_salted_when_they_must_change(
    sealed: Runner, database: Database, clock: Clock
) -> None:
    def do(work: Callable[[Unit], Any]) -> Any:
        return database.command_now(lambda session: work(Unit(session, ORG, clock.now())))

    def as_it_was(unit: Unit) -> None:
        rows = unit.all(UNSEALED, after=0, count=PASS)
        unit.write(Write(sa.delete(seal_passes).where(organization(seal_passes))))
        head = {"last_event_id": rows[-1].id, "digest": chain_rows(BEGINNING, rows), "sealed": len(rows)}
        unit.write(KEEP_HEAD, **head, at=clock.now())

    do(as_it_was)
    assert do(verify), "they verify as they are"
    told(database, clock, "5")
    clock.shift(SEAL_DELAY + timedelta(seconds=1))
    sealed.run_due()
    assert do(verify)
    (second,) = ids_of(database, clock, "2")
    do(lambda unit: rewrite(unit, {second: {"new": None}}))
    assert do(verdict) == Verdict(intact=True, sealed=6, erased=1)
    do(as_it_was)
    forge = Write(sa.update(events).where(organization(events), events.c.subject_id == "3").values(actor="u999"))
    do(lambda unit: unit.write(forge))
    (first,) = ids_of(database, clock, "1")
    do(lambda unit: rewrite(unit, {first: {"new": None}}))
    assert not do(verify), "erasing heals nothing"
