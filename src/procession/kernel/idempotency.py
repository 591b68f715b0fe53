"""Answers kept for `Idempotency-Key`: rows of the unit's own transaction (spec 00 §15.2).

"Still running" is a lock, not a row: an advisory lock on PostgreSQL; on SQLite the writer's turn orders requests.
"""

from datetime import timedelta

import msgspec
import sqlalchemy as sa

from procession.kernel.sql import Query, Write, insert_missing, organization
from procession.kernel.tables import idempotency_keys
from procession.kernel.unit import EVERY_TENANT, Unit

KEPT = timedelta(hours=24)


class KeptAnswer(msgspec.Struct, frozen=True):
    """What a finished request answered, and what made it that request."""

    status: int
    headers: dict[str, str]
    body: bytes
    fingerprint: str


_c = idempotency_keys.c
_where = (
    organization(idempotency_keys),
    _c.principal == sa.bindparam("principal"),
    _c.key == sa.bindparam("key"),
)
FIND = Query(
    sa.select(_c.status, _c.headers, _c.body, _c.fingerprint).where(*_where, _c.created_at > sa.bindparam("since")),
    KeptAnswer,
)
KEEP = insert_missing(idempotency_keys, on=("organization_id", "principal", "key"))
TRY_LOCK = Query(sa.select(sa.func.pg_try_advisory_xact_lock(sa.func.hashtextextended(sa.bindparam("name"), 0))), bool)
DROP_OLD = Write(sa.delete(idempotency_keys).where(*_where, _c.created_at <= sa.bindparam("since")))
FORGET = Write(sa.delete(idempotency_keys).where(_c.created_at <= sa.bindparam("since")), why_all_tenants="retention")


def claim(unit: Unit, key: str) -> bool:
    """Whether this request may go on with the key; False while another one with it is running."""
    if not unit.session.locks:
        return True
    got: bool | None = unit.one(TRY_LOCK, name=f"{unit.organization_id}:{unit.principal}:{key}")
    return bool(got)


def find(unit: Unit, key: str) -> KeptAnswer | None:
    """The answer kept for this key of this caller; one that is too old is dropped."""
    since = unit.now - KEPT
    found = unit.one(FIND, principal=unit.principal, key=key, since=since)
    if found is None:
        unit.write(DROP_OLD, principal=unit.principal, key=key, since=since)
    return found


def keep(unit: Unit, key: str, answer: KeptAnswer) -> None:
    """Keep an answer; the first one stays."""
    unit.write(
        KEEP,
        principal=unit.principal,
        key=key,
        fingerprint=answer.fingerprint,
        status=answer.status,
        headers=answer.headers,
        body=answer.body,
        created_at=unit.now,
    )


def forget(unit: Unit) -> None:
    """Drop what nobody can replay any more, of every organization."""
    assert unit.organization_id == EVERY_TENANT
    unit.write(FORGET, since=unit.now - KEPT)
