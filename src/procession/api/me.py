"""The caller himself (spec 40 §9, §10.1)."""

from procession.api.endpoint import Call, Reply, operation
from procession.kernel.errors import Unauthenticated
from procession.kernel.ids import read_id
from procession.kernel.paging import read_page
from procession.people.listing import cut
from procession.people.members import own_member
from procession.people.model import Account
from procession.people.organizations import organizations_of
from procession.wire.organization import Organization, organization
from procession.wire.paging import paged
from procession.wire.person import User, user

CONTEXT = ("x-organization-id", "x-org-id", "organization-id", "org-id", "x-tallyfy-org-id")
"""Headers that choose the organization where the path names none (spec 40 §3.1)."""


def _account(call: Call) -> Account:
    if call.account is None:
        raise Unauthenticated
    return call.account


@operation("GET", "/me", id="getMe", acts=("me.see",), auth="account", query=("with",), answer=User, tag="Me")
def get_me(call: Call) -> Reply:
    """Read oneself, in the organization that a header, the credentials or the first membership give"""
    account = _account(call)
    named = next((call.headers[one] for one in CONTEXT if call.headers.get(one)), None)
    found = own_member(call.unit, account.account_id, read_id(named) or account.bound_to)
    if found is None:
        raise Unauthenticated
    return Reply(body={"data": user(found, call.unit.now, None, None)}, revision=found.revision)


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
    account = _account(call)
    page = read_page(call.query, 10, 100)
    found = organizations_of(call.unit, account.account_id)
    if account.bound_to is not None:
        found = [one for one in found if one[0].id == account.bound_to]
    shown = [organization(one, membership) for one, membership in cut(found, page)]
    return Reply(body=paged(shown, page, len(found), call.links))
