"""All SQL of the clock."""

from datetime import datetime

import msgspec
import sqlalchemy as sa

from procession.engine.work import Process, Task
from procession.kernel.sql import Query, columns_of, organization
from procession.work.queries import one
from procession.work.tables import processes, tasks

Bind = sa.bindparam
WHY = "the clock goes over the tasks of every organization"


class Due(msgspec.Struct, frozen=True):
    """A task with which the clock may have business, as found before it was locked."""

    organization_id: str
    id: str
    deadline: datetime


_c = tasks.c
_waiting = (
    _c.clocked,
    _c.completed_at.is_(None),
    _c.archived_at.is_(None),
    _c.status != "auto-skipped",
    sa.not_(_c.deadline_projected),
    _c.deadline <= Bind("now", type_=_c.deadline.type),
    sa.or_(_c.woke_for.is_(None), _c.woke_for != _c.deadline),
)
_after = sa.or_(
    _c.deadline > Bind("after", type_=_c.deadline.type),
    sa.and_(_c.deadline == Bind("after", type_=_c.deadline.type), _c.id > Bind("after_id")),
)
_found = sa.select(_c.organization_id, _c.id, _c.deadline).where(*_waiting)
_ordered = (_c.deadline, _c.id)

DUE = Query(_found.where(_after).order_by(*_ordered).limit(Bind("count")), Due, why_all_tenants=WHY)
"""The next due tasks behind a place in their order: one that fails is not met again in the same pass."""
DUE_HERE = Query(_found.where(organization(tasks)).order_by(*_ordered).limit(Bind("count")), Due)

HOME = Query(sa.select(_c.process_id).where(organization(tasks), _c.id == Bind("task")), one)
TASK_IF_FREE = Query(
    sa.select(*columns_of(tasks, Task))
    .where(organization(tasks), _c.id == Bind("task"), *_waiting)
    .with_for_update(skip_locked=True),
    Task,
)
PROCESS_IF_FREE = Query(
    sa.select(*columns_of(processes, Process))
    .where(organization(processes), processes.c.id == Bind("process"))
    .with_for_update(skip_locked=True),
    Process,
)
"""Who holds the lock is at work on it: the next pass comes soon enough (spec 20 §21.5)."""

_before = Bind("before", type_=_c.deadline.type)
_stale = (
    organization(tasks),
    _c.completed_at.is_(None),
    _c.archived_at.is_(None),
    _c.status != "auto-skipped",
    _c.hidden_from.is_(None),
    sa.not_(_c.deadline_projected),
    _c.deadline < _before,
)
STALE_TASKS = Query(sa.select(_c.id).where(*_stale, _c.id > Bind("after")).order_by(_c.id).limit(Bind("count")), one)
"""Open, visible tasks that have been overdue since before a moment (spec 20 §21.4)."""
STALE_TASK_IF_FREE = Query(
    sa.select(*columns_of(tasks, Task)).where(_c.id == Bind("task"), *_stale).with_for_update(skip_locked=True), Task
)
OLD_PROCESSES = Query(
    sa.select(processes.c.id)
    .where(
        organization(processes),
        processes.c.status == "complete",
        processes.c.archived_at.is_(None),
        processes.c.completed_at <= Bind("before", type_=processes.c.completed_at.type),
        processes.c.id > Bind("after"),
    )
    .order_by(processes.c.id)
    .limit(Bind("count")),
    one,
)
"""Processes that have been complete since before a moment (spec 10 §9.4)."""
