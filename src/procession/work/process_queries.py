"""SQL of whole processes that only launching, includes, unlinking and deleting need."""

import sqlalchemy as sa

from procession.engine.work import Process, Task
from procession.kernel.sql import Among, Patch, Query, Write, columns_of, organization, row
from procession.work.queries import one
from procession.work.tables import (
    answers,
    assignments,
    completion_marks,
    involvements,
    processes,
    step_launches,
    takeovers,
    task_titles,
    tasks,
)

Bind = sa.bindparam

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
BY_VERSION = Query(
    sa.select(processes.c.version_id, sa.func.count())
    .where(organization(processes), processes.c.template_id == Bind("template"))
    .group_by(processes.c.version_id),
    row,
)
CHILDREN = Query(
    _processes.where(organization(processes), Among(processes.c.parent_id, "parents")).order_by(processes.c.number),
    Process,
)
_seen = sa.select(involvements.c.subject_id).where(
    organization(involvements), Among(involvements.c.principal, "principals"), involvements.c.reasons != 0
)
OWN_OF_STEPS = Query(
    sa.select(tasks.c.id)
    .select_from(
        assignments.join(
            tasks,
            sa.and_(tasks.c.organization_id == assignments.c.organization_id, tasks.c.id == assignments.c.task_id),
        )
    )
    .where(
        organization(assignments),
        organization(tasks),
        Among(assignments.c.principal, "principals"),
        Among(tasks.c.step_id, "steps"),
    )
    .limit(Bind("count")),
    str,
)
"""Tasks of these steps that somebody has."""
SEEN_OF_STEPS = Query(
    sa.select(tasks.c.id)
    .where(organization(tasks), tasks.c.process_id.in_(_seen), Among(tasks.c.step_id, "steps"))
    .limit(Bind("count")),
    str,
)
"""Tasks of these steps in processes that somebody has a reason to see."""
SEEN_OF_TEMPLATES = Query(
    sa.select(processes.c.id)
    .where(organization(processes), processes.c.id.in_(_seen), Among(processes.c.template_id, "templates"))
    .limit(Bind("count")),
    str,
)
"""Processes of these templates that somebody has a reason to see."""
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

ANSWER_PLACE = Query(
    sa.select(answers.c.holder_id, answers.c.field_id, answers.c.process_id).where(
        organization(answers), answers.c.id == Bind("id")
    ),
    row,
)
ANSWERED_AT = Query(
    sa.select(answers.c.holder_id, answers.c.field_id, answers.c.answered_at).where(
        organization(answers), Among(answers.c.process_id, "processes")
    ),
    row,
)
_open = (
    organization(tasks),
    sa.or_(*(tasks.c.status == status for status in ("not-started", "active", "in-progress"))),
    tasks.c.archived_at.is_(None),
)
OPEN_STEPS = Query(
    sa.select(tasks.c.version_id, tasks.c.step_id)
    .where(*_open, tasks.c.template_id == Bind("template"), tasks.c.step_id.is_not(None))
    .distinct(),
    row,
)
_newest = sa.select(*columns_of(tasks, Task)).order_by(tasks.c.number.desc()).limit(Bind("count"))
OPEN_OF_STEPS = Query(
    _newest.where(*_open, tasks.c.template_id == Bind("template"), Among(tasks.c.step_id, "steps")), Task
)
OPEN_WITH_OWN_FIELD = Query(
    _newest.where(*_open, tasks.c.oneoff, sa.cast(tasks.c.own_fields, sa.Text).like(Bind("part"))), Task
)

COMPLETE_OPEN = Write(
    sa.update(tasks)
    .where(*_open, tasks.c.process_id == Bind("process"))
    .values(
        status="completed",
        completed_at=Bind("at", type_=tasks.c.completed_at.type),
        completer=Bind("who"),
        completion_caller=Bind("caller"),
        approved=sa.case(
            (sa.or_(tasks.c.kind == "expiring", tasks.c.kind == "expiring_email"), sa.true()), else_=sa.null()
        ),
        updated_at=Bind("now", type_=tasks.c.updated_at.type),
        revision=tasks.c.revision + 1,
    )
)

# -- deleting for good -------------------------------------------------------------------------------------------------

TASK_IDS = Query(sa.select(tasks.c.id).where(organization(tasks), tasks.c.process_id == Bind("process")), one)
ORPHAN = Patch(processes, "parent_id")
_by_task = tuple(
    Write(sa.delete(table).where(organization(table), Among(table.c.task_id, "tasks")))
    for table in (assignments, completion_marks, task_titles, step_launches, takeovers)
)
DROP_OF_TASKS = _by_task
DROP_INVOLVEMENTS = Write(
    sa.delete(involvements).where(organization(involvements), Among(involvements.c.subject_id, "subjects"))
)
DROP_ANSWERS = Write(sa.delete(answers).where(organization(answers), Among(answers.c.holder_id, "subjects")))
DROP_TASKS = Write(sa.delete(tasks).where(organization(tasks), tasks.c.process_id == Bind("process")))
DROP_PROCESS = Write(sa.delete(processes).where(organization(processes), processes.c.id == Bind("process")))
