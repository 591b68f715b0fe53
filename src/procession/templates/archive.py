"""Archiving and restoring a template (spec 30 §3.6, §3.7)."""

import msgspec

from procession.engine.model import TemplateDocument
from procession.kernel.unit import Event, Unit
from procession.people.model import Actor
from procession.templates import queries
from procession.templates.access import rights_of, template_to_edit, template_to_see
from procession.templates.editing import lock_templates, save_row
from procession.templates.embedding import Reference, drop_template_embeds, embedding
from procession.templates.model import Template
from procession.templates.update import Updated
from procession.templates.versions import compiled, compiled_versions


def hold_for_archiving(unit: Unit, actor: Actor, template_id: str) -> None:
    """Lock the template together with those it will be taken out of, for who may archive it; 404 for who sees none.

    Before anything else of it is locked: two that embed each other can be archived at once.
    """
    template = template_to_see(unit, actor, template_id)
    if "edit" in rights_of(actor, template):
        lock_templates(unit, [template_id, *embedding(unit, template_id)])


def archive_template(unit: Unit, actor: Actor, template_id: str) -> tuple[Template, list[Reference]]:
    """Take a template, held for it, out of lists, search and launch; running processes go on. 404 when it is archived.

    Steps of other templates that launch it keep saying so and do nothing until it is restored. Its blocks in their
    texts are taken out for good. Both are told.
    """
    template = template_to_edit(unit, actor, template_id, act="template.archive")
    changed = save_row(unit, actor, template, msgspec.structs.replace(template, archived_at=unit.now))
    unit.record([_event("archived", template_id)])
    found = references(unit, template_id) + drop_template_embeds(unit, actor, template_id)
    return changed, list(dict.fromkeys(found))


def restore_template(unit: Unit, actor: Actor, template_id: str) -> Updated:
    """Bring an archived template back, into its folder if that still exists. A live one is left as it is."""
    template = template_to_edit(unit, actor, template_id, act="template.archive", archived=True)
    document = compiled(unit, template.version_id).document
    if template.archived_at is None:
        return Updated(template, document)
    folder_id = template.folder_id
    if folder_id is not None and unit.one(queries.FOLDER_KIND, folder_id=folder_id) != "template":
        folder_id = None
    changed = save_row(unit, actor, template, msgspec.structs.replace(template, archived_at=None, folder_id=folder_id))
    unit.record([_event("unarchived", template_id)])
    return Updated(changed, document)


def _event(verb: str, template_id: str) -> Event:
    return Event(kind=f"template.{verb}", verb=verb, subject_kind="template", subject_id=template_id)


def references(unit: Unit, template_id: str) -> list[Reference]:
    """The steps of other live templates that launch this one."""
    naming = set(unit.all(queries.VERSIONS_NAMING, pattern=f"%{template_id}%", template_id=template_id))
    documents: list[TemplateDocument] = [one.document for one in compiled_versions(unit, naming).values()]
    return [
        Reference("step", step.title, step.id)
        for document in documents
        for step in document.steps
        if step.launches is not None and step.launches.get("template_id") == template_id
    ]
