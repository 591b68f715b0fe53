"""What the worker does for files: delete bytes whose rows are gone, and bytes that never got one (spec 20 §20.3)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from procession.files import queries
from procession.files.keeping import delete
from procession.files.reading import files_by_id
from procession.files.store import FileStore
from procession.kernel.database import Database, Session
from procession.kernel.unit import EVERY_TENANT, Unit

ORPHANED = timedelta(days=1)
"""How long bytes may lie without a row: an upload writes them first, and a crash may leave them behind."""
BATCH = 200


def remove(store: FileStore, payload: Mapping[str, Any]) -> None:
    """Delete the bytes of deleted files. Twice is once."""
    for one in payload["keys"]:
        store.remove(one)


def sweep(database: Database, store: FileStore, now: datetime) -> int:
    """Delete bytes older than a day that no row knows; how many there were."""
    swept = 0
    for keys in store.listed(now - ORPHANED):
        known = _known(database, [_id(one) for one in keys], now)
        for one in keys:
            if _id(one) not in known:
                store.remove(one)
                swept += 1
    return swept


def _id(key: str) -> str:
    """Whose bytes they are: sizes of a picture have a word behind its id."""
    return key.rpartition("/")[2].partition("-")[0]


def _known(database: Database, ids: list[str], now: datetime) -> set[str]:
    def work(session: Session) -> list[str]:
        unit = Unit(session, EVERY_TENANT, now)
        return [*unit.all(queries.KNOWN_IDS, ids=ids), *unit.all(queries.KNOWN_PICTURES, ids=ids)]

    return set(database.read_now(work))


def purge(database: Database, now: datetime, kept: timedelta) -> int:
    """Delete uploads that were attached to nothing for `kept`; how many there were."""
    before = now - kept
    purged = 0
    while True:
        found = _loose(database, before, now)
        fresh = sum(_purge(database, one, ids, before, now) for one, ids in found.items())
        purged += fresh
        if fresh == 0:
            return purged


def _loose(database: Database, before: datetime, now: datetime) -> dict[str, list[str]]:
    """Some of them, by organization."""

    def work(session: Session) -> list[Any]:
        return list(Unit(session, EVERY_TENANT, now).all(queries.LOOSE, before=before, count=BATCH))

    found: dict[str, list[str]] = {}
    for organization_id, file_id in database.read_now(work):
        found.setdefault(organization_id, []).append(file_id)
    return found


def _purge(database: Database, organization_id: str, ids: list[str], before: datetime, now: datetime) -> int:
    """Delete those that belong to nothing still: one may have been attached since it was found."""

    def work(session: Session) -> int:
        unit = Unit(session, organization_id, now)
        files = files_by_id(unit, unit.all(queries.LOOSE_LOCKED, ids=ids, before=before))
        delete(unit, list(files.values()))
        return len(files)

    return database.command_now(work)
