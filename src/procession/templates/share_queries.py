"""All SQL of templates that are shared with guests (spec 30 §4.2)."""

import sqlalchemy as sa

from procession.kernel.sql import Among, Query, Write, insert_missing, organization, row
from procession.templates.tables import template_guests

_c = template_guests.c
_mine = (organization(template_guests), _c.guest_id == sa.bindparam("guest_id"))
_one = (organization(template_guests), _c.template_id == sa.bindparam("template_id"))

SHARES = Query(
    sa.select(_c.template_id, _c.guest_id)
    .where(organization(template_guests), Among(_c.template_id, "templates"))
    .order_by(_c.template_id, _c.guest_id),
    row,
)
IS_SHARED = Query(sa.select(_c.guest_id).where(*_one, _c.guest_id == sa.bindparam("guest_id")), int)
SHARED_WITH = Query(sa.select(_c.template_id).where(*_mine).order_by(_c.template_id), str)
ADD_SHARE = insert_missing(template_guests, on=("organization_id", "template_id", "guest_id"))
DROP_SHARE = Write(sa.delete(template_guests).where(*_one, _c.guest_id == sa.bindparam("guest_id")))
DROP_SHARES = Write(sa.delete(template_guests).where(*_one))
DROP_SHARES_WITH = Write(sa.delete(template_guests).where(*_mine))
