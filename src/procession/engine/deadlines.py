"""Deadlines: reading them, counting them from anchors at launch, moving dependants, the due fields of a process.

Instants are aware and in UTC, whole seconds. Sources: spec 20 §5, 30 §8.3 and §8.4, 10 §3.4.
"""

from calendar import monthrange
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from datetime import MAXYEAR, UTC, date, datetime, timedelta

import msgspec

from procession.engine.dates import parse_moment, zone
from procession.engine.model import LAUNCH, DeadlineRule, Offset, Step, WorkCalendar
from procession.engine.worktime import EARLIEST, LATEST, adjust, end_of_day, start_of_day, to_instant

PhraseReader = Callable[[str], datetime | date | None]
"""Reads an English phrase into an instant, a date (no time was named) or nothing. It knows now and the zone."""

SOON = timedelta(hours=24)
"""A task is due soon when its deadline is at most this far away (spec 10 §3.4)."""

_PHRASE_LENGTH = 64


class StepDates(msgspec.Struct, frozen=True):
    """The dates one step's task is launched with. `projected`: the step the deadline counts from is not completed."""

    deadline: datetime | None
    started_at: datetime | None
    projected: bool
    dated_by_hand: bool


class Dated(msgspec.Struct, frozen=True):
    """What `redate` needs to know of a task of a process; `by_hand`: a person or an automation dated it."""

    id: str
    step_id: str | None
    rule: DeadlineRule | None
    deadline: datetime | None
    open: bool
    by_hand: bool
    projected: bool


class Redated(msgspec.Struct, frozen=True):
    """A task's new deadline."""

    deadline: datetime
    projected: bool


class DueTask(msgspec.Struct, frozen=True):
    """A visible task, for `due_fields`. `projected`: the step its deadline counts from is not completed."""

    deadline: datetime | None
    completed_at: datetime | None = None
    projected: bool = False


class Due(msgspec.Struct, frozen=True):
    """The due fields of a process (spec 10 §3.4)."""

    due_date: datetime | None
    max_deadline: datetime | None
    passed: bool
    soon: bool
    late: int


def add(instant: datetime, offset: Offset, calendar: WorkCalendar, sign: int = 1) -> datetime:
    """`instant` plus (`sign` 1) or minus (-1) calendar time, not adjusted to working time (spec 30 §8.3).

    Minutes and hours are exact; days and longer keep the wall time of the organization's zone, months clamp to the
    last day of a shorter one. The result stays within 1970 to 9999.
    """
    instant = instant.replace(microsecond=0)
    count = sign * offset.value
    if count == 0:
        return instant
    try:
        moved = _moved(instant, count, offset, calendar)
    except OverflowError:
        return LATEST if count > 0 else EARLIEST
    return min(max(moved, EARLIEST), LATEST)


def read_deadline(
    value: object, calendar: WorkCalendar, phrases: PhraseReader | None = None
) -> tuple[datetime | None, str | None]:
    """Read a deadline (spec 20 §5.1): the instant moved into working time, or None to clear; and a problem's text.

    A date alone is the last working instant of that day.
    """
    moment, problem = read_moment(value, "deadline", phrases)
    if isinstance(moment, datetime):
        return adjust(moment, calendar), None
    return (None, problem) if moment is None else (end_of_day(moment, calendar), None)


def read_start(
    value: object, calendar: WorkCalendar, phrases: PhraseReader | None = None
) -> tuple[datetime | None, str | None]:
    """Read a start (spec 20 §5.1): the instant as given, or None to clear; and a problem's text.

    A date alone is its midnight in the organization's zone. Starts are never moved into working time (spec 20 §5.4).
    """
    moment, problem = read_moment(value, "started at", phrases)
    if isinstance(moment, datetime):
        return moment.astimezone(UTC).replace(microsecond=0), None
    return (None, problem) if moment is None else (start_of_day(moment, calendar), None)


def read_moment(value: object, name: str, phrases: PhraseReader | None) -> tuple[datetime | date | None, str | None]:
    """What was sent, moved nowhere: an instant, or a date if no time was named, or None; and a problem's text."""
    text = value.strip() if isinstance(value, str) else None
    if value is None or text == "":
        return None, None
    moment: datetime | date | None = None
    if text is not None:
        moment = parse_moment(text)
        if moment is None and phrases is not None and len(text) <= _PHRASE_LENGTH:
            moment = phrases(text)
    return moment, None if moment is not None else f"The {name} is not a valid date."


def launch_dates(
    steps: Sequence[Step],
    launched_at: datetime,
    calendar: WorkCalendar,
    default: Offset,
    given: Mapping[str, datetime],
) -> dict[str, StepDates]:
    """Step id → the dates of its task at launch (spec 30 §8.3, §8.4).

    `default` is the organization's offset for steps without a deadline of their own. `given` are deadlines chosen
    for this launch by step id, already adjusted. In a ring of anchors the step met a second time counts as launch.
    """
    by_id = {step.id: step for step in steps}
    deadlines = dict(given)
    for step in steps:
        for link in reversed(_chain(step, by_id, deadlines)):
            rule = _own_rule(link, by_id)
            if rule is None:
                deadlines[link.id] = adjust(add(launched_at, default, calendar), calendar)
            else:
                anchor = deadlines.get(rule.step or LAUNCH, launched_at)
                deadlines[link.id] = _apply(rule, anchor, calendar)
    return {step.id: _step_dates(step, deadlines[step.id], step.id in given, by_id, calendar) for step in steps}


def redate(
    changed: Mapping[str, datetime | None],
    completed: Mapping[str, datetime],
    tasks: Sequence[Dated],
    calendar: WorkCalendar,
) -> dict[str, Redated]:
    """Task id → new date, of every task that moves because others did (spec 20 §5.6, 30 §8.3).

    `changed` holds the steps whose deadline was written in this act, `completed` those that were completed in it,
    with the time. A task counting `from` a step follows that step's deadline as a projection, is fixed when the step
    is completed and stays so when it is reopened; one `prior_to` a step follows its deadline always. Only open tasks
    that nobody dated by hand move, dependants of dependants after them. An anchor without a deadline moves nothing.
    """
    anchored: defaultdict[str, list[tuple[Dated, DeadlineRule]]] = defaultdict(list)
    for task in tasks:
        if task.rule is not None and task.rule.step is not None and task.open and not task.by_hand:
            anchored[task.rule.step].append((task, task.rule))
    moved = dict(changed)
    seen = {*changed, *completed}
    queue = deque([*completed, *(step for step in changed if step not in completed)])
    result: dict[str, Redated] = {}
    while queue:
        anchor = queue.popleft()
        for task, rule in anchored[anchor]:
            new = _redated(task, rule, completed.get(anchor), moved.get(anchor), calendar)
            if new is None or task.step_id in seen:
                continue
            result[task.id] = new
            if task.step_id is not None and new.deadline != task.deadline:
                seen.add(task.step_id)
                moved[task.step_id] = new.deadline
                queue.append(task.step_id)
    return result


def anchored_steps(steps: Sequence[Step]) -> frozenset[str]:
    """The ids of steps that the deadline of another step counts from (spec 20 §5.6, 30 §9.3)."""
    return frozenset(anchor for step in steps if (anchor := _anchor(step)) is not None and anchor != step.id)


def find_cycle(steps: Sequence[Step]) -> bool:
    """True if deadlines refer to each other in a ring, or one to itself (spec 30 §8.3)."""
    anchors = {step.id: _anchor(step) for step in steps}
    harmless: set[str] = set()
    for step in steps:
        path: set[str] = set()
        at: str | None = step.id
        while at is not None and at not in harmless:
            if at in path:
                return True
            path.add(at)
            at = anchors.get(at)
        harmless |= path
    return False


def due_fields(tasks: Sequence[DueTask], now: datetime) -> Due:
    """The due fields of a process from its visible tasks (spec 10 §3.4). A projection is never passed, soon or late."""
    dated = [(task, task.deadline) for task in tasks if task.deadline is not None]
    latest = max((deadline for _, deadline in dated), default=None)
    fixed = [(task.completed_at, deadline) for task, deadline in dated if not task.projected]
    waiting = [deadline for completed_at, deadline in fixed if completed_at is None]
    passed = sum(deadline < now for deadline in waiting)
    return Due(
        due_date=min((deadline for task, deadline in dated if task.completed_at is None), default=latest),
        max_deadline=latest,
        passed=passed > 0,
        soon=any(now <= deadline <= now + SOON for deadline in waiting),
        late=passed + sum(done is not None and done > deadline for done, deadline in fixed),
    )


def _moved(instant: datetime, count: int, offset: Offset, calendar: WorkCalendar) -> datetime:
    if offset.unit == "minutes":
        return instant + timedelta(minutes=count)
    if offset.unit == "hours":
        return instant + timedelta(hours=count)
    where = zone(calendar.zone)
    local = instant.astimezone(where)
    second = local.hour * 3600 + local.minute * 60 + local.second
    if offset.unit == "months":
        return to_instant(add_months(local.date(), count), second, where)
    return to_instant(local.date() + timedelta(days=7 * count if offset.unit == "weeks" else count), second, where)


def add_months(day: date, count: int) -> date:
    """The same day `count` months later, at most the last of its month. Raises OverflowError beyond the calendar."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    if not 1 <= year <= MAXYEAR:
        raise OverflowError
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _anchor(step: Step) -> str | None:
    anchor = step.deadline.step if step.deadline is not None else None
    return None if anchor == LAUNCH else anchor


def _own_rule(step: Step, by_id: Mapping[str, Step]) -> DeadlineRule | None:
    """The step's rule; None: the organization's default. A rule without an anchor, or with a lost one, is none."""
    anchor = step.deadline.step if step.deadline is not None else None
    return step.deadline if anchor == LAUNCH or anchor in by_id else None


def _chain(step: Step, by_id: Mapping[str, Step], known: Mapping[str, datetime]) -> list[Step]:
    """The step and the anchors behind it whose deadlines are not known yet, each once."""
    chain: dict[str, Step] = {}
    at: Step | None = step
    while at is not None and at.id not in known and at.id not in chain:
        chain[at.id] = at
        at = by_id.get(_anchor(at) or LAUNCH)
    return list(chain.values())


def _apply(rule: DeadlineRule, anchor: datetime, calendar: WorkCalendar) -> datetime:
    offset = Offset(rule.value, rule.unit)
    return adjust(add(anchor, offset, calendar, 1 if rule.option == "from" else -1), calendar)


def _step_dates(
    step: Step, deadline: datetime, by_hand: bool, by_id: Mapping[str, Step], calendar: WorkCalendar
) -> StepDates:
    started_at = None
    if not step.soft_start and step.start is not None:
        # Pushed forward into working time like a deadline, but never past the deadline (spec 30 §8.4).
        started_at = min(adjust(add(deadline, step.start, calendar, -1), calendar), deadline)
    rule = _own_rule(step, by_id)
    counts_from_step = rule is not None and rule.option == "from" and rule.step != LAUNCH
    return StepDates(deadline, started_at, counts_from_step and not by_hand, by_hand)


def _redated(
    task: Dated,
    rule: DeadlineRule,
    completed_at: datetime | None,
    anchor_deadline: datetime | None,
    calendar: WorkCalendar,
) -> Redated | None:
    """The task's new date after its anchor was completed or moved; None if it stays as it is."""
    projected = rule.option == "from" and completed_at is None
    if projected and not task.projected:
        return None  # fixed at an earlier completion of its anchor, which has been reopened since
    base = completed_at if rule.option == "from" and completed_at is not None else anchor_deadline
    if base is None:
        return None
    new = Redated(_apply(rule, base, calendar), projected)
    return None if (task.deadline, task.projected) == (new.deadline, new.projected) else new
