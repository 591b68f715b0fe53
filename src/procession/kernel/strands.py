"""Transactions of PostgreSQL on the event loop: where one would wait for the server, the loop goes on (house plan §3).

A transaction is a plain function; threads that run several of them side by side take the interpreter's lock from each
other at every statement. A strand is a greenlet: it runs the same function, and its connection waits by asking the loop
to come back when the server has answered. One thread does all of it, and as many connections still wait at once.
"""

import asyncio
import select
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
from greenlet import getcurrent, greenlet
from psycopg.waiting import Ready, Wait

T = TypeVar("T")

_TO_READ = int(Wait.R)
_TO_WRITE = int(Wait.W)
_POLLED = {_TO_READ: select.POLLIN, _TO_WRITE: select.POLLOUT, int(Wait.RW): select.POLLIN | select.POLLOUT}


class Strand(greenlet):
    """One transaction on `loop`, begun there with `switch()`."""

    def __init__(self, run: Callable[[], None], loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(run)
        self._hub = getcurrent()
        self._loop = loop
        self._fileno = self._wanted = 0

    def until_ready(self, fileno: int, wanted: int) -> int:
        """Let the loop go on until the socket can be read or written as `wanted`; which of them it is."""
        if wanted & _TO_WRITE and (ready := _ready_now(fileno, wanted)):
            return ready  # it nearly always is: asking costs less than a turn of the loop
        self._fileno, self._wanted = fileno, wanted
        if wanted & _TO_READ:
            self._loop.add_reader(fileno, self._ready, int(Ready.R))
        if wanted & _TO_WRITE:
            self._loop.add_writer(fileno, self._ready, int(Ready.W))
        ready = self._hub.switch()
        assert isinstance(ready, int)
        return ready

    def _ready(self, ready: int) -> None:
        """What the loop calls. It goes back into the strand in a turn of its own, when it is done with the socket."""
        if self._wanted & _TO_READ:
            self._loop.remove_reader(self._fileno)
        if self._wanted & _TO_WRITE:
            self._loop.remove_writer(self._fileno)
        self._loop.call_soon(self.switch, ready)


def _ready_now(fileno: int, wanted: int) -> int:
    poll = select.poll()
    poll.register(fileno, _POLLED[wanted])
    return sum(
        (int(Ready.R) if event & ~select.POLLOUT else 0) | (int(Ready.W) if event & select.POLLOUT else 0)
        for _, event in poll.poll(0)
    )


class Batch(psycopg.Pipeline):
    """A pipeline that speaks once, at its end. psycopg's own begins with the first statement and looks for answers at
    every one, which for a handful of them costs more than the statements: each is a message and a wait of its own.
    """

    _complete = False

    def _communicate_gen(self) -> Generator[Any, Any, None]:
        if self._complete:
            yield from super()._communicate_gen()

    def _exit_gen(self) -> Generator[Any, Any, None]:
        while self.command_queue:
            self.command_queue.popleft()()  # into the buffer of the connection
        self._complete = True
        yield from super()._exit_gen()


class StrandConnection(psycopg.Connection[Any]):
    """A connection that waits as the strand it is used in waits; outside of one, as any other."""

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Statements that are run together; their cursors have results at the end of the block, which raises errors."""
        self._pipeline = batch = Batch(self)
        try:
            with batch:
                yield
        finally:
            self._pipeline = None

    def wait(self, gen: Generator[Any, Any, T], *arguments: Any, **settings: Any) -> T:
        strand = getcurrent()
        if not isinstance(strand, Strand):
            return super().wait(gen, *arguments, **settings)
        try:
            wanted = next(gen)
            while True:
                wanted = gen.send(strand.until_ready(self.pgconn.socket, wanted))
        except StopIteration as end:
            result: T = end.value
            return result
