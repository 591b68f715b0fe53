"""How much members did in the organization (spec 40 §11.3)."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from procession.activity import queries
from procession.kernel.unit import Unit
from procession.people.model import member


class MemberStats(msgspec.Struct, frozen=True):
    """What one member made, launched and completed."""

    steps_created: int = 0
    tasks_completed: int = 0
    processes_launched: int = 0
    checklists_created: int = 0
    last_step_created_at: datetime | None = None


def member_stats(unit: Unit, ids: Iterable[int]) -> dict[int, MemberStats]:
    """The numbers of these members, by four queries. Every id has an entry."""
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return {}
    principals = [member(one) for one in wanted]
    steps = {who: (count, at) for who, count, at in unit.all(queries.STEPS_MADE, principals=principals)}
    done: dict[str, int] = dict(unit.all(queries.TASKS_DONE, principals=principals))
    begun: dict[int, int] = dict(unit.all(queries.PROCESSES_BEGUN, ids=wanted))
    made: dict[int, int] = dict(unit.all(queries.TEMPLATES_MADE, ids=wanted))
    found = {}
    for one in wanted:
        count, at = steps.get(member(one), (0, None))
        found[one] = MemberStats(count, done.get(member(one), 0), begun.get(one, 0), made.get(one, 0), at)
    return found
