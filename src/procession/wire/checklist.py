"""Templates and steps as clients read them (spec 30 §2.1, §8.1): every key, includes on demand."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from procession.engine.model import Offset, TemplateDocument
from procession.engine.model import Stage as StoredStage
from procession.engine.model import Step as StoredStep
from procession.templates.model import Right, RightName, Rights, Template, TemplateSettings
from procession.wire.automation import AutomatedAction, automated_actions
from procession.wire.capture import Capture, Prerun, capture, prerun
from procession.wire.custom_field import NOTHING, Custom, embedded
from procession.wire.library import PublicTag, public_tag
from procession.wire.none import listed
from procession.wire.times import instant, instants

Wrapped = dict[str, Any]


class stepDeadline(msgspec.Struct, frozen=True, gc=False):  # noqa: N801 - the published name (spec 00 OAS-02)
    """When a step is due."""

    value: int
    unit: str
    option: str
    step: str | None


class StartDate(msgspec.Struct, frozen=True, gc=False):
    """How long before its deadline a step starts."""

    value: int
    unit: str


class Step(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A step of a template."""

    id: str
    checklist_id: str
    alias: str
    title: str
    summary: str | None
    step_type: str
    position: int
    assignees: list[int]
    guests: list[str]
    groups: list[str]
    roles: list[str]
    role_changes_every_time: bool
    assign_run_starter: bool
    allow_guest_owners: bool
    max_assignable: int
    everyone_must_complete: bool
    can_complete_only_assignees: bool
    prevent_guest_comment: bool
    skip_start_process: bool
    hidden_by_default: bool
    top_secret: bool
    send_chromeless: bool
    deadline: stepDeadline | None
    start_date: StartDate | None
    is_soft_start_date: bool
    webhook: str | None
    bp_to_launch: dict[str, Any] | None
    stage_id: str | None
    captures: list[Capture]
    owner_id: int | None
    ai_assigned: bool | None
    ai_allowed_app_keys: list[str] | None
    ai_on_uncertainty: str | None
    custom_fields: dict[str, Any] | None
    created_at: str | None
    last_updated: str | None
    archived_at: str | None
    tags: Wrapped | UnsetType = UNSET
    comments: Wrapped | UnsetType = UNSET
    threads: Wrapped | UnsetType = UNSET
    threads_count: int | UnsetType = UNSET
    stage: Wrapped | UnsetType = UNSET


class Checklist(msgspec.Struct, frozen=True, kw_only=True):
    """A template."""

    id: str
    increment_id: int
    title: str
    summary: str | None
    guidance: str | None
    alias: str
    type: str
    status: str
    starred: bool
    webhook: str | None
    explanation_video: str | None
    icon: str | None
    public_cover: str | None
    folder_id: str | None
    prerun: list[Prerun]
    automated_actions: list[AutomatedAction]
    steps_count: int
    created_by: int
    owner_id: int
    user_id: int | None
    kickoff_title: str | None
    kickoff_description: str | None
    started_processes: int
    created_at: str
    last_updated: str
    last_updated_by: int
    archived_at: str | None
    is_public: bool
    is_featured: bool
    library_status: Literal["private", "waiting", "listed"]
    is_public_kickoff: bool
    kickoff_sharing_user_id: int | None
    topic_tags: list[PublicTag]
    industry_tags: list[PublicTag]
    auto_naming: bool
    default_process_name_format: str | None
    allow_launcher_change_name: bool
    folderize_process: bool
    tag_process: bool
    default_folder: str | None
    folder_changeable_by_launcher: bool
    can_add_oot: bool
    is_pinned: bool
    reference_only: bool
    dual_version_enabled: bool
    is_published_state: bool
    replace_state_conditionally: bool
    users: list[int]
    groups: list[str]
    ko_form_blueprint_id: str | None
    content: str | None
    custom_fields: dict[str, Any] | None
    steps: Wrapped | UnsetType = UNSET
    tags: Wrapped | UnsetType = UNSET
    folder: Wrapped | UnsetType = UNSET
    folders: Wrapped | UnsetType = UNSET
    folder_tree: list[dict[str, Any]] | UnsetType = UNSET
    permissions: Wrapped | UnsetType = UNSET
    stages: Wrapped | UnsetType = UNSET
    linked_tasks: Wrapped | UnsetType = UNSET
    assets: Wrapped | UnsetType = UNSET
    runs: Wrapped | UnsetType = UNSET
    statistics: Wrapped | UnsetType = UNSET
    member_watchers: Wrapped | UnsetType = UNSET
    guest_watchers: Wrapped | UnsetType = UNSET
    threads: Wrapped | UnsetType = UNSET


class DeletedReference(msgspec.Struct, frozen=True):
    """Something that referred to an archived template."""

    type: str
    title: str
    id: str


class ArchivedChecklist(msgspec.Struct, frozen=True):
    """The answer of archiving a template (spec 30 §3.6)."""

    message: str
    deleted_references: list[DeletedReference]


# -- steps ------------------------------------------------------------------------------------------------------------


def step(
    stored: StoredStep, checklist_id: str, includes: Mapping[str, Any] | None = None, custom: Custom = NOTHING
) -> Step:
    """A step with its fields; `includes` are members that were asked for, wrapped."""
    extra = stored.extra
    made, updated = instants(stored.created_at, stored.updated_at)
    return Step(
        id=stored.id,
        checklist_id=checklist_id,
        alias=stored.alias,
        title=stored.title,
        summary=stored.summary,
        step_type=stored.kind,
        position=stored.position,
        assignees=listed(stored.members),
        guests=listed(stored.guests),
        groups=listed(stored.groups),
        roles=listed(stored.roles),
        role_changes_every_time=stored.role_changes_every_time,
        assign_run_starter=stored.assign_starter,
        allow_guest_owners=stored.guests_allowed,
        max_assignable=stored.max_assignable,
        everyone_must_complete=stored.everyone_must_complete,
        can_complete_only_assignees=stored.only_assignees_complete,
        prevent_guest_comment=stored.guests_may_not_comment,
        skip_start_process=stored.mandatory,
        hidden_by_default=stored.hidden_by_default,
        top_secret=stored.confidential,
        send_chromeless=stored.chromeless,
        deadline=_deadline(stored),
        start_date=_start(stored.start),
        is_soft_start_date=stored.soft_start,
        webhook=stored.webhook,
        bp_to_launch=launches(stored.launches),
        stage_id=stored.stage_id,
        captures=[
            capture(field, checklist_id=checklist_id, step_id=stored.id, custom=custom) for field in stored.fields
        ],
        owner_id=extra.get("owner_id"),
        ai_assigned=extra.get("ai_assigned"),
        ai_allowed_app_keys=extra.get("ai_allowed_app_keys"),
        ai_on_uncertainty=extra.get("ai_on_uncertainty"),
        custom_fields=embedded(custom, stored.id),
        created_at=made,
        last_updated=updated,
        archived_at=None,
        **(includes or {}),
    )


def _deadline(stored: StoredStep) -> stepDeadline | None:
    rule = stored.deadline
    return stepDeadline(rule.value, rule.unit, rule.option, rule.step) if rule is not None else None


def _start(start: Offset | None) -> StartDate | None:
    return StartDate(start.value, start.unit) if start is not None else None


def launches(stored: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The template that a step launches (spec 30 §12)."""
    if stored is None:
        return None
    shown: dict[str, Any] = {
        "id": stored["template_id"],
        "default_name_format": stored.get("name_format"),
        "tasks_within_process": stored.get("inject", False),
    }
    return shown | {"prerun_map": stored["field_map"]} if stored.get("field_map") else shown


# -- templates --------------------------------------------------------------------------------------------------------


def checklist(
    template: Template,
    document: TemplateDocument,
    *,
    starred: bool,
    includes: Mapping[str, Any] | None = None,
    custom: Custom = NOTHING,
    reviewed: bool = False,
) -> Checklist:
    """A template with its kick-off form and rules; `includes` are members that were asked for, wrapped.

    `reviewed`: the public library lists what the operator let in.
    """
    settings = template.settings
    return Checklist(
        id=template.id,
        increment_id=template.number,
        title=template.title,
        summary=settings.summary,
        guidance=settings.guidance,
        alias=template.alias,
        type=template.kind,
        status=template.label,
        starred=starred,
        webhook=settings.webhook,
        explanation_video=settings.video,
        icon=settings.icon,
        public_cover=settings.cover,
        folder_id=template.folder_id,
        prerun=[prerun(field, template.id, custom) for field in document.kickoff],
        automated_actions=automated_actions(document),
        steps_count=template.steps,
        created_by=template.created_by,
        owner_id=template.owner_id,
        user_id=settings.launcher,
        kickoff_title=settings.kickoff_title,
        kickoff_description=settings.kickoff_description,
        started_processes=template.launches,
        created_at=instant(template.created_at),
        last_updated=instant(template.updated_at),
        last_updated_by=template.updated_by,
        archived_at=instant(template.archived_at),
        is_public=settings.public,
        is_featured=settings.featured,
        library_status=_library_status(settings, reviewed=reviewed),
        is_public_kickoff=settings.public_kickoff,
        kickoff_sharing_user_id=settings.kickoff_member,
        topic_tags=[public_tag(one) for one in settings.topics],
        industry_tags=[public_tag(one) for one in settings.industries],
        auto_naming=settings.auto_naming,
        default_process_name_format=settings.name_format,
        allow_launcher_change_name=settings.launcher_may_rename,
        folderize_process=settings.file_processes,
        tag_process=settings.tag_processes,
        default_folder=settings.process_folder,
        folder_changeable_by_launcher=settings.launcher_may_refile,
        can_add_oot=settings.adhoc_tasks,
        is_pinned=template.pinned,
        reference_only=settings.reference_only,
        dual_version_enabled=settings.drafts,
        is_published_state=settings.published,
        replace_state_conditionally=settings.approval,
        users=list(template.rights.members),
        groups=list(template.rights.groups),
        ko_form_blueprint_id=settings.kickoff_template,
        content=document.content,
        custom_fields=embedded(custom, template.id),
        **(includes or {}),
    )


def _library_status(settings: TemplateSettings, *, reviewed: bool) -> Literal["private", "waiting", "listed"]:
    if not settings.public:
        return "private"
    return "waiting" if reviewed and settings.approved is None else "listed"


def checklist_for_guest(shown: Checklist) -> Checklist:
    """Without people, rules, and addresses that are called (spec 40 §14.7)."""
    return msgspec.structs.replace(
        shown,
        webhook=None,
        automated_actions=[],
        user_id=None,
        kickoff_sharing_user_id=None,
        users=[],
        groups=[],
    )


def for_guest(shown: Step) -> Step:
    """As `checklist_for_guest`, for a step; of a confidential one nothing but that it is there."""
    hidden: dict[str, Any] = {"title": "", "summary": None, "captures": []} if shown.top_secret else {}
    return msgspec.structs.replace(
        shown,
        assignees=[],
        guests=[],
        groups=[],
        roles=[],
        webhook=None,
        bp_to_launch=None,
        owner_id=None,
        ai_assigned=None,
        ai_allowed_app_keys=None,
        ai_on_uncertainty=None,
        **hidden,
    )


PERMISSIONS: Mapping[RightName, str] = {
    "edit": "checklist_edit",
    "read": "checklist_read",
    "launch": "process_launch",
    "duplicate": "checklist_duplicate",
    "process_read": "process_read",
}
"""What clients call the five rights."""


def permissions(rights: Rights, guests: list[str] | None = None) -> dict[str, Any]:
    """The five rights under their published keys (spec 30 §4.2). `guests`: whom it is shared with, if anybody."""
    shared = {"guests": guests} if guests else {}
    shown = {name: _right(getattr(rights, right)) for right, name in PERMISSIONS.items()}
    return {**shown, "checklist_read": shown["checklist_read"] | shared}


def _right(right: Right) -> dict[str, Any]:
    return {"everyone": right.everyone, "users": list(right.members), "groups": list(right.groups)}


class Stage(msgspec.Struct, frozen=True):
    """A milestone of a template with its steps, in their order (spec 30 §7)."""

    id: str
    checklist_id: str
    title: str
    position: int
    step_ids: list[str]
    created_at: str | None
    last_updated: str | None


def stages(document: TemplateDocument, checklist_id: str) -> list[Stage]:
    """The stages in order."""
    return [stage(one, document, checklist_id) for one in sorted(document.stages, key=lambda one: one.position)]


def stage(stored: StoredStage, document: TemplateDocument, checklist_id: str) -> Stage:
    """A stage with the steps that name it."""
    return Stage(
        id=stored.id,
        checklist_id=checklist_id,
        title=stored.title,
        position=stored.position,
        step_ids=[one.id for one in _in_order(document.steps) if one.stage_id == stored.id],
        created_at=instant(stored.created_at),
        last_updated=instant(stored.updated_at),
    )


def steps(
    document: TemplateDocument,
    checklist_id: str,
    custom: Custom = NOTHING,
    includes: Mapping[str, Mapping[str, Any]] | None = None,
) -> list[Step]:
    """Every step in order; `includes`: by step, members that were asked for."""
    beside = includes or {}
    return [step(one, checklist_id, beside.get(one.id), custom) for one in _in_order(document.steps)]


def _in_order(stored: Sequence[StoredStep]) -> list[StoredStep]:
    return sorted(stored, key=lambda one: one.position)
