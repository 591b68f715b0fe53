"""An index of the events that the system log shows; other events do not enter it."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

LOGGED = sa.text("(kind >= 'security.' AND kind < 'security/' OR kind = 'organization.updated' OR kind = 'log.viewed')")


def upgrade() -> None:
    """Make the index."""
    op.create_index("ix_events_log", "events", ["organization_id", "at"], sqlite_where=LOGGED, postgresql_where=LOGGED)
