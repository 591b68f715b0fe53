"""Places in a list, from 1 to n without gaps: of tasks in a process, steps in a template, fields in a step.

Source: spec 20 §7.4.
"""

from collections.abc import Hashable, Sequence
from typing import TypeVar

_Id = TypeVar("_Id", bound=Hashable)


def move(positions: Sequence[tuple[_Id, int]], id_: _Id, to: int) -> dict[_Id, int]:
    """The places that change when `id_` goes to place `to` (from 1; beyond the end means last).

    `positions` are pairs of id and present place, in any order; gaps and ties in them are mended on the way. Raises
    ValueError when `id_` is not among them.
    """
    order = _order(positions)
    order.remove(id_)
    return _changes(positions, _put(order, id_, to))


def insert(positions: Sequence[tuple[_Id, int]], id_: _Id, at: int | None = None) -> dict[_Id, int]:
    """The places that change, the new one included, when the new `id_` goes to place `at` (None: to the end)."""
    order = _order(positions)
    return _changes(positions, _put(order, id_, len(order) + 1 if at is None else at))


def close(positions: Sequence[tuple[_Id, int]], removed: _Id | None = None) -> dict[_Id, int]:
    """The places that change when `removed` is gone and the others close up."""
    return _changes(positions, [id_ for id_ in _order(positions) if id_ != removed])


def _order(positions: Sequence[tuple[_Id, int]]) -> list[_Id]:
    return [id_ for id_, _ in sorted(positions, key=lambda pair: pair[1])]


def _put(order: list[_Id], id_: _Id, at: int) -> list[_Id]:
    index = max(at, 1) - 1
    return [*order[:index], id_, *order[index:]]


def _changes(positions: Sequence[tuple[_Id, int]], order: list[_Id]) -> dict[_Id, int]:
    present = dict(positions)
    return {id_: place for place, id_ in enumerate(order, 1) if present.get(id_) != place}
