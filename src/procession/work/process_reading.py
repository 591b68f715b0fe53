"""What is shown beside processes, one batch each."""

from collections.abc import Sequence
from typing import Any

import msgspec

from procession.engine.work import Process
from procession.kernel.unit import Unit
from procession.people.model import Actor
from procession.work import queries
from procession.work.reading import ProcessCounts, clock_counts


class ProcessesBeside(msgspec.Struct, frozen=True):
    """Kick-off answers, assigned members, counts that depend on the clock, and the caller's stars, by process."""

    answers: dict[str, dict[str, Any]]
    assigned: dict[str, frozenset[int]]
    counts: dict[str, ProcessCounts]
    starred: frozenset[str]


def beside_processes(unit: Unit, actor: Actor, processes: Sequence[Process]) -> ProcessesBeside:
    """Read what the answer shows of these processes: a constant number of queries."""
    ids = [process.id for process in processes]
    if not ids:
        return ProcessesBeside({}, {}, {}, frozenset())
    answers: dict[str, dict[str, Any]] = {one: {} for one in ids}
    for holder, field_id, _, value in unit.all(queries.ANSWERS_OF, holders=ids):
        answers[holder][field_id] = value
    people: dict[str, set[int]] = {}
    for process_id, principal in unit.all(queries.ASSIGNED_IN_PROCESSES, processes=ids):
        people.setdefault(process_id, set()).add(int(principal[1:]))
    starred: frozenset[str] = frozenset()
    if actor.account_id is not None:
        starred = frozenset(unit.all(queries.STARRED, subjects=ids, account=actor.account_id))  # type: ignore[arg-type]
    assigned = {process_id: frozenset(found) for process_id, found in people.items()}
    return ProcessesBeside(answers, assigned, clock_counts(unit, ids), starred)
