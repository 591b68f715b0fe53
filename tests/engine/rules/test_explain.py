"""Why a task is as it is (spec 31 §8.6)."""

from datetime import timedelta
from typing import Any

from procession.engine.model import Owners
from procession.engine.rules.explain import Happened, changes_of, explain
from procession.engine.rules.state import Execution
from tests.engine.rules.world import START, World, act, ask, due, field, give, hide, on, reopen, rule, show, step


def everything(_: Any) -> bool:
    return True


def told(world: World, step_id: str, at: Any = START) -> list[Happened]:
    return [one for execution in world.last.executions for one in changes_of(execution, step_id, at, "u41")]


def world() -> World:
    rules = [
        rule(
            "R1", [ask("K_a", "equals", "x")], [show("B"), give("assign", "B", 5), due("B", 1, anchor="now"), hide("C")]
        ),
        rule("R2", [on("A", "completed"), on("C", "approved")], [hide("B"), act("emit_webhook", url="https://x")]),
        rule("R3", [on("A", "completed")], [reopen("B"), show("D")]),
        rule("R4", [], [hide("B")]),
        rule("R5", [on("A", "completed")], [hide("B")], active=False),
    ]
    return World([step("A"), step("B"), step("C", "approval"), step("D")], rules, [field("K_a")])


def test_from_the_records() -> None:
    """Latest first, each with the conditions as they were found; what was recorded by others among them."""
    one = world()
    one.launch({"K_a": "x"})
    history = told(one, "B")
    assert [(each.aspect, each.value) for each in history] == [
        ("visible", True),
        ("owners", Owners((5,))),
        ("deadline", START + timedelta(days=1)),
    ]
    history.append(Happened(at=START - timedelta(hours=1), source="launch", aspect="visible", value=False))
    found = explain(one.book, one.situation, "B", history, everything)
    assert set(found) == {"visible", "owners", "deadline"}
    assert found["visible"].value is True
    rule_first, launch = found["visible"].because
    assert launch.happened.source == "launch"
    assert launch.conditions == ()
    happened = rule_first.happened
    assert (happened.source, happened.rule, happened.name) == ("rule", "R1", "R1")
    assert (happened.verb, happened.step, happened.actor) == ("launched", None, "u41")
    (condition,) = rule_first.conditions
    assert (condition.kind, condition.operation, condition.statement, condition.value, condition.met) == (
        "kickoff",
        "equals",
        "x",
        "x",
        True,
    )
    assert found["owners"].value == Owners((5,))
    assert len(found["owners"].because) == len(found["deadline"].because) == 1


def test_what_would_change_it() -> None:
    """Armed rules that aim at this of the task, with what they miss; not those without a side, inactive or spent."""
    one = world()
    one.launch({"K_a": "x"})
    found = explain(one.book, one.situation, "B", [], everything)
    (would,) = found["visible"].would_change
    assert (would.rule, would.name) == ("R2", "R2")
    assert [(missing.subject, missing.value, missing.met) for missing in would.missing] == [
        ("A", "open", False),
        ("C", "hidden", False),
    ]
    assert found["owners"].would_change == found["deadline"].would_change == ()
    two = world()
    two.launch()
    assert [each.rule for each in explain(two.book, two.situation, "B", [], everything)["owners"].would_change] == [
        "R1"
    ]


def test_what_the_reader_may_not_see() -> None:
    one = world()
    one.launch({"K_a": "x"})
    found = explain(one.book, one.situation, "B", told(one, "B"), lambda condition: condition.kind == "step")
    (condition,) = found["visible"].because[0].conditions
    assert (condition.value, condition.met) == (None, True)
    assert found["visible"].would_change[0].missing[0].value == "open"


def test_other_tasks_and_other_acts_are_left_out() -> None:
    one = world()
    one.launch({"K_a": "x"})
    assert [each.aspect for each in told(one, "C")] == ["visible"]
    one.complete("B")
    one.complete("A")
    assert told(one, "B") == []
    assert [(each.aspect, each.value) for each in told(one, "D")] == [("visible", True)]
    assert changes_of(Execution(event=one.last.executions[0].event, failed="x"), "B", START, None) == []


def test_a_rule_that_is_not_known_any_more() -> None:
    one = world()
    one.launch({"K_a": "x"})
    (happened, *_) = told(one, "B")
    other = World([step("B")])
    found = explain(other.book, other.situation, "B", [happened], everything)
    assert found["visible"].because[0].conditions == ()
    assert found["visible"].because[0].happened.name == "R1"
