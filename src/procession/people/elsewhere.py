"""Who the caller is in another organization than the one he calls (spec 30 §3.9)."""

from procession.kernel.unit import Unit
from procession.people import queries
from procession.people.groups import groups_of_members
from procession.people.model import EVERYONE, Actor, group, member
from procession.people.organizations import organization_of, organizations_of
from procession.people.records import Membership, Organization
from procession.people.settings import current_settings


def actor_elsewhere(unit: Unit, caller: Actor) -> Actor | None:
    """The caller as a member of the unit's organization; None when he is none, or his token is for one alone."""
    if caller.account_id is None:
        return None
    if caller.token_id is not None and unit.one(queries.TOKEN_BOUND_TO, token_id=caller.token_id) is not None:
        return None
    found = organization_of(unit, caller.account_id)
    if found is None or found[1].status != "active":
        return None
    role = found[1].role
    groups = groups_of_members(unit, [caller.account_id])[caller.account_id]
    everyone = () if role == "light" else (EVERYONE,)
    return Actor(
        principal=member(caller.account_id),
        principals=(member(caller.account_id), *(group(one.id) for one in groups), *everyone),
        role=role,
        account_id=caller.account_id,
        email=caller.email,
        first_name=caller.first_name,
        last_name=caller.last_name,
        token_id=caller.token_id,
        settings=current_settings(unit),
        scopes=caller.scopes,
    )


def places_told(unit: Unit, caller: Actor) -> list[tuple[Organization, Membership]]:
    """The caller's organizations; credentials made for one alone tell of no other (spec 40 §10.2)."""
    bound = unit.one(queries.TOKEN_BOUND_TO, token_id=caller.token_id) if caller.token_id is not None else None
    return [one for one in organizations_of(unit, caller.account_id or 0) if bound in (None, one[0].id)]
