"""SQL of people who go: their open work, where they are named, who sees whom."""

from typing import Any

import sqlalchemy as sa

from procession.engine.work import Process, Task
from procession.kernel.sql import Among, Query, Write, columns_of, organization, row
from procession.watching.tables import stars
from procession.work.done import Done
from procession.work.list_queries import CONDITIONS
from procession.work.queries import one
from procession.work.tables import answers, assignments, completion_marks, involvements, processes, tasks

Bind = sa.bindparam
_given = sa.and_(
    assignments.c.organization_id == tasks.c.organization_id,
    assignments.c.task_id == tasks.c.id,
)
_incomplete = tasks.c.completed_at.is_(None)

OPEN_TASKS = Query(
    sa.select(*columns_of(tasks, Task))
    .select_from(tasks.join(assignments, _given))
    .where(organization(tasks), organization(assignments), assignments.c.principal == Bind("principal"), _incomplete)
    .order_by(tasks.c.id),
    Task,
)
"""Whatever is not completed: hidden tasks and those of archived processes come back one day (spec 20 §6.4)."""

LIVE_TASK = Query(
    sa.select(tasks.c.id)
    .select_from(tasks.join(assignments, _given))
    .where(
        organization(tasks),
        organization(assignments),
        assignments.c.principal == Bind("principal"),
        _incomplete,
        tasks.c.archived_at.is_(None),
    )
    .limit(1),
    one,
)
LIVE_COUNTS = Query(
    sa.select(assignments.c.principal, sa.func.count())
    .select_from(tasks.join(assignments, _given))
    .where(
        organization(tasks),
        organization(assignments),
        Among(assignments.c.principal, "principals"),
        _incomplete,
        tasks.c.archived_at.is_(None),
    )
    .group_by(assignments.c.principal),
    row,
)
LOCK_PROCESSES = Query(
    sa.select(*columns_of(processes, Process))
    .where(organization(processes), Among(processes.c.id, "ids"))
    .order_by(processes.c.id)
    .with_for_update(),
    Process,
)
LOCK_TASKS = Query(
    sa.select(*columns_of(tasks, Task))
    .where(organization(tasks), Among(tasks.c.id, "ids"), _incomplete)
    .order_by(tasks.c.id)
    .with_for_update(),
    Task,
)
NAMED_IN = Query(
    sa.select(involvements.c.subject_id, involvements.c.reasons).where(
        organization(involvements), involvements.c.principal == Bind("principal")
    ),
    row,
)
FORGET_INVOLVED = Write(
    sa.delete(involvements).where(organization(involvements), involvements.c.principal == Bind("principal"))
)
KEEP_NAME = Write(
    sa.update(assignments)
    .where(organization(assignments), assignments.c.principal == Bind("principal"))
    .values(address=Bind("name"))
)
TASKS_OF = Query(
    sa.select(tasks.c.id, sa.func.coalesce(tasks.c.process_id, tasks.c.id))
    .select_from(tasks.join(assignments, _given))
    .where(organization(tasks), organization(assignments), assignments.c.principal == Bind("principal")),
    row,
)
_theirs = assignments.alias("theirs")
TASKS_OF_BOTH = Query(
    sa.select(assignments.c.task_id)
    .select_from(assignments.join(_theirs, assignments.c.task_id == _theirs.c.task_id))
    .where(
        organization(assignments),
        organization(_theirs),
        assignments.c.principal == Bind("gone"),
        _theirs.c.principal == Bind("heir"),
    ),
    str,
)


def _merge(table: sa.Table, key: str, **more: Any) -> tuple[Write, Write]:
    """Drop the rows of one person where the other has one of the same `key`; the rest becomes the other's."""
    other = table.alias("other")
    twin = sa.select(other.c[key]).where(organization(other), other.c.principal == Bind("heir"))
    mine = (organization(table), table.c.principal == Bind("gone"))
    drop = sa.delete(table).where(*mine, table.c[key].in_(twin))
    return Write(drop), Write(sa.update(table).where(*mine).values(principal=Bind("heir"), **more))


def _rename(column: Any, gone: str = "gone", **changes: Any) -> Write:
    """What names one person names the other."""
    return Write(sa.update(column.table).where(organization(column.table), column == Bind(gone)).values(**changes))


MERGES = (
    *_merge(assignments, "task_id", address=Bind("address")),
    *_merge(completion_marks, "task_id", address=Bind("address")),
    *_merge(stars, "subject_id"),
    _rename(tasks.c.completer, completer=Bind("heir"), completer_email=Bind("address")),
    _rename(tasks.c.completion_caller, completion_caller=Bind("heir")),
    _rename(tasks.c.reopener, reopener=Bind("heir")),
    _rename(answers.c.answered_by, answered_by=Bind("heir")),
    _rename(processes.c.kickoff_guest, "gone_address", kickoff_guest=Bind("address")),
)
"""Everything that names a guest, in this order, when he turns out to be another one."""

TOUCH_TASKS = Write(
    sa.update(tasks)
    .where(organization(tasks), Among(tasks.c.id, "ids"))
    .values(updated_at=Bind("at", type_=tasks.c.updated_at.type), revision=tasks.c.revision + 1)
)
TOUCH_PROCESSES = Write(
    sa.update(processes)
    .where(organization(processes), Among(processes.c.id, "ids"))
    .values(updated_at=Bind("at", type_=processes.c.updated_at.type))
)
PROCESSES_OWNED = Query(
    sa.select(processes.c.id)
    .where(organization(processes), processes.c.owner_id == Bind("account"), processes.c.completed_at.is_(None))
    .order_by(processes.c.id),
    str,
)
PUT_OWNER = Write(
    sa.update(processes)
    .where(organization(processes), Among(processes.c.id, "ids"))
    .values(owner_id=Bind("owner"), updated_at=Bind("at", type_=processes.c.updated_at.type),
            revision=processes.c.revision + 1)
)  # fmt: skip
DROP_REASON = Write(
    sa.update(involvements)
    .where(organization(involvements), Among(involvements.c.subject_id, "ids"), involvements.c.principal == Bind("who"))
    .values(reasons=involvements.c.reasons.op("&")(sa.cast(Bind("kept"), sa.Integer)))
)
PUT_PEOPLE = Write(
    sa.update(processes)
    .where(organization(processes), processes.c.id == Bind("process"))
    .values(
        {
            processes.c[name]: Bind(f"set_{name}", type_=processes.c[name].type)
            for name in ("members", "groups", "read_audience", "updated_at", "revision")
        }
    )
)


def _principals(seen: Any) -> sa.Select[Any]:
    return (
        sa.select(assignments.c.principal)
        .select_from(tasks.join(assignments, _given))
        .where(organization(tasks), organization(assignments), assignments.c.principal.like("e%"), seen)
        .distinct()
    )


_done = tasks.c.completed_at.is_not(None)
STATS = Query(
    sa.select(
        assignments.c.principal,
        sa.func.count(),
        sa.func.sum(sa.case((_done, 1), else_=0)),
        sa.func.max(tasks.c.completed_at, type_=tasks.c.completed_at.type),
        sa.func.sum(sa.case((sa.and_(_done, tasks.c.oneoff), 1), else_=0)),
        sa.func.max(sa.case((tasks.c.oneoff, tasks.c.completed_at)), type_=tasks.c.completed_at.type),
    )
    .select_from(tasks.join(assignments, _given))
    .where(organization(tasks), organization(assignments), Among(assignments.c.principal, "principals"))
    .group_by(assignments.c.principal),
    row,
)
"""Of each guest: tasks given, completed ones and the last of them; the same of one-off tasks (spec 40 §14.2)."""

GUESTS_SEEN = Query(_principals(CONDITIONS["seen"]), one)
"""The guests on tasks that the caller, who is no administrator, may see (spec 40 §14.3)."""

DONE_BY = Query(
    sa.select(tasks.c.id, tasks.c.title, tasks.c.process_id, tasks.c.completed_at)
    .where(organization(tasks), tasks.c.completer == Bind("principal"))
    .order_by(tasks.c.completed_at.desc(), tasks.c.id)
    .limit(Bind("count")),
    Done,
)
