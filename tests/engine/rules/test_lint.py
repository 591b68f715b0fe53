"""Warnings about rules (spec 31 §8.5, §10)."""

from typing import Any

import pytest

from procession.engine.model import LAUNCH, Option, TemplateDocument
from procession.engine.rules.lint import lint
from tests.engine.rules.world import act, after, ask, due, field, hide, on, reopen, rule, show, step

COLORS = (Option(1, "Red"), Option(2, "Dark Blue"))


def warned(rules: Any, steps: Any = (), kickoff: Any = ()) -> list[tuple[str, tuple[str, ...], str | None]]:
    names = [one if not isinstance(one, str) else step(one) for one in steps or ("A", "B", "C")]
    document = TemplateDocument(
        title="T", kind="procedure", steps=tuple(names), rules=tuple(rules), kickoff=tuple(kickoff)
    )
    found = lint(document)
    assert all(one.text for one in found)
    return [(one.code, one.rules, one.subject) for one in found]


def test_nothing_to_say() -> None:
    assert warned([rule("R", [on("A", "completed")], [show("B"), due("B", 1)])]) == []
    assert warned([]) == []


def test_exact_duplicates() -> None:
    """Names, ids and the first logic make no difference; anything else does."""
    conditions = [on("A", "completed", logic="or"), on("B", "completed")]
    same = [on("A", "completed"), on("B", "completed")]
    rules = [
        rule("R1", conditions, [hide("C")]),
        rule("R2", same, [hide("C")]),
        rule("R3", same, [hide("C"), hide("B")]),
        rule("R4", same, [hide("C")], active=False),
    ]
    assert warned(rules) == [("duplicate", ("R1", "R2"), None)]


def test_show_and_hide_under_the_same_conditions() -> None:
    rules = [
        rule("R1", [on("A", "completed")], [show("B"), show("C")]),
        rule("R2", [on("A", "completed")], [hide("B")]),
        rule("R3", [on("A", "completed")], [act("clear_assignees", "B")]),
        rule("R4", [on("A", "completed", "late")], [hide("C")]),
    ]
    assert warned(rules) == [("contradiction", ("R1", "R2"), "B")]


@pytest.mark.parametrize(
    ("operation", "statement", "lost"),
    [
        ("equals", "red", False),
        ("equals", "green", True),
        ("not_equals", "green", True),
        ("equals_any", ("red", "green"), True),
        ("equals_any", "red, dark blue", False),
        ("contains", "blue", False),
        ("contains", "green", True),
        ("not_contains", "green", True),
        ("is_empty", None, False),
        ("greater_than", "5", False),
    ],
)
@pytest.mark.parametrize("kind", ["radio", "dropdown", "multiselect"])
def test_removed_options(kind: str, operation: Any, statement: Any, lost: bool) -> None:
    rules = [rule("R", [ask("K_a", operation, statement)], [hide("A")])]
    found = warned(rules, kickoff=[field("K_a", kind, options=COLORS)])
    assert found == ([("removed_option", ("R",), "K_a")] if lost else [])


@pytest.mark.parametrize("more", [{"options": ()}, {"list": {"allow_custom": True}, "options": COLORS}])
def test_options_that_are_not_known_here(more: dict[str, Any]) -> None:
    rules = [rule("R", [ask("K_a", "equals", "green")], [hide("A")])]
    assert warned(rules, kickoff=[field("K_a", "radio", **more)]) == []
    listed = field("K_a", "radio", options=COLORS, list={"allow_custom": False})
    assert len(warned(rules, kickoff=[listed])) == 1


class TestNeverShown:
    def test_hidden_and_no_rule_shows_it(self) -> None:
        steps = [step("A", hidden_by_default=True), "B"]
        rules = [rule("R", [on("A", "completed")], [hide("B")]), rule("S", [on("gone", "completed")], [hide("B")])]
        assert warned(rules, steps) == [("never_shown", ("R",), "A")]

    def test_shown_only_by_what_waits_for_it(self) -> None:
        """The rule can only fire before its own field is answerable."""
        rules = [rule("R", [ask("F_a", "equals", "x")], [show("A")])]
        assert warned(rules, [step("A", "task", field("F_a"))]) == [("unanswerable", ("R",), "F_a")]

    def test_also_around_a_corner(self) -> None:
        rules = [rule("R1", [on("B", "completed")], [show("A")]), rule("R2", [on("A", "completed")], [show("B")])]
        assert warned(rules) == [("unanswerable", ("R1",), "B"), ("unanswerable", ("R2",), "A")]

    @pytest.mark.parametrize(("logic", "reached"), [("or", True), ("and", False)])
    def test_another_way_in(self, logic: Any, reached: bool) -> None:
        rules = [
            rule("R1", [on("B", "completed"), on("C", "completed", logic=logic)], [show("A")]),
            rule("R2", [on("A", "completed")], [show("B")]),
        ]
        assert (warned(rules) == []) == reached

    def test_a_chain_is_fine(self) -> None:
        rules = [rule("R2", [on("B", "completed")], [show("C")]), rule("R1", [on("A", "completed")], [show("B")])]
        assert warned(rules) == []


@pytest.mark.parametrize(
    ("conditions", "trapped"),
    [
        ([ask("K_a", "not_equals", "x")], False),
        ([ask("K_a", "not_equals", "x", "or")], False),
        ([ask("K_a", "not_equals", "x"), on("A", "completed", logic="or")], True),
        ([on("A", "completed"), ask("K_a", "not_contains", "x", "or")], True),
        ([on("A", "completed"), ask("K_a", "not_equals", "x", "and")], False),
        ([on("A", "completed"), ask("K_must", "not_equals", "x", "or")], False),
        ([on("A", "completed"), ask("K_a", "equals", "x", "or")], False),
    ],
)
def test_not_equals_under_or_on_an_optional_field(conditions: Any, trapped: bool) -> None:
    found = warned([rule("R", conditions, [hide("B")])], kickoff=[field("K_a"), field("K_must", required=True)])
    assert found == ([("empty_trap", ("R",), "K_a")] if trapped else [])


@pytest.mark.parametrize(
    ("deadline", "warns"),
    [
        (after("A", 1), True),
        (after(LAUNCH, 1), False),
        (after("A", 1, "days", "prior_to"), False),
        (None, False),
    ],
)
def test_an_escalation_clock_that_waits(deadline: Any, warns: bool) -> None:
    steps = ["A", step("B", "expiring", deadline=deadline)]
    rules = [rule("R", [on("B", "expired")], [hide("A")]), rule("S", [on("B", "acknowledged")], [hide("A")])]
    assert warned(rules, steps) == ([("waiting_clock", ("R",), "B")] if warns else [])


def test_rings_of_reopening() -> None:
    rules = [
        rule("R1", [on("A", "reopened")], [reopen("B")]),
        rule("R2", [on("B", "reopened")], [reopen("C"), hide("D")]),
        rule("R3", [on("C", "reopened")], [reopen("A"), reopen("D")]),
        rule("R4", [on("D", "reopened")], [reopen("E")]),
        rule("R5", [on("E", "rejected")], [reopen("A")]),
    ]
    assert warned(rules, ("A", "B", "C", "D", "E")) == [("reopen_cycle", ("R1", "R2", "R3"), "A")]


def test_names_in_the_texts() -> None:
    document = TemplateDocument(
        title="T",
        kind="procedure",
        steps=(step("A", "expiring", deadline=after("gone", 1)),),
        rules=(rule("R", [on("A", "expired")], [hide("A")]),),
        kickoff=(field("K_a"),),
    )
    (found,) = lint(document)
    assert found.text == "A does not expire before gone is completed: count its deadline from the launch."
