"""SQL of the process list, built and compiled once per combination of filters and order (spec 10 §7.1)."""

from functools import lru_cache
from typing import Any

import msgspec
import sqlalchemy as sa

from procession.accounts.tables import accounts
from procession.discussions.tables import comments
from procession.engine.work import Process
from procession.kernel.sql import Among, Query, columns_of, organization
from procession.labels.tables import filings, tag_uses
from procession.watching.tables import stars
from procession.work.list_queries import LIVE, OPEN, SHAPES
from procession.work.list_terms import NOW, SOON, AnswerText, Bind, Condition, Order, customized, moment, nobody_last
from procession.work.model import Reason
from procession.work.sight import PROCESSES_SEEN
from procession.work.tables import answers, assignments, involvements, processes, task_titles, tasks

# -- parts -------------------------------------------------------------------------------------------------------------

_running = (
    organization(tasks),
    tasks.c.process_id.is_not(None),
    OPEN,
    LIVE,
    sa.not_(tasks.c.deadline_projected),
)
_live = processes.c.archived_at.is_(None)
# Not correlated: the tasks near their deadline are read once, whatever the planner knows about the tables.
_late = sa.and_(
    processes.c.next_deadline < NOW,
    processes.c.id.in_(sa.select(tasks.c.process_id).where(*_running, tasks.c.deadline < NOW)),
)
_soon = sa.and_(
    processes.c.next_deadline <= SOON,
    processes.c.id.in_(
        sa.select(tasks.c.process_id).where(*_running, tasks.c.deadline >= NOW, tasks.c.deadline <= SOON)
    ),
)
_missed = (
    sa.select(tasks.c.process_id, sa.func.min(tasks.c.deadline).label("first"))
    .where(*_running, tasks.c.deadline < NOW)
    .group_by(tasks.c.process_id)
    .subquery("missed")
)
"""The oldest deadline that each process is missing."""

_due = sa.func.coalesce(processes.c.next_deadline, processes.c.last_deadline)
_progress = sa.func.coalesce(
    sa.cast(processes.c.done_tasks, sa.Float()) / sa.func.nullif(processes.c.visible_tasks, 0), 0.0
)
_starred = processes.c.id.in_(
    sa.select(stars.c.subject_id).where(organization(stars), stars.c.principal == Bind("principal"))
)
_in_place = sa.or_(LIVE, tasks.c.archived_with_process)  # a process takes its tasks along when it is archived
_TASK_STATES: dict[str, Condition] = {
    "all": sa.true(),
    "in-progress": OPEN,
    "completed": tasks.c.status == "completed",
}

_NARROW = ("in-progress", "completed")


def _tasks_in(state: str, name: str | None) -> sa.Select[Any]:
    """The processes of the tasks in that state, of one of the principals in the parameter when it is named."""
    where = [organization(tasks), tasks.c.process_id.is_not(None), _in_place, _TASK_STATES[state]]
    found = sa.select(tasks.c.process_id)
    if name is not None:
        found = found.join(assignments, assignments.c.task_id == tasks.c.id)
        where += [organization(assignments), Among(assignments.c.principal, name)]
    return found.where(*where)


def _with_task(state: str, name: str | None) -> Condition:
    return processes.c.id.in_(_tasks_in(state, name))


def _involving(*reasons: Reason, name: str) -> sa.Select[Any]:
    """The processes that one of the principals in the parameter has to do with for one of these reasons."""
    bits = int(Reason(0))
    for one in reasons:
        bits |= int(one)
    return sa.select(involvements.c.subject_id).where(
        organization(involvements),
        Among(involvements.c.principal, name),
        involvements.c.reasons.bitwise_and(bits) != 0,
    )


def _with_task_or_involving(name: str, reason: Reason) -> Condition:
    """Of either kind; in one list, so that an index finds the processes by it."""
    return processes.c.id.in_(sa.union_all(_involving(reason, name=name), _tasks_in("all", name)))


_filing = (organization(filings), filings.c.subject_kind == "process")
_unfiled = ~sa.exists().where(*_filing, filings.c.subject_id == processes.c.id).correlate(processes)
_tagged = (
    sa.exists()
    .where(organization(tag_uses), tag_uses.c.subject_kind == "process", tag_uses.c.subject_id == processes.c.id)
    .correlate(processes)
)
_visible_own = (
    sa.select(tasks.c.process_id)
    .join(assignments, assignments.c.task_id == tasks.c.id)
    .where(
        organization(tasks),
        organization(assignments),
        Among(assignments.c.principal, "actor"),
        tasks.c.process_id.is_not(None),
        tasks.c.status != "auto-skipped",
        _in_place,
    )
)

# -- conditions --------------------------------------------------------------------------------------------------------


def _tags_counted(p: str) -> Condition:
    found = (
        sa.select(tag_uses.c.subject_id)
        .where(organization(tag_uses), tag_uses.c.subject_kind == "process", Among(tag_uses.c.tag_id, f"{p}tags"))
        .group_by(tag_uses.c.subject_id)
        .having(sa.func.count() >= Bind(f"{p}tag_count", type_=sa.Integer()))
    )
    return processes.c.id.in_(found)


def _filed(p: str) -> Condition:
    return processes.c.id.in_(
        sa.select(filings.c.subject_id).where(*_filing, Among(filings.c.folder_id, f"{p}folders"))
    )


def _answered(p: str, match: Condition) -> Condition:
    """The process holds an answer to the field; those of confidential tasks are nobody's to look for."""
    secret = sa.select(tasks.c.id).where(organization(tasks), tasks.c.confidential)
    return processes.c.id.in_(
        sa.select(answers.c.process_id).where(
            organization(answers),
            answers.c.process_id.is_not(None),
            answers.c.field_id == Bind(f"{p}field_id"),
            answers.c.holder_id.not_in(secret),
            match,
        )
    )


_stored = sa.cast(answers.c.value, sa.Text)


def _conditions(p: str) -> dict[str, Condition]:
    """Conditions by name; all parameters but those of the caller and the clock begin with `p`."""
    return {
        "seen": processes.c.id.in_(PROCESSES_SEEN),
        "seen_guest": processes.c.id.in_(_visible_own),
        "live": _live,
        "archived": sa.not_(_live),
        "text": sa.or_(
            processes.c.folded.like(Bind(f"{p}text"), escape="\\"),
            processes.c.id == Bind(f"{p}text_id"),
            processes.c.number == Bind(f"{p}text_number", type_=sa.BigInteger()),
        ),
        "ids": Among(processes.c.id, f"{p}ids"),
        "below": processes.c.number < Bind(f"{p}below", type_=sa.BigInteger()),
        "above": processes.c.number > Bind(f"{p}above", type_=sa.BigInteger()),
        "me": processes.c.id.in_(_involving(Reason.participates(), Reason.ASSIGNED_BEFORE, name="actor")),
        "process_owners": Among(processes.c.owner_id, f"{p}process_owners"),
        "starters": Among(processes.c.starter_id, f"{p}starters"),
        "templates": Among(processes.c.template_id, f"{p}templates"),
        "folders": _filed(p),
        "unfiled": _unfiled,
        "folders_or_unfiled": sa.or_(_filed(p), _unfiled),
        "tags": _tags_counted(p),
        "untagged": ~_tagged,
        "tagged": _tagged,
        "starred": _starred,
        "not_starred": sa.not_(_starred),
        "kinds": Among(processes.c.kind, f"{p}kinds"),
        "titles": processes.c.id.in_(
            sa.select(task_titles.c.process_id).where(
                organization(task_titles), Among(task_titles.c.title_id, f"{p}titles")
            )
        ),
        "parents": Among(processes.c.parent_id, f"{p}parents"),
        "created_since": processes.c.created_at >= moment(f"{p}created_since"),
        "created_until": processes.c.created_at < moment(f"{p}created_until"),
        "completed_since": processes.c.completed_at >= moment(f"{p}completed_since"),
        "completed_until": processes.c.completed_at < moment(f"{p}completed_until"),
        "updated_since": processes.c.updated_at >= moment(f"{p}updated_since"),
        "updated_until": processes.c.updated_at < moment(f"{p}updated_until"),
        "due_since": _due >= moment(f"{p}due_since"),
        "due_until": _due < moment(f"{p}due_until"),
        # people; of a task in some state the owner of the process alone is no match
        "owners_all": _with_task_or_involving(f"{p}owners", Reason.OWNER),
        "groups_all": _with_task_or_involving(f"{p}groups", Reason.LISTED),
        **{f"owners_{state}": _with_task(state, f"{p}owners") for state in _NARROW},
        **{f"groups_{state}": _with_task(state, f"{p}groups") for state in _NARROW},
        **{f"tasks_{state}": _with_task(state, None) for state in _NARROW},
        "guests": _with_task("all", f"{p}guests"),
        # answers, as they are stored: a text is in quotes, a choice has its text among its members
        "field_is": _answered(
            p, sa.or_(_stored == Bind(f"{p}field_exact"), _stored.like(Bind(f"{p}field_part"), escape="\\"))
        ),
        "field_contains": _answered(p, sa.func.lower(_stored).like(Bind(f"{p}field_part"), escape="\\")),
        "field_since": _answered(p, _stored >= Bind(f"{p}field_exact")),
        "field_until": _answered(p, _stored < Bind(f"{p}field_exact")),
    }


_conditions_of = lru_cache(maxsize=SHAPES)(_conditions)
CONDITIONS: dict[str, Condition] = {**_conditions(""), "custom": customized(processes.c.id)}
"""All that were asked for must hold."""

_here = sa.and_(organization(tasks), tasks.c.id == comments.c.subject_id)
_to_improve = (
    sa.select(sa.func.coalesce(tasks.c.process_id, comments.c.subject_id))
    .select_from(comments.outerjoin(tasks, _here))
    .where(
        organization(comments),
        comments.c.label == "improvement",
        comments.c.resolve_id.is_(None),
        sa.or_(tasks.c.id.is_(None), sa.not_(tasks.c.confidential)),
    )
)
"""Where somebody proposes something better: on the process, or on a task that is not confidential."""

_calm = sa.and_(_live, processes.c.status == "active")

STATUSES: dict[str, Condition] = {
    **{status: sa.and_(_live, processes.c.status == status) for status in ("active", "complete", "problem", "issue")},
    "delayed": sa.and_(_live, _late),
    "starred": _starred,
    "overdue": sa.and_(_calm, _late),
    "due_soon": sa.and_(_calm, sa.not_(_late), _soon),
    "on_time": sa.and_(_calm, sa.not_(_late), sa.not_(_soon)),
    "archived": CONDITIONS["archived"],
    "improvement": sa.and_(_live, processes.c.id.in_(_to_improve)),
}
"""One of those that were asked for must hold. Labels of the tracker: spec 10 §3.4."""


def _name_of(account: Any) -> Any:
    name = sa.func.lower(accounts.c.first_name.concat(" ").concat(accounts.c.last_name))
    return sa.select(name).where(accounts.c.id == account).correlate(processes).scalar_subquery()


KEYS: dict[str, Any] = {
    "name": processes.c.folded,
    "created_at": processes.c.created_at,
    "started_at": processes.c.started_at,
    "updated_at": processes.c.updated_at,
    "completed_at": processes.c.completed_at,
    "archived_at": processes.c.archived_at,
    "due": _due,
    "status": processes.c.status,
    "progress": _progress,
    "starred": sa.case((_starred, 1), else_=0),
    "owner": _name_of(processes.c.owner_id),
    "starter": _name_of(processes.c.starter_id),
    "number": processes.c.number,
    "missed": _missed.c.first,
    "field": (
        sa.select(AnswerText(answers.c.value))
        .where(
            organization(answers),
            answers.c.process_id == processes.c.id,
            answers.c.field_id == Bind("sort_field"),
            answers.c.holder_id.not_in(sa.select(tasks.c.id).where(organization(tasks), tasks.c.confidential)),
        )
        .order_by(answers.c.holder_id)
        .limit(1)
        .correlate(processes)
        .scalar_subquery()
    ),
}
BROKEN = frozenset({"completed_at", "archived_at", "due", "owner", "starter", "missed", "field"})
"""Keys that may have no value."""


class TermShape(msgspec.Struct, frozen=True, kw_only=True):
    """One criterion: all of these, or with `negated` not all of them."""

    conditions: frozenset[str]
    statuses: frozenset[str] | None = None
    negated: bool = False


class GroupShape(msgspec.Struct, frozen=True):
    """Several criteria: all of them, or `either` of them. Parameters of the n-th begin with `term(group, n)`."""

    either: bool
    terms: tuple[TermShape, ...]


class ProcessShape(msgspec.Struct, frozen=True, kw_only=True):
    """Which statement: names of conditions. `statuses` None: any."""

    conditions: frozenset[str]
    statuses: frozenset[str] | None = None
    groups: tuple[GroupShape, ...] = ()
    order: Order = ()


def term(group: int, place: int) -> str:
    """What the parameters of a criterion begin with."""
    return f"g{group}t{place}_"


def _where(shape: ProcessShape) -> list[Condition]:
    where = [organization(processes), *(CONDITIONS[name] for name in sorted(shape.conditions))]
    if shape.statuses is not None:
        where.append(_in_status(shape.statuses))
    where += [_grouped(group, number) for number, group in enumerate(shape.groups)]
    return where


def _in_status(names: frozenset[str]) -> Condition:
    return sa.or_(sa.false(), *(STATUSES[name] for name in sorted(names)))


def _grouped(group: GroupShape, number: int) -> Condition:
    found = []
    for place, one in enumerate(group.terms):
        known = _conditions_of(term(number, place))
        parts = [known[name] for name in sorted(one.conditions)]
        parts += [_in_status(one.statuses)] if one.statuses is not None else []
        held = sa.and_(sa.true(), *parts)
        # What has no value is not what was asked for: its opposite holds.
        found.append(sa.not_(sa.func.coalesce(held, sa.false())) if one.negated else held)
    return sa.or_(sa.false(), *found) if group.either else sa.and_(sa.true(), *found)


class Counted(msgspec.Struct, frozen=True):
    """A row of a page, with how many there are on all pages; no process: the page is beyond the end."""

    total: int
    process: Process | None


def _counted(total: int, *columns: Any) -> Counted:
    return Counted(total, Process(*columns) if columns[0] is not None else None)


def _ordering(order: Order) -> list[tuple[str, Any, bool]]:
    """Name, expression and direction of every key, the last one unique."""
    return [*((name, KEYS[name], down) for name, down in order), ("id", processes.c.id, False)]


def _directed(key: Any, name: str, down: bool) -> Any:
    return nobody_last(key, down) if name in BROKEN else key.desc() if down else key.asc()


def _ordered(chosen: sa.Select[Any], shape: ProcessShape) -> sa.Select[Any]:
    if any(name == "missed" for name, _ in shape.order):
        chosen = chosen.select_from(processes.outerjoin(_missed, _missed.c.process_id == processes.c.id))
    return chosen.order_by(*(_directed(key, name, down) for name, key, down in _ordering(shape.order)))


@lru_cache(maxsize=SHAPES)
def processes_page(shape: ProcessShape) -> Query[Counted]:
    """One page of processes with the total of all pages; equals stand by their id."""
    where, keys = _where(shape), _ordering(shape.order)
    labelled = [key.label(f"key_{name}") for name, key, _ in keys]
    chosen = _ordered(sa.select(*columns_of(processes, Process), *labelled).where(*where), shape)
    page = chosen.limit(Bind("count")).offset(Bind("skip")).subquery("page")
    totals = sa.select(sa.func.count().label("total")).select_from(processes).where(*where).subquery("all")
    columns = [page.c[name] for name in Process.__struct_fields__]
    found = sa.select(totals.c.total, *columns).select_from(totals.outerjoin(page, sa.true()))
    return Query(found.order_by(*(_directed(page.c[f"key_{name}"], name, down) for name, _, down in keys)), _counted)


@lru_cache(maxsize=SHAPES)
def processes_walk(shape: ProcessShape) -> Query[Process]:
    """The next processes of a walk in the order of their numbers, without a total (spec 00 PAG-05)."""
    statement = sa.select(*columns_of(processes, Process)).where(*_where(shape))
    ordered = [_directed(key, name, down) for name, key, down in _ordering(shape.order)]
    return Query(statement.order_by(*ordered).limit(Bind("count")), Process)


@lru_cache(maxsize=SHAPES)
def process_ids(shape: ProcessShape) -> Query[str]:
    """The ids of the first processes, in order."""
    return Query(_ordered(sa.select(processes.c.id).where(*_where(shape)), shape).limit(Bind("count")), str)
