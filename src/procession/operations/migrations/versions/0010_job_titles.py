"""Job titles, snippets, default watchers, and what steps launched."""

import sqlalchemy as sa
from alembic import op

from procession.operations.migrations.columns import document, instant, number, protect, text

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and bind their rows to their organization."""
    _job_titles()
    _watchers()
    _snippets()
    _task_titles()
    _step_launches()


def _job_titles() -> None:
    op.create_table(
        "job_titles",
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("id", text(32), nullable=False),
        sa.Column("name", text(100), nullable=False),
        sa.Column("uncased", text(300), nullable=False),
        sa.Column("description", text(2000)),
        sa.Column("people", document(), nullable=False),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("updated_at", instant(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.organization_id"],
            name=op.f("fk_job_titles_organization_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_job_titles")),
        sa.UniqueConstraint("organization_id", "uncased", name=op.f("uq_job_titles_organization_id_uncased")),
        sqlite_with_rowid=False,
    )
    protect("job_titles")


def _watchers() -> None:
    op.create_table(
        "template_watchers",
        sa.Column("id", number(), sa.Identity(), nullable=False),
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("template_id", text(32), nullable=False),
        sa.Column("principal", text(40), nullable=False),
        sa.Column("address", text(254)),
        sa.Column("added_by", number()),
        sa.Column("created_at", instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "template_id"],
            ["templates.organization_id", "templates.id"],
            name=op.f("fk_template_watchers_organization_id_template_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_template_watchers")),
        sa.UniqueConstraint(
            "organization_id",
            "template_id",
            "principal",
            name=op.f("uq_template_watchers_organization_id_template_id_principal"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_template_watchers_principal", "template_watchers", ["organization_id", "principal"])
    protect("template_watchers")


def _snippets() -> None:
    op.create_table(
        "snippets",
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("id", text(32), nullable=False),
        sa.Column("title", text(250), nullable=False),
        sa.Column("folded", text(1000), nullable=False),
        sa.Column("content", text(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("created_by", number()),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("updated_at", instant(), nullable=False),
        sa.Column("deleted_at", instant()),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.organization_id"], name=op.f("fk_snippets_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_snippets")),
        sqlite_with_rowid=False,
    )
    protect("snippets")
    op.create_table(
        "snippet_texts",
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("id", text(32), nullable=False),
        sa.Column("snippet_id", text(32), nullable=False),
        sa.Column("content", text(), nullable=False),
        sa.Column("written_at", instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "snippet_id"],
            ["snippets.organization_id", "snippets.id"],
            name=op.f("fk_snippet_texts_organization_id_snippet_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_snippet_texts")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_snippet_texts_snippet_id", "snippet_texts", ["organization_id", "snippet_id", "written_at"])
    protect("snippet_texts")


def _task_titles() -> None:
    op.create_table(
        "task_titles",
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("task_id", text(32), nullable=False),
        sa.Column("title_id", text(32), nullable=False),
        sa.Column("process_id", text(32), nullable=False),
        sa.Column("people", document(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "task_id", "title_id", name=op.f("pk_task_titles")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_task_titles_title_id", "task_titles", ["organization_id", "title_id", "task_id"])
    op.create_index("ix_task_titles_process_id", "task_titles", ["organization_id", "process_id", "title_id"])
    protect("task_titles")


def _step_launches() -> None:
    op.create_table(
        "step_launches",
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("task_id", text(32), nullable=False),
        sa.Column("process_id", text(32), nullable=False),
        sa.Column("template_id", text(32), nullable=False),
        sa.Column("injected", sa.Boolean(), nullable=False),
        sa.Column("child_id", text(32)),
        sa.Column("chain", document(), nullable=False),
        sa.Column("launched_at", instant(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "task_id", name=op.f("pk_step_launches")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_step_launches_process_id", "step_launches", ["organization_id", "process_id", "template_id"])
    op.create_index("ix_step_launches_child_id", "step_launches", ["organization_id", "child_id"])
    protect("step_launches")
