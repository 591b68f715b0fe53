"""SQL of the task lists: one family of statements, built and compiled once per combination of filters and order.

A filter is a named condition over bind parameters; what a list asks for is the set of names (spec 20 §11.2).
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec
import sqlalchemy as sa

from procession.discussions.tables import comment_mentions
from procession.engine.work import Task
from procession.kernel.sql import Among, Query, columns_of, organization, row
from procession.labels.tables import filings, tag_uses, tags
from procession.people.tables import group_people, groups
from procession.watching.tables import watchers
from procession.work.list_terms import (
    NOW,
    SOON,
    Bind,
    Condition,
    Order,
    Rank,
    customized,
    moment,
    nobody_last,
    one_of,
)
from procession.work.sight import (
    EACH_TASK_SEEN,
    EACH_TASK_SEEN_STANDARD,
    GIVEN,
    MAY_SEE,
    MAY_SEE_STANDARD,
    OWN_TASK,
    TASK_SEEN,
    TASK_SEEN_STANDARD,
    assigned_to,
)
from procession.work.tables import assignments, processes, task_titles, tasks

SHAPES = 1024
"""How many combinations are kept compiled; the least recently used is built anew."""


# -- looking up what filters name --------------------------------------------------------------------------------------

GROUPS_OF = Query(
    sa.select(group_people.c.group_id)
    .where(organization(group_people), Among(group_people.c.principal, "principals"))
    .distinct(),
    str,
)
GROUP_NAMES = Query(sa.select(groups.c.id, groups.c.name).where(organization(groups), Among(groups.c.id, "ids")), row)
PROCESS_NAMES = Query(
    sa.select(processes.c.id, processes.c.name).where(organization(processes), Among(processes.c.id, "ids")), row
)
TAGS_NAMED = Query(
    sa.select(tags.c.id).where(organization(tags), sa.or_(Among(tags.c.id, "ids"), Among(tags.c.folded, "titles"))), str
)

# -- parts -------------------------------------------------------------------------------------------------------------

LIVE = tasks.c.archived_at.is_(None)
OPEN = sa.and_(
    one_of(tasks.c.status, "not-started", "active", "in-progress"),
    tasks.c.completed_at.is_(None),
    tasks.c.hidden_from.is_(None),
)
"""Open and not hidden, as stored. The status says it all: the others lead to the index of what is undone."""

UNDONE = sa.and_(tasks.c.completed_at.is_(None), LIVE, tasks.c.hidden_from.is_(None))
PUT_AWAY = sa.or_(tasks.c.completed_at.is_not(None), tasks.c.archived_at.is_not(None), tasks.c.hidden_from.is_not(None))
"""One of the two holds for every task: tasks with a deadline are in an index each (`work.tables`)."""

_running = sa.and_(OPEN, LIVE, sa.not_(tasks.c.deadline_projected))
OVERDUE = sa.and_(_running, tasks.c.deadline < NOW, tasks.c.kind != "expiring")
DUE_SOON = sa.and_(_running, tasks.c.deadline >= NOW, tasks.c.deadline <= SOON)
"""As `engine.status` has them (spec 20 §4.3)."""


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


# -- conditions --------------------------------------------------------------------------------------------------------

CONDITIONS: dict[str, Condition] = {
    # whose eyes
    "own": OWN_TASK,
    "own_or_open": sa.or_(
        GIVEN,
        sa.and_(sa.not_(tasks.c.confidential), tasks.c.status != "auto-skipped", tasks.c.archived_at.is_(None)),
    ),
    "seen": TASK_SEEN,
    "seen_standard": TASK_SEEN_STANDARD,
    "each_seen": EACH_TASK_SEEN,
    "each_seen_standard": EACH_TASK_SEEN_STANDARD,
    "little_seen": sa.and_(MAY_SEE, TASK_SEEN),
    "little_seen_standard": sa.and_(MAY_SEE_STANDARD, TASK_SEEN_STANDARD),
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
    "mentioned": tasks.c.id.in_(
        sa.select(comment_mentions.c.subject_id).where(
            organization(comment_mentions), comment_mentions.c.principal == Bind("mentioned")
        )
    ),
    "watching": tasks.c.id.in_(
        sa.select(watchers.c.object_id).where(
            organization(watchers), watchers.c.principal == Bind("watching"), watchers.c.kind == "task"
        )
    ),
    "custom": customized(tasks.c.id),
    # job titles
    "titles": tasks.c.id.in_(
        sa.select(task_titles.c.task_id).where(organization(task_titles), Among(task_titles.c.title_id, "titles"))
    ),
    # walks by number
    "below": tasks.c.number < Bind("below", type_=sa.BigInteger()),
    "above": tasks.c.number > Bind("above", type_=sa.BigInteger()),
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
    "in-progress": sa.and_(OPEN, one_of(tasks.c.status, "active", "in-progress")),
    "not-started": sa.and_(OPEN, tasks.c.status == "not-started"),
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

NEAR = frozenset({"overdue", "due_soon"})
"""Statuses that few tasks are in: what the caller may see of them is asked one by one."""

PEOPLE: dict[str, Condition] = {name: tasks.c.id.in_(assigned_to(name)) for name in ("owners", "guests", "groups")}
"""All that were asked for must hold, or nobody is assigned when `unassigned` was asked for too."""

_unassigned = ~sa.exists().where(organization(assignments), assignments.c.task_id == tasks.c.id).correlate(tasks)

_day_ends, _week_ends = moment("day_ends"), moment("week_ends")

GROUPS: dict[str, Any] = {
    "process": tasks.c.process_id,
    "assignee": sa.select(assignments.c.principal)
    .where(organization(assignments), assignments.c.task_id == tasks.c.id)
    .order_by(assignments.c.position)
    .limit(1)
    .correlate(tasks)
    .scalar_subquery(),
    "deadline": sa.case(
        (OVERDUE, "overdue"),
        (tasks.c.deadline.is_(None), "none"),
        (tasks.c.deadline < _day_ends, "today"),
        (tasks.c.deadline < _week_ends, "this_week"),
        else_="later",
    ),
}
"""What rows may be grouped by: the process, who is assigned first, how near the deadline is (spec 20 §11.3)."""

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
    """Which statement: names of conditions. `statuses` None: any; `or_archived`: or whatever is archived.

    `group`: rows stand by the rank of this group first.
    """

    conditions: frozenset[str]
    statuses: frozenset[str] | None = None
    or_archived: bool = False
    people: frozenset[str] = frozenset()
    unassigned: bool = False
    group: str | None = None
    order: Order = ()


OWN_OPEN = frozenset({"person_open"})
NEWEST: Order = (("number", True),)


_DEADLINES = frozenset({"deadline_since", "deadline_until"})
_UNDONE_STATUSES = frozenset({"active", "active_visible", "in-progress", "not-started", *NEAR})


def _in_both(shape: TaskShape) -> frozenset[str]:
    """The deadlines that are looked up in both indexes: none where the statuses name the index of what is undone."""
    undone = "live" in shape.conditions and shape.statuses is not None and shape.statuses <= _UNDONE_STATUSES
    return frozenset() if undone else shape.conditions & _DEADLINES


def _asked(shape: TaskShape) -> list[Condition]:
    named = _in_both(shape)
    if not named:
        return [CONDITIONS[name] for name in sorted(shape.conditions)]
    within = [CONDITIONS[name] for name in sorted(named)]
    either = sa.or_(sa.and_(UNDONE, *within), sa.and_(PUT_AWAY, *within))
    return [*(CONDITIONS[name] for name in sorted(shape.conditions - named)), either]


def _where(shape: TaskShape) -> list[Condition]:
    where = [organization(tasks), *_asked(shape)]
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


def _directed(key: Any, name: str, down: bool) -> Any:
    if name in UNBROKEN:
        return key.desc() if down else key.asc()
    return nobody_last(key, down)


def _ordering(shape: TaskShape) -> list[tuple[str, Any, bool]]:
    """Name, expression and direction of every key, the last one unique."""
    keys = [(name, KEYS[name], down) for name, down in shape.order]
    if shape.group is not None:
        keys.insert(0, ("rank", Rank(GROUPS[shape.group], "ranked"), False))
    if not any(name == "number" for name, _ in shape.order):
        keys.append(("number", tasks.c.number, False))
    return keys


class Counted(msgspec.Struct, frozen=True):
    """A row of a page, with what there is on all pages; no task: the page is beyond the end."""

    total: int
    overdue: int
    due_soon: int
    task: Task | None


_ONE_SOON = 1 << 32
"""What one task that is due soon adds to the sum of `due_sum`, where one that is overdue adds 1."""


def due_sum(near: Condition, past: Condition, overdue: Condition, due_soon: Condition) -> Any:
    """How many tasks are overdue and how many are due soon, in one sum that `counted` takes apart.

    This runs once for every task that a list counts, so only one thing is asked of most of them: whether they are
    `near` their deadline, or `past` it. Of those that are past it `overdue` must hold, of the others `due_soon`.
    """
    late = sa.case((overdue, sa.literal(1, sa.BigInteger())), else_=0)
    soon = sa.case((due_soon, sa.literal(_ONE_SOON, sa.BigInteger())), else_=0)
    return sa.cast(sa.func.sum(sa.case((past, late), else_=soon)).filter(near), sa.BigInteger()).label("due")


def counted(total: int, due: int | None, *columns: Any) -> Counted:
    """A row of the total, `due_sum` and the columns of a task."""
    soon, overdue = divmod(due or 0, _ONE_SOON)
    return Counted(total, overdue, soon, Task(*columns) if columns[0] is not None else None)


@lru_cache(maxsize=SHAPES)
def tasks_page(shape: TaskShape) -> Query[Counted]:
    """One page of tasks with the totals of all pages; equals stand by their number (spec 20 §11.3)."""
    where, keys = _where(shape), _ordering(shape)
    if _in_both(shape):
        # Sorted as a sum, so that SQLite does not walk all tasks in the order of their numbers for the few it wants.
        keys = [(name, key + 0 if name == "number" else key, down) for name, key, down in keys]
    labelled = [key.label(f"key_{name}") for name, key, _ in keys]
    ordered = [_directed(key, name, down) for name, key, down in keys]
    page = sa.select(*columns_of(tasks, Task), *labelled).where(*where).order_by(*ordered)
    rows = page.limit(Bind("count")).offset(Bind("skip")).subquery("page")
    near = sa.and_(tasks.c.deadline <= SOON, _running)
    due = due_sum(near, tasks.c.deadline < NOW, tasks.c.kind != "expiring", sa.true())
    totals = sa.select(sa.func.count().label("total"), due).select_from(tasks).where(*where).subquery("all")
    columns = [rows.c[name] for name in Task.__struct_fields__]
    found = sa.select(*totals.c, *columns).select_from(totals.outerjoin(rows, sa.true()))
    return Query(found.order_by(*(_directed(rows.c[f"key_{name}"], name, down) for name, _, down in keys)), counted)


@lru_cache(maxsize=SHAPES)
def tasks_walk(shape: TaskShape) -> Query[Task]:
    """The next tasks of a walk in the order of their numbers, without totals (spec 00 PAG-05)."""
    ordered = [_directed(key, name, down) for name, key, down in _ordering(shape)]
    statement = sa.select(*columns_of(tasks, Task)).where(*_where(shape)).order_by(*ordered)
    return Query(statement.limit(Bind("count")), Task)


@lru_cache(maxsize=SHAPES)
def tasks_groups(shape: TaskShape) -> Query[Sequence[Any]]:
    """The groups that the tasks of all pages fall into, and how many of them each has."""
    key = GROUPS[shape.group or ""].label("key")
    grouped = sa.select(key).select_from(tasks).where(*_where(shape)).subquery("grouped")
    return Query(sa.select(grouped.c.key, sa.func.count()).group_by(grouped.c.key), row)


COUNTED = ("active", "overdue", "due_soon", "completed", "hasproblem")
"""Statuses that `tasks_counts` counts one by one, after all."""


@lru_cache(maxsize=SHAPES)
def tasks_counts(shape: TaskShape) -> Query[Sequence[Any]]:
    """How many tasks there are on all pages, and how many in each of some statuses."""
    counts = [count_of(STATUSES[name]) for name in COUNTED]
    return Query(sa.select(sa.func.count(), *counts).select_from(tasks).where(*_where(shape)), row)


def count_of(condition: Condition) -> Any:
    """How many rows fulfil the condition."""
    return sa.func.count().filter(condition)
