"""Create a one-off task (spec 20 §9)."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET, to_builtins

from procession.api.custom_fields import CUSTOM, read_merge
from procession.api.echoed import HEX
from procession.api.endpoint import Call, Reply, operation
from procession.api.file_words import words
from procession.api.notes import NOTE, leave_note, show_comments
from procession.api.oneoff_parts import links, new_fields
from procession.api.past import MADE, read_past, telling
from procession.api.reading import Member, Shape, boolean, choice, fold_word, integer, items, raw, text, url
from procession.api.runs import LONGEST_NAME, present_all
from procession.api.tasks import (
    DEADLINE,
    ITEM,
    OWNERS,
    RUN_TASK,
    SENT_KINDS,
    STATUSES,
    TASKDATA,
    present_new,
    read_taskdata,
    warn,
)
from procession.engine.model import Problem
from procession.kernel.errors import Forbidden, NotFound
from procession.kernel.ids import read_id
from procession.labels.custom_values import ValueChange, write_values
from procession.labels.model import Record
from procession.people.permissions import cell
from procession.templates.aliases import slug
from procession.templates.launching import launchable
from procession.templates.model import MISC
from procession.wire.paths import task_path
from procession.wire.task import Task
from procession.work import access, create_oneoff, fan_out, launch, oneoff, update
from procession.work.model import HeldProcess
from procession.work.update import Options


def _position(name: str, value: Any) -> Any:
    """A place from 1, or `beginning` or `end` (spec 20 §9.5); None is the end."""
    words = {"beginning": 1, "end": None, None: None}
    if value is None or (isinstance(value, str) and value in words):
        return words[value]
    return integer(1, zero=1).read(name, value)


def _open_status(_name: str, value: Any) -> Any:
    """One of the open statuses; any other word is not sent (spec 20 §9.1)."""
    meaning = STATUSES.get(fold_word(value)) if isinstance(value, str) else None
    return meaning if meaning in OPEN else UNSET


OPEN = ("not-started", "active", "in-progress")
CREATE_TASK = Shape(
    "createStandaloneTaskInput",
    {
        "title": text(600, aliases=("name",), clean=update.clean_title),
        "task_type": choice(SENT_KINDS),
        "owners": raw(OWNERS),
        "deadline": raw(DEADLINE),
        "summary": text(500_000, aliases=("description",), blank="clear", strip=False, clean=update.clean_summary),
        "started_at": raw({"type": ["string", "null"]}),
        "is_soft_start_date": boolean(null="keep"),
        "max_assignable": integer(0, null=0),
        "prevent_guest_comment": boolean(null=False),
        "everyone_must_complete": boolean(null=False),
        "can_complete_only_assignees": boolean(null=False),
        "send_chromeless": boolean(null="keep"),
        "top_secret": boolean(null=False),
        "tags": items(of=HEX),
        "folders": items(of=HEX),
        "form_fields": items(of={"$ref": "#/components/schemas/CaptureInput"}),
        "custom_fields": CUSTOM,
        "taskdata": raw(TASKDATA),
        "webhook": url(),
        "run_id": raw({"type": ["string", "null"]}),
        "position": Member(read=_position, schema={"type": ["integer", "string", "null"]}),
        "after_task_id": raw({"type": ["string", "null"]}, null="absent"),
        "separate_task_for_each_assignee": boolean(null=False),
        "checklist_id": raw({"type": ["string", "null"]}, null="absent"),
        "linked_step_id": raw({"type": ["string", "null"]}, null="absent"),
        "comment": NOTE,
        "status": Member(read=_open_status, schema={"type": "string"}),
        **telling(*MADE),
    },
    required=("title", "task_type", "owners", "deadline"),
)
COLUMNS = {
    "max_assignable": "max_assignable",
    "prevent_guest_comment": "guests_may_not_comment",
    "everyone_must_complete": "everyone_must_complete",
    "can_complete_only_assignees": "only_assignees_complete",
    "send_chromeless": "chromeless",
    "top_secret": "confidential",
    "webhook": "webhook",
    "status": "status",
}


@operation(
    "POST",
    "/organizations/{org}/tasks",
    id="createTask",
    acts=("task.create_oneoff", "task.add_to_process"),
    body=CREATE_TASK,
    query=ITEM,
    answer=Task,
    status=201,
    tag="Tasks",
)
def create_task(call: Call) -> Reply:
    """Create a task outside any template, alone or in a running process, or one for each assignee."""
    require_creator(call)
    problems: list[Problem] = []
    return created(call, CREATE_TASK.read(call.body, problems), problems)


def require_creator(call: Call) -> None:
    """403 for who makes no tasks at all."""
    if cell(call.actor, "task.create_oneoff") == "no":
        raise Forbidden


def created(call: Call, body: Mapping[str, Any], problems: list[Problem]) -> Reply:
    """Create what a body read by `CREATE_TASK` says; `problems` are those of reading it."""
    held = _process(call, body.get("run_id"))
    if held is None:
        _require_for_self(call, body.get("owners"))
    each = body.get("separate_task_for_each_assignee", False)
    if not each and body.get("everyone_must_complete") and body.get("task_type", "task") not in ("task", "approval"):
        text_ = "Everyone must complete is only possible for tasks and approvals."
        problems.append(Problem(("everyone_must_complete",), text_))
    wanted = _wanted(call, body, problems)
    given = read_merge(call, "task", body.get("custom_fields"), problems)
    problems = _unique(problems)
    if each:
        return _create_each(call, wanted, held, problems, given)
    process = held.process if held else None
    done = create_oneoff.create_task(call.unit, call.actor, wanted, process, call.secrets, problems)
    warn(call, done.warnings)
    call.raise_problems(done.problems, task_path)
    for task in done.tasks:
        write_values(call.unit, Record("task", task.id), given)
    if done.process is not None:  # the bot told who added it
        show_comments(call)
    leave_note(call, done.tasks[0].id, body.get("comment"))
    return present_new(call, done.tasks[0], done.process)


def _create_each(
    call: Call,
    wanted: create_oneoff.OneOff,
    held: HeldProcess | None,
    problems: list[Problem],
    given: Sequence[ValueChange],
) -> Reply:
    """One task for each person, in the process of the body or in a new one without template (spec 20 §9.4)."""
    source = launchable(call.unit, call.actor, MISC) if held is None else None
    alone = msgspec.structs.replace(wanted, columns={**wanted.columns, "max_assignable": 0})
    process = held.process if held else None
    checked = create_oneoff.check(call.unit, call.actor, alone, process, problems)
    wrong = list(checked.problems)
    if not any(one.path[0] == "owners" for one in wrong):
        wrong += fan_out.people_problems(fan_out.people_of(checked))
    warn(call, checked.warnings)
    call.raise_problems(wrong, task_path)
    if source is not None:
        order = launch.LaunchOrder(name=wanted.title[:LONGEST_NAME], via=call.client or "api", started_at=checked.start)
        process = launch.launch(call.unit, call.actor, source, order, call.secrets, (), Options()).process
    assert process is not None
    done = fan_out.fan_out(call.unit, call.actor, alone, checked, process, call.secrets)
    for task in done.tasks:
        write_values(call.unit, Record("task", task.id), given)
    reply = present_new(call, done.tasks[0], done.process)
    assert done.process is not None
    shown = to_builtins(present_all(call, [done.process])[0])
    first = msgspec.structs.replace(reply.body["data"], run={**shown, "data": shown})
    return Reply(body={"data": first}, status=201, revision=reply.revision)


@operation("DELETE", RUN_TASK, id="unlinkTask", acts=("task.add_to_process",), query=ITEM, answer=Task, tag="Tasks")
def unlink_task(call: Call) -> Reply:
    """Take an ad-hoc task out of its process; it stands alone then."""
    held = access.task_for_update(call.unit, call.actor, call.path_id("task"), call.path_id("run"))
    process = access.process_for_update(call.unit, call.actor, call.path_id("run"))
    access.require_process_acts(call.actor, process, ("task.add_to_process",))
    reply = present_new(call, oneoff.unlink(call.unit, held), None)
    return Reply(body=reply.body, revision=reply.revision)


def _wanted(call: Call, body: Mapping[str, Any], problems: list[Problem]) -> create_oneoff.OneOff:
    after = body.get("after_task_id")
    past = read_past(call, body, problems, *MADE)
    said = {"created_at": past.created_at, "starter_id": past.author_id}
    told = {name: one for name, one in said.items() if one is not None}
    return create_oneoff.OneOff(
        title=body.get("title", ""),
        kind=body.get("task_type", "task"),
        summary=body.get("summary"),
        deadline=body.get("deadline"),
        started_at=body.get("started_at"),
        soft_start=body.get("is_soft_start_date", False),
        owners=body.get("owners"),
        answers=dict(read_taskdata(body.get("taskdata"), problems)),
        fields=new_fields(call, body.get("form_fields", ()), problems),
        columns={ours: body[wire] for wire, ours in COLUMNS.items() if wire in body}
        | links(call, body, problems)
        | told,
        tags=body.get("tags", ()),
        folders=body.get("folders", ()),
        position=body.get("position"),
        after=read_id(after) or "" if after is not None and after != "" else None,
        alias=slug(body.get("title", ""), "task"),
        words=words(call),
    )


def _process(call: Call, named: Any) -> HeldProcess | None:
    if named is None or named == "":
        return None
    run_id = read_id(named)
    if run_id is None:
        raise NotFound
    held = access.process_for_update(call.unit, call.actor, run_id)
    access.require_process_acts(call.actor, held, ("task.add_to_process",))
    return held


def _require_for_self(call: Call, owners: Any) -> None:
    """A light member makes tasks for himself only (spec 20 §9.1)."""
    if cell(call.actor, "task.create_oneoff") != "for_self":
        return
    named = owners if isinstance(owners, Mapping) else {}
    users = [str(one.get("id") if isinstance(one, Mapping) else one) for one in named.get("users") or ()]
    if set(users) - {str(call.actor.account_id)} or named.get("guests") or named.get("groups"):
        raise Forbidden


def _unique(problems: list[Problem]) -> list[Problem]:
    """A deadline that was not sent is told once: the use case finds it missing by itself."""
    return [one for one in problems if one.path != ("deadline",)]
