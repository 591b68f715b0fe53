"""No value makes a rule slow: answers as long as they may be, against as many conditions as a rule may have (§6.7)."""

import time
from typing import Any

import pytest

from procession.engine.model import Column, Option
from tests.engine.rules.world import World, ask, field, hide, rule, step

OPTIONS = tuple(Option(number, f"{'o' * 590}{number}") for number in range(1, 501))
ANSWERS: dict[str, tuple[dict[str, Any], Any]] = {
    "text": ({}, "9" * 200),
    "textarea": ({}, "hay " * 7_500),
    "rich": ({"kind": "textarea", "rich": True}, "<p>" + "<b>x</b>" * 3_700 + "</p>"),
    "multiselect": (
        {"options": OPTIONS},
        [{"id": one.id, "text": one.text, "selected": True} for one in OPTIONS],
    ),
    "table": ({"columns": tuple(Column(n, str(n)) for n in range(1, 51))}, [["cell"] * 500] * 50),
}
IDLE = 0.01
"""Seconds of processor time on an idle machine; for the table, whose 25,000 cells are read first, five times that."""


@pytest.mark.parametrize("kind", ANSWERS)
@pytest.mark.parametrize("operation", ["contains", "not_contains", "equals", "equals_any"])
def test_the_longest_answers(kind: str, operation: Any) -> None:
    more, value = ANSWERS[kind]
    asked = field("K_a", **{"kind": kind, **more})
    conditions = [ask("K_a", operation, f"needle {number}", "or") for number in range(100)]
    world = World([step("A")], [rule("R", conditions, [hide("A")])], [asked])
    before = time.process_time()
    world.launch({"K_a": value})
    took = time.process_time() - before
    assert len(world.last.evaluations[0].findings) == 100
    # Others work on the same cores, and the first call of anything is slower.
    assert took < IDLE * (50 if kind == "table" else 10)
