"""Processes as tables: the 49 columns, as JSON or CSV, of one process or of many (spec 10 §16, 50 §7)."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import chain, islice
from typing import Any

from procession.api.bulk import EXPORT_KIND, job_reply
from procession.api.endpoint import Call, Reply, Sheet, operation, spool
from procession.api.notations import TYPES, WORDS, file_headers
from procession.api.reading import Shape, fold_word
from procession.api.run_filters import filtered_call
from procession.api.run_search import PARAMETERS, read_tracker_search
from procession.api.runs import RUN, present_all
from procession.engine.work import Process
from procession.kernel import errands
from procession.kernel.errors import Invalid
from procession.kernel.folding import fold
from procession.kernel.paging import Page
from procession.kernel.unit import Unit
from procession.notations.model import FormatName, Outline
from procession.people.model import Actor
from procession.people.permissions import require
from procession.wire.job import Job
from procession.wire.run_export import COLUMNS, Row, csv_head, csv_rows, json_parts, json_rows, rows_of
from procession.wire.times import instant
from procession.work import access
from procession.work.documents import KIND, documents_of
from procession.work.exporting import export_batch, note_export
from procession.work.process_lists import process_ids, process_page

MOST = 500
"""How many processes one answer may hold (spec 10 §16.3)."""

MOST_LATER = 20_000
"""How many a worker writes into one file: their ids are written down in the request."""

BATCH = 20
"""How many processes are read at a time."""

FORMS = ("format", "safe", "bom")
WHOLE = frozenset(
    {"tasks", "tasks.form_fields", "tasks.threads", "ko_form_fields", "threads", "tags", "folders", "stages"}
)
EXPORT = Shape("exportRunInput", {})
EXPORTS = Shape("exportRunsInput", {})


@operation("POST", f"{RUN}/export", id="exportRun", acts=("process.export",), body=EXPORT, query=FORMS,
           answer=dict[str, Any], files=("text/csv", TYPES["pdf"], TYPES["docx"], TYPES["md"]), records=True,
           private=True, tag="Processes", also=(("GET", f"{RUN}/export"),))  # fmt: skip
def export_run(call: Call) -> Reply:
    """Read a process as a table of 49 columns: JSON, or CSV with `format=csv`; a document also as PDF, Word or text"""
    held = access.process_to_see(call.unit, call.actor, call.path_id("run"))
    access.require_process_acts(call.actor, held, ("process.export",))
    process = held.process
    kind = WORDS.get(fold_word(call.query.text("format") or ""))
    if process.kind == KIND and kind in ("pdf", "docx", "md"):
        return _document(call, process, kind)
    table = _wants_csv(call)
    tail: dict[str, Any] = {}
    if not table:
        inner = call.inside("")
        inner.asked = WHOLE
        tail["process"] = present_all(inner, [process])[0]
    if call.method != "HEAD":
        note_export(call.unit, process)
    name = f"{_slug(process.name)}-{call.unit.now.strftime('%Y-%m-%d')}.csv"
    return _reply(call, name, [process], {"run_id": process.id}, tail, table=table)


def _document(call: Call, process: Process, kind: FormatName) -> Reply:
    """The filled document as a file (spec 30 §13)."""
    filled = documents_of(call.unit, call.actor, [process])[process.id]
    if call.method != "HEAD":
        note_export(call.unit, process)
    name = f"{_slug(process.name)}-{call.unit.now.strftime('%Y-%m-%d')}.{kind}"
    outline = Outline(title=process.name, kind=KIND, summary=filled.content)
    return Reply(sheet=Sheet(kind=kind, outline=outline), headers=file_headers(kind, name))


@operation("POST", "/organizations/{org}/runs/export", id="exportRuns", acts=("process.export",), body=EXPORTS,
           query=tuple(one for one in dict.fromkeys([*PARAMETERS, *FORMS]) if one != "with"),
           answer=dict[str, Any], files=("text/csv",), reads=True, later=Job, private=True,
           tag="Processes")  # fmt: skip
def export_runs(call: Call) -> Reply:
    """Read all processes that the filters of the list select as one table; more than 500 are a job"""
    require(call.actor, "process.export", ("viewer",))
    body: Mapping[str, Any] = call.body if isinstance(call.body, dict) else {}
    filters = {name: value for name, value in body.items() if name not in FORMS}
    given = {name: values[-1] for name, values in call.query.items() if name not in FORMS}
    wanted = read_tracker_search(filtered_call(call, {**given, **filters}))
    found = process_page(call.unit, call.actor, wanted, Page(1, MOST))
    if found.total > MOST_LATER:
        raise Invalid({"filters": [f"The filters select {found.total} processes; one export holds {MOST_LATER}."]})
    name, table = f"processes-{call.unit.now.strftime('%Y-%m-%d')}.csv", _wants_csv(call)
    if found.total <= MOST:
        return _reply(call, name, found.processes, {"total": found.total}, {}, table=table)
    safe, mark = _csv_wishes(call)
    request = {"filename": name, "table": table, "safe": safe, "mark": mark}
    return Reply(then=partial(_later, request, process_ids(call.unit, call.actor, wanted, found.total)))


def _later(request: Mapping[str, Any], ids: Sequence[str], call: Call) -> Reply:
    """Leave the export to a worker."""
    return job_reply(call, errands.begin(call.unit, EXPORT_KIND, request, ids), status=202)


def _reply(
    call: Call, name: str, found: Sequence[Process], head: Mapping[str, Any], tail: Mapping[str, Any], *, table: bool
) -> Reply:
    """The table, written beside the memory: it may be long."""
    rows = export_rows(call.unit, call.actor, found)
    if table:
        safe, mark = _csv_wishes(call)
        return table_reply(csv_rows(rows, safe=safe), name, mark=mark)
    return json_reply(json_rows(rows), {**head, "filename": name}, tail, call.unit.now)


def table_reply(lines: Iterable[bytes], name: str, *, mark: bool) -> Reply:
    """The lines under the names of their columns, as a file."""
    headers = {
        "Content-Type": "text/csv; charset=utf-8",
        "Content-Disposition": f'attachment; filename="{name}"',
    }
    return Reply(spooled=spool(chain((csv_head(mark=mark),), lines)), headers=headers)


def json_reply(rows: Iterable[bytes], head: Mapping[str, Any], tail: Mapping[str, Any], made: datetime) -> Reply:
    """The rows between what is told about them."""
    told = {**head, "generated_at": instant(made), "columns": COLUMNS}
    return Reply(spooled=spool(json_parts(told, rows, tail)))


def export_rows(unit: Unit, actor: Actor, found: Sequence[Process]) -> Iterator[Row]:
    """The rows of these processes as the actor may read them, some processes in memory at a time."""
    left = iter(found)
    while several := list(islice(left, BATCH)):
        batch = export_batch(unit, actor, several)
        for process in several:
            yield from rows_of(process, batch)


def _csv_wishes(call: Call) -> tuple[bool, bool]:
    """Whether no cell may be run as a formula, and whether the file begins with a mark."""
    return call.query.flag("safe") is True, call.query.flag("bom") is not False


def _wants_csv(call: Call) -> bool:
    """`format` decides, else what the caller accepts. 422 for another form."""
    word = (call.query.text("format") or "").strip().lower()
    if word in ("csv", "json"):
        return word == "csv"
    if word:
        raise Invalid({"format": ["The selected format is invalid."]})
    return "text/csv" in call.headers.get("accept", "").lower()


def _slug(name: str) -> str:
    """The name as a part of a file's name."""
    return re.sub(r"[^a-z0-9]+", "-", fold(name)).strip("-")[:80] or "process"
