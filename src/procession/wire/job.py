"""Long work as clients read it (spec 00 JOB-01)."""

from collections.abc import Sequence
from typing import Any

import msgspec

from procession.kernel.errands import KEPT, REFUSED, Errand, Item
from procession.wire.times import instant


class JobItem(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one object: the status and the error a request of its own would have had."""

    id: str
    status: int | None
    error: dict[str, Any] | None


class JobFile(msgspec.Struct, frozen=True, kw_only=True):
    """What was written, for whoever asked for it: where it is fetched, and until when."""

    filename: str
    url: str
    expires_at: str | None


class JobResult(msgspec.Struct, frozen=True, kw_only=True):
    """What was done. `skipped`: nobody got to them before the work was cancelled. `items`: of work that writes a `file`
    only those that were refused.
    """

    total: int
    succeeded: int
    failed: int
    skipped: int
    dry_run: bool
    items: list[JobItem]
    file: JobFile | None = None


class JobLinks(msgspec.Struct, frozen=True):
    """Where to look again."""

    self: str


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """Long work: `status` queued, running, succeeded, failed or cancelled; `progress` in percent."""

    id: str
    type: str
    status: str
    progress: int
    created_at: str
    finished_at: str | None
    result: JobResult | None
    errors: list[JobItem]
    links: JobLinks


def show_job(errand: Errand, items: Sequence[Item], link: str) -> Job:
    """The object of an errand; its result when it is over."""
    return _job(errand, sum(one.status is not None for one in items), items, None, link)


def show_export(errand: Errand, refused: Sequence[Item], link: str) -> Job:
    """The object of an errand that writes a file."""
    finished = errand.finished_at
    file = None
    if errand.status == "succeeded" and finished is not None:
        expires = instant(finished + KEPT)
        file = JobFile(filename=export_name(errand), url=f"{link}/file", expires_at=expires)
    return _job(errand, errand.done, refused, file, link)


def export_name(errand: Errand) -> str:
    """What the file of an export is called: one of JSON is no CSV."""
    name: str = errand.request["filename"]
    return name if errand.request["table"] else f"{name.removesuffix('.csv')}.json"


def _job(errand: Errand, settled: int, items: Sequence[Item], file: JobFile | None, link: str) -> Job:
    shown = [JobItem(id=one.object_id, status=one.status, error=one.outcome) for one in items]
    failed = [one for one in shown if one.status is not None and one.status >= REFUSED]
    result = JobResult(
        total=errand.total,
        succeeded=settled - len(failed),
        failed=len(failed),
        skipped=errand.total - settled,
        dry_run=bool(errand.request.get("dry_run")),
        items=shown,
        file=file,
    )
    return Job(
        id=errand.id,
        type=errand.kind,
        status=errand.status,
        progress=100 if errand.status == "succeeded" or not errand.total else 100 * errand.done // errand.total,
        created_at=instant(errand.created_at),
        finished_at=instant(errand.finished_at),
        result=result if errand.finished_at is not None else None,
        errors=failed,
        links=JobLinks(link),
    )
