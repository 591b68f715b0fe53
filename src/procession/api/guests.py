"""Guests of an organization (spec 40 §14.3)."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import UNSET, structs

from procession.api.endpoint import Call, Reply, operation
from procession.api.reading import Member, Shape, Wrong, boolean, choice, items, read_integer, text, url, words
from procession.api.sorting import read_sort
from procession.engine.dates import known_zone
from procession.engine.model import Problem
from procession.engine.people import read_address
from procession.engine.worktime import WEEKDAYS
from procession.handover import guests as handover
from procession.kernel.errors import NotFound
from procession.kernel.paging import UNPAGED, Page, read_page
from procession.people import guests
from procession.people.members import members_by_id
from procession.people.permissions import allows, cell, require
from procession.people.persons import ensure_guests
from procession.people.records import Guest as Stored
from procession.wire.guest import Guest, MinimalGuest, guest, minimal_guest, show_stats
from procession.wire.paging import paged
from procession.work.leaving import guest_stats, guests_seen

BASE = "/organizations/{org}/guests"
ONE = BASE + "/{guest}"
LARGEST = 9999
USUAL = 999
KEYS = {one: one for one in guests.KEYS}
EMAIL_FIXED = "The email of a guest cannot be changed."


def _read_zone(_name: str, value: Any) -> Any:
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > 64 or known_zone(value.strip()) is None:
        raise Wrong("The timezone must be a valid zone.")
    return value.strip()


def _read_written(name: str, value: Any) -> Any:
    """`YYYY-MM-DD HH:MM:SS`, kept as it is."""
    if value is None or value == "":
        return None
    wrong = Wrong(f"The {words(name)} does not match the format Y-m-d H:i:s.")
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}", value):
        raise wrong
    try:
        datetime.fromisoformat(value)
    except ValueError:
        raise wrong from None
    return value


def _nullable(member: Member) -> Member:
    """The same, and null or an empty text clears."""

    def read(name: str, value: Any) -> Any:
        return None if value is None or value == "" else member.read(name, value)

    return Member(read=read, schema=member.schema, aliases=member.aliases)


_nullable_text = {"type": ["string", "null"]}
ZONE_MEMBER = Member(read=_read_zone, schema=_nullable_text)
WEEKDAYS_MEMBER = items(20, of={"type": "string", "enum": list(WEEKDAYS)})
PROFILE = {
    "first_name": text(200, blank="clear"),
    "last_name": text(200, blank="clear"),
    "status": text(200, blank="clear"),
    "phone_1": text(20, blank="clear", aliases=("phone",)),
    "phone_2": text(20, blank="clear"),
    "timezone": ZONE_MEMBER,
    "image_url": url(),
    "contact_url": url(),
    "company_url": url(),
    "opportunity_url": url(),
    "company_name": text(200, blank="clear", aliases=("company",)),
    "opportunity_name": text(200, blank="clear"),
    "external_sync_source": _nullable(choice({"salesforce": "salesforce"})),
    "external_date_creation": Member(read=_read_written, schema=_nullable_text),
    "cadence_days": WEEKDAYS_MEMBER,
    "associated_members": items(200, of={"type": "integer"}),
}
EMAIL = {"email": text(254), "name": text(401, blank="clear")}
CREATE = Shape("createGuestInput", {**EMAIL, **PROFILE}, required=("email",))
UPDATE = Shape("updateGuestInput", {**EMAIL, **PROFILE})
RESET = Shape("resetGuestLinkInput", {"notify": boolean(null=True)})


# -- reading -----------------------------------------------------------------------------------------------------------


@operation(
    "GET",
    BASE,
    id="listGuests",
    acts=("guest.see",),
    query=("q", "status", "associated_member", "with", "page", "per_page", "limit", "sort", "sort_by",
           "sort_direction", "without_pagination", "pagination"),
    answer=list[Guest],
    tag="Guests",
)  # fmt: skip
def list_guests(call: Call) -> Reply:
    """List guests, newest first"""
    page = read_page(call.query, USUAL, LARGEST)
    found, total = _found(call, page)
    return Reply(body=paged(present(call, found), page, total, call.links))


@operation("GET", "/organizations/{org}/guests-list", id="listGuestsMinimal", acts=("guest.see",), query=("q",),
           answer=list[MinimalGuest], tag="Guests")  # fmt: skip
def list_guests_minimal(call: Call) -> Reply:
    """List guests in short, all at once"""
    found, _ = _found(call, Page(1, UNPAGED, unpaged=True))
    shown = [minimal_guest(one, _code(call, one), call.links.public_url) for one in found]
    return Reply(body={"data": shown, "count": len(shown)})


def _found(call: Call, page: Page) -> tuple[list[Stored], int]:
    """Light members see the guests on tasks they see (spec 40 §14.3)."""
    visible = cell(call.actor, "guest.see") == "visible"
    require(call.actor, "guest.see", {"visible"})
    states = {"active": False, "disabled": True}
    status = (call.query.text("status") or "").strip().lower()
    search = guests.GuestSearch(
        text=call.query.text("q"),
        disabled=states.get(status),
        member=read_integer(call.query.text("associated_member")),
        only=guests_seen(call.unit, call.actor) if visible else None,
        order=read_sort(call, KEYS, guests.NEWEST),
    )
    return guests.list_guests(call.unit, search, page)


@operation("GET", ONE, id="getGuest", acts=("guest.see",), query=("with",), answer=Guest, tag="Guests")
def get_guest(call: Call) -> Reply:
    """Read one guest, by address, code or id"""
    found = guests.find_guest(call.unit, call.path["guest"])
    if found is None or not allows(call.actor, "guest.see", relations_to(call, found)):
        raise NotFound
    return guest_reply(call, found)


def relations_to(call: Call, found: Stored) -> set[str]:
    """What the caller has to do with this guest."""
    if found.id == call.actor.guest_id:
        return {"oneself"}
    asks = cell(call.actor, "guest.see") == "visible"
    return {"visible"} if asks and found.id in guests_seen(call.unit, call.actor) else set()


# -- changing ----------------------------------------------------------------------------------------------------------


@operation("POST", BASE, id="createGuest", acts=("guest.create",), body=CREATE, query=("with", "strict"), answer=Guest,
           status=201, tag="Guests")  # fmt: skip
def create_guest(call: Call) -> Reply:
    """Create a guest; one who is there already gets what is given"""
    require(call.actor, "guest.create")
    problems: list[Problem] = []
    sent = _read(call, CREATE, problems)
    address = read_address(sent["email"]) if "email" in sent else None
    if "email" in sent and address is None:
        problems.append(Problem(("email",), "The email must be a valid email address."))
    if address is not None:
        refusal = guests.address_refusal(call.unit, address, call.actor.settings)
        problems += [Problem(("email",), refusal)] if refusal else []
    changes = _changes(call, sent, problems)
    call.raise_problems(problems, ".".join)
    ensure_guests(call.unit, call.secrets, [address or ""])
    found = guests.find_guest(call.unit, address or "")
    if found is None:
        raise NotFound
    given = {name: value for name, value in changes.items() if value is not None}
    reply = guest_reply(call, guests.update_guest(call.unit, found, given), status=201)
    return structs.replace(reply, body=reply.body | call.id_beside(found.id))


@operation("PUT", ONE, id="updateGuest", acts=("guest.change",), body=UPDATE, query=("with", "strict"), answer=Guest,
           status=201, statuses=(412,), tag="Guests", also=(("PATCH", ONE),))  # fmt: skip
def update_guest(call: Call) -> Reply:
    """Update a guest: only the members sent"""
    found = _for(call, "guest.change")
    problems: list[Problem] = []
    sent = _read(call, UPDATE, problems)
    if "email" in sent and sent["email"].strip().lower() != found.email:
        problems.append(Problem(("email",), EMAIL_FIXED))
    changes = _changes(call, sent, problems)
    call.raise_problems(problems, ".".join)
    return guest_reply(call, guests.update_guest(call.unit, found, changes), status=201)


@operation("DELETE", ONE, id="deleteGuest", acts=("guest.delete",), answer=Guest, statuses=(412,), tag="Guests")
def delete_guest(call: Call) -> Reply:
    """Delete a guest of this organization; answers him as he was"""
    found = _for(call, "guest.delete")
    return guest_reply(call, handover.delete_guest(call.unit, call.actor, found, call.secrets))


@operation("DELETE", ONE + "/disable", id="disableGuest", acts=("guest.disable",), query=("force",), answer=Guest,
           statuses=(412,), tag="Guests")  # fmt: skip
def disable_guest(call: Call) -> Reply:
    """Disable a guest without open tasks: his link stops working; `force` leaves the tasks to their other assignees"""
    found = _for(call, "guest.disable")
    force = bool(call.query.flag("force"))
    return guest_reply(call, handover.disable_guest(call.unit, call.actor, found, force=force))


@operation("PUT", ONE + "/enable", id="enableGuest", acts=("guest.disable",), answer=Guest, statuses=(412,),
           tag="Guests")  # fmt: skip
def enable_guest(call: Call) -> Reply:
    """Enable a guest, with a new link"""
    found = _for(call, "guest.disable")
    return guest_reply(call, guests.enable_guest(call.unit, call.secrets, found, call.actor.account_id))


@operation("POST", ONE + "/reset-link", id="resetGuestLink", acts=("guest.disable",), body=RESET, answer=Guest,
           statuses=(412,), tag="Guests")  # fmt: skip
def reset_link(call: Call) -> Reply:
    """Give a guest a new link; the old one answers 410. `notify`: whether he is told"""
    found = _for(call, "guest.disable")
    problems: list[Problem] = []
    sent = RESET.read(call.body or {}, problems)
    call.raise_problems(problems, ".".join)
    return guest_reply(call, guests.reset_link(call.unit, call.secrets, found, notify=sent.get("notify", True)))


@operation("POST", ONE + "/resend-link", id="resendGuestLink", acts=("guest.read_link",), answer=Guest, statuses=(412,),
           tag="Guests")  # fmt: skip
def resend_link(call: Call) -> Reply:
    """Have a guest sent his link again; it stays the same"""
    found = _for(call, "guest.read_link")
    guests.resend_link(call.unit, found)
    return guest_reply(call, found)


def _for(call: Call, act: str) -> Stored:
    """The guest of the path: 404 before 403, except for those who may do this to nobody."""
    require(call.actor, act)
    found = guests.find_guest(call.unit, call.path["guest"], lock=True)
    if found is None:
        raise NotFound
    call.require_fresh(found.revision, found.updated_at)
    return found


def _read(call: Call, shape: Shape, problems: list[Problem]) -> dict[str, Any]:
    """The members sent; a nested `details` object is read too, what stands beside it wins."""
    body = call.body if isinstance(call.body, Mapping) else {}
    details = body.get("details")
    flat = {**details, **body} if isinstance(details, Mapping) else dict(body)
    flat.pop("details", None)
    return shape.read(flat, problems, call.warnings, strict=bool(call.query.flag("strict")))


def _changes(call: Call, sent: Mapping[str, Any], problems: list[Problem]) -> dict[str, Any]:
    """The profile's members by their stored names, checked."""
    changes = {name: value for name, value in sent.items() if name not in EMAIL}
    if sent.get("name"):
        first, _, last = sent["name"].rpartition(" ")
        changes.setdefault("first_name", (first or last)[:200])
        changes.setdefault("last_name", (last if first else "")[:200] or None)
    if "cadence_days" in changes:
        changes["cadence_days"] = read_days(changes["cadence_days"], problems)
    if "associated_members" in changes:
        changes["associated_members"] = _members(call, changes["associated_members"], problems)
    return changes


def read_days(value: list[Any], problems: list[Problem]) -> list[str]:
    """Names of weekdays, any case in, Monday first out, once each."""
    known = {day.casefold(): day for day in WEEKDAYS}
    named = [str(one).strip().casefold() for one in value]
    problems.extend(
        Problem(("cadence_days", str(index)), "The selected day is invalid.")
        for index, one in enumerate(named)
        if one not in known
    )
    return [day for day in WEEKDAYS if day.casefold() in named]


def _members(call: Call, value: list[Any], problems: list[Problem]) -> list[int]:
    read = [read_integer(one.get("id") if isinstance(one, Mapping) else one) for one in value]
    known = members_by_id(call.unit, (one for one in read if one is not None))
    problems.extend(
        Problem(("associated_members", str(index)), "The selected user is not a member of this organization.")
        for index, one in enumerate(read)
        if one not in known
    )
    return list(dict.fromkeys(one for one in read if one is not None))


# -- showing -----------------------------------------------------------------------------------------------------------


def _code(call: Call, one: Stored) -> str | None:
    """His code, for those who may read links, and for himself."""
    if allows(call.actor, "guest.read_link") or one.id == call.actor.guest_id:
        return guests.code_of(call.secrets, one)
    return None


def present(call: Call, found: Sequence[Stored]) -> list[Guest]:
    """The guests with what was asked for, by one query an include."""
    stats = guest_stats(call.unit, [one.id for one in found]) if call.wants("stats") else None
    return [
        guest(
            one,
            _code(call, one),
            call.links.public_url,
            admin=call.actor.is_admin,
            himself=one.id == call.actor.guest_id,
            stats=UNSET if stats is None else show_stats(stats.get(one.id)),
        )
        for one in found
    ]


def guest_reply(call: Call, found: Stored, status: int = 200) -> Reply:
    """One guest as the answer."""
    shown = present(call, [found])[0]
    return Reply(body={"data": shown}, status=status, revision=found.revision, updated=found.updated_at)
