"""What processes of documents say: the text of their version with their answers in it (spec 30 §3.1, §13)."""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from procession.engine.dates import zone
from procession.engine.embeds import with_fields
from procession.engine.richtext import clean, headings
from procession.engine.snippets import expand
from procession.engine.variables import Dates, Rendered, render_answer, resolve, show_date
from procession.engine.work import Process
from procession.kernel.unit import Unit
from procession.people.model import Actor
from procession.templates.snippets import contents_at
from procession.templates.versions import CompiledVersion, compiled_versions
from procession.work import queries
from procession.work.reading import member_names, variables

KIND: Literal["document"] = "document"


class Filled(msgspec.Struct, frozen=True):
    """A document with its answers: sanitised HTML, and its headings of three levels."""

    content: str
    contents: tuple[tuple[int, str], ...]


def documents_of(unit: Unit, actor: Actor, found: Sequence[Process]) -> dict[str, Filled]:
    """Process id → its document, of those that are one; a constant number of queries, none without any.

    Each field stands where it is embedded, in every place; one without an answer leaves nothing, one that is there no
    more an error. Snippets are those of the launch.
    """
    kept = [one for one in found if one.kind == KIND]
    if not kept:
        return {}
    versions = compiled_versions(unit, {one.version_id for one in kept})
    stored: dict[str, dict[str, Any]] = {one.id: {} for one in kept}
    for process_id, holder_id, field_id, value in unit.all(queries.ANSWERS_OF_PROCESSES, processes=sorted(stored)):
        if holder_id == process_id:
            stored[process_id][field_id] = value
    names = member_names(unit, stored.values())
    dates = Dates(zone=zone(actor.settings.calendar.zone))
    texts = {one.id: versions[one.version_id].document.content or "" for one in kept}
    snippets = contents_at(unit, [(one.created_at, texts[one.id]) for one in kept])
    out: dict[str, Filled] = {}
    for one in kept:
        text = expand(texts[one.id], snippets.get(one.created_at, {}))
        content = _filled(one, text, versions[one.version_id], stored[one.id], names, dates)
        out[one.id] = Filled(content, headings(content))
    return out


def _filled(
    process: Process,
    text: str,
    version: CompiledVersion,
    answers: dict[str, Any],
    names: dict[str, str],
    dates: Dates,
) -> str:
    known = variables(version, answers, names, dates) | {
        "DATE": Rendered(show_date(process.started_at.astimezone(dates.zone), dates.pattern)),
        "TEMPLATE_NAME": Rendered(version.document.title),
        "current-process-id": Rendered(process.id),
    }
    values = {
        field.id: render_answer(field, answers[field.id], html=True, names=names, dates=dates)
        if field.id in answers
        else ""
        for field in version.document.kickoff
    }
    # What was answered is put in last: it is never resolved again.
    return clean(with_fields(resolve(text, known, html=True), values))
