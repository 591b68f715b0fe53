"""Reusable lists: tables of an organization that fields draw their options from (spec 30 §11.7)."""

from typing import Any

from procession.api.endpoint import Call, Reply, operation
from procession.api.reading import Shape, raw, text
from procession.api.sorting import read_sort
from procession.engine.model import Problem
from procession.kernel.errors import NotFound
from procession.kernel.paging import read_page
from procession.people.permissions import require
from procession.templates import lists
from procession.templates.model import SharedList
from procession.wire.paging import paged
from procession.wire.shared_list import ReusableList, show_list

BASE = "/organizations/{org}/lists"
ONE = BASE + "/{list}"
SORTED = {"id": "id", "name": "name", "title": "name", "created_at": "created_at", "updated_at": "updated_at",
          "last_updated": "updated_at"}  # fmt: skip
NAME = 250
MEMBERS = {
    "name": text(NAME, aliases=("title",)),
    "columns": raw({"type": "array", "items": {"type": ["string", "object"]}}, null="absent"),
    "rows": raw({"type": "array", "items": {"type": "array"}}, null="absent"),
}
CREATE = Shape("createListInput", MEMBERS, required=("name", "columns"))
UPDATE = Shape("updateListInput", MEMBERS)


@operation("GET", BASE, id="listLists", acts=("list.manage",),
           query=("q", "page", "per_page", "limit", "sort", "sort_by", "sort_direction", "without_pagination",
                  "pagination"), answer=list[ReusableList], tag="Lists")  # fmt: skip
def list_lists(call: Call) -> Reply:
    """List reusable lists"""
    require(call.actor, "list.manage")
    page = read_page(call.query, 10, 100)
    found, total = lists.list_lists(call.unit, call.query.text("q"), read_sort(call, SORTED, lists.BY_NAME), page)
    return Reply(body=paged([show_list(one) for one in found], page, total, call.links))


@operation("GET", ONE, id="getList", acts=("list.manage",), answer=ReusableList, tag="Lists")
def get_list(call: Call) -> Reply:
    """Read one reusable list"""
    return _reply(_found(call))


@operation("POST", BASE, id="createList", acts=("list.manage",), body=CREATE, query=("strict",), answer=ReusableList,
           status=201, tag="Lists")  # fmt: skip
def create_list(call: Call) -> Reply:
    """Create a reusable list"""
    require(call.actor, "list.manage")
    return _reply(lists.create_list(call.unit, _values(call, CREATE, None)), status=201)


@operation("PUT", ONE, id="updateList", acts=("list.manage",), body=UPDATE, query=("strict",), answer=ReusableList,
           statuses=(412,), tag="Lists")  # fmt: skip
def update_list(call: Call) -> Reply:
    """Change a reusable list: fields show it at the next view, answers keep their text"""
    found = _found(call, lock=True)
    call.require_fresh(found.revision, found.updated_at)
    return _reply(lists.update_list(call.unit, found, _values(call, UPDATE, found)))


@operation("DELETE", ONE, id="deleteList", acts=("list.manage",), status=204, statuses=(412,), tag="Lists")
def delete_list(call: Call) -> Reply:
    """Delete a reusable list that no template draws from"""
    found = _found(call, lock=True)
    call.require_fresh(found.revision, found.updated_at)
    lists.delete_list(call.unit, found)
    return Reply(status=204)


def _found(call: Call, *, lock: bool = False) -> SharedList:
    require(call.actor, "list.manage")
    named = call.path["list"]
    found = None
    if named.isascii() and named.isdigit() and len(named) <= 15:
        found = lists.find_list(call.unit, int(named), lock=lock)
    if found is None:
        raise NotFound
    return found


def _values(call: Call, shape: Shape, former: SharedList | None) -> dict[str, Any]:
    problems: list[Problem] = []
    sent = shape.read(call.body, problems, call.warnings, strict=bool(call.query.flag("strict")))
    values = lists.check_list(call.unit, sent, former, problems)
    call.raise_problems(problems, ".".join)
    return values


def _reply(found: SharedList, status: int = 200) -> Reply:
    return Reply(body={"data": show_list(found)}, status=status, revision=found.revision, updated=found.updated_at)
