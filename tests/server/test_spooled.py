"""Answers that are written to a file beside the memory leave none of it open, whatever happens (spec 50 §7)."""

import asyncio
import gc
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from procession.api import endpoint
from procession.api.endpoint import IN_MEMORY, spool
from procession.server.messages import send_answer
from procession.server.perform import Answered
from procession.server.transfers import spooled

SIZES = [10, IN_MEMORY + 10]


def failing(size: int) -> Iterator[bytes]:
    yield b"x" * size
    raise RuntimeError("no more")


@pytest.mark.parametrize("size", SIZES)
def test_what_fails_while_it_is_written_is_closed(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []

    class Noted(endpoint.Beside):
        def __init__(self, size: int) -> None:
            super().__init__(size)
            made.append(self)

    monkeypatch.setattr(endpoint, "Beside", Noted)
    with pytest.raises(RuntimeError, match="no more"):
        spool(failing(size))
    assert [one.closed for one in made] == [True]


@pytest.mark.parametrize("size", SIZES)
def test_what_nobody_sends_is_closed(size: int) -> None:
    """A command that is run again drops its first answer."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        spool([b"x" * size])
        gc.collect()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("method", "fails", "sent"), [("GET", 99, True), ("HEAD", 99, False), ("GET", 0, False), ("GET", 1, False)]
)
def test_what_is_sent_is_closed(size: int, method: str, fails: int, sent: bool) -> None:
    """Sent whole, to HEAD, and where the client has gone before the first piece or after it."""
    written = spool([b"x" * 7, b"x" * (size - 7)])
    assert written.size == size
    got: list[bytes] = []

    async def send(message: Any) -> None:
        if len(got) == fails:
            raise ConnectionResetError
        got.append(message.get("body", b""))

    async def answer() -> None:
        status, pieces = spooled(Answered(status=200), written, [])
        await send_answer(send, status, [], pieces, method)

    try:
        asyncio.run(answer())
    except ConnectionResetError:
        assert fails < 99
    assert (b"".join(got) == b"x" * size) is sent
    assert written.file.closed
