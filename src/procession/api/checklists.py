"""Templates (spec 30 §3)."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time
from typing import Any

import msgspec

from procession.api.checklist_bodies import (
    CREATE,
    LABELS,
    TYPES,
    UPDATE,
    read_body,
    require_fresh,
    template_change,
)
from procession.api.checklist_includes import present, structure
from procession.api.custom_values import custom_parts
from procession.api.endpoint import Call, Reply, operation
from procession.api.import_bodies import COMPLETE, is_complete, read_import
from procession.api.past import MADE, read_past
from procession.api.reading import fold_word, read_integer
from procession.api.sorting import read_sort
from procession.engine.dates import parse_moment
from procession.engine.model import TemplateDocument
from procession.kernel.errors import Invalid
from procession.kernel.ids import read_id
from procession.kernel.paging import Order, read_page
from procession.people.organizations import stop_onboarding_with
from procession.people.permissions import require
from procession.templates import listing
from procession.templates.access import template_to_see
from procession.templates.archive import archive_template, hold_for_archiving, restore_template
from procession.templates.checks import TemplateChange
from procession.templates.create import Created, create_template
from procession.templates.fields import delete_field
from procession.templates.listing import TemplateSearch
from procession.templates.model import Holder, Problems, Template
from procession.templates.sharing import shared_template
from procession.templates.update import update_template
from procession.templates.versions import compiled
from procession.watching import stars
from procession.wire import capture as written
from procession.wire import checklist as wire
from procession.wire.automation import rule_warnings
from procession.wire.checklist_paths import checklist_path
from procession.wire.paging import paged

BASE = "/organizations/{org}/checklists"
ITEM = BASE + "/{checklist}"
ARCHIVED_MESSAGE = "The Template was deleted, and references were also deleted from:"
REFERENCE_TYPES = {"step": "Step", "template": "Blueprint"}
SORT_KEYS = {
    "title": "title",
    "name": "title",
    "created": "created",
    "created_at": "created",
    "updated": "updated",
    "updated_at": "updated",
    "last_updated": "updated",
    "steps_count": "steps",
    "started_processes": "launches",
    "owner": "owner",
    "owner_id": "owner",
    "status": "label",
    "position": "position",
}
NEWEST: Order = (("updated", True),)
LIST_PARAMETERS = (
    "q", "with", "page", "per_page", "limit", "sort", "sort_by", "sort_direction", "status", "type", "starred",
    "folder", "folder_id", "tag", "owner_id", "archived", "entire_folder_tree", "updated_since", "created_since",
    "without_pagination", "pagination",
)  # fmt: skip
UNFILED = frozenset({"0", "null", "uncategorized"})


@operation("GET", BASE, id="listChecklists", acts=("template.list",), query=LIST_PARAMETERS,
           answer=list[wire.Checklist], tag="Templates")  # fmt: skip
def list_checklists(call: Call) -> Reply:
    """List templates"""
    require(call.actor, "template.list")
    page = read_page(call.query, 10, 100)
    search = read_search(call, read_sort(call, SORT_KEYS, NEWEST))
    found, total = listing.list_templates(call.unit, call.actor, search, page.skip, page.size)
    return Reply(body=paged(present(call, [(one, None) for one in found]), page, total, call.links))


def read_search(call: Call, order: Order) -> TemplateSearch:
    """The filters of the list; a malformed one is refused (spec 30 §3.2, 00 FLT-03)."""
    query = call.query
    status = _status(query.items_of("status"))
    folders = query.items_of("folder", "folder_id")
    only = (query.text("archived") or "").strip().lower() == "only"
    archived = "only" if only else "both" if query.flag("archived") else "live"
    types = query.items_of("type")
    filed = tuple(found for one in folders if (found := read_id(one)))
    unfiled = any(one.lower() in UNFILED for one in folders)
    return TemplateSearch(
        text=query.text("q"),
        labels=status.get("labels"),
        kinds=tuple(TYPES[one] for raw in types if (one := fold_word(raw)) in TYPES) if types else None,  # type: ignore[misc]
        owners=_owners(call) if query.items_of("owner_id") else None,
        folders=filed if folders and (filed or not unfiled) else None,
        unfiled=unfiled,
        deep=bool(query.flag("entire_folder_tree")),
        tags=tuple(query.items_of("tag")) or None,
        starred=bool(query.flag("starred")),
        archived=status.get("archived", archived),
        drafts=status.get("drafts", False),
        updated_since=_since(call, "updated_since"),
        created_since=_since(call, "created_since"),
        order=order,
    )


def _status(words: Sequence[str]) -> dict[str, Any]:
    """What words of `status` mean here: labels, and what other lists call so (spec 30 §3.2)."""
    labels: list[str] = []
    out: dict[str, Any] = {}
    for raw in words:
        word = fold_word(raw)
        if word in ("active", "all"):
            return {"archived": "both"} if word == "all" else {}
        if word == "archived":
            out["archived"] = "only"
        elif word == "draft":
            out["drafts"] = True
        elif word in ("completed", "complete"):
            labels.append("published")
        elif word in LABELS:
            labels.append(LABELS[word])
    if labels or (words and not out):
        out["labels"] = tuple(labels)
    return out


def _owners(call: Call) -> tuple[int, ...]:
    found = []
    for one in call.query.items_of("owner_id"):
        number = call.actor.account_id if one.lower() == "me" else read_integer(one)
        if number is None:
            raise Invalid({"owner_id": ["The owner id must be an integer."]})
        found.append(number)
    return tuple(found)


def _since(call: Call, name: str) -> datetime | None:
    """An instant; a day alone begins at midnight, UTC (spec 00 DT-03, PAG-06)."""
    text = call.query.text(name)
    if text is None:
        return None
    moment = parse_moment(text)
    if moment is None:
        raise Invalid({name: [f"The {name.replace('_', ' ')} is not a valid date."]})
    return moment if isinstance(moment, datetime) else datetime.combine(moment, time(), UTC)


@operation("GET", ITEM, id="getChecklist", acts=("template.see",), query=("with", "archived", "entire_folder_tree"),
           answer=wire.Checklist, tag="Templates")  # fmt: skip
def get_checklist(call: Call) -> Reply:
    """Get a template"""
    if call.actor.role == "guest":
        template = shared_template(call.unit, call.actor, call.path_id("checklist"))
        body = {"data": structure(call, template)}
        return Reply(body=body, revision=template.revision, updated=template.updated_at)
    archived = bool(call.query.text("archived")) and call.query.text("archived") not in ("0", "false")
    template = template_to_see(call.unit, call.actor, call.path_id("checklist"), archived=archived)
    return reply(call, template, None)


@operation("POST", BASE, id="createChecklist", acts=("template.create",), body=CREATE, query=("with",),
           answer=wire.Checklist, status=201, tag="Templates")  # fmt: skip
def create_checklist(call: Call) -> Reply:
    """Create a template, or import an exported one"""
    problems = problems_of(call)
    complete = is_complete(call.body)
    sent = read_body(call, COMPLETE if complete else CREATE, problems)
    change = template_change(sent, problems)
    imported = read_import(sent, problems) if complete else None
    past = read_past(call, sent, problems, *MADE)
    created = create_template(call.unit, call.actor, change, problems, imported, past)
    if sent.get("starred"):
        stars.set_star(call.unit, call.actor.principal, "template", created.template.id, on=True)
    return reply_created(call, created)


def reply_created(call: Call, created: Created) -> Reply:
    """A new template; what an import made and left out stands beside it (spec 30 §3.11 rule 6)."""
    answer = reply(call, created.template, created.document, status=201)
    if created.report is None:
        return answer
    return msgspec.structs.replace(answer, body={**answer.body, "import_report": msgspec.to_builtins(created.report)})


@operation("PUT", ITEM, id="updateChecklist", acts=("template.edit", "template.see"), body=UPDATE, query=("with",),
           answer=wire.Checklist, tag="Templates")  # fmt: skip
def update_checklist(call: Call) -> Reply:
    """Update a template"""
    template_id = call.path_id("checklist")
    require_fresh(call, template_id)
    problems = problems_of(call)
    sent = read_body(call, UPDATE, problems)
    change = template_change(sent, problems)
    if not problems and set(sent) == {"title", "starred"}:
        template = template_to_see(call.unit, call.actor, template_id)
        if template.title == sent["title"]:
            # Favourites are the member's own: no right to edit is needed (spec 30 §3.5).
            stars.set_star(call.unit, call.actor.principal, "template", template_id, on=sent["starred"])
            return reply(call, template, None)
    return _updated(call, template_id, change, sent, problems)


def _updated(
    call: Call, template_id: str, change: TemplateChange, sent: Mapping[str, Any], problems: Problems
) -> Reply:
    updated = update_template(call.unit, call.actor, template_id, change, problems)
    call.warnings += rule_warnings(updated.warnings)
    if "starred" in sent:
        stars.set_star(call.unit, call.actor.principal, "template", template_id, on=sent["starred"])
    return reply(call, updated.template, updated.document)


@operation("DELETE", ITEM, id="archiveChecklist", acts=("template.archive",), answer=wire.ArchivedChecklist,
           tag="Templates")  # fmt: skip
def archive_checklist(call: Call) -> Reply:
    """Archive a template"""
    template_id = call.path_id("checklist")
    hold_for_archiving(call.unit, call.actor, template_id)
    require_fresh(call, template_id)
    _, references = archive_template(call.unit, call.actor, template_id)
    stop_onboarding_with(call.unit, call.actor.settings, template_id)
    shown = [wire.DeletedReference(REFERENCE_TYPES[one.kind], one.title, one.id) for one in references]
    return Reply(body=wire.ArchivedChecklist(ARCHIVED_MESSAGE, shown))


@operation("PUT", ITEM + "/restore", id="restoreChecklist", acts=("template.archive",), query=("with",),
           answer=wire.Checklist, tag="Templates")  # fmt: skip
def restore_checklist(call: Call) -> Reply:
    """Restore an archived template"""
    restored = restore_template(call.unit, call.actor, call.path_id("checklist"))
    return reply(call, restored.template, restored.document)


@operation("GET", ITEM + "/form-fields", id="getChecklistFormFields", acts=("template.see",), answer=written.FormFields,
           tag="Templates")  # fmt: skip
def get_form_fields(call: Call) -> Reply:
    """Get every form field of a template"""
    template = template_to_see(call.unit, call.actor, call.path_id("checklist"))
    document = compiled(call.unit, template.version_id).document
    custom = custom_parts(call, [(template.id, document)])
    return Reply(body={"data": written.form_fields(template, document, custom)}, revision=template.revision)


@operation("DELETE", ITEM + "/preruns/{prerun}", id="deletePrerun", acts=("template.edit",), status=204,
           tag="Templates")  # fmt: skip
def delete_prerun(call: Call) -> Reply:
    """Delete a kick-off field"""
    holder = Holder(call.path_id("checklist"), None)
    field_id = call.path_id("prerun")
    require_fresh(call, holder.template_id, None, field_id)
    delete_field(call.unit, call.actor, holder, field_id)
    return Reply(status=204)


def problems_of(call: Call) -> Problems:
    """What is wrong with the body of this call; answered under the paths of templates."""
    return Problems(lambda found: call.raise_problems(found, checklist_path))


def reply(call: Call, template: Template, document: TemplateDocument | None, status: int = 200) -> Reply:
    """The whole template; without its document that of the edited version is read."""
    shown = present(call, [(template, document)])[0]
    body = {"data": shown} | (call.id_beside(template.id) if status == 201 else {})
    return Reply(body=body, status=status, revision=template.revision, updated=template.updated_at)
