"""Deadlines that rules set, and those that follow them (spec 31 §5.3, 20 §5.6)."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from procession.engine.deadlines import Dated, Redated, add, redate
from procession.engine.model import Offset, WorkCalendar
from procession.engine.rule import Action, Shift
from procession.engine.rules.book import RuleBook
from procession.engine.rules.progress import Progress, record, remember
from procession.engine.rules.state import DeadlineEffect, Reason, RuleTask, Undo
from procession.engine.rules.values import moment_of
from procession.engine.worktime import adjust, start_of_day


def set_deadline(run: Progress, rule_id: str, action: Action, task: RuleTask) -> Reason | None:
    """Date a task that is not completed, and remember it; the reason why not.

    From then on nothing recomputes its date but a rule or a person (last writer wins).
    """
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
    write_deadline(run, rule_id, task, after)
    return None


def write_deadline(run: Progress, rule_id: str, before: RuleTask, after: RuleTask) -> None:
    """Give a task its new date, and those whose dates hang on it theirs."""
    run.tasks[after.step_id] = after
    if before.deadline != after.deadline:
        record(run, DeadlineEffect(rule_id, after.step_id, before.deadline, after.deadline))
        follow(run, rule_id, after.step_id, {after.step_id: after.deadline}, {})


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
