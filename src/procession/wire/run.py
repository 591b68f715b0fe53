"""A process as clients read it (spec 10 §2): every key always, includes only when asked for."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from procession.engine.status import progress
from procession.engine.work import Process
from procession.people.model import Actor
from procession.wire.custom_field import NOTHING, Custom, embedded
from procession.wire.form_field import FormField
from procession.wire.times import instant
from procession.work.documents import Filled
from procession.work.reading import ProcessCounts


class Progress(msgspec.Struct, frozen=True):
    """Done and visible tasks, and whole percent."""

    complete: int
    total: int
    percent: int


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A process."""

    id: str
    increment_id: int
    organization_id: str
    checklist_id: str
    checklist_title: str
    checklist_version: int
    type: str
    name: str
    summary: str
    status: str
    has_open_issue: bool
    progress: Progress
    whole_progress: Progress
    late_tasks: int
    due_date: str | None
    max_task_deadline: str | None
    due_date_passed: bool
    due_soon: bool
    started_by: int | None
    owner_id: int
    users: list[int]
    groups: list[str]
    collaborators: list[int]
    assign_someone_else: bool
    prerun: dict[str, Any]
    prerun_status: str
    prerun_completed_at: str | None
    prerun_completed_by: int | None
    prerun_submitted_by: str | None
    prerun_length: int
    starred: bool
    is_public: bool
    publicly_hidden_fields: list[str]
    public_link: str | None
    parent_id: str | None
    origin: dict[str, Any]
    can_add_oot: bool
    custom_fields: dict[str, Any] | None
    created_at: str | None
    started_at: str | None
    last_updated: str | None
    completed_at: str | None
    archived_at: str | None
    metadata: dict[str, Any] | UnsetType = UNSET
    tags: Any = UNSET
    folders: Any = UNSET
    checklist: Any = UNSET
    tasks: Any = UNSET
    tasks_meta: Any = UNSET
    next_task: Any = UNSET
    permissions: Any = UNSET
    ko_form_fields: Any = UNSET
    ko_form_fields_dashed: Any = msgspec.field(default=UNSET, name="ko-form-fields")
    document: Any = UNSET
    form_fields: Any = UNSET
    form_fields_values: Any = UNSET
    stages: Any = UNSET
    assets: Any = UNSET
    threads: Any = UNSET
    parent: Any = UNSET
    children: Any = UNSET
    owner: Any = UNSET
    member_watchers: Any = UNSET
    guest_watchers: Any = UNSET
    selected_text_comment: Any = UNSET


class DocumentHeading(msgspec.Struct, frozen=True):
    """A line of the table of contents; `level` from 1 to 3."""

    level: int
    title: str


class RunDocument(msgspec.Struct, frozen=True):
    """A document with its answers (spec 30 §13)."""

    content: str
    contents: list[DocumentHeading]


def document(filled: Filled) -> RunDocument:
    """A filled document in the wire's words."""
    return RunDocument(filled.content, [DocumentHeading(*one) for one in filled.contents])


class RunFormFields(msgspec.Struct, frozen=True):
    """Every field of a process with its answer: bare lists inside `data` (spec 10 §10.4)."""

    id: str
    name: str
    checklist_id: str
    form_fields: list[FormField]
    ko_form_fields: list[FormField]


class RunBeside(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer shows of processes that is not in their rows. `own`: a guest's visible and done tasks;
    `links`: the addresses of public pages.
    """

    answers: Mapping[str, Mapping[str, Any]]
    assigned: Mapping[str, frozenset[int]]
    counts: Mapping[str, ProcessCounts]
    starred: frozenset[str]
    organization_id: str
    own: Mapping[str, tuple[int, int]] = {}
    custom: Custom = NOTHING
    links: Mapping[str, str] = {}


def run(process: Process, beside: RunBeside, actor: Actor, **includes: Any) -> Run:
    """Present one process to this caller."""
    counts = beside.counts.get(process.id, ProcessCounts())
    visible, done = beside.own.get(process.id, (process.visible_tasks, process.done_tasks))
    guest = actor.role == "guest"
    live = process.archived_at is None
    if process.metadata:
        includes["metadata"] = process.metadata
    return Run(
        id=process.id,
        increment_id=process.number,
        organization_id=beside.organization_id,
        checklist_id=process.template_id,
        checklist_title=process.template_title,
        checklist_version=process.version_number,
        type=process.kind,
        name=process.name,
        summary=process.summary,
        status=process.status,
        has_open_issue=process.process_issues > 0,
        progress=_bar(done, visible),
        whole_progress=_bar(process.done_tasks, process.visible_tasks),
        late_tasks=process.late_done + counts.overdue,
        due_date=instant(process.next_deadline or process.last_deadline),
        max_task_deadline=instant(process.last_deadline),
        due_date_passed=live and counts.overdue > 0,
        due_soon=live and counts.soon > 0,
        started_by=process.starter_id,
        owner_id=process.owner_id,
        users=[] if guest else process.members,
        groups=[] if guest else process.groups,
        collaborators=[] if guest else collaborators(process, beside),
        assign_someone_else=process.assign_someone_else,
        prerun=dict(beside.answers.get(process.id, {})),
        prerun_status="complete" if process.kickoff_completed_at or not process.kickoff_fields else "incomplete",
        prerun_completed_at=instant(process.kickoff_completed_at),
        prerun_completed_by=process.kickoff_completed_by,
        prerun_submitted_by=process.kickoff_guest,
        prerun_length=process.kickoff_fields,
        starred=process.id in beside.starred,
        is_public=process.public,
        publicly_hidden_fields=process.publicly_hidden,
        public_link=beside.links.get(process.id),
        parent_id=process.parent_id,
        origin=process.origin,
        can_add_oot=process.adhoc_tasks,
        custom_fields=None if guest else embedded(beside.custom, process.id),
        created_at=instant(process.created_at),
        started_at=instant(process.started_at),
        last_updated=instant(process.updated_at),
        completed_at=instant(process.completed_at),
        archived_at=instant(process.archived_at),
        **includes,
    )


def _bar(done: int, visible: int) -> Progress:
    shown = progress(done, visible)
    return Progress(shown.complete, shown.total, shown.percent)


def collaborators(process: Process, beside: RunBeside) -> list[int]:
    """Owner, starter, listed members and members assigned to its tasks, sorted (spec 10 §2.2)."""
    people = {process.owner_id, *process.members, *beside.assigned.get(process.id, ())}
    if process.starter_id is not None:
        people.add(process.starter_id)
    return sorted(people - {0})
