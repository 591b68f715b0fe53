"""Codes of guests that were replaced."""

import sqlalchemy as sa
from alembic import op

from procession.operations.migrations.columns import instant, number, protect, text

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, and bind its rows to their organization."""
    op.create_table(
        "replaced_codes",
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("code_digest", text(64), nullable=False),
        sa.Column("guest_id", number(), nullable=False),
        sa.Column("replaced_at", instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "guest_id"],
            ["guest_links.organization_id", "guest_links.guest_id"],
            name=op.f("fk_replaced_codes_organization_id_guest_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "code_digest", name=op.f("pk_replaced_codes")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_replaced_codes_guest_id", "replaced_codes", ["organization_id", "guest_id"])
    protect("replaced_codes")
