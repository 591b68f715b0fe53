"""Reusable lists."""

import sqlalchemy as sa
from alembic import op

from procession.operations.migrations.columns import document, instant, number, protect, text

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, and bind its rows to their organization."""
    op.create_table(
        "shared_lists",
        sa.Column("id", number(), sa.Identity(always=False), nullable=False),
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("name", text(250), nullable=False),
        sa.Column("folded", text(1000), nullable=False),
        sa.Column("columns", document(), nullable=False),
        sa.Column("rows", document(), nullable=False),
        sa.Column("numbers", document(), nullable=False),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("updated_at", instant(), nullable=False),
        sa.Column("deleted_at", instant()),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shared_lists")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_shared_lists_organization_id_id")),
        sqlite_autoincrement=True,
    )
    protect("shared_lists")
