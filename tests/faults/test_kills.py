"""Kill -9 while eight write, by chance and at named points, loses nothing that was acknowledged."""

import pytest

from tests.faults.harness import POINTS, House, cycles


def prove(live: House, count: int, seed: int) -> None:
    toll = cycles(live, count, seed)
    print(toll)
    assert toll.wrong == []
    assert toll.acknowledged > count  # the proof is empty when nothing was written
    assert all(toll.kills[point] for point in POINTS[live.server.kind]), toll.kills


def test_a_kill_of_every_kind_loses_nothing(live: House) -> None:
    prove(live, 5, seed=1)


@pytest.mark.long
def test_two_hundred_kills_lose_nothing(live: House) -> None:
    prove(live, 200, seed=2)
