"""Processes of documents: their text with the answers in it (spec 30 §3.1, §13), on both databases."""

import io
from uuid import uuid4

from docx import Document

from procession.engine.embeds import LOST_FIELD
from tests.support.fixtures_server import Team
from tests.support.make import UNKNOWN
from tests.support.server import Answer, Caller

FIELDS = (
    {"label": "Name", "field_type": "text", "required": True},
    {"label": "Terms", "field_type": "textarea", "required": False},
    {"label": "Begin", "field_type": "date", "required": False, "collect_time": False},
    {"label": "Unused", "field_type": "text", "required": False},
)


def embed(field_id: str) -> str:
    return f'<editor-form-field data-field-id="{field_id}" contenteditable="false"></editor-form-field>'


def template_of(owner: Caller, snippet: str) -> tuple[str, dict[str, str], str]:
    """A document: its id, the fields by label, the alias of the name."""
    body = {"title": "Contract", "type": "document", "prerun": FIELDS}
    made = owner("POST", "/O/checklists", body).data
    ids = {one["label"]: one["id"] for one in made["prerun"]}
    alias = next(one["alias"] for one in made["prerun"] if one["label"] == "Name")
    content = (
        f"<h1>Contract</h1><p>Between us and {embed(ids['Name'])}.</p><h2>Terms</h2>{embed(ids['Terms'])}"
        f"<h3>Begin of {{{{{alias}}}}}</h3><p>{embed(ids['Begin'])}|{embed(UNKNOWN)}</p>"
        f'<p>Signed {embed(ids["Name"])}</p><span data-snippet-id="{snippet}">[[S]]</span>'
    )
    assert owner("PUT", f"/O/checklists/{made['id']}", {"title": "Contract", "content": content}).status == 200
    return made["id"], ids, alias


def test_30_13_a_document_with_its_answers(team: Team) -> None:
    owner = team.owner
    snippet = owner("POST", "/O/text-templates", {"title": "S", "content": "<p>Us Ltd</p>"}).data["id"]
    template, ids, alias = template_of(owner, snippet)
    hostile = f"<b>Ann</b> {{{{{alias}}}}} {embed(ids['Unused'])}"
    answers = {ids["Name"]: hostile, ids["Terms"]: "<p>Pay <b>now</b><script>x</script></p>"}
    run = owner("POST", "/O/runs", {"checklist_id": template, "name": "Ann", "prerun": answers}).data
    assert (run["type"], run["status"]) == ("document", "complete"), "what is answered is done"
    path = f"/O/runs/{run['id']}"
    assert "document" not in owner("GET", path).data
    shown = owner("GET", f"{path}?with=document").data["document"]["data"]
    text = shown["content"]
    assert text.count("&lt;b&gt;Ann&lt;/b&gt;") == 3, "one value in every place, and never as markup"
    assert text.count(f"{{{{{alias}}}}}") == 3 and "<editor-form-field" not in text, "nor filled a second time"
    assert "Pay <b>now</b>" in text and "script" not in text
    assert f"<p>|{LOST_FIELD}</p>" in text, "nothing where nothing was answered"
    assert "Us Ltd" in text and "[[S]]" not in text
    assert [(one["level"], one["title"][:8]) for one in shown["contents"]] == [
        (1, "Contract"), (2, "Terms"), (3, "Begin of"),
    ]  # fmt: skip
    # It is edited by its answers; the template and its snippet move on without it.
    owner("PUT", f"/O/text-templates/{snippet}", {"content": "<p>Us plc</p>"})
    owner("PUT", f"/O/checklists/{template}", {"title": "Contract", "content": "<p>New</p>"})
    owner("PUT", path, {"prerun": {ids["Name"]: "Bea", ids["Begin"]: "2031-03-04"}})
    text = owner("GET", f"{path}?with=document").data["document"]["data"]["content"]
    assert text.count("Bea") == 3 and "2031" in text and "Us Ltd" in text and "plc" not in text
    listed = owner("GET", "/O/runs?with=document").data
    assert [one["document"]["data"]["content"] for one in listed] == [text]
    assert team.stranger("GET", f"/organizations/{owner.organization}/runs/{run['id']}?with=document").status == 403
    assert team.light("GET", f"{path}?with=document").status == 404


def test_30_13_a_document_as_a_file(team: Team) -> None:
    owner = team.owner
    snippet = owner("POST", "/O/text-templates", {"title": uuid4().hex[:20], "content": "<p>Us</p>"}).data["id"]
    template, ids, _ = template_of(owner, snippet)
    run = owner("POST", "/O/runs", {"checklist_id": template, "name": "Ann", "prerun": {ids["Name"]: "Ann Lee"}}).data
    path = f"/O/runs/{run['id']}/export"
    word = owner("GET", f"{path}?format=docx")
    assert (word.status, word.headers["content-disposition"].endswith('.docx"')) == (200, True)
    lines = [one.text for one in Document(io.BytesIO(word.raw)).paragraphs]
    assert lines[:3] == ["Ann", "Contract", "Between us and Ann Lee."]
    assert "Signed Ann Lee" in lines
    assert owner("POST", f"{path}?format=md", {}).raw.decode().count("Ann Lee") == 3
    assert team.standard("GET", f"{path}?format=docx").status == 404
    form = owner("POST", "/O/checklists", {"title": "F", "type": "form"}).data["id"]
    other = owner("POST", "/O/runs", {"checklist_id": form, "name": "x"}).data["id"]
    assert owner("GET", f"/O/runs/{other}?with=document").data["document"] == {"data": None}
    refused: Answer = owner("GET", f"/O/runs/{other}/export?format=docx")
    assert refused.errors == {"format": ["The selected format is invalid."]}
    blank = owner("GET", f"/O/checklists/{template}/export?format=md").raw.decode()
    assert "Between us and [Name]." in blank.replace("\\", "")
