"""What people outside read where a template shows snippets and other templates (spec 30 §14.5, §15, §18)."""

from tests.support.fixtures_server import Team
from tests.support.make import make_template


def snippet(team: Team, title: str, content: str, *, public: bool) -> str:
    body = {"title": title, "content": content, "is_public": public}
    made: str = team.owner("POST", "/O/text-templates", body).data["id"]
    return made


def shown(snippet_id: str) -> str:
    return f'<span class="insert-snippet-tag" data-snippet-id="{snippet_id}">[[S]]</span>'


def test_15_snippets_in_what_is_public_and_in_what_is_shared(team: Team) -> None:
    """Everybody reads those that are visible in public templates, guests all of them; members the mark, to edit it."""
    owner, guest, stranger = team.owner, team.guest, team.stranger
    inner = snippet(team, "Inner", "<p>inner secret</p>", public=False)
    open_ = snippet(team, "Open", f"<p>open to all</p>{shown(inner)}", public=True)
    secret = snippet(team, "Secret", "<p>for us alone</p>", public=False)
    other = make_template(owner, {}, title="Private plans").id
    block = f'<span class="insert-blueprint-tag" data-blueprint-id="{other}">[[Private plans]]</span>'
    text = f"<p>Read:</p>{shown(open_)}{shown(secret)}{block}"
    template = make_template(owner, {"title": "A", "summary": text}, title="Shown", guidance=text)
    title = f"Shown {owner.organization}"
    path = f"/O/checklists/{template.id}"
    assert (
        owner("PUT", path, {"title": title, "is_public": True, "kickoff_description": text, "summary": text}).status
        == 200
    )
    assert owner("POST", f"{path}/share", {"emails": [guest.email]}).status == 201

    read = stranger("GET", f"/public-library/checklists/{template.id}").data
    for said in (read["guidance"], read["kickoff_description"], read["steps"]["data"][0]["summary"]):
        assert "open to all" in said and "secret" not in said and "for us alone" not in said
        assert "Private plans" not in said and "[[" not in said
    (listed,) = stranger("GET", f"/public-library/checklists?q=Shown {owner.organization}").data
    assert listed["summary"] == "<p>Read:</p>"
    seen = guest("GET", f"{path}?with=steps").data
    for said in (seen["guidance"], seen["steps"]["data"][0]["summary"]):
        assert all(one in said for one in ("open to all", "inner secret", "for us alone")) and "[[S]]" not in said
    assert shown(open_) in owner("GET", path).data["guidance"], "sent back as read it stays a snippet"
    copied = stranger("POST", "/O/checklists/import", {"library_id": template.id}).data
    assert "data-snippet-id" not in copied["guidance"] and "for us alone" not in copied["guidance"]
