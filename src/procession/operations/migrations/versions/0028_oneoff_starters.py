"""One-off tasks by who started them, so that what somebody sees is found without a look at all tasks."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """An index of one-off tasks alone: tasks of processes have nothing to pay."""
    op.create_index(
        "ix_tasks_starter_id",
        "tasks",
        ["organization_id", "starter_id"],
        sqlite_where=sa.text("oneoff = 1"),
        postgresql_where=sa.text("oneoff"),
    )


def downgrade() -> None:
    """Without it."""
    op.drop_index("ix_tasks_starter_id", "tasks")
