"""What only one-off tasks have: fields of their own, links to a template, a process to join (spec 20 §7.2, §9)."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from procession.api.checklist_bodies import draft as field_draft
from procession.api.endpoint import Call
from procession.engine.answers import default_problems
from procession.engine.fields import change_field, create_field, read_position
from procession.engine.model import Field, Problem
from procession.engine.work import Process, Task
from procession.kernel.errors import NotFound
from procession.kernel.ids import new_id, read_id
from procession.templates.access import template_of_part, template_to_see
from procession.templates.aliases import part_alias
from procession.templates.drawing import Lists, lists_named, with_list
from procession.templates.fields import moved, settled
from procession.work import access, create_oneoff
from procession.work.gather import fields_of
from procession.work.milestones import milestones_of
from procession.work.model import Held

TRUE = frozenset((True, 1, "1", "true", "yes", "on"))


def links(call: Call, body: Mapping[str, Any], problems: list[Problem], present: Task | None = None) -> dict[str, Any]:
    """The template and step the task is about; nothing of them is copied (spec 20 §9.1). Null and "" link nothing.

    What the task is linked to already (`present`) may be sent back by who cannot see it.
    """
    found: dict[str, Any] = {}
    if "checklist_id" in body and not (present and body["checklist_id"] == present.template_id):
        found["template_id"] = None
        if (template_id := body["checklist_id"]) not in (None, ""):
            try:
                found["template_id"] = template_to_see(call.unit, call.actor, read_id(template_id) or "").id
            except NotFound:
                problems.append(Problem(("checklist_id",), "The selected checklist id is invalid."))
    if "linked_step_id" in body and not (present and body["linked_step_id"] == present.linked_step_id):
        found["linked_step_id"] = None
        if (step_id := body["linked_step_id"]) not in (None, ""):
            home = template_of_part(call.unit, read_id(step_id) or "")
            try:
                template_to_see(call.unit, call.actor, home or "")
                found["linked_step_id"] = read_id(step_id)
            except NotFound:
                problems.append(Problem(("linked_step_id",), "The selected linked step id is invalid."))
    return found


# -- fields ------------------------------------------------------------------------------------------------------------


def new_fields(call: Call, sent: Any, problems: list[Problem]) -> tuple[Field, ...]:
    """The fields of a task that is being made (spec 20 §9.3); their numbers are drawn when it is written."""
    taken: set[str] = set()
    lists = _lists(call, sent)
    found = [
        _new_field(call, one, ("fields", str(index)), index + 1, taken, problems, lists)
        for index, one in enumerate(sent)
    ]
    return tuple(one for one in found if one is not None)


def _lists(call: Call, sent: Sequence[Any]) -> Lists:
    return lists_named(call.unit, (field_draft(one) for one in sent if isinstance(one, Mapping)))


def _new_field(
    call: Call, sent: Any, path: tuple[str, ...], position: int, taken: set[str], problems: list[Problem], lists: Lists
) -> Field | None:
    if not isinstance(sent, Mapping):
        problems.append(Problem(path, "The form field must be an object."))
        return None
    label = sent.get("label")
    field = create_field(
        with_list(lists, field_draft(sent), None, path, problems),
        path=path,
        field_id=new_id(),
        alias=part_alias(label if isinstance(label, str) else "", "field", taken),
        position=position,
        now=call.unit.now,
        problems=problems,
        strict_ids=True,
    )
    problems += default_problems(field, None, path) if field is not None else []
    return field


def changed_fields(
    call: Call, task: Task, sent: Sequence[Any], problems: list[Problem]
) -> list[dict[str, Any]] | UnsetType:
    """The form of the task with these entries applied; UNSET when nothing of it changes (spec 20 §7.2).

    A known `id` updates its field, or removes it with `_delete`; without `id` a field is added; the others stay.
    """
    before = list(fields_of(call.unit, task))
    form, wrong, lists = list(before), len(problems), _lists(call, sent)
    for index, one in enumerate(sent):
        form = _with_entry(call, form, one, ("fields", str(index)), problems, lists)
    if len(problems) > wrong:
        return UNSET
    numbers = iter(call.unit.numbers("field_no", sum(one.number == 0 for one in form))) if form != before else iter(())
    numbered = [
        msgspec.structs.replace(one, position=place, number=one.number or next(numbers))
        for place, one in enumerate(form, 1)
    ]
    return UNSET if numbered == before else msgspec.to_builtins(numbered)


def _with_entry(
    call: Call, form: list[Field], sent: Any, path: tuple[str, ...], problems: list[Problem], lists: Lists
) -> list[Field]:
    named = sent.get("id") if isinstance(sent, Mapping) else None
    if named is None:
        added = _new_field(call, sent, path, len(form) + 1, {one.alias for one in form}, problems, lists)
        return [*form, added] if added is not None else form
    known = next((one for one in form if one.id == read_id(named)), None)
    if known is None:
        problems.append(Problem((*path, "id"), "The selected id is invalid."))
        return form
    if sent.get("_delete") in TRUE:
        return [one for one in form if one.id != known.id]
    draft = with_list(lists, field_draft(sent), known, path, problems)
    place = read_position(draft, path=path, problems=problems)
    field = change_field(known, draft, path=path, now=call.unit.now, problems=problems)
    if field is None:
        return form
    problems += default_problems(field, known, path)
    after = [settled(field, known) if one.id == known.id else one for one in form]
    return moved(after, known.id, place) if place is not None and place != known.position else after


# -- places ------------------------------------------------------------------------------------------------------------


def stage(call: Call, held: Held, sent: Any, problems: list[Problem]) -> str | UnsetType | None:
    """The milestone of the task's process that it goes to; null unmaps (spec 10 §17.3). Outside a process: ignored."""
    if held.process is None:
        return UNSET
    if sent is None or sent == "":
        return None
    stage_id = read_id(sent)
    stages = milestones_of(call.unit, [held.process])[held.process.id]
    if stage_id is None or stage_id not in {one.id for one in stages}:
        problems.append(Problem(("stage_id",), "The selected stage id is invalid."))
        return UNSET
    return stage_id


def home(call: Call, held: Held, body: Mapping[str, Any], problems: list[Problem]) -> Process | UnsetType | None:
    """The process that a one-off task is to join, None to leave its own; UNSET when that is no change (10 §11.3).

    Checked before anything is written: rights on both processes, and whether the new one takes more tasks.
    """
    if "run_id" not in body or not held.task.oneoff:
        return UNSET
    named = body["run_id"]
    leaves = named is None or named == ""
    if (read_id(named) if not leaves else None) == held.task.process_id:
        return UNSET
    access.require_task_acts(call.actor, held, ("task.edit",))
    if held.task.process_id is not None:
        present = access.process_for_update(call.unit, call.actor, held.task.process_id)
        access.require_process_acts(call.actor, present, ("task.add_to_process",))
    if leaves:
        return None
    try:
        wanted = access.process_for_update(call.unit, call.actor, read_id(named) or "")
    except NotFound:
        problems.append(Problem(("run_id",), "The selected run id is invalid."))
        return UNSET
    access.require_process_acts(call.actor, wanted, ("task.add_to_process",))
    create_oneoff.require_place(wanted.process)
    return wanted.process
