"""Rows of accounts. Global: an account may be a member of several organizations. Mails belong to one, or to none."""

import sqlalchemy as sa

from procession.kernel.sql import Id, Json, Sequence, Utc, metadata, tenant_table

accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("id", Sequence, sa.Identity(), primary_key=True),
    sa.Column("email", sa.String(254), nullable=False, unique=True),
    sa.Column("username", sa.String(254), unique=True),
    sa.Column("first_name", sa.String(32), nullable=False),
    sa.Column("last_name", sa.String(64), nullable=False),
    sa.Column("timezone", sa.String(64), nullable=False),
    sa.Column("profile", Json, nullable=False),
    sa.Column("suspended", sa.Boolean, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("updated_at", Utc, nullable=False),
    sqlite_autoincrement=True,
)
"""People who sign in. `profile`: phone, job title and the like, read and written whole. The bots are accounts too."""

tokens = sa.Table(
    "tokens",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("id", Id, nullable=False, unique=True),
    sa.Column("account_id", sa.ForeignKey("accounts.id"), nullable=False, index=True),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("scopes", Json, nullable=False),
    sa.Column("bound_to", Id),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("expires_at", Utc),
    sa.Column("revoked_at", Utc),
    sa.Column("last_used_at", Utc),
    sa.Column("client_id", Sequence, nullable=False, server_default="1"),
    sa.Column("family", Id),
    sa.Column("lifetime", sa.Integer),
    sa.Column("revoke_on_logout", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("require_client_header", sa.Boolean),
    sa.Column("confirmed_at", Utc),
    sa.Column("seen", Json),
    sa.Column("imports", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Index("ix_tokens_family", "family"),
    sa.Index("ix_tokens_client_id", "client_id"),
    sqlite_with_rowid=False,
)
"""Tokens, found by the SHA-256 of their text (spec 40 §5.2). `bound_to`: the one organization it works for.

`client_id`: whose audience it has, 1 for those made here. `family`: the tokens of one OAuth grant, which end together.
`lifetime`: seconds by which use extends it (sessions). `confirmed_at`: when a session's owner last proved who he is.
`seen`: address and client of a session's sign-in, or of the last call. `imports`: it is in import mode where its owner
is an administrator (spec 50 IMP-03).
"""

signing_keys = sa.Table(
    "signing_keys",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("secret", sa.LargeBinary, nullable=False, info={"sealed": True}),
    sa.Column("public", Json, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("retired_at", Utc),
)
"""RSA keys that sign tokens; `secret` is the private JWK, encrypted with the operator's secret key.

Sealed columns are found by their `info` when that key changes.
"""

passwords = sa.Table(
    "passwords",
    metadata,
    sa.Column("account_id", sa.ForeignKey("accounts.id"), primary_key=True, autoincrement=False),
    sa.Column("hash", sa.String(200), nullable=False),
    sa.Column("changed_at", Utc, nullable=False),
    sqlite_with_rowid=False,
)
"""Argon2id hashes, with their parameters in them. Whoever has no row has no password."""

links = sa.Table(
    "links",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("account_id", sa.ForeignKey("accounts.id"), nullable=False, index=True),
    sa.Column("purpose", sa.String(20), nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("expires_at", Utc, nullable=False),
    sa.Column("used_at", Utc),
    sqlite_with_rowid=False,
)
"""Links of mails that do something once: confirm an address, set a new password. Found by the digest of their code."""

attempts = sa.Table(
    "attempts",
    metadata,
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("at", Utc, primary_key=True),
    sa.Column("id", Id, primary_key=True),
    sa.Column("failed", sa.Boolean, nullable=False),
    sa.Index("ix_attempts_at", "at"),
    sqlite_with_rowid=False,
)
"""Attempts to sign in and the like, by the digest of whom and where from; forgotten after an hour."""

oauth_clients = sa.Table(
    "oauth_clients",
    metadata,
    sa.Column("id", Sequence, primary_key=True, autoincrement=False),
    sa.Column("owner", Id),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("redirect_uris", Json, nullable=False),
    sa.Column("grant_types", Json, nullable=False),
    sa.Column("scopes", Json, nullable=False),
    sa.Column("confidential", sa.Boolean, nullable=False),
    sa.Column("trusted", sa.Boolean, nullable=False),
    sa.Column("built_in", sa.Boolean, nullable=False),
    sa.Column("secret_digest", sa.String(64)),
    sa.Column("secret", sa.LargeBinary, info={"sealed": True}),
    sa.Column("require_client_header", sa.Boolean),
    sa.Column("access_token_ttl", sa.Integer),
    sa.Column("refresh_token_ttl", sa.Integer),
    sa.Column("logo_url", sa.String(2048)),
    sa.Column("homepage_url", sa.String(2048)),
    sa.Column("created_by", Sequence),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("updated_at", Utc, nullable=False),
    sa.Column("disabled_at", Utc),
    sa.Column("deleted_at", Utc),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Index("ix_oauth_clients_owner", "owner"),
)
"""OAuth clients (spec 40 §6.1). `owner`: the organization; `built_in`: the one every organization has.

The secret is compared by its digest; only of the built-in client it is kept to be shown again, sealed.
"""

oauth_codes = sa.Table(
    "oauth_codes",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("client_id", Sequence, nullable=False),
    sa.Column("account_id", sa.ForeignKey("accounts.id"), nullable=False, index=True),
    sa.Column("bound_to", Id),
    sa.Column("redirect_uri", sa.String(2048), nullable=False),
    sa.Column("named_uri", sa.Boolean, nullable=False),
    sa.Column("scopes", Json, nullable=False),
    sa.Column("challenge", sa.String(128)),
    sa.Column("challenge_method", sa.String(5)),
    sa.Column("family", Id, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("expires_at", Utc, nullable=False),
    sa.Column("used_at", Utc),
    sqlite_with_rowid=False,
)
"""Authorization codes, single use. `family`: that of the tokens it made, which a second use revokes."""

refresh_tokens = sa.Table(
    "refresh_tokens",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("id", Id, nullable=False, unique=True),
    sa.Column("family", Id, nullable=False, index=True),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("client_id", Sequence, nullable=False, index=True),
    sa.Column("account_id", sa.ForeignKey("accounts.id"), nullable=False, index=True),
    sa.Column("bound_to", Id),
    sa.Column("scopes", Json, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("expires_at", Utc, nullable=False),
    sa.Column("used_at", Utc),
    sa.Column("revoked_at", Utc),
    sqlite_with_rowid=False,
)
"""Refresh tokens, each used once: `used_at` starts the minute in which it may be used again (spec 40 §6.3)."""

application_tokens = sa.Table(
    "application_tokens",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("id", Id, nullable=False, unique=True),
    sa.Column("client_id", Sequence, nullable=False, index=True),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("expires_at", Utc, nullable=False),
    sa.Column("revoked_at", Utc),
    sqlite_with_rowid=False,
)
"""Tokens of applications themselves, which are nobody's: no other operation than theirs ever looks here."""

consents = sa.Table(
    "consents",
    metadata,
    sa.Column("account_id", sa.ForeignKey("accounts.id"), primary_key=True, autoincrement=False),
    sa.Column("client_id", Sequence, primary_key=True, autoincrement=False),
    sa.Column("organization", Id, primary_key=True),
    sa.Column("scopes", Json, nullable=False),
    sa.Column("given_at", Utc, nullable=False),
    sqlite_with_rowid=False,
)
"""What somebody allowed a client in an organization: he is not asked again (spec 40 §6.2)."""

mails = tenant_table(
    "mails",
    sa.Column("id", Id, primary_key=True),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("recipient", sa.String(254), nullable=False),
    sa.Column("account_id", Sequence),
    sa.Column("guest_id", Sequence),
    sa.Column("subject", sa.String(200), nullable=False),
    sa.Column("about", Json, nullable=False),
    sa.Column("link", sa.LargeBinary, info={"sealed": True}),
    sa.Column("object_kind", sa.String(20)),
    sa.Column("object_id", sa.String(64)),
    sa.Column("status", sa.String(20), nullable=False),
    sa.Column("provider_id", sa.String(200)),
    sa.Column("error", sa.String(2000)),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("sent_at", Utc),
    sa.Column("delivered_at", Utc),
    sa.Index("ix_mails_created_at", "organization_id", "created_at", "id"),
    sa.Index("ix_mails_account_id", "organization_id", "account_id", "created_at"),
    sa.Index("ix_mails_guest_id", "organization_id", "guest_id", "created_at"),
    rowid=False,
)
"""The delivery log (spec 41 §14.6), which is the outbox too: a row is written with what caused it, then sent.

`link`: where its button leads, sealed, for it may open what nobody else may. `about`: what its text is made of.
Of no organization (zeros) are those that belong to an account alone.
"""
