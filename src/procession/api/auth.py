"""Signing in and out, sessions, the first set-up, open sign-up (spec 40 §5.4, §8; 60 §2)."""

from typing import Any

from procession.accounts import links, sessions
from procession.accounts.attempts import MAILS, MAILS_FROM, SET_UP, comes, count, meant, require_turn, wait_for
from procession.accounts.keys import same
from procession.accounts.mails import post
from procession.accounts.model import AccountRecord
from procession.accounts.passwords import Work, problems_with, set_password, stored_hash
from procession.accounts.people import account, account_for_update, change_account, create_account, find_account
from procession.accounts.tokens import change_token, find_token, list_tokens, log_out, revoke
from procession.api.cookies import page_token, session_cookie
from procession.api.endpoint import Call, Reply, operation
from procession.api.reading import Shape, boolean, raw, text
from procession.api.signing_in import (
    EMAIL,
    NEUTRAL,
    PASSWORD,
    ZONE,
    check_new_password,
    guarded,
    name,
    password_work,
    proven,
    refused,
    signed_in,
)
from procession.api.starters import furnish
from procession.engine.model import Problem
from procession.kernel.errors import Forbidden, Invalid, NotFound, Unauthenticated
from procession.kernel.ids import read_id
from procession.people.model import Account
from procession.people.organizations import create_organization, is_set_up, name_refusal
from procession.people.places import disabled_everywhere
from procession.people.security import tell_everywhere
from procession.wire.session import Methods, Session, SignedIn, session

LOGIN = Shape(
    "loginInput",
    {
        "email": text(400, strip=True),
        "password": PASSWORD,
        "remember": boolean(null=False),
        "otp": raw({"type": "string"}),
    },
    required=("email", "password"),
)
ADDRESS = Shape("emailInput", {"email": text(400)}, required=("email",))
CODE = Shape("codeInput", {"token": text(200)}, required=("token",))
STEP_UP = Shape("stepUpInput", {"password": PASSWORD}, required=("password",))
_person = {"first_name": name(), "last_name": name(), "email": EMAIL, "password": PASSWORD, "timezone": ZONE}
REGISTER = Shape(
    "registerInput",
    {**_person, "company_name": text(50, blank="clear"), "plan_code": raw({}), "coupon_code": raw({})},
    required=("first_name", "last_name", "email", "password"),
)
SET_UP_BODY = Shape(
    "setupInput",
    {**_person, "code": text(100), "organization": text(50)},
    required=("code", "first_name", "last_name", "email", "password", "organization"),
)
SET_UP_PURPOSE = "first set-up"


def setup_code(secrets: Any) -> str:
    """The code that proves to own the server: the same in every process, worth nothing once it is set up."""
    return str(secrets.sign(SET_UP_PURPOSE, "code"))[:16]


# -- signing in --------------------------------------------------------------------------------------------------------


@operation("POST", "/auth/lookup", id="lookupSignIn", auth="none", body=ADDRESS, answer=Methods, tag="Signing in")
def lookup(call: Call) -> Reply:
    """Read how one signs in with an address; the same for addresses that nobody has"""
    problems: list[Problem] = []
    ADDRESS.read(call.body, problems)
    call.raise_problems(problems, ".".join)
    return Reply(body={"data": Methods(["password"], None)})


def _login_work(call: Call) -> Work | None:
    sent = LOGIN.read(call.body, [])
    if "email" not in sent or "password" not in sent:
        return None
    return password_work(call, sent["email"], sent["password"])


@operation("POST", "/auth/login", id="login", auth="none", body=LOGIN, answer=SignedIn, tag="Signing in",
           hashes=_login_work, private=True)  # fmt: skip
def login(call: Call) -> Reply:
    """Sign in with a password: a session, as token and as cookie"""
    problems: list[Problem] = []
    sent = LOGIN.read(call.body, problems)
    call.raise_problems(problems, ".".join)
    tries = guarded(call, sent["email"])
    require_turn(call.unit, tries.rules)
    found = find_account(call.unit, sent["email"])
    if found is None or not proven(call, found):
        tries.failed(call.unit)
        if found is not None:
            tell_everywhere(call.unit, "login_failed", found.id, {"email": found.email, "ip": call.address})
        return refused(NEUTRAL)
    tries.succeeded(call.unit)
    refusal = disabled_everywhere(call.unit, found.id)
    if refusal is not None:
        return refused(refusal, "MEMBER_DISABLED", 403)
    if not found.verified:
        return refused("Please confirm your e-mail address first.", "EMAIL_NOT_VERIFIED", 403)
    return signed_in(call, found, remember=sent.get("remember", False))


@operation("POST", "/auth/logout", id="logout", auth="visitor", status=204, tag="Signing in", private=True)
def logout(call: Call) -> Reply:
    """Sign out: end the session, and the personal tokens that were to end with it"""
    if call.account is not None:
        log_out(call.unit, call.account.account_id, call.account.token_id)
    return Reply(status=204, headers={"Set-Cookie": session_cookie("", call.links.public_url, seconds=0)})


@operation("GET", "/logout", id="logoutBrowser", auth="visitor", status=302, tag="Signing in", records=True,
           also=(("POST", "/logout"),), private=True)  # fmt: skip
def logout_browser(call: Call) -> Reply:
    """Sign out and go to the page of signing in; works from any state"""
    reply = logout(call)
    return Reply(status=302, headers={**reply.headers, "Location": f"{call.links.public_url}/sign-in"})


# -- sessions ----------------------------------------------------------------------------------------------------------


def _own(call: Call) -> Account:
    if call.account is None:
        raise Unauthenticated
    return call.account


@operation("GET", "/auth/sessions", id="listSessions", auth="session", acts=("session.own",), answer=list[Session],
           tag="Signing in")  # fmt: skip
def list_sessions(call: Call) -> Reply:
    """List one's own sessions, newest first; `meta` has the token that pages write with"""
    own = _own(call)
    found = [one for one in list_tokens(call.unit, own.account_id, "session") if sessions.alive(call.unit, one)]
    shown = [session(one, call.unit.now, own.token_id) for one in found]
    return Reply(body={"data": shown, "meta": {"csrf_token": page_token(call.secrets, own.token_id)}})


@operation("DELETE", "/auth/sessions/{session}", id="endSession", auth="session", acts=("session.own",), status=204,
           tag="Signing in")  # fmt: skip
def end_session(call: Call) -> Reply:
    """End one of one's own sessions"""
    own = _own(call)
    found = find_token(call.unit, read_id(call.path["session"]) or "")
    if found is None or found.account_id != own.account_id or found.kind != "session" or found.revoked_at is not None:
        raise NotFound
    revoke(call.unit, found.id)
    return Reply(status=204)


@operation("DELETE", "/auth/sessions", id="endOtherSessions", auth="session", acts=("session.own",), tag="Signing in",
           answer=sessions.Ended)  # fmt: skip
def end_other_sessions(call: Call) -> Reply:
    """Sign out everywhere else: every session of one's own but this"""
    own = _own(call)
    return Reply(body={"data": sessions.end_others(call.unit, own.account_id, own.token_id)})


def _step_up_work(call: Call) -> Work | None:
    sent = STEP_UP.read(call.body, [])
    if "password" not in sent or call.account is None:
        return None
    require_turn(call.unit, guarded(call, call.account.email).rules, lock=False)
    return Work(given=sent["password"], against=stored_hash(call.unit, call.account.account_id))


@operation("POST", "/auth/step-up", id="stepUp", auth="session", acts=("session.own",), body=STEP_UP, answer=Session,
           tag="Signing in", hashes=_step_up_work, private=True)  # fmt: skip
def step_up(call: Call) -> Reply:
    """Confirm who one is: the session counts as recently confirmed for five minutes"""
    own = _own(call)
    problems: list[Problem] = []
    STEP_UP.read(call.body, problems)
    call.raise_problems(problems, ".".join)
    tries = guarded(call, own.email)
    require_turn(call.unit, tries.rules)
    if not proven(call, account(call.unit, own.account_id)):
        tries.failed(call.unit)
        tell_everywhere(call.unit, "login_failed", own.account_id, {"email": own.email, "ip": call.address})
        text_ = "The password is incorrect."
        body = {"error": True, "message": text_, "code": "VALIDATION_FAILED", "errors": {"password": [text_]}}
        return Reply(body=body, status=422)
    tries.succeeded(call.unit)
    token = find_token(call.unit, own.token_id)
    if token is None:
        raise Unauthenticated
    token = change_token(call.unit, token, {"confirmed_at": call.unit.now})
    return Reply(body={"data": session(token, call.unit.now, own.token_id)})


# -- set-up and sign-up ------------------------------------------------------------------------------------------------


def _setup_work(call: Call) -> Work | None:
    if is_set_up(call.unit):
        raise NotFound
    sent = SET_UP_BODY.read(call.body, [])
    require_turn(call.unit, [(comes("set-up", call.address), SET_UP)], lock=False)
    password = sent.get("password")
    return None if password is None or problems_with(password, call.policy) else Work(fresh=password)


@operation("POST", "/auth/setup", id="setUp", auth="none", body=SET_UP_BODY, answer=SignedIn, status=201,
           tag="Signing in", hashes=_setup_work, private=True)  # fmt: skip
def set_up(call: Call) -> Reply:
    """Set the server up: the first administrator and the first organization; later 404"""
    call.unit.lock("first organization")
    if is_set_up(call.unit):
        raise NotFound
    key = comes("set-up", call.address)
    require_turn(call.unit, [(key, SET_UP)])
    problems: list[Problem] = []
    sent = SET_UP_BODY.read(call.body, problems)
    check_new_password(call, sent, problems, confirmed=False)
    wrong = name_refusal(sent.get("organization") or "")
    problems += [Problem(("organization",), wrong)] if wrong else []
    if not same(sent.get("code") or "", setup_code(call.secrets)):
        count(call.unit, [key], failed=True)
        return refused("The set-up code is wrong.", "FORBIDDEN", 403)
    call.raise_problems(problems, ".".join)
    person = _make(call, sent, verified=True)
    zone = sent.get("timezone") or "UTC"
    called = sent["organization"].strip()
    create_organization(call.unit, name=called, owner_account=person.id, timezone=zone)
    furnish(call.unit, person.id, called)
    post(call.unit, call.secrets, "account.welcome", person.email, "Welcome to Procession", account_id=person.id,
         link=f"{call.links.public_url}/sign-in")  # fmt: skip
    return signed_in(call, person, status=201)


def _make(call: Call, sent: dict[str, Any], *, verified: bool) -> AccountRecord:
    """The account of somebody who chose his password himself."""
    assert call.proof.fresh is not None
    made = create_account(
        call.unit,
        email=sent["email"],
        first_name=sent["first_name"],
        last_name=sent["last_name"],
        timezone=sent.get("timezone") or "UTC",
        profile={"email_verified_at": f"{call.unit.now:%Y-%m-%dT%H:%M:%SZ}"} if verified else None,
    )
    set_password(call.unit, made, call.proof.fresh)
    found = account(call.unit, made)
    assert found is not None
    return found


def _register_work(call: Call) -> Work | None:
    if not call.policy.registration:
        raise Forbidden(
            "Sign-up is closed on this server. Ask an administrator for an invitation.", code="BUSINESS_RULE"
        )
    password = REGISTER.read(call.body, []).get("password")
    require_turn(call.unit, [(comes("register", call.address), MAILS_FROM)], lock=False)
    return None if password is None or problems_with(password, call.policy) else Work(fresh=password)


@operation("POST", "/auth/register", id="register", auth="none", body=REGISTER, status=201, tag="Signing in",
           answer=Methods, hashes=_register_work, private=True)  # fmt: skip
def register(call: Call) -> Reply:
    """Sign up, where the operator opened it; a mail confirms the address. An address that is taken gets another mail"""
    problems: list[Problem] = []
    sent = REGISTER.read(call.body, problems)
    check_new_password(call, sent, problems, confirmed=False)
    call.raise_problems(problems, ".".join)
    key = comes("register", call.address)
    require_turn(call.unit, [(key, MAILS_FROM)])
    count(call.unit, [key])
    present = find_account(call.unit, sent["email"])
    if present is None:
        person = _make(call, sent, verified=False)
        if sent.get("company_name") and name_refusal(sent["company_name"]) is None:
            person = change_account(call.unit, person, {"profile": {"wanted_organization": sent["company_name"]}})
        _send_verification(call, person)
    elif not present.verified:
        _send_verification(call, present)
    return Reply(status=201, body={"data": Methods(["password"], None)})


def _send_verification(call: Call, person: AccountRecord) -> None:
    """At most five an hour to one address."""
    key = meant("verify", person.email)
    if wait_for(call.unit, key, MAILS) is not None:
        return
    count(call.unit, [key])
    code = links.make_link(call.unit, person.id, "verify")
    post(call.unit, call.secrets, "email.verify", person.email, "Please confirm your e-mail address",
         account_id=person.id, link=f"{call.links.public_url}/verify-email/{code}")  # fmt: skip


@operation("POST", "/auth/verify-email", id="verifyEmail", auth="none", body=CODE, answer=SignedIn, tag="Signing in",
           private=True)  # fmt: skip
def verify_email(call: Call) -> Reply:
    """Confirm an address with the code of its mail; who asked for an organization gets it then"""
    problems: list[Problem] = []
    sent = CODE.read(call.body, problems)
    call.raise_problems(problems, ".".join)
    account_id = links.use_link(call.unit, sent["token"], "verify")
    person = account_for_update(call.unit, account_id) if account_id is not None else None
    if person is None or person.suspended:
        raise Invalid({"token": ["This link is no longer valid. Please ask for a new one."]})
    wanted = person.profile.get("wanted_organization")
    changes = {"email_verified_at": f"{call.unit.now:%Y-%m-%dT%H:%M:%SZ}", "wanted_organization": None}
    person = change_account(call.unit, person, {"profile": changes})
    if wanted:
        create_organization(call.unit, name=wanted, owner_account=person.id, timezone=person.timezone)
        furnish(call.unit, person.id, wanted)
    return signed_in(call, person)


@operation("POST", "/auth/resend-verification", id="resendVerification", auth="none", body=ADDRESS, answer=Methods,
           tag="Signing in", private=True)  # fmt: skip
def resend_verification(call: Call) -> Reply:
    """Send the mail that confirms an address again; always 200"""
    problems: list[Problem] = []
    sent = ADDRESS.read(call.body, problems)
    call.raise_problems(problems, ".".join)
    key = comes("verify", call.address)
    if wait_for(call.unit, key, MAILS_FROM) is None:
        count(call.unit, [key])
        person = find_account(call.unit, sent["email"])
        if person is not None and not person.verified and stored_hash(call.unit, person.id) is not None:
            _send_verification(call, person)
    return Reply(body={"data": Methods(["password"], None)})
