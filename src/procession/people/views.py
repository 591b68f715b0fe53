"""Saved views: filters under a name, one's own and those that are shared (spec 60 §1.7, §11; 10 §21.3)."""

from typing import Any

import msgspec

from procession.engine.model import Problem
from procession.kernel.errors import Forbidden, NotFound
from procession.kernel.unit import Event, Unit
from procession.people import view_queries as queries
from procession.people.model import EVERYONE, Actor, group, member
from procession.people.persons import first_active, groups_people
from procession.people.records import SavedView

SCOPES = ("tasks", "tracker", "templates", "members", "log")
MOST = 200
"""How many views a member may keep for one list."""

TOO_MANY = f"You may not keep more than {MOST} views of one list."
NOT_YOURS = "Only its maker and administrators may change a shared view."
LARGEST = 65_536
"""Characters of JSON that what a view holds may come to."""

TOO_LARGE = "The view holds too much."


class ViewDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A view as it is wanted: None leaves what is. `content` is merged by member; `default`: one begins with it."""

    name: str | None = None
    scope: str | None = None
    audience: tuple[str, ...] | None = None
    content: dict[str, Any] = {}
    default: bool | None = None


def views_of(unit: Unit, actor: Actor, scope: str | None) -> list[SavedView]:
    """The views that the caller sees, oldest first, of one list or of all."""
    found = unit.all(queries.EVERY_VIEW) if scope is None else unit.all(queries.VIEWS, scope=scope)
    return [one for one in found if _sees(actor, one)]


def view_to_see(unit: Unit, actor: Actor, view_id: int, scope: str | None = None) -> SavedView:
    """404 when there is none of that id, or it is nothing to the caller."""
    found = unit.one(queries.VIEW, id=view_id)
    if found is None or not _sees(actor, found) or scope not in (None, found.scope):
        raise NotFound
    return found


def is_default(actor: Actor, view: SavedView) -> bool:
    """Whether the caller begins with this view."""
    return actor.account_id in view.content.get("defaults", ())


def may_change(actor: Actor, view: SavedView) -> bool:
    """Its maker, and administrators for what is shared."""
    return actor.is_admin or view.owner_id == actor.account_id


def _sees(actor: Actor, view: SavedView) -> bool:
    return view.owner_id == actor.account_id or not set(view.audience).isdisjoint(
        {*actor.principals, EVERYONE} if actor.is_admin else actor.principals
    )


def read_audience(
    unit: Unit, everyone: bool, users: list[Any], groups: list[Any], problems: list[Problem]
) -> tuple[str, ...]:
    """The principals that a view is shared with; who is unknown is a problem."""
    active = set(first_active(unit, [one for one in users if isinstance(one, int)])) if users else set()
    known = groups_people(unit, [one for one in groups if isinstance(one, str)]) if groups else {}
    for name, listed, there in (("users", users, active), ("groups", groups, known)):
        problems += [
            Problem(("shared_with", name, str(index)), f"The selected {name[:-1]} does not exist.")
            for index, one in enumerate(listed)
            if one not in there
        ]
    shared = [*([EVERYONE] if everyone else []), *(member(one) for one in users if one in active)]
    return tuple(dict.fromkeys([*shared, *(group(one) for one in groups if one in known)]))


def keep_view(unit: Unit, actor: Actor, draft: ViewDraft, problems: list[Problem]) -> SavedView | None:
    """Keep a new view; None when there are problems."""
    scope, owner = draft.scope or "tasks", actor.account_id or 0
    unit.lock(f"views:{unit.organization_id}:{owner}")
    if sum(one.owner_id == owner for one in unit.all(queries.VIEWS, scope=scope)) >= MOST:
        problems.append(Problem(("name",), TOO_MANY))
    content = _content(draft.content, problems)
    if problems:
        return None
    view_id = unit.one(
        queries.INSERT_VIEW,
        new_scope=scope,
        new_name=draft.name or "",
        new_owner_id=owner,
        new_audience=list(draft.audience or ()),
        new_content=content,
        new_created_at=unit.now,
        new_updated_at=unit.now,
        new_revision=1,
    )
    assert view_id is not None
    unit.record([_event("created", view_id, new={"scope": scope, "name": draft.name})])
    if draft.default:
        _begin_with(unit, actor, scope, view_id)
    found = unit.one(queries.VIEW, id=view_id)
    assert found is not None
    return found


def view_to_change(unit: Unit, actor: Actor, view_id: int, scope: str | None = None) -> SavedView:
    """The view, locked: 404 when the caller does not see it."""
    view_to_see(unit, actor, view_id, scope)
    found = unit.one(queries.VIEW_LOCKED, id=view_id)
    if found is None:
        raise NotFound
    return found


def change_view(unit: Unit, actor: Actor, view: SavedView, draft: ViewDraft, problems: list[Problem]) -> SavedView:
    """Change what was sent. Whoever a view is shared with may begin with it, and change nothing else."""
    content = {**view.content, **_content(draft.content, problems)}
    wanted = {
        "name": view.name if draft.name is None else draft.name,
        "audience": view.audience if draft.audience is None else list(draft.audience),
        "content": content,
    }
    changes = {name: value for name, value in wanted.items() if value != getattr(view, name)}
    if changes and not may_change(actor, view):
        raise Forbidden(NOT_YOURS)
    if problems:
        return view
    if changes:
        columns = {**changes, "updated_at": unit.now, "revision": view.revision + 1}
        unit.patch(queries.PATCH_VIEW, columns, id=view.id)
        unit.record([_event("updated", view.id, old={"name": view.name}, new={"name": wanted["name"]})])
        view = msgspec.structs.replace(view, **columns)
    if draft.default is not None and draft.default != is_default(actor, view):
        _begin_with(unit, actor, view.scope, view.id if draft.default else None)
        view = unit.one(queries.VIEW, id=view.id) or view
    return view


def _content(sent: dict[str, Any], problems: list[Problem]) -> dict[str, Any]:
    if len(msgspec.json.encode(sent)) > LARGEST:
        problems.append(Problem(("query",), TOO_LARGE))
    return sent


def _begin_with(unit: Unit, actor: Actor, scope: str, view_id: int | None) -> None:
    """The caller begins with this view of the list, and with no other; None: with none."""
    for one in unit.all(queries.VIEWS, scope=scope):
        before = list(one.content.get("defaults", ()))
        after = [who for who in before if who != actor.account_id]
        after += [actor.account_id] if one.id == view_id else []
        if after != before:
            unit.patch(queries.PATCH_VIEW, {"content": {**one.content, "defaults": after}}, id=one.id)


def drop_view(unit: Unit, actor: Actor, view: SavedView) -> None:
    """Delete a view: its maker, and administrators."""
    if not may_change(actor, view):
        raise Forbidden(NOT_YOURS)
    unit.write(queries.DELETE_VIEW, id=view.id)
    unit.record([_event("deleted", view.id, old=msgspec.to_builtins(view))])


def _event(verb: str, view_id: int, **more: Any) -> Event:
    """What no feed shows."""
    return Event(kind=f"view.{verb}", verb=verb, subject_kind="view", subject_id=str(view_id), shown=False, **more)
