"""Who took a task from others."""

import sqlalchemy as sa
from alembic import op

from procession.operations.migrations.columns import document, instant, protect, text

revision = "0020"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, and bind its rows to their organization."""
    op.create_table(
        "takeovers",
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("task_id", text(32), nullable=False),
        sa.Column("principal", text(40), nullable=False),
        sa.Column("people", document(), nullable=False),
        sa.Column("at", instant(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "task_id", "principal", name=op.f("pk_takeovers")),
        sqlite_with_rowid=False,
    )
    protect("takeovers")
