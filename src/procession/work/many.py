"""Several tasks in one transaction (spec 20 §17)."""

from collections.abc import Iterable, Sequence

from procession.engine.work import Task
from procession.kernel.unit import Unit
from procession.work import queries
from procession.work.persist import process_event


def in_lock_order(unit: Unit, ids: Iterable[str]) -> list[str]:
    """The ids in the order in which their tasks are locked one after the other: two commands never wait for each other.

    Those nobody knows come last.
    """
    wanted = sorted(set(ids))
    homes = {task.id: task.process_id or "" for task in tasks_of(unit, wanted)}
    return sorted(wanted, key=lambda one: (one not in homes, homes.get(one, ""), one))


def tasks_of(unit: Unit, ids: Sequence[str]) -> list[Task]:
    """These tasks as they are now, in the order of the ids; without those that are not there."""
    if not ids:
        return []
    found = {task.id: task for task in unit.all(queries.TASKS, ids=list(ids))}
    return [found[one] for one in ids if one in found]


def changed_together(unit: Unit, process_id: str, ids: Sequence[str], *, notify: bool) -> None:
    """Note that tasks were changed by one command, and whether people are told of it (one mail each, spec 20 §17)."""
    told = {"tasks": list(ids), "notify": notify}
    unit.record([process_event(process_id, "tasks_changed", "updated", field="tasks", new=told, shown=False)])
