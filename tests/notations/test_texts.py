"""Documents read by their headings, tables of other programs, files for people (spec 30 §3.11, 50 §23.4)."""

import io
import logging
import zipfile
from typing import Any

import pytest
from docx import Document

from procession.engine.model import LAUNCH, DeadlineRule, Field, Option, Step
from procession.notations import codecs
from procession.notations.apart import read_apart, write_apart
from procession.notations.model import LARGEST, Outline, OutlineStep, Reading, Unreadable
from procession.notations.text import Paragraph, Run, paragraphs
from tests.notations.outlines import ident

Shown = list[tuple[str, str | None, list[tuple[str, list[str]]]]]


def shown(reading: Reading) -> Shown:
    """Title, summary and checklists of every step."""
    return [
        (one.step.title, one.step.summary, [(f.label, [o.text for o in f.options]) for f in one.step.fields])
        for one in reading.outline.steps
    ]


HEADINGS: dict[str, tuple[str, str, Shown]] = {
    "title, steps, checklists": (
        "# Plan\n\nWhy.\n\n## Buy\n\nCheap.\n\nTo take along:\n\n- [ ] Milk\n- [x] Bread\n\n## Cook\n\n1. Wash\n2. Cut",
        "Plan",
        [
            ("Buy", "<p>Cheap.</p>", [("To take along", ["Milk", "Bread"])]),
            ("Cook", None, [("Checklist", ["Wash", "Cut"])]),
        ],
    ),
    "lists are the steps": (
        "# Plan\n\n- Buy\n  - Milk\n- **Cook** it\n",
        "Plan",
        [("Buy", None, [("Checklist", ["Milk"])]), ("Cook it", None, [])],
    ),
    "one level": ("# Buy\n\nx\n\n# Cook\n\n# Eat\n", "Buy", [("Cook", None, []), ("Eat", None, [])]),
    "deeper headings stay text": (
        "# P\n\n## A\n\n### Why\n\nSo.\n", "P", [("A", "<h3>Why</h3><p>So.</p>", [])],
    ),
    "no heading": ("Just text.\n", "file", []),
    "title below nothing": ("## A\n\n## B\n", "file", [("A", None, []), ("B", None, [])]),
}  # fmt: skip


@pytest.mark.parametrize("name", HEADINGS)
def test_23_4_by_headings(name: str) -> None:
    text, title, steps = HEADINGS[name]
    reading = codecs.read("md", text.encode(), "file")
    assert reading.outline.title == title
    assert shown(reading) == steps


def test_23_4_stages() -> None:
    outline = codecs.read("md", b"# T\n\n# One\n\n## A\n\n# Two\n\n## B\n\n# Empty\n", "").outline
    assert [one.title for one in outline.stages] == ["One", "Two"]
    titles = {one.id: one.title for one in outline.stages}
    assert [titles[one.step.stage_id or ""] for one in outline.steps] == ["One", "Two"]


def test_23_4_web_pages() -> None:
    page = (
        "<html><head><title>x</title><style>h2{}</style></head><body><nav><ul><li>Home</li></ul></nav>"
        "<h1>T &amp; U</h1>"
        "<h2>A</h2><p onclick='x()'>Text <b>bold<script>alert(1)</script></p><ul><li>one<li>two<ul><li>three</ul></ul>"
        "<table><tr><td>c</td></tr></table></body>"
    )
    reading = codecs.read("html", page.encode(), "")
    assert reading.outline.title == "T & U"
    title, summary, lists = shown(reading)[0]
    assert (title, lists) == ("A", [("Checklist", ["one", "two", "three"])])
    assert summary is not None and "script" not in summary and "onclick" not in summary and "<td>c</td>" in summary


def test_23_4_word_documents() -> None:
    document = Document()
    document.add_heading("Plan", level=0)
    document.add_paragraph("Why.")
    document.add_heading("Before", level=1)
    document.add_heading("Buy", level=2)
    document.add_paragraph("Milk", style="List Bullet")
    document.add_paragraph("fresh", style="List Bullet 2")
    run = document.add_paragraph("All ").add_run("good")
    run.bold = True
    table = document.add_table(rows=1, cols=2)
    table.rows[0].cells[0].text = "<x>"
    out = io.BytesIO()
    document.save(out)
    outline = codecs.read("docx", out.getvalue(), "").outline
    assert (outline.title, outline.summary, [one.title for one in outline.stages]) == (
        "Plan",
        "<p>Why.</p>",
        ["Before"],
    )
    title, summary, lists = shown(Reading(outline))[0]
    assert (title, lists) == ("Buy", [("Checklist", ["Milk", "fresh"])])
    assert summary == "<p>All <strong>good</strong></p><table><tr><td>&lt;x&gt;</td><td></td></tr></table>"


TABLES: dict[str, tuple[bytes, list[tuple[str, str]]]] = {
    "names": (b"Task Name;Type;Due in days\r\nBuy;Approval;2\r\nCook;;\r\n", [("Buy", "approval"), ("Cook", "task")]),
    "no names": (b"Buy\nCook\n", [("Buy", "task"), ("Cook", "task")]),
    "tabs": (b"position\ttitle\n2\tB\n1\tA\n", [("A", "task"), ("B", "task")]),
    "utf-16": ("title,type\nÄ,expiring\n".encode("utf-16"), [("Ä", "expiring")]),
    "western": ("title\nÄ\n".encode("cp1252"), [("Ä", "task")]),
    "unknown type": (b"title,type\nA,strange\n", [("A", "task")]),
    "marked cells": (b"title\n'=1+1\n''-x\n'quoted\n", [("=1+1", "task"), ("'-x", "task"), ("'quoted", "task")]),
}


@pytest.mark.parametrize("name", TABLES)
def test_3_11_tables_of_other_programs(name: str) -> None:
    data, steps = TABLES[name]
    outline = codecs.read("csv", data, "Mine").outline
    assert [(one.step.title, one.step.kind) for one in outline.steps] == steps
    assert outline.title == "Mine"


def test_3_11_deadlines_and_people_of_a_table() -> None:
    data = (
        b"title,deadline_value,deadline_unit,deadline_option,deadline_step,assignees,groups,fields\n"
        b'A,2,,,,"ann@x.io; bo@x.io",Legal; Sales,"Sum [text*]\nPlain\nSize [radio] S | M \\| L"\n'
        b"B,1,week,before,A,,,\nC,soon,,,,,,\n"
    )
    reading = codecs.read("csv", data, "")
    first, second, third = reading.outline.steps
    assert first.step.deadline == DeadlineRule(2, "days", "from", LAUNCH)
    assert second.step.deadline == DeadlineRule(1, "weeks", "prior_to", first.step.id)
    assert third.step.deadline is None
    assert [one.type for one in reading.notes] == ["deadline"]
    assert (first.members, first.groups) == (("ann@x.io", "bo@x.io"), ("Legal", "Sales"))
    assert [(one.label, one.kind, one.required, [o.text for o in one.options]) for one in first.step.fields] == [
        ("Sum", "text", True, []), ("Plain", "text", False, []), ("Size", "radio", False, ["S", "M | L"]),
    ]  # fmt: skip


def test_14_formatted_text_is_taken_apart() -> None:
    html = "<h2>T</h2><p>a <b>b</b><br>c</p><ul><li>x<ol><li>y</li></ol></li></ul><pre>p\n q</pre><a href='https://e'>l</a>"
    assert paragraphs(html) == [
        Paragraph("heading", (Run("T"),), 2),
        Paragraph("text", (Run("a "), Run("b", bold=True), Run("\nc"))),
        Paragraph("item", (Run("x"),)),
        Paragraph("number", (Run("y"),), 1),
        Paragraph("code", (Run("p\n q", code=True),)),
        Paragraph("text", (Run("l", link="https://e"),)),
    ]


def test_3_11_pdf_embeds_letters_of_many_scripts(caplog: pytest.LogCaptureFixture) -> None:
    texts = ("Überprüfung", "Проверка", "Έλεγχος", "审批", "承認フロー", "승인", "موافقة", "אישור")
    field = Field(id=ident(9), label="承認", kind="radio", alias="", options=(Option(id=1, text="はい"),))
    steps = tuple(
        OutlineStep(step=Step(id=ident(n), title=text, alias="", position=n, summary=f"<p>{text}</p>", fields=(field,)))
        for n, text in enumerate(texts, 1)
    )
    with caplog.at_level(logging.WARNING, logger="fpdf"):
        data = codecs.write("pdf", Outline(title="多語", steps=steps))
    assert data.startswith(b"%PDF-") and data.count(b"/FontFile2") == 3
    assert [one for one in caplog.records if "missing" in one.getMessage()] == []


def _zip(content: bytes, **more: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", content)
        for name, data in more.items():
            archive.writestr(name, data)
    return out.getvalue()


def _word(body: bytes) -> bytes:
    """A Word document with this inside its body."""
    kind = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    types = b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override '
    types += b'PartName="/word/document.xml" ContentType="' + kind + b'"/></Types>'
    office = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
    links = b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship '
    links += b'Id="r1" Type="' + office + b'" Target="word/document.xml"/></Relationships>'
    name = b"http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    text = b'<w:document xmlns:w="' + name + b'"><w:body>' + body + b"</w:body></w:document>"
    return _zip(types, **{"_rels/.rels": links, "word/document.xml": text})


LAUGHS = (
    b'<!DOCTYPE l [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%b">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b"]><l>&j;</l>"
)
"""A milliard of laughs: each entity is ten of the one before."""

MODEL = b"http://www.omg.org/spec/BPMN/20100524/MODEL"


def _diagram(inner: bytes) -> bytes:
    return b'<b:definitions xmlns:b="' + MODEL + b'"><b:process id="p">' + inner + b"</b:process></b:definitions>"


HOSTILE: dict[str, tuple[Any, bytes]] = {
    "deep html": ("html", b"<div>" * 100_000),
    "deep lists": ("html", b"<ul><li>" * 50_000),
    "deep quotes": ("md", b"> " * 20_000),
    "no zip": ("docx", b"PK\x03\x04rubbish"),
    "empty zip": ("docx", _zip(b"<a/>")),
    "broken entities": ("docx", _zip(b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')),
    "bomb": ("docx", _zip(b"a" * 70_000_000)),
    "bomb of many parts": ("docx", _zip(b"<a/>", **{f"p{n}": b"a" * 40_000 for n in range(1_990)})),
    "too many parts": ("docx", _zip(b"<a/>", **{f"p{n}": b"" for n in range(2_001)})),
    "paths that climb": ("docx", _zip(b"<a/>", **{"../../etc/passwd": b"x"})),
    "laughs in Word": ("docx", _zip(LAUGHS)),
    "deep Word": ("docx", _word(b"<w:p>" * 20_000 + b"</w:p>" * 20_000)),
    "deep tables": ("docx", _word(b"<w:tbl><w:tr><w:tc>" * 3_000 + b"</w:tc></w:tr></w:tbl>" * 3_000)),
    "laughs": ("bpmn", LAUGHS),
    "a file of the server": ("bpmn", b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'),
    "an outer document type": ("bpmn", b'<!DOCTYPE a SYSTEM "http://evil.example/a.dtd"><a/>'),
    "deep diagram": ("bpmn", _diagram(b"<b:extensionElements>" * 50_000)),
    "deep diagram that ends": ("bpmn", _diagram(b"<b:subProcess>" * 5_000 + b"</b:subProcess>" * 5_000)),
    "many flows": ("bpmn", _diagram(b'<b:task id="t"/><b:sequenceFlow sourceRef="t" targetRef="t"/>' * 20_000)),
    "many nodes": ("bpmn", _diagram(b"".join(b'<b:exclusiveGateway id="g%d"/>' % n for n in range(6_000)))),
    "wide": ("csv", b"title" + b",a" * 500_000 + b"\n" + b"x" * 1000),
    "one endless cell": ("csv", b'title\n"' + b"x" * 2_000_000),
    "many lines": ("csv", b"title\n" + b"\n" * 500_000),
    "laughs in a page": ("html", b"<!DOCTYPE html " + LAUGHS[12:]),
    "huge": ("md", b"x" * (LARGEST + 1)),
    "quotes": ("csv", b'"' * 100_001),
    "nothing": ("csv", b""),
    "nul": ("csv", b"\x00" * 100),
    "many": ("md", b"# T\n" + b"## a\n" * 501),
}


READ = {"deep html", "deep lists", "deep quotes", "wide", "laughs in a page", "quotes"}
"""Those in which there is something to be read."""


@pytest.mark.parametrize("name", HOSTILE)
def test_23_hostile_documents_are_read_or_refused(name: str) -> None:
    """No other end: nothing but `Unreadable` comes out of a codec."""
    kind, data = HOSTILE[name]
    if name in READ:
        assert len(codecs.read(kind, data, "x").outline.steps) <= 1
    else:
        with pytest.raises(Unreadable):
            codecs.read(kind, data, "x")


def test_23_a_document_that_takes_for_ever_costs_its_own_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("procession.notations.apart.SECONDS", 4)
    with pytest.raises(Unreadable, match="too complicated"):
        read_apart("md", b"[" * 400_000, "x")


def test_23_apart_is_the_same() -> None:
    outline = Outline(title="T", steps=(OutlineStep(step=Step(id=ident(1), title="A", alias="", position=1)),))
    assert read_apart("bpmn", write_apart("bpmn", outline), "").outline == outline
    with pytest.raises(Unreadable, match="no definitions"):
        read_apart("bpmn", b"<a/>", "")
