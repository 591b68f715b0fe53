"""One act over many processes, each by itself: a failing one does not stop the others (spec 10 §20)."""

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from typing import Any

import msgspec

from procession.api.echoed import HEX
from procession.api.endpoint import Call, Reply, operation
from procession.api.reading import Shape, boolean, choice, items, raw
from procession.api.run_filters import filtered_call
from procession.api.run_launch import launched, supplied
from procession.api.run_search import read_tracker_search
from procession.api.runs import label_ids, member_id
from procession.api.tasks import options, warn
from procession.engine.model import Notice, Problem, Refused
from procession.kernel.errors import ApiError, Invalid, NotFound, StateRefused
from procession.kernel.ids import read_id
from procession.kernel.paging import Page
from procession.labels.reading import folder_ids_of, tag_ids_of
from procession.people.permissions import NO, cell, require
from procession.wire.paths import task_path
from procession.work import access, archive, processes
from procession.work.model import HeldProcess
from procession.work.process_lists import process_page
from procession.work.processes import ProcessChange

MOST_LAUNCHES = 200
MOST_PROCESSES = 500
LONGEST_REF = 255
LAUNCH = "launch"


class Act(msgspec.Struct, frozen=True):
    """One action: the right it needs, the member of the body it takes, and what it does to a locked process."""

    right: str
    work: Callable[[Call, HeldProcess, Mapping[str, Any]], None]
    argument: str | None = None


def _archive(call: Call, held: HeldProcess, _: Mapping[str, Any]) -> None:
    access.require_process_acts(call.actor, held, ("process.archive",))
    archive.archive(call.unit, held)


def _activate(call: Call, held: HeldProcess, _: Mapping[str, Any]) -> None:
    access.require_process_acts(call.actor, held, ("process.archive",))
    archive.activate(call.unit, held)


def _delete(call: Call, held: HeldProcess, _: Mapping[str, Any]) -> None:
    access.require_process_acts(call.actor, held, ("process.delete",), "Administrators only.")
    archive.delete(call.unit, held)


def _change(call: Call, held: HeldProcess, change: ProcessChange) -> None:
    done = processes.change_process(call.unit, call.actor, held, change, (), options(call), call.secrets)
    warn(call, done.warnings)
    call.raise_problems(done.problems, _argument_path)


def _argument_path(path: tuple[str, ...]) -> str:
    """Labels are named by the members of this body."""
    return task_path(({"tags": "tag_ids", "folders": "folder_ids"}.get(path[0], path[0]), *path[1:]))


def _tag(call: Call, held: HeldProcess, body: Mapping[str, Any]) -> None:
    present = tag_ids_of(call.unit, "process", [held.process.id])[held.process.id]
    _change(call, held, ProcessChange(tags=list(dict.fromkeys([*body["tag_ids"], *present]))))


def _untag(call: Call, held: HeldProcess, body: Mapping[str, Any]) -> None:
    present = tag_ids_of(call.unit, "process", [held.process.id])[held.process.id]
    _change(call, held, ProcessChange(tags=[one for one in present if one not in body["tag_ids"]]))


def _file(call: Call, held: HeldProcess, body: Mapping[str, Any]) -> None:
    present = folder_ids_of(call.unit, "process", [held.process.id])[held.process.id]
    _change(call, held, ProcessChange(folders=list(dict.fromkeys([*body["folder_ids"], *present]))))


def _unfile(call: Call, held: HeldProcess, body: Mapping[str, Any]) -> None:
    present = folder_ids_of(call.unit, "process", [held.process.id])[held.process.id]
    _change(call, held, ProcessChange(folders=[one for one in present if one not in body["folder_ids"]]))


def _set_owner(call: Call, held: HeldProcess, body: Mapping[str, Any]) -> None:
    _change(call, held, ProcessChange(columns={"owner_id": body["owner_id"]}))


def _star(call: Call, held: HeldProcess, body: Mapping[str, Any]) -> None:
    _change(call, held, ProcessChange(starred=body.get("starred", True)))


ACTIONS: Mapping[str, Act] = {
    "archive": Act("process.archive", _archive),
    "activate": Act("process.archive", _activate),
    "delete": Act("process.delete", _delete),
    "tag": Act("process.rename", _tag, "tag_ids"),
    "untag": Act("process.rename", _untag, "tag_ids"),
    "file": Act("process.rename", _file, "folder_ids"),
    "unfile": Act("process.rename", _unfile, "folder_ids"),
    "set_owner": Act("process.manage", _set_owner, "owner_id"),
    "star": Act("process.star", _star),
}
BULK = Shape(
    "bulkRunsInput",
    {
        "action": choice({one: one for one in (LAUNCH, *ACTIONS)}),
        "defaults": raw({"type": "object"}, null="absent"),
        "items": raw({"type": "array", "items": {"$ref": "#/components/schemas/createRunInput"},
                      "maxItems": MOST_LAUNCHES}, null="absent"),
        "run_ids": items(MOST_PROCESSES, of=HEX, aliases=("ids",)),
        "filters": raw({"type": "object"}, null="absent"),
        "tag_ids": label_ids(),
        "folder_ids": label_ids(),
        "owner_id": member_id(),
        "starred": boolean(),
        "dry_run": boolean(null=False),
    },
    required=("action",),
)  # fmt: skip
RIGHTS = ("process.launch", "process.launch_empty", *dict.fromkeys(one.right for one in ACTIONS.values()))


class BulkItem(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one of many."""

    index: int
    ok: bool
    ref: str | int | float | None = None
    run_id: str | None = None
    status: int | None = None
    error: dict[str, Any] | None = None
    warnings: list[dict[str, str]] | None = None


class _Undone(Exception):
    """A trial succeeded: it is taken back."""

    def __init__(self, run_id: str | None) -> None:
        self.run_id = run_id


@operation("POST", "/organizations/{org}/runs/bulk", id="bulkRuns", acts=RIGHTS, body=BULK,
           query=("strict", "match", "coerce"), answer=list[BulkItem], tag="Processes")  # fmt: skip
def bulk_runs(call: Call) -> Reply:
    """Launch, archive, restore, delete, tag, file, star or hand over many processes; each item tells what became of it.

    With `dry_run` everything is tried and taken back.
    """
    problems: list[Problem] = []
    body = BULK.read(call.body, problems, strict=bool(call.query.flag("strict")))
    action = body.get("action")
    if action is not None:
        _require_role(call, action)
    elif all(cell(call.actor, one) == NO for one in RIGHTS):
        require(call.actor, RIGHTS[0])
    trial = body.get("dry_run", False)
    if action == LAUNCH:
        found = _launch_all(call, body, problems, trial=trial)
    else:
        found = _act_on_all(call, action, body, problems, trial=trial)
    succeeded = sum(one.ok for one in found)
    meta: dict[str, Any] = {"succeeded": succeeded, "failed": len(found) - succeeded}
    return Reply(body={"data": found, "meta": {**meta, "dry_run": True} if trial else meta})


def _require_role(call: Call, action: str) -> None:
    """403 when the role never does this, whatever the process."""
    rights = RIGHTS[:2] if action == LAUNCH else (ACTIONS[action].right,)
    if all(cell(call.actor, one) == NO for one in rights):
        require(call.actor, rights[0])


def _launch_all(call: Call, body: Mapping[str, Any], problems: list[Problem], *, trial: bool) -> list[BulkItem]:
    wanted, defaults = body.get("items"), body.get("defaults", {})
    if not isinstance(wanted, list) or not wanted:
        problems.append(Problem(("items",), "The items must be a list of launches."))
    elif len(wanted) > MOST_LAUNCHES:
        problems.append(Problem(("items",), f"The items may not have more than {MOST_LAUNCHES} items."))
    if not isinstance(defaults, dict):
        problems.append(Problem(("defaults",), "The defaults must be an object."))
    call.raise_problems(problems, task_path)
    assert isinstance(wanted, list)
    return [_launch_one(call, index, one, defaults, trial=trial) for index, one in enumerate(wanted)]


def _launch_one(call: Call, index: int, sent: Any, defaults: Mapping[str, Any], *, trial: bool) -> BulkItem:
    ref = _ref(sent)
    inner = _inner(call)

    def work() -> str | None:
        if not isinstance(sent, dict):
            raise Invalid({"items": ["The item must be an object."]})
        given = {**supplied(defaults), **supplied(sent)}
        given.pop("ref", None)
        usual, own = defaults.get("prerun"), sent.get("prerun")
        if isinstance(usual, dict) and isinstance(own, dict):
            given["prerun"] = {**usual, **own}
        done = launched(inner, given, origin=("bulk", call.unit.command_id))
        return done.process.id if done.process is not None and not trial else None

    return _tried(inner, index, work, ref=ref, trial=trial)


def _ref(sent: Any) -> str | int | float | None:
    """The caller's own name of an item, given back as it came."""
    ref = sent.get("ref") if isinstance(sent, dict) else None
    if isinstance(ref, str):
        return ref[:LONGEST_REF]
    return ref if isinstance(ref, (int, float)) and not isinstance(ref, bool) else None


def _act_on_all(
    call: Call, action: str | None, body: Mapping[str, Any], problems: list[Problem], *, trial: bool
) -> list[BulkItem]:
    act = ACTIONS.get(action or "")
    wrong = {one.path[0] for one in problems}
    if act is not None and act.argument is not None and not body.get(act.argument) and act.argument not in wrong:
        problems.append(Problem((act.argument,), f"The {act.argument} field is required."))
    if "filters" not in body and not body.get("run_ids") and not wrong & {"run_ids", "filters"}:
        problems.append(Problem(("run_ids",), "The run_ids field is required."))
    if not isinstance(body.get("filters", {}), dict):
        problems.append(Problem(("filters",), "The filters must be an object."))
    call.raise_problems(problems, task_path)
    assert act is not None
    named = list(body["run_ids"]) if body.get("run_ids") else _filtered(call, body["filters"])
    # In the order of their ids, so that two calls over the same processes never wait for each other in a ring.
    order = sorted(range(len(named)), key=lambda index: str(named[index]))
    found = {index: _act_on_one(call, index, named[index], act, body, trial=trial) for index in order}
    return [found[index] for index in range(len(named))]


def _act_on_one(call: Call, index: int, named: Any, act: Act, body: Mapping[str, Any], *, trial: bool) -> BulkItem:
    inner = _inner(call)

    def work() -> str:
        run_id = read_id(named)
        if run_id is None:
            raise NotFound
        act.work(inner, access.process_for_update(call.unit, call.actor, run_id), body)
        return run_id

    return _tried(inner, index, work, trial=trial)


def _inner(call: Call) -> Call:
    """The call as one item sees it: what it warns of is its own."""
    inner = copy(call)
    inner.warnings = []
    return inner


def _tried(
    call: Call, index: int, work: Callable[[], str | None], *, ref: str | float | None = None, trial: bool
) -> BulkItem:
    """Do it in a part of the transaction that can be taken back."""

    def attempt() -> str | None:
        done = work()
        if trial:
            raise _Undone(done)
        return done

    run_id: str | None
    try:
        run_id = call.unit.session.attempt(attempt)
    except _Undone as undone:
        run_id = undone.run_id
    except (ApiError, Refused) as error:
        return _failed(index, ref, error)
    return BulkItem(index=index, ok=True, ref=ref, run_id=run_id, warnings=_shown(call.warnings))


def _failed(index: int, ref: str | float | None, error: ApiError | Refused) -> BulkItem:
    if isinstance(error, Refused):
        error = StateRefused(error.code, error.text, path="run")
    told: dict[str, Any] = {"message": error.message, "code": error.code}
    if error.errors is not None:
        told["errors"] = error.errors
    return BulkItem(index=index, ok=False, ref=ref, status=error.status, error=told)


def _shown(warnings: Sequence[Notice]) -> list[dict[str, str]] | None:
    return [{"code": one.code, "key": one.key} for one in warnings] or None


def _filtered(call: Call, filters: Mapping[str, Any]) -> list[str]:
    """The processes that the filters of the list select, at most `MOST_PROCESSES`."""
    inner = filtered_call(call, filters)
    found = process_page(call.unit, call.actor, read_tracker_search(inner), Page(1, MOST_PROCESSES))
    if found.total > MOST_PROCESSES:
        raise Invalid({"filters": [f"The filters select more than {MOST_PROCESSES} processes."]})
    return [one.id for one in found.processes]
