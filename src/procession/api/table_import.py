"""A table field is filled from a spreadsheet (spec 20 §8.14)."""

from typing import Any

from procession.api.endpoint import Call, Reply, operation
from procession.api.form_fields import CAPTURES, shown_fields
from procession.api.reading import Shape, raw
from procession.api.tasks import options
from procession.engine.grids import table_rows
from procession.engine.model import Field, Problem
from procession.engine.work import TaskChange
from procession.kernel.errors import Invalid, NotFound
from procession.wire.form_field import FormField
from procession.work import access, update
from procession.work.gather import fields_of, stored_answers
from procession.work.model import Held

IMPORT = Shape(
    "importTableInput",
    {
        "name": raw({"type": "string", "format": "binary", "description": "A file: .xlsx, .xls or .csv."}),
        "rows": raw({"type": "array", "items": {"type": "array"}, "description": "Instead of a file, its rows."}),
    },
)


@operation("POST", f"{CAPTURES}/{{capture}}/import", id="importTable", acts=("task.answer",), body=IMPORT, sheets=True,
           answer=FormField, tag="Form fields")  # fmt: skip
def import_table(call: Call) -> Reply:
    """Append the rows of a spreadsheet to a table field: the first row is its head, columns go by their place"""
    held = access.task_for_update(call.unit, call.actor, call.path_id("task"), None)
    access.require_task_acts(call.actor, held, ("task.answer",))
    field = _field(call, held)
    problems: list[Problem] = []
    answers = {}
    if field.kind != "table":
        problems.append(Problem(("name",), "This field is no table."))
    elif (sent := _rows(call.body, problems))[1:]:
        present = {one.field_id: one.value for one in stored_answers(call.unit, held.task.id)}
        before = [row for row in table_rows(field, present.get(field.id)) if any(row)]
        answers = {field.id: {"rows": [*before, *(_fitted(row, len(field.columns)) for row in sent[1:])]}}
    change = TaskChange(answers=answers)
    done = update.change_task(call.unit, call.actor, held, change, call.secrets, problems, options(call))
    call.raise_problems(done.problems, lambda _: "name")
    after = access.task_to_see(call.unit, call.actor, held.task.id, None)
    saved = next(one for one in shown_fields(call, after) if one.id == field.id)
    return Reply(body={"data": saved}, revision=after.task.revision)


def _field(call: Call, held: Held) -> Field:
    """The field of the path, by its id or its number. 404 for one the task does not have."""
    named = call.path["capture"].strip().lower()
    for field in fields_of(call.unit, held.task):
        if named in (field.id, str(field.number)):
            return field
    raise NotFound


def _rows(body: Any, problems: list[Problem]) -> list[list[Any]]:
    """The rows with their head, as they were read from the file or sent."""
    if "unreadable" in body:
        raise Invalid({"name": [str(body["unreadable"])]})
    rows = body.get("rows")
    if rows is None:
        problems.append(Problem(("name",), "The name field is required."))
    elif isinstance(rows, list) and all(isinstance(row, list) for row in rows):
        return rows
    else:
        problems.append(Problem(("name",), "The rows must be a list of rows."))
    return []


def _fitted(row: list[Any], width: int) -> list[Any]:
    """A row as wide as the table: what is missing is blank, what is too much is left out."""
    return [*row, *[""] * width][:width]
