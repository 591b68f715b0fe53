"""Units of work on their way through the threads of an adapter, and back to whoever waits for them."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

from procession.kernel.database import TURN_SECONDS

Work = Callable[[Any], Any]


class Turn:
    """One unit of work. `loop`: where its caller waits; None: he blocks a thread. `brief`: see `Database.command`."""

    __slots__ = ("asked", "brief", "error", "future", "loop", "result", "work")

    def __init__(self, work: Work, loop: asyncio.AbstractEventLoop | None, *, brief: bool = False) -> None:
        self.work = work
        self.loop = loop
        self.brief = brief
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


class Home:
    """The event loop that something runs on: the first one that asks, and when that is closed the next one.

    `moved` is called for each of them, before anything runs there.
    """

    def __init__(self, moved: Callable[[], None]) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._moved = moved

    def is_here(self) -> bool:
        """Whether it is the loop that runs now."""
        loop = asyncio.get_running_loop()
        if self._loop is None or self._loop.is_closed():
            self._loop = loop
            self._moved()
        return self._loop is loop


class Pace:
    """Lets one pass in each round of the event loop that is its home. The loop accepts connections and sends answers in
    between: one that first did all it was asked would keep those waiting who have not been heard yet.
    """

    def __init__(self) -> None:
        self.home = Home(self._begin)
        self._begin()

    def _begin(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._passed = False

    async def turn(self) -> None:
        """Wait until it is the caller's turn, in the loop that is home."""
        loop = asyncio.get_running_loop()
        if not self._passed:
            self._passed = True
            loop.call_soon(self._next, loop)
            return
        future = loop.create_future()
        self._waiting.append(future)
        await future

    def _next(self, loop: asyncio.AbstractEventLoop) -> None:
        while self._waiting:
            future = self._waiting.popleft()
            if not future.done():  # else he no longer waits
                future.set_result(None)
                loop.call_soon(self._next, loop)
                return
        self._passed = False


def _deliver(turns: Sequence[Turn]) -> None:
    for turn in turns:
        turn.finish()


def hand_out(turns: Sequence[Turn]) -> None:
    """Finish several turns; one wake-up per event loop, however many wait there."""
    waiting: dict[asyncio.AbstractEventLoop, list[Turn]] = {}
    for turn in turns:
        if turn.loop is None:
            turn.finish()
        else:
            waiting.setdefault(turn.loop, []).append(turn)
    for loop, there in waiting.items():
        with contextlib.suppress(RuntimeError):  # the loop is gone, and with it everybody who waited
            loop.call_soon_threadsafe(_deliver, there)
