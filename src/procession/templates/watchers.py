"""Default watchers: who watches every process of a template from its launch on (spec 30 §6.4, 10 §13.3)."""

from collections.abc import Iterable, Mapping
from typing import Any

from procession.engine.model import Owners, Problem
from procession.engine.people import check_buckets, mentioned
from procession.kernel.errors import NotFound
from procession.kernel.unit import Event, Unit
from procession.people.model import Actor, group, guest, member
from procession.people.persons import ensure_guests, facts, first_active, groups_people
from procession.templates import queries
from procession.templates.access import template_to_edit
from procession.templates.model import Problems, Watcher

BUCKETS = ("users", "guests", "groups")


def watchers_of(unit: Unit, template_ids: Iterable[str]) -> dict[str, list[Watcher]]:
    """The default watchers of each template in order of adding, by one query. Every id has an entry."""
    found: dict[str, list[Watcher]] = {one: [] for one in template_ids}
    for one in unit.all(queries.WATCHERS, templates=list(found)) if found else ():
        found[one.template_id].append(one)
    return found


def add_watchers(
    unit: Unit, actor: Actor, template_id: str, sent: Mapping[str, Any], problems: Problems, secrets: Any
) -> list[Watcher]:
    """Add members, guests and groups; whoever watches already stays as he is. 422 when nobody is named."""
    template = template_to_edit(unit, actor, template_id)
    people, _ = facts(unit, mentioned(sent))
    named, wrong = check_buckets(sent, people)
    problems.extend(wrong)
    if not problems and named == Owners():
        problems.append(Problem(("users",), "The users field is required."))
    problems.raise_if_any()
    before = watchers_of(unit, [template.id])[template.id]
    had = {one.principal for one in before}
    ids = ensure_guests(unit, secrets, named.guests)
    wanted: dict[str, str | None] = {member(one): None for one in named.members}
    wanted |= {guest(ids[address]): address for address in named.guests}
    wanted |= {group(one): None for one in named.groups}
    fresh = {who: address for who, address in wanted.items() if who not in had}
    unit.write_many(
        queries.INSERT_WATCHER,
        [
            {
                "template_id": template.id,
                "principal": who,
                "address": address,
                "added_by": actor.account_id,
                "created_at": unit.now,
            }
            for who, address in fresh.items()
        ],
    )
    if fresh:
        unit.record([_event(template.id, old=sorted(had), new=sorted(had | fresh.keys()))])
    return watchers_of(unit, [template.id])[template.id]


def remove_watcher(unit: Unit, actor: Actor, template_id: str, watcher_id: int) -> None:
    """Take one off the list; 404 when the template has none of that number. Running processes are unaffected."""
    template = template_to_edit(unit, actor, template_id)
    before = watchers_of(unit, [template.id])[template.id]
    gone = next((one for one in before if one.id == watcher_id), None)
    if gone is None:
        raise NotFound
    unit.write(queries.DROP_WATCHER, watcher=gone.id)
    had = {one.principal for one in before}
    unit.record([_event(template.id, old=sorted(had), new=sorted(had - {gone.principal}))])


def stop_watching(unit: Unit, principal: str) -> None:
    """Whoever goes is on no template's list any more (spec 41 §9.5)."""
    unit.write(queries.DROP_WATCHER_EVERYWHERE, principal=principal)


def default_watchers(unit: Unit, template_id: str) -> list[str]:
    """The principals who watch a process launched now: groups as the members they have, each once; active ones.

    One query, two more when there are any.
    """
    listed = [one.principal for one in watchers_of(unit, [template_id])[template_id]]
    if not listed:
        return []
    inside = groups_people(unit, [one[1:] for one in listed if one[0] == "g"])
    named = [int(one[1:]) for one in listed if one[0] == "u"]
    active = first_active(unit, [*named, *(one for people in inside.values() for one in people.members)])
    return [*map(member, active), *(one for one in listed if one[0] == "e")]


def _event(template_id: str, old: list[str], new: list[str]) -> Event:
    return Event(
        kind="template.watchers",
        verb="updated",
        subject_kind="template",
        subject_id=template_id,
        field="watchers",
        old=old,
        new=new,
    )
