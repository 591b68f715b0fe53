"""Who joins a launch besides those it names: addresses from answers, default watchers (spec 30 §10.4, §6.4)."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import UNSET

from procession.engine.model import Owners, Problem
from procession.engine.owners import OwnersDecision, decide_owners, read_owners
from procession.engine.people import Mentions, read_address
from procession.engine.variables import names
from procession.kernel.unit import Unit
from procession.people.model import Actor, guest, member
from procession.people.persons import ensure_guests
from procession.templates.launching import Launchable
from procession.templates.watchers import default_watchers
from procession.watching.model import FOR_GUESTS
from procession.watching.watchers import watch_from_launch
from procession.work.gather import Known, know
from procession.work.model import Reason
from procession.work.persist import Involvement, involve


def know_written(
    unit: Unit, actor: Actor, source: Launchable, values: Mapping[str, Any], named: Mentions, known: Known
) -> tuple[dict[str, str], Known]:
    """The addresses that kick-off answers give for `{{alias}}` among the guests of steps, and what is known with them.

    An answer that is no address gives none. One more look at people, for templates that do this alone.
    """
    texts = {one for step in source.version.document.steps for one in step.guests if "{{" in one}
    if not texts:
        return {}, known
    written: dict[str, str] = {}
    for text in texts:
        for alias in names(text):
            place = source.version.aliases.get(alias)
            value = values.get(place.field.id) if place is not None and place.step_id is None else None
            address = read_address(value)
            if address is not None:
                written[text] = address
    if not written:
        return {}, known
    wanted = msgspec.structs.replace(named, guests=named.guests | frozenset(written.values()))
    return written, know(unit, wanted, actor.settings)


def read_trackers(value: object, known: Known) -> tuple[Owners, list[Problem]]:
    """Who an older client lets follow the process, in the shape of an owners object (spec 10 §6.1)."""
    draft, wrong = read_owners(value)
    decision = OwnersDecision(Owners(), problems=wrong)
    if draft is not None:
        draft = msgspec.structs.replace(draft, groups=UNSET)
        decision = decide_owners(
            draft, known.owner_facts, Owners(), cap=0, guests_allowed=True, group_limit=0, fallback=()
        )
    text = "The trackers must be an object."
    problems = [Problem(("trackers", *one.path[1:]), one.text if one.path[1:] else text) for one in decision.problems]
    return decision.owners, problems


def let_track(unit: Unit, process_id: str, followers: Owners, secrets: Any) -> None:
    """These members see the process and watch it; guests watch it."""
    members = [member(one) for one in followers.members]
    if members:
        watch_from_launch(unit, process_id, members, by=unit.principal)
        involve(unit, process_id, {one: Involvement(Reason.WATCHING) for one in members})
    if followers.guests:
        guests = [guest(one) for one in ensure_guests(unit, secrets, followers.guests).values()]
        watch_from_launch(unit, process_id, guests, by=unit.principal, frequency=FOR_GUESTS)


def watching(unit: Unit, template_id: str, process_id: str, reasons: dict[str, int]) -> dict[str, int]:
    """`reasons` with those who watch every process of the template from its launch on; they watch this one now."""
    listed = default_watchers(unit, template_id)
    watch_from_launch(unit, process_id, listed)
    for principal in listed:
        reasons[principal] = reasons.get(principal, 0) | Reason.WATCHING
    return reasons
