"""Entries of the activity feed, and what is asked of it (spec 10 §14)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec

Source = Literal["member", "guest", "webhook", "api", "system"]
EntryType = Literal[
    "comment", "task", "process", "template", "step", "person", "organization", "tag", "group", "folder", "rule"
]
"""What sort of entry it is: files go with what they belong to."""


OWN_ACTS = ("process.exported", "file.downloaded", "task.reminded")
"""What is `emitted` and no webhook: somebody took it, or sent it himself."""


class FeedSearch(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries to list; what is empty or None does not narrow.

    `process`: of the process and everything in it; `template`: of the template and its steps; `subject`: of one thing
    of any other kind, of a task with its files, of a comment what was told under its home. `kinds`: of subjects.
    `actors`: principals; `actor_kind`: whatever members, guests or both did. `fields` by the events' own names.
    `origin`: type and id of what launched a process by itself. `nothing`: a filter that nothing can match.
    """

    process: str | None = None
    subject: tuple[str, str] | None = None
    template: str | None = None
    kinds: tuple[str, ...] = ()
    types: tuple[EntryType, ...] = ()
    verbs: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()
    actor_kind: Literal["member", "guest", "person"] | None = None
    sources: tuple[Source, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    text: str | None = None
    fields: tuple[str, ...] = ()
    origin: tuple[str, str | None] | None = None
    nothing: bool = False
    oldest_first: bool = False


class Happened(msgspec.Struct, frozen=True):
    """One event as it is stored."""

    id: int
    at: datetime
    kind: str
    verb: str
    subject_kind: str
    subject_id: str
    process_id: str | None
    field: str | None
    old: Any
    new: Any
    actor: str
    client: str | None
    imported: bool = False


def tells_of_comment(entry: Happened) -> bool:
    """Whether it is about a comment or an issue; it stands under what that was written on (spec 20 §26.1)."""
    what = entry.kind.partition(".")[2]
    return entry.field == "comment" and what.startswith(("comment", "issue_re"))


TYPE_OF: dict[str, EntryType] = {
    "comment": "comment",
    "task": "task",
    "process": "process",
    "template": "template",
    "step": "step",
    "member": "person",
    "account": "person",
    "guest": "person",
    "organization": "organization",
    "tag": "tag",
    "group": "group",
    "folder": "folder",
    "rule": "rule",
}
"""The sort of the entries about each kind of thing."""


class Thing(msgspec.Struct, frozen=True, kw_only=True):
    """What an entry is about, or belongs to, as it is now.

    `variety`: the type of a task, the kind of thing a file belongs to. `home`: the process of a task, the template of a
    step, what a file belongs to.
    """

    kind: str
    id: str
    name: str
    status: str | None = None
    number: int | None = None
    variety: str | None = None
    home: str | None = None


class Someone(msgspec.Struct, frozen=True):
    """Who did it. `converted_to`: the member that a former guest is now."""

    email: str
    first_name: str
    last_name: str
    picture: str | None = None
    converted_to: int | None = None

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.email


class Feed(msgspec.Struct, frozen=True):
    """Entries with what is shown beside them, and how many there are on all pages.

    `things` and `people` hold what still exists; `gone` the last snapshot of what was deleted, by kind and id.
    """

    entries: list[Happened]
    total: int = 0
    things: Mapping[tuple[str, str], Thing] = {}
    people: Mapping[str, Someone] = {}
    gone: Mapping[tuple[str, str], Any] = {}

    def parent(self, entry: Happened) -> tuple[str, str] | None:
        """Kind and id of what the subject belongs to: a task's process, a step's template, what a file is of."""
        if entry.process_id is not None and entry.subject_kind != "process":
            return "process", entry.process_id
        thing = self.things.get((entry.subject_kind, entry.subject_id))
        if thing is None or thing.home is None or entry.subject_kind not in ("step", "file"):
            return None
        return ("template" if entry.subject_kind == "step" else thing.variety or "task"), thing.home

    def type_of(self, entry: Happened) -> EntryType | None:
        """Which sort of entry it is; None for things that have none of their own (spec 10 §14, 20 §26.1)."""
        if entry.subject_kind == "file":
            return self._type_of_file(entry.subject_id)
        if tells_of_comment(entry) and entry.subject_kind != "task":
            return "comment"
        return TYPE_OF.get(entry.subject_kind)

    def _type_of_file(self, file_id: str) -> EntryType:
        """That of what it belongs to; of what is gone that of processes."""
        thing = self.things.get(("file", file_id))
        return TYPE_OF.get((thing.variety if thing is not None else None) or "process", "process")
