"""Who may see which file: whoever sees what it belongs to, or an answer that names it (spec 20 §20.4)."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from procession.discussions.comments import comments_by_id
from procession.discussions.model import Comment
from procession.engine.work import Process, Task
from procession.files.model import CONTENT, TEXT, File, Use
from procession.files.reading import file_by_id, uses_of
from procession.kernel.errors import NotFound
from procession.kernel.ids import read_id
from procession.kernel.unit import Unit
from procession.people.model import Actor
from procession.templates.access import rights_of, templates_by_id, templates_of_parts
from procession.work import process_queries, queries
from procession.work.access import guest_reasons, sees_task
from procession.work.process_reading import processes_by_id, reasons_of
from procession.work.veiling import Veil, veils_of

SOME = 50
"""How many tasks or processes are asked whether their reader sees what a template's text shows."""


def file_to_see(unit: Unit, actor: Actor, file_id: str) -> File:
    """The file, archived or not. 404 when it is unknown or not the caller's to see."""
    wanted = read_id(file_id)
    found = file_by_id(unit, wanted) if wanted else None
    if found is None or not readable(unit, actor, [found]):
        raise NotFound
    return found


def readable(unit: Unit, actor: Actor, files: Sequence[File]) -> set[str]:
    """The ids of those that the caller may see: a constant number of queries, none for administrators."""
    if actor.is_admin or not files:
        return {one.id for one in files}
    uses = uses_of(unit, [one.id for one in files])
    tasks, veils = _visible_tasks(unit, actor, _task_ids(files, uses))
    processes = _visible_processes(unit, actor, _process_ids(files, uses))
    comments = comments_by_id(unit, {one.subject_id or "" for one in files if one.subject_kind == "thread"})
    homes = _templates_of(unit, comments.values())
    shown = [one for found in uses.values() for one in found if one.holder_kind == "template"]
    named = {one.subject_id or "" for one in files if one.subject_kind == "template"} | {one.holder_id for one in shown}
    templates = templates_by_id(unit, named | set(homes.values()))
    seen = {one.id for one in templates.values() if rights_of(actor, one) & {"read", "launch", "edit"}}
    spoken = [one for one in comments.values() if one.subject_id not in veils or not veils[one.subject_id].comments]
    read = {one.id for one in spoken if _reads(actor, one, tasks, processes, seen, homes)}
    visible = tasks.keys() | processes | seen | read
    visible |= _followed(unit, actor, [one for one in shown if one.holder_id not in visible])
    return {one.id for one in files if _sees(actor, one, uses[one.id], visible, veils)}


def _followed(unit: Unit, actor: Actor, uses: Sequence[Use]) -> set[str]:
    """The steps of which the caller sees a task; as `<template>/content`, the templates of which he sees a process.

    A few of what he has a reason to see are asked: that tells, but where nearly all of it is kept from him.
    """
    steps = {one.field_id for one in uses if one.field_id not in (TEXT, CONTENT)}
    found: set[str] = set()
    for query in (process_queries.OWN_OF_STEPS, process_queries.SEEN_OF_STEPS):
        if left := steps - found:
            ids = unit.all(query, steps=sorted(left), principals=list(actor.principals), count=SOME)
            found |= {one.step_id or "" for one in _visible_tasks(unit, actor, set(ids))[0].values()}
    homes = {one.holder_id for one in uses if one.field_id == CONTENT}
    if homes:
        ids = unit.all(
            process_queries.SEEN_OF_TEMPLATES, templates=sorted(homes), principals=list(actor.principals), count=SOME
        )
        processes = processes_by_id(unit, sorted(_visible_processes(unit, actor, set(ids))))
        found |= {f"{one.template_id}/{CONTENT}" for one in processes.values()}
    return found


def _templates_of(unit: Unit, comments: Iterable[Comment]) -> dict[str, str]:
    """The templates that comments are about, or whose steps they are about, by the comments' subjects."""
    wanted = {one.subject_id: one.subject_kind for one in comments if one.process_id is None}
    steps = templates_of_parts(unit, [one for one, kind in wanted.items() if kind == "step"])
    return steps | {one: one for one, kind in wanted.items() if kind == "template"}


def _reads(
    actor: Actor,
    comment: Comment,
    tasks: Mapping[str, Task],
    processes: set[str],
    templates: set[str],
    homes: Mapping[str, str],
) -> bool:
    """Whether the caller reads the comment: who sees what it is about; guests what is shown to them (spec 40 §14.8)."""
    if comment.subject_id in homes:
        return homes[comment.subject_id] in templates
    task = tasks.get(comment.subject_id)
    if task is None and comment.subject_id not in processes:
        return False
    if actor.role != "guest":
        return True
    return comment.seen_by_guest(actor.principal) and not (task is not None and task.guests_may_not_comment)


def _sees(actor: Actor, file: File, uses: Sequence[Use], visible: set[str], veils: Mapping[str, Veil]) -> bool:
    if any(one.holder_id in visible and not _kept(veils.get(one.holder_id), one.field_id) for one in uses):
        return True
    if any(one.field_id in visible or f"{one.holder_id}/{one.field_id}" in visible for one in uses):
        return True
    if file.subject_id is None:
        return file.uploaded_by == actor.principal
    if file.subject_kind == "organization":
        return True
    if file.subject_kind == "thread":
        return file.subject_id in visible
    home = file.task_id or file.subject_id
    return home in visible and not _kept(veils.get(home), file.uploaded_from)


def _kept(veil: Veil | None, field_id: str) -> bool:
    """Whether what this field holds is kept back; not what is linked to the task itself, or shown in its text."""
    in_field = field_id not in ("", TEXT)
    return veil is not None and (field_id in veil.fields or (in_field and "form_fields" in veil.hidden))


def _task_ids(files: Sequence[File], uses: Mapping[str, Sequence[Use]]) -> set[str]:
    named = {one.holder_id for found in uses.values() for one in found if one.holder_kind == "task"}
    return named | {one.task_id for one in files if one.task_id is not None}


def _process_ids(files: Sequence[File], uses: Mapping[str, Sequence[Use]]) -> set[str]:
    named = {one.holder_id for found in uses.values() for one in found if one.holder_kind == "process"}
    own = [one.process_id for one in files if one.subject_kind in ("process", "thread") and one.task_id is None]
    return named | {one for one in own if one is not None}


def _visible_tasks(unit: Unit, actor: Actor, ids: set[str]) -> tuple[dict[str, Task], dict[str, Veil]]:
    """Those that the caller sees, and what is kept back of those that are not a guest's own."""
    if not ids:
        return {}, {}
    tasks: list[Task] = unit.all(queries.TASKS, ids=sorted(ids))
    homes = sorted({one.process_id for one in tasks if one.process_id is not None})
    processes: dict[str, Process] = {one.id: one for one in unit.all(queries.PROCESSES, ids=homes)} if homes else {}
    own = {
        task_id
        for task_id, principal, *_ in unit.all(queries.ASSIGNED_OF_TASKS, tasks=sorted(ids))
        if principal in actor.principals
    }
    named = [one.process_id or one.id for one in tasks]
    reasons = guest_reasons(unit, actor, named) if actor.role == "guest" else reasons_of(unit, actor, named)
    seen = {}
    for one in tasks:
        why = partial(reasons.__getitem__, one.process_id or one.id)
        if one.id in own or sees_task(actor, one, processes.get(one.process_id or ""), why):
            seen[one.id] = one
    others = [one for one in seen.values() if one.id not in own]
    return seen, veils_of(unit, actor, others, {}, processes)


def _visible_processes(unit: Unit, actor: Actor, ids: set[str]) -> set[str]:
    """Guests see only processes where a visible task is theirs, or whose kick-off form they filled in."""
    if not ids:
        return set()
    found = {one.id: one for one in unit.all(queries.PROCESSES, ids=sorted(ids))}
    reasons = reasons_of(unit, actor, list(found))
    seen = {one for one in found if reasons[one]}
    if actor.role != "guest":
        return seen
    rows = unit.all(process_queries.OWN_COUNTS, processes=sorted(seen), principals=list(actor.principals))
    with_task = {row[0] for row in rows}
    filled = {one.id for one in found.values() if one.kickoff_guest is not None and one.kickoff_guest == actor.email}
    return seen & (with_task | filled)
