"""The list of processes: what a caller may see of them, filtered, ordered, counted (spec 10 §7.1).

Page and total come from the caller's one transaction, whose reads are one snapshot.
"""

from typing import Literal

import msgspec

from procession.engine.work import Process
from procession.kernel.folding import fold
from procession.kernel.ids import read_id
from procession.kernel.paging import Order, Page
from procession.kernel.unit import Unit
from procession.people.model import Actor
from procession.work import process_list_queries
from procession.work.asked import ALWAYS, Archived, Asked, Window
from procession.work.process_list_queries import GroupShape, ProcessShape, TermShape

ANY_PROCESS_STATUS = frozenset({"all"})
SHARED = frozenset({"actor", "account", "principal", "now", "soon"})
"""Parameters that mean the same for every criterion."""


class FieldMatch(msgspec.Struct, frozen=True):
    """What the answer to a field must be: `how` names the condition."""

    field_id: str
    how: Literal["field_is", "field_contains", "field_since", "field_until"]
    value: str


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """One criterion of a view: a search, or the answer to a field; `negated`: everything else."""

    search: "ProcessSearch | None" = None
    field: FieldMatch | None = None
    negated: bool = False


class TermGroup(msgspec.Struct, frozen=True):
    """Criteria of which all must hold, or `either` of them."""

    either: bool
    terms: tuple[Term, ...]


class ProcessSearch(msgspec.Struct, frozen=True, kw_only=True):
    """Which processes to list; what is empty or None does not narrow. Words as in `TaskSearch`.

    `statuses` as `engine.status.read_process_filter` gives them; `task_state` narrows the match of `owners` and
    `groups` to tasks in that state; `tags`: all of them, or any with `any_tag`; `unfiled` joins `folders`.
    """

    ids: tuple[str, ...] = ()
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
    titles: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    created: Window = ALWAYS
    updated: Window = ALWAYS
    completed: Window = ALWAYS
    due: Window = ALWAYS
    custom: tuple[int, str] | None = None
    process_owners: tuple[int, ...] = ()
    groups_of_terms: tuple[TermGroup, ...] = ()
    nothing: bool = False
    order: Order = (("created_at", True),)
    sort_field: str | None = None


class ProcessPage(msgspec.Struct, frozen=True):
    """One page, and how many processes there are on all of them."""

    processes: list[Process]
    total: int = 0


def process_page(unit: Unit, actor: Actor, wanted: ProcessSearch, page: Page) -> ProcessPage:
    """A page of the processes the caller may see, and how many there are; one statement besides look-ups."""
    if wanted.nothing or not wanted.statuses:
        return ProcessPage([])
    asked = Asked(unit, actor)
    rows = process_list_queries.processes_page(_shape(asked, actor, wanted))
    found = unit.all(rows, **asked.parameters, count=page.size, skip=page.skip)
    return ProcessPage([one.process for one in found if one.process is not None], found[0].total)


def process_ids(unit: Unit, actor: Actor, wanted: ProcessSearch, count: int) -> list[str]:
    """The ids of the first `count` processes that the search finds, in its order."""
    if wanted.nothing or not wanted.statuses:
        return []
    asked = Asked(unit, actor)
    return unit.all(process_list_queries.process_ids(_shape(asked, actor, wanted)), **asked.parameters, count=count)


def process_walk(unit: Unit, actor: Actor, wanted: ProcessSearch, count: int, after: int | None) -> list[Process]:
    """The next `count` processes of a walk in the order of their numbers, after the one with that number (PAG-05)."""
    if wanted.nothing or not wanted.statuses:
        return []
    asked = Asked(unit, actor)
    asked.add("below" if wanted.order == (("number", True),) else "above", after, when=after is not None)
    rows = process_list_queries.processes_walk(_shape(asked, actor, wanted))
    return unit.all(rows, **asked.parameters, count=count)


def _shape(asked: Asked, actor: Actor, wanted: ProcessSearch) -> ProcessShape:
    """The statement that answers the search; its parameters are left in `asked`."""
    _narrow(asked, wanted)
    asked.custom(wanted.custom)
    if wanted.sort_field is not None:
        asked.parameters["sort_field"] = wanted.sort_field
    groups = tuple(_group(asked, actor, group, number) for number, group in enumerate(wanted.groups_of_terms))
    if not actor.is_admin:
        asked.add("seen_guest" if actor.role == "guest" else "seen")
    every = [wanted, *(one.search for group in wanted.groups_of_terms for one in group.terms if one.search)]
    default: Archived = "include" if any("archived" in one.statuses for one in every) else "exclude"
    mode = wanted.archived or default
    asked.add("live", when=mode == "exclude")
    asked.add("archived", when=mode == "only")
    return ProcessShape(
        conditions=frozenset(asked.names), statuses=_statuses(wanted), groups=groups, order=wanted.order
    )


def _statuses(wanted: ProcessSearch) -> frozenset[str] | None:
    return None if wanted.statuses == ANY_PROCESS_STATUS else wanted.statuses


def _narrow(asked: Asked, wanted: ProcessSearch) -> None:
    """Everything that a criterion of a view may ask for as well."""
    asked.text(wanted.text)
    asked.some(ids=wanted.ids)
    _process_people(asked, wanted)
    _process_labels(asked, wanted)
    asked.some(starters=wanted.starters, templates=wanted.templates, kinds=wanted.kinds, titles=wanted.titles)
    asked.some(parents=wanted.parents, process_owners=wanted.process_owners)
    asked.add("starred", when=wanted.starred is True)
    asked.add("not_starred", when=wanted.starred is False)
    asked.windows(created=wanted.created, updated=wanted.updated, completed=wanted.completed, due=wanted.due)


def _group(asked: Asked, actor: Actor, group: TermGroup, number: int) -> GroupShape:
    """The criteria of a view, each with parameters of its own."""
    shapes = []
    for place, one in enumerate(group.terms):
        inner = Asked(asked.unit, actor)
        statuses = None
        if one.search is not None:
            _narrow(inner, one.search)
            statuses = frozenset() if one.search.nothing else _statuses(one.search)
        if one.field is not None:
            inner.names.add(one.field.how)
            inner.parameters |= _match(one.field)
        prefix = process_list_queries.term(number, place)
        asked.parameters |= {prefix + name: value for name, value in inner.parameters.items() if name not in SHARED}
        shapes.append(TermShape(conditions=frozenset(inner.names), statuses=statuses, negated=one.negated))
    return GroupShape(group.either, tuple(shapes))


def _match(field: FieldMatch) -> dict[str, str]:
    """The parameters that find an answer as it is stored: JSON."""
    stored = msgspec.json.encode(field.value).decode()
    if field.how == "field_contains":
        # Both databases make capitals small only in ASCII alike.
        small = "".join(one.lower() if one.isascii() else one for one in stored[1:-1])
        return {"field_id": field.field_id, "field_part": f"%{_escaped(small)}%"}
    if field.how != "field_is":
        return {"field_id": field.field_id, "field_exact": stored[:-1]}
    return {"field_id": field.field_id, "field_exact": stored, "field_part": f'%"text":{_escaped(stored)}%'}


def _escaped(text: str) -> str:
    for special in ("\\", "%", "_"):
        text = text.replace(special, "\\" + special)
    return text


def _process_people(asked: Asked, wanted: ProcessSearch) -> None:
    people = asked.people(wanted.owners, wanted.guests, wanted.groups)
    asked.parameters |= people
    asked.add("me", when=wanted.involved)
    asked.names |= {name if name == "guests" else f"{name}_{wanted.task_state}" for name in people}
    if wanted.task_state != "all" and not people.keys() & {"owners", "groups"}:
        asked.add(f"tasks_{wanted.task_state}")


def _process_labels(asked: Asked, wanted: ProcessSearch) -> None:
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
