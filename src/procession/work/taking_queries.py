"""SQL of who took a task from whom."""

import sqlalchemy as sa

from procession.kernel.sql import Query, Write, organization, upsert
from procession.work.queries import one
from procession.work.tables import takeovers

Bind = sa.bindparam

_his = (
    organization(takeovers),
    takeovers.c.task_id == Bind("task"),
    takeovers.c.principal == Bind("principal"),
)

TAKEN_FROM = Query(sa.select(takeovers.c.people).where(*_his), one)
"""The principals somebody took the task from; no row when he took it from nobody."""
REMEMBER = upsert(takeovers, "people", "at")
FORGET = Write(sa.delete(takeovers).where(*_his))
FORGET_ALL = Write(sa.delete(takeovers).where(organization(takeovers), takeovers.c.task_id == Bind("task")))
