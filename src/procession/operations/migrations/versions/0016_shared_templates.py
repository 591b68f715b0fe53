"""Templates shared with guests."""

import sqlalchemy as sa
from alembic import op

from procession.operations.migrations.columns import instant, number, protect, text

revision = "0016"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, and bind its rows to their organization."""
    op.create_table(
        "template_guests",
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("template_id", text(32), nullable=False),
        sa.Column("guest_id", number(), autoincrement=False, nullable=False),
        sa.Column("added_by", number()),
        sa.Column("created_at", instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "template_id"],
            ["templates.organization_id", "templates.id"],
            name=op.f("fk_template_guests_organization_id_template_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "template_id", "guest_id", name=op.f("pk_template_guests")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_template_guests_guest_id", "template_guests", ["organization_id", "guest_id"])
    protect("template_guests")
