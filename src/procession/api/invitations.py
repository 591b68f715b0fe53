"""Accepting an invitation (spec 40 §12.6; 60 §2.4)."""

from typing import Any

import msgspec

from procession.accounts.attempts import require_turn
from procession.accounts.passwords import Work, problems_with, set_password, stored_hash
from procession.api.endpoint import Call, Reply, operation
from procession.api.reading import Shape, raw
from procession.api.signing_in import (
    NEUTRAL,
    PASSWORD,
    ZONE,
    check_new_password,
    guarded,
    name,
    proven,
    refused,
    signed_in,
)
from procession.engine.model import Problem
from procession.handover.members import guest_no_more
from procession.kernel.errors import Gone, Invalid, NotFound
from procession.people.invitations import Opened, accept, open_link, renew
from procession.wire.session import SignedIn

ACCEPT = Shape(
    "acceptInvitationInput",
    {
        "password": PASSWORD,
        "password_confirmation": raw({"type": "string"}),
        "first_name": name(),
        "last_name": name(),
        "timezone": ZONE,
    },
)
WITHDRAWN = "This invitation was withdrawn or replaced, or has been accepted already."
OLD = "This link is too old. A fresh one was just sent to you."


class Place(msgspec.Struct, frozen=True):
    """Where somebody is invited to."""

    id: str
    name: str
    logo: str | None


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation as its link shows it."""

    organization: Place
    email: str
    first_name: str
    last_name: str
    role: str
    inviter: str | None
    message: str
    has_account: bool
    sso_url: str | None
    expired: bool


def _opened(call: Call) -> Opened:
    found = open_link(call.unit, call.path["token"])
    if found is None:
        raise NotFound(WITHDRAWN)
    return found


@operation("GET", "/auth/invitations/{token}", id="getInvitation", auth="none", answer=Invitation, statuses=(410,),
           tag="Signing in", records=True)  # fmt: skip
def get_invitation(call: Call) -> Reply:
    """Read an invitation; a link that is too old answers 410, and a fresh one goes out"""
    found = _opened(call)
    if found.expired:
        renew(call.unit, call.secrets, found, call.links.public_url)
        return refused(OLD, "GONE", 410)
    shown = Invitation(
        organization=Place(found.organization_id, found.organization, found.logo),
        email=found.account.email,
        first_name=found.account.first_name,
        last_name=found.account.last_name,
        role=found.role,
        inviter=found.inviter,
        message=found.message,
        has_account=found.has_account,
        sso_url=None,
        expired=False,
    )
    return Reply(body={"data": shown})


def _accept_work(call: Call) -> Work | None:
    sent = ACCEPT.read(call.body, [])
    password = sent.get("password")
    found = open_link(call.unit, call.path["token"])
    if found is None or found.expired or password is None:
        return None
    if found.has_account:
        require_turn(call.unit, guarded(call, found.account.email).rules, lock=False)
        return Work(given=password, against=stored_hash(call.unit, found.account.id))
    return None if problems_with(password, call.policy) else Work(fresh=password)


@operation("POST", "/auth/invitations/{token}/accept", id="acceptInvitation", auth="visitor", body=ACCEPT,
           answer=SignedIn, statuses=(410,), tag="Signing in", hashes=_accept_work, private=True)  # fmt: skip
def accept_invitation(call: Call) -> Reply:
    """Accept an invitation: who is new chooses a password, who has an account signs in. Signed in afterwards"""
    found = _opened(call)
    if found.expired:
        raise Gone("This link is too old. Open it once more to be sent a fresh one.")
    problems: list[Problem] = []
    sent = ACCEPT.read(call.body, problems)
    if not found.has_account:
        check_new_password(call, sent, problems)
        if "password" not in sent and not any(one.path == ("password",) for one in problems):
            problems.append(Problem(("password",), "The password field is required."))
    call.raise_problems(problems, ".".join)
    if found.has_account:
        refusal = _not_he(call, found)
        if refusal is not None:
            return refusal
    elif call.proof.fresh is not None:
        set_password(call.unit, found.account.id, call.proof.fresh)
    else:  # a password was set while the new one was hashed
        raise Invalid({"password": ["Please try again."]})
    names: dict[str, Any] = {one: sent[one] for one in ("first_name", "last_name", "timezone") if one in sent}
    person = accept(call.unit, call.secrets, found, {} if found.has_account else names)
    guest_no_more(call.unit, call.secrets, person.id)
    return signed_in(call, person)


def _not_he(call: Call, found: Opened) -> Reply | None:
    """Who has an account is signed in to it, or gives its password; the link alone is not enough."""
    if call.account is not None and call.account.account_id == found.account.id:
        return None
    tries = guarded(call, found.account.email)
    require_turn(call.unit, tries.rules)
    if proven(call, found.account):
        tries.succeeded(call.unit)
        return None
    tries.failed(call.unit)
    return refused(NEUTRAL)
