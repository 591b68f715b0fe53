"""Places in a list (20 §7.4)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procession.engine.positions import close, insert, move

ABCD = [("A", 1), ("B", 2), ("C", 3), ("D", 4)]
_places = st.lists(st.integers(-3, 12), max_size=8).map(lambda places: list(enumerate(places)))


@pytest.mark.parametrize(
    ("id_", "to", "changed"),
    [
        ("D", 2, {"D": 2, "B": 3, "C": 4}),
        ("A", 3, {"B": 1, "C": 2, "A": 3}),
        ("B", 2, {}),
        ("A", 99, {"B": 1, "C": 2, "D": 3, "A": 4}),
        ("C", 0, {"C": 1, "A": 2, "B": 3}),
    ],
)
def test_move(id_: str, to: int, changed: dict[str, int]) -> None:
    assert move(ABCD, id_, to) == changed


def test_move_of_a_stranger_is_an_error() -> None:
    with pytest.raises(ValueError, match="not in list"):
        move(ABCD, "X", 1)


@pytest.mark.parametrize(
    ("at", "changed"),
    [(None, {"X": 5}), (9, {"X": 5}), (4, {"X": 4, "D": 5}), (-1, {"X": 1, "A": 2, "B": 3, "C": 4, "D": 5})],
)
def test_insert(at: int | None, changed: dict[str, int]) -> None:
    assert insert(ABCD, "X", at) == changed


def test_close() -> None:
    assert close(ABCD, "B") == {"C": 2, "D": 3}
    assert close(ABCD) == {}
    assert close([("A", 5), ("B", 5), ("C", 2)]) == {"C": 1, "A": 2, "B": 3}


@given(_places, st.integers(-2, 12), st.data())
def test_places_are_always_one_to_n(places: list[tuple[int, int]], to: int, data: st.DataObject) -> None:
    before = dict(places)
    grown = before | insert(places, 99, to)
    assert sorted(grown.values()) == list(range(1, len(grown) + 1))
    if places:
        id_ = data.draw(st.sampled_from(sorted(before)))
        changed = move(places, id_, to)
        after = before | changed
        assert sorted(after.values()) == list(range(1, len(after) + 1))
        assert after[id_] == min(max(to, 1), len(after))
        assert all(before[other] != place for other, place in changed.items())
        others = [other for other, _ in sorted(places, key=lambda pair: pair[1]) if other != id_]
        assert [other for other in sorted(after, key=lambda one: after[one]) if other != id_] == others
        left = {other: place for other, place in before.items() if other != id_} | close(places, id_)
        assert sorted(left.values()) == list(range(1, len(left) + 1))
