"""Generated templates and histories: the engine against part 31 written down a second time (`reference.py`)."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.engine.rules.duel import ACTS, Duel, history


class Histories(RuleBasedStateMachine):
    """A template of up to 60 steps and 80 rules, and whatever people do to one process of it."""

    duel: Duel

    @initialize(seed=st.integers(0, 2**32), steps=st.integers(1, 60), rules=st.integers(0, 80))
    def launch(self, seed: int, steps: int, rules: int) -> None:
        self.duel = Duel(seed, steps, rules)

    @rule(act=st.integers(0, ACTS - 1), place=st.integers(0, 59))
    def act(self, act: int, place: int) -> None:
        self.duel.step(act, self.duel.names[place % len(self.duel.names)])


Histories.TestCase.settings = settings(
    max_examples=300, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
)
TestHistories = Histories.TestCase


@pytest.mark.long
@pytest.mark.parametrize("thousand", range(20))
def test_twenty_thousand_histories(thousand: int) -> None:
    for seed in range(thousand * 1000, thousand * 1000 + 1000):
        size = (9, 30) if seed % 10 else (60, 80)
        history(seed, *size)
