"""What a change needs to know, and no more: fields, stored answers, the people it mentions."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from procession.engine.answers import mentions
from procession.engine.model import Field, Owners
from procession.engine.owners import OwnerFacts
from procession.engine.people import Mentions, People, mentioned
from procession.engine.work import Answered, Assigned, Process, Task, TaskChange, co_assignee_of, owners_of
from procession.kernel.unit import Unit
from procession.people.model import Actor, Person, Settings
from procession.people.persons import facts, first_active, guest_ids, look_up, oldest_admin
from procession.templates.drawing import drawn_fields
from procession.templates.versions import compiled
from procession.work import queries


def fields_of(unit: Unit, task: Task) -> Sequence[Field]:
    """The form fields of a task: its own when it is one-off, else those of its step in its version."""
    if task.own_fields is not None:
        return drawn_fields(unit, msgspec.convert(task.own_fields, tuple[Field, ...]))
    if task.version_id is None or task.step_id is None:
        return ()
    step = compiled(unit, task.version_id).steps.get(task.step_id)
    return step.fields if step is not None else ()


def stored_answers(unit: Unit, holder_id: str) -> list[Answered]:
    """Every stored answer of a task, or of a kick-off form."""
    return unit.all(queries.ANSWERS, holder=holder_id)


def all_mentions(
    owners: object, fields: Iterable[Field], answers: Mapping[str, object], more: Sequence[object] = ()
) -> Mentions:
    """Whom owners objects and the answers of assignee pickers name, valid or not."""
    found = [mentioned(owners), *map(mentioned, more)]
    found += [mentions(field, answers[field.id]) for field in fields if field.id in answers]
    if len(found) == 1:
        return found[0]
    return Mentions(
        frozenset().union(*(one.members for one in found)),
        frozenset().union(*(one.guests for one in found)),
        frozenset().union(*(one.groups for one in found)),
    )


class Known(msgspec.Struct, frozen=True):
    """The people a change mentions, and who joins guests that would be alone."""

    people: People = People()
    owner_facts: OwnerFacts = OwnerFacts()
    fallback: Sequence[int] = ()
    persons: Mapping[int, Person] = {}
    """The members among them, as they are shown."""


def know_people(
    unit: Unit,
    actor: Actor,
    task: Task,
    process: Process | None,
    assigned: list[Assigned],
    change: TaskChange,
    fields: Sequence[Field],
) -> Known:
    """Look up whom the change mentions; no query when it mentions nobody."""
    owners = None if isinstance(change.owners, msgspec.UnsetType) else change.owners
    wanted = all_mentions(owners, fields, change.answers)
    present = owners_of(assigned)
    if owners is not None and present.groups:
        wanted = Mentions(wanted.members, wanted.guests, wanted.groups | frozenset(present.groups))
    if wanted == Mentions():
        return Known(owner_facts=OwnerFacts(co_assignee=co_assignee_of(assigned)))
    known = know(unit, wanted, actor.settings, co_assignee_of(assigned))
    inside = known.owner_facts.group_people.values()
    if not wanted.guests and not any(one.guests for one in inside):
        return known
    owner = process.owner_id if process else None
    starter = process.starter_id if process else task.starter_id
    return msgspec.structs.replace(known, fallback=fallback_order(unit, actor, owner, starter))


def know(unit: Unit, wanted: Mentions, settings: Settings, co_assignee: int | None = None) -> Known:
    """Look up these people: a constant number of queries, none for nobody."""
    if wanted == Mentions():
        return Known(owner_facts=OwnerFacts(co_assignee=co_assignee))
    found = look_up(unit, wanted, settings)
    known_guests = frozenset(guest_ids(unit, wanted.guests)) if wanted.guests else frozenset()
    owner_facts = OwnerFacts(
        people=found.people, group_people=found.groups, known_guests=known_guests, co_assignee=co_assignee
    )
    return Known(found.people, owner_facts, persons=found.persons)


def fallback_order(unit: Unit, actor: Actor, owner_id: int | None, starter_id: int | None) -> Sequence[int]:
    """Active members in the order of spec 20 §6.3: process owner, starter, acting member, the oldest administrator."""
    found = first_active(unit, [one for one in (owner_id, starter_id, actor.account_id) if one])
    if not found and (oldest := oldest_admin(unit)) is not None:
        found = [oldest]
    return found


def group_people_of(unit: Unit, groups: Iterable[str]) -> Mapping[str, Owners]:
    """Who is in these groups now."""
    wanted = frozenset(groups)
    return facts(unit, Mentions(groups=wanted))[1] if wanted else {}
