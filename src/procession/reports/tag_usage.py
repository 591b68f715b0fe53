"""How much each tag is used (spec 30 §16.1, `with=statistics`)."""

from collections.abc import Iterable

import msgspec

from procession.kernel.unit import Unit
from procession.reports import queries


class TagUsage(msgspec.Struct, frozen=True):
    """How many templates and processes carry a tag: those in use, and the archived ones."""

    templates: int = 0
    archived_templates: int = 0
    processes: int = 0
    archived_processes: int = 0


def tag_usage(unit: Unit, tag_ids: Iterable[str]) -> dict[str, TagUsage]:
    """The usage of each of these tags, by two queries in all. Every id has an entry."""
    ids = list(dict.fromkeys(tag_ids))
    if not ids:
        return {}
    on_templates = {tag: counts for tag, *counts in unit.all(queries.TAGGED_TEMPLATES, ids=ids)}
    on_processes = {tag: counts for tag, *counts in unit.all(queries.TAGGED_PROCESSES, ids=ids)}
    return {one: TagUsage(*on_templates.get(one, (0, 0)), *on_processes.get(one, (0, 0))) for one in ids}
