"""Web pages as a row of blocks: headings, lists, text between them. Markdown comes here as the page it renders to."""

from html import escape, unescape
from html.parser import HTMLParser

import msgspec

from procession.engine.richtext import clean, is_blank, plain

MOST_BLOCKS = 100_000
DEEPEST = 20
"""Lists inside lists; what lies deeper counts to the deepest."""
_SILENT = frozenset(("script", "style", "template", "noscript", "svg", "math", "object", "nav", "select", "textarea"))
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_FRAMES = frozenset(("html", "head", "body", "main", "article", "section", "header", "footer", "form", "meta", "link"))


class Heading(msgspec.Struct, frozen=True):
    """A heading; level 0 is the title of a document that has one of its own."""

    level: int
    text: str


class Body(msgspec.Struct, frozen=True):
    """Text between headings and lists, as clean HTML."""

    html: str


class Item(msgspec.Struct, frozen=True):
    """An entry of a list: its own text as clean HTML, and the entries of the lists inside it."""

    html: str
    items: tuple["Item", ...] = ()

    @property
    def text(self) -> str:
        return plain(self.html)


class Listing(msgspec.Struct, frozen=True):
    """A list that stands by itself."""

    items: tuple[Item, ...]
    ordered: bool = False


class Comment(msgspec.Struct, frozen=True):
    """A comment of the page."""

    text: str


Block = Heading | Body | Listing | Comment


class TooMuch(Exception):
    """More blocks than any template has."""


class _Open:
    """A list that is read: its entries so far, each the HTML of its own text and what lies inside."""

    __slots__ = ("items", "ordered")

    def __init__(self, *, ordered: bool) -> None:
        self.ordered = ordered
        self.items: list[tuple[list[str], list[Item]]] = []


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.blocks: list[Block] = []
        self.title = ""
        self._body: list[str] = []
        self._heading: list[str] | None = None
        self._lists: list[_Open] = []
        self._silent: list[str] = []
        self._titled = False
        self._deeper = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent.append(tag)
        if self._silent or tag in _FRAMES:
            return
        if tag == "title":
            self._titled = True
        elif tag in _HEADINGS and not self._lists:
            self._flush()
            self._heading = []
        elif tag in ("ul", "ol"):
            if len(self._lists) >= DEEPEST:
                self._deeper += 1
                return
            if not self._lists:
                self._flush()
            self._lists.append(_Open(ordered=tag == "ol"))
        elif tag == "li" and self._lists:
            self._lists[-1].items.append(([], []))
        elif self._heading is None:
            written = "".join(f' {name}="{escape(value or "")}"' for name, value in attrs)
            self._sink().append(f"<{tag}{written}>")

    def handle_endtag(self, tag: str) -> None:
        if self._silent:
            if tag == self._silent[-1]:
                self._silent.pop()
            return
        if tag == "title":
            self._titled = False
        elif tag in _HEADINGS and self._heading is not None:
            self._add(Heading(_HEADINGS[tag], " ".join("".join(self._heading).split())))
            self._heading = None
        elif tag in ("ul", "ol"):
            if self._deeper:
                self._deeper -= 1
            else:
                self._close_list()
        elif tag != "li" and self._heading is None and tag not in _FRAMES:
            self._sink().append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        if self._titled:
            self.title += data
        elif self._heading is not None:
            self._heading.append(data)
        else:
            self._sink().append(escape(data, quote=False))

    def handle_entityref(self, name: str) -> None:
        self.handle_data(unescape(f"&{name};"))

    def handle_charref(self, name: str) -> None:
        self.handle_data(unescape(f"&#{name};"))

    def handle_comment(self, data: str) -> None:
        if not self._silent and not self._lists and self._heading is None:
            self._flush()
            self._add(Comment(data.strip()))

    def finish(self) -> None:
        """What the page left open is closed."""
        self.close()
        if self._heading is not None:
            self._add(Heading(1, " ".join("".join(self._heading).split())))
            self._heading = None
        while self._lists:
            self._close_list()
        self._flush()

    def _sink(self) -> list[str]:
        """Where text goes now: into the entry that is open, else between the blocks."""
        if self._lists:
            opened = self._lists[-1]
            if not opened.items:
                opened.items.append(([], []))
            return opened.items[-1][0]
        return self._body

    def _close_list(self) -> None:
        if not self._lists:
            return
        opened = self._lists.pop()
        items = tuple(
            Item(_only(clean("".join(html).strip())), tuple(inner))
            for html, inner in opened.items
            if inner or not is_blank("".join(html))
        )
        if not items:
            return
        if not self._lists:
            self._add(Listing(items, opened.ordered))
            return
        outer = self._lists[-1]
        if not outer.items:
            outer.items.append(([], []))
        outer.items[-1][1].extend(items)

    def _flush(self) -> None:
        html = "".join(self._body).strip()
        self._body = []
        if html and not is_blank(html):
            self._add(Body(clean(html).strip()))

    def _add(self, block: Block) -> None:
        if len(self.blocks) >= MOST_BLOCKS:
            raise TooMuch
        self.blocks.append(block)


def _only(html: str) -> str:
    """The HTML of an entry that is one paragraph, without the paragraph."""
    inner = html[3:-4] if html.startswith("<p>") and html.endswith("</p>") else html
    return inner if "<p" not in inner else html


def read_page(page: str) -> tuple[list[Block], str]:
    """The blocks of a page, and what its `title` element says. Raises `TooMuch`."""
    reader = _Reader()
    reader.feed(page)
    reader.finish()
    return reader.blocks, " ".join(reader.title.split())
