"""Which page of a list is asked for (spec 00 §10)."""

from collections.abc import Mapping, Sequence

import msgspec

UNPAGED = 10_000
"""The most items of one answer without pages (spec 00 ENV-17)."""

LARGEST_PAGE = 2**31
_YES = frozenset({"true", "1", "yes", "on"})
_NO = frozenset({"false", "0", "no", "off"})


class Page(msgspec.Struct, frozen=True):
    """A page: its number from 1, how many items it has. `unpaged`: everything was asked for in one answer."""

    number: int
    size: int
    unpaged: bool = False

    @property
    def skip(self) -> int:
        """How many items come before it."""
        return (self.number - 1) * self.size


def read_page(query: Mapping[str, Sequence[str]], default: int, maximum: int) -> Page:
    """The page that `page`, `per_page` (or `limit`), `without_pagination` and `pagination` ask for.

    Never an error: what cannot be read is the default, what is too large is the maximum (spec 00 PAG-01..04).
    """
    if _word(query, "without_pagination") in _YES or _word(query, "pagination") in _NO:
        return Page(1, UNPAGED, unpaged=True)
    size = _number(query, "per_page") if "per_page" in query else _number(query, "limit")
    return Page(_number(query, "page") or 1, min(size or default, maximum))


def _word(query: Mapping[str, Sequence[str]], name: str) -> str | None:
    values = query.get(name)
    return values[-1].strip().lower() if values else None


def _number(query: Mapping[str, Sequence[str]], name: str) -> int | None:
    """A whole number from 1 on; None for anything else. Beyond what a list can have, the largest there is."""
    text = _word(query, name)
    if text is None or not text.isascii() or not text.isdigit():
        return None
    digits = text.lstrip("0")
    return min(int(digits), LARGEST_PAGE) if 0 < len(digits) <= 10 else LARGEST_PAGE if digits else None


Order = tuple[tuple[str, bool], ...]
"""Keys to sort by, the first one first, and whether each descends."""
