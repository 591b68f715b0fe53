"""Erasing a person: names and addresses go for good, what was done stays (spec 41 §18.4)."""

from procession.accounts.sessions import require_step_up
from procession.accounts.tokens import find_token
from procession.api.endpoint import Call, Reply, operation
from procession.api.guests import guest_reply
from procession.api.member_acts import heir_of_query, named_user
from procession.api.member_includes import member_reply
from procession.handover import erasing
from procession.kernel.errors import NotFound
from procession.people.membership import kept_member_for_update
from procession.people.permissions import require
from procession.wire.guest import Guest
from procession.wire.person import User


def confirmed(call: Call) -> None:
    """403 `STEP_UP_REQUIRED` unless the caller's session proved who he is within the last five minutes."""
    token = find_token(call.unit, call.actor.token_id or "")
    require_step_up(token.confirmed_at if token is not None else None, call.unit.now)


@operation("POST", "/organizations/{org}/users/{user}/anonymize", id="anonymizeUser", acts=("member.manage",),
           query=("with_reassignment", "to"), answer=User, statuses=(412,), tag="Members")  # fmt: skip
def anonymize_user(call: Call) -> Reply:
    """Erase a disabled or deleted member for good: names and addresses become `Person 7` everywhere; needs a session
    that was confirmed within five minutes. `with_reassignment` and `to` hand his work over
    """
    require(call.actor, "member.manage")
    found = kept_member_for_update(call.unit, named_user(call))
    confirmed(call)
    call.require_fresh(found.revision or 0, found.updated_at or found.account_updated_at)
    heir = heir_of_query(call, found)
    done = erasing.erase_member(call.unit, call.actor, call.secrets, found, heir)
    return member_reply(call, done)


@operation("POST", "/organizations/{org}/guests/{guest}/anonymize", id="anonymizeGuest", acts=("guest.delete",),
           answer=Guest, statuses=(412,), tag="Guests")  # fmt: skip
def anonymize_guest(call: Call) -> Reply:
    """Erase a disabled or deleted guest for good: names and address become `Person 7` everywhere; needs a session that
    was confirmed within five minutes. His open tasks stay with their other assignees
    """
    require(call.actor, "guest.delete")
    found = erasing.guest_to_erase(call.unit, call.path["guest"])
    if found is None:
        raise NotFound
    confirmed(call)
    call.require_fresh(found.revision, found.updated_at)
    return guest_reply(call, erasing.erase_guest(call.unit, call.actor, call.secrets, found))
