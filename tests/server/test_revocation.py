"""What is taken from somebody is gone at once, in every process of the server (spec 40 §5.2, §5.5, §13.3, §14.5)."""

import time
from collections.abc import Callable, Iterator

import pytest

from tests.faults.server import Server
from tests.support.server import Caller, Running

AT_ONCE = 1.0
"""Seconds after which it must have taken effect everywhere."""


@pytest.fixture(scope="module")
def neighbour(postgres_server: Running) -> Iterator[str]:
    """The address of a second process over the same database."""
    settings = postgres_server.settings
    second = Server(settings.data_dir, settings.database_url)
    second.start()
    yield f"http://127.0.0.1:{second.port}"
    second.stop()


@pytest.fixture(params=["sqlite", "postgres"])
def processes(request: pytest.FixtureRequest) -> tuple[Running, list[str]]:
    """The server and the addresses of its processes: SQLite has one, PostgreSQL two."""
    running: Running = request.getfixturevalue(f"{request.param}_server")
    running.clock.resume()
    more = [request.getfixturevalue("neighbour")] if request.param == "postgres" else []
    return running, [running.base, *more]


def everywhere(of: Caller, addresses: list[str]) -> list[Caller]:
    return [Caller(one, of.organization, of.user_id, of.email, of.authorization) for one in addresses]


def session_ended(owner: Caller, session: Caller) -> None:
    found = session("GET", "/auth/sessions").data
    assert session("DELETE", f"/auth/sessions/{found[0]['id']}").status < 300


def token_deleted(owner: Caller, member: Caller) -> None:
    token = owner("GET", f"/O/users/{member.user_id}/tokens").data[0]["id"]
    assert owner("DELETE", f"/O/users/{member.user_id}/tokens/{token}").status < 300


def own_tokens_deleted(owner: Caller, member: Caller) -> None:
    found = member("GET", "/me/tokens").data
    assert all(member("DELETE", f"/me/tokens/{one['id']}").status < 300 for one in found)


def member_disabled(owner: Caller, member: Caller) -> None:
    assert owner("DELETE", f"/O/users/{member.user_id}/disable").status == 200


def link_replaced(owner: Caller, guest: Caller) -> None:
    assert owner("POST", f"/O/guests/{guest.email}/reset-link").status == 200


def guest_disabled(owner: Caller, guest: Caller) -> None:
    assert owner("DELETE", f"/O/guests/{guest.email}/disable").status == 200


def guest_deleted(owner: Caller, guest: Caller) -> None:
    assert owner("DELETE", f"/O/guests/{guest.email}").status == 200


WAYS: list[tuple[str, Callable[[Caller, Caller], None], int]] = [
    ("session", session_ended, 401),
    ("member", token_deleted, 401),
    ("member", own_tokens_deleted, 401),
    ("member", member_disabled, 403),
    ("guest", link_replaced, 410),
    ("guest", guest_disabled, 403),
    ("guest", guest_deleted, 401),
]


@pytest.mark.parametrize(("kind", "take", "status"), WAYS, ids=[one[1].__name__ for one in WAYS])
def test_what_is_taken_is_gone(
    processes: tuple[Running, list[str]], kind: str, take: Callable[[Caller, Caller], None], status: int
) -> None:
    server, addresses = processes
    owner = server.organization()
    for at in range(len(addresses)):  # taken in each of the processes in turn
        member = server.guest(owner) if kind == "guest" else server.member(owner, "standard")
        held = server.session(member) if kind == "session" else member
        there = everywhere(held, addresses)
        assert [one("GET", "/O/me/tasks").status for one in there] == [200] * len(there)
        take(everywhere(owner, addresses)[at], there[at])
        taken = time.monotonic()
        while (told := [one("GET", "/O/me/tasks").status for one in there]) != [status] * len(there):
            assert time.monotonic() - taken < AT_ONCE, told
