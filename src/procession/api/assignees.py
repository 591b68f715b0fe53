"""People of a task one by one: added, removed, taken over, given back (spec 20 §17)."""

from collections.abc import Mapping
from typing import Any

from procession.api.endpoint import Call, Reply, operation
from procession.api.reading import Shape, raw
from procession.api.tasks import ITEM, ORG_TASK, options, present, warn
from procession.engine.people import read_address, read_group, read_member
from procession.engine.work import TaskChange, owners_of
from procession.wire.paths import task_path
from procession.wire.task import Task
from procession.work import access, taking, update
from procession.work.model import Held

ENTRIES = {"type": ["array", "string", "integer", "null"], "items": {"type": ["string", "integer", "object"]}}
ASSIGNEES = Shape("assigneesInput", {name: raw(ENTRIES) for name in ("users", "guests", "groups")})
BUCKETS = {"users": "members", "guests": "guests", "groups": "groups"}
"""The buckets of owners, and the engine's words for them."""

READERS = {"users": read_member, "guests": read_address, "groups": read_group}


@operation("POST", f"{ORG_TASK}/assignees", id="addTaskAssignees", acts=("task.edit", "task.assign_guest"),
           body=ASSIGNEES, query=ITEM, answer=Task, tag="Tasks")  # fmt: skip
def add_assignees(call: Call) -> Reply:
    """Give a task to more people; those who have it keep it"""
    held = _held(call)
    sent = _sent(call.body)
    before = _people(held)
    owners = {name: [*before[name], *sent.get(name, ())] for name in BUCKETS}
    return _changed(call, held, owners if any(sent.values()) else None, before)


@operation("DELETE", f"{ORG_TASK}/assignees", id="removeTaskAssignees", acts=("task.edit",), body=ASSIGNEES,
           query=(*ITEM, "users", "guests", "groups"), answer=Task, tag="Tasks")  # fmt: skip
def remove_assignees(call: Call) -> Reply:
    """Take people off a task; who is not on it stays off it"""
    held = _held(call)
    asked = {name: call.query.items_of(name) for name in BUCKETS}
    return without(call, held, _sent({**{name: one for name, one in asked.items() if one}, **(call.body or {})}))


@operation("PUT", f"{ORG_TASK}/take-over", id="takeOverTask", acts=("task.take",), query=ITEM, answer=Task,
           tag="Tasks")  # fmt: skip
def take_over(call: Call) -> Reply:
    """Take a task: the caller alone has it then; who had it is remembered"""
    return _shown(call, taking.take_over(call.unit, call.actor, _held(call), call.secrets))


@operation("PUT", f"{ORG_TASK}/give-back", id="giveBackTask", acts=("task.take",), query=ITEM, answer=Task,
           tag="Tasks")  # fmt: skip
def give_back(call: Call) -> Reply:
    """Give a task back to those it was taken from"""
    return _shown(call, taking.give_back(call.unit, call.actor, _held(call), call.secrets))


def without(call: Call, held: Held, gone: Mapping[str, list[Any]]) -> Reply:
    """The task without these people; nobody of them on it: unchanged."""
    before = _people(held)
    owners = {}
    for name, read in READERS.items():
        off = {read(one) for one in gone.get(name, ())}
        owners[name] = [one for one in before[name] if one not in off]
    return _changed(call, held, owners if owners != before else None, before)


def _held(call: Call) -> Held:
    return access.task_for_update(call.unit, call.actor, call.path_id("task"), None)


def _people(held: Held) -> dict[str, list[Any]]:
    owners = owners_of(held.assigned)
    return {"users": list(owners.members), "guests": list(owners.guests), "groups": list(owners.groups)}


def _sent(body: Any) -> dict[str, list[Any]]:
    """The entries of each bucket; a single one stands for a list, a text for what its commas part."""
    found: dict[str, list[Any]] = {}
    for name in BUCKETS:
        value = body.get(name) if isinstance(body, dict) else None
        if isinstance(value, str):
            found[name] = [one.strip() for one in value.split(",") if one.strip()]
        elif value is not None:
            found[name] = value if isinstance(value, list) else [value]
    return found


def _changed(call: Call, held: Held, owners: dict[str, list[Any]] | None, before: Mapping[str, list[Any]]) -> Reply:
    """Update the owners, if anybody was named; a problem is told at its place in what was sent."""
    access.require_task_acts(call.actor, held, ("task.edit",))
    change = TaskChange(owners=owners) if owners is not None else TaskChange()
    done = update.change_task(call.unit, call.actor, held, change, call.secrets, (), options(call))
    warn(call, done.warnings)
    offsets = {BUCKETS[name]: len(people) for name, people in before.items()}
    call.raise_problems(done.problems, lambda path: _path(path, offsets))
    return present(call, done.task, done.process, assigned=done.assigned)


def _path(path: tuple[str, ...], offsets: Mapping[str, int]) -> str:
    """`("owners", "members", "3")` is `users.1` when two had the task before."""
    if len(path) > 2 and path[0] == "owners":
        return task_path((path[1], str(int(path[2]) - offsets[path[1]])))
    return task_path(path)


def _shown(call: Call, done: update.Updated) -> Reply:
    call.raise_problems(done.problems, task_path)
    return present(call, done.task, done.process, assigned=done.assigned)
