"""Files shown in the texts of templates and their steps: who reads the text sees them (spec 20 §7.6, §20.4).

A use stays as long as its template: older versions show the file still, and processes run on them.
"""

from collections.abc import Collection, Iterable

from procession.engine.attachments import linked_files
from procession.engine.model import TemplateDocument
from procession.files.keeping import note_uses
from procession.files.model import CONTENT, TEXT, File
from procession.files.reading import files_by_id, uses_by, uses_of
from procession.kernel.unit import Unit
from procession.people.model import Actor
from procession.templates.access import rights_of, templates_by_id
from procession.templates.model import Template


def note_texts(unit: Unit, actor: Actor, template: Template, document: TemplateDocument) -> None:
    """Keep what is known of the files in these texts in step with them; no query where no text links to any.

    Only what the caller may show: his own uploads, the template's files, those that templates show which he reads.
    """
    shown = _shown(unit.organization_id, template, document)
    if not shown:
        return
    fresh = shown - {(one.field_id, one.file_id) for one in uses_by(unit, template.id)}
    if not fresh:
        return
    found = files_by_id(unit, {file for _, file in fresh}, hold=True)
    allowed = _allowed(unit, actor, template, [one for one in found.values() if one.archived_at is None])
    changes = [(place, frozenset[str](), frozenset((file,))) for place, file in sorted(fresh) if file in allowed]
    note_uses(unit, "template", template.id, changes)


def _shown(organization_id: str, template: Template, document: TemplateDocument) -> set[tuple[str, str]]:
    """Places (`files.model.Use`) with the files that they show."""
    settings = template.settings
    texts: list[tuple[str, Iterable[str | None]]] = [
        (TEXT, (settings.summary, settings.guidance)),
        (CONTENT, (document.content, settings.kickoff_description, *(one.guidance for one in document.kickoff))),
    ]
    texts += [(step.id, (step.summary, *(one.guidance for one in step.fields))) for step in document.steps]
    return {(place, file) for place, found in texts for text in found for file in linked_files(text, organization_id)}


def _allowed(unit: Unit, actor: Actor, template: Template, files: Collection[File]) -> set[str]:
    if actor.is_admin:
        return {one.id for one in files}
    mine = {one.id for one in files if one.uploaded_by == actor.principal or one.subject_id == template.id}
    uses = uses_of(unit, [one.id for one in files if one.id not in mine])
    homes = {use.holder_id for found in uses.values() for use in found if use.holder_kind == "template"}
    read = {one.id for one in templates_by_id(unit, homes).values() if "read" in rights_of(actor, one)}
    return mine | {file for file, found in uses.items() if any(use.holder_id in read for use in found)}
