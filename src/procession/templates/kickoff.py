"""The kick-off form as a whole: what was sent synchronised with what is stored (spec 30 §3.5, 00 PUT-09)."""

import msgspec

from procession.engine.answers import default_problems
from procession.engine.fields import FieldDraft, change_field, create_field, read_position
from procession.engine.model import Field, Problem, TemplateDocument
from procession.kernel.errors import Forbidden
from procession.kernel.ids import new_id
from procession.kernel.unit import Event, Unit
from procession.templates.aliases import kept_alias
from procession.templates.drawing import Lists, lists_named, with_list
from procession.templates.editing import place_fields, used_by_rules
from procession.templates.fields import field_event, settled
from procession.templates.model import Holder
from procession.templates.versions import CompiledVersion

IN_RULE = "Cannot delete a form field that is being used in a rule."


class FieldEntry(msgspec.Struct, frozen=True):
    """One definition in a list of them: the id it names, the alias an import brings, the definition."""

    id: str | None
    draft: FieldDraft
    alias: object = None


def read_fields(
    unit: Unit,
    present: dict[str, Field],
    entries: list[FieldEntry],
    taken: set[str],
    path: tuple[str, ...],
    problems: list[Problem],
    ids: dict[str, str] | None = None,
    lists: Lists | None = None,
) -> tuple[Field, ...]:
    """The fields that `entries` describe, placed: known ids change theirs, others make one (`taken`: aliases in use).

    Order is by the position asked for, ties and silence by place in the list. Numbers of new fields are still 0.
    `ids` is told under which id a field that was named by one is made; `lists`: those that entries name, when known.
    """
    read: list[tuple[int, int, Field]] = []
    seen: set[str] = set()
    known_lists = lists_named(unit, (one.draft for one in entries)) if lists is None else lists
    for index, sent in enumerate(entries):
        at = (*path, str(index))
        place = read_position(sent.draft, path=at, problems=problems)
        known = present.get(sent.id) if sent.id is not None else None
        if known is not None and known.id in seen:
            problems.append(Problem((*at, "id"), "The id field has a duplicate value."))
            continue
        draft = with_list(known_lists, sent.draft, known, at, problems)
        entry = msgspec.structs.replace(sent, draft=draft)
        field = _changed(unit, known, entry, at, problems) if known else _new(unit, entry, taken, at, problems)
        if field is not None:
            # An import brings what a template was; a default that is no option any more did no harm there.
            problems += default_problems(field, known, at) if lists is None else []
            seen.add(field.id)
            if ids is not None and entry.id is not None:
                ids[entry.id] = field.id
            read.append((place or index + 1, index, settled(field, known)))
    return place_fields([field for _, _, field in sorted(read, key=lambda one: one[:2])], unit.now)


def _changed(
    unit: Unit, field: Field, entry: FieldEntry, path: tuple[str, ...], problems: list[Problem]
) -> Field | None:
    return change_field(field, entry.draft, path=path, now=unit.now, problems=problems)


def _new(
    unit: Unit, entry: FieldEntry, taken: set[str], path: tuple[str, ...], problems: list[Problem]
) -> Field | None:
    label = entry.draft.label if isinstance(entry.draft.label, str) else ""
    return create_field(
        entry.draft,
        path=path,
        field_id=new_id(),
        alias=kept_alias(entry.alias, label, "field", taken),
        position=0,
        now=unit.now,
        problems=problems,
    )


def number_fields(unit: Unit, fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """The fields, new ones with their numbers and as first states."""
    new = sum(field.number == 0 for field in fields)
    if not new:
        return fields
    numbers = iter(unit.numbers("field_no", new))
    return tuple(
        field if field.number else msgspec.structs.replace(field, number=next(numbers), revision=1) for field in fields
    )


def number_document(unit: Unit, document: TemplateDocument) -> TemplateDocument:
    """The document with numbers for every field that has none, of steps too, drawn together."""
    fields = [*document.kickoff, *(field for step in document.steps for field in step.fields)]
    numbered = iter(number_fields(unit, tuple(fields)))
    kickoff = tuple(next(numbered) for _ in document.kickoff)
    steps = tuple(
        msgspec.structs.replace(step, fields=tuple(next(numbered) for _ in step.fields)) for step in document.steps
    )
    return msgspec.structs.replace(document, kickoff=kickoff, steps=steps)


def refuse_lost(version: CompiledVersion, fields: tuple[Field, ...]) -> None:
    """403 when a kick-off field that a rule names is not among `fields`."""
    lost = frozenset(version.kickoff) - {field.id for field in fields}
    if lost and used_by_rules(version.document, lost):
        raise Forbidden(IN_RULE, code="BUSINESS_RULE")


def kickoff_events(template_id: str, former: tuple[Field, ...], latter: tuple[Field, ...]) -> list[Event]:
    """What happened to the kick-off fields."""
    holder = Holder(template_id, None)
    before = {field.id: field for field in former}
    after = {field.id: field for field in latter}
    events = [field_event("created", holder, new=field) for field in latter if field.id not in before]
    events += [field_event("deleted", holder, old=field) for field in former if field.id not in after]
    events += [
        field_event("updated", holder, old=before[field.id], new=field)
        for field in latter
        if field.id in before and before[field.id] != field
    ]
    return events
