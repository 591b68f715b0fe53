"""What the security log tells (spec 41 §15.2): events that no activity feed shows.

What happens before anybody is signed in is told to every organization the address is a member of (§15.4).
"""

from typing import Any

from procession.kernel.unit import Event, Unit
from procession.people import queries
from procession.people.tenants import across, within


def tell(
    unit: Unit, event: str, account_id: int, *, old: Any = None, new: Any = None, field: str | None = None
) -> None:
    """Record it in the unit's organization."""
    unit.record([_event(event, account_id, old, new, field)])


def tell_everywhere(unit: Unit, event: str, account_id: int, new: Any = None) -> None:
    """Record it in every organization where the account is a member, whatever became of his membership."""
    for organization_id in across(unit, queries.PLACES, account_id=account_id):
        with within(unit, organization_id):
            unit.record([_event(event, account_id, None, new, None)])


def _event(event: str, account_id: int, old: Any, new: Any, field: str | None) -> Event:
    return Event(
        kind=f"security.{event}",
        verb=event[:30],
        subject_kind="member",
        subject_id=str(account_id),
        field=field,
        old=old,
        new=new,
        shown=False,
    )
