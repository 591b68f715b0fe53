"""What the routes of signing in share: names and passwords as they are sent, and the answer of a new session."""

from collections.abc import Mapping
from typing import Any

from procession.accounts.attempts import Guard, guard, require_turn
from procession.accounts.model import AccountRecord
from procession.accounts.passwords import LONGEST, TYPED, Work, problems_with, stored_hash
from procession.accounts.people import change_account, find_account
from procession.accounts.tokens import LONG, digest, open_session
from procession.api.cookies import page_token, session_cookie
from procession.api.endpoint import Call, Reply
from procession.api.reading import Member, Wrong
from procession.engine.dates import known_zone
from procession.engine.model import Problem
from procession.kernel.ids import NOWHERE
from procession.people.authenticate import authenticate_session
from procession.people.members import own_member
from procession.people.names import name_problem, read_account_address
from procession.people.organizations import organizations_of
from procession.people.records import Member as OfOrganization
from procession.people.settings import current_settings
from procession.people.tenants import within
from procession.wire.organization import organization
from procession.wire.person import User, user
from procession.wire.times import instant

MISMATCH = "The password confirmation does not match."
NEUTRAL = "These credentials do not match our records."


def _read_password(_name: str, value: Any) -> Any:
    if not isinstance(value, str) or value == "":
        raise Wrong("The password field is required.")
    return value[:TYPED]


def _read_zone(_name: str, value: Any) -> Any:
    if not isinstance(value, str) or len(value) > 64 or known_zone(value.strip()) is None:
        raise Wrong("The timezone must be a valid zone.")
    return value.strip()


def _read_name(name: str, value: Any) -> Any:
    what = name.replace("_", " ")
    if not isinstance(value, str) or not value.strip():
        raise Wrong(f"The {what} field is required.")
    problem = name_problem(value.strip(), what)
    if problem is not None:
        raise Wrong(problem)
    return " ".join(value.split())


def _read_email(_name: str, value: Any) -> Any:
    address = read_account_address(value) if isinstance(value, str) and len(value) <= 400 else None
    if address is None:
        raise Wrong("The email must be a valid email address.")
    return address


PASSWORD = Member(
    read=_read_password, schema={"type": "string", "minLength": 1, "maxLength": LONGEST, "writeOnly": True}
)
ZONE = Member(read=_read_zone, schema={"type": "string"})
NAME = {"type": "string", "minLength": 1, "maxLength": 32}
EMAIL = Member(read=_read_email, schema={"type": "string", "format": "email", "maxLength": 254})


def name(*aliases: str) -> Member:
    """A first or last name."""
    return Member(read=_read_name, schema=NAME, aliases=aliases)


def check_new_password(call: Call, sent: Mapping[str, Any], problems: list[Problem], *, confirmed: bool = True) -> None:
    """The rules of spec 40 §8, and that it was typed twice alike."""
    password = sent.get("password")
    if not isinstance(password, str):
        return
    problems += [Problem(("password",), text) for text in problems_with(password, call.policy)]
    if confirmed and sent.get("password_confirmation") != password:
        problems.append(Problem(("password_confirmation",), MISMATCH))


def guarded(call: Call, email: str) -> Guard:
    """What counts the attempts at this account from this place."""
    return guard(email, call.address)


def password_work(call: Call, email: str, password: str) -> Work:
    """The comparison of a password with that of the account, whether there is one or not. 429 out of turn."""
    require_turn(call.unit, guarded(call, email).rules, lock=False)
    found = find_account(call.unit, email)
    return Work(given=password, against=stored_hash(call.unit, found.id) if found is not None else None)


def proven(call: Call, account: AccountRecord | None) -> bool:
    """Whether the password that was compared beside is right, and still the account's."""
    if account is None or account.suspended or not call.proof.right:
        return False
    return stored_hash(call.unit, account.id) == call.proof.against


def signed_in(call: Call, account: AccountRecord, *, remember: bool = False, status: int = 200) -> Reply:
    """Open a session: the user, his organization, the token and the cookie (spec 40 §8)."""
    seen = {"ip": call.address, "client": call.headers.get("user-agent", "")[:200]}
    text, lifetime = open_session(
        call.unit, call.secrets, account.id, remember=remember, issuer=call.links.public_url, seen=seen
    )
    traces = {"last_login_at": instant(call.unit.now), "last_known_ip": call.address or None}
    account = change_account(call.unit, account, {"profile": traces})
    session = authenticate_session(call.unit, digest(text))
    found = own_member(call.unit, account.id, None)
    places = organizations_of(call.unit, account.id)
    wanted = account.profile.get("default_organization")
    active = [one for one in places if one[1].status == "active"]
    place = next((one for one in active if one[0].id == wanted), active[0] if active else None)
    data = {
        "user": _user(call, *found) if found is not None else None,
        "organization": organization(*place) if place is not None else None,
        "access_token": text,
        "token_type": "Bearer",
        "expires_in": lifetime,
        "csrf_token": page_token(call.secrets, session.token_id),
    }
    cookie = session_cookie(text, call.links.public_url, seconds=LONG if remember else None)
    return Reply(body={"data": data}, status=status, headers={"Set-Cookie": cookie})


def _user(call: Call, organization_id: str | None, own: OfOrganization) -> User:
    """The user object as `/me` answers it, with what his organization says of days and bills."""
    with within(call.unit, organization_id or NOWHERE) as unit:
        return user(own, unit.now, None, current_settings(unit).stored)


def refused(text: str, code: str = "UNAUTHENTICATED", status: int = 401) -> Reply:
    """A refusal that is kept in mind: what was counted and recorded with it is committed."""
    return Reply(body={"error": True, "message": text, "code": code}, status=status)
