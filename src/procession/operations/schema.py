"""Every table of every room, as declared: importing the rooms' `tables` fills the one metadata."""

import procession.accounts.tables
import procession.discussions.tables
import procession.files.tables
import procession.kernel.tables
import procession.labels.tables
import procession.people.tables
import procession.search.tables
import procession.templates.tables
import procession.work.tables  # noqa: F401 - imported for what they declare
from procession.kernel.sql import metadata

__all__ = ["metadata", "tenant_tables"]


def tenant_tables() -> list[str]:
    """The tables whose rows belong to an organization, by name."""
    return sorted(table.name for table in metadata.tables.values() if table.info.get("tenant"))
