"""Files of comments: who reads the comment sees them, and they go with it (spec 20 §19.1, §20.3, §20.5).

A file comes to a comment in two ways: it is uploaded to one that stands already, or it was uploaded before, and the
comment names it when it is written or changed. Access has locked what is talked about.
"""

from collections.abc import Iterable, Sequence

import msgspec

from procession.discussions.model import Comment
from procession.discussions.model import Subject as Talked
from procession.engine.attachments import FILES_LIMIT, NO_FILE
from procession.engine.model import Problem
from procession.files.keeping import let_go, take_in
from procession.files.model import File, Place, Subject
from procession.files.reading import files_of_subjects, locked_files
from procession.kernel.unit import Unit
from procession.people.model import Actor

FROM = "comment"
"""`uploaded_from` of what waits for a comment to name it."""
ELSEWHERE = "A file that belongs elsewhere cannot be attached to a comment."
TOO_MANY = f"A comment may not have more than {FILES_LIMIT} files."


class Named(msgspec.Struct, frozen=True):
    """What a comment names: `fresh` files come to it, `kept` ones are its own already."""

    fresh: Sequence[File] = ()
    kept: Sequence[File] = ()
    problems: Sequence[Problem] = ()


def comment_place(subject: Talked, comment: Comment) -> Place:
    """Where a file of this comment belongs."""
    return Place(
        subject=Subject("thread", comment.id),
        uploaded_from=FROM,
        process_id=subject.process_id,
        task_id=subject.id if subject.kind == "task" else None,
    )


def named_files(unit: Unit, actor: Actor, ids: Sequence[str], comment: Comment | None) -> Named:
    """The files that a comment (None: one that is not written yet) names, locked, or what is wrong with them.

    Only what the caller uploaded himself comes to a comment: what belongs to nothing yet, or was uploaded for one.
    """
    if not ids:
        return Named()
    found = locked_files(unit, ids)
    kept = [one for one in found.values() if comment is not None and one.subject_id == comment.id]
    others = [one for one in found.values() if one not in kept]
    fresh = [one for one in others if one.uploaded_by == actor.principal and one.archived_at is None]
    if len(kept) + len(fresh) != len(set(ids)):
        return Named(problems=[Problem(("assets",), NO_FILE)])
    if any(one.subject_id is not None and (one.uploaded_from, one.subject_kind) not in _WAITING for one in fresh):
        return Named(problems=[Problem(("assets",), ELSEWHERE)])
    return Named(fresh, kept)


_WAITING = ((FROM, "task"), (FROM, "process"))


def attach(unit: Unit, subject: Talked, comment: Comment, fresh: Sequence[File]) -> None:
    """These files, locked, are the comment's from now on."""
    if fresh:
        take_in(unit, fresh, comment_place(subject, comment))


def files_of(unit: Unit, comment: Comment) -> list[File]:
    """The comment's live files."""
    return files_of_subjects(unit, "thread", [comment.id])[comment.id]


def has_all(unit: Unit, comment: Comment, ids: Iterable[str]) -> bool:
    """Whether all of these are the comment's files already."""
    wanted = set(ids)
    return not wanted or wanted <= {one.id for one in files_of(unit, comment)}


def replace(unit: Unit, subject: Talked, comment: Comment, named: Named) -> bool:
    """The comment has the named files and no others from now on; whether that changed anything."""
    wanted = {one.id for one in named.kept}
    gone = [one for one in files_of(unit, comment) if one.id not in wanted]
    let_go(unit, gone)
    attach(unit, subject, comment, named.fresh)
    return bool(gone or named.fresh)
