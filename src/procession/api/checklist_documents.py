"""Templates as documents: taken out and brought in, as JSON (spec 30 §3.11, 50 §23).

Other notations join by `EXPORTS` and `IMPORTS`.
"""

from collections.abc import Callable, Mapping
from copy import copy
from functools import partial
from typing import Any

import msgspec

from procession.api.checklist_bodies import ID, template_change
from procession.api.checklist_includes import present
from procession.api.checklists import BASE, ITEM, problems_of, reply, reply_created
from procession.api.endpoint import Call, Reply, operation
from procession.api.import_bodies import COMPLETE, read_document, read_import
from procession.api.notations import TYPES, WORDS, export_as, with_notes
from procession.api.past import MADE, read_past
from procession.api.public_library import copied_object
from procession.api.reading import Shape, fold_word, raw, words
from procession.engine.model import TemplateDocument
from procession.kernel.errors import Invalid, NotFound
from procession.kernel.ids import read_id
from procession.kernel.unit import Unit
from procession.people.elsewhere import actor_elsewhere
from procession.people.groups import group_names
from procession.people.job_titles import job_titles_by_id
from procession.people.permissions import ADMINS_ONLY, require
from procession.people.persons import persons
from procession.templates.access import template_to_duplicate, template_to_export
from procession.templates.aliases import slug
from procession.templates.cloning import TITLE, clone_template
from procession.templates.create import create_template, report_import
from procession.templates.import_people import Named
from procession.templates.model import Template
from procession.templates.versions import compiled
from procession.wire import checklist as wire
from procession.wire import checklist_document as written

Export = Callable[[Call, Template, TemplateDocument], Reply]
IMPORT = Shape(
    "importChecklistInput",
    {
        "format": raw({"type": "string"}),
        "format_version": raw({"type": "integer"}),
        "data": raw({"$ref": "#/components/schemas/createChecklistInput"}),
        "people": raw({"type": "object"}),
        "file": raw({"type": "string", "format": "binary", "description": "BPMN, CSV, Word, HTML, Markdown or JSON."}),
        "org_id": raw(ID),
        "template_id": raw(ID),
        "library_id": raw({"type": "string", "description": "Id or alias of a template of the public library."}),
    },
)


@operation("GET", ITEM + "/export", id="exportChecklist", acts=("template.duplicate",), query=("format",),
           answer=wire.Checklist, files=tuple(TYPES.values()), tag="Templates")  # fmt: skip
def export_checklist(call: Call) -> Reply:
    """Take a template out as a document"""
    template = template_to_export(call.unit, call.actor, call.path_id("checklist"))
    export = EXPORTS.get(fold_word(call.query.text("format") or "json"))
    if export is None:
        raise Invalid({"format": ["The selected format is invalid."]})
    return export(call, template, compiled(call.unit, template.version_id).document)


def _as_json(call: Call, template: Template, document: TemplateDocument) -> Reply:
    shown = present(call, [(template, document)], always=("steps", "stages", "tags"))[0]
    people = people_of(call.unit, template, document)
    name = f"{slug(template.title, 'template')[:100]}.json"
    return Reply(
        body=written.checklist_document(shown, people, call.unit.organization_id, call.unit.now),
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


def people_of(unit: Unit, template: Template, document: TemplateDocument) -> written.People:
    """What the members, groups and job titles that the template names are called."""
    members, groups, roles = written.named_in(template, document)
    return written.People(
        members={one.id: one.email for one in persons(unit, members).values()},
        groups=group_names(unit, groups),
        roles={one.id: one.name for one in job_titles_by_id(unit, roles).values()},
    )


EXPORTS: dict[str, Export] = {
    "json": _as_json,
    **{word: partial(export_as, kind) for word, kind in WORDS.items()},
}
"""How a template is written, by the word of `format`."""


@operation("POST", BASE + "/import", id="importChecklist", acts=("template.create", "template.duplicate"), body=IMPORT,
           query=("format", "dry_run", "title", "with"), answer=wire.Checklist, status=201, statuses=(200,),
           tag="Templates", documents=True)  # fmt: skip
def import_checklist(call: Call) -> Reply:
    """Bring in a document as a new template; with `dry_run` only tell what would become of it"""
    require(call.actor, "template.create")
    if isinstance(unreadable := call.body.get("unreadable"), str):
        raise Invalid({"file": [unreadable]})
    if isinstance(named := call.body.get("library_id"), str):
        title = {"title": call.body["title"]} if call.body.get("title") else {}
        return import_object(call, {**copied_object(call, named), **title}, foreign=True)
    imports = IMPORTS.get(fold_word(call.query.text("format") or "json"))
    if imports is None:
        raise Invalid({"format": ["The selected format is invalid."]})
    return imports(call)


def _from_json(call: Call) -> Reply:
    if "template_id" in call.body and "title" not in call.body and "data" not in call.body:
        return _copied(call)
    document = read_document(call.body)
    foreign = document.organization_id not in (None, call.unit.organization_id)
    return with_notes(import_object(call, document.body, document.named, foreign=foreign), call.body)


def _copied(call: Call) -> Reply:
    """By organization id and template id, as the settings page imports (spec 30 §3.11)."""
    template_id, organization_id = read_id(call.body["template_id"]), read_id(call.body.get("org_id"))
    if template_id is None or organization_id is None:
        missing = {"template_id": template_id, "org_id": organization_id}
        raise Invalid(
            {name: [f"The selected {words(name)} is invalid."] for name, one in missing.items() if one is None}
        )
    if organization_id != call.unit.organization_id:
        return copy_from_elsewhere(call, organization_id, template_id, None)
    made = clone_template(call.unit, call.actor, template_id, None)
    return reply(call, made.template, made.document, status=201)


def import_object(
    call: Call,
    body: Mapping[str, Any],
    named: Named | None = None,
    *,
    foreign: bool = False,
    known_guests: bool = False,
) -> Reply:
    """Make a template of the complete object that `body` is, or with `dry_run` only report (spec 30 §3.11).

    `named`: what the document calls its people; `foreign`: it is of another organization; `known_guests`: guests
    nobody knows here are left out.
    """
    problems = problems_of(call)
    sent = COMPLETE.read(body, problems, call.warnings)
    change = template_change(sent, problems)
    imported = read_import(sent, problems, named)
    imported = msgspec.structs.replace(imported, foreign=foreign, known_guests=known_guests)
    if call.query.flag("dry_run"):
        report = report_import(call.unit, call.actor, change, problems, imported)
        return Reply(body={"data": None, "import_report": msgspec.to_builtins(report)})
    past = read_past(call, sent, problems, *MADE)
    return reply_created(call, create_template(call.unit, call.actor, change, problems, imported, past))


IMPORTS: dict[str, Callable[[Call], Reply]] = {"json": _from_json}
"""How a document is read, by the word of `format`."""


# -- copies of what is elsewhere ---------------------------------------------------------------------------------------


def copy_from_elsewhere(call: Call, organization_id: str, template_id: str, title: str | None) -> Reply:
    """Make a template here like one of another organization; what is not known here is left out and told.

    404 for what the caller may not read there, 403 without DUPLICATE there or if he is no administrator here.
    """
    body, named = _source(call, organization_id, template_id)
    require(call.actor, "template.create", message=ADMINS_ONLY)
    require(call.actor, "template.delete", message=ADMINS_ONLY)  # administrators alone bring something in
    body = {**body, "title": (title or f"COPY OF - {body['title']}")[:TITLE]}
    return import_object(call, body, named, foreign=True, known_guests=True)


def _source(call: Call, organization_id: str, template_id: str) -> tuple[Mapping[str, Any], Named]:
    """The template as its organization exports it, and what its people are called there."""
    try:
        unit = Unit(call.unit.session, organization_id, call.unit.now)
        actor = actor_elsewhere(unit, call.actor)
        if actor is None:
            raise NotFound
        inside = copy(call)
        inside.unit, inside.actor = unit, actor
        template = template_to_duplicate(unit, actor, template_id)
        document = compiled(unit, template.version_id).document
        shown = present(inside, [(template, document)], always=("steps", "stages", "tags"))[0]
        people = people_of(unit, template, document)
        return msgspec.to_builtins(shown), Named(people.members, people.groups, people.roles)
    finally:
        call.unit.session.scope(call.unit.organization_id)
