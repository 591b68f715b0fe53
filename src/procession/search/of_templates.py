"""Templates, their steps and fields as documents, and snippets (spec 50 §6)."""

from collections.abc import Iterable, Sequence

from procession.engine.model import Field, Step
from procession.engine.richtext import plain
from procession.kernel.unit import Unit
from procession.search import gathering_queries as queries
from procession.search.model import Document
from procession.search.of_work import tag_names
from procession.templates.access import templates_by_id
from procession.templates.model import Template
from procession.templates.versions import CompiledVersion, compiled_versions


def documents_of_templates(unit: Unit, ids: Sequence[str]) -> list[Document]:
    """The documents of these templates with all their steps and fields; none of those deleted for good."""
    live = unit.all(queries.LIVE_TEMPLATES, ids=list(ids)) if ids else []
    templates = templates_by_id(unit, live)
    versions = compiled_versions(unit, {one.version_id for one in templates.values()})
    tags = tag_names(unit, live)
    found: list[Document] = []
    for template in templates.values():
        version = versions[template.version_id]
        found.append(_of_template(template, version, tags.get(template.id, ())))
        found += [_of_step(template.id, one) for one in version.document.steps]
        found += [_of_field(template.id, one) for one in version.document.kickoff]
        found += [_of_field(template.id, one) for step in version.document.steps for one in step.fields]
    return found


def _of_template(template: Template, version: CompiledVersion, tags: Iterable[str]) -> Document:
    settings, document = template.settings, version.document
    summary = plain(settings.summary or "")
    texts = {
        "title": template.title,
        "summary": summary,
        "guidance": plain(settings.guidance or ""),
        "content": plain(document.content or ""),
        "steps": "\n".join(f"{one.title}\n{plain(one.summary or '')}" for one in document.steps),
        "kickoff": "\n".join(one.label for one in document.kickoff),
        "alias": template.alias,
    }
    return Document(
        kind="template",
        subject_id=template.id,
        home_id=template.id,
        title=template.title,
        about=summary,
        texts=texts,
        keys=(template.id, str(template.number)),
        tags=tuple(tags),
    )


def _of_step(template_id: str, step: Step) -> Document:
    texts = {"title": step.title, "summary": plain(step.summary or "")}
    return Document(
        kind="step", subject_id=step.id, home_id=template_id, title=step.title, texts=texts, keys=(step.id,)
    )


def _of_field(template_id: str, field: Field) -> Document:
    texts = {"label": field.label, "guidance": plain(field.guidance or ""), "alias": field.alias}
    return Document(
        kind="field", subject_id=field.id, home_id=template_id, title=field.label, texts=texts, keys=(field.id,)
    )


def documents_of_snippets(unit: Unit, ids: Sequence[str]) -> list[Document]:
    """The documents of these snippets."""
    rows = unit.all(queries.SNIPPETS, ids=list(ids)) if ids else []
    return [
        Document(
            kind="snippet",
            subject_id=snippet_id,
            home_id=snippet_id,
            title=title,
            texts={"title": title, "content": plain(content)},
            keys=(snippet_id,),
        )
        for snippet_id, title, content in rows
    ]
