"""A template as lines for people to read: what PDF and Word show, one in its way and one in the other's."""

from typing import Literal

import msgspec

from procession.engine.model import Field
from procession.notations.markdown import KINDS, details_of
from procession.notations.model import Outline
from procession.notations.text import Paragraph, Run, paragraphs

RULES = "Rules"
Style = Literal["title", "heading", "part", "detail", "text", "field", "option"]


class Line(msgspec.Struct, frozen=True):
    """One line or paragraph of the sheet. `title`: of the template, `heading`: of a step, `part`: inside one."""

    style: Style
    paragraph: Paragraph


def sheet(outline: Outline, *, number: bool) -> list[Line]:
    """Title, texts, kick-off form, then every step with its details and form fields, at last the names of the rules.

    `number`: steps have their numbers before their titles.
    """
    lines = [_line("title", outline.title), *_texts(outline.summary), *_texts(outline.guidance)]
    if has_kickoff(outline):
        lines += [_line("heading", outline.kickoff_title or "Kick-off form"), *_texts(outline.kickoff_description)]
        lines += _fields(outline.kickoff)
    places = {one.step.id: one.step.position for one in outline.steps}
    stages = {one.id: one.title for one in outline.stages}
    for one in outline.steps:
        lines.append(_line("heading", f"{one.step.position}. {one.step.title}" if number else one.step.title))
        for name, value in details_of(one, places, stages):
            runs = (Run(f"{name}: ", bold=True), Run(value))
            lines.append(Line("detail", Paragraph("item", runs)))
        lines += [*_texts(one.step.summary), *_fields(one.step.fields)]
    if outline.rules:
        lines.append(_line("heading", RULES))
        lines += [Line("text", Paragraph("item", (Run(rule.name),))) for rule in outline.rules]
    return lines


def has_kickoff(outline: Outline) -> bool:
    """Whether there is anything to show of a kick-off form."""
    return bool(outline.kickoff or outline.kickoff_title or outline.kickoff_description)


def _line(style: Style, text: str) -> Line:
    return Line(style, Paragraph("text", (Run(text),)))


def _texts(html: str | None) -> list[Line]:
    return [Line("text", one) for one in paragraphs(html)]


def _fields(fields: tuple[Field, ...]) -> list[Line]:
    lines = [_line("part", "Form fields")] if fields else []
    for field in fields:
        traits = KINDS[field.kind] + (", required" if field.required else "")
        runs = [Run(field.label, bold=True), Run(f" ({traits})")]
        help_text = " ".join(one.text.replace("\n", " ") for one in paragraphs(field.guidance))
        if help_text:
            runs.append(Run(f": {help_text}"))
        lines.append(Line("field", Paragraph("item", tuple(runs))))
        boxes = [one.text for one in field.options] or [one.label for one in field.columns]
        lines += [Line("option", Paragraph("item", (Run(text),), 1)) for text in boxes]
    return lines
