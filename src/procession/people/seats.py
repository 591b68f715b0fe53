"""Seats: how many full and light members the operator allows, and who takes one (spec 41 §8)."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from procession.kernel.errors import SeatsTaken
from procession.kernel.unit import Unit
from procession.people import queries

Pool = Literal["full", "light"]
POOLS: Sequence[Pool] = ("full", "light")
LIMITS: Mapping[Pool, str] = {"full": "full_seats", "light": "light_seats"}


class Seats(msgspec.Struct, frozen=True):
    """One pool. `limit` None: as many as wanted; `used`: active members; `invited`: seats held by invitations."""

    limit: int | None
    used: int
    invited: int


def pool_of(role: str) -> Pool:
    """Which pool a role takes its seat from."""
    return "light" if role == "light" else "full"


def seats(unit: Unit, stored: Mapping[str, Any]) -> dict[Pool, Seats]:
    """Both pools. Bots and addresses of unbilled domains take no seat."""
    free = frozenset(stored.get("unbilled_domains") or ())
    count: dict[tuple[Pool, str], int] = {}
    for role, status, email in unit.all(queries.SEATS_TAKEN):
        if email.rpartition("@")[2] not in free:
            key = (pool_of(role), status)
            count[key] = count.get(key, 0) + 1
    return {
        pool: Seats(
            stored.get(LIMITS[pool]),
            count.get((pool, "active"), 0),
            count.get((pool, "invited"), 0),
        )
        for pool in POOLS
    }


def take_seat(unit: Unit, role: str, email: str, *, leaves: str | None = None) -> None:
    """409 `SEAT_POOL_EXHAUSTED` when the pool of the role is full, before anything is written.

    `leaves`: the role whose seat is given back at once. Who takes seats of an organization does so one at a time.
    """
    if leaves is not None and pool_of(leaves) == pool_of(role):
        return
    rows = unit.all(queries.SEAT_SETTINGS)
    stored: Mapping[str, Any] = rows[0] if rows else {}
    pool = pool_of(role)
    limit = stored.get(LIMITS[pool])
    if limit is None or email.rpartition("@")[2].lower() in (stored.get("unbilled_domains") or ()):
        return
    unit.lock(f"seats:{unit.organization_id}")
    found = seats(unit, stored)[pool]
    if found.used + found.invited >= limit:
        raise SeatsTaken(pool)
