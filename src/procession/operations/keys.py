"""The secret key and what it seals: whether they fit, and the end of a change of key that was interrupted."""

import os
from pathlib import Path

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag

from procession.accounts.keys import Secrets
from procession.kernel.clock import Clock
from procession.kernel.database import Database, Session
from procession.kernel.log import log
from procession.kernel.sql import Query
from procession.kernel.unit import EVERY_TENANT, Unit
from procession.operations.schema import metadata
from procession.operations.settings import KEY_FILE, Settings, kept_key

NEXT_FILE = f"{KEY_FILE}.next"
"""The key that a change of key is about to put in the place of the other one."""


def sealed_columns() -> list["sa.Column[bytes]"]:
    """Every column that is encrypted with the secret key, of every room: those whose `info` says so."""
    return [
        column
        for table in metadata.sorted_tables
        for column in table.columns
        if column.info.get("sealed")  # a test makes sure that no column of bytes is forgotten
    ]


SAMPLES = [
    Query(sa.select(column).limit(1), bytes, why_all_tenants="whether the operator's key opens what is sealed")
    for column in sealed_columns()
]


def fits(database: Database, key: str) -> bool | None:
    """Whether the key opens what the database keeps secret; None when it keeps nothing yet."""
    now = Clock().now()

    def work(session: Session) -> list[bytes]:
        unit = Unit(session, EVERY_TENANT, now)
        return [found for sample in SAMPLES for found in unit.all(sample)]

    found = database.read_now(work)
    return all(opens(key, one) for one in found) if found else None


def opens(key: str, sealed: bytes) -> bool:
    """Whether the text was sealed with this key."""
    try:
        Secrets(key).open(sealed)
    except InvalidTag:
        return False
    return True


def settle(settings: Settings, database: Database) -> None:
    """Finish a change of key that ended between its commit and the exchange of the files.

    As long as the former key fits, nothing is touched: the change may be under way in another process.
    """
    path = next_path(settings)
    if settings.secret_key or not path.is_file():
        return
    fresh, kept = path.read_text(encoding="utf-8").strip(), kept_key(settings)
    if fresh and fits(database, fresh) and not (kept and fits(database, kept)):
        take_place(settings)
        log.warning("finished an interrupted change of the secret key")


def next_path(settings: Settings) -> Path:
    """Where the next key waits."""
    return settings.data_dir / NEXT_FILE


def take_place(settings: Settings) -> None:
    """The next key becomes the key; on the disk when this returns."""
    next_path(settings).replace(settings.data_dir / KEY_FILE)
    flush_folder(settings.data_dir)


def flush_folder(folder: Path) -> None:
    """Make sure that names made or changed in the folder survive a loss of power."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
