"""Tags, folders and custom fields, and what they hang on."""

from datetime import datetime
from typing import Literal

import msgspec

from procession.engine.custom_fields import RecordKind
from procession.kernel.paging import Order

SubjectKind = Literal["template", "process", "task", "step"]
FolderKind = Literal["template", "process"]

PALETTE = (
    "#3366cc", "#dc3912", "#ff9900", "#109618", "#990099", "#0099c6",
    "#dd4477", "#66aa00", "#b82e2e", "#316395", "#994499", "#22aa99",
)  # fmt: skip
"""The colours of tags that were given none (spec 30 §16.2)."""

DEEPEST = 10
"""How many folders may lie inside one another (spec 30 §17.2)."""


class Subject(msgspec.Struct, frozen=True):
    """What a tag or folder hangs on. Only an `access.py` makes one, so whoever holds it has been let through."""

    kind: SubjectKind
    id: str


class Tag(msgspec.Struct, frozen=True):
    """A tag of the organization (spec 30 §16.1). `automatic`: made and removed by the server."""

    id: str
    title: str
    color: str
    automatic: bool
    created_at: datetime
    revision: int


class TagUse(msgspec.Struct, frozen=True):
    """A tag on a subject; `id` is the integer that takes it off again (spec 30 §16.4)."""

    id: int
    tag_id: str
    subject_kind: SubjectKind
    subject_id: str
    created_at: datetime
    title: str
    color: str
    automatic: bool


class Folder(msgspec.Struct, frozen=True):
    """A folder of the template library or of the tracker (spec 30 §17.1). `position` counts from 1 per parent."""

    id: str
    name: str
    kind: FolderKind
    parent_id: str | None
    position: int
    created_at: datetime
    updated_at: datetime
    revision: int


class Filing(msgspec.Struct, frozen=True):
    """A subject in a folder; `id` is the integer that takes it out again (spec 30 §17.3)."""

    id: int
    folder_id: str
    subject_kind: SubjectKind
    subject_id: str
    created_at: datetime
    name: str
    kind: FolderKind
    parent_id: str | None
    position: int


class Change(msgspec.Struct, frozen=True):
    """What a replacement of the tags or folders of a subject did: ids, in the order they were given."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed)


class Record(msgspec.Struct, frozen=True):
    """What holds values of custom fields; of people `id` is the principal. Made as a `Subject` is."""

    kind: RecordKind
    id: str


class CustomKeySearch(msgspec.Struct, frozen=True, kw_only=True):
    """Which custom field keys to list; None does not narrow (spec 00 CF-02).

    `order`: (`id` | `key` | `label` | `kind` | `type` | `created_at` | `updated_at`, descending?).
    """

    text: str | None = None
    kind: str | None = None
    type: str | None = None
    system: bool | None = None
    required: bool | None = None
    active: bool | None = None
    order: Order = (("created_at", False),)


class TagSearch(msgspec.Struct, frozen=True, kw_only=True):
    """Which tags to list. `order`: (`title` | `color` | `created_at`, descending?)."""

    text: str | None = None
    automatic: tuple[bool, ...] = (False,)
    order: Order = (("title", False),)


class FolderSearch(msgspec.Struct, frozen=True, kw_only=True):
    """Which folders to list. `order`: (`position` | `name` | `created_at`, descending?)."""

    kind: FolderKind = "template"
    text: str | None = None
    order: Order = (("position", False),)
