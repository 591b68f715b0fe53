"""A guest goes: from open tasks, steps and groups; a guest with open tasks is not disabled (spec 40 §14.3)."""

from typing import Any

from procession.discussions.comments import hand_over_comments
from procession.engine.model import Owners
from procession.files.keeping import hand_over_uploads
from procession.kernel.errors import Forbidden, Invalid
from procession.kernel.unit import Unit
from procession.labels.custom_keys import active_keys
from procession.labels.custom_values import changes_to, forget_values, held_by, write_values
from procession.labels.model import Record
from procession.people import guests
from procession.people.model import Actor
from procession.people.model import guest as guest_principal
from procession.people.records import Guest
from procession.templates.leaving import swap_guest_on_steps, take_guest_off_steps
from procession.templates.sharing import leave_shares
from procession.templates.watchers import stop_watching
from procession.watching import watchers
from procession.work.leaving import has_open_work, leave_open_work, move_done_work

NOBODY = "There is no guest of this name."
HIMSELF = "A guest cannot be merged into himself."
DISABLED = "This guest is disabled. Enable the guest first."
HAS_WORK = "Cannot disable guest with incomplete tasks"


def delete_guest(unit: Unit, actor: Actor, guest: Guest, secrets: Any) -> Guest:
    """Delete a guest of the organization: off open tasks and steps, out of groups, his link dead.

    Completed tasks, comments and history keep naming him.
    """
    leave_open_work(unit, actor, guest_principal(guest.id), secrets)
    take_guest_off_steps(unit, actor, guest.email)
    forget_values(unit, [guest_principal(guest.id)])
    stop_watching(unit, guest_principal(guest.id))
    watchers.stop_watching(unit, guest_principal(guest.id))
    leave_shares(unit, guest.id)
    return guests.delete_guest(unit, guest)


def merge_guest(unit: Unit, actor: Actor, gone: Guest, named: str, secrets: Any) -> Guest:
    """Two guests are one and the same: everything of `gone` is that of the guest called `named` (spec 40 §14.3).

    Open and completed tasks, answers, marks, steps, groups, uploads and custom fields move; the link of `gone` is
    dead. Raises `Invalid` on `into` for nobody, for himself, and for a disabled guest.
    """
    heir = guests.find_guest(unit, named, lock=True)
    if heir is None or heir.id == gone.id or heir.disabled_at is not None:
        raise Invalid({"into": [NOBODY if heir is None else DISABLED if heir.disabled_at is not None else HIMSELF]})
    old, new = guest_principal(gone.id), guest_principal(heir.id)
    leave_open_work(unit, actor, old, secrets, Owners(guests=(heir.email,)))
    move_done_work(unit, old, gone.email, new, heir.email)
    swap_guest_on_steps(unit, actor, gone.email, heir.email)
    leave_shares(unit, gone.id, heir.id)
    hand_over_uploads(unit, old, new)
    hand_over_comments(unit, old, new, heir.email)
    _merge_values(unit, Record("guest", old), Record("guest", new))
    merged = guests.merge_guest(unit, gone, heir)
    delete_guest(unit, actor, gone, secrets)
    return merged


def _merge_values(unit: Unit, gone: Record, heir: Record) -> None:
    """Custom fields that the heir holds nothing of."""
    held, keys = held_by(unit, heir), active_keys(unit, "guest")
    lost = {name: value for name, value in held_by(unit, gone).items() if name not in held}
    write_values(unit, heir, changes_to(keys, held, lost))


def disable_guest(unit: Unit, actor: Actor, guest: Guest, *, force: bool = False) -> Guest:
    """Disable a guest. 403 (`BUSINESS_RULE`) while tasks of his are open; with `force` they stay as they are.

    Disabled already: unchanged.
    """
    if guest.disabled_at is None and not force and has_open_work(unit, guest_principal(guest.id)):
        raise Forbidden(HAS_WORK, code="BUSINESS_RULE")
    return guests.disable_guest(unit, guest, actor.account_id)
