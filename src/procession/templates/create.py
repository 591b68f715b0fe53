"""Creating a template, alone or from an exported object (spec 30 §3.4, §3.11)."""

from typing import Any

import msgspec
from msgspec import UNSET

from procession.engine.model import TemplateDocument
from procession.engine.people import mentioned
from procession.kernel.ids import new_id
from procession.kernel.unit import Event, Unit
from procession.labels.folders import set_folders
from procession.labels.tags import TITLE as TAG_TITLE
from procession.labels.tags import ensure_tags, set_tags
from procession.people.model import Actor
from procession.people.past import UNSAID, Past
from procession.people.permissions import require
from procession.templates import queries
from procession.templates.access import template_subject
from procession.templates.aliases import free_alias
from procession.templates.checks import Checked, TemplateChange, check
from procession.templates.drafts import listed
from procession.templates.drafts import mentions as step_mentions
from procession.templates.editing import add_parts, plain
from procession.templates.import_lists import lists_here, with_lists_here
from procession.templates.import_people import Dropped, locals_of
from procession.templates.imports import Import, ImportReport, Reading, read_parts, without_strangers
from procession.templates.kickoff import number_document, read_fields
from procession.templates.model import ALL, Problems, Rights, Template, TemplateSettings, template_values
from procession.templates.rule_actions import mentions as rule_mentions
from procession.templates.text_files import note_texts
from procession.templates.update import public_events
from procession.templates.versions import add_version


class Created(msgspec.Struct, frozen=True):
    """A new template, its content, and what an import made of what was sent."""

    template: Template
    document: TemplateDocument
    report: ImportReport | None


class Planned(msgspec.Struct, frozen=True):
    """A template that could be made, before anything is written."""

    checked: Checked
    document: TemplateDocument
    reading: Reading | None
    tags: dict[str, str | None]


def create_template(
    unit: Unit,
    actor: Actor,
    change: TemplateChange,
    problems: Problems,
    imported: Import | None = None,
    past: Past = UNSAID,
) -> Created:
    """Make a template. Everything or nothing: one bad field or step refuses the whole (422).

    With `imported` its steps come along, under new ids; people, groups and folders nobody knows here are then
    dropped and reported instead of refused. `past`: when it was made and by whom, if that was elsewhere.
    """
    planned = plan_template(unit, actor, change, problems, imported)
    document = number_document(unit, planned.document)
    template = _template(unit, actor, planned.checked, document, past)
    unit.write(queries.INSERT_TEMPLATE, **template_values(template))
    add_version(unit, template, 1, document, template.created_by)
    add_parts(unit, template.id, document)
    note_texts(unit, actor, template, document)
    report = None
    if planned.reading is not None:
        if planned.tags:
            set_tags(unit, template_subject(template), ensure_tags(unit, planned.tags))
        report = _report(document, planned.reading)
    if planned.checked.further:
        set_folders(unit, template_subject(template), planned.checked.further)
    new = {"title": template.title, "kind": template.kind, "document": plain(document)}
    unit.record(
        [
            Event(kind="template.created", verb="created", subject_kind="template", subject_id=template.id, new=new),
            *public_events(template, TemplateSettings(), template.settings),
        ]
    )
    return Created(template, document, report)


def report_import(
    unit: Unit, actor: Actor, change: TemplateChange, problems: Problems, imported: Import
) -> ImportReport:
    """What an import would make and leave out; nothing is written. Refused as `create_template`."""
    planned = plan_template(unit, actor, change, problems, imported)
    assert planned.reading is not None
    return _report(planned.document, planned.reading)


def plan_template(
    unit: Unit, actor: Actor, change: TemplateChange, problems: Problems, imported: Import | None
) -> Planned:
    """Read everything that was sent against what is known here; raises when any of it is wrong."""
    require(actor, "template.create")
    reading = _reading(unit, actor, change, imported) if imported is not None else None
    if reading is not None:
        change = without_strangers(unit, change, reading)
    checked = check(unit, actor, change, None, problems)
    taken: set[str] = set()
    entries = change.kickoff if isinstance(change.kickoff, list) else []
    ids: dict[str, str] = {}
    if reading is not None:
        entries = with_lists_here(entries, reading.lists, "kick-off form", reading.dropped)
    lists = reading.lists if reading is not None else None
    document = TemplateDocument(
        title=checked.columns.get("title", ""),
        kind=checked.columns.get("kind", "procedure"),
        kickoff=read_fields(unit, {}, entries, taken, ("kickoff",), problems, ids, lists),
        content=change.content if isinstance(change.content, str) else None,
    )
    if reading is not None:
        reading.ids, reading.taken = ids, taken
        document = read_parts(unit, actor, document, reading)
        problems += reading.problems
    problems.raise_if_any()
    return Planned(checked, document, reading, _tags(reading) if reading is not None else {})


def _reading(unit: Unit, actor: Actor, change: TemplateChange, imported: Import) -> Reading:
    launcher = change.settings.get("launcher")
    lists = {"users": [*listed(change.members), *listed(launcher)], "groups": listed(change.groups)}
    named = [mentioned(lists), *(step_mentions(one.change) for one in imported.steps)]
    named += [rule_mentions(one.actions) for one in imported.rules if one is not None and one.actions is not UNSET]
    roles = [entry for one in imported.steps for entry in listed(one.change.roles)]
    found = locals_of(unit, actor, named, roles, imported.named, known_guests=imported.known_guests)
    forms = [change.kickoff if isinstance(change.kickoff, list) else [], *(one.fields for one in imported.steps)]
    return Reading(imported, found, lists=lists_here(unit, forms, foreign=imported.foreign))


def _report(document: TemplateDocument, reading: Reading) -> ImportReport:
    fields = len(document.kickoff) + sum(len(step.fields) for step in document.steps)
    return ImportReport(len(document.steps), fields, len(document.rules), tuple(reading.dropped))


def _tags(reading: Reading) -> dict[str, str | None]:
    """The tags that come with a template, by title, and their colours (rule 3)."""
    wanted: dict[str, str | None] = {}
    for tag in reading.imported.tags:
        if 0 < len(tag.title) <= TAG_TITLE:
            wanted.setdefault(tag.title, tag.color)
        else:
            reading.dropped.append(Dropped("tag", tag.title[:300], "template"))
    return wanted


def default_rights(actor: Actor, access: dict[str, Any]) -> Rights:
    """The rights of a new template (spec 40 §16.3), with the lists of default access."""
    if actor.settings.restrict_templates:
        return Rights(**access)
    return Rights(read=ALL, launch=ALL, duplicate=ALL, process_read=ALL, **access)


def _template(unit: Unit, actor: Actor, checked: Checked, document: TemplateDocument, past: Past) -> Template:
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
        created_by=past.author_id or creator,
        updated_by=creator,
        folder_id=columns["folder_id"],
        pinned=columns["pinned"],
        steps=len(document.steps),
        launches=0,
        version_id=new_id(),
        published_id=None,
        created_at=past.created_at or unit.now,
        updated_at=unit.now,
        archived_at=None,
        revision=1,
    )
