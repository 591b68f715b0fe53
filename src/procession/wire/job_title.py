"""Job titles as clients read them, who call them roles (spec 41 §10)."""

from collections.abc import Mapping
from typing import Any

import msgspec

from procession.engine.model import Owners
from procession.people.records import JobTitle
from procession.wire.times import instant


class Role(msgspec.Struct, frozen=True, kw_only=True):
    """A job title. `permissions` is always empty: job titles give no rights."""

    id: str
    name: str
    description: str | None
    permissions: list[str]
    default_assignees: dict[str, list[Any]]
    created_at: str
    updated_at: str
    last_updated: str


def role(one: JobTitle) -> Role:
    """The role object."""
    updated = instant(one.updated_at)
    return Role(
        id=one.id,
        name=one.name,
        description=one.description,
        permissions=[],
        default_assignees=people(one.people),
        created_at=instant(one.created_at),
        updated_at=updated,
        last_updated=updated,
    )


def people(owners: Owners | Mapping[str, Any]) -> dict[str, list[Any]]:
    """People under the names of owners objects."""
    held = msgspec.convert(owners, Owners) if isinstance(owners, Mapping) else owners
    return {"users": list(held.members), "guests": list(held.guests), "groups": list(held.groups)}


def role_path(path: tuple[str, ...]) -> str:
    """The wire's name of a path."""
    return ".".join("default_assignees" if one == "people" else one for one in path)
