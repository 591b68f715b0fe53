"""One tag on something, one thing in a folder (spec 30 §16.3, §17.3; 10 §17)."""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import msgspec

from procession.api.endpoint import Call, Reply, operation
from procession.api.reading import Shape, choice, raw
from procession.engine.model import Problem
from procession.kernel.errors import Forbidden, NotFound, StateRefused
from procession.kernel.ids import read_id
from procession.kernel.unit import Event, Unit
from procession.labels.folders import file_subject, find_filing, unfile
from procession.labels.model import Subject, SubjectKind
from procession.labels.reading import unknown_folders, unknown_tags
from procession.labels.tags import attach_tag, detach_tag, find_use
from procession.people.permissions import require
from procession.templates.access import template_of_part, template_to_edit
from procession.templates.filing import settle_primary
from procession.wire.folder import FolderObject, show_filing
from procession.wire.paths import task_path
from procession.wire.tag import TagAssociation, show_association
from procession.work.labelling import process_to_label, relabelled, task_to_label

Kind = Literal["tags", "folders"]
Told = Callable[[Sequence[str], Sequence[str]], None]
"""Tells what was added and removed, by id."""

KINDS: dict[str, SubjectKind] = {"checklist": "template", "run": "process", "task": "task", "step": "step"}
FILED = {"Checklist": "checklist", "Blueprint": "checklist", "Template": "checklist", "Run": "run", "Process": "run",
         "Task": "task"}  # fmt: skip
"""What carries tags and lies in folders, by every name of it (spec 00 TERM-03)."""
ID = {"type": "string", "pattern": "^[0-9a-fA-F]{32}$"}
TAG = Shape(
    "addTagInput",
    {
        "subject_id": raw(ID),
        "subject_type": choice({**FILED, "Step": "step"}),
        "tag_id": raw(ID),
        "tag_type": choice({"private": "private", "public": "public"}),
    },
    required=("subject_id", "subject_type", "tag_id", "tag_type"),
)
FILE = Shape(
    "addFolderObjectInput",
    {
        "folder_id": raw(ID),
        "subject_id": raw(ID),
        "subject_type": choice(FILED),
    },
    required=("folder_id", "subject_id", "subject_type"),
)
LOST = "Subject not found"
NO_FOLDER = "No such a folder exists in Processes."
NO_TEMPLATE_FOLDER = "No such a folder exists in Templates."


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """What tags and folders do differently. `named` is the id of the label, in bodies and in what is held."""

    kind: Kind
    act: str
    body: Shape
    named: str
    problem: Callable[[Call, dict[str, Any]], str | None]
    attach: Callable[[Unit, Subject, str], tuple[Any, bool]]
    find: Callable[[Unit, int], Any]
    detach: Callable[[Unit, Any], None]
    show: Callable[[Any], Any]


def _tag_problem(call: Call, body: dict[str, Any]) -> str | None:
    private = body.get("tag_type", "private") == "private"
    return "The selected tag id is invalid." if not private or unknown_tags(call.unit, [body["tag_id"]]) else None


def _folder_problem(call: Call, body: dict[str, Any]) -> str | None:
    if body.get("subject_type") == "checklist":
        return NO_TEMPLATE_FOLDER if unknown_folders(call.unit, [body["folder_id"]], "template") else None
    return NO_FOLDER if unknown_folders(call.unit, [body["folder_id"]], "process") else None


TAGGING = Label(
    kind="tags",
    act="tag.apply",
    body=TAG,
    named="tag_id",
    problem=_tag_problem,
    attach=attach_tag,
    find=find_use,
    detach=detach_tag,
    show=show_association,
)
FILING = Label(
    kind="folders",
    act="folder.file",
    body=FILE,
    named="folder_id",
    problem=_folder_problem,
    attach=file_subject,
    find=find_filing,
    detach=unfile,
    show=show_filing,
)


@operation("POST", "/organizations/{org}/checklists/tags", id="addTag", acts=("tag.apply",), body=TAG,
           answer=TagAssociation, status=201, tag="Tags")  # fmt: skip
def add_tag(call: Call) -> Reply:
    """Put a tag on a template, step, process or task."""
    return _add(call, TAGGING)


@operation("DELETE", "/organizations/{org}/checklists/tags/{association}", id="removeTag", acts=("tag.apply",),
           status=204, tag="Tags")  # fmt: skip
def remove_tag(call: Call) -> Reply:
    """Take a tag off."""
    return _remove(call, TAGGING, call.path["association"])


@operation("POST", "/organizations/{org}/folders/add-object", id="addFolderObject", acts=("folder.file",), body=FILE,
           answer=FolderObject, status=201, tag="Folders")  # fmt: skip
def add_object(call: Call) -> Reply:
    """Put a process, task or template into a folder; a template into a further one."""
    return _add(call, FILING)


@operation("DELETE", "/organizations/{org}/folders-objects/{relation}", id="removeFolderObject", acts=("folder.file",),
           status=204, tag="Folders")  # fmt: skip
def remove_object(call: Call) -> Reply:
    """Take a process, task or template out of a folder."""
    return _remove(call, FILING, call.path["relation"])


def _add(call: Call, label: Label) -> Reply:
    require(call.actor, label.act)
    problems: list[Problem] = []
    body = label.body.read(call.body, problems)
    target = _target(call, body, label.kind, problems)
    if label.named in body and (problem := label.problem(call, body)) is not None:
        problems.append(Problem((label.named,), problem))
    call.raise_problems(problems, task_path)
    assert target is not None
    subject, told = target
    held, fresh = label.attach(call.unit, subject, body[label.named])
    if fresh or label.kind == "tags":  # a tag that is there already is told of again (spec 30 §16.3)
        told([getattr(held, label.named)], [])
    return Reply(body={"data": label.show(held)}, status=201 if fresh else 200)


def _remove(call: Call, label: Label, number: str) -> Reply:
    """Take off what the path names by an integer; anything else is nothing (spec 00 ID-03)."""
    held = label.find(call.unit, int(number)) if number.isascii() and number.isdigit() and len(number) <= 15 else None
    if held is None:
        raise NotFound
    _, told = _found(call, held.subject_kind, held.subject_id, label.kind)
    require(call.actor, label.act)
    label.detach(call.unit, held)
    told([], [getattr(held, label.named)])
    return Reply(status=204)


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
        if subject == "template" and kind == "folders":
            settle_primary(unit, template, added, removed)
        unit.record([Event(kind=f"template.{kind}", verb="updated", **about)])

    return Subject(subject, subject_id), told
