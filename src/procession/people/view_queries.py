"""SQL of saved views."""

import sqlalchemy as sa

from procession.kernel.sql import Patch, Query, Write, columns_of, organization
from procession.people.records import SavedView
from procession.people.tables import saved_views

Bind = sa.bindparam
_c = saved_views.c
_views = sa.select(*columns_of(saved_views, SavedView)).where(organization(saved_views))

VIEWS = Query(_views.where(_c.scope == Bind("scope")).order_by(_c.id), SavedView)
EVERY_VIEW = Query(_views.order_by(_c.id), SavedView)
VIEW = Query(_views.where(_c.id == Bind("id")), SavedView)
VIEW_LOCKED = Query(_views.where(_c.id == Bind("id")).with_for_update(), SavedView)
PATCH_VIEW = Patch(saved_views, "id")
DELETE_VIEW = Write(sa.delete(saved_views).where(organization(saved_views), _c.id == Bind("id")))
_names = ("scope", "name", "owner_id", "audience", "content", "created_at", "updated_at", "revision")
INSERT_VIEW = Query(
    sa.insert(saved_views)
    .values(
        {
            _c.organization_id: Bind("organization_id"),
            **{_c[name]: Bind(f"new_{name}", type_=_c[name].type) for name in _names},
        }
    )
    .returning(_c.id),
    int,
)
