"""Questions over all organizations: each names its reason in its statement."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from procession.kernel.sql import Query, UnscopedStatement
from procession.kernel.unit import EVERY_TENANT, Unit

T = TypeVar("T")


def across(unit: Unit, query: Query[T], **parameters: Any) -> list[T]:
    """Every row, with row-level security open for this one statement."""
    if query.why_all_tenants is None:
        raise UnscopedStatement("a statement over all tenants names its reason")
    unit.session.scope(EVERY_TENANT)
    rows = unit.all(query, **parameters)
    unit.session.scope(unit.organization_id)
    return rows


@contextmanager
def within(unit: Unit, organization_id: str) -> Iterator[Unit]:
    """The same unit, for a while of another organization: what happens to an account is told to each of his."""
    before = unit.organization_id
    unit.organization_id = organization_id
    unit.session.scope(organization_id)
    try:
        yield unit
    finally:
        unit.organization_id = before
        unit.session.scope(before)
