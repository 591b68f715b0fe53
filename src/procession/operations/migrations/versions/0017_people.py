"""Photos and logos; tokens of applications."""

import sqlalchemy as sa
from alembic import op

from procession.operations.migrations.columns import instant, number, text

revision = "0017"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and give groups their logos."""
    op.create_table(
        "pictures",
        sa.Column("id", text(32), nullable=False),
        sa.Column("owner", text(70), nullable=False),
        sa.Column("content_type", text(20), nullable=False),
        sa.Column("large", number(), nullable=False),
        sa.Column("small", number(), nullable=False),
        sa.Column("made_at", instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pictures")),
        sqlite_with_rowid=False,
    )
    op.create_index("uq_pictures_owner", "pictures", ["owner"], unique=True)
    op.add_column("groups", sa.Column("logo", text(2048)))
    op.create_table(
        "application_tokens",
        sa.Column("digest", text(64), nullable=False),
        sa.Column("id", text(32), nullable=False),
        sa.Column("client_id", number(), nullable=False),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("expires_at", instant(), nullable=False),
        sa.Column("revoked_at", instant()),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_application_tokens")),
        sa.UniqueConstraint("id", name=op.f("uq_application_tokens_id")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_application_tokens_client_id"), "application_tokens", ["client_id"])
