"""How many tasks of a process are somebody's, beside why he may see it."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

COUNT = """
UPDATE involvements SET assigned_tasks = (
    SELECT count(*) FROM assignments JOIN tasks
        ON tasks.organization_id = assignments.organization_id AND tasks.id = assignments.task_id
    WHERE assignments.organization_id = involvements.organization_id
        AND assignments.principal = involvements.principal
        AND coalesce(tasks.process_id, tasks.id) = involvements.subject_id
)
"""


def upgrade() -> None:
    """Add the count, and count what is there."""
    op.add_column("involvements", sa.Column("assigned_tasks", sa.Integer(), nullable=False, server_default="0"))
    if op.get_context().dialect.name == "postgresql":
        op.execute("SELECT set_config('procession.organization_id', '*', true)")  # the rows of every organization
    op.execute(COUNT)
