"""Names unique by case alone; revisions and traces of use of members and guests; hourly caps; deleted templates."""

import unicodedata

import sqlalchemy as sa
from alembic import op

from procession.operations.migrations.columns import instant, protect, text

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = {"sqlite_with_rowid": False}


def upgrade() -> None:
    """Add the columns, fill them, and move the unique constraints to them."""
    _uncased("tags", "title", 120, keep_folded=True)
    _uncased("groups", "name", 600, keep_folded=False)
    _people()
    _hourly_acts()
    _deleted_templates()


def _uncased(table: str, column: str, length: int, *, keep_folded: bool) -> None:
    """What may not repeat is the text without case, no longer without marks."""
    with op.batch_alter_table(table, table_kwargs=TABLES) as batch:
        batch.add_column(sa.Column("uncased", text(length)))
    rows = sa.table(table, *map(sa.column, ("organization_id", "id", column, "uncased")))
    connection = op.get_bind()
    for organization_id, row_id, shown in connection.execute(
        sa.select(rows.c.organization_id, rows.c.id, rows.c[column])
    ).fetchall():
        plain = unicodedata.normalize("NFC", shown.replace("\0", "")).casefold()[:length]
        connection.execute(
            sa.update(rows).where(rows.c.organization_id == organization_id, rows.c.id == row_id).values(uncased=plain)
        )
    with op.batch_alter_table(table, table_kwargs=TABLES) as batch:
        batch.drop_constraint(op.f(f"uq_{table}_organization_id_folded"), type_="unique")
        batch.create_unique_constraint(op.f(f"uq_{table}_organization_id_uncased"), ["organization_id", "uncased"])
        batch.alter_column("uncased", existing_type=text(length), nullable=False)
        if not keep_folded:
            batch.drop_column("folded")


def _people() -> None:
    """Revisions start at 1; nobody was seen yet."""
    for table, seen in (("memberships", True), ("guest_links", False)):
        with op.batch_alter_table(table, table_kwargs=TABLES) as batch:
            if seen:
                batch.add_column(sa.Column("last_accessed_at", instant()))
            batch.add_column(sa.Column("revision", sa.Integer()))
        rows = sa.table(table, sa.column("revision"))
        op.execute(sa.update(rows).values(revision=1))
        with op.batch_alter_table(table, table_kwargs=TABLES) as batch:
            batch.alter_column("revision", existing_type=sa.Integer(), nullable=False)


def _hourly_acts() -> None:
    op.create_table(
        "hourly_acts",
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("act", text(30), nullable=False),
        sa.Column("at", instant(), nullable=False),
        sa.Column("id", text(32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "act", "at", "id", name=op.f("pk_hourly_acts")),
        sqlite_with_rowid=False,
    )
    protect("hourly_acts")


def _deleted_templates() -> None:
    with op.batch_alter_table("templates", table_kwargs=TABLES) as batch:
        batch.add_column(sa.Column("deleted_at", instant()))
