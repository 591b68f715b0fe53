"""SQL of the activity feed, built and compiled once per combination of filters."""

from functools import lru_cache
from typing import Any

import msgspec
import sqlalchemy as sa

from procession.accounts.tables import accounts
from procession.activity.model import Happened
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


def _seen(tasks_seen: Condition) -> Condition:
    """Entries of what a member sees who is no administrator; labels and groups are for all members."""
    task = sa.exists().where(organization(tasks), tasks.c.id == _e.subject_id, tasks_seen).correlate(events)
    return sa.or_(
        sa.and_(_e.subject_kind == "process", _e.process_id.in_(PROCESSES_SEEN)),
        sa.and_(_e.subject_kind == "task", task),
        sa.or_(*(_e.subject_kind == kind for kind in ("tag", "folder", "group"))),
        sa.and_(_e.subject_kind == "template", Among(_e.subject_id, "templates")),
        sa.and_(_e.subject_kind == "step", _e.subject_id.in_(_parts(Among(template_parts.c.template_id, "templates")))),
    )


def _holds(column: Any) -> Condition:
    return sa.func.lower(sa.cast(column, sa.Text)).like(Bind("text"), escape="\\")


def _named(table: sa.Table, kind: str, column: Any) -> Condition:
    found = sa.select(table.c.id).where(organization(table), column.like(Bind("folded"), escape="\\"))
    return sa.and_(_e.subject_kind == kind, _e.subject_id.in_(found))


_then = events.alias("then")
_OF_PROCESS = sa.union_all(
    sa.select(Bind("process", type_=sa.String)),
    sa.select(tasks.c.id).where(organization(tasks), tasks.c.process_id == Bind("process")),
    sa.select(_then.c.field).where(
        organization(_then), _then.c.subject_id == Bind("process"), _then.c.kind == "process.task_left"
    ),
)
"""The process, its tasks and those that were its tasks: each has its own place in the index of the events."""

CONDITIONS: dict[str, Condition] = {
    "seen": _seen(TASK_SEEN),
    "seen_standard": _seen(TASK_SEEN_STANDARD),
    "process": sa.and_(_e.process_id == Bind("process"), _e.subject_id.in_(_OF_PROCESS)),
    "subject": sa.and_(_e.subject_kind == Bind("subject_kind"), _e.subject_id == Bind("subject_id")),
    "template": sa.or_(
        sa.and_(_e.subject_kind == "template", _e.subject_id == Bind("template")),
        sa.and_(_e.subject_kind == "step", _e.subject_id.in_(_parts(template_parts.c.template_id == Bind("template")))),
    ),
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
    ),
    "origin": sa.and_(_e.verb == "created", sa.cast(_e.new, sa.Text).like(Bind("origin"))),
}
"""All that were asked for must hold."""

_sent = sa.and_(_e.verb == "emitted", _e.kind != "process.exported")  # an export is somebody's own
SOURCES: dict[str, Condition] = {
    "member": sa.and_(_e.actor.like("u%"), sa.not_(_sent)),
    "guest": _e.actor.like("e%"),
    "webhook": _sent,
    "api": sa.and_(_e.actor.like("a%"), sa.not_(_sent)),
    "system": sa.and_(_e.actor.not_like("u%"), _e.actor.not_like("e%"), _e.actor.not_like("a%"), sa.not_(_sent)),
}
"""One of those that were asked for must hold."""


class FeedShape(msgspec.Struct, frozen=True):
    """Which statement: names of conditions and of sources."""

    conditions: frozenset[str]
    sources: frozenset[str] = frozenset()
    oldest_first: bool = False


def _where(shape: FeedShape) -> list[Condition]:
    where = [organization(events), _e.shown, *(CONDITIONS[name] for name in sorted(shape.conditions))]
    if shape.sources:
        where.append(sa.or_(*(SOURCES[name] for name in sorted(shape.sources))))
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


THINGS: dict[str, Query[Any]] = {
    "task": _things(tasks, tasks.c.title, tasks.c.status, tasks.c.number, tasks.c.kind, tasks.c.process_id),
    "process": _things(processes, processes.c.name, processes.c.status, processes.c.number),
    "template": _things(templates, templates.c.title, templates.c.label, templates.c.number),
    "group": _things(groups, groups.c.name),
    "tag": _things(tags, tags.c.title),
    "folder": _things(folders, folders.c.name),
}
"""Id, name, and as far as the kind has them: status, number, type of task, process."""

STEPS = Query(
    sa.select(template_parts.c.id, template_parts.c.template_id).where(
        organization(template_parts), Among(template_parts.c.id, "ids")
    ),
    row,
)
GUESTS = Query(
    sa.select(guest_links.c.guest_id, guest_links.c.email, guest_links.c.first_name, guest_links.c.last_name).where(
        organization(guest_links), Among(guest_links.c.guest_id, "ids")
    ),
    row,
)
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
