"""What an event can reach (spec 31 §6.7): enough for evaluation, and no more."""

from typing import Any

import pytest

from procession.engine.model import DeadlineRule, Field, Step, TemplateDocument
from procession.engine.rule import Action, Condition, Rule, Shift, Source
from procession.engine.rules.book import RuleBook, compile_rules
from procession.engine.rules.reach import NOWHERE, reach
from procession.engine.rules.state import LAUNCHED, Event


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
            Event("completed", "a"), {0}, "ab", {"fz"}, True,
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
