"""How every change of a template is saved: its version in place or as a copy, its row, its parts, its events."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from procession.engine.model import Field, Step, TemplateDocument
from procession.engine.rule import ids_in
from procession.kernel.unit import Event, Unit
from procession.people.model import Actor
from procession.templates import queries
from procession.templates.access import template_to_edit
from procession.templates.model import Template, template_values
from procession.templates.text_files import note_texts
from procession.templates.versions import CompiledVersion, compiled, write_document


class Opened(msgspec.Struct, frozen=True):
    """A template that is locked for editing, and the version that is edited."""

    template: Template
    version: CompiledVersion

    @property
    def document(self) -> TemplateDocument:
        return self.version.document


def open_template(unit: Unit, actor: Actor, template_id: str) -> Opened:
    """Lock the template for a change of its steps or fields. 404 or 403 as `template_to_edit`."""
    template = template_to_edit(unit, actor, template_id)
    return Opened(template, compiled(unit, template.version_id))


def lock_templates(unit: Unit, ids: Iterable[str]) -> list[Template]:
    """Lock several templates, archived ones too, by one query; no rights are asked. Who is gone is missing.

    Always in the order of their ids: two who lock several each never wait for each other in a ring.
    """
    wanted = sorted(set(ids))
    return unit.all(queries.LOCK_TEMPLATES, ids=wanted) if wanted else []


def store(
    unit: Unit,
    actor: Actor,
    opened: Opened,
    document: TemplateDocument,
    events: Iterable[Event],
    changes: Mapping[str, Any] | None = None,
) -> Template:
    """Save `document` and `changes` of the template's row, raise its revision and record `events`.

    When nothing differs nothing is written: the template comes back as it was.
    """
    template = opened.template
    changed = msgspec.structs.replace(template, **(changes or {}), steps=len(document.steps))
    if document != opened.document:
        version_id = write_document(unit, changed, opened.version, document, author(actor, template))
        add_parts(unit, template.id, document, opened.document)
        changed = msgspec.structs.replace(changed, version_id=version_id)
        if changed.settings.drafts and changed.settings.published:
            settings = msgspec.structs.replace(changed.settings, published=False)
            changed = msgspec.structs.replace(changed, settings=settings)
    elif changed == template:
        return template
    changed = save_row(unit, actor, template, changed)
    note_texts(unit, actor, changed, document)
    unit.record(events)
    return changed


def save_row(unit: Unit, actor: Actor, template: Template, changed: Template) -> Template:
    """Write the columns that differ, as one change of the template: its revision, its date, its author."""
    changed = msgspec.structs.replace(
        changed, updated_at=unit.now, updated_by=author(actor, template), revision=template.revision + 1
    )
    former, latter = template_values(template), template_values(changed)
    differing = {name: value for name, value in latter.items() if value != former[name]}
    unit.patch(queries.PATCH_TEMPLATE, differing, id=template.id)
    return changed


def author(actor: Actor, template: Template) -> int:
    """Whom a change is booked to: a member; the owner stands in for callers that are none."""
    return actor.account_id if actor.account_id is not None else template.owner_id


def add_parts(unit: Unit, template_id: str, document: TemplateDocument, former: TemplateDocument | None = None) -> None:
    """Make the new steps, fields and rules of `document` findable.

    Parts stay findable when they are deleted: older versions hold them still.
    """
    known = _parts(former) if former is not None else {}
    rows = [
        {"id": part_id, "kind": kind, "template_id": template_id}
        for part_id, kind in _parts(document).items()
        if part_id not in known
    ]
    unit.write_many(queries.INSERT_PARTS, rows)


def _parts(document: TemplateDocument) -> dict[str, str]:
    found = {field.id: "field" for field in document.kickoff}
    for step in document.steps:
        found[step.id] = "step"
        found.update((field.id, "field") for field in step.fields)
    found.update((rule.id, "rule") for rule in document.rules)
    return found


# -- parts of a document ------------------------------------------------------------------------------------------


def with_step(document: TemplateDocument, step: Step) -> TemplateDocument:
    """The document with the step of that id replaced."""
    steps = tuple(step if one.id == step.id else one for one in document.steps)
    return msgspec.structs.replace(document, steps=steps)


def with_fields(
    document: TemplateDocument, step_id: str | None, fields: Sequence[Field], now: datetime
) -> TemplateDocument:
    """The document with the fields of a step (None: of the kick-off form) replaced, in this order."""
    placed = place_fields(fields, now)
    if step_id is None:
        return msgspec.structs.replace(document, kickoff=placed)
    step = next(one for one in document.steps if one.id == step_id)
    return with_step(document, msgspec.structs.replace(step, fields=placed))


def place_fields(fields: Sequence[Field], now: datetime) -> tuple[Field, ...]:
    """The fields with positions from 1; what moved is a change of its own."""
    return tuple(
        field if field.position == place else _moved_field(field, place, now) for place, field in enumerate(fields, 1)
    )


def _moved_field(field: Field, place: int, now: datetime) -> Field:
    return msgspec.structs.replace(field, position=place, revision=field.revision + 1, updated_at=now)


def place_steps(steps: Sequence[Step], now: datetime) -> tuple[Step, ...]:
    """As `place_fields`, for steps."""
    return tuple(
        step if step.position == place else _moved_step(step, place, now) for place, step in enumerate(steps, 1)
    )


def _moved_step(step: Step, place: int, now: datetime) -> Step:
    return msgspec.structs.replace(step, position=place, revision=step.revision + 1, updated_at=now)


def used_by_rules(document: TemplateDocument, ids: frozenset[str]) -> bool:
    """Whether a condition or an action of any rule names one of `ids`."""
    return any(named in ids for rule in document.rules for named in ids_in(rule))


def plain(value: Any) -> Any:
    """A value as events hold it: plain JSON."""
    return msgspec.to_builtins(value)
