"""A task is taken by one person alone, and given back to those it was taken from (spec 20 §17)."""

from collections.abc import Sequence
from typing import Any

import msgspec

from procession.engine.people import Mentions
from procession.engine.task_update import require_open
from procession.engine.work import Assigned, TaskChange, owners_of
from procession.kernel.errors import Forbidden, StateRefused
from procession.kernel.unit import Unit
from procession.people.model import Actor
from procession.people.permissions import cell
from procession.people.persons import guest_addresses, guest_ids, look_up
from procession.work import taking_queries
from procession.work.access import NOT_THIS_TASK
from procession.work.model import Held
from procession.work.persist import task_event
from procession.work.update import Options, Updated, change_task

NOT_YOURS = "Only somebody this task is assigned to may take it over."
NOTHING = "There is nobody to give this task back to."


def take_over(unit: Unit, actor: Actor, held: Held, secrets: Any) -> Updated:
    """Make the caller the only assignee of a locked task; who had it is remembered. His alone already: unchanged.

    Whoever is assigned, also by a group, may; of a task that nobody has, whoever may edit it. Raises `Forbidden`.
    """
    _require_taker(actor, held)
    if [one.principal for one in held.assigned] == [actor.principal]:
        _require_open(held)
        return _unchanged(held)
    done = _reassign(unit, actor, held, {"users": [actor.account_id], "guests": [], "groups": []}, secrets)
    if not done.problems:
        people = [one.principal for one in held.assigned if not one.co_assignee]
        unit.write(taking_queries.REMEMBER, task_id=held.task.id, principal=actor.principal, people=people, at=unit.now)
        unit.record([task_event(held.task, "taken_over", "owners-updated", field="taken", old=people, shown=False)])
    return done


def give_back(unit: Unit, actor: Actor, held: Held, secrets: Any) -> Updated:
    """Put those back whom the caller took a locked task from. Raises `StateRefused` when there is nobody.

    He must still have it alone. Who has been disabled or deleted since is left out.
    """
    if not held.own or actor.role == "guest":
        raise Forbidden(NOT_THIS_TASK)
    _require_open(held)
    alone = [one.principal for one in held.assigned] == [actor.principal]
    people = unit.one(taking_queries.TAKEN_FROM, task=held.task.id, principal=actor.principal) if alone else None
    if not isinstance(people, list):
        raise StateRefused("NOTHING_TO_GIVE_BACK", NOTHING, path="task")
    owners = _present(unit, people)
    if people and not any(owners.values()):
        raise StateRefused("NOTHING_TO_GIVE_BACK", NOTHING, path="task")
    done = _reassign(unit, actor, held, owners, secrets)
    if not done.problems:
        unit.write(taking_queries.FORGET, task=held.task.id, principal=actor.principal)
        unit.record([task_event(held.task, "given_back", "owners-updated", field="taken", new=people, shown=False)])
    return done


def _require_taker(actor: Actor, held: Held) -> None:
    allowed = cell(actor, "task.take")
    if allowed == "takeable" and held.own:
        return
    restricted = held.task.only_assignees_complete and not actor.is_admin
    if allowed == "takeable" and not held.assigned and not restricted and cell(actor, "task.edit") != "no":
        return
    raise Forbidden(NOT_YOURS if allowed == "takeable" else NOT_THIS_TASK)


def _require_open(held: Held) -> None:
    process = held.process
    require_open(
        held.task,
        TaskChange(),
        process_archived=process is not None and process.archived_at is not None,
        process_locked=process is not None and process.process_issues > 0,
    )


def _reassign(unit: Unit, actor: Actor, held: Held, owners: dict[str, list[Any]], secrets: Any) -> Updated:
    """As update task does it. Taking a task is a right of its own: a light member has it without that to edit."""
    editor = msgspec.structs.replace(actor, role="standard") if actor.role == "light" else actor
    mine = msgspec.structs.replace(held, own=True)
    return change_task(unit, editor, mine, TaskChange(owners=owners), secrets, (), Options())


def _present(unit: Unit, people: Sequence[str]) -> dict[str, list[Any]]:
    """Those of the remembered principals who may be assigned today, as an owners object."""
    addresses = guest_addresses(unit, [int(one[1:]) for one in people if one[0] == "e"])
    rows = [
        Assigned(one, addresses.get(int(one[1:])) if one[0] == "e" else None, place, False)
        for place, one in enumerate(people, 1)
    ]
    owners = owners_of([one for one in rows if one.principal[0] != "e" or one.address is not None])
    mentioned = Mentions(frozenset(owners.members), frozenset(owners.guests), frozenset(owners.groups))
    known = look_up(unit, mentioned).people
    guests = guest_ids(unit, owners.guests) if owners.guests else {}
    return {
        "users": [one for one in owners.members if one in known.members],
        "guests": [one for one in owners.guests if one in guests and one not in known.disabled_guests],
        "groups": [one for one in owners.groups if one in known.groups],
    }


def _unchanged(held: Held) -> Updated:
    return Updated(task=held.task, process=held.process, assigned=held.assigned, fields=(), answers=[])
