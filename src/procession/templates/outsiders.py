"""Texts of templates as people outside the organization read them: snippets in their place (spec 30 §15, §18)."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

import msgspec

from procession.engine.embeds import without_embeds
from procession.engine.model import TemplateDocument
from procession.engine.snippets import DEEPEST, expand, snippets_in
from procession.kernel.unit import Unit
from procession.templates.model import Template
from procession.templates.snippets import live_contents, snippets_by_id

T = TypeVar("T")


def as_guests_read(unit: Unit, template: Template, document: TemplateDocument) -> tuple[Template, TemplateDocument]:
    """With the content of every snippet: whoever may see the text may see what it shows."""
    texts = [*_texts(template.settings), *_texts(document)]
    return (
        _filled(template, document, live_contents(unit, texts))
        if any(map(snippets_in, texts))
        else (
            template,
            document,
        )
    )


def as_everybody_reads(unit: Unit, template: Template, document: TemplateDocument) -> tuple[Template, TemplateDocument]:
    """With the content of the snippets that may be read in public; without other templates, and other snippets."""
    texts = [*_texts(template.settings), *_texts(document)]
    if not any("-id=" in one for one in texts):
        return template, document
    return _filled(template, document, _public(unit, texts), bare=True)


def _public(unit: Unit, texts: list[str]) -> dict[str, str]:
    """Id → content now of the snippets in these texts and in each other; "" of those that are not public."""
    found: dict[str, str] = {}
    wanted = {one for text in texts for one in snippets_in(text)}
    for _ in range(DEEPEST):
        missing = wanted - found.keys()
        known = snippets_by_id(unit, missing)
        found |= {one: known[one].content if one in known and known[one].public else "" for one in missing}
        wanted = {inner for one in missing for inner in snippets_in(found[one])}
    return found


def _filled(
    template: Template, document: TemplateDocument, contents: Mapping[str, str], *, bare: bool = False
) -> tuple[Template, TemplateDocument]:
    settings = _mapped(template.settings, contents, bare)
    return msgspec.structs.replace(template, settings=settings), _mapped(document, contents, bare)


def _texts(value: Any) -> Iterator[str]:
    """Every text in a structure."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, msgspec.Struct):
        yield from _texts(msgspec.to_builtins(value))


def _mapped(value: T, contents: Mapping[str, str], bare: bool) -> T:
    return msgspec.convert(_replaced(msgspec.to_builtins(value), contents, bare), type(value))


def _replaced(value: Any, contents: Mapping[str, str], bare: bool) -> Any:
    if isinstance(value, str):
        shown = expand(value, contents)
        return without_embeds(shown, ("template",))[0] if bare else shown
    if isinstance(value, dict):
        return {name: _replaced(one, contents, bare) for name, one in value.items()}
    return [_replaced(one, contents, bare) for one in value] if isinstance(value, list | tuple) else value
