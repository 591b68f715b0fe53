"""Includes of processes: one batch each, nothing that was not asked for (spec 10 §2.3)."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from procession.api import task_includes
from procession.api.endpoint import Call
from procession.api.file_words import wrapped
from procession.api.threads_shown import threads_on
from procession.api.watching_includes import watching
from procession.engine import model
from procession.engine.status import StatusFacts, is_due_soon, is_overdue
from procession.engine.work import Process, Task
from procession.files.reading import files_of_processes
from procession.labels.reading import folder_ids_of, folders_of, tag_ids_of, tags_of
from procession.people.permissions import allows
from procession.people.persons import persons
from procession.wire.folder import show_folders
from procession.wire.form_field import FormField
from procession.wire.person import owner_user
from procession.wire.run import document
from procession.wire.tag import show_tags
from procession.wire.task import View, task
from procession.work.access import process_relations
from procession.work.documents import documents_of
from procession.work.file_access import readable
from procession.work.milestones import milestones_of
from procession.work.model import HeldProcess
from procession.work.process_reading import children_of, parents_of, reasons_of, tasks_of
from procession.work.reading import Beside
from procession.work.reading import beside as beside_tasks
from procession.work.veiling import is_open_to_guests

OWN = frozenset(
    {
        "threads", "selected_text_comment", "stages", "assets", "tags", "folders", "owner", "tasks", "next_task",
        "tasks_meta", "permissions", "checklist", "ko_form_fields", "form_fields", "parent", "children", "document",
    }
)  # fmt: skip
INLINED = frozenset({"prerun", "users", "groups", "progress", "whole_progress", "collaborators", "custom_fields"})
"""Shown without being asked for: asking is harmless (spec 00 §8)."""

CAN = {
    "update": "process.rename",
    "update_notes": "process.notes",
    "manage_permissions": "process.manage",
    "archive": "process.archive",
    "delete": "process.delete",
    "export": "process.export",
    "add_task": "task.add_to_process",
    "edit_prerun": "process.answer",
    "comment": "process.comment",
}
"""What `permissions.can` tells, by the act it stands for (spec 10 §4.4)."""

Found = dict[str, dict[str, Any]]


def load(call: Call, found: Sequence[Process], *, plain: bool) -> Found:
    """The includes of these processes, as members of the answer. `plain`: tags and folders as bare ids (PUT-14)."""
    ids = [process.id for process in found]
    out: Found = {one: {} for one in ids}
    if not ids:
        return out
    _labels(call, ids, out, plain=plain)
    _kin(call, found, out)
    if call.wants("owner"):
        people = persons(call.unit, {process.owner_id for process in found})
        for process in found:
            out[process.id]["owner"] = {"data": owner_user(process.owner_id, people)}
    if call.wants("tasks", "next_task", "tasks_meta", "form_fields", "stages") or call.query.flag("form_fields_values"):
        _tasks(call, found, out)
    if call.wants("ko_form_fields"):
        for one, form in task_includes.kickoff_fields(call, found).items():
            out[one]["ko_form_fields"] = form
        task_includes.spell_kickoff(call, out)
    if call.wants("checklist"):
        for one, shown in task_includes.checklists(call, found).items():
            out[one]["checklist"] = shown
    if call.wants("document"):
        filled = documents_of(call.unit, call.actor, found)
        for one in ids:
            out[one]["document"] = {"data": document(filled[one]) if one in filled else None}
    if call.wants("assets"):
        _assets(call, ids, out)
    if call.wants("permissions"):
        for one, shown in permissions(call, found).items():
            out[one]["permissions"] = {"data": shown}
    if call.wants("threads", "selected_text_comment"):
        _threads(call, ids, out)
    for one, members in watching(call, "process", ids).items():
        out[one] |= members
    return out


def _threads(call: Call, ids: Sequence[str], out: Found) -> None:
    """What is said on each process, and of it what is said on a selected passage; to guests what is open to them."""
    for one, threads in threads_on(call, {process_id: process_id for process_id in ids}).items():
        if call.wants("threads"):
            out[one]["threads"] = {"data": threads}
        if call.wants("selected_text_comment"):
            out[one]["selected_text_comment"] = {"data": [each for each in threads if each.selected_text]}


LABELS: tuple[tuple[str, Any, Any, Any], ...] = (
    ("tags", tags_of, show_tags, tag_ids_of), ("folders", folders_of, show_folders, folder_ids_of),
)  # fmt: skip
"""Includes that a plain answer has as bare ids: what reads them whole, what shows those, what reads the ids."""


def announce(call: Call, found: Sequence[Process], *, plain: bool) -> None:
    """Have the labels read together with what every answer shows (`Unit.announce`)."""
    for name, whole, _, bare in LABELS:
        if call.wants(name) or plain:
            call.unit.announce(whole if call.wants(name) else bare, "process", [process.id for process in found])


def _labels(call: Call, ids: Sequence[str], out: Found, *, plain: bool) -> None:
    for name, whole, show, bare in LABELS:
        if call.wants(name):
            for one, labels in whole(call.unit, "process", ids).items():
                out[one][name] = show(labels)
        elif plain:
            for one, label_ids in bare(call.unit, "process", ids).items():
                out[one][name] = label_ids


def _assets(call: Call, ids: Sequence[str], out: Found) -> None:
    """The files of each process, its tasks and its kick-off form, as far as the caller may see them (spec 10 §2.3)."""
    found = files_of_processes(call.unit, ids)
    seen = readable(call.unit, call.actor, [file for files in found.values() for file in files])
    for one, files in found.items():
        out[one]["assets"] = wrapped(call, [file for file in files if file.id in seen])


def _kin(call: Call, found: Sequence[Process], out: Found) -> None:
    """Parent and children, those the caller may see."""
    if call.wants("parent"):
        parents = parents_of(call.unit, call.actor, found)
        for process in found:
            parent = parents.get(process.parent_id or "")
            out[process.id]["parent"] = {"data": _short(parent) if parent is not None else None}
    if call.wants("children"):
        for one, children in children_of(call.unit, call.actor, found).items():
            out[one]["children"] = {"data": [_short(child) for child in children]}


def _short(process: Process) -> dict[str, Any]:
    return {
        "id": process.id,
        "name": process.name,
        "status": process.status,
        "checklist_id": process.template_id,
        "parent_id": process.parent_id,
        "origin": process.origin,
    }


def _tasks(call: Call, found: Sequence[Process], out: Found) -> None:
    """The tasks of every process by one query for all; counters, fields and the next task follow from them."""
    processes = {process.id: process for process in found}
    every = tasks_of(call.unit, list(processes))
    shown = beside_tasks(call.unit, call.actor, every, processes=processes, secrets=call.secrets)
    seen = seen_of(call, every, shown)
    by_process: dict[str, list[Task]] = {one: [] for one in processes}
    for one in seen:
        by_process[one.process_id or ""].append(one)
    nested = task_includes.load(call.inside("tasks"), seen, shown, single=False) if call.wants("tasks") else {}
    view = View(
        actor=call.actor,
        now=call.unit.now,
        ids_for_owners=call.ids_for_owners,
        public_url=call.links.public_url,
        organization_id=call.unit.organization_id,
    )
    _fields(call, by_process, seen, shown, out)
    if call.wants("stages"):
        _stages(call, list(processes.values()), by_process, out)
    for process_id, tasks in by_process.items():
        visible = [one for one in tasks if one.status != "auto-skipped" and _counts(one)]
        if call.wants("tasks"):
            presented = [task(one, shown, view, single=False, **nested.get(one.id, {})) for one in visible]
            out[process_id]["tasks"] = {"data": presented}
        if call.wants("next_task"):
            out[process_id]["next_task"] = {"data": _next(visible, shown, view)}
        if call.wants("tasks_meta"):
            out[process_id]["tasks_meta"] = {"data": _meta(call, tasks, visible, shown)}


def _stages(call: Call, processes: Sequence[Process], by_process: Mapping[str, Sequence[Task]], out: Found) -> None:
    """The milestones of each process with counts of the tasks the caller sees (spec 10 §17.3).

    Empty ones are kept; guests see those that hold a visible task of theirs.
    """
    for process_id, stages in milestones_of(call.unit, processes).items():
        tasks = [one for one in by_process[process_id] if _counts(one)]
        shown = [_stage(one, [task for task in tasks if task.stage_id == one.id]) for one in stages]
        if call.actor.role == "guest":
            shown = [one for one in shown if one["tasks_count_visible"]]
        out[process_id]["stages"] = {"data": shown}


def _stage(one: model.Stage, tasks: Sequence[Task]) -> dict[str, Any]:
    return {
        "id": one.id,
        "title": one.title,
        "position": one.position,
        "total_tasks": len(tasks),
        "completed_tasks": sum(task.completed_at is not None for task in tasks),
        "tasks_count_visible": sum(task.status != "auto-skipped" for task in tasks),
    }


def _counts(one: Task) -> bool:
    """Archived tasks count nowhere, but those of an archived process do: it is read as it was."""
    return one.archived_at is None or one.archived_with_process


def seen_of(call: Call, tasks: Sequence[Task], shown: Beside) -> list[Task]:
    """Those of all tasks of some processes that the caller, who sees the processes, is shown (spec 10 §15.4, §7.2).

    Confidential ones are for their assignees; guests see their own, and in public processes where they have one the
    others too.
    """
    if call.actor.is_admin:
        return list(tasks)
    own = {one.id for one in tasks if _is_own(call, one, shown)}
    if call.actor.role != "guest":
        return [one for one in tasks if not one.confidential or one.id in own]
    inside = {one.process_id for one in tasks if one.id in own and one.status != "auto-skipped" and _counts(one)}
    return [
        one
        for one in tasks
        if one.id in own
        or (one.process_id in inside and is_open_to_guests(shown.processes.get(one.process_id or ""), one))
    ]


def _is_own(call: Call, one: Task, shown: Beside) -> bool:
    given = any(row.principal in call.actor.principals for row in shown.assigned.get(one.id, ()))
    return given or (one.oneoff and call.actor.account_id is not None and one.starter_id == call.actor.account_id)


def _fields(
    call: Call, by_process: Mapping[str, Sequence[Task]], seen: Sequence[Task], shown: Beside, out: Found
) -> None:
    """The fields of all steps; with `form_fields_values` their answers too, and those by field id (spec 10 §7.2)."""
    values = bool(call.query.flag("form_fields_values"))
    if not values and not call.wants("form_fields"):
        return
    forms = task_includes.form_fields(call, seen, shown)
    for process_id, tasks in by_process.items():
        fields: list[FormField] = [field for one in tasks if _counts(one) for field in forms[one.id]["data"]]
        if call.wants("form_fields"):
            cleared = [msgspec.structs.replace(one, value=None, field_value=None) for one in fields]
            out[process_id]["form_fields"] = {"data": fields if values else cleared}
        if values:
            out[process_id]["form_fields_values"] = {one.id: _value(one) for one in fields}


def _value(field: FormField) -> dict[str, Any]:
    names = ("alias", "label", "field_type", "value", "task_id", "step_id")
    return {name: getattr(field, name) for name in names}


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


def permissions(call: Call, found: Sequence[Process]) -> dict[str, dict[str, Any]]:
    """The audience kept at launch, for members; and what the caller can do (spec 10 §4.4, §2.5)."""
    reasons = reasons_of(call.unit, call.actor, [process.id for process in found])
    out = {}
    for process in found:
        relations = process_relations(call.actor, HeldProcess(process=process, reasons=reasons[process.id]))
        can = {name: allows(call.actor, act, relations) for name, act in CAN.items()}
        can["add_task"] = can["add_task"] and process.adhoc_tasks
        shown: dict[str, Any] = {"can": {"view": True, **can}}
        if call.actor.role != "guest":
            shown["process_read"] = _audience(process)
        out[process.id] = shown
    return out


def _audience(process: Process) -> dict[str, Any]:
    principals = process.read_audience.get("principals", [])
    return {
        "everyone": "*" in principals,
        "users": [int(one[1:]) for one in principals if one[0] == "u"],
        "groups": [one[1:] for one in principals if one[0] == "g"],
    }
