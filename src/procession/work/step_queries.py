"""SQL of what tasks have from their steps besides themselves: job titles, and what their completion launched."""

from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from procession.engine.model import Owners
from procession.kernel.sql import Among, Query, Write, columns_of, insert, organization, row, upsert
from procession.work.tables import step_launches, task_titles, tasks

Bind = sa.bindparam


class TaskTitle(msgspec.Struct, frozen=True):
    """A job title that a task was assigned through, and whom it brought."""

    task_id: str
    title_id: str
    process_id: str
    people: Owners


def _task_title(task_id: str, title_id: str, process_id: str, people: dict[str, Any]) -> TaskTitle:
    return TaskTitle(task_id, title_id, process_id, msgspec.convert(people, Owners))


_titles = sa.select(*columns_of(task_titles, TaskTitle)).where(organization(task_titles))
TITLES_OF_TASKS = Query(
    _titles.where(Among(task_titles.c.task_id, "tasks")).order_by(task_titles.c.task_id, task_titles.c.title_id),
    _task_title,
)
TITLES_OF_PROCESS = Query(
    _titles.where(task_titles.c.process_id == Bind("process")).order_by(task_titles.c.task_id), _task_title
)
OPEN_TITLES = Query(
    sa.select(*columns_of(task_titles, TaskTitle))
    .select_from(task_titles.join(tasks, tasks.c.id == task_titles.c.task_id))
    .where(
        organization(task_titles),
        organization(tasks),
        task_titles.c.process_id == Bind("process"),
        Among(task_titles.c.title_id, "titles"),
        tasks.c.completed_at.is_(None),
        tasks.c.archived_at.is_(None),
    )
    .order_by(task_titles.c.task_id, task_titles.c.title_id),
    _task_title,
)
"""The tasks of a process that are not completed and were assigned through one of these job titles."""
SAVE_TASK_TITLE = upsert(task_titles, "people")


class StepLaunch(msgspec.Struct, frozen=True):
    """What the completion of a task launched. `chain`: `{template, at}` of the launches that led to it, and its own."""

    task_id: str
    process_id: str
    template_id: str
    injected: bool
    child_id: str | None
    chain: list[dict[str, Any]]
    launched_at: datetime


_launches = sa.select(*columns_of(step_launches, StepLaunch)).where(organization(step_launches))
LAUNCH_OF_TASK = Query(_launches.where(step_launches.c.task_id == Bind("task")), StepLaunch)
LAUNCH_OF_CHILD = Query(_launches.where(step_launches.c.child_id == Bind("child")), StepLaunch)
LAUNCHES_INSIDE = Query(
    _launches.where(step_launches.c.process_id == Bind("process"), step_launches.c.injected), StepLaunch
)
INSERT_STEP_LAUNCH = insert(step_launches)
MAKE_ROOM = Write(
    sa.update(tasks)
    .where(organization(tasks), tasks.c.process_id == Bind("process"), tasks.c.position > Bind("after"))
    .values(position=tasks.c.position + Bind("by"))
)
"""Move the tasks behind a place back."""
VERSIONS_OF_PROCESSES = Query(
    sa.select(tasks.c.process_id, tasks.c.version_id)
    .where(organization(tasks), Among(tasks.c.process_id, "processes"), tasks.c.version_id.is_not(None))
    .group_by(tasks.c.process_id, tasks.c.version_id)
    .order_by(tasks.c.process_id, sa.func.min(tasks.c.created_at), sa.func.min(tasks.c.position)),
    row,
)
"""The versions that the tasks of processes come from, those that were there first in front."""
