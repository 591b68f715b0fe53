"""The lists of tasks: what a caller may see of them, filtered, ordered, counted (spec 20 §11).

Page and totals come from the caller's one transaction, whose reads are one snapshot.
"""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any, Literal

import msgspec

from procession.engine.work import Task
from procession.kernel.folding import containing, fold
from procession.kernel.paging import Order, Page
from procession.kernel.unit import Unit
from procession.people.model import EVERYONE, Actor, group, guest, member
from procession.people.persons import guest_addresses, persons
from procession.work import list_queries, queries
from procession.work.access import guest_reasons
from procession.work.asked import ALWAYS, Archived, Asked, Window, group_names, with_groups
from procession.work.list_queries import NEWEST, OWN_OPEN, Counted, TaskShape
from procession.work.personal_queries import ORDERS, personal_page
from procession.work.sight import SEES_LITTLE, SEES_LITTLE_STANDARD, sees_open_tasks

ACTIVE = frozenset({"active"})
TWINS = {"seen": SEES_LITTLE, "seen_standard": SEES_LITTLE_STANDARD}
"""Conditions that have twins: for the few tasks that something else has found, and for who sees little of all there is.
What tells whether he does."""

WALKED = frozenset({
    "not_hidden", "live", "in_place", "archived", "text", "process_name", "kinds", "starters", "completers", "oneoff",
    "of_process", "created_since", "created_until", "updated_since", "updated_until", "completed_since",
    "completed_until",
})  # fmt: skip
"""Conditions that no index answers: where nothing else is asked for, all tasks would be walked."""


class TaskSearch(msgspec.Struct, frozen=True, kw_only=True):
    """Which tasks to list; what is empty or None does not narrow.

    `scope`: everything, those of `process_id`, or those that `person` (a principal) has, also by group. `text`,
    `name`: what is contained in a title or process name; `statuses` as `engine.status.read_task_filter` gives them;
    `hidden`: whether hidden ones are listed, None: as the list does by itself. `owners`, `completers`, `mentioned`,
    `watching` are principals; `guests` addresses and group ids; `titles` ids of job titles; `tags` ids or titles;
    `custom` a key and a term of a custom field. `nothing`: a filter that nothing can match. `group`: what the rows
    stand together by.
    """

    scope: Literal["organization", "process", "person"] = "organization"
    process_id: str | None = None
    person: str | None = None
    text: str | None = None
    name: str | None = None
    statuses: frozenset[str] | None = None
    archived: Archived | None = None
    hidden: bool | None = None
    owners: tuple[str, ...] = ()
    guests: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    unassigned: bool = False
    tags: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    templates: tuple[str, ...] = ()
    processes: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    starters: tuple[int, ...] = ()
    completers: tuple[str, ...] = ()
    oneoff: bool | None = None
    created: Window = ALWAYS
    updated: Window = ALWAYS
    deadline: Window = ALWAYS
    completed: Window = ALWAYS
    custom: tuple[int, str] | None = None
    mentioned: str | None = None
    watching: str | None = None
    nothing: bool = False
    group: Literal["process", "assignee", "deadline"] | None = None
    order: Order = NEWEST


class Group(msgspec.Struct, frozen=True):
    """Rows that stand together: the key they share, how it is shown, how many there are on all pages."""

    key: str | None
    label: str
    count: int


class TaskPage(msgspec.Struct, frozen=True):
    """One page, and how many tasks there are on all of them, overdue and due soon among these; their groups."""

    tasks: list[Task]
    total: int = 0
    overdue: int = 0
    due_soon: int = 0
    groups: Sequence[Group] = ()


# -- tasks -------------------------------------------------------------------------------------------------------------


def task_page(unit: Unit, actor: Actor, wanted: TaskSearch, page: Page) -> TaskPage:
    """A page of the tasks the caller may see, with the totals of all pages (spec 00 ENV-14, ENV-18).

    One statement, besides what the filters and groups have to look up.
    """
    if wanted.nothing or wanted.statuses == frozenset():
        return TaskPage([])
    asked = Asked(unit, actor)
    shape = _task_shape(asked, actor, wanted)
    groups: Sequence[Group] = ()
    if shape.group is not None:
        groups = groups_of(asked, shape)
        asked.parameters["ranked"] = [one.key for one in groups]
    found = _rows(asked, shape, page)
    tasks = [one.task for one in found if one.task is not None]
    return TaskPage(tasks, found[0].total, found[0].overdue, found[0].due_soon, groups)


def _rows(asked: Asked, shape: TaskShape, page: Page) -> list[Counted]:
    parameters = {**asked.parameters, "count": page.size, "skip": page.skip}
    everyday = shape == TaskShape(conditions=OWN_OPEN, order=shape.order)
    if everyday and shape.order in ORDERS:
        people = asked.parameters["person"]
        parameters["person_alone"] = people[0]
        lateral = asked.unit.session.dialect.name == "postgresql"
        return asked.unit.all(personal_page(shape.order, alone=len(people) == 1, lateral=lateral), **parameters)
    return asked.unit.all(list_queries.tasks_page(shape), **parameters)


def task_walk(unit: Unit, actor: Actor, wanted: TaskSearch, count: int, after: int | None) -> list[Task]:
    """The next `count` tasks of a walk in the order of their numbers, after the one with that number (PAG-05)."""
    if wanted.nothing or wanted.statuses == frozenset():
        return []
    asked = Asked(unit, actor)
    shape = _task_shape(asked, actor, wanted)
    descends = shape.order == NEWEST
    asked.add("below" if descends else "above", after, when=after is not None)
    shape = msgspec.structs.replace(shape, conditions=shape.conditions | asked.names, group=None)
    return unit.all(list_queries.tasks_walk(shape), **asked.parameters, count=count)


def task_counts(unit: Unit, actor: Actor, wanted: TaskSearch) -> dict[str, int]:
    """How many of the tasks there are in all, and in each of some statuses (spec 20 §11.3)."""
    names = ("all", *list_queries.COUNTED)
    if wanted.nothing or wanted.statuses == frozenset():
        return dict.fromkeys(names, 0)
    asked = Asked(unit, actor)
    shape = msgspec.structs.replace(_task_shape(asked, actor, wanted), order=(), group=None)
    found = unit.all(list_queries.tasks_counts(shape), **asked.parameters)[0]
    return {name: value or 0 for name, value in zip(names, found, strict=True)}


def _task_shape(asked: Asked, actor: Actor, wanted: TaskSearch) -> TaskShape:
    """The statement that answers the search; its parameters are left in `asked`."""
    _task_columns(asked, wanted)
    statuses, or_archived = _states(asked, wanted)
    if wanted.scope == "process":
        asked.add("process", wanted.process_id)
    elif wanted.scope == "person":
        asked.parameters["person"] = _person(asked.unit, actor, wanted)
        if statuses == ACTIVE and "live" in asked.names:
            # The assignments know it: an index answers.
            statuses = None
            asked.names -= {"live", "not_hidden"}
            asked.names.add("person_open")
        else:
            asked.names.add("person")
    people = asked.people(wanted.owners, wanted.guests, wanted.groups)
    asked.parameters |= people
    if (sight := _sight(asked.unit, actor, wanted)) is not None:
        few = statuses is not None and statuses <= list_queries.NEAR and not or_archived
        found = few or bool(people) or wanted.scope != "organization" or not asked.names <= WALKED
        asked.names.add(_asked_how(asked, sight, few=few, found=found))
    return TaskShape(
        conditions=frozenset(asked.names),
        statuses=statuses,
        or_archived=or_archived,
        people=frozenset(people),
        unassigned=wanted.unassigned,
        group=wanted.group,
        order=wanted.order,
    )


def _asked_how(asked: Asked, sight: str, *, few: bool, found: bool) -> str:
    """The twin of the condition that answers soonest. `few`: few tasks are left; `found`: an index finds them."""
    if sight not in TWINS:
        return sight
    if few:
        return f"each_{sight}"
    return f"little_{sight}" if not found and asked.unit.one(TWINS[sight], **asked.parameters) else sight


def _task_columns(asked: Asked, wanted: TaskSearch) -> None:
    asked.text(wanted.text)
    asked.add("process_name", containing(wanted.name), when=bool(wanted.name and fold(wanted.name)))
    if wanted.tags:
        asked.tags(wanted.tags)
    asked.some(
        folders=wanted.folders,
        templates=wanted.templates,
        processes=wanted.processes,
        kinds=wanted.kinds,
        titles=wanted.titles,
        starters=wanted.starters,
        completers=wanted.completers,
    )
    asked.custom(wanted.custom)
    asked.add("mentioned", wanted.mentioned, when=wanted.mentioned is not None)
    asked.add("watching", wanted.watching, when=wanted.watching is not None)
    asked.add("oneoff", when=wanted.oneoff is True)
    asked.add("of_process", when=wanted.oneoff is False)
    asked.windows(created=wanted.created, updated=wanted.updated, deadline=wanted.deadline, completed=wanted.completed)


def _is_own(actor: Actor, wanted: TaskSearch) -> bool:
    return wanted.scope == "person" and wanted.person in {None, actor.principal}


def _person(unit: Unit, actor: Actor, wanted: TaskSearch) -> list[str]:
    """The principals whose assignments the personal list shows."""
    if _is_own(actor, wanted) or wanted.person is None:
        return [one for one in actor.principals if one != EVERYONE]
    return with_groups(unit, [wanted.person])


def _sight(unit: Unit, actor: Actor, wanted: TaskSearch) -> str | None:
    """The condition that keeps the list to what the caller may see; none where he sees all of it."""
    if actor.is_admin or _is_own(actor, wanted):
        return None
    if actor.role == "guest":
        return "own_or_open" if _is_public(unit, actor, wanted.process_id) else "own"
    return "seen_standard" if sees_open_tasks(actor) else "seen"


def _is_public(unit: Unit, actor: Actor, process_id: str | None) -> bool:
    """Whether a guest, who has a task there, sees the others of this process too (spec 10 §15.4)."""
    if process_id is None:
        return False
    process = unit.one(queries.PROCESS, id=process_id)
    return (
        process is not None
        and process.public
        and process.archived_at is None
        and bool(guest_reasons(unit, actor, [process_id])[process_id])
    )


def _states(asked: Asked, wanted: TaskSearch) -> tuple[frozenset[str] | None, bool]:
    """The statuses that are left to check, and whether archived tasks join them; asks for live and not hidden."""
    statuses = wanted.statuses
    in_run = wanted.scope == "process"
    or_archived = False
    mode = wanted.archived
    if statuses is not None and "archived" in statuses:
        statuses -= {"archived"}
        or_archived = bool(statuses)
        if not statuses:
            statuses, mode = None, "only" if mode != "exclude" else mode
            asked.add("archived")
    hidden = wanted.hidden if wanted.hidden is not None else in_run or "auto-skipped" in (statuses or ())
    asked.add("not_hidden", when=not hidden)
    asked.add("archived", when=mode == "only")
    if mode == "exclude":
        asked.add("live")
    elif mode is None and not or_archived:
        asked.add("in_place" if in_run else "live")
    return statuses, or_archived


# -- groups ------------------------------------------------------------------------------------------------------------

NEARNESS = {
    "overdue": "Overdue",
    "today": "Today",
    "this_week": "This week",
    "later": "Later",
    "none": "No deadline",
}
"""Groups of deadlines in their order."""


def groups_of(asked: Asked, shape: TaskShape) -> list[Group]:
    """The groups of all pages in the order the rows have: by label, what belongs to nothing last."""
    unit = asked.unit
    midnight = datetime.combine(asked.today + timedelta(days=1), time(), tzinfo=asked.zone)
    asked.parameters["day_ends"] = midnight
    asked.parameters["week_ends"] = midnight + timedelta(days=6 - asked.today.weekday())
    rows: list[Any] = unit.all(list_queries.tasks_groups(shape), **asked.parameters)
    counts: dict[str | None, int] = dict(rows)
    if shape.group == "deadline":
        return [Group(key, label, counts[key]) for key, label in NEARNESS.items() if key in counts]
    keys = [one for one in counts if one is not None]
    labels = _process_labels(unit, keys) if shape.group == "process" else _assignee_labels(unit, keys)
    ordered = sorted(keys, key=lambda one: (fold(labels[one]), one))
    groups = [Group(one, labels[one], counts[one]) for one in ordered]
    if None in counts:
        nothing = "No process" if shape.group == "process" else "Nobody assigned"
        groups.append(Group(None, nothing, counts[None]))
    return groups


def _process_labels(unit: Unit, ids: Sequence[str]) -> dict[str, str]:
    return dict(unit.all(list_queries.PROCESS_NAMES, ids=list(ids))) if ids else {}


def _assignee_labels(unit: Unit, principals: Sequence[str]) -> dict[str, str]:
    """Names of members, addresses of guests, names of groups."""
    of: dict[str, list[str]] = {"u": [], "e": [], "g": []}
    for one in principals:
        of[one[0]].append(one[1:])
    known = persons(unit, map(int, of["u"]))
    addresses = guest_addresses(unit, map(int, of["e"]))
    names = group_names(unit, of["g"])
    labels = {member(one.id): one.full_name for one in known.values()}
    labels |= {guest(one): address for one, address in addresses.items()}
    labels |= {group(one): name for one, name in names.items()}
    return {one: labels.get(one, "") for one in principals}
