"""SQL of the everyday list: what is open and somebody's.

It comes from the assignments' own indexes, which repeat what the page is ordered and its totals are counted by: only
the rows that are shown are looked up (house plan §4).
"""

from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from procession.engine.work import Task
from procession.kernel.sql import Among, Query, columns_of, organization
from procession.work.list_queries import Counted, counted, due_sum
from procession.work.list_terms import NOW, SOON, Bind, Order, nobody_last
from procession.work.model import Clock
from procession.work.tables import assignments, tasks

ORDERS: frozenset[Order] = frozenset(((name, down),) for name in ("number", "deadline") for down in (True, False))
"""Orders that the index knows."""

_KEYS: dict[str, Any] = {"number": assignments.c.number, "deadline": assignments.c.deadline}


@lru_cache(maxsize=4 * len(ORDERS))
def personal_page(order: Order, *, alone: bool, lateral: bool) -> Query[Counted]:
    """One page with the totals of all. `alone`: of one principal, whose tasks no second assignment repeats.

    `lateral`: every task of the page is looked up by itself. PostgreSQL has to be told: it does not know how few rows
    a page has, and reads all tasks there are instead. SQLite does so anyway, and knows no such join.
    """
    who = assignments.c.principal == Bind("person_alone") if alone else Among(assignments.c.principal, "person")
    where = (organization(assignments), who, assignments.c.open)
    keys = dict.fromkeys([*(name for name, _ in order), "number"])
    chosen = sa.select(assignments.c.task_id, *(_KEYS[name].label(f"key_{name}") for name in keys)).where(*where)
    chosen = chosen.order_by(*_directed(_KEYS, order)).limit(Bind("count")).offset(Bind("skip"))
    first = (chosen if alone else chosen.distinct()).subquery("chosen")
    totals = _totals(where, alone=alone)
    found = sa.and_(organization(tasks), tasks.c.id == first.c.task_id)
    shown: Any = tasks
    if lateral:
        shown = sa.select(*columns_of(tasks, Task)).where(found).limit(1).lateral("shown")
    rows = totals.outerjoin(first, sa.true()).outerjoin(shown, sa.true() if lateral else found)
    columns = [shown.c[name] for name in Task.__struct_fields__]
    statement = sa.select(totals.c.total, totals.c.due, *columns).select_from(rows)
    return Query(statement.order_by(*_directed({name: first.c[f"key_{name}"] for name in keys}, order)), counted)


def _directed(keys: dict[str, Any], order: Order) -> list[Any]:
    """The keys in their directions; equals stand by their number, as in every list."""
    found = [
        (keys[name].desc() if down else keys[name].asc()) if name == "number" else nobody_last(keys[name], down)
        for name, down in order
    ]
    return found if order[0][0] == "number" else [*found, keys["number"].asc()]


def _totals(where: tuple[Any, ...], *, alone: bool) -> Any:
    """How many there are, overdue and due soon among them."""
    given: Any = assignments.c
    if not alone:
        once = sa.select(given.number, given.deadline, given.clock).where(*where).distinct().subquery("given")
        return sa.select(sa.func.count().label("total"), _due(once.c)).subquery("all")
    near = sa.select(_due(given)).where(*where, given.deadline <= SOON).scalar_subquery().label("due")
    count = sa.select(sa.func.count()).select_from(assignments).where(*where).scalar_subquery().label("total")
    return sa.select(count, near).subquery("all")


def _due(given: Any) -> Any:
    runs, moves = given.clock == int(Clock.RUNS), given.clock != int(Clock.STILL)
    return due_sum(given.deadline <= SOON, given.deadline < NOW, runs, moves)
