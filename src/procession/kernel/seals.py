"""The hash chain over an organization's events: whoever alters a sealed row breaks every digest after it.

Sealing is a job, never part of a request. On PostgreSQL ids are not given in the order of commits, so a pass stops
below the oldest transaction still running.

What the chain is made of is no event, but its digest with a salt of its own. So an event can lose its content, when a
person is erased (spec 41 §18.4), or go, when the log's time is over (§15.4): its digest stays and the chain holds, its
salt goes, so that nobody can try which content the digest was made of. Passes of older versions have no salts and
chain the rows themselves; they are salted when the first of them has to change.
"""

import hashlib
import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from procession.kernel.ids import NOWHERE
from procession.kernel.sql import (
    Among,
    Patch,
    Query,
    Write,
    columns_of,
    insert,
    insert_missing,
    organization,
    row,
    upsert,
)
from procession.kernel.tables import event_digests, event_seals, events, seal_passes
from procession.kernel.unit import SEAL, SEAL_DELAY, Unit

PASS = 1000
SALT = 16
"""Bytes of chance that go into the digest of each event."""
BEGINNING = NOWHERE * 2


class SealedEvent(msgspec.Struct, frozen=True, omit_defaults=True):
    """Every column of an event, in the order the digest reads them.

    Those with a default came later: where they have it the digest is the one of before.
    """

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
    imported: bool = False


class Pass(msgspec.Struct, frozen=True):
    """What was sealed at once: the events after `after_id` up to `last_event_id`, a salt for each, by their ids."""

    last_event_id: int
    after_id: int
    salts: bytes


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
BETWEEN = Query(
    sa.select(*columns_of(events, SealedEvent))
    .where(organization(events), events.c.id > sa.bindparam("after"), events.c.id <= sa.bindparam("until"))
    .order_by(events.c.id),
    SealedEvent,
)
PASSES = Query(
    sa.select(*columns_of(seal_passes, Pass))
    .where(organization(seal_passes), seal_passes.c.last_event_id > sa.bindparam("after"))
    .order_by(seal_passes.c.last_event_id)
    .limit(sa.bindparam("count")),
    Pass,
)
KEPT_DIGESTS = Query(
    sa.select(event_digests.c.event_id, event_digests.c.digest).where(
        organization(event_digests),
        event_digests.c.event_id > sa.bindparam("after"),
        event_digests.c.event_id <= sa.bindparam("until"),
    ),
    row,
)
ERASED = Query(sa.select(sa.func.count()).select_from(event_digests).where(organization(event_digests)), int)
STILL_WRITING = Query(
    sa.text(
        "SELECT count(*) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation "
        "WHERE c.relname = 'events' AND l.mode = 'RowExclusiveLock' AND l.pid <> pg_backend_pid()"
    ).columns(sa.column("n", sa.Integer)),
    int,
    why_all_tenants="locks are no tenant's rows",
)
KEEP_HEAD = upsert(event_seals, "last_event_id", "digest", "sealed", "at")
KEEP_PASS = insert(seal_passes)
KEEP_DIGEST = insert_missing(event_digests, on=("organization_id", "event_id"))
PATCH_PASS = Patch(seal_passes, "last_event_id")
REWRITE = Patch(events, "id")
REMOVE = Write(sa.delete(events).where(organization(events), Among(events.c.id, "ids")))


def seal(unit: Unit, _payload: Mapping[str, Any]) -> None:
    """Seal up to `PASS` events of the unit's organization; leaves another job when more are waiting."""
    _lock(unit)
    writing = unit.one(STILL_WRITING) if unit.session.locks else 0
    if writing:
        unit.enqueue(SEAL, {}, key=SEAL, run_at=unit.now + SEAL_DELAY)
        return
    after, digest, sealed = _head(unit)
    fresh = unit.all(UNSEALED, after=after, count=PASS)
    if not fresh:
        return
    digest = chain(digest, _salted(unit, after, fresh))
    unit.write(KEEP_HEAD, last_event_id=fresh[-1].id, digest=digest, sealed=sealed + len(fresh), at=unit.now)
    if len(fresh) == PASS:
        unit.enqueue(SEAL, {}, key=SEAL, run_at=unit.now)


def _lock(unit: Unit) -> None:
    unit.lock(f"seal:{unit.organization_id}")


def _head(unit: Unit) -> tuple[int, str, int]:
    """Id of the last sealed event, digest of the chain up to it, how many were sealed."""
    last, digest, sealed = unit.one(HEAD) or (0, BEGINNING, 0)
    return last, digest, sealed


def _salted(unit: Unit, after: int, fresh: Sequence[SealedEvent]) -> list[str]:
    """Give each of these events a salt, and keep the pass; their digests."""
    salts = secrets.token_bytes(SALT * len(fresh))
    unit.write(KEEP_PASS, last_event_id=fresh[-1].id, after_id=after, salts=salts)
    return [digest_of(one, _salt(salts, place)) for place, one in enumerate(fresh)]


def _salt(salts: bytes, place: int) -> bytes:
    return salts[place * SALT : (place + 1) * SALT]


def digest_of(event: SealedEvent, salt: bytes) -> str:
    """What of an event is in the chain."""
    return hashlib.sha256(salt + msgspec.json.encode(event, order="deterministic")).hexdigest()


def chain(digest: str, digests: Sequence[str]) -> str:
    """The head after these events: SHA-256 over the former head and the digest of the event, one after the other."""
    for one in digests:
        digest = hashlib.sha256((digest + one).encode()).hexdigest()
    return digest


def chain_rows(digest: str, sealed: Sequence[SealedEvent]) -> str:
    """The same as passes without salts have it: over the former head and the row itself."""
    for event in sealed:
        digest = hashlib.sha256(digest.encode() + msgspec.json.encode(event, order="deterministic")).hexdigest()
    return digest


# -- whether it holds --------------------------------------------------------------------------------------------------


class Verdict(msgspec.Struct, frozen=True):
    """Whether the chain holds; how many events are sealed, and how many of these were erased or removed since."""

    intact: bool
    sealed: int
    erased: int


def verdict(unit: Unit) -> Verdict:
    """Compute the chain anew from what is there, and compare it with the kept head."""
    last, kept, sealed = _head(unit)
    return Verdict(_computed(unit, last) == kept, sealed, unit.one(ERASED) or 0)


def verify(unit: Unit) -> bool:
    """Whether the sealed events still give the kept head."""
    return verdict(unit).intact


def _computed(unit: Unit, last: int) -> str | None:
    """The head that the events give; None when an event was taken out, or slipped in."""
    digest, after = _computed_rows(unit, last), _salted_from(unit, last)
    for one in _passes(unit):
        found = _digests(unit, one) if one.after_id == after else None
        if found is None:
            return None
        digest, after = chain(digest, found), one.last_event_id
    return digest if after == last else None


def _salted_from(unit: Unit, last: int) -> int:
    """Where the passes with salts begin; `last` when there are none."""
    first = unit.one(PASSES, after=0, count=1)
    return last if first is None else first.after_id


def _computed_rows(unit: Unit, last: int) -> str:
    """The digest of the passes without salts."""
    digest = BEGINNING
    for _, page in _pages(unit, _salted_from(unit, last)):
        digest = chain_rows(digest, page)
    return digest


def _pages(unit: Unit, until: int) -> Iterator[tuple[int, list[SealedEvent]]]:
    """The events up to `until`, as many at a time as a pass seals, each page with the id before it."""
    after = 0
    while after < until:
        page = [event for event in unit.all(UNSEALED, after=after, count=PASS) if event.id <= until]
        if not page:
            break
        yield after, page
        after = page[-1].id


def _passes(unit: Unit) -> Iterator[Pass]:
    after = 0
    while page := unit.all(PASSES, after=after, count=20):
        yield from page
        after = page[-1].last_event_id


def _within(unit: Unit, sealed: Pass) -> tuple[dict[int, str], dict[int, SealedEvent]]:
    """Of a pass, by the ids of events: the digests that are kept, the events that are there."""
    span = {"after": sealed.after_id, "until": sealed.last_event_id}
    return dict(unit.all(KEPT_DIGESTS, **span)), {event.id: event for event in unit.all(BETWEEN, **span)}


def _digests(unit: Unit, sealed: Pass) -> list[str] | None:
    """The digests of a pass, kept or made of the events; None when there are more or fewer than were sealed."""
    kept, present = _within(unit, sealed)
    ids = sorted(kept.keys() | present.keys())
    if len(ids) * SALT != len(sealed.salts):
        return None
    return [kept.get(one) or digest_of(present[one], _salt(sealed.salts, place)) for place, one in enumerate(ids)]


# -- what may change all the same --------------------------------------------------------------------------------------


def release(unit: Unit, ids: Sequence[int]) -> None:
    """Let the content of these events go: what is sealed of them keeps its digest and loses its salt.

    The caller then rewrites or removes them, in this transaction, and nothing else does.
    """
    if not ids:
        return
    _lock(unit)
    last, _, _ = _head(unit)
    sealed = sorted(one for one in set(ids) if one <= last)
    if sealed and sealed[0] <= _salted_from(unit, last):
        _salt_all(unit, last)
    while sealed:
        one = unit.one(PASSES, after=sealed[0] - 1, count=1)
        assert one is not None
        _release(unit, one, {event for event in sealed if event <= one.last_event_id})
        sealed = [event for event in sealed if event > one.last_event_id]


def _release(unit: Unit, sealed: Pass, wanted: set[int]) -> None:
    kept, present = _within(unit, sealed)
    salts, rows = bytearray(sealed.salts), []
    for place, one in enumerate(sorted(kept.keys() | present.keys())):
        if one in wanted and one not in kept and one in present:
            rows.append({"event_id": one, "digest": digest_of(present[one], _salt(sealed.salts, place))})
            salts[place * SALT : (place + 1) * SALT] = bytes(SALT)
    unit.write_many(KEEP_DIGEST, rows)
    unit.patch(PATCH_PASS, {"salts": bytes(salts)}, last_event_id=sealed.last_event_id)


def _salt_all(unit: Unit, last: int) -> None:
    """Give salts to what was sealed without. A chain that does not hold is not made to: its head becomes nobody's."""
    digest, until = BEGINNING, _salted_from(unit, last)
    head, (_, kept, sealed) = _computed(unit, last), _head(unit)
    later = [_digests(unit, one) for one in _passes(unit)]
    for after, page in _pages(unit, until):
        digest = chain(digest, _salted(unit, after, page))
    for found in later:
        digest = chain(digest, found or [])
    unit.write(KEEP_HEAD, last_event_id=last, digest=digest if head == kept else BEGINNING, sealed=sealed, at=unit.now)


def rewrite(unit: Unit, columns: Mapping[int, Mapping[str, Any]]) -> None:
    """Other values in these columns of these events, whose former ones are gone (spec 41 §18.4)."""
    release(unit, list(columns))
    for event_id, changes in columns.items():
        unit.patch(REWRITE, changes, id=event_id)


def remove(unit: Unit, ids: Sequence[int]) -> None:
    """These events are gone (spec 41 §15.4)."""
    release(unit, ids)
    if ids:
        unit.write(REMOVE, ids=list(ids))
