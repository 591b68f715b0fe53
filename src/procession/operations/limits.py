"""What the operator sets for an organization: seats, and whether it can only be read (spec 41 §2, §8)."""

from collections.abc import Mapping
from typing import Any

from procession.kernel.clock import Clock
from procession.kernel.database import Database, Session
from procession.kernel.ids import read_id
from procession.kernel.unit import Unit
from procession.operations.first import Refused
from procession.people.organizations import change_organization, organization_as_shown, organization_for_update
from procession.people.settings import DEFAULTS

LIMITS = ("full_seats", "light_seats", "read_only_reason")


def set_limits(database: Database, organization: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Change some of `LIMITS` (None: no limit, not read-only); all of them as they are now.

    Raises `Refused` for an unknown organization.
    """
    now = Clock().now()

    def work(session: Session) -> dict[str, Any]:
        unit = Unit(session, read_id(organization) or "", now)
        if organization_as_shown(unit) is None:
            raise Refused(f"There is no organization {organization}.")
        present = organization_for_update(unit)
        held = {**DEFAULTS, **present.settings}
        after = change_organization(unit, present, {one: to for one, to in changes.items() if held[one] != to})
        return {one: after.settings.get(one) for one in LIMITS}

    return database.command_now(work)
