"""Walks through large lists: where one goes on, instead of pages (spec 00 PAG-05).

A walk goes by creation, newest first; `sort` may turn it round. Nothing is counted, so the hundredth step costs what
the first one does, and rows made during the walk shift nothing.
"""

import re
from typing import Any

from procession.api.endpoint import Call
from procession.engine.model import Notice
from procession.kernel.errors import Invalid
from procession.kernel.paging import Order

NEWEST: Order = (("number", True),)
OLDEST: Order = (("number", False),)
_WORDS: dict[str, Order] = {
    **dict.fromkeys(("", "newest", "-created_at", "-increment_id"), NEWEST),
    **dict.fromkeys(("oldest", "created_at", "+created_at", "increment_id", "+increment_id"), OLDEST),
}
UNKNOWN = {"cursor": ["The cursor is invalid."]}
_CURSOR = re.compile(r"([no])([0-9]{1,15})")


def read_cursor(call: Call, first: Order | None = None) -> tuple[Order, int | None]:
    """The order of the walk and the number it goes on after; an empty `cursor` begins one, in the order `first`.

    A cursor keeps its own direction. 422 for a text that no answer gave. `first` is None where `sort` says it.
    """
    text = (call.query.text("cursor") or "").strip()
    if not text and first is not None:
        return first, None
    if not text:
        word = (call.query.text("sort", "sort_by") or "").strip().lower()
        if word not in _WORDS:
            call.warnings.append(Notice("UNKNOWN_SORT_KEY", word[:100]))
        return _WORDS.get(word, NEWEST), None
    found = _CURSOR.fullmatch(text)
    if found is None:
        raise Invalid(UNKNOWN)
    return NEWEST if found[1] == "n" else OLDEST, int(found[2])


def cursor_meta(order: Order, last: int | None, count: int, size: int) -> dict[str, Any]:
    """`meta.cursor`: `next` is null at the end; `last` is the number of the last row when more follow."""
    following = None if last is None else f"{'n' if order == NEWEST else 'o'}{last}"
    return {"next": following, "count": count, "per_page": size}
