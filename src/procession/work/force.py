"""Complete a whole process at once, whatever is left to do in it (spec 10 §9.5)."""

from typing import Any

from procession.engine.work import Process
from procession.kernel.errors import Invalid, StateRefused
from procession.kernel.unit import Unit
from procession.people.model import Actor, member
from procession.people.past import UNSAID, Past
from procession.work import process_queries, queries
from procession.work.complete import settle_process
from procession.work.model import HeldProcess
from procession.work.persist import process_event, shown, task_event
from procession.work.processes import ARCHIVED


def force_complete(unit: Unit, actor: Actor, held: HeldProcess, *, force: bool, past: Past = UNSAID) -> Process:
    """Complete what is open in a locked process: required answers are waived, no rule runs, nobody is told.

    Nor does a step launch a template or an e-mail task send its e-mail: forcing ends the work, it does none of it.
    Issues are never waived. Without `force`: 422 naming what is open. Complete already: unchanged. `past`: when that
    was, and who did it, as an import tells.
    """
    process = held.process
    if process.archived_at is not None:
        raise StateRefused("RUN_ARCHIVED", ARCHIVED, path="run")
    tasks = [
        one for one in unit.all(queries.TASKS_OF_PROCESS, process=process.id) if one.is_open and not one.archived_at
    ]
    open_kickoff = process.kickoff_completed_at is None and process.kickoff_fields > 0
    issues = process.process_issues + process.task_issues
    left = {
        **({"tasks": [f"{len(tasks)} tasks are not complete."]} if tasks else {}),
        **({"prerun": ["The kick-off form is not complete."]} if open_kickoff else {}),
        **({"issues": [f"{issues} issues are open."]} if issues else {}),
    }
    if left and (issues or not force):
        raise Invalid(left, code="PROCESS_NOT_COMPLETE")
    if not left:
        return process
    at, who = past.completed_at or unit.now, actor.principal
    completer = past.completed_by or actor.account_id
    if past.completed_by is not None:
        who = member(past.completed_by)
    changed = {"at": at, "who": who, "caller": actor.principal, "now": unit.now}
    unit.write(process_queries.COMPLETE_OPEN, process=process.id, **changed)
    unit.write(queries.CLOSE_ASSIGNMENTS, process=process.id)
    # What is shown is that the process was completed; the tasks' own entries are there to rebuild their state.
    done = {"at": shown(at), "by": who, "forced": True}
    events = [task_event(one, "completed", "completed", new=done, shown=False) for one in tasks]
    events.append(process_event(process.id, "force_completed", "completed", field="force_completed", new=len(tasks)))
    more: dict[str, Any] = {}
    if open_kickoff:
        told = process_event(process.id, "kickoff_forced", "completed", field="prerun", new=completer, shown=False)
        events.append(told)
        more = {"kickoff_completed_at": at, "kickoff_completed_by": completer}
    after, settled = settle_process(unit, process, revision=process.revision + 1, **more)
    unit.record([*events, *settled])
    return after
