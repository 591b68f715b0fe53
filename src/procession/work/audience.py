"""Who may see one process beside those who work in it: its own copy of PROCESS READ (spec 10 §4.4)."""

from collections.abc import Mapping
from typing import Any

import msgspec

from procession.engine.model import Owners, Problem
from procession.engine.people import check_groups, check_members, keeping, mentioned
from procession.engine.work import Process
from procession.kernel.errors import StateRefused
from procession.kernel.unit import Unit
from procession.people.model import EVERYONE, group, member
from procession.people.persons import facts
from procession.work import queries
from procession.work.model import HeldProcess, Reason
from procession.work.persist import process_event, save_involvements
from procession.work.processes import ARCHIVED


def read_audience(
    unit: Unit, process: Process, everyone: bool, users: object, groups: object, problems: list[Problem]
) -> tuple[str, ...]:
    """The principals that were sent, checked; who is in the audience already may be sent back."""
    present = process.read_audience.get("principals", [])
    people = facts(unit, mentioned({"users": users, "groups": groups}))[0]
    there = Owners(
        members=tuple(int(one[1:]) for one in present if one[0] == "u"),
        groups=tuple(one[1:] for one in present if one[0] == "g"),
    )
    people = keeping(people, there)
    listed, wrong = check_members(users, people)
    problems += [Problem(("users", *one.path), one.text) for one in wrong]
    named, wrong = check_groups(groups, people)
    problems += [Problem(("groups", *one.path), one.text) for one in wrong]
    if everyone:
        return (EVERYONE,)
    return tuple(sorted({*map(member, listed), *map(group, named)}))


def refuse_archived(process: Process) -> None:
    """422 for a process that is archived (spec 10 §4.3)."""
    if process.archived_at is not None:
        raise StateRefused("RUN_ARCHIVED", ARCHIVED, path="run")


def change_audience(unit: Unit, held: HeldProcess, audience: tuple[str, ...]) -> Process:
    """Replace who may read a locked process; the same again change nothing. Whoever works in it goes on seeing it."""
    process = held.process
    former = tuple(process.read_audience.get("principals", []))
    if set(former) == set(audience):
        return process
    columns: dict[str, Any] = {
        "read_audience": {"principals": list(audience)},
        "updated_at": unit.now,
        "revision": process.revision + 1,
    }
    unit.patch(queries.PATCH_PROCESS, columns, id=process.id)
    _involve(unit, process.id, audience)
    event = process_event(process.id, "updated", "updated", field="permissions", old=list(former), new=list(audience))
    unit.record([event])
    return msgspec.structs.replace(process, **columns)


def _involve(unit: Unit, process_id: str, audience: tuple[str, ...]) -> None:
    present: Mapping[str, int] = dict(unit.all(queries.INVOLVED, subject=process_id))
    after = {who: bits & ~Reason.GRANTED for who, bits in present.items()}
    for who in audience:
        after[who] = after.get(who, 0) | Reason.GRANTED
    changed = {who: bits for who, bits in after.items() if present.get(who) != bits}
    save_involvements(unit, process_id, {who: bits for who, bits in changed.items() if bits})
    gone = [{"subject": process_id, "principal": who} for who, bits in changed.items() if not bits]
    unit.write_many(queries.DROP_INVOLVEMENT, gone)
