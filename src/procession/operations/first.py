"""The first organization with its first administrator (`procession init`)."""

import re

import msgspec
import sqlalchemy as sa

from procession.accounts.keys import Secrets
from procession.accounts.people import create_account, find_account
from procession.accounts.tokens import create_token
from procession.api.starters import furnish
from procession.engine.people import is_address
from procession.kernel.clock import Clock
from procession.kernel.database import Database, Session
from procession.kernel.ids import NOWHERE
from procession.kernel.sql import Query
from procession.kernel.unit import Unit
from procession.operations.settings import Settings, public_url, secret_key
from procession.people.organizations import create_organization
from procession.people.tables import organizations
from procession.people.tenants import across

ANY_ORGANIZATION = Query(
    sa.select(organizations.c.organization_id).order_by(organizations.c.created_at).limit(1),
    str,
    why_all_tenants="the first organization is made once",
)
FIRST_NAME, LAST_NAME = 32, 64
"""The longest names of a member (spec 40 §11.1)."""

ORGANIZATION_NAME = 50


class Refused(Exception):
    """The command cannot be done; the text says why."""


class First(msgspec.Struct, frozen=True):
    """What a script needs to go on: `procession init --json` prints it (operator's interface)."""

    api_url: str
    app_url: str
    organization_id: str
    user_id: int
    email: str
    access_token: str


class Founder(msgspec.Struct, frozen=True, kw_only=True):
    """The organization to make and its administrator."""

    organization: str
    email: str
    name: str | None = None
    timezone: str = "UTC"


def first_organization(unit: Unit) -> str | None:
    """The oldest organization on the server, or None."""
    found = across(unit, ANY_ORGANIZATION)
    return found[0] if found else None


def init(
    database: Database, settings: Settings, founder: Founder, *, another: bool = False, address: str | None = None
) -> First:
    """Make an organization with what it begins with, in a migrated database, in one transaction. `address`: what links
    start with.

    Raises `Refused` when there is an organization already and `another` was not asked for.
    """
    secrets = Secrets(secret_key(settings))
    now = Clock().now()

    def work(session: Session) -> First:
        unit = Unit(session, NOWHERE, now)
        first = found(unit, secrets, founder, another=another, address=address or public_url(settings))
        furnish(unit, first.user_id, founder.organization.strip())
        return first

    return database.command_now(work)


def found(unit: Unit, secrets: Secrets, founder: Founder, *, another: bool, address: str) -> First:
    """As `init`, inside a transaction; the unit then belongs to the organization that was made."""
    unit.lock("first organization")
    present = first_organization(unit)
    if present is not None and not another:
        raise Refused(f"There is an organization already ({present}); --another makes one more.")
    name = founder.organization.strip()
    if not 1 <= len(name) <= ORGANIZATION_NAME:
        raise Refused(f"The name of an organization has 1 to {ORGANIZATION_NAME} characters.")
    account_id = ensure_account(unit, founder.email, founder.name, founder.timezone)
    organization_id = create_organization(unit, name=name, owner_account=account_id, timezone=founder.timezone)
    _, token = create_token(unit, secrets, account_id=account_id, name="First token", expires_at=None, issuer=address)
    return First(f"{address}/api", address, organization_id, account_id, founder.email.strip().lower(), token)


def ensure_account(unit: Unit, email: str, name: str | None, timezone: str = "UTC") -> int:
    """The account of that address, made when there is none. `name`: "First Last"; else made from the address."""
    address = email.strip().lower()
    if not is_address(address):
        raise Refused(f"{email!r} is no e-mail address.")
    present = find_account(unit, address)
    if present is not None:
        return present.id
    first_name, last_name = names(name or re.sub(r"[._+-]+", " ", address.partition("@")[0]).title())
    return create_account(unit, email=address, first_name=first_name, last_name=last_name, timezone=timezone)


def names(name: str) -> tuple[str, str]:
    """First and last name. Both are required: whoever has one name only is called by it twice over."""
    first, _, last = (" ".join(name.split()) or "Somebody").partition(" ")
    return first[:FIRST_NAME], (last or first)[:LAST_NAME]
