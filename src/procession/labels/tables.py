"""Rows of tags and folders. A subject is `(kind, id)`: template, process, task, step."""

import sqlalchemy as sa

from procession.kernel.sql import Id, Sequence, Utc, metadata, tenant_table

tags = tenant_table(
    "tags",
    sa.Column("id", Id, primary_key=True),
    sa.Column("title", sa.String(30), nullable=False),
    sa.Column("folded", sa.String(120), nullable=False),
    sa.Column("uncased", sa.String(120), nullable=False),
    sa.Column("color", sa.String(7), nullable=False),
    sa.Column("automatic", sa.Boolean, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.UniqueConstraint("organization_id", "uncased"),
    rowid=False,
)
"""`folded` is searched and sorted by; `uncased`, the title without case alone, is what two tags cannot share."""

tag_uses = sa.Table(
    "tag_uses",
    metadata,
    sa.Column("id", Sequence, sa.Identity(), primary_key=True),
    sa.Column("organization_id", Id, nullable=False),
    sa.Column("tag_id", Id, nullable=False),
    sa.Column("subject_kind", sa.String(10), nullable=False),
    sa.Column("subject_id", Id, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.ForeignKeyConstraint(["organization_id", "tag_id"], ["tags.organization_id", "tags.id"], ondelete="CASCADE"),
    sa.UniqueConstraint("organization_id", "subject_kind", "subject_id", "tag_id"),
    sa.Index("ix_tag_uses_tag_id", "organization_id", "tag_id", "subject_kind"),
    info={"tenant": True},
    sqlite_autoincrement=True,
)

folders = tenant_table(
    "folders",
    sa.Column("id", Id, primary_key=True),
    sa.Column("name", sa.String(32), nullable=False),
    sa.Column("folded", sa.String(120), nullable=False),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("parent_id", Id),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("updated_at", Utc, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Index("ix_folders_parent_id", "organization_id", "kind", "parent_id", "position"),
    rowid=False,
)
"""`kind`: `template` (the library) or `process` (the tracker, tasks too); the two never mix (spec 30 §17.1)."""

filings = sa.Table(
    "filings",
    metadata,
    sa.Column("id", Sequence, sa.Identity(), primary_key=True),
    sa.Column("organization_id", Id, nullable=False),
    sa.Column("folder_id", Id, nullable=False),
    sa.Column("subject_kind", sa.String(10), nullable=False),
    sa.Column("subject_id", Id, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.ForeignKeyConstraint(
        ["organization_id", "folder_id"], ["folders.organization_id", "folders.id"], ondelete="CASCADE"
    ),
    sa.UniqueConstraint("organization_id", "subject_kind", "subject_id", "folder_id"),
    sa.Index("ix_filings_folder_id", "organization_id", "folder_id", "subject_kind"),
    info={"tenant": True},
    sqlite_autoincrement=True,
)
"""What lies in which folder."""
