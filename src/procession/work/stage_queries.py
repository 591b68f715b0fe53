"""SQL of milestones that were changed in running processes."""

from typing import Any

import msgspec
import sqlalchemy as sa

from procession.kernel.sql import Among, Query, Write, organization, upsert
from procession.work.tables import process_stages, tasks

Bind = sa.bindparam
_c = process_stages.c


class Changed(msgspec.Struct, frozen=True):
    """The milestones of a process as somebody made them; `known`: those of its templates that they stand for."""

    process_id: str
    stages: list[dict[str, Any]]
    known: list[str]


CHANGED = Query(
    sa.select(_c.process_id, _c.stages, _c.known).where(
        organization(process_stages), Among(_c.process_id, "processes")
    ),
    Changed,
)
SAVE = upsert(process_stages, "stages", "known")
DROP = Write(sa.delete(process_stages).where(organization(process_stages), _c.process_id == Bind("process")))
UNMAP = Write(
    sa.update(tasks)
    .where(organization(tasks), tasks.c.process_id == Bind("process"), tasks.c.stage_id == Bind("stage"))
    .values(stage_id=None, revision=tasks.c.revision + 1)
)
"""The tasks of a milestone that goes are in none."""
