"""`tasks_changed_by_rules`: what rules made of other tasks, in the answer of the act they followed (spec 20 §12.6)."""

from typing import Any

from msgspec import UNSET, to_builtins

from procession.api.endpoint import Call
from procession.wire.task import View, task
from procession.work import access
from procession.work.complete import Done
from procession.work.reading import beside


def by_rules(call: Call, done: Done, view: View) -> Any:
    """The list form of each changed task and what changed of it, by id; absent for a task outside any process.

    The caller is shown no task that he may not see.
    """
    process, changed = done.process, done.followed.changed
    if process is None:
        return UNSET
    stored = [one for one in done.followed.tasks.values() if changed.get(one.id)]
    if not stored:
        return {}
    shown = beside(call.unit, call.actor, stored, processes={process.id: process}, secrets=call.secrets)
    seen = access.seen_among(call.unit, call.actor, process, stored, shown.assigned)
    rows = {one.id: to_builtins(task(one, shown, view, single=False)) for one in seen}
    return {task_id: {**row, "changes": list(changed[task_id])} for task_id, row in rows.items()}
