"""The envelope of a list: `data` and `meta.pagination` (spec 00 §5.2)."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import parse_qsl, quote, urlencode

from procession.kernel.paging import UNPAGED, Page, read_page

PATH_SAFE = "/%:@!$&'()*+,;=~"
"""What may stand in a path as it is; `%` too, because the path comes encoded."""


class Links(Protocol):
    """What absolute links are made from: public address, prefix of the request, its path below that, its query."""

    @property
    def public_url(self) -> str: ...

    @property
    def prefix(self) -> str: ...

    @property
    def path(self) -> str: ...

    @property
    def query(self) -> str: ...


def pagination(page: Page, total: int, count: int, links: Links) -> dict[str, Any]:
    """The seven members of `meta.pagination` (spec 00 ENV-10..17): `total` on all pages, `count` on this one."""
    pages = 1 if page.unpaged else max(1, -(-total // page.size))
    shown: dict[str, str] = {}
    if pages > 1 or page.number > 1:
        address = _without_page(links)
        if page.number < pages:
            shown["next"] = f"{address}{page.number + 1}"
        if page.number > 1:
            shown["previous"] = shown["prev"] = f"{address}{page.number - 1}"
    return {
        "total": total,
        "count": count,
        "per_page": page.size,
        "current_page": page.number,
        "total_pages": pages,
        "has_more_pages": page.number < pages,
        "links": shown,
    }


def _without_page(links: Links) -> str:
    """The address of the request up to the number of its page, which comes last; all else as it came (ENV-12)."""
    pairs = [(name, value) for name, value in parse_qsl(links.query, keep_blank_values=True) if name != "page"]
    query = urlencode([*pairs, ("page", "")])
    path = quote(f"{links.prefix}{links.path}", safe=PATH_SAFE)
    return f"{links.public_url.rstrip('/')}{path}?{query}"


def paged(items: Sequence[Any], page: Page, total: int, links: Links) -> dict[str, Any]:
    """The whole body of a list."""
    meta: dict[str, Any] = {"pagination": pagination(page, total, len(items), links)}
    if page.unpaged and total > UNPAGED:
        meta["truncated"] = True
    return {"data": items, "meta": meta}


def whole(items: Sequence[Any], query: Mapping[str, Sequence[str]], links: Links) -> dict[str, Any]:
    """The body of a list that is answered in one piece unless a size is asked for.

    A page behind the last is empty (spec 00 ENV-15): whoever walks pages until one is empty comes to an end.
    """
    size = max(len(items), 1)
    page = read_page(query, size, size)
    return paged(items[page.skip : page.skip + page.size], page, len(items), links)
