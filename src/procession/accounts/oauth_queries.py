"""All SQL of OAuth: clients, codes, refresh tokens, consents."""

import sqlalchemy as sa

from procession.accounts.model import Client, Code, Refresh
from procession.accounts.tables import application_tokens, consents, oauth_clients, oauth_codes, refresh_tokens
from procession.kernel.sql import Among, Patch, Query, Write, columns_of, insert, row, upsert

INSERT_CLIENT = insert(oauth_clients)
PATCH_CLIENT = Patch(oauth_clients, "id")
_client = sa.select(*columns_of(oauth_clients, Client)).where(oauth_clients.c.deleted_at.is_(None))
_id = oauth_clients.c.id == sa.bindparam("id")
_owner = oauth_clients.c.owner == sa.bindparam("owner")
CLIENT = Query(_client.where(_id), Client)
CLIENT_FOR_UPDATE = Query(_client.where(_id, _owner).with_for_update(), Client)
CLIENTS = Query(_client.where(_owner).order_by(oauth_clients.c.created_at, oauth_clients.c.id), Client)
BUILT_IN = Query(_client.where(_owner, oauth_clients.c.built_in.is_(sa.true())), Client)
LAST_CLIENT = Query(sa.select(sa.func.coalesce(sa.func.max(oauth_clients.c.id), 0)), int)
TAKEN_CLIENT = Query(sa.select(oauth_clients.c.id).where(_id), int)

INSERT_CODE = insert(oauth_codes)
CODE = Query(
    sa.select(*columns_of(oauth_codes, Code)).where(oauth_codes.c.digest == sa.bindparam("digest")).with_for_update(),
    Code,
)
USE_CODE = Write(
    sa.update(oauth_codes)
    .where(oauth_codes.c.digest == sa.bindparam("digest"))
    .values(used_at=sa.bindparam("at", type_=oauth_codes.c.used_at.type))
)
FORGET_CODES = Write(
    sa.delete(oauth_codes).where(oauth_codes.c.expires_at < sa.bindparam("before", type_=oauth_codes.c.expires_at.type))
)

INSERT_REFRESH = insert(refresh_tokens)
REFRESH = Query(
    sa.select(*columns_of(refresh_tokens, Refresh))
    .where(refresh_tokens.c.digest == sa.bindparam("digest"))
    .with_for_update(),
    Refresh,
)
USE_REFRESH = Write(
    sa.update(refresh_tokens)
    .where(refresh_tokens.c.digest == sa.bindparam("digest"), refresh_tokens.c.used_at.is_(None))
    .values(used_at=sa.bindparam("at", type_=refresh_tokens.c.used_at.type))
)

PUT_CONSENT = upsert(consents, "scopes", "given_at")
CONSENT: Query[list[str]] = Query(
    sa.select(consents.c.scopes).where(
        consents.c.account_id == sa.bindparam("account_id"),
        consents.c.client_id == sa.bindparam("client_id"),
        consents.c.organization == sa.bindparam("organization"),
    ),
    list,
)
FORGET_CONSENTS = Write(sa.delete(consents).where(consents.c.client_id == sa.bindparam("client_id")))

INSERT_APPLICATION = insert(application_tokens)
APPLICATION = Query(
    sa.select(
        application_tokens.c.id,
        application_tokens.c.expires_at,
        application_tokens.c.revoked_at,
        oauth_clients.c.id,
        oauth_clients.c.name,
        oauth_clients.c.owner,
        oauth_clients.c.disabled_at,
        oauth_clients.c.require_client_header,
    )
    .select_from(application_tokens.join(oauth_clients, oauth_clients.c.id == application_tokens.c.client_id))
    .where(application_tokens.c.digest == sa.bindparam("digest"), oauth_clients.c.deleted_at.is_(None)),
    row,
)
END_APPLICATION = Write(
    sa.update(application_tokens)
    .where(
        application_tokens.c.digest == sa.bindparam("digest"),
        application_tokens.c.client_id == sa.bindparam("client_id"),
        application_tokens.c.revoked_at.is_(None),
    )
    .values(revoked_at=sa.bindparam("at", type_=application_tokens.c.revoked_at.type))
)
CLIENT_NAMES = Query(sa.select(oauth_clients.c.id, oauth_clients.c.name).where(Among(oauth_clients.c.id, "ids")), row)
