"""Templates in folders: which they lie in, how many in each, what becomes of them when one is deleted (spec 30 §17).

`Template.folder_id` is the primary folder, which every client knows; filings are further ones (§17.4). A template that
lies anywhere has a primary folder.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from procession.kernel.unit import Event, Unit
from procession.labels.folders import forget_filings, set_folders
from procession.labels.model import Subject
from procession.labels.reading import folder_ids_of
from procession.people.model import Actor
from procession.templates import queries
from procession.templates.editing import lock_templates
from procession.templates.model import Template
from procession.templates.sight import rights_filter


def templates_in(unit: Unit, actor: Actor, folder_ids: Iterable[str]) -> dict[str, int]:
    """How many live templates that the caller is shown lie directly in each folder. Every id has an entry."""
    found = dict.fromkeys(folder_ids, 0)
    if not found:
        return found
    asked = {"folders": list(found), "account": actor.account_id or 0, "principals": list(actor.principals)}
    rights = rights_filter(actor)
    for counts in (queries.filed_counts(rights), queries.further_counts(rights)):
        for folder_id, number in unit.all(counts, **asked):
            found[folder_id] += number
    return found


def refile(unit: Unit, former: Template, template: Template, further: Sequence[str] | None) -> None:
    """After a change of the primary folder: `further` are the other folders, when they were sent too.

    Without them, moving takes the template out of the folder it was in, and unfiling takes it out of all.
    """
    subject = Subject("template", template.id)
    if further is None:
        if former.folder_id == template.folder_id:
            return
        if template.folder_id is None:
            forget_filings(unit, "template", [template.id])
            return
        kept = folder_ids_of(unit, "template", [template.id])[template.id]
        further = [one for one in kept if one not in (former.folder_id, template.folder_id)]
    change = set_folders(unit, subject, further)
    if change:
        old = {"added": list(change.added), "removed": list(change.removed), "template": template.id}
        unit.record([_event("template.folders", template.id, "folders", old=old)])


def settle_primary(unit: Unit, template: Template, added: Sequence[str], removed: Sequence[str]) -> None:
    """After one folder more or less: the first of a template that had none, or the next when it was the primary."""
    folder_id = template.folder_id
    if folder_id is None and added:
        folder_id = added[0]
    elif folder_id in removed:
        folder_id = next(iter(folder_ids_of(unit, "template", [template.id])[template.id]), None)
    if folder_id != template.folder_id:
        _patch(unit, template, folder_id=folder_id)


def empty_folder(unit: Unit, folder_id: str) -> int:
    """The templates of a folder that is about to be deleted forget it, archived ones too; how many lay in it (§17.2).

    Whoever lies in another one as well has that as his primary folder then. Templates whose processes went there by
    default have no such folder any more.
    """
    held = lock_templates(unit, unit.all(queries.TEMPLATES_FILING_INTO, folder=folder_id, pattern=f"%{folder_id}%"))
    moved: list[Any] = unit.all(queries.UNFILE_TEMPLATES, folder=folder_id, at=unit.now)
    unit.record(
        _event("template.updated", template_id, "folder_id", old=folder_id, new=now) for template_id, now in moved
    )
    now = dict(moved)
    for former in held:
        template = msgspec.structs.replace(
            former, folder_id=now.get(former.id, former.folder_id), revision=former.revision + (former.id in now)
        )
        if template.settings.process_folder == folder_id:
            settings = msgspec.structs.replace(template.settings, process_folder=None)
            _patch(unit, template, settings=msgspec.to_builtins(settings))
            unit.record([_event("template.updated", template.id, "process_folder", old=folder_id)])
    return len(moved)


def _patch(unit: Unit, template: Template, **columns: Any) -> None:
    changes = {**columns, "updated_at": unit.now, "revision": template.revision + 1}
    unit.patch(queries.PATCH_TEMPLATE, changes, id=template.id)


def _event(kind: str, template_id: str, field: str, *, old: Any, new: Any = None) -> Event:
    about: dict[str, Any] = {"subject_kind": "template", "subject_id": template_id, "field": field}
    return Event(kind=kind, verb="updated", **about, old=old, new=new)
