"""The one connection that writes to SQLite: a line of commands, run in groups that share a COMMIT (house plan §3)."""

import asyncio
import contextlib
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from sqlalchemy.engine import Dialect

from procession.kernel import faults, metrics
from procession.kernel.database import BUDGET_SECONDS, TURN_SECONDS
from procession.kernel.errors import Unavailable
from procession.kernel.sqlite_connection import PROGRESS_STEPS, SqliteSession, busy, driver
from procession.kernel.turns import Turn, hand_out

GROUP = 32
WAITING = 1024
RETRY_SECONDS = 0.01
"""How long the thread sleeps before it asks again for a database that another process writes to."""

_Group = list[Turn]


class Writer:
    """Whoever holds `_free` uses the connection: the writer's thread, or an event loop for brief commands.

    A thread that runs Python beside the event loop costs both: every statement gives the interpreter's lock away and
    has to win it back. Brief commands therefore run on the loop they were asked on, and only their COMMIT, which waits
    for the disk, goes to the thread; meanwhile the loop sends answers and reads requests. All others run in the thread.
    The line is kept: nobody overtakes.
    """

    def __init__(self, connect: Callable[[], Any], dialect: Dialect) -> None:
        self._connect = connect
        self._dialect = dialect
        self._line: deque[Turn] = deque()
        self._free = threading.Lock()
        # For the thread: a group that has run and is to be committed; none: look at the line; None: the end.
        self._bell: queue.SimpleQueue[_Group | None] = queue.SimpleQueue()
        self._deadline = 0.0
        self.pragmas: dict[str, Any] = {}
        started: queue.Queue[Exception | None] = queue.Queue()
        self._thread = threading.Thread(target=self._live, args=(started,), name="writer", daemon=True)
        self._thread.start()
        if (error := started.get()) is not None:
            raise error

    def ask(self, turn: Turn) -> Any:
        """Put `turn` into the line and return its future. Raises `Unavailable` when too many wait."""
        if len(self._line) >= WAITING:
            metrics.REFUSED.labels("queue_full").inc()
            raise Unavailable
        self._line.append(turn)
        if turn.brief and turn.loop is not None:
            turn.loop.call_soon(self._run_here, turn.loop)  # after what else has come in: all of it is one group
        elif not self._free.locked():
            self._bell.put([])
        return turn.future

    def waiting(self) -> int:
        return len(self._line)

    def alive(self) -> bool:
        return self._thread.is_alive()

    def close(self) -> None:
        """Finish what waits, then end the thread."""
        self._bell.put(None)
        self._thread.join(BUDGET_SECONDS)

    def _go_on(self) -> None:
        """See that somebody runs the head of the line. Whoever lets the connection go calls this afterwards."""
        try:
            head = self._line[0]
        except IndexError:
            return
        if head.brief and head.loop is not None:
            with contextlib.suppress(RuntimeError):  # that loop is gone: the thread clears the line
                head.loop.call_soon_threadsafe(self._run_here, head.loop)
                return
        self._bell.put([])

    # -- on the event loop ------------------------------------------------------------------------------------------

    def _run_here(self, loop: asyncio.AbstractEventLoop) -> None:
        """Run the brief commands at the head of the line, if the connection is free."""
        if not self._line or not self._free.acquire(blocking=False):
            return
        group = self._take(lambda turn: turn.brief and turn.loop is loop)
        if group:
            with contextlib.suppress(driver.Error):  # another process writes: the thread waits for it
                self._begin()
                self._run(group)
                self._bell.put(group)
                return
        self._line.extendleft(reversed(group))
        self._free.release()
        self._bell.put([])

    def _take(self, which: Callable[[Turn], bool]) -> _Group:
        group: _Group = []
        while self._line and len(group) < GROUP and which(self._line[0]):
            group.append(self._line.popleft())
        return group

    # -- in the thread ----------------------------------------------------------------------------------------------

    def _live(self, started: "queue.Queue[Exception | None]") -> None:
        try:
            self._open()
        except Exception as error:  # noqa: BLE001 - told to whoever opens the database
            started.put(error)
            return
        started.put(None)
        while (group := self._bell.get()) is not None:
            self._serve(group)
        while self._line or self._free.locked():
            group = None
            with contextlib.suppress(queue.Empty):  # an event loop may be running a group it is about to hand over
                group = self._bell.get(timeout=RETRY_SECONDS)
            self._serve(group or [])
        self._connection.close()

    def _open(self) -> None:
        self._connection = self._connect()
        self._deadline = time.monotonic() + BUDGET_SECONDS
        self._connection.set_progress_handler(lambda: time.monotonic() > self._deadline, PROGRESS_STEPS)
        for name in ("journal_mode", "synchronous", "foreign_keys"):
            self.pragmas[name] = self._connection.execute(f"PRAGMA {name}").fetchone()[0]
        self._connection.execute("PRAGMA busy_timeout=0")  # no event loop waits in the driver: the thread waits
        self._session = SqliteSession(self._connection, self._dialect)

    def _serve(self, group: _Group) -> None:
        """Commit `group`, which has run; none: run and commit the head of the line."""
        if not group:
            if not self._free.acquire(blocking=False):
                return
            group = self._take(lambda _: True)
            self._wait_and_run(group)
        self._commit(group)
        self._free.release()
        if group:
            metrics.GROUPS.observe(len(group))
            hand_out(group)
            faults.reach("after_reply")
        self._go_on()

    def _wait_and_run(self, group: _Group) -> None:
        """Run `group` as soon as no other process writes."""
        until = time.monotonic() + TURN_SECONDS
        while group:
            try:
                self._begin()
            except driver.Error as error:
                if error.sqlite_errorcode & 0xFF != driver.SQLITE_BUSY or time.monotonic() > until:
                    _fail(group, busy(error))
                    return
                time.sleep(RETRY_SECONDS)
            else:
                self._run(group)
                return

    # -- one group --------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        """Open the transaction. Raises the driver's error, at once, while another process writes."""
        self._deadline = time.monotonic() + BUDGET_SECONDS
        self._connection.execute("BEGIN IMMEDIATE")

    def _run(self, group: _Group) -> None:
        """Run every command of `group` in the open transaction."""
        try:
            broken = next((turn for turn in group if not self._plainly(turn)), None)
            if broken is not None:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                self._connection.execute("BEGIN IMMEDIATE")
                for turn in group:
                    if turn is not broken:
                        self._undoable(turn)
        except Exception as error:  # noqa: BLE001 - handed to every caller of the group
            self._undo(group, error)

    def _commit(self, group: _Group) -> None:
        """Make durable what `group` did; a transaction that is gone has told its callers."""
        try:
            if self._connection.in_transaction:
                faults.reach("before_commit")
                self._connection.execute("COMMIT")
                faults.reach("after_commit")
        except Exception as error:  # noqa: BLE001 - handed to every caller of the group
            self._undo(group, error)

    def _undo(self, group: _Group, error: Exception) -> None:
        with contextlib.suppress(driver.Error):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        _fail(group, busy(error))

    def _plainly(self, turn: Turn) -> bool:
        """Run one command; False when it failed after it had written: its neighbours are then run again without it.

        Commands refuse before they write, so that is rare; a savepoint for each would copy every page it changes.
        """
        if turn.too_late():
            turn.error = Unavailable()
            return True
        connection = self._connection
        changes = connection.total_changes
        try:
            turn.result = turn.work(self._session)
        except Exception as error:  # noqa: BLE001 - handed to its caller
            turn.error = busy(error)
            # A whole transaction that is gone (disk full) leaves nothing to go on with.
            return bool(connection.in_transaction and connection.total_changes == changes)
        return True

    def _undoable(self, turn: Turn) -> None:
        """Run one command again, in a savepoint of its own."""
        turn.error = None
        if turn.too_late():
            turn.error = Unavailable()
            return
        execute = self._connection.execute
        execute("SAVEPOINT command")
        try:
            turn.result = turn.work(self._session)
        except Exception as error:  # noqa: BLE001 - handed to its caller
            execute("ROLLBACK TO command")
            turn.error = busy(error)
        execute("RELEASE command")


def _fail(group: _Group, error: BaseException) -> None:
    for turn in group:
        turn.error = error
