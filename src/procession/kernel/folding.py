"""Text as it is searched and sorted: without case and marks, compared bytewise (house plan §3)."""

import unicodedata

SEARCHED = 250
"""More of a search text is not looked at."""


def fold(text: str, limit: int | None = None) -> str:
    """`text` in compatibility decomposition without combining marks, casefolded; at most `limit` code points.

    Decomposed twice, because folding the case may compose anew. NUL, which PostgreSQL cannot hold, is left out.
    """
    folded = _bare(_bare(text).casefold())
    return folded if limit is None else folded[:limit]


def _bare(text: str) -> str:
    if text.isascii():
        return text.replace("\0", "")
    marked = unicodedata.normalize("NFKD", text)
    return "".join(one for one in marked if one != "\0" and not unicodedata.combining(one))


def containing(text: str | None) -> str:
    """The LIKE pattern (escaped by a backslash) of folded columns that contain `text`; without one, of all."""
    return holding(fold(text or "", SEARCHED))


def holding(text: str) -> str:
    """The LIKE pattern (escaped by a backslash) of what holds `text` to the letter; without one, of all."""
    for special in ("\\", "%", "_"):
        text = text.replace(special, "\\" + special)
    return f"%{text}%" if text else "%"


def uncase(text: str, limit: int | None = None) -> str:
    """`text` without case, its marks kept: what must be unique ignoring case is compared by it (spec 00 §17)."""
    plain = unicodedata.normalize("NFC", text.replace("\0", "")).casefold()
    return plain if limit is None else plain[:limit]
