"""Who a member is as the one who acts, for what is asked or done in his name while he does not call."""

from procession.kernel.unit import Unit
from procession.people.groups import groups_of_members
from procession.people.members import find_member
from procession.people.model import EVERYONE, Actor, Settings, group, member
from procession.people.records import Member


def acting(unit: Unit, account_id: int, settings: Settings) -> Actor | None:
    """The member with his groups and role; None for somebody who is no active member, and for the bot."""
    found = find_member(unit, account_id)
    if found is None or found.status != "active" or found.is_bot:
        return None
    return as_member(unit, found, settings)


def as_member(unit: Unit, found: Member, settings: Settings) -> Actor:
    """An active member of the unit's organization with his groups and role, who was read before."""
    account_id, role = found.id, found.role or "standard"
    groups = groups_of_members(unit, [account_id])[account_id]
    switches = found.settings or {}
    everyone = () if role == "light" else (EVERYONE,)
    return Actor(
        principal=member(account_id),
        principals=(member(account_id), *(group(one.id) for one in groups), *everyone),
        role=role,
        account_id=account_id,
        email=found.email,
        first_name=found.first_name,
        last_name=found.last_name,
        settings=settings,
        may_create_templates=switches.get("can_create_templates", True),
        may_archive_processes=switches.get("can_archive_processes", True),
    )
