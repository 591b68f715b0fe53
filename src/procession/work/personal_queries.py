"""SQL of the everyday list: what is open and somebody's.

It comes from the assignments' own index, which repeats what the page is ordered and its totals are counted by: only
the rows that are shown are looked up (house plan §4).
"""

from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from procession.engine.work import Task
from procession.kernel.sql import Among, Query, columns_of, organization
from procession.work.list_queries import Counted, count_of, totals_and
from procession.work.list_terms import NOW, SOON, Bind, Order, nobody_last
from procession.work.model import Clock
from procession.work.tables import assignments, tasks

ORDERS: frozenset[Order] = frozenset(((name, down),) for name in ("number", "deadline") for down in (True, False))
"""Orders that the index knows."""

_KEYS: dict[str, Any] = {"number": assignments.c.number, "deadline": assignments.c.deadline}


@lru_cache(maxsize=2 * len(ORDERS))
def personal_page(order: Order, *, alone: bool) -> Query[Counted]:
    """One page with the totals of all. `alone`: of one principal, whose tasks no second assignment repeats."""
    who = assignments.c.principal == Bind("person_alone") if alone else Among(assignments.c.principal, "person")
    where = (organization(assignments), who, assignments.c.open)
    totals = _totals(where, alone=alone)
    keys = dict.fromkeys([*(name for name, _ in order), "number"])
    chosen = sa.select(assignments.c.task_id, *(_KEYS[name].label(f"key_{name}") for name in keys)).where(*where)
    chosen = chosen.order_by(*_directed(_KEYS, order)).limit(Bind("count")).offset(Bind("skip"))
    first = (chosen if alone else chosen.distinct()).subquery("chosen")
    page = (
        sa.select(*columns_of(tasks, Task), *(first.c[f"key_{name}"] for name in keys))
        .select_from(first.join(tasks, tasks.c.id == first.c.task_id))
        .where(organization(tasks))
        .subquery("page")
    )
    return totals_and(totals, page, _directed({name: page.c[f"key_{name}"] for name in keys}, order))


def _directed(keys: dict[str, Any], order: Order) -> list[Any]:
    """The keys in their directions; equals stand by their number, as in every list."""
    found = [
        (keys[name].desc() if down else keys[name].asc()) if name == "number" else nobody_last(keys[name], down)
        for name, down in order
    ]
    return found if order[0][0] == "number" else [*found, keys["number"].asc()]


def _totals(where: tuple[Any, ...], *, alone: bool) -> Any:
    given: Any = assignments.c
    if not alone:
        once = sa.select(given.number, given.deadline, given.clock).where(*where).distinct().subquery("given")
        given = once.c
    # What most rows fail is asked first: this runs once for every task somebody has.
    late = sa.and_(given.deadline < NOW, given.clock == int(Clock.RUNS))
    soon = sa.and_(given.deadline <= SOON, given.deadline >= NOW, given.clock != int(Clock.STILL))
    counts = (
        sa.func.count().label("total"),
        count_of(late).label("overdue"),
        count_of(soon).label("due_soon"),
    )
    statement = sa.select(*counts)
    return (statement.select_from(assignments).where(*where) if alone else statement).subquery("all")
