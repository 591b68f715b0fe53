"""SQL that finds: what the full-text index has, as far as the caller may see it, counted and in order (spec 50 §6).

One statement for each kind of thing, compiled once for each combination of sight, filter and order. What is seen is
decided on the rows as they are now, never by what was indexed (SRCH-02).
"""

from functools import lru_cache
from typing import Any, Literal

import msgspec
import sqlalchemy as sa

from procession.discussions.tables import comments
from procession.files.tables import file_uses, files
from procession.kernel.sql import Among, Query, organization, row
from procession.labels.tables import folders, tags
from procession.people.tables import groups, guest_links, memberships
from procession.search.index import Matches
from procession.search.model import Archived, Both, Condition, Kind, Sort
from procession.search.tables import search_documents
from procession.templates.sight import listed
from procession.templates.tables import snippets, template_parts, templates
from procession.work.list_terms import moment
from procession.work.sight import EACH_TASK_SEEN, EACH_TASK_SEEN_STANDARD, process_seen
from procession.work.tables import processes, tasks

Sight = Literal["all", "standard", "open_tasks", "light"]
"""Whose eyes: administrators, standard members, those of them who see one-off tasks of others, light members."""

Bind = sa.bindparam
_d = search_documents.c
Clause = sa.ColumnElement[bool]


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """Which statement. `asks`: words are asked for; `alike`: others may stand for them; `several` of them.

    `filter` carries the numbers of its parameters (`value_0`, ...) for values.
    """

    kind: Kind
    sight: Sight
    asks: bool
    alike: bool
    several: bool
    archived: Archived
    sort: Sort
    filter: Condition | Both | None


class Source(msgspec.Struct, frozen=True):
    """Where the things of one kind are, as they are now."""

    table: sa.Table
    joined: Clause
    active: Any
    created: Any
    live: Clause | None = None
    present: tuple[Clause, ...] = ()
    beside: tuple[tuple[sa.Table, Clause], ...] = ()


_person = sa.cast(sa.func.substr(_d.subject_id, 2), sa.BigInteger)
"""The id of a person, whose documents are known by his principal."""

_template = Source(
    templates,
    templates.c.id == _d.home_id,
    templates.c.updated_at,
    templates.c.created_at,
    templates.c.archived_at.is_(None),
    (organization(templates), templates.c.deleted_at.is_(None), templates.c.system.is_(False)),
)
SOURCES: dict[Kind, Source] = {
    "process": Source(
        processes, processes.c.id == _d.subject_id, processes.c.updated_at, processes.c.created_at,
        processes.c.archived_at.is_(None), (organization(processes),),
    ),
    "task": Source(
        tasks, tasks.c.id == _d.subject_id, tasks.c.updated_at, tasks.c.created_at, tasks.c.archived_at.is_(None),
        (organization(tasks), tasks.c.status != "auto-skipped"),
    ),
    "template": _template,
    "step": _template,
    "field": _template,
    "snippet": Source(
        snippets, snippets.c.id == _d.subject_id, snippets.c.updated_at, snippets.c.created_at,
        present=(organization(snippets), snippets.c.deleted_at.is_(None)),
    ),
    "comment": Source(
        comments, comments.c.id == _d.subject_id, comments.c.updated_at, comments.c.created_at,
        present=(organization(comments),),
    ),
    "file": Source(
        files, files.c.id == _d.subject_id, files.c.uploaded_at, files.c.uploaded_at,
        present=(organization(files), files.c.archived_at.is_(None)),
    ),
    "member": Source(
        memberships, memberships.c.account_id == _person, memberships.c.updated_at,
        memberships.c.created_at, present=(organization(memberships), memberships.c.disabled_at.is_(None)),
    ),
    "guest": Source(
        guest_links, guest_links.c.guest_id == _person, guest_links.c.updated_at,
        guest_links.c.created_at, present=(organization(guest_links), guest_links.c.deleted_at.is_(None)),
    ),
    "group": Source(
        groups, groups.c.id == _d.subject_id, groups.c.updated_at, groups.c.created_at,
        present=(organization(groups),),
    ),
    "folder": Source(
        folders, folders.c.id == _d.subject_id, folders.c.updated_at, folders.c.created_at,
        present=(organization(folders),),
    ),
    "tag": Source(
        tags, tags.c.id == _d.subject_id, tags.c.created_at, tags.c.created_at, present=(organization(tags),),
    ),
}  # fmt: skip

# -- who sees what -----------------------------------------------------------------------------------------------------


def _seen(kind: Kind, sight: Sight) -> list[Clause]:
    if sight == "all":
        return []
    match kind:
        case "process":
            return [process_seen(_d.subject_id)]
        case "task":
            return [_task_seen(sight)]
        case "template" | "step" | "field":
            return [listed("light" if sight == "light" else "full")]
        case "comment":
            return [
                sa.or_(
                    sa.and_(comments.c.subject_kind == "process", process_seen(comments.c.subject_id)),
                    _task_there(comments.c.subject_id, sight),
                )
            ]
        case "file":
            return [_file_seen(sight)]
        case "guest":
            return [Among(guest_links.c.guest_id, "guests")] if sight == "light" else []
        case _:
            return []


def _task_seen(sight: Sight) -> Clause:
    return EACH_TASK_SEEN_STANDARD if sight == "open_tasks" else EACH_TASK_SEEN


def _task_there(task_id: Any, sight: Sight) -> Clause:
    """The task is there and the caller sees it."""
    return sa.exists().where(organization(tasks), tasks.c.id == task_id, _task_seen(sight)).correlate_except(tasks)


def _file_seen(sight: Sight) -> Clause:
    """As `work.file_access` decides it for one file (spec 20 §20.4)."""
    shown = listed("light" if sight == "light" else "full")
    used = sa.exists().where(
        organization(file_uses),
        file_uses.c.file_id == files.c.id,
        sa.or_(process_seen(file_uses.c.holder_id), _task_there(file_uses.c.holder_id, sight)),
    )
    return sa.or_(
        sa.and_(files.c.subject_id.is_(None), files.c.uploaded_by == Bind("principal")),
        files.c.subject_kind == "organization",
        _task_there(sa.func.coalesce(files.c.task_id, files.c.subject_id), sight),
        sa.and_(
            files.c.task_id.is_(None),
            sa.or_(files.c.subject_kind == "process", files.c.subject_kind == "thread"),
            process_seen(files.c.process_id),
        ),
        sa.exists()
        .where(organization(templates), templates.c.id == files.c.subject_id, shown)
        .correlate_except(templates),
        _under_template(shown),
        used.correlate_except(file_uses),
    )


def _under_template(shown: Clause) -> Clause:
    """The file hangs on a comment about a template that is shown, or about one of its steps."""
    part = template_parts.c
    joined = comments.outerjoin(
        template_parts, sa.and_(organization(template_parts), part.id == comments.c.subject_id)
    ).join(
        templates,
        sa.and_(organization(templates), templates.c.id == sa.func.coalesce(part.template_id, comments.c.subject_id)),
    )
    return sa.and_(
        files.c.subject_kind == "thread",
        sa.exists()
        .select_from(joined)
        .where(organization(comments), comments.c.id == files.c.subject_id, shown)
        .correlate_except(comments, template_parts, templates),
    )


# -- filters -----------------------------------------------------------------------------------------------------------

_STARTERS: dict[Kind, Any] = {
    "process": processes.c.starter_id, "task": tasks.c.starter_id, "template": templates.c.created_by,
}  # fmt: skip


def _filter(kind: Kind, asked: Condition | Both) -> Clause:
    if isinstance(asked, Both):
        join = sa.and_ if asked.together else sa.or_
        return join(*(_filter(kind, one) for one in asked.parts))
    name = f"value_{asked.value}"
    column: Any
    value: Any
    match asked.field:
        case "starter":
            column, value = _STARTERS[kind], Bind(name, type_=sa.BigInteger())
        case "date":
            column, value = SOURCES[kind].created, moment(name)
        case "title":
            column, value = _d.title, Bind(name)
        case _:
            column, value = _d.about, Bind(name)
    match asked.operation:
        case "=":
            return column == value  # type: ignore[no-any-return]
        case "<":
            return column < value  # type: ignore[no-any-return]
        case ">":
            return column > value  # type: ignore[no-any-return]
        case "<=":
            return column <= value  # type: ignore[no-any-return]
        case ">=":
            return column >= value  # type: ignore[no-any-return]
        case _:
            return sa.or_(column != value, column.is_(None))


# -- the statement -----------------------------------------------------------------------------------------------------


@lru_cache(maxsize=512)
def hits(shape: Shape) -> Query[Any]:
    """The document of each hit of a page, beside how many there are on all pages (no document: beyond the end).

    An equal title first; then, of several words, where all stand in the title; then what was typed, then what is alike;
    what was active last before what rests (SRCH-03, 10 §23).
    """
    source = SOURCES[shape.kind]
    found = (
        sa.select(
            _d.id.label("document"),
            _rank(shape).label("rank"),
            source.active.label("active"),
            source.created.label("created"),
            _d.title.label("title"),
        )
        .select_from(search_documents.join(source.table, source.joined))
        .where(*_where(shape, source))
        .cte("hits")
        .prefix_with("MATERIALIZED")  # counted and paged: found once
    )
    page = sa.select(found).order_by(*_order(found.c, shape.sort)).limit(Bind("count", type_=sa.Integer()))
    rows = page.offset(Bind("skip", type_=sa.Integer())).subquery("page")
    totals = sa.select(sa.func.count().label("total")).select_from(found).subquery("totals")
    statement = sa.select(totals.c.total, rows.c.document)
    return Query(statement.select_from(totals.outerjoin(rows, sa.true())).order_by(*_order(rows.c, shape.sort)), row)


def _where(shape: Shape, source: Source) -> list[Clause]:
    where = [organization(search_documents), _d.kind == shape.kind, *source.present, *_seen(shape.kind, shape.sight)]
    if shape.asks:
        where.append(Matches(_d.id, "wide"))
    if source.live is not None and shape.archived != "include":
        where.append(source.live if shape.archived == "exclude" else sa.not_(source.live))
    if source.live is None and shape.archived == "only":
        where.append(sa.false())
    if shape.filter is not None:
        where.append(_filter(shape.kind, shape.filter))
    return where


def _rank(shape: Shape) -> Any:
    if not shape.asks or shape.sort != "relevance":
        return sa.literal_column("0", sa.Integer())
    cases: list[Any] = [(_d.title == Bind("exact"), 0)]
    if shape.several:
        cases.append((Matches(_d.id, "titled"), 1))
    if shape.alike:
        cases.append((Matches(_d.id, "typed"), 2))
    return sa.case(*((when, sa.literal_column(str(rank), sa.Integer())) for when, rank in cases),
                   else_=sa.literal_column("3", sa.Integer()))  # fmt: skip


def _order(c: Any, sort: Sort) -> list[Any]:
    last = [c.active.desc(), c.document.desc()]
    match sort:
        case "relevance":
            return [c.rank.asc(), *last]
        case "recent":
            return last
        case "oldest":
            return [c.active.asc(), c.document.asc()]
        case "created":
            return [c.created.desc(), c.document.desc()]
        case "created_oldest":
            return [c.created.asc(), c.document.asc()]
        case "title":
            return [c.title.asc(), *last]
        case _:
            return [c.title.desc(), *last]
