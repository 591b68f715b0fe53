"""One guest of the organization: found by address, code or id; changed, disabled, deleted (spec 40 §14)."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from procession.accounts.keys import Secrets
from procession.accounts.tokens import digest
from procession.engine.people import NOBODY, guest_refusal
from procession.kernel.errors import StateRefused
from procession.kernel.folding import fold
from procession.kernel.paging import Order, Page
from procession.kernel.unit import Event, Unit
from procession.people import queries
from procession.people.listing import Key, cut, folded, holds, ordered
from procession.people.model import Settings
from procession.people.model import guest as guest_principal
from procession.people.persons import known_members, replace_code
from procession.people.records import Guest

KEYS: Mapping[str, Key[Guest]] = {
    "created_at": lambda one: one.created_at,
    "email": folded(lambda one: one.email),
    "first_name": folded(lambda one: one.first_name),
    "last_name": folded(lambda one: one.last_name),
    "last_accessed_at": lambda one: one.last_accessed_at,
    "company_name": folded(lambda one: one.details.get("company_name")),
}
"""What lists of guests can be sorted by."""

MERGED = "merged"
"""The detail that keeps the ids of guests who turned out to be this one. No client reads it."""
CONVERTED = "converted_to"
"""The detail of a former guest that keeps which member he is now. The activity shows it."""

INHERITED = frozenset(
    {
        "first_name", "last_name", "status", "phone_1", "phone_2", "timezone", "image_url", "contact_url",
        "company_url", "opportunity_url", "company_name", "opportunity_name", "external_sync_source",
        "external_date_creation", "cadence_days", "associated_members", "app_language", "content_language",
    }
)  # fmt: skip
"""What of one guest's profile fills the gaps of another's."""

NEWEST: Order = (("created_at", True),)
DISABLED = "This guest is disabled. Enable the guest first."


def code_of(secrets: Secrets, guest: Guest) -> str:
    """The guest's code in clear."""
    return secrets.open(guest.code_secret).decode()


def find_guest(unit: Unit, named: str, *, lock: bool = False) -> Guest | None:
    """A guest by address, by numeric id, or by code (spec 40 §14.3); with `lock` he stays as he is until the end."""
    text = named.strip()
    if "@" in text:
        found = unit.one(queries.GUEST_BY_EMAIL, email=text.lower())
    elif text.isascii() and text.isdigit() and len(text) < 16:
        found = unit.one(queries.GUEST_BY_ID, guest_id=int(text))
    else:
        found = unit.one(queries.GUEST_BY_CODE, digest=digest(text))
    return unit.one(queries.GUEST_FOR_UPDATE, guest_id=found.id) if lock and found is not None else found


class GuestSearch(msgspec.Struct, frozen=True, kw_only=True):
    """Which guests to list. `disabled`: only those who are (or are not); `member`: whom he is responsible for;
    `only`: the ids of those whom the caller may see.
    """

    text: str | None = None
    disabled: bool | None = None
    member: int | None = None
    only: frozenset[int] | None = None
    order: Order = NEWEST


def list_guests(unit: Unit, search: GuestSearch, page: Page) -> tuple[list[Guest], int]:
    """A page of guests, and how many there are on all pages. Deleted ones never (spec 40 §14.3)."""
    if search == GuestSearch():  # the usual question is answered by the database, whatever their number
        return unit.all(queries.NEWEST_GUESTS, size=page.size, skip=page.skip), unit.one(queries.GUESTS_COUNT) or 0
    found = [one for one in unit.all(queries.GUESTS) if _matches(one, search)]
    return cut(ordered(found, search.order, KEYS, lambda one: -one.id), page), len(found)


def _matches(one: Guest, search: GuestSearch) -> bool:
    if search.only is not None and one.id not in search.only:
        return False
    if search.disabled is not None and search.disabled != (one.disabled_at is not None):
        return False
    if search.member is not None and search.member not in (one.details.get("associated_members") or ()):
        return False
    text = (search.text or "").strip()
    company = one.details.get("company_name")
    return not text or text == str(one.id) or holds(fold(text), one.email, one.full_name, company)


def address_refusal(unit: Unit, address: str, settings: Settings) -> str | None:
    """Why nobody may be made a guest under this valid address; None when he may (spec 40 §14.4)."""
    for _, status, _ in known_members(unit, (), (address,)):
        if status in {"invited", "disabled"}:
            return "This email belongs to a member of your organization, who must be deleted or converted first."
        if status in {"active", "pending"}:
            return "This email belongs to a member of your organization."
    return guest_refusal(address, msgspec.structs.replace(NOBODY, company_domains=settings.company_domains))


def guests_by_address(unit: Unit, addresses: Iterable[str]) -> list[Guest]:
    """The guests behind these addresses, in no order."""
    wanted = list(dict.fromkeys(addresses))
    return unit.all(queries.GUESTS_BY_EMAIL, addresses=wanted) if wanted else []


def update_guest(unit: Unit, guest: Guest, changes: Mapping[str, Any]) -> Guest:
    """Set `first_name`, `last_name` and members of `details`; what is the same already changes nothing."""
    names = {one: changes[one] for one in ("first_name", "last_name") if one in changes}
    columns: dict[str, Any] = {name: value for name, value in names.items() if getattr(guest, name) != value}
    told = {name: value for name, value in changes.items() if name not in names and guest.details.get(name) != value}
    fields = {**columns, **told}
    if told:
        columns["details"] = {**guest.details, **told}
    return _save(
        unit, guest, columns, [_updated(guest, name, _present(guest, name), value) for name, value in fields.items()]
    )


def _present(guest: Guest, name: str) -> Any:
    return getattr(guest, name) if name in ("first_name", "last_name") else guest.details.get(name)


def _updated(guest: Guest, field: str, old: Any, new: Any) -> Event:
    return Event(
        kind="guest.updated",
        verb="updated",
        subject_kind="guest",
        subject_id=str(guest.id),
        field=field,
        old=old,
        new=new,
    )


def disable_guest(unit: Unit, guest: Guest, by: int | None) -> Guest:
    """His link stops working and he cannot be assigned; a disabled guest stays as he is.

    The caller has made sure that no open task is his (spec 40 §14.3).
    """
    if guest.disabled_at is not None:
        return guest
    return _save(unit, guest, {"disabled_at": unit.now, "disabled_by": by}, [_event(guest, "disabled")])


def enable_guest(unit: Unit, secrets: Secrets, guest: Guest, by: int | None) -> Guest:
    """He may take part again, with a new code; an active guest stays as he is."""
    if guest.disabled_at is None:
        return guest
    details = {**guest.details, "reactivated_at": f"{unit.now:%Y-%m-%dT%H:%M:%SZ}", "reactivated_by": by}
    changes = {"disabled_at": None, "disabled_by": None, "details": details}
    changes |= replace_code(unit, secrets, guest)
    return _save(unit, guest, changes, [_event(guest, "enabled")])


def reset_link(unit: Unit, secrets: Secrets, guest: Guest, *, notify: bool) -> Guest:
    """Give him a new code; the old one opens nothing any more (spec 40 §14.5).

    The event tells whether he is to hear of it.
    """
    happened = _event(guest, "link_reset", verb="updated", new={"notify": notify})
    return _save(unit, guest, replace_code(unit, secrets, guest), [happened])


def resend_link(unit: Unit, guest: Guest) -> None:
    """Record that his link is to go out to him again; nothing of his changes.

    Raises `StateRefused` for a disabled guest, whose link opens nothing and who gets no mail (spec 40 §14.3).
    """
    if guest.disabled_at is not None:
        raise StateRefused("BUSINESS_RULE", DISABLED)
    unit.record([_event(guest, "link_resent", verb="updated", shown=False)])


def merge_guest(unit: Unit, gone: Guest, heir: Guest) -> Guest:
    """What one guest is and has beside his work is the other's: what the other says nothing of, places in groups.

    The caller has moved the work; afterwards `gone` is deleted. History keeps naming him, so the heir remembers him.
    """
    given = {**gone.details, "first_name": gone.first_name, "last_name": gone.last_name}
    missing = {
        name: value
        for name, value in given.items()
        if name in INHERITED and value is not None and _present(heir, name) is None
    }
    merged = heir.details.get(MERGED) or []
    changed = update_guest(unit, heir, missing)
    hand_over_places(unit, guest_principal(gone.id), guest_principal(heir.id))
    details = {**changed.details, MERGED: [*merged, gone.id, *(gone.details.get(MERGED) or [])]}
    happened = _event(changed, "merged", verb="updated", field="merged", new={"email": gone.email, "id": gone.id})
    return _save(unit, changed, {"details": details}, [happened])


def hand_over_places(unit: Unit, gone: str, heir: str) -> None:
    """In every group of the one the other stands too, in his place."""
    places = [
        {"group_id": group_id, "principal": heir, "position": position}
        for group_id, position in unit.all(queries.PLACES_IN_GROUPS, principal=gone)
    ]
    unit.write_many(queries.ADD_GROUP_PERSON, places)


def principals_of(guest: Guest) -> tuple[str, ...]:
    """Whom history calls this guest: himself, and those who were merged into him."""
    return tuple(guest_principal(one) for one in (guest.id, *(guest.details.get(MERGED) or ())))


def delete_guest(unit: Unit, guest: Guest, *, converted_to: int | None = None) -> Guest:
    """His link is dead, he leaves every group; the row stays for what refers to him.

    The caller has taken him off open tasks, watches and templates (house plan §2, handover). `converted_to`: the member
    he is now, whom his entries of the history name beside him (spec 40 §14.6).
    """
    unit.all(queries.LEAVE_ALL_GROUPS, principal=guest_principal(guest.id))
    details = {name: value for name, value in guest.details.items() if name != CONVERTED}
    if converted_to is not None:
        details[CONVERTED] = converted_to
    columns = {"deleted_at": unit.now, "details": details}
    return _save(unit, guest, columns, [_event(guest, "deleted", old={"email": guest.email})])


def _event(guest: Guest, what: str, *, verb: str | None = None, **rest: Any) -> Event:
    return Event(kind=f"guest.{what}", verb=verb or what, subject_kind="guest", subject_id=str(guest.id), **rest)


def _save(unit: Unit, guest: Guest, columns: dict[str, Any], happened: list[Event]) -> Guest:
    """Write the columns that changed and answer the guest as he is now."""
    if not columns:
        return guest
    columns["updated_at"] = unit.now
    columns["revision"] = guest.revision + 1
    unit.patch(queries.PATCH_LINK, columns, guest_id=guest.id)
    unit.record(happened)
    shown = {name: value for name, value in columns.items() if name in guest.__struct_fields__}
    return msgspec.structs.replace(guest, **shown)
