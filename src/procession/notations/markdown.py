"""Templates as Markdown (CommonMark with tables), written to be read by people and read back as it was written.

Any document is read by its headings; one that was written here says so in a comment at its top, and its details and
form fields are read as such.
"""

import re
from typing import Any, Literal

import msgspec
from markdown_it import MarkdownIt

from procession.engine.model import Field, FieldKind, Step
from procession.notations.blocks import Block, Body, Comment, Heading, Item, Listing, TooMuch, read_page
from procession.notations.headings import read_headings
from procession.notations.model import Note, Outline, OutlineStep, Reading, Unreadable
from procession.notations.parts import Ids, Notes, bounded, decoded, read_deadline, show_deadline, stages_of
from procession.notations.text import Paragraph, Run, paragraphs

MARK = "procession template"
KICKOFF = "kick-off form"
FIELDS = "Form fields"
KINDS: dict[FieldKind, str] = {
    "text": "short text",
    "textarea": "long text",
    "email": "e-mail",
    "radio": "radio buttons",
    "dropdown": "dropdown",
    "multiselect": "checklist",
    "date": "date",
    "file": "file",
    "table": "table",
    "assignees_form": "people",
}
TYPES = {
    "task": "Task",
    "approval": "Approval",
    "expiring": "Expiring",
    "email": "E-mail",
    "expiring_email": "E-mail sent at the deadline",
}
_KINDS = {word: kind for kind, word in KINDS.items()}
_TYPES = {word: kind for kind, word in TYPES.items()}
_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~!])")
_LINE = re.compile(r"^(\s*)(?:([-+=])|(\d{1,9})([.)]))", re.MULTILINE)
_FIELD = re.compile(r"<strong>(.*?)</strong> \(([^()]*)\)(?:: (.*))?", re.DOTALL)
_DETAIL = re.compile(r"<strong>([A-Za-z ]+):\s?</strong>\s?(.*)", re.DOTALL)
_markdown = MarkdownIt("commonmark", {"html": True}).enable("table")


def write_markdown(outline: Outline) -> bytes:
    """The template as one document in UTF-8: title, kick-off form, steps with their details and form fields."""
    parts = [f"<!-- {MARK} -->", f"# {_escape(outline.title)}", *_prose(outline.summary)]
    if outline.guidance:
        parts += ["<!-- guidance -->", *_prose(outline.guidance)]
    if outline.kickoff or outline.kickoff_title or outline.kickoff_description:
        parts += [f"## {_escape(outline.kickoff_title or 'Kick-off form')}", f"<!-- {KICKOFF} -->"]
        parts += [*_prose(outline.kickoff_description), *_fields(outline.kickoff)]
    places = {one.step.id: one.step.position for one in outline.steps}
    stages = {one.id: one.title for one in outline.stages}
    for one in outline.steps:
        parts.append(f"## {_escape(one.step.title)}")
        details = [f"- **{name}:** {_escape(value)}" for name, value in details_of(one, places, stages)]
        parts += ["\n".join(details)] if details else []
        parts += [*_prose(one.step.summary), *_fields(one.step.fields)]
    return ("\n\n".join(parts) + "\n").encode()


def details_of(one: OutlineStep, places: dict[str, int], stages: dict[str, str]) -> list[tuple[str, str]]:
    """What is to be said about a step beside its text, as names and values; what is usual is left out."""
    step = one.step
    return [
        (name, value)
        for name, value in (
            ("Stage", stages.get(step.stage_id or "", "")),
            ("Type", TYPES[step.kind] if step.kind != "task" else ""),
            ("Due", show_deadline(step.deadline, places) if step.deadline and step.deadline.step else ""),
            ("Assigned to", ", ".join(one.members)),
            ("Guests", ", ".join(step.guests)),
            ("Groups", "; ".join(one.groups)),
            ("Roles", "; ".join(one.roles)),
        )
        if value
    ]


def _prose(html: str | None) -> list[str]:
    """Paragraphs of Markdown; entries of one list stand together."""
    out: list[str] = []
    before: Paragraph | None = None
    for one in paragraphs(html):
        text = _paragraph(one)
        listed = ("item", "number")
        if before is not None and before.kind in listed and one.kind in listed:
            out[-1] += f"\n{text}"
        else:
            out.append(text)
        before = one
    return out


def _paragraph(one: Paragraph) -> str:
    text = "".join(_run(run) for run in one.runs)
    if one.kind == "code":
        fence = "`" * max(3, 1 + max((len(row) for row in re.findall("`+", one.text)), default=0))
        return f"{fence}\n{one.text.strip(chr(10))}\n{fence}"
    if one.kind in ("item", "number"):
        mark = "- " if one.kind == "item" else "1. "
        return "   " * one.level + mark + text.replace("\n", "\n" + "   " * (one.level + 1))
    if one.kind == "heading":
        return f"{'#' * max(one.level, 3)} {text.replace(chr(10), ' ')}"
    text = _LINE.sub(_guarded, text)
    return "> " + text.replace("\n", "\n> ") if one.kind == "quote" else text


def _guarded(found: re.Match[str]) -> str:
    """A line that would begin a list or an underline begins with a backslash."""
    if found[3]:
        return f"{found[1]}{found[3]}\\{found[4]}"
    return f"{found[1]}\\{found[2]}"


def _run(run: Run) -> str:
    if run.text == "\n":
        return "\\\n"
    if run.code:
        fence = "`" * (1 + max((len(row) for row in re.findall("`+", run.text)), default=0))
        return f"{fence} {run.text} {fence}" if "`" in run.text else f"{fence}{run.text}{fence}"
    text = _escape(run.text).replace("\n", "\\\n")
    bare = text.strip()
    if not bare:
        return text
    lead, tail = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    bare = f"*{bare}*" if run.italic else bare
    bare = f"**{bare}**" if run.bold else bare
    bare = f"[{bare}](<{run.link}>)" if run.link and not set(run.link) & set("<>\n") else bare
    return lead + bare + tail


def _escape(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text).replace("&", "&amp;")


def _fields(fields: tuple[Field, ...]) -> list[str]:
    if not fields:
        return []
    lines = []
    for field in fields:
        traits = KINDS[field.kind] + (", required" if field.required else "")
        help_text = " ".join(one.text.replace("\n", " ") for one in paragraphs(field.guidance))
        lines.append(f"- **{_escape(field.label)}** ({traits})" + (f": {_escape(help_text)}" if help_text else ""))
        inner = [one.text for one in field.options] or [one.label for one in field.columns]
        lines += [f"  - {_LINE.sub(_guarded, _escape(text))}" for text in inner]
    return [f"### {FIELDS}", "\n".join(lines)]


# -- reading ----------------------------------------------------------------------------------------------------------


def read_markdown(data: bytes, name: str) -> Reading:
    """The template a document describes; `name` is what it is called if no heading says. Raises `Unreadable`."""
    page = _markdown.render(decoded(data))
    return read_html(page.encode(), name)


def read_html(data: bytes, name: str) -> Reading:
    """The template a web page describes by its headings. Raises `Unreadable`."""
    try:
        blocks, title = read_page(decoded(data))
    except TooMuch:
        raise Unreadable("The document is too long.") from None
    return read_blocks(blocks, title or name, [])


def read_blocks(blocks: list[Block], name: str, notes: list[Note]) -> Reading:
    """The template that blocks describe, in the way of documents written here if a comment says they are."""
    if any(isinstance(one, Comment) and one.text == MARK for one in blocks[:3]):
        return _read_own(blocks, name)
    return read_headings(blocks, name, notes)


class _Part(msgspec.Struct):
    """A section of a document written here."""

    title: str
    kind: Literal["template", "kickoff", "step"] = "step"
    html: str = ""
    guidance: str = ""
    details: dict[str, str] = {}
    fields: tuple[Field, ...] = ()


def _read_own(blocks: list[Block], name: str) -> Reading:
    ids, notes = Ids(), Notes()
    parts = _parts(blocks, ids, notes)
    template = parts[0] if parts and parts[0].kind == "template" else _Part(name, "template")
    kickoff = next((one for one in parts if one.kind == "kickoff"), _Part("", "kickoff"))
    sections = [one for one in parts if one.kind == "step"]
    stages = stages_of([one.details.get("Stage", "") for one in sections], ids)
    step_ids = {place: ids() for place in range(1, len(sections) + 1)}
    steps = tuple(
        _own_step(one, place, step_ids, {name: stage.id for name, stage in stages.items()}, notes)
        for place, one in enumerate(sections, 1)
    )
    default_title = kickoff.title == "Kick-off form"
    outline = Outline(
        title=template.title or name,
        summary=template.html or None,
        guidance=template.guidance or None,
        kickoff_title=None if default_title else kickoff.title or None,
        kickoff_description=kickoff.html or None,
        kickoff=kickoff.fields,
        stages=tuple(stages.values()),
        steps=steps,
    )
    return Reading(bounded(outline), tuple(notes))


def _parts(blocks: list[Block], ids: Ids, notes: Notes) -> list[_Part]:
    parts: list[_Part] = []
    awaits, guiding = False, False
    for block in blocks:
        match block:
            case Heading(1 | 2, text):
                parts.append(_Part(text, "template" if block.level == 1 and not parts else "step"))
                awaits = guiding = False
            case Comment(text) if parts:
                parts[-1].kind = "kickoff" if text == KICKOFF else parts[-1].kind
                guiding = text == "guidance"
            case Heading(3, text) if text == FIELDS:
                awaits = True
            case Listing(items) if awaits and parts:
                parts[-1].fields = tuple(_field(one, place, ids, notes) for place, one in enumerate(items, 1))
                awaits = False
            case Listing(items) if parts and _are_details(items) and not parts[-1].html:
                parts[-1].details = dict(_detail(one) for one in items)
            case Heading() | Body() | Listing() if parts and guiding:
                parts[-1].guidance += _back(block)
            case Heading() | Body() | Listing() if parts:
                parts[-1].html += _back(block)
            case _:
                pass
    return parts


def _back(block: Heading | Body | Listing) -> str:
    """The HTML of a block, without the line ends that Markdown puts between blocks."""
    if isinstance(block, Body):
        return re.sub(r"(</\w+>|<br>)\n", r"\1", block.html)
    if isinstance(block, Heading):
        return f"<h{block.level}>{block.text}</h{block.level}>"
    tag = "ol" if block.ordered else "ul"
    return f"<{tag}>{''.join(_entry(one) for one in block.items)}</{tag}>"


def _entry(item: Item) -> str:
    inner = f"<ul>{''.join(_entry(one) for one in item.items)}</ul>" if item.items else ""
    return f"<li>{item.html}{inner}</li>"


def _are_details(items: tuple[Item, ...]) -> bool:
    names = ("Stage", "Type", "Due", "Assigned to", "Guests", "Groups", "Roles")
    return all((found := _DETAIL.fullmatch(one.html)) and found[1] in names for one in items)


def _detail(item: Item) -> tuple[str, str]:
    name, _, value = item.text.partition(": ")
    return name, value


def _field(item: Item, place: int, ids: Ids, notes: Notes) -> Field:
    found = _FIELD.fullmatch(item.html)
    words = [one.strip() for one in found[2].split(",")] if found else []
    kind = _KINDS.get(words[0]) if words else None
    label = _plain(found[1]) if found and kind else item.text
    if kind is None:
        notes.tell("field", label, "form fields", "Its type was not understood: it is a short text.")
    values: dict[str, Any] = {"position": place, "required": "required" in words[1:]}
    inner = [" ".join(one.text.split()) for one in item.items]
    if kind == "table":
        values["columns"] = [{"id": number, "label": text} for number, text in enumerate(inner, 1)]
    elif kind in ("radio", "dropdown", "multiselect"):
        values["options"] = [{"id": number, "text": text} for number, text in enumerate(inner, 1)]
    if found and kind and found[3]:
        values["guidance"] = found[3]
    values |= {"rich": kind == "textarea", "collect_time": kind == "date"}
    return msgspec.convert({"id": ids(), "label": label, "kind": kind or "text", "alias": "", **values}, Field)


def _plain(html: str) -> str:
    return Item(html).text


def _own_step(part: _Part, place: int, ids: dict[int, str], stages: dict[str, str], notes: Notes) -> OutlineStep:
    details = part.details
    deadline = read_deadline(details["Due"], ids) if "Due" in details else None
    if "Due" in details and deadline is None:
        notes.tell("deadline", details["Due"], f"step {place}", "It was not understood.")
    step = Step(
        id=ids[place],
        title=part.title,
        alias="",
        position=place,
        kind=_TYPES.get(details.get("Type", "Task"), "task"),  # type: ignore[arg-type]
        summary=part.html or None,
        guests=_listed(details.get("Guests", ""), ","),
        deadline=deadline,
        stage_id=stages.get(details.get("Stage", "")),
        fields=part.fields,
    )
    return OutlineStep(
        step=step,
        members=_listed(details.get("Assigned to", ""), ","),
        groups=_listed(details.get("Groups", ""), ";"),
        roles=_listed(details.get("Roles", ""), ";"),
    )


def _listed(text: str, mark: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in text.split(mark) if one.strip())
