"""All SQL of the delivery log."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from procession.accounts.model import Mail
from procession.accounts.tables import mails
from procession.kernel.sql import Among, Query, Utc, Write, columns_of, insert, organization

INSERT_MAIL = insert(mails)


_m = mails.c
CONDITIONS: Mapping[str, sa.ColumnElement[bool]] = {
    **{name: _m[name] == sa.bindparam(name, type_=_m[name].type) for name in ("recipient", "account_id", "guest_id")},
    "kinds": Among(_m.kind, "kinds"),
    "statuses": Among(_m.status, "statuses"),
    **{
        f"{name}_{end}": _m[name] >= bound if end == "since" else _m[name] < bound
        for name in ("created_at", "sent_at", "delivered_at")
        for end in ("since", "until")
        for bound in (sa.bindparam(f"{name}_{end}", type_=Utc()),)
    },
}
"""What a list of mails can be narrowed by, each by a parameter of its name. Nothing is before or after no date."""


def _where(asked: frozenset[str]) -> list[Any]:
    return [organization(mails), *(CONDITIONS[name] for name in sorted(asked))]


@lru_cache(maxsize=256)
def mails_page(asked: frozenset[str]) -> Query[Mail]:
    """A page, newest first. A statement for each set of conditions, so that it goes through the index for them."""
    order = (_m.created_at.desc(), _m.id.desc())
    statement = sa.select(*columns_of(mails, Mail)).where(*_where(asked)).order_by(*order)
    return Query(statement.limit(sa.bindparam("size")).offset(sa.bindparam("skip")), Mail)


@lru_cache(maxsize=256)
def mails_total(asked: frozenset[str]) -> Query[int]:
    """How many there are on all pages."""
    return Query(sa.select(sa.func.count()).select_from(mails).where(*_where(asked)), int)


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
