"""Fields of steps and of the kick-off form: adding, changing, moving, deleting (spec 30 §11.4, §11.5).

A step of None means the kick-off form.
"""

from collections.abc import Collection, Sequence

import msgspec

from procession.engine.answers import default_problems
from procession.engine.embeds import without_embeds
from procession.engine.fields import FieldDraft, change_field, create_field, read_position
from procession.engine.model import Field, Notice, Problem, TemplateDocument
from procession.kernel.errors import Forbidden, NotFound
from procession.kernel.ids import new_id
from procession.kernel.unit import Event, Unit
from procession.people.model import Actor
from procession.templates.aliases import aliases_in, part_alias
from procession.templates.drawing import lists_named, with_list
from procession.templates.editing import Opened, open_template, plain, store, used_by_rules, with_fields
from procession.templates.model import Holder, Problems, Template
from procession.templates.rule_fit import new_misfits
from procession.templates.steps import step_of

IN_RULES_ELSEWHERE = "Cannot delete a form field that is being used in a rule in other steps."
OTHER_STEP = "The target must be another step of the same template."


class FieldChanged(msgspec.Struct, frozen=True):
    """A field after a change, the step it is on, and the template. `warnings`: rules that it fits no longer."""

    template: Template
    field: Field
    step_id: str | None
    document: TemplateDocument
    warnings: tuple[Notice, ...] = ()


def fields_of(document: TemplateDocument, step_id: str | None) -> tuple[Field, ...]:
    """The fields of a step or of the kick-off form, in order; 404 when the template has no such step."""
    return document.kickoff if step_id is None else step_of(document, step_id).fields


def field_of(document: TemplateDocument, step_id: str | None, field_id: str) -> Field:
    """The field; 404 when it is not there."""
    for field in fields_of(document, step_id):
        if field.id == field_id:
            return field
    raise NotFound


def settled(field: Field, former: Field | None = None) -> Field:
    """`field` with what options leave open said as no; `former` itself when nothing else distinguishes them.

    Clients send back what they read, where every option says both: that is no change.
    """
    options = tuple(
        msgspec.structs.replace(one, required=bool(one.required), selected=bool(one.selected)) for one in field.options
    )
    field = msgspec.structs.replace(field, options=options)
    if former is None:
        return field
    same = msgspec.structs.replace(field, revision=former.revision, updated_at=former.updated_at)
    return former if same == former else field


def add_field(unit: Unit, actor: Actor, holder: Holder, draft: FieldDraft, problems: Problems) -> FieldChanged:
    """Add a field, at the place it asks for or last."""
    opened = open_template(unit, actor, holder.template_id)
    present = fields_of(opened.document, holder.step_id)
    place = read_position(draft, path=(), problems=problems)
    label = draft.label if isinstance(draft.label, str) else ""
    draft = with_list(lists_named(unit, [draft]), draft, None, (), problems)
    field = create_field(
        draft,
        path=(),
        field_id=new_id(),
        alias=part_alias(label, "field", aliases_in(opened.document)),
        position=min(place or len(present) + 1, len(present) + 1),
        now=unit.now,
        problems=problems,
    )
    problems += default_problems(field, None, ()) if field is not None else []
    problems.raise_if_any()
    assert field is not None
    field = msgspec.structs.replace(settled(field), number=unit.numbers("field_no")[0])
    order = [*present[: field.position - 1], field, *present[field.position - 1 :]]
    document = with_fields(opened.document, holder.step_id, order, unit.now)
    event = field_event("created", holder, new=field)
    return _saved(unit, actor, opened, document, (holder.step_id, field.id), [event])


def update_field(
    unit: Unit, actor: Actor, holder: Holder, field_id: str, draft: FieldDraft, problems: Problems
) -> FieldChanged:
    """Change what was sent, the place too."""
    opened = open_template(unit, actor, holder.template_id)
    former = field_of(opened.document, holder.step_id, field_id)
    place = read_position(draft, path=(), problems=problems)
    draft = with_list(lists_named(unit, [draft]), draft, former, (), problems)
    field = change_field(former, draft, path=(), now=unit.now, problems=problems)
    problems += default_problems(field, former, ()) if field is not None else []
    problems.raise_if_any()
    assert field is not None
    field = settled(field, former)
    order = [field if one.id == field_id else one for one in fields_of(opened.document, holder.step_id)]
    if place is not None and place != former.position:
        order = moved(order, field_id, place)
    document = with_fields(opened.document, holder.step_id, order, unit.now)
    latter = field_of(document, holder.step_id, field_id)
    events = [] if latter == former else [field_event("updated", holder, old=former, new=latter)]
    return _saved(unit, actor, opened, document, (holder.step_id, field_id), events)


def moved(fields: Sequence[Field], field_id: str, place: int) -> list[Field]:
    """The fields with one at `place` (from 1, beyond the end: last)."""
    others = [one for one in fields if one.id != field_id]
    mine = [one for one in fields if one.id == field_id]
    return [*others[: place - 1], *mine, *others[place - 1 :]]


class Arrangement(msgspec.Struct, frozen=True):
    """An order of fields: those of `order` come first, the others follow; with none, `field_id` goes to `place`."""

    order: Sequence[str | None]
    field_id: str | None
    place: int


def arrange(unit: Unit, actor: Actor, holder: Holder, arrangement: Arrangement, problems: Problems) -> TemplateDocument:
    """Put the fields of a step or form in another order. 404 for one that is not there."""
    opened = open_template(unit, actor, holder.template_id)
    present = fields_of(opened.document, holder.step_id)
    problems.raise_if_any()
    named = [one for one in dict.fromkeys(arrangement.order or [arrangement.field_id]) if one is not None]
    first = [field_of(opened.document, holder.step_id, one) for one in named]
    if arrangement.order:
        order = [*first, *(one for one in present if one not in first)]
    else:
        order = moved(present, first[0].id, arrangement.place)
    document = with_fields(opened.document, holder.step_id, order, unit.now)
    before = {field.id: field for field in present}
    events = [
        # The others only made room: enough to rebuild the state, nothing to read.
        field_event("re-ordered", holder, old=before[field.id], new=field, shown=field.id in named)
        for field in fields_of(document, holder.step_id)
        if before[field.id] != field
    ]
    store(unit, actor, opened, document, events)
    return document


def move_field_out(
    unit: Unit, actor: Actor, holder: Holder, field_id: str, *, target_id: str, place: int, problems: Problems
) -> FieldChanged:
    """Move a field to another step of the template; id and alias stay (spec 30 §11.4)."""
    opened = open_template(unit, actor, holder.template_id)
    field = field_of(opened.document, holder.step_id, field_id)
    if target_id not in {step.id for step in opened.document.steps} - {holder.step_id}:
        problems.append(Problem(("target_step_id",), OTHER_STEP))
    problems.raise_if_any()
    target = Holder(holder.template_id, target_id)
    remaining = [one for one in fields_of(opened.document, holder.step_id) if one.id != field_id]
    arrived = moved([*fields_of(opened.document, target_id), field], field_id, place)
    document = with_fields(opened.document, holder.step_id, remaining, unit.now)
    document = with_fields(document, target_id, arrived, unit.now)
    left = field_event("deleted", holder, old=field, shown=False)
    came = field_event("updated", target, old=field, new=field_of(document, target_id, field_id))
    return _saved(unit, actor, opened, document, (target_id, field_id), [left, came])


def delete_field(unit: Unit, actor: Actor, holder: Holder, field_id: str) -> Template:
    """Remove a field; 403 while a rule names it (spec 30 §11.4)."""
    opened = open_template(unit, actor, holder.template_id)
    field = field_of(opened.document, holder.step_id, field_id)
    if used_by_rules(opened.document, frozenset((field_id,))):
        raise Forbidden(IN_RULES_ELSEWHERE, code="BUSINESS_RULE")
    remaining = [one for one in fields_of(opened.document, holder.step_id) if one.id != field_id]
    document = with_fields(without_fields(opened.document, {field_id}), holder.step_id, remaining, unit.now)
    return store(unit, actor, opened, document, [field_event("deleted", holder, old=field)])


def without_fields(document: TemplateDocument, gone: Collection[str]) -> TemplateDocument:
    """The document whose text shows none of the fields that are gone (spec 30 §13)."""
    if not document.content or not gone:
        return document
    content, removed = without_embeds(document.content, ("field",), gone)
    return msgspec.structs.replace(document, content=content) if removed else document


def field_event(
    verb: str,
    holder: Holder,
    *,
    old: Field | None = None,
    new: Field | None = None,
    shown: bool = True,
) -> Event:
    """What happened to a field, told of its step, or of the template for the kick-off form."""
    return Event(
        kind=f"field.{'moved' if verb == 're-ordered' else verb}",
        verb=verb if verb == "re-ordered" else "updated",
        subject_kind="template" if holder.step_id is None else "step",
        subject_id=holder.step_id or holder.template_id,
        field="kickoff" if holder.step_id is None else "fields",
        old=plain(old),
        new=plain(new),
        shown=shown,
    )


def _saved(
    unit: Unit,
    actor: Actor,
    opened: Opened,
    document: TemplateDocument,
    at: tuple[str | None, str],
    events: list[Event],
) -> FieldChanged:
    template = store(unit, actor, opened, document, events)
    step_id, field_id = at
    warnings = new_misfits(opened.document, document)
    return FieldChanged(template, field_of(document, step_id, field_id), step_id, document, warnings)
