"""A shared process as everybody reads it: what is not shared is not there (spec 10 §15.3)."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from procession.discussions.model import Comment
from procession.engine.answer_text import cell_text
from procession.engine.grids import table_rows
from procession.engine.mentions import mentioned_members, with_names
from procession.engine.model import Field
from procession.engine.richtext import plain
from procession.engine.status import progress
from procession.engine.work import Task, owners_of
from procession.people.model import member
from procession.wire.run import Progress
from procession.wire.times import instant
from procession.work.sharing import Shared, hidden_fields

GUEST = "Guest"
SOMEBODY = "…"
"""Who is not told."""

_ADDRESS = re.compile(r"\+?[\w.%+-]{1,64}@[\w-]+(?:\.[\w-]+)+")


class PublicField(msgspec.Struct, frozen=True, kw_only=True):
    """A field with its answer in words; `rows` of tables alone."""

    id: str
    label: str
    field_type: str
    position: int
    value: str | None
    rows: list[list[str]] | UnsetType = UNSET
    task_title: str | UnsetType = UNSET


class PublicComment(msgspec.Struct, frozen=True):
    """What was said, as text."""

    content: str
    label: str
    author_name: str
    created_at: str


class PublicTask(msgspec.Struct, frozen=True, kw_only=True):
    """A visible task."""

    title: str
    status: str
    position: int
    stage_id: str | None
    deadline: str | None
    completed_at: str | None
    completed_by_name: str | UnsetType | None = UNSET
    owners: list[str] | UnsetType = UNSET
    form_fields: list[PublicField] | UnsetType = UNSET
    comments: list[PublicComment] | UnsetType = UNSET


class PublicStage(msgspec.Struct, frozen=True):
    """A milestone."""

    id: str
    title: str
    position: int


class PublicOrganization(msgspec.Struct, frozen=True):
    """Whose process it is."""

    name: str
    logo: str | None


class PublicProcess(msgspec.Struct, frozen=True, kw_only=True):
    """A shared process."""

    name: str
    checklist_title: str
    status: str
    progress: Progress
    started_at: str | None
    completed_at: str | None
    due_date: str | None
    stages: list[PublicStage]
    tasks: list[PublicTask]
    organization: PublicOrganization
    ko_form_fields: list[PublicField] | UnsetType = UNSET
    custom_fields: None = None


class PublicFields(msgspec.Struct, frozen=True):
    """The form data of a shared process; nothing when they are kept back."""

    ko_form_fields: list[PublicField]
    form_fields: list[PublicField]


def public_process(one: Shared) -> PublicProcess:
    """Everything that is shared."""
    process = one.process
    done = progress(sum(task.completed_at is not None for task in one.tasks), len(one.tasks))
    return PublicProcess(
        name=process.name,
        checklist_title=process.template_title,
        status=process.status,
        progress=Progress(done.complete, done.total, done.percent),
        started_at=instant(process.started_at),
        completed_at=instant(process.completed_at),
        due_date=instant(_due(one.tasks)),
        stages=[PublicStage(each.id, each.title, each.position) for each in one.stages],
        tasks=[_task(one, task, place) for place, task in enumerate(one.tasks, 1)],
        organization=PublicOrganization(one.organization.name, one.organization.settings.get("org_logo")),
        ko_form_fields=UNSET if "form_fields" in one.hidden else _kickoff(one),
    )


def _due(tasks: Sequence[Task]) -> datetime | None:
    """The next deadline of an open task, else the last one of all (spec 10 §3.4)."""
    coming = [task.deadline for task in tasks if task.deadline is not None and task.completed_at is None]
    every = [task.deadline for task in tasks if task.deadline is not None]
    return min(coming, default=None) or max(every, default=None)


def public_fields(one: Shared) -> PublicFields:
    """The form data alone."""
    if "form_fields" in one.hidden:
        return PublicFields([], [])
    fields = [
        msgspec.structs.replace(field, task_title=one.beside.title(task))
        for task in one.tasks
        for field in _fields_of(one, task)
    ]
    return PublicFields(_kickoff(one), fields)


def _task(one: Shared, task: Task, place: int) -> PublicTask:
    shown = PublicTask(
        title=one.beside.title(task),
        status=task.status,
        position=place,
        stage_id=task.stage_id,
        deadline=instant(task.deadline),
        completed_at=instant(task.completed_at),
    )
    more: dict[str, Any] = {}
    if "assignees" not in one.hidden:
        more = {"completed_by_name": _completer(one, task), "owners": _owners(one, task)}
    if "form_fields" not in one.hidden:
        more["form_fields"] = _fields_of(one, task)
    if "comments" not in one.hidden:
        more["comments"] = [_comment(one, said) for said in one.comments.get(task.id, [])]
    return msgspec.structs.replace(shown, **more)


def _owners(one: Shared, task: Task) -> list[str]:
    """Names; guests are guests."""
    owners = owners_of(one.beside.assigned.get(task.id, []))
    named = [one.names.get(member(who), SOMEBODY) for who in owners.members]
    return [*named, *(one.names.get(f"g{who}", SOMEBODY) for who in owners.groups), *([GUEST] * len(owners.guests))]


def _completer(one: Shared, task: Task) -> str | None:
    if task.completer is None:
        return None
    return one.names.get(task.completer, SOMEBODY) if task.completer[0] == "u" else GUEST


def _fields_of(one: Shared, task: Task) -> list[PublicField]:
    stored = {each.field_id: each.value for each in one.beside.answers.get(task.id, ())}
    fields = one.forms[task.id]
    return _shown(one, {field.id: (field, stored.get(field.id)) for field in fields})


def _kickoff(one: Shared) -> list[PublicField]:
    return _shown(one, {field.id: (field, each.value if each is not None else None) for field, each in one.kickoff})


def _shown(one: Shared, fields: Mapping[str, tuple[Field, Any]]) -> list[PublicField]:
    """Those that are not kept back. An e-mail address is a person's, so its field has no answer here."""
    kept = {field.id for field in hidden_fields([field for field, _ in fields.values()], one.hidden)}
    found = []
    for field, value in fields.values():
        if field.id in one.hidden or (field.id in kept and field.kind != "email"):
            continue
        names = {**one.names, **_guests(value)}
        text = cell_text(field, value, names) if field.kind != "email" else ""
        found.append(
            PublicField(
                id=field.id,
                label=field.label,
                field_type=field.kind,
                position=field.position,
                value=text or None,
                rows=table_rows(field, value) if field.kind == "table" else UNSET,
            )
        )
    return found


def _guests(value: Any) -> dict[str, str]:
    """Addresses in assignee pickers, and what stands for them."""
    guests = value.get("guests") if isinstance(value, dict) else None
    return {one: GUEST for one in guests if isinstance(one, str)} if isinstance(guests, list) else {}


def _comment(one: Shared, said: Comment) -> PublicComment:
    """The text without addresses and numbers of members; without names when those are kept back."""
    told = "assignees" not in one.hidden
    ids = mentioned_members(said.content)
    people = {each: one.names.get(member(each), SOMEBODY) for each in ids}
    text = plain(with_names(said.content, people if told else dict.fromkeys(ids, SOMEBODY)))
    if not told:
        for name in sorted((one.names[each] for each in one.names if each[0] == "u"), key=len, reverse=True):
            text = text.replace(name, SOMEBODY) if name else text
    author = one.names.get(said.author, GUEST) if told else SOMEBODY
    return PublicComment(
        _ADDRESS.sub(SOMEBODY, text), said.label, "Procession Bot" if said.bot else author, instant(said.created_at)
    )
