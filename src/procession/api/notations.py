"""Templates in other notations than JSON: written as files, and what a document that was read could not bring."""

from collections.abc import Iterable
from html import escape
from typing import Any

import msgspec

from procession.api.downloads import INERT, disposition
from procession.api.endpoint import Call, Reply, Sheet
from procession.engine.embeds import with_fields
from procession.engine.model import TemplateDocument
from procession.engine.rule import Rule
from procession.notations.model import WRITABLE, FormatName, Outline, OutlineStep
from procession.people.groups import group_names
from procession.people.job_titles import job_titles_by_id
from procession.people.persons import persons
from procession.templates.aliases import slug
from procession.templates.model import Template
from procession.wire.checklist_document import named_in

TYPES: dict[FormatName, str] = {
    "bpmn": "application/xml; charset=utf-8",
    "csv": "text/csv; charset=utf-8; header=present",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "md": "text/markdown; charset=utf-8",
    "pdf": "application/pdf",
}
WORDS: dict[str, FormatName] = {
    **{one: one for one in WRITABLE},
    "markdown": "md",
    "xml": "bpmn",
    "word": "docx",
}
"""The formats by what people call them."""


def export_as(kind: FormatName, call: Call, template: Template, document: TemplateDocument) -> Reply:
    """The template as a file of this kind; it is written after the answer is settled, outside the transaction."""
    name = f"{slug(template.title, 'template')[:100]}.{kind}"
    outline = outline_of(call, template, document)
    if document.content and kind in ("pdf", "docx", "md"):
        labels = {field.id: f"[{escape(field.label)}]" for field in document.kickoff}
        text = (outline.summary or "") + with_fields(document.content, labels)
        outline = msgspec.structs.replace(outline, summary=text)
    return Reply(sheet=Sheet(kind=kind, outline=outline), headers=file_headers(kind, name))


def file_headers(kind: FormatName, name: str) -> dict[str, str]:
    """What goes with a file of this kind: it is saved, and nothing in it is run."""
    return {
        "content-type": TYPES[kind],
        "content-disposition": disposition("attachment", name),
        "content-security-policy": INERT,
    }


def outline_of(call: Call, template: Template, document: TemplateDocument) -> Outline:
    """The template without its organization: its people by address, groups and job titles by name."""
    members, groups, roles = named_in(template, document)
    addresses = {one.id: one.email for one in persons(call.unit, members).values()}
    names = group_names(call.unit, groups)
    job_titles = {one.id: one.name for one in job_titles_by_id(call.unit, roles).values()}
    steps = (
        OutlineStep(
            step=msgspec.structs.replace(one, members=(), groups=(), roles=()),
            members=tuple(addresses[member] for member in one.members if member in addresses),
            groups=tuple(names[group] for group in one.groups if group in names),
            roles=tuple(job_titles[role] for role in one.roles if role in job_titles),
        )
        for one in document.steps
    )
    return outline_with(template, document, steps, document.rules)


def outline_with(
    template: Template, document: TemplateDocument, steps: Iterable[OutlineStep], rules: Iterable[Rule]
) -> Outline:
    """The template's own texts, form and stages, with these steps and rules."""
    settings = template.settings
    return Outline(
        title=template.title,
        kind=template.kind,
        summary=settings.summary,
        guidance=settings.guidance,
        kickoff_title=settings.kickoff_title,
        kickoff_description=settings.kickoff_description,
        kickoff=document.kickoff,
        stages=document.stages,
        steps=tuple(steps),
        rules=tuple(rules),
    )


def with_notes(reply: Reply, body: Any) -> Reply:
    """The answer to an import, with what the document's notation had and no template has (spec 30 §3.11 rule 6)."""
    notes = body.get("notes")
    if not isinstance(notes, list) or not isinstance(reply.body, dict):
        return reply
    report = reply.body["import_report"]
    told = [one for one in notes if isinstance(one, dict)][:1000]
    report = {**report, "dropped": [*report["dropped"], *told]}
    return msgspec.structs.replace(reply, body={**reply.body, "import_report": report})
