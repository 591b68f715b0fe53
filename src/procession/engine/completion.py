"""Completing and reopening a task: who marks what, when it is done, what refuses it (spec 20 §12, §13)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from procession.engine.model import Problem, Refused, TaskKind, TaskStatus
from procession.engine.status import is_hidden, outcome

REPEAT = timedelta(seconds=120)
"""Within this time the same act of the same person is a repetition, not an error (spec 00 §14, GUARD)."""

BY_CLOCK: frozenset[TaskKind] = frozenset({"expiring", "expiring_email"})
"""Tasks that the clock completes when their deadline has passed (spec 20 §21.2, §21.3)."""

_BY_EVERYONE: frozenset[TaskKind] = frozenset({"task", "approval"})


class Mark(msgspec.Struct, frozen=True):
    """One person's part of a task that everyone must complete. `approved`: the vote, on approvals."""

    principal: str
    at: datetime
    approved: bool | None = None


class CompletionTask(msgspec.Struct, frozen=True, kw_only=True):
    """The state that decides whether a task may be completed or reopened.

    `completed_by` is the person on record, `completed_actor` who did it (they differ when an administrator completes
    for somebody). `reopened_*` tell of the last reopening. Principals: `u1001` a member, `e4523` a guest.
    """

    id: str
    kind: TaskKind = "task"
    status: TaskStatus = "not-started"
    archived: bool = False
    process_archived: bool = False
    process_issue: bool = False
    has_issue: bool = False
    everyone_must_complete: bool = False
    marks: tuple[Mark, ...] = ()
    approved: bool | None = None
    completed_at: datetime | None = None
    completed_by: str | None = None
    completed_actor: str | None = None
    reopened_at: datetime | None = None
    reopened_by: str | None = None


class Completion(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody asks for: `actor` acts, `override` is the person to record instead, `approved` the decision.

    `force`: an administrator finishes a task of many for all. `problems`: what is missing in the form.
    """

    actor: str
    admin: bool = False
    approved: bool | None = None
    force: bool = False
    override: str | None = None
    problems: Sequence[Problem] = ()


class CompletionDecision(msgspec.Struct, frozen=True, kw_only=True):
    """The state a task gets by a completion, or why it gets none.

    With `problems` nothing changes and `code` names the error. `repeated`: it was this very act that completed the
    task; answer as before, without effects. Otherwise `mark` is to be added (None: no marks on this task), and when
    `completes` is false the task stays open and waits for others.
    """

    completes: bool
    status: TaskStatus
    mark: Mark | None = None
    completed_at: datetime | None = None
    completed_by: str | None = None
    approved: bool | None = None
    repeated: bool = False
    problems: tuple[Problem, ...] = ()
    code: str | None = None


class ReopenDecision(msgspec.Struct, frozen=True, kw_only=True):
    """What a reopening does: the task's `withdrawn` marks go and its status becomes in-progress.

    `reopens`: it was completed; everything its completion set becomes null. Otherwise only marks are withdrawn.
    `repeated`: it was this very act that reopened it; answer as before, without effects.
    """

    reopens: bool
    withdrawn: tuple[str, ...] = ()
    repeated: bool = False
    status: TaskStatus = "in-progress"


def complete(task: CompletionTask, ask: Completion, required: frozenset[str], now: datetime) -> CompletionDecision:
    """What `ask` does to `task`; `required` are the people who each must complete it, if everyone must (spec 20 §12).

    Raises Refused in the order of §12.2. A missing decision or form value comes back as problems.
    """
    person = ask.override or ask.actor
    many = task.everyone_must_complete and task.kind in _BY_EVERYONE and bool(required)
    forced = ask.force and ask.admin
    if _is_repeated_completion(task, ask, now):
        return _unchanged(task, repeated=True)
    marked = many and any(mark.principal == person for mark in task.marks)
    _refuse_completion(task, marked and not forced)
    if task.kind == "approval" and ask.approved is None:
        missing = Problem(("approved",), "The is approved field is required.")
        return _unchanged(task, problems=(missing,), code="VALIDATION_FAILED")
    if ask.problems:
        return _unchanged(task, problems=tuple(ask.problems), code="REQUIRED_FIELDS_MISSING")
    vote = ask.approved if task.kind == "approval" else None
    if not many:
        return _completed(task, person, vote, now)
    mark = Mark(person, now, vote)
    # Administrators are not held up by others, unless the task waits for them as for everybody else.
    if forced or (ask.admin and person not in required):
        return _completed(task, person, vote, now, mark if person in required and not marked else None)
    done = _counted(task, (*task.marks, mark), required, now, mark)
    return done or CompletionDecision(completes=False, status="in-progress", mark=mark)


def settle(task: CompletionTask, required: frozenset[str], now: datetime) -> CompletionDecision | None:
    """The completion of an open task whose last missing person was taken off it; None when somebody is missing (§6.4).

    The last who marked a part is on record. Marks of people who are not `required` are to be dropped anyway.
    """
    waiting = task.status == "completed" or is_hidden(task.status) or task.has_issue
    if waiting or not task.everyone_must_complete or task.kind not in _BY_EVERYONE or not required:
        return None
    return _counted(task, task.marks, required, now, None)


def reopen(task: CompletionTask, actor: str, admin: bool, now: datetime) -> ReopenDecision:
    """What a reopening by `actor`, who may, does to `task` (spec 20 §13). Raises Refused.

    On an open task that everyone must complete the actor's own mark is withdrawn, for an administrator all marks.
    """
    everybody = tuple(mark.principal for mark in task.marks)
    if task.status == "completed":
        _refuse_locked(task)
        return ReopenDecision(reopens=True, withdrawn=everybody)
    own = tuple(principal for principal in everybody if principal == actor)
    repeated = task.reopened_by == actor and task.reopened_at is not None and now - task.reopened_at <= REPEAT
    # A mark of one's own is younger than the reopening, which took all of them: to withdraw it is a new act.
    if repeated and not own:
        return ReopenDecision(reopens=False, repeated=True, status=task.status)
    withdrawn = everybody if admin else own
    if not task.everyone_must_complete or not withdrawn:
        raise Refused("TASK_NOT_COMPLETED", "This task is not completed.")
    _refuse_locked(task)
    status: TaskStatus = task.status if is_hidden(task.status) else "in-progress"
    return ReopenDecision(reopens=False, withdrawn=withdrawn, status=status)


def completed_by_guest(task: CompletionTask) -> bool:
    """Whether a guest is on record as completer: only administrators and standard members may reopen it (§13)."""
    return task.completed_by is not None and task.completed_by.startswith("e")


def completion_progress(marks: Sequence[Mark], required: frozenset[str]) -> float:
    """The share of `required` people who completed their part, 0 to 100 with two decimals (spec 20 §3)."""
    done = required & {mark.principal for mark in marks}
    return round(100 * len(done) / len(required), 2) if required else 0.0


def _refuse_locked(task: CompletionTask) -> None:
    # The tasks of an archived process are archived with it; what has to be restored is the process.
    if task.archived and not task.process_archived:
        raise Refused("TASK_ARCHIVED", "Archived tasks can't be updated. Restore it first.")
    if task.process_archived:
        raise Refused("RUN_ARCHIVED", "Archived tasks can't be updated. Restore it first.")
    if task.process_issue:
        raise Refused("PROCESS_HAS_OPEN_ISSUE", "This process has an open issue. Resolve it first.")


def _refuse_completion(task: CompletionTask, marked: bool) -> None:
    if task.status == "completed":
        raise Refused("TASK_ALREADY_COMPLETED", "This task is already completed.")
    if marked:
        raise Refused("VALIDATION_FAILED", "You have already completed your part of this task.")
    _refuse_locked(task)
    if is_hidden(task.status):
        raise Refused("TASK_HIDDEN", "Hidden tasks can't be completed.")
    if task.has_issue:
        raise Refused("TASK_HAS_ISSUES", "Resolve the reported issues before completing this task.")


def _is_repeated_completion(task: CompletionTask, ask: Completion, now: datetime) -> bool:
    if task.status != "completed" or task.completed_at is None or abs(now - task.completed_at) > REPEAT:
        return False
    if (task.completed_actor, task.completed_by) != (ask.actor, ask.override or ask.actor):
        return False
    # Where all have a vote, the last one's may differ from the result.
    votes = [mark.approved for mark in task.marks if mark.principal == task.completed_by] or [task.approved]
    return task.kind != "approval" or ask.approved in votes


def _unchanged(
    task: CompletionTask, *, repeated: bool = False, problems: tuple[Problem, ...] = (), code: str | None = None
) -> CompletionDecision:
    return CompletionDecision(
        completes=False,
        status=task.status,
        completed_at=task.completed_at,
        completed_by=task.completed_by,
        approved=task.approved,
        repeated=repeated,
        problems=problems,
        code=code,
    )


def _completed(
    task: CompletionTask, person: str, vote: bool | None, now: datetime, mark: Mark | None = None
) -> CompletionDecision:
    return CompletionDecision(
        completes=True,
        status="completed",
        mark=mark,
        completed_at=now,
        completed_by=person,
        approved=outcome(task.kind, vote, by_person=True),
    )


def _counted(
    task: CompletionTask, marks: Sequence[Mark], required: frozenset[str], now: datetime, mark: Mark | None
) -> CompletionDecision | None:
    """The completion when all `required` people have marked their part; an approval then needs every vote."""
    counted = [made for made in marks if made.principal in required]
    if {made.principal for made in counted} != required:
        return None
    last = max(reversed(counted), key=lambda made: made.at)
    return _completed(task, last.principal, all(made.approved for made in counted), now, mark)
