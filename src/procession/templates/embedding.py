"""Templates and fields inside texts: what is taken out of them when what they embed goes (spec 30 §3.6, §13)."""

import msgspec

from procession.engine.embeds import without_embeds
from procession.engine.model import Field, Step, TemplateDocument
from procession.kernel.unit import Event, Unit
from procession.people.model import Actor
from procession.templates import queries
from procession.templates.editing import Opened, lock_templates, store
from procession.templates.model import TemplateSettings
from procession.templates.steps import differences
from procession.templates.update import attribute_events
from procession.templates.versions import compiled

_TEXTS = ("summary", "guidance", "kickoff_description")


class Reference(msgspec.Struct, frozen=True):
    """Something that referred to a template that is archived: a step, or the texts of another template."""

    kind: str
    title: str
    id: str


def embedding(unit: Unit, template_id: str) -> list[str]:
    """The templates whose texts hold a block of this one."""
    pattern = f'%data-blueprint-id=_"{template_id}_"%'  # in JSON the quotes are escaped
    return unit.all(queries.TEMPLATES_EMBEDDING, pattern=pattern, template_id=template_id)


def drop_template_embeds(unit: Unit, actor: Actor, template_id: str) -> list[Reference]:
    """Take the template's blocks out of every other template's texts for good, and tell where they stood.

    Archived templates too: they may be restored. Each is saved as an edit of its own: its version may be copied.
    """
    found: list[Reference] = []
    for template in lock_templates(unit, embedding(unit, template_id)):
        opened = Opened(template, compiled(unit, template.version_id))
        document = msgspec.structs.replace(
            _without(opened.document, template_id),
            steps=tuple(_step(unit, step, template_id) for step in opened.document.steps),
        )
        settings = _settings(template.settings, template_id)
        steps = [(old, new) for old, new in zip(opened.document.steps, document.steps, strict=True) if old is not new]
        events = [event for old, new in steps for event in differences(old, new)]
        events += attribute_events(template, {"settings": settings})
        if document.content != opened.document.content:
            events.append(_content_event(template.id, opened.document, document))
        if settings != template.settings or document.content != opened.document.content:
            found.append(Reference("template", template.title, template.id))
        found += [Reference("step", new.title, new.id) for _, new in steps]
        store(unit, actor, opened, document, events, {"settings": settings})
    return found


def _without(document: TemplateDocument, gone: str) -> TemplateDocument:
    """The document whose own text no longer embeds the template that is gone."""
    content = _text(document.content, gone)
    return document if content == document.content else msgspec.structs.replace(document, content=content)


def _settings(settings: TemplateSettings, gone: str) -> TemplateSettings:
    texts = {name: _text(getattr(settings, name), gone) for name in _TEXTS}
    return msgspec.structs.replace(settings, **texts)


def _step(unit: Unit, step: Step, gone: str) -> Step:
    summary = _text(step.summary, gone)
    fields = tuple(_field(unit, field, gone) for field in step.fields)
    if summary == step.summary and fields == step.fields:
        return step
    return msgspec.structs.replace(
        step, summary=summary, fields=fields, updated_at=unit.now, revision=step.revision + 1
    )


def _field(unit: Unit, field: Field, gone: str) -> Field:
    guidance = _text(field.guidance, gone)
    if guidance == field.guidance:
        return field
    return msgspec.structs.replace(field, guidance=guidance, updated_at=unit.now, revision=field.revision + 1)


def _text(text: str | None, gone: str) -> str | None:
    if not text:
        return text
    return without_embeds(text, ("template",), (gone,))[0] or None


def _content_event(template_id: str, old: TemplateDocument, new: TemplateDocument) -> Event:
    return Event(
        kind="template.updated",
        verb="updated",
        subject_kind="template",
        subject_id=template_id,
        field="content",
        old=old.content,
        new=new.content,
    )
