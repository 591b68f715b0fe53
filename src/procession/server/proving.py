"""Passwords are hashed beside the transactions: on threads of their own, few, patient, and with a bounded queue.

So neither the event loop nor the writer waits for them, and whoever signs in by the hundred slows down only himself.
"""

import asyncio
import contextlib
import os
import threading
from concurrent.futures import ThreadPoolExecutor

from procession.accounts.passwords import Hashing, Proof, Work
from procession.kernel.errors import Unavailable

WAITING = 64
"""So many may wait for a hash; a fifth of a second each."""

PATIENCE = 10
"""How much the threads of hashing give way to the others (`nice`), where the system knows threads of its own."""


class Proving:
    """Hashes and compares for operations that ask for it."""

    def __init__(self, hashing: Hashing | None = None) -> None:
        self.hashing = hashing or Hashing()
        self._pool = ThreadPoolExecutor(max(1, (os.cpu_count() or 1) // 2), "hashing", initializer=_give_way)
        self._waiting = 0

    async def prove(self, work: Work) -> Proof:
        """What came of the work. Raises `Unavailable` (503) when too many wait already."""
        if self._waiting >= WAITING:
            raise Unavailable("Too many people are signing in. Please try again.", retry_after=5)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, self.hashing.do, work)
        finally:
            self._waiting -= 1


def _give_way() -> None:
    with contextlib.suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), PATIENCE)
