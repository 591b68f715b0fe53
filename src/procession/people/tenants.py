"""Questions over all organizations: each names its reason in its statement."""

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
