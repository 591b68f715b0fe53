"""Groups as clients read them (spec 41 §9.1)."""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from procession.people.records import Group as Stored
from procession.wire.times import instant


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """A group. `users` and `guests_details` only when asked for."""

    id: str
    name: str
    description: str | None
    logo: str | None
    members: list[int]
    guests: list[str]
    created_at: str
    updated_at: str
    last_updated: str
    deleted_at: str | None
    scim_managed: bool
    created_by: int | None
    assets: Any | UnsetType = UNSET
    users: Any | UnsetType = UNSET
    guests_details: Any | UnsetType = UNSET


def group(
    one: Stored,
    *,
    assets: Any | UnsetType = UNSET,
    users: Any | UnsetType = UNSET,
    guests_details: Any | UnsetType = UNSET,
) -> Group:
    """The group object; includes are wrapped lists, UNSET when not asked for."""
    updated = instant(one.updated_at)
    return Group(
        id=one.id,
        name=one.name,
        description=one.description,
        logo=one.logo,
        members=list(one.members),
        guests=list(one.guests),
        created_at=instant(one.created_at),
        updated_at=updated,
        last_updated=updated,
        deleted_at=None,
        scim_managed=False,
        created_by=one.created_by,
        assets=assets,
        users=users,
        guests_details=guests_details,
    )
