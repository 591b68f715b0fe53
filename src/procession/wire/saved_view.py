"""Saved views as clients read them: whole, and tracker views in the connector's shape (spec 60 §11, 10 §21.3)."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from procession.people.model import EVERYONE, Actor
from procession.people.records import SavedView as Stored
from procession.people.views import is_default, may_change
from procession.wire.times import instant


class SavedView(msgspec.Struct, frozen=True, kw_only=True):
    """A view of any list."""

    id: int
    name: str
    scope: str
    query: Any
    group_by: Any
    sort: Any
    columns: Any
    layout: Any
    shared_with: dict[str, Any]
    is_default: bool
    can_change: bool
    created_by: int
    created_at: str
    last_updated: str


class RunView(msgspec.Struct, frozen=True, kw_only=True):
    """A view of the tracker. `is_active` is 0 or 1."""

    id: int
    name: str
    filter_type: str
    criteria: list[dict[str, Any]]
    is_active: int
    display: str
    columns: list[Any]
    sort: str | None
    checklist_id: str | None
    shared: bool
    user_id: int
    created_at: str
    last_updated: str


FIELDS: Mapping[str, str] = {
    "status": "status",
    "assigned_user": "owners",
    "assigned_group": "groups",
    "assigned_guest": "guests",
    "task_status": "task_status",
    "tag": "tag",
    "folder": "folder",
    "checklist_id": "checklist_id",
    "type": "type",
    "starred": "starred",
    "started_by": "started_by",
    "owner": "owner_id",
    "name": "q",
}
"""What criteria are about, and the filters of the list that find it; dates and answers are read elsewhere."""


def saved_view(one: Stored, actor: Actor) -> SavedView:
    """A view for this caller."""
    content = one.content
    return SavedView(
        id=one.id,
        name=one.name,
        scope=one.scope,
        query=content.get("query", {}),
        group_by=content.get("group_by"),
        sort=content.get("sort"),
        columns=content.get("columns", []),
        layout=content.get("layout"),
        shared_with={
            "everyone": EVERYONE in one.audience,
            "users": [int(who[1:]) for who in one.audience if who[0] == "u"],
            "groups": [who[1:] for who in one.audience if who[0] == "g"],
        },
        is_default=is_default(actor, one),
        can_change=may_change(actor, one),
        created_by=one.owner_id,
        created_at=instant(one.created_at),
        last_updated=instant(one.updated_at),
    )


def run_view(one: Stored) -> RunView:
    """A view of the tracker; one that was kept as filters of the list has them as criteria."""
    content = one.content
    query = as_object(content.get("query"))
    layout, columns, sort = content.get("layout"), content.get("columns"), content.get("sort")
    checklist = content.get("checklist_id", query.get("checklist_id"))
    return RunView(
        id=one.id,
        name=one.name,
        filter_type="any" if query.get("filter_type") == "any" else "all",
        criteria=criteria_of(query),
        is_active=0 if content.get("active") is False else 1,
        display="table" if layout == "table" else "board",
        columns=columns if isinstance(columns, list) else [],
        sort=sort if isinstance(sort, str) else None,
        checklist_id=checklist if isinstance(checklist, str) else None,
        shared=EVERYONE in one.audience,
        user_id=one.owner_id,
        created_at=instant(one.created_at),
        last_updated=instant(one.updated_at),
    )


def as_object(query: Any) -> dict[str, Any]:
    """What a view filters: an object, or the text of an address."""
    if isinstance(query, str):
        return dict(parse_qsl(query.lstrip("?"), keep_blank_values=True))
    return query if isinstance(query, dict) else {}


def criteria_of(query: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The criteria of a view, also of one that was kept as filters of the list."""
    if isinstance(query.get("criteria"), list):
        return [one for one in query["criteria"] if isinstance(one, dict)]
    names = {name: field for field, name in FIELDS.items()}
    return [{"field": names[name], "value": value} for name, value in query.items() if name in names]
