"""Rows of comments, of whom they mention, and of reactions to them."""

import sqlalchemy as sa

from procession.kernel.sql import Id, Json, Utc, tenant_table

comments = tenant_table(
    "comments",
    sa.Column("id", Id, primary_key=True),
    sa.Column("subject_kind", sa.String(10), nullable=False),
    sa.Column("subject_id", Id, nullable=False),
    sa.Column("process_id", Id),
    sa.Column("author", sa.String(40), nullable=False),
    sa.Column("author_address", sa.String(254)),
    sa.Column("bot", sa.Boolean, nullable=False),
    sa.Column("label", sa.String(12), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("mentioned", Json, nullable=False),
    sa.Column("selected_text", sa.Text),
    sa.Column("resolve_id", Id),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("updated_at", Utc, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Index("ix_comments_subject_id", "organization_id", "subject_id", "id"),
    rowid=False,
)

comment_mentions = tenant_table(
    "comment_mentions",
    sa.Column("principal", sa.String(40), primary_key=True),
    sa.Column("subject_id", Id, primary_key=True),
    sa.Column("comment_id", Id, primary_key=True),
    sa.ForeignKeyConstraint(
        ["organization_id", "comment_id"], ["comments.organization_id", "comments.id"], ondelete="CASCADE"
    ),
    sa.Index("ix_comment_mentions_comment_id", "organization_id", "comment_id"),
    rowid=False,
)
"""Who is mentioned where: lists are narrowed by it."""

comment_reactions = tenant_table(
    "comment_reactions",
    sa.Column("comment_id", Id, primary_key=True),
    sa.Column("emoji", sa.String(32), primary_key=True),
    sa.Column("principal", sa.String(40), primary_key=True),
    sa.Column("at", Utc, nullable=False),
    sa.ForeignKeyConstraint(
        ["organization_id", "comment_id"], ["comments.organization_id", "comments.id"], ondelete="CASCADE"
    ),
    rowid=False,
)
