"""Favourites: personal, without a right to edit and without a revision; what is marked is watched (spec 41 §12)."""

from collections.abc import Iterable

from procession.kernel.unit import Unit
from procession.watching import queries
from procession.watching.model import Kind, Star, Wish, usual_frequency
from procession.watching.watchers import watch


def starred(unit: Unit, principal: str, ids: Iterable[str]) -> frozenset[str]:
    """Those of the subjects that somebody marked."""
    wanted = sorted(set(ids))
    return frozenset(unit.all(queries.STARRED, subjects=wanted, principal=principal)) if wanted else frozenset()


def stars_of(unit: Unit, principal: str, kind: Kind | None = None) -> list[Star]:
    """Everything somebody marked, newest object first."""
    return unit.all(queries.STARS, principal=principal, kind=kind)


def set_star(unit: Unit, principal: str, kind: Kind, subject_id: str, *, on: bool) -> None:
    """Mark something and watch it, or take both back; repeating changes nothing."""
    if on:
        unit.write(queries.ADD_STAR, subject_id=subject_id, principal=principal, kind=kind)
        wish = Wish(kind=kind, object_id=subject_id, frequency=usual_frequency(principal))
        watch(unit, principal, wish, added_by=principal, source="star")
    else:
        unit.write(queries.DROP_STAR, subject=subject_id, principal=principal)
        unit.write(queries.DROP_STARRED, object=subject_id, principal=principal)


def forget_stars(unit: Unit, ids: Iterable[str]) -> None:
    """Nobody's favourites any more."""
    unit.write(queries.DROP_STARS, subjects=sorted(ids))
