"""All SQL of reusable lists (spec 30 §11.7)."""

import msgspec
import sqlalchemy as sa

from procession.engine.model import Column
from procession.engine.shared_lists import Drawing, Numbering
from procession.kernel.sql import Among, Patch, Query, columns_of, insert, organization, row
from procession.templates.model import SharedList
from procession.templates.tables import shared_lists, template_versions, templates

Bind = sa.bindparam
_c = shared_lists.c


def _content(shape: type, *columns: object) -> dict[str, object]:
    values = dict(zip(shape.__struct_fields__, columns, strict=True))  # type: ignore[attr-defined]
    values["columns"] = msgspec.convert(values["columns"], tuple[Column, ...])
    values["rows"] = msgspec.convert(values["rows"], tuple[tuple[str, ...], ...])
    values["numbers"] = msgspec.convert(values["numbers"], dict[str, Numbering])
    return values


def _list(*columns: object) -> SharedList:
    return SharedList(**_content(SharedList, *columns))  # type: ignore[arg-type]


def _drawing(*columns: object) -> Drawing:
    return Drawing(**_content(Drawing, *columns))  # type: ignore[arg-type]


_live = sa.select(*columns_of(shared_lists, SharedList)).where(organization(shared_lists), _c.deleted_at.is_(None))
LISTS = Query(_live.order_by(_c.id), _list)
LIST = Query(_live.where(_c.id == Bind("id")), _list)
LIST_FOR_UPDATE = Query(_live.where(_c.id == Bind("id")).with_for_update(), _list)
NAMED = Query(
    sa.select(_c.id).where(organization(shared_lists), _c.deleted_at.is_(None), _c.folded == Bind("folded")), int
)
COUNT = Query(sa.select(sa.func.count()).where(organization(shared_lists), _c.deleted_at.is_(None)), int)
LAST = Query(sa.select(sa.func.max(_c.id)).where(organization(shared_lists)), int)
INSERT = insert(shared_lists)
PATCH = Patch(shared_lists, "id")

MARKS = Query(sa.select(_c.id, _c.revision).where(organization(shared_lists), Among(_c.id, "ids")).order_by(_c.id), row)
"""Whether lists that were drawn from are still the same: deleted ones too."""

DRAWINGS = Query(
    sa.select(*columns_of(shared_lists, Drawing)).where(organization(shared_lists), Among(_c.id, "ids")), _drawing
)
LIVE_IDS = Query(sa.select(_c.id).where(organization(shared_lists), _c.deleted_at.is_(None), Among(_c.id, "ids")), int)

USED = Query(
    sa.select(templates.c.title)
    .select_from(
        templates.join(
            template_versions,
            sa.or_(
                templates.c.version_id == template_versions.c.id, templates.c.published_id == template_versions.c.id
            ),
        )
    )
    .where(
        organization(template_versions),
        organization(templates),
        templates.c.deleted_at.is_(None),
        template_versions.c.document.like(Bind("pattern")),
    )
    .order_by(templates.c.title)
    .limit(1),
    str,
)
"""A template that draws from a list, archived ones too: they may be restored."""
