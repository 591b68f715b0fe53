"""Forgotten passwords, and changing one's own password and address (spec 40 §8, §9.4; 60 §2.3)."""

from typing import Any

from procession.accounts import links
from procession.accounts.attempts import MAILS, MAILS_FROM, comes, count, meant, require_turn, wait_for
from procession.accounts.mails import post
from procession.accounts.model import AccountRecord
from procession.accounts.passwords import Work, problems_with, set_password, stored_hash
from procession.accounts.people import account_for_update, change_account, find_account
from procession.accounts.tokens import revoke_kinds
from procession.api.endpoint import Call, Reply, operation
from procession.api.member_includes import member_reply
from procession.api.reading import Member as Body
from procession.api.reading import Shape, raw, text
from procession.api.signing_in import EMAIL, PASSWORD, check_new_password, guarded, proven, signed_in
from procession.engine.model import Problem
from procession.kernel.errors import Forbidden, Invalid, NotFound
from procession.people import invitations
from procession.people.members import find_member
from procession.people.permissions import require
from procession.people.places import other_places
from procession.people.profiles import ONLY_HIMSELF, address_problem, move_address
from procession.people.records import Member
from procession.people.security import tell_everywhere
from procession.wire.person import User
from procession.wire.session import Methods, SignedIn
from procession.wire.times import instant

ADDRESS = Shape("emailInput", {"email": text(400)}, required=("email",))
CONFIRMED = {"password": PASSWORD, "password_confirmation": raw({"type": "string"})}
RESET = Shape("resetPasswordInput", {"code": text(200, aliases=("token",)), **CONFIRMED}, required=("code", "password"))
CHANGE = Shape(
    "updatePasswordInput",
    {
        "current_password": PASSWORD,
        "password": Body(read=PASSWORD.read, schema=PASSWORD.schema, aliases=("new_password",)),
        "password_confirmation": raw({"type": "string"}),
    },
    required=("current_password", "password"),
)
MOVE = Shape("updateEmailInput", {"email": EMAIL, "password": PASSWORD}, required=("email", "password"))
DEAD = "This link is no longer valid: it was used, replaced, or is more than an hour old. Please ask for a new one."
WRONG = "The password is incorrect."
PASSWORDLESS = (
    "This account signs in without a password, so its address cannot be changed here. Invite the new address, hand the"
    " work over to it, and disable this member."
)


@operation("POST", "/auth/password/forgot", id="forgotPassword", auth="none", body=ADDRESS, answer=Methods,
           tag="Signing in", private=True)  # fmt: skip
def forgot(call: Call) -> Reply:
    """Ask for a link that sets a new password; always 200"""
    problems: list[Problem] = []
    sent = ADDRESS.read(call.body, problems)
    call.raise_problems(problems, ".".join)
    place = comes("forgot", call.address)
    person = find_account(call.unit, sent["email"])
    key = meant("forgot", sent["email"])
    free = wait_for(call.unit, place, MAILS_FROM) is None and wait_for(call.unit, key, MAILS) is None
    count(call.unit, [place, key])
    if free and person is not None and not person.suspended:
        _send(call, person)
    return Reply(body={"data": Methods(["password"], None)})


def _send(call: Call, person: AccountRecord) -> None:
    """The link; whoever was invited and never came gets his invitation again instead (spec 60 §2.2)."""
    if invitations.send_open_again(call.unit, call.secrets, person, call.links.public_url):
        return
    code = links.make_link(call.unit, person.id, "reset")
    link = f"{call.links.public_url}/password/reset/{code}"
    post(call.unit, call.secrets, "password.reset_request", person.email, "Set a new password", account_id=person.id,
         link=link)  # fmt: skip
    tell_everywhere(call.unit, "password_reset_initiated", person.id, {"email": person.email, "ip": call.address})


def _reset_work(call: Call) -> Work | None:
    sent = RESET.read(call.body, [])
    password = sent.get("password")
    if password is None or problems_with(password, call.policy):
        return None
    return Work(fresh=password) if links.look_at_link(call.unit, sent.get("code", ""), "reset") else None


@operation("POST", "/auth/password/reset", id="resetPassword", auth="none", body=RESET, answer=SignedIn,
           tag="Signing in", hashes=_reset_work, private=True)  # fmt: skip
def reset(call: Call) -> Reply:
    """Set a new password with the code of the mail, and sign in; every other session and personal token ends"""
    problems: list[Problem] = []
    sent = RESET.read(call.body, problems)
    check_new_password(call, sent, problems)
    if "code" in sent and links.look_at_link(call.unit, sent["code"], "reset") is None:
        problems.append(Problem(("code",), DEAD))
    call.raise_problems(problems, ".".join)
    account_id = links.use_link(call.unit, sent["code"], "reset")
    person = account_for_update(call.unit, account_id) if account_id is not None else None
    if person is None or person.suspended or call.proof.fresh is None:
        raise Invalid({"code": [DEAD]})
    _replace(call, person, call.proof.fresh)
    if not person.verified:  # the code reached him at his address
        person = change_account(call.unit, person, {"profile": {"email_verified_at": instant(call.unit.now)}})
    post(call.unit, call.secrets, "password.reset_done", person.email, "Your password was changed",
         account_id=person.id, link=f"{call.links.public_url}/sign-in")  # fmt: skip
    tell_everywhere(call.unit, "password_reset_completed", person.id, {"ip": call.address})
    return signed_in(call, person)


def _replace(call: Call, person: AccountRecord, fresh: str, keep: str = "") -> None:
    """The new password; what was opened with the old one ends, what connectors hold lives on (spec 40 §5.5)."""
    set_password(call.unit, person.id, fresh)
    links.kill_links(call.unit, person.id, "reset")
    revoke_kinds(call.unit, person.id, ("personal",))
    revoke_kinds(call.unit, person.id, ("session",), keep=keep)


# -- by somebody signed in ---------------------------------------------------------------------------------------------


def _himself(call: Call) -> bool:
    named = call.path.get("user")
    return named is None or named == str(call.actor.account_id)


def _member(call: Call) -> Member:
    """The member of the path, or the caller."""
    named = call.path.get("user")
    digits = named is not None and named.isascii() and named.isdigit() and len(named) < 16
    found = find_member(call.unit, (int(named) if digits and named else 0) if named else call.actor.account_id or 0)
    if found is None:
        raise NotFound
    return found


def _current_work(call: Call, given: str | None, fresh: str | None) -> Work | None:
    if given is None or call.actor.account_id is None:
        return None
    require_turn(call.unit, guarded(call, call.actor.email).rules, lock=False)
    return Work(given=given, against=stored_hash(call.unit, call.actor.account_id), fresh=fresh)


def _change_work(call: Call) -> Work | None:
    sent = CHANGE.read(call.body, [])
    password = sent.get("password")
    fresh = password if password is not None and not problems_with(password, call.policy) else None
    return _current_work(call, sent.get("current_password"), fresh)


def _confirmed(call: Call) -> bool:
    """Whether the caller's own password was right; counted as an attempt to sign in."""
    tries = guarded(call, call.actor.email)
    require_turn(call.unit, tries.rules)
    if proven(call, find_account(call.unit, call.actor.email)):
        tries.succeeded(call.unit)
        return True
    tries.failed(call.unit)
    return False


def _wrong(path: str, text_: str = WRONG) -> Reply:
    """422 that is counted: what failed is committed."""
    body: dict[str, Any] = {"error": True, "message": text_, "code": "VALIDATION_FAILED", "errors": {path: [text_]}}
    return Reply(body=body, status=422)


@operation("PUT", "/organizations/{org}/me/update-password", id="updatePassword", acts=("me.change",), body=CHANGE,
           answer=User, tag="Me", hashes=_change_work, private=True,
           also=(("PUT", "/organizations/{org}/users/{user}/update-password"),))  # fmt: skip
def update_password(call: Call) -> Reply:
    """Change one's own password; every other session and personal token ends"""
    found = _member(call)
    require(call.actor, "me.change", {"oneself"} if _himself(call) else ())
    if not _himself(call):
        raise NotFound
    problems: list[Problem] = []
    sent = CHANGE.read(call.body, problems)
    check_new_password(call, sent, problems)
    if call.proof.against is None and "current_password" in sent:
        problems.append(Problem(("current_password",), "This account signs in without a password."))
    call.raise_problems(problems, ".".join)
    if not _confirmed(call) or call.proof.fresh is None:
        return _wrong("current_password")
    person = find_account(call.unit, call.actor.email)
    assert person is not None
    _replace(call, person, call.proof.fresh, keep=call.actor.token_id or "")
    post(call.unit, call.secrets, "password.changed", person.email, "Your password was changed", account_id=person.id,
         about={"ip": call.address})  # fmt: skip
    return member_reply(call, found)


def _move_work(call: Call) -> Work | None:
    return _current_work(call, MOVE.read(call.body, []).get("password"), None)


@operation("PUT", "/organizations/{org}/me/update-email", id="updateEmail", acts=("me.change", "member.manage"),
           body=MOVE, answer=User, tag="Me", hashes=_move_work, private=True,
           also=(("PUT", "/organizations/{org}/users/{user}/update-email"),))  # fmt: skip
def update_email(call: Call) -> Reply:
    """Change one's own address, or as an administrator that of a member of no other organization"""
    found = _member(call)
    if _himself(call):
        require(call.actor, "me.change")
    else:
        require(call.actor, "member.manage")
        if found.is_bot or other_places(call.unit, found.id):
            raise Forbidden(ONLY_HIMSELF, code="BUSINESS_RULE")
    problems: list[Problem] = []
    sent = MOVE.read(call.body, problems)
    if "email" in sent and (wrong := address_problem(call.unit, found, sent["email"])) is not None:
        problems.append(Problem(("email",), wrong))
    if call.proof.against is None and "password" in sent:
        problems.append(Problem(("password",), PASSWORDLESS))
    call.raise_problems(problems, ".".join)
    if not _confirmed(call):
        return _wrong("password")
    before, after = found.email, sent["email"]
    move_address(call.unit, found, after)
    for recipient in (before, after):
        post(call.unit, call.secrets, "email.changed", recipient, "Your e-mail address was changed",
             account_id=found.id, about={"from": before, "to": after})  # fmt: skip
    tell_everywhere(call.unit, "email_address_changed", found.id, {"from": before, "to": after})
    return member_reply(call, _member(call))
