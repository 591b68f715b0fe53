"""Templates that organizations publish in the library of the installation (spec 30 §18)."""

import msgspec

from procession.engine.model import TemplateDocument
from procession.kernel.folding import fold, holding
from procession.kernel.ids import read_id
from procession.kernel.unit import Unit
from procession.people.tenants import across
from procession.templates import library_queries as queries
from procession.templates.model import FOLDED_LIMIT, Published

_decoder = msgspec.json.Decoder(TemplateDocument)
APPROVED = '%"approved":"%'
FEATURED = '%"featured":true%'
ANYTHING = "%"


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked for: a text in the title; only featured ones; about one of the topics, for one of the industries.

    `approved`: only what the operator let in. None: topics or industries are not asked for.
    """

    text: str | None = None
    featured: bool = False
    approved: bool = False
    topics: tuple[str, ...] | None = None
    industries: tuple[str, ...] | None = None


def published_templates(unit: Unit, search: Search, skip: int, count: int) -> tuple[list[Published], int]:
    """A page of the live public templates of every organization, by title, and how many there are."""
    if () in (search.topics, search.industries):
        return [], 0
    topics, industries = search.topics or (), search.industries or ()
    # An empty text is in every title: one statement serves with and without.
    asked = {
        "pattern": holding(fold(search.text or "", FOLDED_LIMIT)),
        "featured": FEATURED if search.featured else ANYTHING,
        "approved": _approved(search.approved),
    }
    asked |= {f"topic{place}": _about("topics", one) for place, one in enumerate(topics)}
    asked |= {f"industry{place}": _about("industries", one) for place, one in enumerate(industries)}
    counting, page = queries.listed_publicly(len(topics), len(industries))
    total = across(unit, counting, **asked)[0]
    if count <= 0 or skip >= total:
        return [], total
    return across(unit, page, **asked, skip=skip, count=count), total


def published_template(unit: Unit, named: str, *, approved: bool) -> tuple[Published, TemplateDocument] | None:
    """A live public template by id or alias, with what it publishes; None also when several share the alias.

    While drafts are on that is the published version; one that was never published is not shown. `approved`: nor is
    one that the operator did not let in.
    """
    template_id = read_id(named)
    if template_id is not None:
        found = across(unit, queries.PUBLIC_BY_ID, template_id=template_id, approved=_approved(approved))
    else:
        found = across(unit, queries.PUBLIC_BY_ALIAS, alias=named.lower(), approved=_approved(approved))
    if len(found) != 1 or (version_id := found[0].template.launched_version) is None:
        return None
    documents = across(unit, queries.ANY_VERSION, version_id=version_id)
    return (found[0], _decoder.decode(documents[0])) if documents else None


def proposed_templates(unit: Unit) -> list[Published]:
    """Every live public template, by title, whatever the operator said of it."""
    return across(unit, queries.PROPOSED)


def proposed_template(unit: Unit, template_id: str) -> Published | None:
    """One of `proposed_templates`."""
    found = across(unit, queries.PROPOSED_BY_ID, template_id=template_id)
    return found[0] if found else None


def _approved(only: bool) -> str:
    return APPROVED if only else ANYTHING


def _about(name: str, title: str) -> str:
    """Holds for settings that name this title: no topic is called like an industry, and nothing follows both."""
    return f'%"{name}":[%"{title}"%'
