"""HTTP to a server on this machine, for the tests' many plain requests: a fraction of the time that httpx2 takes.

What is out of the ordinary (forms, large bodies, addresses and headers that need care) is httpx2's, as before.
"""

import re
import select
import socket
import weakref
from collections.abc import Mapping
from urllib.parse import urlsplit

import httptools
import httpx2

METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
WITH_LENGTH = {"POST", "PUT", "PATCH"}  # say how long their body is even when it is empty
LARGEST = 65_536  # bytes of a body; a server may answer larger ones before it has read them
PLAIN_ADDRESS = re.compile(r"(?!.*//)(?!.*/\.)/(?:[A-Za-z0-9_~/?&=,:;@!$*+().'\[\]-]|%[0-9A-Fa-f]{2})*")
PLAIN_NAME = re.compile(
    r"(?!(?:accept-encoding|connection|content-length|expect|host|te|transfer-encoding|upgrade)$)[a-z0-9-]+"
)
PLAIN_VALUE = re.compile(r"(?! )[ -~]*(?<! )")


class Received:
    """A response as it arrives; httptools calls the methods."""

    def __init__(self) -> None:
        self.complete = False
        self.lasting = False
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self._parts: list[bytes] = []
        self._parser = httptools.HttpResponseParser(self)

    def feed(self, data: bytes) -> None:
        self._parser.feed_data(data)

    @property
    def body(self) -> bytes:
        return b"".join(self._parts)

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name, value))

    def on_body(self, data: bytes) -> None:
        self._parts.append(data)

    def on_message_complete(self) -> None:
        self.complete = True
        self.status = self._parser.get_status_code()
        self.lasting = self._parser.should_keep_alive()


class Lines:
    """The open connections to one server. Any thread may ask; every request has a connection to itself.

    `ask` raises what httpx2 raises: `ConnectError`, `ReadTimeout`, `ReadError`, `RemoteProtocolError`.
    """

    def __init__(self, base: str, timeout: float = 35) -> None:
        address = urlsplit(base)
        assert address.scheme == "http" and address.hostname is not None, base
        self._where = (address.hostname, address.port or 80)
        self._host = f"Host: {address.netloc}\r\n"
        self._before = address.path.rstrip("/")
        self._timeout = timeout
        self._idle: list[socket.socket] = []
        weakref.finalize(self, _close, self._idle)

    def ask(self, method: str, address: str, headers: Mapping[str, str], body: bytes) -> Received | None:
        """None: not a plain request. The names of `headers` are in small letters."""
        if method not in METHODS or len(body) > LARGEST or PLAIN_ADDRESS.fullmatch(address) is None:
            return None
        head = [f"{method} {self._before}{address} HTTP/1.1\r\n", self._host]
        for name, value in headers.items():
            if PLAIN_NAME.fullmatch(name) is None or PLAIN_VALUE.fullmatch(value) is None:
                return None
            head.append(f"{name}: {value}\r\n")
        if body or method in WITH_LENGTH:
            head.append(f"content-length: {len(body)}\r\n")
        head.append("\r\n")
        return self._exchange("".join(head).encode("ascii") + body)

    def ended(self) -> bool:
        """Whether the server has closed the connection that would be asked next."""
        return bool(self._idle) and _ended(self._idle[-1])

    def close(self) -> None:
        _close(self._idle)

    def _exchange(self, request: bytes) -> Received:
        line = self._line()
        try:
            received = _exchanged(line, request)
        except BaseException as error:
            line.close()
            if isinstance(error, TimeoutError):
                raise httpx2.ReadTimeout(str(error)) from error
            if isinstance(error, OSError):
                raise httpx2.ReadError(str(error)) from error
            raise
        if received.lasting:
            self._idle.append(line)
        else:
            line.close()
        return received

    def _line(self) -> socket.socket:
        while True:
            try:
                line = self._idle.pop()
            except IndexError:
                break
            if not _ended(line):
                return line
            line.close()
        try:
            line = socket.create_connection(self._where, self._timeout)
        except OSError as refused:
            raise httpx2.ConnectError(str(refused)) from refused
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return line


def _exchanged(line: socket.socket, request: bytes) -> Received:
    line.sendall(request)
    received = Received()
    while not received.complete:
        data = line.recv(262_144)
        if not data:
            message = "the server closed the connection without a whole answer"
            raise httpx2.RemoteProtocolError(message)
        received.feed(data)
    return received


def _ended(line: socket.socket) -> bool:
    """Whether the server has closed it: nothing else can be there to read between two requests."""
    poll = select.poll()
    poll.register(line, select.POLLIN)
    return bool(poll.poll(0))


def _close(idle: list[socket.socket]) -> None:
    while idle:
        idle.pop().close()
