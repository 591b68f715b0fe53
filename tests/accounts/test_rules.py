"""Accounts without a server: passwords, names and addresses, redirect addresses, scopes, throttles, signing keys."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from procession.accounts.attempts import GUESSES, PAIR, count, guard, require_turn
from procession.accounts.keys import Secrets, same
from procession.accounts.model import Client, Policy
from procession.accounts.oauth import granted_scope
from procession.accounts.passwords import Hashing, Work, problems_with
from procession.accounts.people import create_account
from procession.accounts.tokens import create_token, forget_keys, jwks, revoke, rotate_keys
from procession.api.cookies import (
    cookie_name,
    page_token,
    read_cookie,
    require_page,
    require_same_origin,
    session_cookie,
)
from procession.api.oauth_clients import uri_problem
from procession.kernel.database import Database
from procession.kernel.errors import Forbidden, RateLimited
from procession.kernel.ids import NOWHERE, new_id
from procession.kernel.unit import Unit
from procession.people.names import name_problem, read_account_address

SECRETS = Secrets("a secret key of the tests")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("password", "wrong"),
    [
        ("Abcde1", []),
        ("A1" + "b" * 125, []),
        ("Abcd1", ["at least 6"]),
        ("A1" + "b" * 126, ["greater than 127"]),
        ("abcdef", ["upper-case", "digit"]),  # SIGN-A3
        ("ABCDEF1", ["lower-case"]),
        ("Ünïcode1", []),
    ],
)
def test_40_8_the_rules_of_passwords(password: str, wrong: list[str]) -> None:
    found = problems_with(password, Policy())
    assert len(found) == len(wrong)
    assert all(word in text for word, text in zip(wrong, found, strict=True))


def test_40_8_operators_ask_for_more() -> None:
    assert problems_with("Password1", Policy()) == []
    assert "most common" in problems_with("Password1", Policy(refuse_common_passwords=True))[0]
    assert problems_with("Correct1horse", Policy(refuse_common_passwords=True)) == []
    assert "at least 12" in problems_with("Abcdef1", Policy(shortest_password=12))[0]


def test_40_8_hashes_are_argon2id_and_nobody_is_as_slow_as_somebody() -> None:
    hashing = Hashing(time_cost=1, memory_kib=8)
    made = hashing.do(Work(fresh="Correct1horse")).fresh or ""
    assert made.startswith("$argon2id$")
    assert hashing.do(Work(given="Correct1horse", against=made)).right
    assert not hashing.do(Work(given="correct1horse", against=made)).right
    assert not hashing.do(Work(given="nobody's password", against=None)).right
    assert not hashing.do(Work(given="x", against="not a hash")).right


@pytest.mark.parametrize(
    ("address", "read"),
    [
        ("Ana@Example.com", "ana@example.com"),
        ("a@müller.example", "a@müller.example"),
        ("\u0430na@example.com", None),  # a Cyrillic letter that looks Latin
        ("ana@ex\u0430mple.com", None),
        ("ana@\uff45xample.com", None),  # a full-width letter
        ("ana@xn--exmple-4nf.com", None),  # the mixed label as it is looked up
        ("a" * 64 + "@" + "b" * 63 + "." + "c" * 63 + "." + "d" * 61 + ".io", None),
        ("no address", None),
        ("a@b@c.example", None),
    ],
)
def test_40_12_4_addresses_that_look_like_others_are_none(address: str, read: str | None) -> None:
    assert read_account_address(address) == read


@pytest.mark.parametrize(
    "name", ["http://x.example", "www.x.example", "x.example/path", "Admin", "null", "a" * 33, "a\u202eb"]
)
def test_40_12_4_names_that_are_none(name: str) -> None:
    assert name_problem(name, "first name")


@pytest.mark.parametrize("name", ["Ana", "J. R.", "O'Neill", "Müller-Lüdenscheidt", "李", "a" * 32])
def test_40_12_4_names_that_are(name: str) -> None:
    assert name_problem(name, "first name") is None


@pytest.mark.parametrize(
    ("uri", "confidential", "allowed"),
    [
        ("https://client.example/back", True, True),
        ("https://client.example:8443/back?x=1", True, True),
        ("http://client.example/back", True, False),
        ("http://127.0.0.1:5000/back", False, True),
        ("http://localhost/back", False, True),
        ("http://[::1]:9/back", False, True),
        ("http://127.0.0.1/back", True, False),
        ("http://127.0.0.1.evil.example/back", False, False),
        ("http://localhost@evil.example/", False, False),
        ("https://good.example@evil.example/", True, False),
        ("https://client.example/back#x", True, False),
        ("https://*.client.example/", True, False),
        ("https://client.example/a/../b", True, False),
        ("https://client.example\\@evil.example/", True, False),
        ("https:client.example", True, False),
        ("//client.example/back", True, False),
        ("javascript:alert(1)", False, False),
        ("data:text/html,x", False, False),
        ("https://client.example/\r\nSet-Cookie: x", True, False),
        ("https://cli\u0435nt.example/", True, False),
        ("https://client.example:99999/", True, False),
        ("", True, False),
        (7, True, False),
    ],
)
def test_40_6_1_redirect_addresses(uri: object, confidential: bool, allowed: bool) -> None:
    assert (uri_problem(uri, confidential=confidential) is None) == allowed


def a_client(*scopes: str) -> Client:
    return Client(
        id=7,
        owner=None,
        name="C",
        redirect_uris=[],
        grant_types=[],
        scopes=list(scopes),
        confidential=True,
        trusted=False,
        built_in=False,
        secret_digest=None,
        secret=None,
        require_client_header=None,
        access_token_ttl=None,
        refresh_token_ttl=None,
        logo_url=None,
        homepage_url=None,
        created_by=None,
        created_at=NOW,
        updated_at=NOW,
        disabled_at=None,
        revision=1,
    )


@pytest.mark.parametrize(
    ("most", "wanted", "granted"),
    [
        (["*"], None, "*"),
        (["*"], "read write openid", "*"),
        (["*"], "mcp.tasks.read openid", "mcp.tasks.read"),
        (["*"], "* mcp.tasks.read", "*"),
        (["mcp.tasks.write"], None, "mcp.tasks.write"),
        (["mcp.tasks.write"], "mcp.tasks.read", "mcp.tasks.read"),
        (["mcp.tasks.read"], "mcp.tasks.write", None),
        (["mcp.tasks.read"], "*", None),
    ],
)
def test_40_6_5_what_is_granted(most: list[str], wanted: str | None, granted: str | None) -> None:
    assert granted_scope(a_client(*most), wanted) == granted


def test_rate_06_attempts_are_counted_by_who_and_where(database: Database) -> None:
    moment = NOW + timedelta(days=int(new_id()[:6], 16) % 10_000)

    def at(seconds: float, work: Any) -> Any:
        now = moment + timedelta(seconds=seconds)
        return database.command_now(lambda session: work(Unit(session, NOWHERE, now)))

    ana, bo = guard(f"Ana.{new_id()}@x.example", "192.0.2.1"), guard(f"bo.{new_id()}@x.example", new_id())
    for step in range(10):
        at(step, lambda unit: require_turn(unit, bo.rules))
        at(step, bo.succeeded)
    with pytest.raises(RateLimited) as refused:
        at(10, lambda unit: require_turn(unit, bo.rules))
    assert 1 <= int(refused.value.headers["Retry-After"]) <= 60
    at(61, lambda unit: require_turn(unit, bo.rules))
    # Ten failures, wherever they come from: from then on one a minute.
    for step in range(10):
        keys = [ana.account, f"198.51.100.{step}"]
        at(step, lambda unit, keys=keys: count(unit, keys, failed=True))
    with pytest.raises(RateLimited):
        at(20, lambda unit: require_turn(unit, [(ana.account, GUESSES)]))
    at(70, lambda unit: require_turn(unit, [(ana.account, GUESSES)]))
    at(70, ana.succeeded)
    at(71, lambda unit: require_turn(unit, [(ana.account, GUESSES), (ana.pair, PAIR)]))


def test_rate_06_case_and_blanks_are_no_way_round() -> None:
    assert guard(" ANA@x.example ", "1").account == guard("ana@x.example", "1").account
    assert guard("ana@x.example", "1").place != guard("ana@x.example", "2").place


def test_40_5_2_keys_are_changed_and_old_tokens_go_on(database: Database) -> None:
    """40 §5.2: the former key stays in the key set until every token it signed has ended."""

    def make(unit: Unit) -> tuple[str, str]:
        account = create_account(unit, email=f"k.{new_id()}@x.example", first_name="K", last_name="K")
        return create_token(
            unit, SECRETS, account_id=account, name="t", expires_at=unit.now + timedelta(days=1), issuer="https://x"
        )

    def do(work: Any, at: datetime) -> Any:
        return database.command_now(lambda session: work(Unit(session, NOWHERE, at)))

    later = datetime(2090, 1, 1, tzinfo=UTC)
    do(lambda unit: rotate_keys(unit, SECRETS), later)
    token_id, text = do(make, later)
    fresh = do(lambda unit: rotate_keys(unit, SECRETS), later + timedelta(seconds=1))
    _, after = do(make, later + timedelta(seconds=2))
    known = do(jwks, later)
    claims = jwt.decode(text, KeySet.import_key_set(known), algorithms=["RS256"]).claims
    assert claims["jti"] == token_id and claims["aud"] == "1"
    assert jwt.decode(after, KeySet.import_key_set(known), algorithms=["RS256"]).header["kid"] == fresh
    kept = {key["kid"] for key in known["keys"]}
    do(forget_keys, later + timedelta(seconds=3))
    assert {key["kid"] for key in do(jwks, later)["keys"]} >= {fresh}
    do(lambda unit: revoke(unit, token_id), later)
    gone = set(do(forget_keys, later + timedelta(days=2)))
    assert gone <= kept and fresh not in gone
    assert all("d" not in key for key in known["keys"]), "never the private half"


def test_41_18_1_cookies() -> None:
    public = session_cookie("t", "https://flow.example", seconds=60)
    assert public == "__Host-procession=t; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=60"
    assert "Secure" not in session_cookie("t", "http://127.0.0.1:8000", seconds=None)
    name = cookie_name("https://flow.example")
    assert read_cookie(f"a=b; {name}=xyz", "https://flow.example") == "xyz"
    assert read_cookie("procession=xyz", "https://flow.example") is None, "another host's cookie is none of ours"
    for broken in (None, "", "=;=", "procession"):
        assert read_cookie(broken, "http://x") is None


def test_cors_01_writes_with_a_cookie_come_from_a_page() -> None:
    token = page_token(SECRETS, "s1")
    require_page(SECRETS, "s1", {"x-csrf-token": token}, {})
    require_page(SECRETS, "s1", {}, {"csrf_token": token})
    for headers, body in (({}, {}), ({"x-csrf-token": page_token(SECRETS, "s2")}, {}), ({}, {"csrf_token": ["x"]})):
        with pytest.raises(Forbidden):
            require_page(SECRETS, "s1", headers, body)
    here = "https://flow.example"
    require_same_origin({}, here)
    require_same_origin({"origin": here, "sec-fetch-site": "same-origin"}, here)
    require_same_origin({"origin": "http://127.0.0.1:8000", "host": "127.0.0.1:8000"}, here)
    for headers in (
        {"origin": "https://evil.example", "host": "flow.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
    ):
        with pytest.raises(Forbidden):
            require_same_origin(headers, here)
    assert same("a", "a") and not same("a", "b") and not same("\ud800", "x")
