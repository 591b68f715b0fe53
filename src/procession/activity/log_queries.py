"""SQL of the system log, built and compiled once per combination of filters."""

from functools import lru_cache
from typing import Any

import msgspec
import sqlalchemy as sa

from procession.accounts.tables import mails
from procession.kernel.sql import Among, Query, Utc, columns_of, organization
from procession.kernel.tables import LOGGED, events

Bind = sa.bindparam
Condition = sa.ColumnElement[bool]
_e = events.c
_m = mails.c


def _holds(column: Any, name: str) -> Condition:
    return sa.func.lower(sa.cast(column, sa.Text)).like(Bind(name), escape="\\")


def _told(name: str) -> Condition:
    return sa.or_(_holds(_e.field, name), _holds(_e.old, name), _holds(_e.new, name))


CONDITIONS: dict[str, Condition] = {
    "kinds": Among(_e.kind, "kinds"),
    "actor": _e.actor == Bind("actor"),
    "signed_in": sa.not_(Among(_e.kind, "public")),
    "search": sa.or_(_holds(_e.kind, "search"), _told("search")),
    "event": _holds(_e.kind, "event"),
    "message": _told("message"),
}
"""All that were asked for must hold."""
SORTS: dict[str, Any] = {
    "created_at": _e.id,
    "event": _e.kind,
    "actor": _e.actor,
    "object_id": _e.subject_id,
    "client": _e.client,
}


class LogShape(msgspec.Struct, frozen=True):
    """Which statement: names of conditions, the column to sort by."""

    conditions: frozenset[str]
    sort: str
    ascending: bool


def _where(shape: LogShape) -> list[Any]:
    span = (_e.at >= Bind("since", type_=Utc()), _e.at < Bind("until", type_=Utc()))
    return [organization(events), LOGGED, *span, *(CONDITIONS[name] for name in sorted(shape.conditions))]


@lru_cache(maxsize=256)
def log_page(shape: LogShape, into: Any) -> Query[Any]:
    """A page, sorted; the same is in the order of time."""
    column = SORTS[shape.sort]
    order = (column.asc(), _e.id.asc()) if shape.ascending else (column.desc(), _e.id.desc())
    statement = sa.select(*columns_of(events, into)).where(*_where(shape)).order_by(*order)
    return Query(statement.limit(Bind("size")).offset(Bind("skip")), into)


@lru_cache(maxsize=256)
def log_walk(shape: LogShape, into: Any) -> Query[Any]:
    """What is older than an entry, newest first; ascending: what is younger, oldest first."""
    after = Bind("after", type_=sa.BigInteger())
    beyond, order = (_e.id > after, _e.id.asc()) if shape.ascending else (_e.id < after, _e.id.desc())
    statement = sa.select(*columns_of(events, into)).where(*_where(shape), beyond).order_by(order)
    return Query(statement.limit(Bind("size")), into)


@lru_cache(maxsize=256)
def log_total(shape: LogShape) -> Query[int]:
    """How many entries there are on all pages."""
    return Query(sa.select(sa.func.count()).select_from(events).where(*_where(shape)), int)


SEEN = Query(
    sa.select(_e.id)
    .where(
        organization(events),
        LOGGED,
        _e.at > Bind("since", type_=Utc()),
        _e.kind == "log.viewed",
        _e.subject_id == Bind("digest"),
        _e.actor == Bind("actor"),
    )
    .limit(1),
    int,
)

PAST_RETENTION = Query(
    sa.select(_e.id)
    .where(organization(events), LOGGED, _e.kind != "organization.updated", _e.at < Bind("before", type_=Utc()))
    .order_by(_e.at, _e.id)
    .limit(Bind("count")),
    int,
)
"""Entries that are nothing but entries of the log, the oldest first."""

_sent = (
    organization(mails),
    _m.created_at >= Bind("since", type_=Utc()),
    _m.created_at < Bind("until", type_=Utc()),
    Among(_m.status, "statuses"),
    sa.or_(*(_holds(sa.func.coalesce(one, ""), "search") for one in (_m.kind, _m.recipient, _m.subject, _m.error))),
    _holds(_m.recipient, "recipient"),
    _holds(_m.subject, "subject"),
    _holds(_m.subject, "message"),
)
MAIL_SORTS: dict[str, Any] = {
    "created_at": _m.created_at,
    "event": _m.status,
    "severity": sa.case((_m.status == "failed", 1), else_=0),
    "message": sa.func.coalesce(_m.error, _m.kind + ": " + _m.subject),
    "object_id": sa.func.coalesce(_m.guest_id, _m.account_id, 0),
    "recipient": _m.recipient,
    "subject": _m.subject,
}
"""Columns of the tab of mails that are not the same in every row."""
MAILS_TOTAL = Query(sa.select(sa.func.count()).select_from(mails).where(*_sent), int)


@lru_cache(maxsize=4)
def mails_walk(into: Any) -> Query[Any]:
    """What was written before a mail, newest first."""
    at, same = Bind("after_at", type_=Utc()), _m.created_at == Bind("after_at", type_=Utc())
    beyond = sa.and_(_m.created_at <= at, sa.or_(_m.created_at < at, sa.and_(same, _m.id < Bind("after"))))
    statement = sa.select(*columns_of(mails, into)).where(*_sent, beyond)
    return Query(statement.order_by(_m.created_at.desc(), _m.id.desc()).limit(Bind("size")), into)


@lru_cache(maxsize=4)
def mail_of(into: Any) -> Query[Any]:
    """One mail."""
    return Query(sa.select(*columns_of(mails, into)).where(organization(mails), _m.id == Bind("id")), into)


@lru_cache(maxsize=32)
def mails_page(into: Any, sort: str, *, ascending: bool) -> Query[Any]:
    """A page of mails, sorted; the same is in the order of time."""
    keys = (MAIL_SORTS[sort], _m.created_at, _m.id)
    order = [one.asc() if ascending else one.desc() for one in keys]
    statement = sa.select(*columns_of(mails, into)).where(*_sent).order_by(*order)
    return Query(statement.limit(Bind("size")).offset(Bind("skip")), into)
