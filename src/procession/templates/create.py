"""Creating a template, alone or from an exported object (spec 30 §3.4, §3.11)."""

from typing import Any

import msgspec

from procession.engine.model import TemplateDocument
from procession.kernel.ids import new_id
from procession.kernel.unit import Event, Unit
from procession.people.model import Actor
from procession.people.permissions import require
from procession.templates import queries
from procession.templates.aliases import free_alias
from procession.templates.checks import Checked, TemplateChange, check
from procession.templates.editing import add_parts, plain
from procession.templates.imports import Import, ImportReport, without_strangers
from procession.templates.imports import read_steps as read_imported
from procession.templates.kickoff import number_fields, read_fields
from procession.templates.model import ALL, Problems, Rights, Template, TemplateSettings, template_values
from procession.templates.versions import add_version


class Created(msgspec.Struct, frozen=True):
    """A new template, its content, and what an import made of what was sent."""

    template: Template
    document: TemplateDocument
    report: ImportReport | None


def create_template(
    unit: Unit, actor: Actor, change: TemplateChange, problems: Problems, imported: Import | None = None
) -> Created:
    """Make a template. Everything or nothing: one bad field or step refuses the whole (422).

    With `imported` its steps come along, under new ids; people, groups and folders nobody knows here are then
    dropped and reported instead of refused.
    """
    require(actor, "template.create")
    report = None
    if imported is not None:
        change, report = without_strangers(unit, change)
    checked = check(unit, actor, change, None, problems)
    taken: set[str] = set()
    entries = change.kickoff if isinstance(change.kickoff, list) else []
    kickoff = read_fields(unit, {}, entries, taken, ("kickoff",), problems)
    document = TemplateDocument(
        title=checked.columns.get("title", ""),
        kind=checked.columns.get("kind", "procedure"),
        kickoff=kickoff,
        content=change.content if isinstance(change.content, str) else None,
    )
    if imported is not None and report is not None:
        document, report = read_imported(unit, actor, imported, document, problems, report)
    problems.raise_if_any()
    document = _numbered(unit, document)
    template = _template(unit, actor, checked, document)
    unit.write(queries.INSERT_TEMPLATE, **template_values(template))
    add_version(unit, template, 1, document, template.created_by)
    add_parts(unit, template.id, document)
    new = {"title": template.title, "kind": template.kind, "document": plain(document)}
    unit.record(
        [Event(kind="template.created", verb="created", subject_kind="template", subject_id=template.id, new=new)]
    )
    return Created(template, document, report)


def _numbered(unit: Unit, document: TemplateDocument) -> TemplateDocument:
    steps = tuple(msgspec.structs.replace(step, fields=number_fields(unit, step.fields)) for step in document.steps)
    return msgspec.structs.replace(document, kickoff=number_fields(unit, document.kickoff), steps=steps)


def default_rights(actor: Actor, access: dict[str, Any]) -> Rights:
    """The rights of a new template (spec 40 §16.3), with the lists of default access."""
    if actor.settings.restrict_templates:
        return Rights(**access)
    return Rights(read=ALL, launch=ALL, duplicate=ALL, process_read=ALL, **access)


def _template(unit: Unit, actor: Actor, checked: Checked, document: TemplateDocument) -> Template:
    creator = actor.account_id or 0
    title = document.title
    template_id, alias = free_alias(title, lambda one: unit.one(queries.ALIAS_HOLDER, alias=one) is not None)
    columns: dict[str, Any] = {
        "label": "started",
        "owner_id": creator,
        "folder_id": None,
        "pinned": False,
        **checked.columns,
    }
    return Template(
        id=template_id,
        number=unit.numbers("increment_id")[0],
        title=title,
        alias=alias,
        kind=document.kind,
        label=columns["label"],
        system=False,
        settings=TemplateSettings(**checked.settings),
        rights=default_rights(actor, checked.access),
        owner_id=columns["owner_id"],
        created_by=creator,
        updated_by=creator,
        folder_id=columns["folder_id"],
        pinned=columns["pinned"],
        steps=len(document.steps),
        launches=0,
        version_id=new_id(),
        published_id=None,
        created_at=unit.now,
        updated_at=unit.now,
        archived_at=None,
        revision=1,
    )
