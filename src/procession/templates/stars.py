"""A member's favourite templates: his own, no right to edit is asked and no revision moves (spec 30 §2.1)."""

from collections.abc import Iterable

from procession.kernel.unit import Unit
from procession.people.model import Actor
from procession.templates import queries

KIND = "template"


def starred(unit: Unit, actor: Actor, ids: Iterable[str]) -> frozenset[str]:
    """Those of the templates that the caller marked."""
    wanted = sorted(set(ids))
    if not wanted:
        return frozenset()
    return frozenset(unit.all(queries.STARRED, ids=wanted, principal=actor.principal))


def set_star(unit: Unit, actor: Actor, template_id: str, on: bool) -> None:
    """Mark a template, or take the mark away; repeating changes nothing."""
    if on:
        unit.write(queries.ADD_STAR, subject_id=template_id, principal=actor.principal, kind=KIND)
    else:
        unit.write(queries.DROP_STAR, template_id=template_id, principal=actor.principal)
