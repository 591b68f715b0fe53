"""SQLite: one writing connection with group commit, a small pool of readers (house plan §3).

WAL, `synchronous=FULL`, `BEGIN IMMEDIATE`. Up to `GROUP` commands share one COMMIT; one that fails does not undo its
neighbours. A result leaves only after the COMMIT.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy.engine import Dialect

from procession.kernel.database import BUDGET_SECONDS
from procession.kernel.errors import Unavailable
from procession.kernel.sqlite_connection import READER, WRITER, SqliteSession, driver
from procession.kernel.sqlite_dialect import SqliteDialect
from procession.kernel.sqlite_readers import NotHere, Readers
from procession.kernel.sqlite_writer import Writer
from procession.kernel.turns import Turn

T = TypeVar("T")

__all__ = ["READER", "WRITER", "Sqlite", "SqliteSession", "driver"]


class Sqlite:
    """The embedded database. `path` is the file; its directory must exist."""

    def __init__(self, path: str) -> None:
        self.url = f"sqlite:///{path}"
        self.path = path
        self.asked = 0
        self.dialect: Dialect = SqliteDialect()
        self._writer = Writer(self.connect, self.dialect)
        self._readers = Readers(lambda: self.connect(READER), self.dialect)

    def connect(self, pragmas: Sequence[str] = WRITER) -> Any:
        """A connection in autocommit mode: transactions are begun by ourselves."""
        connection = driver.connect(self.path, isolation_level=None, check_same_thread=False, cached_statements=512)
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")
        return connection

    async def command(self, work: Callable[[Any], T], *, brief: bool = False) -> T:
        self.asked += 1
        result: T = await _waited(self._writer.ask, Turn(work, asyncio.get_running_loop(), brief=brief))
        return result

    async def read(self, work: Callable[[Any], T], *, brief: bool = False) -> T:
        if brief:
            with contextlib.suppress(NotHere):
                here: T = await self._readers.here(work)
                return here
        result: T = await _waited(self._readers.ask, Turn(work, asyncio.get_running_loop()))
        return result

    def command_now(self, work: Callable[[Any], T]) -> T:
        result: T = self._writer.ask(Turn(work, None)).result(BUDGET_SECONDS)
        return result

    def read_now(self, work: Callable[[Any], T]) -> T:
        result: T = self._readers.ask(Turn(work, None)).result(BUDGET_SECONDS)
        return result

    def check(self) -> dict[str, Any]:
        return {
            "database": "sqlite",
            "library": driver.sqlite_version,
            "writer": self._writer.alive(),
            **self._writer.pragmas,
        }

    def measure(self) -> None:
        """Nothing: what its planner believes was given once (`operations.statistics`)."""

    def waiting(self) -> int:
        return self._writer.waiting()

    def close(self) -> None:
        """Finish what waits, then end the threads."""
        self._writer.close()
        self._readers.close()


async def _waited(ask: Callable[[Turn], Any], turn: Turn) -> Any:
    """The result of `turn`; 503 when it does not come within the request's budget."""
    future = ask(turn)
    timer = asyncio.get_running_loop().call_later(BUDGET_SECONDS, _give_up, future)
    try:
        return await future
    finally:
        timer.cancel()


def _give_up(future: "asyncio.Future[Any]") -> None:
    if not future.done():
        future.set_exception(Unavailable(retry_after=5))
