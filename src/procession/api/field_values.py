"""Save one answer by the id of its stored value, or of its field (spec 20 §18)."""

from typing import Any

from procession.api.custom_values import custom_fields_of
from procession.api.endpoint import Call, Reply, operation
from procession.api.form_fields import VALUE, shown_fields
from procession.api.reading import Shape, raw
from procession.api.tasks import options
from procession.engine.model import Problem
from procession.engine.work import TaskChange
from procession.kernel.errors import Forbidden, Invalid, NotFound
from procession.kernel.ids import read_id
from procession.people.guests import find_guest
from procession.people.model import guest
from procession.wire.form_field import FormField, form_field
from procession.work import access, processes, update
from procession.work.asked import with_groups
from procession.work.field_lookup import (
    Place,
    is_kickoff_field,
    open_tasks_with_field,
    place_of_value,
    task_with_field,
)
from procession.work.forms import kickoff_forms
from procession.work.model import Held
from procession.work.persist import task_event

ID = {"type": "string", "description": "The id of the stored value, or of the field."}
SAVE = Shape(
    "fieldValueInput",
    {
        "id": raw(ID),
        "form_value": raw(VALUE),
        "task_id": raw({"type": ["string", "null"]}),
        "run_id": raw({"type": ["string", "null"]}),
    },
    required=("id", "form_value"),
)
AMBIGUOUS = "Ambiguous field id; send task_id."
INVALID = "The selected id is invalid."
MOST = 50
"""Of how many open tasks with the field it is asked whether the caller may answer them."""


@operation("PUT", "/organizations/{org}/form-field/value", id="saveFieldValue", acts=("task.answer", "process.answer"),
           body=SAVE, query=("coerce", "task_id", "run_id"), answer=FormField, tag="Form fields")  # fmt: skip
def save_field_value(call: Call) -> Reply:
    """Save one answer of a task or of a kick-off form; null clears it"""
    value = _value(call)
    place = _place(call)
    if place.process_id is not None:
        return _save_kickoff(call, place.process_id, place.field_id, value)
    return _save(call, _task(call, place), place.field_id, value)


@operation("POST", "/organizations/{org}/guests/{guest}/form-field/value", id="saveGuestFieldValue",
           acts=("task.answer",), body=SAVE, query=("coerce", "task_id", "run_id"), answer=FormField,
           tag="Form fields")  # fmt: skip
def save_guest_field_value(call: Call) -> Reply:
    """Save one answer of a task in the name of a guest who is assigned to it, or as that guest"""
    found = find_guest(call.unit, call.path["guest"])
    own = call.actor.role == "guest"
    if found is None or (own and found.id != call.actor.guest_id):
        raise NotFound
    value = _value(call)
    held = _task(call, place := _place(call))
    if own:
        return _save(call, held, place.field_id, value)
    people = with_groups(call.unit, [guest(found.id)])
    if not any(one.principal in people for one in held.assigned):
        raise Forbidden("This guest is not assigned to the task.")
    member = call.unit.principal
    call.unit.record([task_event(held.task, "answered_for", "updated", field="guest", new=found.email)])
    call.unit.principal = guest(found.id)
    try:
        return _save(call, held, place.field_id, value)
    finally:
        call.unit.principal = member


# -- what is meant -----------------------------------------------------------------------------------------------------


def _value(call: Call) -> Any:
    """The new answer. 422 for a body without id or value, all at once."""
    missing = [name for name in ("id", "form_value") if name not in call.body or (name == "id" and not call.body["id"])]
    if missing:
        raise Invalid({name: [f"The {name.replace('_', ' ')} field is required."] for name in missing})
    return call.body["form_value"]


def _place(call: Call) -> Place:
    """The field, and who holds its answer; 422 when that cannot be told."""
    named = read_id(call.body["id"])
    if named is None:
        raise Invalid({"id": [INVALID]})
    if (stored := place_of_value(call.unit, named)) is not None:
        return stored
    if (task_id := _named(call, "task_id")) not in (None, ""):
        return Place(named, task_id=read_id(task_id) or "")
    if (run_id := _named(call, "run_id")) not in (None, ""):
        process = access.process_to_see(call.unit, call.actor, read_id(run_id) or "").process
        if is_kickoff_field(call.unit, process.version_id, named):
            return Place(named, process_id=process.id)
        task = task_with_field(call.unit, process.id, named)
        if task is None:
            raise Invalid({"id": [INVALID]})
        return Place(named, task_id=task.id)
    return _only_one(call, named)


def _named(call: Call, name: str) -> Any:
    """The task or process that tells fields of one id apart, in the body or in the query (spec 00 ID-08)."""
    sent = call.body.get(name)
    return sent if sent not in (None, "") else call.query.text(name)


def _only_one(call: Call, field_id: str) -> Place:
    """The one open task with the field that the caller may answer."""
    found: list[str] = []
    for task in open_tasks_with_field(call.unit, field_id, MOST):
        try:
            held = access.task_to_see(call.unit, call.actor, task.id, None)
            access.require_task_acts(call.actor, held, ("task.answer",))
        except (NotFound, Forbidden):
            continue
        found.append(task.id)
        if len(found) > 1:
            raise Invalid({"id": [AMBIGUOUS]})
    if not found:
        raise Invalid({"id": [INVALID]})
    return Place(field_id, task_id=found[0])


def _task(call: Call, place: Place) -> Held:
    if place.task_id is None:
        raise Invalid({"id": [INVALID]})
    held = access.task_for_update(call.unit, call.actor, place.task_id, None)
    access.require_task_acts(call.actor, held, ("task.answer",))
    return held


# -- saving ------------------------------------------------------------------------------------------------------------


def _save(call: Call, held: Held, field_id: str, value: Any) -> Reply:
    """As an update of the task would: the same checks, the same history."""
    change = TaskChange(answers={field_id: value})
    done = update.change_task(call.unit, call.actor, held, change, call.secrets, (), options(call))
    _answer_problems(call, done.problems)
    if done.warnings:
        raise Invalid({"id": [INVALID]})
    after = access.task_to_see(call.unit, call.actor, held.task.id, None)
    saved = next(one for one in shown_fields(call, after) if one.id == field_id)
    return Reply(body={"data": saved}, revision=after.task.revision)


def _save_kickoff(call: Call, process_id: str, field_id: str, value: Any) -> Reply:
    held = access.process_for_update(call.unit, call.actor, process_id)
    access.require_process_acts(call.actor, held, ("process.answer",), processes.NO_RIGHT)
    change = processes.ProcessChange(answers={field_id: value})
    done = processes.change_process(call.unit, call.actor, held, change, (), options(call), call.secrets)
    _answer_problems(call, done.problems)
    form = kickoff_forms(call.unit, [done.process])[done.process.id]
    field, answer = next(one for one in form if one[0].id == field_id)
    saved = form_field(field, answer, custom=custom_fields_of(call, [field]))
    return Reply(body={"data": saved}, revision=done.process.revision)


def _answer_problems(call: Call, problems: tuple[Problem, ...]) -> None:
    """Under the member that was sent: `form_value`, and what is inside it."""
    call.raise_problems(problems, lambda path: ".".join(["form_value", *path[2:]]))
