"""What a search shows of its hits: a constant number of queries for a page of each kind (spec 50 §6)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from msgspec import UNSET

from procession.api.endpoint import Call
from procession.api.tasks import view
from procession.engine.model import Field
from procession.files.reading import files_by_id
from procession.labels.folders import folder_tree
from procession.labels.model import DEEPEST, SubjectKind
from procession.labels.reading import folders_by_id, folders_of, tags_by_id, tags_of
from procession.search.model import Hit, Kind
from procession.templates.access import templates_by_id
from procession.templates.listing import folder_paths
from procession.templates.snippets import snippets_by_id
from procession.templates.versions import compiled_versions
from procession.watching.stars import starred
from procession.wire.folder import FOLDER_TYPES
from procession.wire.search import HitFolder, HitTag, Match, SearchHit, matches
from procession.wire.task import task as whole_task
from procession.wire.times import instant
from procession.work.process_reading import processes_by_id, tasks_by_id
from procession.work.reading import beside, clock_counts

T = TypeVar("T")


def present(call: Call, kind: Kind, hits: Sequence[Hit], *, tags: bool) -> list[SearchHit]:
    """The hits of one kind as clients read them, in their order."""
    if not hits:
        return []
    if kind in ("template", "process", "task"):
        return _labelled(call, kind, hits, tags=tags)
    return _OTHERS[kind](call, hits)


def _match(kind: Kind, hit: Hit) -> list[Match]:
    return matches(kind, hit.matches)


# -- templates, processes, tasks ---------------------------------------------------------------------------------------


def _labelled(call: Call, kind: SubjectKind, hits: Sequence[Hit], *, tags: bool) -> list[SearchHit]:
    ids = [one.subject_id for one in hits]
    shown: dict[str, Any] = {"tags": {}}
    if tags:
        for subject, uses in tags_of(call.unit, kind, ids).items():
            shown["tags"][subject] = [HitTag(one.tag_id, one.title, one.color) for one in uses]
    makers: Mapping[str, Callable[..., list[SearchHit]]] = {
        "template": _templates, "process": _processes, "task": _tasks,
    }  # fmt: skip
    return makers[kind](call, hits, shown["tags"])


def _templates(call: Call, hits: Sequence[Hit], tags: Mapping[str, list[HitTag]]) -> list[SearchHit]:
    found = templates_by_id(call.unit, [one.subject_id for one in hits])
    paths = folder_paths(call.unit, [one.folder_id for one in found.values() if one.folder_id is not None])
    stars = starred(call.unit, call.actor.principal, found)
    out = []
    for hit in hits:
        one = found[hit.subject_id]
        path = [HitFolder(*above, "checklist") for above in paths.get(one.folder_id or "", ())]
        out.append(
            SearchHit(
                id=one.id,
                increment_id=one.number,
                title=one.title,
                name=one.title,
                status="archived" if one.archived_at is not None else one.label,
                type=one.kind,
                steps_count=one.steps,
                icon=one.settings.icon,
                is_public=one.settings.public,
                is_featured=one.settings.featured,
                organization_id=call.unit.organization_id,
                folders=path[-1:],
                folder_path=path,
                starred=one.id in stars,
                created_at=instant(one.created_at),
                last_updated=instant(one.updated_at),
                tags=tags.get(one.id, UNSET),
                matches=_match("template", hit),
            )
        )
    return out


def _processes(call: Call, hits: Sequence[Hit], tags: Mapping[str, list[HitTag]]) -> list[SearchHit]:
    ids = [one.subject_id for one in hits]
    found = processes_by_id(call.unit, ids)
    counts = clock_counts(call.unit, ids)
    filed = folders_of(call.unit, "process", ids)
    paths = _process_paths(call, {one.folder_id for uses in filed.values() for one in uses})
    stars = starred(call.unit, call.actor.principal, ids)
    out = []
    for hit in hits:
        one = found[hit.subject_id]
        homes = [paths[use.folder_id] for use in filed[one.id] if use.folder_id in paths]
        live, clock = one.archived_at is None, counts.get(one.id)
        out.append(
            SearchHit(
                id=one.id,
                increment_id=one.number,
                name=one.name,
                title=one.name,
                status=one.status if live else "archived",
                type=one.kind,
                organization_id=call.unit.organization_id,
                folders=[path[-1] for path in homes],
                folder_path=homes[0] if homes else [],
                due_date=instant(one.next_deadline or one.last_deadline),
                due_date_passed=live and clock is not None and clock.overdue > 0,
                due_soon=live and clock is not None and clock.soon > 0,
                checklist_id=one.template_id,
                checklist_title=one.template_title,
                starter_id=one.starter_id,
                starred=one.id in stars,
                created_at=instant(one.created_at),
                last_updated=instant(one.updated_at),
                tags=tags.get(one.id, UNSET),
                matches=_match("process", hit),
            )
        )
    return out


def _process_paths(call: Call, folder_ids: set[str]) -> dict[str, list[HitFolder]]:
    """The folders from the root down to each of these; no query for none."""
    if not folder_ids:
        return {}
    known = {one.id: one for level in folder_tree(call.unit, "process").values() for one in level}
    paths: dict[str, list[HitFolder]] = {}
    for folder_id in folder_ids & known.keys():
        path: list[HitFolder] = []
        at = known.get(folder_id)
        while at is not None and len(path) <= DEEPEST:
            path.insert(0, HitFolder(at.id, at.name, at.parent_id, "run"))
            at = known.get(at.parent_id or "")
        paths[folder_id] = path
    return paths


def _tasks(call: Call, hits: Sequence[Hit], tags: Mapping[str, list[HitTag]]) -> list[SearchHit]:
    found = {one.id: one for one in tasks_by_id(call.unit, [one.subject_id for one in hits])}
    shown = beside(call.unit, call.actor, list(found.values()), descriptions=False, secrets=call.secrets)
    look = view(call)
    out = []
    for hit in hits:
        stored = found[hit.subject_id]
        one = whole_task(stored, shown, look, single=False)
        home = shown.processes.get(one.run_id or "")
        out.append(
            SearchHit(
                id=one.id,
                increment_id=one.increment_id,
                title=one.title,
                name=one.title,
                run_id=one.run_id,
                process_name=home.name if home is not None else None,
                checklist_id=one.checklist_id,
                step_id=one.step_id,
                status=one.status,
                status_label=one.status_label,
                type=one.task_type,
                position=one.position,
                deadline=one.deadline,
                created_at=one.created_at,
                last_updated=one.last_updated,
                starter_id=one.starter_id,
                is_oneoff_task=one.is_oneoff_task,
                owners=one.owners,
                tags=tags.get(one.id, UNSET),
                matches=_match("task", hit),
            )
        )
    return out


# -- the others --------------------------------------------------------------------------------------------------------


def _paired(hits: Sequence[Hit], found: Mapping[str, T]) -> list[tuple[Hit, T]]:
    """Each hit with what it names."""
    return [(hit, found[hit.subject_id]) for hit in hits]


def _snippets(call: Call, hits: Sequence[Hit]) -> list[SearchHit]:
    found = snippets_by_id(call.unit, [one.subject_id for one in hits])
    return [
        SearchHit(
            id=one.id,
            title=one.title,
            content=one.content,
            created_at=instant(one.created_at),
            last_updated=instant(one.updated_at),
            matches=_match("snippet", hit),
        )
        for hit, one in _paired(hits, found)
    ]


def _parts(call: Call, hits: Sequence[Hit]) -> list[SearchHit]:
    """Steps and fields, read from the template as it is now; what it has no more was found a moment too late."""
    templates = templates_by_id(call.unit, {one.home_id for one in hits})
    versions = compiled_versions(call.unit, {one.version_id for one in templates.values()})
    out = []
    for hit in hits:
        template = templates[hit.home_id]
        version = versions[template.version_id]
        common: dict[str, Any] = {"id": hit.subject_id, "checklist_id": hit.home_id}
        step = version.steps.get(hit.subject_id)
        place = version.fields.get(hit.subject_id)
        if step is not None:
            own: dict[str, Any] = {"title": step.title, "alias": step.alias, "position": step.position}
            out.append(SearchHit(**common, **own, matches=_match("step", hit)))
        elif place is not None:
            out.append(SearchHit(**common, **_field(place.field), step_id=place.step_id, matches=_match("field", hit)))
        else:
            known = hit.texts.get("title") or hit.texts.get("label") or ""
            out.append(SearchHit(**common, title=str(known), matches=_match("step", hit)))
    return out


def _field(field: Field) -> dict[str, Any]:
    return {"label": field.label, "title": field.label, "field_type": field.kind, "alias": field.alias}


def _comments(call: Call, hits: Sequence[Hit]) -> list[SearchHit]:
    homes = {one.home_id for one in hits}
    tasks = {one.id: one for one in tasks_by_id(call.unit, sorted(homes))}
    return [
        SearchHit(
            id=hit.subject_id,
            content=str(hit.texts.get("content", "")),
            task_id=hit.home_id if hit.home_id in tasks else None,
            run_id=tasks[hit.home_id].process_id if hit.home_id in tasks else hit.home_id,
            matches=_match("comment", hit),
        )
        for hit in hits
    ]


def _files(call: Call, hits: Sequence[Hit]) -> list[SearchHit]:
    found = files_by_id(call.unit, [one.subject_id for one in hits])
    return [
        SearchHit(
            id=one.id,
            filename=one.filename,
            name=one.filename,
            run_id=one.process_id,
            task_id=one.task_id,
            created_at=instant(one.uploaded_at),
            matches=_match("file", hit),
        )
        for hit, one in _paired(hits, found)
    ]


def _folders(call: Call, hits: Sequence[Hit]) -> list[SearchHit]:
    found = folders_by_id(call.unit, [one.subject_id for one in hits])
    return [
        SearchHit(
            id=one.id,
            name=one.name,
            title=one.name,
            folder_type=FOLDER_TYPES[one.kind],
            created_at=instant(one.created_at),
            matches=_match("folder", hit),
        )
        for hit, one in _paired(hits, found)
    ]


def _tags(call: Call, hits: Sequence[Hit]) -> list[SearchHit]:
    found = tags_by_id(call.unit, [one.subject_id for one in hits])
    return [
        SearchHit(
            id=one.id,
            title=one.title,
            name=one.title,
            color=one.color,
            created_at=instant(one.created_at),
            matches=_match("tag", hit),
        )
        for hit, one in _paired(hits, found)
    ]


def _people(_call: Call, hits: Sequence[Hit]) -> list[SearchHit]:
    kind: Kind = "member" if hits[0].subject_id.startswith("u") else "guest"
    return [
        SearchHit(
            id=int(hit.subject_id[1:]),
            email=str(hit.texts.get("email", "")),
            full_name=str(hit.texts.get("name", "")),
            matches=_match(kind, hit),
        )
        for hit in hits
    ]


def _groups(_call: Call, hits: Sequence[Hit]) -> list[SearchHit]:
    return [
        SearchHit(id=hit.subject_id, name=str(hit.texts.get("name", "")), matches=_match("group", hit)) for hit in hits
    ]


_OTHERS: Mapping[Kind, Callable[[Call, Sequence[Hit]], list[SearchHit]]] = {
    "snippet": _snippets, "step": _parts, "field": _parts, "comment": _comments, "file": _files, "member": _people,
    "guest": _people, "group": _groups, "folder": _folders, "tag": _tags,
}  # fmt: skip
