"""All SQL of the delivery log."""

from typing import Any

import sqlalchemy as sa

from procession.accounts.model import Mail
from procession.accounts.tables import mails
from procession.kernel.sql import Among, Query, Utc, Write, columns_of, insert, organization

INSERT_MAIL = insert(mails)


def _equal(column: Any, name: str) -> sa.ColumnElement[bool]:
    """The column is the parameter, or the parameter is NULL."""
    wanted = sa.cast(sa.bindparam(name, type_=column.type), column.type)
    return sa.or_(wanted.is_(None), column == wanted)


def _among(column: Any, name: str, without: str) -> sa.ColumnElement[bool]:
    return sa.or_(sa.cast(sa.bindparam(without, type_=sa.Boolean()), sa.Boolean) == sa.true(), Among(column, name))


_asked = (
    organization(mails),
    _equal(mails.c.recipient, "recipient"),
    _equal(mails.c.account_id, "account_id"),
    _equal(mails.c.guest_id, "guest_id"),
    _among(mails.c.kind, "kinds", "any_kind"),
    _among(mails.c.status, "statuses", "any_status"),
)
MAILS = Query(
    sa.select(*columns_of(mails, Mail))
    .where(*_asked)
    .order_by(mails.c.created_at.desc(), mails.c.id.desc())
    .limit(sa.bindparam("size"))
    .offset(sa.bindparam("skip")),
    Mail,
)
MAILS_COUNT = Query(sa.select(sa.func.count()).select_from(mails).where(*_asked), int)
OLD_TEXTS = Query(
    sa.select(mails.c.id)
    .where(
        organization(mails),
        mails.c.created_at < sa.bindparam("before", type_=Utc()),
        sa.or_(mails.c.link.is_not(None), sa.cast(mails.c.about, sa.Text) != "{}"),
    )
    .order_by(mails.c.created_at, mails.c.id)
    .limit(sa.bindparam("count")),
    str,
)
_waits = mails.c.status == "queued"
CLEAR_TEXTS = Write(
    sa.update(mails)
    .where(organization(mails), Among(mails.c.id, "ids"))
    .values(
        about=sa.bindparam("nothing", type_=mails.c.about.type),
        link=None,
        status=sa.case((_waits, "failed"), else_=mails.c.status),
        error=sa.case((_waits, sa.bindparam("reason", type_=sa.String)), else_=mails.c.error),
    )
)
"""What has no text any more is not sent any more."""
