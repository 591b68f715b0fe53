"""Templates that organizations publish in the library of the installation (spec 30 §18)."""

import msgspec

from procession.engine.model import TemplateDocument
from procession.kernel.folding import fold, holding
from procession.kernel.ids import read_id
from procession.kernel.unit import Unit
from procession.people.tenants import across
from procession.templates import queries
from procession.templates.model import FOLDED_LIMIT, Published

_decoder = msgspec.json.Decoder(TemplateDocument)


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked for: a text in the title; only featured ones."""

    text: str | None = None
    featured: bool = False


def published_templates(unit: Unit, search: Search, skip: int, count: int) -> tuple[list[Published], int]:
    """A page of the live public templates of every organization, by title, and how many there are."""
    # One statement for every combination: an empty text is in every title.
    pattern = holding(fold(search.text or "", FOLDED_LIMIT))
    featured = '%"featured":true%' if search.featured else "%"
    total = across(unit, queries.PUBLIC_COUNT, pattern=pattern, featured=featured)[0]
    if count <= 0 or skip >= total:
        return [], total
    found = across(unit, queries.PUBLIC_PAGE, pattern=pattern, featured=featured, skip=skip, count=count)
    return found, total


def published_template(unit: Unit, named: str) -> tuple[Published, TemplateDocument] | None:
    """A live public template by id or alias, with what it publishes; None also when several share the alias.

    While drafts are on that is the published version; one that was never published is not shown.
    """
    template_id = read_id(named)
    if template_id is not None:
        found = across(unit, queries.PUBLIC_BY_ID, template_id=template_id)
    else:
        found = across(unit, queries.PUBLIC_BY_ALIAS, alias=named.lower())
    if len(found) != 1 or (version_id := found[0].template.launched_version) is None:
        return None
    documents = across(unit, queries.ANY_VERSION, version_id=version_id)
    return (found[0], _decoder.decode(documents[0])) if documents else None
