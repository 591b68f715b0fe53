"""How many processes hold each version of a template (spec 30 §5.3)."""

from procession.kernel.unit import Unit
from procession.work import process_queries


def processes_by_version(unit: Unit, template_id: str) -> dict[str, int]:
    """The number of processes, archived ones too, by the id of the version they were launched from."""
    return {str(version): int(count) for version, count in unit.all(process_queries.BY_VERSION, template=template_id)}
