"""The operator's word on public templates: let in, sent back, featured, what they are about (spec 30 §18)."""

from collections.abc import Sequence
from typing import Any

import msgspec

from procession.kernel.unit import Event, Unit
from procession.people.model import nobody
from procession.people.settings import current_settings
from procession.templates.editing import lock_templates, save_row
from procession.templates.model import Template, TemplateSettings
from procession.templates.update import attribute_events


def approve(unit: Unit, template_id: str) -> Template | None:
    """From now on it is listed where the library is reviewed; an approved one stays as it is. None: it is not there."""
    return _decide(unit, template_id, {"approved": f"{unit.now:%Y-%m-%dT%H:%M:%SZ}"}, once=True)


def send_back(unit: Unit, template_id: str, reason: str | None) -> Template | None:
    """It is not public any more; whoever edits it reads the reason in its activity. None: it is not there."""
    changes: dict[str, Any] = {"public": False, "approved": None, "featured": False}
    return _decide(unit, template_id, changes, told=("library_refused", {"reason": reason}))


def describe(
    unit: Unit,
    template_id: str,
    *,
    featured: bool | None = None,
    topics: Sequence[str] | None = None,
    industries: Sequence[str] | None = None,
) -> Template | None:
    """Say whether it is featured, what it is about, and for whom; what is None stays. None: it is not there."""
    sent = {"featured": featured, "topics": topics, "industries": industries}
    changes = {
        name: value if isinstance(value, bool) else tuple(value) for name, value in sent.items() if value is not None
    }
    return _decide(unit, template_id, changes)


def _decide(
    unit: Unit,
    template_id: str,
    changes: dict[str, Any],
    *,
    once: bool = False,
    told: tuple[str, dict[str, Any]] | None = None,
) -> Template | None:
    locked = lock_templates(unit, [template_id])
    template = locked[0] if locked else None
    if template is None or not template.settings.public or template.archived_at is not None:
        return None
    if once and template.settings.approved is not None:
        return template
    settings: TemplateSettings = msgspec.structs.replace(template.settings, **changes)
    if settings == template.settings:
        return template
    saved = save_row(
        unit, nobody(current_settings(unit)), template, msgspec.structs.replace(template, settings=settings)
    )
    events = attribute_events(template, {"settings": settings})
    if told is not None:
        kind, new = told
        events.append(
            Event(kind=f"template.{kind}", verb="updated", subject_kind="template", subject_id=template_id, new=new)
        )
    unit.record(events)
    return saved
