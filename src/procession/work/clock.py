"""What happens by the clock: tasks expire, e-mails are sent, rules wait for somebody to be late (spec 20 §21, 31 §6.2).

A pass goes over all organizations. It finds due tasks by their index and handles each in a transaction of its own, so
that one that fails stops nobody; locked ones are left to the next pass. Two workers may pass at the same time: whoever
gets the lock second finds that nothing is left to do.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from procession.engine.completion import BY_CLOCK
from procession.engine.owners import required_people
from procession.engine.rules.state import Event
from procession.engine.work import Process, co_assignee_of, owners_of
from procession.kernel.database import Database, Session
from procession.kernel.log import log
from procession.kernel.unit import EVERY_TENANT, Unit
from procession.people.model import Actor, nobody
from procession.people.settings import current_settings
from procession.work import clock_queries, queries
from procession.work.bot import EXPIRED, bot_says
from procession.work.clock_queries import Due
from procession.work.complete import completed_event, finish, settle_after
from procession.work.gather import group_people_of
from procession.work.model import Held
from procession.work.persist import shown, task_event
from procession.work.rules import follow

BATCH = 200
"""How many due tasks a pass finds at a time, and how many one request of an administrator handles at most."""

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def strike(database: Database, secrets: Any, now: datetime) -> int:
    """One pass over all organizations; how many tasks it did something with. `secrets`: for guests that rules make.

    Where things may only be read nothing goes by itself (spec 41 §2): it is done when the organization is open again.
    """
    struck, after, after_id = 0, _BEGINNING, ""
    paused: dict[str, bool] = {}
    while found := _due(database, now, after, after_id):
        for one in {due.organization_id for due in found} - paused.keys():
            paused[one] = _is_paused(database, one, now)
        struck += sum(_struck(database, secrets, one, now) for one in found if not paused[one.organization_id])
        after, after_id = found[-1].deadline, found[-1].id
    return struck


def _is_paused(database: Database, organization_id: str, now: datetime) -> bool:
    settings = database.read_now(lambda session: current_settings(Unit(session, organization_id, now)))
    return settings.read_only is not None


def strike_here(unit: Unit, secrets: Any) -> int:
    """A pass over the unit's organization, in its transaction, of at most `BATCH` tasks (spec 20 §21.5)."""
    found = unit.all(clock_queries.DUE_HERE, now=unit.now, count=BATCH)
    return sum(wake(unit, secrets, one.id) for one in found)


def _due(database: Database, now: datetime, after: datetime, after_id: str) -> Sequence[Due]:
    def work(session: Session) -> Sequence[Due]:
        unit = Unit(session, EVERY_TENANT, now)
        return unit.all(clock_queries.DUE, now=now, after=after, after_id=after_id, count=BATCH)

    return database.read_now(work)


def _struck(database: Database, secrets: Any, due: Due, now: datetime) -> bool:
    try:
        return database.command_now(lambda session: wake(Unit(session, due.organization_id, now), secrets, due.id))
    except Exception as error:  # noqa: BLE001 - one failing task never stops the pass (spec 20 §21.5)
        log.warning("task could not be handled by the clock", task=due.id, error=repr(error))
        return False


def wake(unit: Unit, secrets: Any, task_id: str) -> bool:
    """Do what a task's deadline brings about, if it is due still and nobody is at work on it; whether it was."""
    held = _held(unit, task_id)
    if held is None:
        return False
    actor = nobody(current_settings(unit))
    if held.task.kind not in BY_CLOCK:
        _note(unit, held)
        _late(unit, actor, held, secrets)
    elif held.task.kind == "expiring_email" and not _anybody(unit, held):
        _note(unit, held, told="not_sent")
    else:
        _complete(unit, actor, held, secrets)
    return True


def _held(unit: Unit, task_id: str) -> Held | None:
    """The task, locked behind its process; None while somebody holds it, or when it waits for something."""
    process: Process | None = None
    home = unit.one(clock_queries.HOME, task=task_id)
    if isinstance(home, str):
        process = unit.one(clock_queries.PROCESS_IF_FREE, process=home)
        # With an open issue timers are held (spec 10 §3.2).
        if process is None or process.archived_at is not None or process.process_issues > 0:
            return None
    task = unit.one(clock_queries.TASK_IF_FREE, task=task_id, now=unit.now)
    if task is None or task.process_id != home:
        return None
    assigned = unit.all(queries.ASSIGNED, task=task.id)
    return Held(task=task, process=process, assigned=assigned, own=False)


def _anybody(unit: Unit, held: Held) -> bool:
    """Whether an e-mail has a recipient: a member, a guest, or a group with somebody in it (spec 20 §21.3)."""
    owners = owners_of(held.assigned)
    people = required_people(owners, co_assignee_of(held.assigned), group_people_of(unit, owners.groups))
    return bool(people.members or people.guests)


def _note(unit: Unit, held: Held, told: str | None = None) -> None:
    """Keep the task open and remember for which deadline it was looked at."""
    task = held.task
    unit.patch(queries.PATCH_TASK, {"woke_for": task.deadline}, id=task.id)
    kind = told or "woken"
    unit.record([task_event(task, kind, "updated", field=kind, new=shown(task.deadline), shown=told is not None)])


def _late(unit: Unit, actor: Actor, held: Held, secrets: Any) -> None:
    """Rules that wait for the task to be overdue (spec 31 §4.1 `deadline_overdue`)."""
    if held.process is None or held.task.step_id is None:
        return
    followed = follow(unit, actor, held.process, Event("overdue", held.task.step_id), secrets, task=held.task)
    unit.record([*followed.events, *settle_after(unit, held.process, followed)[1]])


def _complete(unit: Unit, actor: Actor, held: Held, secrets: Any) -> None:
    """Expire the task, or send it: no field, issue or assignee is asked about (spec 20 §21.2)."""
    task = held.task
    columns = {
        "status": "completed",
        "completed_at": unit.now,
        "completer": None,
        "completer_email": None,
        "completion_caller": unit.principal,
        "approved": False,
        "woke_for": task.deadline,
    }
    finish(unit, actor, held, columns, [completed_event(task, columns)], secrets)
    if task.kind == "expiring":
        unit.record([bot_says(unit, actor.settings, task, EXPIRED)])
