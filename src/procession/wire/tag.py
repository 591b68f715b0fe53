"""Tags, and tags on something, as clients read them (spec 30 §16.1, §16.4)."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from procession.labels.model import SubjectKind, TagUse
from procession.labels.model import Tag as Stored
from procession.wire.custom_field import NOTHING, Custom, embedded
from procession.wire.times import instant

SubjectType = Literal["Checklist", "Run", "Task", "Step"]

SUBJECT_TYPES: Mapping[SubjectKind, SubjectType] = {
    "template": "Checklist",
    "process": "Run",
    "task": "Task",
    "step": "Step",
}
"""What tags and folders hang on, in the wire's words."""


class TagStatistics(msgspec.Struct, frozen=True):
    """How many templates and processes carry a tag."""

    active_template: int = 0
    archived_template: int = 0
    active_process: int = 0
    archived_process: int = 0


class Tag(msgspec.Struct, frozen=True, kw_only=True):
    """A tag. `deleted_at` is always null: a deletion is final."""

    id: str
    title: str
    color: str
    type: str | None = None
    auto_generated: bool
    created_at: str
    deleted_at: str | None = None
    custom_fields: dict[str, Any] | None
    statistics: dict[str, TagStatistics] | UnsetType = UNSET


class TagAssociation(msgspec.Struct, frozen=True, kw_only=True):
    """A tag on something; `id` is the integer that takes it off."""

    id: int
    tag_id: str
    title: str
    color: str
    tag_type: str = "private"
    type: str = "private"
    auto_generated: bool
    subject_type: SubjectType
    subject_id: str
    created_at: str


def show_tag(tag: Stored, statistics: TagStatistics | None = None, custom: Custom = NOTHING) -> Tag:
    """`statistics` stand in `data`, and only when they were asked for."""
    return Tag(
        id=tag.id,
        title=tag.title,
        color=tag.color,
        auto_generated=tag.automatic,
        created_at=instant(tag.created_at),
        custom_fields=embedded(custom, tag.id),
        statistics=UNSET if statistics is None else {"data": statistics},
    )


def show_association(use: TagUse) -> TagAssociation:
    """One tag on one subject."""
    return TagAssociation(
        id=use.id,
        tag_id=use.tag_id,
        title=use.title,
        color=use.color,
        auto_generated=use.automatic,
        subject_type=SUBJECT_TYPES[use.subject_kind],
        subject_id=use.subject_id,
        created_at=instant(use.created_at),
    )


def show_tags(uses: Iterable[TagUse]) -> dict[str, Any]:
    """The include `tags` of a template, step, process or task."""
    return {"data": [show_association(use) for use in uses]}
