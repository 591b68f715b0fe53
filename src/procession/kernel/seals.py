"""The hash chain over an organization's events: whoever alters a sealed row breaks every digest after it.

Sealing is a job, never part of a request. On PostgreSQL ids are not given in the order of commits, so a pass stops
below the oldest transaction still running.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from procession.kernel.ids import NOWHERE
from procession.kernel.sql import Query, columns_of, organization, row, upsert
from procession.kernel.tables import event_seals, events
from procession.kernel.unit import SEAL, SEAL_DELAY, Unit

PASS = 1000


class SealedEvent(msgspec.Struct, frozen=True):
    """Every column of an event, in the order the digest reads them."""

    id: int
    organization_id: str
    command_id: str
    at: datetime
    kind: str
    verb: str
    subject_kind: str
    subject_id: str
    process_id: str | None
    field: str | None
    old: Any
    new: Any
    actor: str
    client: str | None
    shown: bool


HEAD = Query(
    sa.select(event_seals.c.last_event_id, event_seals.c.digest, event_seals.c.sealed).where(organization(event_seals)),
    row,
)
UNSEALED = Query(
    sa.select(*columns_of(events, SealedEvent))
    .where(organization(events), events.c.id > sa.bindparam("after"))
    .order_by(events.c.id)
    .limit(sa.bindparam("count")),
    SealedEvent,
)
STILL_WRITING = Query(
    sa.text(
        "SELECT count(*) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation "
        "WHERE c.relname = 'events' AND l.mode = 'RowExclusiveLock' AND l.pid <> pg_backend_pid()"
    ).columns(sa.column("n", sa.Integer)),
    int,
    why_all_tenants="locks are no tenant's rows",
)
KEEP_HEAD = upsert(event_seals, "last_event_id", "digest", "sealed", "at")


def seal(unit: Unit, _payload: Mapping[str, Any]) -> None:
    """Seal up to `PASS` events of the unit's organization; leaves another job when more are waiting."""
    unit.lock(f"seal:{unit.organization_id}")
    writing = unit.one(STILL_WRITING) if unit.session.locks else 0
    if writing:
        unit.enqueue(SEAL, {}, key=SEAL, run_at=unit.now + SEAL_DELAY)
        return
    head = unit.one(HEAD)
    after, digest, sealed = head if head is not None else (0, NOWHERE * 2, 0)
    fresh = unit.all(UNSEALED, after=after, count=PASS)
    if not fresh:
        return
    digest = chain(digest, fresh)
    unit.write(KEEP_HEAD, last_event_id=fresh[-1].id, digest=digest, sealed=sealed + len(fresh), at=unit.now)
    if len(fresh) == PASS:
        unit.enqueue(SEAL, {}, key=SEAL, run_at=unit.now)


def chain(digest: str, sealed: list[SealedEvent]) -> str:
    """The head after these events: SHA-256 over the former head and the row, one after the other."""
    for event in sealed:
        digest = hashlib.sha256(digest.encode() + msgspec.json.encode(event, order="deterministic")).hexdigest()
    return digest


def verify(unit: Unit) -> bool:
    """Whether the sealed events still give the kept head."""
    head = unit.one(HEAD)
    if head is None:
        return True
    last, kept, _ = head
    digest, after = NOWHERE * 2, 0
    while after < last:
        page = [event for event in unit.all(UNSEALED, after=after, count=PASS) if event.id <= last]
        if not page:
            break
        digest, after = chain(digest, page), page[-1].id
    return bool(digest == kept)
