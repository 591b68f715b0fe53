"""SQL of the activity feed, built and compiled once per combination of filters."""

from functools import lru_cache
from typing import Any

import msgspec
import sqlalchemy as sa

from procession.accounts.tables import accounts
from procession.activity.model import OWN_ACTS, EntryType, Happened
from procession.discussions.tables import comments
from procession.files.tables import file_uses, files
from procession.kernel.sql import Among, Query, Utc, columns_of, organization, row
from procession.kernel.tables import events
from procession.labels.tables import folders, tags
from procession.people.tables import groups, guest_links, memberships
from procession.templates.tables import template_parts, templates
from procession.work.sight import PROCESSES_SEEN, TASK_SEEN, TASK_SEEN_STANDARD
from procession.work.tables import processes, tasks

Bind = sa.bindparam
Condition = sa.ColumnElement[bool]
_e = events.c


def one(value: Any) -> Any:
    """The only column."""
    return value


def _parts(condition: Condition) -> sa.Select[Any]:
    return sa.select(template_parts.c.id).where(organization(template_parts), condition)


def _seen(tasks_seen: Condition, *more: Condition) -> Condition:
    """Entries of what a member sees who is no administrator; labels and groups are for all members.

    What a rule did names tasks: it is told where none of the process is kept from the caller.
    """
    task = sa.exists().where(organization(tasks), tasks.c.id == _e.subject_id, tasks_seen).correlate(events)
    secret = sa.exists().where(
        organization(tasks), tasks.c.process_id == _e.process_id, tasks.c.confidential, sa.not_(tasks_seen)
    )
    return sa.or_(
        sa.and_(_e.subject_kind == "process", _e.process_id.in_(PROCESSES_SEEN)),
        sa.and_(_e.subject_kind == "task", task),
        sa.and_(_e.subject_kind == "file", _file_seen(tasks_seen)),
        sa.and_(_e.subject_kind == "rule", _e.process_id.in_(PROCESSES_SEEN), sa.not_(secret.correlate(events))),
        sa.and_(_e.subject_kind == "member", _e.subject_id == Bind("oneself")),
        *more,
        sa.or_(*(_e.subject_kind == kind for kind in ("tag", "folder", "group"))),
        sa.and_(_e.subject_kind == "template", Among(_e.subject_id, "templates")),
        sa.and_(_e.subject_kind == "step", _e.subject_id.in_(_parts(Among(template_parts.c.template_id, "templates")))),
    )


def _file_seen(tasks_seen: Condition) -> Condition:
    """As `work.file_access` decides it for one file (spec 20 §20.4), by what the file belongs to or is answered in."""
    home = sa.func.coalesce(files.c.task_id, files.c.subject_id)
    uses = sa.select(file_uses.c.file_id).where(
        organization(file_uses),
        file_uses.c.file_id == files.c.id,
        sa.or_(file_uses.c.holder_id.in_(PROCESSES_SEEN), _there(file_uses.c.holder_id, tasks_seen)),
    )
    return (
        sa.exists()
        .where(
            organization(files),
            files.c.id == _e.subject_id,
            sa.or_(
                files.c.subject_kind == "organization",
                sa.and_(files.c.subject_id.is_(None), files.c.uploaded_by == Bind("principal")),
                _there(home, tasks_seen),
                sa.and_(files.c.task_id.is_(None), files.c.subject_id.in_(PROCESSES_SEEN)),
                Among(files.c.subject_id, "templates"),
                sa.exists(uses.correlate(files)),
            ),
        )
        .correlate(events)
    )


def _there(task_id: Any, tasks_seen: Condition) -> Condition:
    """The task is there and the caller sees it."""
    return sa.exists().where(organization(tasks), tasks.c.id == task_id, tasks_seen).correlate_except(tasks)


def _holds(column: Any) -> Condition:
    return sa.func.lower(sa.cast(column, sa.Text)).like(Bind("text"), escape="\\")


def _stored(column: Any, name: str) -> Condition:
    """The document holds this text as it is stored."""
    return sa.cast(column, sa.Text).like(Bind(name))


def _named(table: sa.Table, kind: str, column: Any) -> Condition:
    found = sa.select(table.c.id).where(organization(table), column.like(Bind("folded"), escape="\\"))
    return sa.and_(_e.subject_kind == kind, _e.subject_id.in_(found))


_then = events.alias("then")
_OF_PROCESS = sa.union_all(
    sa.select(Bind("process", type_=sa.String)),
    sa.select(tasks.c.id).where(organization(tasks), tasks.c.process_id == Bind("process")),
    sa.select(_then.c.field).where(
        organization(_then),
        _then.c.subject_id == Bind("process"),
        sa.or_(*(_then.c.kind == kind for kind in ("process.task_left", "process.file_left"))),
    ),
    sa.select(files.c.id).where(organization(files), files.c.process_id == Bind("process")),
)
"""The process, its tasks and files and what was one of them: each has its own place in the index of the events."""

_OF_COMMENTS = sa.and_(
    sa.func.coalesce(_e.field, "") == "comment",
    sa.or_(_e.kind.like("%.comment%"), _e.kind.like(r"%.issue\_re%", escape="\\")),
)
"""What is told of comments and issues, under what they were written on (spec 20 §26.1)."""

_GUESTS = _e.subject_kind == "guest"
_FILE = _e.subject_kind == "file"


def _files(condition: Condition) -> sa.Select[Any]:
    return sa.select(files.c.id).where(organization(files), condition)


def _files_of(condition: Condition) -> Condition:
    """Entries about files that belong to such a thing."""
    return sa.and_(_FILE, _e.subject_id.in_(_files(condition)))


_OF_A_TASK = files.c.task_id.is_not(None)
_OF_A_TEMPLATE = files.c.subject_kind == "template"


def _about(kind: str) -> Condition:
    """Entries about this kind of thing but for the comments on it."""
    return sa.and_(_e.subject_kind == kind, sa.not_(_OF_COMMENTS))


TYPES: dict[EntryType, Condition] = {
    "comment": _OF_COMMENTS,
    "task": sa.or_(_e.subject_kind == "task", _files_of(_OF_A_TASK)),
    "process": sa.or_(
        _about("process"), sa.and_(_FILE, _e.subject_id.not_in(_files(sa.or_(_OF_A_TASK, _OF_A_TEMPLATE))))
    ),
    "template": sa.or_(_about("template"), _files_of(_OF_A_TEMPLATE)),
    "step": _about("step"),
    "person": sa.or_(*(_e.subject_kind == kind for kind in ("member", "account", "guest"))),
    "organization": _e.subject_kind == "organization",
    "tag": _e.subject_kind == "tag",
    "group": _e.subject_kind == "group",
    "folder": _e.subject_kind == "folder",
    "rule": _e.subject_kind == "rule",
}
"""One of those that were asked for must hold."""

CONDITIONS: dict[str, Condition] = {
    "seen_light": _seen(TASK_SEEN),
    "seen": _seen(TASK_SEEN, _GUESTS),
    "seen_standard": _seen(TASK_SEEN_STANDARD, _GUESTS),
    "process": sa.and_(_e.process_id == Bind("process"), _e.subject_id.in_(_OF_PROCESS)),
    "subject": sa.and_(_e.subject_kind == Bind("subject_kind"), _e.subject_id == Bind("subject_id")),
    "task": sa.or_(
        sa.and_(_e.subject_kind == "task", _e.subject_id == Bind("subject_id")),
        _files_of(files.c.task_id == Bind("subject_id")),
    ),
    "template": sa.or_(
        sa.and_(_e.subject_kind == "template", _e.subject_id == Bind("template")),
        _files_of(files.c.subject_id == Bind("template")),
        sa.and_(_e.subject_kind == "step", _e.subject_id.in_(_parts(template_parts.c.template_id == Bind("template")))),
    ),
    "comment": sa.and_(
        _e.subject_id == Bind("home"),
        _OF_COMMENTS,
        sa.or_(_stored(_e.old, "named"), _stored(_e.new, "named"), _stored(_e.new, "resolution")),
    ),
    "gone_comment": sa.and_(_OF_COMMENTS, sa.or_(_stored(_e.old, "named"), _stored(_e.new, "named"))),
    "comments": sa.or_(Among(_e.subject_kind, "kinds"), _OF_COMMENTS),
    "kinds": Among(_e.subject_kind, "kinds"),
    "verbs": Among(_e.verb, "verbs"),
    "actors": Among(_e.actor, "actors"),
    "actor_member": _e.actor.like("u%"),
    "actor_guest": _e.actor.like("e%"),
    "actor_person": sa.or_(_e.actor.like("u%"), _e.actor.like("e%")),
    "fields": Among(_e.field, "fields"),
    "since": _e.at >= Bind("since", type_=Utc()),
    "until": _e.at < Bind("until", type_=Utc()),
    "text": sa.or_(
        _holds(_e.verb),
        _holds(_e.field),
        _holds(_e.old),
        _holds(_e.new),
        _named(tasks, "task", tasks.c.folded),
        _named(processes, "process", processes.c.folded),
        _named(templates, "template", templates.c.folded),
        _named(tags, "tag", tags.c.folded),
        _named(folders, "folder", folders.c.folded),
        Among(_e.verb, "said"),
    ),
    "origin": sa.and_(_e.verb == "created", _stored(_e.new, "origin")),
}
"""All that were asked for must hold."""

_sent = sa.and_(_e.verb == "emitted", *(_e.kind != kind for kind in OWN_ACTS))
SOURCES: dict[str, Condition] = {
    "member": sa.and_(_e.actor.like("u%"), sa.not_(_sent)),
    "guest": _e.actor.like("e%"),
    "webhook": _sent,
    "api": sa.and_(_e.actor.like("a%"), sa.not_(_sent)),
    "system": sa.and_(_e.actor.not_like("u%"), _e.actor.not_like("e%"), _e.actor.not_like("a%"), sa.not_(_sent)),
}
"""One of those that were asked for must hold."""


class FeedShape(msgspec.Struct, frozen=True):
    """Which statement: names of conditions, of sources and of types."""

    conditions: frozenset[str]
    sources: frozenset[str] = frozenset()
    types: frozenset[EntryType] = frozenset()
    oldest_first: bool = False


def _where(shape: FeedShape) -> list[Condition]:
    where = [organization(events), _e.shown, *(CONDITIONS[name] for name in sorted(shape.conditions))]
    if shape.sources:
        where.append(sa.or_(*(SOURCES[name] for name in sorted(shape.sources))))
    if shape.types:
        where.append(sa.or_(*(TYPES[name] for name in sorted(shape.types))))
    return where


@lru_cache(maxsize=256)
def feed_page(shape: FeedShape) -> Query[Happened]:
    """A page of entries in the order they happened, or the other way."""
    order = _e.id.asc() if shape.oldest_first else _e.id.desc()
    statement = sa.select(*columns_of(events, Happened)).where(*_where(shape)).order_by(order)
    return Query(statement.limit(Bind("count")).offset(Bind("skip")), Happened)


@lru_cache(maxsize=256)
def feed_total(shape: FeedShape) -> Query[int]:
    """How many entries there are on all pages."""
    return Query(sa.select(sa.func.count()).select_from(events).where(*_where(shape)), int)


_ranked = (
    sa.select(
        *columns_of(events, Happened),
        sa.func.row_number().over(partition_by=_e.subject_id, order_by=_e.id.desc()).label("place"),
    )
    .where(organization(events), _e.shown, _e.subject_kind == "task", Among(_e.subject_id, "tasks"))
    .subquery("ranked")
)
LATEST = Query(
    sa.select(*(_ranked.c[name] for name in Happened.__struct_fields__))
    .where(_ranked.c.place <= Bind("count"))
    .order_by(_ranked.c.id.desc()),
    Happened,
)
"""The latest entries of each of some tasks."""

DELETIONS = Query(
    sa.select(_e.subject_kind, _e.subject_id, _e.old).where(
        organization(events), _e.verb == "deleted", Among(_e.subject_id, "subjects")
    ),
    row,
)

# -- what entries are about --------------------------------------------------------------------------------------------


def _things(table: sa.Table, name: Any, *more: Any) -> Query[Any]:
    return Query(sa.select(table.c.id, name, *more).where(organization(table), Among(table.c.id, "ids")), row)


_file_home_kind = sa.case((_OF_A_TASK, "task"), else_=files.c.subject_kind)
THINGS: dict[str, Query[Any]] = {
    "task": _things(tasks, tasks.c.title, tasks.c.status, tasks.c.number, tasks.c.kind, tasks.c.process_id),
    "process": _things(processes, processes.c.name, processes.c.status, processes.c.number),
    "template": _things(templates, templates.c.title, templates.c.label, templates.c.number),
    "group": _things(groups, groups.c.name),
    "tag": _things(tags, tags.c.title),
    "folder": _things(folders, folders.c.name),
    "file": _things(
        files,
        files.c.filename,
        sa.null(),
        sa.null(),
        _file_home_kind,
        sa.func.coalesce(files.c.task_id, files.c.subject_id),
    ),
}
"""Id, name, and as far as the kind has them: status, number, type of task, process; of files kind and id of home."""

STEPS = Query(
    sa.select(template_parts.c.id, template_parts.c.template_id).where(
        organization(template_parts), Among(template_parts.c.id, "ids")
    ),
    row,
)
HOME_OF_COMMENT = Query(
    sa.select(comments.c.subject_kind, comments.c.subject_id, comments.c.resolve_id).where(
        organization(comments), comments.c.id == Bind("comment")
    ),
    row,
)
GUESTS = Query(
    sa.select(
        guest_links.c.guest_id,
        guest_links.c.email,
        guest_links.c.first_name,
        guest_links.c.last_name,
        sa.case((guest_links.c.deleted_at.is_not(None), guest_links.c.details)),
    ).where(organization(guest_links), Among(guest_links.c.guest_id, "ids")),
    row,
)
"""Their names; the details of those who are guests no more."""
MEMBER_BY_EMAIL = Query(
    sa.select(accounts.c.id)
    .select_from(accounts.join(memberships, memberships.c.account_id == accounts.c.id))
    .where(organization(memberships), sa.func.lower(accounts.c.email) == Bind("email")),
    one,
)
GUEST_BY_EMAIL = Query(
    sa.select(guest_links.c.guest_id).where(organization(guest_links), guest_links.c.email == Bind("email")), one
)

ACTS_OF = Query(
    sa.select(*columns_of(events, Happened))
    .where(
        organization(events),
        sa.or_(
            _e.actor == Bind("principal"), sa.and_(_e.subject_kind == Bind("kind"), _e.subject_id == Bind("subject"))
        ),
    )
    .order_by(_e.id.desc())
    .limit(Bind("count")),
    Happened,
)
"""What somebody did, and what happened to him as a member or guest, the newest first."""

STEPS_MADE = Query(
    sa.select(_e.actor, sa.func.count(), sa.func.max(_e.at, type_=Utc()))
    .where(organization(events), _e.kind == "step.created", Among(_e.actor, "principals"))
    .group_by(_e.actor),
    row,
)
TASKS_DONE = Query(
    sa.select(tasks.c.completer, sa.func.count())
    .where(organization(tasks), Among(tasks.c.completer, "principals"))
    .group_by(tasks.c.completer),
    row,
)
PROCESSES_BEGUN = Query(
    sa.select(processes.c.starter_id, sa.func.count())
    .where(organization(processes), Among(processes.c.starter_id, "ids"))
    .group_by(processes.c.starter_id),
    row,
)
TEMPLATES_MADE = Query(
    sa.select(templates.c.created_by, sa.func.count())
    .where(organization(templates), Among(templates.c.created_by, "ids"))
    .group_by(templates.c.created_by),
    row,
)
"""How much members did, by member (spec 40 §11.3)."""
