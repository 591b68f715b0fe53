"""What the clock waits for, and what became of a process's rules."""

import sqlalchemy as sa
from alembic import op

from procession.operations.migrations.columns import document, instant, protect, text

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Tasks tell whether the clock has business with them; rules have a row where they did something."""
    op.add_column("tasks", sa.Column("clocked", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("tasks", sa.Column("woke_for", instant()))
    op.execute("UPDATE tasks SET clocked = true WHERE kind IN ('expiring', 'expiring_email')")
    op.create_index(
        "ix_tasks_clock",
        "tasks",
        ["deadline", "id"],
        sqlite_where=sa.text("clocked = 1 AND completed_at IS NULL AND archived_at IS NULL"),
        postgresql_where=sa.text("clocked AND completed_at IS NULL AND archived_at IS NULL"),
    )
    op.create_table(
        "rule_states",
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("process_id", text(32), nullable=False),
        sa.Column("rule_id", text(32), nullable=False),
        sa.Column("state", document(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "process_id", "rule_id", name=op.f("pk_rule_states")),
        sqlite_with_rowid=False,
    )
    protect("rule_states")
