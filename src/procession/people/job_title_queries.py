"""All SQL of job titles."""

from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from procession.engine.model import Owners
from procession.kernel.sql import Among, Patch, Query, Write, columns_of, insert, organization
from procession.people.records import JobTitle
from procession.people.tables import job_titles


def _job_title(
    id: str,  # noqa: A002 - the member's name
    name: str,
    description: str | None,
    people: dict[str, Any],
    created_at: datetime,
    updated_at: datetime,
    revision: int,
) -> JobTitle:
    return JobTitle(id, name, description, msgspec.convert(people, Owners), created_at, updated_at, revision)


_titles = sa.select(*columns_of(job_titles, JobTitle)).where(organization(job_titles))
JOB_TITLES = Query(_titles, _job_title)
JOB_TITLE = Query(_titles.where(job_titles.c.id == sa.bindparam("id")), _job_title)
JOB_TITLE_FOR_UPDATE = Query(_titles.where(job_titles.c.id == sa.bindparam("id")).with_for_update(), _job_title)
JOB_TITLES_BY_ID = Query(_titles.where(Among(job_titles.c.id, "ids")), _job_title)
JOB_TITLE_NAMED = Query(_titles.where(job_titles.c.uncased == sa.bindparam("uncased")), _job_title)
INSERT_JOB_TITLE = insert(job_titles)
PATCH_JOB_TITLE = Patch(job_titles, "id")
DELETE_JOB_TITLE = Write(sa.delete(job_titles).where(organization(job_titles), job_titles.c.id == sa.bindparam("id")))
