"""Several tasks in one request: changed together, completed, archived, labelled (spec 20 §17)."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from msgspec import UNSET

from procession.api.echoed import HEX
from procession.api.endpoint import Call, Reply, operation
from procession.api.reading import Shape, boolean, choice, items, raw, words
from procession.api.task_lists import present_tasks
from procession.api.tasks import ITEM, UPDATE_TASK, change, completed, warn
from procession.engine.model import Problem, Refused
from procession.kernel.errors import ApiError, Invalid, NotFound, StateRefused
from procession.kernel.ids import read_id
from procession.labels.folders import file_subject
from procession.labels.reading import tag_ids_of, unknown_folders, unknown_tags
from procession.labels.tags import add_tags, set_tags
from procession.people.permissions import require
from procession.wire.bulk import ItemError, TaskResult
from procession.wire.paths import task_path
from procession.wire.task import Task
from procession.work import access, complete, many, oneoff
from procession.work.labelling import relabelled, task_to_label

MOST = 100
MOST_TOGETHER = 500
"""Tasks that one request completes or files, and tasks of one process that it changes."""

TOGETHER = Shape(
    "updateTasksInput",
    {
        "tasks": raw({
            "type": ["object", "array"],
            "items": {"$ref": "#/components/schemas/updateTaskInput"},
            "maxItems": MOST_TOGETHER,
            "additionalProperties": {"$ref": "#/components/schemas/updateTaskInput"},
            "maxProperties": MOST_TOGETHER,
        }),
        "notify": boolean(null="keep"),
    },
    required=("tasks",),
)  # fmt: skip
COMPLETE = Shape(
    "completeTasksInput", {"task_ids": items(MOST, of=HEX), "is_approved": boolean(null="keep")}, required=("task_ids",)
)
ACTIONS = {one: one for one in ("archive", "restore", "tag", "untag", "add-to-folder")}
BULK = Shape(
    "bulkTasksInput",
    {
        "action": choice(ACTIONS),
        "task_ids": items(MOST, of=HEX),
        "tags": items(MOST, of=HEX, aliases=("tag_ids", "tag_id")),
        "folder_id": raw({"type": ["string", "null"]}, null="absent"),
    },
    required=("action", "task_ids"),
)
T = TypeVar("T")
Work = Callable[[str], None]


# -- changed together --------------------------------------------------------------------------------------------------


@operation("PUT", "/organizations/{org}/runs/{run}/tasks", id="updateRunTasks", acts=("task.bulk", "task.edit"),
           body=TOGETHER, query=(*ITEM, "strict", "match", "coerce"), answer=list[Task], tag="Tasks")  # fmt: skip
def update_together(call: Call) -> Reply:
    """Change several tasks of one process: all of them, or none"""
    process = access.process_for_update(call.unit, call.actor, call.path_id("run")).process
    require(call.actor, "task.bulk", {"visible"})
    problems: list[Problem] = []
    body = TOGETHER.read(call.body, problems)
    wanted = _by_task(body.get("tasks", {}), problems)
    call.raise_problems(problems, task_path)
    strict = bool(call.query.flag("strict"))
    errors: dict[str, list[str]] = {}
    ids = []
    for named, sent in wanted.items():
        wrong: list[Problem] = []
        try:
            held = access.task_for_update(call.unit, call.actor, read_id(named) or "", process.id, or_step=True)
        except NotFound:
            errors[f"tasks.{named}"] = ["The selected task is invalid."]
            continue
        read = UPDATE_TASK.read(sent, wrong, strict=strict)
        done, _ = _told_at(named, partial(change, call, held, read, wrong))
        warn(call, done.warnings)
        for one in done.problems:
            errors.setdefault(f"tasks.{named}.{task_path(one.path)}", []).append(one.text)
        ids.append(held.task.id)
    if errors:
        raise Invalid(errors)
    many.changed_together(call.unit, process.id, ids, notify=body.get("notify", True))
    return Reply(body={"data": present_tasks(call, many.tasks_of(call.unit, ids))})


def _by_task(sent: Any, problems: list[Problem]) -> Mapping[str, Any]:
    """The bodies by the ids of their tasks, from an object or a list of objects with `id`."""
    if isinstance(sent, list) and all(isinstance(one, dict) and isinstance(one.get("id"), str) for one in sent):
        sent = {one["id"]: one for one in sent}
    if not isinstance(sent, dict) or not all(isinstance(one, dict) for one in sent.values()):
        problems.append(Problem(("tasks",), "The tasks must be an object of changes by task id."))
        return {}
    if len(sent) > MOST_TOGETHER:
        problems.append(Problem(("tasks",), f"The tasks may not have more than {MOST_TOGETHER} items."))
    return sent


def _told_at(named: str, work: Callable[[], T]) -> T:
    """A refusal of one task says which."""
    try:
        return work()
    except Refused as refused:
        raise StateRefused(refused.code, refused.text, path=f"tasks.{named}") from None
    except Invalid as refused:
        errors = {f"tasks.{named}.{path}": texts for path, texts in (refused.errors or {}).items()}
        raise Invalid(errors, code=refused.code) from None


# -- each on its own ---------------------------------------------------------------------------------------------------


@operation("POST", "/organizations/{org}/completed-tasks/bulk", id="completeTasks", acts=("task.bulk", "task.complete"),
           body=COMPLETE, query=ITEM, answer=list[TaskResult], tag="Tasks")  # fmt: skip
def complete_together(call: Call) -> Reply:
    """Complete up to 100 tasks, each on its own: what became of each is told in the order of the request"""
    require(call.actor, "task.bulk", {"visible"})
    problems: list[Problem] = []
    body = _with_ids(COMPLETE, call, problems)
    call.raise_problems(problems, task_path)
    asked = complete.Asked(approved=body.get("is_approved"))

    def work(task_id: str) -> None:
        held = access.task_for_update(call.unit, call.actor, task_id, None)
        no_right = "You don't have permission to complete this task."
        access.require_task_acts(call.actor, held, ("task.complete",), no_right)
        completed(call, held, asked)

    return each(call, body["task_ids"], work)


@operation("POST", "/organizations/{org}/tasks/bulk", id="bulkTasks",
           acts=("task.bulk", "task.archive", "tag.apply", "folder.file"), body=BULK, query=ITEM,
           answer=list[TaskResult], tag="Tasks")  # fmt: skip
def bulk(call: Call) -> Reply:
    """Archive, restore, tag, untag or file up to 100 tasks, each on its own"""
    require(call.actor, "task.bulk", {"visible"})
    problems: list[Problem] = []
    body = _with_ids(BULK, call, problems)
    action = body.get("action", "archive")
    if action in ("tag", "untag"):
        require(call.actor, "tag.apply")
    elif action == "add-to-folder":
        require(call.actor, "folder.file")
    _check_labels(call, action, body, problems)
    call.raise_problems(problems, task_path)
    if action in ("archive", "restore"):
        return each(call, body["task_ids"], _archiving(call, restores=action == "restore"))
    if action == "add-to-folder":
        return each(call, body["task_ids"], _filing(call, body["folder_id"]))
    return each(call, body["task_ids"], _tagging(call, [str(one).lower() for one in body["tags"]], action == "tag"))


def _with_ids(shape: Shape, call: Call, problems: list[Problem]) -> dict[str, Any]:
    """The body; null is no list of tasks."""
    body = shape.read(call.body, problems)
    if "task_ids" not in body and not any(one.path == ("task_ids",) for one in problems):
        problems.append(Problem(("task_ids",), "The task ids field is required."))
    return body


def _check_labels(call: Call, action: str, body: Mapping[str, Any], problems: list[Problem]) -> None:
    needed = {"tag": "tags", "untag": "tags", "add-to-folder": "folder_id"}.get(action)
    if needed is not None and not body.get(needed):
        problems.append(Problem((needed,), f"The {words(needed)} field is required."))
    elif needed == "tags":
        wrong = unknown_tags(call.unit, body["tags"])
        problems += [Problem(("tags", str(index)), "The selected tag is invalid.") for index in wrong]
    elif needed == "folder_id" and unknown_folders(call.unit, [body["folder_id"]], "process"):
        problems.append(Problem(("folder_id",), "No such a folder exists in Processes."))


def _archiving(call: Call, *, restores: bool) -> Work:
    def work(task_id: str) -> None:
        held = access.task_for_update(call.unit, call.actor, task_id, None)
        access.require_task_acts(call.actor, held, ("task.archive",))
        if restores:
            oneoff.restore(call.unit, held)
        else:
            oneoff.archive(call.unit, held)

    return work


def _tagging(call: Call, ids: Sequence[str], adds: bool) -> Work:
    def work(task_id: str) -> None:
        held, subject = task_to_label(call.unit, call.actor, task_id)
        if adds:
            changed = add_tags(call.unit, subject, ids)
        else:
            present = tag_ids_of(call.unit, subject.kind, [subject.id])[subject.id]
            changed = set_tags(call.unit, subject, [one for one in present if one not in ids])
        if changed:
            relabelled(call.unit, held, "tags", changed.added, changed.removed)

    return work


def _filing(call: Call, folder_id: str) -> Work:
    def work(task_id: str) -> None:
        held, subject = task_to_label(call.unit, call.actor, task_id)
        filing, fresh = file_subject(call.unit, subject, folder_id)
        if fresh:
            relabelled(call.unit, held, "folders", [filing.folder_id], [])

    return work


def each(call: Call, sent: Sequence[Any], work: Work) -> Reply:
    """Do the work to every task, once each; what one is refused is told of it and harms no other."""
    named = [(str(one), read_id(one) or "") for one in dict.fromkeys(map(str, sent))]
    refused: dict[str, ItemError] = {}
    for task_id in many.in_lock_order(call.unit, [one for _, one in named]):
        try:
            call.unit.session.attempt(partial(work, task_id))
        except (ApiError, Refused) as error:
            refused[task_id] = _item_error(error)
    stored = many.tasks_of(call.unit, [one for _, one in named if one not in refused])
    shown = {one.id: one for one in present_tasks(call, stored)}
    results = [
        TaskResult(id=text, ok=False, error=refused[one]) if one in refused
        else TaskResult(id=text, ok=True, task=shown[one])
        for text, one in named
    ]  # fmt: skip
    return Reply(body={"data": results})


def _item_error(error: ApiError | Refused) -> ItemError:
    told = StateRefused(error.code, error.text, path="task") if isinstance(error, Refused) else error
    if told.status >= 500:
        raise told
    errors = UNSET if told.errors is None else dict(told.errors)
    return ItemError(status=told.status, code=told.code, message=told.message, errors=errors)
