"""Tasks in batches with the names that a table of them shows: memory stays that of one batch (spec 20 §25)."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from procession.engine.work import Task
from procession.kernel.unit import Unit
from procession.labels.reading import tags_of
from procession.people.model import Actor
from procession.people.persons import persons
from procession.work.asked import group_names
from procession.work.lists import TaskSearch, task_walk
from procession.work.reading import Beside, beside

BATCH = 500


class TaskBatch(msgspec.Struct, frozen=True):
    """Some tasks, what is shown beside them, addresses of members, names of groups and titles of tags (by task)."""

    tasks: list[Task]
    beside: Beside
    addresses: Mapping[int, str]
    groups: Mapping[str, str]
    tags: Mapping[str, list[str]]


def task_batches(unit: Unit, actor: Actor, wanted: TaskSearch, size: int = BATCH) -> Iterator[TaskBatch]:
    """Every task of the search in the order of their numbers; a constant number of queries for each batch."""
    after: int | None = None
    while tasks := task_walk(unit, actor, wanted, size, after):
        yield _batch(unit, actor, tasks)
        after = tasks[-1].number
        if len(tasks) < size:
            return


def _batch(unit: Unit, actor: Actor, tasks: list[Task]) -> TaskBatch:
    ids = [task.id for task in tasks]
    nothing: dict[str, list[Any]] = {one: [] for one in ids}
    shown = beside(unit, actor, tasks, answers=nothing, links=False, descriptions=False)
    completers = {int(task.completer[1:]) for task in tasks if task.completer and task.completer[0] == "u"}
    known = {**shown.persons, **persons(unit, completers - shown.persons.keys())}
    named = {one.principal[1:] for rows in shown.assigned.values() for one in rows if one.principal[0] == "g"}
    tags = {task: [one.title for one in uses] for task, uses in tags_of(unit, "task", ids).items()}
    return TaskBatch(
        tasks=tasks,
        beside=shown,
        addresses={one.id: one.email for one in known.values()},
        groups=group_names(unit, named),
        tags=tags,
    )
