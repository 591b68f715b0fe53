"""What administrators do to members: invite, change, disable, delete, convert (spec 40 §12)."""

from collections.abc import Mapping
from typing import Any

from procession.accounts.mails import post
from procession.api.endpoint import Call, Reply, operation
from procession.api.guests import guest_reply
from procession.api.member_includes import member_reply
from procession.api.reading import Member as Body
from procession.api.reading import Shape, Wrong, boolean, choice, integer, items, text
from procession.api.signing_in import EMAIL, ZONE, name
from procession.engine.model import Problem
from procession.engine.worktime import WEEKDAYS
from procession.handover import members as handover
from procession.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from procession.kernel.ids import read_id
from procession.people import guests, invitations, membership
from procession.people.countries import countries
from procession.people.members import find_member
from procession.people.model import Role
from procession.people.permissions import require
from procession.people.places import other_places
from procession.people.profiles import NO_BOT, ONLY_HIMSELF, change_profile
from procession.people.records import Member
from procession.wire.guest import Guest
from procession.wire.person import User

USERS = "/organizations/{org}/users"
ONE = USERS + "/{user}"
ROLES = {"admin": "admin", "standard": "standard", "light": "light", "member": "standard", "owner": "admin"}
ROLE = choice(ROLES)
NAMES = ("first_name", "last_name")
GROUPS = items(200, of={"type": "string"})


def _format(_name: str, value: Any) -> Any:
    """`dd`, `mm`, `mmm`, `yyyy`, `yy` and separators between (spec 40 §11.1)."""
    if value is None or value == "":
        return None
    parts = str(value).strip().lower().replace(".", "/").replace("-", "/").replace(" ", "/").split("/")
    if not isinstance(value, str) or not set(parts) <= {"dd", "mm", "mmm", "yyyy", "yy"} or len(parts) > 3:
        raise Wrong("The selected date format is invalid.")
    return value.strip().lower()


_number = integer(1, null=None)


def _country(name: str, value: Any) -> Any:
    """An id of `GET /countries`."""
    found = _number.read(name, value)
    if found is not None and found not in countries():
        raise Wrong("The selected country id is invalid.")
    return found


def _days(_name: str, value: Any) -> Any:
    known = {day.casefold(): day for day in WEEKDAYS}
    listed = value if isinstance(value, list) else None
    if listed is None or any(str(one).strip().casefold() not in known for one in listed):
        raise Wrong("The selected day is invalid.")
    named = {known[str(one).strip().casefold()] for one in listed}
    return [day for day in WEEKDAYS if day in named]


INVITE = Shape(
    "inviteUserInput",
    {
        "email": EMAIL,
        "first_name": name("firstname"),
        "last_name": name("lastname"),
        "role": ROLE,
        "message": text(5000, blank="clear"),
        "timezone": ZONE,
        "groups": GROUPS,
        "send_invite": boolean(null=False),
    },
    required=("email", "first_name", "last_name"),
)
PROFILE = {
    "first_name": name("firstname"),
    "last_name": name("lastname"),
    "timezone": ZONE,
    "phone": text(20, blank="clear"),
    "job_title": text(255, blank="clear"),
    "job_description": text(2000, blank="clear"),
    "team": text(255, blank="clear"),
    "country_id": Body(read=_country, schema={"type": ["integer", "null"]}),
    "date_format": Body(read=_format, schema={"type": ["string", "null"]}),
    "step_preferences": boolean(null=None),
}
_switches = {"can_create_templates": boolean(), "can_archive_processes": boolean()}
OF_OTHERS = Shape("updateUserInput", {**PROFILE, **_switches})
OF_ONESELF = Shape(
    "updateOwnUserInput",
    {**PROFILE, "locale": text(20, blank="clear"), "content_language": text(20, blank="clear"),
     "cadence_days": Body(read=_days, schema={"type": "array", "items": {"type": "string"}})},
)  # fmt: skip
NEW_ROLE = Shape("updateRoleInput", {"role": ROLE}, required=("role",))
AGAIN = Shape("resendInviteInput", {"message": text(5000, blank="clear")})
TO_MEMBER = Shape(
    "guestToMemberInput",
    {"role": ROLE, "first_name": name(), "last_name": name(), "message": text(5000, blank="clear")},
)
REQUIRED = ("first_name", "last_name", "timezone")


# -- inviting ----------------------------------------------------------------------------------------------------------


@operation("POST", USERS + "/invite", id="inviteUser", acts=("member.invite",), body=INVITE, answer=User,
           statuses=(409,), tag="Members")  # fmt: skip
def invite_user(call: Call) -> Reply:
    """Invite somebody; one who was invited already gets a fresh link"""
    order, present = _order(call)
    if present is not None and present.status != "invited":
        raise Invalid({"email": [invitations.TAKEN]})
    return _invite(call, order, mail=True)


@operation("POST", USERS, id="createUser", acts=("member.invite",), body=INVITE, answer=User, status=201,
           statuses=(409,), tag="Members")  # fmt: skip
def create_user(call: Call) -> Reply:
    """Add a member as importers do: invited, without a mail unless `send_invite`; who is there already stays"""
    order, present = _order(call)
    if present is not None and present.status != "invited":
        if call.body.get("role") is not None and present.role != order.role:
            raise Conflict(invitations.TAKEN, code="ALREADY_EXISTS")
        return member_reply(call, present)
    return _invite(call, order, mail=call.body.get("send_invite") in (True, 1, "1", "true"), status=201)


def _order(call: Call) -> tuple[invitations.Order, Member | None]:
    """Whom to invite, checked, and who has the address here already."""
    require(call.actor, "member.invite")
    problems: list[Problem] = []
    sent = INVITE.read(call.body or {}, problems, call.warnings)
    role: Role = sent.get("role") or "light"
    if role == "admin" and not call.actor.is_admin:
        raise Forbidden("Only administrators may invite administrators.", code="BUSINESS_RULE")
    groups = [read_id(one) or "" for one in sent.get("groups", ())]
    unknown = invitations.unknown_groups(call.unit, groups)
    problems += [Problem(("groups", str(place)), "The selected group does not exist.") for place in unknown]
    call.raise_problems(problems, ".".join)
    order = invitations.Order(
        email=sent["email"],
        first_name=sent["first_name"],
        last_name=sent["last_name"],
        role=role,
        message=sent.get("message") or invitations.MESSAGE,
        timezone=sent.get("timezone") or call.actor.settings.calendar.zone,
        groups=groups,
    )
    return order, invitations.present_member(call.unit, order.email)


def _invite(call: Call, order: invitations.Order, *, mail: bool, status: int = 200) -> Reply:
    made = invitations.invite(call.unit, call.secrets, call.actor, order, call.links.public_url, mail=mail)
    return member_reply(call, made, status)


@operation("POST", ONE + "/resend-invite", id="resendInvite", acts=("member.invite_again",), body=AGAIN,
           answer=User, tag="Members")  # fmt: skip
def resend_invite(call: Call) -> Reply:
    """Send an invitation again: a fresh link, the old one is dead"""
    found = _invited(call)
    problems: list[Problem] = []
    sent = AGAIN.read(call.body or {}, problems)
    call.raise_problems(problems, ".".join)
    invitations.send_again(call.unit, call.secrets, call.actor, found, call.links.public_url, sent.get("message"))
    return member_reply(call, found)


@operation("DELETE", ONE + "/invite", id="withdrawInvite", acts=("member.invite_again",), status=204, tag="Members")
def withdraw_invite(call: Call) -> Reply:
    """Withdraw an invitation: the link is dead at once"""
    invitations.withdraw(call.unit, _invited(call))
    return Reply(status=204)


def _invited(call: Call) -> Member:
    """Somebody whom the caller may invite again or not: administrators anybody, others whom they invited."""
    require(call.actor, "member.invite_again", ("inviter",))  # those who may of nobody's are told before they look
    found = membership.member_for_update(call.unit, named_user(call))
    own = found.invited_by == call.actor.account_id
    require(call.actor, "member.invite_again", ("inviter",) if own else ())
    return found


# -- changing ----------------------------------------------------------------------------------------------------------


def named_user(call: Call) -> int:
    """The id of the path; 404 for what is none."""
    named = call.path["user"]
    if not (named.isascii() and named.isdigit() and len(named) < 16):
        raise NotFound
    return int(named)


def _for(call: Call, act: str = "member.manage") -> Member:
    """The member of the path, locked: 403 first for those who may do this to nobody."""
    require(call.actor, act)
    found = membership.member_for_update(call.unit, named_user(call))
    call.require_fresh(found.revision or 0, found.updated_at or found.account_updated_at)
    return found


@operation("PUT", ONE, id="updateUser", acts=("member.manage",), body=OF_OTHERS, query=("with", "strict"), answer=User,
           statuses=(412,), tag="Members", also=(("PATCH", ONE),))  # fmt: skip
def update_user(call: Call) -> Reply:
    """Change a member's profile; one of several organizations changes his own"""
    found = _for(call)
    if found.is_bot:
        raise Forbidden(NO_BOT, code="BUSINESS_RULE")
    if found.id != call.actor.account_id and other_places(call.unit, found.id):
        raise Forbidden(ONLY_HIMSELF, code="BUSINESS_RULE")
    sent = _profile(call, OF_OTHERS)
    after, fields = change_profile(call.unit, found, sent)
    if fields and found.id != call.actor.account_id:
        about = {"fields": fields, "by": f"{call.actor.first_name} {call.actor.last_name}"}
        post(call.unit, call.secrets, "profile.changed", found.email, "Your profile was changed", account_id=found.id,
             about=about)  # fmt: skip
    return member_reply(call, after)


@operation("PUT", "/organizations/{org}/me", id="updateOwnUser", acts=("me.change",), body=OF_ONESELF,
           query=("with", "strict"), answer=User, statuses=(412,), tag="Me",
           also=(("PATCH", "/organizations/{org}/me"),))  # fmt: skip
def update_own_user(call: Call) -> Reply:
    """Change one's own profile; names and zone are required with PUT"""
    require(call.actor, "me.change")
    found = membership.member_for_update(call.unit, call.actor.account_id or 0)
    call.require_fresh(found.revision or 0, found.updated_at or found.account_updated_at)
    after, _ = change_profile(call.unit, found, _profile(call, OF_ONESELF))
    return member_reply(call, after)


def _profile(call: Call, shape: Shape) -> dict[str, Any]:
    problems: list[Problem] = []
    sent = shape.read(call.body or {}, problems, call.warnings, strict=bool(call.query.flag("strict")))
    if call.method == "PUT":
        body: Mapping[str, Any] = call.body or {}
        problems += [
            Problem((one,), f"The {one.replace('_', ' ')} field is required.")
            for one in REQUIRED
            if one not in body and one.replace("_", "") not in body
        ]
    call.raise_problems(problems, ".".join)
    return sent


@operation("PUT", ONE + "/role", id="updateUserRole", acts=("member.manage",), body=NEW_ROLE, answer=User,
           statuses=(412,), tag="Members")  # fmt: skip
def update_role(call: Call) -> Reply:
    """Give a member another role; the only administrator stays one"""
    found = _for(call)
    membership.refuse_bot(found, "role")
    problems: list[Problem] = []
    sent = NEW_ROLE.read(call.body or {}, problems)
    call.raise_problems(problems, ".".join)
    return member_reply(call, membership.change_role(call.unit, call.secrets, call.actor, found, sent["role"]))


@operation("PUT", ONE + "/approve", id="approveUser", acts=("member.manage",), answer=User, statuses=(412,),
           tag="Members")  # fmt: skip
def approve_user(call: Call) -> Reply:
    """Let in somebody who asked to join"""
    return member_reply(call, membership.approve(call.unit, call.secrets, _for(call)))


@operation("PUT", ONE + "/default-admin", id="makeDefaultAdmin", acts=("member.manage",), answer=User, statuses=(412,),
           tag="Members")  # fmt: skip
def make_default_admin(call: Call) -> Reply:
    """Make an active administrator the default one"""
    found = _for(call)
    membership.refuse_bot(found, "default")
    if found.role != "admin" or found.status != "active":
        raise Invalid({"user": ["The default administrator must be an active administrator."]})
    if not found.is_default_admin:
        membership.make_default(call.unit, found.id)
    return _again(call, found)


# -- going -------------------------------------------------------------------------------------------------------------


def heir_of_query(call: Call, found: Member) -> Member | None:
    """Who takes over, when `with_reassignment` asks for it; 422 on `to` for nobody who could."""
    if not call.query.flag("with_reassignment"):
        return None
    named = call.query.text("to") or ""
    to = int(named) if named.isascii() and named.isdigit() and len(named) < 16 else (-1 if named else None)
    return handover.heir_of(call.unit, found, to)


@operation("DELETE", ONE + "/disable", id="disableUser", acts=("member.manage",), query=("with_reassignment", "to"),
           answer=User, statuses=(412,), tag="Members")  # fmt: skip
def disable_user(call: Call) -> Reply:
    """Disable a member; `with_reassignment` and `to` hand his work over"""
    return _disable(call, "disable")


@operation("DELETE", ONE, id="removeUser", acts=("member.manage",), query=("with_reassignment", "to"), answer=User,
           statuses=(412,), tag="Members")  # fmt: skip
def remove_user(call: Call) -> Reply:
    """Remove a member from the organization: disabled, his work handed over if asked; somebody pending is refused"""
    return _disable(call, "remove")


def _disable(call: Call, act: str) -> Reply:
    found = _for(call)
    membership.refuse_bot(found, act)
    if found.status == "pending":
        invitations.refuse(call.unit, call.secrets, found)
        return member_reply(call, found)
    heir = heir_of_query(call, found)
    return member_reply(call, handover.disable_member(call.unit, call.secrets, call.actor, found, heir))


@operation("PUT", ONE + "/enable", id="enableUser", acts=("member.manage",), answer=User, statuses=(412,),
           tag="Members")  # fmt: skip
def enable_user(call: Call) -> Reply:
    """Make a disabled member one again"""
    return member_reply(call, membership.enable(call.unit, call.secrets, _for(call), call.actor.account_id))


@operation("DELETE", ONE + "/delete", id="deleteUser", acts=("member.manage",), answer=User, statuses=(412,),
           tag="Members")  # fmt: skip
def delete_user(call: Call) -> Reply:
    """Delete a disabled member for good; what he did stays"""
    return member_reply(call, handover.delete_member(call.unit, _for(call)))


@operation("PUT", ONE + "/to/guest", id="userToGuest", acts=("member.manage",), answer=Guest, statuses=(412,),
           tag="Members")  # fmt: skip
def user_to_guest(call: Call) -> Reply:
    """Make a member a guest; what he has to do stays his"""
    return guest_reply(call, handover.member_to_guest(call.unit, call.secrets, call.actor, _for(call)))


@operation("POST", "/organizations/{org}/guests/{guest}/to/member", id="guestToUser", acts=("member.manage",),
           body=TO_MEMBER, answer=User, tag="Guests")  # fmt: skip
def guest_to_user(call: Call) -> Reply:
    """Make a guest a member at once; what he has to do is the member's"""
    require(call.actor, "member.manage")
    found = guests.find_guest(call.unit, call.path["guest"], lock=True)
    if found is None:
        raise NotFound
    problems: list[Problem] = []
    sent = TO_MEMBER.read(call.body or {}, problems)
    call.raise_problems(problems, ".".join)
    role: Role = sent.get("role") or "standard"
    made = handover.guest_to_member(call.unit, call.secrets, call.actor, found, role, sent, call.links.public_url)
    return member_reply(call, made)


@operation("POST", "/organizations/{org}/me/leave", id="leaveOrganization", acts=("me.change",),
           query=("with_reassignment", "to"), status=204, tag="Me")  # fmt: skip
def leave(call: Call) -> Reply:
    """Leave the organization: one's own membership is disabled, the work handed over if asked"""
    require(call.actor, "me.change")
    found = membership.member_for_update(call.unit, call.actor.account_id or 0)
    heir = heir_of_query(call, found)
    handover.disable_member(call.unit, call.secrets, call.actor, found, heir)
    return Reply(status=204)


# -- showing -----------------------------------------------------------------------------------------------------------


def _again(call: Call, found: Member) -> Reply:
    return member_reply(call, find_member(call.unit, found.id) or found)
