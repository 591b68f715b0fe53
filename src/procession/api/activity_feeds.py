"""The activity feed (spec 10 §14, 41 §16, 30 §19.2)."""

from collections.abc import Mapping
from typing import Any, Literal, get_args

from msgspec import UNSET
from msgspec.structs import replace

from procession.activity.descriptions import describe, snapshot_name
from procession.activity.feed import actors_with_address, feed_page
from procession.activity.model import (
    OWN_ACTS,
    EntryType,
    Feed,
    FeedSearch,
    Happened,
    Someone,
    Source,
    Thing,
    tells_of_comment,
)
from procession.api.endpoint import Call, Reply, operation
from procession.api.filters import Filters
from procession.api.reading import read_integer
from procession.kernel.errors import NotFound
from procession.kernel.ids import read_id
from procession.kernel.paging import read_page
from procession.people.guests import find_guest, principals_of
from procession.people.model import guest, member
from procession.people.permissions import require
from procession.wire import activity as wire
from procession.wire.activity import ActivityActor, ActivityEntry
from procession.wire.paging import paged
from procession.wire.times import instant

PARAMETERS = (
    "entity_type", "entity_id", "type", "verb", "actor_type", "actor_id", "actor_email", "source", "created_after",
    "created_before", "search", "field", "origin_type", "origin_id", "with", "page", "per_page", "limit", "sort",
    "sort_by", "sort_direction", "without_pagination", "pagination",
)  # fmt: skip
OF_GUEST = tuple(one for one in PARAMETERS if not one.startswith("actor_"))
ENTITIES = {
    "checklist": "template", "template": "template", "blueprint": "template", "run": "process", "process": "process",
    "step": "step", "task": "task", "thread": "comment", "comment": "comment", "asset": "file", "file": "file",
    "user": "member", "member": "member", "guest": "guest", "group": "group", "tag": "tag",
    "organization": "organization",
}  # fmt: skip
NUMBERED = frozenset({"member", "guest"})
"""Whose ids are numbers."""

TYPES: dict[str, EntryType] = {wire.TYPES[one].lower(): one for one in get_args(EntryType)}
VERBS = {
    **{
        one.replace("-", "_"): one
        for one in (
            "created", "updated", "owners-updated", "uploaded", "completed", "uncompleted", "deleted", "re-ordered",
            "commented", "issue-reported", "issue-resolved", "archived", "unarchived", "re-opened", "emitted",
            "enabled", "disabled", "comment-deleted", "invited", "invite-accepted", "linked", "unlinked", "executed",
            "execution_fail",
        )
    },
    "assigned": "owners-updated",
    "unassigned": "owners-updated",
    "activated": "unarchived",
    "reopened": "re-opened",
    "started": "created",
}  # fmt: skip
"""What may be asked for, old names too, by the spelling that input is folded to."""

SOURCES: dict[str, Source] = {
    "member": "member",
    "guest": "guest",
    "webhook": "webhook",
    "api": "api",
    "system": "system",
}
ORIGINS = {one: one for one in ("checklist", "run", "step", "task")}
NOTHING = "0" * 32
"""An id that nothing has."""

NO_VALUES = frozenset({"created", "deleted", "completed", "re-opened", "uncompleted"})
"""Verbs whose events keep whole states, which are no values of a field."""

PREFIX = {"user": "u", "guest": "e"}


@operation("GET", "/organizations/{org}/activity-feeds", id="listActivity", acts=("activity.see",), query=PARAMETERS,
           answer=list[ActivityEntry], tag="Activity")  # fmt: skip
def list_activity(call: Call) -> Reply:
    """List what happened to an object, or in the organization, the newest first"""
    return _feed(call, read_feed_search(call))


@operation(
    "GET",
    "/organizations/{org}/guests/{guest}/activity",
    id="listGuestActivity",
    acts=("guest.activity", "activity.see"),
    query=OF_GUEST,
    answer=list[ActivityEntry],
    tag="Activity",
)
def list_guest_activity(call: Call) -> Reply:
    """List what a guest did, as far as the caller sees it, the newest first"""
    require(call.actor, "guest.activity")
    found = find_guest(call.unit, call.path["guest"])
    if found is None:
        raise NotFound
    return _feed(call, replace(read_feed_search(call), actors=principals_of(found), nothing=False))


def _feed(call: Call, search: FeedSearch) -> Reply:
    page = read_page(call.query, 20, 100)
    feed = feed_page(call.unit, call.actor, search, page)
    return Reply(body=paged(present_entries(call, feed), page, feed.total, call.links))


# -- the query ---------------------------------------------------------------------------------------------------------


def read_feed_search(call: Call) -> FeedSearch:
    """The search; 422 naming every filter that cannot be read (FLT-03)."""
    filters, query = Filters(call), call.query
    entity = _word(filters, ENTITIES, "entity_type")
    entity_id = _entity_id(call, filters, entity)
    origin_kind = _word(filters, ORIGINS, "origin_type")
    origin_id = _id(filters, "origin_id", needs="origin_type")
    text = query.text("search")
    if text is not None and not 2 <= len(text.strip()) <= 100:
        filters.wrong("search", "The search must be between 2 and 100 characters.")
    since, until = filters.day("created_after"), filters.day("created_before")
    actors, nobody = _actors(call, filters)
    search = FeedSearch(
        process=entity_id if entity == "process" else None,
        template=entity_id if entity == "template" else None,
        subject=(entity, entity_id) if entity and entity_id and entity not in ("process", "template") else None,
        kinds=(entity,) if entity is not None and entity_id is None else (),
        types=tuple(TYPES[one] for one in _words(filters, {one: one for one in TYPES}, "type")),
        verbs=_words(filters, VERBS, "verb"),
        actors=actors,
        actor_kind=_actor_kind(filters),
        sources=tuple(SOURCES[one] for one in _words(filters, SOURCES, "source")),
        since=filters.start(since) if since else None,
        until=filters.after(until) if until else None,
        text=text.strip() if text else None,
        fields=_fields(query.items_of("field")),
        origin=(origin_kind, origin_id) if origin_kind else None,
        nothing=nobody,
        oldest_first=_oldest_first(call),
    )
    filters.refuse_wrong()
    return search


def _word(filters: Filters, known: Mapping[str, str], name: str) -> str | None:
    found = _words(filters, known, name)
    return found[0] if found else None


def _words(filters: Filters, known: Mapping[str, str], name: str) -> tuple[str, ...]:
    """Enumerated words; one that is unknown is refused (spec 00 FLT-03)."""
    given = filters.query.items_of(name)
    read = [known.get(one.strip().lower().replace("-", "_").replace(" ", "_")) for one in given]
    if None in read:
        filters.wrong(name, f"The selected {name.replace('_', ' ')} is invalid.")
    return tuple(dict.fromkeys(one for one in read if one is not None))


def _id(filters: Filters, name: str, *, needs: str) -> str | None:
    text = filters.query.text(name)
    if text is None:
        return None
    if filters.query.text(needs) is None:
        filters.wrong(needs, f"The {needs.replace('_', ' ')} field is required.")
    found = read_id(text)
    return found if found is not None else NOTHING


def _entity_id(call: Call, filters: Filters, entity: str | None) -> str | None:
    """An id that is none of ours names nothing that exists: 404, like any other unknown one."""
    found, sent = _id(filters, "entity_id", needs="entity_type"), filters.query.text("entity_id")
    if entity is None or found is None or sent is None:
        return None
    if entity in NUMBERED:
        number = read_integer(sent)
        return str(number) if number is not None and 0 < number < 10**15 else "0"
    if entity == "organization":
        return "organization" if found == call.unit.organization_id else NOTHING
    return found


def _actor_kind(filters: Filters) -> Literal["member", "guest", "person"] | None:
    named = _words(filters, {one: one for one in PREFIX}, "actor_type")
    if len(named) != 1:
        return "person" if named else None
    return "member" if named[0] == "user" else "guest"


def _actors(call: Call, filters: Filters) -> tuple[tuple[str, ...], bool]:
    """The principals that are asked for, and whether they are asked for and there are none."""
    query = call.query
    kinds = _words(filters, {one: one for one in PREFIX}, "actor_type") or tuple(PREFIX)
    given = query.text("actor_id")
    number = read_integer(given) if given is not None else None
    if given is not None and number is None:
        filters.wrong("actor_id", "The actor id must be an integer.")
    wanted: set[str] | None = None
    if number is not None:
        wanted = {member(number) if kind == "user" else guest(number) for kind in kinds}
    if (address := query.text("actor_email")) is not None:
        found = {one for one in actors_with_address(call.unit, address) if one[0] in {PREFIX[kind] for kind in kinds}}
        wanted = found if wanted is None else wanted & found
    return tuple(sorted(wanted or ())), wanted is not None and not wanted


def _fields(named: list[str]) -> tuple[str, ...]:
    """By the events' own names as well as by the wire's."""
    ours = {wire_name: own for own, wire_name in wire.FIELDS.items()}
    return tuple(dict.fromkeys(one for name in named for one in (name, ours.get(name, name))))


def _oldest_first(call: Call) -> bool:
    word = (call.query.text("sort", "sort_by") or "-created_at").strip().lower()
    direction = (call.query.text("sort_direction") or "").strip().lower()
    return direction == "asc" or (direction != "desc" and word in ("created_at", "+created_at"))


# -- the answer --------------------------------------------------------------------------------------------------------


def present_entries(call: Call, feed: Feed) -> list[ActivityEntry]:
    """The entries of a feed."""
    return [_entry(call, feed, one) for one in feed.entries]


def _entry(call: Call, feed: Feed, entry: Happened) -> ActivityEntry:
    subject = (entry.subject_kind, entry.subject_id)
    parent = feed.parent(entry)
    person = feed.people.get(entry.actor)
    valued = entry.verb not in NO_VALUES
    return ActivityEntry(
        id=entry.id,
        organization_id=call.unit.organization_id,
        verb=[entry.verb],
        source=[_source(entry)],
        actor_type=[{"u": "user", "e": "guest", "a": "application"}.get(entry.actor[:1] if person else "", "system")],
        actor_id=[int(entry.actor[1:]) if person else None],
        actor=[_actor(person)],
        converted_to=person.converted_to if person else None,
        type=[wire.type_name(feed.type_of(entry), entry.subject_kind)],
        description=[describe(entry, feed)],
        field=[wire.field_name(entry.field)] if entry.field is not None else None,
        old_value=[wire.shown_value(entry.old)] if valued and entry.old is not None else None,
        new_value=[wire.shown_value(entry.new)] if valued and entry.new is not None else None,
        text=[told["content"]] if (told := _comment(entry)) else None,
        references=[{"type": "thread", "id": told["id"]}] if told else None,
        auditable_type=wire.class_name(entry.subject_kind),
        auditable_id=_subject_id(call, entry),
        parentable_type=wire.class_name(parent[0]) if parent else None,
        parentable_id=parent[1] if parent else None,
        created_at=instant(entry.at),
        imported=entry.imported,
        undoable=False,
        origin=_origin(entry),
        audit_state=_rule(entry) if entry.subject_kind == "rule" else _state(feed, subject),
        parent_state=_state(feed, parent) if parent else None,
        audit={"data": _short(feed.things.get(subject))} if call.wants("audit") else UNSET,
        parent={"data": _short(feed.things.get(parent)) if parent else None} if call.wants("parent") else UNSET,
    )


def _comment(entry: Happened) -> Mapping[str, Any] | None:
    """The comment or issue that the entry is about, as it was then."""
    state = (entry.new or entry.old) if tells_of_comment(entry) else None
    return state if isinstance(state, Mapping) and "id" in state and "content" in state else None


def _subject_id(call: Call, entry: Happened) -> str:
    """What the entry is about: a rule is found under the process in which it did something."""
    if entry.subject_kind == "organization":
        return call.unit.organization_id
    ran = entry.subject_kind == "rule" and isinstance(entry.new, Mapping)
    return str(entry.new.get("rule") or entry.subject_id) if ran else entry.subject_id


def _source(entry: Happened) -> str:
    if entry.verb == "emitted" and entry.kind not in OWN_ACTS:
        return "Webhook"
    return {"u": "Member", "e": "Guest", "a": "API"}.get(entry.actor[:1], "System")


def _actor(person: Someone | None) -> ActivityActor:
    if person is None:
        return wire.SYSTEM
    return ActivityActor(
        email=person.email,
        username=person.email,
        first_name=person.first_name,
        last_name=person.last_name,
        full_name=person.full_name,
        profile_pic=person.picture,
        resize_profile_pic=person.picture,
    )


def _origin(entry: Happened) -> dict[str, Any] | None:
    """What launched the process by itself, or what the task is a copy of; null for every other entry."""
    if entry.verb != "created" or not isinstance(entry.new, Mapping):
        return None
    origin = entry.new.get("process", entry.new).get("origin") or {}
    return {"data": {"type": origin["type"], "id": origin["id"]}} if origin.get("type") else None


def _short(thing: Thing | None) -> dict[str, Any] | None:
    if thing is None:
        return None
    named = "title" if thing.kind in ("task", "template", "step", "tag") else "name"
    return {"id": thing.id, named: thing.name, "increment_id": thing.number, "status": thing.status}


def _rule(entry: Happened) -> dict[str, Any] | None:
    """What a rule did in a process; entries about rules of templates have none."""
    return wire.rule_state(entry.new) if entry.process_id is not None and isinstance(entry.new, Mapping) else None


def _state(feed: Feed, subject: tuple[str, str]) -> dict[str, Any] | None:
    """The last snapshot of what was deleted: its id and name."""
    if subject not in feed.gone:
        return None
    return {"id": subject[1], "name": snapshot_name(feed.gone[subject])}
