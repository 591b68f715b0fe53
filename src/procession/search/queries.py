"""All SQL of what is indexed: documents, what waits to be indexed, the list of words. Finding has a file of its own."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from procession.kernel.sql import Among, Patch, Query, Write, columns_of, insert, organization, row
from procession.search.index import Matches
from procession.search.model import Kept, Stored
from procession.search.tables import search_changes, search_documents, search_terms

Bind = sa.bindparam
_d, _c, _t = search_documents.c, search_changes.c, search_terms.c

# -- what waits --------------------------------------------------------------------------------------------------------

ADD_CHANGE = insert(search_changes)
WAITING = Query(
    sa.select(_c.organization_id).order_by(_c.id).limit(1),
    str,
    why_all_tenants="the worker indexes whatever changed first, in whichever organization",
)
_first = (
    sa.select(_c.id)
    .where(organization(search_changes))
    .order_by(_c.id)
    .limit(Bind("count", type_=sa.Integer()))
    .with_for_update(skip_locked=True)
)
TAKE = Query(
    sa.delete(search_changes)
    .where(organization(search_changes), _c.id.in_(_first.scalar_subquery()))
    .returning(_c.kind, _c.subject_id),
    row,
)
DROP_FIRST = Query(
    sa.delete(search_changes)
    .where(
        organization(search_changes),
        _c.id == sa.select(sa.func.min(_c.id)).where(organization(search_changes)).scalar_subquery(),
    )
    .returning(_c.kind, _c.subject_id),
    row,
)

# -- documents ---------------------------------------------------------------------------------------------------------

_stored = sa.select(*columns_of(search_documents, Stored)).where(organization(search_documents))
STORED = Query(_stored.where(sa.or_(Among(_d.subject_id, "subjects"), Among(_d.home_id, "subjects"))), Stored)
TASKS_OF_HOMES = Query(
    sa.select(_d.subject_id).where(organization(search_documents), _d.kind == "task", Among(_d.home_id, "homes")), str
)
HOME_OF = Query(
    sa.select(_d.home_id).where(organization(search_documents), _d.subject_id == Bind("subject"), _d.kind == "step"),
    str,
)
TEXTS = Query(
    sa.select(*columns_of(search_documents, Kept)).where(organization(search_documents), Among(_d.id, "ids")), Kept
)
TITLES = Query(
    sa.select(_d.title).where(organization(search_documents), Among(_d.subject_id, "subjects"), _d.kind == "tag"), str
)
TAGGED_AS = Query(
    sa.select(_d.kind, _d.subject_id).where(organization(search_documents), Matches(_d.id, "sought")), row
)
INSERT_DOCUMENT = insert(search_documents)
PATCH_DOCUMENT = Patch(search_documents, "id")
DELETE_DOCUMENTS = Write(sa.delete(search_documents).where(organization(search_documents), Among(_d.id, "ids")))
SPOIL = Write(sa.update(search_documents).where(organization(search_documents)).values(digest=""))
"""Nothing is taken for unchanged any more."""

# -- words -------------------------------------------------------------------------------------------------------------

TERMS_LIKE = Query(
    sa.select(_t.word, _t.documents).where(
        organization(search_terms),
        sa.or_(
            sa.and_(_t.word >= Bind("head"), _t.word < Bind("head_end")),
            sa.and_(_t.backwards >= Bind("tail"), _t.backwards < Bind("tail_end")),
        ),
        sa.func.length(_t.word).between(Bind("shortest", type_=sa.Integer()), Bind("longest", type_=sa.Integer())),
    ),
    row,
)


def _count(dialect: str) -> sa.Insert:
    make = sqlite.insert if dialect == "sqlite" else postgresql.insert
    statement = make(search_terms)
    return statement.on_conflict_do_update(
        index_elements=["organization_id", "word"],
        set_={"documents": _t.documents + statement.excluded.documents},
    )


COUNT_TERM = Write(_count, [column.name for column in search_terms.columns])
FORGET_TERMS = Write(
    sa.delete(search_terms).where(organization(search_terms), Among(_t.word, "words"), _t.documents <= 0)
)
