"""A process and its tasks as the engine sees them: what is stored, member by member."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from procession.engine.model import DeadlineRule, Field, Owners, TaskKind, TaskStatus


class Task(msgspec.Struct, frozen=True):
    """One task. `deadline_rule` is the step's, as plain JSON; `own_fields` the fields of a one-off task.

    `clocked`: something happens when the deadline passes; `woke_for` is the deadline for which it has happened.
    """

    id: str
    number: int
    process_id: str | None
    template_id: str | None
    version_id: str | None
    step_id: str | None
    linked_step_id: str | None
    oneoff: bool
    title: str
    summary: str | None
    summary_edited: bool
    has_variables: bool
    alias: str | None
    stage_id: str | None
    kind: TaskKind
    status: TaskStatus
    hidden_from: TaskStatus | None
    visibility_source: str | None
    approved: bool | None
    position: int
    template_position: int | None
    started_at: datetime | None
    soft_start: bool
    deadline: datetime | None
    deadline_rule: dict[str, Any] | None
    deadline_projected: bool
    dated_by_hand: bool
    anchors_others: bool
    starter_id: int | None
    completed_at: datetime | None
    completer: str | None
    completer_email: str | None
    completion_caller: str | None
    reopened_at: datetime | None
    reopener: str | None
    everyone_must_complete: bool
    only_assignees_complete: bool
    guests_allowed: bool
    max_assignable: int
    guests_may_not_comment: bool
    confidential: bool
    webhook: str | None
    has_issue: bool
    chromeless: bool | None
    own_fields: list[dict[str, Any]] | None
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None
    archived_with_process: bool
    revision: int
    clocked: bool = False
    woke_for: datetime | None = None

    @property
    def rule(self) -> DeadlineRule | None:
        """When the task is due, as its step said."""
        return msgspec.convert(self.deadline_rule, DeadlineRule) if self.deadline_rule else None

    @property
    def is_open(self) -> bool:
        return self.status in ("not-started", "active", "in-progress")


class Process(msgspec.Struct, frozen=True):
    """One process. `members` and `groups` are those listed on the process itself."""

    id: str
    number: int
    template_id: str
    template_title: str
    version_id: str
    version_number: int
    kind: str
    name: str
    summary: str
    status: str
    visible_tasks: int
    done_tasks: int
    all_tasks: int
    task_issues: int
    process_issues: int
    next_deadline: datetime | None
    last_deadline: datetime | None
    late_done: int
    starter_id: int | None
    owner_id: int
    members: list[int]
    groups: list[str]
    assign_someone_else: bool
    adhoc_tasks: bool
    public: bool
    publicly_hidden: list[str]
    parent_id: str | None
    origin: dict[str, Any]
    read_audience: dict[str, Any]
    metadata: dict[str, Any] | None
    kickoff_fields: int
    kickoff_completed_at: datetime | None
    kickoff_completed_by: int | None
    kickoff_guest: str | None
    created_at: datetime
    started_at: datetime
    updated_at: datetime
    completed_at: datetime | None
    archived_at: datetime | None
    revision: int


class Assigned(msgspec.Struct, frozen=True):
    """One assignment: a principal, in order; a guest's address; whether only the rule of spec 20 §6.3 put him there."""

    principal: str
    address: str | None
    position: int
    co_assignee: bool


def owners_of(assigned: list[Assigned]) -> Owners:
    """The owners that assignments make, in order of assignment."""
    return Owners(
        members=tuple(int(one.principal[1:]) for one in assigned if one.principal[0] == "u"),
        guests=tuple(one.address or "" for one in assigned if one.principal[0] == "e"),
        groups=tuple(one.principal[1:] for one in assigned if one.principal[0] == "g"),
    )


def co_assignee_of(assigned: list[Assigned]) -> int | None:
    """The member whom only the rule against guest-only tasks put on the task."""
    return next((int(one.principal[1:]) for one in assigned if one.co_assignee), None)


class FileLink(msgspec.Struct, frozen=True):
    """A stored file to link to a task; `subject_id`, when given, must be what the file or the task belongs to."""

    id: str
    subject_id: str | None = None


class TaskChange(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller wants of a task; UNSET is "not sent". Dates, owners and answers are as sent: the engine reads them.

    `columns` holds members that are stored as they are read (title, flags, numbers), by the task's own names.
    """

    columns: dict[str, Any] = {}
    deadline: object | UnsetType = UNSET
    started_at: object | UnsetType = UNSET
    owners: object | UnsetType = UNSET
    answers: Mapping[str, object] = {}
    position: int | UnsetType = UNSET
    status: str | UnsetType = UNSET
    approved: object | UnsetType = UNSET
    completed_at: object | UnsetType = UNSET
    completed_by: object | UnsetType = UNSET
    tags: list[Any] | UnsetType = UNSET
    folders: list[Any] | UnsetType = UNSET
    fields: list[Any] | UnsetType = UNSET
    file: FileLink | UnsetType = UNSET

    def only_moves(self) -> bool:
        """Whether nothing but the position is asked for (spec 20 §7.3)."""
        labels = (self.tags, self.folders, self.fields, self.file)
        rest = (self.deadline, self.started_at, self.owners, self.status, *labels)
        nothing_else = not self.columns and not self.answers and all(one is UNSET for one in rest)
        return self.position is not UNSET and nothing_else


class Answered(msgspec.Struct, frozen=True):
    """One stored answer."""

    field_id: str
    id: str
    value: Any


class FieldAnswer(msgspec.Struct, frozen=True):
    """An answer to write: None clears it. `old` is what was stored."""

    field: Field
    value: Any
    old: Any
