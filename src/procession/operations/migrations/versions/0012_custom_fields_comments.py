"""Custom fields of records: keys, values, what values are found by. Comments, mentions, reactions."""

import sqlalchemy as sa
from alembic import op

from procession.operations.migrations.columns import document, instant, number, protect, text

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLES = (
    "custom_keys",
    "custom_values",
    "custom_terms",
    "comments",
    "comment_mentions",
    "comment_reactions",
)


def upgrade() -> None:
    """Make the tables, and bind the rows of an organization to it."""
    _keys()
    _values()
    _terms()
    _comments()
    _mentions()
    _reactions()
    for table in TABLES:
        protect(table)


def _keys() -> None:
    op.create_table(
        "custom_keys",
        sa.Column("id", number(), sa.Identity(always=False), nullable=False),
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("kind", text(14), nullable=False),
        sa.Column("key", text(100), nullable=False),
        sa.Column("type", text(12), nullable=False),
        sa.Column("system", sa.Boolean(), nullable=False),
        sa.Column("label", text(200), nullable=False),
        sa.Column("options", document(), nullable=False),
        sa.Column("columns", document(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("updated_at", instant(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custom_keys")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_custom_keys_organization_id_id")),
        sa.UniqueConstraint("organization_id", "kind", "key", name=op.f("uq_custom_keys_organization_id_kind_key")),
        sqlite_autoincrement=True,
    )


def _values() -> None:
    op.create_table(
        "custom_values",
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("record_id", text(32), nullable=False),
        sa.Column("key_id", number(), nullable=False),
        sa.Column("value", document(), nullable=False),
        sa.Column("updated_at", instant(), nullable=False),
        _of_key("custom_values"),
        sa.PrimaryKeyConstraint("organization_id", "record_id", "key_id", name=op.f("pk_custom_values")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_custom_values_key_id", "custom_values", ["organization_id", "key_id"])


def _terms() -> None:
    op.create_table(
        "custom_terms",
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("key_id", number(), nullable=False),
        sa.Column("term", text(64), nullable=False),
        sa.Column("record_id", text(32), nullable=False),
        _of_key("custom_terms"),
        sa.PrimaryKeyConstraint("organization_id", "key_id", "term", "record_id", name=op.f("pk_custom_terms")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_custom_terms_record_id", "custom_terms", ["organization_id", "record_id"])


def _of_key(table: str) -> sa.ForeignKeyConstraint:
    """What hangs on a key goes with it."""
    return sa.ForeignKeyConstraint(
        ["organization_id", "key_id"],
        ["custom_keys.organization_id", "custom_keys.id"],
        name=op.f(f"fk_{table}_organization_id_key_id"),
        ondelete="CASCADE",
    )


def _comments() -> None:
    op.create_table(
        "comments",
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("id", text(32), nullable=False),
        sa.Column("subject_kind", text(10), nullable=False),
        sa.Column("subject_id", text(32), nullable=False),
        sa.Column("process_id", text(32)),
        sa.Column("author", text(40), nullable=False),
        sa.Column("author_address", text(254)),
        sa.Column("bot", sa.Boolean(), nullable=False),
        sa.Column("label", text(12), nullable=False),
        sa.Column("state", text(16), nullable=False),
        sa.Column("content", text(), nullable=False),
        sa.Column("mentioned", document(), nullable=False),
        sa.Column("selected_text", text()),
        sa.Column("resolve_id", text(32)),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("updated_at", instant(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_comments")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_comments_subject_id", "comments", ["organization_id", "subject_id", "id"])


def _mentions() -> None:
    op.create_table(
        "comment_mentions",
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("principal", text(40), nullable=False),
        sa.Column("subject_id", text(32), nullable=False),
        sa.Column("comment_id", text(32), nullable=False),
        _of_comment("comment_mentions"),
        sa.PrimaryKeyConstraint(
            "organization_id", "principal", "subject_id", "comment_id", name=op.f("pk_comment_mentions")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_comment_mentions_comment_id", "comment_mentions", ["organization_id", "comment_id"])


def _reactions() -> None:
    op.create_table(
        "comment_reactions",
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("comment_id", text(32), nullable=False),
        sa.Column("emoji", text(32), nullable=False),
        sa.Column("principal", text(40), nullable=False),
        sa.Column("at", instant(), nullable=False),
        _of_comment("comment_reactions"),
        sa.PrimaryKeyConstraint(
            "organization_id", "comment_id", "emoji", "principal", name=op.f("pk_comment_reactions")
        ),
        sqlite_with_rowid=False,
    )


def _of_comment(table: str) -> sa.ForeignKeyConstraint:
    """What hangs on a comment goes with it."""
    return sa.ForeignKeyConstraint(
        ["organization_id", "comment_id"],
        ["comments.organization_id", "comments.id"],
        name=op.f(f"fk_{table}_organization_id_comment_id"),
        ondelete="CASCADE",
    )
