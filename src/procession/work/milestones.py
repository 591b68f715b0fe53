"""The milestones of processes: those of the version they were launched from, and of templates injected since."""

from collections.abc import Sequence

import msgspec

from procession.engine.model import Stage
from procession.engine.work import Process
from procession.kernel.unit import Unit
from procession.templates.versions import compiled_versions
from procession.work import stage_queries, step_queries


def milestones_of(unit: Unit, processes: Sequence[Process]) -> dict[str, list[Stage]]:
    """Process id → its milestones, numbered through: an injected template's stand behind all others (10 §11.4).

    What somebody changed in a running process stands instead, and what came later behind it. Three queries at most,
    however many processes.
    """
    sources = {one.id: [one.version_id] for one in processes}
    for process_id, version_id in unit.all(step_queries.VERSIONS_OF_PROCESSES, processes=sorted(sources)):
        if version_id not in sources[process_id]:
            sources[process_id].append(version_id)
    versions = compiled_versions(unit, {version for each in sources.values() for version in each})
    changed = {one.process_id: one for one in unit.all(stage_queries.CHANGED, processes=sorted(sources))}
    found: dict[str, list[Stage]] = {}
    for process_id, named in sources.items():
        documents = [versions[one].document for one in named if one in versions]
        stages = [one for each in documents for one in sorted(each.stages, key=lambda stage: stage.position)]
        if (own := changed.get(process_id)) is not None:
            later = [one for one in stages if one.id not in own.known]
            stages = [*(Stage(id=one["id"], title=one["title"], position=0) for one in own.stages), *later]
        found[process_id] = [msgspec.structs.replace(one, position=place) for place, one in enumerate(stages, 1)]
    return found
