"""The list of templates: filters, order, page (spec 30 §3.2, 00 §9)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from procession.kernel.folding import containing, fold
from procession.kernel.ids import read_id
from procession.kernel.unit import Unit
from procession.people.model import Actor
from procession.templates import queries
from procession.templates.model import Label, Template, TemplateKind
from procession.templates.queries import TEMPLATE_ORDERS, Filters, count_query, page_query
from procession.templates.sight import rights_filter

MOST_ORDERS = 2
"""How many keys of an order count: each combination is a statement of its own."""


class TemplateSearch(msgspec.Struct, frozen=True, kw_only=True):
    """Which templates to list. None: no such condition.

    `archived`: `live`, `only` or `both`. `folders`: ids; `unfiled` adds those without folder; `deep` adds the folders
    inside. `starred`: the caller's favourites. `tags`: ids or titles. `order`: (key, descending?), pinned ones first.
    """

    text: str | None = None
    labels: tuple[Label, ...] | None = None
    kinds: tuple[TemplateKind, ...] | None = None
    owners: tuple[int, ...] | None = None
    folders: tuple[str, ...] | None = None
    unfiled: bool = False
    deep: bool = False
    tags: tuple[str, ...] | None = None
    starred: bool = False
    archived: str = "live"
    drafts: bool = False
    updated_since: datetime | None = None
    created_since: datetime | None = None
    order: tuple[tuple[str, bool], ...] = (("updated", True),)


def list_templates(
    unit: Unit, actor: Actor, search: TemplateSearch, skip: int, count: int
) -> tuple[list[Template], int]:
    """A page of the templates the caller is shown (spec 40 §16.2), and how many there are on all pages."""
    filters, values = _filters(unit, actor, search)
    total = unit.one(count_query(filters), **values) or 0
    order = tuple(one for one in search.order if one[0] in TEMPLATE_ORDERS)[:MOST_ORDERS] or (("updated", True),)
    if total <= skip:
        return [], total
    return unit.all(page_query(filters, order), skip=skip, count=count, **values), total


def _filters(unit: Unit, actor: Actor, search: TemplateSearch) -> tuple[Filters, dict[str, Any]]:
    text = (search.text or "").strip()
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 15 else -1
    folders = search.folders
    if folders is not None and search.deep:
        folders = tuple(sorted(_inside(unit, folders)))
    tags = search.tags or ()
    filters = Filters(
        rights=rights_filter(actor),
        text=bool(text),
        labels=search.labels is not None,
        kinds=search.kinds is not None,
        owners=search.owners is not None,
        folders=folders is not None,
        unfiled=search.unfiled,
        tags=search.tags is not None,
        starred=search.starred,
        archived=search.archived,
        drafts=search.drafts,
        updated_since=search.updated_since is not None,
        created_since=search.created_since is not None,
    )
    values = {
        "account": actor.account_id or 0,
        "principal": actor.principal,
        "principals": list(actor.principals),
        "pattern": containing(text),
        "text_id": read_id(text) or "",
        "text_number": number,
        "labels": list(search.labels or ()),
        "kinds": list(search.kinds or ()),
        "owners": list(search.owners or ()),
        "folders": list(folders or ()),
        "tag_ids": [one.lower() for one in tags],
        "tag_titles": [fold(one) for one in tags],
        "updated_since": search.updated_since,
        "created_since": search.created_since,
    }
    return filters, values


def _inside(unit: Unit, ids: Sequence[str]) -> set[str]:
    """The folders and every folder inside them."""
    children: dict[str | None, list[str]] = {}
    for folder_id, _, parent_id in unit.all(queries.FOLDER_TREE):
        children.setdefault(parent_id, []).append(folder_id)
    found: set[str] = set()
    waiting = list(ids)
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting.extend(children.get(one, ()))
    return found


Above = tuple[str, str, str | None]


def folder_paths(unit: Unit, folder_ids: Iterable[str]) -> dict[str, list[Above]]:
    """Id, name and parent of the folders from the root down to each of these, by one query (spec 30 §2.1)."""
    wanted = set(folder_ids)
    if not wanted:
        return {}
    known: dict[str | None, Above] = {
        found[0]: (found[0], found[1], found[2]) for found in unit.all(queries.FOLDER_TREE)
    }
    paths: dict[str, list[Above]] = {}
    for folder_id in wanted:
        path: list[Above] = []
        at = known.get(folder_id)
        while at is not None and at not in path:
            path.insert(0, at)
            at = known.get(at[2])
        paths[folder_id] = path
    return paths
