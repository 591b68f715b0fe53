"""The folders of an organization (spec 30 §17.2)."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from procession.api.custom_values import custom_of
from procession.api.endpoint import Call, Reply, operation
from procession.api.reading import Shape, integer, raw, text
from procession.api.sorting import read_sort
from procession.engine.model import Problem
from procession.kernel.errors import NotFound
from procession.kernel.ids import read_id
from procession.kernel.paging import Order, Page, read_page
from procession.labels import folders, reading
from procession.labels.model import Folder, FolderKind, FolderSearch
from procession.people.permissions import require
from procession.templates.filing import empty_folder, templates_in
from procession.wire import folder as wire
from procession.wire.paging import paged
from procession.work.filing import work_in

BASE = "/organizations/{org}/folders"
KEYS = {"position": "position", "name": "name", "created_at": "created_at"}
BY_POSITION: Order = (("position", False),)
MEMBERS = {
    "name": text(folders.NAME, aliases=("title",)),
    "parent_id": text(255, blank="clear"),
    "position": integer(1, null="keep", zero=1),
}
FOLDER_TYPE = raw({"type": ["string", "null"], "enum": ["checklist", "run", None]}, null="absent")
CREATE = Shape("FolderCreate", {**MEMBERS, "folder_type": FOLDER_TYPE}, required=("name",))
UPDATE = Shape("FolderUpdate", MEMBERS)


@operation(
    "GET",
    BASE,
    id="listFolders",
    acts=("folder.see",),
    query=("q", "folder_type", "with", "sort", "sort_by", "sort_direction", "page", "per_page", "limit", "pagination",
           "without_pagination"),
    answer=list[wire.Folder],
    tag="Folders",
)  # fmt: skip
def list_folders(call: Call) -> Reply:
    """List folders: flat, or the roots with everything below when children are asked for"""
    require(call.actor, "folder.see")
    page = read_page(call.query, 100, 100)
    kind = _kind(call.query.text("folder_type"))
    sought = call.query.text("q")
    search = FolderSearch(kind=kind, text=sought, order=read_sort(call, KEYS, BY_POSITION))
    if call.wants("children") and not sought:
        found, total = _roots(call, kind, search, page)
    else:
        found, total = folders.list_folders(call.unit, search, page.skip, page.size)
    around = _around(call, kind, found)
    return Reply(body=paged([wire.show_folder(one, around) for one in found], page, total, call.links))


def _kind(folder_type: Any) -> FolderKind:
    """`run`, by any of its names, means the tracker; anything else the library (spec 30 §17.2, 00 TERM-03)."""
    word = folder_type.strip().lower() if isinstance(folder_type, str) else ""
    return "process" if word in ("run", "process") else "template"


def _roots(call: Call, kind: FolderKind, search: FolderSearch, page: Page) -> tuple[list[Folder], int]:
    roots = list(folders.folder_tree(call.unit, kind).get(None, ()))
    for name, down in reversed(search.order):
        roots.sort(key=partial(folders.sort_value, name), reverse=down)
    return roots[page.skip : page.skip + page.size], len(roots)


def _around(call: Call, kind: FolderKind, found: list[Folder]) -> wire.Around:
    """What the shown folders need of others: the whole tree when children are shown, else their parents' names."""
    if call.wants("children"):
        tree = folders.folder_tree(call.unit, kind)
        every = [one for level in tree.values() for one in level]
        custom = custom_of(call, ("folder",), [one.id for one in every])
        return wire.Around({one.id: one.name for one in every}, totals(call, kind, every), tree, custom)
    parents = reading.folders_by_id(call.unit, (one.parent_id for one in found if one.parent_id))
    names = {one.id: one.name for one in parents.values()}
    custom = custom_of(call, ("folder",), [one.id for one in found])
    return wire.Around(names, totals(call, kind, found), custom=custom)


def totals(call: Call, kind: FolderKind, found: Iterable[Folder]) -> dict[str, int]:
    """How much the caller sees directly in each folder (spec 30 §17.1)."""
    ids = [one.id for one in found]
    if kind == "template":
        return templates_in(call.unit, call.actor, ids)
    return work_in(call.unit, call.actor, ids)


@operation("POST", BASE, id="createFolder", acts=("folder.manage",), body=CREATE, answer=wire.Folder, status=201,
           tag="Folders")  # fmt: skip
def create_folder(call: Call) -> Reply:
    """Create a folder"""
    require(call.actor, "folder.manage")
    problems: list[Problem] = []
    sent = _read(call, CREATE, problems)
    parent_id = sent.get("parent_id")
    kind = _kind(sent.get("folder_type"))
    if parent_id is not None:
        parent = folders.find_folder(call.unit, parent_id)
        if parent is not None and "folder_type" not in sent:
            kind = parent.kind
        problems += folders.check_parent(call.unit, kind, parent_id)
    call.raise_problems(problems, ".".join)
    made = folders.create_folder(
        call.unit, name=sent["name"], kind=kind, parent_id=parent_id, position=sent.get("position")
    )
    return _reply(call, made, status=201)


@operation("GET", BASE + "/{folder}", id="getFolder", acts=("folder.see",), query=("with",), answer=wire.Folder,
           tag="Folders")  # fmt: skip
def get_folder(call: Call) -> Reply:
    """Get a folder"""
    require(call.actor, "folder.see")
    return _reply(call, folders.find_folder(call.unit, _folder_id(call)))


@operation("PUT", BASE + "/{folder}", id="updateFolder", acts=("folder.manage",), body=UPDATE, query=("with",),
           answer=wire.Folder, tag="Folders", also=(("PATCH", BASE + "/{folder}"),))  # fmt: skip
def update_folder(call: Call) -> Reply:
    """Rename or move a folder"""
    folder = folders.folder_for_update(call.unit, _folder_id(call))
    if folder is None:
        raise NotFound
    require(call.actor, "folder.manage")
    call.require_fresh(folder.revision, folder.updated_at)
    problems: list[Problem] = []
    sent = _read(call, UPDATE, problems)
    if not sent and not problems:
        problems.append(Problem(("name",), "The name field is required."))
    parent_id = sent.get("parent_id")
    if parent_id is not None and parent_id != folder.parent_id:
        problems += folders.check_parent(call.unit, folder.kind, parent_id, folder)
    call.raise_problems(problems, ".".join)
    return _reply(call, folders.update_folder(call.unit, folder, sent))


@operation("DELETE", BASE + "/{folder}", id="deleteFolder", acts=("folder.manage",), status=204, tag="Folders")
def delete_folder(call: Call) -> Reply:
    """Delete a folder; what lies in it stays"""
    folder = folders.folder_for_update(call.unit, _folder_id(call))
    if folder is None:
        raise NotFound
    require(call.actor, "folder.manage")
    call.require_fresh(folder.revision, folder.updated_at)
    empty_folder(call.unit, folder.id)
    folders.delete_folder(call.unit, folder)
    return Reply(status=204)


def _folder_id(call: Call) -> str:
    return read_id(call.path["folder"]) or ""


def _read(call: Call, shape: Shape, problems: list[Problem]) -> dict[str, Any]:
    sent = shape.read(call.body, problems, call.warnings, strict=bool(call.query.flag("strict")))
    if sent.get("parent_id") is not None:
        sent["parent_id"] = read_id(sent["parent_id"]) or sent["parent_id"]
    return sent


def _reply(call: Call, folder: Folder | None, status: int = 200) -> Reply:
    if folder is None:
        raise NotFound
    shown = wire.show_folder(folder, _around(call, folder.kind, [folder]))
    return Reply(body={"data": shown}, status=status, revision=folder.revision)
