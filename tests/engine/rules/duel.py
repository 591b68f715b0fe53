"""Histories made up by a number, played to the engine and to the reference at once."""

from datetime import timedelta
from random import Random
from typing import Any

from procession.engine.completion import Mark
from procession.engine.model import LAUNCH, Option, Owners, Step, TaskKind, WorkCalendar
from procession.engine.people import People
from procession.engine.rule import Action, Assignees, Condition, Rule, Shift, Source
from procession.engine.rules.rearming import spent
from procession.engine.rules.state import Event, RulePeople, WebhookEffect
from tests.engine.rules.reference import Reference
from tests.engine.rules.world import ALWAYS, OFFICE, START, World, after, field

WORDS = ("a", "b", "ab", "7", "12", "")
OPTIONS = tuple(Option(number, text) for number, text in enumerate(("a", "b", "c"), 1))
GROUPS = {"g1": Owners((1, 2)), "g2": Owners(guests=("k@x.io",)), "g3": Owners()}
GUESTS = {"k@x.io": "e1"}
PEOPLE = RulePeople(
    people=People(members=frozenset(range(1, 7)), groups=frozenset(GROUPS)),
    group_people=GROUPS,
    guest_principals=GUESTS,
    fallback=(6,),
)
STEP_WORDS: Any = (
    *("completed",) * 6,
    *("reopened",) * 6,
    *("approved", "rejected", "acknowledged", "expired", "not_assigned", "not_assigned", "deadline_overdue"),
)
FIELD_WORDS: Any = (
    *("equals", "not_equals", "contains", "not_contains", "is_empty", "is_not_empty"),
    *("equals_any", "greater_than", "less_than", "greater_or_equal", "less_or_equal"),
)
CLAUSES = ("any_time",) * 5 + ("on-time", "early_24", "late_24", "early", "late")
VERBS: Any = (
    *("show", "hide") * 4,
    *("reopen",) * 6,
    *("deadline",) * 4,
    *("assign", "assign_only", "unassign", "unassign", "unassign", "clear_assignees"),
    "emit_webhook",
)
KINDS: tuple[TaskKind, ...] = ("task", "task", "task", "approval", "approval", "expiring")


class Maker:
    """Makes up a template of a size."""

    def __init__(self, seed: int, steps: int, rules: int) -> None:
        self.random = Random(seed)
        self.names = [f"S{number}" for number in range(steps)]
        # Most rules speak of a few steps, so that they meet.
        self.busy = self.random.sample(self.names, min(steps, self.random.randint(2, 8)))
        self.steps = [self.step(number) for number in range(steps)]
        self.fields = [one.id for step in self.steps for one in step.fields]
        self.rules = [self.rule(number) for number in range(rules)]

    def name(self) -> str:
        return self.random.choice(self.busy if self.random.random() < 0.85 else self.names)

    def step(self, number: int) -> Step:
        pick = self.random
        name = self.names[number]
        busy = name in self.busy
        fields = [
            field(f"F_{name}_{n}", pick.choice(("text", "multiselect")), options=OPTIONS)
            for n in range(2 if busy else 0)
        ]
        deadline = None
        if pick.random() < 0.6:
            anchor = LAUNCH if number == 0 or pick.random() < 0.4 else pick.choice(self.names[:number])
            option: Any = "prior_to" if anchor != LAUNCH and pick.random() < 0.4 else "from"
            deadline = after(anchor, pick.randint(0, 30), pick.choice(("hours", "days")), option)
        return Step(
            id=name,
            title=name,
            alias=name,
            position=number + 1,
            kind=pick.choice(KINDS),
            fields=tuple(fields),
            deadline=deadline,
            members=tuple(pick.sample(range(1, 7), pick.choice((0, 1, 2, 2)))),
            everyone_must_complete=pick.random() < 0.5,
            max_assignable=pick.choice((0, 0, 0, 1, 2, 3)),
            guests_allowed=pick.random() < 0.9,
            hidden_by_default=pick.random() < 0.05,
        )

    def rule(self, number: int) -> Rule:
        pick = self.random
        conditions = tuple(self.condition(f"c{number}.{n}") for n in range(pick.choice((0, 1, 1, 1, 1, 2, 2, 3))))
        actions = tuple(self.action(f"a{number}.{n}") for n in range(pick.choice((0, 1, 1, 1, 2, 2, 3))))
        return Rule(
            id=f"R{number}",
            name=f"R{number}",
            conditions=conditions,
            actions=actions,
            active=pick.random() < 0.95,
            reverse_on_reopen=pick.random() < 0.4,
        )

    def condition(self, id_: str) -> Condition:
        pick = self.random
        logic: Any = pick.choice(("and", "or"))
        roll = pick.random()
        if roll < 0.6:
            subject, clause = self.name(), pick.choice(CLAUSES)
            return Condition(
                id=id_, kind="step", subject=subject, operation=pick.choice(STEP_WORDS), statement=clause, logic=logic
            )
        kind: Any = "kickoff" if roll < 0.8 or not self.fields else "field"
        subject = pick.choice(("K_text", "K_many", "K_gone")) if kind == "kickoff" else pick.choice(self.fields)
        return Condition(
            id=id_,
            kind=kind,
            subject=subject,
            operation=pick.choice(FIELD_WORDS),
            statement=pick.choice((*WORDS, "a,b", "7")),
            logic=logic,
        )

    def action(self, id_: str) -> Action:
        pick = self.random
        verb = pick.choice(VERBS)
        if verb == "emit_webhook":
            return Action(id=id_, verb=verb, url="https://x.test")
        target = self.name() if pick.random() < 0.97 else "gone"
        if verb == "deadline":
            sources = (
                None,
                None,
                None,
                Source("step", self.name()),
                Source("step", target),
                Source("kickoff", "K_day"),
            )
            option: Any = pick.choice(("from", "from", "before"))
            unit: Any = pick.choice(("minutes", "hours", "days", "weeks"))
            anchor: Any = pick.choice((None, "now", "start_run"))
            shift = Shift(pick.choice((0, 1, 2, 30)), unit, option, anchor)
            return Action(id=id_, verb=verb, target=target, source=pick.choice(sources), shift=shift)
        assignees = Assignees(
            tuple(pick.sample(range(1, 9), pick.choice((0, 1, 1, 2)))),
            pick.choice(((), (), ("k@x.io",), ("new@x.io",))),
            pick.choice(((), (), ("g1",), ("g2", "g3"), ("gone",))),
        )
        source = pick.choice((None, None, Source("kickoff", "K_who")))
        return Action(id=id_, verb=verb, target=target, assignees=assignees, source=source)


class Duel:
    """One process in two minds. Every act compares them; `AssertionError` when they differ."""

    def __init__(self, seed: int, steps: int, rules: int) -> None:
        maker = Maker(seed, steps, rules)
        self.random = maker.random
        self.names = [*maker.busy, *(one for one in maker.names if one not in maker.busy)]
        office = self.random.random() < 0.5
        kickoff = [
            field("K_text"),
            field("K_many", "multiselect", options=OPTIONS),
            field("K_who", "assignees_form"),
            field("K_day", "date"),
        ]
        calendar = WorkCalendar(days=OFFICE) if office else ALWAYS
        self.world = World(maker.steps, maker.rules, kickoff, people=PEOPLE, calendar=calendar)
        for one in maker.steps:
            if one.deadline is not None:
                projected = one.deadline.option == "from" and one.deadline.step != LAUNCH
                due = START + timedelta(hours=self.random.randint(0, 99))
                self.world.change(one.id, deadline=due, deadline_projected=projected)
            elif self.random.random() < 0.2:
                self.world.change(one.id, deadline=START + timedelta(hours=self.random.randint(0, 99)))
        self.reference = Reference(
            self.world.document,
            {},
            START,
            members=set(PEOPLE.people.members),
            groups=GROUPS,
            guests=GUESTS,
            fallback=[6],
            office=office,
        )
        self.reference.tasks = self.seen()
        self.launch()

    def seen(self) -> dict[str, dict[str, Any]]:
        """The tasks of the engine in the words of the reference."""
        return {name: self.seen_task(name) for name in self.world.situation.tasks}

    def seen_task(self, name: str) -> dict[str, Any]:
        task = self.world[name]
        return {
            "step": name,
            "kind": task.kind,
            "status": task.status,
            "hidden_from": task.hidden_from,
            "visibility_source": task.visibility_source,
            "approved": task.approved,
            "deadline": task.deadline,
            "rule": task.deadline_rule,
            "projected": task.deadline_projected,
            "by_hand": task.dated_by_hand,
            "completed_at": task.completed_at,
            "completed_by": task.completed_by,
            "reopened_at": task.reopened_at,
            "members": list(task.owners.members),
            "guests": list(task.owners.guests),
            "groups": list(task.owners.groups),
            "co": task.co_assignee,
            "everyone": task.everyone_must_complete,
            "marks": list(task.marks),
            "cap": task.max_assignable,
            "guests_allowed": task.guests_allowed,
        }

    def change(self, name: str, **members: Any) -> None:
        """A person's act, told to both."""
        self.world.change(name, **members)
        self.reference.tasks[name] = self.seen_task(name)

    def answer(self, answers: dict[str, Any]) -> None:
        self.world.answer(answers)
        self.reference.answers.update(answers)

    def happen(self, verb: Any, name: str | None, fields: tuple[str, ...] = ()) -> None:
        outcome = self.world.happen(Event(verb, name, fields))
        reference = self.reference
        reference.now = self.world.now
        reference.happen(verb, name, fields)
        fired = [(one.rule, one.event.verb, one.event.step) for one in outcome.evaluations if one.fired]
        assert fired == reference.fired
        assert [one.rule for one in outcome.evaluations] == reference.looked_at
        assert outcome.stopped == reference.stopped
        assert self.seen() == reference.tasks
        called = [(one.rule, one.trigger) for one in outcome.effects if isinstance(one, WebhookEffect)]
        assert called == reference.called
        assert [one.rule for one in outcome.executions if one.reversed] == reference.taken
        book, situation = self.world.book, self.world.situation
        mine = {
            one.rule.id: not spent(one, situation.memory.rules.get(one.rule.id), situation.tasks) for one in book.rules
        }
        assert mine == {rule.id: reference.armed(rule) for rule in reference.active()}

    def among(self, name: str, statuses: tuple[str, ...]) -> str | None:
        """The first step from `name` on whose task has one of the statuses."""
        start = self.names.index(name)
        order = [*self.names[start:], *self.names[:start]]
        return next((one for one in order if self.world[one].status in statuses), None)

    # -- what people do

    def some_answers(self, fields: list[str]) -> dict[str, Any]:
        pick = self.random
        kinds = self.world.book.fields
        found: dict[str, Any] = {}
        for one in fields:
            if kinds[one].kind == "multiselect":
                found[one] = [
                    {"id": option.id, "text": option.text, "selected": pick.random() < 0.4} for option in OPTIONS
                ]
            elif kinds[one].kind == "assignees_form":
                guests = pick.choice(([], ["k@x.io"]))
                found[one] = {
                    "users": pick.choice(([], [3], [8])),
                    "guests": guests,
                    "groups": pick.choice(([], ["g1"])),
                }
            elif kinds[one].kind == "date":
                found[one] = pick.choice((None, "2026-05-20T00:00:00.000Z", "2026-05-23T00:00:00.000Z"))
            else:
                found[one] = pick.choice((None, *WORDS))
        return found

    def launch(self) -> None:
        self.answer(self.some_answers(["K_text", "K_many", "K_who", "K_day"]))
        self.happen("launched", None)

    def submit(self) -> None:
        answers = self.some_answers(["K_text", "K_many", "K_day"])
        changed = tuple(one for one, value in answers.items() if self.world.situation.answers.get(one) != value)
        self.answer(answers)
        self.happen("submitted", None, changed)

    def complete(self, name: str) -> None:
        found = self.among(name, ("not-started", "active", "in-progress"))
        if found is None:
            return
        task = self.world[found]
        self.answer(self.some_answers([one.id for one in self.world.book.steps[found].fields]))
        approved = None if task.kind == "task" else self.random.random() < 0.6
        self.change(found, status="completed", completed_at=self.world.now, completed_by="u1", approved=approved)
        for step in self.world.book.dependants.get(found, ()):
            hanging = self.world[step]
            rule = hanging.deadline_rule
            direct = rule is not None and rule.step == found and rule.option == "from"
            if direct and hanging.status != "completed" and not hanging.dated_by_hand:
                self.change(step, deadline_projected=False)
        self.happen("completed", found)

    def reopen(self, name: str) -> None:
        found = self.among(name, ("completed",))
        if found is not None:
            reopened = {"completed_at": None, "completed_by": None, "approved": None, "reopened_at": self.world.now}
            self.change(found, status="in-progress", marks=(), **reopened)
            self.happen("reopened", found)

    def mark(self, name: str) -> None:
        task = self.world[name]
        if task.everyone_must_complete and task.status not in ("completed", "auto-skipped"):
            people = [f"u{one}" for one in task.owners.members] + [f"e{1}"]
            left = [one for one in people if one not in [mark.principal for mark in task.marks]]
            # The last one's part would complete the task, which is another act.
            vote = self.random.random() < 0.5 if task.kind == "approval" else None
            marks = [*task.marks, *(Mark(one, self.world.now, vote) for one in left[:-1])]
            self.change(name, marks=tuple(marks))

    def by_hand(self, name: str) -> None:
        task = self.world[name]
        if task.status == "completed":
            return
        hidden = task.status == "auto-skipped"
        status = task.hidden_from if hidden else "auto-skipped"
        self.change(name, status=status, hidden_from=None if hidden else task.status, visibility_source="manual")

    def reassign(self, name: str) -> None:
        if self.world[name].status == "completed":
            return
        members = tuple(self.random.sample(range(1, 7), self.random.choice((0, 0, 1, 2))))
        had = self.world[name].owners != Owners()
        self.change(name, owners=Owners(members), co_assignee=None)
        if had and not members:
            self.happen("unassigned", name)

    def redate(self, name: str) -> None:
        if self.world[name].status != "completed":
            due = self.world.now + timedelta(hours=self.random.randint(-30, 60))
            self.change(name, deadline=due, dated_by_hand=True, deadline_projected=False)

    def sweep(self) -> None:
        for name in sorted({step for one in self.world.book.rules for step in one.overdue}):
            task = self.world[name]
            if task.deadline is not None and task.deadline < self.world.now:
                self.happen("overdue", name)

    def wait(self) -> None:
        self.world.wait(hours=self.random.choice((1, 5, 26)))

    def step(self, act: int, name: str) -> None:
        """One act of a kind, about a step."""
        match act:
            case 0:
                self.submit()
            case 1:
                self.by_hand(name)
            case 2:
                self.reassign(name)
            case 3:
                self.redate(name)
            case 4 | 5:
                for one in self.names[:6]:
                    self.mark(one)
            case 6 | 7 | 8:
                self.reopen(name)
            case 9 | 10 | 11 | 12 | 13 | 14 | 15:
                self.complete(name)
            case _:
                self.wait()
                self.sweep()


ACTS = 17


def history(seed: int, steps: int = 9, rules: int = 30, acts: int = 30) -> None:
    """A whole history made up by `seed`."""
    duel = Duel(seed, steps, rules)
    for _ in range(acts):
        duel.step(duel.random.randrange(ACTS), duel.random.choice(duel.names))
