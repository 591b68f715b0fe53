"""Watching: who hears of what, how and how often (spec 41 §12.2, 50 §5.1, 10 §13, 20 §22)."""

from collections.abc import Iterable, Mapping
from typing import Any

from procession.api.endpoint import Call, Reply, operation
from procession.api.reading import Shape, choice, integer, raw, url
from procession.engine.model import Problem
from procession.kernel.errors import Forbidden, NotFound
from procession.kernel.ids import read_id
from procession.kernel.paging import read_page
from procession.kernel.unit import Event
from procession.people.acting import acting
from procession.people.members import find_member, members_by_id
from procession.people.model import Actor, member
from procession.people.permissions import require
from procession.people.records import Member as Person
from procession.templates.access import template_to_see
from procession.watching import watchers
from procession.watching.model import Channel, Kind, Search, Watcher, Wish, usual_frequency
from procession.wire.paging import paged
from procession.wire.watcher import ShownWatcher, show_watcher
from procession.work.access import process_relations, process_to_see, task_to_see

O = "/organizations/{org}"  # noqa: E741 - as the specification abbreviates it
KINDS: Mapping[str, Kind] = {
    "organization": "organization",
    "checklist": "template",
    "template": "template",
    "blueprint": "template",
    "run": "process",
    "process": "process",
    "task": "task",
    "user": "member",
    "member": "member",
}
CHANNELS: Mapping[str, Channel] = {"email": "email", "webhook": "webhook", "in_app": "in_app", "none": "none"}
FREQUENCIES = {
    "electric": "electric", "instant": "electric", "immediately": "electric",
    "mindful": "mindful", "hourly": "mindful",
    "chilled": "chilled", "daily": "chilled", "weekly": "chilled",
}  # fmt: skip
CHANNEL = choice(CHANNELS)
FREQUENCY = choice(FREQUENCIES)
ADDRESS = url(aliases=("webhook_url", "url"))
WATCH = Shape(
    "addWatcherInput",
    {
        "object_type": choice(KINDS),
        "object_id": raw({"type": ["string", "integer"]}),
        "notification_type": CHANNEL,
        "frequency": FREQUENCY,
        "webhook": ADDRESS,
    },
    required=("object_type",),
)
CHANGE = Shape(
    "updateWatcherInput",
    {"notification_type": CHANNEL, "frequency": FREQUENCY, "webhook": ADDRESS, "user_id": integer(1)},
)
LOST = "The selected object id is invalid."
NOT_HIS = "This member cannot see it."
NOT_OTHERS = "Only administrators and those who take part may add other watchers."
GUESTS_MAIL = "Guests are told by e-mail."


@operation("POST", f"{O}/users/{{user}}/add-watcher", id="addWatcher", acts=("watcher.add",), body=WATCH,
           answer=ShownWatcher, status=201, statuses=(200,), tag="Watching")  # fmt: skip
def add_watcher(call: Call) -> Reply:
    """Watch something, or let somebody else watch it"""
    problems: list[Problem] = []
    body = WATCH.read(call.body, problems)
    who = _person(call)
    kind: Kind | None = body.get("object_type")
    if kind in ("organization", "member") and not call.actor.is_admin:
        raise Forbidden("Administrators only.")
    object_id = _object_id(call, kind, body.get("object_id"))
    if kind is not None:
        if object_id is None or not _sees(call, call.actor, kind, object_id):
            problems.append(Problem(("object_id",), LOST))
        elif who != call.actor.principal:
            _require_for_others(call, kind, object_id)
            other = acting(call.unit, int(who[1:]), call.actor.settings)
            if other is None or not _sees(call, other, kind, object_id):
                problems.append(Problem(("user_id",), NOT_HIS))
    channel: Channel = body.get("notification_type", "email")
    problems += _channel_problems(channel, body.get("webhook"), who)
    call.raise_problems(problems, ".".join)
    assert kind is not None
    assert object_id is not None
    return _begin(call, who, kind, object_id, channel, body)


def _begin(call: Call, who: str, kind: Kind, object_id: str, channel: Channel, body: Mapping[str, Any]) -> Reply:
    wish = Wish(
        kind=kind,
        object_id=object_id,
        channel=channel,
        frequency=body.get("frequency", usual_frequency(who)),
        url=body["webhook"] if channel == "webhook" else None,
    )
    present = watchers.same(call.unit, who, wish)
    if present is not None:
        return _reply(call, present)
    watchers.watch(call.unit, who, wish, added_by=call.actor.principal)
    made = watchers.same(call.unit, who, wish)
    assert made is not None
    _record(call, made, "watching.begun", new={"principal": who, "channel": channel, "frequency": wish.frequency})
    return _reply(call, made, status=201)


@operation("GET", f"{O}/watchers", id="listWatchers", acts=("watcher.list",),
           query=("notification", "notification_type", "object_type", "object_id", "user_id", "page", "per_page",
                  "limit", "without_pagination", "pagination"),
           answer=list[ShownWatcher], tag="Watching")  # fmt: skip
def list_watchers(call: Call) -> Reply:
    """List own watchers; administrators everybody's"""
    require(call.actor, "watcher.list")
    page = read_page(call.query, 20, 100)
    found, total = watchers.list_watchers(call.unit, _search(call), page.skip, page.size)
    return Reply(body=paged(_shown(call, found), page, total, call.links))


def _search(call: Call) -> Search:
    problems: list[Problem] = []
    asked = {
        name: value
        for name, value in (
            ("notification_type", call.query.text("notification", "notification_type")),
            ("object_type", call.query.text("object_type")),
        )
        if value is not None
    }
    known = Shape("", {"notification_type": CHANNEL, "object_type": choice(KINDS)}).read(asked, problems)
    call.raise_problems(problems, ".".join)
    principal: str | None = call.actor.principal
    if call.actor.is_admin:
        wanted = call.query.text("user_id")
        principal = None if wanted is None else member(_number(wanted) or 0)
    named = call.query.text("object_id")
    return Search(
        principal=principal,
        channel=known.get("notification_type"),
        kind=known.get("object_type"),
        object_id=None if named is None else (read_id(named) or named[:32]),
    )


@operation("PUT", f"{O}/watchers/{{watcher}}", id="updateWatcher", acts=("watcher.change",), body=CHANGE,
           answer=ShownWatcher, tag="Watching")  # fmt: skip
def update_watcher(call: Call) -> Reply:
    """Change how often and where somebody hears; administrators may also take a watcher over (`user_id`)"""
    present = _held(call)
    problems: list[Problem] = []
    body = CHANGE.read(call.body, problems)
    channel: Channel = body.get("notification_type", present.channel)
    address = body.get("webhook", present.url)
    problems += _channel_problems(channel, address, present.principal)
    columns: dict[str, Any] = {"channel": channel, "url": address if channel == "webhook" else None}
    columns["frequency"] = body.get("frequency", present.frequency)
    heir = body.get("user_id")
    if heir is not None:
        problems += _heir_problems(call, present, heir)
        columns["principal"] = member(heir)
    wish = Wish(kind=present.kind, object_id=present.object_id, channel=channel, url=columns["url"])
    twin = watchers.same(call.unit, columns.get("principal", present.principal), wish)
    if not problems and twin is not None and twin.id != present.id:
        problems.append(Problem(("notification_type",), "This is watched in the same way already."))
    call.raise_problems(problems, ".".join)
    changed = {name: value for name, value in columns.items() if value != getattr(present, name)}
    if changed:
        watchers.change_watcher(call.unit, present, changed)
        told = {name: value for name, value in changed.items() if name != "url"}
        _record(call, present, "watching.changed", old={name: getattr(present, name) for name in told}, new=told)
    after = watchers.find_watcher(call.unit, present.id)
    assert after is not None
    return _reply(call, after)


@operation("DELETE", f"{O}/remove-watcher/{{watcher}}", id="removeWatcher", acts=("watcher.change",), status=204,
           tag="Watching")  # fmt: skip
def remove_watcher(call: Call) -> Reply:
    """Stop watching"""
    present = _held(call)
    watchers.unwatch(call.unit, present)
    _record(call, present, "watching.ended", old={"principal": present.principal, "channel": present.channel})
    return Reply(status=204)


def active_people(call: Call, found: Iterable[Watcher]) -> dict[int, Person]:
    """The active members among those who watch, by one query."""
    ids = {int(one.principal[1:]) for one in found if one.principal[0] == "u"}
    people = members_by_id(call.unit, ids) if ids else {}
    return {one.id: one for one in people.values() if one.status == "active"}


def show(call: Call, one: Watcher, people: Mapping[int, Person]) -> ShownWatcher:
    """The object. Whoever may no longer watch it is shown as suspended (spec 50 WAT-03)."""
    person = people.get(int(one.principal[1:])) if one.principal[0] == "u" else None
    active = one.principal[0] == "e" or person is not None
    if one.kind in ("organization", "member"):
        active = person is not None and person.role == "admin"
    reveal = call.actor.is_admin or one.principal == call.actor.principal
    return show_watcher(one, active=active, reveal=reveal)


def _shown(call: Call, found: list[Watcher]) -> list[ShownWatcher]:
    people = active_people(call, found)
    return [show(call, one, people) for one in found]


def _reply(call: Call, one: Watcher, status: int = 200) -> Reply:
    return Reply(body={"data": _shown(call, [one])[0]}, status=status)


def _person(call: Call) -> str:
    """The principal of the path: a member's number; `me`; a guest names himself by number or address. 404, 403."""
    named = call.path["user"]
    own = call.actor.principal
    if named.lower() in ("me", call.actor.email.lower()) or named == own[1:]:
        return own
    if call.actor.role == "guest":
        raise NotFound
    found = find_member(call.unit, _number(named) or 0)
    if found is None or found.status != "active":
        raise NotFound
    return member(found.id)


def _object_id(call: Call, kind: Kind | None, sent: Any) -> str | None:
    """The id as it is kept; an organization need not be named."""
    if kind == "organization":
        named = call.unit.organization_id if sent in (None, "") else read_id(sent)
        return named if named == call.unit.organization_id else None
    if kind == "member":
        number = _number(str(sent))
        return str(number) if number else None
    return read_id(sent)


def _sees(call: Call, actor: Actor, kind: Kind, object_id: str) -> bool:
    """Whether somebody sees what is to be watched."""
    try:
        if kind == "process":
            process_to_see(call.unit, actor, object_id)
        elif kind == "task":
            task_to_see(call.unit, actor, object_id, None)
        elif kind == "template":
            template_to_see(call.unit, actor, object_id)
        elif kind == "member":
            return actor.is_admin and find_member(call.unit, int(object_id)) is not None
        return kind != "organization" or actor.is_admin
    except NotFound:
        return False


def _require_for_others(call: Call, kind: Kind, object_id: str) -> None:
    """Administrators, and who takes part in the process concerned (spec 10 §13.2)."""
    if call.actor.is_admin:
        return
    process_id: str | None = object_id if kind == "process" else None
    if kind == "task":
        process_id = task_to_see(call.unit, call.actor, object_id, None).task.process_id
    if process_id is not None:
        try:
            held = process_to_see(call.unit, call.actor, process_id)
        except NotFound:
            held = None
        if held is not None and "participant" in process_relations(call.actor, held):
            return
    raise Forbidden(NOT_OTHERS)


def _channel_problems(channel: Channel, address: str | None, who: str) -> list[Problem]:
    if who[0] == "e" and channel not in ("email", "none"):
        return [Problem(("notification_type",), GUESTS_MAIL)]
    if channel == "webhook" and not address:
        return [Problem(("webhook",), "The webhook field is required.")]
    return []


def _heir_problems(call: Call, present: Watcher, heir: int) -> list[Problem]:
    """Administrators alone hand a watcher to another, who sees the object."""
    if not call.actor.is_admin:
        raise Forbidden("Administrators only.")
    other = acting(call.unit, heir, call.actor.settings)
    if other is None or not _sees(call, other, present.kind, present.object_id):
        return [Problem(("user_id",), NOT_HIS)]
    return []


def _held(call: Call) -> Watcher:
    """The watcher of the path, the caller's own or any for administrators; else 404: he may not know of it."""
    found = watchers.find_watcher(call.unit, _number(call.path["watcher"]) or 0)
    if found is None or not (call.actor.is_admin or found.principal == call.actor.principal):
        raise NotFound
    return found


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _record(call: Call, one: Watcher, kind: str, *, old: Any = None, new: Any = None) -> None:
    """Watching is nobody's feed; it is kept for the audit trail."""
    event = Event(
        kind=kind,
        verb="updated",
        subject_kind=one.kind,
        subject_id=one.object_id,
        process_id=one.object_id if one.kind == "process" else None,
        old=old,
        new=new,
        shown=False,
    )
    call.unit.record([event])
