"""Fetch, visibility, right, lock: each function is named by what the caller wants to do (house plan §4, §5).

404 before 403 before a state refusal before validation. The lock order is fixed: the process, then the task.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache

from procession.engine.work import Assigned, Process, Task
from procession.kernel.errors import Forbidden, NotFound, Unavailable
from procession.kernel.unit import Unit
from procession.people.model import Actor
from procession.people.permissions import cell
from procession.work import process_queries, queries
from procession.work.model import Held, HeldProcess, Reason
from procession.work.veiling import is_open_to_guests

NOT_THIS_TASK = "You don't have permission to update this task."
_ASSIGNEES_ONLY = frozenset(("task.edit", "task.answer", "task.complete", "task.reopen"))
"""What a task that only assignees may complete leaves to them and the administrators."""


def task_to_see(unit: Unit, actor: Actor, task_id: str, process_id: str | None) -> Held:
    """The task, read only. 404 when it is unknown, of another process, or not the caller's to see."""
    return _held(unit, actor, task_id, process_id, lock=False)


def task_for_update(
    unit: Unit, actor: Actor, task_id: str, process_id: str | None, *, or_step: bool = False, answers: bool = False
) -> Held:
    """The task, with its process locked first. `or_step`: an unknown id may be that of a step (spec 20 §7.1).

    `answers`: its answers will be asked for.
    """
    return _held(unit, actor, task_id, process_id, lock=True, or_step=or_step, answers=answers)


def require_task_acts(actor: Actor, held: Held, acts: Iterable[str], message: str = NOT_THIS_TASK) -> None:
    """403 unless every act is the caller's on this task (spec 20 §27.1)."""
    for act in acts:
        allowed = cell(actor, act)
        restricted = held.task.only_assignees_complete and act in _ASSIGNEES_ONLY
        if allowed == "yes" and not (restricted and not actor.is_admin and not held.own):
            continue
        if allowed in ("visible", "viewer") and (held.own or not restricted):
            continue
        if allowed == "own" and held.own and not (act == "task.reopen" and _completed_by_guest(held.task)):
            continue
        if allowed == "commentable" and held.own and not held.task.guests_may_not_comment:
            continue
        if allowed == "starter" and actor.account_id is not None and held.task.starter_id == actor.account_id:
            continue
        if allowed == "starter_or_own" and (
            held.own or (actor.account_id is not None and held.task.starter_id == actor.account_id)
        ):
            continue
        raise Forbidden(message)


def _completed_by_guest(task: Task) -> bool:
    """What a guest completed is reopened by administrators and standard members alone (spec 20 §13)."""
    return task.completer is not None and task.completer[0] == "e"


def process_to_see(unit: Unit, actor: Actor, process_id: str) -> HeldProcess:
    """The process, read only. 404 when unknown or not the caller's to see."""
    return _held_process(unit, actor, process_id, lock=False)


def process_for_update(unit: Unit, actor: Actor, process_id: str, *, answers: bool = False) -> HeldProcess:
    """The process, locked. `answers`: those of its kick-off form will be asked for."""
    return _held_process(unit, actor, process_id, lock=True, answers=answers)


def process_relations(actor: Actor, held: HeldProcess) -> frozenset[str]:
    """The relations of spec 10 §4.1 that the caller has to a process he may see."""
    relations = {"viewer"}
    if actor.account_id is not None and actor.account_id in (held.process.owner_id, held.process.starter_id):
        relations |= {"editor", "owner_or_starter", "participant"}
    if held.reasons & Reason.participates():
        relations.add("participant")
    if held.reasons & Reason.ASSIGNED:
        relations |= {"own", "submitter_or_own"}
    if held.process.kickoff_guest is not None and held.process.kickoff_guest == actor.email:
        relations.add("submitter_or_own")
    if actor.is_admin:
        relations |= {"editor", "participant"}
    return frozenset(relations)


def require_process_acts(actor: Actor, held: HeldProcess, acts: Iterable[str], message: str | None = None) -> None:
    """403 unless every act is the caller's on this process (spec 10 §4.2)."""
    relations = process_relations(actor, held)
    for act in acts:
        allowed = cell(actor, act)
        if allowed == "yes" or allowed in relations:
            continue
        if allowed == "may_archive_processes" and actor.may_archive_processes:
            continue
        raise Forbidden(message)


def _held(
    unit: Unit,
    actor: Actor,
    task_id: str,
    process_id: str | None,
    *,
    lock: bool,
    or_step: bool = False,
    answers: bool = False,
) -> Held:
    process = None
    if process_id is None:
        home = unit.one(queries.PROCESS_OF_TASK, id=task_id) if lock else None
        process_id = home if isinstance(home, str) else None
        given = False
    else:
        given = True
    # Announced when nothing but the lock is asked first: they are read when it is held.
    if answers:
        unit.ahead(queries.ANSWERS, holder=task_id)
    unit.ahead(queries.ASSIGNED, task=task_id)
    if process_id is not None:
        unit.ahead(queries.TASK, id=task_id)
        process = unit.one(queries.PROCESS_LOCKED if lock else queries.PROCESS, id=process_id)
        if process is None:
            raise NotFound
    task = unit.one(queries.TASK_LOCKED if lock and process is None else queries.TASK, id=task_id)
    if task is None and or_step and given:
        task = unit.one(queries.TASK_OF_STEP, process=process_id, step=task_id)
    if task is None or (given and task.process_id != process_id):
        raise NotFound
    if lock and task.process_id != process_id:
        raise Unavailable  # linked elsewhere while we waited for the lock
    if process is None and task.process_id is not None:
        process = unit.one(queries.PROCESS, id=task.process_id)
    assigned = unit.all(queries.ASSIGNED, task=task.id)
    own = any(one.principal in actor.principals for one in assigned)
    if not (actor.is_admin or own):
        subject = task.process_id or task.id
        if not sees_task(actor, task, process, lambda: _task_reasons(unit, actor, subject)):
            raise NotFound
        if lock and actor.role == "guest":
            raise Forbidden(NOT_THIS_TASK)  # what is not his he reads, and no more
    return Held(task=task, process=process, assigned=assigned, own=own)


def sees_task(actor: Actor, task: Task, process: Process | None, reasons: Callable[[], int]) -> bool:
    """Whether the caller may see a task that is not his (spec 20 §27, 40 §16.4). `reasons`: looked up when asked for.

    Guests see those of public processes in which they have a task; `guest_reasons` are theirs (spec 10 §15.4).
    """
    if actor.role == "guest":
        return is_open_to_guests(process, task) and bool(reasons())
    starts = actor.account_id is not None and task.starter_id == actor.account_id and task.oneoff
    if task.confidential:
        return starts or bool(reasons() & Reason.MENTIONED)
    # Whoever owns or started the process is involved by that: no need to look it up.
    if starts or (process is not None and actor.account_id in (process.owner_id, process.starter_id)):
        return True
    if process is None and actor.role == "standard" and not actor.settings.private_oneoff_tasks:
        return True
    return bool(reasons())


def seen_among(
    unit: Unit, actor: Actor, process: Process, tasks: Iterable[Task], assigned: Mapping[str, Sequence[Assigned]]
) -> list[Task]:
    """Those tasks of one process that the caller may see, with at most one query."""
    reasons = cache(lambda: _task_reasons(unit, actor, process.id))
    return [
        task
        for task in tasks
        if actor.is_admin
        or any(one.principal in actor.principals for one in assigned.get(task.id, ()))
        or sees_task(actor, task, process, reasons)
    ]


def _held_process(unit: Unit, actor: Actor, process_id: str, *, lock: bool, answers: bool = False) -> HeldProcess:
    unit.announce(_reasons, actor, process_id)
    if answers:
        unit.ahead(queries.ANSWERS, holder=process_id)
    process = unit.one(queries.PROCESS_LOCKED if lock else queries.PROCESS, id=process_id)
    if process is None:
        raise NotFound
    reasons = _reasons(unit, actor, process.id)
    if not reasons and not actor.is_admin:
        raise NotFound
    if actor.role == "guest" and not _has_visible_task(unit, actor, process):
        raise NotFound
    return HeldProcess(process=process, reasons=reasons)


def _has_visible_task(unit: Unit, actor: Actor, process: Process) -> bool:
    """Guests see only processes where a visible task is theirs now, or whose kick-off form they filled in."""
    if process.kickoff_guest is not None and process.kickoff_guest == actor.email:
        return True
    return bool(guest_reasons(unit, actor, [process.id])[process.id])


def guest_reasons(unit: Unit, actor: Actor, process_ids: Sequence[str]) -> dict[str, int]:
    """For each of these processes, whether a guest has a visible task in it now: whoever had one once is out."""
    rows = unit.all(process_queries.OWN_COUNTS, processes=list(process_ids), principals=list(actor.principals))
    inside = {row[0] for row in rows}
    return {one: int(Reason.ASSIGNED) if one in inside else 0 for one in process_ids}


def _task_reasons(unit: Unit, actor: Actor, subject_id: str) -> int:
    if actor.role == "guest":
        return guest_reasons(unit, actor, [subject_id])[subject_id]
    return _reasons(unit, actor, subject_id)


def _reasons(unit: Unit, actor: Actor, subject_id: str) -> int:
    found = 0
    for bits in unit.all(queries.REASONS, subject=subject_id, principals=list(actor.principals)):
        found |= bits
    return found


def refuse(message: str) -> None:
    """403 with this text."""
    raise Forbidden(message)
