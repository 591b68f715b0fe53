"""Comments: written, changed, resolved, deleted (spec 20 §19).

Whoever holds a `Subject` has been let through. What happened is told by who holds it: the events are the subject's.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from procession.discussions import queries
from procession.discussions.model import Comment, NewComment, Reaction, Subject
from procession.kernel.ids import id_of, new_id
from procession.kernel.unit import Unit

NO_ISSUE = "The selected thread is no open issue."
AGAIN = timedelta(seconds=10)
"""The same comment by the same author within this time is the same (spec 00 §15.3)."""


def comments_of(unit: Unit, ids: Iterable[str]) -> dict[str, list[Comment]]:
    """The comments on each of these, oldest first. Every id has an entry."""
    found: dict[str, list[Comment]] = {one: [] for one in ids}
    if found:
        for comment in unit.all(queries.COMMENTS, subjects=list(found)):
            found[comment.subject_id].append(comment)
    return found


def counts_of(unit: Unit, ids: Sequence[str], guest: str | None = None) -> dict[str, int]:
    """How many comments stand on each of these, of those that this guest sees. Every id has an entry."""
    found = dict.fromkeys(ids, 0)
    if found:
        query = queries.COUNTS if guest is None else queries.COUNTS_FOR_GUEST
        found.update(dict(unit.all(query, subjects=list(found), guest=guest)))
    return found


def find_comment(unit: Unit, subject: Subject, comment_id: str) -> Comment | None:
    """One comment on the subject."""
    return unit.one(queries.COMMENT, subject=subject.id, id=comment_id)


def comments_by_id(unit: Unit, ids: Iterable[str]) -> dict[str, Comment]:
    """Those of the comments that exist, whatever they are about."""
    wanted = sorted(set(ids))
    return {one.id: one for one in unit.all(queries.COMMENTS_BY_ID, ids=wanted)} if wanted else {}


def open_issues(unit: Unit, subject: Subject) -> list[Comment]:
    """The problems on the subject that nobody resolved, oldest first."""
    return unit.all(queries.OPEN_ISSUES, subject=subject.id)


def issues_to_resolve(unit: Unit, subject: Subject, thread_id: str | None) -> tuple[Comment | None, list[Comment]]:
    """The open issues that a resolution closes: the one named, or all (None).

    Beside them the resolution of the one named, when it has been resolved before (spec 20 §19.4).
    """
    waiting = open_issues(unit, subject)
    if thread_id is None:
        return None, waiting
    issue = find_comment(unit, subject, thread_id)
    if issue is not None and issue.label == "problem" and issue.resolve_id is not None:
        earlier = find_comment(unit, subject, issue.resolve_id)
        if earlier is not None:
            return earlier, []
    return None, [one for one in waiting if one.id == thread_id]


def said_already(unit: Unit, subject: Subject, author: str, new: NewComment) -> Comment | None:
    """The same comment by the same author a moment ago; of one with a time of its own, the one of that time."""
    if new.created_at is not None:
        found = unit.all(queries.COMMENTS, subjects=[subject.id])
        wanted = (author, new.created_at, new.content, new.label)
        return next((one for one in found if (one.author, one.created_at, one.content, one.label) == wanted), None)
    latest = unit.one(queries.LATEST_OF, subject=subject.id, author=author)
    if latest is None or latest.created_at < unit.now - AGAIN:
        return None
    return latest if (latest.content, latest.label, latest.bot) == (new.content, new.label, new.bot) else None


def add_comment(unit: Unit, subject: Subject, author: str, address: str | None, new: NewComment) -> Comment:
    """Write a comment. `address`: that of a guest, who is shown by it."""
    at = new.created_at or unit.now
    comment = Comment(
        id=new_id() if new.created_at is None else id_of(at),
        subject_kind=subject.kind,
        subject_id=subject.id,
        process_id=subject.process_id,
        author=author,
        author_address=address,
        bot=new.bot,
        label=new.label,
        state=new.state,
        content=new.content,
        mentioned=list(new.mentioned),
        selected_text=new.selected_text,
        resolve_id=None,
        created_at=at,
        updated_at=at,
        revision=1,
    )
    unit.write(queries.ADD_COMMENT, **msgspec.structs.asdict(comment))
    _mention(unit, comment)
    return comment


def change_comment(unit: Unit, comment: Comment, *, touched: bool = False, **changes: Any) -> Comment:
    """Set members of a comment; the same again changes nothing, unless what hangs on it was `touched`."""
    different = {name: value for name, value in changes.items() if getattr(comment, name) != value}
    if not different and not touched:
        return comment
    columns = {**different, "updated_at": unit.now, "revision": comment.revision + 1}
    unit.patch(queries.PATCH_COMMENT, columns, id=comment.id)
    changed = msgspec.structs.replace(comment, **columns)
    if "mentioned" in different:
        unit.write(queries.DROP_MENTIONS, id=comment.id)
        _mention(unit, changed)
    return changed


def _mention(unit: Unit, comment: Comment) -> None:
    rows = [{"principal": one, "subject_id": comment.subject_id, "comment_id": comment.id} for one in comment.mentioned]
    unit.write_many(queries.ADD_MENTION, rows)


def resolve(unit: Unit, issues: Sequence[Comment], resolution: Comment) -> None:
    """These issues are closed by that comment."""
    unit.write(queries.RESOLVE, ids=[one.id for one in issues], resolution=resolution.id)


def delete_comment(unit: Unit, comment: Comment) -> None:
    """Delete a comment for good, with its reactions."""
    unit.write(queries.DELETE_COMMENT, id=comment.id)


def forget_comments(unit: Unit, ids: Sequence[str]) -> None:
    """Delete the comments on what is deleted for good."""
    if ids:
        unit.write(queries.FORGET_COMMENTS, subjects=list(ids))


def hand_over_comments(unit: Unit, gone: str, heir: str, address: str | None) -> None:
    """What a guest wrote and what mentions him is another's, or the member's he became (spec 40 §14.3, §14.6).

    `address`: of the other guest; a member has none beside his comments.
    """
    unit.write(queries.MOVE_COMMENTS, gone=gone, heir=heir, address=address)
    rows = [
        {"principal": heir, "subject_id": subject, "comment_id": comment}
        for subject, comment in unit.all(queries.MENTIONS_OF, principal=gone)
    ]
    unit.write_many(queries.ADD_MENTION, rows)


def reactions_to(unit: Unit, ids: Iterable[str]) -> dict[str, list[Reaction]]:
    """The reactions to these comments, first come first. Every id has an entry."""
    found: dict[str, list[Reaction]] = {one: [] for one in ids}
    if found:
        for one in unit.all(queries.REACTIONS, comments=list(found)):
            found[one.comment_id].append(one)
    return found


def react(unit: Unit, comment: Comment, emoji: str, principal: str, *, on: bool) -> None:
    """Put an emoji under a comment, or take one's own away; so already: nothing happens."""
    if on:
        unit.write(queries.ADD_REACTION, comment_id=comment.id, emoji=emoji, principal=principal, at=unit.now)
    else:
        unit.write(queries.DROP_REACTION, comment=comment.id, emoji=emoji, principal=principal)


def written_by(unit: Unit, author: str, most: int) -> list[Comment]:
    """What somebody wrote, the newest first, `most` of it."""
    return unit.all(queries.WRITTEN_BY, author=author, count=most)
