"""Files of comments: who reads the comment sees them, and they go with it (spec 20 §19.1, §20.3, §20.5).

A file comes to a comment in two ways: it is uploaded to one that stands already, or it was uploaded before, and the
comment names it when it is written or changed. Access has locked what is talked about.
"""

from collections.abc import Sequence

import msgspec

from procession.discussions.model import Comment, Draft
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


def named_files(unit: Unit, actor: Actor, draft: Draft, comment: Comment | None) -> Named:
    """The files that a comment (None: one that is not written yet) names, locked, or what is wrong with them.

    Only what the caller uploaded himself comes to a comment: what belongs to nothing yet, or was uploaded for one.
    Beside what is named, so does what the text shows; what it shows of others' files stays where it is.
    """
    wanted = {*(draft.files or ()), *draft.shown}
    if not wanted:
        return Named()
    found = [one for one in locked_files(unit, wanted).values() if one.archived_at is None]
    kept = [one for one in found if comment is not None and one.subject_id == comment.id]
    fresh = [one for one in found if one not in kept and one.uploaded_by == actor.principal and _waits(one)]
    missing = set(draft.files or ()) - {one.id for one in (*kept, *fresh)}
    if missing:
        own = {one.id for one in found if one.uploaded_by == actor.principal}
        return Named(problems=[Problem(("assets",), ELSEWHERE if missing <= own else NO_FILE)])
    more = files_of(unit, comment) if comment is not None and draft.files is None else kept
    if len(more) + len(fresh) > FILES_LIMIT:
        return Named(problems=[Problem(("assets",), TOO_MANY)])
    return Named(fresh, kept)


def _waits(file: File) -> bool:
    """Whether a comment may have the file: it belongs to nothing, or was uploaded for a comment."""
    at_hand = file.uploaded_from == FROM and file.subject_kind in ("task", "process", "template")
    return file.subject_id is None or at_hand


def attach(unit: Unit, subject: Talked, comment: Comment, fresh: Sequence[File]) -> None:
    """These files, locked, are the comment's from now on."""
    if fresh:
        take_in(unit, fresh, comment_place(subject, comment))


def files_of(unit: Unit, comment: Comment) -> list[File]:
    """The comment's live files."""
    return files_of_subjects(unit, "thread", [comment.id])[comment.id]


def has_all(unit: Unit, comment: Comment, draft: Draft) -> bool:
    """Whether all that the draft names are the comment's files already."""
    wanted = set(draft.files or ())
    return not wanted or wanted <= {one.id for one in files_of(unit, comment)}


def replace(unit: Unit, subject: Talked, comment: Comment, draft: Draft, named: Named) -> bool:
    """The comment has the named files too from now on, and no others if it names any; whether that changed anything."""
    wanted = {one.id for one in named.kept}
    gone = [one for one in files_of(unit, comment) if one.id not in wanted] if draft.files is not None else []
    let_go(unit, gone)
    attach(unit, subject, comment, named.fresh)
    return bool(gone or named.fresh)
