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
