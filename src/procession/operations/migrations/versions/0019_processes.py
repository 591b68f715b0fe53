"""Public pages of processes, milestones changed in running ones, saved views."""

import sqlalchemy as sa
from alembic import op

from procession.operations.migrations.columns import document, instant, number, protect, text

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and bind their rows to their organization."""
    op.create_table(
        "public_links",
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("process_id", text(32), nullable=False),
        sa.Column("digest", text(64), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", instant(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "process_id", name=op.f("pk_public_links")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_public_links_digest", "public_links", ["digest"], unique=True)
    op.create_table(
        "process_stages",
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("process_id", text(32), nullable=False),
        sa.Column("stages", document(), nullable=False),
        sa.Column("known", document(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "process_id", name=op.f("pk_process_stages")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "saved_views",
        sa.Column("id", number(), sa.Identity(always=False), nullable=False),
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("scope", text(12), nullable=False),
        sa.Column("name", text(100), nullable=False),
        sa.Column("owner_id", number(), nullable=False),
        sa.Column("audience", document(), nullable=False),
        sa.Column("content", document(), nullable=False),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("updated_at", instant(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_saved_views_organization_id_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_saved_views_scope", "saved_views", ["organization_id", "scope"])
    for table in ("public_links", "process_stages", "saved_views"):
        protect(table)
