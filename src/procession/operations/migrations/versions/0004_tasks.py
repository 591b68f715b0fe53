"""Assignments tell what the clock makes of their task, and one index answers personal lists; guests have stars."""

import sqlalchemy as sa
from alembic import op

from procession.operations.migrations.columns import protect, text

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what personal lists count by to the assignments and their index; key stars by principal."""
    _assignments()
    _stars()


def _assignments() -> None:
    with op.batch_alter_table("assignments", table_kwargs={"sqlite_with_rowid": False}) as batch:
        batch.add_column(sa.Column("clock", sa.Integer()))
    op.execute(
        "UPDATE assignments SET clock = (SELECT CASE WHEN tasks.deadline IS NULL OR tasks.deadline_projected THEN 0 "
        "WHEN tasks.kind = 'expiring' THEN 2 ELSE 1 END FROM tasks "
        "WHERE tasks.organization_id = assignments.organization_id AND tasks.id = assignments.task_id)"
    )
    with op.batch_alter_table("assignments", table_kwargs={"sqlite_with_rowid": False}) as batch:
        batch.alter_column("clock", existing_type=sa.Integer(), nullable=False)
    op.drop_index("ix_assignments_principal", "assignments")
    op.create_index(
        "ix_assignments_principal",
        "assignments",
        ["organization_id", "principal", "open", "number", "deadline", "clock", "task_id"],
    )


def _stars() -> None:
    """Made anew: a column of the key changes. The rows wait in a table of no importance."""
    op.execute(
        "CREATE TABLE stars_kept AS SELECT organization_id, subject_id, 'u' || account_id AS principal, kind FROM stars"
    )
    op.drop_table("stars")
    op.create_table(
        "stars",
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("subject_id", text(32), nullable=False),
        sa.Column("principal", text(40), nullable=False),
        sa.Column("kind", text(10), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "subject_id", "principal", name=op.f("pk_stars")),
        sqlite_with_rowid=False,
    )
    protect("stars")
    op.execute(
        "INSERT INTO stars (organization_id, subject_id, principal, kind) "
        "SELECT organization_id, subject_id, principal, kind FROM stars_kept"
    )
    op.drop_table("stars_kept")
