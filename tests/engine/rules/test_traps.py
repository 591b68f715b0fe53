"""The traps for authors of rules: what happens, and that the product says why (spec 31 §10, in the order given there).

Two are about more than the engine: what a rule names is not deleted (`tests/templates/test_rules_kept.py`,
`test_what_a_rule_names_stays`), and processes keep the rules they were launched with (`tests/work/test_rules.py`,
`test_a_rule_follows_its_version`).
"""

import pytest

from procession.engine.model import LAUNCH, Owners
from procession.engine.rules.lint import lint
from tests.engine.rules.world import World, after, ask, field, give, hide, on, rule, show, source, step


def warned(world: World) -> list[str]:
    return [one.code for one in lint(world.document)]


def test_a_step_is_missing_although_it_is_visible_in_the_editor() -> None:
    """§6.1: some rule shows it, so it is hidden at launch; the check says so when nothing can ever show it."""
    world = World([step("A"), step("B")], [rule("R", [ask("K_a", "equals", "x")], [show("B")])], [field("K_a")])
    assert not world.document.steps[1].hidden_by_default
    world.launch({"K_a": "y"})
    assert (world.visible(), world["B"].visibility_source) == ({"A"}, "default")
    lost = World([step("A"), step("B")], [rule("R", [on("B", "completed")], [show("B")])])
    assert warned(lost) == ["unanswerable"]


def test_a_step_appears_too_early() -> None:
    """§4.4 rule 8: an empty field differs from any value; joined by `or` that decides alone."""
    conditions = [on("A", "completed"), ask("K_a", "not_equals", "x", "or")]
    world = World([step("A"), step("B")], [rule("R", conditions, [show("B")])], [field("K_a")])
    world.launch()
    assert "B" in world.visible()
    assert warned(world) == ["empty_trap"]
    mended = [on("A", "completed"), ask("K_a", "not_equals", "x", "or"), ask("K_a", "is_not_empty")]
    world = World([step("A"), step("B")], [rule("R", mended, [show("B")])], [field("K_a")])
    world.launch()
    assert "B" not in world.visible()


@pytest.mark.parametrize("hidden_again", [False, True])
def test_an_old_branch_stays_visible(hidden_again: bool) -> None:
    """§7: one way; an explicit rule hides it."""
    more = [rule("H", [ask("F_a", "not_equals", "b")], [hide("B")])] if hidden_again else []
    rules = [rule("R", [ask("F_a", "equals", "b")], [show("B")]), *more]
    world = World([step("A", "task", field("F_a")), step("B")], rules)
    world.launch()
    world.complete("A", answers={"F_a": "b"})
    world.reopen("A")
    world.complete("A", answers={"F_a": "c"})
    assert ("B" in world.visible()) is not hidden_again


def test_a_rule_never_fires_on_completed() -> None:
    """§4.1: the step is hidden, and nothing shows it."""
    world = World([step("A", hidden_by_default=True), step("B")], [rule("R", [on("A", "completed")], [hide("B")])])
    world.launch()
    assert world.visible() == {"B"}
    assert warned(world) == ["never_shown"]


def test_nothing_happens_when_an_answer_is_saved() -> None:
    """§6.2: rules are looked at when the task is completed."""
    world = World([step("A", "task", field("F_a")), step("B")], [rule("R", [ask("F_a", "equals", "b")], [show("B")])])
    world.launch()
    world.answer({"F_a": "b"})
    assert world.visible() == {"A"}
    world.complete("A")
    assert world.visible() == {"A", "B"}


@pytest.mark.parametrize(("answer", "met"), [("10 pieces", False), ("ten", False), ("", False), ("1 000", True)])
def test_numbers_do_not_compare(answer: str, met: bool) -> None:
    """§4.4 rule 6: what is no number is neither more nor less; the record holds the value that was found."""
    for operation in ("greater_than", "less_than"):
        world = World([step("A")], [rule("R", [ask("K_a", operation, "5")], [hide("A")])], [field("K_a")])
        world.launch({"K_a": answer})
        assert world.looked_at() == {"R": met and operation == "greater_than"}
        (found,) = world.last.evaluations[0].findings
        assert (found.met, found.value) == (met and operation == "greater_than", answer or found.value)


def test_an_assignment_is_ignored() -> None:
    """§5: the task is complete; or the picker is empty and the action names nobody in its place. The record says it."""
    rules = [
        rule("Late", [on("B", "completed")], [give("assign", "A", 5)]),
        rule("Empty", [ask("K_who", "is_empty")], [give("assign_only", "C", source=source("K_who"))]),
    ]
    world = World([step("A"), step("B"), step("C", members=(7,))], rules, [field("K_who", "assignees_form")])
    world.launch()
    assert (world.reasons(), world["C"].owners) == (["nobody"], Owners((7,)))
    world.complete("A")
    world.complete("B")
    assert (world.reasons(), world["A"].owners) == (["completed"], Owners())


@pytest.mark.parametrize(("verb", "owners"), [("assign", Owners((7, 5))), ("assign_only", Owners((5,)))])
def test_the_launcher_is_unexpectedly_assigned(verb: str, owners: Owners) -> None:
    """§9.8: he stands in for nobody before the rules run; `assign` adds to him, `assign_only` replaces him."""
    action = give(verb, "A", 5)  # type: ignore[arg-type]
    world = World([step("A", members=(7,))], [rule("R", [ask("K_a", "is_empty")], [action])], [field("K_a")])
    world.launch()
    assert world["A"].owners == owners


@pytest.mark.parametrize("third", [False, True])
def test_a_waiting_path_dead_ends(third: bool) -> None:
    """§9.4: without the third rule nothing goes on after the waiting."""
    rules = [
        rule("Paid", [ask("F_paid", "equals", "Yes")], [hide("Hold"), show("Record")]),
        rule("Not paid", [ask("F_paid", "equals", "No")], [show("Hold"), hide("Record")]),
        *([rule("Over", [on("Hold", "completed")], [show("Record")])] if third else []),
    ]
    world = World([step("Check", "task", field("F_paid")), step("Hold"), step("Record")], rules)
    world.launch()
    world.complete("Check", answers={"F_paid": "No"})
    world.complete("Hold")
    assert ("Record" in world.visible()) is third


@pytest.mark.parametrize(("anchor", "warnings"), [("Post", ["waiting_clock"]), (LAUNCH, [])])
def test_an_escalation_never_comes(anchor: str, warnings: list[str]) -> None:
    """§9.12: the clock hangs on the step it watches."""
    world = World(
        [step("Post"), step("Clock", "expiring", deadline=after(anchor, 6))],
        [rule("Escalate", [on("Clock", "expired")], [give("assign", "Post", 77)])],
    )
    assert warned(world) == warnings
