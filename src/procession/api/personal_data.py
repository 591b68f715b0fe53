"""The data of one person, as a ZIP of JSON documents (spec 41 §18.3): one's own, and for administrators anybody's.

Everything the organization keeps about somebody by name: his profile, what he did, wrote and uploaded, what was sent to
him, where he signed in from. Files are listed with where they are read from; their bytes are the organization's.
"""

import io
import zipfile
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import msgspec

from procession.accounts.mails import MailSearch, list_mails
from procession.accounts.tokens import list_tokens
from procession.activity.feed import acts_of
from procession.api.endpoint import Call, Reply, operation
from procession.discussions.comments import written_by
from procession.files.reading import uploaded_by
from procession.kernel.errors import NotFound
from procession.kernel.paging import Page
from procession.kernel.unit import Event
from procession.labels.custom_values import values_of
from procession.people.groups import groups_of_members
from procession.people.guests import find_guest
from procession.people.members import find_member
from procession.people.model import guest as guest_principal
from procession.people.model import member as member_principal
from procession.people.organizations import organizations_of
from procession.people.permissions import require
from procession.people.preferences import preferences
from procession.people.records import Member
from procession.wire.guest import guest
from procession.wire.organization import summary
from procession.wire.person import user
from procession.work.leaving import done_by

MOST = 20_000
"""Entries of a document; the newest, where there are more. `manifest.json` says so."""
ZIP = "application/zip"


@operation("GET", "/organizations/{org}/me/export", id="exportOwnData", acts=("me.see",), binary=ZIP, records=True,
           tag="Me")  # fmt: skip
def export_own(call: Call) -> Reply:
    """Export one's own data as a ZIP of JSON documents"""
    require(call.actor, "me.see")
    found = find_member(call.unit, call.actor.account_id or 0)
    if found is None:
        raise NotFound
    return _zipped(call, found.id, "member", _of_member(call, found, own=True))


@operation("GET", "/organizations/{org}/users/{user}/export", id="exportUserData", acts=("member.manage",), binary=ZIP,
           records=True, tag="Members")  # fmt: skip
def export_member(call: Call) -> Reply:
    """Export the data of a member as a ZIP of JSON documents"""
    require(call.actor, "member.manage")
    named = call.path["user"]
    found = find_member(call.unit, int(named)) if named.isascii() and named.isdigit() and len(named) < 16 else None
    if found is None or found.is_bot:
        raise NotFound
    return _zipped(call, found.id, "member", _of_member(call, found, own=False))


@operation("GET", "/organizations/{org}/guests/{guest}/export", id="exportGuestData", acts=("guest.delete",),
           binary=ZIP, records=True, tag="Guests")  # fmt: skip
def export_guest(call: Call) -> Reply:
    """Export the data of a guest as a ZIP of JSON documents"""
    require(call.actor, "guest.delete")
    found = find_guest(call.unit, call.path["guest"])
    if found is None:
        raise NotFound
    principal = guest_principal(found.id)
    mails, _ = list_mails(call.unit, Page(1, MOST), MailSearch(guest_id=found.id))
    documents = {
        "profile": guest(found, None, call.links.public_url, admin=True),
        "custom_fields": values_of(call.unit, call.actor.settings, ("guest",), [principal]).get(principal, {}),
        "mails": mails,
        **_traces(call, principal, "guest", str(found.id)),
    }
    return _zipped(call, found.id, "guest", documents)


def _of_member(call: Call, found: Member, *, own: bool) -> dict[str, Any]:
    unit, stored = call.unit, call.actor.settings.stored
    principal = member_principal(found.id)
    places = [one for one in organizations_of(unit, found.id) if own or one[0].id == unit.organization_id]
    mails, _ = list_mails(unit, Page(1, MOST), MailSearch(account_id=found.id))
    return {
        "profile": user(found, unit.now, call.actor, stored),
        "memberships": [summary(*one) for one in places],
        "preferences": preferences(found, stored),
        "groups": [{"id": one.id, "name": one.name} for one in groups_of_members(unit, [found.id])[found.id]],
        "custom_fields": values_of(unit, call.actor.settings, ("member",), [principal]).get(principal, {}),
        "sign_ins": _sign_ins(call, found.id) if own else [],
        "mails": mails,
        **_traces(call, principal, "member", str(found.id)),
    }


def _sign_ins(call: Call, account_id: int) -> list[dict[str, Any]]:
    """Sessions that are alive: since when, last used when, from where."""
    return [
        {"created_at": one.created_at, "last_used_at": one.last_used_at, "seen": one.seen}
        for one in list_tokens(call.unit, account_id, "session")
    ]


def _traces(call: Call, principal: str, kind: str, subject: str) -> dict[str, Any]:
    """What somebody did, wrote, completed and uploaded."""
    files = uploaded_by(call.unit, principal, MOST)
    base = f"{call.links.public_url}/organizations/{call.unit.organization_id}/file"
    return {
        "tasks_completed": done_by(call.unit, principal, MOST),
        "comments": [_comment(one) for one in written_by(call.unit, principal, MOST)],
        "files": [
            {"id": one.id, "filename": one.filename, "uploaded_at": one.uploaded_at, "size": one.size,
             "url": one.url or f"{base}/{one.id}/dl"}
            for one in files
        ],
        "activity": acts_of(call.unit, principal, kind, subject, MOST),
    }  # fmt: skip


def _comment(one: Any) -> dict[str, Any]:
    return {"id": one.id, "subject": one.subject_kind, "subject_id": one.subject_id, "content": one.content,
            "created_at": one.created_at}  # fmt: skip


def _zipped(call: Call, person: int, kind: str, documents: Mapping[str, Any]) -> Reply:
    """The documents in one archive, with a manifest of how much is in each; the export is told in the log."""
    call.unit.record([_told(person, kind)])
    counts = {name: len(one) if isinstance(one, Sequence) else 1 for name, one in documents.items()}
    manifest = {
        "person": person,
        "kind": kind,
        "organization_id": call.unit.organization_id,
        "made_at": call.unit.now,
        "counts": counts,
        "cut_off": sorted(name for name, count in counts.items() if count >= MOST),
    }
    name = f"{kind}-{person}-{call.unit.now:%Y-%m-%d}.zip"
    headers = {"Content-Type": ZIP, "Content-Disposition": f'attachment; filename="{name}"'}
    return Reply(make=partial(_archive, {"manifest": manifest, **documents}), headers=headers)


def _archive(documents: Mapping[str, Any]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, one in documents.items():
            archive.writestr(f"{name}.json", msgspec.json.format(msgspec.json.encode(one)))
    return written.getvalue()


def _told(person: int, kind: str) -> Event:
    return Event(kind="security.export_created", verb="export_created", subject_kind=kind, subject_id=str(person),
                 new={"name": f"{kind} {person}"}, shown=False)  # fmt: skip
