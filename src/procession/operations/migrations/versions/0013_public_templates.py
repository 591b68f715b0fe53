"""Public templates are found over all organizations."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, as the settings say, and its index, which holds nothing but public templates."""
    op.add_column("templates", sa.Column("public", sa.Boolean(), nullable=False, server_default=sa.false()))
    settings = sa.column("settings", sa.Text())
    templates = sa.table("templates", settings, sa.column("public", sa.Boolean()))
    said = sa.cast(settings, sa.Text()).like('%"public":true%')
    if op.get_context().dialect.name == "postgresql":
        op.execute("SELECT set_config('procession.organization_id', '*', true)")
    op.execute(sa.update(templates).where(said).values(public=True))
    op.create_index(
        "ix_templates_public",
        "templates",
        ["folded", "id"],
        postgresql_where=sa.text("public"),
        sqlite_where=sa.text("public = 1"),
    )
