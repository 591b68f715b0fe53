"""Who calls: a token or a guest code, looked up by its digest together with everything an operation asks about him.

One statement an operation (spec 40 §3.2 steps 4 to 6). The settings come from memory unless they changed.
"""

from datetime import datetime
from typing import Any

from procession.accounts.applications import authenticate_application as application_of
from procession.kernel.errors import Forbidden, Gone, Unauthenticated
from procession.kernel.unit import Unit
from procession.people import queries
from procession.people.model import EVERYONE, EVERYTHING, Account, Actor, application, group, guest, member
from procession.people.records import Credential
from procession.people.settings import current_settings, load_settings
from procession.people.tenants import across

STRANGER = "You are not a member of this organization."
"""Also for an organization that does not exist: the answer tells nothing (spec 00 ID-04)."""
NOT_ITS_OWN = "You don't have application's permissions for this organization!"


def find_organization(unit: Unit, slug: str) -> str | None:
    """The id of the organization with this slug (spec 00 URL-04)."""
    found = across(unit, queries.ORGANIZATION_BY_SLUG, slug=slug.strip().lower())
    return found[0] if found else None


def known_as(unit: Unit, organization_id: str) -> str | None:
    """The organization with this id, or the one the MD5 of whose slug it is; the id itself first (spec 50 IMP-01)."""
    found = across(unit, queries.KNOWN_AS, id=organization_id)
    if organization_id in found:
        return organization_id
    return found[0] if found else None


def authenticate_member(unit: Unit, digest: str) -> Actor:
    """The member whose token has this digest, in the unit's organization.

    Raises `Unauthenticated` for a token that is unknown, revoked or expired (`TOKEN_EXPIRED`), `Forbidden` for
    somebody who is no member here, was disabled (`MEMBER_DISABLED`), or whose token is for another organization.
    """
    found = unit.one(queries.CREDENTIAL, digest=digest)
    if found is None or found.suspended:
        raise Unauthenticated
    _require_valid(unit, found.revoked_at, found.expires_at)
    if found.needs_client and not unit.client:
        raise _without_client()
    # Before anything is said about the organization: the token tells nothing of those it was not made for.
    if found.bound_to is not None and found.bound_to != unit.organization_id:
        raise Forbidden("These credentials were made for another organization.")
    if found.role is None or found.revision is None or found.changed_at is None:
        raise Forbidden(STRANGER)
    if found.status == "disabled":
        raise _disabled(found)
    if found.status != "active":
        raise Forbidden(STRANGER)
    switches = found.switches or {}
    everyone = () if found.role == "light" else (EVERYONE,)
    return Actor(
        principal=member(found.account_id),
        principals=(member(found.account_id), *_groups(found.groups), *everyone),
        role=found.role,
        account_id=found.account_id,
        email=found.email,
        first_name=found.first_name,
        last_name=found.last_name,
        token_id=found.token_id,
        settings=load_settings(unit, found.revision, found.changed_at),
        may_create_templates=switches.get("can_create_templates", True),
        may_archive_processes=switches.get("can_archive_processes", True),
        scopes=tuple(found.scopes),
        imports=found.imports and found.role == "admin",
    )


def authenticate_guest(unit: Unit, code_digest: str) -> Actor:
    """The guest whose code has this digest, in the unit's organization (spec 40 §14.7).

    Raises `Unauthenticated` for a code that is unknown here, `Gone` for one that was replaced (§14.5), `Forbidden`
    (`MEMBER_DISABLED`) for a disabled guest.
    """
    found = unit.one(queries.GUEST_CREDENTIAL, digest=code_digest)
    if found is None:
        name = unit.one(queries.REPLACED_CODE, digest=code_digest)
        raise Unauthenticated if name is None else Gone(f"This link was replaced. Ask {name} for the new one.")
    if found.disabled_at is not None:
        raise Forbidden("This guest link is no longer active.", code="MEMBER_DISABLED")
    return Actor(
        principal=guest(found.guest_id),
        principals=(guest(found.guest_id), *_groups(found.groups)),
        role="guest",
        guest_id=found.guest_id,
        email=found.email,
        first_name=found.first_name or "",
        last_name=found.last_name or "",
        settings=load_settings(unit, found.revision, found.changed_at),
        may_create_templates=False,
        may_archive_processes=False,
    )


def authenticate_application(unit: Unit, digest: str) -> Actor:
    """The application whose token has this digest, in the unit's organization, which its client must belong to.

    Raises `Unauthenticated` for every other credential, `Forbidden` (spec 40 §7) for another organization's.
    """
    found = application_of(unit, digest)
    if found.owner != unit.organization_id:
        raise Forbidden(NOT_ITS_OWN)
    return Actor(
        principal=application(found.client_id),
        principals=(application(found.client_id),),
        role="application",
        email="",
        first_name=found.name,
        last_name="",
        settings=current_settings(unit),
        may_create_templates=False,
        may_archive_processes=False,
        scopes=EVERYTHING,
    )


def authenticate_account(unit: Unit, digest: str) -> Account:
    """Whose token this is, outside any organization. Raises `Unauthenticated`, as `authenticate_member`."""
    found: Any = unit.one(queries.ACCOUNT_CREDENTIAL, digest=digest)
    if found is None:
        raise Unauthenticated
    token_id, bound_to, expires_at, revoked_at, account_id, email, suspended, scopes, kind, confirmed, named = found
    if suspended:
        raise Unauthenticated
    _require_valid(unit, revoked_at, expires_at)
    if named and not unit.client:
        raise _without_client()
    return Account(
        account_id=account_id,
        email=email,
        token_id=token_id,
        bound_to=bound_to,
        scopes=tuple(scopes),
        kind=kind,
        confirmed_at=confirmed,
    )


def authenticate_session(unit: Unit, digest: str) -> Account:
    """Whose session this is. Raises `Unauthenticated` for any other kind of token too."""
    found = authenticate_account(unit, digest)
    if found.kind != "session":
        raise Unauthenticated
    return found


def _without_client() -> Unauthenticated:
    """The token was made so that it works only for callers that name themselves (spec 40 §3.1)."""
    return Unauthenticated("The X-Tallyfy-Client header is required.", code="CLIENT_HEADER_REQUIRED")


def _require_valid(unit: Unit, revoked_at: datetime | None, expires_at: datetime | None) -> None:
    if revoked_at is not None:
        raise Unauthenticated
    if expires_at is not None and expires_at <= unit.now:
        raise Unauthenticated(code="TOKEN_EXPIRED")


def _groups(joined: str | None) -> tuple[str, ...]:
    return tuple(group(one) for one in joined.split(",")) if joined else ()


def _disabled(found: Credential) -> Forbidden:
    """The refusal, with the day and who did it (spec 40 §10.2)."""
    when = f" on {found.disabled_at:%Y-%m-%d}" if found.disabled_at else ""
    by = f" by {found.disabled_by.strip()}" if found.disabled_by else ""
    return Forbidden(f"Your membership in this organization was disabled{when}{by}.", code="MEMBER_DISABLED")
