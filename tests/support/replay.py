"""A process rebuilt from its events alone: its row, its tasks, their answers, what it remembers of its rules.

Not rebuilt here: what other rooms keep (tags, folders, files, watchers), and what copies the rows for speed.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from procession.engine.completion import BY_CLOCK
from procession.engine.status import process_status
from procession.engine.variables import holds_variables

HIDDEN = "auto-skipped"


class Happened(msgspec.Struct, frozen=True):
    """One event, its instant as text."""

    command: str
    at: str
    kind: str
    subject: str
    field: str | None
    old: Any
    new: Any
    actor: str


class State(msgspec.Struct):
    """The rows as JSON, by their keys."""

    process: dict[str, Any] = {}
    tasks: dict[str, dict[str, Any]] = {}
    answers: dict[str, dict[str, Any]] = {}
    rules: dict[str, Any] = {}
    touched: set[tuple[str, str, str]] = set()
    """Which rows a command raised the revision of already, by what kind of write."""


def replay(events: Iterable[Happened]) -> State:
    """Apply the events in their order."""
    state = State()
    last: Happened | None = None
    for event in events:
        if last is not None and last.command != event.command:
            _settle(state, last)
        (_process if event.kind.startswith("process.") else _task)(state, event)
        last = event
    if last is not None:
        _settle(state, last)
    return state


_PROCESS_FIELDS = {"owner": "owner_id", "users": "members", "can_add_oot": "adhoc_tasks", "is_public": "public",
                   "publicly_hidden_fields": "publicly_hidden"}  # fmt: skip
_RAISES = frozenset({"updated", "answered", "tags", "folders"})


def _process(state: State, event: Happened) -> None:
    kind, row = event.kind.partition(".")[2], state.process
    if kind == "created":
        row.update(event.new["process"])
        for field, value in event.new["answers"].items():
            _answer(state, event, event.subject, field, value, event.new["answer_ids"][field])
        return
    if kind == "rules_remembered":
        state.rules.update(event.new)
    elif kind == "tasks_shifted":
        _shift(state, event.new)
    if kind in _RAISES:
        _raise(state, event, row, "update")
    if kind == "updated":
        row[_PROCESS_FIELDS.get(event.field or "", event.field or "")] = event.new
    elif kind == "answered":
        _answer(state, event, event.subject, event.new["field_id"], event.new["value"], event.new["id"])
    elif kind in ("completed", "uncompleted"):
        row["completed_at"] = event.new
    elif kind in ("archived", "unarchived"):
        _archive(state, event, kind == "archived")
    elif kind in ("kickoff_completed", "kickoff_reopened"):
        done = kind == "kickoff_completed"
        row.update(kickoff_completed_at=event.at if done else None, kickoff_completed_by=event.new if done else None)
        _raise(state, event, row, "kickoff")
    elif kind == "kickoff_forced":
        row.update(kickoff_completed_at=event.at, kickoff_completed_by=event.new)
    elif kind == "force_completed":
        _raise(state, event, row, "force")


def _archive(state: State, event: Happened, archived: bool) -> None:
    state.process["archived_at"] = event.at if archived else None
    _raise(state, event, state.process, "archive")
    for task in state.tasks.values():
        if archived and task["archived_at"] is None:
            task.update(archived_at=event.at, archived_with_process=True)
        elif not archived and task["archived_with_process"]:
            task.update(archived_at=None, archived_with_process=False)


def _shift(state: State, moved: Mapping[str, Any]) -> None:
    for task in state.tasks.values():
        if moved["low"] <= task["position"] <= moved["high"] and task["id"] != moved["except"]:
            task["position"] += moved["by"]


def _task(state: State, event: Happened) -> None:
    kind = event.kind.partition(".")[2]
    if kind == "created":
        state.tasks[event.subject] = dict(event.new["task"])
        for one in event.new.get("answers", ()):
            _answer(state, event, event.subject, one["field_id"], one["value"], one["id"])
        return
    if event.subject not in state.tasks:
        return  # it left the process
    act = _ACTS.get(kind)
    if act is not None:
        act(state, event, state.tasks[event.subject])


def _updated(state: State, event: Happened, task: dict[str, Any]) -> None:
    field, new = event.field or "", event.new
    _raise(state, event, task, "update")
    before = task[field]
    task[field] = new
    if field == "deadline":
        task.update(dated_by_hand=True, deadline_projected=False)
    elif field == "kind" and new in BY_CLOCK:
        task.update(clocked=True, woke_for=None)
    elif field == "status" and new == HIDDEN:
        task.update(hidden_from=before, visibility_source="manual")
    elif field == "status" and before == HIDDEN:
        task.update(hidden_from=None, visibility_source="manual")
    elif field in ("title", "summary"):
        task["summary_edited"] = task["summary_edited"] or field == "summary"
        inherited = not task["summary_edited"] and task["has_variables"]
        task["has_variables"] = inherited or holds_variables(task["title"]) or holds_variables(task["summary"])


def _answered(state: State, event: Happened, task: dict[str, Any]) -> None:
    _raise(state, event, task, "update")
    _answer(state, event, event.subject, event.new["field_id"], event.new["value"], event.new["id"])


def _moved(state: State, event: Happened, task: dict[str, Any]) -> None:
    _raise(state, event, task, "update")
    task["position"] = event.new


def _others(state: State, event: Happened, task: dict[str, Any]) -> None:
    _raise(state, event, task, "update")


def _marked(state: State, event: Happened, task: dict[str, Any]) -> None:
    _raise(state, event, task, "complete")
    task["status"] = "in-progress"


def _completed(state: State, event: Happened, task: dict[str, Any]) -> None:
    _raise(state, event, task, "complete")
    done = event.new
    task.update(status="completed", completed_at=done["at"], completer=done["by"], approved=done.get("approved"),
                completer_email=done.get("email"), completion_caller=event.actor)  # fmt: skip
    if done.get("forced"):
        task["approved"] = True if task["kind"] in BY_CLOCK else None
    if event.actor == "system" and task["kind"] in BY_CLOCK:
        task["woke_for"] = task["deadline"]


def _reopened(state: State, event: Happened, task: dict[str, Any]) -> None:
    _raise(state, event, task, "complete")
    task.update(status="in-progress", completed_at=None, completer=None, completer_email=None, completion_caller=None,
                approved=None, reopened_at=event.at, reopener=event.actor)  # fmt: skip
    if task["clocked"] and task["deadline"] is not None and task["deadline"] <= event.at:
        task["woke_for"] = task["deadline"]


def _uncompleted(state: State, event: Happened, task: dict[str, Any]) -> None:
    _raise(state, event, task, "complete")
    task["status"] = task["status"] if task["status"] == HIDDEN else "in-progress"


def _redated(state: State, event: Happened, task: dict[str, Any]) -> None:
    task.update(deadline=event.new["deadline"], deadline_projected=event.new["projected"])
    _raise(state, event, task, "redate")


def _ruled(state: State, event: Happened, task: dict[str, Any]) -> None:
    task.update(event.new["columns"])


def _woken(state: State, event: Happened, task: dict[str, Any]) -> None:
    task["woke_for"] = event.new


def _left(state: State, event: Happened, task: dict[str, Any]) -> None:
    del state.tasks[event.subject]
    for key in [key for key in state.answers if key.startswith(event.subject)]:
        del state.answers[key]
    if event.kind == "task.unlinked":
        _raise(state, event, state.process, "unlink")


def _linked(state: State, event: Happened, task: dict[str, Any]) -> None:
    _raise(state, event, state.process, "link")


_ACTS: Mapping[str, Callable[[State, Happened, dict[str, Any]], None]] = {
    "updated": _updated, "answered": _answered, "moved": _moved, "owners_updated": _others, "tagged": _others,
    "filed": _others, "marked": _marked, "completed": _completed, "reopened": _reopened, "uncompleted": _uncompleted,
    "redated": _redated, "ruled": _ruled, "woken": _woken, "not_sent": _woken, "unlinked": _left, "deleted": _left,
    "linked": _linked,
}  # fmt: skip


def _raise(state: State, event: Happened, row: dict[str, Any], write: str) -> None:
    """One write of a row raises its revision once, however many events tell of it."""
    key = (event.command, row["id"], write)
    if key not in state.touched:
        state.touched.add(key)
        row["revision"] += 1
    row["updated_at"] = event.at


def _answer(state: State, event: Happened, holder: str, field: str, value: Any, answer_id: str | None) -> None:
    key = f"{holder} {field}"
    if value is None:
        state.answers.pop(key, None)
        return
    state.answers[key] = {"id": answer_id, "value": value, "by": event.actor, "at": event.at}


def _settle(state: State, last: Happened) -> None:
    """What a process's row repeats of its tasks."""
    row = state.process
    if not row or last.kind in ("task.woken", "task.not_sent"):
        return
    counted = [one for one in state.tasks.values() if one["archived_at"] is None or one["archived_with_process"]]
    seen = [one for one in counted if one["status"] != HIDDEN]
    live = [one for one in state.tasks.values() if one["status"] != HIDDEN and one["archived_at"] is None]
    due = [one for one in live if one["deadline"] is not None]
    waiting = [one["deadline"] for one in due if one["completed_at"] is None]
    late = [one for one in counted if one["completed_at"] and one["deadline"] and one["completed_at"] > one["deadline"]]
    row.update(
        all_tasks=len(counted),
        visible_tasks=len(seen),
        done_tasks=sum(one["status"] == "completed" for one in seen),
        late_done=len(late),
        updated_at=last.at,
    )
    if row["archived_at"] is None:  # what an archived process shows of its tasks stays as it was
        row.update(next_deadline=min(waiting, default=None),
                   last_deadline=max((one["deadline"] for one in due), default=None))  # fmt: skip
    row["status"] = process_status(
        archived=row["archived_at"] is not None,
        open_process_issue=row["process_issues"] > 0,
        task_issue=row["task_issues"] > 0,
        kickoff_complete=row["kickoff_completed_at"] is not None or row["kickoff_fields"] == 0,
        visible=row["visible_tasks"],
        done=row["done_tasks"],
        tasks=row["all_tasks"],
        kind=row["kind"],
    )
