"""What is indexed, what is asked for, what is found (spec 50 §6)."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

Kind = Literal[
    "template", "process", "task", "snippet", "field", "step", "comment", "file", "member", "guest", "group", "folder",
    "tag",
]  # fmt: skip

LETTERS: Mapping[Kind, str] = {
    "template": "b", "process": "p", "task": "t", "snippet": "s", "field": "c", "step": "e", "comment": "m",
    "file": "f", "member": "u", "guest": "g", "group": "r", "folder": "d", "tag": "l",
}  # fmt: skip
"""What stands before the words of each kind: every search reads the postings of one kind alone."""

LONGEST = 200_000
"""Characters of one document that are indexed; what comes after them is not found."""


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is found, with its texts as people read them: plain, unfolded, by the name of their field.

    `home_id`: what it belongs to (the process of a task, the template of a step, the subject of a comment), or itself.
    `keys`: its id and its number, which are found as a whole alone.
    """

    kind: Kind
    subject_id: str
    home_id: str
    title: str
    texts: dict[str, str]
    about: str = ""
    keys: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


class Stored(msgspec.Struct, frozen=True):
    """What is kept of a document to know whether it changed."""

    id: int
    kind: Kind
    subject_id: str
    home_id: str
    digest: str


class Kept(msgspec.Struct, frozen=True):
    """The texts of a document: hits show where they match."""

    id: int
    subject_id: str
    home_id: str
    texts: dict[str, Any]


Archived = Literal["exclude", "include", "only"]
Sort = Literal["relevance", "recent", "oldest", "created", "created_oldest", "title", "title_last"]


class Condition(msgspec.Struct, frozen=True):
    """One comparison of a bracket filter: `field` is `starter`, `date`, `title` or `description` (spec 00 FLT-11)."""

    field: str
    operation: str
    value: Any


class Both(msgspec.Struct, frozen=True):
    """Several filters that hold together, or one of which holds."""

    together: bool
    parts: tuple["Condition | Both", ...]


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One search of one kind. `text` None: the filter alone. `tags`: the names of tags count as text."""

    text: str | None
    tags: bool = False
    archived: Archived | None = None
    sort: Sort = "relevance"
    filter: Condition | Both | None = None


class Hit(msgspec.Struct, frozen=True):
    """One thing that was found, and where: field → excerpt, in which `<em>` is the only markup.

    `texts`: the texts by which it was found, as they were when they were indexed.
    """

    subject_id: str
    home_id: str
    texts: Mapping[str, Any]
    matches: tuple[tuple[str, str], ...] = ()


class Found(msgspec.Struct, frozen=True):
    """A page of hits, and how many there are on all pages."""

    hits: tuple[Hit, ...] = ()
    total: int = 0
