"""OAuth clients (spec 40 §6.1): made, changed, their secrets."""

import secrets as chance
import string
from collections.abc import Mapping
from typing import Any

import msgspec

from procession.accounts import oauth_queries as queries
from procession.accounts.keys import Secrets, same
from procession.accounts.model import OWN_CLIENT, Client
from procession.accounts.tokens import digest, revoke_client
from procession.kernel.unit import Unit

FIRST_ID = 100
"""Numbers below are for operators to choose: published connectors have theirs compiled in."""

SECRET_LENGTH = 40
_LETTERS = string.ascii_letters + string.digits
GRANTS = ("authorization_code", "implicit", "password", "client_credentials", "refresh_token")


def new_secret() -> str:
    """40 letters and digits."""
    return "".join(chance.choice(_LETTERS) for _ in range(SECRET_LENGTH))


def create_client(unit: Unit, made: Mapping[str, Any], *, secret: str | None, sealed: bytes | None = None) -> Client:
    """A new client of the unit's organization; with `secret` a confidential one."""
    unit.lock("oauth client")
    last = unit.one(queries.LAST_CLIENT) or 0
    client_id = made.get("id") or max(last + 1, FIRST_ID)
    row: dict[str, Any] = {
        "redirect_uris": [],
        "grant_types": [],
        "scopes": ["*"],
        "trusted": False,
        "built_in": False,
        "require_client_header": None,
        "access_token_ttl": None,
        "refresh_token_ttl": None,
        "logo_url": None,
        "homepage_url": None,
        "created_by": None,
        **made,
        "id": client_id,
        "owner": unit.organization_id,
        "confidential": secret is not None,
        "secret_digest": digest(secret) if secret is not None else None,
        "secret": sealed,
        "created_at": unit.now,
        "updated_at": unit.now,
        "disabled_at": None,
        "revision": 1,
    }
    unit.write(queries.INSERT_CLIENT, deleted_at=None, **row)
    return msgspec.convert(row, Client)


def id_taken(unit: Unit, client_id: int) -> bool:
    """Whether a client has or had this number, the server itself among them."""
    return client_id == OWN_CLIENT or unit.one(queries.TAKEN_CLIENT, id=client_id) is not None


def built_in_client(unit: Unit, secrets: Secrets) -> Client:
    """The client that every organization has, for the password grant; made when it is first asked for."""
    found = unit.one(queries.BUILT_IN, owner=unit.organization_id)
    if found is None:
        unit.lock("oauth client")
        found = unit.one(queries.BUILT_IN, owner=unit.organization_id)
    if found is not None:
        return found
    secret = new_secret()
    made = {"name": "API", "grant_types": ["password", "refresh_token"], "built_in": True}
    return create_client(unit, made, secret=secret, sealed=secrets.seal(secret.encode()))


def secret_of(secrets: Secrets, client: Client) -> str | None:
    """The secret in clear: of the built-in client alone."""
    return secrets.open(client.secret).decode() if client.secret is not None else None


def find_client(unit: Unit, client_id: int) -> Client | None:
    """A client by its number, disabled or not."""
    return unit.one(queries.CLIENT, id=client_id)


def client_for_update(unit: Unit, client_id: int) -> Client | None:
    """A client of the unit's organization, locked."""
    return unit.one(queries.CLIENT_FOR_UPDATE, id=client_id, owner=unit.organization_id)


def list_clients(unit: Unit) -> list[Client]:
    """The clients of the unit's organization, oldest first."""
    return unit.all(queries.CLIENTS, owner=unit.organization_id)


def right_secret(client: Client, given: str) -> bool:
    """Whether this is the client's secret."""
    return client.secret_digest is not None and same(digest(given), client.secret_digest)


def change_client(unit: Unit, client: Client, changes: Mapping[str, Any]) -> Client:
    """The client with other members; what is the same already changes nothing."""
    columns = {name: value for name, value in changes.items() if getattr(client, name) != value}
    if not columns:
        return client
    columns |= {"updated_at": unit.now, "revision": client.revision + 1}
    unit.patch(queries.PATCH_CLIENT, columns, id=client.id)
    return msgspec.structs.replace(client, **columns)


def rotate_secret(unit: Unit, secrets: Secrets, client: Client, *, revoke: bool) -> tuple[Client, str]:
    """A new secret, the old one is dead; with `revoke` everything the client was given ends too."""
    secret = new_secret()
    sealed = secrets.seal(secret.encode()) if client.built_in else None
    if revoke:
        revoke_client(unit, client.id)
    return change_client(unit, client, {"secret_digest": digest(secret), "secret": sealed}), secret


def delete_client(unit: Unit, client: Client) -> None:
    """The client is gone, and everything it was given; its number is given to no other."""
    revoke_client(unit, client.id)
    unit.write(queries.FORGET_CONSENTS, client_id=client.id)
    gone = {"deleted_at": unit.now, "secret_digest": None, "secret": None, "revision": client.revision + 1}
    unit.patch(queries.PATCH_CLIENT, gone, id=client.id)


def client_here(unit: Unit, client_id: int) -> Client | None:
    """A client of the unit's organization."""
    found = find_client(unit, client_id)
    return found if found is not None and found.owner == unit.organization_id else None
