"""PostgreSQL: psycopg 3, writes are held back and sent through a pipeline.

One transaction per command. Row-level security is bound to the organization by the transaction's first statement.
Brief commands run on the event loop (`kernel.strands`), all others in threads with one connection each.
"""

import asyncio
import contextlib
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

import psycopg
from psycopg import errors as pg
from psycopg.adapt import Loader
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine import Dialect

from procession.kernel import faults, metrics
from procession.kernel.database import BUDGET_SECONDS, THREADS, TURN_SECONDS
from procession.kernel.errors import TAKEN, Conflict, Unavailable
from procession.kernel.sql import Compiled, Row
from procession.kernel.strands import Strand, StrandConnection
from procession.kernel.turns import Home

T = TypeVar("T")

STRANDS = 8
WAITING = 1024
ATTEMPTS = 3
SETTINGS = (
    f"-c statement_timeout={int(BUDGET_SECONDS * 1000)} -c lock_timeout={int(TURN_SECONDS * 1000)} "
    "-c idle_in_transaction_session_timeout=60000 -c timezone=UTC "
    # Every statement names the organization and goes through an index: one plan serves all values.
    "-c plan_cache_mode=force_generic_plan -c jit=off"
)
BEGIN = "BEGIN"
BEGIN_READING = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
GROWN_FROM = 100
GROWN = """
SELECT format('%%I.%%I', stat.schemaname, stat.relname)
FROM pg_stat_user_tables AS stat JOIN pg_class ON pg_class.oid = stat.relid
WHERE pg_has_role(pg_class.relowner, 'USAGE') AND stat.n_live_tup >= %s AND stat.n_live_tup >= 2 * pg_class.reltuples
"""
"""Tables of so many rows that have doubled since they were looked at."""
SCOPE = "SELECT set_config('procession.organization_id', %s, true)"


class _JsonText(Loader):
    """json columns arrive as the text they are; `kernel.sql.Json` decodes them."""

    def load(self, data: Any) -> str:
        return bytes(data).decode()


class _Again(Exception):
    """The transaction did not happen, by no fault of its own: it may be run again."""


class _Early:
    """A question that was announced; `rows` when it has been answered."""

    __slots__ = ("arguments", "rows", "statement")

    def __init__(self, statement: Compiled, arguments: Sequence[Any]) -> None:
        self.statement = statement
        self.arguments = arguments
        self.rows: list[Row] | None = None


class PostgresSession:
    """A transaction. `BEGIN` and writes wait until a read or the commit sends them in one pipeline.

    What was announced (`ahead`) goes behind the next read in the same pipeline. The server runs it after that read has
    its locks, and it is answered from what came back until something is written to one of its tables.
    """

    locks = distant = True

    def __init__(self, connection: Any, dialect: Dialect, begin: str) -> None:
        self.dialect = dialect
        self._connection = connection
        self._committing = False
        self._held: list[tuple[str, Sequence[Any]]] = [(begin, ())]
        self._early: list[_Early] = []

    def fetch(self, statement: Compiled, arguments: Sequence[Any]) -> list[Row]:
        for one in self._early:
            if one.statement is statement and one.arguments == arguments:
                self._early.remove(one)
                if one.rows is not None:
                    return one.rows
                break
        if self._early and statement.writes:
            self._outdate(statement)
        waiting = [one for one in self._early if one.rows is None]
        rows: list[Row] = self._send(statement.text, arguments, waiting).fetchall()
        return rows

    def ahead(self, statement: Compiled, arguments: Sequence[Any]) -> None:
        self._early.append(_Early(statement, arguments))

    def write(self, statement: Compiled, arguments: Sequence[Any]) -> None:
        self._outdate(statement)
        self._held.append((statement.text, arguments))

    def write_many(self, statement: Compiled, arguments: Sequence[Sequence[Any]]) -> None:
        self._outdate(statement)
        text = statement.text
        self._held.extend((text, one) for one in arguments)

    def _outdate(self, written: Compiled) -> None:
        """What was answered about this statement's tables is no longer so."""
        if self._early:
            self._early = [
                one for one in self._early if one.rows is None or written.tables.isdisjoint(one.statement.tables)
            ]

    def ask(self, text: str, arguments: Sequence[Any] = ()) -> list[Row]:
        """Run a statement of this database alone, now."""
        cursor = self._send(text, arguments)
        rows: list[Row] = cursor.fetchall() if cursor.description else []
        return rows

    def scope(self, organization_id: str) -> None:
        self._held.append((SCOPE, (organization_id,)))

    def attempt(self, work: Callable[[], T]) -> T:
        """Run a part in a savepoint. An error of the database itself ends the transaction: what was sent is unsure."""
        self._send("SAVEPOINT attempt", ())
        try:
            result = work()
        except psycopg.Error:
            raise
        except BaseException:
            self._held.clear()
            self._early.clear()
            self._send("ROLLBACK TO attempt", ())
            self._held.append(("RELEASE attempt", ()))
            raise
        self._held.append(("RELEASE attempt", ()))
        return result

    def commit(self) -> None:
        """Send what is held back, then commit. Nothing at all was asked: nothing is sent."""
        if len(self._held) == 1 and self._held[0][0].startswith("BEGIN"):
            return
        self._committing = True
        self._send("COMMIT", ())

    def did_not_happen(self, error: psycopg.Error) -> bool:
        """Whether the transaction was undone for the sake of another one, or its connection was lost before its commit
        was sent (the server was started anew, somebody ended the connection).
        """
        if isinstance(error, pg.DeadlockDetected | pg.SerializationFailure):
            return True
        # The server's last word may come before the end of the connection itself.
        lost = self._connection.closed or error.diag.severity_nonlocalized in {"FATAL", "PANIC"}
        return lost and not self._committing

    def _send(self, text: str, arguments: Sequence[Any], early: Sequence[_Early] = ()) -> Any:
        """Run a statement behind what is held back; its cursor. What is asked `early` comes after it."""
        connection = self._connection
        if not self._held and not early:
            return connection.execute(text, arguments)
        held, self._held = self._held, []
        with connection.batch():
            for statement, values in held:
                connection.execute(statement, values)
            answered = connection.execute(text, arguments)
            others = [(one, connection.execute(one.statement.text, one.arguments)) for one in early]
        for one, cursor in others:
            one.rows = cursor.fetchall()
        return answered


def _measure(session: PostgresSession) -> None:
    for (table,) in session.ask(GROWN, (GROWN_FROM,)):
        session.ask(f"ANALYZE (SKIP_LOCKED) {table}")


def _refusal(error: Exception) -> Exception:
    """Errors of load and reach as the 503 they are; anything else is a bug and stays one."""
    if isinstance(error, pg.IntegrityError):
        return Conflict(TAKEN)
    busy = (psycopg.OperationalError, pg.QueryCanceled, pg.LockNotAvailable, pg.InsufficientResources)
    return Unavailable("The database is busy or out of reach. Please try again.") if isinstance(error, busy) else error


class Postgres:
    """`url` is a libpq URL. `threads` bounds the connections of this process, beside those of brief commands."""

    def __init__(self, url: str, threads: int = THREADS) -> None:
        self.url = url
        self.asked = 0
        dialect: Any = PGDialect_psycopg
        self.dialect: Dialect = dialect(paramstyle="format")
        self._threads = threads
        self._local = threading.local()
        self._open: list[Any] = []
        self._slots = queue.Queue[None](WAITING)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="postgres")
        # Brief commands: the event loop they run on, turns there, connections nobody uses just now.
        self._home = Home(self._move)
        self._move()
        self._idle: list[Any] = []

    def connect(self) -> Any:
        """A connection in autocommit mode, prepared statements on."""
        connection: Any = StrandConnection.connect(
            self.url, autocommit=True, prepare_threshold=2, options=SETTINGS, connect_timeout=int(TURN_SECONDS)
        )
        connection.prepared_max = 500
        connection.adapters.register_loader("json", _JsonText)
        return connection

    async def command(self, work: Callable[[Any], T], *, brief: bool = False) -> T:
        self.asked += 1
        return await self._run(work, BEGIN, brief=brief)

    async def read(self, work: Callable[[Any], T], *, brief: bool = False) -> T:
        return await self._run(work, BEGIN_READING, brief=brief)

    def command_now(self, work: Callable[[Any], T]) -> T:
        result: T = self._submit(work, BEGIN).result()
        return result

    def read_now(self, work: Callable[[Any], T]) -> T:
        result: T = self._submit(work, BEGIN_READING).result()
        return result

    async def _run(self, work: Callable[[Any], T], begin: str, *, brief: bool) -> T:
        if brief and self._home.is_here():
            try:
                return await self._ask_here(work, begin)
            except _Again:
                pass  # in a thread, where several attempts may be made
        return await self._ask(work, begin)

    # -- on the event loop ------------------------------------------------------------------------------------------

    def _move(self) -> None:
        self._turns = asyncio.Semaphore(STRANDS)

    async def _ask_here(self, work: Callable[[Any], T], begin: str) -> T:
        """Run `work` in a strand of this loop. Raises `_Again`."""
        self._stand_in_line()
        try:
            if self._turns.locked():
                await asyncio.wait_for(self._turns.acquire(), TURN_SECONDS)
            else:  # at once: waiting with an end to it would make a task of its own
                await self._turns.acquire()
        except TimeoutError:
            raise Unavailable from None
        finally:
            self._slots.get_nowait()
        try:
            connection = self._idle.pop() if self._idle else await self._connected()
        except BaseException:
            self._turns.release()
            raise
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        Strand(lambda: self._finish(done, connection, work, begin), loop).switch()
        return await _within_budget(done)

    async def _connected(self) -> Any:
        """A new connection: made in a thread, because reaching the server may take long."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, self.connect)
        except psycopg.Error as error:
            raise _refusal(error) from error

    def _finish(self, done: "asyncio.Future[Any]", connection: Any, work: Callable[[Any], Any], begin: str) -> None:
        """What a strand does: the transaction, whose outcome it hands to whoever awaits `done`."""
        result: Any = None
        failure: Exception | None = None
        try:
            result = self._transaction(connection, work, begin)
        except _Again as error:
            failure = error
        except Exception as error:  # noqa: BLE001 - handed to whoever awaits it
            failure = _refusal(error)
        if not (connection.closed or connection.broken):
            self._idle.append(connection)
        self._turns.release()
        if done.done():
            return
        if failure is not None:
            done.set_exception(failure)
        else:
            done.set_result(result)
        if faults.ARMED:  # behind what the loop now does with the result
            done.get_loop().call_soon(faults.reach, "after_reply")

    # -- in threads -------------------------------------------------------------------------------------------------

    async def _ask(self, work: Callable[[Any], T], begin: str) -> T:
        done = self._submit(work, begin)
        waited = asyncio.wrap_future(done)
        if faults.ARMED:  # after the wrapper's own callback: the loop knows the result by then
            done.add_done_callback(lambda _: faults.reach("after_reply"))
        return await _within_budget(waited)

    def _submit(self, work: Callable[[Any], Any], begin: str) -> "Future[Any]":
        self._stand_in_line()
        return self._pool.submit(self._turn, work, begin, time.monotonic())

    def _stand_in_line(self) -> None:
        try:
            self._slots.put_nowait(None)
        except queue.Full:
            metrics.REFUSED.labels("queue_full").inc()
            raise Unavailable from None

    def _turn(self, work: Callable[[Any], Any], begin: str, asked: float) -> Any:
        self._slots.get_nowait()
        if time.monotonic() - asked > TURN_SECONDS:
            raise Unavailable
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._transaction(self._connection(), work, begin)
            except _Again:
                if attempt == ATTEMPTS:
                    raise Unavailable from None
            except Exception as error:
                raise _refusal(error) from error
        raise AssertionError("unreachable")

    def _transaction(self, connection: Any, work: Callable[[Any], Any], begin: str) -> Any:
        session = PostgresSession(connection, self.dialect, begin)
        try:
            result = work(session)
            faults.reach("before_commit")
            session.commit()
            faults.reach("after_commit")
        except psycopg.Error as error:
            again = session.did_not_happen(error)
            # An error inside a pipeline leaves psycopg unsure which statements the server has prepared.
            with contextlib.suppress(psycopg.Error):
                connection.close()
            if again:
                raise _Again from error
            raise
        except BaseException:
            with contextlib.suppress(psycopg.Error):
                if not connection.closed and connection.info.transaction_status:
                    connection.execute("ROLLBACK")
            raise
        return result

    def _connection(self) -> Any:
        connection = getattr(self._local, "connection", None)
        if connection is None or connection.closed or connection.broken:
            connection = self.connect()
            self._local.connection = connection
            self._open = [one for one in self._open if not one.closed]
            self._open.append(connection)
        return connection

    def check(self) -> dict[str, Any]:
        names = ("synchronous_commit", "fsync", "server_version")
        try:
            with self.connect() as connection:
                shown = {name: connection.execute(f"SHOW {name}").fetchone()[0] for name in names}
        except psycopg.Error as error:
            raise _refusal(error) from error
        return {"database": "postgresql", **shown}

    def measure(self) -> None:
        self._submit(_measure, BEGIN).result()

    def waiting(self) -> int:
        return self._slots.qsize()

    def close(self) -> None:
        self._pool.shutdown(wait=True)
        for connection in [*self._open, *self._idle]:
            connection.close()


async def _within_budget(done: "asyncio.Future[T]") -> T:
    """What comes of `done`; 503 when it does not come within the request's budget."""
    try:
        return await asyncio.wait_for(done, BUDGET_SECONDS)
    except TimeoutError:
        raise Unavailable(retry_after=5) from None
