"""Long work as clients read it (spec 00 JOB-01)."""

from collections.abc import Sequence
from typing import Any

import msgspec

from procession.kernel.errands import Errand, Item
from procession.wire.times import instant

REFUSED = 400


class JobItem(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one object: the status and the error a request of its own would have had."""

    id: str
    status: int | None
    error: dict[str, Any] | None


class JobResult(msgspec.Struct, frozen=True, kw_only=True):
    """What was done. `skipped`: nobody got to them before the work was cancelled."""

    total: int
    succeeded: int
    failed: int
    skipped: int
    dry_run: bool
    items: list[JobItem]


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
    shown = [JobItem(id=one.object_id, status=one.status, error=one.outcome) for one in items]
    failed = [one for one in shown if one.status is not None and one.status >= REFUSED]
    settled = sum(one.status is not None for one in shown)
    over = errand.finished_at is not None
    result = JobResult(
        total=errand.total,
        succeeded=settled - len(failed),
        failed=len(failed),
        skipped=errand.total - settled,
        dry_run=bool(errand.request.get("dry_run")),
        items=shown,
    )
    return Job(
        id=errand.id,
        type=errand.kind,
        status=errand.status,
        progress=100 if errand.status == "succeeded" or not errand.total else 100 * errand.done // errand.total,
        created_at=instant(errand.created_at),
        finished_at=instant(errand.finished_at),
        result=result if over else None,
        errors=failed,
        links=JobLinks(link),
    )
