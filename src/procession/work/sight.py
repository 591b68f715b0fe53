"""What a caller may see, as conditions: lists of tasks and processes, and of what happened to them, join with these.

They are what `work.access` decides for one task (spec 20 §27, 40 §16.4). Parameters: `actor`, the caller's principals;
`account`, his account id.
"""

from typing import Any

import sqlalchemy as sa

from procession.kernel.sql import Among, Query, organization
from procession.people.model import Actor
from procession.work.model import Reason
from procession.work.tables import assignments, involvements, processes, tasks

Condition = sa.ColumnElement[bool]


def assigned_to(name: str, *more: Condition) -> sa.Select[Any]:
    """The tasks that one of the principals in the parameter is assigned to."""
    return sa.select(assignments.c.task_id).where(
        organization(assignments), Among(assignments.c.principal, name), *more
    )


def involving(*more: Condition) -> sa.Select[Any]:
    """The processes and unlinked tasks that the caller has a reason to see."""
    return sa.select(involvements.c.subject_id).where(
        organization(involvements), Among(involvements.c.principal, "actor"), *more
    )


PROCESSES_SEEN = involving(involvements.c.reasons != 0)
OWN_TASK = tasks.c.id.in_(assigned_to("actor"))
_home = sa.func.coalesce(tasks.c.process_id, tasks.c.id)
_MENTIONED = involvements.c.reasons.bitwise_and(int(Reason.MENTIONED)) != 0


def _task_seen(own: Condition, involved: Condition, mentioned: Condition) -> Condition:
    """What a member sees who is no administrator.

    What holds for most tasks is asked first: the other lists are then gathered only when somebody needs them.
    """
    return sa.or_(
        sa.and_(sa.not_(tasks.c.confidential), involved),
        sa.and_(tasks.c.oneoff, tasks.c.starter_id == sa.bindparam("account")),
        mentioned,
        own,
    )


def _open(seen: Condition) -> Condition:
    """The same of a standard member where one-off tasks are open to all."""
    return sa.or_(seen, sa.and_(tasks.c.process_id.is_(None), sa.not_(tasks.c.confidential)))


GIVEN = assigned_to("actor", assignments.c.task_id == tasks.c.id).correlate_except(assignments).exists()
"""The same as `OWN_TASK`, looked up for the one task: for where it is one of several reasons. Gathered, the tasks of
busy people are more than PostgreSQL takes for a table in memory, and it would go through all of them for every row."""

TASK_SEEN = _task_seen(GIVEN, _home.in_(PROCESSES_SEEN), _home.in_(involving(_MENTIONED)))
TASK_SEEN_STANDARD = _open(TASK_SEEN)

# -- of somebody who sees little: what he may see is gathered through indexes, nothing else is walked ------------------


def _few(column: Any) -> Condition:
    """Holds always. PostgreSQL, whose plan serves all callers, then takes the rows for few and asks the indexes.

    It would reckon with ten people who have as much as the average, and read whole tables for each of them.
    """
    return sa.func.length(column).bitwise_and(0) == 0


def _may_see(*more: sa.Select[Any]) -> Condition:
    """One of the tasks that the caller has to do with: all he sees and some more, which `TASK_SEEN` sorts out.

    Every part is answered by an index alone.
    """
    here = sa.select(tasks.c.id).where(organization(tasks))
    involved = involving(_few(involvements.c.subject_id))
    parts = sa.union_all(
        here.where(tasks.c.process_id.in_(involved)),
        here.where(tasks.c.oneoff, tasks.c.starter_id == sa.bindparam("account")),
        involved,
        assigned_to("actor", _few(assignments.c.task_id)),
        *more,
    ).cte("may_see")
    return tasks.c.id.in_(sa.select(parts.c[0]))


MAY_SEE = _may_see()
MAY_SEE_STANDARD = _may_see(sa.select(tasks.c.id).where(organization(tasks), tasks.c.process_id.is_(None)))
SHARE = 4
"""Somebody sees little when it is less than one of so many: walking all tasks costs about as much for each as finding
one of them through indexes, and the walk needs no sorting."""


def _number_of(found: sa.Select[Any], most: Any) -> Any:
    return sa.select(sa.func.count()).select_from(found.limit(most).subquery()).scalar_subquery()


def _sees_little() -> tuple[Condition, Condition]:
    """Whether the caller sees little, and whether he does where one-off tasks are open to all.

    By the processes and unlinked tasks that he is involved in. Nothing is counted further than the answer needs.
    """
    mine = involving(_few(involvements.c.subject_id)).subquery()
    involved = sa.select(sa.func.count().label("count")).select_from(mine).cte("involved")
    enough = sa.select(involved.c.count * SHARE).scalar_subquery()
    unlinked = sa.select(tasks.c.position).where(organization(tasks), tasks.c.process_id.is_(None))
    unlinked = unlinked.order_by(tasks.c.process_id, tasks.c.position)  # as they lie in the index that finds them
    there = sa.select(processes.c.id).where(organization(processes))
    few = _number_of(there, enough + 1) + _number_of(unlinked, enough + 1) > enough
    # Numbers are given one after the other, so that the highest says how many tasks there are.
    highest = sa.select(sa.func.coalesce(sa.func.max(tasks.c.number), 0)).where(organization(tasks)).scalar_subquery()
    return few, sa.and_(few, _number_of(unlinked, highest // SHARE + 1) * SHARE < highest)


SEES_LITTLE, SEES_LITTLE_STANDARD = (Query(sa.select(one), bool) for one in _sees_little())

# -- one by one: for the few rows that something else has found; what else the caller sees is never gathered -----------


def process_seen(process_id: Any, reason: Condition = involvements.c.reasons != 0) -> Condition:
    """The caller has a reason to see this process or unlinked task."""
    there = involving(reason, involvements.c.subject_id == process_id)
    return there.correlate_except(involvements).exists()


EACH_TASK_SEEN = _task_seen(GIVEN, process_seen(_home), process_seen(_home, _MENTIONED))
EACH_TASK_SEEN_STANDARD = _open(EACH_TASK_SEEN)


def sees_open_tasks(actor: Actor) -> bool:
    """Whether the caller sees one-off tasks that nobody gave him."""
    return actor.role == "standard" and not actor.settings.private_oneoff_tasks
