"""Milestones of a running process: added, renamed, moved, deleted (spec 10 §17.3). Its template stays as it is."""

from collections.abc import Sequence
from typing import Any

import msgspec

from procession.engine.model import Problem, Stage
from procession.engine.work import Process
from procession.kernel.errors import NotFound
from procession.kernel.ids import new_id
from procession.kernel.unit import Unit
from procession.work import queries, stage_queries
from procession.work.audience import refuse_archived
from procession.work.milestones import milestones_of
from procession.work.model import HeldProcess
from procession.work.persist import process_event

MOST = 500
TOO_MANY = f"A process may not have more than {MOST} milestones."


def add_stage(
    unit: Unit, held: HeldProcess, title: str, place: int | None, problems: list[Problem]
) -> tuple[Process, str] | None:
    """Add a milestone at a place, or last; the process and the new id. None when there are problems."""
    refuse_archived(held.process)
    stages = milestones_of(unit, [held.process])[held.process.id]
    if len(stages) >= MOST:
        problems.append(Problem(("title",), TOO_MANY))
    if problems:
        return None
    stage = Stage(id=new_id(), title=title, position=0)
    stages.insert(len(stages) if place is None else place - 1, stage)
    return _save(unit, held.process, stages, stage.id, "added", new={"id": stage.id, "title": title}), stage.id


def require_stage(unit: Unit, held: HeldProcess, stage_id: str) -> None:
    """404 unless the process has this milestone; 422 when it is archived."""
    _place(milestones_of(unit, [held.process])[held.process.id], stage_id)
    refuse_archived(held.process)


def change_stage(unit: Unit, held: HeldProcess, stage_id: str, title: str | None, place: int | None) -> Process:
    """Rename a milestone, move it, or both; the same again changes nothing. 404 when the process has no such one."""
    refuse_archived(held.process)
    stages = milestones_of(unit, [held.process])[held.process.id]
    at = _place(stages, stage_id)
    present = stages[at]
    after = present if title is None else msgspec.structs.replace(present, title=title)
    target = at if place is None else min(place - 1, len(stages) - 1)
    if (after.title, target) == (present.title, at):
        return held.process
    stages.pop(at)
    stages.insert(target, after)
    old, new = ({"id": stage_id, "title": one.title, "position": n + 1} for one, n in ((present, at), (after, target)))
    return _save(unit, held.process, stages, None, "changed", old=old, new=new)


def delete_stage(unit: Unit, held: HeldProcess, stage_id: str) -> Process:
    """Delete a milestone; its tasks stay, in none."""
    refuse_archived(held.process)
    stages = milestones_of(unit, [held.process])[held.process.id]
    gone = stages.pop(_place(stages, stage_id))
    unit.write(stage_queries.UNMAP, process=held.process.id, stage=stage_id)
    return _save(unit, held.process, stages, stage_id, "deleted", old={"id": stage_id, "title": gone.title})


def _place(stages: Sequence[Stage], stage_id: str) -> int:
    place = next((place for place, one in enumerate(stages) if one.id == stage_id), None)
    if place is None:
        raise NotFound
    return place


def _save(unit: Unit, process: Process, stages: Sequence[Stage], more: str | None, what: str, **told: Any) -> Process:
    """Store them; `more`: an id that is known from now on besides those that stand there."""
    found = unit.all(stage_queries.CHANGED, processes=[process.id])
    known = {*(found[0].known if found else ()), *(one.id for one in stages), *([more] if more else ())}
    rows = [{"id": one.id, "title": one.title} for one in stages]
    unit.write(stage_queries.SAVE, process_id=process.id, stages=rows, known=sorted(known))
    columns: dict[str, Any] = {"updated_at": unit.now, "revision": process.revision + 1}
    unit.patch(queries.PATCH_PROCESS, columns, id=process.id)
    unit.record([process_event(process.id, f"stage_{what}", "updated", field="stages", **told)])
    return msgspec.structs.replace(process, **columns)
