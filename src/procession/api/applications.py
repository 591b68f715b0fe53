"""Applications acting for users: they provision members and get tokens to act as them (spec 40 §7)."""

from typing import Any

from procession.accounts.applications import USER_TTL, token_for_user
from procession.accounts.clients import find_client
from procession.accounts.people import find_account
from procession.api.endpoint import Call, Reply, operation
from procession.api.member_acts import ROLE
from procession.api.member_includes import member_reply
from procession.api.reading import Member, Shape, Wrong, boolean
from procession.api.signing_in import EMAIL, name
from procession.engine.dates import known_zone
from procession.engine.model import Problem
from procession.handover.members import guest_no_more
from procession.kernel.errors import Invalid, NotFound, Unauthenticated
from procession.people import invitations
from procession.people.members import find_member
from procession.people.model import Role
from procession.people.names import read_account_address
from procession.people.permissions import require
from procession.people.security import tell
from procession.wire.person import User
from procession.wire.session import Granted

BASE = "/applications/{org}/users"
ABBREVIATED = {
    "EST": "America/New_York", "CST": "America/Chicago", "MST": "America/Denver", "PST": "America/Los_Angeles",
    "GMT": "Europe/London", "CET": "Europe/Paris",
}  # fmt: skip
"""What an older page calls time zones."""
NOT_HERE = "This user is not an active member of the organization."


def _zone(_name: str, value: Any) -> Any:
    if value is None or value == "":
        return None
    text = ABBREVIATED.get(value.strip().upper(), value.strip()) if isinstance(value, str) else ""
    if not text or len(text) > 64 or known_zone(text) is None:
        raise Wrong("The timezone must be a valid zone.")
    return text


PROVISION = Shape(
    "provisionUserInput",
    {
        "first_name": name("firstname"),
        "last_name": name("lastname"),
        "email": EMAIL,
        "role": ROLE,
        "timezone": Member(read=_zone, schema={"type": ["string", "null"]}),
        "send_invite": boolean(null=False),
    },
    required=("first_name", "last_name", "email"),
)
FOR_USER = Shape("userTokenInput", {"email": EMAIL}, required=("email",))


@operation("POST", BASE, id="provisionUser", auth="application", acts=("member.provision",), body=PROVISION,
           answer=User, status=201, statuses=(409,), tag="Applications")  # fmt: skip
def provision_user(call: Call) -> Reply:
    """Make somebody an active member at once; for the application of the organization"""
    require(call.actor, "member.provision")
    problems: list[Problem] = []
    sent = PROVISION.read(call.body or {}, problems, call.warnings)
    if "email" in sent and invitations.present_member(call.unit, sent["email"]) is not None:
        problems.append(Problem(("email",), invitations.TAKEN))
    call.raise_problems(problems, ".".join)
    role: Role = sent.get("role") or "standard"
    order = invitations.Order(
        email=sent["email"],
        first_name=sent["first_name"],
        last_name=sent["last_name"],
        role=role,
        timezone=sent.get("timezone") or call.actor.settings.calendar.zone,
    )
    public = call.links.public_url
    mail = bool(sent.get("send_invite"))
    made = invitations.provision(call.unit, call.secrets, call.actor, order, public, mail=mail)
    guest_no_more(call.unit, call.secrets, made.id)
    return member_reply(call, find_member(call.unit, made.id) or made, status=201)


@operation("POST", BASE + "/{email}/token", id="createUserToken", auth="application", acts=("member.act_for",),
           answer=Granted, tag="Applications", private=True)  # fmt: skip
def create_user_token(call: Call) -> Reply:
    """Get a token to act as a member, in this organization alone"""
    require(call.actor, "member.act_for")
    return _token(call, read_account_address(call.path["email"]))


@operation("POST", BASE + "/token", id="createNamedUserToken", auth="application", acts=("member.act_for",),
           body=FOR_USER, answer=Granted, tag="Applications", private=True)  # fmt: skip
def create_named_user_token(call: Call) -> Reply:
    """Get a token to act as a member, whose address is in the body"""
    require(call.actor, "member.act_for")
    problems: list[Problem] = []
    sent = FOR_USER.read(call.body or {}, problems, call.warnings)
    call.raise_problems(problems, ".".join)
    return _token(call, sent["email"])


def _token(call: Call, address: str | None) -> Reply:
    found = find_account(call.unit, address) if address is not None else None
    if found is None or found.suspended:
        raise NotFound
    present = find_member(call.unit, found.id)
    if present is None or present.status != "active" or present.is_bot:
        raise Invalid({"email": [NOT_HERE]})
    own = find_client(call.unit, int(call.actor.principal[1:]))
    if own is None:
        raise Unauthenticated
    text = token_for_user(call.unit, call.secrets, own, found.id, call.links.public_url)
    tell(call.unit, "api_token_created", found.id, new={"name": own.name, "application": own.id})
    body = {"token_type": "Bearer", "expires_in": USER_TTL, "access_token": text, "scope": " ".join(own.scopes)}
    return Reply(body=body, headers={"Pragma": "no-cache"})
