"""SQL of the task lists: one family of statements, built and compiled once per combination of filters and order.

A filter is a named condition over bind parameters; what a list asks for is the set of names (spec 20 §11.2).
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec
import sqlalchemy as sa

from procession.engine.work import Task
from procession.kernel.sql import Among, Query, Utc, columns_of, organization, row
from procession.labels.tables import filings, tag_uses, tags
from procession.people.tables import group_people, groups
from procession.work.model import Reason
from procession.work.tables import assignments, involvements, processes, tasks

Bind = sa.bindparam
Condition = sa.ColumnElement[bool]
Order = tuple[tuple[str, bool], ...]
"""Keys to sort by, the first one first, and whether each descends."""

SHAPES = 1024
"""How many combinations are kept compiled; the least recently used is built anew."""


def moment(name: str) -> Any:
    """A parameter that is an instant."""
    return Bind(name, type_=Utc())


def one_of(column: Any, *words: str) -> Condition:
    """The column holds one of these constants."""
    return sa.or_(*(column == word for word in words))


def nobody_last(key: Any, descends: bool) -> Any:
    """The key in one direction, without a value last in both (spec 00 SRT-06)."""
    return (key.desc() if descends else key.asc()).nulls_last()


NOW, SOON = moment("now"), moment("soon")

# -- looking up what filters name --------------------------------------------------------------------------------------

GROUPS_OF = Query(
    sa.select(group_people.c.group_id)
    .where(organization(group_people), Among(group_people.c.principal, "principals"))
    .distinct(),
    str,
)
GROUP_NAMES = Query(sa.select(groups.c.id, groups.c.name).where(organization(groups), Among(groups.c.id, "ids")), row)
TAGS_NAMED = Query(
    sa.select(tags.c.id).where(organization(tags), sa.or_(Among(tags.c.id, "ids"), Among(tags.c.folded, "titles"))), str
)

# -- parts -------------------------------------------------------------------------------------------------------------

OPEN = one_of(tasks.c.status, "not-started", "active", "in-progress")
"""Open and not hidden, as stored."""

LIVE = tasks.c.archived_at.is_(None)
_running = sa.and_(OPEN, LIVE, sa.not_(tasks.c.deadline_projected))
OVERDUE = sa.and_(_running, tasks.c.deadline < NOW, tasks.c.kind != "expiring")
DUE_SOON = sa.and_(_running, tasks.c.deadline >= NOW, tasks.c.deadline <= SOON)
"""As `engine.status` has them (spec 20 §4.3)."""


def assigned_to(name: str, *more: Condition) -> sa.Select[Any]:
    """The tasks that one of the principals in the parameter is assigned to."""
    return sa.select(assignments.c.task_id).where(
        organization(assignments), Among(assignments.c.principal, name), *more
    )


def involving(*more: Condition) -> sa.Select[Any]:
    """The processes and unlinked tasks that the caller has a reason to see."""
    return sa.select(involvements.c.subject_id).where(
        organization(involvements), Among(involvements.c.principal, "actor"), *more
    )


def _tagged(kind: str) -> sa.Select[Any]:
    return sa.select(tag_uses.c.subject_id).where(
        organization(tag_uses), tag_uses.c.subject_kind == kind, Among(tag_uses.c.tag_id, "tags")
    )


def _filed(kind: str) -> sa.Select[Any]:
    return sa.select(filings.c.subject_id).where(
        organization(filings), filings.c.subject_kind == kind, Among(filings.c.folder_id, "folders")
    )


def _in_process_named(parameter: str) -> Condition:
    named = sa.select(processes.c.id).where(
        organization(processes), processes.c.folded.like(Bind(parameter), escape="\\")
    )
    return tasks.c.process_id.in_(named)


_own = tasks.c.id.in_(assigned_to("actor"))
_home = sa.func.coalesce(tasks.c.process_id, tasks.c.id)
_seen = sa.or_(
    _own,
    sa.and_(tasks.c.oneoff, tasks.c.starter_id == Bind("account")),
    sa.and_(sa.not_(tasks.c.confidential), _home.in_(involving(involvements.c.reasons != 0))),
    _home.in_(involving(involvements.c.reasons.bitwise_and(int(Reason.MENTIONED)) != 0)),
)
"""What `work.access` lets a member see who is no administrator (spec 20 §27, 40 §16.4)."""

# -- conditions --------------------------------------------------------------------------------------------------------

CONDITIONS: dict[str, Condition] = {
    # whose eyes
    "own": _own,
    "seen": _seen,
    "seen_standard": sa.or_(_seen, sa.and_(tasks.c.process_id.is_(None), sa.not_(tasks.c.confidential))),
    # which list
    "process": tasks.c.process_id == Bind("process"),
    "person": tasks.c.id.in_(assigned_to("person")),
    "person_open": tasks.c.id.in_(assigned_to("person", assignments.c.open)),
    # hidden and archived
    "not_hidden": tasks.c.status != "auto-skipped",
    "live": LIVE,
    "in_place": sa.or_(LIVE, tasks.c.archived_with_process),
    "archived": tasks.c.archived_at.is_not(None),
    # texts
    "text": sa.or_(
        tasks.c.folded.like(Bind("text"), escape="\\"),
        tasks.c.id == Bind("text_id"),
        tasks.c.number == Bind("text_number", type_=sa.BigInteger()),
        _in_process_named("text"),
    ),
    "process_name": _in_process_named("process_name"),
    # labels, on the task or on its process
    "tags": sa.or_(tasks.c.id.in_(_tagged("task")), tasks.c.process_id.in_(_tagged("process"))),
    "folders": sa.or_(tasks.c.id.in_(_filed("task")), tasks.c.process_id.in_(_filed("process"))),
    # columns
    "templates": Among(tasks.c.template_id, "templates"),
    "processes": Among(tasks.c.process_id, "processes"),
    "kinds": Among(tasks.c.kind, "kinds"),
    "starters": Among(tasks.c.starter_id, "starters"),
    "completers": Among(tasks.c.completer, "completers"),
    "oneoff": tasks.c.oneoff,
    "of_process": sa.not_(tasks.c.oneoff),
    # windows: from the first, before the second
    "created_since": tasks.c.created_at >= moment("created_since"),
    "created_until": tasks.c.created_at < moment("created_until"),
    "updated_since": tasks.c.updated_at >= moment("updated_since"),
    "updated_until": tasks.c.updated_at < moment("updated_until"),
    "deadline_since": tasks.c.deadline >= moment("deadline_since"),
    "deadline_until": tasks.c.deadline < moment("deadline_until"),
    "completed_since": tasks.c.completed_at >= moment("completed_since"),
    "completed_until": tasks.c.completed_at < moment("completed_until"),
}
"""All that were asked for must hold."""

_done = tasks.c.status == "completed"
_passed, _failed = tasks.c.approved.is_(sa.true()), tasks.c.approved.is_(sa.false())

STATUSES: dict[str, Condition] = {
    "active": OPEN,
    "active_visible": sa.and_(
        OPEN, sa.or_(tasks.c.soft_start, tasks.c.started_at.is_(None), tasks.c.started_at <= NOW)
    ),
    "incomplete": tasks.c.completed_at.is_(None),
    "completed": _done,
    "in-progress": one_of(tasks.c.status, "active", "in-progress"),
    "not-started": tasks.c.status == "not-started",
    "overdue": OVERDUE,
    "due_soon": DUE_SOON,
    "on_time": sa.or_(
        sa.and_(tasks.c.completed_at.is_(None), OPEN, LIVE, tasks.c.deadline > SOON),
        tasks.c.completed_at <= tasks.c.deadline,
    ),
    "hasproblem": tasks.c.has_issue,
    "auto-skipped": tasks.c.status == "auto-skipped",
    "approved": sa.and_(_done, tasks.c.kind == "approval", _passed),
    "rejected": sa.and_(_done, tasks.c.kind == "approval", _failed),
    "acknowledged": sa.and_(_done, tasks.c.kind == "expiring", _passed),
    "expired": sa.and_(_done, one_of(tasks.c.kind, "expiring", "expiring_email"), _failed),
}
"""One of those that were asked for must hold (spec 20 §4.4)."""

PEOPLE: dict[str, Condition] = {name: tasks.c.id.in_(assigned_to(name)) for name in ("owners", "guests", "groups")}
"""All that were asked for must hold, or nobody is assigned when `unassigned` was asked for too."""

_unassigned = ~sa.exists().where(organization(assignments), assignments.c.task_id == tasks.c.id).correlate(tasks)

KEYS: dict[str, Any] = {
    "position": tasks.c.position,
    "deadline": tasks.c.deadline,
    "created_at": tasks.c.created_at,
    "updated_at": tasks.c.updated_at,
    "completed_at": tasks.c.completed_at,
    "title": tasks.c.folded,
    "number": tasks.c.number,
    "status": tasks.c.status,
    "issue": tasks.c.has_issue,
}
UNBROKEN = frozenset({"position", "created_at", "updated_at", "title", "number", "status", "issue"})
"""Keys that always have a value: their order may come from an index."""


class TaskShape(msgspec.Struct, frozen=True, kw_only=True):
    """Which statement: names of conditions. `statuses` None: any; `or_archived`: or whatever is archived."""

    conditions: frozenset[str]
    statuses: frozenset[str] | None = None
    or_archived: bool = False
    people: frozenset[str] = frozenset()
    unassigned: bool = False
    order: Order = ()


OWN_OPEN = frozenset({"person_open"})
NEWEST: Order = (("number", True),)


def _where(shape: TaskShape) -> list[Condition]:
    where = [organization(tasks), *(CONDITIONS[name] for name in sorted(shape.conditions))]
    if shape.statuses is not None:
        wanted: Condition = sa.or_(sa.false(), *(STATUSES[name] for name in sorted(shape.statuses)))
        if shape.or_archived:
            wanted = sa.or_(sa.and_(LIVE, wanted), CONDITIONS["archived"])
        where.append(wanted)
    named = [PEOPLE[name] for name in sorted(shape.people)]
    if shape.unassigned:
        where.append(sa.or_(_unassigned, sa.and_(*named)) if named else _unassigned)
    else:
        where.extend(named)
    return where


def _ordering(order: Order) -> list[Any]:
    keys = []
    for name, down in order:
        key = KEYS[name]
        keys.append((key.desc() if down else key.asc()) if name in UNBROKEN else nobody_last(key, down))
    return keys if any(name == "number" for name, _ in order) else [*keys, tasks.c.number.asc()]


@lru_cache(maxsize=SHAPES)
def tasks_page(shape: TaskShape) -> Query[Task]:
    """One page of tasks; equals stand by their number (spec 20 §11.3)."""
    if shape == TaskShape(conditions=OWN_OPEN, order=NEWEST):
        return PERSONAL_PAGE
    statement = sa.select(*columns_of(tasks, Task)).where(*_where(shape)).order_by(*_ordering(shape.order))
    return Query(statement.limit(Bind("count")).offset(Bind("skip")), Task)


def _count(condition: Condition) -> Any:
    return sa.func.sum(sa.case((condition, 1), else_=0))


@lru_cache(maxsize=SHAPES)
def tasks_totals(shape: TaskShape) -> Query[Sequence[Any]]:
    """How many tasks there are on all pages, how many of them are overdue, and due soon."""
    statement = sa.select(sa.func.count(), _count(OVERDUE), _count(DUE_SOON)).select_from(tasks)
    return Query(statement.where(*_where(shape)), row)


# -- the everyday list: what is open and somebody's, newest first ------------------------------------------------------
# It comes from the assignments' own index; only the page's rows and those near their deadline are looked up.

_given = (organization(assignments), Among(assignments.c.principal, "person"), assignments.c.open)
_page = (
    sa.select(assignments.c.task_id, assignments.c.number)
    .where(*_given)
    .distinct()
    .order_by(assignments.c.number.desc())
    .limit(Bind("count"))
    .offset(Bind("skip"))
    .subquery("page")
)
PERSONAL_PAGE = Query(
    sa.select(*columns_of(tasks, Task))
    .select_from(_page.join(tasks, tasks.c.id == _page.c.task_id))
    .where(organization(tasks))
    .order_by(_page.c.number.desc()),
    Task,
)
PERSONAL_COUNT = Query(sa.select(sa.func.count(assignments.c.number.distinct())).where(*_given), int)
PERSONAL_DUE = Query(
    sa.select(_count(OVERDUE), _count(DUE_SOON))
    .select_from(tasks)
    .where(
        organization(tasks),
        tasks.c.id.in_(assigned_to("person", assignments.c.open, assignments.c.deadline <= SOON)),
    ),
    row,
)
