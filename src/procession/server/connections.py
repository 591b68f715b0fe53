"""What one HTTP connection may take: bounds for clients that send or read too slowly, and a gentle end.

uvicorn bounds the time between requests only. Somebody who opens connections and sends a byte now and then would hold
them all.
"""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from procession.kernel.log import log

SENDING_SECONDS = 30.0
"""How long a request may be under way before it is whole; what has come of it buys time."""

SLOWEST = 4096
"""Bytes a second: at this rate and above a body of any size arrives in time."""

READING_SECONDS = 60.0
"""How long a client may leave an answer unread."""

DRAIN_SECONDS = 1.0
"""How long connections without a request stay open at the end: one may be on its way."""

LIMIT_SECONDS = 28.0
"""When a server that was told to end ends by force (operator's interface: within 30 s)."""

logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # what it has to say is in our own log, as our own lines


class Connection(HttpToolsProtocol):
    """uvicorn's connection, closed when its request takes too long to arrive or its answer too long to leave."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._whole = True
        self._received = 0
        self._began = 0.0
        self._arriving: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        self._arrived()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._received += len(data)
        super().data_received(data)
        cycle: Any = self.cycle  # None before the first request
        if self._whole and cycle is not None and not cycle.response_complete:
            self._arrived()
        elif self._arriving is None and not self.transport.is_closing() and not self._between():
            self._expect()

    def _between(self) -> bool:
        """Between two requests, where uvicorn's own timer runs."""
        return self._whole and self.timeout_keep_alive_task is not None

    def on_message_begin(self) -> None:
        self._whole = False
        super().on_message_begin()

    def on_message_complete(self) -> None:
        self._whole = True
        super().on_message_complete()

    def _expect(self) -> None:
        self._began = self.loop.time()
        self._received = 0
        self._arriving = self.loop.call_later(SENDING_SECONDS, self._late)

    def _arrived(self) -> None:
        if self._arriving is not None:
            self._arriving.cancel()
            self._arriving = None

    def _late(self) -> None:
        """Close, unless what has come so far was worth the time."""
        self._arriving = None
        due = self._began + SENDING_SECONDS + self._received / SLOWEST
        if self.loop.time() < due:
            self._arriving = self.loop.call_at(due + 0.01, self._late)
        elif not self.transport.is_closing():
            log.info("closed a connection whose request did not arrive", client=self.client)
            self.transport.abort()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread = self.loop.call_later(READING_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None
        super().resume_writing()


class Server(uvicorn.Server):
    """uvicorn's server, which ends so that nobody loses an answer, and lets its owner close what lies beneath.

    `ending` is called once when it has been told to end, before the last answers are given.
    """

    def __init__(self, config: uvicorn.Config, ending: Callable[[], None]) -> None:
        super().__init__(config)
        self.ending = ending

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """As uvicorn's, without raising the signal again: that would end the process before its database is closed."""
        handled = (signal.SIGINT, signal.SIGTERM)
        before = {one: signal.signal(one, self.handle_exit) for one in handled}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, signal.SIG_IGN if self.should_exit else handler)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept nobody any more; answer what is here and what is on its way, and say that it was the last answer."""
        limit_life()
        self.ending()
        for server in self.servers:
            server.close()
        state = self.server_state
        state.default_headers = [*state.default_headers, (b"connection", b"close")]
        for connection in list(state.connections):
            cycle = getattr(connection, "cycle", None)
            if cycle is not None and not cycle.response_complete:
                connection.shutdown()  # finishes its answer, says "close", closes
        time = asyncio.get_running_loop().time
        deadline = time() + DRAIN_SECONDS
        while state.connections and time() < deadline and not self.force_exit:  # noqa: ASYNC110 - uvicorn says nothing when a connection ends
            await asyncio.sleep(0.02)
        await super().shutdown(sockets)


def limit_life(seconds: float = LIMIT_SECONDS) -> None:
    """End this process by force after so long: what was acknowledged is on the disk, what was not is undone."""

    def end() -> None:
        log.warning("ended by force", seconds=seconds)
        os._exit(1)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
