"""Folders: two trees, one of the template library and one of the tracker, and what lies in them (spec 30 §17).

As with tags, nothing here asks who may, and filing is told, not recorded.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from procession.engine.model import Problem
from procession.kernel.folding import containing, fold
from procession.kernel.ids import new_id
from procession.kernel.unit import Event, Unit
from procession.labels import queries
from procession.labels.custom_values import forget_values
from procession.labels.model import DEEPEST, Change, Filing, Folder, FolderKind, FolderSearch, Subject
from procession.labels.reading import folder_ids_of

NAME = 32
"""The longest name (spec 30 §1.4)."""

FOLDED = 120
INSIDE_ITSELF = "A folder cannot be moved into itself."
NO_PARENT = "The selected parent id is invalid."
TOO_DEEP = f"Folders may not be nested more than {DEEPEST} deep."

Tree = Mapping[str | None, Sequence[Folder]]
"""The folders of one kind by parent, each list in order; None holds the roots."""


# -- the tree ----------------------------------------------------------------------------------------------------------


def list_folders(unit: Unit, search: FolderSearch, skip: int = 0, count: int = 100) -> tuple[list[Folder], int]:
    """A page of folders, flat, and how many there are on all pages."""
    sought = {
        "kind": search.kind,
        "like": containing(search.text),
        "text": (search.text or "").strip().lower(),
    }
    total = unit.one(queries.COUNT_FOLDERS, **sought) or 0
    return unit.all(queries.folders_page(search.order), skip=skip, count=count, **sought), total


def folder_tree(unit: Unit, kind: FolderKind) -> Tree:
    """Every folder of a kind, by its parent."""
    tree: dict[str | None, list[Folder]] = {None: []}
    for folder in unit.all(queries.FOLDER_TREE, kind=kind):
        tree.setdefault(folder.parent_id, []).append(folder)
    return tree


def sort_value(name: str, folder: Folder) -> Any:
    """What a list in that order compares (`FolderSearch`)."""
    return fold(folder.name, FOLDED) if name == "name" else getattr(folder, name)


def find_folder(unit: Unit, folder_id: str) -> Folder | None:
    """One folder, of either kind."""
    return unit.one(queries.FOLDER, id=folder_id)


def folder_for_update(unit: Unit, folder_id: str) -> Folder | None:
    """As `find_folder`, and no folder of the organization is moved, made or deleted until the transaction ends."""
    _lock(unit)
    return unit.one(queries.FOLDER_FOR_UPDATE, id=folder_id)


def check_parent(unit: Unit, kind: FolderKind, parent_id: str, folder: Folder | None = None) -> list[Problem]:
    """Whether `folder` (or a new one) may lie in that parent: same kind, no ring, at most `DEEPEST` levels."""
    _lock(unit)
    tree = folder_tree(unit, kind)
    above = _above(tree, parent_id)
    if not above:
        return [Problem(("parent_id",), NO_PARENT)]
    if folder is not None and folder.id in above:
        return [Problem(("parent_id",), INSIDE_ITSELF)]
    levels = len(above) + (_height(tree, folder.id) if folder is not None else 1)
    return [Problem(("parent_id",), TOO_DEEP)] if levels > DEEPEST else []


def create_folder(
    unit: Unit, *, name: str, kind: FolderKind, parent_id: str | None = None, position: int | None = None
) -> Folder:
    """Make a folder at `position` (from 1; None and beyond: the end). `check_parent` has been asked."""
    _lock(unit)
    siblings = list(folder_tree(unit, kind).get(parent_id, ()))
    place = _place(siblings, position)
    folder = Folder(new_id(), name, kind, parent_id, place + 1, unit.now, unit.now, 1)
    unit.write(queries.ADD_FOLDER, folded=fold(name, FOLDED), **msgspec.structs.asdict(folder))
    _number(unit, [*siblings[:place], folder, *siblings[place:]])
    unit.record([_event(folder, "created", new={"name": name, "kind": kind, "parent_id": parent_id})])
    return folder


def update_folder(unit: Unit, folder: Folder, changes: Mapping[str, Any]) -> Folder:
    """Change `name`, `parent_id` (None: to the top) or `position`; `check_parent` has been asked.

    The same values again change nothing. A folder that changes its parent goes to the end there, unless placed.
    """
    tree = folder_tree(unit, folder.kind)
    parent = changes.get("parent_id", folder.parent_id)
    moved = parent != folder.parent_id
    siblings = [one for one in tree.get(parent, ()) if one.id != folder.id]
    wanted = changes.get("position")
    place = _place(siblings, wanted if wanted is not None or moved else folder.position)
    changed = msgspec.structs.replace(
        folder, name=changes.get("name", folder.name), parent_id=parent, position=place + 1
    )
    fields = [name for name in ("name", "parent_id", "position") if getattr(changed, name) != getattr(folder, name)]
    if not fields:
        return folder
    changed = msgspec.structs.replace(changed, updated_at=unit.now, revision=folder.revision + 1)
    stored = {name: getattr(changed, name) for name in (*fields, "updated_at", "revision")}
    if "name" in fields:
        stored["folded"] = fold(changed.name, FOLDED)
    unit.patch(queries.PATCH_FOLDER, stored, id=folder.id)
    _number(unit, [*siblings[:place], changed, *siblings[place:]])
    if moved:
        _number(unit, [one for one in tree.get(folder.parent_id, ()) if one.id != folder.id])
    unit.record(
        _event(folder, "updated", field=one, old=getattr(folder, one), new=getattr(changed, one)) for one in fields
    )
    return changed


def touch_folder(unit: Unit, folder: Folder) -> None:
    """Something of the folder changed that is no column of it."""
    unit.patch(queries.PATCH_FOLDER, {"revision": folder.revision + 1, "updated_at": unit.now}, id=folder.id)


def delete_folder(unit: Unit, folder: Folder) -> None:
    """Delete a folder; its sub-folders move up into its place, what lay in it lies in none (spec 30 §17.2).

    The caller has templates that name it forget it.
    """
    tree = folder_tree(unit, folder.kind)
    orphans = list(tree.get(folder.id, ()))
    for orphan in orphans:
        unit.patch(queries.PATCH_FOLDER, {"parent_id": folder.parent_id}, id=orphan.id)
    siblings = list(tree.get(folder.parent_id, ()))
    place = next(index for index, one in enumerate(siblings) if one.id == folder.id)
    unit.write(queries.DELETE_FOLDER, id=folder.id)
    forget_values(unit, [folder.id])
    _number(unit, [*siblings[:place], *orphans, *siblings[place + 1 :]])
    unit.record([_event(folder, "deleted", old={"name": folder.name, "parent_id": folder.parent_id})])


def folder_named(unit: Unit, name: str, kind: FolderKind) -> Folder:
    """The folder with exactly that name (cut to `NAME`), made at the top when there is none (spec 30 §6.2)."""
    _lock(unit)
    short = name[:NAME].strip()
    found = unit.one(queries.FOLDER_NAMED, kind=kind, folded=fold(short, FOLDED), name=short)
    return found or create_folder(unit, name=short, kind=kind)


def _above(tree: Tree, folder_id: str | None) -> list[str]:
    """The folder and everything it lies in, from the inside; empty when it is not in the tree."""
    parents = {folder.id: folder.parent_id for folders in tree.values() for folder in folders}
    path: list[str] = []
    while folder_id in parents:
        path.append(folder_id)
        folder_id = parents[folder_id]
    return path


def _height(tree: Tree, folder_id: str) -> int:
    """How many levels the folder and what lies in it take."""
    return 1 + max((_height(tree, child.id) for child in tree.get(folder_id, ())), default=0)


def _place(siblings: Sequence[Folder], position: int | None) -> int:
    return len(siblings) if position is None else min(max(position, 1) - 1, len(siblings))


def _number(unit: Unit, ordered: Iterable[Folder]) -> None:
    """Write the positions that changed: they are dense, from 1. A shifted folder keeps its revision."""
    for position, folder in enumerate(ordered, 1):
        if folder.position != position:
            unit.patch(queries.PATCH_FOLDER, {"position": position}, id=folder.id)


def _lock(unit: Unit) -> None:
    unit.lock(f"folders:{unit.organization_id}")


def _event(folder: Folder, verb: str, *, field: str | None = None, old: object = None, new: object = None) -> Event:
    # Folders are no type of the activity feed (spec 41 §18); the rows serve undo and the audit trail.
    return Event(
        kind=f"folder.{verb}",
        verb=verb,
        subject_kind="folder",
        subject_id=folder.id,
        field=field,
        old=old,
        new=new,
        shown=False,
    )


# -- what lies in them -------------------------------------------------------------------------------------------------


def set_folders(unit: Unit, subject: Subject, ids: Sequence[str]) -> Change:
    """Make `ids` the folders of the subject; all exist and are of its kind. What stays keeps its integer id."""
    wanted = list(dict.fromkeys(one.lower() for one in ids))
    present = folder_ids_of(unit, subject.kind, [subject.id])[subject.id]
    added = [one for one in wanted if one not in present]
    removed = [one for one in present if one not in wanted]
    if removed:
        unit.write(queries.REMOVE_FILINGS, kind=subject.kind, subject=subject.id, ids=removed)
    _add(unit, subject, added)
    return Change(tuple(added), tuple(removed))


def file_subject(unit: Unit, subject: Subject, folder_id: str) -> tuple[Filing, bool]:
    """Put the subject into one more folder: the filing, and whether it is new (spec 30 §17.3). The folder exists."""
    present = folder_ids_of(unit, subject.kind, [subject.id])[subject.id]
    fresh = folder_id.lower() not in present
    _add(unit, subject, [folder_id.lower()] if fresh else [])
    (filing,) = unit.all(queries.FILING_OF, kind=subject.kind, subject=subject.id, folder=folder_id.lower())
    return filing, fresh


def find_filing(unit: Unit, filing_id: int) -> Filing | None:
    """The filing with that integer id: what is filed decides who may take it out."""
    return unit.one(queries.FILING, id=filing_id)


def unfile(unit: Unit, filing: Filing) -> None:
    """Take the subject out of that folder."""
    unit.write(queries.REMOVE_FILING, id=filing.id)


def forget_filings(unit: Unit, kind: str, ids: Sequence[str]) -> None:
    """Take subjects that are deleted for good out of every folder."""
    if ids:
        unit.write(queries.FORGET_FILINGS, kind=kind, ids=list(ids))


def _add(unit: Unit, subject: Subject, ids: Iterable[str]) -> None:
    rows = [
        {"folder_id": one, "subject_kind": subject.kind, "subject_id": subject.id, "created_at": unit.now}
        for one in ids
    ]
    unit.write_many(queries.ADD_FILING, rows)
