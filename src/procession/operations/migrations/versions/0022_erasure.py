"""Salts of sealed events and the digests that outlive them; guests found by their address in every organization."""

import sqlalchemy as sa
from alembic import op

from procession.operations.migrations.columns import number, protect, text

revision = "0022"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables (spec 41 §15.4, §18.4). Events sealed before stay as they were sealed."""
    op.create_table(
        "seal_passes",
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("last_event_id", number(), nullable=False),
        sa.Column("after_id", number(), nullable=False),
        sa.Column("salts", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "last_event_id", name=op.f("pk_seal_passes")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "event_digests",
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("event_id", number(), nullable=False),
        sa.Column("digest", text(64), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "event_id", name=op.f("pk_event_digests")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_guest_links_email", "guest_links", ["email"])
    for table in ("seal_passes", "event_digests"):
        protect(table)
