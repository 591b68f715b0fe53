"""Templates as PDF: A4 pages with numbered feet, fonts embedded, any script those fonts have (spec 30 §3.11)."""

from pathlib import Path

from fpdf import FPDF

from procession.notations.model import Outline
from procession.notations.sheet import Line, sheet
from procession.notations.text import Run

FONTS = Path(__file__).parent / "fonts"
_SIZES = {"title": 20.0, "heading": 13.0, "part": 10.0, "detail": 9.5, "text": 10.0, "field": 10.0, "option": 10.0}
_BULLETS = {"item": "• ", "number": "\u2013 "}
_EDGE, _INDENT = 20.0, 6.0
"""Millimetres: of the margins, and of a level of a list."""


class _Paper(FPDF):
    def footer(self) -> None:
        self.set_y(-15)
        self.set_font("body", size=8)
        self.set_text_color(110)
        self.cell(0, 8, f"{self.page_no()} / {{nb}}", align="C")
        self.set_text_color(0)


def write_pdf(outline: Outline) -> bytes:
    """The template as a PDF document, the title as its title; steps are in its outline."""
    paper = _Paper(format="A4")
    paper.set_margins(_EDGE, _EDGE, _EDGE)
    paper.set_auto_page_break(auto=True, margin=_EDGE)
    paper.add_font("body", fname=FONTS / "DejaVuSans.ttf")
    paper.add_font("body", style="B", fname=FONTS / "DejaVuSans-Bold.ttf")
    lines = sheet(outline, number=True)
    if any(ord(one) >= 0x2E80 for line in lines for one in line.paragraph.text):
        # Four megabytes of East Asian letters are only taken along when there are some.
        paper.add_font("other", fname=FONTS / "DroidSansFallbackFull.ttf")
        paper.set_fallback_fonts(["other"], exact_match=False)
    paper.set_text_shaping(use_shaping_engine=True)
    paper.set_title(outline.title)
    paper.set_creator("Procession")
    paper.add_page()
    for line in lines:
        _put(paper, line)
    return bytes(paper.output())


def _put(paper: _Paper, line: Line) -> None:
    size = _SIZES[line.style]
    if line.paragraph.kind == "heading":
        size = 11.0
    if line.style in ("title", "heading"):
        paper.ln(2 if line.style == "title" else 5)
        _keep_together(paper)
    if line.style == "heading":
        paper.start_section(line.paragraph.text[:100], level=0)
    listed = line.paragraph.kind in _BULLETS
    indent = _INDENT * (line.paragraph.level + (1 if listed else 0) + (line.paragraph.kind == "quote"))
    paper.set_left_margin(_EDGE + indent)
    paper.set_x(_EDGE + indent)
    bold = line.style in ("title", "heading", "part") or line.paragraph.kind == "heading"
    if listed:
        paper.set_font("body", size=size)
        paper.set_x(_EDGE + indent - 4)
        paper.cell(4, size * 0.5, _BULLETS[line.paragraph.kind])
    for run in line.paragraph.runs:
        _write(paper, run, size, bold=bold)
    paper.set_left_margin(_EDGE)
    paper.ln(size * 0.5)
    paper.ln(1.2)


def _write(paper: _Paper, run: Run, size: float, *, bold: bool) -> None:
    paper.set_font("body", style="B" if bold or run.bold else "", size=size)
    link = run.link if run.link and run.link.startswith(("http://", "https://", "mailto:")) else ""
    paper.set_text_color(*((30, 80, 160) if link else (0, 0, 0)))
    paper.write(size * 0.5, run.text, link=link)
    paper.set_text_color(0)


def _keep_together(paper: _Paper) -> None:
    """A heading never stands alone at the foot of a page."""
    if paper.will_page_break(25):
        paper.add_page()
