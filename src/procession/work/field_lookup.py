"""Find what a stored answer, or a field, belongs to when only its id is told (spec 20 §18)."""

from collections.abc import Sequence

import msgspec

from procession.engine.work import Task
from procession.kernel.unit import Unit
from procession.templates.access import template_of_part
from procession.templates.versions import compiled_versions
from procession.work import process_queries, queries
from procession.work.gather import fields_of


class Place(msgspec.Struct, frozen=True):
    """The field, and what holds its answer: a task, or a process for its kick-off form."""

    field_id: str
    task_id: str | None = None
    process_id: str | None = None


def place_of_value(unit: Unit, value_id: str) -> Place | None:
    """Where the stored answer with this id is."""
    found = unit.one(process_queries.ANSWER_PLACE, id=value_id)
    if found is None:
        return None
    holder, field_id, process_id = found
    if holder == process_id:
        return Place(field_id, process_id=holder)
    return Place(field_id, task_id=holder)


def task_with_field(unit: Unit, process_id: str, field_id: str) -> Task | None:
    """The task of the process whose form holds the field."""
    tasks = unit.all(queries.TASKS_OF_PROCESS, process=process_id)
    return next((one for one in tasks if any(field.id == field_id for field in fields_of(unit, one))), None)


def is_kickoff_field(unit: Unit, version_id: str, field_id: str) -> bool:
    """Whether the kick-off form of the version holds the field."""
    version = compiled_versions(unit, {version_id})[version_id]
    return any(one.id == field_id for one in version.document.kickoff)


def open_tasks_with_field(unit: Unit, field_id: str, most: int) -> Sequence[Task]:
    """At most `most` open tasks whose form holds the field, the newest first.

    A field of a template is looked for in the steps that open tasks of that template have; one of a one-off task in
    its own form.
    """
    template_id = template_of_part(unit, field_id)
    if template_id is None:
        return unit.all(process_queries.OPEN_WITH_OWN_FIELD, part=f'%"id":"{field_id}"%', count=most)
    steps = unit.all(process_queries.OPEN_STEPS, template=template_id)
    versions = compiled_versions(unit, {version_id for version_id, _ in steps})
    holding = {
        step_id
        for version_id, step_id in steps
        if (step := versions[version_id].steps.get(step_id)) and any(one.id == field_id for one in step.fields)
    }
    if not holding:
        return []
    return unit.all(process_queries.OPEN_OF_STEPS, template=template_id, steps=sorted(holding), count=most)
