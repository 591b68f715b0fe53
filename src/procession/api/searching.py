"""Search over everything (spec 50 §6)."""

from collections.abc import Mapping
from typing import Any, get_args

import msgspec

from procession.api.endpoint import Call, Reply, operation
from procession.api.filters import Filters
from procession.api.search_filters import ALLOWED, read_filter
from procession.api.search_hits import present
from procession.engine import model
from procession.kernel.paging import Page, read_page
from procession.people.permissions import cell, require
from procession.search import finding
from procession.search.model import Found, Kind, Request, Sort
from procession.wire.paging import pagination
from procession.wire.search import TYPES, HitPage, SearchResults
from procession.work.leaving import guests_seen

PARAMETERS = (
    "search", "on", "page", "per_page", "limit", "tags", "filter", "archived", "sort", "sort_by", "sort_direction",
    "owners_format",
)  # fmt: skip
LONGEST = 500
PER_PAGE, MOST = 20, 100
USUAL: tuple[Kind, ...] = ("template", "process", "task", "snippet")
_NAMES: Mapping[str, Kind] = {
    **{one: one for one in get_args(Kind)},
    "blueprint": "template", "checklist": "template", "run": "process", "capture": "field", "form_field": "field",
    "text_template": "snippet", "user": "member", "thread": "comment", "asset": "file",
}  # fmt: skip
"""What may be asked for, synonyms too (spec 00 TERM-03)."""
SCOPES: Mapping[Kind, str] = {
    "template": "templates", "step": "templates", "field": "templates", "snippet": "templates",
    "process": "processes", "task": "tasks", "comment": "tasks", "member": "users", "guest": "users", "group": "users",
}  # fmt: skip
"""What a token must be able to read for hits of a kind; of the others any content (spec 40 §6.5)."""
_SORTS: Mapping[str, Sort] = {
    "relevance": "relevance", "-relevance": "relevance", "recent": "recent", "-recent": "recent",
    "last_updated": "oldest", "-last_updated": "recent", "created_at": "created_oldest", "-created_at": "created",
    "title": "title", "-title": "title_last", "name": "title", "-name": "title_last",
}  # fmt: skip


@operation("GET", "/organizations/{org}/search", id="search", acts=("search.use",), query=PARAMETERS,
           answer=SearchResults, tag="Search")  # fmt: skip
def search(call: Call) -> Reply:
    """Search templates, processes, tasks, snippets and whatever else has a text"""
    require(call.actor, "search.use")
    kinds, request = _read(call)
    page = read_page(call.query, PER_PAGE, MOST)
    page = Page(1, MOST) if page.unpaged else page
    words = finding.read_words(call.unit, request.text) if request.text is not None else None
    shown: dict[str, HitPage] = {}
    for kind in kinds:
        found = Found()
        if _may_read(call, kind):
            more: dict[str, Any] = {}
            if kind == "guest" and cell(call.actor, "guest.see") == "visible":
                more["guests"] = sorted(guests_seen(call.unit, call.actor))
            found = finding.find(call.unit, call.actor, kind, request, words, page, **more)
        hits = present(call, kind, found.hits, tags=request.tags)
        shown[TYPES[kind]] = HitPage(hits, {"pagination": pagination(page, found.total, len(hits), call.links)})
    return Reply(body=SearchResults(**shown))


def _may_read(call: Call, kind: Kind) -> bool:
    scopes = call.actor.scopes
    needed = SCOPES.get(kind)
    return "*" in scopes or needed is None or not {f"mcp.{needed}.read", f"mcp.{needed}.write"}.isdisjoint(scopes)


def _read(call: Call) -> tuple[tuple[Kind, ...], Request]:
    """What is asked for; 422 naming everything that cannot be read."""
    filters, query = Filters(call), call.query
    kinds, unknown = _kinds(call)
    if unknown:
        allowed = ", ".join(TYPES.values())
        filters.wrong("on", f"The selected on is invalid: {unknown[0][:50]}. Allowed: {allowed}.")
    text = (query.text("search", "q") or "").replace("\0", "")
    asked = read_filter(filters, kinds)
    if asked is not None and not query.items_of("on"):
        kinds = tuple(one for one in kinds if asked.fields <= ALLOWED.get(one, frozenset()))
    if not text.strip() and asked is None and "filter" not in filters.problems:
        filters.wrong("search", "The search field is required.")
    if len(text) > LONGEST:
        filters.wrong("search", f"The search may not be greater than {LONGEST} characters.")
    request = Request(
        text=text if text.strip() else None,
        tags=bool(filters.flag("tags")),
        archived=filters.archived(),
        sort=_sort(call),
        filter=asked.content if asked is not None else None,
    )
    if request.text is None and request.sort == "relevance":
        request = msgspec.structs.replace(request, sort="recent")
    filters.refuse_wrong()
    return kinds, request


def _kinds(call: Call) -> tuple[tuple[Kind, ...], list[str]]:
    given = call.query.items_of("on")
    names = [one.lower().replace("-", "_").replace(" ", "_") for one in given]
    read = [_NAMES.get(one) or _NAMES.get(one.removesuffix("s")) for one in names]
    unknown = [one for one, kind in zip(given, read, strict=True) if kind is None]
    return tuple(dict.fromkeys(one for one in read if one is not None)) or USUAL, unknown


def _sort(call: Call) -> Sort:
    """The order; an unknown word is warned about and left out (SRT-02)."""
    word = (call.query.text("sort", "sort_by") or "").strip().lower().removeprefix("+")
    direction = (call.query.text("sort_direction") or "").strip().lower()
    if direction in ("asc", "desc"):
        word = ("-" if direction == "desc" else "") + word.removeprefix("-")
    if word.removeprefix("-") and word not in _SORTS:
        call.warnings.append(model.Notice("UNKNOWN_SORT_KEY", word[:100]))
    return _SORTS.get(word, "relevance")
