"""Groups as clients read them (spec 41 §9.1)."""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from procession.people.records import Group as Stored
from procession.templates.group_usage import GroupUsage
from procession.wire.checklist import PERMISSIONS
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
    usage: Any | UnsetType = UNSET


class UsedTemplate(msgspec.Struct, frozen=True):
    """A template that gives a group default access, or whose processes it watches."""

    id: str
    title: str


class UsedStep(msgspec.Struct, frozen=True):
    """A step that is assigned to a group."""

    id: str
    title: str
    checklist_id: str
    checklist_title: str


class UsedPermission(msgspec.Struct, frozen=True):
    """The rights on a template that a group is listed for."""

    checklist_id: str
    checklist_title: str
    permissions: list[str]


class UsedAutomation(msgspec.Struct, frozen=True):
    """An automation that assigns a group, or takes it off."""

    id: str
    automated_alias: str
    checklist_id: str
    checklist_title: str


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """Where a group is named, as far as the caller may read it; `open_tasks` counts all of them."""

    steps: list[UsedStep]
    templates: list[UsedTemplate]
    open_tasks: int
    permissions: list[UsedPermission]
    automations: list[UsedAutomation]


def usage(found: GroupUsage, open_tasks: int) -> Usage:
    """The include `usage`."""
    return Usage(
        steps=[UsedStep(step.id, step.title, one.id, one.title) for one, step in found.steps],
        templates=[UsedTemplate(one.id, one.title) for one in found.templates],
        open_tasks=open_tasks,
        permissions=[
            UsedPermission(one.id, one.title, [PERMISSIONS[name] for name in held]) for one, held in found.permissions
        ],
        automations=[UsedAutomation(rule.id, rule.name, one.id, one.title) for one, rule in found.automations],
    )


def group(
    one: Stored,
    *,
    assets: Any | UnsetType = UNSET,
    users: Any | UnsetType = UNSET,
    guests_details: Any | UnsetType = UNSET,
    usage: Any | UnsetType = UNSET,
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
        usage=usage,
    )
