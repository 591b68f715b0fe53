"""Entries of the activity feed, and what is asked of it (spec 10 §14)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec

Source = Literal["member", "guest", "webhook", "api", "system"]


OWN_ACTS = ("process.exported", "file.downloaded", "task.reminded")
"""What is `emitted` and no webhook: somebody took it, or sent it himself."""


class FeedSearch(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries to list; what is empty or None does not narrow.

    `process`: of the process and everything in it; `template`: of the template and its steps; `subject`: of one thing
    of any other kind, of a comment what was told under its home. `kinds`: of subjects. `actors`: principals;
    `actor_kind`: whatever members, guests or both did. `fields` by the events' own names. `origin`: type and id of what
    launched a process by itself. `nothing`: a filter that nothing can match.
    """

    process: str | None = None
    subject: tuple[str, str] | None = None
    template: str | None = None
    kinds: tuple[str, ...] = ()
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


def tells_of_comment(entry: Happened) -> bool:
    """Whether it is about a comment or an issue; it stands under what that was written on (spec 20 §26.1)."""
    what = entry.kind.partition(".")[2]
    return entry.field == "comment" and what.startswith(("comment", "issue_re"))


class Thing(msgspec.Struct, frozen=True, kw_only=True):
    """What an entry is about, or belongs to, as it is now. `variety`: the type of a task."""

    kind: str
    id: str
    name: str
    status: str | None = None
    number: int | None = None
    variety: str | None = None
    home: str | None = None
    """The process of a task, the template of a step."""


class Someone(msgspec.Struct, frozen=True):
    """Who did it."""

    email: str
    first_name: str
    last_name: str
    picture: str | None = None

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
        """Kind and id of what the subject belongs to: a task's process, a step's template."""
        if entry.subject_kind == "step":
            thing = self.things.get(("step", entry.subject_id))
            return ("template", thing.home) if thing is not None and thing.home else None
        if entry.process_id is not None and entry.subject_kind != "process":
            return "process", entry.process_id
        return None
