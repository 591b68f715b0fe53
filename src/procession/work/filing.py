"""Processes and tasks in folders: how many of them somebody sees in each (spec 30 §17.1)."""

from collections.abc import Iterable

from procession.kernel.unit import Unit
from procession.people.model import Actor
from procession.work import filed_queries
from procession.work.sight import sees_open_tasks


def work_in(unit: Unit, actor: Actor, folder_ids: Iterable[str]) -> dict[str, int]:
    """How many live processes and tasks that the caller sees lie directly in each folder. Every id has an entry."""
    found = dict.fromkeys(folder_ids, 0)
    if not found:
        return found
    asked = {"folders": list(found), "actor": list(actor.principals), "account": actor.account_id}
    sight = {"process": "seen", "task": "seen_standard" if sees_open_tasks(actor) else "seen"}
    for kind, name in sight.items():
        for folder_id, number in unit.all(filed_queries.filed_counts(kind, None if actor.is_admin else name), **asked):
            found[folder_id] += number
    return found
