"""The lock that keeps a second server or worker off an SQLite database."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from procession.operations.databases import sqlite_path
from procession.operations.settings import Settings, make_data_dir


class Occupied(Exception):
    """A server or worker has this SQLite database to itself; the text says which."""


def lock_path(settings: Settings) -> Path:
    """Beside the database and not in the data directory: two of those may name one database."""
    path = sqlite_path(settings)
    return path.with_name(f"{path.name}.lock")


@contextlib.contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Have the SQLite database to oneself as long as this lasts; PostgreSQL needs no such thing.

    The system releases the lock when the process ends, however it ends. Raises `Occupied`.
    """
    if not settings.embedded:
        yield
        return
    make_data_dir(settings)
    path = lock_path(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise Occupied(f"Another server or worker is running on {sqlite_path(settings)}.") from None
    try:
        yield
    finally:
        os.close(handle)
