"""The index of endpoints against the endpoint table and the tests (`tools/endpoints.py`)."""

import ast

import pytest

from procession.api.endpoint import OPERATIONS
from tools import endpoints
from tools.endpoints import ANY, Names, Row

TEST = """
BASE = "/O/tags"
for path in ("/O/folders", "/O/groups"):
    owner("POST", path, {})
owner("PUT", f"{BASE}/{tag}", {})
owner("DELETE", f"{at}/share/{address}")
http.get("/api/organizations/abc/branding?x=1")
upload(owner, path="/O/files")
def asked(by, way, at="/O"):
    return by("POST", f"{at}/{way}/seen")
asked(owner, "job-titles")
asked(by=owner, way=way, at="/O/tags")
TABLE = [("PATCH", f"/O/runs/{run}/custom-fields/" + key), ("getMe", 1)]
"""


def test_what_a_test_names() -> None:
    found = Names(ast.parse(TEST))
    assert found.calls == {
        ("POST", "/O/folders"), ("POST", "/O/groups"), ("PUT", f"/O/tags/{ANY}"), ("DELETE", f"{ANY}/share/{ANY}"),
        ("GET", "/api/organizations/abc/branding?x=1"), ("POST", "/O/files"),
        ("PATCH", f"/O/runs/{ANY}/custom-fields/{ANY}"),
        ("POST", f"{ANY}/{ANY}/seen"), ("POST", f"{ANY}/job-titles/seen"), ("POST", f"/O/tags/{ANY}/seen"),
    }  # fmt: skip
    assert "getMe" in found.texts
    named = endpoints.called(OPERATIONS, found.calls)
    assert {"createFolder", "createGroup", "updateTag", "getBranding", "uploadAsset3", "setRunCustomField"} <= named
    assert endpoints.called(OPERATIONS, {("GET", "/O/tasks/counts")}) == {"countTasks"}, "no task is called so"
    assert endpoints.called(OPERATIONS, {("GET", "/O/tags/7"), ("GET", f"{ANY}/{ANY}")}) == {"getTag"}
    assert not {"createTag", "deleteTag", "setTaskCustomField", "uploadAsset", "updateFolder", "getGroup"} & named


def test_the_index_and_what_is_left() -> None:
    index = [one.key for one in endpoints.rows(endpoints.INDEX)]
    assert len(index) == len(set(index)) == 518, "516 rows, one of them for three paths"
    left = endpoints.rows(endpoints.LEFT)
    assert {one.key for one in left} <= set(index)
    assert all(one.note for one in left), "each with its reason"
    assert endpoints.left_but_served() == [], "what is there is no longer left for later"


def test_it_prints_what_is_open(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    served = endpoints.served()
    monkeypatch.setattr(endpoints, "served", lambda: served - {("GET", "/health")})
    monkeypatch.setattr(endpoints, "named", lambda: (set(), {("GET", "/O/tags")}))
    assert endpoints.main(["--strict"]) == 1
    printed = capsys.readouterr().out
    assert "open: GET /health (" in printed
    assert "no test names: POST /organizations/{org}/tags (createTag)" in printed
    assert "(listTags)" not in printed
    assert Row("GET", "/api/health", "").key == ("GET", "/health")
