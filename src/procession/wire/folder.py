"""Folders, and what lies in them, as clients read them (spec 30 §17.1, §17.3)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from procession.labels.model import Filing, FolderKind
from procession.labels.model import Folder as Stored
from procession.wire.custom_field import NOTHING, Custom, embedded
from procession.wire.tag import SUBJECT_TYPES, SubjectType
from procession.wire.times import instant

FolderType = Literal["checklist", "run"]

FOLDER_TYPES: Mapping[FolderKind, FolderType] = {"template": "checklist", "process": "run"}


class Folder(msgspec.Struct, frozen=True, kw_only=True):
    """A folder. `parent` is its parent's name, `total` how much lies directly inside."""

    id: str
    name: str
    parent_id: str | None
    parent: str | None
    folder_type: FolderType
    position: int
    total: int
    created_at: str
    last_updated: str
    custom_fields: dict[str, Any] | None
    children: dict[str, list[Any]] | UnsetType = UNSET


class FolderRelation(msgspec.Struct, frozen=True, kw_only=True):
    """One folder something lies in; `id` (repeated) is the integer that takes it out."""

    id: int
    folder_object_id: int
    folder_id: str
    name: str
    parent_id: str | None
    folder_type: FolderType
    position: int


class FolderObject(msgspec.Struct, frozen=True, kw_only=True):
    """What filing something answers."""

    id: int
    folder_id: str
    subject_id: str
    subject_type: SubjectType
    created_at: str


class Around(msgspec.Struct, frozen=True):
    """What is shown of other folders: names and totals by id; the tree when children were asked for."""

    names: Mapping[str, str]
    totals: Mapping[str, int]
    tree: Mapping[str | None, Sequence[Stored]] | None = None
    custom: Custom = NOTHING


def show_folder(folder: Stored, around: Around) -> Folder:
    """`children` nest to any depth, and are there only when they were asked for."""
    tree = around.tree
    below = UNSET if tree is None else {"data": [show_folder(one, around) for one in tree.get(folder.id, ())]}
    return Folder(
        id=folder.id,
        name=folder.name,
        parent_id=folder.parent_id,
        parent=around.names.get(folder.parent_id) if folder.parent_id else None,
        folder_type=FOLDER_TYPES[folder.kind],
        position=folder.position,
        total=around.totals.get(folder.id, 0),
        created_at=instant(folder.created_at),
        last_updated=instant(folder.updated_at),
        custom_fields=embedded(around.custom, folder.id),
        children=below,
    )


def show_folders(filings: Iterable[Filing]) -> dict[str, Any]:
    """The include `folders` of a process or task."""
    return {
        "data": [
            FolderRelation(
                id=one.id,
                folder_object_id=one.id,
                folder_id=one.folder_id,
                name=one.name,
                parent_id=one.parent_id,
                folder_type=FOLDER_TYPES[one.kind],
                position=one.position,
            )
            for one in filings
        ]
    }


def show_filing(filing: Filing) -> FolderObject:
    """One subject in one folder."""
    return FolderObject(
        id=filing.id,
        folder_id=filing.folder_id,
        subject_id=filing.subject_id,
        subject_type=SUBJECT_TYPES[filing.subject_kind],
        created_at=instant(filing.created_at),
    )
