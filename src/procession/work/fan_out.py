"""One task of its own for each assignee (spec 20 §9.4)."""

from collections.abc import Sequence
from typing import Any

import msgspec

from procession.engine.model import Owners, Problem
from procession.engine.owners import join_member, required_people
from procession.engine.work import FieldAnswer, Process
from procession.kernel.ids import new_id
from procession.kernel.unit import Unit
from procession.people.model import Actor
from procession.work.attaching import write_known
from procession.work.create_oneoff import Checked, Created, Fresh, OneOff, make_room, new_task, write_new
from procession.work.gather import fallback_order
from procession.work.text_files import note_texts

NOBODY = "At least one assignee is required."
MOST_PEOPLE = 500
"""How many tasks one call may make, one for each assignee (spec 20 §9.4)."""


def people_of(checked: Checked) -> list[Owners]:
    """Everybody the owners name, groups taken apart, each once and alone: members, guests, then those of groups."""
    decision = checked.decision
    named = required_people(decision.owners, decision.co_assignee, checked.known.owner_facts.group_people)
    members = [Owners(members=(one,)) for one in named.members]
    return members + [Owners(guests=(one,)) for one in named.guests]


def people_problems(people: Sequence[Owners]) -> list[Problem]:
    """Whether there is somebody, and not too many."""
    if not people:
        return [Problem(("owners",), NOBODY)]
    if len(people) > MOST_PEOPLE:
        return [Problem(("owners",), f"There may be at most {MOST_PEOPLE} assignees.")]
    return []


def fan_out(unit: Unit, actor: Actor, wanted: OneOff, checked: Checked, process: Process, secrets: Any) -> Created:
    """One task of its own for each person, all in `process` (locked or new); `checked` has no problems (§9.4)."""
    people = people_of(checked)
    place = make_room(unit, process, wanted, len(people))
    facts, needed = checked.known.owner_facts, actor.settings.guest_tasks_need_member
    columns = {**wanted.columns, "everyone_must_complete": False, "max_assignable": 0}
    # With a process of its own, its owner is who joins guests; he is the caller.
    fallback = fallback_order(unit, actor, process.owner_id, process.starter_id)
    fresh = []
    for index, person in enumerate(people):
        owners, joined = join_member(person, facts, fallback) if needed else (person, None)
        clones = {field.id: msgspec.structs.replace(field, id=new_id()) for field in wanted.fields}
        own = msgspec.structs.replace(wanted, fields=tuple(clones.values()), columns=columns)
        task_id = new_id() if index else checked.task_id
        task = new_task(unit, actor, own, process, checked.deadline, checked.start or unit.now, place + index, task_id)
        answers = [FieldAnswer(clones[one.field.id], one.value, None) for one in checked.answers]
        fresh.append(Fresh(task, owners, joined, answers))
    after = write_new(unit, wanted, fresh, process, secrets)
    write_known(unit, checked.files, checked.answers)
    note_texts(unit, actor, "task", [(one.task.id, one.task.summary) for one in fresh])
    return Created(tasks=[one.task for one in fresh], process=after, warnings=checked.warnings)
