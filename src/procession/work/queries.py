"""All SQL of processes and tasks but the lists (`work.lists`)."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from procession.engine.work import Answered, Assigned, Process, Task
from procession.kernel.sql import (
    Among,
    Patch,
    Query,
    Write,
    columns_of,
    insert,
    organization,
    row,
    upsert,
)
from procession.work.model import Reason
from procession.work.tables import (
    answers,
    assignments,
    completion_marks,
    involvements,
    processes,
    tasks,
)

Bind = sa.bindparam


def one(*values: object) -> object:
    """The only column."""
    return values[0]


# -- reading -----------------------------------------------------------------------------------------------------------


_processes = sa.select(*columns_of(processes, Process))
_tasks = sa.select(*columns_of(tasks, Task))

PROCESS = Query(_processes.where(organization(processes), processes.c.id == Bind("id")), Process)
PROCESS_LOCKED = Query(
    _processes.where(organization(processes), processes.c.id == Bind("id")).with_for_update(), Process
)
PROCESSES = Query(_processes.where(organization(processes), Among(processes.c.id, "ids")), Process)
TASK = Query(_tasks.where(organization(tasks), tasks.c.id == Bind("id")), Task)
TASK_LOCKED = Query(_tasks.where(organization(tasks), tasks.c.id == Bind("id")).with_for_update(), Task)
TASK_OF_STEP = Query(
    _tasks.where(organization(tasks), tasks.c.process_id == Bind("process"), tasks.c.step_id == Bind("step")),
    Task,
)
TASKS_OF_PROCESS = Query(
    _tasks.where(organization(tasks), tasks.c.process_id == Bind("process")).order_by(tasks.c.position), Task
)
TASKS_OF_PROCESSES = Query(
    _tasks.where(organization(tasks), Among(tasks.c.process_id, "processes")).order_by(
        tasks.c.process_id, tasks.c.position
    ),
    Task,
)
TASKS = Query(_tasks.where(organization(tasks), Among(tasks.c.id, "ids")), Task)
PROCESSES_LOCKED = Query(
    _processes.where(organization(processes), Among(processes.c.id, "ids")).order_by(processes.c.id).with_for_update(),
    Process,
)
TASKS_LOCKED = Query(
    _tasks.where(organization(tasks), Among(tasks.c.id, "ids")).order_by(tasks.c.id).with_for_update(), Task
)
PROCESS_OF_TASK = Query(sa.select(tasks.c.process_id).where(organization(tasks), tasks.c.id == Bind("id")), one)

ALIASES = Query(sa.select(tasks.c.alias).where(organization(tasks), Among(tasks.c.alias, "aliases")), one)
REASONS = Query(
    sa.select(involvements.c.reasons).where(
        organization(involvements),
        involvements.c.subject_id == Bind("subject"),
        Among(involvements.c.principal, "principals"),
    ),
    int,
)
INVOLVED = Query(
    sa.select(involvements.c.principal, involvements.c.reasons).where(
        organization(involvements), involvements.c.subject_id == Bind("subject")
    ),
    row,
)
ASSIGNED = Query(
    sa.select(*columns_of(assignments, Assigned))
    .where(organization(assignments), assignments.c.task_id == Bind("task"))
    .order_by(assignments.c.position),
    Assigned,
)
ASSIGNED_OF_TASKS = Query(
    sa.select(assignments.c.task_id, *columns_of(assignments, Assigned))
    .where(organization(assignments), Among(assignments.c.task_id, "tasks"))
    .order_by(assignments.c.task_id, assignments.c.position),
    row,
)
ASSIGNED_IN_PROCESSES = Query(
    sa.select(involvements.c.subject_id, involvements.c.principal).where(
        organization(involvements),
        Among(involvements.c.subject_id, "processes"),
        involvements.c.assigned_tasks > 0,
        involvements.c.principal.like("u%"),
    ),
    row,
)
ANSWERS = Query(
    sa.select(answers.c.field_id, answers.c.id, answers.c.value).where(
        organization(answers), answers.c.holder_id == Bind("holder")
    ),
    Answered,
)
ANSWERS_OF = Query(
    sa.select(answers.c.holder_id, answers.c.field_id, answers.c.id, answers.c.value).where(
        organization(answers), Among(answers.c.holder_id, "holders")
    ),
    row,
)
ANSWERS_OF_PROCESSES = Query(
    sa.select(answers.c.process_id, answers.c.holder_id, answers.c.field_id, answers.c.value).where(
        organization(answers), Among(answers.c.process_id, "processes")
    ),
    row,
)
_mine = sa.or_(
    tasks.c.id.in_(
        sa.select(assignments.c.task_id).where(organization(assignments), Among(assignments.c.principal, "principals"))
    ),
    sa.and_(tasks.c.oneoff, tasks.c.starter_id == Bind("account")),
    tasks.c.process_id.in_(
        sa.select(involvements.c.subject_id).where(
            organization(involvements),
            Among(involvements.c.principal, "principals"),
            involvements.c.reasons.bitwise_and(int(Reason.MENTIONED)) != 0,
        )
    ),
)
SECRET_TASKS = Query(
    sa.select(tasks.c.id).where(
        organization(tasks), Among(tasks.c.process_id, "processes"), tasks.c.confidential, sa.not_(_mine)
    ),
    one,
)
"""The confidential tasks of these processes that the caller, who is no administrator, may not see (spec 20 §27.2)."""
MARKS = Query(
    sa.select(
        completion_marks.c.task_id,
        completion_marks.c.principal,
        completion_marks.c.address,
        completion_marks.c.at,
        completion_marks.c.approved,
    )
    .where(organization(completion_marks), Among(completion_marks.c.task_id, "tasks"))
    .order_by(completion_marks.c.at),
    row,
)
_running = (
    tasks.c.completed_at.is_(None),
    tasks.c.archived_at.is_(None),
    tasks.c.status != "auto-skipped",
    tasks.c.deadline.is_not(None),
)
NEXT_DEADLINE = Query(
    sa.select(sa.func.min(tasks.c.deadline, type_=tasks.c.deadline.type)).where(
        organization(tasks), tasks.c.process_id == Bind("process"), *_running
    ),
    one,
)
LAST_DEADLINE = Query(
    sa.select(sa.func.max(tasks.c.deadline, type_=tasks.c.deadline.type)).where(
        organization(tasks),
        tasks.c.process_id == Bind("process"),
        tasks.c.archived_at.is_(None),
        tasks.c.status != "auto-skipped",
    ),
    one,
)
LAST_COMPLETION = Query(
    sa.select(sa.func.max(tasks.c.completed_at, type_=tasks.c.completed_at.type)).where(
        organization(tasks), tasks.c.process_id == Bind("process")
    ),
    one,
)
OPEN_DEADLINE = Query(
    sa.select(tasks.c.id).where(organization(tasks), *_running, tasks.c.hidden_from.is_(None)).limit(1),
    one,
)
COUNTS = Query(
    sa.select(
        sa.func.count(),
        sa.func.sum(sa.case((tasks.c.status != "auto-skipped", 1), else_=0)),
        sa.func.sum(sa.case((tasks.c.status == "completed", 1), else_=0)),
        sa.func.sum(sa.case((sa.and_(tasks.c.completed_at > tasks.c.deadline), 1), else_=0)),
    ).where(
        organization(tasks),
        tasks.c.process_id == Bind("process"),
        sa.or_(tasks.c.archived_at.is_(None), tasks.c.archived_with_process),
    ),
    row,
)
OVERDUE = Query(
    sa.select(
        tasks.c.process_id,
        sa.func.sum(sa.case((tasks.c.deadline < Bind("now", type_=tasks.c.deadline.type), 1), else_=0)),
        sa.func.sum(sa.case((tasks.c.deadline >= Bind("now", type_=tasks.c.deadline.type), 1), else_=0)),
    )
    .where(
        organization(tasks),
        Among(tasks.c.process_id, "processes"),
        *_running,
        tasks.c.deadline_projected.is_(sa.false()),
        tasks.c.deadline <= Bind("soon", type_=tasks.c.deadline.type),
    )
    .group_by(tasks.c.process_id),
    row,
)

# -- writing -----------------------------------------------------------------------------------------------------------

INSERT_PROCESS = insert(processes)
INSERT_TASK = insert(tasks)
INSERT_ASSIGNMENT = insert(assignments)
SAVE_ASSIGNMENT = upsert(assignments, "address", "position", "co_assignee", "open", "deadline", "clock")
INSERT_MARK = insert(completion_marks)
PATCH_TASK = Patch(tasks, "id")
PATCH_PROCESS = Patch(processes, "id")
PATCH_ASSIGNMENTS = Patch(assignments, "task_id")
SAVE_ANSWER = upsert(answers, "value", "answered_by", "answered_at")
CLEAR_ANSWER = Write(
    sa.delete(answers).where(
        organization(answers), answers.c.holder_id == Bind("holder"), answers.c.field_id == Bind("field")
    )
)
REWRITE_ANSWER = Write(
    sa.update(answers)
    .where(organization(answers), answers.c.holder_id == Bind("holder"), answers.c.field_id == Bind("field"))
    .values(value=Bind("value"))
)
TOUCH_TASK = Write(
    sa.update(tasks)
    .where(organization(tasks), tasks.c.id == Bind("task"))
    .values(updated_at=Bind("at", type_=tasks.c.updated_at.type), revision=tasks.c.revision + 1)
)
TOUCH_PROCESS = Write(
    sa.update(processes)
    .where(organization(processes), processes.c.id == Bind("process"))
    .values(updated_at=Bind("at", type_=processes.c.updated_at.type), revision=processes.c.revision + 1)
)
CLEAR_ANSWERS = Write(sa.delete(answers).where(organization(answers), answers.c.holder_id == Bind("holder")))
UNASSIGN = Write(
    sa.delete(assignments).where(
        organization(assignments), assignments.c.task_id == Bind("task"), assignments.c.principal == Bind("principal")
    )
)
UNASSIGN_ALL = Write(sa.delete(assignments).where(organization(assignments), assignments.c.task_id == Bind("task")))
DROP_MARK = Write(
    sa.delete(completion_marks).where(
        organization(completion_marks),
        completion_marks.c.task_id == Bind("task"),
        completion_marks.c.principal == Bind("principal"),
    )
)
DROP_MARKS = Write(
    sa.delete(completion_marks).where(organization(completion_marks), completion_marks.c.task_id == Bind("task"))
)
SAVE_INVOLVEMENT = upsert(involvements, "reasons")


def _involve(dialect: str) -> Any:
    """Add reasons, count tasks up or down, and keep "assigned now" in step with the count."""
    make: Any = sqlite.insert if dialect == "sqlite" else postgresql.insert
    statement = make(involvements)
    count = involvements.c.assigned_tasks + statement.excluded.assigned_tasks
    assigned = int(Reason.ASSIGNED)
    kept = involvements.c.reasons.bitwise_and(~assigned).bitwise_or(statement.excluded.reasons.bitwise_and(~assigned))
    return statement.on_conflict_do_update(
        index_elements=[column.name for column in involvements.primary_key.columns],
        set_={"assigned_tasks": count, "reasons": kept.bitwise_or(sa.case((count > 0, assigned), else_=0))},
    )


INVOLVE = Write(_involve, [column.name for column in involvements.columns])
DROP_INVOLVEMENT = Write(
    sa.delete(involvements).where(
        organization(involvements),
        involvements.c.subject_id == Bind("subject"),
        involvements.c.principal == Bind("principal"),
    )
)
DELETE_INVOLVEMENTS = Write(
    sa.delete(involvements).where(organization(involvements), involvements.c.subject_id == Bind("subject"))
)
DELETE_TASK = Write(sa.delete(tasks).where(organization(tasks), tasks.c.id == Bind("task")))
SHIFT = Write(
    sa.update(tasks)
    .where(
        organization(tasks),
        tasks.c.process_id == Bind("process"),
        tasks.c.position >= Bind("low"),
        tasks.c.position <= Bind("high"),
        tasks.c.id != Bind("task"),
    )
    .values(position=tasks.c.position + Bind("by"))
)
LAST_POSITION = Query(
    sa.select(sa.func.max(tasks.c.position)).where(organization(tasks), tasks.c.process_id == Bind("process")), one
)
ARCHIVE_TASKS = Write(
    sa.update(tasks)
    .where(organization(tasks), tasks.c.process_id == Bind("process"), tasks.c.archived_at.is_(None))
    .values(archived_at=Bind("at", type_=tasks.c.archived_at.type), archived_with_process=True)
)
RESTORE_TASKS = Write(
    sa.update(tasks)
    .where(organization(tasks), tasks.c.process_id == Bind("process"), tasks.c.archived_with_process)
    .values(archived_at=None, archived_with_process=False)
)
_in_process = sa.select(tasks.c.id).where(organization(tasks), tasks.c.process_id == Bind("process"))
CLOSE_ASSIGNMENTS = Write(
    sa.update(assignments)
    .where(organization(assignments), assignments.c.task_id.in_(_in_process.scalar_subquery()))
    .values(open=False)
)
REOPEN_ASSIGNMENTS = Write(
    sa.update(assignments)
    .where(
        organization(assignments),
        assignments.c.task_id.in_(
            _in_process.where(
                tasks.c.completed_at.is_(None), tasks.c.archived_at.is_(None), tasks.c.status != "auto-skipped"
            ).scalar_subquery()
        ),
    )
    .values(open=True)
)
