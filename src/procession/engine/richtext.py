"""Rich text: sanitising what people send, and reading it as plain text (spec 20 §7.6, 30 §14)."""

import html as entities
import re

import nh3


def _words(text: str) -> set[str]:
    return set(text.split())


_TAGS = _words(
    "h1 h2 h3 h4 h5 h6 p div span br hr b strong i em u s strike del ins sub sup small mark abbr time code pre kbd samp"
    " blockquote q cite ul ol li dl dt dd a img figure figcaption table caption colgroup col thead tbody tfoot tr th td"
    " details summary iframe editor-snippet editor-blueprint editor-form-field"
)
# Named one by one: an open `data-` prefix would let text steer scripts that read such attributes from the page.
_DATA = _words(
    "data-snippet-id data-blueprint-id data-field-id data-field-label data-field-type data-field-required"
    " data-field-alias data-mention data-mention-id data-mention-type data-user-id data-guest-email data-id"
    " data-alias data-variable data-name data-title"
)
_EVERYWHERE = {"class", "style", "title", "dir", "lang", "align"} | _DATA
_OWN = {
    "a": {"href", "target", "rel"},
    "img": {"src", "alt", "width", "height"},
    "iframe": {"src", "width", "height", "allowfullscreen", "frameborder"},
    "table": {"border", "cellpadding", "cellspacing", "width"},
    "td": {"colspan", "rowspan", "width", "height", "valign"},
    "th": {"colspan", "rowspan", "width", "height", "valign", "scope"},
    "col": {"span", "width"},
    "colgroup": {"span", "width"},
    "ol": {"start", "type", "reversed"},
    "li": {"value"},
    "time": {"datetime"},
    "span": {"contenteditable"},
    "editor-snippet": {"contenteditable"},
    "editor-blueprint": {"contenteditable"},
    "editor-form-field": {"contenteditable"},
}
_STYLES = _words(
    "color background-color font-size font-family font-weight font-style font-variant text-align text-decoration"
    " text-indent text-transform line-height letter-spacing white-space vertical-align list-style-type width height"
    " min-width max-width min-height max-height margin margin-top margin-right margin-bottom margin-left padding"
    " padding-top padding-right padding-bottom padding-left border border-top border-right border-bottom border-left"
    " border-color border-style border-width border-collapse border-spacing border-radius float clear display"
)
# No quotes, backslashes, colons or functions but colours: nothing that fetches, runs or escapes from the attribute.
_STYLE_VALUE = re.compile(r"(?:[\w\s.,#%!+-]|(?:rgb|hsl)a?\([\d\s.,%/-]*\))+", re.IGNORECASE)
_CLASS = re.compile(r"(?:fr|insert|mention|language)(?:-[\w-]+)?", re.ASCII)
_VIDEO = re.compile(
    r"(?:https?:)?//(?:(?:www\.)?youtube(?:-nocookie)?\.com|player\.vimeo\.com|(?:www\.)?loom\.com"
    r"|fast\.wistia\.(?:com|net))(?:/[^\s\\]*)?",
    re.IGNORECASE | re.ASCII,
)
_KEPT_HERE = re.compile(
    r"(/(?:[^?#\s]*/)?)?organizations/([0-9a-f]{32})/(file|assets|download-files)/([0-9a-f]{32})(/dl)?/?",
    re.IGNORECASE | re.ASCII,
)
_FRAME = re.compile(r"<iframe([^>]*)>.*?</iframe>", re.DOTALL)
_PRE = re.compile(r"(<pre(?: [^>]*)?>)(\n)")

_BREAKS = _words("p div br hr li dt dd tr td th h1 h2 h3 h4 h5 h6 blockquote pre figcaption caption summary")
_BREAK = re.compile(r"</?[a-z0-9]+(?: [^>]*)?>")
_HEADING = re.compile(r"<h([1-3])(?:\s[^<>]*)?>(.*?)</h\1>", re.DOTALL)
_BLANKS = re.compile("[ \t]*\n[ \t\n]*")
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))

_ELEMENT = re.compile(r"/?([a-z][a-z0-9]*(?:-[a-z0-9-]*)?)(?:[\s/].*)?", re.IGNORECASE | re.DOTALL | re.ASCII)
_ELEMENTS = _TAGS | _words(
    "html head body title base link meta style script noscript template form input button select option optgroup"
    " textarea label fieldset legend output progress meter object embed param applet video audio source track picture"
    " canvas svg math map area main nav header footer section article aside address center font big tt marquee blink"
    " frame frameset noframes dialog slot data var dfn bdi bdo ruby rt rp wbr menu nobr"
)

# A parser's time grows with tags x open elements, and an unclosed `<b>` is opened again in every paragraph after it.
_WORK = 300_000
_DEPTH = 32
_GROWTH = 6
_OPENING = re.compile(r"<([a-z][^\s/<>]*)", re.IGNORECASE | re.ASCII)
_TAG = re.compile(r"<!--|<(/?)([a-z][^\s/<>]*)([^<>]*)>", re.IGNORECASE | re.ASCII)
_ATTRIBUTE = re.compile(r"""([^\s=/"']+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"']+))?""")
_VOID = _words("br hr img col")
# These close their like by themselves, so a long list of them is flat however it is written.
_SHALLOW = _words("p li dt dd td th tr tbody thead tfoot h1 h2 h3 h4 h5 h6") | _VOID
_UNREAD = {
    "": re.compile("-->"),
    "script": re.compile("</script", re.IGNORECASE),
    "style": re.compile("</style", re.IGNORECASE),
}


def _style(value: str) -> str | None:
    kept = []
    for declaration in value.split(";"):
        name, colon, text = (part.strip() for part in declaration.partition(":"))
        if colon and name.lower() in _STYLES and _STYLE_VALUE.fullmatch(text):
            kept.append(f"{name.lower()}: {text};")
    return " ".join(kept) or None


def _attribute(tag: str, name: str, value: str) -> str | None:
    """The value to keep for one allowed attribute, or None to drop it."""
    if name == "style":
        return _style(value)
    if name == "class":
        # Classes of the page itself could lay a text over its buttons; only those of the editor pass.
        return " ".join(word for word in value.split() if _CLASS.fullmatch(word)) or None
    if name == "target":
        return value if value == "_blank" else None
    if tag == "iframe" and name == "src":
        return value if _VIDEO.fullmatch(value) else None
    if name in ("src", "href") and (kept := _KEPT_HERE.fullmatch(value)) is not None:
        return _route(name, kept)
    return value


def _route(name: str, kept: re.Match[str]) -> str:
    """The route that gives the bytes: inside the page for pictures, else as the link wants them.

    A link without a slash in front, as asset objects have it, would lead from every page elsewhere.
    """
    start, organization_id, way, file_id, download = kept.groups()
    ending = "/dl" if name == "href" and (download or way.lower() != "file") else ""
    return f"{start or '/api/'}organizations/{organization_id}/file/{file_id}{ending}"


_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    attributes={"*": _EVERYWHERE, **_OWN},
    attribute_filter=_attribute,
    url_schemes={"http", "https", "mailto", "tel"},
    link_rel=None,
)
_READER = nh3.Cleaner(tags=_BREAKS, attributes={}, link_rel=None)


def _frame(match: re.Match[str]) -> str:
    return f"<iframe{match[1]}></iframe>" if ' src="' in match[1] else ""


def _bounded(html: str) -> str:
    """`html` unless reading it could take long; then rewritten with every tag closed and few inside each other."""
    names = [name.lower() for name in _OPENING.findall(html)]
    if len(names) * sum(name not in _SHALLOW for name in names) <= _WORK:
        return html
    return _rewrite(html)


def _rewrite(html: str) -> str:
    opened: list[str] = []
    parts: list[str] = []
    end = 0
    while match := _TAG.search(html, end):
        # A stray `<` is text: left as it is, a parser would join it with the next tag.
        parts.append(html[end : match.start()].replace("<", "&lt;"))
        end = match.end()
        name = (match[2] or "").lower()
        if name in _UNREAD and not match[1]:
            closing = _UNREAD[name].search(html, end)
            end = closing.start() + 3 * (not name) if closing else len(html)
        elif name in _TAGS:
            parts += _closing(name, opened) if match[1] else _opening(name, match[3], opened)
    parts.append(html[end:].replace("<", "&lt;"))
    parts += (f"</{name}>" for name in reversed(opened))
    return "".join(parts)


def _closing(name: str, opened: list[str]) -> list[str]:
    if name not in opened:
        return []
    kept = len(opened) - 1 - opened[::-1].index(name)
    closed = [f"</{inner}>" for inner in reversed(opened[kept:])]
    del opened[kept:]
    return closed


def _opening(name: str, attributes: str, opened: list[str]) -> list[str]:
    if name not in _VOID:
        if len(opened) >= _DEPTH:
            return []
        opened.append(name)
    written = (f' {key}="{_unquoted(value)}"' for key, value in _ATTRIBUTE.findall(attributes))
    return [f"<{name}{''.join(written)}>"]


def _unquoted(value: str) -> str:
    return (value[1:-1] if value.startswith(("'", '"')) else value).replace('"', "&quot;")


def _pass(html: str) -> str:
    cleaned = _CLEANER.clean(_bounded(html))
    if "<iframe" in cleaned:
        cleaned = _FRAME.sub(_frame, cleaned)
    if "<pre" in cleaned:
        # A parser eats the first line break in a `pre`; without a second one every save would lose a line.
        cleaned = _PRE.sub(r"\1\2\2", cleaned)
    return cleaned


def clean(html: str) -> str:
    """`html` without anything that runs, posts or leaves the allowed set; `{{variables}}` and embeds stay (20 §7.6).

    Removes, never refuses. Cleaning the result again changes nothing.
    """
    limit = _GROWTH * len(html) + 10_000
    cleaned = html
    for _ in range(5):
        before, cleaned = cleaned, _pass(cleaned)
        if cleaned == before:
            return cleaned
        if len(cleaned) > limit:
            break
    # Markup that a parser reads differently each time, or blows up, is not worth saving: its text is.
    return _CLEANER.clean(entities.escape(plain(html), quote=False))


def plain(html: str) -> str:
    """The text of `html`: no tags, entities read, blocks parted by one line break, ends trimmed."""
    if "<" in html:
        html = _BLANKS.sub("\n", _BREAK.sub("\n", _READER.clean(_bounded(html))))
    return entities.unescape(html).replace("\u00a0", " ").strip()


def headings(html: str) -> tuple[tuple[int, str], ...]:
    """Level (1 to 3) and text of each heading of `html` (cleaned), those without text left out: a table of contents."""
    found = ((int(one[1]), plain(one[2])) for one in _HEADING.finditer(html))
    return tuple((level, text) for level, text in found if text)


def readable(html: str) -> str:
    """As `plain`, but "" where nothing is left to read: tags, `&nbsp;` and invisible characters do not count."""
    text = plain(html)
    return text if text.translate(_INVISIBLE).strip() else ""


def is_blank(html: str) -> bool:
    """Whether nothing is left to read (20 §8.12)."""
    return not readable(html)


def strip_tags(title: str) -> str:
    """A title as plain text: HTML elements and comments dropped, their text and every other `<` kept (20 §7.2).

    `a < b`, `List<String>` and `Ann <ann@x.io>` survive. Entities are text in a title and stay.
    """
    if "<" not in title:
        return title
    kept: list[str] = []
    opened: list[int] = []
    for character in title:
        kept.append(character)
        if character == "<":
            opened.append(len(kept) - 1)
        elif character == ">" and opened:
            start = opened.pop()
            if _is_element("".join(kept[start + 1 : -1])):
                del kept[start:]
            else:
                opened.clear()
    return "".join(kept)


def _is_element(inner: str) -> bool:
    if inner.startswith("!"):
        return inner.startswith("!--") or inner.lower().startswith("!doctype")
    match = _ELEMENT.fullmatch(inner)
    return match is not None and (match[1].lower() in _ELEMENTS or "-" in match[1])
