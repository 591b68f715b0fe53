"""Versions of templates: list, one, what differs, bringing one back (spec 30 §5.3, 60 §11)."""

from procession.api.checklist_bodies import require_fresh
from procession.api.checklist_includes import present
from procession.api.checklists import ITEM, reply
from procession.api.endpoint import Call, Reply, operation
from procession.api.reading import read_integer
from procession.engine.comparison import compare
from procession.engine.model import TemplateDocument
from procession.kernel.errors import Invalid, NotFound
from procession.kernel.paging import read_page
from procession.people.groups import group_names
from procession.people.permissions import require_one
from procession.people.persons import persons
from procession.templates import history
from procession.templates.access import template_to_see
from procession.templates.model import Template
from procession.templates.versions import compiled
from procession.wire import checklist as wire
from procession.wire import version as written
from procession.wire.paging import paged
from procession.work.versions import processes_by_version

BASE = ITEM + "/versions"
ONE = BASE + "/{version}"
WORDS = ("current", "latest", "draft")


@operation("GET", BASE, id="listVersions", acts=("template.see_inside",),
           query=("page", "per_page", "limit", "without_pagination", "pagination"), answer=list[written.Version],
           tag="Versions")  # fmt: skip
def list_versions(call: Call) -> Reply:
    """List the versions of a template, the newest first"""
    require_one(call.actor, ("template.see_inside",))
    template = template_to_see(call.unit, call.actor, call.path_id("checklist"))
    page = read_page(call.query, 100, 100)
    found = history.versions_of(call.unit, template)
    runs = processes_by_version(call.unit, template.id)
    shown = [
        written.version(
            one,
            runs=runs.get(one.id, 0),
            published=history.is_published(template, one.id),
            current=one.id == template.version_id,
        )
        for one in found[page.skip : page.skip + page.size]
    ]
    return Reply(body=paged(shown, page, len(found), call.links))


@operation("GET", ONE, id="getVersion", acts=("template.see_inside",), query=("with",), answer=wire.Checklist,
           tag="Versions")  # fmt: skip
def get_version(call: Call) -> Reply:
    """Get a template as one of its versions has it, with its steps and milestones"""
    require_one(call.actor, ("template.see_inside",))
    template = template_to_see(call.unit, call.actor, call.path_id("checklist"))
    document = _numbered(call, template, call.path["version"])[1]
    return Reply(body={"data": _as_of(call, template, document)})


@operation("GET", ONE + "/diff", id="compareVersions", acts=("template.see_inside",), query=("to",),
           answer=written.Compared, tag="Versions")  # fmt: skip
def compare_versions(call: Call) -> Reply:
    """Tell what differs between a version and another one (`to`, else the one that is edited now)"""
    require_one(call.actor, ("template.see_inside",))
    template = template_to_see(call.unit, call.actor, call.path_id("checklist"))
    old_number, old = _numbered(call, template, call.path["version"])
    to = call.query.text("to") or "current"
    if read_integer(to) is None and to.strip().lower() not in WORDS:
        raise Invalid({"to": ["The to must be the number of a version."]})
    new_number, new = _numbered(call, template, to)
    found = compare(old, new)
    members, groups = written.names_needed(found)
    people = {one.id: f"{one.first_name} {one.last_name}".strip() for one in persons(call.unit, members).values()}
    names = written.Names(people, written.titles_of(old, new) | group_names(call.unit, groups))
    return Reply(body={"data": written.Compared(old_number, new_number, written.changes(found, template.id, names))})


@operation("POST", ONE + "/restore", id="restoreVersion", acts=("template.edit",), query=("with",),
           answer=wire.Checklist, statuses=(412,), tag="Versions")  # fmt: skip
def restore_version(call: Call) -> Reply:
    """Bring an old version back, as a new one"""
    template_id = call.path_id("checklist")
    require_fresh(call, template_id)
    number = _number(call.path["version"])
    restored = history.restore_version(call.unit, call.actor, template_id, number)
    return reply(call, restored.template, restored.document)


def _number(text: str) -> int:
    """The number of a version; 404 for what can be none."""
    number = read_integer(text)
    if number is None or not 1 <= number < 2**31:
        raise NotFound
    return number


def _numbered(call: Call, template: Template, text: str) -> tuple[int, TemplateDocument]:
    """A version's number and content; `current` is the one that is edited."""
    if text.strip().lower() in WORDS:
        version = compiled(call.unit, template.version_id)
    else:
        version = history.version_numbered(call.unit, template, _number(text))
    return version.number, version.document


def _as_of(call: Call, template: Template, document: TemplateDocument) -> wire.Checklist:
    """The template with that content; its settings, which no version holds, as they are now."""
    return present(call, [(history.as_of(template, document), document)], always=("steps", "stages"))[0]
