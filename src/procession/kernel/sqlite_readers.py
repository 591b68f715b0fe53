"""The connections that read SQLite: one thread serves the line, others help while it is held up (house plan §3)."""

import asyncio
import contextlib
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from sqlalchemy.engine import Dialect

from procession.kernel import metrics
from procession.kernel.database import BUDGET_SECONDS
from procession.kernel.errors import Unavailable
from procession.kernel.sqlite_connection import PROGRESS_STEPS, SqliteSession, busy, driver
from procession.kernel.turns import Pace, Turn, Work, hand_out

READERS = 4
WAITING = 1024
HELD_UP_SECONDS = 0.1
"""A read that takes longer than this is not waited for: another thread goes on with the line."""
MOMENT_SECONDS = 0.02
"""What a read may take where it was asked for. It is looked at every `PROGRESS_STEPS`: to look, a statement has to win
the interpreter's lock back, which takes so long by itself when another thread is busy that shorter would be guessing.
"""


class NotHere(Exception):
    """A read that is one for the threads."""


class Readers:
    """Threads that run Python side by side take the interpreter's lock from each other at every statement, which costs
    more than they gain; so one of them serves the line alone, and the others only when a long read holds it up.
    """

    def __init__(self, connect: Callable[[], Any], dialect: Dialect) -> None:
        self._connect = connect
        self._dialect = dialect
        self._line: deque[Turn] = deque()
        self._bell: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._help: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._since = 0.0
        """When the first thread began with what it is reading (monotonic seconds); 0: it waits."""
        self._watched = False
        self._here: _Reader | None = None
        self._pace = Pace()
        self._threads = [threading.Thread(target=self._serve, name="reader", daemon=True)]
        self._threads += [
            threading.Thread(target=self._assist, name=f"reader-{number}", daemon=True) for number in range(1, READERS)
        ]
        for thread in self._threads:
            thread.start()

    def ask(self, turn: Turn) -> Any:
        """Put `turn` into the line and return its future. Raises `Unavailable` when too many wait."""
        if len(self._line) >= WAITING:
            metrics.REFUSED.labels("queue_full").inc()
            raise Unavailable
        self._line.append(turn)
        self._bell.put(True)
        if self._since:
            if turn.loop is None:
                self._help.put(True)
            elif not self._watched:
                self._watched = True
                turn.loop.call_later(HELD_UP_SECONDS, self._watch, turn.loop)
        return turn.future

    async def here(self, work: Work) -> Any:
        """Read on the event loop, on a connection kept for that. Raises `NotHere` when this is another loop, when no
        connection is to be had, or when a statement takes longer than a moment; the line may be asked then.
        """
        if not self._pace.home.is_here():
            raise NotHere
        await self._pace.turn()
        try:
            self._here = self._here or self._opened()
        except driver.Error:
            raise NotHere from None
        return self._here.now(work)

    def close(self) -> None:
        """Finish what waits, then end the threads."""
        self._bell.put(False)
        for _ in self._threads[1:]:
            self._help.put(False)
        for thread in self._threads:
            thread.join(BUDGET_SECONDS)
        if self._here is not None:
            self._here.close()

    def _held_up(self) -> bool:
        return bool(self._since) and time.monotonic() - self._since > HELD_UP_SECONDS

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Call for help if the line stands; look again while anybody waits."""
        self._watched = bool(self._line)
        if self._watched:
            if self._held_up():
                self._help.put(True)
            loop.call_later(HELD_UP_SECONDS, self._watch, loop)

    def _opened(self) -> "_Reader":
        return _Reader(self._connect(), self._dialect)

    def _serve(self) -> None:
        reader: _Reader | None = None
        while self._bell.get():
            with contextlib.suppress(IndexError):  # somebody helped
                turn = self._line.popleft()
                self._since = time.monotonic()
                reader = self._read(reader, turn)
                self._since = 0.0
        while self._line:
            reader = self._read(reader, self._line.popleft())
        if reader is not None:
            reader.close()

    def _read(self, reader: "_Reader | None", turn: Turn) -> "_Reader | None":
        """Do `turn` and return the reader; none: it could not be opened, which whoever waits is told."""
        try:
            reader = reader or self._opened()
        except driver.Error as error:
            turn.error = busy(error)
            hand_out([turn])
            return None
        reader.run(turn)
        return reader

    def _assist(self) -> None:
        reader: _Reader | None = None
        while self._help.get():
            # Nobody waits any more, or no connection is to be had: whoever holds the line goes on without help.
            with contextlib.suppress(IndexError, driver.Error):
                reader = reader or self._opened()
                reader.run(self._line.popleft())
                while self._held_up():
                    reader.run(self._line.popleft())
        if reader is not None:
            reader.close()


class _Reader:
    """One connection that reads, used by one thread at a time."""

    def __init__(self, connection: Any, dialect: Dialect) -> None:
        self._connection = connection
        self._session = SqliteSession(connection, dialect)
        self._deadline = 0.0
        connection.set_progress_handler(lambda: time.monotonic() > self._deadline, PROGRESS_STEPS)

    def run(self, turn: Turn) -> None:
        """Read, all of it from one moment, and hand the result out. Interrupted when it outlives the budget."""
        self._deadline = time.monotonic() + BUDGET_SECONDS
        try:
            if turn.too_late():
                turn.error = Unavailable()
            else:
                self._connection.execute("BEGIN")
                turn.result = turn.work(self._session)
        except Exception as error:  # noqa: BLE001 - handed to its caller
            turn.error = busy(error)
        self._end()
        hand_out([turn])

    def now(self, work: Work) -> Any:
        """As `run`, for the caller himself. Raises `NotHere` when a statement outlives the moment."""
        self._deadline = time.monotonic() + MOMENT_SECONDS
        try:
            self._connection.execute("BEGIN")
            return work(self._session)
        except driver.Error as error:
            if getattr(error, "sqlite_errorcode", None) == driver.SQLITE_INTERRUPT:
                raise NotHere from None
            raise busy(error) from error
        finally:
            self._end()

    def _end(self) -> None:
        with contextlib.suppress(driver.Error):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def close(self) -> None:
        self._connection.close()
