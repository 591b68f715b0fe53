"""Types and acts of the steps. They are the schema's history: what is here never changes, it is added to."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


def text(length: int | None = None) -> sa.types.TypeEngine[Any]:
    """Text, compared byte by byte: both databases then sort alike (house plan §3)."""
    if length is None:
        return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def instant() -> sa.types.TypeEngine[Any]:
    """An instant: timestamptz; fixed-width UTC text on SQLite."""
    return sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")


def document() -> sa.types.TypeEngine[Any]:
    """A JSON document read and written whole; text on SQLite."""
    return postgresql.JSON().with_variant(sa.Text(), "sqlite")


def number() -> sa.types.TypeEngine[Any]:
    """A long integer. On SQLite every integer is one, and the row id must be called so."""
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def protect(table: str) -> None:
    """On PostgreSQL, bind the rows of a tenant table to the organization of the transaction, the owner's too.

    `*` passes: the few statements over all tenants set it (house plan §4).
    """
    if op.get_context().dialect.name != "postgresql":
        return
    scope = "current_setting('procession.organization_id', true)"
    rule = f"organization_id = {scope} OR {scope} = '*'"
    op.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
    op.execute(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY')
    op.execute(f'CREATE POLICY organization ON "{table}" USING ({rule}) WITH CHECK ({rule})')
