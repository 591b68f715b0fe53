"""Tasks as lines of a table (spec 20 §25)."""

from collections.abc import Iterator
from datetime import datetime

from procession.engine.status import StatusFacts, status_label
from procession.engine.work import Process, Task, owners_of
from procession.wire.run_export import RISKY
from procession.wire.times import instant
from procession.work.task_batches import TaskBatch

COLUMNS = (
    "id", "increment_id", "title", "status", "status_label", "task_type", "process", "run_id", "template", "users",
    "guests", "groups", "started_at", "deadline", "completed_at", "completed_by", "tags", "created_at", "last_updated",
)  # fmt: skip


def lines_of(batch: TaskBatch, now: datetime) -> Iterator[list[str | int]]:
    """A line for each task, with its cells in the order of `COLUMNS`; none of them is a formula.

    People are e-mail addresses, groups and tags names; several are parted by commas. Instants as everywhere.
    """
    for task in batch.tasks:
        yield [safe(cell) for cell in _cells(task, batch, now)]


def safe(cell: str | int | None) -> str | int:
    """A cell that a spreadsheet shows and does not run: an apostrophe stands before what looks like a formula."""
    if cell is None:
        return ""
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip(" \n").startswith(RISKY) else cell


def _cells(task: Task, batch: TaskBatch, now: datetime) -> list[str | int | None]:
    home: Process | None = batch.beside.processes.get(task.process_id or "")
    owners = owners_of(batch.beside.assigned.get(task.id, []))
    facts = StatusFacts(
        kind=task.kind, status=task.status, deadline=task.deadline, completed_at=task.completed_at,
        archived=task.archived_at is not None, approved=task.approved, has_issue=task.has_issue,
        projected=task.deadline_projected,
    )  # fmt: skip
    completer = int(task.completer[1:]) if task.completer and task.completer[0] == "u" else 0
    return [
        task.id,
        task.number,
        batch.beside.title(task),
        task.status,
        status_label(facts, now),
        task.kind,
        home.name if home is not None else None,
        task.process_id,
        home.template_title if home is not None and task.template_id in (None, home.template_id) else None,
        ", ".join(batch.addresses.get(one, str(one)) for one in owners.members),
        ", ".join(owners.guests),
        ", ".join(batch.groups.get(one, one) for one in owners.groups),
        instant(task.started_at),
        instant(task.deadline),
        instant(task.completed_at),
        task.completer_email or batch.addresses.get(completer),
        ", ".join(batch.tags[task.id]),
        instant(task.created_at),
        instant(task.updated_at),
    ]
