"""A task as clients read it (spec 20 §3): every key always, includes only when asked for."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from procession.engine.owners import required_people
from procession.engine.status import StatusFacts, is_due_soon, is_overdue, status_label
from procession.engine.work import Assigned, Process, owners_of
from procession.engine.work import Task as Stored
from procession.people.model import Actor
from procession.wire.custom_field import embedded
from procession.wire.person import OwnerUser, owner_user
from procession.wire.times import instant
from procession.work.reading import Beside


class TaskOwners(msgspec.Struct, frozen=True):
    """Who a task is given to; `users` holds bare ids for clients typed to them (spec 00 ENV-42)."""

    users: list[OwnerUser | int]
    guests: list[str]
    groups: list[str]
    taskUrls: list[str]  # noqa: N815 - the wire's spelling


class Completer(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who did his part."""

    type: str
    at: str | None
    id: int | None = None
    email: str | None = None


class CompletionCounts(msgspec.Struct, frozen=True):
    """How far a task is that everyone must complete."""

    completed: int
    total: int
    completers: list[Completer]


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """A task."""

    id: str
    increment_id: int
    title: str
    original_title: str
    summary: str | UnsetType | None = UNSET
    original_summary: str | UnsetType | None = UNSET
    run_id: str | None
    run_status: str | None
    checklist_id: str | None
    step_id: str | None
    linked_step_id: str | None
    alias: str | None
    stage_id: str | None
    task_type: str
    status: str
    status_label: str
    is_oneoff_task: bool
    is_completable: bool
    is_approved: bool | None
    owners: TaskOwners
    taskdata: dict[str, Any]
    position: int
    blueprint_position: int | None
    started_at: str | None
    is_soft_start_date: bool
    deadline: str | None
    created_at: str | None
    last_updated: str | None
    archived_at: str | None
    completed_at: str | None
    starter_id: int | None
    completer_id: int | None
    completer_guest_id: str | None
    completer_guest: str | None
    everyone_must_complete: bool
    completion_progress: float | None
    completion_counts: CompletionCounts | None
    can_complete_only_assignees: bool
    allow_guest_owners: bool
    max_assignable: int
    prevent_guest_comment: bool
    top_secret: bool
    webhook: str | None
    problem: bool
    has_deadline_dependent_child_tasks: bool
    send_chromeless: bool | None
    custom_fields: dict[str, Any] | None
    is_overdue: bool
    is_due_soon: bool
    is_hidden: bool
    visibility_source: str | None
    tasks_changed_by_rules: dict[str, Any] | UnsetType = UNSET
    threads_count: int | UnsetType = UNSET
    run: Any = UNSET
    step: Any = UNSET
    form_fields: Any = UNSET
    ko_form_fields: Any = UNSET
    ko_form_fields_dashed: Any = msgspec.field(default=UNSET, name="ko-form-fields")
    tags: Any = UNSET
    folders: Any = UNSET
    threads: Any = UNSET
    comments: Any = UNSET
    issues: Any = UNSET
    assets: Any = UNSET
    roles: Any = UNSET
    groups: Any = UNSET
    activities: Any = UNSET
    member_watchers: Any = UNSET
    guest_watchers: Any = UNSET
    selected_text_comment: Any = UNSET
    summary_include: Any = UNSET


class View(msgspec.Struct, frozen=True, kw_only=True):
    """Who looks, when, and in which of the wire's forms."""

    actor: Actor
    now: datetime
    ids_for_owners: bool
    public_url: str
    organization_id: str


def task(stored: Stored, beside: Beside, view: View, *, single: bool, **includes: Any) -> Task:
    """Present one task. `single`: with its description, as item answers have it."""
    facts = StatusFacts(
        kind=stored.kind,
        status=stored.status,
        deadline=stored.deadline,
        completed_at=stored.completed_at,
        archived=stored.archived_at is not None,
        approved=stored.approved,
        has_issue=stored.has_issue,
        projected=stored.deadline_projected,
    )
    process = beside.processes.get(stored.process_id or "")
    assigned = beside.assigned.get(stored.id, [])
    counts = _counts(stored, assigned, beside)
    guest = view.actor.role == "guest"
    veil = beside.veils.get(stored.id)
    by_guest = veil is None and stored.completer is not None and stored.completer[0] == "e"
    by_member = stored.completer is not None and stored.completer[0] == "u" and not (veil and veil.assignees)
    if single:
        includes = {"summary": beside.summary(stored), "original_summary": beside.original_summary(stored), **includes}
    return Task(
        id=stored.id,
        increment_id=stored.number,
        title=beside.title(stored),
        original_title=stored.title,
        run_id=stored.process_id,
        run_status=process.status if process else None,
        checklist_id=stored.template_id,
        step_id=stored.step_id,
        linked_step_id=stored.linked_step_id,
        alias=stored.alias,
        stage_id=stored.stage_id,
        task_type=stored.kind,
        status=stored.status,
        status_label=status_label(facts, view.now),
        is_oneoff_task=stored.oneoff,
        is_completable=_completable(stored, process, assigned, view.actor),
        is_approved=stored.approved,
        owners=owners(stored, assigned, beside, view),
        taskdata={one.field_id: one.value for one in beside.answers.get(stored.id, ())},
        position=stored.position,
        blueprint_position=stored.template_position,
        started_at=instant(stored.started_at),
        is_soft_start_date=stored.soft_start,
        deadline=instant(stored.deadline),
        created_at=instant(stored.created_at),
        last_updated=instant(stored.updated_at),
        archived_at=instant(stored.archived_at),
        completed_at=instant(stored.completed_at),
        starter_id=stored.starter_id,
        completer_id=int(stored.completer[1:]) if stored.completer and by_member else None,
        completer_guest_id=stored.completer[1:] if by_guest and stored.completer else None,
        completer_guest=stored.completer_email if by_guest else None,
        everyone_must_complete=stored.everyone_must_complete,
        completion_progress=_progress(counts),
        completion_counts=counts,
        can_complete_only_assignees=stored.only_assignees_complete,
        allow_guest_owners=stored.guests_allowed,
        max_assignable=stored.max_assignable,
        prevent_guest_comment=stored.guests_may_not_comment,
        top_secret=stored.confidential,
        webhook=None if guest else stored.webhook,
        problem=stored.has_issue,
        has_deadline_dependent_child_tasks=stored.anchors_others,
        send_chromeless=stored.chromeless,
        custom_fields=None if guest else embedded(beside.custom, stored.id),
        is_overdue=is_overdue(facts, view.now),
        is_due_soon=is_due_soon(facts, view.now),
        is_hidden=stored.status == "auto-skipped",
        visibility_source=stored.visibility_source,
        **includes,
    )


def owners(stored: Stored, assigned: Sequence[Assigned], beside: Beside, view: View) -> TaskOwners:
    """The owners of spec 20 §3.1, with one direct link per guest for those who may copy links."""
    users: list[OwnerUser | int] = []
    guests, groups, urls = [], [], []
    for one in assigned:
        kind, key = one.principal[0], one.principal[1:]
        if kind == "u":
            users.append(int(key) if view.ids_for_owners else owner_user(int(key), beside.persons))
        elif kind == "e":
            guests.append(one.address or "")
            code = beside.codes.get(int(key))
            if code is not None:
                base = f"{view.public_url}/guest-all-task/{view.organization_id}/{code}"
                urls.append(f"{base}?task={stored.id}")
        else:
            groups.append(key)
    if view.actor.role == "guest":
        guests = [one for one in guests if one == view.actor.email]
        users, groups = [], []
    return TaskOwners(users, guests, groups, urls)


def _completable(stored: Stored, process: Process | None, assigned: Sequence[Assigned], actor: Actor) -> bool:
    """Whether completing would pass everything but required fields, for this caller (spec 20 §3)."""
    if not stored.is_open or stored.archived_at is not None or stored.has_issue:
        return False
    if process is not None and (process.archived_at is not None or process.process_issues != 0):
        return False
    restricted = stored.only_assignees_complete or stored.everyone_must_complete or actor.role in ("light", "guest")
    return not restricted or actor.is_admin or any(one.principal in actor.principals for one in assigned)


def _counts(stored: Stored, assigned: Sequence[Assigned], beside: Beside) -> CompletionCounts | None:
    if not stored.everyone_must_complete:
        return None
    groups = beside.group_people
    named = [one for one in assigned if not one.co_assignee]
    people = required_people(owners_of(named), None, groups)
    marks = beside.marks.get(stored.id, [])
    completers = [
        Completer("guest", instant(at), email=address)
        if who[0] == "e"
        else Completer("user", instant(at), id=int(who[1:]))
        for _, who, address, at, _ in marks
    ]
    return CompletionCounts(len(marks), len(people.members) + len(people.guests), completers)


def _progress(counts: CompletionCounts | None) -> float | None:
    if counts is None:
        return None
    return round(100.0 * counts.completed / counts.total, 2) if counts.total else 0.0
