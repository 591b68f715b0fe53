"""Processes that were launched from templates: an include of templates (spec 00 §8)."""

from collections.abc import Sequence

from procession.api.endpoint import Call
from procession.api.runs import present_all
from procession.wire.run import Run
from procession.work.process_lists import ProcessSearch, process_walk

MOST = 500
"""How many an answer shows, of all its templates together: the newest."""


def template_runs(call: Call, template_ids: Sequence[str]) -> dict[str, dict[str, list[Run]]]:
    """By template, its processes that the caller may see, newest first; by a constant number of queries."""
    found: dict[str, dict[str, list[Run]]] = {one: {"data": []} for one in template_ids}
    if not found:
        return found
    search = ProcessSearch(templates=tuple(template_ids), order=(("number", True),))
    for run in present_all(call.inside("runs"), process_walk(call.unit, call.actor, search, MOST, None)):
        found[run.checklist_id or ""]["data"].append(run)
    return found
