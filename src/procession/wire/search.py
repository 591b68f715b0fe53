"""Hits of a search as clients read them (spec 50 §6, 00 §25)."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from procession.wire.task import TaskOwners

TYPES: Mapping[str, str] = {
    "template": "blueprint", "process": "process", "task": "task", "snippet": "snippet", "field": "capture",
    "step": "step", "comment": "comment", "file": "file", "member": "member", "guest": "guest", "group": "group",
    "folder": "folder", "tag": "tag",
}  # fmt: skip
"""What clients call each kind of thing; the key of its hits."""

_FIELDS: Mapping[str, Mapping[str, str]] = {
    "process": {"title": "name", "answers": "form_fields"},
    "template": {"kickoff": "prerun"},
    "member": {"name": "full_name"},
    "guest": {"name": "full_name"},
}
_EVERYWHERE: Mapping[str, str] = {"number": "increment_id"}


class Match(msgspec.Struct, frozen=True):
    """Where a hit matches: the excerpt is plain text but for `<em>` around the words (SRCH-05)."""

    field: str
    excerpt: str


class HitFolder(msgspec.Struct, frozen=True):
    """A folder that a hit lies in."""

    id: str
    name: str
    parent_id: str | None
    folder_type: str


class HitTag(msgspec.Struct, frozen=True):
    """A tag on a hit."""

    id: str
    title: str
    color: str


class SearchHit(msgspec.Struct, frozen=True, kw_only=True):
    """One hit; the members that its type has."""

    id: str | int
    increment_id: int | UnsetType = UNSET
    name: str | UnsetType = UNSET
    title: str | UnsetType = UNSET
    label: str | UnsetType = UNSET
    status: str | UnsetType = UNSET
    status_label: str | UnsetType = UNSET
    type: str | UnsetType = UNSET
    field_type: str | UnsetType = UNSET
    folder_type: str | UnsetType = UNSET
    alias: str | UnsetType = UNSET
    content: str | UnsetType = UNSET
    filename: str | UnsetType = UNSET
    email: str | UnsetType = UNSET
    full_name: str | UnsetType = UNSET
    color: str | UnsetType = UNSET
    organization_id: str | UnsetType = UNSET
    checklist_id: str | UnsetType | None = UNSET
    checklist_title: str | UnsetType = UNSET
    step_id: str | UnsetType | None = UNSET
    run_id: str | UnsetType | None = UNSET
    task_id: str | UnsetType | None = UNSET
    process_name: str | UnsetType | None = UNSET
    position: int | UnsetType = UNSET
    steps_count: int | UnsetType = UNSET
    icon: str | UnsetType | None = UNSET
    is_public: bool | UnsetType = UNSET
    is_featured: bool | UnsetType = UNSET
    is_oneoff_task: bool | UnsetType = UNSET
    starred: bool | UnsetType = UNSET
    due_date: str | UnsetType | None = UNSET
    due_date_passed: bool | UnsetType = UNSET
    due_soon: bool | UnsetType = UNSET
    deadline: str | UnsetType | None = UNSET
    starter_id: int | UnsetType | None = UNSET
    owners: TaskOwners | UnsetType = UNSET
    folders: list[HitFolder] | UnsetType = UNSET
    folder_path: list[HitFolder] | UnsetType = UNSET
    tags: list[HitTag] | UnsetType = UNSET
    created_at: str | UnsetType | None = UNSET
    last_updated: str | UnsetType | None = UNSET
    matches: list[Match] = []


class HitPage(msgspec.Struct, frozen=True):
    """The hits of one type: a page, and its place among all pages."""

    data: list[SearchHit]
    meta: dict[str, Any]


class SearchResults(msgspec.Struct, frozen=True, kw_only=True):
    """One member for each type that was asked for."""

    blueprint: HitPage | UnsetType = UNSET
    process: HitPage | UnsetType = UNSET
    task: HitPage | UnsetType = UNSET
    snippet: HitPage | UnsetType = UNSET
    capture: HitPage | UnsetType = UNSET
    step: HitPage | UnsetType = UNSET
    comment: HitPage | UnsetType = UNSET
    file: HitPage | UnsetType = UNSET
    member: HitPage | UnsetType = UNSET
    guest: HitPage | UnsetType = UNSET
    group: HitPage | UnsetType = UNSET
    folder: HitPage | UnsetType = UNSET
    tag: HitPage | UnsetType = UNSET


def matches(kind: str, found: Sequence[tuple[str, str]]) -> list[Match]:
    """The matches of a hit under the wire's names of its fields."""
    own = _FIELDS.get(kind, {})
    return [Match(own.get(field) or _EVERYWHERE.get(field, field), excerpt) for field, excerpt in found]
