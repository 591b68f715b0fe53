"""SQLite: one writer thread with group commit, a small pool of readers (house plan §3).

WAL, `synchronous=FULL`, `BEGIN IMMEDIATE`. Up to `GROUP` commands share one COMMIT; one that fails does not undo its
neighbours. A result leaves only after the COMMIT.
"""

import asyncio
import contextlib
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar

from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Dialect

from procession.kernel import faults, metrics
from procession.kernel.database import BUDGET_SECONDS, TURN_SECONDS
from procession.kernel.errors import TAKEN, Conflict, Unavailable
from procession.kernel.sql import Compiled, Row

try:
    import pysqlite3.dbapi2 as driver
except ImportError:  # no wheel for this platform: the interpreter's own library
    import sqlite3 as driver

T = TypeVar("T")
Work = Callable[[Any], Any]
_Line = queue.SimpleQueue["_Turn | None"]

__all__ = ["READERS", "Sqlite", "SqliteSession", "driver"]

GROUP = 32
WAITING = 1024
READERS = 4
PROGRESS_STEPS = 100_000

# busy_timeout first: opening during the recovery of a WAL raises "locked" without it.
PRAGMAS = (
    "busy_timeout=5000",
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "temp_store=MEMORY",
    "journal_size_limit=67108864",
)
# A checkpoint every 4,000 pages of 4 KiB: what many commands touch is copied once for all of them. Caches in KiB.
WRITER = (*PRAGMAS, "wal_autocheckpoint=4000", "cache_size=-32000")
READER = (*PRAGMAS, "wal_autocheckpoint=0", "cache_size=-8000", "query_only=ON")


class SqliteSession:
    """A transaction on one connection."""

    locks = False

    def __init__(self, connection: Any, dialect: Dialect) -> None:
        self.dialect = dialect
        self._execute = connection.execute
        self._executemany = connection.executemany

    def fetch(self, statement: Compiled, arguments: Sequence[Any]) -> list[Row]:
        rows: list[Row] = self._execute(statement.text, arguments).fetchall()
        return rows

    def write(self, statement: Compiled, arguments: Sequence[Any]) -> None:
        self._execute(statement.text, arguments)

    def write_many(self, statement: Compiled, arguments: Sequence[Sequence[Any]]) -> None:
        self._executemany(statement.text, arguments)

    def scope(self, organization_id: str) -> None:
        """SQLite has no row-level security: the guard of `kernel.sql` is the wall."""

    def attempt(self, work: Callable[[], T]) -> T:
        """Run a part in a savepoint."""
        self._execute("SAVEPOINT attempt")
        try:
            result = work()
        except BaseException:
            self._execute("ROLLBACK TO attempt")
            self._execute("RELEASE attempt")
            raise
        self._execute("RELEASE attempt")
        return result


class _Turn:
    """One unit of work on its way through a thread. `loop`: where its caller waits; None: he blocks a thread."""

    __slots__ = ("asked", "error", "future", "loop", "result", "work")

    def __init__(self, work: Work, loop: asyncio.AbstractEventLoop | None) -> None:
        self.work = work
        self.loop = loop
        self.future: Any = loop.create_future() if loop is not None else Future()
        self.asked = time.monotonic()
        self.result: Any = None
        self.error: BaseException | None = None

    def finish(self) -> None:
        """Hand the result to whoever waits for it, in his own thread."""
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)

    def too_late(self) -> bool:
        return time.monotonic() - self.asked > TURN_SECONDS


def _deliver(turns: "list[_Turn]") -> None:
    for turn in turns:
        turn.finish()


def _hand_out(turns: "list[_Turn]") -> None:
    """Finish several turns; one wake-up per event loop, however many wait there."""
    waiting: dict[asyncio.AbstractEventLoop, list[_Turn]] = {}
    for turn in turns:
        if turn.loop is None:
            turn.finish()
        else:
            waiting.setdefault(turn.loop, []).append(turn)
    for loop, there in waiting.items():
        with contextlib.suppress(RuntimeError):  # the loop is gone, and with it everybody who waited
            loop.call_soon_threadsafe(_deliver, there)


def _give_up(future: "asyncio.Future[Any]") -> None:
    if not future.done():
        future.set_exception(Unavailable(retry_after=5))


def _busy(error: Exception) -> BaseException:
    """What the driver says about locks, disk and interruption is a 503; about keys taken at the same moment a 409."""
    if isinstance(error, driver.IntegrityError):
        return Conflict(TAKEN)
    if isinstance(error, driver.OperationalError):
        return Unavailable("The database is busy or out of reach. Please try again.")
    return error


class Sqlite:
    """The embedded database. `path` is the file; its directory must exist."""

    def __init__(self, path: str) -> None:
        self.url = f"sqlite:///{path}"
        self.path = path
        self.dialect: Dialect = SQLiteDialect_pysqlite()
        self._writes: _Line = queue.SimpleQueue()
        self._reads: _Line = queue.SimpleQueue()
        self._deadlines: dict[int, float] = {}
        self._writer_pragmas: dict[str, Any] = {}
        started: queue.Queue[Exception | None] = queue.Queue()
        self._threads = [threading.Thread(target=self._write, args=(started,), name="writer", daemon=True)]
        self._threads[0].start()
        if (error := started.get()) is not None:
            raise error
        for number in range(READERS):
            thread = threading.Thread(target=self._read, name=f"reader-{number}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def connect(self, pragmas: Sequence[str] = WRITER) -> Any:
        """A connection in autocommit mode: transactions are begun by ourselves."""
        connection = driver.connect(self.path, isolation_level=None, check_same_thread=False, cached_statements=512)
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")
        return connection

    # -- the awaited and the blocking way in ------------------------------------------------------------------------

    async def command(self, work: Callable[[Any], T]) -> T:
        return await self._ask(self._writes, work)

    async def read(self, work: Callable[[Any], T]) -> T:
        return await self._ask(self._reads, work)

    def command_now(self, work: Callable[[Any], T]) -> T:
        result: T = self._put(self._writes, work, None).result(BUDGET_SECONDS)
        return result

    def read_now(self, work: Callable[[Any], T]) -> T:
        result: T = self._put(self._reads, work, None).result(BUDGET_SECONDS)
        return result

    async def _ask(self, line: "_Line", work: Callable[[Any], T]) -> T:
        loop = asyncio.get_running_loop()
        future = self._put(line, work, loop)
        timer = loop.call_later(BUDGET_SECONDS, _give_up, future)
        try:
            result: T = await future
        finally:
            timer.cancel()
        return result

    def _put(self, line: "_Line", work: Work, loop: asyncio.AbstractEventLoop | None) -> Any:
        if line.qsize() >= WAITING:
            metrics.REFUSED.labels("queue_full").inc()
            raise Unavailable
        turn = _Turn(work, loop)
        line.put(turn)
        return turn.future

    # -- the writer -------------------------------------------------------------------------------------------------

    def _write(self, started: "queue.Queue[Exception | None]") -> None:
        try:
            connection = self.connect()
            self._limit(connection)
            for name in ("journal_mode", "synchronous", "foreign_keys"):
                self._writer_pragmas[name] = connection.execute(f"PRAGMA {name}").fetchone()[0]
        except Exception as error:  # noqa: BLE001 - told to whoever opens the database
            started.put(error)
            return
        started.put(None)
        session = SqliteSession(connection, self.dialect)
        while (first := self._writes.get()) is not None:
            group = [first]
            while len(group) < GROUP:
                try:
                    turn = self._writes.get_nowait()
                except queue.Empty:
                    break
                if turn is None:
                    self._writes.put(None)
                    break
                group.append(turn)
            self._group(connection, session, group)
        connection.close()

    def _group(self, connection: Any, session: SqliteSession, group: list[_Turn]) -> None:
        """Run `group` in one transaction and hand its results out after the COMMIT."""
        execute = connection.execute
        self._deadlines[threading.get_ident()] = time.monotonic() + BUDGET_SECONDS
        try:
            execute("BEGIN IMMEDIATE")
            broken = next((turn for turn in group if not self._plainly(connection, session, turn)), None)
            if broken is not None:
                if connection.in_transaction:
                    execute("ROLLBACK")
                execute("BEGIN IMMEDIATE")
                for turn in group:
                    if turn is not broken:
                        self._undoable(execute, session, turn)
            faults.reach("before_commit")
            execute("COMMIT")
            faults.reach("after_commit")
        except Exception as error:  # noqa: BLE001 - handed to every caller of the group
            with contextlib.suppress(driver.Error):
                if connection.in_transaction:
                    execute("ROLLBACK")
            for turn in group:
                turn.error = _busy(error)
        metrics.GROUPS.observe(len(group))
        _hand_out(group)
        faults.reach("after_reply")

    def _plainly(self, connection: Any, session: SqliteSession, turn: _Turn) -> bool:
        """Run one command; False when it failed after it had written: its neighbours are then run again without it.

        Commands refuse before they write, so that is rare; a savepoint for each would copy every page it changes.
        """
        if turn.too_late():
            turn.error = Unavailable()
            return True
        changes = connection.total_changes
        try:
            turn.result = turn.work(session)
        except Exception as error:  # noqa: BLE001 - handed to its caller
            turn.error = _busy(error)
            # A whole transaction that is gone (disk full) leaves nothing to go on with.
            return bool(connection.in_transaction and connection.total_changes == changes)
        return True

    def _undoable(self, execute: Any, session: SqliteSession, turn: _Turn) -> None:
        """Run one command again, in a savepoint of its own."""
        turn.error = None
        if turn.too_late():
            turn.error = Unavailable()
            return
        execute("SAVEPOINT command")
        try:
            turn.result = turn.work(session)
        except Exception as error:  # noqa: BLE001 - handed to its caller
            execute("ROLLBACK TO command")
            turn.error = _busy(error)
        execute("RELEASE command")

    # -- the readers ------------------------------------------------------------------------------------------------

    def _read(self) -> None:
        connection = self.connect(READER)
        self._limit(connection)
        session = SqliteSession(connection, self.dialect)
        while (turn := self._reads.get()) is not None:
            self._deadlines[threading.get_ident()] = time.monotonic() + BUDGET_SECONDS
            try:
                if turn.too_late():
                    turn.error = Unavailable()
                else:
                    connection.execute("BEGIN")
                    turn.result = turn.work(session)
            except Exception as error:  # noqa: BLE001 - handed to its caller
                turn.error = _busy(error)
            with contextlib.suppress(driver.Error):
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
            _hand_out([turn])
        connection.close()

    def _limit(self, connection: Any) -> None:
        """Interrupt a statement that outlives the request's budget."""
        thread = threading.get_ident()
        self._deadlines[thread] = time.monotonic() + BUDGET_SECONDS
        connection.set_progress_handler(lambda: time.monotonic() > self._deadlines[thread], PROGRESS_STEPS)

    # -- operation --------------------------------------------------------------------------------------------------

    def check(self) -> dict[str, Any]:
        alive = self._threads[0].is_alive()
        return {"database": "sqlite", "library": driver.sqlite_version, "writer": alive, **self._writer_pragmas}

    def waiting(self) -> int:
        return self._writes.qsize()

    def close(self) -> None:
        """Finish what waits, then end the threads."""
        self._writes.put(None)
        for _ in range(READERS):
            self._reads.put(None)
        for thread in self._threads:
            thread.join(BUDGET_SECONDS)
