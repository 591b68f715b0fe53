"""Forms with their answers, of many tasks and processes at once (spec 20 §3.3, 10 §10.4)."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from procession.engine.model import Field
from procession.engine.work import Answered, Process, Task
from procession.kernel.unit import Unit
from procession.templates.drawing import drawn_forms
from procession.templates.versions import CompiledVersion, compiled_versions
from procession.work import queries


def forms_of(unit: Unit, tasks: Sequence[Task]) -> dict[str, Sequence[Field]]:
    """The fields of each task, in the order of its form: its own, or those of its step. Every task has an entry."""
    versions = compiled_versions(unit, {one.version_id for one in tasks if one.version_id and one.own_fields is None})
    own = {one.id: msgspec.convert(one.own_fields, tuple[Field, ...]) for one in tasks if one.own_fields is not None}
    drawn = drawn_forms(unit, own)
    return {one.id: drawn[one.id] if one.id in drawn else _fields(one, versions) for one in tasks}


def _fields(task: Task, versions: Mapping[str, CompiledVersion]) -> Sequence[Field]:
    version = versions.get(task.version_id or "")
    step = version.steps.get(task.step_id or "") if version else None
    return step.fields if step else ()


def kickoff_forms(unit: Unit, processes: Iterable[Process]) -> dict[str, list[tuple[Field, Answered | None]]]:
    """The kick-off fields of each process with their stored answers, in the order of the form."""
    found = list(processes)
    versions = compiled_versions(unit, {one.version_id for one in found})
    stored: dict[str, dict[str, Answered]] = {one.id: {} for one in found}
    if found:
        for holder, *columns in unit.all(queries.ANSWERS_OF, holders=list(stored)):
            answer = Answered(*columns)
            stored[holder][answer.field_id] = answer
    return {
        one.id: [(field, stored[one.id].get(field.id)) for field in versions[one.version_id].document.kickoff]
        for one in found
    }
