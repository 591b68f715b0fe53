"""Rows of files and of where they are used."""

import sqlalchemy as sa

from procession.kernel.sql import Id, Sequence, Utc, metadata, tenant_table

files = tenant_table(
    "files",
    sa.Column("id", Id, primary_key=True),
    sa.Column("filename", sa.String(255), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("uploaded_from", sa.String(100), nullable=False),
    sa.Column("uploaded_at", Utc, nullable=False),
    sa.Column("uploaded_by", sa.String(40), nullable=False),
    sa.Column("source", sa.String(20), nullable=False),
    sa.Column("system", sa.String(100)),
    sa.Column("url", sa.String(2048)),
    sa.Column("size", Sequence),
    sa.Column("content_type", sa.String(100)),
    sa.Column("sha256", sa.String(64)),
    sa.Column("subject_kind", sa.String(12)),
    sa.Column("subject_id", Id),
    sa.Column("process_id", Id),
    sa.Column("task_id", Id),
    sa.Column("step_id", Id),
    sa.Column("archived_at", Utc),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Index("ix_files_subject_id", "organization_id", "subject_id", "uploaded_from"),
    sa.Index("ix_files_process_id", "organization_id", "process_id"),
    sa.Index("ix_files_task_id", "organization_id", "task_id"),
    sa.Index(
        "ix_files_loose",
        "uploaded_at",
        sqlite_where=sa.text("subject_id IS NULL"),
        postgresql_where=sa.text("subject_id IS NULL"),
    ),
    rowid=False,
)
"""A file belongs to a subject, or to nothing yet; the bytes' key in the store follows from the ids."""

file_uses = tenant_table(
    "file_uses",
    sa.Column("holder_id", Id, primary_key=True),
    sa.Column("field_id", sa.String(32), primary_key=True),
    sa.Column("file_id", Id, primary_key=True),
    sa.Column("holder_kind", sa.String(12), nullable=False),
    sa.ForeignKeyConstraint(["organization_id", "file_id"], ["files.organization_id", "files.id"], ondelete="CASCADE"),
    sa.Index("ix_file_uses_file_id", "organization_id", "file_id"),
    rowid=False,
)
"""Which answers name which file; `field_id` is empty where the file is linked to the task itself."""

pictures = sa.Table(
    "pictures",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("owner", sa.String(70), nullable=False),
    sa.Column("content_type", sa.String(20), nullable=False),
    sa.Column("large", Sequence, nullable=False),
    sa.Column("small", Sequence, nullable=False),
    sa.Column("made_at", Utc, nullable=False),
    sa.Index("uq_pictures_owner", "owner", unique=True),
    sqlite_with_rowid=False,
)
"""Photos and logos, which anybody sees who has their address. `owner`: an account, an organization, a group of one.

Global: an account's picture is the same in every organization. `large`, `small`: bytes of its two sizes in the store.
"""
