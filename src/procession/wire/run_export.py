"""The 49 columns in which a process leaves as a table (spec 50 §7, 10 §16.2)."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from procession.discussions.model import Comment
from procession.engine.answer_text import cell_text, moment_text
from procession.engine.mentions import with_names
from procession.engine.model import Field
from procession.engine.richtext import plain
from procession.engine.work import Answered, Process, Task, owners_of
from procession.people.model import member
from procession.work.exporting import Batch

COLUMNS = (
    "blueprint_id", "blueprint_name", "blueprint_version", "process_id", "process_name", "process_tag",
    "process_owner", "process_owner_id", "total_tasks_in_process", "tasks_completed", "process_status",
    "process_last_modified", "process_completed_at", "type", "has_form_fields", "kick_off_task_id",
    "kick_off_task_name", "process_task_id", "process_task_status", "process_task_name", "process_task_alias",
    "process_task_data_id", "process_task_data_name", "process_task_comment_id", "process_task_comment_name",
    "milestone_id", "milestone_name", "milestone_position", "user_assigned", "assigned_user_id", "guest_assigned",
    "total_users_assigned", "total_guests_assigned", "total_assignees", "completed_by", "assigned_or_shown_on",
    "due_by", "completed_on", "no_of_form_fields", "form_field_type", "question_in_form_field",
    "answer_in_form_field", "issue_reported", "no_of_issue_reported", "issue_resolved", "no_of_issue_resolved",
    "total_comments", "comment", "last_modified",
)  # fmt: skip
DELETED = "[DELETED MEMBER]"
RISKY = ("=", "+", "-", "@", "\t", "\r")
"""What makes a cell a formula in the programs that open CSV (CSV-06)."""

Row = dict[str, str | int]
"""A row by column; what is empty is left out."""


def rows_of(process: Process, batch: Batch) -> Iterator[Row]:
    """Kick-off fields in order; then each task, its fields, its comments oldest first (CSV-01)."""
    common = _common(process, batch)
    yield from _kickoff_rows(process, batch, common)
    for task in batch.tasks[process.id]:
        yield from _task_rows(task, batch, common)


def cells(row: Row, *, safe: bool) -> list[str | int]:
    """The cells of a row. `safe`: a spreadsheet runs none of them as a formula."""
    found = [row.get(name, "") for name in COLUMNS]
    return (
        [f"'{cell}" if isinstance(cell, str) and cell.startswith(RISKY) else cell for cell in found] if safe else found
    )


def whole(row: Row) -> Row:
    """Every column."""
    return {name: row.get(name, "") for name in COLUMNS}


def _common(process: Process, batch: Batch) -> Row:
    return {
        "blueprint_id": process.template_id,
        "blueprint_name": process.template_title,
        "blueprint_version": process.version_number,
        "process_id": process.id,
        "process_name": process.name,
        "process_tag": ", ".join(batch.tags[process.id]),
        "process_owner": batch.names.get(member(process.owner_id), DELETED),
        "process_owner_id": process.owner_id,
        "total_tasks_in_process": process.all_tasks,
        "tasks_completed": process.done_tasks,
        "process_status": process.status,
        "process_last_modified": moment_text(process.updated_at),
        "process_completed_at": moment_text(process.completed_at),
        "has_form_fields": "Yes",
    }


def _kickoff_rows(process: Process, batch: Batch, common: Row) -> Iterator[Row]:
    done, form = process.kickoff_completed_at is not None, batch.kickoff[process.id]
    for field, answer in form:
        yield {
            **common,
            "type": "kick_off_task",
            "kick_off_task_id": field.id,
            "kick_off_task_name": field.label,
            "no_of_form_fields": len(form),
            **_answer(batch, process.id, field, answer, done=done, or_else=process.created_at),
        }


def _answer(batch: Batch, holder: str, field: Field, answer: Answered | None, *, done: bool, or_else: datetime) -> Row:
    """A question with its answer, which is told when what asks it is complete."""
    told = cell_text(field, answer.value, batch.names) if done and answer is not None else ""
    return {
        "form_field_type": field.kind,
        "question_in_form_field": field.label,
        "answer_in_form_field": told,
        "last_modified": moment_text(batch.answered_at.get((holder, field.id), or_else)),
    }


def _task_rows(task: Task, batch: Batch, common: Row) -> Iterator[Row]:
    title, fields, said = batch.beside.title(task), batch.forms[task.id], batch.comments.get(task.id, ())
    about = {**common, **_about(task, batch, title)}
    issues = [each for each in said if each.label == "problem"]
    counts: Row = {
        "no_of_issue_reported": len(issues),
        "no_of_issue_resolved": sum(each.resolve_id is not None for each in issues),
        "total_comments": len(said),
    }
    yield {
        **about,
        "type": "process_task",
        "no_of_form_fields": len(fields),
        **counts,
        "last_modified": moment_text(task.updated_at),
    }
    stored = {each.field_id: each for each in batch.beside.answers.get(task.id, ())}
    done = task.completed_at is not None
    for field in fields:
        yield {
            **about,
            "type": "process_task_data",
            "process_task_data_id": field.id,
            "process_task_data_name": title,
            "no_of_form_fields": len(fields),
            **_answer(batch, task.id, field, stored.get(field.id), done=done, or_else=task.created_at),
        }
    for each in said:
        yield {**about, **_comment(each, batch, title), **counts}


def _about(task: Task, batch: Batch, title: str) -> Row:
    """What the rows of a task repeat (CSV-02)."""
    hidden = task.status == "auto-skipped"
    owners = owners_of(batch.beside.assigned.get(task.id, []))
    people = [batch.names.get(member(who), DELETED) for who in owners.members]
    groups = [f"GROUP_{who}_{batch.names.get(f'g{who}', '')}" for who in owners.groups]
    stage = next((each for each in batch.stages[task.process_id or ""] if each.id == task.stage_id), None)
    found: Row = {
        "process_task_id": task.id,
        "process_task_status": "hidden" if hidden else "shown",
        "process_task_name": title,
        "process_task_alias": task.step_id or "",
        "user_assigned": ", ".join([*people, *groups]),
        "assigned_user_id": ", ".join(map(str, owners.members)),
        "guest_assigned": ", ".join(owners.guests),
        "total_users_assigned": len(owners.members),
        "total_guests_assigned": len(owners.guests),
        "total_assignees": len(owners.members) + len(owners.guests),
        "completed_by": _completer(task),
        "assigned_or_shown_on": "" if hidden else moment_text(task.started_at or task.created_at),
        "due_by": moment_text(task.deadline),
        "completed_on": moment_text(task.completed_at),
    }
    if stage is not None:
        found |= {"milestone_id": stage.id, "milestone_name": stage.title, "milestone_position": stage.position}
    return found


def _completer(task: Task) -> str | int:
    """The member's id, a guest's address; 0 while the task is open, and when nobody completed it."""
    if task.completed_at is None or task.completer is None:
        return 0
    return int(task.completer[1:]) if task.completer[0] == "u" else task.completer_email or 0


def _comment(said: Comment, batch: Batch, title: str) -> Row:
    names = {int(who[1:]): batch.names[who] for who in said.mentioned if who[0] == "u" and who in batch.names}
    issue = said.label == "problem"
    return {
        "type": "process_task_comment",
        "process_task_comment_id": said.id,
        "process_task_comment_name": title,
        "issue_reported": "Yes" if issue else "No",
        "issue_resolved": "Yes" if issue and said.resolve_id is not None else "No",
        "comment": plain(with_names(said.content, names)),
        "last_modified": moment_text(said.updated_at),
    }


def csv_head(*, mark: bool) -> bytes:
    """The names of the columns; behind the mark that spreadsheets know UTF-8 by, unless `bom=0` (CSV-05)."""
    return ("\ufeff" if mark else "").encode() + _line(COLUMNS)


def csv_rows(rows: Iterable[Row], *, safe: bool) -> Iterator[bytes]:
    """Each row as a line: RFC 4180, CRLF."""
    for row in rows:
        yield _line(cells(row, safe=safe))


def _line(values: Sequence[str | int]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerow(values)
    return text.getvalue().encode()


def json_rows(rows: Iterable[Row]) -> Iterator[bytes]:
    """Each row as an object."""
    for row in rows:
        yield msgspec.json.encode(whole(row))


def json_parts(head: Mapping[str, Any], rows: Iterable[bytes], tail: Mapping[str, Any]) -> Iterator[bytes]:
    """`{"data": {…head, "rows": […], …tail}}`, piece by piece. `rows`: one or more at a time, commas between."""
    encode = msgspec.json.encode
    yield b'{"data":' + encode(dict(head))[:-1] + b',"rows":['
    first = True
    for row in rows:
        yield (b"" if first else b",") + row
        first = False
    yield b"]" + (b"," + encode(dict(tail))[1:-1] if tail else b"") + b"}}"
