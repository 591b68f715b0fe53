"""Templates from and to Word documents (DOCX): read by the styles of headings, written with Word's own styles."""

import io
import zipfile
from collections.abc import Iterator
from html import escape

from docx import Document
from docx.document import Document as DocumentObject
from docx.opc.exceptions import OpcError
from docx.oxml.ns import qn
from docx.shared import Pt
from docx.table import Table
from docx.text.hyperlink import Hyperlink
from docx.text.paragraph import Paragraph as WordParagraph
from docx.text.run import Run as WordRun

from procession.notations.blocks import Block, Body, Comment, Heading, Item, Listing
from procession.notations.markdown import KICKOFF, MARK, read_blocks
from procession.notations.model import Note, Outline, Reading, Unreadable
from procession.notations.packed import packed
from procession.notations.sheet import RULES, Line, has_kickoff, sheet
from procession.notations.text import Run

UNPACKED = 64 * 1024 * 1024
"""Bytes of all parts of a document together."""
MOST_PARTS = 2000
_LISTS = {"item": "List Bullet", "number": "List Number"}


def write_word(outline: Outline) -> bytes:
    """The template as a DOCX document: the title, a heading for each step, lists of form fields."""
    document = Document()
    document.core_properties.title = outline.title[:255]
    document.core_properties.author = "Procession"
    marks = [MARK, *([KICKOFF] if has_kickoff(outline) else []), *([RULES] if outline.rules else [])]
    document.core_properties.keywords = ", ".join(marks)
    for line in sheet(outline, number=False):
        _put(document, line)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _put(document: DocumentObject, line: Line) -> None:
    kind, level = line.paragraph.kind, line.paragraph.level
    if line.style == "title":
        document.add_heading(_text(line.paragraph.text), level=1)
        return
    if line.style == "heading":
        document.add_heading(_text(line.paragraph.text), level=2)
        return
    if kind == "heading" or line.style == "part":
        document.add_heading(_text(line.paragraph.text), level=max(level, 3))
        return
    style = _LISTS.get(kind)
    shown = f"{style} {min(level + 1, 3)}" if style and level else style
    paragraph = document.add_paragraph(style=shown or ("Quote" if kind == "quote" else None))
    for run in line.paragraph.runs:
        _run(paragraph, run)


def _run(paragraph: WordParagraph, run: Run) -> None:
    made = paragraph.add_run(_text(run.text))
    made.bold = run.bold or None
    made.italic = run.italic or None
    if run.code:
        made.font.name = "Courier New"
        made.font.size = Pt(9)
    if run.link and run.link != run.text:
        paragraph.add_run(_text(f" ({run.link})"))


def _text(text: str) -> str:
    """Text without the characters that XML cannot hold."""
    return "".join(one for one in text if one in "\t\n" or (one >= " " and one not in "\ufffe\uffff"))


# -- reading ----------------------------------------------------------------------------------------------------------


def read_word(data: bytes, name: str) -> Reading:
    """The template that a document describes by its headings. Raises `Unreadable`."""
    _check(data)
    try:
        document = Document(io.BytesIO(data))
        blocks, pictures = _blocks(document)
    except (
        OpcError,
        KeyError,
        ValueError,
        zipfile.BadZipFile,
        SyntaxError,
        AttributeError,
        NotImplementedError,
    ) as error:
        raise Unreadable(f"The document is no Word document: {type(error).__name__}.") from None
    notes = [Note("picture", str(pictures), "document", "Pictures were left out.")] if pictures else []
    marks = [one.strip() for one in (document.core_properties.keywords or "").split(",")]
    return read_blocks(_marked(blocks, marks), document.core_properties.title or name, notes)


def _marked(blocks: list[Block], marks: list[str]) -> list[Block]:
    """A document that was written here as the Markdown that was would be read: with its comments, without its rules."""
    if MARK not in marks:
        return blocks
    places = [at for at, one in enumerate(blocks) if isinstance(one, Heading) and one.level == 2]
    if RULES in marks and places and blocks[places[-1]] == Heading(2, RULES):
        blocks = blocks[: places[-1]]
    if KICKOFF in marks and places:
        blocks = [*blocks[: places[0] + 1], Comment(KICKOFF), *blocks[places[0] + 1 :]]
    return [Comment(MARK), *blocks]


def _check(data: bytes) -> None:
    """Refuse what unpacks to more than any document; the sizes it declares bound what is unpacked."""
    found = packed(data)
    if found is None:
        raise Unreadable("The document is no Word document.")
    if found.parts > MOST_PARTS or found.size > UNPACKED:
        raise Unreadable("The document is too large when it is unpacked.")


def _blocks(document: DocumentObject) -> tuple[list[Block], int]:
    """Headings, lists, text in between, and how many pictures there were."""
    blocks: list[Block] = []
    listed: list[tuple[int, str, bool]] = []
    pictures = 0
    for one in document.iter_inner_content():
        if isinstance(one, Table):
            _flush(blocks, listed)
            _body(blocks, _table(one))
            continue
        pictures += len(one._p.findall(f".//{qn('w:drawing')}"))  # noqa: SLF001 - python-docx has no word for it
        html = _html(one)
        if not html:
            continue
        level, entry = _heading(one), _entry(one)
        if level is not None:
            _flush(blocks, listed)
            blocks.append(Heading(level, " ".join(one.text.split())))
        elif entry is not None:
            listed.append((entry[0], html, entry[1]))
        else:
            _flush(blocks, listed)
            _body(blocks, f"<p>{html}</p>")
    _flush(blocks, listed)
    return blocks, pictures


def _style(paragraph: WordParagraph) -> str:
    style = paragraph.style
    return (style.name or "").lower() if style is not None else ""


def _heading(paragraph: WordParagraph) -> int | None:
    """The level of a heading; 0 is the document's title."""
    name = _style(paragraph)
    if name == "title":
        return 0
    last = name.rpartition(" ")[2]
    return int(last) if name.startswith("heading ") and last in tuple("123456789") else None


def _entry(paragraph: WordParagraph) -> tuple[int, bool] | None:
    """How deep an entry of a list lies, and whether it is numbered; None for other paragraphs."""
    name = _style(paragraph)
    last = name.rpartition(" ")[2]
    by_style = int(last) - 1 if last in tuple("23456789") else 0
    if name.startswith(("list bullet", "list number")):
        return by_style, name.startswith("list number")
    numbering = paragraph._p.find(f"{qn('w:pPr')}/{qn('w:numPr')}")  # noqa: SLF001 - python-docx has no word for it
    if numbering is None:
        return None
    level = numbering.find(qn("w:ilvl"))
    depth = level.get(qn("w:val"), "0") if level is not None else "0"
    return min(int(depth), 8) if depth.isdecimal() else 0, False


def _html(paragraph: WordParagraph) -> str:
    parts = []
    for one in paragraph.iter_inner_content():
        if isinstance(one, Hyperlink):
            inner = "".join(_styled(run) for run in one.runs)
            parts.append(f'<a href="{escape(one.url)}">{inner}</a>' if one.url.startswith("http") else inner)
        else:
            parts.append(_styled(one))
    return "".join(parts).strip()


def _styled(run: WordRun) -> str:
    text = escape(run.text.replace("\0", ""), quote=False).replace("\n", "<br>")
    if not text.strip():
        return text
    text = f"<em>{text}</em>" if run.italic else text
    return f"<strong>{text}</strong>" if run.bold else text


def _table(table: Table) -> str:
    rows = []
    for row in table.rows:
        cells = "".join(f"<td>{escape(cell.text, quote=False).replace(chr(10), '<br>')}</td>" for cell in row.cells)
        rows.append(f"<tr>{cells}</tr>")
    return f"<table>{''.join(rows)}</table>" if rows else ""


def _body(blocks: list[Block], html: str) -> None:
    if not html:
        return
    if blocks and isinstance(blocks[-1], Body):
        blocks[-1] = Body(blocks[-1].html + html)
    else:
        blocks.append(Body(html))


def _flush(blocks: list[Block], listed: list[tuple[int, str, bool]]) -> None:
    """The entries that stand together become a list, deeper ones inside the one before them."""
    if listed:
        entries = iter([*listed, (-1, "", False)])
        items, _ = _items(entries, next(entries), 0)
        blocks.append(Listing(tuple(items), listed[0][2]))
        listed.clear()


def _items(
    entries: Iterator[tuple[int, str, bool]], entry: tuple[int, str, bool], depth: int
) -> tuple[list[Item], tuple[int, str, bool]]:
    items: list[Item] = []
    while entry[0] >= depth:
        html = entry[1]
        entry = next(entries)
        inner: list[Item] = []
        if entry[0] > depth:
            inner, entry = _items(entries, entry, depth + 1)
        items.append(Item(html, tuple(inner)))
    return items, entry
