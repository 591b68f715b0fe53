"""What rich texts embed by id: other templates, snippets, fields of a document (spec 30 §13, §14.5)."""

import re
from collections.abc import Collection, Mapping

_WORDS = {"blueprint": "template", "snippet": "snippet", "field": "field"}
# Of cleaned text: attributes stand in double quotes, and nothing but text is inside.
_EMBED = re.compile(
    r"<(span|editor-snippet|editor-blueprint|editor-form-field)(?=[\s/])([^<>]*)>([^<]*)</\1>", re.IGNORECASE
)
LOST_FIELD = "Error - Reference does not exist"
"""What stands in a document where a field was that is there no more (spec 30 §13)."""

_ID = re.compile(r'\sdata-(blueprint|snippet|field)-id="([0-9a-f]{32})"', re.IGNORECASE)


def without_embeds(
    html: str, kinds: Collection[str] = ("template", "snippet"), ids: Collection[str] | None = None
) -> tuple[str, list[str]]:
    """`html` (cleaned) without what it embeds of these kinds, or only of these ids; and the ids that were taken out.

    Kinds are `template`, `snippet` and `field`. An id is told once for each time it stood there.
    """
    removed: list[str] = []

    def left(found: re.Match[str]) -> str:
        named = _ID.search(found[2])
        if named is None or _WORDS[named[1].lower()] not in kinds:
            return found[0]
        embedded = named[2].lower()
        if ids is not None and embedded not in ids:
            return found[0]
        removed.append(embedded)
        return ""

    # Most texts embed nothing.
    return (_EMBED.sub(left, html), removed) if "-id=" in html else (html, removed)


def with_fields(html: str, values: Mapping[str, str]) -> str:
    """`html` (cleaned) with sanitised HTML in the place of the fields it embeds; `values` by the ids of fields."""

    def put(found: re.Match[str]) -> str:
        named = _ID.search(found[2])
        if named is None or named[1].lower() != "field":
            return found[0]
        return values.get(named[2].lower(), LOST_FIELD)

    return _EMBED.sub(put, html) if "-id=" in html else html
