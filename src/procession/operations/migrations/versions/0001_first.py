"""The kernel's tables, accounts, people, labels."""

import sqlalchemy as sa
from alembic import op

from procession.operations.migrations.columns import document, instant, number, protect, text

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TENANTS = (
    "counters",
    "event_seals",
    "events",
    "folders",
    "idempotency_keys",
    "jobs",
    "tags",
    "filings",
    "organizations",
    "tag_uses",
    "groups",
    "guest_links",
    "memberships",
    "group_people",
)


def upgrade() -> None:
    """Make the tables, and bind the rows of an organization to it."""
    _accounts()
    _counters()
    _event_seals()
    _events()
    _folders()
    _guests()
    _idempotency_keys()
    _jobs()
    _signing_keys()
    _tags()
    _filings()
    _organizations()
    _tag_uses()
    _tokens()
    _groups()
    _guest_links()
    _memberships()
    _group_people()
    for table in TENANTS:
        protect(table)


def _accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", number(), sa.Identity(always=False), nullable=False),
        sa.Column("email", text(254), nullable=False),
        sa.Column("username", text(254)),
        sa.Column("first_name", text(32), nullable=False),
        sa.Column("last_name", text(64), nullable=False),
        sa.Column("timezone", text(64), nullable=False),
        sa.Column("profile", document(), nullable=False),
        sa.Column("suspended", sa.Boolean(), nullable=False),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("updated_at", instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("email", name=op.f("uq_accounts_email")),
        sa.UniqueConstraint("username", name=op.f("uq_accounts_username")),
        sqlite_autoincrement=True,
    )


def _counters() -> None:
    op.create_table(
        "counters",
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("kind", text(30), nullable=False),
        sa.Column("value", number(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "kind", name=op.f("pk_counters")),
        sqlite_with_rowid=False,
    )


def _event_seals() -> None:
    op.create_table(
        "event_seals",
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("last_event_id", number(), nullable=False),
        sa.Column("digest", text(64), nullable=False),
        sa.Column("sealed", number(), nullable=False),
        sa.Column("at", instant(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_event_seals")),
        sqlite_with_rowid=False,
    )


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("id", number(), sa.Identity(always=False), nullable=False),
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("command_id", text(32), nullable=False),
        sa.Column("at", instant(), nullable=False),
        sa.Column("kind", text(60), nullable=False),
        sa.Column("verb", text(30), nullable=False),
        sa.Column("subject_kind", text(20), nullable=False),
        sa.Column("subject_id", text(64), nullable=False),
        sa.Column("process_id", text(32)),
        sa.Column("field", text(700)),
        sa.Column("old", document()),
        sa.Column("new", document()),
        sa.Column("actor", text(40), nullable=False),
        sa.Column("client", text(64)),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_events_process", "events", ["organization_id", "process_id", "id"])
    op.create_index("ix_events_subject", "events", ["organization_id", "subject_kind", "subject_id", "id"])


def _folders() -> None:
    op.create_table(
        "folders",
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("id", text(32), nullable=False),
        sa.Column("name", text(32), nullable=False),
        sa.Column("folded", text(120), nullable=False),
        sa.Column("kind", text(10), nullable=False),
        sa.Column("parent_id", text(32)),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("updated_at", instant(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_folders")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_folders_parent_id", "folders", ["organization_id", "kind", "parent_id", "position"])


def _guests() -> None:
    op.create_table(
        "guests",
        sa.Column("id", number(), sa.Identity(always=False), nullable=False),
        sa.Column("email", text(254), nullable=False),
        sa.Column("created_at", instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guests")),
        sa.UniqueConstraint("email", name=op.f("uq_guests_email")),
        sqlite_autoincrement=True,
    )


def _idempotency_keys() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("principal", text(40), nullable=False),
        sa.Column("key", text(255), nullable=False),
        sa.Column("fingerprint", text(64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", document(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", instant(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "principal", "key", name=op.f("pk_idempotency_keys")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"])


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", number(), sa.Identity(always=False), nullable=False),
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("kind", text(60), nullable=False),
        sa.Column("key", text(120)),
        sa.Column("payload", document(), nullable=False),
        sa.Column("run_at", instant(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("locked_by", text(64)),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("done_at", instant()),
        sa.Column("dead_at", instant()),
        sa.Column("error", text()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_jobs_due",
        "jobs",
        ["run_at"],
        sqlite_where=sa.text("done_at IS NULL AND dead_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL AND dead_at IS NULL"),
    )
    op.create_index(
        "uq_jobs_waiting_key",
        "jobs",
        ["organization_id", "key"],
        unique=True,
        sqlite_where=sa.text("done_at IS NULL AND dead_at IS NULL AND locked_by IS NULL"),
        postgresql_where=sa.text("done_at IS NULL AND dead_at IS NULL AND locked_by IS NULL"),
    )


def _signing_keys() -> None:
    op.create_table(
        "signing_keys",
        sa.Column("id", text(32), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("public", document(), nullable=False),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("retired_at", instant()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_keys")),
    )


def _tags() -> None:
    op.create_table(
        "tags",
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("id", text(32), nullable=False),
        sa.Column("title", text(30), nullable=False),
        sa.Column("folded", text(120), nullable=False),
        sa.Column("color", text(7), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_tags")),
        sa.UniqueConstraint("organization_id", "folded", name=op.f("uq_tags_organization_id_folded")),
        sqlite_with_rowid=False,
    )


def _filings() -> None:
    op.create_table(
        "filings",
        sa.Column("id", number(), sa.Identity(always=False), nullable=False),
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("folder_id", text(32), nullable=False),
        sa.Column("subject_kind", text(10), nullable=False),
        sa.Column("subject_id", text(32), nullable=False),
        sa.Column("created_at", instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "folder_id"],
            ["folders.organization_id", "folders.id"],
            name=op.f("fk_filings_organization_id_folder_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filings")),
        sa.UniqueConstraint(
            "organization_id",
            "subject_kind",
            "subject_id",
            "folder_id",
            name=op.f("uq_filings_organization_id_subject_kind_subject_id_folder_id"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_filings_folder_id", "filings", ["organization_id", "folder_id", "subject_kind"])


def _organizations() -> None:
    op.create_table(
        "organizations",
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("name", text(50), nullable=False),
        sa.Column("slug", text(60), nullable=False),
        sa.Column("timezone", text(64), nullable=False),
        sa.Column("settings", document(), nullable=False),
        sa.Column("bot_id", number(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("updated_at", instant(), nullable=False),
        sa.ForeignKeyConstraint(["bot_id"], ["accounts.id"], name=op.f("fk_organizations_bot_id")),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_organizations")),
        sa.UniqueConstraint("slug", name=op.f("uq_organizations_slug")),
        info={"tenant": True},
    )


def _tag_uses() -> None:
    op.create_table(
        "tag_uses",
        sa.Column("id", number(), sa.Identity(always=False), nullable=False),
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("tag_id", text(32), nullable=False),
        sa.Column("subject_kind", text(10), nullable=False),
        sa.Column("subject_id", text(32), nullable=False),
        sa.Column("created_at", instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "tag_id"],
            ["tags.organization_id", "tags.id"],
            name=op.f("fk_tag_uses_organization_id_tag_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tag_uses")),
        sa.UniqueConstraint(
            "organization_id",
            "subject_kind",
            "subject_id",
            "tag_id",
            name=op.f("uq_tag_uses_organization_id_subject_kind_subject_id_tag_id"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_tag_uses_tag_id", "tag_uses", ["organization_id", "tag_id", "subject_kind"])


def _tokens() -> None:
    op.create_table(
        "tokens",
        sa.Column("digest", text(64), nullable=False),
        sa.Column("id", text(32), nullable=False),
        sa.Column("account_id", number(), nullable=False),
        sa.Column("kind", text(20), nullable=False),
        sa.Column("name", text(100), nullable=False),
        sa.Column("scopes", document(), nullable=False),
        sa.Column("bound_to", text(32)),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("expires_at", instant()),
        sa.Column("revoked_at", instant()),
        sa.Column("last_used_at", instant()),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_tokens_account_id")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_tokens")),
        sa.UniqueConstraint("id", name=op.f("uq_tokens_id")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_tokens_account_id"), "tokens", ["account_id"])


def _groups() -> None:
    op.create_table(
        "groups",
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("id", text(32), nullable=False),
        sa.Column("name", text(200), nullable=False),
        sa.Column("folded", text(600), nullable=False),
        sa.Column("description", text(2000)),
        sa.Column("created_by", number()),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("updated_at", instant(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.organization_id"], name=op.f("fk_groups_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_groups")),
        sa.UniqueConstraint("organization_id", "folded", name=op.f("uq_groups_organization_id_folded")),
        sqlite_with_rowid=False,
    )


def _guest_links() -> None:
    op.create_table(
        "guest_links",
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("guest_id", number(), nullable=False),
        sa.Column("email", text(254), nullable=False),
        sa.Column("first_name", text(200)),
        sa.Column("last_name", text(200)),
        sa.Column("details", document(), nullable=False),
        sa.Column("code_digest", text(64), nullable=False),
        sa.Column("code_secret", sa.LargeBinary(), nullable=False),
        sa.Column("last_accessed_at", instant()),
        sa.Column("disabled_at", instant()),
        sa.Column("disabled_by", number()),
        sa.Column("deleted_at", instant()),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("updated_at", instant(), nullable=False),
        sa.ForeignKeyConstraint(["guest_id"], ["guests.id"], name=op.f("fk_guest_links_guest_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.organization_id"], name=op.f("fk_guest_links_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "guest_id", name=op.f("pk_guest_links")),
        sa.UniqueConstraint("organization_id", "email", name=op.f("uq_guest_links_organization_id_email")),
        sqlite_with_rowid=False,
    )
    op.create_index("uq_guest_links_code_digest", "guest_links", ["code_digest"], unique=True)


def _memberships() -> None:
    op.create_table(
        "memberships",
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("account_id", number(), nullable=False),
        sa.Column("role", text(10), nullable=False),
        sa.Column("status", text(10), nullable=False),
        sa.Column("is_bot", sa.Boolean(), nullable=False),
        sa.Column("is_default_admin", sa.Boolean(), nullable=False),
        sa.Column("settings", document(), nullable=False),
        sa.Column("invited_by", number()),
        sa.Column("invited_at", instant()),
        sa.Column("approved_at", instant()),
        sa.Column("activated_at", instant()),
        sa.Column("disabled_at", instant()),
        sa.Column("disabled_by", number()),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("updated_at", instant(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_memberships_account_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.organization_id"], name=op.f("fk_memberships_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "account_id", name=op.f("pk_memberships")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_memberships_account_id", "memberships", ["account_id"])


def _group_people() -> None:
    op.create_table(
        "group_people",
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("group_id", text(32), nullable=False),
        sa.Column("principal", text(40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "group_id"],
            ["groups.organization_id", "groups.id"],
            name=op.f("fk_group_people_organization_id_group_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "group_id", "principal", name=op.f("pk_group_people")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_group_people_principal", "group_people", ["organization_id", "principal"])
