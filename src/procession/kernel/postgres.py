"""PostgreSQL: psycopg 3 in threads, one connection each; writes are held back and sent through a pipeline.

One transaction per command. Row-level security is bound to the organization by the transaction's first statement.
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
from procession.kernel.database import BUDGET_SECONDS, TURN_SECONDS
from procession.kernel.errors import TAKEN, Conflict, Unavailable
from procession.kernel.sql import Compiled, Row

T = TypeVar("T")

THREADS = 8
WAITING = 1024
ATTEMPTS = 3
SETTINGS = (
    f"-c statement_timeout={int(BUDGET_SECONDS * 1000)} -c lock_timeout={int(TURN_SECONDS * 1000)} "
    "-c idle_in_transaction_session_timeout=60000 -c timezone=UTC "
    # Every statement names the organization and goes through an index: one plan serves all values.
    "-c plan_cache_mode=force_generic_plan -c jit=off"
)
SCOPE = "SELECT set_config('procession.organization_id', %s, true)"


class _JsonText(Loader):
    """json columns arrive as the text they are; `kernel.sql.Json` decodes them."""

    def load(self, data: Any) -> str:
        return bytes(data).decode()


class PostgresSession:
    """A transaction. `BEGIN` and writes wait until a read or the commit sends them in one pipeline."""

    locks = True

    def __init__(self, connection: Any, dialect: Dialect, begin: str) -> None:
        self.dialect = dialect
        self._connection = connection
        self._held: list[tuple[str, Sequence[Any]]] = [(begin, ())]

    def fetch(self, statement: Compiled, arguments: Sequence[Any]) -> list[Row]:
        rows: list[Row] = self._send(statement.text, arguments).fetchall()
        return rows

    def write(self, statement: Compiled, arguments: Sequence[Any]) -> None:
        self._held.append((statement.text, arguments))

    def write_many(self, statement: Compiled, arguments: Sequence[Sequence[Any]]) -> None:
        text = statement.text
        self._held.extend((text, one) for one in arguments)

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
            self._send("ROLLBACK TO attempt", ())
            self._held.append(("RELEASE attempt", ()))
            raise
        self._held.append(("RELEASE attempt", ()))
        return result

    def commit(self) -> None:
        """Send what is held back, then commit. Nothing at all was asked: nothing is sent."""
        if len(self._held) == 1 and self._held[0][0].startswith("BEGIN"):
            return
        self._send("COMMIT", ())

    def _send(self, text: str, arguments: Sequence[Any]) -> Any:
        connection = self._connection
        if not self._held:
            return connection.execute(text, arguments)
        held, self._held = self._held, []
        with connection.pipeline():
            for one, values in held:
                connection.execute(one, values)
            return connection.execute(text, arguments)


def _refusal(error: Exception) -> Exception:
    """Errors of load and reach as the 503 they are; anything else is a bug and stays one."""
    if isinstance(error, pg.IntegrityError):
        return Conflict(TAKEN)
    busy = (psycopg.OperationalError, pg.QueryCanceled, pg.LockNotAvailable, pg.InsufficientResources)
    return Unavailable("The database is busy or out of reach. Please try again.") if isinstance(error, busy) else error


class Postgres:
    """`url` is a libpq URL. `threads` bounds the connections of this process."""

    def __init__(self, url: str, threads: int = THREADS) -> None:
        self.url = url
        dialect: Any = PGDialect_psycopg
        self.dialect: Dialect = dialect(paramstyle="format")
        self._threads = threads
        self._local = threading.local()
        self._open: list[Any] = []
        self._slots = queue.Queue[None](WAITING)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="postgres")

    def connect(self) -> Any:
        """A connection in autocommit mode, prepared statements on."""
        connection: Any = psycopg.connect(
            self.url, autocommit=True, prepare_threshold=2, options=SETTINGS, connect_timeout=int(TURN_SECONDS)
        )
        connection.prepared_max = 500
        connection.adapters.register_loader("json", _JsonText)
        return connection

    async def command(self, work: Callable[[Any], T], *, brief: bool = False) -> T:
        return await self._ask(work, "BEGIN")

    async def read(self, work: Callable[[Any], T]) -> T:
        return await self._ask(work, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    def command_now(self, work: Callable[[Any], T]) -> T:
        result: T = self._submit(work, "BEGIN").result()
        return result

    def read_now(self, work: Callable[[Any], T]) -> T:
        result: T = self._submit(work, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").result()
        return result

    async def _ask(self, work: Callable[[Any], T], begin: str) -> T:
        done = self._submit(work, begin)
        waited = asyncio.wrap_future(done)
        if faults.ARMED:  # after the wrapper's own callback: the loop knows the result by then
            done.add_done_callback(lambda _: faults.reach("after_reply"))
        try:
            result: T = await asyncio.wait_for(waited, BUDGET_SECONDS)
        except TimeoutError:
            raise Unavailable(retry_after=5) from None
        return result

    def _submit(self, work: Callable[[Any], Any], begin: str) -> "Future[Any]":
        try:
            self._slots.put_nowait(None)
        except queue.Full:
            metrics.REFUSED.labels("queue_full").inc()
            raise Unavailable from None
        return self._pool.submit(self._turn, work, begin, time.monotonic())

    def _turn(self, work: Callable[[Any], Any], begin: str, asked: float) -> Any:
        self._slots.get_nowait()
        if time.monotonic() - asked > TURN_SECONDS:
            raise Unavailable
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._transaction(work, begin)
            except (pg.DeadlockDetected, pg.SerializationFailure):
                if attempt == ATTEMPTS:
                    raise Unavailable from None
            except Exception as error:
                raise _refusal(error) from error
        raise AssertionError("unreachable")

    def _transaction(self, work: Callable[[Any], Any], begin: str) -> Any:
        connection = self._connection()
        session = PostgresSession(connection, self.dialect, begin)
        try:
            result = work(session)
            faults.reach("before_commit")
            session.commit()
            faults.reach("after_commit")
        except psycopg.Error:
            # An error inside a pipeline leaves psycopg unsure which statements the server has prepared.
            with contextlib.suppress(psycopg.Error):
                connection.close()
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
        with self.connect() as connection:
            names = ("synchronous_commit", "fsync", "server_version")
            return {"database": "postgresql", **{n: connection.execute(f"SHOW {n}").fetchone()[0] for n in names}}

    def waiting(self) -> int:
        return self._slots.qsize()

    def close(self) -> None:
        self._pool.shutdown(wait=True)
        for connection in self._open:
            connection.close()
