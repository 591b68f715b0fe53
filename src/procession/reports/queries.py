"""All SQL of the figures."""

from typing import Any

import sqlalchemy as sa

from procession.kernel.sql import Among, Query, organization, row
from procession.labels.tables import tag_uses
from procession.templates.tables import templates
from procession.work.tables import processes


def _tagged(kind: str, table: sa.Table) -> Query[Any]:
    """By tag: how many of the table's rows carry it and are in use, how many carry it and are archived."""
    return Query(
        sa.select(
            tag_uses.c.tag_id, sa.func.count() - sa.func.count(table.c.archived_at), sa.func.count(table.c.archived_at)
        )
        .select_from(tag_uses.join(table, table.c.id == tag_uses.c.subject_id))
        .where(
            organization(tag_uses),
            organization(table),
            tag_uses.c.subject_kind == kind,
            Among(tag_uses.c.tag_id, "ids"),
        )
        .group_by(tag_uses.c.tag_id),
        row,
    )


TAGGED_TEMPLATES = _tagged("template", templates)
TAGGED_PROCESSES = _tagged("process", processes)
