"""Create a one-off task (spec 20 §9)."""

from collections.abc import Mapping
from typing import Any

from msgspec import UNSET

from procession.api.checklist_bodies import draft as field_draft
from procession.api.endpoint import Call, Reply, operation
from procession.api.reading import Shape, boolean, choice, integer, items, raw, text, url
from procession.api.tasks import DEADLINE, HEX, ITEM, KINDS, OWNERS, TASKDATA, present_new, read_taskdata
from procession.engine.fields import create_field
from procession.engine.model import Field, Problem
from procession.kernel.errors import Forbidden, NotFound
from procession.kernel.ids import new_id, read_id
from procession.people.permissions import cell
from procession.templates.aliases import part_alias, slug
from procession.wire.paths import task_path
from procession.wire.task import Task
from procession.work import access, oneoff, update
from procession.work.model import HeldProcess

CREATE_KINDS = {**KINDS, "standard": "task", "accept_decline": "approval"}
CREATE_TASK = Shape(
    "createStandaloneTaskInput",
    {
        "title": text(600, aliases=("name",), clean=update.clean_title),
        "task_type": choice(CREATE_KINDS),
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
        "taskdata": raw(TASKDATA),
        "webhook": url(),
        "run_id": raw({"type": ["string", "null"]}),
        "position": integer(1, null="keep", zero=1),
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
    """Create a task outside any template, alone or in a running process."""
    problems: list[Problem] = []
    if cell(call.actor, "task.create_oneoff") == "no":
        raise Forbidden
    body = CREATE_TASK.read(call.body, problems)
    process = _process(call, body.get("run_id"))
    if process is None:
        _require_for_self(call, body.get("owners"))
    if body.get("everyone_must_complete") and body.get("task_type", "task") not in ("task", "approval"):
        text_ = "Everyone must complete is only possible for tasks and approvals."
        problems.append(Problem(("everyone_must_complete",), text_))
    wanted = oneoff.OneOff(
        title=body.get("title", ""),
        kind=body.get("task_type", "task"),
        summary=body.get("summary"),
        deadline=body.get("deadline"),
        started_at=body.get("started_at"),
        soft_start=body.get("is_soft_start_date", False),
        owners=body.get("owners"),
        answers=dict(read_taskdata(body.get("taskdata"), problems)),
        fields=_fields(call, body.get("form_fields", ()), problems),
        columns={ours: body[wire] for wire, ours in COLUMNS.items() if wire in body},
        tags=body.get("tags", ()),
        folders=body.get("folders", ()),
        position=None if body.get("position", UNSET) is UNSET else body["position"],
        alias=slug(body.get("title", ""), "task"),
    )
    done = oneoff.create_task(
        call.unit, call.actor, wanted, process.process if process else None, call.secrets, _unique(problems)
    )
    call.raise_problems(done.problems, task_path)
    assert done.task is not None
    return present_new(call, done.task, done.process)


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


def _fields(call: Call, sent: Any, problems: list[Problem]) -> tuple[Field, ...]:
    taken: set[str] = set()
    fields = []
    for index, one in enumerate(sent):
        path = ("fields", str(index))
        if not isinstance(one, Mapping):
            problems.append(Problem(path, "The form field must be an object."))
            continue
        draft = field_draft(one)
        label = one.get("label")
        alias = part_alias(label if isinstance(label, str) else "", "field", taken)
        field = create_field(
            draft,
            path=path,
            field_id=new_id(),
            alias=alias,
            position=index + 1,
            now=call.unit.now,
            problems=problems,
            strict_ids=True,
        )
        if field is not None:
            fields.append(field)
    return tuple(fields)
