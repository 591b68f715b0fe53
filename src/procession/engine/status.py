"""Statuses of tasks and processes: the stored ones, and what follows from them and the clock (spec 20 §4, 10 §3)."""

import re
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from procession.engine.model import TaskKind, TaskStatus

SOON = timedelta(hours=24)
"""A deadline at most this far away is due soon (spec 20 §4.3)."""

OPEN: frozenset[TaskStatus] = frozenset({"not-started", "active", "in-progress"})
"""The stored statuses of an open task; every rule treats them alike (spec 20 §4.1)."""

ProcessStatus = Literal["active", "complete", "problem", "issue", "archived"]

_OPEN_LABELS: dict[TaskStatus, str] = {"not-started": "Not started", "active": "Active", "in-progress": "In progress"}
_OUTCOMES: dict[tuple[TaskKind, bool], str] = {
    ("approval", True): "Approved",
    ("approval", False): "Rejected",
    ("expiring", True): "Acknowledged",
    ("expiring", False): "Expired",
}


class StatusFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the labels and flags of a task follow from.

    `projected`: the step the deadline is anchored on is not completed, so the deadline is only a forecast (20 §5.6).
    """

    kind: TaskKind
    status: TaskStatus
    deadline: datetime | None = None
    completed_at: datetime | None = None
    archived: bool = False
    approved: bool | None = None
    has_issue: bool = False
    projected: bool = False


class Progress(msgspec.Struct, frozen=True):
    """How far a process is: done and visible tasks, and whole percent (spec 10 §3.3)."""

    complete: int
    total: int
    percent: int


def is_hidden(status: TaskStatus) -> bool:
    """Whether a task of this status is out of sight (spec 20 §4.3)."""
    return status == "auto-skipped"


def is_overdue(task: StatusFacts, now: datetime) -> bool:
    """Whether an open, visible, live task has missed its deadline; an expiring one never does (20 §4.3, §21.2)."""
    deadline = _running_deadline(task)
    return deadline is not None and deadline < now and task.kind != "expiring"


def is_due_soon(task: StatusFacts, now: datetime) -> bool:
    """Whether the deadline of an open, visible, live task is within the next 24 hours (spec 20 §4.3)."""
    deadline = _running_deadline(task)
    return deadline is not None and now <= deadline <= now + SOON


def is_on_time(task: StatusFacts, now: datetime) -> bool:
    """Open with more than 24 hours left, or completed by the deadline (spec 20 §4.3)."""
    if task.completed_at is not None:
        return task.deadline is not None and task.completed_at <= task.deadline
    # A forecast counts too: nothing says that it will be missed.
    return task.deadline is not None and task.status in OPEN and not task.archived and task.deadline > now + SOON


def is_completed_late(task: StatusFacts) -> bool:
    """Whether the task was completed after its deadline (spec 20 §4.3)."""
    return task.completed_at is not None and task.deadline is not None and task.completed_at > task.deadline


def status_label(task: StatusFacts, now: datetime) -> str:
    """The label people read; the first that fits (spec 20 §4.2)."""
    if task.status == "completed":
        if task.kind in ("email", "expiring_email"):
            return "Sent"
        # An approval that a job closed has no decision.
        return _OUTCOMES.get((task.kind, task.approved), "Completed") if task.approved is not None else "Completed"
    if is_hidden(task.status):
        return "Auto-skipped"
    if task.has_issue:
        return "Has problem"
    if is_overdue(task, now):
        return "Overdue"
    if is_due_soon(task, now):
        return "Due soon"
    return _OPEN_LABELS[task.status]


def outcome(kind: TaskKind, approved: bool | None, *, by_person: bool) -> bool | None:
    """What a completion means: the decision of an approval; for expiring kinds whether a person did it (spec 20 §3)."""
    if kind == "approval":
        return approved if by_person else None
    if kind in ("expiring", "expiring_email"):
        return by_person
    return None


def process_status(
    *,
    archived: bool,
    open_process_issue: bool,
    task_issue: bool,
    kickoff_complete: bool,
    visible: int,
    done: int,
    tasks: int,
    kind: Literal["procedure", "form", "document"],
) -> ProcessStatus:
    """The status of a process; the first rule that fits (spec 10 §3.2).

    `visible` and `done` count tasks that are not hidden, `tasks` all of them; `task_issue`: a visible one has an issue.
    """
    if archived:
        return "archived"
    if open_process_issue:
        return "issue"
    if task_issue:
        return "problem"
    # An empty process is a project that waits for its first task; a form has none and is done with its kick-off.
    if kickoff_complete and done >= visible and (tasks > 0 or kind != "procedure"):
        return "complete"
    return "active"


def progress(done: int, visible: int) -> Progress:
    """`done` of `visible` tasks in percent: halves round up, 100 only when all are done (spec 10 §3.3)."""
    if visible == 0:
        return Progress(0, 0, 0)
    percent = (200 * done + visible) // (2 * visible)
    return Progress(done, visible, percent if done >= visible else min(percent, 99))


_TASK_WORDS = {
    "all": "all",
    "active": "active",
    "active_visible": "active_visible",
    "incomplete": "incomplete",
    "complete": "completed",
    "completed": "completed",
    "inprogress": "in-progress",
    "in_progress": "in-progress",
    "not_started": "not-started",
    "overdue": "overdue",
    "due_soon": "due_soon",
    "on_time": "on_time",
    "hasproblem": "hasproblem",
    "problem": "hasproblem",
    "issue": "hasproblem",
    "auto_skipped": "auto-skipped",
    "hidden": "auto-skipped",
    "archived": "archived",
    "draft": "draft",
    "approved": "approved",
    "rejected": "rejected",
    "acknowledged": "acknowledged",
    "expired": "expired",
}
_PROCESS_WORDS = {
    "active": ("active",),
    "complete": ("complete",),
    "completed": ("complete",),
    "problem": ("problem", "issue"),
    "issue": ("issue",),
    "improvement": ("improvement",),
    "archived": ("archived",),
    "delayed": ("delayed",),
    "starred": ("starred",),
    "due_soon": ("due_soon",),
    "on_time": ("on_time",),
    "overdue": ("overdue",),
    "all": ("all",),
    "draft": (),
}
PROCESS_FILTER_WORDS = tuple(_PROCESS_WORDS)
"""What `read_process_filter` understands, for the answer to anything else."""

_SEPARATORS = re.compile(r"[\s_-]+")


def read_task_filter(text: str | None) -> frozenset[str] | None:
    """The statuses a task list is narrowed to, as a union; None for no narrowing (spec 20 §4.4).

    Unknown words are ignored; `draft` selects nothing, so that alone it gives the empty set.
    """
    found = {_TASK_WORDS[word] for word in _words(text) if word in _TASK_WORDS}
    return frozenset(found - {"draft"}) if found and "all" not in found else None


def read_process_filter(text: str | None) -> frozenset[str] | None:
    """The statuses a process list is narrowed to, as a union; None when a word is unknown (spec 10 §7.1).

    No words, or `all`, give `{"all"}`; `draft` alone gives the empty set and selects nothing.
    """
    words = _words(text) or ["all"]
    if any(word not in _PROCESS_WORDS for word in words):
        return None
    found = frozenset(status for word in words for status in _PROCESS_WORDS[word])
    return frozenset({"all"}) if "all" in found else found


def _words(text: str | None) -> list[str]:
    return [_SEPARATORS.sub("_", word.strip().lower()) for word in (text or "").split(",") if word.strip()]


def _running_deadline(task: StatusFacts) -> datetime | None:
    """The deadline of an open, visible, live task that the clock is held against."""
    return task.deadline if task.status in OPEN and not task.archived and not task.projected else None
