"""Members of the organization: the list, one of them, the caller himself (spec 40 §9, §12)."""

from collections.abc import Iterable, Mapping

import msgspec

from procession.kernel.folding import fold
from procession.kernel.paging import Order, Page
from procession.kernel.unit import Unit
from procession.people import membership_queries, queries
from procession.people.listing import Key, cut, folded, holds, ordered
from procession.people.persons import groups_people
from procession.people.records import Member
from procession.people.tenants import across

KEYS: Mapping[str, Key[Member]] = {
    "first_name": folded(lambda one: one.first_name),
    "last_name": folded(lambda one: one.last_name),
    "full_name": folded(lambda one: one.full_name),
    "email": folded(lambda one: one.email),
    "role": lambda one: one.role,
    "status": lambda one: one.status,
    "created_at": lambda one: one.account_created_at,
    "last_login_at": lambda one: one.profile.get("last_login_at"),
    "last_accessed_at": lambda one: one.last_accessed_at,
}
"""What lists of members can be sorted by."""

BY_NAME: Order = (("first_name", False), ("last_name", False))


class MemberSearch(msgspec.Struct, frozen=True, kw_only=True):
    """Which members to list; empty tuples and None mean all."""

    text: str | None = None
    statuses: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    bots: bool = True
    order: Order = BY_NAME


def list_members(unit: Unit, search: MemberSearch, page: Page) -> tuple[list[Member], int]:
    """A page of members, and how many there are on all pages. Invited, disabled and bots too (spec 40 §12.1)."""
    inside: set[int] | None = None
    if search.groups:
        inside = {one for people in groups_people(unit, search.groups).values() for one in people.members}
    found = [one for one in unit.all(queries.MEMBERS) if _matches(one, search, inside)]
    return cut(ordered(found, search.order or BY_NAME, KEYS, lambda one: one.id), page), len(found)


def _matches(one: Member, search: MemberSearch, inside: set[int] | None) -> bool:
    if inside is not None and one.id not in inside:
        return False
    if one.is_bot and not search.bots:
        return False
    if search.statuses and one.status not in search.statuses:
        return False
    if search.roles and one.role not in search.roles:
        return False
    text = (search.text or "").strip()
    return not text or text == str(one.id) or holds(fold(text), one.full_name, one.email)


def find_member(unit: Unit, account_id: int) -> Member | None:
    """One member, whatever his status."""
    return unit.one(queries.MEMBER, account_id=account_id)


def find_kept_member(unit: Unit, account_id: int) -> Member | None:
    """One member, or one who was deleted."""
    return unit.one(queries.KEPT_MEMBER, account_id=account_id)


def members_by_id(unit: Unit, ids: Iterable[int]) -> dict[int, Member]:
    """Those of them that lists show."""
    wanted = list(dict.fromkeys(ids))
    return {one.id: one for one in unit.all(queries.MEMBERS_BY_ID, ids=wanted)} if wanted else {}


def active_admins(unit: Unit) -> list[Member]:
    """Who answers for the organization, by two queries."""
    return list(members_by_id(unit, [account_id for account_id, _ in unit.all(membership_queries.ADMINS)]).values())


def own_member(
    unit: Unit, account_id: int, wanted: str | None, bound: str | None = None
) -> tuple[str | None, Member] | None:
    """The account in the context of the organization `wanted`, else of his default, else of the one last opened.

    Spec 40 §9.1, §10.2. The id of the organization comes first; credentials `bound` to one know no other.

    Somewhere he is no active member is no context: the membership is then that of the first, or all None.
    """
    rows = across(unit, queries.ME, account_id=account_id)
    active = [row for row in rows if row[1].status == "active" and bound in (None, row[0])]
    chosen = [row for row in active if row[0] == wanted]
    if not chosen and active:
        usual = active[0][1].profile.get("default_organization")
        chosen = [row for row in active if row[0] == usual] or active
    if chosen:
        return chosen[0]
    return (None, _outside(rows[0][1])) if rows else None


def _outside(one: Member) -> Member:
    """The account without any membership."""
    return Member(
        id=one.id,
        email=one.email,
        username=one.username,
        first_name=one.first_name,
        last_name=one.last_name,
        timezone=one.timezone,
        profile=one.profile,
        suspended=one.suspended,
        account_created_at=one.account_created_at,
        account_updated_at=one.account_updated_at,
    )
