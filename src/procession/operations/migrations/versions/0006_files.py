"""Files, and where they are used."""

import sqlalchemy as sa
from alembic import op

from procession.operations.migrations.columns import instant, number, protect, text

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and bind the rows of an organization to it."""
    _files()
    _file_uses()
    for table in ("files", "file_uses"):
        protect(table)


def _files() -> None:
    op.create_table(
        "files",
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("id", text(32), nullable=False),
        sa.Column("filename", text(255), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("uploaded_from", text(100), nullable=False),
        sa.Column("uploaded_at", instant(), nullable=False),
        sa.Column("uploaded_by", text(40), nullable=False),
        sa.Column("source", text(20), nullable=False),
        sa.Column("system", text(100)),
        sa.Column("url", text(2048)),
        sa.Column("size", number()),
        sa.Column("content_type", text(100)),
        sa.Column("sha256", text(64)),
        sa.Column("subject_kind", text(12)),
        sa.Column("subject_id", text(32)),
        sa.Column("process_id", text(32)),
        sa.Column("task_id", text(32)),
        sa.Column("step_id", text(32)),
        sa.Column("archived_at", instant()),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_files")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_files_subject_id", "files", ["organization_id", "subject_id", "uploaded_from"])
    op.create_index("ix_files_process_id", "files", ["organization_id", "process_id"])
    op.create_index("ix_files_task_id", "files", ["organization_id", "task_id"])
    op.create_index(
        "ix_files_loose",
        "files",
        ["uploaded_at"],
        sqlite_where=sa.text("subject_id IS NULL"),
        postgresql_where=sa.text("subject_id IS NULL"),
    )


def _file_uses() -> None:
    op.create_table(
        "file_uses",
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("holder_id", text(32), nullable=False),
        sa.Column("field_id", text(32), nullable=False),
        sa.Column("file_id", text(32), nullable=False),
        sa.Column("holder_kind", text(12), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "file_id"],
            ["files.organization_id", "files.id"],
            name=op.f("fk_file_uses_organization_id_file_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "holder_id", "field_id", "file_id", name=op.f("pk_file_uses")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_file_uses_file_id", "file_uses", ["organization_id", "file_id"])
