"""Archive and restore a process with its tasks; delete it for good (spec 10 §9.1 to §9.3)."""

from typing import Any

import msgspec

from procession.discussions.comments import forget_comments
from procession.engine.work import Process
from procession.files.keeping import delete_with
from procession.kernel.errors import StateRefused
from procession.kernel.unit import Unit
from procession.labels.custom_values import forget_values
from procession.labels.folders import forget_filings
from procession.labels.model import Subject
from procession.labels.reading import tags_of
from procession.labels.tags import drop_automatic, forget_tags
from procession.watching.stars import forget_stars
from procession.watching.watchers import forget_watchers
from procession.work import process_queries, queries, rule_queries, sharing_queries, stage_queries
from procession.work.complete import settle_process
from procession.work.model import HeldProcess
from procession.work.persist import left_event, process_event


def archive(unit: Unit, held: HeldProcess) -> Process:
    """Archive a locked process with its tasks; archived already: unchanged."""
    process = held.process
    if process.archived_at is not None:
        return process
    drop_automatic(unit, Subject("process", process.id), tags_of(unit, "process", [process.id])[process.id])
    # Settled first: what the process shows of its tasks stays as it was.
    after = _settle(unit, process, "archived", archived_at=unit.now)
    unit.write(queries.ARCHIVE_TASKS, process=process.id, at=unit.now)
    unit.write(queries.CLOSE_ASSIGNMENTS, process=process.id)
    return after


def activate(unit: Unit, held: HeldProcess) -> Process:
    """Restore a locked process with exactly the tasks that archiving took; not archived: unchanged."""
    process = held.process
    if process.archived_at is None:
        return process
    unit.write(queries.RESTORE_TASKS, process=process.id)
    unit.write(queries.REOPEN_ASSIGNMENTS, process=process.id)
    return _settle(unit, process, "unarchived", archived_at=None)


def _settle(unit: Unit, process: Process, verb: str, **columns: Any) -> Process:
    after, more = settle_process(unit, process, revision=process.revision + 1, **columns)
    unit.record([process_event(process.id, verb, verb), *more])
    return after


def delete(unit: Unit, held: HeldProcess) -> None:
    """Delete a locked, archived process and everything in it; its history keeps a snapshot, children stay."""
    process = held.process
    if process.archived_at is None:
        raise StateRefused("PROCESS_NOT_ARCHIVED", "Process isn't archived yet", path="run")
    tasks = [str(one) for one in unit.all(process_queries.TASK_IDS, process=process.id)]
    subjects = [process.id, *tasks]
    if tasks:
        for drop in process_queries.DROP_OF_TASKS:
            unit.write(drop, tasks=tasks)
    for drop in (process_queries.DROP_INVOLVEMENTS, process_queries.DROP_ANSWERS):
        unit.write(drop, subjects=subjects)
    delete_with(unit, subjects)
    forget_tags(unit, "process", [process.id])
    forget_filings(unit, "process", [process.id])
    forget_tags(unit, "task", tasks)
    forget_filings(unit, "task", tasks)
    forget_values(unit, subjects)
    forget_comments(unit, subjects)
    forget_stars(unit, subjects)
    forget_watchers(unit, subjects)
    unit.write(rule_queries.DELETE_STATES, process=process.id)
    unit.write(sharing_queries.DROP_LINKS, ids=[process.id])
    unit.write(stage_queries.DROP, process=process.id)
    unit.write(process_queries.DROP_TASKS, process=process.id)
    unit.patch(process_queries.ORPHAN, {"parent_id": None}, parent_id=process.id)
    unit.write(process_queries.DROP_PROCESS, process=process.id)
    snapshot = {"process": msgspec.to_builtins(process), "tasks": tasks}
    left = [left_event(process.id, task) for task in tasks]
    unit.record([*left, process_event(process.id, "deleted", "deleted", old=snapshot)])
