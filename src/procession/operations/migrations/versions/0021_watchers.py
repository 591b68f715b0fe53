"""Watchers of everything, and who does not want to be one again; errands: long work that people look at."""

import sqlalchemy as sa
from alembic import op

from procession.operations.migrations.columns import document, instant, number, protect, text

revision = "0021"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and a watcher of every favourite there is (spec 41 §12)."""
    _watchers()
    _unwatched()
    _errands()
    op.create_index("ix_stars_principal", "stars", ["organization_id", "principal"])
    if op.get_context().dialect.name == "postgresql":
        op.execute("SELECT set_config('procession.organization_id', '*', true)")
    _of_stars()
    for table in ("watchers", "unwatched", "errands", "errand_items"):
        protect(table)


def _watchers() -> None:
    op.create_table(
        "watchers",
        sa.Column("id", number(), sa.Identity(), nullable=False),
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("kind", text(12), nullable=False),
        sa.Column("object_id", text(32), nullable=False),
        sa.Column("principal", text(40), nullable=False),
        sa.Column("channel", text(8), nullable=False),
        sa.Column("frequency", text(8), nullable=False),
        sa.Column("url", text(2048)),
        sa.Column("url_digest", text(64), nullable=False),
        sa.Column("added_by", text(40), nullable=False),
        sa.Column("source", text(16), nullable=False),
        sa.Column("last_sent_at", instant()),
        sa.Column("created_at", instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watchers")),
        sa.UniqueConstraint(
            "organization_id", "object_id", "principal", "channel", "url_digest", name="uq_watchers_same"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_watchers_principal", "watchers", ["organization_id", "principal", "id"])


def _unwatched() -> None:
    op.create_table(
        "unwatched",
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("object_id", text(32), nullable=False),
        sa.Column("principal", text(40), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "object_id", "principal", name=op.f("pk_unwatched")),
        sqlite_with_rowid=False,
    )


def _errands() -> None:
    op.create_table(
        "errands",
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("id", text(32), nullable=False),
        sa.Column("kind", text(40), nullable=False),
        sa.Column("status", text(10), nullable=False),
        sa.Column("principal", text(40), nullable=False),
        sa.Column("request", document(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("leased_until", instant()),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("finished_at", instant()),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_errands")),
        sqlite_with_rowid=False,
    )
    waiting = sa.text("finished_at IS NULL")
    op.create_index("ix_errands_waiting", "errands", ["created_at"], sqlite_where=waiting, postgresql_where=waiting)
    op.create_table(
        "errand_items",
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("errand_id", text(32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("object_id", text(64), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("outcome", document()),
        sa.ForeignKeyConstraint(
            ["organization_id", "errand_id"],
            ["errands.organization_id", "errands.id"],
            name=op.f("fk_errand_items_organization_id_errand_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "errand_id", "position", name=op.f("pk_errand_items")),
        sqlite_with_rowid=False,
    )


def _of_stars() -> None:
    """When something was marked nobody wrote down: the object is as old as its id says, the watcher as this step."""
    names = ("organization_id", "kind", "object_id", "principal", "channel", "frequency", "url_digest", "added_by",
             "source", "created_at")  # fmt: skip
    stars = sa.table("stars", *(sa.column(name) for name in ("organization_id", "subject_id", "principal", "kind")))
    watchers = sa.table("watchers", *(sa.column(name) for name in names))
    postgres = op.get_context().dialect.name == "postgresql"
    now = sa.text("now()" if postgres else "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')")
    usual = sa.case((stars.c.principal.like("e%"), "chilled"), else_="mindful")
    text_of = sa.literal_column
    found = sa.select(
        stars.c.organization_id, stars.c.kind, stars.c.subject_id, stars.c.principal, text_of("'email'"), usual,
        text_of("''"), stars.c.principal, text_of("'star'"), now,
    )  # fmt: skip
    op.execute(sa.insert(watchers).from_select(list(names), found))
