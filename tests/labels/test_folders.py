"""Folders (spec 30 §17), on both databases."""

from typing import Any

import pytest

from procession.engine.model import Problem
from procession.kernel.ids import new_id
from procession.labels import folders, reading
from procession.labels.model import Change, Folder, FolderKind, FolderSearch, Subject
from tests.labels.conftest import Organization


def make(organization: Organization, name: str, **given: Any) -> Folder:
    given.setdefault("kind", "template")
    return organization.do(lambda u: folders.create_folder(u, name=name, **given))


def tree(organization: Organization, kind: FolderKind = "template") -> dict[str, list[tuple[str, int]]]:
    found = organization.ask(lambda u: folders.folder_tree(u, kind))
    names = {one.id: one.name for level in found.values() for one in level}
    return {
        names[parent] if parent else "": [(one.name, one.position) for one in level] for parent, level in found.items()
    }


def update(organization: Organization, folder: Folder, **changes: Any) -> Folder:
    return organization.do(lambda u: folders.update_folder(u, present(u, folder), changes))


def present(unit: Any, folder: Folder) -> Folder:
    found = folders.folder_for_update(unit, folder.id)
    assert found is not None
    return found


def test_positions_are_dense_per_parent(organization: Organization) -> None:
    a = make(organization, "a")
    make(organization, "b")
    make(organization, "c", position=1)
    make(organization, "d", position=99)
    make(organization, "x", parent_id=a.id)
    make(organization, "other tree", kind="process")
    assert tree(organization) == {"": [("c", 1), ("a", 2), ("b", 3), ("d", 4)], "a": [("x", 1)]}
    assert tree(organization, "process") == {"": [("other tree", 1)]}


def test_moving_closes_the_gap_and_makes_room(organization: Organization) -> None:
    a, b, c = (make(organization, name) for name in "abc")
    x = make(organization, "x", parent_id=a.id)
    moved = update(organization, b, parent_id=a.id)
    assert (moved.parent_id, moved.position, moved.revision) == (a.id, 2, 2)
    assert moved.updated_at > b.updated_at
    assert tree(organization) == {"": [("a", 1), ("c", 2)], "a": [("x", 1), ("b", 2)]}
    update(organization, c, position=1)
    assert tree(organization)[""] == [("c", 1), ("a", 2)]
    update(organization, x, parent_id=None, position=2)
    assert tree(organization) == {"": [("c", 1), ("x", 2), ("a", 3)], "a": [("b", 1)]}
    assert organization.ask(lambda u: folders.find_folder(u, a.id)) == update(organization, a)


def test_the_same_values_change_nothing(organization: Organization) -> None:
    a = make(organization, "a")
    make(organization, "b")
    same = update(organization, a, name="a", parent_id=None, position=1)
    assert same == a


def test_a_new_name_is_found(organization: Organization) -> None:
    a = make(organization, "Äpfel")
    renamed = update(organization, a, name="Öl")
    found, total = organization.ask(lambda u: folders.list_folders(u, FolderSearch(text="OL")))
    assert (found, total) == ([renamed], 1)


def test_a_folder_does_not_move_into_itself_or_the_other_tree(organization: Organization) -> None:
    a = make(organization, "a")
    b = make(organization, "b", parent_id=a.id)
    c = make(organization, "c", parent_id=b.id)
    process = make(organization, "p", kind="process")

    def problems(parent: str, folder: Folder | None) -> list[Problem]:
        return organization.do(lambda u: folders.check_parent(u, "template", parent, folder))

    for inside in (a, b, c):
        assert problems(inside.id, a) == [Problem(("parent_id",), "A folder cannot be moved into itself.")]
    for unknown in (process.id, new_id(), "x"):
        assert problems(unknown, None) == [Problem(("parent_id",), "The selected parent id is invalid.")]
    assert problems(a.id, c) == []
    assert problems(c.id, None) == []


def test_ten_levels_are_the_most(organization: Organization) -> None:
    parent: str | None = None
    chain = []
    for number in range(10):
        chain.append(make(organization, str(number), parent_id=parent))
        parent = chain[-1].id
    pair = make(organization, "two")
    make(organization, "levels", parent_id=pair.id)

    def allowed(into: Folder, folder: Folder | None) -> bool:
        return not organization.do(lambda u: folders.check_parent(u, "template", into.id, folder))

    assert not allowed(chain[9], None)
    assert allowed(chain[8], None)
    assert not allowed(chain[8], pair)
    assert allowed(chain[7], pair)


def test_a_deleted_folder_hands_its_place_to_what_lay_in_it(organization: Organization) -> None:
    """spec 30 §17.2: nothing that lies in a folder is deleted with it."""
    a, b, c = (make(organization, name) for name in "abc")
    for name in "xy":
        make(organization, name, parent_id=b.id)
    template, process = Subject("template", new_id()), Subject("process", new_id())
    for subject in (template, process):
        organization.do(lambda u, s=subject: folders.set_folders(u, s, [b.id, c.id]))  # type: ignore[misc]
    organization.do(lambda u: folders.delete_folder(u, present(u, b)))
    assert tree(organization) == {"": [("a", 1), ("x", 2), ("y", 3), ("c", 4)]}
    assert organization.ask(lambda u: folders.find_folder(u, b.id)) is None
    assert organization.do(lambda u: folders.folder_for_update(u, b.id)) is None
    assert organization.ask(lambda u: reading.folder_ids_of(u, "process", [process.id])) == {process.id: [c.id]}
    organization.do(lambda u: folders.delete_folder(u, present(u, a)))


@pytest.mark.parametrize(
    ("search", "names"),
    [
        (FolderSearch(), ["b", "a", "x"]),
        (FolderSearch(order=(("name", True),)), ["x", "b", "a"]),
        (FolderSearch(order=(("created_at", False),)), ["a", "x", "b"]),
        (FolderSearch(text="B"), ["b"]),
        (FolderSearch(kind="process"), ["p"]),
    ],
)
def test_folders_are_listed_flat(organization: Organization, search: FolderSearch, names: list[str]) -> None:
    a = make(organization, "a")
    make(organization, "x", parent_id=a.id, position=7)
    make(organization, "b", position=1)
    make(organization, "p", kind="process")
    found, total = organization.ask(lambda u: folders.list_folders(u, search))
    shown = [one.name for one in found]
    if search.order[0][0] == "position":
        assert [one.position for one in found] == sorted(one.position for one in found)
        assert set(shown) == set(names)
    else:
        assert shown == names
    assert total == len(names)


def test_a_folder_of_that_name_is_made_once(organization: Organization) -> None:
    """spec 30 §6.2: `folderize_process`."""
    name = "Onboard a customer from the very far north"
    folder = organization.do(lambda u: folders.folder_named(u, name, "process"))
    assert (folder.name, folder.kind, folder.parent_id) == (name[:32].strip(), "process", None)
    assert organization.do(lambda u: folders.folder_named(u, name, "process")) == folder
    assert organization.do(lambda u: folders.folder_named(u, name, "template")) != folder


def test_the_other_kind_of_folder_is_unknown(organization: Organization) -> None:
    library, tracker = make(organization, "l"), make(organization, "t", kind="process")
    ids = [tracker.id, library.id, "x", tracker.id.upper()]
    assert organization.do(lambda u: reading.unknown_folders(u, ids, "process")) == [1, 2]
    assert organization.do(lambda u: reading.unknown_folders(u, ids, "template")) == [0, 2, 3]
    assert organization.do(lambda u: reading.unknown_folders(u, [], "template")) == []


def test_a_subject_lies_in_several_folders(organization: Organization) -> None:
    """spec 30 §17.3, §17.4."""
    a, b, c = (make(organization, name, kind="process") for name in "abc")
    process = Subject("process", new_id())
    assert organization.do(lambda u: folders.set_folders(u, process, [a.id, b.id, a.id])) == Change((a.id, b.id))
    filing, fresh = organization.do(lambda u: folders.file_subject(u, process, c.id.upper()))
    again, anew = organization.do(lambda u: folders.file_subject(u, process, c.id))
    assert (fresh, anew, again) == (True, False, filing)
    assert (filing.name, filing.kind, filing.parent_id, filing.position) == ("c", "process", None, 3)
    assert organization.ask(lambda u: folders.find_filing(u, filing.id)) == filing
    found = organization.ask(lambda u: reading.folders_of(u, "process", [process.id, a.id]))
    assert ([one.name for one in found[process.id]], found[a.id]) == (["a", "b", "c"], [])
    organization.do(lambda u: folders.unfile(u, filing))
    assert organization.do(lambda u: folders.set_folders(u, process, [b.id])) == Change((), (a.id,))
    assert organization.ask(lambda u: reading.folder_ids_of(u, "process", [process.id])) == {process.id: [b.id]}
    organization.do(lambda u: folders.forget_filings(u, "process", [process.id]))
    organization.do(lambda u: folders.forget_filings(u, "process", []))
    assert organization.ask(lambda u: reading.folder_ids_of(u, "process", [process.id])) == {process.id: []}


def test_nothing_is_asked_about_nothing(organization: Organization) -> None:
    assert organization.ask(lambda u: reading.folders_of(u, "task", [])) == {}
    assert organization.ask(lambda u: reading.folder_ids_of(u, "task", [])) == {}
    assert organization.ask(lambda u: reading.folders_by_id(u, [])) == {}
    folder = make(organization, "a")
    assert organization.ask(lambda u: reading.folders_by_id(u, [folder.id, new_id()])) == {folder.id: folder}
