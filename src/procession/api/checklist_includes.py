"""Templates with what was asked for beside them: one batch for each include (spec 00 INC-06)."""

from collections.abc import Mapping, Sequence
from typing import Any

from procession.api.custom_values import custom_of, custom_parts
from procession.api.endpoint import Call
from procession.api.file_words import wrapped
from procession.api.linked_tasks import linked_tasks
from procession.api.template_runs import template_runs
from procession.api.threads_shown import counts_on, threads_on
from procession.engine.model import TemplateDocument
from procession.files.reading import files_of_subjects
from procession.labels.model import Folder
from procession.labels.reading import folders_by_id, folders_of, tags_of
from procession.templates.access import rights_of
from procession.templates.filing import templates_in
from procession.templates.listing import folder_paths
from procession.templates.model import Template
from procession.templates.outsiders import as_guests_read
from procession.templates.sharing import shares_of
from procession.templates.versions import compiled_versions
from procession.templates.watchers import watchers_of
from procession.watching.stars import starred
from procession.wire import checklist as wire
from procession.wire.folder import Around, show_folder, show_folders
from procession.wire.tag import show_tags
from procession.wire.watcher import watcher_includes

WATCHERS = ("member_watchers", "guest_watchers")
WITHHELD = ("tags", "folders", "linked_tasks", "runs", "assets", "threads", *WATCHERS)
"""What guests are shown nothing of."""
Shown = tuple[Template, TemplateDocument | None]


def present(call: Call, shown: Sequence[Shown], always: Sequence[str] = ()) -> list[wire.Checklist]:
    """The templates as clients read them; a document that is not given is that of the edited version.

    `always`: `steps`, `stages`, `tags` whether they were asked for or not.
    """
    documents = _documents(call, shown)
    templates = [template for template, _ in shown]
    ids = [template.id for template in templates]
    favourites = starred(call.unit, call.actor.principal, ids)
    tags = tags_of(call.unit, "template", ids) if "tags" in always or call.wants("tags") else {}
    files = files_of_subjects(call.unit, "template", ids) if call.wants("assets") else {}
    linked = linked_tasks(call, ids) if call.wants("linked_tasks") else {}
    runs = template_runs(call, ids) if call.wants("runs") else {}
    threads = threads_on(call, {one: one for one in ids}) if call.wants("threads") else {}
    watching = watchers_of(call.unit, ids) if call.wants(*WATCHERS) else {}
    shares = shares_of(call.unit, ids) if call.wants("permissions") else {}
    folders = _folders(call, templates) if call.wants("folder") else None
    further = folders_of(call.unit, "template", ids) if call.wants("folders") else None
    filed = [template.folder_id for template in templates if template.folder_id is not None]
    paths = folder_paths(call.unit, filed) if call.query.flag("entire_folder_tree") else None
    custom = custom_parts(call, documents.items())
    said = _said(call, documents) if call.wants("steps") else {}
    out = []
    for template in templates:
        document = documents[template.id]
        includes: dict[str, Any] = {}
        if call.wants("runs"):
            includes["runs"] = runs[template.id]
        if call.wants("threads"):
            includes["threads"] = {"data": threads[template.id]}
        if call.wants("linked_tasks"):
            includes["linked_tasks"] = linked[template.id]
        if "tags" in always or call.wants("tags"):
            includes["tags"] = show_tags(tags[template.id])
        for name in WATCHERS:
            if call.wants(name):
                includes[name] = watcher_includes(watching[template.id])[name]
        if call.wants("assets"):
            includes["assets"] = wrapped(call, files[template.id])
        if "steps" in always or call.wants("steps"):
            includes["steps"] = {"data": wire.steps(document, template.id, custom, said)}
        if further is not None:
            includes["folders"] = show_folders(further[template.id])
        if call.wants("permissions"):
            edits = "edit" in rights_of(call.actor, template)
            includes["permissions"] = {
                "data": wire.permissions(template.rights, shares[template.id] if edits else None)
            }
        if "stages" in always or call.wants("stages"):
            includes["stages"] = {"data": wire.stages(document, template.id)}
        if call.wants("statistics"):
            includes["statistics"] = {"data": {"started_processes": template.launches}}
        if folders is not None:
            includes["folder"] = {"data": folders.get(template.folder_id or "")}
        if paths is not None:
            path = paths.get(template.folder_id or "", [])
            includes["folder_tree"] = [{"id": one, "name": name, "parent_id": up} for one, name, up in path]
        starred_ = template.id in favourites
        reviewed = call.policy.library_review
        out.append(
            wire.checklist(template, document, starred=starred_, includes=includes, custom=custom, reviewed=reviewed)
        )
    return out


def structure(call: Call, template: Template) -> wire.Checklist:
    """A template as a guest reads it: its texts, steps and fields, nobody's name, no rules (spec 40 §14.7)."""
    document = compiled_versions(call.unit, {template.version_id})[template.version_id].document
    template, document = as_guests_read(call.unit, template, document)
    includes: dict[str, Any] = {name: {"data": []} for name in WITHHELD if call.wants(name)}
    if call.wants("steps"):
        includes["steps"] = {"data": [wire.for_guest(one) for one in wire.steps(document, template.id, None)]}
    if call.wants("stages"):
        includes["stages"] = {"data": wire.stages(document, template.id)}
    reviewed = call.policy.library_review
    shown = wire.checklist(template, document, starred=False, includes=includes, custom=None, reviewed=reviewed)
    return wire.checklist_for_guest(shown)


def _said(call: Call, documents: Mapping[str, TemplateDocument]) -> dict[str, dict[str, Any]]:
    """How often each step was commented on; nobody commented yet in the organization: no query."""
    counts = counts_on(call, [step.id for document in documents.values() for step in document.steps])
    return {one: {"threads_count": count} for one, count in counts.items()}


def _documents(call: Call, shown: Sequence[Shown]) -> dict[str, TemplateDocument]:
    missing = {template.version_id for template, document in shown if document is None}
    versions = compiled_versions(call.unit, missing) if missing else {}
    return {
        template.id: document if document is not None else versions[template.version_id].document
        for template, document in shown
    }


def _folders(call: Call, templates: Sequence[Template]) -> dict[str, Any]:
    """The folders of the templates as shown, by id."""
    ids = {template.folder_id for template in templates if template.folder_id is not None}
    found: dict[str, Folder] = folders_by_id(call.unit, ids)
    parents = folders_by_id(call.unit, {one.parent_id for one in found.values() if one.parent_id is not None})
    names = {one.id: one.name for one in parents.values()}
    around = Around(
        names=names, totals=templates_in(call.unit, call.actor, found), custom=custom_of(call, ("folder",), found)
    )
    return {one.id: show_folder(one, around) for one in found.values()}
