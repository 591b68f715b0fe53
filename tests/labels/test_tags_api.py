"""Tags on the wire (spec 30 §16.2; 00 §5, §9, §14, §15.3, §18)."""

from typing import Any

import pytest

from procession.kernel.database import Session
from procession.kernel.unit import Unit
from procession.labels import tags
from procession.labels.model import Subject
from tests.support.fixtures_server import Team
from tests.support.server import Caller, Running

UNKNOWN = "f" * 32


def make(owner: Caller, title: str, **more: Any) -> Any:
    return owner("POST", "/O/tags", {"title": title, **more}).data


def test_a_tag_is_made_read_changed_and_deleted(owner: Caller) -> None:
    made = owner("POST", "/O/tags", {"title": " Finance ", "color": "#3366cc"})
    assert made.status == 201
    tag = made.data
    assert tag == {
        "id": tag["id"],
        "title": "Finance",
        "color": "#3366cc",
        "type": None,
        "auto_generated": False,
        "created_at": tag["created_at"],
        "deleted_at": None,
        "custom_fields": {},
    }
    assert owner("GET", f"/O/tags/{tag['id'].upper()}").data == tag
    assert owner("PUT", f"/O/tags/{tag['id']}", {"color": "#000000"}).data == {**tag, "color": "#000000"}
    assert owner("PATCH", f"/O/tags/{tag['id']}", {"title": "Money"}).data["title"] == "Money"
    for _ in range(2):
        assert owner("DELETE", f"/O/tags/{tag['id']}").status == 204, "00 §14: deleted already is deleted"
    assert owner("DELETE", "/O/tags/nonsense").status == 204
    assert owner("GET", f"/O/tags/{tag['id']}").status == 404


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"title": ["The title field is required."]}),
        ({"title": "  "}, {"title": ["The title field is required."]}),
        ({"title": "x" * 31}, {"title": ["The title may not be greater than 30 characters."]}),
        ({"title": "FINANCE"}, {"title": ["The title has already been taken."]}),
        (
            {"title": "Finance", "color": "red"},
            {"title": ["The title has already been taken."], "color": ["The color must be of the form #rrggbb."]},
        ),
    ],
)
def test_what_cannot_be_a_tag(owner: Caller, body: dict[str, Any], errors: dict[str, list[str]]) -> None:
    make(owner, "Finance")
    assert owner("POST", "/O/tags", body).errors == errors


def test_the_longest_title_and_a_missing_colour(owner: Caller) -> None:
    tag = make(owner, "\ufdfa" * 30, color=None)
    assert len(tag["color"]) == 7
    assert len(tag["title"]) == 30


def test_a_duplicate_may_be_answered_with_what_is_there(owner: Caller) -> None:
    """spec 00 §15.3."""
    tag = make(owner, "Finance")
    again = owner("POST", "/O/tags?if_exists=return", {"title": "finance"})
    assert (again.status, again.data) == (200, tag)
    assert owner("POST", "/O/tags?if_exists=return", {"title": "Other"}).status == 201


def test_an_update_needs_something_and_a_free_title(owner: Caller) -> None:
    tag, other = make(owner, "a"), make(owner, "b")
    path = f"/O/tags/{tag['id']}"
    assert owner("PUT", path, {}).errors == {"title": ["The title field is required."]}
    assert owner("PUT", path, {"title": other["title"]}).errors == {"title": ["The title has already been taken."]}
    assert owner("PUT", path, {"title": "A"}).data["title"] == "A"
    assert owner("PUT", path, tag).data == tag, "PUT-11: an echoed object is a valid body"
    assert owner("PUT", f"/O/tags/{UNKNOWN}", {"title": "x"}).status == 404


def test_tags_are_listed_in_pages(owner: Caller) -> None:
    for title in ("Zebra", "Ärger", "banana"):
        make(owner, title)
    listed = owner("GET", "/O/tags?per_page=2&status=active")
    assert [tag["title"] for tag in listed.data] == ["Ärger", "banana"]
    shown = listed.body["meta"]["pagination"]
    assert (shown["total"], shown["total_pages"], shown["has_more_pages"]) == (3, 2, True)
    assert "page=2" in shown["links"]["next"]

    def titles(query: str) -> list[str]:
        return [tag["title"] for tag in owner("GET", f"/O/tags?{query}").data]

    assert titles("q=ARG") == ["Ärger"]
    assert titles("sort=-title") == ["Zebra", "banana", "Ärger"]
    assert titles("sort_by=name&sort_direction=desc&page=2&per_page=2") == ["Ärger"]
    assert titles("sort=-created_at") == ["banana", "Ärger", "Zebra"]
    assert titles("sort=active_template,-title") == ["Zebra", "banana", "Ärger"]
    assert titles("sort=-active_process,color,created_at&per_page=1&pagination=true") != []
    assert titles("all=true") == titles("all=True") == titles("") == titles("auto_generated=false")
    assert titles("auto_generated=true") == []
    assert owner("GET", "/O/tags?all=perhaps").status == 422
    warned = owner("GET", "/O/tags?sort=shoe_size")
    assert "UNKNOWN_SORT_KEY" in warned.headers["X-Procession-Warnings"]


def test_statistics_are_there_when_asked_for(owner: Caller) -> None:
    tag = make(owner, "a")
    none = {"data": {"active_template": 0, "archived_template": 0, "active_process": 0, "archived_process": 0}}
    assert owner("GET", f"/O/tags/{tag['id']}?with=statistics").data["statistics"] == none
    assert owner("GET", "/O/tags?with=statistics").data[0]["statistics"] == none
    assert "statistics" not in owner("GET", "/O/tags").data[0]


def test_templates_are_counted(server: Running, owner: Caller) -> None:
    """spec 30 §16.1: what is archived counts apart."""
    used, unused = make(owner, "used"), make(owner, "unused")
    templates = [owner("POST", "/O/checklists", {"title": f"T{n}", "type": "procedure"}).data["id"] for n in range(3)]

    def attach(session: Session) -> None:
        unit = Unit(session, owner.organization, server.clock.now())
        for template in templates:
            tags.attach_tag(unit, Subject("template", template), used["id"])

    server.database.command_now(attach)
    assert owner("DELETE", f"/O/checklists/{templates[0]}").status == 200
    found = owner("GET", "/O/tags?with=statistics&sort=-active_template").data
    assert [tag["id"] for tag in found] == [used["id"], unused["id"]]
    counts = found[0]["statistics"]["data"]
    assert (counts["active_template"], counts["archived_template"], counts["active_process"]) == (2, 1, 0)
    assert owner("GET", "/O/tags?with=statistics&q=nothing").data == []


def test_members_read_and_administrators_write(team: Team) -> None:
    """spec 40 §15.2."""
    tag = make(team.owner, "a")
    path = f"/O/tags/{tag['id']}"
    for caller, reads, writes in ((team.standard, 200, 403), (team.light, 200, 403), (team.guest, 403, 403)):
        assert caller("GET", "/O/tags").status == reads
        assert caller("GET", path).status == reads
        assert caller("POST", "/O/tags", {}).status == writes
        assert caller("PUT", path, {"title": "b"}).status == writes
        assert caller("DELETE", path).status == writes
    assert team.stranger("GET", path).status == 404
    assert team.stranger("DELETE", path).status == 204
    assert team.owner("GET", path).data == tag
