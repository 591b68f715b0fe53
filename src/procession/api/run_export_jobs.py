"""Exports of more processes than one answer holds: a worker writes them, who asked fetches the file (spec 10 §16.3).

Which processes it is about is settled when it is asked for. What they tell, and whether they tell it at all, is decided
when they are written, by the rights that whoever asked has then.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from procession.api.bulk import EXPORT_KIND, held_job
from procession.api.endpoint import Call, Reply, operation
from procession.api.run_exports import export_rows, json_reply, table_reply
from procession.kernel import errands
from procession.kernel.errands import KEPT, Errand, Item
from procession.kernel.errors import Forbidden, NotFound, StateRefused
from procession.kernel.paging import Page
from procession.kernel.unit import Unit
from procession.people.acting import acting
from procession.people.permissions import require
from procession.people.settings import current_settings
from procession.wire.run_export import csv_rows, json_rows
from procession.work.process_lists import ProcessSearch, process_page

GONE = {"message": NotFound.default_message, "code": NotFound.default_code}


class Part(msgspec.Struct, frozen=True):
    """Some processes of an export: their rows, and what became of each with the error it is told."""

    content: bytes
    settled: Sequence[tuple[Item, int, Mapping[str, Any] | None]]


def write_part(unit: Unit, errand: Errand, items: Sequence[Item]) -> Part:
    """Write these processes, in their order, as whoever asked may read them now. Raises what a request would answer."""
    actor = acting(unit, int(errand.principal[1:]), current_settings(unit))
    if actor is None:
        raise Forbidden("Whoever asked for this is no active member any more.")
    require(actor, "process.export", ("viewer",))
    wanted = ProcessSearch(ids=tuple(one.object_id for one in items), archived="include")
    seen = {one.id: one for one in process_page(unit, actor, wanted, Page(1, len(items))).processes}
    rows = export_rows(unit, actor, [seen[one.object_id] for one in items if one.object_id in seen])
    if errand.request["table"]:
        content = b"".join(csv_rows(rows, safe=errand.request["safe"]))
    else:
        content = b",".join(json_rows(rows))
    return Part(content, [(one, 200, None) if one.object_id in seen else (one, 404, GONE) for one in items])


@operation("GET", "/organizations/{org}/jobs/{job}/file", id="getJobFile", acts=("job.see", "process.export"),
           answer=dict[str, Any], files=("text/csv",), tag="Jobs")  # fmt: skip
def get_job_file(call: Call) -> Reply:
    """Fetch what own long work has written: the file of an export"""
    found = held_job(call)
    over = found.finished_at
    if found.kind != EXPORT_KIND or (over is not None and call.unit.now >= over + KEPT):
        raise NotFound
    require(call.actor, "process.export", ("viewer",))
    if found.principal != call.actor.principal:
        raise Forbidden("Only whoever asked for an export may fetch it.")
    if found.status != "succeeded" or over is None:
        raise StateRefused("JOB_NOT_FINISHED", "There is nothing to fetch: the job has not succeeded.", path="status")
    parts, request = errands.parts_of(call.unit, found.id), found.request
    if request["table"]:
        return table_reply(parts, request["filename"], mark=request["mark"])
    total = found.done - len(errands.refused_of(call.unit, found.id))
    return json_reply(parts, {"total": total, "filename": request["filename"]}, {}, over)
