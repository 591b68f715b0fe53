"""Form fields with their answers: of a whole process, and of a task, where they are saved without completing it.

Spec 10 §10.4, 20 §18.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import UNSET

from procession.api.custom_values import custom_fields_of
from procession.api.endpoint import PAGES, Call, Reply, operation
from procession.api.reading import Shape, raw, read_integer
from procession.api.run_includes import seen_of
from procession.api.tasks import options
from procession.engine.model import Field, Problem
from procession.engine.work import TaskChange
from procession.kernel.errors import Invalid
from procession.kernel.ids import read_id
from procession.wire.form_field import FormField, form_field
from procession.wire.paging import whole
from procession.wire.run import RunFormFields
from procession.work import access, update
from procession.work.forms import forms_of, kickoff_forms
from procession.work.gather import fields_of, stored_answers
from procession.work.model import Held
from procession.work.process_reading import tasks_of
from procession.work.reading import beside
from procession.work.veiling import veil_of

CAPTURES = "/organizations/{org}/tasks/{task}/captures"
VALUE = {"$ref": "#/components/schemas/fieldValue"}
ID = {"type": ["string", "integer"], "description": "The field's id, its number, or the id of its stored value."}
SAVE = Shape("saveCapturesInput", {"id": raw(ID), "value": raw(VALUE), "captures": raw({"type": ["object", "array"]})})
INVALID_ID = "The selected id is invalid."


@operation("GET", "/organizations/{org}/runs/{run}/form-fields", id="getRunFormFields", acts=("process.see",),
           answer=RunFormFields, tag="Form fields")  # fmt: skip
def run_form_fields(call: Call) -> Reply:
    """Every field of a process with its answer, those of hidden tasks too."""
    process = access.process_to_see(call.unit, call.actor, call.path_id("run")).process
    tasks = tasks_of(call.unit, [process.id])
    shown = beside(call.unit, call.actor, tasks, processes={process.id: process}, links=False, descriptions=False)
    seen = seen_of(call, tasks, shown)
    forms = forms_of(call.unit, seen)
    kicked = kickoff_forms(call.unit, [process])[process.id]
    defined = [one for form in forms.values() for one in form]
    custom = custom_fields_of(call, [*defined, *(field for field, _ in kicked)])
    fields = []
    for task in seen:
        stored = {one.field_id: one for one in shown.answers.get(task.id, ())}
        where: Any = {"task_id": task.id, "step_id": task.step_id, "custom": custom}
        veil = shown.veils.get(task.id)
        own = forms[task.id] if veil is None else veil.left(forms[task.id])
        fields += [form_field(one, stored.get(one.id), **where) for one in own]
    kickoff = [form_field(field, answer, custom=custom) for field, answer in kicked]
    body = RunFormFields(process.id, process.name, process.template_id, fields, kickoff)
    return Reply(body={"data": body}, revision=process.revision)


@operation("GET", CAPTURES, id="listTaskCaptures", acts=("task.see",), query=PAGES, answer=list[FormField],
           tag="Form fields")  # fmt: skip
def list_task_captures(call: Call) -> Reply:
    """The fields of a task with their answers."""
    held = access.task_to_see(call.unit, call.actor, call.path_id("task"), None)
    found = shown_fields(call, held)
    return Reply(body=whole(found, call.query, call.links))


@operation("POST", CAPTURES, id="saveTaskCaptures", acts=("task.answer",), body=SAVE,
           query=("strict", "match", "coerce"), answer=FormField, tag="Form fields")  # fmt: skip
def save_task_captures(call: Call) -> Reply:
    """Save one answer, or several, without completing the task."""
    held = access.task_for_update(call.unit, call.actor, call.path_id("task"), None)
    # Asked here: an answer that changes nothing needs no right, but what it cannot read would be told first.
    access.require_task_acts(call.actor, held, ("task.answer",))
    several = call.body.get("captures") is not None
    problems: list[Problem] = []
    sent = _several(call.body["captures"], problems) if several else _one(call.body, problems)
    answers = _by_field(call, held, sent, problems, several=several)
    change = TaskChange(answers=answers)
    done = update.change_task(call.unit, call.actor, held, change, call.secrets, problems, options(call))
    call.raise_problems(done.problems, lambda path: _path(path, several=several))
    after = access.task_to_see(call.unit, call.actor, held.task.id, None)
    saved = [one for one in shown_fields(call, after) if one.id in answers]
    return Reply(body={"data": saved if several else saved[0]}, revision=after.task.revision)


def shown_fields(call: Call, held: Held) -> list[FormField]:
    """The fields of the task with their answers."""
    task = held.task
    stored = {one.field_id: one for one in stored_answers(call.unit, task.id)}
    fields = fields_of(call.unit, task)
    if (veil := veil_of(call.unit, call.actor, held)) is not None:
        fields = veil.left(fields)
    custom = custom_fields_of(call, fields)
    return [form_field(one, stored.get(one.id), task_id=task.id, step_id=task.step_id, custom=custom) for one in fields]


def _one(body: Mapping[str, Any], problems: list[Problem]) -> list[tuple[Any, Any]]:
    missing = [name for name in ("id", "value") if body.get(name, UNSET) is UNSET or (name == "id" and not body["id"])]
    problems += [Problem((name,), f"The {name} field is required.") for name in missing]
    return [] if missing else [(body["id"], body["value"])]


def _several(value: Any, problems: list[Problem]) -> list[tuple[Any, Any]]:
    """An object by field id, or a list of `id` and `value`."""
    if isinstance(value, dict):
        return list(value.items())
    if isinstance(value, list) and all(isinstance(one, dict) and {"id", "value"} <= one.keys() for one in value):
        return [(one["id"], one["value"]) for one in value]
    problems.append(Problem(("captures",), "The captures must be an object by field id, or a list of id and value."))
    return []


def _by_field(
    call: Call, held: Held, sent: Sequence[tuple[Any, Any]], problems: list[Problem], *, several: bool
) -> dict[str, Any]:
    """Answers by field id; an id that names no field of the task is an error here (spec 20 §18)."""
    by_key: dict[str, Field] = {}
    for field in fields_of(call.unit, held.task):
        by_key |= {field.id: field, str(field.number): field}
        if options(call).match_alias:
            by_key[field.alias] = field
    ids = {one.id: one.field_id for one in stored_answers(call.unit, held.task.id)}
    found = {}
    for key, value in sent:
        text = str(read_integer(key)) if read_integer(key) is not None else str(key)
        known = read_id(text) or text
        found_field = by_key.get(ids.get(known, known))
        if found_field is None:
            problems.append(Problem(("captures", str(key)) if several else ("id",), INVALID_ID))
        else:
            found[found_field.id] = value
    if not sent and not problems:
        raise Invalid({"captures": ["The captures field is required."]})
    return found


def _path(path: tuple[str, ...], *, several: bool) -> str:
    """Paths under the members that were sent: `value`, or `captures.<field id>`."""
    if path[0] != "answers":
        return ".".join(path)
    inner = path[1:] if several else path[2:]
    return ".".join(["captures" if several else "value", *inner])
