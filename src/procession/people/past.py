"""What somebody who brings a history along says of it: when things were made and done, and by whom (spec 50 IMP-03)."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from procession.engine.model import Problem
from procession.kernel.unit import Unit
from procession.people.model import member
from procession.people.persons import known_members
from procession.people.records import SHOWN


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """Instants in UTC, and ids of members; what was not said is None."""

    created_at: datetime | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    author_id: int | None = None
    completed_by: int | None = None

    @property
    def author(self) -> str | None:
        """The principal of who made it."""
        return member(self.author_id) if self.author_id is not None else None

    @property
    def began_at(self) -> datetime | None:
        """When a process began: what is not said of its start is said of its making, and the other way round."""
        return self.started_at or self.created_at

    @property
    def made_at(self) -> datetime | None:
        """When a process was made."""
        return self.created_at or self.started_at


UNSAID = Past()


def unknown_people(unit: Unit, named: Mapping[str, int]) -> list[Problem]:
    """Those, by the name of the member that names them, who do not belong to the organization; one query.

    Who was invited or disabled belongs to it: he may have done what is told before he came, or left since. Bots don't.
    """
    if not named:
        return []
    found = known_members(unit, set(named.values()), ())
    known = {person.id for person, status, is_bot in found if status in SHOWN and not is_bot}
    return [
        Problem((name,), f"The selected {name.replace('_', ' ')} is invalid.")
        for name, one in named.items()
        if one not in known
    ]
