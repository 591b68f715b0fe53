"""What every connection to SQLite has in common: the driver, its settings, the session, what its errors mean."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy.engine import Dialect

from procession.kernel.errors import TAKEN, Conflict, Unavailable
from procession.kernel.sql import Compiled, Row

try:
    import pysqlite3.dbapi2 as driver
except ImportError:  # no wheel for this platform: the interpreter's own library
    import sqlite3 as driver

T = TypeVar("T")

__all__ = ["PROGRESS_STEPS", "READER", "WRITER", "SqliteSession", "busy", "driver"]

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

    locks = distant = False

    def __init__(self, connection: Any, dialect: Dialect) -> None:
        self.dialect = dialect
        self._execute = connection.execute
        self._executemany = connection.executemany

    def fetch(self, statement: Compiled, arguments: Sequence[Any]) -> list[Row]:
        rows: list[Row] = self._execute(statement.text, arguments).fetchall()
        return rows

    def ahead(self, statement: Compiled, arguments: Sequence[Any]) -> None:
        """Nothing: what is asked here is answered at once."""

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


def busy(error: Exception) -> BaseException:
    """What the driver says about locks, disk and interruption is a 503; about keys taken at the same moment a 409."""
    if isinstance(error, driver.IntegrityError):
        return Conflict(TAKEN)
    if isinstance(error, driver.OperationalError):
        return Unavailable("The database is busy or out of reach. Please try again.")
    return error
