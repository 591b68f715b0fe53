"""All SQL of rules at work in processes."""

import sqlalchemy as sa

from procession.engine.work import Task
from procession.kernel.sql import Among, Query, Write, columns_of, organization, row, upsert
from procession.kernel.tables import events
from procession.work.tables import answers, rule_states, tasks

Bind = sa.bindparam

TASKS_OF_STEPS = Query(
    sa.select(*columns_of(tasks, Task)).where(
        organization(tasks), tasks.c.process_id == Bind("process"), Among(tasks.c.step_id, "steps")
    ),
    Task,
)
ANSWERS_AMONG = Query(
    sa.select(answers.c.field_id, answers.c.value).where(
        organization(answers), Among(answers.c.holder_id, "holders"), Among(answers.c.field_id, "fields")
    ),
    row,
)
STATES = Query(
    sa.select(rule_states.c.rule_id, rule_states.c.state).where(
        organization(rule_states), rule_states.c.process_id == Bind("process"), Among(rule_states.c.rule_id, "rules")
    ),
    row,
)
ALL_STATES = Query(
    sa.select(rule_states.c.rule_id, rule_states.c.state).where(
        organization(rule_states), rule_states.c.process_id == Bind("process")
    ),
    row,
)
SAVE_STATE = upsert(rule_states, "state")
DELETE_STATES = Write(
    sa.delete(rule_states).where(organization(rule_states), rule_states.c.process_id == Bind("process"))
)


_e = events.c
KICKOFF_HISTORY = Query(
    sa.select(_e.kind, _e.new)
    .where(
        organization(events),
        _e.subject_kind == "process",
        _e.subject_id == Bind("process"),
        sa.or_(_e.kind == "process.answered", _e.kind == "process.kickoff_reopened"),
    )
    .order_by(_e.id),
    row,
)
"""The answers given since the kick-off form was last reopened are those behind the last event of that kind."""
HISTORY = Query(
    sa.select(_e.command_id, _e.at, _e.kind, _e.field, _e.old, _e.new, _e.actor)
    .where(
        organization(events),
        sa.or_(
            _e.subject_id == Bind("task"),
            sa.and_(_e.subject_id == Bind("process"), _e.kind == "rule.executed"),
        ),
    )
    .order_by(_e.id),
    row,
)
"""What happened to a task and what rules did in its process, oldest first."""
