"""A table field is filled from a spreadsheet (spec 20 §8.14)."""

import contextlib
import io
import zipfile
from typing import Any
from xml.sax.saxutils import escape

import pytest

from procession.notations.apart import cells_apart
from procession.notations.cells import read_cells
from procession.notations.model import SheetName, Unreadable
from tests.support.fixtures_server import Team
from tests.support.make import UNKNOWN, make_process, unchanged
from tests.support.server import Answer, Caller

TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    "</Types>"
)
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
LINKS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="r1" Type="{RELATIONS}/{{0}}" Target="{{1}}"/></Relationships>'
)
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEETS = '<sheets><sheet name="A" sheetId="1" r:id="r1"/></sheets>'
BOOK = f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}">{SHEETS}</workbook>'


def excel(*rows: list[Any], padding: int = 0) -> bytes:
    """An Excel file with one sheet. `padding`: bytes of nothing in it, which pack well."""
    lines = []
    for number, row in enumerate(rows, 1):
        cells = [
            f'<c r="{chr(65 + at)}{number}"><v>{cell}</v></c>'
            if isinstance(cell, (int, float))
            else f'<c r="{chr(65 + at)}{number}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>'
            for at, cell in enumerate(row)
            if cell != ""
        ]
        lines.append(f'<row r="{number}">{"".join(cells)}</row>')
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("[Content_Types].xml", TYPES)
        packed.writestr("_rels/.rels", LINKS.format("officeDocument", "xl/workbook.xml"))
        packed.writestr("xl/workbook.xml", BOOK)
        packed.writestr("xl/_rels/workbook.xml.rels", LINKS.format("worksheet", "worksheets/sheet1.xml"))
        data = f'<worksheet xmlns="{MAIN}"><sheetData>{"".join(lines)}{" " * padding}</sheetData></worksheet>'
        packed.writestr("xl/worksheets/sheet1.xml", data)
    return out.getvalue()


def given(by: Caller, path: str, data: bytes, name: str = "rows.xlsx", part: str = "name") -> Answer:
    return by("POST", path, form=({}, {part: (name, data, "application/octet-stream")}))


def test_rows_are_appended_20_8_14(team: Team) -> None:
    """`importTable`: the head is skipped, columns go by place, blanks stay, what is too wide is left out."""
    owner = team.owner
    process = make_process(owner)
    field = process.field("Items")
    path = f"/O/tasks/{process.tasks[0]}/captures/{field}/import"
    first = given(owner, path, excel(["Item", "Count"], ["Bolt", 3], ["", 2.5], ["Nut", "", "more"]))
    assert (first.status, first.data["id"], first.data["task_id"]) == (200, field, process.tasks[0])
    assert first.data["field_value"] == [["Bolt", "", "Nut"], ["3", "2.5", ""]]
    number = first.data["field_no"]
    csv = '\ufeffItem;Count\r\n=1+1;"a;b"\r\n;\r\nÄ;9\r\n\r\n'.encode()
    second = given(owner, path.replace(field, str(number)), csv, "rows.CSV", "file")
    rows = [["Bolt", "3"], ["", "2.5"], ["Nut", ""], ["=1+1", "a;b"], ["", ""], ["Ä", "9"]]
    assert second.data["table_rows"] == rows
    task = owner("GET", f"/O/tasks/{process.tasks[0]}").data
    assert task["taskdata"][field] == [list(column) for column in zip(*rows, strict=True)]
    assert given(owner, path, b"Item,Count\n", "head.csv").data["table_rows"] == rows
    assert owner("POST", path, {"rows": [["Item"], ["Nail", 4]]}).data["table_rows"][-1] == ["Nail", "4"]


def test_what_is_refused_changes_nothing_20_8_14(team: Team) -> None:
    owner = team.owner
    process = make_process(owner)
    base = f"/O/tasks/{process.tasks[0]}/captures"
    path = f"{base}/{process.field('Items')}/import"
    before = owner("GET", process.path())
    many = b"Item,Count\n" + b"x,1\n" * 501
    for data, name in ((many, "many.csv"), (b"", "empty.pdf"), (b"not a sheet", "bad.xlsx")):
        assert set(given(owner, path, data, name).errors) == {"name"}, name
    assert given(owner, path, b"Item\n" + b"x\n" * 500, "full.csv").status == 200
    assert set(given(owner, path, b"Item\nx", "one-more.csv").errors) == {"name"}
    owner("PUT", process.path(), {"taskdata": {process.field("Items"): None}})
    for body in ({}, {"rows": 3}, {"rows": [3]}, {"rows": [["A"], [{"x": 1}]]}):
        assert set(owner("POST", path, body).errors) == {"name"}
    rows = {"rows": [["A"], ["b"]]}
    text = owner("POST", f"{base}/{process.field('Company')}/import", rows)
    assert set(text.errors) == {"name"}
    assert owner("GET", process.path()).data["taskdata"] == before.data["taskdata"]
    for field in (UNKNOWN, "x", "0"):
        assert owner("POST", f"{base}/{field}/import", rows).status == 404
    for by, status in ((team.standard, 404), (team.guest, 404), (team.stranger, 404)):
        assert by("POST", path, rows).status == status
    owner("PUT", process.path(), {"owners": {"users": [team.light.user_id], "guests": [team.guest.email]}})
    for by in (team.light, team.guest):
        assert by("POST", path, rows).status == 200
    owner("POST", "/O/completed-tasks", {"task_id": process.tasks[0]})
    now = owner("GET", process.path())
    assert owner("POST", path, rows).body["code"] == "TASK_COMPLETED"
    assert unchanged(now, owner("GET", process.path()))


def test_what_is_no_spreadsheet() -> None:
    assert read_cells("xlsx", excel()) == []
    assert read_cells("csv", b"a\tb\n1\t2") == [["a", "b"], ["1", "2"]]
    good = excel(["A", 1e300, -0.5], ["b"])
    assert read_cells("xlsx", good)[1] == ["b", "", ""]
    whole: tuple[tuple[SheetName, bytes], ...] = (
        ("xlsx", b""), ("xlsx", b"PK\x03\x04"), ("xlsx", good[:200]), ("xlsx", good[:-60]), ("xls", good[:99]),
        ("xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600), ("csv", b'a\n"' + b"x" * 11_000_000),
    )  # fmt: skip
    for kind, data in whole:
        with pytest.raises(Unreadable):
            read_cells(kind, data)


def test_bombs_cost_nobody_but_their_reader() -> None:
    """What unpacks to far more than it is: by its own word refused, by a lie the end of the process that reads it."""
    honest = excel(["A"], ["b"], padding=105_000_000)
    assert len(honest) < 200_000
    with pytest.raises(Unreadable, match="unpacked"):
        cells_apart("xlsx", honest)
    lie = bytearray(excel(["A"], ["b"], padding=30_000_000))
    sheet = lie.rindex(b"xl/worksheets/sheet1.xml")
    lie[sheet - 22 : sheet - 18] = (1000).to_bytes(4, "little")  # the size in the table of contents
    with contextlib.suppress(Unreadable):
        assert cells_apart("xlsx", bytes(lie)) in ([["A"], ["b"]], [])
