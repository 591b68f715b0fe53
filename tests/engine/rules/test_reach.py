"""What an event can reach (spec 31 §6.7): enough for evaluation, and no more."""

from collections.abc import Iterable
from typing import Any

import msgspec
import pytest

from procession.engine.model import DeadlineRule, Field, Step, TemplateDocument
from procession.engine.rule import Action, Condition, Rule, Shift, Source
from procession.engine.rules.book import RuleBook, compile_rules
from procession.engine.rules.reach import NOWHERE, Reach, reach
from procession.engine.rules.run import evaluate
from procession.engine.rules.state import LAUNCHED, Event, Memory, Outcome, Situation, Undo
from tests.engine.rules import duel
from tests.engine.rules.duel import Maker
from tests.engine.rules.world import World, field


def condition(subject: str, operation: Any = "completed", kind: Any = "step") -> Condition:
    return Condition(id="c", kind=kind, subject=subject, operation=operation)


def book(*rules: tuple[Condition, Action]) -> RuleBook:
    def step(name: str, place: int, anchor: str | None = None) -> Step:
        deadline = DeadlineRule(1, "days", "from", anchor) if anchor else None
        field = Field(id=f"f{name}", label="F", kind="text", alias=f"f-{name}")
        return Step(id=name, title=name, alias=name, position=place, deadline=deadline, fields=(field,))

    steps = (step("a", 1), step("b", 2), step("c", 3), step("d", 4, "c"), step("e", 5, "d"), step("z", 6))
    made = tuple(Rule(id=f"r{n}", name="R", conditions=(one,), actions=(act,)) for n, (one, act) in enumerate(rules))
    kickoff = (Field(id="k", label="K", kind="text", alias="k"),)
    return compile_rules(TemplateDocument(title="T", kind="procedure", kickoff=kickoff, steps=steps, rules=made))


def act(verb: Any, target: str | None = "c", **more: Any) -> Action:
    return Action(id="x", verb=verb, target=target, **more)


def test_nothing_without_a_candidate() -> None:
    assert reach(book((condition("a"), act("show"))), Event("completed", "b")) is NOWHERE
    assert reach(RuleBook(), LAUNCHED) is NOWHERE


@pytest.mark.parametrize(
    ("rules", "event", "places", "steps", "fields", "assigns"),
    [
        ([(condition("a"), act("show"))], Event("completed", "a"), {0}, "acde", set(), False),
        ([(condition("fa", "equals", "field"), act("hide", "b"))], Event("reopened", "a"), {0}, "ab", {"fa"}, False),
        ([(condition("k", "equals", "kickoff"), act("hide", "b"))], LAUNCHED, {0}, "b", {"k"}, False),
        ([(condition("k", "equals", "kickoff"), act("hide", "b"))], Event("submitted"), {0}, "b", {"k"}, False),
        ([(condition("a"), act("emit_webhook", None, url="u"))], Event("completed", "a"), {0}, "a", set(), False),
        (
            [(condition("a"), act("deadline", "b", source=Source("step", "z"), shift=Shift(1, "days", "from")))],
            Event("completed", "a"), {0}, "abz", set(), False,
        ),
        (
            [(condition("a"), act("assign", "b", source=Source("field", "fz")))],
            Event("completed", "a"), {0}, "abz", {"fz"}, True,
        ),
        # A reopened task makes rules look at it, and so on; rules that meet again are looked at once.
        (
            [(condition("a"), act("reopen", "b")), (condition("b", "reopened"), act("reopen", "a")),
             (condition("z"), act("show"))],
            Event("completed", "a"), {0, 1}, "ab", set(), False,
        ),
        # Whoever is taken off may have been the last owner, or the last who was missing.
        (
            [(condition("a"), act("unassign", "b")), (condition("b", "not_assigned"), act("show", "z")),
             (condition("b"), act("assign", "b"))],
            Event("completed", "a"), {0, 1, 2}, "abz", set(), True,
        ),
    ],
)  # fmt: skip
def test_what_is_reached(
    rules: Any, event: Event, places: set[int], steps: str, fields: set[str], assigns: bool
) -> None:
    found = reach(book(*rules), event)
    assert (set(found.rules), set(found.steps), set(found.fields)) == (places, set(steps), fields)
    assert found.assigns is assigns


def gathered(book: RuleBook, whole: Situation, within: Reach) -> Situation:
    """What is read of a process for an event: as `work.rules.gather` reads it."""
    held = {field for field, step_id in book.owner_of.items() if step_id in within.steps} | book.kickoff
    memory = whole.memory
    return msgspec.structs.replace(
        whole,
        tasks={step_id: task for step_id, task in whole.tasks.items() if step_id in within.steps},
        answers={one: value for one, value in whole.answers.items() if one in within.fields & held},
        memory=Memory(
            {one: state for one, state in memory.rules.items() if one in within.remembered},
            tuple(one for one in memory.undo if one.rule in within.remembered),
        ),
    )


def merged(whole: Situation, part: Situation, within: Reach) -> Situation:
    """The process after the outcome of what was read of it is written."""
    left = list(part.memory.undo)
    kept = []
    for one in whole.memory.undo:
        if one.rule not in within.remembered:
            kept.append(one)
        elif one in left:
            left.remove(one)
            kept.append(one)
    rules = {one: state for one, state in whole.memory.rules.items() if one not in within.remembered}
    memory = Memory({**rules, **part.memory.rules}, (*kept, *left))
    return msgspec.structs.replace(whole, tasks={**whole.tasks, **part.tasks}, memory=memory)


def by_target(memory: Memory) -> dict[tuple[str, str], list[Undo]]:
    """What could be taken back, by what was changed: only there the order counts."""
    found: dict[tuple[str, str], list[Undo]] = {}
    for one in memory.undo:
        found.setdefault((one.step, one.aspect), []).append(one)
    return found


def compared(world: World, event: Event) -> Outcome:
    """`World.happen`, once with everything and once with what is within reach."""
    whole = msgspec.structs.replace(world.situation, now=world.now)
    outcome = evaluate(world.book, whole, event)
    within = reach(world.book, event)
    if event.verb == "launched":
        pass  # a launch reads nothing
    elif not within.rules:
        assert (outcome.situation, outcome.effects, outcome.executions) == (whole, (), ())
    else:
        small = evaluate(world.book, gathered(world.book, whole, within), event)
        after = merged(whole, small.situation, within)
        assert (small.evaluations, small.executions) == (outcome.evaluations, outcome.executions)
        assert (small.effects, small.warnings) == (outcome.effects, outcome.warnings)
        assert (small.changed, small.stopped) == (outcome.changed, outcome.stopped)
        assert after.tasks == outcome.situation.tasks
        assert after.memory.rules == outcome.situation.memory.rules
        assert by_target(after.memory) == by_target(outcome.situation.memory)
    world.last, world.situation = outcome, outcome.situation
    return outcome


class Sparse(Maker):
    """Rules that mostly do not meet but in what they act on: few tasks, by completions of many others."""

    def step(self, number: int) -> Step:
        made = super().step(number)
        who = field(f"F_{made.id}_who", "assignees_form")
        return msgspec.structs.replace(made, fields=(*made.fields, who))

    def rule(self, number: int) -> Rule:
        made = super().rule(number)
        return msgspec.structs.replace(made, reverse_on_reopen=self.random.random() < 0.6)

    def condition(self, id_: str) -> Condition:
        self.fields = [one for one in self.fields if not one.endswith("_who")]
        if self.random.random() < 0.2:
            return super().condition(id_)
        operation: Any = self.random.choice(("completed", "completed", "approved", "reopened"))
        return Condition(id=id_, kind="step", subject=self.random.choice(self.names), operation=operation)

    def action(self, id_: str) -> Action:
        made = super().action(id_)
        if made.verb == "reopen" and self.random.random() < 0.7:
            made = Action(id=id_, verb=self.random.choice(("show", "hide")), target=made.target)
        if made.target is not None:
            made = msgspec.structs.replace(made, target=self.random.choice(self.names[-4:]))
        if made.kind == "assignment" and self.random.random() < 0.5:
            source = Source("field", f"F_{self.random.choice(self.names)}_who")
            made = msgspec.structs.replace(made, source=source)
        return made


SIZES = ((9, 12), (12, 16), (20, 14))


def compare(monkeypatch: pytest.MonkeyPatch, seeds: Iterable[int]) -> None:
    monkeypatch.setattr(World, "happen", compared)
    for seed in seeds:
        monkeypatch.setattr(duel, "Maker", Maker if seed % 4 == 0 else Sparse)
        duel.history(seed, *SIZES[seed % 3])


def test_what_is_within_reach_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """§6.7: the outcome of an event is the same whether everything is read or what is within reach."""
    compare(monkeypatch, range(100))


@pytest.mark.long
@pytest.mark.parametrize("thousand", range(1, 11))
def test_what_is_within_reach_is_enough_for_thousands(thousand: int, monkeypatch: pytest.MonkeyPatch) -> None:
    compare(monkeypatch, range(thousand * 1000, thousand * 1000 + 1000))
