"""A task is handed on to another outside address (spec 40 §14.7, 20 §24)."""

from typing import Any

import msgspec

from procession.engine.model import Problem
from procession.engine.people import read_address
from procession.engine.work import TaskChange, owners_of
from procession.kernel.unit import Unit
from procession.people.guests import find_guest, update_guest
from procession.people.model import Actor
from procession.work.access import require_task_acts
from procession.work.leaving import leave_tasks
from procession.work.model import Held
from procession.work.persist import task_event
from procession.work.update import Options, change_task

NO_ADDRESS = "The email must be a valid email address."
IN_GROUP = "You have this task through a group; you cannot leave it alone."
YOURSELF = "You have this task already."


class Delegation(msgspec.Struct, frozen=True, kw_only=True):
    """Who gets the task too, what he is called if nobody knows yet, and whether the one who hands it on goes."""

    email: object = None
    first_name: str | None = None
    last_name: str | None = None
    message: str | None = None
    leave: bool = False


def delegate(
    unit: Unit, actor: Actor, held: Held, order: Delegation, secrets: Any, problems: list[Problem]
) -> list[Problem]:
    """Give a locked task to one more guest; what is wrong, under `email` and `leave`: then nothing is written.

    The rules of assigning hold: who may be a guest, how many people the task takes, the hourly cap.
    """
    require_task_acts(actor, held, ("task.assign_guest",))
    address = read_address(order.email)
    if address is None and not any(one.path == ("email",) for one in problems):
        problems.append(Problem(("email",), NO_ADDRESS))
    if order.leave and not any(one.principal == actor.principal for one in held.assigned):
        problems.append(Problem(("leave",), IN_GROUP))
    if address is not None and address == actor.email:
        problems.append(Problem(("email",), YOURSELF))
    present = owners_of(held.assigned)
    owners = {
        "users": list(present.members),
        "guests": [address, *present.guests],
        "groups": list(present.groups),
    }
    change = TaskChange(owners=owners) if address is not None and not problems else TaskChange()
    done = change_task(unit, actor, held, change, secrets, problems, Options())
    if done.problems:
        return [_told(one) for one in done.problems]
    assert address is not None
    _introduce(unit, address, order)
    if order.leave:
        leave_tasks(unit, actor, actor.principal, [held.task.id], secrets)
    told = {"email": address, "leave": order.leave, "message": order.message}
    unit.record([task_event(held.task, "delegated", "owners-updated", field="delegated", new=told, shown=False)])
    return []


def _told(problem: Problem) -> Problem:
    """The address was sent by itself, not among owners."""
    return Problem(("email",), problem.text) if problem.path[0] == "owners" else problem


def _introduce(unit: Unit, address: str, order: Delegation) -> None:
    """Names that nobody knew yet."""
    found = find_guest(unit, address)
    if found is None:
        return
    names = {"first_name": order.first_name, "last_name": order.last_name}
    update_guest(unit, found, {one: name for one, name in names.items() if name and getattr(found, one) is None})
