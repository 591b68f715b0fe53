"""Reading the public library over all organizations (spec 30 §18)."""

from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from procession.kernel.sql import Query
from procession.templates.model import Published, template_row
from procession.templates.queries import TEMPLATE_COLUMNS
from procession.templates.tables import template_versions, templates

_t = templates.c
_v = template_versions.c
_LIBRARY = "the public library shows templates of every organization (spec 30 §18)"
_organizations = sa.table("organizations", sa.column("organization_id", sa.String), sa.column("name", sa.String))
_text = sa.cast(_t.settings, sa.Text)
_public = (
    sa.select(*TEMPLATE_COLUMNS, _organizations.c.name, _t.organization_id)
    .select_from(templates.join(_organizations, _organizations.c.organization_id == _t.organization_id))
    .where(_t.public, _t.deleted_at.is_(None), _t.archived_at.is_(None), _t.system.is_(False))
)
_listed = _public.where(
    _text.like(sa.bindparam("approved")),
    sa.or_(_t.published_id.is_not(None), _text.not_like('%"drafts":true%')),
)


def _published(*columns: Any) -> Published:
    return Published(template_row(*columns[:-2]), columns[-2], columns[-1])


@lru_cache(maxsize=64)
def listed_publicly(topics: int, industries: int) -> tuple[Query[int], Query[Published]]:
    """How many templates of the library are about one of so many topics and for one of so many industries, and a page.

    Binds `topic0`, ..., `industry0`, ...: patterns (`library._about`); 0: it is not asked for.
    """
    asked: list[sa.ColumnElement[bool]] = [
        _t.folded.like(sa.bindparam("pattern"), escape="\\"),
        _text.like(sa.bindparam("featured")),
    ]
    for name, count in (("topic", topics), ("industry", industries)):
        if count:
            asked.append(sa.or_(*(_text.like(sa.bindparam(f"{name}{place}")) for place in range(count))))
    found = _listed.where(*asked)
    page = (
        found.order_by(_t.folded, _t.id)
        .limit(sa.bindparam("count", type_=sa.Integer))
        .offset(sa.bindparam("skip", type_=sa.Integer))
    )
    counted = sa.select(sa.func.count()).select_from(found.subquery())
    return (
        Query(counted, int, why_all_tenants=_LIBRARY),
        Query(page, _published, why_all_tenants=_LIBRARY),
    )


PUBLIC_BY_ID = Query(_listed.where(_t.id == sa.bindparam("template_id")), _published, why_all_tenants=_LIBRARY)
PUBLIC_BY_ALIAS = Query(_listed.where(_t.alias == sa.bindparam("alias")).limit(2), _published, why_all_tenants=_LIBRARY)
PROPOSED = Query(_public.order_by(_t.folded, _t.id), _published, why_all_tenants=_LIBRARY)
PROPOSED_BY_ID = Query(_public.where(_t.id == sa.bindparam("template_id")), _published, why_all_tenants=_LIBRARY)
ANY_VERSION = Query(sa.select(_v.document).where(_v.id == sa.bindparam("version_id")), str, why_all_tenants=_LIBRARY)
