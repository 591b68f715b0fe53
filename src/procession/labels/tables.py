"""Rows of tags, folders and custom fields. A subject is `(kind, id)`: template, process, task, step."""

import sqlalchemy as sa

from procession.kernel.sql import Id, Json, Sequence, Utc, metadata, tenant_table

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

custom_keys = sa.Table(
    "custom_keys",
    metadata,
    sa.Column("id", Sequence, sa.Identity(), primary_key=True),
    sa.Column("organization_id", Id, nullable=False),
    sa.Column("kind", sa.String(14), nullable=False),
    sa.Column("key", sa.String(100), nullable=False),
    sa.Column("type", sa.String(12), nullable=False),
    sa.Column("system", sa.Boolean, nullable=False),
    sa.Column("label", sa.String(200), nullable=False),
    sa.Column("options", Json, nullable=False),
    sa.Column("columns", Json, nullable=False),
    sa.Column("required", sa.Boolean, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("updated_at", Utc, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.UniqueConstraint("organization_id", "id"),
    sa.UniqueConstraint("organization_id", "kind", "key"),
    info={"tenant": True},
    sqlite_autoincrement=True,
)
"""What an organization keeps about its records of one kind, under one name (spec 00 §22)."""

custom_values = tenant_table(
    "custom_values",
    sa.Column("record_id", sa.String(32), primary_key=True),
    sa.Column("key_id", Sequence, primary_key=True),
    sa.Column("value", Json, nullable=False),
    sa.Column("updated_at", Utc, nullable=False),
    sa.ForeignKeyConstraint(
        ["organization_id", "key_id"], ["custom_keys.organization_id", "custom_keys.id"], ondelete="CASCADE"
    ),
    sa.Index("ix_custom_values_key_id", "organization_id", "key_id"),
    rowid=False,
)
"""What a record holds. `record_id`: its id, no two records of any kind share one; of people the principal."""

custom_terms = tenant_table(
    "custom_terms",
    sa.Column("key_id", Sequence, primary_key=True),
    sa.Column("term", sa.String(64), primary_key=True),
    sa.Column("record_id", sa.String(32), primary_key=True),
    sa.ForeignKeyConstraint(
        ["organization_id", "key_id"], ["custom_keys.organization_id", "custom_keys.id"], ondelete="CASCADE"
    ),
    sa.Index("ix_custom_terms_record_id", "organization_id", "record_id"),
    rowid=False,
)
"""What processes and tasks are found by: the digest of each text that a value of theirs has."""
