"""`{{variables}}` in titles, texts and links: finding them, and putting answers in their place (spec 30 §14)."""

import html as entities
import re
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any, Literal
from urllib.parse import quote

import msgspec

from procession.engine.dates import parse_instant
from procession.engine.grids import table_rows
from procession.engine.model import Field
from procession.engine.richtext import clean, is_blank, plain
from procession.engine.scalars import scalar_text

SYSTEM = frozenset({"DATE", "TEMPLATE_NAME", "current-task-id", "current-process-id"})
"""Names that are matched in exactly this case; every other name is an alias, matched in lower case."""

# Editors slip invisible characters between and around the braces, and encode both in links (30 §14.1).
_UNSEEN = r"(?:[\u200b-\u200d\u2060\ufeff]|%EF%BB%BF|%E2%80%8[BCD])"
_VARIABLE = re.compile(
    rf"{_UNSEEN}{{0,4}}(?:\{{|%7B){_UNSEEN}{{0,4}}(?:\{{|%7B)(?P<name>[^{{}}<>\"]{{1,300}}?)"
    rf"(?:\}}|%7D){_UNSEEN}{{0,4}}(?:\}}|%7D){_UNSEEN}{{0,4}}",
    re.IGNORECASE,
)
_IN_HTML = re.compile(
    rf"(?P<chip><span\b[^<>]{{0,300}}\binsert-variable-tag\b[^<>]{{0,300}}>\s{{0,9}})(?P<held>{_VARIABLE.pattern})\s{{0,9}}</span>"
    rf"|(?P<tag><[^<>]*>)|(?P<bare>{_VARIABLE.pattern.replace('?P<name>', '?P<alias>')})",
    re.IGNORECASE,
)
_UNSEEN_ONE = re.compile(_UNSEEN, re.IGNORECASE)
_EDGE = re.compile(r"^(?:\s|&nbsp;|%20)+|(?:\s|&nbsp;|%20)+$")
_ATTRIBUTE = re.compile(r'([a-z][\w-]*)="([^"]*)"', re.ASCII)
_BLANKS = ("&nbsp;", "\u00a0", " ", "\t")
_DATE_PART = re.compile("yyyy|yy|mmm|mm|dd", re.IGNORECASE)
# Not the locale's: a server must write the same on every machine.
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WHOLE_URL = "/:@?&=#+,;%~!$'()*[]"


class Rendered(msgspec.Struct, frozen=True):
    """An answer ready to be shown: as `text`; as `html` (None: the text, escaped); in links as `url` (None: the text).

    An empty `text` is a field that is known and not answered.
    """

    text: str = ""
    html: str | None = None
    url: str | None = None


def _bare(raw: str) -> str:
    return _EDGE.sub("", _UNSEEN_ONE.sub("", raw))


def _key(raw: str) -> str:
    name = _bare(raw)
    return name if name in SYSTEM else name.lower()


def holds_variables(text: str | None) -> bool:
    """Whether `text` has anything to resolve; cheap on the many texts that have not."""
    return text is not None and ("{" in text or "%7" in text) and _VARIABLE.search(text) is not None


def names(text: str | None) -> frozenset[str]:
    """The names `text` refers to: system names as they are, aliases in lower case."""
    if text is None or not holds_variables(text):
        return frozenset()
    return frozenset(_key(match["name"]) for match in _VARIABLE.finditer(text))


def _find(raw: str, values: Mapping[str, Rendered]) -> Rendered | None:
    name = _bare(raw)
    if name in values:
        return values[name]
    return None if name.lower() in SYSTEM else values.get(name.lower())


def resolve(text: str, values: Mapping[str, Rendered], *, html: bool, drop_unknown: bool = False) -> str:
    """`text` with its variables replaced by `values`, which are keyed by alias (lower case) or system name (30 §14.3).

    Unanswered ones take one adjoining blank with them; unknown ones stay as written unless `drop_unknown` (names and
    subjects). Inserted values are never resolved again. `html` wants sanitised HTML and gives sanitised HTML.
    """
    if not holds_variables(text):
        return text
    return _resolve_html(text, values, drop_unknown) if html else _resolve_text(text, values, drop_unknown)


def _resolve_text(text: str, values: Mapping[str, Rendered], drop_unknown: bool) -> str:
    out = _Output()
    end = 0
    for match in _VARIABLE.finditer(text):
        out.literal(text[end : match.start()])
        end = match.end()
        found = _find(match["name"], values)
        if found is None and not drop_unknown:
            out.literal(match[0])
        else:
            out.value(found.text if found else "")
    out.literal(text[end:])
    return str(out)


def _resolve_html(text: str, values: Mapping[str, Rendered], drop_unknown: bool) -> str:
    out = _Output()
    end = 0
    touched = False
    for match in _IN_HTML.finditer(text):
        out.literal(text[end : match.start()])
        end = match.end()
        if match["tag"]:
            tag = _resolve_tag(match["tag"], values, drop_unknown) if holds_variables(match["tag"]) else match["tag"]
            touched = touched or tag != match["tag"]
            out.literal(tag)
            continue
        found = _find(match["name"] or match["alias"], values)
        if found is None and not drop_unknown:
            out.literal(match[0])
        else:
            # The editor puts a hard blank behind its chip: with an empty chip, that is the one to go.
            out.value(_markup(found) if found else "", following=bool(match["chip"]) and text.startswith(_BLANKS, end))
    out.literal(text[end:])
    # A value may have completed an address (`javascript:...`); the sanitiser reads the finished attribute.
    return clean(str(out)) if touched else str(out)


def _markup(value: Rendered) -> str:
    if value.text and value.html is not None:
        return value.html
    return entities.escape(value.text)


def _resolve_tag(tag: str, values: Mapping[str, Rendered], drop_unknown: bool) -> str:
    def attribute(match: re.Match[str]) -> str:
        return f'{match[1]}="{_resolve_attribute(match[1], match[2], values, drop_unknown)}"'

    return _ATTRIBUTE.sub(attribute, tag)


def _resolve_attribute(name: str, text: str, values: Mapping[str, Rendered], drop_unknown: bool) -> str:
    out = _Output()
    end = 0
    query = False
    for match in _VARIABLE.finditer(text):
        literal = text[end : match.start()]
        out.literal(literal)
        query = query or "?" in literal or "#" in literal
        end = match.end()
        found = _find(match["name"], values)
        if found is None:
            out.literal("" if drop_unknown else match[0])
        elif name in ("href", "src"):
            url = found.text if found.url is None else found.url
            out.value(entities.escape(quote(url, safe="" if query else _WHOLE_URL)))
        else:
            out.value(entities.escape(found.text))
    out.literal(text[end:])
    return str(out)


class _Output:
    """Collects literal text and values; an empty value takes one adjoining blank of the literals with it."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._after: Literal["start", "literal", "value", "empty"] = "start"
        self._skip = False

    def literal(self, text: str) -> None:
        """Append text of the author."""
        if not text:
            return
        if self._skip:
            blank = next((blank for blank in _BLANKS if text.startswith(blank)), "")
            text = text[len(blank) :]
            self._skip = False
        self._parts.append(text)
        self._after = "literal"

    def value(self, text: str, *, following: bool = False) -> None:
        """Append a value; when empty, drop the blank before it, or the one after it (`following`, or none before).

        Empty values in a row share one blank, so that the words around them stay apart.
        """
        if text:
            self._parts.append(text)
            self._after, self._skip = "value", False
            return
        if self._after == "empty":
            return
        last = self._parts[-1] if self._after == "literal" and not following else ""
        blank = next((blank for blank in _BLANKS if last.endswith(blank)), "")
        if blank:
            self._parts[-1] = last[: -len(blank)]
        self._after, self._skip = "empty", not blank

    def __str__(self) -> str:
        return "".join(self._parts)


class Dates(msgspec.Struct, frozen=True):
    """How the reader sees dates: a pattern of `dd`, `mm`, `mmm`, `yyyy`, `yy` (spec 40 §9.3), and the reader's zone."""

    pattern: str = "mmm dd, yyyy"
    zone: tzinfo = UTC


def show_date(moment: datetime, pattern: str) -> str:
    """The day of `moment`, as it reads in its own zone, in a pattern such as `dd/mm/yyyy`."""
    parts = {
        "yyyy": f"{moment.year:04}",
        "yy": f"{moment.year % 100:02}",
        "mmm": _MONTHS[moment.month - 1],
        "mm": f"{moment.month:02}",
        "dd": f"{moment.day:02}",
    }
    return _DATE_PART.sub(lambda match: parts[match[0].lower()], pattern)


def show_time(moment: datetime) -> str:
    """The time of day of `moment` in its own zone, `3:45pm`."""
    return f"{moment.hour % 12 or 12}:{moment.minute:02}{'am' if moment.hour < 12 else 'pm'}"


def rendered(field: Field, value: Any, *, names: Mapping[str, str], dates: Dates | None = None) -> Rendered:
    """The stored answer of `field` in every form a text may ask for; `names` as in `render_answer`."""
    text = render_answer(field, value, html=False, names=names, dates=dates)
    if not text:
        return Rendered()
    url = None
    if field.kind == "date":
        url = str(value) if field.collect_time else str(value)[:10]
    return Rendered(text, render_answer(field, value, html=True, names=names, dates=dates), url)


def render_answer(field: Field, value: Any, *, html: bool, names: Mapping[str, str], dates: Dates | None = None) -> str:
    """The stored answer of `field` as text, or as sanitised HTML; "" for none (spec 30 §14.3).

    `names` holds the names people read, by principal: `u1001` a member, `g<hex>` a group, an address a guest. Whoever
    is missing there is left out, but for guests, who are their address.
    """
    match field.kind:
        case "multiselect":
            return _items(_selected(value), html)
        case "table":
            return _table(field, value, html)
        case "file":
            return _files(value, html)
        case "assignees_form":
            return _escape(", ".join(_people(value, names)), html)
        case "date":
            return _escape(_date(field, value, dates or Dates()), html)
        case "textarea" if field.rich:
            text = value if isinstance(value, str) else ""
            if is_blank(text):
                return ""
            return clean(text) if html else plain(text)
        case "textarea":
            return _escape(_text(value), html).replace("\n", "<br>") if html else _text(value)
        case "dropdown":
            return _escape(_affixed(field, _text(value.get("text")) if isinstance(value, dict) else ""), html)
        case "text":
            return _escape(_affixed(field, _text(value)), html)
        case _:
            return _escape(_text(value), html)


def _escape(text: str, html: bool) -> str:
    return entities.escape(text) if html else text


def _text(value: object) -> str:
    text = scalar_text(value) or ""
    return text if text.strip() else ""


def _affixed(field: Field, text: str) -> str:
    return f"{field.prefix or ''}{text}{field.suffix or ''}" if text else ""


def _entries(value: object) -> list[dict[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _selected(value: object) -> list[str]:
    # An entry without the flag is stored but not chosen (20 §8.9).
    return [_text(entry.get("text")) for entry in _entries(value) if entry.get("selected") is True]


def _items(texts: list[str], html: bool) -> str:
    if not html:
        return ", ".join(texts)
    return f"<ul>{''.join(f'<li>{entities.escape(text)}</li>' for text in texts)}</ul>" if texts else ""


def _table(field: Field, value: object, html: bool) -> str:
    rows = [row for row in table_rows(field, value) if any(cell.strip() for cell in row)]
    if not rows:
        return ""
    if not html:
        return "1 row" if len(rows) == 1 else f"{len(rows)} rows"
    head = "".join(f"<th>{entities.escape(column.label)}</th>" for column in field.columns)
    body = "".join(f"<tr>{''.join(f'<td>{entities.escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _files(value: object, html: bool) -> str:
    shown = []
    for entry in _entries(value):
        link = _text(entry.get("full_url")) or _text(entry.get("url"))
        name = _text(entry.get("filename")) or link
        if html and link:
            shown.append(f'<a href="{entities.escape(link)}">{entities.escape(name)}</a>')
        elif name:
            shown.append(_escape(name, html))
    return clean(", ".join(shown)) if html else ", ".join(shown)


def _people(value: object, names: Mapping[str, str]) -> list[str]:
    if not isinstance(value, dict):
        return []
    members = (names.get(f"u{member}") for member in value.get("users") or ())
    guests = (names.get(guest, guest) for guest in value.get("guests") or ())
    groups = (names.get(f"g{group}") for group in value.get("groups") or ())
    return [name for name in (*members, *guests, *groups) if name]


def _date(field: Field, value: object, dates: Dates) -> str:
    moment = parse_instant(value)
    if moment is None:
        return ""
    if not field.collect_time:
        # A calendar day, stored at midnight UTC: no zone may move it to another day.
        return show_date(moment, dates.pattern)
    local = moment.astimezone(dates.zone)
    return f"{show_date(local, dates.pattern)}, {show_time(local)}"
