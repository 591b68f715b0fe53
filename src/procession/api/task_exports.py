"""The lists of tasks as tables, of any length (spec 20 §25)."""

import csv
import io
from collections.abc import Iterator

import msgspec

from procession.api.cursors import read_cursor
from procession.api.endpoint import Call, Reply, operation, spool
from procession.api.task_lists import (
    OF_ORGANIZATION,
    OF_PERSON,
    OF_RUN,
    guest_search,
    own_search,
    read_task_search,
    run_search,
    user_search,
)
from procession.kernel.errors import Invalid
from procession.people.permissions import require
from procession.wire.task_export import COLUMNS, lines_of
from procession.work.lists import TaskSearch
from procession.work.task_batches import task_batches

KIND = "text/csv"
PAGED = {"page", "per_page", "limit", "without_pagination", "pagination", "group_by", "with", "owners_format", "cursor"}
"""What only pages know."""

FORM = ("format", "bom")
ACTS = ("task.export", "task.see")


def _asked(names: tuple[str, ...]) -> tuple[str, ...]:
    return (*(one for one in names if one not in PAGED), *FORM)


@operation("GET", "/organizations/{org}/tasks/export", id="exportTasks", acts=ACTS, query=_asked(OF_ORGANIZATION),
           binary=KIND, tag="Tasks")  # fmt: skip
def export_tasks(call: Call) -> Reply:
    """Read every task of the list as CSV, newest first; `sort=created_at` turns it round"""
    require(call.actor, "task.export")
    return _table(call, read_task_search(call, "organization"), "tasks")


@operation("GET", "/organizations/{org}/runs/{run}/tasks/export", id="exportRunTasks", acts=ACTS, query=_asked(OF_RUN),
           binary=KIND, tag="Tasks")  # fmt: skip
def export_run_tasks(call: Call) -> Reply:
    """Read the tasks of one process as CSV, as they were made"""
    search = run_search(call)
    require(call.actor, "task.export")
    return _table(call, search, "process-tasks")


@operation("GET", "/organizations/{org}/me/tasks/export", id="exportMyTasks", acts=ACTS, query=_asked(OF_PERSON),
           binary=KIND, tag="Tasks")  # fmt: skip
def export_my_tasks(call: Call) -> Reply:
    """Read one's own tasks as CSV"""
    require(call.actor, "task.export")
    return _table(call, own_search(call), "my-tasks")


@operation("GET", "/organizations/{org}/users/{user}/tasks/export", id="exportUserTasks", acts=ACTS,
           query=_asked(OF_PERSON), binary=KIND, tag="Tasks")  # fmt: skip
def export_user_tasks(call: Call) -> Reply:
    """Read the tasks of a member as CSV"""
    search = user_search(call)
    require(call.actor, "task.export")
    return _table(call, search, "member-tasks")


@operation("GET", "/organizations/{org}/guests/{guest}/tasks/export", id="exportGuestTasks", acts=ACTS,
           query=_asked(OF_PERSON), binary=KIND, tag="Tasks")  # fmt: skip
def export_guest_tasks(call: Call) -> Reply:
    """Read the tasks of a guest as CSV"""
    search = guest_search(call)
    require(call.actor, "task.export")
    return _table(call, search, "guest-tasks")


def _table(call: Call, search: TaskSearch, name: str) -> Reply:
    """The table, written beside the memory: it may be long. 422 for another form than CSV."""
    if (call.query.text("format") or "csv").strip().lower() != "csv":
        raise Invalid({"format": ["The selected format is invalid."]})
    order, _ = read_cursor(call)
    search = msgspec.structs.replace(search, order=order, group=None)
    headers = {
        "Content-Type": f"{KIND}; charset=utf-8",
        "Content-Disposition": f'attachment; filename="{name}-{call.unit.now:%Y-%m-%d}.csv"',
    }
    mark = call.query.flag("bom") is not False
    return Reply(spooled=spool(_pieces(call, search, mark=mark)), headers=headers)


def _pieces(call: Call, search: TaskSearch, *, mark: bool) -> Iterator[bytes]:
    """RFC 4180, CRLF; with the mark that spreadsheets know UTF-8 by, unless `bom=0` (spec 50 CSV-05)."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    text.write("\ufeff" if mark else "")
    writer.writerow(COLUMNS)
    for batch in task_batches(call.unit, call.actor, search):
        writer.writerows(lines_of(batch, call.unit.now))
        yield text.getvalue().encode()
        text.seek(0)
        text.truncate()
    yield text.getvalue().encode()
