"""Milestones of running processes (spec 10 §17.3)."""

from copy import copy
from typing import Any

from procession.api import run_includes
from procession.api.endpoint import Call, Reply, operation
from procession.api.reading import Shape, integer, text
from procession.api.runs import RUN
from procession.engine.model import Problem
from procession.engine.richtext import strip_tags
from procession.engine.work import Process
from procession.work import access, staging
from procession.work.model import HeldProcess
from procession.work.processes import NO_RIGHT

STAGES = f"{RUN}/stages"
ONE = f"{STAGES}/{{stage}}"
_MEMBERS = {
    "title": text(250, clean=strip_tags, aliases=("name",)),
    "position": integer(1, null="keep"),
}
CREATE = Shape("createRunStageInput", _MEMBERS, required=("title",))
UPDATE = Shape("updateRunStageInput", _MEMBERS)


@operation("POST", STAGES, id="createRunStage", acts=("process.manage",), body=CREATE, answer=dict[str, Any],
           status=201, statuses=(412,), tag="Processes")  # fmt: skip
def create_run_stage(call: Call) -> Reply:
    """Add a milestone to a running process"""
    held, problems = _held(call), list[Problem]()
    sent = CREATE.read(call.body, problems)
    done = staging.add_stage(call.unit, held, sent.get("title", ""), sent.get("position"), problems)
    call.raise_problems(problems, ".".join)
    assert done is not None
    return _shown(call, *done, status=201)


@operation("PUT", ONE, id="updateRunStage", acts=("process.manage",), body=UPDATE, answer=dict[str, Any],
           statuses=(412,), tag="Processes")  # fmt: skip
def update_run_stage(call: Call) -> Reply:
    """Rename or move a milestone of a running process"""
    held, problems, stage_id = _held(call), list[Problem](), call.path_id("stage")
    staging.require_stage(call.unit, held, stage_id)
    sent = UPDATE.read(call.body, problems)
    call.raise_problems(problems, ".".join)
    process = staging.change_stage(call.unit, held, stage_id, sent.get("title"), sent.get("position"))
    return _shown(call, process, stage_id)


@operation("DELETE", ONE, id="deleteRunStage", acts=("process.manage",), status=204, statuses=(412,), tag="Processes")
def delete_run_stage(call: Call) -> Reply:
    """Delete a milestone of a running process; its tasks stay"""
    staging.delete_stage(call.unit, _held(call), call.path_id("stage"))
    return Reply(status=204)


def _held(call: Call) -> HeldProcess:
    held = access.process_for_update(call.unit, call.actor, call.path_id("run"))
    access.require_process_acts(call.actor, held, ("process.manage",), NO_RIGHT)
    call.require_fresh(held.process.revision, held.process.updated_at)
    return held


def _shown(call: Call, process: Process, stage_id: str, status: int = 200) -> Reply:
    """The milestone with the counts that `with=stages` gives."""
    inner = copy(call)
    inner.asked = frozenset({"stages"})
    found = run_includes.load(inner, [process], plain=False)[process.id]["stages"]["data"]
    shown = next(one for one in found if one["id"] == stage_id)
    return Reply(body={"data": shown}, status=status, revision=process.revision)
