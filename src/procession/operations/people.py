"""Members and their tokens from the command line: for any role, and counted by no limit (operator's interface)."""

import re
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from procession.accounts.keys import Secrets
from procession.accounts.links import make_link
from procession.accounts.people import find_account
from procession.accounts.tables import accounts, tokens
from procession.accounts.tokens import create_token, find_token, revoke, rotate_keys
from procession.kernel.clock import Clock
from procession.kernel.database import Database, Session
from procession.kernel.ids import NOWHERE, read_id
from procession.kernel.sql import Query
from procession.kernel.unit import Unit
from procession.operations.first import Refused, ensure_account
from procession.operations.settings import Settings, public_url, secret_key
from procession.people.members import find_member
from procession.people.model import Role
from procession.people.organizations import add_member, organizations_of
from procession.people.tables import organizations
from procession.wire.times import instant

MEMBERS = ("active", "invited", "pending", "disabled")


def _shown(*columns: Any) -> dict[str, Any]:
    token_id, email, name, kind, bound_to, created, expires, used = columns
    return {
        "id": token_id,
        "email": email,
        "name": name,
        "kind": kind,
        "organization_id": bound_to,
        "created_at": instant(created),
        "expires_at": instant(expires),
        "last_used_at": instant(used),
    }


TOKENS = Query(
    sa.select(
        tokens.c.id,
        accounts.c.email,
        tokens.c.name,
        tokens.c.kind,
        tokens.c.bound_to,
        tokens.c.created_at,
        tokens.c.expires_at,
        tokens.c.last_used_at,
    )
    .select_from(tokens.join(accounts, accounts.c.id == tokens.c.account_id))
    .where(tokens.c.revoked_at.is_(None))
    .order_by(tokens.c.created_at.desc(), tokens.c.id),
    _shown,
)
ORGANIZATION = Query(
    sa.select(organizations.c.organization_id).where(
        organizations.c.organization_id == sa.bindparam("organization_id")
    ),
    str,
)


def expiry(text: str) -> timedelta | None:
    """`90d`, `12h`; None for `never`. Raises `ValueError`."""
    read = text.strip().lower()
    if read == "never":
        return None
    number = re.fullmatch(r"([1-9][0-9]{0,4})([hd])", read)
    if number is None:
        raise ValueError("a number of days or hours such as 90d or 12h, or never")
    return timedelta(days=int(number[1])) if number[2] == "d" else timedelta(hours=int(number[1]))


def new_token(
    database: Database,
    settings: Settings,
    *,
    email: str,
    organization: str | None = None,
    name: str = "Command line",
    expires: timedelta | None = None,
) -> dict[str, Any]:
    """A personal access token; `organization` binds it to that one. Raises `Refused` for who is no member there."""
    secrets = Secrets(secret_key(settings))
    now = Clock().now()

    def work(session: Session) -> dict[str, Any]:
        unit = Unit(session, NOWHERE, now)
        account = find_account(unit, email)
        if account is None:
            raise Refused(f"Nobody here has the address {email}.")
        joined = {one.id for one, membership in organizations_of(unit, account.id) if membership.status == "active"}
        if organization is not None and _id(organization) not in joined:
            raise Refused(f"{email} is no active member of the organization {organization}.")
        if not joined:
            raise Refused(f"{email} is no active member of any organization.")
        token_id, text = create_token(
            unit,
            secrets,
            account_id=account.id,
            name=name[:100],
            expires_at=now + expires if expires else None,
            bound_to=_id(organization) if organization else None,
            issuer=public_url(settings),
        )
        return {"id": token_id, "user_id": account.id, "email": account.email, "access_token": text}

    return database.command_now(work)


def list_tokens(database: Database, email: str | None = None) -> list[dict[str, Any]]:
    """Every token that is not revoked, newest first, without its text."""
    now = Clock().now()
    found = database.read_now(lambda session: Unit(session, NOWHERE, now).all(TOKENS))
    return [one for one in found if email is None or one["email"] == email.strip().lower()]


def revoke_token(database: Database, token_id: str) -> None:
    """From now on the token is refused; one that is revoked stays so. Raises `Refused` for an unknown one."""
    now = Clock().now()

    def work(session: Session) -> None:
        unit = Unit(session, NOWHERE, now)
        if find_token(unit, _id(token_id)) is None:
            raise Refused(f"There is no token {token_id}.")
        revoke(unit, _id(token_id))

    database.command_now(work)


def rotate_key(database: Database, settings: Settings) -> str:
    """Another key signs tokens from now on; its id."""
    secrets = Secrets(secret_key(settings))
    now = Clock().now()
    return database.command_now(lambda session: rotate_keys(Unit(session, NOWHERE, now), secrets))


def reset_link(database: Database, settings: Settings, email: str) -> str:
    """A link with which somebody sets a new password. Raises `Refused` for an address nobody has."""
    now = Clock().now()

    def work(session: Session) -> str:
        unit = Unit(session, NOWHERE, now)
        account = find_account(unit, email)
        if account is None or account.suspended:
            raise Refused(f"Nobody here has the address {email}.")
        return f"{public_url(settings)}/password/reset/{make_link(unit, account.id, 'reset')}"

    return database.command_now(work)


def new_member(
    database: Database, settings: Settings, *, email: str, role: Role, organization: str, name: str | None = None
) -> dict[str, Any]:
    """A member, active at once, with a token. Raises `Refused` for who is one already."""
    secrets = Secrets(secret_key(settings))
    now = Clock().now()

    def work(session: Session) -> dict[str, Any]:
        unit = Unit(session, _id(organization), now)
        if unit.one(ORGANIZATION) is None:
            raise Refused(f"There is no organization {organization}.")
        account_id = ensure_account(unit, email, name)
        present = find_member(unit, account_id)
        if present is not None and present.status in MEMBERS:
            raise Refused(f"{email} is a member of that organization already ({present.status}).")
        add_member(unit, account_id, role)
        _, text = create_token(
            unit, secrets, account_id=account_id, name="First token", expires_at=None, issuer=public_url(settings)
        )
        return {"user_id": account_id, "access_token": text}

    return database.command_now(work)


def _id(text: str) -> str:
    return read_id(text.strip()) or NOWHERE
