"""Snippets: the resource, live in templates, frozen in processes, in the slots of the pages (spec 30 §15, 41 §6.1)."""

from typing import Any

import pytest

from tests.support.fixtures_server import Team
from tests.support.make import UNKNOWN, events_of, launch, make_oneoff, make_template
from tests.support.server import Caller, Running

SNIPPETS = "/O/text-templates"


def make_snippet(by: Caller, content: str, title: str = "Address") -> str:
    made: str = by("POST", SNIPPETS, {"title": title, "content": content}).data["id"]
    return made


def mark(snippet_id: str) -> str:
    css = 'class="insert-snippet-tag fr-deletable" contenteditable="false"'
    return f'<span {css} data-snippet-id="{snippet_id}">[[Address]]</span>'


def test_30_15_a_snippet_is_kept_changed_and_deleted(server: Running, owner: Caller) -> None:
    sent = {"title": "<b>Address</b>", "content": '<p onclick="x()">1 Road<script>x</script></p>', "is_public": "1"}
    made = owner("POST", SNIPPETS, sent)
    assert made.status == 201
    assert (made.data["title"], made.data["content"], made.data["is_public"]) == ("Address", "<p>1 Road</p>", True)
    assert made.data["visible_to_guests"] is True
    assert made.data["created_by"] == owner.user_id
    for base in (SNIPPETS, "/O/snippets"):
        assert owner("GET", f"{base}/{made.data['id']}").data == made.data
    path = f"{SNIPPETS}/{made.data['id']}"
    assert owner("PUT", path, {"title": "Address"}).headers["etag"] == made.headers["etag"]
    assert owner("PUT", path, {"content": ""}).data["content"] == ""
    assert owner("PUT", path, {"title": "x"}, headers={"if-match": '"1"'}).status == 412
    found = owner("POST", f"{SNIPPETS}/exists", {"ids": [made.data["id"], UNKNOWN, "x"]}).data
    assert found == {"existing": [made.data["id"]], "missing": [UNKNOWN, "x"]}
    assert events_of(server, owner, made.data["id"])[0][0] == "snippet.created"
    assert owner("DELETE", path).status == 204
    assert owner("GET", path).status == 404


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "title"),
        ({"title": " "}, "title"),
        ({"title": "x" * 251}, "title"),
        ({"title": "x", "content": "x" * 60_001}, "content"),
        ({"title": "x", "content": 3}, "content"),
        ({"title": "x", "is_public": "perhaps"}, "is_public"),
    ],
)
def test_30_15_what_is_refused(owner: Caller, body: dict[str, Any], path: str) -> None:
    assert list(owner("POST", SNIPPETS, body).errors) == [path]
    assert owner("POST", SNIPPETS, {"title": "x" * 250, "content": "x" * 60_000}).status == 201
    assert list(owner("POST", f"{SNIPPETS}/exists", {"ids": ["x"] * 501}).errors) == ["ids"]


def test_30_15_the_list_and_who_may(team: Team) -> None:
    for title in ("beta", "Alpha", "Gamma"):
        make_snippet(team.owner, "x", title)
    for caller in (team.owner, team.standard, team.light):
        assert [one["title"] for one in caller("GET", f"{SNIPPETS}?sort=-title").data] == ["Gamma", "beta", "Alpha"]
    assert [one["title"] for one in team.standard("GET", "/O/snippets?title=ALP").data] == ["Alpha"]
    assert team.guest("GET", SNIPPETS).status == 403
    for caller in (team.standard, team.light, team.guest):
        assert caller("POST", SNIPPETS, {"title": "No"}).status == 403
    assert team.stranger("GET", SNIPPETS).data == []


def test_30_15_processes_show_the_text_of_their_launch(server: Running, team: Team) -> None:
    owner = team.owner
    kickoff = [{"label": "Client", "field_type": "text"}]
    template = make_template(owner, {"title": "A"}, {"title": "B", "summary": "plain"}, kickoff=kickoff)
    alias = owner("GET", f"/O/checklists/{template.id}").data["prerun"][0]["alias"]
    inner = make_snippet(owner, "<em>inner</em>", "Inner")
    outer = make_snippet(owner, f"Dear {{{{{alias}}}}} {mark(inner)}", "Outer")
    step = f"/O/checklists/{template.id}/steps/{template.steps[0]}"
    raw = owner("PUT", step, {"title": "A", "summary": f"<p>{mark(outer)}!</p>"}).data["summary"]
    assert outer in raw
    answer = {template.kickoff["Client"]: f"<b>{mark(inner)}"}
    process = launch(owner, template, prerun=answer)
    escaped = owner("GET", process.path()).data["summary"]
    assert "<em>inner</em>" in escaped
    assert "&lt;b&gt;" in escaped
    assert escaped.count("inner</em>") == 1  # an answer is no place for snippets
    assert owner("GET", process.path()).data["original_summary"] == raw
    owner("PUT", f"{SNIPPETS}/{inner}", {"content": "<em>edited</em>"})
    assert owner("GET", process.path()).data["summary"] == escaped
    later = launch(owner, template)
    assert owner("GET", later.path()).data["summary"] == "<p>Dear <em>edited</em>!</p>"
    owner("DELETE", f"{SNIPPETS}/{outer}")
    assert owner("GET", step).data["summary"] == "<p>!</p>"
    assert owner("GET", process.path()).data["summary"] == escaped
    rows = owner("GET", f"/O/runs/{later.id}/tasks?with=summary").data
    assert [one["summary"] for one in rows] == ["<p>Dear <em>edited</em>!</p>", "plain"]
    fresh = owner("GET", launch(owner, template).path()).data
    assert fresh["summary"] == "<p>!</p>"


def test_30_15_texts_of_single_tasks_and_of_templates(owner: Caller) -> None:
    one, two = make_snippet(owner, "one"), make_snippet(owner, "two")
    task = make_oneoff(owner, summary=f"<p>{mark(one)}</p>")
    assert owner("GET", task).data["summary"] == "<p>one</p>"
    assert owner("PUT", task, {"summary": f"<p>{mark(one)}{mark(two)}</p>"}).data["summary"] == "<p>onetwo</p>"
    owner("PUT", f"{SNIPPETS}/{two}", {"content": f"two{mark(one)}"})
    template = make_template(owner, {"title": "A"}, guidance=f"<p>{mark(one)}</p>")
    owner("DELETE", f"{SNIPPETS}/{one}")
    assert owner("GET", f"/O/checklists/{template.id}").data["guidance"] == "<p></p>"
    assert owner("GET", f"{SNIPPETS}/{two}").data["content"] == "two"


def test_41_6_1_the_slots_of_the_pages(team: Team) -> None:
    owner = team.owner
    inner = make_snippet(owner, "<em>in</em>")
    ids = {name: make_snippet(owner, f"<p>{name} {mark(inner)}</p>") for name in ("home", "guest", "light")}
    slots = {
        "homepage_snippet": ids["home"], "guest_onboarding_snippet": ids["guest"],
        "light_role_error_snippet": ids["light"], "onboarding_snippet": None,
    }  # fmt: skip
    assert owner("PUT", "/O", slots).data["homepage_snippet"] == ids["home"]
    for wrong in (UNKNOWN, "x", 3):
        assert list(owner("PUT", "/O", {"homepage_snippet": wrong}).errors) == ["homepage_snippet"]
    shown = team.light("GET", "/O/page-snippets").data
    assert shown["homepage"] == {"id": ids["home"], "html": "<p>home <em>in</em></p>"}
    assert shown["onboarding"] is None
    guests = {"id": ids["guest"], "html": "<p>guest <em>in</em></p>"}
    assert team.guest("GET", "/O/page-snippets").data == {"guest_onboarding": guests}
    refused = team.light("POST", "/O/checklists", {"title": "No", "type": "procedure"})
    assert (refused.status, refused.body["details"]["snippet"]) == (403, "<p>light <em>in</em></p>")
    for one in ids.values():
        owner("DELETE", f"{SNIPPETS}/{one}")
    after = owner("GET", "/O").data
    assert [after[name] for name in slots] == [None] * 4
    assert team.light("POST", "/O/checklists", {"title": "No", "type": "procedure"}).body["details"]["snippet"] is None
