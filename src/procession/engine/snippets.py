"""Snippets inside texts: finding their marks, putting their content in, taking them out (spec 30 §14.5)."""

import re
from collections.abc import Mapping

from procession.engine.richtext import clean
from procession.engine.variables import holds_variables

DEEPEST = 3
"""How deep snippets inside snippets are shown; deeper ones are dropped."""

LONGEST = 400_000
"""Characters beyond which a text takes no further snippets in: each of them may be long, and stand there often."""

_EMBED = re.compile(
    r"<(?P<tag>span|editor-snippet)\b(?=[^<>]{0,600}\bdata-snippet-id=\"(?P<id>[0-9a-fA-F]{32})\")[^<>]*>"
    r"(?:(?!</?(?:span|editor-snippet)\b)[\s\S]){0,600}</(?P=tag)>"
)


def snippets_in(text: str | None) -> frozenset[str]:
    """The ids of the snippets that the text shows; cheap on the many texts that show none."""
    if text is None or "data-snippet-id" not in text:
        return frozenset()
    return frozenset(match["id"].lower() for match in _EMBED.finditer(text))


def is_live(text: str | None) -> bool:
    """Whether what the text shows is not what is written: variables or snippets are in it."""
    return holds_variables(text) or bool(snippets_in(text))


def expand(text: str, contents: Mapping[str, str]) -> str:
    """Sanitised HTML with the content of its snippets in their place; unknown ones vanish without a trace.

    `contents`: sanitised HTML by id, of the snippets inside snippets too.
    """
    if not snippets_in(text):
        return text
    return clean(_expanded(text, contents, DEEPEST, [LONGEST - len(text)]))


def _expanded(text: str, contents: Mapping[str, str], depth: int, room: list[int]) -> str:
    def put(match: re.Match[str]) -> str:
        content = contents.get(match["id"].lower(), "") if depth else ""
        if len(content) > room[0]:
            return ""
        room[0] -= len(content)
        return _expanded(content, contents, depth - 1, room)

    return _EMBED.sub(put, text) if "data-snippet-id" in text else text


def without_snippet(text: str, snippet_id: str) -> str:
    """The text without the marks of one snippet."""
    if snippet_id not in text.lower():
        return text
    return _EMBED.sub(lambda match: "" if match["id"].lower() == snippet_id else match[0], text)
