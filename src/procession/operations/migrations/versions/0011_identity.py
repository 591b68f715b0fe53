"""Passwords, sessions, links of mails, attempts, OAuth, the delivery log, invitations, requests for access."""

import sqlalchemy as sa
from alembic import op

from procession.operations.migrations.columns import document, instant, number, protect, text

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; tokens get what sessions and grants need."""
    _tokens()
    _accounts()
    _oauth_clients()
    _oauth_grants()
    _mails()
    _people()


def _tokens() -> None:
    with op.batch_alter_table("tokens", table_kwargs={"sqlite_with_rowid": False}) as batch:
        batch.add_column(sa.Column("client_id", number(), nullable=False, server_default="1"))
        batch.add_column(sa.Column("family", text(32)))
        batch.add_column(sa.Column("lifetime", sa.Integer()))
        batch.add_column(sa.Column("revoke_on_logout", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("require_client_header", sa.Boolean()))
        batch.add_column(sa.Column("confirmed_at", instant()))
        batch.add_column(sa.Column("seen", document()))
    op.create_index("ix_tokens_family", "tokens", ["family"])
    op.create_index("ix_tokens_client_id", "tokens", ["client_id"])


def _account(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f(f"fk_{table}_account_id"))


def _accounts() -> None:
    op.create_table(
        "passwords",
        sa.Column("account_id", number(), autoincrement=False, nullable=False),
        sa.Column("hash", text(200), nullable=False),
        sa.Column("changed_at", instant(), nullable=False),
        _account("passwords"),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_passwords")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "links",
        sa.Column("digest", text(64), nullable=False),
        sa.Column("account_id", number(), nullable=False),
        sa.Column("purpose", text(20), nullable=False),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("expires_at", instant(), nullable=False),
        sa.Column("used_at", instant()),
        _account("links"),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_links")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_links_account_id"), "links", ["account_id"])
    op.create_table(
        "attempts",
        sa.Column("key", text(64), nullable=False),
        sa.Column("at", instant(), nullable=False),
        sa.Column("id", text(32), nullable=False),
        sa.Column("failed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("key", "at", "id", name=op.f("pk_attempts")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_attempts_at", "attempts", ["at"])


def _oauth_clients() -> None:
    op.create_table(
        "oauth_clients",
        sa.Column("id", number(), autoincrement=False, nullable=False),
        sa.Column("owner", text(32)),
        sa.Column("name", text(100), nullable=False),
        sa.Column("redirect_uris", document(), nullable=False),
        sa.Column("grant_types", document(), nullable=False),
        sa.Column("scopes", document(), nullable=False),
        sa.Column("confidential", sa.Boolean(), nullable=False),
        sa.Column("trusted", sa.Boolean(), nullable=False),
        sa.Column("built_in", sa.Boolean(), nullable=False),
        sa.Column("secret_digest", text(64)),
        sa.Column("secret", sa.LargeBinary()),
        sa.Column("require_client_header", sa.Boolean()),
        sa.Column("access_token_ttl", sa.Integer()),
        sa.Column("refresh_token_ttl", sa.Integer()),
        sa.Column("logo_url", text(2048)),
        sa.Column("homepage_url", text(2048)),
        sa.Column("created_by", number()),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("updated_at", instant(), nullable=False),
        sa.Column("disabled_at", instant()),
        sa.Column("deleted_at", instant()),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oauth_clients")),
    )
    op.create_index("ix_oauth_clients_owner", "oauth_clients", ["owner"])


def _oauth_grants() -> None:
    op.create_table(
        "oauth_codes",
        sa.Column("digest", text(64), nullable=False),
        sa.Column("client_id", number(), nullable=False),
        sa.Column("account_id", number(), nullable=False),
        sa.Column("bound_to", text(32)),
        sa.Column("redirect_uri", text(2048), nullable=False),
        sa.Column("named_uri", sa.Boolean(), nullable=False),
        sa.Column("scopes", document(), nullable=False),
        sa.Column("challenge", text(128)),
        sa.Column("challenge_method", text(5)),
        sa.Column("family", text(32), nullable=False),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("expires_at", instant(), nullable=False),
        sa.Column("used_at", instant()),
        _account("oauth_codes"),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_oauth_codes")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_oauth_codes_account_id"), "oauth_codes", ["account_id"])
    op.create_table(
        "refresh_tokens",
        sa.Column("digest", text(64), nullable=False),
        sa.Column("id", text(32), nullable=False),
        sa.Column("family", text(32), nullable=False),
        sa.Column("kind", text(20), nullable=False),
        sa.Column("client_id", number(), nullable=False),
        sa.Column("account_id", number(), nullable=False),
        sa.Column("bound_to", text(32)),
        sa.Column("scopes", document(), nullable=False),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("expires_at", instant(), nullable=False),
        sa.Column("used_at", instant()),
        sa.Column("revoked_at", instant()),
        _account("refresh_tokens"),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_refresh_tokens")),
        sa.UniqueConstraint("id", name=op.f("uq_refresh_tokens_id")),
        sqlite_with_rowid=False,
    )
    for column in ("family", "client_id", "account_id"):
        op.create_index(op.f(f"ix_refresh_tokens_{column}"), "refresh_tokens", [column])
    op.create_table(
        "consents",
        sa.Column("account_id", number(), autoincrement=False, nullable=False),
        sa.Column("client_id", number(), autoincrement=False, nullable=False),
        sa.Column("organization", text(32), nullable=False),
        sa.Column("scopes", document(), nullable=False),
        sa.Column("given_at", instant(), nullable=False),
        _account("consents"),
        sa.PrimaryKeyConstraint("account_id", "client_id", "organization", name=op.f("pk_consents")),
        sqlite_with_rowid=False,
    )


def _mails() -> None:
    op.create_table(
        "mails",
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("id", text(32), nullable=False),
        sa.Column("kind", text(40), nullable=False),
        sa.Column("recipient", text(254), nullable=False),
        sa.Column("account_id", number()),
        sa.Column("guest_id", number()),
        sa.Column("subject", text(200), nullable=False),
        sa.Column("about", document(), nullable=False),
        sa.Column("link", sa.LargeBinary()),
        sa.Column("object_kind", text(20)),
        sa.Column("object_id", text(64)),
        sa.Column("status", text(20), nullable=False),
        sa.Column("provider_id", text(200)),
        sa.Column("error", text(2000)),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("sent_at", instant()),
        sa.Column("delivered_at", instant()),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_mails")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_mails_created_at", "mails", ["organization_id", "created_at", "id"])
    op.create_index("ix_mails_account_id", "mails", ["organization_id", "account_id", "created_at"])
    op.create_index("ix_mails_guest_id", "mails", ["organization_id", "guest_id", "created_at"])
    protect("mails")


def _people() -> None:
    op.create_table(
        "invitations",
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("account_id", number(), nullable=False),
        sa.Column("digest", text(64), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("message", text(5000), nullable=False),
        sa.Column("groups", document(), nullable=False),
        sa.Column("made_at", instant(), nullable=False),
        sa.Column("link_ends_at", instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "account_id"],
            ["memberships.organization_id", "memberships.account_id"],
            name=op.f("fk_invitations_organization_id_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "account_id", name=op.f("pk_invitations")),
        sqlite_with_rowid=False,
    )
    op.create_index("uq_invitations_digest", "invitations", ["digest"], unique=True)
    protect("invitations")
    op.create_table(
        "access_requests",
        sa.Column("organization_id", text(32), nullable=False),
        sa.Column("account_id", number(), nullable=False),
        sa.Column("object_kind", text(20), nullable=False),
        sa.Column("object_id", text(64), nullable=False),
        sa.Column("task_id", text(32), nullable=False),
        sa.Column("asked_at", instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.organization_id"],
            name=op.f("fk_access_requests_organization_id"),
        ),
        sa.PrimaryKeyConstraint(
            "organization_id", "account_id", "object_kind", "object_id", name=op.f("pk_access_requests")
        ),
        sqlite_with_rowid=False,
    )
    protect("access_requests")
