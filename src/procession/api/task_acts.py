"""Hide, show and duplicate tasks (spec 20 §15, §16)."""

from msgspec import UNSET

from procession.api.endpoint import Call, Reply, operation
from procession.api.notes import NOTE, leave_note
from procession.api.reading import Shape, raw, text
from procession.api.tasks import DEADLINE, ITEM, ORG_TASK, OWNERS, RUN_TASK, options, present, present_new, warn
from procession.engine.model import Problem
from procession.engine.work import TaskChange
from procession.kernel.errors import StateRefused
from procession.wire.paths import task_path
from procession.wire.task import Task
from procession.work import access, update
from procession.work.clone import CloneChange, clone_task

CLONE = Shape(
    "cloneTaskInput",
    {"title": text(600, aliases=("name",), clean=update.clean_title), "deadline": raw(DEADLINE), "owners": raw(OWNERS)},
)


NOTED = Shape("taskNoteInput", {"comment": NOTE})


@operation("PUT", f"{RUN_TASK}/hide", id="hideTask", acts=("task.hide", "task.edit"), body=NOTED, query=ITEM,
           answer=Task, tag="Tasks")  # fmt: skip
def hide_task(call: Call) -> Reply:
    """Hide a task of a process from everybody's lists; what is on it stays"""
    return _turn(call, hidden=True)


@operation("PUT", f"{RUN_TASK}/show", id="showTask", acts=("task.hide", "task.edit"), body=NOTED, query=ITEM,
           answer=Task, tag="Tasks")  # fmt: skip
def show_task(call: Call) -> Reply:
    """Show a hidden task again, with the status it had"""
    return _turn(call, hidden=False)


def _turn(call: Call, *, hidden: bool) -> Reply:
    """By hand, so that no rule changes it afterwards; already so: nothing happens (spec 20 §16)."""
    held = access.task_for_update(call.unit, call.actor, call.path_id("task"), call.path_id("run"))
    access.require_task_acts(call.actor, held, ("task.hide", "task.edit"))
    task = held.task
    if task.oneoff:
        raise StateRefused("ONEOFF_TASK", "One-off tasks can't be hidden.", path="task")
    status = "auto-skipped" if hidden else task.hidden_from or "active"
    problems: list[Problem] = []
    sent = NOTED.read(call.body, problems)
    change = TaskChange(status=status if (task.status == "auto-skipped") != hidden else UNSET)
    done = update.change_task(call.unit, call.actor, held, change, call.secrets, problems, options(call))
    call.raise_problems(done.problems, task_path)
    leave_note(call, task.id, sent.get("comment"))
    return present(call, done.task, done.process, assigned=done.assigned, answers=done.answers, changed={})


@operation("POST", f"{ORG_TASK}/clone", id="cloneTask", acts=("task.clone",), body=CLONE, query=ITEM, answer=Task,
           status=201, tag="Tasks", also=(("POST", f"{RUN_TASK}/clone"),))  # fmt: skip
def clone(call: Call) -> Reply:
    """Duplicate a task: an open one-off task right behind it, without comments, answers and marks"""
    process_id = call.path_id("run") if "run" in call.path else None
    held = access.task_for_update(call.unit, call.actor, call.path_id("task"), process_id)
    access.require_task_acts(call.actor, held, ("task.clone",))
    problems: list[Problem] = []
    body = CLONE.read(call.body or {}, problems)
    change = CloneChange(
        title=body.get("title", UNSET), deadline=body.get("deadline", UNSET), owners=body.get("owners", UNSET)
    )
    done = clone_task(call.unit, call.actor, held, change, call.secrets, problems)
    warn(call, done.warnings)
    call.raise_problems(done.problems, task_path)
    return present_new(call, done.tasks[0], done.process)
