"""Formatted text taken apart into paragraphs and runs, for notations that write no HTML."""

from html import escape
from html.parser import HTMLParser
from typing import Literal

import msgspec

from procession.engine.richtext import clean

ParagraphKind = Literal["text", "item", "number", "heading", "quote", "code", "row"]
_BOLD = frozenset(("b", "strong", "th"))
_ITALIC = frozenset(("i", "em", "cite"))
_CODE = frozenset(("code", "kbd", "samp", "pre"))
_BREAKING = frozenset(("p", "div", "table", "tbody", "thead", "figure", "figcaption", "dl", "dt", "dd", "details"))


class Run(msgspec.Struct, frozen=True):
    """Text in one style; `link` is where it leads."""

    text: str
    bold: bool = False
    italic: bool = False
    code: bool = False
    link: str | None = None


class Paragraph(msgspec.Struct, frozen=True):
    """Runs that stand together. `level`: of a heading 1..6, how deep an entry of a list lies from 0."""

    kind: ParagraphKind
    runs: tuple[Run, ...]
    level: int = 0

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs)


class _Splitter(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Paragraph] = []
        self._runs: list[Run] = []
        self._kind: ParagraphKind = "text"
        self._level = 0
        self._lists: list[ParagraphKind] = []
        self._styles = {"bold": 0, "italic": 0, "code": 0, "quote": 0, "pre": 0}
        self._links: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._style(tag, 1)
        if tag == "a":
            self._links.append(dict(attrs).get("href"))
        elif tag == "br":
            self._runs.append(Run("\n"))
        elif tag in ("ul", "ol"):
            self._end()
            self._lists.append("number" if tag == "ol" else "item")
        elif tag == "li":
            self._begin(self._lists[-1] if self._lists else "item", max(len(self._lists) - 1, 0))
        elif len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
            self._begin("heading", int(tag[1]))
        elif tag == "tr":
            self._begin("row")
        elif tag in ("td", "th") and self._runs:
            self._runs.append(Run(" | "))
        elif tag == "blockquote":
            self._styles["quote"] += 1
            self._begin("quote")
        elif tag == "pre":
            self._styles["pre"] += 1
            self._begin("code")
        elif tag in _BREAKING and self._kind != "row" and not (self._lists and not self._runs):
            self._begin("quote" if self._styles["quote"] else "text")

    def handle_endtag(self, tag: str) -> None:
        self._style(tag, -1)
        if tag == "a" and self._links:
            self._links.pop()
        elif tag in ("ul", "ol"):
            self._end()
            if self._lists:
                self._lists.pop()
        elif tag in ("blockquote", "pre"):
            self._end()
            name = "quote" if tag == "blockquote" else "pre"
            self._styles[name] = max(self._styles[name] - 1, 0)
        elif tag in ("li", "tr") or (tag in _BREAKING and self._kind != "row") or (tag[0] == "h" and tag[1:].isdigit()):
            self._end()

    def handle_data(self, data: str) -> None:
        text = data if self._styles["pre"] else _folded(data, first=not self._runs or self._runs[-1].text[-1:] in " \n")
        if not text:
            return
        link = self._links[-1] if self._links else None
        styles = self._styles
        self._runs.append(Run(text, bool(styles["bold"]), bool(styles["italic"]), bool(styles["code"]), link))

    def finish(self) -> list[Paragraph]:
        self.close()
        self._end()
        return self.found

    def _style(self, tag: str, step: int) -> None:
        name = "bold" if tag in _BOLD else "italic" if tag in _ITALIC else "code" if tag in _CODE else None
        if name is not None:
            self._styles[name] = max(self._styles[name] + step, 0)

    def _begin(self, kind: ParagraphKind, level: int = 0) -> None:
        self._end()
        self._kind, self._level = kind, level

    def _end(self) -> None:
        runs = _trimmed(self._runs, keep=bool(self._styles["pre"]))
        if runs:
            self.found.append(Paragraph(self._kind, runs, self._level))
        self._runs = []
        self._kind, self._level = "text", 0


def _folded(text: str, *, first: bool) -> str:
    """Blanks as a browser shows them: each row of them one, none at the beginning of a line."""
    folded = " ".join(text.replace("\xa0", " ").split())
    if not folded:
        return "" if first else " "
    lead = " " if text[:1].isspace() and not first else ""
    return f"{lead}{folded}{' ' if text[-1:].isspace() else ''}"


def _trimmed(runs: list[Run], *, keep: bool) -> tuple[Run, ...]:
    """The runs, those of one style joined, without blanks at the ends."""
    joined: list[Run] = []
    for run in runs:
        last = joined[-1] if joined else None
        if last is not None and msgspec.structs.replace(last, text="") == msgspec.structs.replace(run, text=""):
            joined[-1] = msgspec.structs.replace(last, text=last.text + run.text)
        else:
            joined.append(run)
    if joined and not keep:
        joined[0] = msgspec.structs.replace(joined[0], text=joined[0].text.lstrip())
        joined[-1] = msgspec.structs.replace(joined[-1], text=joined[-1].text.rstrip())
    return tuple(run for run in joined if run.text)


def paragraphs(html: str | None) -> list[Paragraph]:
    """The paragraphs of formatted text, blank ones left out."""
    if not html:
        return []
    splitter = _Splitter()
    splitter.feed(clean(html))
    return splitter.finish()


def as_html(text: str) -> str:
    """Plain text as formatted text: a paragraph for every block of lines."""
    blocks = [block.strip() for block in text.replace("\r\n", "\n").replace("\r", "\n").split("\n\n")]
    return "".join(f"<p>{escape(one, quote=False).replace(chr(10), '<br>')}</p>" for one in blocks if one)
