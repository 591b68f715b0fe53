"""The activity feed: what happened to what the caller may see, filtered, newest first (spec 10 §14)."""

from collections.abc import Iterable, Sequence
from typing import Any

from procession.accounts.applications import client_names
from procession.activity import queries
from procession.activity.descriptions import verbs_saying
from procession.activity.entities import require_entity
from procession.activity.model import Feed, FeedSearch, Happened, Someone, Thing
from procession.activity.queries import FeedShape
from procession.kernel.errors import NotFound
from procession.kernel.folding import containing, holding
from procession.kernel.paging import Page
from procession.kernel.unit import Unit
from procession.people.guests import CONVERTED
from procession.people.model import Actor, application, guest, member
from procession.people.permissions import allows, require
from procession.people.persons import persons
from procession.templates.access import reads_history, template_of_part
from procession.templates.listing import TemplateSearch, list_templates
from procession.work.sight import sees_open_tasks

PREFIX = {"member": "u", "account": "u", "guest": "e"}
"""What the principals of people begin with."""

OF_TEMPLATES = frozenset({"template", "step", "file", "comment"})
"""What may be, or belong to, a template."""

MOST_TEMPLATES = 1_000
"""Of how many templates a member's feed of the whole organization tells."""


def feed_page(unit: Unit, actor: Actor, search: FeedSearch, page: Page) -> Feed:
    """A page of the entries the caller may see, and how many there are on all pages.

    404 when the entity is unknown or not the caller's to see, 403 when he sees it but not its history.
    """
    _require_entity(unit, actor, search)
    require(actor, "activity.see")
    if search.nothing:
        return Feed([])
    shape, parameters = _shape(unit, actor, search)
    total = unit.one(queries.feed_total(shape), **parameters) or 0
    found = unit.all(queries.feed_page(shape), **parameters, count=page.size, skip=page.skip) if total else []
    return beside(unit, found, total)


def latest_of_tasks(unit: Unit, task_ids: Sequence[str], count: int) -> Feed:
    """The latest entries of each of these tasks, which the caller may see; newest first (spec 20 §3.2)."""
    found = unit.all(queries.LATEST, tasks=list(task_ids), count=count) if task_ids else []
    return beside(unit, found, len(found))


def actors_with_address(unit: Unit, address: str) -> tuple[str, ...]:
    """The principals of the member and the guest with this address."""
    email = address.strip().lower()
    found = [member(int(one)) for one in unit.all(queries.MEMBER_BY_EMAIL, email=email)]
    return (*found, *(guest(int(one)) for one in unit.all(queries.GUEST_BY_EMAIL, email=email)))


# -- who may -----------------------------------------------------------------------------------------------------------


def _require_entity(unit: Unit, actor: Actor, search: FeedSearch) -> None:
    """What was deleted for good is found by administrators alone, through its history."""
    try:
        require_entity(unit, actor, search)
    except NotFound:
        if not actor.is_admin or not _is_remembered(unit, actor, search):
            raise


def _is_remembered(unit: Unit, actor: Actor, search: FeedSearch) -> bool:
    of = FeedSearch(process=search.process, template=search.template, subject=search.subject)
    shape, parameters = _shape(unit, actor, of)
    total: int | None = unit.one(queries.feed_total(shape), **parameters)
    return bool(total)


# -- the statement -----------------------------------------------------------------------------------------------------


def _shape(unit: Unit, actor: Actor, search: FeedSearch) -> tuple[FeedShape, dict[str, Any]]:
    names = {
        name
        for name in ("process", "template", "since", "until", "text", "origin")
        if getattr(search, name) is not None
    }
    if search.actor_kind is not None:
        names.add(f"actor_{search.actor_kind}")
    names |= {name for name in ("verbs", "actors", "fields") if getattr(search, name)}
    if search.kinds:
        names.add("comments" if "comment" in search.kinds else "kinds")
    condition, entity = _entity(unit, search)
    names |= condition
    parameters: dict[str, Any] = {
        **entity,
        "actor": list(actor.principals),
        "principal": actor.principal,
        "account": actor.account_id,
        "oneself": str(actor.account_id),
        "since": search.since,
        "until": search.until,
        **{name: list(getattr(search, name)) for name in ("kinds", "verbs", "actors", "fields")},
    }
    if search.text is not None:
        parameters["folded"] = containing(search.text)
        parameters["said"] = verbs_saying(search.text)
        parameters["text"] = holding(search.text.lower())  # stored as written: only ASCII letters match in both cases
    if search.origin is not None:
        kind, origin_id = search.origin
        parameters["origin"] = f'%"origin":{{"type":"{kind}","id":"{origin_id or ""}%'
    if not actor.is_admin:
        guests = allows(actor, "guest.activity", ())
        names.add("seen_standard" if sees_open_tasks(actor) else "seen" if guests else "seen_light")
        parameters["templates"] = _readable(unit, actor, search)
    shape = FeedShape(frozenset(names), frozenset(search.sources), frozenset(search.types), search.oldest_first)
    return shape, parameters


def _readable(unit: Unit, actor: Actor, search: FeedSearch) -> list[str]:
    """The templates whose history the caller may read; nothing is looked up for a feed of something else."""
    if search.template is not None:
        return [search.template]
    if search.subject is not None and search.subject[0] == "step":
        found = template_of_part(unit, search.subject[1])
        return [found] if found else []
    if search.process is not None or actor.role != "standard":
        return []
    about: set[str] = {search.subject[0]} if search.subject else {*search.kinds, *search.types}
    if about and about.isdisjoint(OF_TEMPLATES):
        return []
    listed, _ = list_templates(unit, actor, TemplateSearch(archived="both"), 0, MOST_TEMPLATES)
    return [one.id for one in listed if reads_history(actor, one)]


def _entity(unit: Unit, search: FeedSearch) -> tuple[set[str], dict[str, Any]]:
    """The condition that one thing of a kind without its own needs, and the parameters of whichever is asked for."""
    kind, subject_id = search.subject or (None, None)
    found: dict[str, Any] = {
        "process": search.process,
        "template": search.template,
        "subject_kind": kind,
        "subject_id": subject_id,
    }
    if kind is None:
        return set(), found
    if kind == "task":
        return {"task"}, found
    if kind != "comment":
        return {"subject"}, found
    found["named"] = f'%"id":"{subject_id}"%'
    home = unit.one(queries.HOME_OF_COMMENT, comment=subject_id)
    if home is None:
        return {"gone_comment"}, found
    return {"comment"}, found | {"home": home[1], "resolution": f'%"id":"{home[2] or subject_id}"%'}


# -- what is shown beside ----------------------------------------------------------------------------------------------


def beside(unit: Unit, found: list[Happened], total: int) -> Feed:
    """The entries with their subjects, parents and actors: one query for each kind of them."""
    ids: dict[str, set[str]] = {}
    for entry in found:
        ids.setdefault(entry.subject_kind, set()).add(entry.subject_id)
        if entry.process_id is not None:
            ids.setdefault("process", set()).add(entry.process_id)
    things: dict[tuple[str, str], Thing] = {}
    for file in _things(unit, "file", ids.pop("file", ())):
        things["file", file.id] = file
        if file.home is not None and file.variety is not None:
            ids.setdefault(file.variety, set()).add(file.home)
    if steps := ids.pop("step", None):
        for step_id, template_id in unit.all(queries.STEPS, ids=sorted(steps)):
            things["step", step_id] = Thing(kind="step", id=step_id, name="", home=template_id)
            ids.setdefault("template", set()).add(template_id)
    for kind, wanted in ids.items():
        if kind in queries.THINGS:
            things |= {(kind, one.id): one for one in _things(unit, kind, wanted)}
    missing = sorted({entry.subject_id for entry in found if _is_gone(entry, things)})
    gone = {}
    if missing:
        gone = {(kind, subject): old for kind, subject, old in unit.all(queries.DELETIONS, subjects=missing)}
    about = {PREFIX[kind] + one for kind in PREFIX for one in ids.get(kind, ())}
    people = _people(unit, {entry.actor for entry in found} | about)
    things |= {
        (kind, one): Thing(kind=kind, id=one, name=people[PREFIX[kind] + one].full_name)
        for kind in PREFIX
        for one in ids.get(kind, ())
        if PREFIX[kind] + one in people
    }
    return Feed(found, total, things, people, gone)


def _things(unit: Unit, kind: str, ids: Iterable[str]) -> list[Thing]:
    wanted = sorted(ids)
    found = []
    for thing_id, name, *rest in unit.all(queries.THINGS[kind], ids=wanted) if wanted else ():
        status, number, variety, home = (*rest, None, None, None, None)[:4]
        found.append(Thing(kind=kind, id=thing_id, name=name, status=status, number=number, variety=variety, home=home))
    return found


def _is_gone(entry: Happened, things: dict[tuple[str, str], Thing]) -> bool:
    known = entry.subject_kind in queries.THINGS
    return known and (entry.subject_kind, entry.subject_id) not in things


def _people(unit: Unit, actors: Iterable[str]) -> dict[str, Someone]:
    numbers: dict[str, list[int]] = {"u": [], "e": [], "a": []}
    for one in actors:
        if one[:1] in numbers and one[1:].isdigit():
            numbers[one[0]].append(int(one[1:]))
    found = {
        member(one.id): Someone(one.email, one.first_name, one.last_name, one.picture)
        for one in persons(unit, sorted(numbers["u"])).values()
    }
    if numbers["e"]:
        for guest_id, email, first, last, gone in unit.all(queries.GUESTS, ids=sorted(numbers["e"])):
            now = (gone or {}).get(CONVERTED)
            found[guest(guest_id)] = Someone(email, first or "", last or "", converted_to=now)
    for client_id, name in client_names(unit, sorted(numbers["a"])).items():
        found[application(client_id)] = Someone("", name, "")
    return found


def acts_of(unit: Unit, principal: str, kind: str, subject: str, most: int) -> list[Happened]:
    """What somebody did and what was done to him, as it is kept; the newest first, `most` of it."""
    return unit.all(queries.ACTS_OF, principal=principal, kind=kind, subject=subject, count=most)
