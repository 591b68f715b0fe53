"""Publishing a template, taking that back, and its progress label (spec 30 §5.1, §5.2)."""

from typing import Any

import msgspec

from procession.kernel.unit import Event, Unit
from procession.people.model import Actor
from procession.templates.access import template_to_edit
from procession.templates.editing import save_row
from procession.templates.model import Label, Template
from procession.templates.update import attribute_events


class Published(msgspec.Struct, frozen=True):
    """The template afterwards. `asked`: an administrator has to agree first, nothing was changed."""

    template: Template
    asked: bool = False


def publish(unit: Unit, actor: Actor, template: Template) -> Published:
    """Make the present draft what launches take; without drafts, only say that it is published.

    Where publishing needs approval, a caller who is no administrator asks for it: his request is on record.
    """
    settings = template.settings
    if settings.drafts and settings.approval and not actor.is_admin:
        unit.record([_event(template, "publish_requested", "updated")])
        return Published(template, asked=True)
    changes: dict[str, Any] = {"settings": msgspec.structs.replace(settings, published=True)}
    if settings.drafts:
        changes["published_id"] = template.version_id
    else:
        changes["label"] = "published"
    return Published(_saved(unit, actor, template, changes, "published"))


def unpublish(unit: Unit, actor: Actor, template: Template) -> Template:
    """The reverse: with drafts nothing can be launched until the next publish; without them the label starts over."""
    settings = template.settings
    changes: dict[str, Any] = {"settings": msgspec.structs.replace(settings, published=False)}
    if settings.drafts:
        changes["published_id"] = None
    elif template.label == "published":
        changes["label"] = "started"
    return _saved(unit, actor, template, changes, "unpublished")


def set_label(unit: Unit, actor: Actor, template: Template, label: Label) -> Template:
    """Set the progress label of a locked template; no version is cut."""
    return _saved(unit, actor, template, {"label": label}, None)


def template_to_publish(unit: Unit, actor: Actor, template_id: str) -> Template:
    """A live template that the caller may publish, locked: 404, 403."""
    return template_to_edit(unit, actor, template_id, act="template.publish")


def _saved(unit: Unit, actor: Actor, template: Template, changes: dict[str, Any], told: str | None) -> Template:
    changed = msgspec.structs.replace(template, **changes)
    if changed == template:
        return template
    saved = save_row(unit, actor, template, changed)
    events = attribute_events(template, changes)
    if told is not None:
        events.append(_event(template, told, "updated"))
    unit.record(events)
    return saved


def _event(template: Template, what: str, verb: str) -> Event:
    return Event(
        kind=f"template.{what}",
        verb=verb,
        subject_kind="template",
        subject_id=template.id,
        new={"version_id": template.version_id},
    )
