"""Rows of watchers, of those who do not want to be made one again, and of favourites."""

import sqlalchemy as sa

from procession.kernel.sql import Id, Sequence, Utc, metadata, tenant_table

watchers = sa.Table(
    "watchers",
    metadata,
    sa.Column("id", Sequence, sa.Identity(), primary_key=True),
    sa.Column("organization_id", Id, nullable=False),
    sa.Column("kind", sa.String(12), nullable=False),
    sa.Column("object_id", sa.String(32), nullable=False),
    sa.Column("principal", sa.String(40), nullable=False),
    sa.Column("channel", sa.String(8), nullable=False),
    sa.Column("frequency", sa.String(8), nullable=False),
    sa.Column("url", sa.String(2048)),
    sa.Column("url_digest", sa.String(64), nullable=False),
    sa.Column("added_by", sa.String(40), nullable=False),
    sa.Column("source", sa.String(16), nullable=False),
    sa.Column("last_sent_at", Utc),
    sa.Column("created_at", Utc, nullable=False),
    sa.UniqueConstraint("organization_id", "object_id", "principal", "channel", "url_digest", name="uq_watchers_same"),
    sa.Index("ix_watchers_principal", "organization_id", "principal", "id"),
    info={"tenant": True},
    sqlite_autoincrement=True,
)
"""`url_digest`: SHA-256 of the address, empty without one; addresses are too long for an index (spec 41 §12.1)."""

unwatched = tenant_table(
    "unwatched",
    sa.Column("object_id", Id, primary_key=True),
    sa.Column("principal", sa.String(40), primary_key=True),
    rowid=False,
)
"""Who stopped watching a process: nothing makes him its watcher again but himself (spec 10 §13.3)."""

stars = tenant_table(
    "stars",
    sa.Column("subject_id", Id, primary_key=True),
    sa.Column("principal", sa.String(40), primary_key=True),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Index("ix_stars_principal", "organization_id", "principal"),
    rowid=False,
)
"""What a member or guest marked as favourite: processes and templates (personal, no revision)."""
