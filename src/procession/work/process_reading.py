"""What is shown beside processes, one batch each."""

from collections.abc import Sequence
from typing import Any

import msgspec

from procession.engine.work import Process, Task
from procession.kernel.unit import Unit
from procession.labels.custom_values import Values, values_of
from procession.people.model import Actor
from procession.watching.stars import starred as marked
from procession.work import process_queries, queries
from procession.work.reading import ProcessCounts, clock_counts


class ProcessesBeside(msgspec.Struct, frozen=True):
    """Kick-off answers, assigned members, counts that depend on the clock, and the caller's stars, by process.

    `own`: visible and done tasks of a guest, who is shown his own progress (spec 10 §3.3).
    """

    answers: dict[str, dict[str, Any]]
    assigned: dict[str, frozenset[int]]
    counts: dict[str, ProcessCounts]
    starred: frozenset[str]
    own: dict[str, tuple[int, int]] = {}
    custom: Values = {}


def beside_processes(unit: Unit, actor: Actor, processes: Sequence[Process]) -> ProcessesBeside:
    """Read what the answer shows of these processes: a constant number of queries."""
    ids = [process.id for process in processes]
    if not ids:
        return ProcessesBeside({}, {}, {}, frozenset())
    unit.ahead(queries.ASSIGNED_IN_PROCESSES, processes=ids)
    unit.announce(marked, actor.principal, ids)
    unit.announce(clock_counts, ids)
    answers: dict[str, dict[str, Any]] = {one: {} for one in ids}
    for holder, field_id, _, value in unit.all(queries.ANSWERS_OF, holders=ids):
        answers[holder][field_id] = value
    people: dict[str, set[int]] = {}
    for process_id, principal in unit.all(queries.ASSIGNED_IN_PROCESSES, processes=ids):
        people.setdefault(process_id, set()).add(int(principal[1:]))
    starred = marked(unit, actor.principal, ids)
    assigned = {process_id: frozenset(found) for process_id, found in people.items()}
    own: dict[str, tuple[int, int]] = {}
    if actor.role == "guest":
        own = dict.fromkeys(ids, (0, 0))
        for one, visible, done in unit.all(
            process_queries.OWN_COUNTS, processes=ids, principals=list(actor.principals)
        ):
            own[one] = (visible, done)
    custom = values_of(unit, actor.settings, ("process",), ids)
    return ProcessesBeside(answers, assigned, clock_counts(unit, ids), starred, own, custom)


def tasks_of(unit: Unit, process_ids: Sequence[str]) -> list[Task]:
    """Every task of these processes, hidden and archived ones too, process by process in order of position."""
    return unit.all(queries.TASKS_OF_PROCESSES, processes=list(process_ids)) if process_ids else []


def processes_by_id(unit: Unit, ids: Sequence[str]) -> dict[str, Process]:
    """Processes whoever may see them: no rights are asked."""
    found = unit.all(queries.PROCESSES, ids=list(ids)) if ids else []
    return {one.id: one for one in found}


def tasks_by_id(unit: Unit, ids: Sequence[str]) -> list[Task]:
    """These tasks whoever may see them, hidden and archived ones too: no rights are asked."""
    return unit.all(queries.TASKS, ids=list(ids)) if ids else []


def answers_in(unit: Unit, process_ids: Sequence[str]) -> list[tuple[str, str, str, Any]]:
    """Process, holder (a task, or the process), field and value of every answer in these processes."""
    return unit.all(queries.ANSWERS_OF_PROCESSES, processes=list(process_ids)) if process_ids else []


def reasons_of(unit: Unit, actor: Actor, ids: Sequence[str]) -> dict[str, int]:
    """Why the caller may see each of these processes (`work.model.Reason`); 0: he may not. Every id is there."""
    found = dict.fromkeys(ids, 0)
    if found:
        rows = unit.all(process_queries.REASONS_OF, subjects=list(found), principals=list(actor.principals))
        for subject, bits in rows:
            found[subject] |= bits
    return found


def _visible(unit: Unit, actor: Actor, found: Sequence[Process]) -> list[Process]:
    if actor.is_admin:
        return list(found)
    reasons = reasons_of(unit, actor, [one.id for one in found])
    return [one for one in found if reasons[one.id]]


def parents_of(unit: Unit, actor: Actor, processes: Sequence[Process]) -> dict[str, Process]:
    """The parents of these processes by id, as far as the caller may see them."""
    ids = sorted({one.parent_id for one in processes if one.parent_id is not None})
    found = unit.all(queries.PROCESSES, ids=ids) if ids else []
    return {one.id: one for one in _visible(unit, actor, found)}


def children_of(unit: Unit, actor: Actor, processes: Sequence[Process]) -> dict[str, list[Process]]:
    """The children of each of these processes, as far as the caller may see them, in order of launch."""
    children: dict[str, list[Process]] = {one.id: [] for one in processes}
    for child in _visible(unit, actor, unit.all(process_queries.CHILDREN, parents=list(children))):
        children[child.parent_id or ""].append(child)
    return children
