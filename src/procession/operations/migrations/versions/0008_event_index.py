"""One index of the events, by what they are about.

A process's feed goes over its tasks; of those that left it the process keeps a note.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

LEFT = sa.text(
    "INSERT INTO events (organization_id, command_id, at, kind, verb, subject_kind, subject_id, process_id, field, "
    "actor, shown) SELECT organization_id, command_id, at, 'process.task_left', 'task-left', 'process', process_id, "
    "process_id, subject_id, actor, :hidden FROM events "
    "WHERE subject_kind = 'task' AND verb IN ('unlinked', 'deleted') AND process_id IS NOT NULL ORDER BY id"
)


def upgrade() -> None:
    """Write down which tasks left their process, then narrow the indexes."""
    if op.get_context().dialect.name == "postgresql":
        op.execute("SELECT set_config('procession.organization_id', '*', true)")
    op.get_bind().execute(LEFT, {"hidden": False})
    op.drop_index("ix_events_process", "events")
    op.drop_index("ix_events_subject", "events")
    op.create_index("ix_events_subject", "events", ["organization_id", "subject_id", "id"])
