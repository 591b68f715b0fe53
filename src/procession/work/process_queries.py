"""SQL of whole processes that only launching, includes, unlinking and deleting need."""

import sqlalchemy as sa

from procession.engine.work import Process
from procession.kernel.sql import Among, Patch, Query, Write, columns_of, organization, row
from procession.work.queries import one
from procession.work.tables import answers, assignments, completion_marks, involvements, processes, stars, tasks

Bind = sa.bindparam

LOCK = Query(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(Bind("name")))), row)
"""PostgreSQL: one launch at a time of those that ask not to be repeated."""

_processes = sa.select(*columns_of(processes, Process))

SAME_LAUNCHES = Query(
    _processes.where(
        organization(processes),
        processes.c.template_id == Bind("template"),
        processes.c.starter_id == Bind("starter"),
        processes.c.name == Bind("name"),
        processes.c.created_at >= Bind("since", type_=processes.c.created_at.type),
    ).order_by(processes.c.created_at.desc()),
    Process,
)
CHILDREN = Query(
    _processes.where(organization(processes), Among(processes.c.parent_id, "parents")).order_by(processes.c.number),
    Process,
)
REASONS_OF = Query(
    sa.select(involvements.c.subject_id, involvements.c.reasons).where(
        organization(involvements),
        Among(involvements.c.subject_id, "subjects"),
        Among(involvements.c.principal, "principals"),
    ),
    row,
)
_assigned = (
    assignments.c.organization_id == tasks.c.organization_id,
    assignments.c.task_id == tasks.c.id,
    organization(assignments),
    organization(tasks),
)
_own = (
    sa.select(tasks.c.id)
    .select_from(tasks.join(assignments, sa.and_(*_assigned[:2])))
    .where(
        *_assigned[2:],
        Among(tasks.c.process_id, "processes"),
        Among(assignments.c.principal, "principals"),
        tasks.c.status != "auto-skipped",
        sa.or_(tasks.c.archived_at.is_(None), tasks.c.archived_with_process),
    )
)
OWN_COUNTS = Query(
    sa.select(
        tasks.c.process_id,
        sa.func.count(),
        sa.func.sum(sa.case((tasks.c.status == "completed", 1), else_=0)),
    )
    .where(organization(tasks), tasks.c.id.in_(_own.scalar_subquery()))
    .group_by(tasks.c.process_id),
    row,
)
"""Visible and done tasks of these principals, by process."""

PATCH_ANSWERS = Patch(answers, "holder_id")

# -- deleting for good -------------------------------------------------------------------------------------------------

TASK_IDS = Query(sa.select(tasks.c.id).where(organization(tasks), tasks.c.process_id == Bind("process")), one)
ORPHAN = Patch(processes, "parent_id")
_by_task = tuple(
    Write(sa.delete(table).where(organization(table), Among(table.c.task_id, "tasks")))
    for table in (assignments, completion_marks)
)
_by_subject = tuple(
    Write(sa.delete(table).where(organization(table), Among(table.c.subject_id, "subjects")))
    for table in (involvements, stars)
)
DROP_OF_TASKS = _by_task
DROP_OF_SUBJECTS = _by_subject
DROP_ANSWERS = Write(sa.delete(answers).where(organization(answers), Among(answers.c.holder_id, "subjects")))
DROP_TASKS = Write(sa.delete(tasks).where(organization(tasks), tasks.c.process_id == Bind("process")))
DROP_PROCESS = Write(sa.delete(processes).where(organization(processes), processes.c.id == Bind("process")))
