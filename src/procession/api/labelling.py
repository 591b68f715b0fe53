"""One tag on something, one thing in a folder (spec 30 §16.3, §17.3; 10 §17)."""

from collections.abc import Callable, Sequence
from typing import Any, Literal

from procession.api.endpoint import Call, Reply, operation
from procession.api.reading import Shape, choice, raw
from procession.engine.model import Problem
from procession.kernel.errors import Forbidden, NotFound, StateRefused
from procession.kernel.ids import read_id
from procession.kernel.unit import Event
from procession.labels.folders import file_subject, find_filing, unfile
from procession.labels.model import Subject, SubjectKind
from procession.labels.reading import unknown_folders, unknown_tags
from procession.labels.tags import attach_tag, detach_tag, find_use
from procession.people.permissions import require
from procession.templates.access import template_of_part, template_to_edit
from procession.wire.folder import FolderObject, show_filing
from procession.wire.paths import task_path
from procession.wire.tag import TagAssociation, show_association
from procession.work.labelling import process_to_label, relabelled, task_to_label

Kind = Literal["tags", "folders"]
Told = Callable[[Sequence[str], Sequence[str]], None]
"""Tells what was added and removed, by id."""

KINDS: dict[str, SubjectKind] = {"checklist": "template", "run": "process", "task": "task", "step": "step"}
ID = {"type": "string", "pattern": "^[0-9a-fA-F]{32}$"}
TAG = Shape(
    "addTagInput",
    {
        "subject_id": raw(ID),
        "subject_type": choice({"Checklist": "checklist", "Run": "run", "Task": "task", "Step": "step"}),
        "tag_id": raw(ID),
        "tag_type": choice({"private": "private", "public": "public"}),
    },
    required=("subject_id", "subject_type", "tag_id", "tag_type"),
)
FILE = Shape(
    "addFolderObjectInput",
    {"folder_id": raw(ID), "subject_id": raw(ID), "subject_type": choice({"Run": "run", "Task": "task"})},
    required=("folder_id", "subject_id", "subject_type"),
)
LOST = "Subject not found"
NO_FOLDER = "No such a folder exists in Processes."


@operation("POST", "/organizations/{org}/checklists/tags", id="addTag", acts=("tag.apply",), body=TAG,
           answer=TagAssociation, status=201, tag="Tags")  # fmt: skip
def add_tag(call: Call) -> Reply:
    """Put a tag on a template, step, process or task."""
    require(call.actor, "tag.apply")
    problems: list[Problem] = []
    body = TAG.read(call.body, problems)
    target = _target(call, body, "tags", problems)
    private = body.get("tag_type", "private") == "private"
    if "tag_id" in body and (not private or unknown_tags(call.unit, [body["tag_id"]])):
        problems.append(Problem(("tag_id",), "The selected tag id is invalid."))
    call.raise_problems(problems, task_path)
    assert target is not None
    subject, told = target
    use, fresh = attach_tag(call.unit, subject, body["tag_id"])
    if fresh:
        told([use.tag_id], [])
    return Reply(body={"data": show_association(use)}, status=201 if fresh else 200)


@operation("DELETE", "/organizations/{org}/checklists/tags/{association}", id="removeTag", acts=("tag.apply",),
           status=204, tag="Tags")  # fmt: skip
def remove_tag(call: Call) -> Reply:
    """Take a tag off."""
    use = find_use(call.unit, _number(call, "association"))
    if use is None:
        raise NotFound
    _, told = _found(call, use.subject_kind, use.subject_id, "tags")
    require(call.actor, "tag.apply")
    detach_tag(call.unit, use)
    told([], [use.tag_id])
    return Reply(status=204)


@operation("POST", "/organizations/{org}/folders/add-object", id="addFolderObject", acts=("folder.file",), body=FILE,
           answer=FolderObject, status=201, tag="Folders")  # fmt: skip
def add_object(call: Call) -> Reply:
    """Put a process or task into a folder."""
    require(call.actor, "folder.file")
    problems: list[Problem] = []
    body = FILE.read(call.body, problems)
    target = _target(call, body, "folders", problems)
    if "folder_id" in body and unknown_folders(call.unit, [body["folder_id"]], "process"):
        problems.append(Problem(("folder_id",), NO_FOLDER))
    call.raise_problems(problems, task_path)
    assert target is not None
    subject, told = target
    filing, fresh = file_subject(call.unit, subject, body["folder_id"])
    if fresh:
        told([filing.folder_id], [])
    return Reply(body={"data": show_filing(filing)}, status=201 if fresh else 200)


@operation("DELETE", "/organizations/{org}/folders-objects/{relation}", id="removeFolderObject", acts=("folder.file",),
           status=204, tag="Folders")  # fmt: skip
def remove_object(call: Call) -> Reply:
    """Take a process or task out of a folder."""
    filing = find_filing(call.unit, _number(call, "relation"))
    if filing is None:
        raise NotFound
    _, told = _found(call, filing.subject_kind, filing.subject_id, "folders")
    require(call.actor, "folder.file")
    unfile(call.unit, filing)
    told([], [filing.folder_id])
    return Reply(status=204)


def _number(call: Call, name: str) -> int:
    """An integer id of the path; anything else is nothing (spec 00 ID-03)."""
    text = call.path[name]
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise NotFound
    return int(text)


def _target(call: Call, body: dict[str, Any], kind: Kind, problems: list[Problem]) -> tuple[Subject, Told] | None:
    """What the body names; not there, archived or foreign: a problem of `subject_id`."""
    if "subject_id" not in body or "subject_type" not in body:
        return None
    try:
        return _found(call, KINDS[body["subject_type"]], read_id(body["subject_id"]) or "", kind)
    except (NotFound, StateRefused):
        problems.append(Problem(("subject_id",), LOST))
        return None


def _found(call: Call, subject: SubjectKind, subject_id: str, kind: Kind) -> tuple[Subject, Told]:
    """The subject, with the right to label it asked for. 404, 403, 422 for archived ones."""
    unit, actor = call.unit, call.actor
    if subject == "process":
        process, found = process_to_label(unit, actor, subject_id)
        return found, lambda added, removed: relabelled(unit, process, kind, added, removed)
    if subject == "task":
        task, found = task_to_label(unit, actor, subject_id)
        return found, lambda added, removed: relabelled(unit, task, kind, added, removed)
    if actor.role == "guest":
        raise Forbidden
    template_id = subject_id if subject == "template" else template_of_part(unit, subject_id)
    template = template_to_edit(unit, actor, template_id or "")

    def told(added: Sequence[str], removed: Sequence[str]) -> None:
        old: Any = {"added": list(added), "removed": list(removed), subject: subject_id}
        about: dict[str, Any] = {"subject_kind": "template", "subject_id": template.id, "field": kind, "old": old}
        unit.record([Event(kind=f"template.{kind}", verb="updated", **about)])

    return Subject(subject, subject_id), told
