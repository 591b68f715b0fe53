"""Folders on the wire (spec 30 §17.2; 00 §9, §18)."""

from typing import Any

import pytest

from tests.support.fixtures_server import Team
from tests.support.server import Caller


def make(owner: Caller, name: str, **more: Any) -> Any:
    return owner("POST", "/O/folders", {"name": name, **more}).data


def test_a_folder_is_made_read_moved_and_deleted(owner: Caller) -> None:
    made = owner("POST", "/O/folders", {"name": "HR"})
    assert made.status == 201
    hr = made.data
    assert hr == {
        "id": hr["id"],
        "name": "HR",
        "parent_id": None,
        "parent": None,
        "folder_type": "checklist",
        "position": 1,
        "total": 0,
        "created_at": hr["created_at"],
        "last_updated": hr["last_updated"],
        "custom_fields": {},
    }
    inner = make(owner, "Hiring", parent_id=hr["id"].upper(), position=None)
    assert (inner["parent_id"], inner["parent"]) == (hr["id"], "HR")
    path = f"/O/folders/{inner['id']}"
    assert owner("GET", path).data == inner
    moved = owner("PUT", path, {"parent_id": None}).data
    assert (moved["parent_id"], moved["position"], moved["name"]) == (None, 2, "Hiring")
    assert owner("PATCH", path, {"position": 1}).data["position"] == 1
    assert owner("PUT", path, owner("GET", path).data).data == owner("GET", path).data
    assert owner("DELETE", path).status == 204
    assert owner("DELETE", path).status == 404
    assert owner("GET", path).status == 404


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"name": ["The name field is required."]}),
        ({"name": "x" * 33}, {"name": ["The name may not be greater than 32 characters."]}),
        ({"name": "a", "parent_id": "x"}, {"parent_id": ["The selected parent id is invalid."]}),
        ({"name": "a", "position": "first"}, {"position": ["The position must be an integer."]}),
    ],
)
def test_what_cannot_be_a_folder(owner: Caller, body: dict[str, Any], errors: dict[str, list[str]]) -> None:
    assert owner("POST", "/O/folders", body).errors == errors


def test_a_parent_decides_the_kind_unless_told(owner: Caller) -> None:
    parent = make(owner, "p", folder_type="run")
    assert parent["folder_type"] == "run"
    assert make(owner, "c", parent_id=parent["id"])["folder_type"] == "run"
    assert make(owner, "d", folder_type="Process")["folder_type"] == "run"
    assert make(owner, "e", folder_type="other")["folder_type"] == "checklist"
    refused = owner("POST", "/O/folders", {"name": "e", "parent_id": parent["id"], "folder_type": "checklist"})
    assert "parent_id" in refused.errors


def test_an_update_needs_something_and_no_ring(owner: Caller) -> None:
    a = make(owner, "a")
    b = make(owner, "b", parent_id=a["id"])
    path = f"/O/folders/{a['id']}"
    assert owner("PUT", path, {}).errors == {"name": ["The name field is required."]}
    assert owner("PUT", path, {"name": ""}).errors == {"name": ["The name field is required."]}
    ring = {"parent_id": ["A folder cannot be moved into itself."]}
    assert owner("PUT", path, {"parent_id": b["id"]}).errors == ring
    assert owner("PUT", path, {"parent_id": a["id"]}).errors == ring
    assert owner("PUT", path, {"folder_type": "run", "name": "A"}).data["folder_type"] == "checklist"


def test_folders_are_listed_flat_or_as_a_tree(owner: Caller) -> None:
    a = make(owner, "a")
    b = make(owner, "b", parent_id=a["id"])
    make(owner, "c", parent_id=b["id"])
    make(owner, "d")
    make(owner, "p", folder_type="run")
    flat = owner("GET", "/O/folders")
    assert {one["name"]: one["parent"] for one in flat.data} == {"a": None, "b": "a", "c": "b", "d": None}
    assert flat.body["meta"]["pagination"]["per_page"] == 100
    assert "children" not in flat.data[0]
    tree = owner("GET", "/O/folders?with=children&pagination=false&sort=position").data
    assert [one["name"] for one in tree] == ["a", "d"]
    assert tree[0]["children"]["data"][0]["children"]["data"][0]["name"] == "c"
    assert tree[1]["children"] == {"data": []}
    assert [one["name"] for one in owner("GET", "/O/folders?with=children&sort=-name").data] == ["d", "a"]
    (hit,) = owner("GET", "/O/folders?with=children&q=B").data
    assert (hit["name"], hit["parent"], hit["children"]["data"][0]["name"]) == ("b", "a", "c")
    assert [one["name"] for one in owner("GET", "/O/folders?folder_type=run").data] == ["p"]
    assert owner("GET", f"/O/folders/{a['id']}?with=children").data["children"]["data"][0]["name"] == "b"


def test_who_may(team: Team) -> None:
    """spec 40 §15.2: light members cannot manage folders, guests see none."""
    folder = make(team.standard, "s")
    path = f"/O/folders/{folder['id']}"
    for caller, reads, writes in ((team.light, 200, 403), (team.guest, 403, 403)):
        assert caller("GET", "/O/folders").status == reads
        assert caller("GET", path).status == reads
        assert caller("POST", "/O/folders", {"name": "x"}).status == writes
        assert caller("PUT", path, {"name": "x"}).status == writes
        assert caller("DELETE", path).status == writes
    assert team.stranger("GET", path).status == 404
    assert team.stranger("PUT", path, {"name": "x"}).status == 404
    assert team.standard("DELETE", path).status == 204
