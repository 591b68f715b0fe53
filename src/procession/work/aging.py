"""What happens by age: complete processes are archived, tasks nobody did are completed (spec 10 §9.4, 20 §21.4).

A pass goes over the organizations whose settings ask for it, and handles each process and task in a transaction of its
own, so that one that fails stops nobody. Locked ones are left to the next pass.
"""

from calendar import monthrange
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from procession.engine.work import Process
from procession.kernel.database import Database
from procession.kernel.log import log
from procession.kernel.unit import EVERY_TENANT, Event, Unit
from procession.people.model import Settings, nobody
from procession.people.organizations import every_organization
from procession.people.settings import current_settings
from procession.work import clock_queries, queries
from procession.work.archive import archive
from procession.work.bot import STALE, bot_says
from procession.work.clock_queries import PROCESS_IF_FREE
from procession.work.complete import completed_event, finish
from procession.work.model import Held, HeldProcess

BATCH = 200
"""How many processes or tasks are looked up at a time."""

DAYS = {"days": 1, "weeks": 7}


def age(database: Database, secrets: Any, now: datetime) -> int:
    """One pass over all organizations; how many processes were archived and tasks completed."""
    found = database.read_now(lambda session: every_organization(Unit(session, EVERY_TENANT, now)))
    return sum(age_organization(database, secrets, one, now) for one in found)


def age_organization(database: Database, secrets: Any, organization_id: str, now: datetime) -> int:
    """The pass over one organization. One that may only be read is left as it is."""
    settings = database.read_now(lambda session: current_settings(Unit(session, organization_id, now)))
    stored = settings.stored
    if settings.read_only is not None:
        return 0
    aged = 0
    if stored["auto_archive"]:
        span = stored["auto_archive_processes_after"]
        before = now - timedelta(days=DAYS[span["unit"]] * span["value"])
        aged += _each(database, organization_id, now, clock_queries.OLD_PROCESSES, before, archive_old)
    if stored["auto_complete_tasks"]:
        before = months_before(now, stored["auto_complete_task_months"])
        aged += _each(
            database, organization_id, now, clock_queries.STALE_TASKS, before,
            lambda unit, task_id, limit: complete_stale(unit, secrets, task_id, limit),
        )  # fmt: skip
    return aged


def months_before(now: datetime, months: int) -> datetime:
    """The same moment so many calendar months ago, on the last day of a shorter month."""
    place = now.year * 12 + now.month - 1 - months
    year, month = divmod(place, 12)
    return now.replace(year=year, month=month + 1, day=min(now.day, monthrange(year, month + 1)[1]))


def _each(
    database: Database,
    organization_id: str,
    now: datetime,
    query: Any,
    before: datetime,
    work: Callable[[Unit, str, datetime], bool],
) -> int:
    """Find and handle them, a batch at a time; one that stays as it was is not met again."""
    done, after = 0, ""

    def look(after: str) -> Sequence[str]:
        return database.read_now(
            lambda session: Unit(session, organization_id, now).all(query, before=before, after=after, count=BATCH)
        )

    while found := look(after):
        done += sum(_handled(database, organization_id, now, one, before, work) for one in found)
        after = found[-1]
    return done


def _handled(
    database: Database,
    organization_id: str,
    now: datetime,
    one: str,
    before: datetime,
    work: Callable[[Unit, str, datetime], bool],
) -> bool:
    try:
        return database.command_now(lambda session: work(Unit(session, organization_id, now), one, before))
    except Exception as error:  # noqa: BLE001 - one that fails never stops the pass
        log.warning("what is old could not be handled", id=one, error=repr(error))
        return False


def archive_old(unit: Unit, process_id: str, before: datetime) -> bool:
    """Archive a process that has been complete since before that moment; whether it was (spec 10 §9.4)."""
    process = unit.one(PROCESS_IF_FREE, process=process_id)
    if process is None or process.archived_at is not None or process.status != "complete":
        return False
    if process.completed_at is None or process.completed_at > before:
        return False
    archive(unit, HeldProcess(process=process, reasons=0))
    unit.record([_logged("process_auto_archived", "process", process.id, {"name": process.name})])
    return True


def complete_stale(unit: Unit, secrets: Any, task_id: str, before: datetime) -> bool:
    """Complete a task that has been overdue since before that moment, without any check; whether it was (20 §21.4).

    Nothing is sent. The timers of a process with an open issue are held (spec 10 §3.2).
    """
    process: Process | None = None
    home = unit.one(clock_queries.HOME, task=task_id)
    if isinstance(home, str):
        process = unit.one(PROCESS_IF_FREE, process=home)
        if process is None or process.archived_at is not None or process.process_issues > 0:
            return False
    task = unit.one(clock_queries.STALE_TASK_IF_FREE, task=task_id, before=before)
    if task is None or task.process_id != home:
        return False
    settings: Settings = current_settings(unit)
    columns: dict[str, Any] = {
        "status": "completed",
        "completed_at": unit.now,
        "completer": None,
        "completer_email": None,
        "completion_caller": unit.principal,
        "approved": None,
    }
    held = Held(task=task, process=process, assigned=unit.all(queries.ASSIGNED, task=task.id), own=False)
    finish(unit, nobody(settings), held, columns, [completed_event(task, columns)], secrets, quiet=True)
    logged = _logged("task_auto_completed", "task", task.id, {"title": task.title})
    unit.record([bot_says(unit, settings, task, STALE), logged])
    return True


def _logged(event: str, kind: str, subject_id: str, new: dict[str, Any]) -> Event:
    """An entry of the system log (spec 41 §15.2)."""
    return Event(kind=f"security.{event}", verb=event[:30], subject_kind=kind, subject_id=subject_id, new=new,
                 shown=False)  # fmt: skip
