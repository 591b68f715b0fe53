"""A group is deleted: its people stand in its place on open tasks, steps and processes (spec 41 §9.5)."""

from typing import Any

from procession.engine.model import Owners
from procession.files.pictures import forget, of_group
from procession.kernel.unit import Unit
from procession.people import groups
from procession.people.model import Actor, group
from procession.people.persons import guest_ids
from procession.people.records import Group
from procession.templates.leaving import take_group_off_steps
from procession.templates.watchers import stop_watching
from procession.work.leaving import dissolve_group, leave_open_work


def delete_group(unit: Unit, actor: Actor, gone: Group, secrets: Any) -> None:
    """Delete a group for good. Its members and guests take over what was open; rights it held are nobody's."""
    people = Owners(members=gone.members, guests=gone.guests)
    leave_open_work(unit, actor, group(gone.id), secrets, people)
    take_group_off_steps(unit, actor, gone.id, people)
    stop_watching(unit, group(gone.id))
    dissolve_group(unit, gone.id, gone.name, gone.members, guest_ids(unit, gone.guests).values())
    groups.delete_group(unit, gone)
    forget(unit, of_group(unit, gone.id))
