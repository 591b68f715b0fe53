"""The database port: one way to run a unit of work, two adapters (`sqlite`, `postgres`).

A command or a read is a plain synchronous function of a `Session`. A command's result is handed out only after its
commit; when it raises, everything it wrote is undone. Waiting is bounded: too much of it is `Unavailable` (503).
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from sqlalchemy.engine import Dialect

from procession.kernel.sql import Compiled, Row

T = TypeVar("T")

TURN_SECONDS = 5.0
"""How long a command waits for its turn or its lock (spec 00 CONC-04)."""

THREADS = 8
"""How many commands and reads of one process PostgreSQL works on at once, beside the brief ones."""

BUDGET_SECONDS = 30.0
"""How long one request may take in all (spec 00 RETRY-05)."""


class Session(Protocol):
    """One open transaction on the plain driver. Writes may be held back until the next read or the commit."""

    dialect: Dialect
    locks: bool
    """Whether rows are locked one by one (PostgreSQL); SQLite has one writer."""

    distant: bool
    """Whether every question takes a way to a server and back (PostgreSQL), so that asking early saves some."""

    def fetch(self, statement: Compiled, arguments: Sequence[Any]) -> list[Row]: ...

    def ahead(self, statement: Compiled, arguments: Sequence[Any]) -> None:
        """Say that this will be fetched: the next fetch brings it along, unless the session is not `distant`."""

    def write(self, statement: Compiled, arguments: Sequence[Any]) -> None: ...

    def write_many(self, statement: Compiled, arguments: Sequence[Sequence[Any]]) -> None: ...

    def scope(self, organization_id: str) -> None:
        """Bind row-level security to this organization for the rest of the transaction."""

    def attempt(self, work: Callable[[], T]) -> T:
        """Run a part of the transaction: when it raises, what it wrote is undone, and the transaction can go on."""


class Database(Protocol):
    """Runs units of work. `command` and `read` are awaited; the `_now` forms block, for the command line."""

    dialect: Dialect
    url: str
    asked: int
    """How many commands have been awaited so far: how much people do."""

    async def command(self, work: Callable[[Session], T], *, brief: bool = False) -> T:
        """`brief`: it takes about a millisecond whatever it meets, so that it may run where it is asked for."""

    async def read(self, work: Callable[[Session], T], *, brief: bool = False) -> T:
        """`brief`: it nearly always takes about a millisecond, so that it may be tried where it is asked for."""

    def command_now(self, work: Callable[[Session], T]) -> T: ...

    def read_now(self, work: Callable[[Session], T]) -> T: ...

    def check(self) -> dict[str, Any]:
        """What the live writer runs with, for `/health/ready` and the tests (`synchronous`, `journal_mode`, ...).

        It may wait for a server. Raises `Unavailable`.
        """

    def measure(self) -> None:
        """Let the planner look anew at tables that have doubled since it did. It waits; `Unavailable` as a command.

        A young database needs it: PostgreSQL does so by itself a minute or more later, and goes through whole
        organizations until then, because all indexes of an empty table look alike.
        """

    def waiting(self) -> int:
        """Commands waiting for their turn, for `/metrics`."""

    def close(self) -> None: ...
