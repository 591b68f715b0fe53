"""One act over many objects, as long work (spec 60 §11, LIST-07, LIST-08; 00 JOB-01).

Each object is done by the operation that a request of its own would call, as the person who asked and in a transaction
of its own: rights, refusals, events and rules are the same, and one that fails stops no other.
"""

from collections.abc import Callable, Iterable, Mapping
from copy import copy
from functools import cache
from typing import Any

import msgspec

from procession.api.endpoint import OPERATIONS, Call, Links, Operation, Query, Reply, operation
from procession.api.reading import Shape, boolean, choice, items, raw
from procession.engine.model import Problem, Refused
from procession.kernel import errands
from procession.kernel.errands import Errand
from procession.kernel.errors import ApiError, Forbidden, NotFound, StateRefused
from procession.kernel.paging import UNPAGED
from procession.kernel.unit import Unit
from procession.people.acting import acting
from procession.people.model import Actor, member
from procession.people.permissions import require
from procession.people.settings import current_settings
from procession.people.tenants import across, within
from procession.wire.job import Job, show_export, show_job

O = "/organizations/{org}"  # noqa: E741 - as the specification abbreviates it
KIND, EXPORT_KIND = "bulk", "export"
"""Kinds of long work: one act over many objects; one file about many processes (spec 10 §16.3)."""
TYPES = {
    "run": "run", "process": "run", "task": "task", "checklist": "checklist", "template": "checklist",
    "blueprint": "checklist", "user": "user", "member": "user", "guest": "guest", "group": "group", "tag": "tag",
    "folder": "folder",
}  # fmt: skip
LISTS = {
    "run": "listRuns", "task": "listTasks", "checklist": "listChecklists", "user": "listUsers", "guest": "listGuests",
    "group": "listGroups", "tag": "listTags", "folder": "listFolders",
}  # fmt: skip
"""The list whose filters `query` names."""

Body = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]


class Act(msgspec.Struct, frozen=True):
    """The operation that does it, and its body from the object's id and the `params` that were sent."""

    operation: str
    body: Body = lambda _id, params: params


def _tagging(kind: str) -> Act:
    return Act("addTag", lambda one, params: {**params, "subject_id": one, "subject_type": kind, "tag_type": "private"})


def _filing(kind: str) -> Act:
    return Act("addFolderObject", lambda one, params: {**params, "subject_id": one, "subject_type": kind})


ACTS: Mapping[tuple[str, str], Act] = {
    ("run", "archive"): Act("archiveRun"),
    ("run", "unarchive"): Act("activateRun"),
    ("run", "delete"): Act("deleteRun"),
    ("run", "update"): Act("updateRun"),
    ("run", "complete"): Act("completeRun", lambda _id, params: {**params, "force": True}),
    ("run", "tag"): _tagging("Run"),
    ("run", "folder"): _filing("Run"),
    ("task", "update"): Act("updateTask"),
    ("task", "complete"): Act("completeTask", lambda one, params: {**params, "task_id": one}),
    ("task", "archive"): Act("archiveTask"),
    ("task", "unarchive"): Act("restoreTask"),
    ("task", "delete"): Act("deleteTask"),
    ("task", "tag"): _tagging("Task"),
    ("task", "folder"): _filing("Task"),
    ("checklist", "archive"): Act("archiveChecklist"),
    ("checklist", "unarchive"): Act("restoreChecklist"),
    ("checklist", "delete"): Act("deleteChecklist"),
    ("checklist", "publish"): Act("publishChecklist"),
    ("checklist", "permissions"): Act("updateChecklistPermissions"),
    ("checklist", "tag"): _tagging("Checklist"),
    ("checklist", "folder"): _filing("Checklist"),
    ("user", "disable"): Act("disableUser"),
    ("user", "enable"): Act("enableUser"),
    ("user", "role"): Act("updateUserRole"),
    ("user", "resend-invite"): Act("resendInvite"),
    ("guest", "disable"): Act("disableGuest"),
    ("guest", "enable"): Act("enableGuest"),
    ("guest", "delete"): Act("deleteGuest"),
    ("group", "delete"): Act("deleteGroup"),
    ("tag", "delete"): Act("deleteTag"),
    ("folder", "delete"): Act("deleteFolder"),
}
WORDS = {"restore": "unarchive", "move": "folder", "deadline": "update", "assign": "update", "owner": "update"}
"""Other words for acts."""

BULK = Shape(
    "bulkInput",
    {
        "object_type": choice(TYPES),
        "action": choice({**{name: name for _, name in ACTS}, **WORDS}),
        "ids": items(errands.MOST, of={"type": ["string", "integer"]}),
        "query": raw({"type": ["object", "null"], "description": "Filters of the list, instead of ids."}),
        "params": raw({"type": ["object", "null"], "description": "The body each object is sent."}),
        "dry_run": boolean(),
    },
    required=("object_type", "action"),
)
SHOWING = frozenset({"page", "per_page", "limit", "without_pagination", "pagination", "with", "cursor", "group_by"})
"""Parameters of a list that narrow nothing."""
NOTHING = "The ids field is required."
TOO_MANY = f"At most {errands.MOST} objects can be changed at once."


@operation("POST", f"{O}/bulk", id="startBulk", acts=("bulk.start",), body=BULK, answer=Job, status=202,
           tag="Jobs")  # fmt: skip
def start_bulk(call: Call) -> Reply:
    """Do one thing to many objects, in the background"""
    require(call.actor, "bulk.start")
    problems: list[Problem] = []
    body = BULK.read(call.body, problems)
    kind, action = body.get("object_type"), body.get("action")
    if kind is not None and action is not None and (kind, action) not in ACTS:
        problems.append(Problem(("action",), "The selected action is invalid."))
    problems += [
        Problem((name,), f"The {name} must be an object.")
        for name in ("params", "query")
        if body.get(name) is not None and not isinstance(body[name], dict)
    ]
    chosen = [] if problems else _objects(call, str(kind), body, problems)
    call.raise_problems(problems, ".".join)
    request = {
        "object_type": kind,
        "action": action,
        "params": body.get("params") or {},
        "dry_run": bool(body.get("dry_run")),
        "links": [call.links.public_url, call.links.prefix],
        "client": call.client,
        "imports": call.actor.imports,
    }
    return job_reply(call, errands.begin(call.unit, KIND, request, chosen), status=202)


def _objects(call: Call, kind: str, body: Mapping[str, Any], problems: list[Problem]) -> list[str]:
    """The ids that were sent, each once, or those that the list finds."""
    query = body.get("query")
    if query is not None and not body.get("ids"):
        found = _listed(call, kind, query)
    else:
        found = list(dict.fromkeys(str(one).strip()[:64] for one in body.get("ids", ())))
    if not found:
        problems.append(Problem(("ids",), NOTHING))
    elif len(found) > errands.MOST:
        problems.append(Problem(("query",), TOO_MANY))
    return found


def _listed(call: Call, kind: str, query: Mapping[str, Any]) -> list[str]:
    """The ids on all pages of a list with these filters, as the caller sees it."""
    pairs = [(str(name), _text(one)) for name, value in query.items() for one in _each(value)]
    kept = [(name, value) for name, value in pairs if name.removesuffix("[]") not in SHOWING]
    inner = copy(call)
    inner.query = Query([*kept, ("without_pagination", "true")])
    inner.body, inner.asked = {}, frozenset()
    rows = named(LISTS[kind]).handler(inner).body["data"]
    return [str(one.id) for one in rows[:UNPAGED]]


def _each(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else (value,)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None or isinstance(value, dict | list) else str(value)


@cache
def named(operation_id: str) -> Operation:
    """The operation of this id."""
    return next(one for one in OPERATIONS if one.id == operation_id)


# -- doing it, in a worker ---------------------------------------------------------------------------------------------


def perform(unit: Unit, errand: Errand, object_id: str, secrets: Any) -> int:
    """Do it to one object, in the unit's transaction; the status of success. Raises what a request would answer."""
    request = errand.request
    act = ACTS[request["object_type"], request["action"]]
    wanted = named(act.operation)
    settings = current_settings(unit)
    actor = acting(unit, int(errand.principal[1:]), settings) if errand.principal[0] == "u" else None
    if actor is None:
        raise Forbidden("Whoever asked for this is no active member any more.")
    if settings.read_only is not None:
        raise Forbidden(settings.read_only or None, code="ORGANIZATION_READ_ONLY")
    if request.get("imports") and actor.is_admin:
        actor = msgspec.structs.replace(actor, imports=True)
    unit.principal, unit.client, unit.imported = actor.principal, request.get("client"), actor.imports
    body = act.body(object_id, request["params"])
    return wanted.handler(_call(unit, actor, wanted, request, body, object_id, secrets)).status


def _call(
    unit: Unit, actor: Actor, wanted: Operation, request: Mapping[str, Any], body: Any, object_id: str, secrets: Any
) -> Call:
    """The request that the object would have been sent."""
    own = request["object_type"]
    public_url, prefix = request["links"]
    return Call(
        unit=unit,
        actor=actor,
        account=None,
        path={"org": unit.organization_id, own: object_id},
        query=Query([]),
        body=body,
        headers={},
        client=request.get("client"),
        links=Links(public_url, prefix, wanted.path, ""),
        secrets=secrets,
        method=wanted.method,
    )


def refusal(error: ApiError | Refused) -> tuple[int, dict[str, Any]]:
    """What a refused object is told: the status and the error of a request of its own."""
    told = StateRefused(error.code, error.text, path="task") if isinstance(error, Refused) else error
    shown: dict[str, Any] = {"message": told.message, "code": told.code}
    if told.errors is not None:
        shown["errors"] = told.errors
    return told.status, shown


# -- looking at it -----------------------------------------------------------------------------------------------------


@operation("GET", f"{O}/jobs/{{job}}", id="getJob", acts=("job.see",), answer=Job, tag="Jobs",
           also=(("GET", f"{O}/runs/export/{{job}}"),))  # fmt: skip
def get_job(call: Call) -> Reply:
    """Read how far long work is, and its result"""
    return job_reply(call, held_job(call))


@operation("DELETE", f"{O}/jobs/{{job}}", id="cancelJob", acts=("job.see",), answer=Job, tag="Jobs")
def cancel_job(call: Call) -> Reply:
    """Cancel long work; what is done stays done"""
    return _cancelled(call, held_job(call))


@operation("GET", "/x/jobs/{job}", id="findJob", acts=("job.see",), auth="account", answer=Job, tag="Jobs")
def find_job(call: Call) -> Reply:
    """Read own long work, in whichever organization"""
    found = _anywhere(call)
    with within(call.unit, found.organization_id):
        return job_reply(call, found)


@operation("DELETE", "/x/jobs/{job}", id="cancelFoundJob", acts=("job.see",), auth="account", answer=Job, tag="Jobs")
def cancel_found_job(call: Call) -> Reply:
    """Cancel own long work, in whichever organization"""
    found = _anywhere(call)
    with within(call.unit, found.organization_id):
        return _cancelled(call, found)


def held_job(call: Call) -> Errand:
    """The errand of the path: one's own; any for administrators. 404."""
    require(call.actor, "job.see", ("oneself",))
    found = errands.find(call.unit, call.path_id("job"))
    if found is None or not (call.actor.is_admin or found.principal == call.actor.principal):
        raise NotFound
    return found


def _anywhere(call: Call) -> Errand:
    account = call.account
    found = across(call.unit, errands.FIND_ANYWHERE, errand=call.path_id("job"))
    if account is None or not found or found[0].principal != member(account.account_id):
        raise NotFound
    if account.bound_to not in (None, found[0].organization_id):
        raise NotFound
    return found[0]


def _cancelled(call: Call, found: Errand) -> Reply:
    errands.cancel(call.unit, found.id)
    after = errands.find(call.unit, found.id)
    assert after is not None
    return job_reply(call, after)


def job_reply(call: Call, found: Errand, status: int = 200) -> Reply:
    """Long work as it is at the moment."""
    link = f"{call.links.public_url}{call.links.prefix}/organizations/{found.organization_id}/jobs/{found.id}"
    if found.kind == EXPORT_KIND:
        shown = show_export(found, errands.refused_of(call.unit, found.id), link)
    else:
        shown = show_job(found, errands.items_of(call.unit, found.id), link)
    return Reply(body={"data": shown}, status=status)
