"""Comments, and what they are about (spec 20 §19.1)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

SubjectKind = Literal["process", "task", "template", "step"]
Label = Literal["comment", "problem", "resolve", "improvement", "advice"]
State = Literal["hide-for-guests", "open", "collapsed"]

HIDDEN: State = "hide-for-guests"


class Subject(msgspec.Struct, frozen=True):
    """What is talked about. Made by who let the caller through, so whoever holds it may read and write."""

    kind: SubjectKind
    id: str
    process_id: str | None = None


class Comment(msgspec.Struct, frozen=True, kw_only=True):
    """A comment, as stored. `author`, `mentioned` are principals; a `problem` is open until `resolve_id` is set."""

    id: str
    subject_kind: SubjectKind
    subject_id: str
    process_id: str | None
    author: str
    author_address: str | None
    bot: bool
    label: Label
    state: State
    content: str
    mentioned: list[str]
    selected_text: str | None
    resolve_id: str | None
    created_at: datetime
    updated_at: datetime
    revision: int

    @property
    def is_open_issue(self) -> bool:
        return self.label == "problem" and self.resolve_id is None

    def seen_by_guest(self, principal: str) -> bool:
        """Guests see what is open to them, what they wrote, and what mentions them (spec 40 §14.8)."""
        return self.state != HIDDEN or self.author == principal or principal in self.mentioned


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A comment as it was sent, cleaned. `state` None: as the author's role has it; `label` None: a plain comment.

    Of a change both leave what is.
    """

    content: str
    label: Label | None = None
    state: State | None = None
    sent_to: Sequence[int] = ()
    selected_text: str | None = None
    bot: bool = False
    files: Sequence[str] | None = None
    """Ids of the files it names; of a change None leaves them as they are."""
    created_at: datetime | None = None
    author: str | None = None
    """When it was written and by whom (a principal), when an import tells (spec 50 IMP-03)."""
    shown: Sequence[str] = ()
    """Ids of the files that its text links to or shows; those that wait for a comment are its from now on."""


class Said(msgspec.Struct, frozen=True):
    """The comment; `fresh`: it was written now."""

    comment: Comment
    fresh: bool = True


class Reaction(msgspec.Struct, frozen=True):
    """One emoji under a comment, and who chose it."""

    comment_id: str
    emoji: str
    principal: str


class NewComment(msgspec.Struct, frozen=True, kw_only=True):
    """A comment as it is to be written, cleaned and checked."""

    content: str
    label: Label = "comment"
    state: State = HIDDEN
    mentioned: tuple[str, ...] = ()
    selected_text: str | None = None
    bot: bool = False
    created_at: datetime | None = None
    """None: now."""
