"""A process to play with: what people do to it, with the rules running, in words as short as those of spec 31 §9."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from procession.engine.model import DeadlineRule, Field, Owners, Step, TaskKind, TemplateDocument, WorkCalendar, WorkDay
from procession.engine.people import People
from procession.engine.rule import Action, Assignees, Condition, Logic, Operation, Rule, Shift, Source, Verb
from procession.engine.rules.book import RuleBook, compile_rules
from procession.engine.rules.run import evaluate
from procession.engine.rules.state import LAUNCHED, Event, Memory, Outcome, RulePeople, RuleTask, Situation

START = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)  # a Monday
DAY = WorkDay(True, 540, 1020)
OFF = WorkDay(False)
ALWAYS = WorkCalendar()
OFFICE = (DAY, DAY, DAY, DAY, DAY, OFF, OFF)
EVERYBODY = RulePeople(
    people=People(members=frozenset(range(1, 100)), groups=frozenset({"g1", "g2", "g3"})),
    members_by_address={"ann@x.io": 1, "ben@x.io": 2},
    group_people={"g1": Owners((11, 12)), "g2": Owners((12, 13), ("guest@g.io",)), "g3": Owners()},
    guest_principals={"guest@g.io": "e501", "kim@c.io": "e502"},
    fallback=(90, 91),
)
_count = iter(range(1, 10**9))


def expires(task: RuleTask, now: datetime) -> bool:
    """Whether the clock's pass would complete the task: a date that is a projection or was slept over does not count.

    It is SQL there (`work/clock_queries.py`), and `tests/work/test_clock.py` proves it.
    """
    waits = task.kind in ("expiring", "expiring_email") and task.status != "auto-skipped" and task.completed_at is None
    return waits and task.deadline is not None and task.deadline <= now and not task.deadline_projected


def step(step_id: str, kind: TaskKind = "task", *fields: Field, **more: Any) -> Step:
    return Step(id=step_id, title=step_id, alias=step_id, position=1, kind=kind, fields=fields, **more)


def field(field_id: str, kind: Any = "text", **more: Any) -> Field:
    return Field(id=field_id, label=field_id, kind=kind, alias=field_id, **more)


def on(step_id: str, operation: Operation, clause: str | None = "any_time", logic: Logic = "and") -> Condition:
    return Condition(
        id=f"c{next(_count)}", kind="step", subject=step_id, operation=operation, statement=clause, logic=logic
    )


def ask(
    field_id: str, operation: Operation, statement: Any = None, logic: Logic = "and", column: str | None = None
) -> Condition:
    """A condition on a field; those called `K_…` stand in the kick-off form."""
    return Condition(
        id=f"c{next(_count)}",
        kind="kickoff" if field_id.startswith("K_") else "field",
        subject=field_id,
        operation=operation,
        statement=statement,
        logic=logic,
        column=column,
    )


def act(verb: Verb, step_id: str | None = None, **more: Any) -> Action:
    return Action(id=f"a{next(_count)}", verb=verb, target=step_id, **more)


def show(step_id: str) -> Action:
    return act("show", step_id)


def hide(step_id: str) -> Action:
    return act("hide", step_id)


def reopen(step_id: str) -> Action:
    return act("reopen", step_id)


def give(
    verb: Verb,
    step_id: str,
    *members: int,
    guests: tuple[str, ...] = (),
    groups: tuple[str, ...] = (),
    source: Source | None = None,
) -> Action:
    return act(verb, step_id, assignees=Assignees(members, guests, groups), source=source)


def due(
    step_id: str,
    value: int,
    unit: Any = "days",
    option: Any = "from",
    *,
    anchor: Any = None,
    source: Source | None = None,
) -> Action:
    return act("deadline", step_id, shift=Shift(value, unit, option, anchor), source=source)


def source(of: str) -> Source:
    return Source("kickoff" if of.startswith("K_") else "field" if of.startswith("F_") else "step", of)


def rule(name: str, conditions: Iterable[Condition], actions: Iterable[Action], **more: Any) -> Rule:
    return Rule(id=name, name=name, conditions=tuple(conditions), actions=tuple(actions), **more)


def after(step_id: str, value: int, unit: Any = "days", option: Any = "from") -> DeadlineRule:
    return DeadlineRule(value, unit, option, step_id)


class World:
    """One process. Every act is followed by its event; `last` is what came of the latest."""

    def __init__(
        self,
        steps: Iterable[Step],
        rules: Iterable[Rule] = (),
        kickoff: Iterable[Field] = (),
        *,
        people: RulePeople = EVERYBODY,
        calendar: WorkCalendar = ALWAYS,
    ) -> None:
        self.document = TemplateDocument(
            title="T", kind="procedure", steps=tuple(steps), rules=tuple(rules), kickoff=tuple(kickoff)
        )
        self.book: RuleBook = compile_rules(self.document)
        tasks = {
            one.id: RuleTask(
                id=f"t-{one.id}",
                step_id=one.id,
                kind=one.kind,
                owners=Owners(one.members, one.guests, one.groups),
                everyone_must_complete=one.everyone_must_complete,
                max_assignable=one.max_assignable,
                guests_allowed=one.guests_allowed,
                deadline_rule=one.deadline,
            )
            for one in self.document.steps
        }
        self.now = START
        self.situation = Situation(
            now=START, started_at=START, tasks=tasks, answers={}, calendar=calendar, people=people, memory=Memory()
        )
        self.last = Outcome(situation=self.situation)

    def __getitem__(self, step_id: str) -> RuleTask:
        return self.situation.tasks[step_id]

    def wait(self, **span: float) -> None:
        self.now += timedelta(**span)

    def happen(self, event: Event) -> Outcome:
        self.situation = msgspec.structs.replace(self.situation, now=self.now)
        self.last = evaluate(self.book, self.situation, event)
        self.situation = self.last.situation
        return self.last

    def change(self, step_id: str, **members: Any) -> None:
        """Something about a task changes, and no event follows."""
        task = msgspec.structs.replace(self[step_id], **members)
        self.situation = msgspec.structs.replace(self.situation, tasks={**self.situation.tasks, step_id: task})

    def answer(self, answers: Mapping[str, Any]) -> None:
        """Answers are saved: nothing happens (§6.3)."""
        self.situation = msgspec.structs.replace(self.situation, answers={**self.situation.answers, **answers})

    def launch(self, answers: Mapping[str, Any] | None = None) -> Outcome:
        self.answer(answers or {})
        return self.happen(LAUNCHED)

    def complete(self, step_id: str, approved: bool | None = None, answers: Mapping[str, Any] | None = None) -> Outcome:
        assert self[step_id].status not in ("completed", "auto-skipped"), "nobody can complete this task"
        self.answer(answers or {})
        if self[step_id].kind == "expiring" and approved is None:
            approved = True
        self.change(step_id, status="completed", completed_at=self.now, approved=approved)
        return self.happen(Event("completed", step_id))

    def approve(self, step_id: str) -> Outcome:
        return self.complete(step_id, approved=True)

    def reject(self, step_id: str) -> Outcome:
        return self.complete(step_id, approved=False)

    def reopen(self, step_id: str) -> Outcome:
        assert self[step_id].status == "completed"
        self.change(step_id, status="in-progress", completed_at=None, approved=None, marks=(), reopened_at=self.now)
        return self.happen(Event("reopened", step_id))

    def submit(self, answers: Mapping[str, Any]) -> Outcome:
        """The kick-off form is submitted again."""
        changed = [one for one, value in answers.items() if self.situation.answers.get(one) != value]
        self.answer(answers)
        return self.happen(Event("submitted", fields=tuple(changed)))

    def by_hand(self, step_id: str, visible: bool) -> None:
        task = self[step_id]
        status = (task.hidden_from or "not-started") if visible else "auto-skipped"
        self.change(step_id, status=status, hidden_from=None if visible else task.status, visibility_source="manual")

    def visible(self) -> set[str]:
        return {one for one, task in self.situation.tasks.items() if task.status != "auto-skipped"}

    def fired(self) -> list[str]:
        """The rules that fired in the latest act, in order."""
        return [one.rule for one in self.last.evaluations if one.fired]

    def looked_at(self) -> dict[str, bool]:
        return {one.rule: one.fired for one in self.last.evaluations}

    def armed(self, name: str) -> bool:
        memory = self.situation.memory.rules.get(name)
        return memory is None or not memory.spent

    def reasons(self) -> list[str | None]:
        """What came of the actions of the latest act."""
        return [one.reason for execution in self.last.executions for one in execution.actions]
