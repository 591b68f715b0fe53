"""The SQLite adapter: one line of commands, run on the event loop or in the thread; readers that help each other."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from procession.kernel import sqlite_readers, sqlite_writer
from procession.kernel.errors import Unavailable
from procession.kernel.sql import Query
from procession.kernel.sqlite import Sqlite, SqliteSession, driver

INSERT: Any = SimpleNamespace(text="INSERT INTO thing (number) VALUES (?)")
ALL: Any = SimpleNamespace(text="SELECT number FROM thing ORDER BY rowid")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Sqlite]:
    opened = Sqlite(str(tmp_path / "one.db"))
    connection = opened.connect()
    connection.execute("CREATE TABLE thing (number INTEGER NOT NULL UNIQUE)")
    connection.close()
    yield opened
    opened.close()


def put(number: int, seen: list[str] | None = None) -> Callable[[Any], int]:
    def work(session: Any) -> int:
        if seen is not None:
            seen.append(threading.current_thread().name)
        session.write(INSERT, (number,))
        if number < 0:
            raise ValueError(number)
        return number

    return work


def stored(database: Sqlite) -> list[int]:
    return [number for (number,) in database.read_now(lambda session: session.fetch(ALL, ()))]


def test_brief_commands_run_where_they_are_asked_for(database: Sqlite) -> None:
    here, there = list[str](), list[str]()

    async def both() -> None:
        await database.command(put(1, here), brief=True)
        await database.command(put(2, there))

    asyncio.run(both())
    assert (here, there) == ([threading.current_thread().name], ["writer"])
    assert stored(database) == [1, 2]


@pytest.mark.parametrize("brief", [lambda _: True, lambda n: n % 3 == 0, lambda n: n > 40, lambda n: n < 40])
def test_nobody_overtakes_and_a_failing_command_is_undone_alone(database: Sqlite, brief: Callable[[int], bool]) -> None:
    async def many() -> list[Any]:
        asked = (database.command(put(n if n % 7 else -n - 1), brief=brief(n)) for n in range(80))
        return await asyncio.gather(*asked, return_exceptions=True)

    results = asyncio.run(many())
    kept = [n for n in range(80) if n % 7]
    assert [one for one in results if isinstance(one, int)] == kept
    assert sum(isinstance(one, ValueError) for one in results) == 80 - len(kept)
    assert sorted(stored(database)) == kept
    assert stored(database) == kept


def test_threads_and_loops_share_the_line(database: Sqlite) -> None:
    """Several event loops, and callers that block, at once: everything arrives once."""

    def loop(first: int) -> None:
        async def many() -> None:
            for n in range(first, first + 100, 4):
                await asyncio.gather(*(database.command(put(n + k), brief=k != 2) for k in range(4)))

        asyncio.run(many())

    def blocking(first: int) -> None:
        for n in range(first, first + 100):
            database.command_now(put(n))

    threads = [threading.Thread(target=loop, args=(n * 100,)) for n in range(3)]
    threads += [threading.Thread(target=blocking, args=(n * 100,)) for n in range(3, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(stored(database)) == list(range(600))


def test_the_loop_goes_on_while_another_process_writes(database: Sqlite) -> None:
    """A brief command that meets a lock waits in the thread; everybody else is answered meanwhile."""
    other = database.connect()
    other.execute("BEGIN IMMEDIATE")

    async def both() -> int:
        waiting = asyncio.create_task(database.command(put(1), brief=True))
        passes = 0
        until = time.monotonic() + 0.3
        while time.monotonic() < until:
            await asyncio.sleep(0.001)
            passes += 1
        assert not waiting.done()
        other.execute("COMMIT")
        await waiting
        return passes

    assert asyncio.run(both()) > 20
    other.close()
    assert stored(database) == [1]


def test_who_waits_too_long_for_another_process_is_told(database: Sqlite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_writer, "TURN_SECONDS", 0.05)
    other = database.connect()
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable):
        asyncio.run(database.command(put(1), brief=True))
    other.execute("COMMIT")
    other.close()
    asyncio.run(database.command(put(2), brief=True))
    assert stored(database) == [2]


def test_both_lines_are_bounded(database: Sqlite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_writer, "WAITING", 2)
    monkeypatch.setattr(sqlite_readers, "WAITING", 2)
    held, running = threading.Event(), threading.Event()

    def hold(_: Any) -> None:
        running.set()
        held.wait(10)

    async def ask(call: Callable[..., Any]) -> list[Any]:
        first = asyncio.create_task(call(hold))
        await asyncio.to_thread(running.wait, 10)
        running.clear()
        others = [asyncio.create_task(call(lambda _: 1)) for _ in range(3)]
        await asyncio.wait(others, return_when=asyncio.FIRST_EXCEPTION)
        held.set()
        return await asyncio.gather(first, *others, return_exceptions=True)

    _, *results = asyncio.run(ask(database.command))
    assert [isinstance(one, Unavailable) for one in results] == [False, False, True]
    held.clear()
    monkeypatch.setattr(sqlite_readers, "HELD_UP_SECONDS", 60.0)
    _, *results = asyncio.run(ask(database.read))
    assert [isinstance(one, Unavailable) for one in results] == [False, False, True]


LONG: Any = SimpleNamespace(
    text="WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT count(*) FROM n"
)


def test_brief_reads_run_where_they_are_asked_for_and_long_ones_do_not_stay(
    database: Sqlite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A read sees what was acknowledged, fails as any other, and has the thread when it takes long."""
    seen = list[str]()

    def count(steps: int) -> Callable[[Any], Any]:
        def work(session: Any) -> Any:
            seen.append(threading.current_thread().name)
            return session.fetch(LONG, (steps,))[0][0], session.fetch(ALL, ())

        return work

    async def ask() -> None:
        here, thread = threading.current_thread().name, "reader"
        await database.command(put(1), brief=True)
        assert await database.read(count(1), brief=True) == (1, [(1,)])
        assert await database.read(count(2)) == (2, [(1,)])
        assert seen == [here, thread]
        monkeypatch.setattr(sqlite_readers, "MOMENT_SECONDS", 0.0)
        assert await database.read(count(100_000), brief=True) == (100_000, [(1,)])
        assert seen[2:] == [here, thread]
        await database.command(put(2), brief=True)
        assert await database.read(count(3), brief=True) == (3, [(1,), (2,)])
        with pytest.raises(ZeroDivisionError):
            await database.read(lambda _: 1 // 0, brief=True)
        with pytest.raises(Unavailable):
            await database.read(
                lambda session: session.fetch(SimpleNamespace(text="SELECT 1 FROM nowhere"), ()), brief=True
            )
        assert await database.read(count(4), brief=True) == (4, [(1,), (2,)])

    asyncio.run(ask())


def test_a_connection_that_cannot_be_had_costs_one_answer(tmp_path: Path) -> None:
    """Whoever needs it is told so; it is asked for again, on the loop and in the thread."""
    database = Sqlite(str(tmp_path / "one.db"))
    connect, refused = database._readers._connect, list[int]()  # noqa: SLF001 - what is outside fails

    def unlucky() -> Any:
        if len(refused) < 2:
            refused.append(1)
            raise driver.OperationalError("disk I/O error")
        return connect()

    database._readers._connect = unlucky  # noqa: SLF001

    async def ask() -> None:
        with pytest.raises(Unavailable):
            await database.read(lambda _: 1, brief=True)
        assert await database.read(lambda _: 2, brief=True) == 2
        assert await database.read(lambda _: 3) == 3

    asyncio.run(ask())
    database.close()
    assert len(refused) == 2


def test_loops_that_read_at_once_do_not_share_a_connection(database: Sqlite) -> None:
    elsewhere = list[str]()

    def outer(_session: Any) -> None:
        other = threading.Thread(target=lambda: asyncio.run(database.read(inner, brief=True)))
        other.start()
        other.join()

    def inner(_session: Any) -> None:
        elsewhere.append(threading.current_thread().name)

    asyncio.run(database.read(outer, brief=True))
    assert elsewhere == ["reader"]


@pytest.mark.parametrize("blocking", [False, True])
def test_a_long_read_holds_nobody_up(database: Sqlite, *, blocking: bool) -> None:
    held, running, seen = threading.Event(), threading.Event(), set[str]()

    def hold(_: Any) -> None:
        running.set()
        held.wait(10)

    def quick(_: Any) -> str:
        seen.add(threading.current_thread().name)
        return "quick"

    async def both() -> list[str]:
        first = asyncio.create_task(database.read(hold))
        await asyncio.to_thread(running.wait, 10)
        if blocking:
            answers = [await asyncio.to_thread(database.read_now, quick) for _ in range(3)]
        else:
            answers = list(await asyncio.gather(*(database.read(quick) for _ in range(10))))
        assert not first.done()
        held.set()
        await first
        return [*answers, await database.read(quick)]

    assert set(asyncio.run(both())) == {"quick"}
    assert "reader" in seen  # the first serves again
    assert len(seen) > 1


def test_what_waits_at_the_end_is_finished(tmp_path: Path) -> None:
    database = Sqlite(str(tmp_path / "two.db"))
    connection = database.connect()
    connection.execute("CREATE TABLE thing (number INTEGER NOT NULL UNIQUE)")

    async def left() -> list[Any]:
        asked = [asyncio.create_task(database.command(put(n), brief=n % 2 == 0)) for n in range(50)]
        await asyncio.sleep(0)
        await asyncio.to_thread(database.close)
        return await asyncio.gather(*asked)

    assert asyncio.run(left()) == list(range(50))
    assert len(connection.execute("SELECT 1 FROM thing").fetchall()) == 50
    connection.close()


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"limit": sa.bindparam("count")}, "LIMIT CAST(? AS INTEGER)"),
        ({"limit": 1, "offset": sa.bindparam("skip")}, "LIMIT CAST(? AS INTEGER) OFFSET ?"),
        ({"offset": sa.bindparam("skip")}, "LIMIT -1 OFFSET ?"),
    ],
)
def test_pages_of_any_size_share_a_statement(database: Sqlite, given: dict[str, Any], text: str) -> None:
    """A bare parameter of LIMIT would have SQLite compile the statement anew for every page."""
    statement = sa.select(sa.table("thing", sa.column("number", sa.Integer)))
    for name, value in given.items():
        statement = getattr(statement, name)(value)
    query = Query(statement.order_by(sa.column("number")), int)
    assert query.compiled(database.dialect).text.endswith(text)
    database.command_now(lambda session: [put(n)(session) for n in range(5)])
    compiled = query.compiled(database.dialect)
    for count, skip in ((1, 0), (2, 1)):
        arguments = compiled.arguments({"count": count, "skip": skip})
        rows = database.read_now(partial(SqliteSession.fetch, statement=compiled, arguments=arguments))
        most = {None: 5, 1: 1}.get(given.get("limit"), count)
        first = skip if "offset" in given else 0
        assert [one for (one,) in rows] == list(range(5))[first : first + most]


def test_the_end_leaves_the_loop_its_connection(tmp_path: Path) -> None:
    """The thread that ends waits while the event loop runs a group: it commits nothing of it, twice nothing either."""
    database = Sqlite(str(tmp_path / "three.db"))
    connection = database.connect()
    connection.execute("CREATE TABLE thing (number INTEGER NOT NULL UNIQUE)")

    def slowly(number: int) -> Callable[[Any], int]:
        def work(session: Any) -> int:
            time.sleep(0.002)
            return put(number)(session)

        return work

    async def left() -> list[Any]:
        count = 3 * sqlite_writer.GROUP
        asked = [asyncio.create_task(database.command(slowly(n), brief=True)) for n in range(count)]
        await asyncio.sleep(0)
        await asyncio.to_thread(database.close)
        return await asyncio.gather(*asked)

    assert asyncio.run(left()) == list(range(3 * sqlite_writer.GROUP))
    connection.close()
