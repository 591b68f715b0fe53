"""Templates as files of other notations, over HTTP: out, in, refused (spec 30 §3.11, §20; 50 §23)."""

import io
import zipfile
from typing import Any
from uuid import uuid4

import pytest

from tests.support.fixtures_server import Team
from tests.support.make import UNKNOWN, make_template
from tests.support.server import Caller, Running

TYPES = {
    "bpmn": "application/xml",
    "csv": "text/csv",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "md": "text/markdown",
    "pdf": "application/pdf",
}
HEADS = {"bpmn": b"<?xml", "csv": b"\xef\xbb\xbfposition,", "docx": b"PK\x03\x04", "md": b"<!--", "pdf": b"%PDF-"}
FIELD = {"label": "Région 東", "field_type": "radio", "required": True, "options": ["North", "South"]}
STEPS = ({"title": "=Check Ω", "captures": [FIELD]}, {"title": "Pay", "step_type": "approval"})
MARKDOWN = b"# Plan\n\nWhat for.\n\n## Buy\n\nCheap.\n\n- Milk\n- Bread\n\n## Cook\n"


def upload(by: Caller, data: bytes, name: str, query: str = "", **fields: str) -> Any:
    """The document as a form with a file."""
    mark = uuid4().hex
    parts = [
        f'--{mark}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode() for k, v in fields.items()
    ]
    head = f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
    raw = b"".join((*parts, head, data, f"\r\n--{mark}--\r\n".encode()))
    headers = {"Content-Type": f"multipart/form-data; boundary={mark}"}
    return by("POST", f"/O/checklists/import{query}", raw=raw, headers=headers)


def send(by: Caller, data: bytes, query: str, kind: str = "application/octet-stream") -> Any:
    """The document as the body."""
    return by("POST", f"/O/checklists/import{query}", raw=data, headers={"Content-Type": kind})


def titles(by: Caller, template_id: str) -> list[str]:
    return [one["title"] for one in by("GET", f"/O/checklists/{template_id}?with=steps").data["steps"]["data"]]


def test_3_11_every_format_goes_out_and_what_can_comes_in(owner: Caller) -> None:
    template = make_template(owner, *STEPS)
    for kind, expected in TYPES.items():
        answer = owner("GET", f"/O/checklists/{template.id}/export?format={kind}")
        assert answer.status == 200
        assert answer.headers["content-type"].startswith(expected)
        assert answer.headers["content-disposition"].startswith("attachment; filename=")
        assert answer.headers["content-disposition"].endswith(f'.{kind}"')
        assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert answer.raw.startswith(HEADS[kind])
        if kind == "pdf":
            continue
        made = upload(owner, answer.raw, f"x.{kind}")
        assert (made.status, made.body["import_report"]["steps"]) == (201, 2)
        assert titles(owner, made.data["id"]) == ["=Check Ω", "Pay"]
        step = owner("GET", f"/O/checklists/{made.data['id']}/steps").data[0]
        assert [one["label"] for one in step["captures"]] == ["Région 東"]
        assert [one["text"] for one in step["captures"][0]["options"]] == ["North", "South"]


def test_3_11_csv_cells_are_no_formulas(owner: Caller) -> None:
    template = make_template(owner, *STEPS)
    text = owner("GET", f"/O/checklists/{template.id}/export?format=csv").raw.decode("utf-8-sig")
    assert "\r\n1,'=Check Ω," in text


@pytest.mark.parametrize(
    ("query", "kind"),
    [("?format=md", "application/octet-stream"), ("?format=markdown", "application/json"), ("", "text/markdown")],
)
def test_3_11_the_body_may_be_the_document(owner: Caller, query: str, kind: str) -> None:
    made = send(owner, MARKDOWN, query, kind)
    assert made.status == 201
    assert made.data["title"] == "Plan"
    assert titles(owner, made.data["id"]) == ["Buy", "Cook"]


def test_3_11_a_dry_run_writes_nothing(owner: Caller) -> None:
    for answer in (
        send(owner, MARKDOWN, "?format=md&dry_run=true"),
        upload(owner, MARKDOWN, "plan.md", dry_run="true"),
        upload(owner, MARKDOWN, "plan.bin", "?dry_run=1", format="md"),
    ):
        assert answer.status == 200
        report = answer.body["import_report"]
        assert (report["steps"], report["fields"], report["dropped"]) == (2, 1, [])
    assert owner("GET", "/O/checklists").data == []


def test_3_11_what_could_not_be_carried_is_told(owner: Caller) -> None:
    made = send(owner, b"title,assignees,mystery\nBuy,nobody@nowhere.example,1\n", "?format=csv&title=Mine")
    assert (made.status, made.data["title"]) == (201, "Mine")
    dropped = {(one["type"], one["ref"]) for one in made.body["import_report"]["dropped"]}
    assert dropped == {("column", "mystery"), ("user", "1")}


def test_20_a_diagram_becomes_a_template_with_rules(owner: Caller) -> None:
    """And leaves again with the same rules."""
    ways = (("S", "A"), ("A", "G"), ("G", "B"), ("G", "C"))
    nodes = [("startEvent", "S"), ("userTask", "A"), ("exclusiveGateway", "G"), ("task", "B"), ("task", "C")]
    inner = "".join(f'<b:{tag} id="{name}" name="{name}"/>' for tag, name in nodes)
    inner += "".join(f'<b:sequenceFlow id="{a}{z}" name="{z}" sourceRef="{a}" targetRef="{z}"/>' for a, z in ways)
    name = "http://www.omg.org/spec/BPMN/20100524/MODEL"
    text = f'<b:definitions xmlns:b="{name}"><b:process id="p" name="P">{inner}</b:process></b:definitions>'
    made = send(owner, text.encode(), "", "application/xml")
    assert made.body["import_report"] == {"steps": 3, "fields": 1, "rules": 2, "dropped": []}
    path = f"/O/checklists/{made.data['id']}"
    said = [one["conditions"][0]["statement"] for one in owner("GET", path).data["automated_actions"]]
    assert said == ["B", "C"]
    again = send(owner, owner("GET", f"{path}/export?format=bpmn").raw, "?format=bpmn")
    assert again.body["import_report"] == made.body["import_report"]


def _bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b"a" * 70_000_000)
    return out.getvalue()


LAUGHS = b'<!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><definitions>&b;</definitions>'
BAD = {
    "entities": ("bpmn", LAUGHS),
    "bomb": ("docx", _bomb()),
    "501 steps": ("csv", b"title\n" + b"a\n" * 501),
}


@pytest.mark.parametrize("name", BAD)
def test_3_11_hostile_documents_are_refused_and_nothing_is_written(owner: Caller, name: str) -> None:
    kind, data = BAD[name]
    answer = send(owner, data, f"?format={kind}")
    assert answer.status == 422
    assert list(answer.body["errors"]) == ["file"]
    assert owner("GET", "/O/checklists").data == []


def test_3_11_limits_and_forms(owner: Caller) -> None:
    assert upload(owner, b"x" * 10_500_000, "x.md").status == 413
    assert send(owner, MARKDOWN, "?format=odt").status == 415
    assert upload(owner, MARKDOWN, "x.odt", format="odt").status == 422
    assert upload(owner, MARKDOWN, "x.pdf", format="pdf").status == 422
    mark = {"Content-Type": "multipart/form-data; boundary=x"}
    assert owner("POST", "/O/checklists/import", raw=b"--x--\r\n", headers=mark).status in (400, 422)
    assert owner("POST", "/O/checklists/import", raw=b"rubbish", headers=mark).status == 400
    step = "# T\n\n## " + "a" * 601 + "\n"
    assert send(owner, step.encode(), "?format=md").body["import_report"]["dropped"][0]["type"] == "title"
    assert len(owner("GET", "/O/checklists").data) == 1


def test_3_11_who_may(server: Running, team: Team) -> None:
    template = make_template(team.owner, {"title": "A"})
    path = f"/O/checklists/{template.id}/export?format=csv"
    expected = {"standard": 404, "light": 404, "guest": 404, "stranger": 404}
    for name, status in expected.items():
        assert getattr(team, name)("GET", path).status in (status, 403), name
    team.owner("PUT", f"/O/checklists/{template.id}/permissions", {"checklist_read": {"everyone": True}})
    assert team.standard("GET", path).status == 403
    team.owner("PUT", f"/O/checklists/{template.id}/permissions", {"checklist_duplicate": {"everyone": True}})
    assert team.standard("GET", path).status == 200
    assert team.owner("GET", f"/O/checklists/{UNKNOWN}/export?format=csv").status == 404
    assert team.owner("GET", f"/O/checklists/{template.id}/export?format=exe").status == 422
    assert send(team.standard, MARKDOWN, "?format=md").status == 201
    for one in (team.light, team.guest):
        assert send(one, MARKDOWN, "?format=md").status == 403
        assert send(one, LAUGHS, "?format=bpmn").status == 403


def test_18_the_public_library(server: Running, team: Team) -> None:
    """Read by anybody, copied by whoever may create; nothing of the organization comes along."""
    field = {"label": "Who", "field_type": "text"}
    steps = ({"title": "A", "summary": "<p>How</p>", "webhook": "https://x.example/h", "captures": [field]},)
    template = make_template(team.owner, *steps)
    title = f"Public {uuid4().hex}"
    team.owner("PUT", f"/O/checklists/{template.id}", {"title": title, "is_public": True})
    anybody = server.anonymous if hasattr(server, "anonymous") else team.stranger
    found = anybody("GET", f"/public-library/checklists?q={title[:20].lower()}")
    assert [one["id"] for one in found.data] == [template.id]
    shown = anybody("GET", f"/public-library/checklists/{template.id}").data
    assert shown["steps"] == {"data": [{"title": "A", "summary": "<p>How</p>", "position": 1}]}
    assert "webhook" not in str(shown)
    copied = team.stranger("POST", "/O/checklists/import", {"library_id": template.id})
    assert copied.status == 201
    step = team.stranger("GET", f"/O/checklists/{copied.data['id']}?with=steps").data["steps"]["data"][0]
    assert (step["title"], step["webhook"], step["assignees"]) == ("A", None, [])
    assert [one["label"] for one in step["captures"]] == ["Who"]
    assert team.light("POST", "/O/checklists/import", {"library_id": template.id}).status == 403
    team.owner("PUT", f"/O/checklists/{template.id}", {"title": title, "is_public": False})
    assert anybody("GET", f"/public-library/checklists/{template.id}").status == 404
    assert team.stranger("POST", "/O/checklists/import", {"library_id": template.id}).status == 404
    assert team.stranger("POST", "/O/checklists/import", {"library_id": "no-such"}).status == 404


def test_18_the_library_is_filtered_and_paged(owner: Caller) -> None:
    first = owner("GET", "/public-library/checklists?per_page=5").body
    assert first["meta"]["pagination"]["total"] >= 17
    assert len(first["data"]) == 5 and first["data"][0]["is_featured"]
    finance = owner("GET", "/public-library/checklists?topic=finance&per_page=100").data
    assert {one["alias"] for one in finance} == {
        "purchase-approval", "invoice-approval", "monthly-close", "expense-report",
    }  # fmt: skip
    by_id = owner("GET", f"/public-library/checklists?topic={finance[0]['topic_tags'][0]['id']}&per_page=100").data
    assert finance[0] in by_id
    assert all(one["is_featured"] for one in owner("GET", "/public-library/checklists?featured=1&per_page=100").data)
    onboarding = owner("GET", "/public-library/checklists/employee-onboarding").data
    assert onboarding["title"] == "Employee onboarding" and len(onboarding["steps"]["data"]) > 8
    assert owner("GET", "/public-library/checklists/nothing").status == 404
