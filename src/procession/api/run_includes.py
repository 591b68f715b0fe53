"""Includes of processes: one batch each, nothing that was not asked for (spec 10 §2.3)."""

from collections.abc import Sequence
from typing import Any

from procession.api import task_includes
from procession.api.endpoint import Call
from procession.engine.status import StatusFacts, is_due_soon, is_overdue
from procession.engine.work import Process, Task
from procession.labels.reading import folder_ids_of, folders_of, tag_ids_of, tags_of
from procession.people.persons import persons
from procession.wire.folder import show_folders
from procession.wire.tag import show_tags
from procession.wire.task import View, owner_user, task
from procession.work import queries
from procession.work.access import process_relations
from procession.work.model import HeldProcess
from procession.work.reading import Beside
from procession.work.reading import beside as beside_tasks

EMPTY = ("stages", "assets", "threads", "member_watchers", "guest_watchers", "selected_text_comment")
"""Collections whose data come later: the empty wrapper, never an error."""

Found = dict[str, dict[str, Any]]


def load(call: Call, found: Sequence[Process], *, plain: bool) -> Found:
    """The includes of these processes, as members of the answer. `plain`: tags and folders as bare ids (PUT-14)."""
    ids = [process.id for process in found]
    out: Found = {one: {} for one in ids}
    if not ids:
        return out
    _labels(call, ids, out, plain=plain)
    if call.wants("owner"):
        people = persons(call.unit, {process.owner_id for process in found})
        for process in found:
            out[process.id]["owner"] = {"data": owner_user(process.owner_id, people)}
    if call.wants("tasks", "next_task", "tasks_meta"):
        _tasks(call, found, out)
    if call.wants("permissions"):
        for process in found:
            out[process.id]["permissions"] = {"data": _permissions(call, process)}
    for name in EMPTY:
        if call.wants(name):
            for one in ids:
                out[one][name] = {"data": []}
    return out


def _labels(call: Call, ids: Sequence[str], out: Found, *, plain: bool) -> None:
    if call.wants("tags"):
        for one, uses in tags_of(call.unit, "process", ids).items():
            out[one]["tags"] = show_tags(uses)
    elif plain:
        for one, tag_ids in tag_ids_of(call.unit, "process", ids).items():
            out[one]["tags"] = tag_ids
    if call.wants("folders"):
        for one, filings in folders_of(call.unit, "process", ids).items():
            out[one]["folders"] = show_folders(filings)
    elif plain:
        for one, folder_ids in folder_ids_of(call.unit, "process", ids).items():
            out[one]["folders"] = folder_ids


def _tasks(call: Call, found: Sequence[Process], out: Found) -> None:
    """Visible tasks of every process, by one query for all; counters and the next task follow from them."""
    processes = {process.id: process for process in found}
    every = call.unit.all(queries.TASKS_OF_PROCESSES, processes=list(processes))
    seen = [one for one in every if not one.confidential or call.actor.is_admin or _own(call, one)]
    by_process: dict[str, list[Task]] = {one: [] for one in processes}
    for one in seen:
        by_process[one.process_id or ""].append(one)
    shown = beside_tasks(call.unit, call.actor, seen, processes=processes, secrets=call.secrets)
    nested = task_includes.load(call.inside("tasks"), seen, shown, single=False) if call.wants("tasks") else {}
    view = View(
        actor=call.actor,
        now=call.unit.now,
        ids_for_owners=call.ids_for_owners,
        public_url=call.links.public_url,
        organization_id=call.unit.organization_id,
    )
    for process_id, tasks in by_process.items():
        visible = [one for one in tasks if one.status != "auto-skipped" and one.archived_at is None]
        if call.wants("tasks"):
            presented = [task(one, shown, view, single=False, **nested.get(one.id, {})) for one in visible]
            out[process_id]["tasks"] = {"data": presented}
        if call.wants("next_task"):
            out[process_id]["next_task"] = {"data": _next(visible, shown, view)}
        if call.wants("tasks_meta"):
            out[process_id]["tasks_meta"] = {"data": _meta(call, tasks, visible, shown)}


def _own(call: Call, one: Task) -> bool:
    """Confidential tasks are for their assignees; the include leaves out what the caller may not see."""
    rows = call.unit.all(queries.ASSIGNED, task=one.id)
    return any(row.principal in call.actor.principals for row in rows)


def _next(visible: Sequence[Task], shown: Beside, view: View) -> list[dict[str, Any]]:
    """The first incomplete visible task by earliest deadline, none last, then by position (spec 10 §7.3)."""
    waiting = [one for one in visible if one.completed_at is None]
    if not waiting:
        return []
    first = min(waiting, key=lambda one: (one.deadline is None, one.deadline or one.created_at, one.position))
    presented = task(first, shown, view, single=False)
    names = ("id", "increment_id", "title", "alias", "owners", "deadline")
    return [{name: getattr(presented, name) for name in names}]


def _meta(call: Call, tasks: Sequence[Task], visible: Sequence[Task], shown: Beside) -> dict[str, int]:
    def count(status: str) -> int:
        return sum(one.status == status for one in visible)

    facts = [
        StatusFacts(
            kind=one.kind,
            status=one.status,
            deadline=one.deadline,
            completed_at=one.completed_at,
            projected=one.deadline_projected,
        )
        for one in visible
    ]
    return {
        "total": len(tasks),
        "visible": len(visible),
        "hidden": sum(one.status == "auto-skipped" for one in tasks),
        "completed": count("completed"),
        "active": count("active"),
        "not_started": count("not-started"),
        "in_progress": count("in-progress"),
        "overdue": sum(is_overdue(one, call.unit.now) for one in facts),
        "due_soon": sum(is_due_soon(one, call.unit.now) for one in facts),
        "problem": sum(one.has_issue for one in visible),
        "unassigned": sum(not shown.assigned.get(one.id) for one in visible),
        "oneoff": sum(one.oneoff for one in tasks),
    }


def _permissions(call: Call, process: Process) -> dict[str, Any]:
    """The audience kept at launch, and what the caller can do (spec 10 §4.4)."""
    relations = process_relations(call.actor, HeldProcess(process=process, reasons=0))
    editor, participant = "editor" in relations, "participant" in relations
    principals = process.read_audience.get("principals", [])
    role = call.actor.role
    return {
        "process_read": {
            "everyone": "*" in principals,
            "users": [int(one[1:]) for one in principals if one[0] == "u"],
            "groups": [one[1:] for one in principals if one[0] == "g"],
        },
        "can": {
            "view": True,
            "update": role == "admin" or (role == "standard" and participant),
            "update_notes": editor,
            "manage_permissions": editor and role != "light",
            "archive": role == "admin" or (role == "standard" and call.actor.may_archive_processes),
            "delete": role == "admin",
            "export": role in ("admin", "standard"),
            "add_task": participant and process.adhoc_tasks,
            "edit_prerun": participant,
            "comment": role != "guest",
        },
    }
