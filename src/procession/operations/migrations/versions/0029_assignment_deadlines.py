"""Deadlines of assignments in an index of their own: a personal list counts what is near without a look at the rest."""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A short index of what somebody has, and one that has the deadlines."""
    op.drop_index("ix_assignments_principal", "assignments")
    op.create_index(
        "ix_assignments_principal", "assignments", ["organization_id", "principal", "open", "number", "task_id"]
    )
    op.create_index(
        "ix_assignments_deadline",
        "assignments",
        ["organization_id", "principal", "open", "deadline", "clock", "number", "task_id"],
    )


def downgrade() -> None:
    """Back to one index."""
    op.drop_index("ix_assignments_deadline", "assignments")
    op.drop_index("ix_assignments_principal", "assignments")
    op.create_index(
        "ix_assignments_principal",
        "assignments",
        ["organization_id", "principal", "open", "number", "deadline", "clock", "task_id"],
    )
