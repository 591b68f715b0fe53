"""Trying rules out (spec 31 §8.4)."""

from datetime import timedelta
from typing import Any

import pytest

from procession.engine.model import LAUNCH, Owners, Problem, TemplateDocument
from procession.engine.rules.simulate import EVENTS_LIMIT, SimulatedRule, Supposed, Supposition, simulate
from tests.engine.rules.world import (
    EVERYBODY,
    START,
    act,
    after,
    ask,
    due,
    field,
    give,
    hide,
    on,
    reopen,
    rule,
    show,
    step,
)


def run(rules: Any, events: Any = (), answers: Any = None, **more: Any) -> Any:
    steps = [
        step("A", members=(7,), deadline=after(LAUNCH, 1)),
        step("B", "approval", field("F_b"), deadline=after("A", 2), assign_starter=False),
        step("C", "expiring"),
        step("D"),
    ]
    document = TemplateDocument(
        title="T", kind="procedure", steps=tuple(steps), rules=tuple(rules), kickoff=(field("K_a"),)
    )
    ask_for = Supposition(start=START, starter=41, answers=answers or {}, events=events, people=EVERYBODY, **more)
    return simulate(document, ask_for)


def ends(simulated: Any) -> dict[str, Any]:
    return {one.id: one for one in simulated.steps}


def test_the_launch() -> None:
    """Owners of the template, else the starter; dates and hiding as of a real launch; `event` None."""
    first = rule("R1", [ask("K_a", "equals", "x")], [show("D"), give("assign", "A", 5), due("A", 3, anchor="now")])
    found, problems = run([first, rule("R2", [ask("K_a", "is_empty")], [show("C")])], answers={"K_a": "x"})
    assert problems == ()
    steps = ends(found)
    assert [one.id for one in found.steps] == ["A", "B", "C", "D"]
    assert (steps["A"].assignees, steps["A"].deadline) == (Owners((7, 5)), START + timedelta(days=3))
    assert steps["B"].assignees == Owners()
    assert (steps["C"].visible, steps["C"].status) == (False, "auto-skipped")
    assert (steps["D"].visible, steps["D"].status, steps["D"].assignees) == (True, "not-started", Owners((41,)))
    assert steps["D"].deadline == START + timedelta(days=5)
    one, other = found.log
    assert (one.event, one.rule, one.fired, one.effects) == (
        None,
        "R1",
        True,
        ("show D", "assign A", "deadline A", "deadline B"),
    )
    assert (other.event, other.rule, other.fired, other.effects) == (None, "R2", False, ())
    assert [finding.met for finding in other.findings] == [False]


def test_events() -> None:
    """What somebody does, one after the other, each with the rules it made look."""
    rules = [
        rule("R1", [on("A", "completed", "on-time")], [show("B")]),
        rule(
            "R2", [on("B", "rejected"), ask("F_b", "equals", "no")], [reopen("A"), act("emit_webhook", url="https://x")]
        ),
        rule("R3", [on("A", "reopened")], [hide("D")], reverse_on_reopen=True),
        rule("R4", [on("C", "expired")], [give("unassign", "D", 41)]),
        rule("R5", [on("D", "not_assigned")], [give("assign", "D", 5)]),
        rule("R6", [on("C", "acknowledged")], [hide("D")]),
    ]
    at = START + timedelta(hours=20)
    events = [
        Supposed("A", "completed", at=at),
        Supposed("B", "rejected", {"F_b": "no"}),
        Supposed("C", "expired"),
    ]
    found, problems = run(rules, events)
    assert problems == ()
    log = [(one.event, one.rule, one.fired, one.effects) for one in found.log if one.fired]
    assert log == [
        (0, "R1", True, ("show B",)),
        (1, "R2", True, ("reopen A", "emit_webhook https://x")),
        (1, "R3", True, ("hide D",)),
        (2, "R4", True, ("assign D",)),
    ]
    steps = ends(found)
    assert steps["B"].deadline == at + timedelta(days=2)
    assert (steps["A"].status, steps["B"].status, steps["C"].status) == ("in-progress", "completed", "completed")


@pytest.mark.parametrize(("verb", "fires"), [("acknowledged", True), ("completed", True), ("expired", False)])
def test_outcomes_of_an_expiring_step(verb: str, fires: bool) -> None:
    found, _ = run([rule("R", [on("C", "acknowledged")], [hide("D")])], [Supposed("C", verb)])
    assert found.log[0].fired == fires


@pytest.mark.parametrize(("verb", "fires"), [("approved", True), ("rejected", False), ("completed", False)])
def test_outcomes_of_an_approval(verb: str, fires: bool) -> None:
    found, _ = run([rule("R", [on("B", "approved")], [hide("D")])], [Supposed("B", verb)])
    assert found.log[0].fired == fires


@pytest.mark.parametrize("verb", ["unassigned", "not_assigned"])
def test_somebody_leaves(verb: str) -> None:
    found, _ = run([rule("R", [on("A", "not_assigned")], [give("assign", "A", 5)])], [Supposed("A", verb)])
    assert ends(found)["A"].assignees == Owners((5,))


@pytest.mark.parametrize(("verb", "at"), [("overdue", None), ("deadline_overdue", START + timedelta(days=9))])
def test_a_due_date_passes(verb: str, at: Any) -> None:
    found, _ = run(
        [rule("R", [on("A", "deadline_overdue")], [due("D", 0, anchor="now")])], [Supposed("A", verb, at=at)]
    )
    assert ends(found)["D"].deadline == (at or START + timedelta(days=1, seconds=1))
    early, _ = run([rule("R", [on("A", "deadline_overdue")], [hide("D")])], [Supposed("A", verb, at=START)])
    assert not early.log[0].fired


def test_a_step_without_a_date_is_not_overdue() -> None:
    rules = [
        rule("R", [on("D", "deadline_overdue")], [hide("A")]),
        rule("Z", [on("D", "deadline_overdue")], [hide("B")]),
    ]
    found, _ = run(rules, [Supposed("D", "overdue", at=START)])
    assert [one.fired for one in found.log] == [False, False]


def test_reopened_and_taken_back() -> None:
    rules = [rule("R", [on("A", "completed")], [hide("D")], reverse_on_reopen=True)]
    found, problems = run(rules, [Supposed("A", "completed"), Supposed("A", "reopened")])
    assert problems == ()
    assert ends(found)["D"].visible
    assert found.log[-1] == SimulatedRule(1, "R", True, (), ("show D",))
    assert [one.fired for one in found.log] == [True, False, True]


def test_the_last_missing_person() -> None:
    """A completion by a rule is told in words as well."""
    document = TemplateDocument(title="T", kind="procedure", steps=(step("A"), step("B", members=(5,))))
    assert simulate(document, Supposition(start=START))[0].log == ()


def test_what_cannot_happen_is_a_problem_each() -> None:
    events = [
        Supposed("gone", "completed"),
        Supposed("A", "melted"),
        Supposed("A", "approved"),
        Supposed("A", "reopened"),
        Supposed("D", "completed"),
        Supposed("A", "completed"),
        Supposed("A", "completed"),
    ]
    found, problems = run([rule("R", [on("A", "completed")], [show("D")])], events)
    assert problems == (
        Problem(("events", "0", "step"), "The selected step is invalid."),
        Problem(("events", "1", "event"), "The selected event is invalid."),
        Problem(("events", "2", "event"), "The selected event is invalid."),
        Problem(("events", "3", "step"), "This task is not completed."),
        Problem(("events", "4", "step"), "This task is hidden."),
        Problem(("events", "6", "step"), "This task is already completed."),
    )
    assert ends(found)["D"].visible


def test_limit_of_events() -> None:
    events = [Supposed("A", verb) for _ in range(EVENTS_LIMIT // 2) for verb in ("completed", "reopened")]
    assert run([], events)[1] == ()
    problem = Problem(("events",), f"The events may not have more than {EVENTS_LIMIT} items.")
    assert run([], [*events, Supposed("A", "completed")])[1] == (problem,)
