"""The tags of an organization (spec 30 §16.2)."""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from msgspec import UNSET

from procession.api.custom_values import custom_of
from procession.api.endpoint import Call, Reply, operation
from procession.api.reading import Member, Shape, Wrong, text
from procession.api.sorting import read_sort
from procession.engine.model import Problem
from procession.kernel.errors import NotFound
from procession.kernel.folding import fold
from procession.kernel.ids import read_id
from procession.kernel.paging import UNPAGED, Order, Page, read_page
from procession.labels import tags
from procession.labels.model import Tag, TagSearch
from procession.people.permissions import require
from procession.reports.tag_usage import TagUsage, tag_usage
from procession.wire import tag as wire
from procession.wire.custom_field import Custom
from procession.wire.paging import paged

BASE = "/organizations/{org}/tags"
KEYS = {
    "title": "title",
    "name": "title",
    "color": "color",
    "created_at": "created_at",
    "active_template": "templates",
    "active_process": "processes",
}
BY_TITLE: Order = (("title", False),)
BY_USE = frozenset({"templates", "processes"})


def _read_color(_name: str, value: Any) -> Any:
    if value is None or value == "":
        return UNSET
    if not isinstance(value, str) or not re.fullmatch(r"#([0-9a-fA-F]{3}){1,2}", value):
        raise Wrong("The color must be of the form #rrggbb.")
    return value if len(value) > len("#rgb") else "#" + "".join(2 * one for one in value[1:])


MEMBERS = {
    "title": text(tags.TITLE, aliases=("name",)),
    "color": Member(read=_read_color, schema={"type": ["string", "null"], "pattern": "^#([0-9a-fA-F]{3}){1,2}$"}),
}
CREATE = Shape("TagCreate", MEMBERS, required=("title",))
UPDATE = Shape("TagUpdate", MEMBERS)


@operation(
    "GET",
    BASE,
    id="listTags",
    acts=("tag.see",),
    query=("q", "with", "all", "auto_generated", "status", "page", "per_page", "limit", "sort", "sort_by",
           "sort_direction", "without_pagination", "pagination"),
    answer=list[wire.Tag],
    tag="Tags",
)  # fmt: skip
def list_tags(call: Call) -> Reply:
    """List tags"""
    require(call.actor, "tag.see")
    page = read_page(call.query, 10, 100)
    order = read_sort(call, KEYS, BY_TITLE)
    # No tag is ever archived: a deletion is final.
    archived = (call.query.text("status") or "").strip().lower() == "archived"
    search = TagSearch(text=call.query.text("q"), automatic=() if archived else _automatic(call), order=order)
    if BY_USE.isdisjoint(name for name, _ in order):
        found, total = tags.list_tags(call.unit, search, page.skip, page.size)
    else:
        found, total = _by_use(call, search, page)
    usage = tag_usage(call.unit, [tag.id for tag in found]) if call.wants("statistics") else {}
    custom = custom_of(call, ("tag",), [tag.id for tag in found])
    return Reply(body=paged([_shown(tag, usage.get(tag.id), custom) for tag in found], page, total, call.links))


def _automatic(call: Call) -> tuple[bool, ...]:
    """Which of automatic and made ones (spec 30 §16.2): `auto_generated=true` implies `all`."""
    asked = call.query.flag("auto_generated")
    if asked is not None:
        return (asked,)
    return (False, True) if call.query.flag("all") else (False,)


def _by_use(call: Call, search: TagSearch, page: Page) -> tuple[list[Tag], int]:
    """A page in an order of which usage is a part. The tags of an organization are few; their uses are not."""
    found, total = tags.list_tags(call.unit, TagSearch(text=search.text, automatic=search.automatic), 0, UNPAGED)
    usage = tag_usage(call.unit, [tag.id for tag in found])
    for name, down in reversed(search.order):  # sorting keeps the order of equals, so the first key sorts last
        found.sort(key=partial(_sort_value, usage, name), reverse=down)
    return found[page.skip : page.skip + page.size], total


def _sort_value(usage: Mapping[str, TagUsage], name: str, tag: Tag) -> Any:
    if name in BY_USE:
        return getattr(usage[tag.id], name)
    return fold(tag.title) if name == "title" else getattr(tag, name)


def _shown(tag: Tag, usage: TagUsage | None, custom: Custom) -> wire.Tag:
    if usage is None:
        return wire.show_tag(tag, None, custom)
    counts = (usage.templates, usage.archived_templates, usage.processes, usage.archived_processes)
    return wire.show_tag(tag, wire.TagStatistics(*counts), custom)


@operation("POST", BASE, id="createTag", acts=("tag.manage",), body=CREATE, query=("if_exists",), answer=wire.Tag,
           status=201, statuses=(200,), tag="Tags")  # fmt: skip
def create_tag(call: Call) -> Reply:
    """Create a tag"""
    require(call.actor, "tag.manage")
    problems: list[Problem] = []
    sent = _read(call, CREATE, problems)
    if "title" in sent:
        taken = tags.check_title(call.unit, sent["title"])
        if taken and not problems and call.query.text("if_exists") == "return":
            return _reply(call, tags.tag_titled(call.unit, sent["title"]))
        problems += taken
    call.raise_problems(problems, ".".join)
    return _reply(call, tags.create_tag(call.unit, title=sent["title"], color=sent.get("color")), status=201)


@operation("GET", BASE + "/{tag}", id="getTag", acts=("tag.see",), query=("with",), answer=wire.Tag, tag="Tags")
def get_tag(call: Call) -> Reply:
    """Get a tag"""
    require(call.actor, "tag.see")
    return _reply(call, tags.find_tag(call.unit, _tag_id(call)))


@operation("PUT", BASE + "/{tag}", id="updateTag", acts=("tag.manage",), body=UPDATE, query=("with",), answer=wire.Tag,
           tag="Tags", also=(("PATCH", BASE + "/{tag}"),))  # fmt: skip
def update_tag(call: Call) -> Reply:
    """Update a tag"""
    tag = tags.tag_for_update(call.unit, _tag_id(call))
    if tag is None:
        raise NotFound
    require(call.actor, "tag.manage")
    call.require_fresh(tag.revision, tag.created_at)
    problems: list[Problem] = []
    sent = _read(call, UPDATE, problems)
    if not sent and not problems:
        problems.append(Problem(("title",), "The title field is required."))
    if "title" in sent:
        problems += tags.check_title(call.unit, sent["title"], besides=tag)
    call.raise_problems(problems, ".".join)
    return _reply(call, tags.update_tag(call.unit, tag, title=sent.get("title"), color=sent.get("color")))


@operation("DELETE", BASE + "/{tag}", id="deleteTag", acts=("tag.manage",), status=204, tag="Tags")
def delete_tag(call: Call) -> Reply:
    """Delete a tag, for good; one that is not there is deleted already"""
    require(call.actor, "tag.manage")
    present = tags.tag_for_update(call.unit, _tag_id(call))
    if present is not None:
        call.require_fresh(present.revision, present.created_at)
    tags.delete_tag(call.unit, _tag_id(call))
    return Reply(status=204)


def _tag_id(call: Call) -> str:
    return read_id(call.path["tag"]) or ""


def _read(call: Call, shape: Shape, problems: list[Problem]) -> dict[str, Any]:
    return shape.read(call.body, problems, call.warnings, strict=bool(call.query.flag("strict")))


def _reply(call: Call, tag: Tag | None, status: int = 200) -> Reply:
    if tag is None:
        raise NotFound
    usage = tag_usage(call.unit, [tag.id])[tag.id] if call.wants("statistics") else None
    custom = custom_of(call, ("tag",), [tag.id])
    return Reply(body={"data": _shown(tag, usage, custom)}, status=status, revision=tag.revision)
