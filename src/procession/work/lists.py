"""The lists of tasks and processes: what a caller may see of them, filtered, ordered, counted (spec 20 §11, 10 §7.1).

Page and totals come from the caller's one transaction, whose reads are one snapshot.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from procession.engine.status import SOON
from procession.engine.work import Process, Task
from procession.kernel.folding import containing, fold
from procession.kernel.ids import read_id
from procession.kernel.paging import Order, Page
from procession.kernel.unit import Unit
from procession.people.model import EVERYONE, Actor, group, guest
from procession.people.persons import guest_ids
from procession.work import list_queries, process_list_queries
from procession.work.list_queries import NEWEST, OWN_OPEN, TaskShape
from procession.work.process_list_queries import ProcessShape

Archived = Literal["exclude", "include", "only"]
ACTIVE = frozenset({"active"})
ANY_PROCESS_STATUS = frozenset({"all"})


class Window(msgspec.Struct, frozen=True):
    """From `since`, before `until`; None is open."""

    since: datetime | None = None
    until: datetime | None = None


ALWAYS = Window()


class TaskSearch(msgspec.Struct, frozen=True, kw_only=True):
    """Which tasks to list; what is empty or None does not narrow.

    `scope`: everything, those of `process_id`, or those that `person` (a principal) has, also by group. `text`, `name`:
    what is contained in a title or process name; `statuses` as `engine.status.read_task_filter` gives them; `hidden`:
    whether hidden ones are listed, None: as the list does by itself. `owners`, `completers` are principals; `guests`
    addresses and group ids; `tags` ids or titles. `nothing`: a filter that nothing can match.
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
    starters: tuple[int, ...] = ()
    completers: tuple[str, ...] = ()
    oneoff: bool | None = None
    created: Window = ALWAYS
    updated: Window = ALWAYS
    deadline: Window = ALWAYS
    completed: Window = ALWAYS
    nothing: bool = False
    order: Order = NEWEST


class TaskPage(msgspec.Struct, frozen=True):
    """One page, and how many tasks there are on all of them, overdue and due soon among these."""

    tasks: list[Task]
    total: int = 0
    overdue: int = 0
    due_soon: int = 0


class ProcessSearch(msgspec.Struct, frozen=True, kw_only=True):
    """Which processes to list; what is empty or None does not narrow. Words as in `TaskSearch`.

    `statuses` as `engine.status.read_process_filter` gives them; `task_state` narrows the match of `owners` and
    `groups` to tasks in that state; `tags`: all of them, or any with `any_tag`; `unfiled` joins `folders`.
    """

    text: str | None = None
    statuses: frozenset[str] = ANY_PROCESS_STATUS
    archived: Archived | None = None
    owners: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    guests: tuple[str, ...] = ()
    involved: bool = False
    starters: tuple[int, ...] = ()
    task_state: Literal["all", "in-progress", "completed"] = "all"
    templates: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    unfiled: bool = False
    tags: tuple[str, ...] = ()
    any_tag: bool = False
    untagged: bool | None = None
    starred: bool | None = None
    kinds: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    created: Window = ALWAYS
    updated: Window = ALWAYS
    completed: Window = ALWAYS
    due: Window = ALWAYS
    nothing: bool = False
    order: Order = (("created_at", True),)


class ProcessPage(msgspec.Struct, frozen=True):
    """One page, and how many processes there are on all of them."""

    processes: list[Process]
    total: int = 0


class _Asked:
    """The names of the conditions that are asked for, and their parameters."""

    def __init__(self, unit: Unit, actor: Actor) -> None:
        self.unit = unit
        self.names: set[str] = set()
        self.parameters: dict[str, Any] = {
            "actor": list(actor.principals),
            "account": actor.account_id,
            "now": unit.now,
            "soon": unit.now + SOON,
        }

    def add(self, name: str, value: Any = None, *, when: bool = True) -> None:
        """Ask for a condition, with the value of its parameter of the same name, unless `when` is false."""
        if when:
            self.names.add(name)
            self.parameters[name] = value

    def some(self, **lists: Sequence[Any]) -> None:
        """Ask for the conditions whose lists are not empty."""
        for name, values in lists.items():
            self.add(name, list(values), when=bool(values))

    def windows(self, **windows: Window) -> None:
        for name, window in windows.items():
            self.add(f"{name}_since", window.since, when=window.since is not None)
            self.add(f"{name}_until", window.until, when=window.until is not None)

    def text(self, text: str | None) -> None:
        """What is contained in the searched columns, or is exactly the id or the number (spec 00 FLT-04)."""
        if text is None or not fold(text.strip()):
            return
        exact = text.strip()
        digits = exact.isascii() and exact.isdigit() and len(exact) < 16
        self.add("text", containing(exact))
        self.parameters["text_id"] = read_id(exact) or ""
        self.parameters["text_number"] = int(exact) if digits else -1

    def tags(self, named: Sequence[str]) -> None:
        """Ask for tags by id or title."""
        titles = sorted({fold(one) for one in named})
        ids = sorted({found for one in named if (found := read_id(one))})
        self.add("tags", self.unit.all(list_queries.TAGS_NAMED, ids=ids, titles=titles))

    def people(self, owners: Sequence[str], guests: Sequence[str], groups: Sequence[str]) -> dict[str, list[str]]:
        """The principals behind three filters, with the groups that persons are in; filters not given have no entry."""
        found: dict[str, list[str]] = {}
        if owners:
            found["owners"] = with_groups(self.unit, owners)
        if guests:
            known = guest_ids(self.unit, [one for one in guests if "@" in one])
            direct = with_groups(self.unit, [guest(one) for one in known.values()])
            found["guests"] = [*direct, *(group(one) for one in guests if "@" not in one)]
        if groups:
            found["groups"] = [group(one) for one in groups]
        return found


def with_groups(unit: Unit, principals: Sequence[str]) -> list[str]:
    """These persons and the groups they are in."""
    if not principals:
        return []
    return [*principals, *map(group, unit.all(list_queries.GROUPS_OF, principals=list(principals)))]


def group_names(unit: Unit, ids: Iterable[str]) -> dict[str, str]:
    """The names of those of the groups that exist, by id."""
    wanted = sorted(set(ids))
    return dict(unit.all(list_queries.GROUP_NAMES, ids=wanted)) if wanted else {}


# -- tasks -------------------------------------------------------------------------------------------------------------


def task_page(unit: Unit, actor: Actor, wanted: TaskSearch, page: Page) -> TaskPage:
    """A page of the tasks the caller may see, with the totals of all pages (spec 00 ENV-14, ENV-18)."""
    if wanted.nothing or wanted.statuses == frozenset():
        return TaskPage([])
    asked = _Asked(unit, actor)
    shape = _task_shape(asked, actor, wanted)
    found = unit.all(list_queries.tasks_page(shape), **asked.parameters, count=page.size, skip=page.skip)
    if shape == TaskShape(conditions=OWN_OPEN, order=NEWEST):
        total = unit.one(list_queries.PERSONAL_COUNT, **asked.parameters) or 0
        overdue, soon = unit.all(list_queries.PERSONAL_DUE, **asked.parameters)[0]
    else:
        unordered = msgspec.structs.replace(shape, order=())
        total, overdue, soon = unit.all(list_queries.tasks_totals(unordered), **asked.parameters)[0]
    return TaskPage(found, total, overdue or 0, soon or 0)


def _task_shape(asked: _Asked, actor: Actor, wanted: TaskSearch) -> TaskShape:
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
    if (sight := _sight(actor, wanted)) is not None:
        asked.names.add(sight)
    people = asked.people(wanted.owners, wanted.guests, wanted.groups)
    asked.parameters |= people
    return TaskShape(
        conditions=frozenset(asked.names),
        statuses=statuses,
        or_archived=or_archived,
        people=frozenset(people),
        unassigned=wanted.unassigned,
        order=wanted.order,
    )


def _task_columns(asked: _Asked, wanted: TaskSearch) -> None:
    asked.text(wanted.text)
    asked.add("process_name", containing(wanted.name), when=bool(wanted.name and fold(wanted.name)))
    if wanted.tags:
        asked.tags(wanted.tags)
    asked.some(
        folders=wanted.folders,
        templates=wanted.templates,
        processes=wanted.processes,
        kinds=wanted.kinds,
        starters=wanted.starters,
        completers=wanted.completers,
    )
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


def _sight(actor: Actor, wanted: TaskSearch) -> str | None:
    """The condition that keeps the list to what the caller may see; none where he sees all of it."""
    if actor.is_admin or _is_own(actor, wanted):
        return None
    if actor.role == "guest":
        return "own"
    open_to_all = actor.role == "standard" and not actor.settings.private_oneoff_tasks
    return "seen_standard" if open_to_all else "seen"


def _states(asked: _Asked, wanted: TaskSearch) -> tuple[frozenset[str] | None, bool]:
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


# -- processes ---------------------------------------------------------------------------------------------------------


def process_page(unit: Unit, actor: Actor, wanted: ProcessSearch, page: Page) -> ProcessPage:
    """A page of the processes the caller may see, and how many there are."""
    if wanted.nothing or not wanted.statuses:
        return ProcessPage([])
    asked = _Asked(unit, actor)
    asked.text(wanted.text)
    _process_people(asked, wanted)
    _process_labels(asked, wanted)
    asked.some(starters=wanted.starters, templates=wanted.templates, kinds=wanted.kinds, parents=wanted.parents)
    asked.add("starred", when=wanted.starred is True)
    asked.add("not_starred", when=wanted.starred is False)
    asked.windows(created=wanted.created, updated=wanted.updated, completed=wanted.completed, due=wanted.due)
    if not actor.is_admin:
        asked.add("seen_guest" if actor.role == "guest" else "seen")
    default: Archived = "include" if "archived" in wanted.statuses else "exclude"
    mode = wanted.archived or default
    asked.add("live", when=mode == "exclude")
    asked.add("archived", when=mode == "only")
    statuses = None if wanted.statuses == ANY_PROCESS_STATUS else wanted.statuses
    shape = ProcessShape(conditions=frozenset(asked.names), statuses=statuses, order=wanted.order)
    rows = process_list_queries.processes_page(shape)
    found = unit.all(rows, **asked.parameters, count=page.size, skip=page.skip)
    total = process_list_queries.processes_total(msgspec.structs.replace(shape, order=()))
    return ProcessPage(found, unit.one(total, **asked.parameters) or 0)


def _process_people(asked: _Asked, wanted: ProcessSearch) -> None:
    people = asked.people(wanted.owners, wanted.guests, wanted.groups)
    asked.parameters |= people
    asked.parameters["owner_ids"] = [int(one[1:]) for one in wanted.owners if one[0] == "u"]
    asked.add("me", when=wanted.involved)
    asked.names |= {name if name == "guests" else f"{name}_{wanted.task_state}" for name in people}
    if wanted.task_state != "all" and not people.keys() & {"owners", "groups"}:
        asked.add(f"tasks_{wanted.task_state}")


def _process_labels(asked: _Asked, wanted: ProcessSearch) -> None:
    asked.some(folders=wanted.folders)
    if wanted.unfiled:
        asked.names -= {"folders"}
        asked.add("folders_or_unfiled" if wanted.folders else "unfiled")
    if wanted.tags:
        asked.tags(wanted.tags)
        # A tag that does not exist is on no process: with all-of, nothing is found.
        asked.parameters["tag_count"] = 1 if wanted.any_tag else len({read_id(one) or fold(one) for one in wanted.tags})
    asked.add("untagged", when=wanted.untagged is True)
    asked.add("tagged", when=wanted.untagged is False)
