"""SQL of watchers and favourites."""

import sqlalchemy as sa

from procession.kernel.sql import Among, Patch, Query, Write, columns_of, insert_missing, organization, upsert
from procession.watching.model import Star, Watcher
from procession.watching.tables import stars, unwatched, watchers

Bind = sa.bindparam
_w = watchers.c
_columns = columns_of(watchers, Watcher)
_here = organization(watchers)

WATCHER = Query(sa.select(*_columns).where(_here, _w.id == Bind("watcher")), Watcher)
SAME = Query(
    sa.select(*_columns).where(
        _here,
        _w.object_id == Bind("object"),
        _w.principal == Bind("principal"),
        _w.channel == Bind("channel"),
        _w.url_digest == Bind("digest"),
    ),
    Watcher,
)
OF_OBJECTS = Query(
    sa.select(*_columns).where(_here, _w.kind == Bind("kind"), Among(_w.object_id, "objects")).order_by(_w.id), Watcher
)


def _or_any(column: sa.ColumnElement[str], name: str) -> sa.ColumnElement[bool]:
    """The column has the value, or none was asked for."""
    return sa.or_(Bind(name, type_=sa.String).is_(None), column == Bind(name, type_=sa.String))


_found = (
    _here,
    _or_any(_w.principal, "principal"),
    _or_any(_w.channel, "channel"),
    _or_any(_w.kind, "kind"),
    _or_any(_w.object_id, "object"),
)
LISTED = Query(
    sa.select(*_columns).where(*_found).order_by(_w.id).limit(Bind("count")).offset(Bind("skip")),
    Watcher,
)
COUNTED = Query(sa.select(sa.func.count()).select_from(watchers).where(*_found), int)
INSERT = insert_missing(watchers, on=("organization_id", "object_id", "principal", "channel", "url_digest"))
PATCH = Patch(watchers, "id")
DROP = Write(sa.delete(watchers).where(_here, _w.id == Bind("watcher")))
DROP_OF_OBJECTS = Write(sa.delete(watchers).where(_here, Among(_w.object_id, "objects")))
DROP_OF_PERSON = Write(sa.delete(watchers).where(_here, _w.principal == Bind("principal")))
DROP_STARRED = Write(
    sa.delete(watchers).where(
        _here, _w.object_id == Bind("object"), _w.principal == Bind("principal"), _w.source == "star"
    )
)
_twin = sa.alias(watchers)
DROP_TWINS = Write(
    sa.delete(watchers).where(
        _here,
        _w.principal == Bind("gone"),
        sa.exists().where(
            organization(_twin),
            _twin.c.principal == Bind("heir"),
            _twin.c.object_id == _w.object_id,
            _twin.c.channel == _w.channel,
            _twin.c.url_digest == _w.url_digest,
        ),
    )
)
"""What both watch the same way: the heir keeps his own."""
HAND_OVER = Write(sa.update(watchers).where(_here, _w.principal == Bind("gone")).values(principal=Bind("heir")))

UNWATCH = insert_missing(unwatched, on=("organization_id", "object_id", "principal"))
WATCH_AGAIN = Write(
    sa.delete(unwatched).where(
        organization(unwatched), unwatched.c.object_id == Bind("object"), unwatched.c.principal == Bind("principal")
    )
)
UNWATCHING = Query(
    sa.select(unwatched.c.principal).where(organization(unwatched), unwatched.c.object_id == Bind("object")), str
)
FORGET_UNWATCHED = Write(sa.delete(unwatched).where(organization(unwatched), Among(unwatched.c.object_id, "objects")))

_mine = (organization(stars), stars.c.principal == Bind("principal"))
STARRED = Query(sa.select(stars.c.subject_id).where(*_mine, Among(stars.c.subject_id, "subjects")), str)
STARS = Query(
    sa.select(stars.c.kind, stars.c.subject_id)
    .where(*_mine, _or_any(stars.c.kind, "kind"))
    .order_by(stars.c.subject_id.desc()),
    Star,
)
ADD_STAR = upsert(stars, "kind")
DROP_STAR = Write(sa.delete(stars).where(*_mine, stars.c.subject_id == Bind("subject")))
DROP_STARS = Write(sa.delete(stars).where(organization(stars), Among(stars.c.subject_id, "subjects")))
