"""Long work that somebody asked for and can look at: one act over many objects, each in a transaction of its own.

An errand is worked off by whichever worker holds its lease; another takes over when that is over. An object is settled
in the transaction of its act, so that none is done twice (spec 00 JOB-01, JOB-02; 60 §11).
"""

import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
import sqlalchemy as sa

from procession.kernel.ids import new_id
from procession.kernel.sql import Query, Write, columns_of, insert, organization
from procession.kernel.tables import errand_items, errand_parts, errands
from procession.kernel.unit import Unit

State = Literal["queued", "running", "succeeded", "failed", "cancelled"]
WHY = "errands of every organization are worked off by whichever worker is free"
LEASE = timedelta(seconds=60)
KEPT = timedelta(days=7)
PARTS_AT_ONCE = 10
MOST = 1_000
"""Objects of one errand that tells what became of each."""
REFUSED = 400


class Errand(msgspec.Struct, frozen=True):
    """Who asked for what, and how far it is. `request` belongs to the room that does it."""

    organization_id: str
    id: str
    kind: str
    status: State
    principal: str
    request: dict[str, Any]
    total: int
    done: int
    created_at: datetime
    finished_at: datetime | None


class Item(msgspec.Struct, frozen=True):
    """One object: `status` as a request of its own would answer; `outcome`: what is wrong."""

    position: int
    object_id: str
    status: int | None
    outcome: dict[str, Any] | None


_e, _i, _p = errands.c, errand_items.c, errand_parts.c
_columns = columns_of(errands, Errand)
_this = (organization(errands), _e.id == sa.bindparam("errand"))
_its_item = (
    organization(errand_items),
    _i.errand_id == sa.bindparam("errand"),
    _i.position == sa.bindparam("place"),
)
FIND = Query(sa.select(*_columns).where(*_this), Errand)
FIND_ANYWHERE = Query(
    sa.select(*_columns).where(_e.id == sa.bindparam("errand")),
    Errand,
    why_all_tenants="the path names no organization",
)
ITEMS = Query(
    sa.select(*columns_of(errand_items, Item))
    .where(organization(errand_items), _i.errand_id == sa.bindparam("errand"))
    .order_by(_i.position),
    Item,
)
REFUSED_ITEMS = Query(
    sa.select(*columns_of(errand_items, Item))
    .where(organization(errand_items), _i.errand_id == sa.bindparam("errand"), _i.status >= REFUSED)
    .order_by(_i.position),
    Item,
)
NEXT = Query(
    sa.select(*columns_of(errand_items, Item))
    .where(
        organization(errand_items),
        _i.errand_id == sa.bindparam("errand"),
        _i.position >= sa.bindparam("since"),
        _i.status.is_(None),
    )
    .order_by(_i.position)
    .limit(sa.bindparam("count")),
    Item,
)
PARTS = Query(
    sa.select(_p.position, _p.content)
    .where(organization(errand_parts), _p.errand_id == sa.bindparam("errand"), _p.position > sa.bindparam("after"))
    .order_by(_p.position)
    .limit(sa.bindparam("count")),
    lambda position, content: (int(position), bytes(content)),
)
INSERT = insert(errands)
INSERT_ITEM = insert(errand_items)
INSERT_PART = insert(errand_parts)
DELETE_PARTS = Write(sa.delete(errand_parts).where(organization(errand_parts), _p.errand_id == sa.bindparam("errand")))
_free = (
    _e.finished_at.is_(None),
    sa.or_(_e.leased_until.is_(None), _e.leased_until <= sa.bindparam("now", type_=_e.leased_until.type)),
)
ANY_WAITING = Query(sa.select(_e.id).where(*_free).limit(1), str, why_all_tenants=WHY)
_waiting = sa.select(_e.id).where(*_free).order_by(_e.created_at).limit(1).with_for_update(skip_locked=True)
CLAIM = Query(
    sa.update(errands)
    .where(_e.id == _waiting.scalar_subquery(), _e.finished_at.is_(None))  # `IN` may look again and lease a second
    .values(leased_until=sa.bindparam("until", type_=_e.leased_until.type), status="running")
    .returning(*_columns),
    Errand,
    why_all_tenants=WHY,
)
SETTLE = Query(
    sa.update(errand_items)
    .where(*_its_item, _i.status.is_(None))
    .values(status=sa.bindparam("code"), outcome=sa.bindparam("told", type_=_i.outcome.type))
    .returning(_i.position),
    int,
)
ADVANCE = Query(
    sa.update(errands)
    .where(*_this, _e.finished_at.is_(None))
    .values(done=_e.done + 1, leased_until=sa.bindparam("until", type_=_e.leased_until.type))
    .returning(_e.done),
    int,
)
FINISH = Query(
    sa.update(errands)
    .where(*_this, _e.finished_at.is_(None))
    .values(status=sa.bindparam("state"), finished_at=sa.bindparam("now", type_=_e.finished_at.type))
    .returning(_e.id),
    str,
)
RELEASE = Write(sa.update(errands).where(*_this, _e.finished_at.is_(None)).values(leased_until=None))
FORGET = Write(
    sa.delete(errands).where(_e.finished_at < sa.bindparam("before", type_=_e.finished_at.type)),
    why_all_tenants="retention",
)


def begin(unit: Unit, kind: str, request: Mapping[str, Any], objects: Sequence[str]) -> Errand:
    """Leave an errand over these objects for a worker."""
    errand_id = new_id()
    unit.write(
        INSERT,
        id=errand_id,
        kind=kind,
        status="queued",
        principal=unit.principal,
        request=dict(request),
        total=len(objects),
        done=0,
        leased_until=None,
        created_at=unit.now,
        finished_at=None,
    )
    rows = [
        {"errand_id": errand_id, "position": place, "object_id": one, "status": None, "outcome": None}
        for place, one in enumerate(objects)
    ]
    unit.write_many(INSERT_ITEM, rows)
    found = find(unit, errand_id)
    assert found is not None
    return found


def find(unit: Unit, errand_id: str) -> Errand | None:
    """The errand of this id."""
    return unit.one(FIND, errand=errand_id)


def items_of(unit: Unit, errand_id: str) -> list[Item]:
    """Its objects in order."""
    return unit.all(ITEMS, errand=errand_id)


def refused_of(unit: Unit, errand_id: str) -> list[Item]:
    """The objects that were refused, in order."""
    return unit.all(REFUSED_ITEMS, errand=errand_id)


def parts_of(unit: Unit, errand_id: str) -> Iterator[bytes]:
    """What the errand wrote, in order, a few parts in memory at a time."""
    after = -1
    while found := unit.all(PARTS, errand=errand_id, after=after, count=PARTS_AT_ONCE):
        for _, content in found:
            yield zlib.decompress(content)
        after = found[-1][0]


def cancel(unit: Unit, errand_id: str) -> None:
    """What is not done yet stays undone; nothing happens to an errand that is over."""
    if unit.one(FINISH, errand=errand_id, state="cancelled", now=unit.now) is not None:
        unit.write(DELETE_PARTS, errand=errand_id)


def is_waiting(unit: Unit) -> bool:
    """Whether there is an errand that nobody works at. The unit is of all organizations."""
    return bool(unit.all(ANY_WAITING, now=unit.now))


def claim(unit: Unit) -> Errand | None:
    """The oldest errand that nobody works at, leased; None when there is none. The unit is of all organizations."""
    return unit.one(CLAIM, now=unit.now, until=unit.now + LEASE)


def release(unit: Unit, errand_id: str) -> None:
    """Let whoever is free go on with it at once."""
    unit.write(RELEASE, errand=errand_id)


def next_items(unit: Unit, errand_id: str, count: int, since: int = 0) -> list[Item]:
    """The first objects that are not settled, from the place `since` on."""
    return unit.all(NEXT, errand=errand_id, count=count, since=since)


def settle(unit: Unit, errand_id: str, place: int, status: int, outcome: Mapping[str, Any] | None) -> bool:
    """Note what became of an object; False when somebody cancelled the errand or was quicker: undo what was done."""
    if unit.one(ADVANCE, errand=errand_id, until=unit.now + LEASE) is None:
        return False
    return unit.one(SETTLE, errand=errand_id, place=place, code=status, told=outcome) is not None


def write_part(unit: Unit, errand_id: str, place: int, content: bytes) -> None:
    """Keep a part of what the errand writes, as long as the errand is kept."""
    unit.write(INSERT_PART, errand_id=errand_id, position=place, content=zlib.compress(content))


def finish(unit: Unit, errand: Errand) -> None:
    """Everything is settled. It failed when nothing at all succeeded."""
    found = items_of(unit, errand.id)
    succeeded = not found or any(one.status is not None and one.status < REFUSED for one in found)
    unit.one(FINISH, errand=errand.id, state="succeeded" if succeeded else "failed", now=unit.now)


def finish_parts(unit: Unit, errand_id: str, harmless: Collection[int]) -> None:
    """Everything is settled, and what was written is whole but for objects refused with a `harmless` status; otherwise
    the errand failed and its parts go.
    """
    failed = any(one.status not in harmless for one in refused_of(unit, errand_id))
    unit.one(FINISH, errand=errand_id, state="failed" if failed else "succeeded", now=unit.now)
    if failed:
        unit.write(DELETE_PARTS, errand=errand_id)


def forget(unit: Unit) -> None:
    """Delete what was over a week ago."""
    unit.write(FORGET, before=unit.now - KEPT)
