"""The store of bytes: one port over obstore, on the local disk (`file://`).

A key names bytes once and for all: they are written whole or not at all, never changed, deleted when no row knows them.
"""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote

import obstore
from obstore.store import LocalStore

PIECE = 256 * 1024
"""Bytes that are read and sent at a time."""
_BUFFER = 1024 * 1024


class WrongStore(ValueError):
    """The address names no store this version knows."""


class Missing(Exception):
    """There are no such bytes."""


class Sink:
    """Where one upload is written, piece by piece; nothing is visible until it was left without an error."""

    def __init__(self, store: "FileStore", key: str) -> None:
        self._store = store
        self._key = key
        # One part at a time: memory stays that of two buffers whatever the size of the file.
        self._writer = obstore.open_writer_async(store.objects, key, buffer_size=_BUFFER, max_concurrency=1)

    async def write(self, data: bytes) -> None:
        await self._writer.write(data)

    async def __aenter__(self) -> Self:
        await self._writer.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._writer.__aexit__(kind, error, trace)
        if kind is None:
            await asyncio.to_thread(self._store.flush, self._key)


class FileStore:
    """Bytes by key, under the folder of a `file:///path` address. The folder is made for its owner alone."""

    def __init__(self, url: str) -> None:
        self.root = local_path(url)
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.objects = LocalStore(prefix=self.root)

    def sink(self, key: str) -> Sink:
        """Write the bytes of `key`, which nobody has yet."""
        return Sink(self, key)

    def flush(self, key: str) -> None:
        """Have the bytes and the folders that name them on the disk: a row may refer to them now. Blocks."""
        path = self.root / key
        _sync(path)
        for folder in path.parents:
            _sync(folder)
            if folder == self.root:
                break

    async def open(self, key: str, start: int, end: int, size: int) -> AsyncIterator[bytes]:
        """The bytes from `start` to before `end` of `key`. Raises `Missing`, also when they are not `size` in all."""
        try:
            if start == end:
                found: Any = await obstore.head_async(self.objects, key)
                return _check(found, size, _nothing())
            result = await obstore.get_async(self.objects, key, options={"range": (start, end)})
        except FileNotFoundError:
            raise Missing(key) from None
        return _check(result.meta, size, result.stream(min_chunk_size=PIECE).__aiter__())

    def remove(self, key: str) -> None:
        """Delete; what is not there is no error. Blocks."""
        try:
            obstore.delete(self.objects, key)
        except FileNotFoundError:
            return

    def listed(self, before: datetime) -> Iterator[list[str]]:
        """Every key written before that instant, in batches of at most 1,000. Blocks."""
        for batch in obstore.list(self.objects, chunk_size=1000):
            yield [one["path"] for one in batch if one["last_modified"] < before]


def _check(meta: Any, size: int, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    if meta["size"] != size:
        raise Missing(meta["path"])
    return pieces


async def _nothing() -> AsyncIterator[bytes]:
    for piece in list[bytes]():
        yield piece


def local_path(url: str) -> Path:
    """The folder a `file:///path` address names. Raises `WrongStore`."""
    found = re.fullmatch(r"file://(?:localhost)?(/.+)", url)
    if found is None:
        raise WrongStore("an address such as file:///var/lib/procession/files")
    return Path(unquote(found[1]))


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
