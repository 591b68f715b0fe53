"""Units of work on their way through the threads of an adapter, and back to whoever waits for them."""

import asyncio
import contextlib
import time
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
