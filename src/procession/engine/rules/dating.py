"""Deadlines that rules set, and those that follow them (spec 31 §5.3, 20 §5.6)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from procession.engine.deadlines import Dated, Redated, add, redate
from procession.engine.model import Offset, WorkCalendar
from procession.engine.rule import Action, Shift
from procession.engine.rules.book import RuleBook
from procession.engine.rules.progress import Moved, Progress, record, remember
from procession.engine.rules.state import DeadlineEffect, Reason, RuleTask, Undo
from procession.engine.rules.values import moment_of
from procession.engine.worktime import adjust, start_of_day


def set_deadline(run: Progress, rule_id: str, action: Action, task: RuleTask) -> Reason | None:
    """Date a task that is not completed, and remember it; the reason why not.

    From then on nothing recomputes its date but a rule or a person (last writer wins). What hangs on it follows before
    anybody looks (`catch_up`).
    """
    if _behind(run, task.step_id) or (action.source is not None and _behind(run, action.source.id)):
        catch_up(run)
        task = run.tasks[task.step_id]
    anchor = _anchor(run, action, task) if action.shift is not None else None
    if anchor is None or action.shift is None:
        return "no_anchor"
    new = _moved(anchor, action.shift, run)
    after = msgspec.structs.replace(task, deadline=new, dated_by_hand=True, deadline_projected=False)
    if after == task:
        return "already"
    remember(
        run,
        rule_id,
        Undo(
            rule=rule_id,
            cause=run.wave.event.step or "",
            step=task.step_id,
            aspect="deadline",
            due=new,
            due_before=task.deadline,
            by_hand_before=task.dated_by_hand,
            projected_before=task.deadline_projected,
        ),
    )
    run.tasks[task.step_id] = after
    if task.deadline != new:
        record(run, DeadlineEffect(rule_id, task.step_id, task.deadline, new))
        _postpone(run, rule_id, task.step_id, new)
    return None


def write_deadline(run: Progress, rule_id: str, before: RuleTask, after: RuleTask) -> None:
    """Give a task its new date, and those whose dates hang on it theirs."""
    run.tasks[after.step_id] = after
    if before.deadline != after.deadline:
        record(run, DeadlineEffect(rule_id, after.step_id, before.deadline, after.deadline))
        follow(run, rule_id, after.step_id, {after.step_id: after.deadline}, {})


def catch_up(run: Progress) -> None:
    """Move the dates that hang on deadlines which rules have moved: once, however many rules moved one.

    What comes of it is the same as following each rule at once, and told as the doing of the last of them.
    """
    while run.moved:
        step_id = next(iter(run.moved))
        moved = run.moved.pop(step_id)
        for one, new in _followed(run, step_id, moved.values).items():
            task = run.tasks[one]
            run.tasks[one] = msgspec.structs.replace(task, deadline=new.deadline, deadline_projected=new.projected)
            if new.deadline != task.deadline:
                effect = DeadlineEffect(moved.rule, one, task.deadline, new.deadline, followed=True)
                run.effects.append(effect)
                moved.own.append(effect)


def _postpone(run: Progress, rule_id: str, step_id: str, value: datetime) -> None:
    moved = run.moved.setdefault(step_id, Moved(values=[], rule=rule_id, own=run.own))
    moved.values.append(value)
    moved.rule, moved.own = rule_id, run.own


def _behind(run: Progress, step_id: str) -> bool:
    """Whether the date of a step may have to follow one that moved."""
    passed: set[str] = set()
    while run.moved and step_id not in passed:
        passed.add(step_id)
        task = run.tasks.get(step_id)
        if task is None or task.deadline_rule is None or task.dated_by_hand or task.completed_at is not None:
            return False
        step_id = task.deadline_rule.step or ""
        if step_id in run.moved:
            return True
    return False


def _followed(run: Progress, step_id: str, values: Sequence[datetime]) -> dict[str, Redated]:
    """Step id → new date, of what hangs on a step whose deadline went through `values`.

    Where a date has followed once it is where its anchor's date puts it, so once all have, only the last value counts.
    Until then each may be the one that moves a date which others leave where it is.
    """
    hanging = {one: _dated(run.tasks[one]) for one in run.book.dependants.get(step_id, ()) if one in run.tasks}
    movable = _movable(step_id, hanging.values())
    found: dict[str, Redated] = {}
    for number, value in enumerate(values, 1):
        if number < len(values) and movable <= found.keys():
            continue
        for one, new in redate({step_id: value}, {}, list(hanging.values()), run.situation.calendar).items():
            found[one] = new
            hanging[one] = msgspec.structs.replace(hanging[one], deadline=new.deadline, projected=new.projected)
    return found


def _movable(step_id: str, hanging: Iterable[Dated]) -> set[str]:
    """Those that can follow a step's deadline, themselves or through others."""
    by_anchor: defaultdict[str | None, list[str]] = defaultdict(list)
    for one in hanging:
        # What counts from a step follows it as a forecast only.
        if one.rule is not None and one.open and not one.by_hand and (one.projected or one.rule.option != "from"):
            by_anchor[one.rule.step].append(one.id)
    found: set[str] = set()
    waiting = [step_id]
    while waiting:
        new = [one for one in by_anchor[waiting.pop()] if one not in found and one != step_id]
        found.update(new)
        waiting.extend(new)
    return found


def follow(
    run: Progress,
    rule_id: str,
    step_id: str,
    changed: Mapping[str, datetime | None],
    completed: Mapping[str, datetime],
) -> None:
    """Move the dates that hang on a step's, whose deadline `changed` or which was `completed`."""
    for one, new in followers(run.book, run.tasks, step_id, changed, completed, run.situation.calendar).items():
        task = run.tasks[one]
        run.tasks[one] = msgspec.structs.replace(task, deadline=new.deadline, deadline_projected=new.projected)
        if new.deadline != task.deadline:
            record(run, DeadlineEffect(rule_id, one, task.deadline, new.deadline, followed=True))


def followers(
    book: RuleBook,
    tasks: Mapping[str, RuleTask],
    step_id: str,
    changed: Mapping[str, datetime | None],
    completed: Mapping[str, datetime],
    calendar: WorkCalendar,
) -> dict[str, Redated]:
    """Step id → new date, of every task whose date hangs on a step's and moves with it."""
    hanging = [_dated(tasks[one]) for one in book.dependants.get(step_id, ()) if one in tasks]
    return redate(changed, completed, hanging, calendar)


def refreshed(run: Progress, task: RuleTask) -> RuleTask:
    """A task whose date is its template's again, as what it hangs on has moved or been completed meanwhile."""
    anchor = run.tasks.get(task.deadline_rule.step or "") if task.deadline_rule is not None else None
    if anchor is None:
        return task
    completed = {anchor.step_id: anchor.completed_at} if anchor.completed_at is not None else {}
    moved_to = redate({anchor.step_id: anchor.deadline}, completed, [_dated(task)], run.situation.calendar)
    new = moved_to.get(task.step_id)
    return msgspec.structs.replace(task, deadline=new.deadline, deadline_projected=new.projected) if new else task


def _dated(task: RuleTask) -> Dated:
    return Dated(
        id=task.step_id,
        step_id=task.step_id,
        rule=task.deadline_rule,
        deadline=task.deadline,
        open=task.completed_at is None and not task.archived,
        by_hand=task.dated_by_hand,
        projected=task.deadline_projected,
    )


def _anchor(run: Progress, action: Action, task: RuleTask) -> datetime | None:
    """What the date counts from (the table of §5.3); None: nothing does, and the date stays."""
    situation, source = run.situation, action.source
    named = action.shift.anchor if action.shift is not None else None
    if source is None and named is not None:
        return situation.started_at if named == "start_run" else situation.now
    if source is None or source.id == task.step_id:
        return task.deadline or situation.now
    if source.kind == "step":
        other = run.tasks.get(source.id)
        return other.deadline if other is not None else None
    field = run.book.fields.get(source.id)
    if field is None or field.kind != "date":
        return None
    found = moment_of(field, situation.answers.get(field.id))
    if found is None:
        return None
    return found.written if isinstance(found.written, datetime) else start_of_day(found.written, situation.calendar)


def _moved(anchor: datetime, shift: Shift, run: Progress) -> datetime:
    sign = 1 if shift.option == "from" else -1
    calendar = run.situation.calendar
    return adjust(add(anchor, Offset(shift.value, shift.unit), calendar, sign), calendar)
