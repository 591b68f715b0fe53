"""Generated templates and histories: the engine against part 31 written down a second time (`reference.py`)."""

from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from procession.engine.model import Step
from procession.engine.rule import Action, Shift, Source
from tests.engine.rules import duel
from tests.engine.rules.duel import ACTS, Duel, Maker, history
from tests.engine.rules.world import after


class Chained(Maker):
    """Steps that hang on each other in chains, and rules that move their dates, several in a pass."""

    def step(self, number: int) -> Step:
        made = super().step(number)
        if number and self.random.random() < 0.8:
            option: Any = "prior_to" if self.random.random() < 0.3 else "from"
            anchor = self.names[number - 1 if self.random.random() < 0.7 else self.random.randrange(number)]
            made = msgspec.structs.replace(made, deadline=after(anchor, self.random.randint(0, 9), "hours", option))
        return made

    def action(self, id_: str) -> Action:
        pick = self.random
        if pick.random() < 0.3:
            return super().action(id_)
        source = pick.choice((None, None, None, Source("step", pick.choice(self.names))))
        option: Any = pick.choice(("from", "before"))
        shift = Shift(
            pick.choice((0, 1, 1, 5)), pick.choice(("hours", "days")), option, pick.choice((None, None, "now"))
        )
        return Action(id=id_, verb="deadline", target=pick.choice(self.names[:3]), source=source, shift=shift)


def test_dates_in_chains(monkeypatch: pytest.MonkeyPatch) -> None:
    """§5.3: dates that follow once for many rules are where following each of them would have put them."""
    monkeypatch.setattr(duel, "Maker", Chained)
    for seed in range(60):
        history(seed, 8, 25, 20)


@pytest.mark.long
def test_dates_in_many_chains(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duel, "Maker", Chained)
    for seed in range(1000, 5000):
        history(seed, 8, 25, 20)


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
