"""All SQL of tags and folders."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from procession.kernel.paging import Order
from procession.kernel.sql import (
    Among,
    Patch,
    Query,
    Write,
    columns_of,
    insert,
    insert_missing,
    organization,
    row,
)
from procession.labels.model import Filing, Folder, Tag, TagUse
from procession.labels.tables import filings, folders, tag_uses, tags

# -- alike for what hangs on subjects ----------------------------------------------------------------------------------


def _of_subject(table: sa.Table) -> tuple[sa.ColumnElement[bool], ...]:
    """The rows of one subject."""
    subject = table.c.subject_id == sa.bindparam("subject")
    return organization(table), table.c.subject_kind == sa.bindparam("kind"), subject


def _of_subjects(table: sa.Table) -> tuple[Any, ...]:
    """The rows of several subjects of one kind."""
    return organization(table), table.c.subject_kind == sa.bindparam("kind"), Among(table.c.subject_id, "ids")


def _ids(label: sa.Column[Any]) -> Query[Any]:
    """Subject and label of several subjects, as they were attached."""
    table = label.table
    return Query(sa.select(table.c.subject_id, label).where(*_of_subjects(table)).order_by(table.c.id), row)


def _remove(label: sa.Column[Any]) -> Write:
    """Take labels off one subject."""
    return Write(sa.delete(label.table).where(*_of_subject(label.table), Among(label, "ids")))


def _remove_by_id(table: sa.Table) -> Write:
    return Write(sa.delete(table).where(organization(table), table.c.id == sa.bindparam("id")))


def _forget(table: sa.Table) -> Write:
    """Take everything off several subjects."""
    return Write(sa.delete(table).where(*_of_subjects(table)))


# -- tags --------------------------------------------------------------------------------------------------------------

_tag = sa.select(*columns_of(tags, Tag)).where(organization(tags))

TAG = Query(_tag.where(tags.c.id == sa.bindparam("id")), Tag)
TAG_FOR_UPDATE = Query(_tag.where(tags.c.id == sa.bindparam("id")).with_for_update(), Tag)
TAG_TITLED = Query(_tag.where(tags.c.uncased == sa.bindparam("uncased")), Tag)
TAGS_TITLED = Query(sa.select(tags.c.uncased, tags.c.id).where(organization(tags), Among(tags.c.uncased, "keys")), row)
TAGS = Query(_tag.where(Among(tags.c.id, "ids")), Tag)
KNOWN_TAGS = Query(
    # A tag that is about to be attached may not go away meanwhile (SQLite's writer is alone anyway).
    sa.select(tags.c.id).where(organization(tags), Among(tags.c.id, "ids")).with_for_update(read=True, key_share=True),
    str,
)
ADD_TAG = insert(tags)
PATCH_TAG = Patch(tags, "id")
DELETE_TAG = Query(
    sa.delete(tags).where(organization(tags), tags.c.id == sa.bindparam("id")).returning(*columns_of(tags, Tag)), Tag
)
DROP_UNUSED = Query(
    sa.delete(tags)
    .where(
        organization(tags),
        tags.c.automatic,
        Among(tags.c.id, "ids"),
        ~sa.exists().where(organization(tag_uses), tag_uses.c.tag_id == tags.c.id),
    )
    .returning(tags.c.id),
    str,
)

_shown_tags = (
    organization(tags),
    sa.or_(tags.c.folded.like(sa.bindparam("like"), escape="\\"), tags.c.id == sa.bindparam("text")),
    sa.or_(tags.c.automatic == sa.bindparam("one"), tags.c.automatic == sa.bindparam("other")),
)
COUNT_TAGS = Query(sa.select(sa.func.count()).select_from(tags).where(*_shown_tags), int)
TAG_ORDER = {"title": tags.c.folded, "color": tags.c.color, "created_at": tags.c.created_at}


@lru_cache(maxsize=64)
def tags_page(order: Order) -> Query[Tag]:
    """One page of tags in that order."""
    return _page(tags, _shown_tags, TAG_ORDER, order, Tag)


def _page(
    table: sa.Table, shown: Iterable[Any], known: dict[str, sa.Column[Any]], order: Order, into: type
) -> Query[Any]:
    """One page; whatever is equal so far stands as it was made (spec 00 ENV-19)."""
    keys = [known[name].desc() if down else known[name].asc() for name, down in order if name in known]
    return Query(
        sa.select(*columns_of(table, into))
        .where(*shown)
        .order_by(*keys, table.c.created_at, table.c.id)
        .limit(sa.bindparam("count"))
        .offset(sa.bindparam("skip")),
        into,
    )


# -- tags on subjects --------------------------------------------------------------------------------------------------

_use = (
    sa.select(*columns_of(tag_uses, TagUse, title=tags.c.title, color=tags.c.color, automatic=tags.c.automatic))
    .select_from(tag_uses.join(tags, tags.c.id == tag_uses.c.tag_id))
    .where(organization(tag_uses), organization(tags))
)
USES = Query(_use.where(*_of_subjects(tag_uses)).order_by(tag_uses.c.id), TagUse)
USE = Query(_use.where(tag_uses.c.id == sa.bindparam("id")), TagUse)
USE_OF = Query(_use.where(*_of_subject(tag_uses), tag_uses.c.tag_id == sa.bindparam("tag")), TagUse)
TAG_IDS = _ids(tag_uses.c.tag_id)
ADD_USE = insert_missing(tag_uses, on=("organization_id", "subject_kind", "subject_id", "tag_id"))
REMOVE_USES = _remove(tag_uses.c.tag_id)
REMOVE_USE = _remove_by_id(tag_uses)
FORGET_USES = _forget(tag_uses)

# -- folders -----------------------------------------------------------------------------------------------------------

_folder = sa.select(*columns_of(folders, Folder)).where(organization(folders))

FOLDER = Query(_folder.where(folders.c.id == sa.bindparam("id")), Folder)
FOLDER_FOR_UPDATE = Query(_folder.where(folders.c.id == sa.bindparam("id")).with_for_update(), Folder)
FOLDERS = Query(_folder.where(Among(folders.c.id, "ids")), Folder)
FOLDER_NAMED = Query(
    _folder.where(
        folders.c.kind == sa.bindparam("kind"),
        folders.c.folded == sa.bindparam("folded"),
        folders.c.name == sa.bindparam("name"),
    ).order_by(folders.c.id),
    Folder,
)
FOLDER_TREE = Query(
    _folder.where(folders.c.kind == sa.bindparam("kind")).order_by(folders.c.position, folders.c.id), Folder
)
KNOWN_FOLDERS = Query(
    sa.select(folders.c.id)
    .where(organization(folders), folders.c.kind == sa.bindparam("kind"), Among(folders.c.id, "ids"))
    .with_for_update(read=True, key_share=True),
    str,
)
ADD_FOLDER = insert(folders)
PATCH_FOLDER = Patch(folders, "id")
DELETE_FOLDER = _remove_by_id(folders)

_shown_folders = (
    organization(folders),
    folders.c.kind == sa.bindparam("kind"),
    sa.or_(folders.c.folded.like(sa.bindparam("like"), escape="\\"), folders.c.id == sa.bindparam("text")),
)
COUNT_FOLDERS = Query(sa.select(sa.func.count()).select_from(folders).where(*_shown_folders), int)
FOLDER_ORDER = {"position": folders.c.position, "name": folders.c.folded, "created_at": folders.c.created_at}


@lru_cache(maxsize=64)
def folders_page(order: Order) -> Query[Folder]:
    """One page of folders in that order."""
    return _page(folders, _shown_folders, FOLDER_ORDER, order, Folder)


# -- subjects in folders -----------------------------------------------------------------------------------------------

_filing = (
    sa.select(
        *columns_of(
            filings,
            Filing,
            name=folders.c.name,
            kind=folders.c.kind,
            parent_id=folders.c.parent_id,
            position=folders.c.position,
        )
    )
    .select_from(filings.join(folders, folders.c.id == filings.c.folder_id))
    .where(organization(filings), organization(folders))
)
FILINGS = Query(_filing.where(*_of_subjects(filings)).order_by(filings.c.id), Filing)
FILING = Query(_filing.where(filings.c.id == sa.bindparam("id")), Filing)
FILING_OF = Query(_filing.where(*_of_subject(filings), filings.c.folder_id == sa.bindparam("folder")), Filing)
FOLDER_IDS = _ids(filings.c.folder_id)
ADD_FILING = insert_missing(filings, on=("organization_id", "subject_kind", "subject_id", "folder_id"))
REMOVE_FILINGS = _remove(filings.c.folder_id)
REMOVE_FILING = _remove_by_id(filings)
FORGET_FILINGS = _forget(filings)
