"""The micro-functions of the low-code connector that change tasks: every success is a 200 (spec 50 §15, PP-01)."""

from typing import Any

import msgspec

from procession.api.assignees import without
from procession.api.endpoint import Call, Reply, operation
from procession.api.oneoff_tasks import CREATE_TASK, created, require_creator
from procession.api.reading import Shape, raw, read_integer
from procession.api.tasks import DEADLINE, ITEM, options, present, warn
from procession.engine.model import Problem
from procession.engine.work import TaskChange, owners_of
from procession.kernel.errors import NotFound
from procession.people.guests import find_guest
from procession.people.members import find_member
from procession.wire.task import Task
from procession.work import access, update

BASE = "/processes/micro-functions/organizations/{org}/tasks"
EDIT_DEADLINE = Shape("editDeadlineInput", {"Deadline": raw(DEADLINE, aliases=("deadline",))}, required=("Deadline",))
_DEFAULTS: dict[str, Any] = {"task_type": "task", "owners": {"users": [], "guests": [], "groups": []}}
"""What the connector leaves out: its definition asks for a name alone."""

_NAME = msgspec.structs.replace(CREATE_TASK.members["title"], aliases=("title",))
_OTHERS = {name: member for name, member in CREATE_TASK.members.items() if name != "title"}
CREATE = Shape("createMicroTaskInput", {"name": _NAME, **_OTHERS}, required=("name",))


class MicroTask(msgspec.Struct, frozen=True, kw_only=True):
    """A task as the connector reads it. `owner_id`: the first member who has it, else who made it."""

    id: str
    title: str
    alias: str | None
    deadline: str | None
    description: str | None
    owner_id: int | None


@operation("POST", BASE, id="createMicroTask", acts=("task.create_oneoff", "task.add_to_process"), body=CREATE,
           answer=MicroTask, tag="Tasks")  # fmt: skip
def create_task(call: Call) -> Reply:
    """Create a task, as the flow connector does: without a deadline it gets the organization's usual one"""
    require_creator(call)
    problems: list[Problem] = []
    usual = call.actor.settings.default_deadline
    sent = {name: value for name, value in call.body.items() if value is not None and value != ""}
    sent.setdefault("deadline", f"+{usual.value} {usual.unit}")
    body = CREATE.read(_DEFAULTS | sent, problems)
    made: Task = created(call, {**body, "title": body.get("name", "")}, problems).body["data"]
    users = [one if isinstance(one, int) else one.id for one in made.owners.users]
    shown = MicroTask(
        id=made.id,
        title=made.title,
        alias=made.alias,
        deadline=made.deadline,
        description=None if made.summary is msgspec.UNSET else made.summary,
        owner_id=users[0] if users else made.starter_id,
    )
    return Reply(body={"data": shown})


@operation("PUT", f"{BASE}/{{task}}/edit-deadline", id="editTaskDeadline", acts=("task.edit",), body=EDIT_DEADLINE,
           query=ITEM, answer=Task, tag="Tasks")  # fmt: skip
def edit_deadline(call: Call) -> Reply:
    """Change the deadline of a task, as the flow connector does"""
    held = access.task_for_update(call.unit, call.actor, call.path_id("task"), None)
    access.require_task_acts(call.actor, held, ("task.edit",))
    problems: list[Problem] = []
    body = EDIT_DEADLINE.read(call.body, problems)
    change = TaskChange(deadline=body.get("Deadline", msgspec.UNSET))
    wrong = [msgspec.structs.replace(one, path=("deadline",)) for one in problems]
    done = update.change_task(call.unit, call.actor, held, change, call.secrets, wrong, options(call))
    warn(call, done.warnings)
    call.raise_problems(done.problems, lambda _: "Deadline")
    return present(call, done.task, done.process, assigned=done.assigned, answers=done.answers)


@operation("PUT", f"{BASE}/{{task}}/remove-guest/{{guest}}", id="removeTaskGuest", acts=("task.edit",), query=ITEM,
           answer=Task, tag="Guests")  # fmt: skip
def remove_guest(call: Call) -> Reply:
    """Take a guest off a task; one who is not on it stays off it"""
    held = access.task_for_update(call.unit, call.actor, call.path_id("task"), None)
    access.require_task_acts(call.actor, held, ("task.edit",))
    found = find_guest(call.unit, call.path["guest"])
    if found is None:
        raise NotFound
    return without(call, held, {"guests": [found.email]})


@operation("PUT", f"{BASE}/{{task}}/remove-assignee/{{user}}", id="removeTaskAssignee", acts=("task.edit",),
           query=ITEM, answer=Task, tag="Tasks")  # fmt: skip
def remove_assignee(call: Call) -> Reply:
    """Take a member off a task; one who is not on it stays off it"""
    held = access.task_for_update(call.unit, call.actor, call.path_id("task"), None)
    access.require_task_acts(call.actor, held, ("task.edit",))
    account_id = read_integer(call.path["user"])
    here = account_id is not None and account_id in owners_of(held.assigned).members
    if account_id is None or not (here or find_member(call.unit, account_id) is not None):
        raise NotFound
    return without(call, held, {"users": [account_id]})
