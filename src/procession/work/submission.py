"""Complete and reopen the kick-off form of a running process (spec 10 §10)."""

from typing import Any

from procession.engine.answers import required_problems
from procession.engine.model import Problem
from procession.engine.rules.state import Event
from procession.engine.work import Process
from procession.kernel.errors import StateRefused
from procession.kernel.unit import Unit
from procession.people.model import Actor
from procession.templates.versions import compiled
from procession.work.access import require_process_acts
from procession.work.complete import settle_process
from procession.work.gather import stored_answers
from procession.work.kickoff import changed_since_reopening
from procession.work.model import HeldProcess
from procession.work.persist import process_event
from procession.work.processes import ARCHIVED, LOCKED, Changed, ProcessChange, change_process
from procession.work.rules import follow
from procession.work.update import Options


def complete_kickoff(
    unit: Unit, actor: Actor, held: HeldProcess, change: ProcessChange, options: Options, secrets: Any
) -> Changed:
    """Save what is sent, check what is required, complete the kick-off form; its rules follow (spec 10 §10.2)."""
    _require_kickoff(actor, held)
    done = Changed(process=held.process)
    if change.answers:
        done = change_process(unit, actor, held, change, (), options, secrets)
    if done.problems or done.process.kickoff_completed_at is not None:
        return done
    process = done.process
    fields = compiled(unit, process.version_id).document.kickoff
    values = {one.field_id: one.value for one in stored_answers(unit, process.id)}
    missing = required_problems(fields, values)
    if missing:
        return Changed(process=process, problems=tuple(Problem(("kickoff", *one.path), one.text) for one in missing))
    columns: dict[str, Any] = {
        "kickoff_completed_at": unit.now,
        "kickoff_completed_by": actor.account_id,
        "revision": process.revision + 1,
    }
    event = Event("submitted", fields=tuple(changed_since_reopening(unit, process)))
    followed = follow(unit, actor, process, event, secrets)
    after, more = settle_process(unit, process, **columns)
    completed = process_event(process.id, "kickoff_completed", "completed", field="prerun", new=actor.account_id)
    unit.record([completed, *followed.events, *more])
    return Changed(process=after, warnings=done.warnings)


def reopen_kickoff(unit: Unit, actor: Actor, held: HeldProcess) -> Process:
    """Reopen the kick-off form; its answers stay (spec 10 §10.3)."""
    _require_kickoff(actor, held)
    process = held.process
    if process.kickoff_completed_at is None or process.kickoff_fields == 0:
        return process
    after, more = settle_process(
        unit, process, kickoff_completed_at=None, kickoff_completed_by=None, revision=process.revision + 1
    )
    unit.record([process_event(process.id, "kickoff_reopened", "re-opened", field="prerun"), *more])
    return after


def _require_kickoff(actor: Actor, held: HeldProcess) -> None:
    require_process_acts(actor, held, ("process.answer",))
    if held.process.archived_at is not None:
        raise StateRefused("RUN_ARCHIVED", ARCHIVED, path="run")
    if held.process.process_issues > 0:
        raise StateRefused("PROCESS_HAS_OPEN_ISSUE", LOCKED, path="run")
