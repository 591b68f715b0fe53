"""Templates, processes and tasks."""

import sqlalchemy as sa
from alembic import op

from procession.operations.migrations.columns import document, instant, number, protect, text

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TENANTS = (
    "answers",
    "assignments",
    "completion_marks",
    "involvements",
    "stars",
    "template_parts",
    "templates",
    "template_versions",
    "processes",
    "tasks",
)


def upgrade() -> None:
    """Make the tables, and bind the rows of an organization to it."""
    _answers()
    _assignments()
    _completion_marks()
    _involvements()
    _stars()
    _template_parts()
    _templates()
    _template_versions()
    _processes()
    _tasks()
    for table in TENANTS:
        protect(table)


def _answers() -> None:
    op.create_table(
        "answers",
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("holder_id", text(32), nullable=False),
        sa.Column("field_id", text(32), nullable=False),
        sa.Column("id", text(32), nullable=False),
        sa.Column("process_id", text(32)),
        sa.Column("value", document(), nullable=False),
        sa.Column("answered_by", text(40), nullable=False),
        sa.Column("answered_at", instant(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "holder_id", "field_id", name=op.f("pk_answers")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_answers_id", "answers", ["organization_id", "id"], unique=True)
    op.create_index("ix_answers_process_id", "answers", ["organization_id", "process_id"])


def _assignments() -> None:
    op.create_table(
        "assignments",
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("task_id", text(32), nullable=False),
        sa.Column("principal", text(40), nullable=False),
        sa.Column("address", text(254)),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("co_assignee", sa.Boolean(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("number", number(), nullable=False),
        sa.Column("deadline", instant()),
        sa.PrimaryKeyConstraint("organization_id", "task_id", "principal", name=op.f("pk_assignments")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_assignments_principal", "assignments", ["organization_id", "principal", "open", "number"])


def _completion_marks() -> None:
    op.create_table(
        "completion_marks",
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("task_id", text(32), nullable=False),
        sa.Column("principal", text(40), nullable=False),
        sa.Column("address", text(254)),
        sa.Column("at", instant(), nullable=False),
        sa.Column("approved", sa.Boolean()),
        sa.PrimaryKeyConstraint("organization_id", "task_id", "principal", name=op.f("pk_completion_marks")),
        sqlite_with_rowid=False,
    )


def _involvements() -> None:
    op.create_table(
        "involvements",
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("subject_id", text(32), nullable=False),
        sa.Column("principal", text(40), nullable=False),
        sa.Column("reasons", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "subject_id", "principal", name=op.f("pk_involvements")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_involvements_principal", "involvements", ["organization_id", "principal"])


def _stars() -> None:
    op.create_table(
        "stars",
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("subject_id", text(32), nullable=False),
        sa.Column("account_id", number(), nullable=False),
        sa.Column("kind", text(10), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "subject_id", "account_id", name=op.f("pk_stars")),
        sqlite_with_rowid=False,
    )


def _template_parts() -> None:
    op.create_table(
        "template_parts",
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("id", text(32), nullable=False),
        sa.Column("kind", text(10), nullable=False),
        sa.Column("template_id", text(32), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_template_parts")),
        sqlite_with_rowid=False,
    )


def _templates() -> None:
    op.create_table(
        "templates",
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("id", text(32), nullable=False),
        sa.Column("number", number(), nullable=False),
        sa.Column("title", text(250), nullable=False),
        sa.Column("folded", text(1000), nullable=False),
        sa.Column("alias", text(300), nullable=False),
        sa.Column("kind", text(10), nullable=False),
        sa.Column("label", text(20), nullable=False),
        sa.Column("system", sa.Boolean(), nullable=False),
        sa.Column("settings", document(), nullable=False),
        sa.Column("rights", document(), nullable=False),
        sa.Column("owner_id", number(), nullable=False),
        sa.Column("created_by", number(), nullable=False),
        sa.Column("updated_by", number(), nullable=False),
        sa.Column("folder_id", text(32)),
        sa.Column("pinned", sa.Boolean(), nullable=False),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.Column("launches", sa.Integer(), nullable=False),
        sa.Column("version_id", text(32), nullable=False),
        sa.Column("published_id", text(32)),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("updated_at", instant(), nullable=False),
        sa.Column("archived_at", instant()),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_templates")),
        sa.UniqueConstraint("organization_id", "alias", name=op.f("uq_templates_organization_id_alias")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_templates_updated_at", "templates", ["organization_id", "updated_at"])


def _template_versions() -> None:
    op.create_table(
        "template_versions",
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("id", text(32), nullable=False),
        sa.Column("template_id", text(32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("document", text(), nullable=False),
        sa.Column("launched", sa.Boolean(), nullable=False),
        sa.Column("created_by", number(), nullable=False),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "template_id"],
            ["templates.organization_id", "templates.id"],
            name=op.f("fk_template_versions_organization_id_template_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_template_versions")),
        sa.UniqueConstraint(
            "organization_id",
            "template_id",
            "number",
            name=op.f("uq_template_versions_organization_id_template_id_number"),
        ),
        sqlite_with_rowid=False,
    )


def _processes() -> None:
    op.create_table(
        "processes",
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("id", text(32), nullable=False),
        sa.Column("number", number(), nullable=False),
        sa.Column("template_id", text(32), nullable=False),
        sa.Column("template_title", text(250), nullable=False),
        sa.Column("version_id", text(32), nullable=False),
        sa.Column("version_number", sa.Integer(), nullable=False),
        sa.Column("kind", text(10), nullable=False),
        sa.Column("name", text(550), nullable=False),
        sa.Column("folded", text(2200), nullable=False),
        sa.Column("summary", text(), nullable=False),
        sa.Column("status", text(10), nullable=False),
        sa.Column("visible_tasks", sa.Integer(), nullable=False),
        sa.Column("done_tasks", sa.Integer(), nullable=False),
        sa.Column("all_tasks", sa.Integer(), nullable=False),
        sa.Column("task_issues", sa.Integer(), nullable=False),
        sa.Column("process_issues", sa.Integer(), nullable=False),
        sa.Column("next_deadline", instant()),
        sa.Column("last_deadline", instant()),
        sa.Column("late_done", sa.Integer(), nullable=False),
        sa.Column("starter_id", number()),
        sa.Column("owner_id", number(), nullable=False),
        sa.Column("members", document(), nullable=False),
        sa.Column("groups", document(), nullable=False),
        sa.Column("assign_someone_else", sa.Boolean(), nullable=False),
        sa.Column("adhoc_tasks", sa.Boolean(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("publicly_hidden", document(), nullable=False),
        sa.Column("parent_id", text(32)),
        sa.Column("origin", document(), nullable=False),
        sa.Column("read_audience", document(), nullable=False),
        sa.Column("metadata", document()),
        sa.Column("kickoff_fields", sa.Integer(), nullable=False),
        sa.Column("kickoff_completed_at", instant()),
        sa.Column("kickoff_completed_by", number()),
        sa.Column("kickoff_guest", text(254)),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("started_at", instant(), nullable=False),
        sa.Column("updated_at", instant(), nullable=False),
        sa.Column("completed_at", instant()),
        sa.Column("archived_at", instant()),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "template_id"],
            ["templates.organization_id", "templates.id"],
            name=op.f("fk_processes_organization_id_template_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "version_id"],
            ["template_versions.organization_id", "template_versions.id"],
            name=op.f("fk_processes_organization_id_version_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_processes")),
        sa.UniqueConstraint("organization_id", "number", name=op.f("uq_processes_organization_id_number")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_processes_created_at", "processes", ["organization_id", "created_at"])
    op.create_index("ix_processes_template_id", "processes", ["organization_id", "template_id"])


def _tasks() -> None:
    op.create_table(
        "tasks",
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("id", text(32), nullable=False),
        sa.Column("number", number(), nullable=False),
        sa.Column("process_id", text(32)),
        sa.Column("template_id", text(32)),
        sa.Column("version_id", text(32)),
        sa.Column("step_id", text(32)),
        sa.Column("linked_step_id", text(32)),
        sa.Column("oneoff", sa.Boolean(), nullable=False),
        sa.Column("title", text(600), nullable=False),
        sa.Column("folded", text(2400), nullable=False),
        sa.Column("summary", text()),
        sa.Column("summary_edited", sa.Boolean(), nullable=False),
        sa.Column("has_variables", sa.Boolean(), nullable=False),
        sa.Column("alias", text(300)),
        sa.Column("stage_id", text(32)),
        sa.Column("kind", text(20), nullable=False),
        sa.Column("status", text(15), nullable=False),
        sa.Column("hidden_from", text(15)),
        sa.Column("visibility_source", text(10)),
        sa.Column("approved", sa.Boolean()),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("template_position", sa.Integer()),
        sa.Column("started_at", instant()),
        sa.Column("soft_start", sa.Boolean(), nullable=False),
        sa.Column("deadline", instant()),
        sa.Column("deadline_rule", document()),
        sa.Column("deadline_projected", sa.Boolean(), nullable=False),
        sa.Column("dated_by_hand", sa.Boolean(), nullable=False),
        sa.Column("anchors_others", sa.Boolean(), nullable=False),
        sa.Column("starter_id", number()),
        sa.Column("completed_at", instant()),
        sa.Column("completer", text(40)),
        sa.Column("completer_email", text(254)),
        sa.Column("completion_caller", text(40)),
        sa.Column("reopened_at", instant()),
        sa.Column("reopener", text(40)),
        sa.Column("everyone_must_complete", sa.Boolean(), nullable=False),
        sa.Column("only_assignees_complete", sa.Boolean(), nullable=False),
        sa.Column("guests_allowed", sa.Boolean(), nullable=False),
        sa.Column("max_assignable", sa.Integer(), nullable=False),
        sa.Column("guests_may_not_comment", sa.Boolean(), nullable=False),
        sa.Column("confidential", sa.Boolean(), nullable=False),
        sa.Column("webhook", text(2048)),
        sa.Column("has_issue", sa.Boolean(), nullable=False),
        sa.Column("chromeless", sa.Boolean()),
        sa.Column("own_fields", document()),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("updated_at", instant(), nullable=False),
        sa.Column("archived_at", instant()),
        sa.Column("archived_with_process", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "process_id"],
            ["processes.organization_id", "processes.id"],
            name=op.f("fk_tasks_organization_id_process_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_tasks")),
        sa.UniqueConstraint("organization_id", "number", name=op.f("uq_tasks_organization_id_number")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_tasks_deadline", "tasks", ["organization_id", "deadline"])
    op.create_index("ix_tasks_process_id", "tasks", ["organization_id", "process_id", "position"])
