"""Where an upload may go: what it names is checked, and the caller's right to write there (spec 20 §20.3)."""

from collections.abc import Mapping
from typing import Any

import msgspec

from procession.discussions.comments import comments_by_id
from procession.discussions.model import Comment
from procession.discussions.model import Subject as Talked
from procession.engine.attachments import FILES_LIMIT
from procession.engine.model import Field, Problem
from procession.engine.work import Process
from procession.files.model import Place, Subject, SubjectKind
from procession.kernel.errors import Forbidden, Invalid, NotFound, StateRefused
from procession.kernel.ids import NOWHERE, read_id
from procession.kernel.unit import Unit
from procession.people.model import Actor
from procession.people.permissions import allows, require
from procession.templates import discussing as designing
from procession.templates.access import rights_of, template_of_part, templates_by_id
from procession.templates.comment_files import TOO_MANY, comment_place, files_of
from procession.templates.versions import CompiledVersion, compiled
from procession.work.access import process_for_update, require_process_acts, require_task_acts, task_for_update
from procession.work.attaching import kickoff_place, task_place
from procession.work.discussing import Talk, comment_to_change, process_to_discuss, subject_of, task_to_discuss
from procession.work.model import Held

ARCHIVED = "Cannot update archived processes."
NO_UPLOAD = "You don't have permission to upload files here."
_WHERE_TO = {"subject_id": "subject id", "step_id": "step id", "checklist_id": "checklist id"}


class Destination(msgspec.Struct, frozen=True, kw_only=True):
    """What an upload says about where it belongs, ids as sent. No kind: nowhere yet."""

    kind: SubjectKind | None = None
    id: Any = None
    uploaded_from: str | None = None
    step_id: Any = None
    template_id: Any = None


class _Wrong(Exception):
    """One of the ids names nothing the caller can see, or does not agree with the others."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.problem = Problem((name,), f"The selected {_WHERE_TO[name]} is invalid.")


def place_for(unit: Unit, actor: Actor, to: Destination) -> tuple[Place | None, list[Problem]]:
    """Where the upload belongs, or what is wrong with what it names; the subject is locked.

    Raises `Forbidden` where the caller may see but not write, `StateRefused` for an archived process.
    """
    if to.kind is None:
        require(actor, "file.upload")
        return Place(uploaded_from=to.uploaded_from or ""), []
    try:
        return _PLACES[to.kind](unit, actor, read_id(to.id) or NOWHERE, to), []
    except _Wrong as wrong:
        return None, [wrong.problem]


def task_destination(held: Held, uploaded_from: str | None) -> Destination:
    """The destination of an upload to a task that the caller sees."""
    place = task_place(held.task)
    assert place.subject is not None
    step = held.task.step_id if place.subject.kind == "process" else None
    return Destination(kind=place.subject.kind, id=place.subject.id, uploaded_from=uploaded_from, step_id=step)


def _in_process(unit: Unit, actor: Actor, subject_id: str, to: Destination) -> Place:
    try:
        held = process_for_update(unit, actor, subject_id)
    except NotFound:
        raise _Wrong("subject_id") from None
    process = held.process
    if to.template_id not in (None, "") and read_id(to.template_id) != process.template_id:
        raise _Wrong("checklist_id")
    version = compiled(unit, process.version_id)
    step = _step(version, to)
    if step is None:
        require_process_acts(actor, held, ("process.answer",), NO_UPLOAD)
        _require_live(process)
        return _at(kickoff_place(process.id), to, "ko_field" if _is_kickoff(version, to) else "task")
    try:
        task = task_for_update(unit, actor, step, process.id, or_step=True)
    except NotFound:
        raise _Wrong("step_id") from None
    require_task_acts(actor, task, ("task.answer",), NO_UPLOAD)
    _require_live(process)
    return _at(task_place(task.task), to, "task")


def _step(version: CompiledVersion, to: Destination) -> str | None:
    """The step of a file for a task: the one named, which must hold the field, or the one that holds the field."""
    holding = None
    if (field_id := read_id(to.uploaded_from)) is not None:
        holding = next((step.id for step in version.steps.values() if _holds(step.fields, field_id)), None)
    if to.step_id in (None, ""):
        return holding
    named = read_id(to.step_id)
    agrees = holding == named or (holding is None and not _is_kickoff(version, to))
    if named is None or named not in version.steps or not agrees:
        raise _Wrong("step_id")
    return named


def _is_kickoff(version: CompiledVersion, to: Destination) -> bool:
    field_id = read_id(to.uploaded_from)
    return to.uploaded_from == "ko_field" or (field_id is not None and _holds(version.document.kickoff, field_id))


def _holds(fields: tuple[Field, ...], field_id: str) -> bool:
    return any(one.id == field_id for one in fields)


def _of_task(unit: Unit, actor: Actor, subject_id: str, to: Destination) -> Place:
    try:
        held = task_for_update(unit, actor, subject_id, None)
    except NotFound:
        raise _Wrong("subject_id") from None
    require_task_acts(actor, held, ("task.answer",), NO_UPLOAD)
    if held.process is not None:
        _require_live(held.process)
    place = msgspec.structs.replace(task_place(held.task), subject=Subject("task", held.task.id))
    return _at(place, to, "task")


def _of_template(unit: Unit, actor: Actor, subject_id: str, to: Destination) -> Place:
    template = templates_by_id(unit, [subject_id]).get(subject_id)
    rights = rights_of(actor, template) if template is not None else frozenset[str]()
    if template is None or template.archived_at is not None or not rights & {"read", "launch", "edit"}:
        raise _Wrong("subject_id")
    if to.template_id not in (None, "") and read_id(to.template_id) != template.id:
        raise _Wrong("checklist_id")
    if not rights & {"launch", "edit"}:
        raise Forbidden(NO_UPLOAD)
    return _at(Place(subject=Subject("template", template.id)), to, "ko_field")


def _of_comment(unit: Unit, actor: Actor, subject_id: str, to: Destination) -> Place:
    """A comment's author and administrators add to it, as long as comments may be written there."""
    comment = comments_by_id(unit, [subject_id]).get(subject_id)
    if comment is None:
        raise _Wrong("subject_id")
    try:
        subject = _talked_about(unit, actor, comment)
    except NotFound:
        raise _Wrong("subject_id") from None
    if len(files_of(unit, comment)) >= FILES_LIMIT:
        raise Invalid({"subject_id": [TOO_MANY]})
    return _at(comment_place(subject, comment), to, "comment")


def _talked_about(unit: Unit, actor: Actor, comment: Comment) -> Talked:
    """What the comment is about, locked, for who may change the comment; `NotFound` for who does not see it."""
    if comment.subject_kind in ("template", "step"):
        home = comment.subject_id if comment.subject_kind == "template" else template_of_part(unit, comment.subject_id)
        talk = designing.talk_about(
            unit, actor, home or NOWHERE, None if home == comment.subject_id else comment.subject_id
        )
        designing.comment_to_change(unit, actor, talk, comment.id)
        return talk.subject
    held: Talk = (
        task_to_discuss(unit, actor, comment.subject_id)
        if comment.subject_kind == "task"
        else process_to_discuss(unit, actor, comment.subject_id)
    )
    comment_to_change(unit, actor, held, comment.id)
    return subject_of(held)


def _of_organization(unit: Unit, actor: Actor, subject_id: str, to: Destination) -> Place:
    if subject_id != unit.organization_id:
        raise _Wrong("subject_id")
    if not allows(actor, "organization.change"):
        raise Forbidden(NO_UPLOAD)
    return _at(Place(subject=Subject("organization", subject_id)), to, "logo")


def _at(place: Place, to: Destination, standard: str) -> Place:
    return msgspec.structs.replace(place, uploaded_from=to.uploaded_from or standard)


def _require_live(process: Process) -> None:
    if process.archived_at is not None:
        raise StateRefused("RUN_ARCHIVED", ARCHIVED, path="run")


_PLACES: Mapping[SubjectKind, Any] = {
    "process": _in_process,
    "task": _of_task,
    "template": _of_template,
    "organization": _of_organization,
    "thread": _of_comment,
}
