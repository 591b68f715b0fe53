"""A member goes: what is his passes on, or stays; he becomes a guest, or a guest a member (spec 40 §13, §14.6)."""

from collections.abc import Mapping
from typing import Any

import msgspec

from procession.accounts.keys import Secrets
from procession.accounts.mails import post
from procession.discussions.comments import hand_over_comments
from procession.engine.model import Owners
from procession.engine.people import NOBODY, guest_refusal
from procession.files.keeping import hand_over_uploads
from procession.files.pictures import forget, of_account
from procession.kernel.errors import Invalid, StateRefused
from procession.kernel.unit import Unit
from procession.labels.custom_values import forget_values, inherit_values
from procession.people import guests, invitations, membership
from procession.people.members import active_admins, find_member
from procession.people.model import Actor, Role, member
from procession.people.model import guest as guest_principal
from procession.people.persons import ensure_guests, first_active, oldest_admin
from procession.people.profiles import PHOTO
from procession.people.records import Guest, Member
from procession.people.settings import current_settings
from procession.templates import watchers as default_watchers
from procession.templates.leaving import hand_over_templates, release_forms, take_guest_off_steps
from procession.templates.sharing import leave_shares
from procession.watching.watchers import hand_over_watching, stop_watching
from procession.work.leaving import hand_over_processes, hand_over_sight, leave_open_work

NO_HEIR = "The selected user is not an active member of this organization."
MOST_NAMED = 10
"""Templates that a mail names."""
DISABLED_GUEST = "Enable the guest first."


class Moved(msgspec.Struct, frozen=True):
    """How much passed to another."""

    tasks: int
    templates: int
    processes: int


def heir_of(unit: Unit, gone: Member, to: int | None) -> Member:
    """Who takes over: an active member, no bot, somebody else; 422 otherwise."""
    if to is None:
        raise Invalid({"to": ["The to field is required."]})
    found = find_member(unit, to) if to != gone.id and first_active(unit, [to]) else None
    if found is None:
        raise Invalid({"to": [NO_HEIR]})
    return found


def reassign(unit: Unit, secrets: Secrets, actor: Actor, gone: Member, heir: Member) -> Moved:
    """Open tasks, steps, templates and open processes of one member are another's (spec 40 §13.6); he is told."""
    owner = heir.id if heir.role != "light" else (default_admin(unit, but=gone.id) or heir.id)
    tasks = leave_open_work(unit, actor, member(gone.id), secrets, Owners(members=(heir.id,)))
    owned, _ = hand_over_templates(unit, actor, gone.id, heir.id, owner)
    processes = hand_over_processes(unit, gone.id, heir.id)
    moved = Moved(tasks, owned, processes)
    if tasks or owned or processes:
        about = {"from": gone.full_name, "tasks": tasks, "templates": owned, "processes": processes}
        post(unit, secrets, "work.reassigned", heir.email, f"Work of {gone.full_name} is now yours",
             account_id=heir.id, about=about)  # fmt: skip
    return moved


def default_admin(unit: Unit, *, but: int) -> int | None:
    """Who answers for the organization, but for somebody who goes."""
    found = oldest_admin(unit)
    return found if found != but else None


def disable_member(unit: Unit, secrets: Secrets, actor: Actor, gone: Member, heir: Member | None) -> Member:
    """Disable, after what is his passed to the heir, if there is one. A disabled member's work can still pass."""
    done = membership.disable(unit, gone, actor.account_id)
    if heir is not None:
        reassign(unit, secrets, actor, gone, heir)
    closed = [one.title for one in release_forms(unit, actor, gone.id)]
    if closed:
        _tell_closed(unit, secrets, gone, closed)
    return done


def _tell_closed(unit: Unit, secrets: Secrets, gone: Member, titles: list[str]) -> None:
    """Every administrator learns, by one mail, that nobody can fill in these forms any more (spec 40 §13.3)."""
    subject = f"The public form of {titles[0]} was switched off"
    if len(titles) > 1:
        subject = f"{len(titles)} public forms were switched off"
    about = {"member": gone.full_name, "templates": titles[:MOST_NAMED], "count": len(titles)}
    for admin in active_admins(unit):
        post(unit, secrets, "kickoff.switched_off", admin.email, subject, account_id=admin.id, about=about)


def delete_member(unit: Unit, gone: Member) -> Member:
    """Delete a disabled member for good, with his photo unless he belongs elsewhere; as he is shown last."""
    shown = membership.delete(unit, gone)
    if PHOTO not in shown.profile:
        forget(unit, of_account(gone.id))
    return shown


def member_to_guest(unit: Unit, secrets: Secrets, actor: Actor, present: Member) -> Guest:
    """A member becomes a guest: what he has to do stays his, what he owned is the default administrator's."""
    membership.refuse_bot(present, "convert")
    if present.status not in ("active", "disabled"):
        raise StateRefused("BUSINESS_RULE", "Only members who joined can become guests.")
    refusal = guest_refusal(
        present.email, msgspec.structs.replace(NOBODY, company_domains=actor.settings.company_domains)
    )
    if refusal is not None:
        raise Invalid({"email": [refusal]})
    gone = membership.disable(unit, present, actor.account_id)
    membership.convert(unit, gone)
    stop_watching(unit, member(gone.id))
    guest_id = ensure_guests(unit, secrets, [gone.email])[gone.email]
    heir = default_admin(unit, but=gone.id)
    leave_open_work(unit, actor, member(gone.id), secrets, Owners(guests=(gone.email,)))
    if heir is not None:
        hand_over_templates(unit, actor, gone.id, heir, heir)
        hand_over_processes(unit, gone.id, heir)
    found = guests.find_guest(unit, str(guest_id), lock=True)
    assert found is not None
    named = {"first_name": gone.first_name, "last_name": gone.last_name, "timezone": gone.timezone}
    if gone.profile.get("phone"):
        named["phone_1"] = gone.profile["phone"]
    made = guests.update_guest(unit, found, named)
    post(unit, secrets, "guest.link", gone.email, "Your link", guest_id=guest_id)
    return made


def guest_to_member(
    unit: Unit, secrets: Secrets, actor: Actor, present: Guest, role: Role, names: Mapping[str, Any], address: str
) -> Member:
    """A guest becomes a member at once; his open work names the member. He gets a link to set a password."""
    if present.disabled_at is not None:
        raise StateRefused("BUSINESS_RULE", DISABLED_GUEST)
    order = invitations.Order(
        email=present.email,
        first_name=str(names.get("first_name") or present.first_name or present.email.partition("@")[0])[:32],
        last_name=str(names.get("last_name") or present.last_name or present.email.partition("@")[0])[:32],
        role=role,
        message=str(names.get("message") or invitations.MESSAGE),
        timezone=present.details.get("timezone"),
    )
    made = invitations.admit(unit, secrets, actor, order, address)
    take_over_from_guest(unit, secrets, actor, present, made.id)
    return made


def take_over_from_guest(unit: Unit, secrets: Secrets, actor: Actor, present: Guest, account_id: int) -> None:
    """What the guest had to do, wrote, uploaded and saw is the member's, who stands in his groups; the guest's link is
    dead, history keeps naming him.
    """
    old, new = guest_principal(present.id), member(account_id)
    guests.hand_over_places(unit, old, new)
    leave_open_work(unit, actor, old, secrets, Owners(members=(account_id,)))
    hand_over_sight(unit, old, new)
    hand_over_watching(unit, old, new)
    hand_over_comments(unit, old, new, None)
    hand_over_uploads(unit, old, new)
    take_guest_off_steps(unit, actor, present.email, account_id)
    inherit_values(unit, actor.settings, "guest", "member", {new: old})
    forget_values(unit, [old])
    leave_shares(unit, present.id)
    default_watchers.stop_watching(unit, old)
    guests.delete_guest(unit, present, converted_to=account_id)


def guest_no_more(unit: Unit, secrets: Secrets, account_id: int) -> None:
    """Whoever was a guest here and became an active member goes on as that (spec 40 §13.2, §14.6)."""
    joined = find_member(unit, account_id)
    present = guests.find_guest(unit, joined.email, lock=True) if joined is not None else None
    if joined is None or present is None:
        return
    actor = Actor(
        principal=member(account_id),
        principals=(member(account_id),),
        role=joined.role or "light",
        account_id=account_id,
        email=joined.email,
        first_name=joined.first_name,
        last_name=joined.last_name,
        settings=current_settings(unit),
    )
    take_over_from_guest(unit, secrets, actor, present, account_id)
