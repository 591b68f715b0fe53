"""Scopes of tokens and traces of use (spec 40 §5.1, §5.3, §6.5)."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from procession.accounts.tokens import create_token, list_tokens
from procession.kernel.unit import Unit
from procession.server.scopes import scopes_for
from procession.server.traces import Traces
from tests.support.make import make_process
from tests.support.server import Caller, Running


def scoped(server: Running, of: Caller, *scopes: str) -> Caller:
    """The same member, with a token of these scopes."""

    def work(session: Any) -> str:
        unit = Unit(session, of.organization, server.clock.now())
        given: dict[str, Any] = {"account_id": of.user_id, "name": "scoped", "expires_at": None, "issuer": server.base}
        return create_token(unit, server.secrets, scopes=scopes, **given)[1]

    return Caller(server.base, of.organization, of.user_id, of.email, f"Bearer {server.database.command_now(work)}")


def test_a_token_opens_what_its_scopes_name(server: Running, owner: Caller) -> None:
    process = make_process(owner, {"title": "A"})
    reader = scoped(server, owner, "mcp.tasks.read")
    assert reader("GET", "/O/tasks").status == 200
    assert reader("GET", process.path()).status == 200, "tasks of a process open with tasks or processes"
    refused = reader("PUT", process.path(), {"title": "x"})
    assert (refused.status, refused.body["code"]) == (403, "INSUFFICIENT_SCOPE")
    told = refused.headers["www-authenticate"]
    assert told == 'Bearer error="insufficient_scope", scope="mcp.processes.write mcp.tasks.write"'
    assert reader("GET", "/O/runs").status == 403
    assert reader("GET", "/O/users").status == 403
    assert reader("GET", "/me").status == 403
    assert reader("GET", "/O/tags").status == 200, "any of templates, processes, tasks"
    assert owner("GET", process.path()).data["title"] == "A"
    writer = scoped(server, owner, "mcp.tasks.write", "mcp.users.read")
    assert writer("PUT", process.path(), {"title": "x"}).status == 200
    assert writer("GET", "/O/tasks").status == 200, "writing includes reading"
    assert writer("GET", "/me").status == writer("GET", "/O").status == 200
    assert writer("PUT", "/O", {"industry": "Software"}).status == 403
    assert writer("POST", "/O/groups", {"name": "G", "description": ""}).status == 403


@pytest.mark.parametrize(
    ("method", "path", "needed"),
    [
        ("GET", "/me/organizations", {"mcp.users.read", "mcp.users.write"}),
        ("PUT", "/organizations/{org}", set()),
        ("DELETE", "/organizations/{org}/guests/{guest}", {"mcp.users.write"}),
        ("POST", "/organizations/{org}/checklists/{checklist}/clone", {"mcp.templates.write"}),
        ("PUT", "/organizations/{org}/checklists/{checklist}/preruns/{prerun}",
         {"mcp.forms.write", "mcp.templates.write"}),
        ("POST", "/organizations/{org}/completed-tasks", {"mcp.tasks.write"}),
        ("DELETE", "/organizations/{org}/runs/{run}", {"mcp.processes.write"}),
        ("GET", "/organizations/{org}/guests/{guest}/tasks", {"mcp.tasks.read", "mcp.tasks.write"}),
        ("GET", "/health", set()),
    ],
)  # fmt: skip
def test_what_is_needed(method: str, path: str, needed: set[str]) -> None:
    assert scopes_for(method, path) == needed


def eventually(true: Callable[[], Any]) -> bool:
    """Whether it becomes true within ten seconds."""
    deadline = time.monotonic() + 10
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_traces_of_use_are_written_once_in_a_while(server: Running, owner: Caller) -> None:
    """House plan §4: no request writes them; one in a while leaves them all."""
    guest = server.guest(owner)

    def used() -> Any:
        def work(session: Any) -> Any:
            unit = Unit(session, owner.organization, server.clock.now())
            return [one.last_used_at for one in list_tokens(unit, owner.user_id)]

        return server.database.read_now(work)

    assert guest("GET", "/O/tasks").status == 200
    server.database.command_now(server.app.performer.traces.flush)
    # A flush of the server's own may be on its way with what was seen.
    assert eventually(lambda: owner("GET", f"/O/guests/{guest.email}").data["last_accessed_at"])
    before = owner("GET", f"/O/users/{owner.user_id}").headers["etag"].partition("-")[0]
    server.clock.shift(timedelta(seconds=61))
    try:
        owner("GET", "/O/users-list")
        assert eventually(lambda: any(used()))
        shown = owner("GET", f"/O/users/{owner.user_id}")
        assert shown.data["last_accessed_at"]
        assert shown.headers["etag"].partition("-")[0] == before, "being seen changes nothing"
    finally:
        server.clock.shift(timedelta(seconds=-61))


def test_a_clock_that_was_set_back_does_not_stop_the_traces(server: Running, owner: Caller) -> None:
    traces = Traces()
    server.database.read_now(
        lambda session: traces.note(
            Unit(session, owner.organization, server.clock.now() + timedelta(days=30)), None, None
        )
    )
    assert traces.due(server.clock.now())
    assert not traces.due(server.clock.now()), "said once"
