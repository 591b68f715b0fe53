"""What the organization's working time makes of a deadline, before anything is saved (spec 41 §4.2)."""

from datetime import datetime
from typing import Any

import msgspec

from procession.api.endpoint import Call, Reply, operation
from procession.api.reading import Shape, choice, integer, raw
from procession.engine.dates import zone
from procession.engine.deadlines import add, read_moment
from procession.engine.model import Offset, Problem
from procession.engine.phrases import phrase_reader
from procession.engine.preview import preview
from procession.engine.worktime import start_of_day
from procession.people.permissions import require
from procession.wire.times import instant

FARTHEST = 1_000_000
"""The largest amount, as in the deadlines of steps."""

MOMENT = {
    "type": ["string", "null"],
    "description": "An instant, a date, or an English phrase such as `tomorrow 5pm`.",
}
UNITS = ("minutes", "hours", "days", "weeks", "months")
PREVIEW = Shape(
    "deadlinePreviewInput",
    {
        "deadline": raw(MOMENT, null="absent"),
        "from": raw(MOMENT, null="absent"),
        "amount": integer(0),
        "unit": choice({**dict(zip(UNITS, UNITS, strict=True)), **{one[:-1]: one for one in UNITS}}),
        "direction": choice({"after": "from", "from": "from", "before": "prior_to", "prior_to": "prior_to"}),
    },
)


class DeadlinePreview(msgspec.Struct, frozen=True, kw_only=True):
    """`raw` as asked for, `adjusted` as it would be kept; `reason`: `weekend`, `holiday` or `closed` (hours)."""

    raw: str
    adjusted: str
    moved: bool
    reason: str | None


@operation(
    "POST",
    "/organizations/{org}/deadline-preview",
    id="previewDeadline",
    acts=("organization.read",),
    body=PREVIEW,
    query=("strict",),
    answer=DeadlinePreview,
    tag="Organization",
)
def preview_deadline(call: Call) -> Reply:
    """Show what working time makes of a deadline: `deadline`, or `amount` and `unit` `from` an instant (or now)"""
    require(call.actor, "organization.read")
    problems: list[Problem] = []
    sent = PREVIEW.read(call.body, problems, call.warnings, strict=bool(call.query.flag("strict")))
    calendar = call.actor.settings.calendar
    name = "deadline" if sent.get("deadline") not in (None, "") else "from"
    moment, wrong = read_moment(sent.get(name), name, phrase_reader(call.unit.now, zone(calendar.zone)))
    if wrong is not None:
        problems.append(Problem((name,), wrong))
    if name == "from":
        _require_span(sent, problems)
    call.raise_problems(problems, ".".join)
    if name == "from":
        start = moment if isinstance(moment, datetime) else start_of_day(moment, calendar) if moment else call.unit.now
        sign = 1 if sent.get("direction", "from") == "from" else -1
        moment = add(start, Offset(sent["amount"], sent["unit"]), calendar, sign)
    found = preview(moment or call.unit.now, calendar)
    shown = DeadlinePreview(
        raw=instant(found.raw),
        adjusted=instant(found.adjusted),
        moved=found.reason is not None,
        reason=found.reason,
    )
    return Reply(body={"data": shown})


def _require_span(sent: dict[str, Any], problems: list[Problem]) -> None:
    """Without a deadline of its own the body says how far from the start: `amount` and `unit`."""
    known = {problem.path for problem in problems}
    problems.extend(
        Problem((one,), f"The {one} field is required.")
        for one in ("amount", "unit")
        if one not in sent and (one,) not in known
    )
    if sent.get("amount", 0) > FARTHEST:
        problems.append(Problem(("amount",), f"The amount may not be greater than {FARTHEST}."))
