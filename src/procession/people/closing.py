"""An organization is closed: asked for, taken back, or carried out after its time (spec 41 §18.6).

For thirty days it can only be read and the request can be taken back. Then nobody gets in any more; the content lies
where it is for sixty days, in which the operator may open it again. At last everything goes but a row that says when.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from procession.accounts.mails import post
from procession.accounts.people import account_for_update, change_account
from procession.accounts.tokens import revoke_all
from procession.engine.dates import parse_instant
from procession.kernel.sql import Write, metadata, organization
from procession.kernel.unit import Event, Unit
from procession.people import queries
from procession.people.members import active_admins
from procession.people.organizations import change_organization, named_by
from procession.people.places import other_places
from procession.people.records import Organization
from procession.people.settings import DELETION, WINDOW

KEPT = timedelta(days=90)
"""When the content is destroyed, counted from the request."""
DESTROY = "organization.destroy"
"""The job that destroys the content; its payload says which request it belongs to."""
REASON = "This organization is going to be deleted."
LASTING = frozenset({"organizations", "jobs"})
"""What stays: the row that says when, and jobs, which are forgotten by themselves a week later."""


def asked_at(present: Organization) -> datetime | None:
    """When deletion was asked for; None when it was not."""
    found = present.settings.get(DELETION)
    return parse_instant(found["asked_at"]) if found else None


def ask(unit: Unit, secrets: Any, present: Organization, by: int) -> Organization:
    """Begin: read-only from now on, every administrator is told, the end has a date."""
    at = unit.now.replace(microsecond=0)
    request = {"asked_at": _text(at), "by": by, "reason": present.settings.get("read_only_reason")}
    changed = change_organization(unit, present, {DELETION: request, "read_only_reason": REASON})
    unit.record([_told("organization_deletion_asked", {"name": present.name, "ends_at": _text(at + WINDOW)})])
    unit.enqueue(DESTROY, {"asked_at": request["asked_at"]}, run_at=at + KEPT)
    for admin in active_admins(unit):
        about = {"organization": present.name, "until": _text(at + WINDOW)}
        post(unit, secrets, "deletion.scheduled", admin.email, f"{present.name} is going to be deleted",
             account_id=admin.id, about=about)  # fmt: skip
    return changed


def cancel(unit: Unit, present: Organization) -> Organization:
    """Take it back; what was read-only before for another reason stays so."""
    reason = present.settings[DELETION].get("reason")
    unit.record([_told("organization_deletion_cancelled", {"name": present.name})])
    return change_organization(unit, present, {DELETION: None, "read_only_reason": reason})


def destroy(unit: Unit, payload: Mapping[str, Any]) -> list[int] | None:
    """The job: when the request still stands, nothing of the organization is left but a row that says when.

    Answers the accounts that went with it; None when the request does not stand any more.
    """
    present = unit.one(queries.ORGANIZATION_ALONE)
    if present is None or (present.settings.get(DELETION) or {}).get("asked_at") != payload["asked_at"]:
        return None
    people = [one.id for one in unit.all(queries.MEMBERS) if not other_places(unit, one.id)]
    for account_id in people:
        _forget(unit, account_id)
    for write in _wipes():
        unit.write(write)
    columns = {
        "name": "",
        **named_by(f"organization_{unit.organization_id}"),
        "settings": {DELETION: {**present.settings[DELETION], "deleted_at": _text(unit.now)}},
        "revision": present.revision + 1,
        "updated_at": unit.now,
    }
    unit.patch(queries.PATCH_ORGANIZATION, columns)
    return people


def _forget(unit: Unit, account_id: int) -> None:
    """Somebody who belongs nowhere else goes too: a row without name and address is left (spec 41 §18.6)."""
    account = account_for_update(unit, account_id)
    assert account is not None
    revoke_all(unit, account_id)
    blank = dict.fromkeys(account.profile)
    columns = {"first_name": "[DELETED", "last_name": "MEMBER]", "email": f"deleted-{account_id}@procession.invalid",
               "username": None, "suspended": True, "profile": blank}  # fmt: skip
    change_account(unit, account, columns)


def _wipes() -> list[Write]:
    """A statement for each table of organizations, those that refer to others first."""
    tables = [one for one in reversed(metadata.sorted_tables) if one.info.get("tenant") and one.name not in LASTING]
    return [Write(sa.delete(one).where(organization(one))) for one in tables]


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _told(event: str, new: dict[str, Any]) -> Event:
    return Event(
        kind=f"security.{event}", verb=event[:30], subject_kind="organization", subject_id="organization", new=new,
        shown=False,
    )  # fmt: skip
