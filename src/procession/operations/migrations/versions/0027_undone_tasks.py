"""Deadlines of what is undone in an index of their own, so that overdue work is found beside years of finished work."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

UNDONE = "completed_at IS NULL AND archived_at IS NULL AND hidden_from IS NULL AND deadline IS NOT NULL"
PUT_AWAY = "(completed_at IS NOT NULL OR archived_at IS NOT NULL OR hidden_from IS NOT NULL) AND deadline IS NOT NULL"


def upgrade() -> None:
    """Two indexes that share the tasks in the place of the one that had all of them."""
    op.drop_index("ix_tasks_deadline", "tasks")
    for name, where in (("ix_tasks_undone", UNDONE), ("ix_tasks_put_away", PUT_AWAY)):
        op.create_index(
            name,
            "tasks",
            ["organization_id", "deadline"],
            sqlite_where=sa.text(where),
            postgresql_where=sa.text(where),
        )


def downgrade() -> None:
    """Back to one index."""
    op.drop_index("ix_tasks_put_away", "tasks")
    op.drop_index("ix_tasks_undone", "tasks")
    op.create_index("ix_tasks_deadline", "tasks", ["organization_id", "deadline"])
