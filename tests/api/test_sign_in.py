"""Signing in to the web and out again (spec 40 §5.4, §8; 60 §2; 41 §14.6, §15.2)."""

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from procession.api.auth import setup_code
from procession.kernel.sql import Query, organization, row
from procession.kernel.tables import events
from procession.kernel.unit import Unit
from procession.people.organizations import add_member
from tests.support.server import PASSWORD, Answer, Caller, Running, http_client, run_server

OTHER = "Other1horse"


class Browser:
    """Somebody without a token: cookies are kept, as browsers do."""

    def __init__(self, server: Running) -> None:
        self.http = http_client(server.base)

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        response = self.http.request(method, path, json=body, headers=given)
        json = "json" in response.headers.get("content-type", "")
        return Answer(response.status_code, response.json() if json else None, response.headers)


@pytest.fixture
def browser(server: Running) -> Iterator[Browser]:
    server.forget_attempts()
    found = Browser(server)
    yield found
    found.http.close()


def login(browser: Browser, of: Caller, password: str = PASSWORD, **more: Any) -> Answer:
    return browser("POST", "/auth/login", {"email": of.email, "password": password, **more})


def security(server: Running, of: Caller) -> list[str]:
    """What the security log holds about somebody, oldest first."""

    def work(session: Any) -> list[str]:
        unit = Unit(session, of.organization, server.clock.now())
        return [one[0] for one in unit.all(HIDDEN, subject=str(of.user_id))]

    return server.database.read_now(work)


HIDDEN = Query(
    sa.select(events.c.kind)
    .where(organization(events), events.c.subject_id == sa.bindparam("subject"), events.c.kind.like("security.%"))
    .order_by(events.c.id),
    row,
)


def test_sign_in_with_a_session_as_token_and_as_cookie(server: Running, browser: Browser, owner: Caller) -> None:
    server.with_password(owner)
    done = login(browser, owner)
    assert done.status == 200, done.body
    data = done.data
    assert (data["user"]["id"], data["organization"]["id"]) == (owner.user_id, owner.organization)
    assert (data["token_type"], data["expires_in"]) == ("Bearer", 12 * 3600)
    cookie = done.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie and "Max-Age" not in cookie
    assert "access-control-allow-origin" not in done.headers, "CORS-01: nobody else's page reads it"
    me = browser("GET", "/me", Authorization=f"Bearer {data['access_token']}")
    assert me.data["last_login_at"] and me.data["email"] == owner.email
    assert browser("GET", "/me").status == 401, "CORS-01: bearer routes ignore cookies"
    assert browser("GET", f"/organizations/{owner.organization}/tasks").status == 401
    kept = login(browser, owner, remember=True)
    assert kept.data["expires_in"] == 30 * 24 * 3600 and "Max-Age=2592000" in kept.headers["set-cookie"]
    assert kept.data["access_token"] != data["access_token"], "a new session every time"


def test_40_8_the_user_object_is_that_of_me(server: Running, browser: Browser, owner: Caller) -> None:
    """The days of the digest and whether somebody is billed follow the organization's settings here too."""
    member = server.member(owner, "standard")
    server.with_password(member)
    domain = member.email.rpartition("@")[2]
    assert owner("PUT", "/O", {"unbilled_domains": [domain], "cadence_days": ["Friday"]}).status == 200
    found = login(browser, member).data["user"]
    shown = member("GET", "/me").data
    told = ("is_unbilled", "cadence_days", "role", "status", "last_login_at", "can_create_templates")
    assert found.keys() == shown.keys()
    assert {one: found[one] for one in told} == {one: shown[one] for one in told}
    assert found["is_unbilled"] is True and found["cadence_days"]


def test_cookies_write_only_from_a_page(server: Running, browser: Browser, owner: Caller) -> None:
    """41 §18.1, 00 CORS-01."""
    server.with_password(owner)
    csrf = login(browser, owner).data["csrf_token"]
    listed = browser("GET", "/auth/sessions")
    assert listed.status == 200 and listed.body["meta"]["csrf_token"] == csrf
    [here] = listed.data
    assert here["current"] and here["recently_confirmed"] and here["ip"]
    for headers in ({}, {"X_CSRF_Token": "x"}, {"x_csrf_token": csrf[:-1]}):
        refused = browser("DELETE", "/auth/sessions", **headers)
        assert (refused.status, refused.body["code"]) == (403, "CSRF")
    foreign = browser("DELETE", "/auth/sessions", X_CSRF_Token=csrf, Origin="https://evil.example")
    assert (foreign.status, foreign.body["code"]) == (403, "CSRF")
    foreign = browser("POST", "/auth/login", {"email": "a@b.example", "password": "x"}, Origin="https://evil.example")
    assert foreign.status == 403, "nobody else's page signs anybody in"
    assert browser("DELETE", "/auth/sessions", X_CSRF_Token=csrf).data == {"revoked": 0}


def test_sessions_end_one_by_one_and_all_at_once(server: Running, browser: Browser, owner: Caller) -> None:
    first, second, third = (server.session(owner) for _ in range(3))
    stranger = server.session(server.organization("Else"))
    found = third("GET", "/auth/sessions").data
    assert [one["current"] for one in found] == [True, False, False]
    assert stranger("DELETE", f"/auth/sessions/{found[1]['id']}").status == 404
    assert third("DELETE", f"/auth/sessions/{found[1]['id']}").status == 204
    assert (second("GET", "/me").status, first("GET", "/me").status) == (401, 200), "at once"
    assert third("DELETE", f"/auth/sessions/{found[1]['id']}").status == 404
    assert third("DELETE", "/auth/sessions").data == {"revoked": 1}
    assert (first("GET", "/me").status, third("GET", "/me").status) == (401, 200)
    assert owner("GET", "/auth/sessions").status == 401, "a personal token is no session"
    assert owner("GET", "/me").status == 200, "and is not ended with them"


def test_40_5_4_sign_out(server: Running, browser: Browser, owner: Caller) -> None:
    server.with_password(owner)
    made = owner("POST", "/me/tokens", {"name": "ends", "revoke_on_logout": True}).data["access_token"]
    data = login(browser, owner).data
    out = browser("POST", "/auth/logout")
    assert out.status == 204 and "Max-Age=0" in out.headers["set-cookie"]
    assert browser("GET", "/me", Authorization=f"Bearer {data['access_token']}").status == 401
    assert browser("GET", "/me", Authorization=f"Bearer {made}").status == 401
    assert owner("GET", "/me").status == 200, "tokens with the switch off survive"
    for method in ("GET", "POST"):  # SIGN-A4: from any state
        gone = browser(method, "/logout")
        assert (gone.status, gone.headers["location"]) == (302, f"{server.base}/sign-in")
    assert browser("POST", "/auth/logout").status == 204


def test_40_5_4_the_organizations_switch_takes_in_the_tokens_that_are_there(
    server: Running, browser: Browser, owner: Caller
) -> None:
    server.with_password(owner)
    other = server.organization("Other")
    now = server.clock.now()
    server.database.command_now(lambda one: add_member(Unit(one, other.organization, now), owner.user_id, "standard"))
    made = owner("POST", "/me/tokens", {"name": "elsewhere", "organization_id": other.organization})
    assert made.status == 201
    member = server.member(owner, "standard")

    def ends(caller: Caller) -> list[tuple[str, bool]]:
        return [(one["name"], one["revoke_on_logout"]) for one in caller("GET", "/me/tokens").data]

    assert member("PUT", "/O", {"revoke_api_tokens_at_sign_out": True}).status == 403
    assert owner("PUT", "/O", {"name": "Acme two"}).status == 200
    assert ends(member) == [("test", False)]
    assert owner("PUT", "/O", {"revoke_api_tokens_at_sign_out": True}).status == 200
    assert ends(owner) == [("elsewhere", False), ("test", True)], "but for what is bound to another organization"
    assert (ends(member), ends(other)) == ([("test", True)], [("test", False)])
    login(browser, owner)
    assert browser("POST", "/auth/logout").status == 204
    assert (owner("GET", "/me").status, member("GET", "/me").status) == (401, 200)


def test_40_8_every_failure_reads_the_same_and_is_logged(server: Running, browser: Browser, owner: Caller) -> None:
    server.with_password(owner)
    elsewhere = server.organization("Else")
    answers = [
        login(browser, owner, "Wrong1horse"),
        browser("POST", "/auth/login", {"email": "nobody@x.example", "password": PASSWORD}),
        login(browser, elsewhere),  # has no password
        browser("POST", "/auth/login", {"email": "no address", "password": "x"}),
    ]
    assert {one.status for one in answers} == {401}
    told = [{name: value for name, value in one.body.items() if name != "request_id"} for one in answers]
    assert all(one == told[0] for one in told) and told[0]["message"] == "These credentials do not match our records."
    assert security(server, owner) == ["security.login_failed"]
    assert security(server, elsewhere) == ["security.login_failed"]
    assert login(browser, owner).status == 200
    assert browser("POST", "/auth/lookup", {"email": owner.email}).body["data"] == {
        "methods": ["password"],
        "sso_url": None,
    }
    assert browser("POST", "/auth/lookup", {"email": "n@x.example"}).data["methods"] == ["password"]
    bad: list[Any] = [{}, {"email": owner.email}, {"email": [], "password": {}}]
    for body in bad:
        assert browser("POST", "/auth/login", body).status == 422


def test_rate_06_guesses_are_slowed_down(server: Running, browser: Browser, owner: Caller) -> None:
    """60 §2.2: ten failures, then one attempt a minute, however the address is written and wherever it says it is."""
    server.with_password(owner)
    began = server.clock.now()
    server.clock.stop(began)
    tricks = [owner.email.upper(), f" {owner.email}", owner.email.title()]
    for number in range(10):
        body = {"email": tricks[number % 3], "password": "Wrong1horse"}
        headers = {"X_Forwarded_For": f"192.0.2.{number}", "X_Real_IP": "1.2.3.4", "Forwarded": "for=9.9.9.9"}
        assert browser("POST", "/auth/login", body, **headers).status == 401
    slowed = login(browser, owner)
    assert (slowed.status, slowed.body["code"]) == (429, "RATE_LIMIT_EXCEEDED")
    assert 1 <= int(slowed.headers["retry-after"]) <= 61
    server.forget_attempts()
    assert login(browser, owner).status == 200
    server.clock.resume()


def test_40_8_refused_sign_ins_say_why_after_the_right_password(
    server: Running, browser: Browser, owner: Caller
) -> None:
    """SIGN-A5."""
    mate = server.with_password(server.member(owner, "standard"))
    owner("PUT", "/O", {"deactivated_text": "Call Ana."})
    assert owner("DELETE", f"/O/users/{mate.user_id}/disable").status == 200
    assert login(browser, mate, "Wrong1horse").status == 401
    refused = login(browser, mate)
    assert (refused.status, refused.body["code"]) == (403, "MEMBER_DISABLED")
    assert "Olive Owner" in refused.body["message"] and refused.body["message"].endswith("Call Ana.")
    assert "set-cookie" not in refused.headers


def test_60_2_3_forgotten_passwords(server: Running, browser: Browser, owner: Caller) -> None:
    """SIGN-A2: once, within an hour, the last link alone; 40 §5.5: what the old password opened ends."""
    server.with_password(owner)
    old, oauth = server.session(owner), owner
    for email in (owner.email, "nobody@x.example", owner.email.upper()):
        assert browser("POST", "/auth/password/forgot", {"email": email}).status == 200
    newest, older = server.links(owner.email, "password.reset_request")
    assert newest.startswith(f"{server.base}/password/reset/")
    code = newest.rsplit("/", 1)[1]
    fresh = {"password": OTHER, "password_confirmation": OTHER}
    dead = browser("POST", "/auth/password/reset", {"code": older.rsplit("/", 1)[1], **fresh})
    assert "code" in dead.errors, "a new request kills older links"
    weak = browser("POST", "/auth/password/reset", {"code": code, "password": "abcdef", "password_confirmation": "x"})
    assert sorted(weak.errors) == ["password", "password_confirmation"] and len(weak.errors["password"]) == 2
    done = browser("POST", "/auth/password/reset", {"code": code, **fresh})
    assert done.status == 200 and done.data["user"]["email_verified_at"]
    assert old("GET", "/me").status == 401 and oauth("GET", "/me").status == 401
    assert "code" in browser("POST", "/auth/password/reset", {"code": code, **fresh}).errors
    assert login(browser, owner).status == 401
    assert login(browser, owner, OTHER).status == 200
    assert security(server, owner)[:3] == ["security.password_reset_initiated"] * 2 + [
        "security.password_reset_completed"
    ]
    assert len(server.links(owner.email, "password.reset_done")) == 1
    browser("POST", "/auth/password/forgot", {"email": owner.email})
    server.clock.stop(server.clock.now())
    code = server.links(owner.email, "password.reset_request")[0].rsplit("/", 1)[1]
    server.clock.stop(server.clock.now() + timedelta(seconds=3601))
    late = browser("POST", "/auth/password/reset", {"code": code, **fresh})
    assert "code" in late.errors
    server.clock.resume()


def test_40_3_5_mails_are_asked_for_five_times_an_hour(server: Running, browser: Browser, owner: Caller) -> None:
    for _ in range(7):
        assert browser("POST", "/auth/password/forgot", {"email": owner.email}).status == 200
    assert len(server.links(owner.email, "password.reset_request")) == 5


def test_40_9_4_changing_the_password(server: Running, browser: Browser, owner: Caller) -> None:
    here, there = server.session(owner), server.session(owner)
    body = {"current_password": PASSWORD, "new_password": OTHER, "password_confirmation": OTHER}
    wrong = here("PUT", "/O/me/update-password", {**body, "current_password": "Wrong1horse"})
    assert wrong.errors == {"current_password": ["The password is incorrect."]}
    assert here("PUT", "/O/me/update-password", {**body, "password_confirmation": "x"}).status == 422
    mate = server.member(owner, "standard")
    assert here("PUT", f"/O/users/{mate.user_id}/update-password", body).status == 404, "only one's own"
    assert here("PUT", f"/O/users/{owner.user_id}/update-password", body).status == 200
    assert (here("GET", "/me").status, there("GET", "/me").status, owner("GET", "/me").status) == (200, 401, 401)
    assert [one["kind"] for one in here("GET", f"/O/users/{owner.user_id}/emails").data][:1] == ["password.changed"]
    assert login(browser, owner, OTHER).status == 200
    nobody = server.member(here, "light")
    assert "without a password" in str(nobody("PUT", "/O/me/update-password", body).errors["current_password"])


def test_40_9_4_changing_the_address(server: Running, owner: Caller) -> None:
    here = server.session(owner)
    mate = server.member(owner, "standard")
    guest = server.guest(owner)
    new = f"moved-{time.time_ns()}@x.example"
    body = {"email": new, "password": PASSWORD}
    for taken in (mate.email, guest.email, "no address", "\u0430@x.example"):
        assert "email" in here("PUT", "/O/me/update-email", {**body, "email": taken}).errors
    assert "password" in here("PUT", "/O/me/update-email", {**body, "password": "Wrong1horse"}).errors
    assert here("GET", "/me").data["email"] == owner.email
    assert here("PUT", "/O/me/update-email", body).data["email"] == new
    assert here("GET", "/me").data["email"] == new, "the session goes on"
    assert security(server, owner)[-1] == "security.email_address_changed"
    log = here("GET", "/O/email-log?kind=email.changed").data
    assert {one["recipient"] for one in log} <= {owner.email, new} and len(log) == 2
    theirs = f"theirs-{time.time_ns()}@x.example"
    path = f"/O/users/{mate.user_id}/update-email"
    assert mate("PUT", f"/O/users/{owner.user_id}/update-email", body).status == 403
    assert here("PUT", path, {"email": theirs, "password": PASSWORD}).data["email"] == theirs


def test_40_8_step_up(server: Running, browser: Browser, owner: Caller) -> None:
    here = server.session(owner)
    server.clock.stop(server.clock.now())
    server.clock.stop(server.clock.now() + timedelta(seconds=301))
    assert not here("GET", "/auth/sessions").data[0]["recently_confirmed"]
    assert here("POST", "/auth/step-up", {"password": "Wrong1horse"}).status == 422
    assert not here("GET", "/auth/sessions").data[0]["recently_confirmed"]
    assert here("POST", "/auth/step-up", {"password": PASSWORD}).data["recently_confirmed"]
    server.clock.resume()


def test_40_8_sign_up_and_confirm(server: Running, browser: Browser) -> None:
    email = f"nora-{time.time_ns()}@x.example"
    body = {"first_name": "Nora", "last_name": "New", "email": email, "password": PASSWORD, "company_name": "Nora Ltd",
            "timezone": "Europe/Lisbon", "role": "admin", "email_verified_at": "2020-01-01T00:00:00Z", "plan_code": "x",
            "suspended": False, "organization_id": "f" * 32}  # fmt: skip
    for wrong in ({"password": "abcdef"}, {"first_name": "x.example"}, {"timezone": "Nowhere"}, {"email": "x"}):
        assert browser("POST", "/auth/register", {**body, **wrong}).status == 422
    assert browser("POST", "/auth/register", body).status == 201
    assert browser("POST", "/auth/register", body).status == 201, "an address that is taken tells nothing"
    unverified = browser("POST", "/auth/login", {"email": email, "password": PASSWORD})
    assert (unverified.status, unverified.body["code"]) == (403, "EMAIL_NOT_VERIFIED")
    before = server.links(email, "email.verify")
    assert browser("POST", "/auth/resend-verification", {"email": email}).status == 200
    newest, *older = server.links(email, "email.verify")
    assert newest not in before and older == before
    for link in older:
        assert browser("POST", "/auth/verify-email", {"token": link.rsplit("/", 1)[1]}).status == 422
    done = browser("POST", "/auth/verify-email", {"token": newest.rsplit("/", 1)[1]})
    assert done.data["organization"]["name"] == "Nora Ltd" and done.data["user"]["role"] == "admin"
    assert browser("POST", "/auth/verify-email", {"token": newest.rsplit("/", 1)[1]}).status == 422
    assert browser("POST", "/auth/login", {"email": email, "password": PASSWORD}).status == 200


def test_60_2_1_first_set_up(tmp_path: Path) -> None:
    """SETUP-A1, SETUP-A2."""
    server = run_server(tmp_path)
    browser = Browser(server)
    try:
        body = {"code": setup_code(server.secrets), "organization": "Acme", "first_name": "Ana", "last_name": "Silva",
                "email": "ana@x.example", "password": PASSWORD, "timezone": "Europe/Lisbon"}  # fmt: skip
        assert browser("POST", "/auth/setup", {**body, "password": "x"}).status == 422
        for _ in range(5):
            assert browser("POST", "/auth/setup", {**body, "code": "wrong"}).status == 403
        assert browser("POST", "/auth/setup", body).status == 429, "five tries, then a minute"
        server.clock.stop(server.clock.now())
        server.clock.stop(server.clock.now() + timedelta(seconds=61))
        done = browser("POST", "/auth/setup", body)
        assert done.status == 201, done.body
        assert (done.data["user"]["role"], done.data["user"]["is_default_admin"]) == ("admin", True)
        assert done.data["organization"]["timezone"] == "Europe/Lisbon"
        assert browser("POST", "/auth/setup", body).status == 404
        assert browser("POST", "/auth/login", {"email": "ana@x.example", "password": PASSWORD}).status == 200
    finally:
        browser.http.close()
        server.stop()
