"""Changing a template (spec 30 §3.5)."""

from typing import Any

import msgspec
from msgspec import UNSET

from procession.engine.model import Notice, Problem, TemplateDocument
from procession.kernel.unit import Event, Unit
from procession.people.model import Actor
from procession.templates.aliases import aliases_in
from procession.templates.checks import Checked, TemplateChange, check
from procession.templates.editing import Opened, open_template, plain, store
from procession.templates.fields import without_fields
from procession.templates.filing import refile
from procession.templates.kickoff import kickoff_events, number_fields, read_fields, refuse_lost
from procession.templates.model import Problems, Rights, Template, TemplateSettings
from procession.templates.rule_fit import new_misfits
from procession.templates.steps import ONLY_PROCEDURES

TYPE_FIXED = "The type of a launched template cannot be changed."
_TOLD = ("title", "alias", "kind", "label", "owner_id", "folder_id", "pinned")
PUBLIC = {"public": "blueprint_made_public", "public_kickoff": "kickoff_form_made_public"}
_PEOPLE = frozenset(("owner_id", "members", "groups"))


class Updated(msgspec.Struct, frozen=True):
    """A template after a change, and its content. `warnings`: what in its rules fits no longer."""

    template: Template
    document: TemplateDocument
    warnings: tuple[Notice, ...] = ()


def update_template(unit: Unit, actor: Actor, template_id: str, change: TemplateChange, problems: Problems) -> Updated:
    """Change what was sent. 404, 403, 422; 403 also when a kick-off field that is left out is used by a rule."""
    opened = open_template(unit, actor, template_id)
    former = opened.template
    checked = check(unit, actor, change, former, problems)
    _check_kind(opened, checked.columns.get("kind", former.kind), problems)
    document = _document(unit, opened, change, checked, problems)
    problems.raise_if_any()
    refuse_lost(opened.version, document.kickoff)
    document = msgspec.structs.replace(document, kickoff=number_fields(unit, document.kickoff))
    changes = _changes(former, checked)
    events = attribute_events(former, changes)
    events += kickoff_events(former.id, opened.document.kickoff, document.kickoff)
    if document.content != opened.document.content:
        events.append(_event(former.id, "content", opened.document.content, document.content))
    warnings = new_misfits(opened.document, document)
    updated = store(unit, actor, opened, document, events, changes)
    refile(unit, former, updated, checked.further)
    return Updated(updated, document, warnings)


def _check_kind(opened: Opened, kind: str, problems: Problems) -> None:
    if kind == opened.template.kind:
        return
    if opened.template.launches:
        problems.append(Problem(("kind",), TYPE_FIXED))
    elif kind != "procedure" and opened.document.steps:
        problems.append(Problem(("kind",), ONLY_PROCEDURES))


def _document(
    unit: Unit, opened: Opened, change: TemplateChange, checked: Checked, problems: Problems
) -> TemplateDocument:
    values: dict[str, Any] = {}
    if isinstance(change.kickoff, list):
        present = opened.version.kickoff
        taken = aliases_in(opened.document)
        values["kickoff"] = read_fields(unit, present, change.kickoff, taken, ("kickoff",), problems)
    if change.content is not UNSET:
        values["content"] = change.content
    for name in ("title", "kind"):
        if name in checked.columns:
            values[name] = checked.columns[name]
    document = msgspec.structs.replace(opened.document, **values)
    return without_fields(document, frozenset(opened.version.kickoff) - {field.id for field in document.kickoff})


def _changes(template: Template, checked: Checked) -> dict[str, Any]:
    """The new values of columns. Drafts that are switched off go live; switched on, nothing is published yet."""
    changes: dict[str, Any] = dict(checked.columns)
    settings = msgspec.structs.replace(template.settings, **checked.settings)
    if settings.drafts != template.settings.drafts:
        changes["published_id"] = None
        settings = msgspec.structs.replace(settings, published=False)
    changes["settings"] = settings
    changes["rights"] = msgspec.structs.replace(template.rights, **checked.access)
    return changes


def attribute_events(template: Template, changes: dict[str, Any]) -> list[Event]:
    """One event for each attribute that `changes` changes."""
    events = [
        _event(template.id, name, getattr(template, name), changes[name])
        for name in _TOLD
        if name in changes and changes[name] != getattr(template, name)
    ]
    settings: TemplateSettings = changes.get("settings", template.settings)
    events += [
        _event(template.id, name, getattr(template.settings, name), getattr(settings, name))
        for name in TemplateSettings.__struct_fields__
        if getattr(settings, name) != getattr(template.settings, name)
    ]
    rights: Rights = changes.get("rights", template.rights)
    events += [
        _event(template.id, name, plain(getattr(template.rights, name)), plain(getattr(rights, name)))
        for name in Rights.__struct_fields__
        if getattr(rights, name) != getattr(template.rights, name)
    ]
    return [*events, *public_events(template, template.settings, settings)]


def public_events(template: Template, former: TemplateSettings, settings: TemplateSettings) -> list[Event]:
    """What the system log tells of a template, or its kick-off form, that everybody may see now (spec 41 §15.2)."""
    return [
        security_event(template, event)
        for name, event in PUBLIC.items()
        if getattr(settings, name) and not getattr(former, name)
    ]


def security_event(template: Template, event: str) -> Event:
    """What the system log tells of a template."""
    return Event(
        kind=f"security.{event}",
        verb=event,
        subject_kind="template",
        subject_id=template.id,
        new={"name": template.title},
        shown=False,
    )


def _event(template_id: str, name: str, old: Any, new: Any) -> Event:
    return Event(
        kind="template.updated",
        verb="owners-updated" if name in _PEOPLE else "updated",
        subject_kind="template",
        subject_id=template_id,
        field=name,
        old=old,
        new=new,
    )
