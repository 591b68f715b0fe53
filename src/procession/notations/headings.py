"""Documents by their headings: H1 the title, H2 the steps, lists a checklist or the steps (spec 50 §23.4)."""

from html import escape

import msgspec

from procession.engine.model import Field, Stage
from procession.engine.richtext import plain
from procession.notations.blocks import Block, Body, Comment, Heading, Item, Listing
from procession.notations.model import Note, Outline, OutlineStep, Reading
from procession.notations.parts import (
    HTML_LIMIT,
    STAGE_LIMIT,
    STEP_LIMIT,
    SUMMARY_LIMIT,
    TITLE_LIMIT,
    UNNAMED,
    Ids,
    Notes,
    bounded,
    make_field,
    make_step,
    numbered,
)

CHECKLIST = "Checklist"
CAPTION_LIMIT = 100
_BOXES = ("[ ]", "[x]", "[X]", "☐", "☑", "☒")


def read_headings(blocks: list[Block], fallback: str, notes: list[Note]) -> Reading:
    """The outline that `blocks` describe; `fallback` names it when no heading does. Raises `Unreadable`.

    The first heading is the title if none is above it. If more headings of its level follow and deeper ones too, those
    are stages; the level below (or the only one) are the steps. Without step headings the entries of lists are.
    """
    told = Notes(notes)
    title, rest = _title([one for one in blocks if not isinstance(one, Comment)], fallback, told)
    levels = {one.level for one in rest if isinstance(one, Heading)}
    if not levels:
        return _from_lists(title, rest, told)
    first = min(levels)
    staged = first <= 1 and 2 in levels
    return _from_sections(title, rest, first if staged else None, 2 if staged else first, told)


def _title(blocks: list[Block], fallback: str, notes: Notes) -> tuple[str, list[Block]]:
    headings = [one for one in blocks if isinstance(one, Heading) and one.text]
    top = min((one.level for one in headings), default=9)
    if headings and headings[0].level == top and (top <= 1 or _is_alone(headings, top)):
        title = notes.cut(headings[0].text, TITLE_LIMIT, "title", "template")
        return title, [one for one in blocks if one is not headings[0] and not _is_empty(one)]
    shown = fallback.strip() or UNNAMED
    return shown[:TITLE_LIMIT], [one for one in blocks if not _is_empty(one)]


def _is_alone(headings: list[Heading], level: int) -> bool:
    return sum(one.level == level for one in headings) == 1 and len(headings) > 1


def _is_empty(block: Block) -> bool:
    return isinstance(block, Heading) and not block.text


class _Section:
    """A step on its way: its title, what is said in it, its checklists."""

    def __init__(self, title: str, stage: Stage | None) -> None:
        self.title = title
        self.stage = stage
        self.html: list[str] = []
        self.lists: list[tuple[str, Listing]] = []


def _from_sections(title: str, blocks: list[Block], stages: int | None, steps: int, notes: Notes) -> Reading:
    ids = Ids()
    found: list[Stage] = []
    before: list[str] = []
    sections: list[_Section] = []
    for block in blocks:
        if isinstance(block, Heading) and block.level == stages:
            text = notes.cut(block.text, STAGE_LIMIT, "stage", "template")
            found.append(Stage(id=ids(), title=text, position=len(found) + 1))
        elif isinstance(block, Heading) and block.level == steps:
            sections.append(_Section(block.text, found[-1] if found else None))
        elif sections and sections[-1].stage is (found[-1] if found else None):
            _add(sections[-1], block)
        else:  # what stands before the first step, or between a stage and its first step
            before.append(_html(block))
    used = {section.stage.id for section in sections if section.stage is not None}
    outlined = tuple(_step(one, place, ids, notes) for place, one in enumerate(sections, 1))
    kept = [one for one in found if one.id in used]
    return _reading(title, before, tuple(kept), outlined, notes)


def _add(section: _Section, block: Block) -> None:
    if isinstance(block, Listing):
        section.lists.append((_caption(section), block))
    else:
        section.html.append(_html(block))


def _caption(section: _Section) -> str:
    """What a checklist is called: the paragraph before it if that ends with a colon."""
    html = section.html[-1] if section.html else ""
    start = html.rfind("<p>")
    line = plain(html[start:]) if start >= 0 else ""
    if not line.endswith(":") or "\n" in line or len(line) > CAPTION_LIMIT:
        return CHECKLIST
    section.html[-1] = html[:start].strip()
    return line[:-1].rstrip() or CHECKLIST


def _html(block: Block) -> str:
    if isinstance(block, Body):
        return block.html
    if isinstance(block, Heading):
        return f"<h{max(block.level, 1)}>{escape(block.text, quote=False)}</h{max(block.level, 1)}>"
    return _list_html(block.items, ordered=block.ordered) if isinstance(block, Listing) else ""


def _list_html(items: tuple[Item, ...], *, ordered: bool) -> str:
    tag = "ol" if ordered else "ul"
    entries = "".join(
        f"<li>{one.html}{_list_html(one.items, ordered=False) if one.items else ''}</li>" for one in items
    )
    return f"<{tag}>{entries}</{tag}>"


def _step(section: _Section, place: int, ids: Ids, notes: Notes) -> OutlineStep:
    where = f"step {place}"
    step = make_step(ids(), section.title, place, notes)
    html = "".join(section.html)
    if len(" ".join(section.title.split())) > STEP_LIMIT:
        html = f"<p>{escape(section.title, quote=False)}</p>{html}"
    fields: list[Field] = []
    for caption, listing in section.lists:
        fields += _checklist(caption, listing.items, ids, where, notes)
    return OutlineStep(
        step=msgspec.structs.replace(
            step,
            summary=notes.cut(html, HTML_LIMIT, "summary", where) or None,
            stage_id=section.stage.id if section.stage is not None else None,
            fields=numbered(fields, notes, where),
        )
    )


def _checklist(caption: str, items: tuple[Item, ...], ids: Ids, where: str, notes: Notes) -> list[Field]:
    texts = tuple(text for one in items for text in _texts(one))
    return [make_field(ids(), caption, "multiselect", notes, where, options=texts)] if any(texts) else []


def _texts(item: Item) -> list[str]:
    return [_unboxed(item.text), *(text for one in item.items for text in _texts(one))]


def _unboxed(text: str) -> str:
    """The text of an entry without the box of a task list."""
    line = " ".join(text.split())
    for box in _BOXES:
        if line.startswith(box):
            return line[len(box) :].lstrip()
    return line


def _from_lists(title: str, blocks: list[Block], notes: Notes) -> Reading:
    """A document without step headings: every entry of a list is a step, what lies inside it its checklist."""
    ids = Ids()
    before = [_html(one) for one in blocks if not isinstance(one, Listing)]
    steps: list[OutlineStep] = []
    for item in (item for one in blocks if isinstance(one, Listing) for item in one.items):
        place = len(steps) + 1
        first, _, more = item.text.partition("\n")
        step = make_step(ids(), _unboxed(first), place, notes)
        fields = _checklist(CHECKLIST, item.items, ids, f"step {place}", notes)
        summary = item.html if more or len(first) > STEP_LIMIT else None
        steps.append(OutlineStep(step=msgspec.structs.replace(step, summary=summary, fields=tuple(fields))))
    return _reading(title, before, (), tuple(steps), notes)


def _reading(
    title: str, before: list[str], stages: tuple[Stage, ...], steps: tuple[OutlineStep, ...], notes: Notes
) -> Reading:
    """The whole; what stands before the steps is the summary, or the guidance when it is long."""
    html = "".join(before)
    long = len(html) > SUMMARY_LIMIT
    if not steps:
        notes.tell("steps", title, "template", "The document has neither step headings nor lists.")
    outline = Outline(
        title=title,
        summary=html if html and not long else None,
        guidance=notes.cut(html, HTML_LIMIT, "guidance", "template") if long else None,
        stages=stages,
        steps=steps,
    )
    return Reading(bounded(outline), tuple(notes))
