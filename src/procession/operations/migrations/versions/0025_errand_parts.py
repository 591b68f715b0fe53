"""Parts of what an errand writes: exports that a worker makes."""

import sqlalchemy as sa
from alembic import op

from procession.operations.migrations.columns import protect, text

revision = "0025"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table (spec 10 §16.3)."""
    op.create_table(
        "errand_parts",
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("errand_id", text(32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "errand_id"],
            ["errands.organization_id", "errands.id"],
            name=op.f("fk_errand_parts_organization_id_errand_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "errand_id", "position", name=op.f("pk_errand_parts")),
        sqlite_with_rowid=False,
    )
    protect("errand_parts")


def downgrade() -> None:
    """Exports that were made are lost; they can be asked for again."""
    op.drop_table("errand_parts")
