"""Lists that are small enough to be sorted here: people and groups of one organization (spec 00 §9, §10).

Sorting by folded text in Python orders alike on both databases, and puts what has no value last in both directions.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from procession.kernel.folding import fold
from procession.kernel.paging import Order, Page

T = TypeVar("T")
Key = Callable[[T], Any]


def ordered(items: Iterable[T], order: Order, keys: Mapping[str, Key[T]], last: Key[T]) -> list[T]:
    """`items` by the keys of `order`, then by `last`, which no two of them share."""
    out = sorted(items, key=last)
    for name, descends in reversed(order):
        value = keys[name]
        absent = [one for one in out if value(one) is None]
        present = [one for one in out if value(one) is not None]
        present.sort(key=value, reverse=descends)
        out = present + absent
    return out


def cut(items: list[T], page: Page) -> list[T]:
    """The items of that page."""
    return items[page.skip : page.skip + page.size]


def holds(sought: str, *texts: str | None) -> bool:
    """Whether the folded `sought` is in one of the texts, whatever its case and marks (spec 00 FLT-04)."""
    return any(sought in fold(text) for text in texts if text)


def folded(read: Callable[[T], str | None]) -> Key[T]:
    """A sort key of text: without case and marks; None for nothing."""

    def key(item: T) -> str | None:
        text = read(item)
        return fold(text) if text else None

    return key
