"""The messages of ASGI: bodies read whole, answers sent at once or piece by piece."""

from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

import msgspec

from procession.kernel.errors import BadRequest, TooLarge
from procession.server.bodies import LARGEST

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]


class Pieces(msgspec.Struct, frozen=True):
    """A body that is read while it is sent; `length` in bytes. `close`: once it was sent, or could not be."""

    pieces: AsyncIterator[bytes]
    length: int
    close: Callable[[], None] | None = None


async def whole_body(receive: Receive, headers: dict[str, str], most: int = LARGEST) -> bytes:
    """The whole body, at most so many bytes."""
    declared = headers.get("content-length", "")
    if declared.isdigit() and int(declared) > most:
        raise TooLarge
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BadRequest("The connection was closed before the body was complete.")
        part = message.get("body", b"")
        size += len(part)
        if size > most:
            raise TooLarge
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)


async def send_answer(send: Send, status: int, headers: Headers, body: bytes | Pieces, method: str) -> None:
    """Send an answer with its length; to HEAD, and with 304, without its body."""
    if isinstance(body, Pieces):
        await _send_pieces(send, status, headers, body, method)
        return
    if status not in (204, 304):
        headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" or status == 304 else body})


async def _send_pieces(send: Send, status: int, headers: Headers, body: Pieces, method: str) -> None:
    """Each piece is read when the one before has gone out: memory stays that of a piece."""
    headers.append((b"content-length", str(body.length).encode()))
    try:
        await send({"type": "http.response.start", "status": status, "headers": headers})
        if method != "HEAD":
            async for piece in body.pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        if body.close is not None:
            body.close()


async def lifespan(receive: Receive, send: Send) -> None:
    """Say yes to start and end, which belong to whoever assembled the server."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
