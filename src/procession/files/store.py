"""The store of bytes: one port over obstore, on the local disk (`file://`) or S3-compatible storage (`s3://`).

A key names bytes once and for all: they are written whole or not at all, never changed, deleted when no row knows them.
"""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from procession.kernel.ids import new_id

PIECE = 256 * 1024
"""Bytes that are read and sent at a time."""
_BUFFER = 1024 * 1024
_PART = 8 * 1024 * 1024
"""Bytes of one part of an upload to S3, which takes none below 5 MiB but the last."""


RETRY: Any = {"max_retries": 3, "retry_timeout": timedelta(seconds=20)}
"""How often S3 is asked again, and for how long: a request waits for it."""


class WrongStore(ValueError):
    """The address names no store this version knows."""


class Missing(Exception):
    """There are no such bytes."""


class StoreFailed(OSError):
    """The store cannot be reached, or refuses; what was asked may be asked again."""


class Sink:
    """Where one upload is written, piece by piece; nothing is visible until it was left without an error."""

    def __init__(self, store: "FileStore", key: str) -> None:
        self._store = store
        self._key = key
        # One part at a time: memory stays that of two buffers whatever the size of the file.
        size = _PART if store.root is None else _BUFFER
        self._writer = obstore.open_writer_async(store.objects, key, buffer_size=size, max_concurrency=1)

    async def write(self, data: bytes) -> None:
        try:
            await self._writer.write(data)
        except BaseError as error:
            raise StoreFailed(str(error)) from error

    async def __aenter__(self) -> Self:
        await self._writer.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self._writer.__aexit__(kind, error, trace)
        except (BaseError, FileNotFoundError) as failed:
            raise StoreFailed(str(failed)) from failed
        if kind is None:
            await asyncio.to_thread(self._store.flush, self._key)


class FileStore:
    """Bytes by key, under the folder of a `file:///path` address or in the bucket of `s3://bucket/prefix`.

    The folder is made for its owner alone; the bucket must be there. Where S3 is, and who asks, say the variables that
    every S3 program reads (`AWS_ACCESS_KEY_ID`, `AWS_ENDPOINT_URL`, ...).
    """

    def __init__(self, url: str) -> None:
        self.root: Path | None = None
        self.objects: LocalStore | S3Store
        if (bucket := s3_place(url)) is not None:
            self.objects = S3Store(
                bucket[0],
                prefix=bucket[1] or None,
                # Without encryption only where the operator's address says http, as inside a cluster.
                client_options={"connect_timeout": "5s", "timeout": "60s", "allow_http": True},
                retry_config=RETRY,
            )
            return
        self.root = local_path(url)
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.objects = LocalStore(prefix=self.root)

    def sink(self, key: str) -> Sink:
        """Write the bytes of `key`, which nobody has yet."""
        return Sink(self, key)

    def flush(self, key: str) -> None:
        """Have the bytes and the folders that name them on the disk: a row may refer to them now. Blocks.

        S3 answers when it has them for good.
        """
        if self.root is None:
            return
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
        except BaseError as error:
            raise StoreFailed(str(error)) from error
        return _check(result.meta, size, result.stream(min_chunk_size=PIECE).__aiter__())

    async def ends(self, key: str, size: int, head: int, foot: int) -> tuple[bytes, bytes]:
        """The first `head` bytes of `key`, which has `size`, and its last `foot` ones without those. `StoreFailed`."""
        ranges = [(0, min(head, size)), (max(size - foot, min(head, size)), size)]
        starts, ends = zip(*(one for one in ranges if one[0] < one[1]), strict=True)
        try:
            found = await obstore.get_ranges_async(self.objects, key, starts=starts, ends=ends)
        except (BaseError, FileNotFoundError) as error:
            raise StoreFailed(str(error)) from error
        first, *more = (bytes(one) for one in found)
        return first, b"".join(more)

    def remove(self, key: str) -> None:
        """Delete; what is not there is no error. Blocks."""
        try:
            obstore.delete(self.objects, key)
        except FileNotFoundError:
            return
        except BaseError as error:
            raise StoreFailed(str(error)) from error

    def check(self) -> None:
        """Write, read and delete a few bytes. Blocks. Raises `StoreFailed`, `OSError`."""
        key = f"probe/{new_id()}"
        try:
            obstore.put(self.objects, key, b"probe")
            found = bytes(obstore.get(self.objects, key).bytes())
            obstore.delete(self.objects, key)
        except (BaseError, FileNotFoundError) as error:
            raise StoreFailed(str(error)) from error
        if found != b"probe":
            raise StoreFailed("what was written is not what is read")

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


def s3_place(url: str) -> tuple[str, str] | None:
    """Bucket and prefix of an `s3://bucket/prefix` address; None for an address of another kind.

    Raises `WrongStore` for one that names no bucket.
    """
    if not url.startswith("s3://"):
        return None
    found = re.fullmatch(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/([A-Za-z0-9!_.*'()/-]*))?", url)
    if found is None or ".." in url:
        raise WrongStore("an address such as s3://bucket/prefix")
    return found[1], (found[2] or "").strip("/")


def local_path(url: str) -> Path:
    """The folder a `file:///path` address names. Raises `WrongStore`."""
    found = re.fullmatch(r"file://(?:localhost)?(/.+)", url)
    if found is None:
        raise WrongStore("an address such as file:///var/lib/procession/files or s3://bucket/prefix")
    return Path(unquote(found[1]))


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
