"""Rows of accounts. Global: an account may be a member of several organizations."""

import sqlalchemy as sa

from procession.kernel.sql import Id, Json, Sequence, Utc, metadata

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
    sqlite_with_rowid=False,
)
"""Tokens, found by the SHA-256 of their text (spec 40 §5.2). `bound_to`: the one organization it works for."""

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
