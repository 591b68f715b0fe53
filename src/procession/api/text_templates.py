"""Snippets, and the pages' slots for them (spec 30 §15, 41 §6.1)."""

from typing import Any

from msgspec import UNSET

from procession.api.endpoint import Call, Reply, operation
from procession.api.reading import Shape, boolean, items, text
from procession.api.sorting import read_sort
from procession.engine.model import Problem
from procession.engine.richtext import clean, strip_tags
from procession.kernel.errors import NotFound
from procession.kernel.ids import read_id
from procession.kernel.paging import read_page
from procession.people.organizations import empty_slots
from procession.people.permissions import require
from procession.people.settings import SLOTS
from procession.templates import snippets
from procession.templates.model import Snippet
from procession.wire.paging import paged
from procession.wire.snippet import TextTemplate, snippet

BASE, ALIAS = "/organizations/{org}/text-templates", "/organizations/{org}/snippets"
ONE, ALIAS_ONE = BASE + "/{snippet}", ALIAS + "/{snippet}"
LONGEST = 60_000
MOST = 500
KEYS = {"title": "title", "created_at": "created_at", "last_updated": "updated_at", "updated_at": "updated_at"}
COLUMNS = {"title": "title", "content": "content", "is_public": "public"}
MEMBERS = {
    "title": text(250, clean=strip_tags),
    "content": text(LONGEST, blank="keep", strip=False, clean=clean),
    "is_public": boolean(),
}
CREATE = Shape("createTextTemplateInput", MEMBERS, required=("title",))
UPDATE = Shape("updateTextTemplateInput", MEMBERS)
EXIST = Shape("textTemplatesExistInput", {"ids": items(MOST, of={"type": "string"})}, required=("ids",))
GUEST_SLOT = "guest_onboarding_snippet"


@operation("GET", BASE, id="listTextTemplates", acts=("snippet.see",),
           query=("q", "title", "page", "per_page", "limit", "sort", "sort_by", "sort_direction",
                  "without_pagination", "pagination"), answer=list[TextTemplate], tag="Snippets",
           also=(("GET", ALIAS),))  # fmt: skip
def list_text_templates(call: Call) -> Reply:
    """List snippets"""
    require(call.actor, "snippet.see")
    page = read_page(call.query, 10, 100)
    order = read_sort(call, KEYS, snippets.BY_TITLE)
    found, total = snippets.list_snippets(call.unit, call.query.text("q", "title"), order, page)
    return Reply(body=paged([snippet(one) for one in found], page, total, call.links))


@operation("GET", ONE, id="getTextTemplate", acts=("snippet.see",), answer=TextTemplate, tag="Snippets",
           also=(("GET", ALIAS_ONE),))  # fmt: skip
def get_text_template(call: Call) -> Reply:
    """Read one snippet"""
    require(call.actor, "snippet.see")
    found = snippets.find_snippet(call.unit, call.path_id("snippet"))
    if found is None:
        raise NotFound
    return _reply(found)


@operation("POST", BASE, id="createTextTemplate", acts=("snippet.manage",), body=CREATE, query=("strict",),
           answer=TextTemplate, status=201, tag="Snippets", also=(("POST", ALIAS),))  # fmt: skip
def create_text_template(call: Call) -> Reply:
    """Create a snippet"""
    require(call.actor, "snippet.manage")
    sent = _read(call, CREATE)
    made = snippets.create_snippet(
        call.unit,
        title=sent["title"],
        content=sent.get("content", ""),
        public=sent.get("is_public", False),
        by=call.actor.account_id,
    )
    return _reply(made, status=201)


@operation("PUT", ONE, id="updateTextTemplate", acts=("snippet.manage",), body=UPDATE, query=("strict",),
           answer=TextTemplate, statuses=(412,), tag="Snippets",
           also=(("PATCH", ONE), ("PUT", ALIAS_ONE), ("PATCH", ALIAS_ONE)))  # fmt: skip
def update_text_template(call: Call) -> Reply:
    """Update a snippet: templates show it at the next view, running processes keep theirs"""
    present = _for_update(call)
    sent = _read(call, UPDATE)
    changes = {ours: sent[wire] for wire, ours in COLUMNS.items() if wire in sent}
    return _reply(snippets.update_snippet(call.unit, present, changes))


@operation("DELETE", ONE, id="deleteTextTemplate", acts=("snippet.manage",), status=204, tag="Snippets",
           also=(("DELETE", ALIAS_ONE),))  # fmt: skip
def delete_text_template(call: Call) -> Reply:
    """Delete a snippet; it goes from all templates and from the slots of the pages"""
    present = _for_update(call)
    snippets.delete_snippet(call.unit, call.actor, present)
    empty_slots(call.unit, call.actor.settings, present.id)
    return Reply(status=204)


@operation("POST", BASE + "/exists", id="textTemplatesExist", acts=("snippet.see",), body=EXIST,
           answer=dict[str, list[str]], tag="Snippets", also=(("POST", ALIAS + "/exists"),))  # fmt: skip
def text_templates_exist(call: Call) -> Reply:
    """Which of these ids are snippets here"""
    require(call.actor, "snippet.see")
    sent = [str(one) for one in _read(call, EXIST)["ids"]]
    known = snippets.existing_snippets(call.unit, [found for one in sent if (found := read_id(one))])
    there = [one for one in sent if read_id(one) in known]
    return Reply(body={"data": {"existing": there, "missing": [one for one in sent if one not in there]}})


@operation("GET", "/organizations/{org}/page-snippets", id="getPageSnippets", acts=("snippet.page",),
           answer=dict[str, dict[str, str] | None], tag="Snippets")  # fmt: skip
def get_page_snippets(call: Call) -> Reply:
    """Read the texts of the pages; a guest reads the one meant for guests"""
    require(call.actor, "snippet.page")
    wanted = [one for one in SLOTS if call.actor.role != "guest" or one == GUEST_SLOT]
    held = {one: call.actor.settings.stored.get(one) for one in wanted}
    contents = snippets.contents_of(call.unit, [str(one) for one in held.values() if one])
    shown: dict[str, Any] = {
        name.removesuffix("_snippet"): {"id": one, "html": contents[one]} if one in contents else None
        for name, one in held.items()
    }
    return Reply(body={"data": shown})


def _for_update(call: Call) -> Snippet:
    found = snippets.snippet_for_update(call.unit, call.path_id("snippet"))
    if found is None:
        raise NotFound
    require(call.actor, "snippet.manage")
    call.require_fresh(found.revision, found.updated_at)
    return found


def _read(call: Call, shape: Shape) -> dict[str, Any]:
    problems: list[Problem] = []
    sent = shape.read(call.body, problems, call.warnings, strict=bool(call.query.flag("strict")))
    if shape is EXIST and not problems and sent.get("ids", UNSET) is UNSET:
        problems.append(Problem(("ids",), "The ids field is required."))
    call.raise_problems(problems, ".".join)
    return sent


def _reply(found: Snippet, status: int = 200) -> Reply:
    return Reply(body={"data": snippet(found)}, status=status, revision=found.revision, updated=found.updated_at)
