"""Tasks: read, update, archive, delete. Update task is the second of the two founding calls (spec 20 §7)."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import UNSET, UnsetType, structs

from procession.api import oneoff_parts, task_includes
from procession.api.changed_tasks import by_rules
from procession.api.custom_fields import CUSTOM, read_task_merge
from procession.api.echoed import label_ids, own_form
from procession.api.endpoint import Call, Reply, operation
from procession.api.file_words import words
from procession.api.notes import NOTE, leave_note, show_comments
from procession.api.past import MADE, read_past, telling
from procession.api.reading import Shape, boolean, choice, integer, raw, text, url
from procession.engine.answers import read_answers_container
from procession.engine.model import Notice, Problem
from procession.engine.work import FileLink, Process, TaskChange
from procession.engine.work import Task as Stored
from procession.kernel.errors import Invalid
from procession.kernel.ids import read_id
from procession.wire.paths import CODES, task_path
from procession.wire.task import Task, View, task
from procession.work import access, complete, customizing, oneoff, update
from procession.work.model import Held
from procession.work.reading import beside

KINDS = {one: one for one in ("task", "approval", "expiring", "email", "expiring_email")}
SENT_KINDS = {**KINDS, "standard": "task", "accept_decline": "approval"}
"""Types as they may be sent: an older definition has other words for two (spec 50 §15)."""
STATUSES = {
    "not-started": "not-started",
    "active": "active",
    "in-progress": "in-progress",
    "inprogress": "in-progress",
    "completed": "completed",
    "complete": "completed",
    "auto-skipped": "auto-skipped",
    "hidden": "auto-skipped",
}
OWNERS = {"$ref": "#/components/schemas/ownerInput"}
TASKDATA = {"$ref": "#/components/schemas/taskdataInput"}
DEADLINE = {"type": ["string", "null"], "description": "ISO 8601; moved to the organization's working time."}


DONE = ("completed_at", "completed_by")
"""What may be told of a completion besides."""

UPDATE_TASK = Shape(
    "updateTaskInput",
    {
        "title": text(600, aliases=("name",), clean=update.clean_title),
        "summary": text(500_000, aliases=("description",), blank="clear", strip=False, clean=update.clean_summary),
        "deadline": raw(DEADLINE),
        "started_at": raw({"type": ["string", "null"]}),
        "is_soft_start_date": boolean(null="keep"),
        "owners": raw(OWNERS),
        "taskdata": raw(TASKDATA),
        "webhook": url(),
        "prevent_guest_comment": boolean(null=False),
        "position": integer(1, null="keep", zero=1),
        "max_assignable": integer(0, null=0),
        "status": choice(STATUSES, null="keep"),
        "task_type": choice(SENT_KINDS, null="keep"),
        "top_secret": boolean(null=False),
        "everyone_must_complete": boolean(null=False),
        "can_complete_only_assignees": boolean(null=False),
        "send_chromeless": boolean(null="keep"),
        "tags": label_ids(),
        "folders": label_ids(),
        "is_approved": boolean(null="keep"),
        "run_id": raw({"type": ["string", "null"]}),
        "checklist_id": raw({"type": ["string", "null"]}),
        "linked_step_id": raw({"type": ["string", "null"]}),
        "stage_id": raw({"type": ["string", "null"]}),
        "form_fields": own_form(),
        **telling(*MADE, *DONE),
        "file_id": raw({"type": ["string", "null"], "description": "An uploaded file to link to the task."}),
        "subject_type": choice(dict.fromkeys(("Run", "Process", "Task"), "known"), null="keep"),
        "subject_id": raw({"type": ["string", "null"]}),
        "custom_fields": CUSTOM,
        "comment": NOTE,
    },
)
COLUMNS = {
    "title": "title",
    "summary": "summary",
    "is_soft_start_date": "soft_start",
    "webhook": "webhook",
    "prevent_guest_comment": "guests_may_not_comment",
    "max_assignable": "max_assignable",
    "task_type": "kind",
    "top_secret": "confidential",
    "everyone_must_complete": "everyone_must_complete",
    "can_complete_only_assignees": "only_assignees_complete",
    "send_chromeless": "chromeless",
}
"""Members that are stored as they are read, by the task's own names."""

FOR_GUESTS = ("taskdata", "owners", "file_id", "subject_type", "subject_id")
"""What is read of a guest's update: answers, guests to add, a file to link."""

ITEM = ("with", "owners_format")
WRITE = (*ITEM, "strict", "match", "coerce")
RUN_TASK = "/organizations/{org}/runs/{run}/tasks/{task}"
ORG_TASK = "/organizations/{org}/tasks/{task}"


def process_id(call: Call) -> str | None:
    """The process that the path names; None on routes without one."""
    return call.path_id("run") if "run" in call.path else None


@operation("GET", RUN_TASK, id="getTask", acts=("task.see",), query=ITEM, answer=Task, tag="Tasks",
           also=(("GET", ORG_TASK),), brief=True)  # fmt: skip
def get_task(call: Call) -> Reply:
    """Read one task."""
    held = access.task_to_see(call.unit, call.actor, call.path_id("task"), process_id(call))
    return _item(call, held)


@operation(
    "PUT",
    RUN_TASK,
    id="updateTask",
    acts=("task.edit", "task.answer", "task.assign_guest", "custom_field.task"),
    body=UPDATE_TASK,
    query=WRITE,
    answer=Task,
    tag="Tasks",
    statuses=(412,),
    also=(("PUT", ORG_TASK), ("PATCH", RUN_TASK), ("PATCH", ORG_TASK)),
    brief=True,
)
def update_task(call: Call) -> Reply:
    """Update a task: only the members sent change; owners replace, answers merge by field."""
    held = access.task_for_update(
        call.unit, call.actor, call.path_id("task"), process_id(call), or_step=True, answers=True
    )
    call.require_fresh(held.task.revision, held.task.updated_at)
    problems: list[Problem] = []
    body = UPDATE_TASK.read(_permitted(call), problems, strict=bool(call.query.flag("strict")))
    done, finished = change(call, held, body, problems)
    warn(call, done.warnings)
    call.raise_problems(done.problems, task_path)
    if finished is not None:
        return present(call, finished.task, finished.process, changed=by_rules(call, finished, view(call)))
    return present(call, done.task, done.process, assigned=done.assigned, answers=done.answers, known=done.persons)


def change(
    call: Call, held: Held, body: Mapping[str, Any], problems: list[Problem]
) -> tuple[update.Updated, complete.Done | None]:
    """Change a locked task as a body read by `UPDATE_TASK` says; the completion, too, if it completes the task.

    With problems nothing was written. A completion that is refused raises `Invalid`.
    """
    wanted = _change(call, held, body, problems)
    home = oneoff_parts.home(call, held, body, problems)
    if home is not UNSET:
        wanted = structs.replace(wanted, position=UNSET)
    customized = read_task_merge(call, held, body.get("custom_fields"), problems)
    completing = body.get("status") == "completed"
    asked = complete.Asked(approved=body.get("is_approved"))
    if call.actor.imports:
        wanted, asked = _told(call, held, body, wanted, problems)
    done = update.change_task(call.unit, call.actor, held, wanted, call.secrets, problems, options(call))
    if done.problems:
        return done, None
    if "own_fields" in wanted.columns:
        done = structs.replace(done, answers=oneoff.drop_answers(call.unit, held.task, done.task, done.answers))
    if customized:
        fresh = done.task.revision != held.task.revision
        done = structs.replace(done, task=customizing.customize_task(call.unit, done.task, customized, fresh=fresh))
    if home is not UNSET:
        position = body.get("position", UNSET)
        now = structs.replace(held, task=done.task, process=done.process, assigned=done.assigned)
        after, process = oneoff.move(call.unit, now, home, None if position is UNSET else position)
        done = structs.replace(done, task=after, process=process)
    leave_note(call, done.task.id, body.get("comment"))
    if not completing:
        return done, None
    held = access.task_for_update(call.unit, call.actor, done.task.id, done.task.process_id)
    return done, completed(call, held, asked)


@operation("DELETE", ORG_TASK, id="archiveTask", acts=("task.archive",), status=204, tag="Tasks")
def archive_task(call: Call) -> Reply:
    """Archive a one-off task."""
    held = access.task_for_update(call.unit, call.actor, call.path_id("task"), None)
    access.require_task_acts(call.actor, held, ("task.archive",))
    oneoff.archive(call.unit, held)
    return Reply(status=204)


@operation("PUT", f"{ORG_TASK}/restore", id="restoreTask", acts=("task.archive",), query=ITEM, answer=Task, tag="Tasks")
def restore_task(call: Call) -> Reply:
    """Restore an archived one-off task."""
    held = access.task_for_update(call.unit, call.actor, call.path_id("task"), None)
    access.require_task_acts(call.actor, held, ("task.archive",))
    return present(call, oneoff.restore(call.unit, held), held.process)


@operation("DELETE", f"{ORG_TASK}/delete", id="deleteTask", acts=("task.delete",), status=204, tag="Tasks")
def delete_task(call: Call) -> Reply:
    """Delete a one-off task for good."""
    held = access.task_for_update(call.unit, call.actor, call.path_id("task"), None)
    access.require_task_acts(call.actor, held, ("task.delete",))
    oneoff.delete(call.unit, held)
    return Reply(status=204)


def options(call: Call) -> update.Options:
    """How leniently this request's answers are read."""
    return update.Options(
        match_alias=call.query.text("match") == "alias",
        coerce=bool(call.query.flag("coerce")) or call.client == "Zapier",
        strict=bool(call.query.flag("strict")),
        files=words(call),
    )


def warn(call: Call, warnings: Sequence[Notice]) -> None:
    """Tell of dropped keys, under the codes clients know."""
    call.warnings.extend(Notice(CODES.get(one.code, one.code), one.key) for one in warnings)


def read_taskdata(value: Any, problems: list[Problem]) -> Mapping[str, object]:
    """`taskdata`: an object, or a text holding one; null and empty containers hold nothing (spec 20 §7.2)."""
    found = None if isinstance(value, list) and value else read_answers_container(value)
    if found is None:
        problems.append(Problem(("answers",), "The taskdata must be an object keyed by form field id."))
        return {}
    return found


def _permitted(call: Call) -> Any:
    """The body without what the caller's role is not asked about: a guest writes answers and adds guests (40 §14.7)."""
    if call.actor.role != "guest":
        return call.body
    ignored = [name for name in call.body if name in UPDATE_TASK.known and name not in FOR_GUESTS]
    call.warnings.extend(Notice("IGNORED_KEY", name) for name in ignored)
    return {name: value for name, value in call.body.items() if name not in ignored}


def _change(call: Call, held: Held, body: Mapping[str, Any], problems: list[Problem]) -> TaskChange:
    """The body as the engine takes it. What only one-off tasks have is ignored on others (spec 20 §7.2)."""
    columns = {ours: body[wire] for wire, ours in COLUMNS.items() if wire in body}
    if held.task.oneoff and call.actor.role != "guest":
        columns |= oneoff_parts.links(call, body, problems, held.task)
        if (sent := body.get("form_fields", UNSET)) is not UNSET:
            form = oneoff_parts.changed_fields(call, held.task, sent, problems)
            columns |= {} if form is UNSET else {"own_fields": form}
    if "stage_id" in body:
        stage = oneoff_parts.stage(call, held, body["stage_id"], problems)
        columns |= {} if stage is UNSET else {"stage_id": stage}
    return TaskChange(
        columns=columns,
        deadline=body.get("deadline", UNSET),
        started_at=body.get("started_at", UNSET),
        owners=body.get("owners", UNSET),
        answers=read_taskdata(body.get("taskdata"), problems),
        position=body.get("position", UNSET),
        status=body.get("status", UNSET),
        tags=body.get("tags", UNSET),
        folders=body.get("folders", UNSET),
        file=_file(body),
    )


def _file(body: Mapping[str, Any]) -> FileLink | UnsetType:
    """The file to link; the subject of its upload may be repeated (spec 20 §7.2)."""
    named, subject = body.get("file_id"), body.get("subject_id")
    if named is None or named == "":
        return UNSET
    return FileLink(str(named), None if subject in (None, "") else read_id(subject) or "")


def _told(
    call: Call, held: Held, body: Mapping[str, Any], wanted: TaskChange, problems: list[Problem]
) -> tuple[TaskChange, complete.Asked]:
    """The change, and how to complete, with what a caller in import mode tells of the past (spec 00 PUT-17).

    A hidden task that is told to be complete is shown first: whatever showed it then does not run now.
    """
    completing = body.get("status") == "completed"
    past = read_past(call, body, problems, *MADE, *(DONE if completing else ()))
    said = {"created_at": past.created_at, "starter_id": past.author_id}
    columns = {**wanted.columns, **{name: one for name, one in said.items() if one is not None}}
    wanted = structs.replace(wanted, columns=columns)
    if completing and held.task.status == "auto-skipped":
        wanted = structs.replace(wanted, status="active")
    return wanted, complete.Asked(approved=body.get("is_approved"), past=past)


def completed(call: Call, held: Held, asked: complete.Asked) -> complete.Done:
    """Complete; what speaks against it is told by the members' wire names."""
    done = complete.complete_task(call.unit, call.actor, held, asked, call.secrets)
    errors: dict[str, list[str]] = {}
    for problem in done.problems:
        errors.setdefault(task_path(problem.path), []).append(problem.text)
    if errors:
        raise Invalid(errors, code=done.code)
    if done.task.completed_at is None:  # the bot told of one part of it
        show_comments(call)
    return done


def view(call: Call) -> View:
    """How this caller reads tasks."""
    return View(
        actor=call.actor,
        now=call.unit.now,
        ids_for_owners=call.ids_for_owners,
        public_url=call.links.public_url,
        organization_id=call.unit.organization_id,
    )


def present_new(call: Call, stored: Stored, process: Process | None) -> Reply:
    """A task that was just created."""
    reply = present(call, stored, process)
    return Reply(body=reply.body, status=201, revision=reply.revision)


def _item(call: Call, held: Held) -> Reply:
    return present(call, held.task, held.process, assigned=held.assigned)


def present(
    call: Call,
    stored: Any,
    process: Any,
    *,
    assigned: Any = None,
    answers: Any = None,
    known: Any = None,
    changed: Any = UNSET,
) -> Reply:
    """The full task as a read right after the commit shows it (spec 20 §7.7)."""
    shown = beside(
        call.unit,
        call.actor,
        [stored],
        assigned={stored.id: assigned} if assigned is not None else None,
        answers={stored.id: answers} if answers is not None else None,
        processes={process.id: process} if process is not None else {},
        known=known,
        secrets=call.secrets,
    )
    includes = task_includes.load(call, [stored], shown, single=True).get(stored.id, {})
    presented = task(stored, shown, view(call), single=True, tasks_changed_by_rules=changed, **includes)
    return Reply(body={"data": presented}, revision=stored.revision)
