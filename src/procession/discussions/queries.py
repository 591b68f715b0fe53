"""All SQL of comments."""

from typing import Any

import sqlalchemy as sa

from procession.discussions.model import Comment, Reaction
from procession.discussions.tables import comment_mentions, comment_reactions, comments
from procession.kernel.sql import Among, Patch, Query, Write, columns_of, insert, insert_missing, organization, row

Bind = sa.bindparam
_comment = sa.select(*columns_of(comments, Comment)).where(organization(comments))


def _read(*columns: Any) -> Comment:
    return Comment(**dict(zip(Comment.__struct_fields__, columns, strict=True)))


COMMENTS = Query(
    _comment.where(Among(comments.c.subject_id, "subjects")).order_by(comments.c.subject_id, comments.c.id), _read
)
"""Oldest first: ids are in the order of time."""

COMMENT = Query(_comment.where(comments.c.id == Bind("id"), comments.c.subject_id == Bind("subject")), _read)
COMMENTS_BY_ID = Query(_comment.where(Among(comments.c.id, "ids")), _read)
OPEN_ISSUES = Query(
    _comment.where(
        comments.c.subject_id == Bind("subject"), comments.c.label == "problem", comments.c.resolve_id.is_(None)
    ).order_by(comments.c.id),
    _read,
)
LATEST_OF = Query(
    _comment.where(comments.c.subject_id == Bind("subject"), comments.c.author == Bind("author"))
    .order_by(comments.c.id.desc())
    .limit(1),
    _read,
)
_shown = sa.or_(
    comments.c.state != "hide-for-guests",
    comments.c.author == Bind("guest"),
    comments.c.id.in_(
        sa.select(comment_mentions.c.comment_id).where(
            organization(comment_mentions), comment_mentions.c.principal == Bind("guest")
        )
    ),
)


def _counts(*more: Any) -> Query[Any]:
    where = (organization(comments), Among(comments.c.subject_id, "subjects"), *more)
    return Query(sa.select(comments.c.subject_id, sa.func.count()).where(*where).group_by(comments.c.subject_id), row)


COUNTS = _counts()
COUNTS_FOR_GUEST = _counts(_shown)
ADD_COMMENT = insert(comments)
PATCH_COMMENT = Patch(comments, "id")
RESOLVE = Write(
    sa.update(comments)
    .where(organization(comments), Among(comments.c.id, "ids"))
    .values(resolve_id=Bind("resolution"), revision=comments.c.revision + 1)
)
DELETE_COMMENT = Write(sa.delete(comments).where(organization(comments), comments.c.id == Bind("id")))
FORGET_COMMENTS = Write(sa.delete(comments).where(organization(comments), Among(comments.c.subject_id, "subjects")))
ADD_MENTION = insert_missing(comment_mentions, on=("organization_id", "principal", "subject_id", "comment_id"))
DROP_MENTIONS = Write(
    sa.delete(comment_mentions).where(organization(comment_mentions), comment_mentions.c.comment_id == Bind("id"))
)
MOVE_COMMENTS = Write(
    sa.update(comments)
    .where(organization(comments), comments.c.author == Bind("gone"))
    .values(author=Bind("heir"), author_address=Bind("address"))
)
MENTIONS_OF = Query(
    sa.select(comment_mentions.c.subject_id, comment_mentions.c.comment_id).where(
        organization(comment_mentions), comment_mentions.c.principal == Bind("principal")
    ),
    row,
)
REACTIONS = Query(
    sa.select(*columns_of(comment_reactions, Reaction))
    .where(organization(comment_reactions), Among(comment_reactions.c.comment_id, "comments"))
    .order_by(comment_reactions.c.at, comment_reactions.c.principal),
    Reaction,
)
ADD_REACTION = insert_missing(comment_reactions, on=("organization_id", "comment_id", "emoji", "principal"))
DROP_REACTION = Write(
    sa.delete(comment_reactions).where(
        organization(comment_reactions),
        comment_reactions.c.comment_id == Bind("comment"),
        comment_reactions.c.emoji == Bind("emoji"),
        comment_reactions.c.principal == Bind("principal"),
    )
)

WRITTEN_BY = Query(
    _comment.where(comments.c.author == Bind("author")).order_by(comments.c.id.desc()).limit(Bind("count")), _read
)
