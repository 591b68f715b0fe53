"""A file, where it belongs, and what has just been received."""

from datetime import datetime
from typing import Literal

import msgspec

SubjectKind = Literal["template", "process", "task", "organization", "thread"]
"""A `thread` is a comment."""
HolderKind = Literal["process", "task", "template"]
Source = Literal["local", "url", "google_drive", "dropbox", "onedrive", "box"]

NAME_LIMIT = 255
PLACE_LIMIT = 100
"""Longest `uploaded_from` and `system`, in characters (spec 20 §20.3)."""
TEXT = "text"
CONTENT = "content"
"""In the place of a field: texts that show a file (`Use`)."""


class Subject(msgspec.Struct, frozen=True):
    """What a file belongs to. Only an access function makes one, so whoever holds it has been let through."""

    kind: SubjectKind
    id: str


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a file belongs. `uploaded_from`: a field's id, `ko_field`, `comment`, `task`, or free text."""

    subject: Subject | None = None
    uploaded_from: str = ""
    process_id: str | None = None
    task_id: str | None = None
    step_id: str | None = None


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes that lie in the store already, without a row. `allowed`: whether the name's ending is on the list."""

    id: str
    filename: str
    size: int
    content_type: str
    sha256: str
    allowed: bool


class Link(msgspec.Struct, frozen=True):
    """A file that is kept elsewhere: nothing is stored but its address."""

    filename: str
    url: str
    source: Source


class File(msgspec.Struct, frozen=True):
    """One file. `size` (bytes), `content_type` and `sha256` (hex) are None for links, whose `url` is set.

    `uploaded_by`: a principal. `process_id` and `task_id`: whose the subject is, for reading by process and by task.
    """

    id: str
    filename: str
    version: int
    uploaded_from: str
    uploaded_at: datetime
    uploaded_by: str
    source: Source
    system: str | None
    url: str | None
    size: int | None
    content_type: str | None
    sha256: str | None
    subject_kind: SubjectKind | None
    subject_id: str | None
    process_id: str | None
    task_id: str | None
    step_id: str | None
    archived_at: datetime | None
    revision: int

    @property
    def stored(self) -> bool:
        """Whether its bytes are kept here."""
        return self.size is not None


class Made(msgspec.Struct, frozen=True):
    """A picture that lies in the store already, without a row; sizes in bytes."""

    id: str
    content_type: str
    large: int
    small: int


class Picture(msgspec.Struct, frozen=True):
    """A picture as it is kept. `owner`: an account (`u12`), an organization, or a group with its organization."""

    id: str
    owner: str
    content_type: str
    large: int
    small: int
    made_at: datetime


class Use(msgspec.Struct, frozen=True):
    """A file in an answer (`field_id`), linked to a task itself (`field_id` is ""), or shown in a text.

    Texts: `TEXT` is the description of the holder; of a template also its guidance, and there is `CONTENT`, which who
    sees one of its processes reads, or the id of the step whose texts show the file.
    """

    file_id: str
    holder_kind: HolderKind
    holder_id: str
    field_id: str


def key(organization_id: str, file_id: str) -> str:
    """Where the bytes lie in the store. Made of ids alone: no name anybody sent is ever part of a path.

    The ids' last two characters are random: they spread the files over 256 folders.
    """
    return f"{organization_id}/{file_id[-2:]}/{file_id}"
