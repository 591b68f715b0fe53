"""Somebody asks that the assignees of a task be reminded of it, or tell how it stands (spec 20 §22)."""

from collections.abc import Sequence
from html import escape
from typing import Any

import msgspec

from procession.discussions.model import Draft, Said
from procession.engine.mentions import with_mentions
from procession.engine.model import Owners, Problem
from procession.engine.owners import required_people
from procession.engine.people import Mentions
from procession.engine.work import Task, owners_of
from procession.kernel.errors import StateRefused
from procession.kernel.unit import Unit
from procession.people.model import Actor, guest, member
from procession.people.persons import guest_ids, look_up
from procession.work.discussing import say
from procession.work.gather import group_people_of
from procession.work.mailing import MAIL_REMINDER
from procession.work.model import Held
from procession.work.persist import task_event

ASKING = "Please tell how this task stands."
NOBODY = "Nobody else has this task."


class Reminded(msgspec.Struct, frozen=True):
    """Who is sent a reminder: ids of members, addresses of guests."""

    members: tuple[int, ...]
    guests: tuple[str, ...]


def remind(unit: Unit, actor: Actor, held: Held) -> Reminded:
    """Leave a reminder for everybody who has the locked task, the caller left out. Raises `StateRefused`.

    One waiting reminder of a task is enough: asked for again before it went out, it goes out once. Who wants no mail
    at all is asked at delivery. Who brings a history along reminds nobody.
    """
    _require_waiting(held.task)
    if unit.imported:
        return Reminded((), ())
    people = _others(unit, actor, held)
    ids = guest_ids(unit, people.guests) if people.guests else {}
    recipients = [*map(member, people.members), *(guest(ids[one]) for one in people.guests)]
    if recipients:
        unit.enqueue(
            MAIL_REMINDER,
            {"task": held.task.id, "by": actor.principal, "recipients": recipients},
            key=f"remind:{held.task.id}:{actor.principal}",
        )
        told = {"users": list(people.members), "guests": list(people.guests)}
        unit.record([task_event(held.task, "reminded", "emitted", field="reminder", new=told)])
    return Reminded(people.members, people.guests)


def ask_status(
    unit: Unit, actor: Actor, held: Held, text: str | None, secrets: Any
) -> tuple[Said | None, Sequence[Problem]]:
    """Comment on the locked task in the caller's name: everybody who has it is mentioned and asked how it stands.

    Guests read it when they have the task and may read comments. Raises `StateRefused`.
    """
    _require_waiting(held.task)
    people = _others(unit, actor, held)
    readers = people.guests if not held.task.guests_may_not_comment else ()
    if not (people.members or readers):
        raise StateRefused("NOBODY_TO_ASK", NOBODY, path="task")
    named = " ".join(f"+{escape(one)}" for one in readers)
    content = with_mentions(f"{named} {text or ASKING}".strip(), people.members)
    draft = Draft(content=content, state="open" if readers else None)
    return say(unit, actor, held, draft, secrets, [])


def _require_waiting(task: Task) -> None:
    """Nobody is waited for on a task that is complete, hidden or archived."""
    if task.status == "completed":
        raise StateRefused("TASK_COMPLETED", "This task is already completed.", path="task")
    if task.status == "auto-skipped":
        raise StateRefused("TASK_HIDDEN", "This task is hidden.", path="task")
    if task.archived_at is not None:
        raise StateRefused("TASK_ARCHIVED", "This task is archived.", path="task")


def _others(unit: Unit, actor: Actor, held: Held) -> Owners:
    """Everybody who has the task, also by group, and can be written to; not the caller."""
    owners = owners_of(held.assigned)
    people = required_people(owners, None, group_people_of(unit, owners.groups))
    known = look_up(unit, Mentions(frozenset(people.members), frozenset(people.guests))).people
    present = guest_ids(unit, people.guests) if people.guests else {}
    return Owners(
        members=tuple(one for one in people.members if one in known.members and one != actor.account_id),
        guests=tuple(one for one in people.guests if one in present and one not in known.disabled_guests),
    )
