"""SQL of the public pages of processes."""

import msgspec
import sqlalchemy as sa

from procession.kernel.sql import Among, Query, Write, insert_missing, organization, row, upsert
from procession.work.tables import public_links, tasks

Bind = sa.bindparam
_c = public_links.c


class Place(msgspec.Struct, frozen=True):
    """Where a public page belongs."""

    organization_id: str
    process_id: str


SHARED = Query(
    sa.select(_c.organization_id, _c.process_id).where(_c.digest == Bind("digest")),
    Place,
    why_all_tenants="whoever opens a public page knows its address, and no organization",
)
SECRETS = Query(sa.select(_c.process_id, _c.secret).where(organization(public_links), Among(_c.process_id, "ids")), row)
ADD_LINK = insert_missing(public_links, on=("organization_id", "process_id"))
REPLACE_LINK = upsert(public_links, "digest", "secret", "created_at")
DROP_LINKS = Write(sa.delete(public_links).where(organization(public_links), Among(_c.process_id, "ids")))
OWN_FIELDS = Query(
    sa.select(tasks.c.version_id, tasks.c.own_fields).where(organization(tasks), tasks.c.process_id == Bind("process")),
    row,
)
"""What fields the tasks of a process have: those of versions, or their own."""
