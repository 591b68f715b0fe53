"""Hourly caps: so many acts of a kind an hour and organization, counted exactly (spec 00 RATE-02, RATE-07).

Counts are rows of the act's own transaction: what is undone was never counted, and server processes share them.
"""

from collections.abc import Mapping
from datetime import timedelta

import sqlalchemy as sa

from procession.kernel.errors import RateLimited
from procession.kernel.ids import new_id
from procession.kernel.sql import Query, Write, insert, organization, row
from procession.kernel.tables import hourly_acts
from procession.kernel.unit import Unit

HOUR = timedelta(hours=1)
WORDS: Mapping[str, str] = {
    "guest_invites": "guest invitations",
    "comments": "comments",
    "member_invites": "member invitations",
    "email_launches": "launches by email",
}
"""What is limited, as people are told."""

_since = sa.bindparam("since", type_=hourly_acts.c.at.type)
_of_act = (organization(hourly_acts), hourly_acts.c.act == sa.bindparam("act"))

COUNTED = Query(
    sa.select(hourly_acts.c.at, hourly_acts.c.number)
    .where(*_of_act, hourly_acts.c.at > _since)
    .order_by(hourly_acts.c.at),
    row,
)
ADD = insert(hourly_acts)
FORGET = Write(sa.delete(hourly_acts).where(*_of_act, hourly_acts.c.at <= _since))


def spend(unit: Unit, act: str, number: int = 1) -> None:
    """Count `number` acts; raises `RateLimited` (429) when that is more than the last hour has left.

    `Retry-After` are the seconds until enough of the hour's acts are an hour old. Nothing is counted, and nothing
    asked, of a unit whose caller set no cap for this act.
    """
    limit = unit.hourly.get(act)
    if limit is None or number <= 0:
        return
    unit.lock(f"hourly:{unit.organization_id}:{act}")
    since = unit.now - HOUR
    counted = unit.all(COUNTED, act=act, since=since)
    surplus = sum(one[1] for one in counted) + number - limit
    if surplus > 0:
        wait = HOUR
        for at, freed in counted:
            surplus -= freed
            if surplus <= 0:
                wait = at + HOUR - unit.now
                break
        text = f"You've reached the hourly limit for {WORDS.get(act, act)} ({limit} per hour per organization)."
        raise RateLimited(
            f"{text} Please try again later.", headers={"Retry-After": str(max(1, int(wait.total_seconds()) + 1))}
        )
    unit.write(FORGET, act=act, since=since)
    unit.write(ADD, act=act, at=unit.now, id=new_id(), number=number)
