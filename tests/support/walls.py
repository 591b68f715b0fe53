"""Taking down the walls between organizations, so that what still stands can be proven."""

import re
from typing import Any

import pytest
from sqlalchemy.engine import Dialect

from procession.kernel.postgres import PostgresSession
from procession.kernel.sql import Compiled, Query
from procession.kernel.unit import EVERY_TENANT

OWN_ORGANIZATION = re.compile(r"((?:\w+\.)?organization_id = %s(?:::\w+)?)")


def without_statements(patch: pytest.MonkeyPatch) -> None:
    """No statement that reads names its organization any more (PostgreSQL)."""
    seen: dict[Query[Any], Compiled] = {}

    def compiled(query: Query[Any], dialect: Dialect) -> Compiled:
        if query not in seen:
            fresh = Compiled(query.statement, dialect, None)
            fresh.text = OWN_ORGANIZATION.sub(r"(\1 OR true)", fresh.text)
            seen[query] = fresh
        return seen[query]

    patch.setattr(Query, "compiled", compiled)


def without_policies(patch: pytest.MonkeyPatch) -> None:
    """PostgreSQL shows every row, whatever the organization."""
    scope = PostgresSession.scope
    patch.setattr(PostgresSession, "scope", lambda session, _: scope(session, EVERY_TENANT))
