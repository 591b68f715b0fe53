"""All SQL of accounts, passwords, tokens, signing keys. Their tables are global: no statement names an organization."""

from typing import Any

import sqlalchemy as sa

from procession.accounts.model import AccountRecord, Token
from procession.accounts.tables import (
    accounts,
    application_tokens,
    attempts,
    consents,
    links,
    oauth_codes,
    passwords,
    refresh_tokens,
    signing_keys,
    tokens,
)
from procession.kernel.sql import Among, Patch, Query, Write, columns_of, insert, row, upsert

INSERT_ACCOUNT = Query(
    sa.insert(accounts)
    .values({c: sa.bindparam(f"new_{c.name}", type_=c.type) for c in accounts.c if c.name != "id"})
    .returning(accounts.c.id),
    int,
)
ACCOUNT_BY_EMAIL = Query(
    sa.select(*columns_of(accounts, AccountRecord)).where(accounts.c.email == sa.bindparam("email")), AccountRecord
)
_by_id = sa.select(*columns_of(accounts, AccountRecord)).where(accounts.c.id == sa.bindparam("account_id"))
ACCOUNT = Query(_by_id, AccountRecord)
ACCOUNT_FOR_UPDATE = Query(_by_id.with_for_update(), AccountRecord)
PATCH_ACCOUNT = Patch(accounts, "id")
DELETE_ACCOUNT = Write(sa.delete(accounts).where(accounts.c.id == sa.bindparam("account_id")))
TAKEN_USERNAMES = Query(sa.select(accounts.c.username).where(Among(accounts.c.username, "usernames")), str)

# -- passwords, links, attempts ---------------------------------------------------------------------------------------

PASSWORD = Query(sa.select(passwords.c.hash).where(passwords.c.account_id == sa.bindparam("account_id")), str)
HAVE_PASSWORDS = Query(sa.select(passwords.c.account_id).where(Among(passwords.c.account_id, "ids")), int)
PUT_PASSWORD = upsert(passwords, "hash", "changed_at")
FORGET_PASSWORD = Write(sa.delete(passwords).where(passwords.c.account_id == sa.bindparam("account_id")))

INSERT_LINK = insert(links)
_link = (links.c.digest == sa.bindparam("digest"), links.c.purpose == sa.bindparam("purpose"))
LINK = Query(sa.select(links.c.account_id, links.c.expires_at, links.c.used_at).where(*_link), row)
USE_LINK = Query(
    sa.update(links)
    .where(*_link, links.c.used_at.is_(None))
    .values(used_at=sa.bindparam("at", type_=links.c.used_at.type))
    .returning(links.c.account_id),
    int,
)
KILL_LINKS = Write(
    sa.update(links)
    .where(
        links.c.account_id == sa.bindparam("account_id"),
        links.c.purpose == sa.bindparam("purpose"),
        links.c.used_at.is_(None),
    )
    .values(used_at=sa.bindparam("at", type_=links.c.used_at.type))
)
FORGET_LINKS = Write(sa.delete(links).where(links.c.expires_at < sa.bindparam("before", type_=links.c.expires_at.type)))
LINKS_OF = Write(sa.delete(links).where(links.c.account_id == sa.bindparam("account_id")))

ATTEMPTS = Query(
    sa.select(attempts.c.at, attempts.c.failed)
    .where(attempts.c.key == sa.bindparam("key"), attempts.c.at > sa.bindparam("at", type_=attempts.c.at.type))
    .order_by(attempts.c.at, attempts.c.id),
    row,
)
ADD_ATTEMPT = insert(attempts)
FORGIVE = Write(sa.delete(attempts).where(attempts.c.key == sa.bindparam("key"), attempts.c.failed.is_(sa.true())))
FORGET_ATTEMPTS = Write(sa.delete(attempts).where(attempts.c.at < sa.bindparam("before", type_=attempts.c.at.type)))

# -- tokens -----------------------------------------------------------------------------------------------------------

INSERT_TOKEN = insert(tokens)
_at = sa.bindparam("at", type_=tokens.c.revoked_at.type)
_token = sa.select(*columns_of(tokens, Token))
_of_account = tokens.c.account_id == sa.bindparam("account_id")
_of_kind = tokens.c.kind == sa.bindparam("kind")
_alive = tokens.c.revoked_at.is_(None)
TOKENS = Query(
    _token.where(_of_account, _of_kind, _alive).order_by(tokens.c.created_at.desc(), tokens.c.id.desc()), Token
)
TOKEN = Query(_token.where(tokens.c.id == sa.bindparam("token_id")), Token)
TOKEN_BY_DIGEST = Query(_token.where(tokens.c.digest == sa.bindparam("digest")), Token)
PATCH_TOKEN = Patch(tokens, "id")
FORGET_TRACES = Write(sa.update(tokens).where(_of_account).values(seen=None, name=""))
"""Where the tokens of somebody were used from, and what he called them."""
FORGET_GRANTS = tuple(
    Write(sa.delete(one).where(one.c.account_id == sa.bindparam("account_id")))
    for one in (consents, oauth_codes, refresh_tokens)
)
REVOKE_TOKEN = Write(sa.update(tokens).where(tokens.c.id == sa.bindparam("token_id"), _alive).values(revoked_at=_at))


def _revoke(*which: Any) -> Query[int]:
    """Revoke what is alive; the row of each."""
    return Query(sa.update(tokens).where(_alive, *which).values(revoked_at=_at).returning(tokens.c.account_id), int)


_kinds = Among(tokens.c.kind, "kinds")
REVOKE_KINDS = _revoke(_of_account, _kinds, tokens.c.id != sa.bindparam("except_id"))
REVOKE_AT_LOGOUT = _revoke(_of_account, _of_kind, tokens.c.revoke_on_logout.is_(sa.true()))
REVOKE_BOUND = _revoke(_of_account, tokens.c.bound_to == sa.bindparam("bound_to"))
REVOKE_FAMILY = _revoke(tokens.c.family == sa.bindparam("family"))
REVOKE_CLIENT = _revoke(tokens.c.client_id == sa.bindparam("client_id"))
MARK_FOR_LOGOUT = Write(
    sa.update(tokens)
    .where(
        _of_kind,
        _alive,
        Among(tokens.c.account_id, "accounts"),
        sa.or_(tokens.c.bound_to.is_(None), tokens.c.bound_to == sa.bindparam("bound_to")),
    )
    .values(revoke_on_logout=True)
)
FORGET_TOKENS = Write(
    sa.delete(tokens).where(
        sa.or_(
            tokens.c.expires_at < sa.bindparam("before", type_=tokens.c.expires_at.type),
            tokens.c.revoked_at < sa.bindparam("before", type_=tokens.c.revoked_at.type),
        )
    )
)

END_APPLICATIONS = Write(
    sa.update(application_tokens)
    .where(application_tokens.c.client_id == sa.bindparam("client_id"), application_tokens.c.revoked_at.is_(None))
    .values(revoked_at=sa.bindparam("at", type_=application_tokens.c.revoked_at.type))
)
FORGET_APPLICATIONS = Write(
    sa.delete(application_tokens).where(
        application_tokens.c.expires_at < sa.bindparam("before", type_=application_tokens.c.expires_at.type)
    )
)

USE_TOKEN = Write(
    sa.update(tokens)
    .where(tokens.c.id == sa.bindparam("token_id"))
    .values(last_used_at=sa.bindparam("at", type_=tokens.c.last_used_at.type))
)
_until = sa.bindparam("until", type_=tokens.c.expires_at.type)
EXTEND_SESSION = Write(
    sa.update(tokens)
    .where(
        tokens.c.id == sa.bindparam("token_id"),
        tokens.c.lifetime == sa.bindparam("lifetime"),
        tokens.c.expires_at < _until,
        _alive,
    )
    .values(expires_at=_until)
)

_dead = sa.bindparam("at", type_=refresh_tokens.c.revoked_at.type)


def _end(*which: Any) -> Write:
    return Write(
        sa.update(refresh_tokens).where(refresh_tokens.c.revoked_at.is_(None), *which).values(revoked_at=_dead)
    )


END_REFRESH = _end(refresh_tokens.c.digest == sa.bindparam("digest"))
END_FAMILY = _end(refresh_tokens.c.family == sa.bindparam("family"))
END_OF_CLIENT = _end(refresh_tokens.c.client_id == sa.bindparam("client_id"))
END_OF_ACCOUNT = _end(refresh_tokens.c.account_id == sa.bindparam("account_id"))
END_BOUND = _end(
    refresh_tokens.c.account_id == sa.bindparam("account_id"), refresh_tokens.c.bound_to == sa.bindparam("bound_to")
)
FORGET_REFRESH = Write(
    sa.delete(refresh_tokens).where(
        refresh_tokens.c.expires_at < sa.bindparam("before", type_=refresh_tokens.c.expires_at.type)
    )
)

# -- signing keys -----------------------------------------------------------------------------------------------------

INSERT_KEY = insert(signing_keys)
SIGNING_KEY = Query(
    sa.select(signing_keys.c.id, signing_keys.c.secret, signing_keys.c.created_at)
    .where(signing_keys.c.retired_at.is_(None))
    .order_by(signing_keys.c.created_at.desc(), signing_keys.c.id.desc())
    .limit(1),
    row,
)
RETIRE_KEYS = Write(
    sa.update(signing_keys)
    .where(signing_keys.c.retired_at.is_(None))
    .values(retired_at=sa.bindparam("at", type_=signing_keys.c.retired_at.type))
)
_lives_on = sa.exists().where(
    tokens.c.created_at <= signing_keys.c.retired_at,
    _alive,
    sa.or_(tokens.c.expires_at.is_(None), tokens.c.expires_at > sa.bindparam("at", type_=tokens.c.expires_at.type)),
)
FORGET_KEYS = Query(
    sa.delete(signing_keys).where(signing_keys.c.retired_at.is_not(None), ~_lives_on).returning(signing_keys.c.id), str
)
PUBLIC_KEYS: Query[dict[str, Any]] = Query(
    sa.select(signing_keys.c.public).order_by(signing_keys.c.created_at.desc(), signing_keys.c.id.desc()), dict
)
