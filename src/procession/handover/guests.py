"""A guest goes: from open tasks, steps and groups; a guest with open tasks is not disabled (spec 40 §14.3)."""

from typing import Any

from procession.kernel.errors import Forbidden
from procession.kernel.unit import Unit
from procession.people import guests
from procession.people.model import Actor
from procession.people.model import guest as guest_principal
from procession.people.records import Guest
from procession.templates.leaving import take_guest_off_steps
from procession.templates.watchers import stop_watching
from procession.work.leaving import has_open_work, leave_open_work

HAS_WORK = "Cannot disable guest with incomplete tasks"


def delete_guest(unit: Unit, actor: Actor, guest: Guest, secrets: Any) -> Guest:
    """Delete a guest of the organization: off open tasks and steps, out of groups, his link dead.

    Completed tasks, comments and history keep naming him.
    """
    leave_open_work(unit, actor, guest_principal(guest.id), secrets)
    take_guest_off_steps(unit, actor, guest.email)
    stop_watching(unit, guest_principal(guest.id))
    return guests.delete_guest(unit, guest)


def disable_guest(unit: Unit, actor: Actor, guest: Guest, *, force: bool = False) -> Guest:
    """Disable a guest. 403 (`BUSINESS_RULE`) while tasks of his are open; with `force` they stay as they are.

    Disabled already: unchanged.
    """
    if guest.disabled_at is None and not force and has_open_work(unit, guest_principal(guest.id)):
        raise Forbidden(HAS_WORK, code="BUSINESS_RULE")
    return guests.disable_guest(unit, guest, actor.account_id)
