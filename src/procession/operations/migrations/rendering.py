"""How Alembic writes the house's types into a new step, and what it compares."""

from typing import Any, Literal

import sqlalchemy as sa
from alembic.autogenerate.api import AutogenContext

from procession.kernel.sql import Json, Utc

COLUMNS = "from procession.operations.migrations.columns import document, instant, number, protect, text"


def render_item(kind: str, item: Any, context: AutogenContext) -> str | Literal[False]:
    """The call of `columns` that makes this type; False leaves the item to Alembic."""
    if kind != "type":
        return False
    rendered = _type(item)
    if rendered:
        context.imports.add(COLUMNS)
    return rendered or False


OWN_INDEXES = ("search_vectors", "search_words")
"""Full-text indexes: each database has its own, made by hand, which no room declares (`search.index`)."""


def is_declared(_item: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
    """Whether a table is one that the rooms declare, so that the two can be compared."""
    return not (kind == "table" and name is not None and name.startswith(OWN_INDEXES))


def _type(item: Any) -> str | None:
    match item:
        case Utc():
            return "instant()"
        case Json():
            return "document()"
        case sa.BigInteger():
            return "number()"
        case sa.Text():
            return "text()"
        case sa.String():
            return f"text({item.length})"
        case _:
            return None
