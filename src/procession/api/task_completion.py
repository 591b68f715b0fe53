"""Complete a task, reopen it (spec 20 §10)."""

from collections.abc import Mapping
from typing import Any

from msgspec import structs

from procession.api.changed_tasks import by_rules
from procession.api.endpoint import Call, Reply, operation
from procession.api.notes import NOTE, leave_note
from procession.api.past import read_past, telling
from procession.api.reading import Shape, boolean, raw, read_integer
from procession.api.tasks import (
    DONE,
    ITEM,
    TASKDATA,
    completed,
    options,
    present,
    process_id,
    read_taskdata,
    view,
    warn,
)
from procession.engine.model import Problem
from procession.engine.work import TaskChange
from procession.kernel.errors import Invalid, NotFound
from procession.kernel.ids import read_id
from procession.wire.paths import task_path
from procession.wire.task import Task
from procession.work import access, complete, update
from procession.work.model import Held

COMPLETE_TASK = Shape(
    "completeTaskInput",
    {
        "task_id": raw({"type": "string"}),
        "is_approved": boolean(null="keep"),
        "override_user": raw({"type": ["integer", "string", "null"]}),
        "force": boolean(null="keep"),
        "taskdata": raw(TASKDATA),
        "comment": NOTE,
        **telling(*DONE),
    },
    required=("task_id",),
)

REOPEN_TASK = Shape("reopenTaskInput", {"reason": NOTE})


@operation(
    "POST",
    "/organizations/{org}/runs/{run}/completed-tasks",
    id="completeTask",
    acts=("task.complete", "task.override_user"),
    body=COMPLETE_TASK,
    query=ITEM,
    answer=Task,
    tag="Tasks",
    also=(("POST", "/organizations/{org}/completed-tasks"),),
)
def complete_task(call: Call) -> Reply:
    """Complete a task, or do one's part of a task that everyone must complete."""
    problems: list[Problem] = []
    body = COMPLETE_TASK.read(call.body, problems)
    named = body.get("task_id")
    if named is None or named == "":
        raise Invalid({"task_id": ["The task id field is required."]})
    task_id = read_id(named)
    if task_id is None:
        raise NotFound
    held = access.task_for_update(call.unit, call.actor, task_id, process_id(call))
    access.require_task_acts(call.actor, held, ("task.complete",), "You don't have permission to complete this task.")
    past = read_past(call, body, problems, *DONE)
    if body.get("taskdata"):
        sent = read_taskdata(body["taskdata"], problems)
        saved = update.change_task(
            call.unit, call.actor, held, TaskChange(answers=sent), call.secrets, problems, options(call)
        )
        warn(call, saved.warnings)
        call.raise_problems(saved.problems, task_path)
        held = access.task_for_update(call.unit, call.actor, task_id, process_id(call))
    call.raise_problems(problems, task_path)
    done = completed(call, held, structs.replace(_asked(call, held, body), past=past))
    leave_note(call, task_id, body.get("comment"))
    return present(call, done.task, done.process, changed=by_rules(call, done, view(call)))


@operation(
    "DELETE",
    "/organizations/{org}/runs/{run}/completed-tasks/{task}",
    id="reopenTask",
    acts=("task.reopen",),
    body=REOPEN_TASK,
    query=(*ITEM, "reason"),
    answer=Task,
    tag="Tasks",
    also=(
        ("DELETE", "/organizations/{org}/completed-tasks/{task}"),
        ("POST", "/organizations/{org}/runs/{run}/completed-tasks/{task}"),
    ),
)
def reopen_task(call: Call) -> Reply:
    """Reopen a completed task; answers, files and assignees stay."""
    held = access.task_for_update(call.unit, call.actor, call.path_id("task"), process_id(call))
    access.require_task_acts(call.actor, held, ("task.reopen",), "You don't have permission to reopen this task.")
    problems: list[Problem] = []
    given = call.body if isinstance(call.body, dict) and call.body else {"reason": call.query.text("reason")}
    sent = REOPEN_TASK.read(given, problems)
    call.raise_problems(problems, ".".join)
    done = complete.reopen_task(call.unit, call.actor, held, call.secrets)
    leave_note(call, held.task.id, sent.get("reason"), "reason")
    return present(call, done.task, done.process, changed=by_rules(call, done, view(call)))


def _asked(call: Call, held: Held, body: Mapping[str, Any]) -> complete.Asked:
    """How the completion route completes."""
    who, override, force = None, body.get("override_user"), bool(body.get("force"))
    if override is not None and override != "":
        who = read_integer(override)
        if who is None:
            raise Invalid({"override_user": ["The override user must be an integer."]})
    if force or (who is not None and who != call.actor.account_id):
        access.require_task_acts(call.actor, held, ("task.override_user",), "Administrators only.")
    return complete.Asked(approved=body.get("is_approved"), override=who, force=force)
