"""The caller himself (spec 40 §9, §10.1)."""

from copy import copy

import msgspec
from msgspec import structs

from procession.accounts.people import account_for_update, change_account
from procession.api.endpoint import Call, Reply, operation
from procession.api.member_includes import member_reply
from procession.api.organization import present
from procession.api.reading import Shape, raw
from procession.kernel.errors import Invalid, Unauthenticated
from procession.kernel.ids import NOWHERE, read_id
from procession.kernel.paging import read_page
from procession.people.acting import as_member
from procession.people.listing import cut
from procession.people.members import own_member
from procession.people.model import Account
from procession.people.organizations import organizations_of
from procession.people.places import guest_places
from procession.people.settings import current_settings
from procession.people.tenants import within
from procession.wire.organization import Organization
from procession.wire.paging import paged
from procession.wire.person import User
from procession.wire.times import instant

CONTEXT = ("x-organization-id", "x-org-id", "organization-id", "org-id", "x-tallyfy-org-id")
"""Headers that choose the organization where the path names none (spec 40 §3.1)."""


def account_of(call: Call) -> Account:
    """The caller, outside any organization."""
    if call.account is None:
        raise Unauthenticated
    return call.account


@operation("GET", "/me", id="getMe", acts=("me.see",), auth="account", query=("with",), answer=User, tag="Me")
def get_me(call: Call) -> Reply:
    """Read oneself, in the organization that the credentials, a header or the last visit give"""
    account = account_of(call)
    named = next((call.headers[one] for one in CONTEXT if call.headers.get(one)), None)
    found = own_member(call.unit, account.account_id, read_id(named), account.bound_to)
    if found is None:
        raise Unauthenticated
    organization_id, own = found
    with within(call.unit, organization_id or NOWHERE) as unit:
        settings = current_settings(unit)
        inside = copy(call)
        inside.actor = structs.replace(as_member(unit, own, settings), token_id=account.token_id, scopes=account.scopes)
        return member_reply(inside, own)


DEFAULT = Shape("defaultOrganizationInput", {"organization_id": raw({"type": "string"})}, required=("organization_id",))


@operation("PUT", "/me/default-organization", id="setDefaultOrganization", auth="account", acts=("me.change",),
           body=DEFAULT, answer=Organization, tag="Me")  # fmt: skip
def set_default_organization(call: Call) -> Reply:
    """Choose the organization that counts where a request names none"""
    own = account_of(call)
    chosen = read_id((call.body or {}).get("organization_id"))
    found = next((one for one in organizations_of(call.unit, own.account_id) if one[0].id == chosen), None)
    if found is None or found[1].status != "active" or own.bound_to not in (None, chosen):
        raise Invalid({"organization_id": ["The selected organization id is invalid."]})
    account = account_for_update(call.unit, own.account_id)
    if account is None:
        raise Unauthenticated
    change_account(call.unit, account, {"profile": {"default_organization": chosen}})
    return Reply(body={"data": present(call, *found)})


class GuestPlace(msgspec.Struct, frozen=True):
    """An organization where the caller's address is a guest."""

    id: str
    name: str
    slug: str
    disabled_at: str | None


@operation("GET", "/me/guest-organizations", id="listMyGuestOrganizations", auth="account", acts=("me.see",),
           answer=list[GuestPlace], tag="Me")  # fmt: skip
def list_guest_organizations(call: Call) -> Reply:
    """List the organizations where the caller's address is a guest"""
    own = account_of(call)
    found = guest_places(call.unit, own.email) if own.bound_to is None else []
    return Reply(body={"data": [GuestPlace(one, name, slug, instant(at)) for one, name, slug, at in found]})


@operation(
    "GET",
    "/me/organizations",
    id="listMyOrganizations",
    acts=("me.see",),
    auth="account",
    query=("page", "per_page", "limit", "with", "without_pagination", "pagination"),
    answer=list[Organization],
    tag="Me",
)
def list_my_organizations(call: Call) -> Reply:
    """List the organizations where the caller is a member, those that disabled him too"""
    account = account_of(call)
    page = read_page(call.query, 10, 100)
    found = organizations_of(call.unit, account.account_id)
    if account.bound_to is not None:
        found = [one for one in found if one[0].id == account.bound_to]
    shown = [present(call, one, membership) for one, membership in cut(found, page)]
    return Reply(body=paged(shown, page, len(found), call.links))
