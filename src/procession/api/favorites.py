"""Favourites: what somebody marked with a star, whatever it is (spec 41 §12.2)."""

from procession.api.endpoint import Call, Reply, operation
from procession.api.reading import Shape, choice
from procession.engine.model import Problem
from procession.kernel.paging import read_page
from procession.people.permissions import require
from procession.templates.access import rights_of, templates_by_id
from procession.watching.model import Star
from procession.watching.stars import stars_of
from procession.wire.paging import paged
from procession.wire.watcher import Favorite
from procession.work.model import Reason
from procession.work.process_reading import processes_by_id, reasons_of

KIND = Shape("", {"object_type": choice({"run": "process", "process": "process", "checklist": "template",
                                         "template": "template", "blueprint": "template"})})  # fmt: skip


@operation("GET", "/organizations/{org}/favorites", id="listFavorites", acts=("star.list",),
           query=("object_type", "page", "per_page", "limit", "without_pagination", "pagination"),
           answer=list[Favorite], tag="Watching")  # fmt: skip
def list_favorites(call: Call) -> Reply:
    """List own favourites, as far as they may still be seen"""
    require(call.actor, "star.list")
    problems: list[Problem] = []
    asked = call.query.text("object_type")
    known = KIND.read({"object_type": asked} if asked is not None else {}, problems)
    call.raise_problems(problems, ".".join)
    shown = _seen(call, stars_of(call.unit, call.actor.principal, known.get("object_type")))
    page = read_page(call.query, 20, 100)
    return Reply(body=paged(shown[page.skip : page.skip + page.size], page, len(shown), call.links))


def _seen(call: Call, stars: list[Star]) -> list[Favorite]:
    """The favourites of one person are few: they are looked up together, three queries in all."""
    unit, actor = call.unit, call.actor
    ids = [one.subject_id for one in stars if one.kind == "process"]
    processes = processes_by_id(unit, ids) if ids else {}
    reasons = reasons_of(unit, actor, list(processes))
    wanted = int(Reason.ASSIGNED) if actor.role == "guest" else -1
    templates = templates_by_id(unit, [one.subject_id for one in stars if one.kind == "template"])
    shown = []
    for star in stars:
        process, template = processes.get(star.subject_id), templates.get(star.subject_id)
        if process is not None and (actor.is_admin or reasons[process.id] & wanted):
            archived = process.archived_at is not None
            shown.append(Favorite(object_type="run", object_id=process.id, name=process.name, status=process.status,
                                  archived=archived))  # fmt: skip
        elif template is not None and "read" in rights_of(actor, template):
            archived = template.archived_at is not None
            shown.append(Favorite(object_type="checklist", object_id=template.id, name=template.title,
                                  status=template.label, archived=archived))  # fmt: skip
    return shown
