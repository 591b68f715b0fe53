"""Versions of a template: listing them, reading an old one, bringing it back (spec 30 §5.3)."""

from typing import Any

import msgspec

from procession.engine.model import Owners, Step, TemplateDocument
from procession.kernel.errors import NotFound
from procession.kernel.ids import new_id
from procession.kernel.unit import Event, Unit
from procession.people.model import Actor
from procession.people.persons import groups_people
from procession.templates import queries
from procession.templates.editing import add_parts, author, open_template, save_row
from procession.templates.model import Template, VersionInfo
from procession.templates.update import Updated, attribute_events
from procession.templates.versions import CompiledVersion, add_version, compiled


def versions_of(unit: Unit, template: Template) -> list[VersionInfo]:
    """Every version of the template, the newest first."""
    return unit.all(queries.VERSIONS_OF, template_id=template.id)


def version_numbered(unit: Unit, template: Template, number: int) -> CompiledVersion:
    """One version by its number; 404 when there is none."""
    version_id = unit.one(queries.VERSION_NUMBERED, template_id=template.id, number=number)
    if version_id is None:
        raise NotFound
    return compiled(unit, version_id)


def is_published(template: Template, version_id: str) -> bool:
    """Whether a launch takes this version now."""
    return version_id == template.launched_version


def as_of(template: Template, document: TemplateDocument) -> Template:
    """The template's row as it was with that content: title, kind and number of steps are the content's."""
    return msgspec.structs.replace(template, title=document.title, kind=document.kind, steps=len(document.steps))


def restore_version(unit: Unit, actor: Actor, template_id: str, number: int) -> Updated:
    """Make a new version equal to an old one; what is edited now stays as a version of its own. 404, 403.

    Groups that were deleted since are left out. The same content again changes nothing.
    """
    opened = open_template(unit, actor, template_id)
    template = opened.template
    old = version_numbered(unit, template, number)
    document = _without_lost_groups(unit, old.document)
    if document == opened.document:
        return Updated(template, opened.document)
    columns: dict[str, Any] = {"title": document.title, "kind": document.kind}
    settings = msgspec.structs.replace(template.settings, published=False) if template.settings.drafts else None
    changed = msgspec.structs.replace(
        template,
        version_id=new_id(),
        steps=len(document.steps),
        settings=settings or template.settings,
        **columns,
    )
    add_version(unit, changed, opened.version.number + 1, document, author(actor, template))
    add_parts(unit, template.id, document, opened.document)
    saved = save_row(unit, actor, template, changed)
    unit.record([*attribute_events(template, columns), _event(template, number, opened.version.number + 1)])
    return Updated(saved, document)


def _without_lost_groups(unit: Unit, document: TemplateDocument) -> TemplateDocument:
    named = {one for step in document.steps for one in step.groups}
    known: dict[str, Owners] = groups_people(unit, sorted(named)) if named else {}
    if named <= known.keys():
        return document

    def left(step: Step) -> Step:
        return msgspec.structs.replace(step, groups=tuple(one for one in step.groups if one in known))

    return msgspec.structs.replace(document, steps=tuple(left(step) for step in document.steps))


def _event(template: Template, number: int, successor: int) -> Event:
    return Event(
        kind="template.version_restored",
        verb="updated",
        subject_kind="template",
        subject_id=template.id,
        field="version",
        old={"version": successor - 1, "version_id": template.version_id},
        new={"version": successor, "restored": number},
    )
