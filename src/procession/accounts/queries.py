"""All SQL of accounts, tokens and signing keys. Their tables are global: no statement names an organization."""

from typing import Any

import sqlalchemy as sa

from procession.accounts.model import AccountRecord, Token
from procession.accounts.tables import accounts, signing_keys, tokens
from procession.kernel.sql import Among, Query, Write, columns_of, insert, row

INSERT_ACCOUNT = Query(
    sa.insert(accounts)
    .values({c: sa.bindparam(f"new_{c.name}", type_=c.type) for c in accounts.c if c.name != "id"})
    .returning(accounts.c.id),
    int,
)
ACCOUNT_BY_EMAIL = Query(
    sa.select(*columns_of(accounts, AccountRecord)).where(accounts.c.email == sa.bindparam("email")), AccountRecord
)
ACCOUNT = Query(
    sa.select(*columns_of(accounts, AccountRecord)).where(accounts.c.id == sa.bindparam("account_id")), AccountRecord
)
TAKEN_USERNAMES = Query(sa.select(accounts.c.username).where(Among(accounts.c.username, "usernames")), str)

INSERT_TOKEN = insert(tokens)
TOKENS = Query(
    sa.select(*columns_of(tokens, Token))
    .where(
        tokens.c.account_id == sa.bindparam("account_id"),
        tokens.c.kind == sa.bindparam("kind"),
        tokens.c.revoked_at.is_(None),
    )
    .order_by(tokens.c.created_at.desc(), tokens.c.id.desc()),
    Token,
)
TOKEN = Query(sa.select(*columns_of(tokens, Token)).where(tokens.c.id == sa.bindparam("token_id")), Token)
REVOKE_TOKEN = Write(
    sa.update(tokens)
    .where(tokens.c.id == sa.bindparam("token_id"), tokens.c.revoked_at.is_(None))
    .values(revoked_at=sa.bindparam("at", type_=tokens.c.revoked_at.type))
)
FORGET_TOKENS = Write(
    sa.delete(tokens).where(
        sa.or_(
            tokens.c.expires_at < sa.bindparam("before", type_=tokens.c.expires_at.type),
            tokens.c.revoked_at < sa.bindparam("before", type_=tokens.c.revoked_at.type),
        )
    )
)

USE_TOKEN = Write(
    sa.update(tokens)
    .where(tokens.c.id == sa.bindparam("token_id"))
    .values(last_used_at=sa.bindparam("at", type_=tokens.c.last_used_at.type))
)

INSERT_KEY = insert(signing_keys)
SIGNING_KEY = Query(
    sa.select(signing_keys.c.id, signing_keys.c.secret)
    .where(signing_keys.c.retired_at.is_(None))
    .order_by(signing_keys.c.created_at.desc(), signing_keys.c.id.desc())
    .limit(1),
    row,
)
PUBLIC_KEYS: Query[dict[str, Any]] = Query(
    sa.select(signing_keys.c.public).order_by(signing_keys.c.created_at.desc(), signing_keys.c.id.desc()), dict
)
