"""Who may see a process: the panel of a running process (spec 10 §4.4)."""

from typing import Any

from procession.api.endpoint import Call, Reply, operation
from procession.api.reading import Shape, boolean, raw
from procession.api.run_includes import permissions
from procession.api.runs import RUN
from procession.engine.model import Problem
from procession.work import access, audience
from procession.work.processes import NO_RIGHT

PERMISSIONS = Shape(
    "runPermissionsInput",
    {
        "everyone": boolean(null=False),
        "users": raw({"type": "array", "items": {"type": "integer"}}, null="absent"),
        "groups": raw({"type": "array", "items": {"type": "string"}}, null="absent"),
    },
)


@operation("PUT", f"{RUN}/permissions", id="updateRunPermissions", acts=("process.manage",), body=PERMISSIONS,
           query=("strict",), answer=dict[str, Any], statuses=(412,), tag="Processes")  # fmt: skip
def update_permissions(call: Call) -> Reply:
    """Replace who may see a process without working in it"""
    held = access.process_for_update(call.unit, call.actor, call.path_id("run"))
    access.require_process_acts(call.actor, held, ("process.manage",), NO_RIGHT)
    call.require_fresh(held.process.revision, held.process.updated_at)
    audience.refuse_archived(held.process)
    problems: list[Problem] = []
    body = call.body.get("process_read", call.body)
    sent = PERMISSIONS.read(body, problems, call.warnings, strict=bool(call.query.flag("strict")))
    wanted = audience.read_audience(
        call.unit, held.process, sent.get("everyone", False), sent.get("users"), sent.get("groups"), problems
    )
    call.raise_problems(problems, ".".join)
    process = audience.change_audience(call.unit, held, wanted)
    shown = permissions(call, [process])[process.id]
    return Reply(body={"data": shown}, revision=process.revision, updated=process.updated_at)
