"""The PostgreSQL adapter: brief commands in strands on the event loop, everything else in threads."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from procession.kernel import postgres as adapter
from procession.kernel.errors import Conflict, Unavailable
from procession.kernel.postgres import STRANDS, Postgres
from tests.support.migrated import migrated_database
from tests.support.postgres import Databases

INSERT: Any = SimpleNamespace(text="INSERT INTO thing (number) VALUES (%s)")
COUNT: Any = SimpleNamespace(text="SELECT count(*) FROM thing")
SLEEP: Any = SimpleNamespace(text="SELECT pg_sleep(0.01)")
HELD: Any = SimpleNamespace(text="SELECT pg_advisory_xact_lock_shared(1)")
TOUCH: Any = SimpleNamespace(text="UPDATE thing SET touched = touched + 1 WHERE number = %s RETURNING touched")
END_ME: Any = SimpleNamespace(text="SELECT pg_terminate_backend(pg_backend_pid())")


@pytest.fixture
def database(postgres: Databases) -> Iterator[Postgres]:
    opened = Postgres(migrated_database(postgres), threads=2)
    with opened.connect() as connection:
        connection.execute("CREATE TABLE thing (number INTEGER PRIMARY KEY, touched INTEGER NOT NULL DEFAULT 0)")
    yield opened
    opened.close()


def put(number: int, seen: list[str] | None = None) -> Callable[[Any], int]:
    def work(session: Any) -> int:
        if seen is not None:
            seen.append(threading.current_thread().name)
        session.write(INSERT, (number,))
        session.fetch(COUNT, ())
        if number < 0:
            raise ValueError(number)
        return number

    return work


@contextlib.contextmanager
def held(database: Postgres) -> Iterator[None]:
    """Whoever asks `HELD` waits in the server until the end of the block."""
    with psycopg.connect(database.url, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(1)")
        yield


def stored(database: Postgres) -> int:
    count: int = database.read_now(lambda session: session.fetch(COUNT, ()))[0][0]
    return count


def test_brief_commands_run_where_they_are_asked_for(database: Postgres) -> None:
    here, there = list[str](), list[str]()

    async def both() -> None:
        await database.command(put(1, here), brief=True)
        await database.command(put(2, there))

    asyncio.run(both())
    assert here == [threading.current_thread().name]
    assert there[0].startswith("postgres")
    asyncio.run(both_again(database, here))
    assert here == [threading.current_thread().name] * 2, "a loop that ended is followed by the next one"
    assert stored(database) == 3


def test_brief_reads_run_where_they_are_asked_for(database: Postgres) -> None:
    """They cannot write, and all of one is of one moment."""
    seen = list[str]()

    def count(session: Any) -> Any:
        seen.append(threading.current_thread().name)
        return session.fetch(COUNT, ())[0][0]

    def moment(session: Any) -> Any:
        first = count(session)
        database.command_now(put(first + 1))
        return first, count(session)

    async def both() -> None:
        assert await database.read(moment, brief=True) == (0, 0)
        assert await database.read(count, brief=True) == 1
        assert await database.read(count) == 1
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            await database.read(put(2), brief=True)

    asyncio.run(both())
    here = threading.current_thread().name
    assert seen[:3] == [here] * 3
    assert seen[3].startswith("postgres")


async def both_again(database: Postgres, here: list[str]) -> None:
    await database.command(put(3, here), brief=True)


def test_what_was_announced_comes_with_the_next_question(database: Postgres, sent: list[str]) -> None:
    """It is asked behind what was written before, and again when something is written to its tables afterwards."""
    count, most, insert, note = (
        SimpleNamespace(text=text, tables=frozenset(tables), writes=False)
        for text, tables in (
            (COUNT.text, {"thing"}),
            ("SELECT max(number) FROM thing WHERE number < %s", {"thing"}),
            (INSERT.text, {"thing"}),
            ("SELECT set_config('procession.note', 'x', true)", {"note"}),
        )
    )

    def work(session: Any) -> list[Any]:
        session.ahead(most, (5,))
        session.write(insert, (1,))
        found = [session.fetch(count, ()), session.fetch(most, (5,))]  # one question
        session.ahead(most, (9,))
        found.append(session.fetch(most, (9,)))  # announced and asked at once: one
        session.ahead(most, (5,))
        session.ahead(count, ())
        session.fetch(most, (9,))
        session.write(note, ())
        found.append(session.fetch(count, ()))  # came with the question before
        session.write(insert, (4,))
        found.append(session.fetch(most, (5,)))  # no longer so: asked anew
        session.ahead(most, (2,))
        with pytest.raises(KeyError):
            session.attempt(lambda: dict[str, int]()["undone"])
        found.append(session.fetch(most, (2,)))
        return [rows[0][0] for rows in found]

    assert database.command_now(work) == [1, 1, 1, 1, 4, 1]
    savepoint = ["SAVEPOINT attempt", "ROLLBACK TO attempt"]
    assert sent == [count.text, most.text, most.text, most.text, *savepoint, most.text, "COMMIT"]


def test_a_batch_that_breaks_tells_the_first_error_and_undoes_all(database: Postgres) -> None:
    def work(session: Any) -> None:
        session.write(INSERT, (1,))
        session.write(INSERT, (1,))
        session.write(SimpleNamespace(text="INSERT INTO nowhere VALUES (1)"), ())
        session.fetch(COUNT, ())

    with pytest.raises(Conflict):
        database.command_now(work)
    assert stored(database) == 0
    assert database.command_now(put(2)) == 2


def test_many_wait_for_the_server_at_once_and_a_failing_one_is_undone_alone(database: Postgres) -> None:
    """While one transaction waits in the server the loop runs the others, no more than there are connections."""
    order = list[str]()

    def slow(session: Any) -> None:
        session.fetch(HELD, ())
        order.append("slow")

    async def many() -> list[Any]:
        with held(database):
            first = asyncio.ensure_future(database.command(slow, brief=True))
            await asyncio.sleep(0)
            rest = [database.command(put(n if n % 7 else -n - 1), brief=True) for n in range(3 * STRANDS)]
            results = await asyncio.gather(*rest, return_exceptions=True)
            order.append("rest")
        await first
        return results

    results = asyncio.run(many())
    kept = [n for n in range(3 * STRANDS) if n % 7]
    assert [one for one in results if isinstance(one, int)] == kept
    assert sum(isinstance(one, ValueError) for one in results) == 3 * STRANDS - len(kept)
    assert stored(database) == len(kept)
    assert order == ["rest", "slow"]


def test_of_two_that_wait_for_each_other_both_succeed(database: Postgres) -> None:
    """PostgreSQL ends one of them; it is tried again in a thread."""
    names, begun = list[str](), set[int]()
    both = [database.command_now(put(number)) for number in (1, 2)]

    def touch(first: int, second: int) -> Callable[[Any], None]:
        def work(session: Any) -> None:
            names.append(threading.current_thread().name)
            session.fetch(TOUCH, (first,))
            begun.add(first)
            while len(begun) < len(both):
                session.fetch(SLEEP, ())
            session.fetch(TOUCH, (second,))

        return work

    async def cross() -> None:
        await asyncio.gather(database.command(touch(*both), brief=True), database.command(touch(2, 1), brief=True))

    asyncio.run(cross())
    assert [one.startswith("postgres") for one in names[:3]] == [False, False, True]
    touched = database.command_now(lambda session: [session.fetch(TOUCH, (one,))[0][0] for one in both])
    assert touched == [3, 3]


END_OTHERS = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


def test_connections_ended_between_requests_are_noticed_by_nobody(database: Postgres) -> None:
    """As by a restart of the server: what had not begun to commit begins again, on connections of its own."""

    async def ask_all(first: int) -> list[Any]:
        brief = [database.command(put(first + n), brief=True) for n in range(STRANDS)]
        return await asyncio.gather(*brief, database.command(put(first + STRANDS)), database.read(count))

    def count(session: Any) -> int:
        return int(session.fetch(COUNT, ())[0][0])

    async def ask() -> None:
        for first in (0, 100, 200):
            assert (await ask_all(first))[:-1] == list(range(first, first + STRANDS + 1))
            with psycopg.connect(database.url, autocommit=True) as other:
                ended = other.execute(END_OTHERS).fetchall()
            assert len(ended) > 1

    asyncio.run(ask())
    assert stored(database) == 3 * (STRANDS + 1)


def test_a_commit_whose_answer_is_lost_is_not_run_again(database: Postgres) -> None:
    """It may have happened: the caller is told to look."""
    runs = list[int]()

    def work(session: Any) -> None:
        runs.append(1)
        session.write(INSERT, (len(runs),))
        session.write(END_ME, ())  # goes with the commit

    for brief in (True, False):
        with pytest.raises(Unavailable):
            asyncio.run(database.command(work, brief=brief))
    assert len(runs) == 2
    assert stored(database) == 0


def test_a_connection_that_broke_is_replaced(database: Postgres) -> None:
    async def ask() -> None:
        with pytest.raises(Unavailable):
            await database.command(lambda session: session.fetch(END_ME, ()), brief=True)
        assert await database.command(put(1), brief=True) == 1

    asyncio.run(ask())


def test_a_server_out_of_reach_takes_no_turn_away(monkeypatch: pytest.MonkeyPatch) -> None:
    away = Postgres("postgresql://nobody@127.0.0.1:1/none")

    async def ask() -> None:
        for _ in range(STRANDS + 1):
            with pytest.raises(Unavailable):
                await away.command(put(1), brief=True)

    asyncio.run(ask())
    with pytest.raises(Unavailable):
        away.check()
    away.close()


def test_the_line_and_the_wait_are_bounded(database: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter, "TURN_SECONDS", 0.1)
    monkeypatch.setattr(adapter, "WAITING", 2)
    narrow = Postgres(database.url)

    def slow(session: Any) -> None:
        session.fetch(HELD, ())

    async def crowd() -> None:
        at_work = []
        with held(database):
            for _ in range(STRANDS):
                at_work.append(asyncio.ensure_future(narrow.command(slow, brief=True)))
                await asyncio.sleep(0)
            waiting = [asyncio.ensure_future(narrow.command(put(n), brief=True)) for n in (1, 2)]
            await asyncio.sleep(0)
            assert narrow.waiting() == 2
            with pytest.raises(Unavailable):  # no more may stand in the line
                await narrow.command(put(3), brief=True)
            assert all(isinstance(one, Unavailable) for one in await asyncio.gather(*waiting, return_exceptions=True))
        await asyncio.gather(*at_work)
        assert await narrow.command(put(4), brief=True) == 4

    asyncio.run(crowd())
    narrow.close()
    assert stored(database) == 1


def test_other_loops_ask_the_threads(database: Postgres) -> None:
    seen = list[str]()

    async def home() -> None:
        await database.command(put(1, seen), brief=True)
        await asyncio.to_thread(asyncio.run, elsewhere())

    async def elsewhere() -> None:
        await database.command(put(2, seen), brief=True)

    asyncio.run(home())
    assert [one.startswith("postgres") for one in seen] == [False, True]


def test_whoever_waits_longer_than_his_budget_is_told(database: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    """His transaction ends by itself, and its connection serves the next."""

    async def ask() -> None:
        with monkeypatch.context() as short:
            short.setattr(adapter, "BUDGET_SECONDS", 0.05)
            with held(database):
                for _ in range(STRANDS):
                    with pytest.raises(Unavailable):
                        await database.command(lambda session: session.fetch(HELD, ()), brief=True)
        assert await database.command(lambda session: session.fetch(COUNT, ()), brief=True)

    asyncio.run(ask())


def test_tables_that_have_doubled_are_looked_at_anew(database: Postgres) -> None:
    def known() -> int:
        with psycopg.connect(database.url) as other:
            found = other.execute("SELECT reltuples FROM pg_class WHERE relname = 'thing'").fetchone()
        return int(found[0]) if found else 0

    def grow(first: int, last: int) -> None:
        with psycopg.connect(database.url) as other:  # what it counted is told when it ends
            other.execute("INSERT INTO thing SELECT generate_series(%s::int, %s::int)", (first, last))
        deadline = time.monotonic() + 10
        while counted() < last and time.monotonic() < deadline:
            time.sleep(0.01)

    def counted() -> int:
        with psycopg.connect(database.url) as other:
            found = other.execute("SELECT n_live_tup FROM pg_stat_user_tables WHERE relname = 'thing'").fetchone()
        return int(found[0]) if found else 0

    for first, last, seen in ((1, 50, -1), (51, 200, 200), (201, 390, 200), (391, 450, 450)):
        grow(first, last)
        database.measure()
        assert known() == seen


def test_a_connection_outside_of_strands_waits_as_any_other(database: Postgres) -> None:
    with database.connect() as connection:
        assert isinstance(connection, psycopg.Connection)
        assert connection.execute("SELECT 1").fetchone() == (1,)
