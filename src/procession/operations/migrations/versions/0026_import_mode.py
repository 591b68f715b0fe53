"""Import mode: tokens that are in it, and events that were written in it (spec 50 IMP-03)."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both columns; a default that is a constant rewrites no row."""
    op.add_column("tokens", sa.Column("imports", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("events", sa.Column("imported", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Tokens leave import mode. Of sealed events that were imported the chain does not hold any more."""
    op.drop_column("events", "imported")
    op.drop_column("tokens", "imports")
