"""Update task, decided: what one change makes of one open task (spec 20 §7). Pure: facts in, decision out."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any

import msgspec
from msgspec import UNSET

from procession.engine.answers import check_answer, defaults, drawn_before
from procession.engine.completion import BY_CLOCK
from procession.engine.dates import zone
from procession.engine.deadlines import read_deadline, read_start
from procession.engine.model import Field, Notice, Owners, Problem, Refused, WorkCalendar
from procession.engine.owners import OwnerFacts, OwnersDecision, decide_owners, read_owners
from procession.engine.people import NOBODY, People
from procession.engine.phrases import phrase_reader
from procession.engine.variables import Rendered, resolve
from procession.engine.work import FieldAnswer, Task, TaskChange

COMPLETED = "Completed tasks can't be updated."
ARCHIVED = "Archived tasks can't be updated. Restore it first."
LOCKED = "This process has an open issue. Resolve it first."


class TaskFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the decision needs to know besides the task: nothing here is looked up unless the change asks for it."""

    calendar: WorkCalendar
    fields: Sequence[Field] = ()
    by_value_id: Mapping[str, str] = {}
    match_alias: bool = False
    coerce: bool = False
    long_texts: bool = False
    answers: Mapping[str, Any] = {}
    owners: Owners = Owners()
    owner_facts: OwnerFacts = OwnerFacts()
    people: People = NOBODY
    fallback: Sequence[int] = ()
    group_limit: int = 0
    member_needed: bool = True
    process_archived: bool = False
    process_locked: bool = False
    today: date | None = None
    files: Mapping[str, dict[str, Any]] = {}
    """The files that answers may name, by id, as they are to be stored."""
    variables: Mapping[str, Rendered] = {}
    """What the variables in default values stand for."""
    links_file: bool = False
    """Whether a file is to be linked to the task itself."""
    last_position: int | None = None
    """The last place in the task's process; None for a task outside a process, whose place is its own."""


class TaskDecision(msgspec.Struct, frozen=True, kw_only=True):
    """`columns`: the task's members that really change. `owners` is None when nobody came or went."""

    columns: dict[str, Any] = {}
    owners: OwnersDecision | None = None
    answers: tuple[FieldAnswer, ...] = ()
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Notice, ...] = ()


def require_open(task: Task, change: TaskChange, *, process_archived: bool, process_locked: bool) -> None:
    """Refuse what the state of the task excludes whatever the body says (spec 20 §7.3, 10 §3.2)."""
    if task.status == "completed" and not change.only_moves():
        raise Refused("TASK_COMPLETED", COMPLETED)
    if task.archived_at is not None and not process_archived:
        raise Refused("TASK_ARCHIVED", ARCHIVED)
    if process_archived:
        raise Refused("RUN_ARCHIVED", ARCHIVED)
    if process_locked:
        raise Refused("PROCESS_HAS_OPEN_ISSUE", LOCKED)


def update_task(task: Task, facts: TaskFacts, change: TaskChange, now: datetime) -> TaskDecision:
    """What `change` makes of `task`. Raises `Refused` when the task's state excludes it; collects every problem."""
    require_open(task, change, process_archived=facts.process_archived, process_locked=facts.process_locked)
    problems: list[Problem] = []
    columns = {name: value for name, value in change.columns.items() if value != getattr(task, name)}
    _dates(task, facts, change, columns, problems, now)
    _flags(task, columns, problems)
    _position(task, facts, change, columns)
    _status(task, change, columns, problems)
    owners = _owners(task, facts, change, problems)
    answers, warnings = check_answers(facts, change.answers, problems)
    if problems:
        return TaskDecision(problems=tuple(problems), warnings=warnings)
    if (
        (columns or owners or answers or facts.links_file)
        and task.status == "not-started"
        and change.status in (UNSET, "active")
    ):
        columns["status"] = "active"
        answers = (*answers, *_defaults(facts, change))
    return TaskDecision(columns=columns, owners=owners, answers=answers, warnings=warnings)


def _dates(
    task: Task, facts: TaskFacts, change: TaskChange, columns: dict[str, Any], problems: list[Problem], now: datetime
) -> None:
    """Deadlines move to working time; starts do not (spec 20 §5)."""
    phrases = phrase_reader(now, zone(facts.calendar.zone))
    if change.deadline is not UNSET:
        deadline, wrong = read_deadline(change.deadline, facts.calendar, phrases)
        if wrong is None and deadline is None and task.oneoff:
            wrong = "The deadline field is required."
        if wrong is not None:
            problems.append(Problem(("deadline",), wrong))
        elif deadline != task.deadline:
            columns["deadline"] = deadline
            columns["deadline_projected"] = False
            columns["dated_by_hand"] = True
    if change.started_at is not UNSET:
        start, wrong = read_start(change.started_at, facts.calendar, phrases)
        if wrong is not None:
            problems.append(Problem(("started_at",), wrong))
        elif start != task.started_at:
            columns["started_at"] = start


def _flags(task: Task, columns: dict[str, Any], problems: list[Problem]) -> None:
    kind = columns.get("kind", task.kind)
    if columns.get("everyone_must_complete") and kind not in ("task", "approval"):
        text = "Everyone must complete is only possible for tasks and approvals."
        problems.append(Problem(("everyone_must_complete",), text))
    if kind in BY_CLOCK and "kind" in columns:
        fresh = {"clocked": True, "woke_for": None}
        columns.update({name: value for name, value in fresh.items() if value != getattr(task, name)})


def _position(task: Task, facts: TaskFacts, change: TaskChange, columns: dict[str, Any]) -> None:
    """A place among the tasks of the process, at most the last one (spec 20 §7.4)."""
    if change.position is not UNSET:
        last = facts.last_position
        place = change.position if last is None else min(change.position, last)
        if place != task.position:
            columns["position"] = place


def _status(task: Task, change: TaskChange, columns: dict[str, Any], problems: list[Problem]) -> None:
    """A status as sent; an open one shows a hidden task (spec 20 §7.5). Completing is an act of its own."""
    if change.status in (UNSET, "completed", task.status):
        return
    columns["status"] = change.status
    if change.status == "auto-skipped":
        if task.oneoff:
            problems.append(Problem(("status",), "One-off tasks can't be hidden."))
        columns.update(hidden_from=task.status, visibility_source="manual")
    elif task.status == "auto-skipped":
        columns.update(hidden_from=None, visibility_source="manual")


def _owners(task: Task, facts: TaskFacts, change: TaskChange, problems: list[Problem]) -> OwnersDecision | None:
    draft, wrong = read_owners(None if change.owners is UNSET else change.owners)
    problems.extend(wrong)
    if draft is None:
        return None
    decision = decide_owners(
        draft,
        facts.owner_facts,
        facts.owners,
        cap=change.columns.get("max_assignable", task.max_assignable),
        guests_allowed=task.guests_allowed,
        group_limit=facts.group_limit,
        fallback=facts.fallback,
        member_needed=facts.member_needed,
    )
    problems.extend(decision.problems)
    if not decision.changed and decision.co_assignee == facts.owner_facts.co_assignee:
        return None
    return decision


def find_field(facts: TaskFacts, key: str) -> Field | None:
    """The field a key of the answers names: its id, its stored value's id, or its alias when that is asked for."""
    wanted = facts.by_value_id.get(key, key)
    for field in facts.fields:
        if field.id == wanted or (facts.match_alias and field.alias.lower() == key.lower()):
            return field
    return None


def check_answers(
    facts: TaskFacts, sent: Mapping[str, object], problems: list[Problem]
) -> tuple[tuple[FieldAnswer, ...], tuple[Notice, ...]]:
    """The answers that really change, and the keys that match no field (spec 20 §8.1)."""
    answers: dict[str, FieldAnswer] = {}
    warnings = []
    for key, value in sent.items():
        field = find_field(facts, key)
        if field is None:
            warnings.append(Notice("UNKNOWN_ANSWER_KEY", key))
            continue
        old = facts.answers.get(field.id)
        if drawn_before(field, value, old):
            continue
        checked = check_answer(
            field, value, facts.people, files=facts.files, coerce=facts.coerce, long_texts=facts.long_texts
        )
        problems.extend(Problem(("answers", field.id, *one.path), one.text) for one in checked.problems)
        if not checked.problems and checked.value != old:
            answers[field.id] = FieldAnswer(field, checked.value, old)
    return tuple(answers.values()), tuple(warnings)


def _defaults(facts: TaskFacts, change: TaskChange) -> list[FieldAnswer]:
    """Default values are stored with the first write; a key of that write wins (spec 20 §8.15)."""
    written: dict[str, object] = dict(facts.answers)
    for key in change.answers:
        field = find_field(facts, key)
        if field is not None:
            written.setdefault(field.id, None)
    found: dict[str, Any] = {}
    for rich in (False, True):
        fields = [field for field in facts.fields if field.rich is rich]
        shown = partial(_shown, variables=facts.variables, html=rich)
        found |= defaults(fields, written, today=facts.today, resolve=shown)
    return [FieldAnswer(field, found[field.id], None) for field in facts.fields if field.id in found]


def _shown(text: str, variables: Mapping[str, Rendered], html: bool) -> str:
    """A default value with its variables replaced, once and for all (spec 30 §14.3)."""
    return resolve(text, variables, html=html) if variables else text
