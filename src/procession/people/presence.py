"""When members, guests and tokens were last seen (spec 40 §5.3, §11.1, §14.2)."""

from datetime import datetime

import msgspec

from procession.accounts.tokens import keep_used
from procession.kernel.unit import Unit
from procession.people import queries


class Seen(msgspec.Struct):
    """Moments by token id, by (organization, account) and by (organization, guest)."""

    tokens: dict[str, datetime] = {}
    members: dict[tuple[str, int], datetime] = {}
    guests: dict[tuple[str, int], datetime] = {}


def keep_seen(unit: Unit, seen: Seen) -> None:
    """Write the moments; the unit is over every organization. Being seen raises no revision."""
    keep_used(unit, seen.tokens)
    unit.write_many(
        queries.SEEN_MEMBERS,
        [{"tenant": where, "account": who, "at": at} for (where, who), at in sorted(seen.members.items())],
    )
    unit.write_many(
        queries.SEEN_GUESTS,
        [{"tenant": where, "guest": who, "at": at} for (where, who), at in sorted(seen.guests.items())],
    )
