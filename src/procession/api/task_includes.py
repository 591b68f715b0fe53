"""Includes of tasks: one batch each, whatever the number of tasks; nothing that was not asked for (spec 20 §3.2)."""

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any

from procession.activity.feed import latest_of_tasks
from procession.api.activity_feeds import present_entries
from procession.api.custom_values import PARTS, custom_fields_of, custom_of, custom_parts
from procession.api.endpoint import Call
from procession.api.file_words import wrapped
from procession.api.public_links import public_addresses
from procession.api.threads_shown import counts_on, threads_on
from procession.api.watching_includes import watching
from procession.engine.work import Process, Task
from procession.files.reading import files_of_tasks
from procession.labels.reading import folders_of, tags_of
from procession.people.persons import groups_people
from procession.templates.access import parts_of, rights_of, templates_by_id
from procession.templates.versions import compiled_versions
from procession.watching.stars import starred
from procession.wire import checklist as wire
from procession.wire.activity import ActivityEntry
from procession.wire.folder import show_folders
from procession.wire.form_field import FormField, form_field
from procession.wire.job_title import people as owners
from procession.wire.run import Run, RunBeside, run
from procession.wire.tag import show_tags
from procession.work.asked import group_names
from procession.work.file_access import readable
from procession.work.forms import forms_of, kickoff_forms
from procession.work.job_titles import titles_of_tasks
from procession.work.process_reading import beside_processes
from procession.work.reading import Beside

Found = dict[str, Any]
"""Task id → what one include shows of it."""

LATEST = 100
"""How many entries of its history a task shows (spec 20 §3.2)."""

INLINED = ("owners", "taskdata", "custom_fields")
"""Shown without being asked for: asking is harmless (spec 00 §8)."""


def load(call: Call, tasks: Sequence[Task], shown: Beside, *, single: bool) -> dict[str, dict[str, Any]]:
    """The members that the includes asked for add to each task. `single`: for an item, else for rows of a list."""
    out: dict[str, dict[str, Any]] = {task.id: {} for task in tasks}
    if single or call.wants("threads_count"):
        _put(out, "threads_count", _comment_counts(call, tasks, shown))
    if not call.asked:
        return out
    for task_id, members in watching(call, "task", out).items():
        out[task_id] |= members
    for name, batch in BATCHES.items():
        if call.wants(name) and tasks:
            _put(out, name, batch(call, tasks, shown))
    spell_kickoff(call, out)
    if call.wants("summary"):
        _summaries(call, tasks, shown, out, single=single)
    return out


def spell_kickoff(call: Call, out: Mapping[str, dict[str, Any]]) -> None:
    """The kick-off fields under the name that was asked for: `ko-form-fields` is another one (spec 20 §3.2)."""
    if not call.spells("ko-form-fields"):
        return
    for members in out.values():
        if "ko_form_fields" in members:
            members["ko_form_fields_dashed"] = members["ko_form_fields"]
            if not call.spells("ko_form_fields"):
                del members["ko_form_fields"]


def _put(out: dict[str, dict[str, Any]], name: str, found: Mapping[str, Any]) -> None:
    for task_id, members in out.items():
        members[name] = found[task_id]


def _withheld(call: Call, task: Task, shown: Beside) -> bool:
    """Whether description and fields are kept back: a hidden task shows them to editors alone (spec 10 §7.2)."""
    process = shown.processes.get(task.process_id or "")
    if task.status != "auto-skipped" or process is None or call.actor.is_admin:
        return False
    return call.actor.account_id is None or call.actor.account_id not in (process.owner_id, process.starter_id)


def _summaries(
    call: Call, tasks: Sequence[Task], shown: Beside, out: dict[str, dict[str, Any]], *, single: bool
) -> None:
    """Rows get the attributes; an item has them anyway, its include stands beside them (spec 00 §8)."""
    for task in tasks:
        kept_back = _withheld(call, task, shown)
        texts = {
            "summary": None if kept_back else shown.summary(task),
            "original_summary": None if kept_back else shown.original_summary(task),
        }
        out[task.id].update({"summary_include": {"data": texts}} if single else texts)


# -- the task's own ----------------------------------------------------------------------------------------------------


def form_fields(call: Call, tasks: Sequence[Task], shown: Beside) -> Found:
    """The fields of each task with their answers, wrapped (spec 20 §3.3)."""
    forms = forms_of(call.unit, tasks)
    custom = custom_fields_of(call, [one for form in forms.values() for one in form])
    found: Found = {}
    for task in tasks:
        stored = {one.field_id: one for one in shown.answers.get(task.id, ())}
        fields = () if _withheld(call, task, shown) else forms[task.id]
        veil = shown.veils.get(task.id)
        found[task.id] = {
            "data": [
                form_field(
                    one,
                    stored.get(one.id),
                    task_id=task.id,
                    step_id=task.step_id,
                    guidance=shown.guidance(task, one),
                    custom=custom,
                )
                for one in (fields if veil is None else veil.left(fields))
            ]
        }
    return found


def _tags(call: Call, tasks: Sequence[Task], _shown: Beside) -> Found:
    return {one: show_tags(uses) for one, uses in tags_of(call.unit, "task", [task.id for task in tasks]).items()}


def _folders(call: Call, tasks: Sequence[Task], _shown: Beside) -> Found:
    found = folders_of(call.unit, "task", [task.id for task in tasks])
    return {one: show_folders(filings) for one, filings in found.items()}


def _assets(call: Call, tasks: Sequence[Task], shown: Beside) -> Found:
    """The files of each task: uploaded for it, named by its answers, linked to it (spec 20 §20.5)."""
    found = files_of_tasks(call.unit, [task.id for task in tasks])
    if veiled := shown.veils.keys() & found.keys():
        seen = readable(call.unit, call.actor, [file for one in veiled for file in found[one]])
        found |= {one: [file for file in found[one] if file.id in seen] for one in veiled}
    return {task.id: wrapped(call, () if _withheld(call, task, shown) else found[task.id]) for task in tasks}


def _step(call: Call, tasks: Sequence[Task], shown: Beside) -> Found:
    """The step as the task's own version has it; null for one-off tasks, and for guests: it names other people."""
    versions = compiled_versions(call.unit, {one.version_id for one in tasks if one.version_id and one.step_id})
    found: Found = dict.fromkeys((task.id for task in tasks), None)
    parts = [parts_of(one.template_id, one.document) for one in versions.values()]
    custom = custom_of(call, PARTS, chain.from_iterable(parts))
    for task in tasks:
        version = versions.get(task.version_id or "")
        step = version.steps.get(task.step_id or "") if version else None
        if version and step and call.actor.role != "guest" and not _withheld(call, task, shown):
            found[task.id] = {"data": wire.step(step, version.template_id, custom=custom)}
    return found


def _groups(call: Call, tasks: Sequence[Task], shown: Beside) -> Found:
    """The groups assigned, with their people; none for guests, as among the owners."""
    assigned: dict[str, list[str]] = {task.id: [] for task in tasks}
    if call.actor.role != "guest":
        for task_id, named in assigned.items():
            named += [one.principal[1:] for one in shown.assigned.get(task_id, ()) if one.principal[0] == "g"]
    ids = {one for named in assigned.values() for one in named}
    names, people = group_names(call.unit, ids), groups_people(call.unit, ids)
    rows = {
        one: {"id": one, "name": name, "members": list(people[one].members), "guests": list(people[one].guests)}
        for one, name in names.items()
    }
    for task_id in assigned:
        for row in shown.assigned.get(task_id, ()):
            if row.principal[0] == "g" and row.address:  # deleted since: completed tasks keep the name
                rows.setdefault(row.principal[1:], _gone(row.principal[1:], row.address))
    return {task_id: {"data": [rows[one] for one in named if one in rows]} for task_id, named in assigned.items()}


def _roles(call: Call, tasks: Sequence[Task], _shown: Beside) -> Found:
    """The job titles that each task was assigned through, and whom they brought; none for guests."""
    if call.actor.role == "guest":
        return {task.id: {"data": []} for task in tasks}
    found = titles_of_tasks(call.unit, [task.id for task in tasks])
    return {
        task_id: {"data": [{"id": one.id, "name": one.name, **owners(people)} for one, people in titles]}
        for task_id, titles in found.items()
    }


def _activities(call: Call, tasks: Sequence[Task], _shown: Beside) -> Found:
    """The latest entries of each task; none for guests, who read no history (spec 10 §4.2)."""
    found: dict[str, list[ActivityEntry]] = {task.id: [] for task in tasks}
    if call.actor.role != "guest":
        feed = latest_of_tasks(call.unit, list(found), LATEST)
        for entry, shown in zip(feed.entries, present_entries(call, feed), strict=True):
            found[entry.subject_id].append(shown)
    return {task_id: {"data": entries} for task_id, entries in found.items()}


def _gone(group_id: str, name: str) -> dict[str, Any]:
    return {"id": group_id, "name": name, "members": [], "guests": []}


def _comment_counts(call: Call, tasks: Sequence[Task], shown: Beside) -> Found:
    """How many comments the caller sees of each; a guest none where guests may not comment."""
    counts: Found = dict(counts_on(call, [task.id for task in tasks]))
    return counts | {task.id: 0 for task in tasks if _silent(call, task, shown)}


def _silent(call: Call, task: Task, shown: Beside) -> bool:
    veil = shown.veils.get(task.id)
    return (call.actor.role == "guest" and task.guests_may_not_comment) or (veil is not None and veil.comments)


def _threads(call: Call, tasks: Sequence[Task], shown: Beside) -> Found:
    """The comments of each task, oldest first (spec 20 §3.2)."""
    found = threads_on(call, {task.id: task.process_id for task in tasks if not _silent(call, task, shown)})
    return {task.id: {"data": found.get(task.id, [])} for task in tasks}


def _open_issues(call: Call, tasks: Sequence[Task], shown: Beside) -> Found:
    threads = _threads(call, tasks, shown)
    return {
        one: {"data": [each for each in found["data"] if each.label == "problem"]} for one, found in threads.items()
    }


def _on_passages(call: Call, tasks: Sequence[Task], shown: Beside) -> Found:
    """The comments on a selected passage of the description (spec 20 §19.1)."""
    threads = _threads(call, tasks, shown)
    return {one: {"data": [each for each in found["data"] if each.selected_text]} for one, found in threads.items()}


# -- the process's -----------------------------------------------------------------------------------------------------


def _kickoff(call: Call, tasks: Sequence[Task], shown: Beside) -> Found:
    wrapped = kickoff_fields(call, list(shown.processes.values()))
    return {task.id: wrapped.get(task.process_id or "", {"data": []}) for task in tasks}


def kickoff_fields(call: Call, found: Sequence[Process]) -> dict[str, dict[str, list[FormField]]]:
    """Process id → the fields of its kick-off form with their answers, wrapped."""
    forms = kickoff_forms(call.unit, found)
    custom = custom_fields_of(call, [field for form in forms.values() for field, _ in form])
    return {
        process_id: {"data": [form_field(field, answer, custom=custom) for field, answer in form]}
        for process_id, form in forms.items()
    }


def _run(call: Call, tasks: Sequence[Task], shown: Beside) -> Found:
    """The process of each task; null for unlinked ones."""
    inner = call.inside("run")
    found = list(shown.processes.values())
    read = beside_processes(call.unit, call.actor, found)
    beside = RunBeside(
        answers=read.answers,
        assigned=read.assigned,
        counts=read.counts,
        starred=read.starred,
        organization_id=call.unit.organization_id,
        own=read.own,
        custom=read.custom,
        links=public_addresses(call, found),
    )
    includes = _of_runs(inner, found)
    runs: dict[str, Run] = {one.id: run(one, beside, call.actor, **includes[one.id]) for one in found}
    return {task.id: {"data": runs[task.process_id]} if task.process_id in runs else None for task in tasks}


def _of_runs(call: Call, found: Sequence[Process]) -> dict[str, dict[str, Any]]:
    """What is nested in the processes: their template, tags and folders."""
    out: dict[str, dict[str, Any]] = {one.id: {} for one in found}
    if not found:
        return out
    if call.wants("tags"):
        for one, uses in tags_of(call.unit, "process", out).items():
            out[one]["tags"] = show_tags(uses)
    if call.wants("folders"):
        for one, filings in folders_of(call.unit, "process", out).items():
            out[one]["folders"] = show_folders(filings)
    if call.wants("checklist"):
        templates = checklists(call, found)
        for process in found:
            out[process.id]["checklist"] = templates[process.id]
    return out


def checklists(call: Call, found: Sequence[Process]) -> Found:
    """Process id → the template as it was launched, its steps when asked for; nothing for who may not read it."""
    templates = templates_by_id(call.unit, {one.template_id for one in found})
    versions = compiled_versions(call.unit, {one.version_id for one in found})
    favourites = starred(call.unit, call.actor.principal, templates)
    out: Found = {one.id: {"data": None} for one in found}
    with_steps = call.wants("checklist.steps")
    custom = custom_parts(call, [(one.template_id, one.document) for one in versions.values()])
    for process in found:
        template, version = templates.get(process.template_id), versions.get(process.version_id)
        if template and version and "read" in rights_of(call.actor, template):
            steps = {"steps": {"data": wire.steps(version.document, template.id, custom)}} if with_steps else None
            shown = wire.checklist(
                template,
                version.document,
                starred=template.id in favourites,
                includes=steps,
                custom=custom,
                reviewed=call.policy.library_review,
            )
            out[process.id] = {"data": shown}
    return out


Batch = Callable[[Call, Sequence[Task], Beside], Found]

BATCHES: dict[str, Batch] = {
    "form_fields": form_fields,
    "ko_form_fields": _kickoff,
    "tags": _tags,
    "folders": _folders,
    "run": _run,
    "step": _step,
    "groups": _groups,
    "activities": _activities,
    "threads": _threads,
    "comments": _threads,
    "issues": _open_issues,
    "assets": _assets,
    "roles": _roles,
    "selected_text_comment": _on_passages,
}
"""The includes that have data, each read by a constant number of queries."""
