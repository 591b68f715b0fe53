"""One-off tasks that are linked to templates: an include of templates (spec 30 §2.1)."""

from collections.abc import Sequence
from typing import Any

from procession.api.endpoint import Call
from procession.api.tasks import view
from procession.wire.task import task
from procession.work.lists import TaskSearch, task_walk
from procession.work.reading import beside

MOST = 500
"""How many an answer shows, of all its templates together: the newest."""


def linked_tasks(call: Call, template_ids: Sequence[str]) -> dict[str, dict[str, list[Any]]]:
    """By template, the linked tasks that the caller may see, newest first; by a constant number of queries."""
    found: dict[str, dict[str, list[Any]]] = {one: {"data": []} for one in template_ids}
    if not found:
        return found
    search = TaskSearch(templates=tuple(template_ids), oneoff=True)
    tasks = task_walk(call.unit, call.actor, search, MOST, None)
    shown = beside(call.unit, call.actor, tasks, descriptions=False, secrets=call.secrets)
    look = view(call)
    for one in tasks:
        found[one.template_id or ""]["data"].append(task(one, shown, look, single=False))
    return found
