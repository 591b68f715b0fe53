"""SQL of what lies in the folders of the tracker (spec 30 §17.1)."""

from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from procession.kernel.sql import Among, Query, organization, row
from procession.labels.tables import filings
from procession.work.list_queries import CONDITIONS as TASKS
from procession.work.process_list_queries import CONDITIONS as PROCESSES
from procession.work.tables import processes, tasks


@lru_cache(maxsize=8)
def filed_counts(kind: str, sight: str | None) -> Query[Any]:
    """How many live processes or tasks lie directly in each folder; `sight` names the condition of who sees them."""
    table, known = (processes, PROCESSES) if kind == "process" else (tasks, TASKS)
    names = ["live", *(["not_hidden"] if kind == "task" else []), *([sight] if sight is not None else [])]
    joined = filings.join(table, sa.and_(table.c.id == filings.c.subject_id, filings.c.subject_kind == kind))
    where = [organization(filings), organization(table), Among(filings.c.folder_id, "folders")]
    counts = sa.select(filings.c.folder_id, sa.func.count()).select_from(joined)
    return Query(counts.where(*where, *(known[name] for name in names)).group_by(filings.c.folder_id), row)
