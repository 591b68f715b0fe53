"""The unit of work: nothing of a failed command stays, numbers never repeat, jobs of one key wait once."""

import asyncio
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql, sqlite

from procession.kernel.database import Database, Session
from procession.kernel.errors import Unavailable
from procession.kernel.ids import new_id, read_id
from procession.kernel.sql import (
    Among,
    Compiled,
    Patch,
    Query,
    UnscopedStatement,
    Write,
    instant_text,
    organization,
    row,
)
from procession.kernel.tables import counters, events, jobs
from procession.kernel.unit import EVERY_TENANT, Event, Unit

NOW = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
ORG = new_id()
EVENTS = Query(sa.select(events.c.kind, events.c.old, events.c.new).where(organization(events)), row)
NOTHING = Query(sa.select(jobs.c.id).where(organization(jobs)), int)
COUNTED = Query(sa.select(counters.c.value).where(organization(counters)), int)
JOBS = Query(sa.select(jobs.c.kind, jobs.c.key, jobs.c.run_at).where(organization(jobs)), row)


def unit(session: Session, organization_id: str = ORG) -> Unit:
    return Unit(session, organization_id, NOW)


def event(number: int) -> Event:
    return Event(kind="thing.changed", verb="updated", subject_kind="thing", subject_id="1", new={"number": number})


def test_a_failed_command_leaves_no_event_and_no_job(database: Database) -> None:
    def work(session: Session) -> None:
        unit(session).record([event(1)])
        unit(session).enqueue("x", {})
        raise ValueError("undone")

    with pytest.raises(ValueError, match="undone"):
        database.command_now(work)
    assert database.read_now(lambda session: unit(session).all(EVENTS)) == []
    assert database.read_now(lambda session: unit(session).all(JOBS)) == []


def test_neighbours_of_a_failing_command_survive(database: Database) -> None:
    """Commands that share a commit are undone one by one (house plan §3)."""

    def work(number: int) -> Any:
        def run(session: Session) -> int:
            unit(session).record([event(number)])
            if number % 3 == 0:
                raise ValueError(number)
            return number

        return run

    async def many() -> list[Any]:
        return await asyncio.gather(*(database.command(work(n)) for n in range(60)), return_exceptions=True)

    results = asyncio.run(many())
    kept = [one for one in results if isinstance(one, int)]
    assert sorted(kept) == [n for n in range(60) if n % 3]
    stored = database.read_now(lambda session: unit(session).all(EVENTS))
    assert sorted(new["number"] for _, _, new in stored) == sorted(kept)


def test_a_failing_command_runs_once(database: Database) -> None:
    """Its neighbours may be run again without it; what it did outside the database it did once."""
    runs: Counter[int] = Counter()

    def work(number: int) -> Any:
        def run(session: Session) -> int:
            runs[number] += 1
            unit(session).record([event(number)])
            if number == 5 and runs[number] == 1:
                raise ValueError(number)
            return number

        return run

    async def many() -> list[Any]:
        return await asyncio.gather(*(database.command(work(n)) for n in range(12)), return_exceptions=True)

    results = asyncio.run(many())
    assert isinstance(results[5], ValueError)
    assert runs[5] == 1
    stored = database.read_now(lambda session: unit(session).all(EVENTS))
    assert sorted(new["number"] for _, _, new in stored) == [n for n in range(12) if n != 5]


@pytest.mark.parametrize("count", [1, 2, 16, 17, 50, 1001])
def test_many_rows_are_written_in_few_statements(database: Database, count: int) -> None:
    database.command_now(lambda session: unit(session).record([event(number) for number in range(count)]))
    stored = database.read_now(lambda session: unit(session).all(EVENTS))
    assert [new["number"] for _, _, new in stored] == list(range(count))


def test_many_rows_meet_a_conflict_each_for_itself(database: Database) -> None:
    """What an upsert does on a conflict stands once behind all rows, with arguments of its own."""
    table = counters.c
    raised = Write(
        lambda dialect: _raise(sqlite if dialect == "sqlite" else postgresql),
        ["organization_id", "kind", "value"],
    )

    def work(session: Session) -> list[Any]:
        acting = unit(session)
        acting.write_many(raised, [{"kind": f"k{n}", "value": n} for n in range(3)])
        acting.write_many(raised, [{"kind": f"k{n}", "value": n} for n in range(2, 5)])
        return acting.all(
            Query(sa.select(table.kind, table.value).where(organization(counters)).order_by(table.kind), row)
        )

    assert database.command_now(work) == [("k0", 0), ("k1", 1), ("k2", 102), ("k3", 3), ("k4", 4)]


def _raise(dialect: Any) -> Any:
    return dialect.insert(counters).on_conflict_do_update(
        index_elements=["organization_id", "kind"], set_={"value": counters.c.value + 100}
    )


def test_numbers_never_repeat_under_concurrency(database: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        work = [pool.submit(database.command_now, lambda s: list(unit(s).numbers("task", 3))) for _ in range(40)]
        given = Counter(number for one in work for number in one.result())
    assert sorted(given) == list(range(1, 121))
    assert set(given.values()) == {1}


def test_one_waiting_job_of_a_key_is_enough(database: Database) -> None:
    def work(session: Session) -> None:
        for _ in range(3):
            unit(session).enqueue("kind", {"a": 1}, key="once")
        unit(session).enqueue("kind", {"a": 2})

    database.command_now(work)
    assert [key for _, key, _ in database.read_now(lambda s: unit(s).all(JOBS))] == ["once", None]


def test_instants_and_documents_come_back_as_they_were(database: Database) -> None:
    value = {"ä": [1, 2.5, None, True, {"z": "✓"}]}
    database.command_now(lambda session: unit(session).enqueue("kind", value, run_at=NOW))
    read = Query(sa.select(jobs.c.run_at, jobs.c.payload).where(organization(jobs)), row)
    assert database.read_now(lambda session: unit(session).all(read)) == [(NOW, value)]


@given(
    st.datetimes(
        datetime(2, 1, 1), datetime(9998, 1, 1), timezones=st.sampled_from([UTC, timezone(timedelta(hours=-11))])
    ),
    st.integers(-2_000_000, 2_000_000),
)
def test_instants_sort_as_their_texts(one: datetime, away: int) -> None:
    """SQLite compares the texts: all are equally long, in UTC, with every digit of a second."""
    other = one + timedelta(microseconds=away)
    texts = [instant_text(one) or "", instant_text(other) or ""]
    assert [datetime.fromisoformat(text) for text in texts] == [one, other]
    assert [len(text) for text in texts] == [27, 27]
    assert (texts[0] < texts[1]) == (one < other)


def test_a_patch_writes_the_named_columns_only(database: Database) -> None:
    patch = Patch(jobs, "kind")

    def work(session: Session) -> list[Any]:
        acting = unit(session)
        acting.enqueue("kind", {}, key="k")
        acting.patch(patch, {"error": "seen", "attempts": 4}, kind="kind")
        acting.patch(patch, {}, kind="kind")
        read = Query(sa.select(jobs.c.error, jobs.c.attempts, jobs.c.key).where(organization(jobs)), row)
        return acting.all(read)

    assert database.command_now(work) == [("seen", 4, "k")]


def test_another_organization_sees_nothing(database: Database) -> None:
    database.command_now(lambda session: unit(session).record([event(1)]))
    assert database.read_now(lambda session: unit(session, new_id()).all(EVENTS)) == []


def test_a_list_parameter_selects_among_values(database: Database) -> None:
    def count(session: Session) -> None:
        for kind in ("a", "b", "c"):
            unit(session).numbers(kind, 1)

    database.command_now(count)
    query = Query(sa.select(counters.c.kind).where(organization(counters), Among(counters.c.kind, "kinds")), row)

    def read(session: Session) -> list[Any]:
        return unit(session).all(query, kinds=["a", "c", "missing"])

    found = database.read_now(read)
    assert sorted(one[0] for one in found) == ["a", "c"]


def test_what_is_announced_is_answered_as_if_it_were_not(database: Database) -> None:
    of_kind = Query(EVENTS.statement.where(events.c.kind == sa.bindparam("kind")), row)

    def changed(unit: Unit, *kinds: str) -> list[Any]:
        return [one for kind in kinds for one in unit.all(of_kind, kind=kind)]

    def work(session: Session) -> list[int]:
        here = unit(session, new_id())
        counts = []
        for number in range(2):
            here.announce(changed, "thing.changed", "other")
            here.ahead(of_kind, kind="thing.changed")
            counts.append(len(here.all(EVENTS)))
            counts.append(len(changed(here, "thing.changed", "other")))
            here.record([event(number)])
            counts.append(len(changed(here, "thing.changed", "other")))
        here.numbers("x")
        here.ahead(COUNTED)
        here.all(EVENTS)
        here.numbers("x")  # a question that writes
        return [*counts, *here.all(COUNTED)]

    assert database.command_now(work) == [0, 0, 1, 1, 1, 2, 2]


@pytest.mark.parametrize(
    ("statement", "tables"),
    [
        (EVENTS.statement, {"events"}),
        (
            sa.select(jobs.alias("a").c.id).where(jobs.alias("b").c.id.in_(sa.select(counters.c.value))),
            {"jobs", "counters"},
        ),
        (sa.insert(events), {"events"}),
        (sa.update(jobs).where(jobs.c.kind.in_(sa.select(counters.c.kind))).values(error="x"), {"jobs", "counters"}),
        (sa.delete(counters), {"counters"}),
        (sa.select(sa.select(events.c.id).cte("found").c.id), {"events"}),
    ],
)
def test_a_statement_knows_its_tables(statement: Any, tables: set[str]) -> None:
    """By them what was announced is known to be out of date."""
    assert Compiled(statement, sqlite.dialect(), None).tables == tables


def test_a_statement_without_its_organization_is_refused_when_built() -> None:
    other = jobs.alias("other")
    for statement in (
        sa.select(jobs.c.id),
        sa.update(jobs).values(error="x"),
        sa.delete(counters).where(counters.c.kind == "x"),
        sa.select(other.c.id).where(organization(jobs)),
        sa.select(jobs.c.id).where(organization(jobs), jobs.c.id.in_(sa.select(other.c.id).scalar_subquery())),
    ):
        with pytest.raises(UnscopedStatement, match="organization_id"):
            Query(statement, row)
    Query(sa.select(other.c.id).where(organization(other)), row)


def test_a_command_waits_a_bounded_time_for_its_turn(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Overload answers 503, never a hanging socket (spec 00 RETRY-06)."""
    for module in ("turns", "postgres"):
        monkeypatch.setattr(f"procession.kernel.{module}.TURN_SECONDS", -1.0)
    with pytest.raises(Unavailable) as refused:
        database.command_now(lambda session: None)
    assert refused.value.headers["Retry-After"] == "1"
    with pytest.raises(Unavailable):
        database.read_now(lambda session: None)


def test_readers_cannot_write(database: Database) -> None:
    def write(session: Session) -> None:
        unit(session).enqueue("kind", {})
        unit(session).all(NOTHING)

    with pytest.raises(Exception, match=r"(?i)read.?only|busy"):
        database.read_now(write)


def test_statements_over_all_tenants_see_every_row(database: Database) -> None:
    def work(session: Session) -> None:
        unit(session, new_id()).record([event(1)])

    database.command_now(work)
    database.command_now(work)
    count = Query(sa.select(sa.func.count()).select_from(events), int, why_all_tenants="a test")
    assert database.read_now(lambda session: Unit(session, EVERY_TENANT, NOW).one(count)) == 2


def test_ids_are_ordered_by_time_and_read_leniently() -> None:
    first, second = new_id(), new_id()
    assert len(first) == 32
    assert first[:8] <= second[:8]
    assert first != second
    assert read_id(first.upper()) == first
    assert [read_id(one) for one in ("", "xyz", first + "0", 7, None)] == [None] * 5
    assert NOW - timedelta(seconds=1) < NOW
