"""All SQL of templates, their versions and parts."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

import msgspec
import sqlalchemy as sa

from procession.kernel.sql import (
    Among,
    Patch,
    Query,
    Utc,
    Write,
    columns_of,
    insert,
    insert_missing,
    organization,
    row,
)
from procession.labels.tables import filings, folders, tag_uses, tags
from procession.people.tables import groups
from procession.templates.model import Template, VersionInfo, VersionMark, VersionRow, Watcher, template_row
from procession.templates.sight import listed
from procession.templates.tables import template_parts, template_versions, template_watchers, templates
from procession.watching.tables import stars

_t = templates.c
_v = template_versions.c
_p = template_parts.c

TEMPLATE_COLUMNS = columns_of(templates, Template)
_templates = sa.select(*TEMPLATE_COLUMNS).where(organization(templates))
_present = _t.deleted_at.is_(None)
_by_id = _templates.where(_present, _t.id == sa.bindparam("template_id"))

TEMPLATE = Query(_by_id, template_row)
LOCK_TEMPLATE = Query(_by_id.with_for_update(), template_row)
LOCK_TEMPLATES = Query(_templates.where(_present, Among(_t.id, "ids")).order_by(_t.id).with_for_update(), template_row)
"""Locked one after the other, in the order of their ids."""
HOLD_TEMPLATE = Query(_by_id.with_for_update(read=True, key_share=True), template_row)
"""It stays as it is until the transaction ends, but for what its launches count; others may hold it too."""
TEMPLATE_BY_ALIAS = Query(_templates.where(_present, _t.alias == sa.bindparam("alias")), template_row)
EXISTING = Query(
    sa.select(_t.id).where(
        organization(templates), _present, _t.archived_at.is_(None), _t.system.is_(False), Among(_t.id, "ids")
    ),
    str,
)
TEMPLATES = Query(_templates.where(Among(_t.id, "ids")), template_row)
ALIAS_HOLDER = Query(sa.select(_t.id).where(organization(templates), _t.alias == sa.bindparam("alias")), str)

INSERT_TEMPLATE = insert(templates)
ADD_TEMPLATE = insert_missing(templates, on=("organization_id", "alias"))
PATCH_TEMPLATE = Patch(templates, "id")
DROP_TEMPLATE = Write(sa.delete(templates).where(organization(templates), _t.id == sa.bindparam("template_id")))
COUNT_LAUNCH = Write(
    sa.update(templates)
    .where(organization(templates), _t.id == sa.bindparam("template_id"))
    .values(launches=_t.launches + 1)
)

_versions = sa.select(*columns_of(template_versions, VersionRow)).where(organization(template_versions))


def _version(*columns: Any) -> VersionRow:
    version_id, template_id, number, document, launched, revision = columns
    return VersionRow(version_id, template_id, number, document, bool(launched), revision)


def _version_info(version_id: str, number: int, author: int, made: datetime, launched: Any) -> VersionInfo:
    return VersionInfo(version_id, number, author, made, bool(launched))


def _mark(revision: int, launched: Any) -> VersionMark:
    return VersionMark(revision, bool(launched))


VERSION = Query(_versions.where(_v.id == sa.bindparam("version_id")), _version)
VERSIONS = Query(_versions.where(Among(_v.id, "ids")), _version)
VERSION_MARK = Query(
    sa.select(_v.revision, _v.launched).where(organization(template_versions), _v.id == sa.bindparam("version_id")),
    _mark,
)
VERSIONS_OF = Query(
    sa.select(_v.id, _v.number, _v.created_by, _v.created_at, _v.launched)
    .where(organization(template_versions), _v.template_id == sa.bindparam("template_id"))
    .order_by(_v.number.desc()),
    _version_info,
)
VERSION_NUMBERED: Query[str] = Query(
    sa.select(_v.id).where(
        organization(template_versions),
        _v.template_id == sa.bindparam("template_id"),
        _v.number == sa.bindparam("number", type_=sa.Integer),
    ),
    str,
)
INSERT_VERSION = insert(template_versions)
PATCH_VERSION = Patch(template_versions, "id")

INSERT_PARTS = insert_missing(template_parts, on=("organization_id", "id"))
PART = Query(
    sa.select(_p.kind, _p.template_id).where(organization(template_parts), _p.id == sa.bindparam("part_id")), row
)
PARTS = Query(sa.select(_p.id, _p.template_id).where(organization(template_parts), Among(_p.id, "ids")), row)
PARTS_OF = Query(
    sa.select(_p.kind, _p.id).where(organization(template_parts), _p.template_id == sa.bindparam("template_id")), row
)
"""Also those that were removed from the template since."""

DROP_PARTS = Write(
    sa.delete(template_parts).where(organization(template_parts), _p.template_id == sa.bindparam("template_id"))
)
DROP_VERSIONS = Write(
    sa.delete(template_versions).where(organization(template_versions), _v.template_id == sa.bindparam("template_id"))
)

FOLDER_KIND: Query[str] = Query(
    sa.select(folders.c.kind).where(organization(folders), folders.c.id == sa.bindparam("folder_id")), str
)
FOLDER_TREE = Query(
    sa.select(folders.c.id, folders.c.name, folders.c.parent_id).where(
        organization(folders), folders.c.kind == "template"
    ),
    row,
)
_filed = (organization(filings), filings.c.subject_kind == "template")
UNFILE_TEMPLATES = Query(
    sa.update(templates)
    .where(organization(templates), _t.folder_id == sa.bindparam("folder"))
    .values(
        folder_id=sa.select(filings.c.folder_id)
        .where(*_filed, filings.c.subject_id == _t.id, filings.c.folder_id != sa.bindparam("folder"))
        .order_by(filings.c.id)
        .limit(1)
        .correlate(templates)
        .scalar_subquery(),
        updated_at=sa.bindparam("at", type_=_t.updated_at.type),
        revision=_t.revision + 1,
    )
    .returning(_t.id, _t.folder_id),
    row,
)
_edited = (
    sa.select(_t.id)
    .select_from(templates.join(template_versions, _t.version_id == _v.id))
    .where(organization(template_versions), organization(templates), _present)
    .order_by(_t.id)
)
"""Templates, archived ones too, with the version that is edited."""
TEMPLATES_OF_MEMBER = Query(
    _edited.where(
        sa.or_(
            _t.owner_id == sa.bindparam("account_id"),
            *(_v.document.like(sa.bindparam(name)) for name in ("only", "first", "between", "last")),
            sa.cast(_t.settings, sa.Text).like(sa.bindparam("sharing")),
        )
    ),
    str,
)
"""Templates that a member owns, shares the form of, or that hold his id in a list."""
TEMPLATES_SHARED_BY = Query(
    sa.select(_t.id).where(organization(templates), sa.cast(_t.settings, sa.Text).like(sa.bindparam("sharing"))), str
)
"""Templates whose settings hold a text: who shares their form."""
TEMPLATES_FILING_INTO = Query(
    sa.select(_t.id).where(
        organization(templates),
        sa.or_(_t.folder_id == sa.bindparam("folder"), sa.cast(_t.settings, sa.Text).like(sa.bindparam("pattern"))),
    ),
    str,
)
"""Templates in a folder, or whose settings hold a text, its id for instance."""

VERSIONS_NAMING = Query(
    sa.select(_v.id)
    .select_from(template_versions.join(templates, _t.version_id == _v.id))
    .where(
        organization(template_versions),
        organization(templates),
        _present,
        _t.archived_at.is_(None),
        _t.id != sa.bindparam("template_id"),
        _v.document.like(sa.bindparam("pattern")),
    ),
    str,
)
"""The edited versions of other live templates whose document holds a text, an id for instance."""

TEMPLATES_EMBEDDING = Query(
    _edited.where(
        _t.id != sa.bindparam("template_id"),
        sa.or_(
            _v.document.like(sa.bindparam("pattern")),
            sa.cast(_t.settings, sa.Text).like(sa.bindparam("pattern")),
        ),
    ),
    str,
)
"""Other templates, archived ones too, whose edited version or settings hold a text."""

TEMPLATES_NAMING = Query(
    _edited.where(
        sa.or_(
            _v.document.like(sa.bindparam("pattern"), escape="\\"),
            sa.cast(_t.rights, sa.Text).like(sa.bindparam("pattern"), escape="\\"),
        )
    ),
    str,
)
"""Templates, archived ones too, whose edited version or rights hold a text."""

NAMING_GROUPS = Query(
    sa.select(_t.id, groups.c.id)
    .select_from(
        templates.join(template_versions, _t.version_id == _v.id).join(
            groups, sa.or_(_v.document.contains(groups.c.id), sa.cast(_t.rights, sa.Text).contains(groups.c.id))
        )
    )
    .where(
        organization(templates),
        organization(template_versions),
        organization(groups),
        _present,
        Among(groups.c.id, "groups"),
    ),
    row,
)
"""Which templates, archived ones too, hold which of these groups in their edited version or rights."""


# -- the list ---------------------------------------------------------------------------------------------------------


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """Which conditions a list has; their values are parameters. `rights`: what the caller's role leaves of them."""

    rights: Literal["all", "full", "light"]
    text: bool = False
    labels: bool = False
    kinds: bool = False
    owners: bool = False
    folders: bool = False
    unfiled: bool = False
    tags: bool = False
    starred: bool = False
    archived: str = "live"
    drafts: bool = False
    updated_since: bool = False
    created_since: bool = False


TEMPLATE_ORDERS: Mapping[str, sa.ColumnElement[Any]] = {
    "title": _t.folded,
    "created": _t.created_at,
    "updated": _t.updated_at,
    "steps": _t.steps,
    "launches": _t.launches,
    "owner": _t.owner_id,
    "label": _t.label,
    "position": _t.number,
}


@lru_cache(maxsize=256)
def count_query(filters: Filters) -> Query[int]:
    """How many templates pass."""
    return Query(sa.select(sa.func.count()).select_from(templates).where(*_conditions(filters)), int)


@lru_cache(maxsize=512)
def page_query(filters: Filters, order: tuple[tuple[str, bool], ...]) -> Query[Template]:
    """A page of the templates that pass, pinned ones first."""
    keys = [TEMPLATE_ORDERS[name].desc() if down else TEMPLATE_ORDERS[name].asc() for name, down in order]
    statement = (
        sa.select(*TEMPLATE_COLUMNS)
        .where(*_conditions(filters))
        .order_by(_t.pinned.desc(), *keys, _t.id.desc())
        .limit(sa.bindparam("count", type_=sa.Integer))
        .offset(sa.bindparam("skip", type_=sa.Integer))
    )
    return Query(statement, template_row)


@lru_cache(maxsize=8)
def filed_counts(rights: Literal["all", "full", "light"]) -> Query[Any]:
    """How many live templates have each of the folders as their primary one."""
    conditions = [Among(_t.folder_id, "folders"), *_conditions(Filters(rights=rights))]
    return Query(sa.select(_t.folder_id, sa.func.count()).where(*conditions).group_by(_t.folder_id), row)


@lru_cache(maxsize=8)
def further_counts(rights: Literal["all", "full", "light"]) -> Query[Any]:
    """How many live templates lie in each of the folders besides their primary one."""
    joined = filings.join(templates, sa.and_(_t.id == filings.c.subject_id, filings.c.subject_kind == "template"))
    conditions = [*_filed, Among(filings.c.folder_id, "folders"), *_conditions(Filters(rights=rights))]
    other = sa.or_(_t.folder_id.is_(None), _t.folder_id != filings.c.folder_id)
    counts = sa.select(filings.c.folder_id, sa.func.count()).select_from(joined)
    return Query(counts.where(*conditions, other).group_by(filings.c.folder_id), row)


def _conditions(filters: Filters) -> list[sa.ColumnElement[bool]]:
    asked = [organization(templates), _present, _t.system.is_(False)]
    if filters.archived != "both":
        asked.append(_t.archived_at.is_(None) if filters.archived == "live" else _t.archived_at.is_not(None))
    if filters.rights != "all":
        asked.append(listed(filters.rights))
    if filters.text:
        asked.append(
            sa.or_(
                _t.folded.like(sa.bindparam("pattern"), escape="\\"),
                _t.id == sa.bindparam("text_id"),
                _t.number == sa.bindparam("text_number", type_=_t.number.type),
            )
        )
    if filters.folders or filters.unfiled:
        further = sa.select(filings.c.subject_id).where(*_filed, Among(filings.c.folder_id, "folders"))
        ways = [Among(_t.folder_id, "folders"), _t.id.in_(further)] if filters.folders else []
        asked.append(sa.or_(*ways, *([_t.folder_id.is_(None)] if filters.unfiled else [])))
    if filters.drafts:
        text = sa.cast(_t.settings, sa.Text)
        asked += [text.like('%"drafts":true%'), text.not_like('%"published":true%')]
    if filters.tags:
        asked.append(_tagged())
    simple = {
        "labels": Among(_t.label, "labels"),
        "kinds": Among(_t.kind, "kinds"),
        "owners": Among(_t.owner_id, "owners"),
        "starred": _t.id.in_(
            sa.select(stars.c.subject_id).where(organization(stars), stars.c.principal == sa.bindparam("principal"))
        ),
        "updated_since": _t.updated_at >= sa.bindparam("updated_since", type_=Utc()),
        "created_since": _t.created_at >= sa.bindparam("created_since", type_=Utc()),
    }
    return asked + [condition for name, condition in simple.items() if getattr(filters, name)]


def _tagged() -> sa.ColumnElement[bool]:
    """A tag on it is one of the ids, or has one of the titles."""
    return sa.exists(
        sa.select(sa.literal(1))
        .select_from(tag_uses.join(tags, tags.c.id == tag_uses.c.tag_id))
        .where(
            organization(tag_uses),
            organization(tags),
            tag_uses.c.subject_kind == "template",
            tag_uses.c.subject_id == _t.id,
            sa.or_(Among(tags.c.id, "tag_ids"), Among(tags.c.folded, "tag_titles")),
        )
    )


# -- default watchers --------------------------------------------------------------------------------------------------

_w = template_watchers.c
WATCHERS = Query(
    sa.select(*columns_of(template_watchers, Watcher))
    .where(organization(template_watchers), Among(_w.template_id, "templates"))
    .order_by(_w.template_id, _w.id),
    Watcher,
)
INSERT_WATCHER = insert_missing(template_watchers, on=("organization_id", "template_id", "principal"))
DROP_WATCHER = Write(
    sa.delete(template_watchers).where(organization(template_watchers), _w.id == sa.bindparam("watcher"))
)
WATCHED_BY = Query(
    sa.select(_w.template_id, _w.principal)
    .select_from(template_watchers.join(templates, _w.template_id == _t.id))
    .where(organization(template_watchers), organization(templates), _present, Among(_w.principal, "principals")),
    row,
)
"""Which templates, archived ones too, have whom of these among their default watchers."""
DROP_WATCHERS = Write(
    sa.delete(template_watchers).where(organization(template_watchers), _w.template_id == sa.bindparam("template_id"))
)
DROP_WATCHER_EVERYWHERE = Write(
    sa.delete(template_watchers).where(organization(template_watchers), _w.principal == sa.bindparam("principal"))
)
