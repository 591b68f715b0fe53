"""Three walls between organizations, each with the other two down (house plan §4, tenant first).

Statements name the organization; access functions ask who somebody is and what he may; PostgreSQL hides the rows of
others (row-level security). The marked organization is attacked with ids that exist, by whoever gets furthest: an
administrator of another organization, to whom the rights of objects are no wall at all.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from procession.accounts.tokens import digest
from procession.api.endpoint import OPERATIONS
from procession.kernel.errors import NotFound
from procession.kernel.unit import Unit
from procession.people.authenticate import authenticate_guest, authenticate_member
from procession.people.model import Actor
from procession.templates.access import template_to_edit, template_to_see
from procession.work.access import process_for_update, process_to_see, task_for_update, task_to_see
from tests.support.canaries import MARK, Marked
from tests.support.server import Caller, Running
from tests.support.twins import TWINS, World, base, sent
from tests.support.walls import without_policies, without_statements

READING = sorted(
    {
        one.path: one
        for one in OPERATIONS
        if one.method == "GET" and one.path.replace("{type}", "").count("{") > 1 and one.auth == "member"
    }.items()
)
"""What reads one thing, by its id; `{type}` is a word."""


@pytest.fixture(scope="module")
def marked(postgres_server: Running) -> Marked:
    world = Marked(postgres_server, postgres_server.organization(MARK))
    world.plant()
    return world


@pytest.fixture(scope="module")
def other(postgres_server: Running) -> World:
    return World(postgres_server, postgres_server.organization("Elsewhere"))


def seen_by(caller: Caller, world: World) -> list[str]:
    """Which operations that read one thing show the caller something of that organization."""
    shown = []
    for path, operation in READING:
        address, _ = sent(world, operation, TWINS[base(operation)])
        answer = caller("GET", address)
        if answer.status < 300:
            shown.append(f"{path}: {answer.body}")
    return shown


def test_statements_alone(marked: Marked, other: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rights are no wall to an administrator, the policies are gone: the statements find nothing."""
    without_policies(monkeypatch)
    assert seen_by(other.owner, marked) == []


def test_policies_alone(marked: Marked, other: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Statements ask for everybody's rows: PostgreSQL has only those of the caller's organization."""
    without_statements(monkeypatch)
    assert seen_by(other.owner, marked) == []


def test_without_all_of_them(marked: Marked, other: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The walls that these tests take down are really down."""
    without_policies(monkeypatch)
    without_statements(monkeypatch)
    shown = "".join(seen_by(other.owner, marked))
    assert MARK in shown


def actors(server: Running, other: World) -> list[Actor]:
    """An administrator, an ordinary member, a light member and a guest of the other organization."""
    callers = [
        other.owner,
        server.member(other.owner, "standard"),
        server.member(other.owner, "light"),
        server.guest(other.owner),
    ]

    def work(caller: Caller, session: Any) -> Actor:
        unit = Unit(session, other.owner.organization, server.clock.now())
        kind, text = caller.authorization.split()
        return (authenticate_guest if kind == "Guest" else authenticate_member)(unit, digest(text))

    return [server.database.read_now(partial(work, one)) for one in callers]


def test_access_functions_alone(
    postgres_server: Running, marked: Marked, other: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows of the other organization lie open: who has no right to an object is told that there is none."""
    server, template, process = postgres_server, marked.template.id, marked.process
    administrator, *found = actors(server, other)
    without_policies(monkeypatch)
    without_statements(monkeypatch)
    ways: list[Callable[[Unit, Actor], object]] = [
        lambda unit, actor: template_to_see(unit, actor, template),
        lambda unit, actor: template_to_edit(unit, actor, template),
        lambda unit, actor: process_to_see(unit, actor, process.id),
        lambda unit, actor: process_for_update(unit, actor, process.id),
        lambda unit, actor: task_to_see(unit, actor, process.tasks[0], None),
        lambda unit, actor: task_to_see(unit, actor, process.tasks[0], process.id),
        lambda unit, actor: task_for_update(unit, actor, process.tasks[0], process.id),
        lambda unit, actor: task_for_update(unit, actor, marked.oneoff, None),
    ]

    def tried(way: Callable[[Unit, Actor], object], actor: Actor, session: Any) -> None:
        way(Unit(session, other.owner.organization, server.clock.now()), actor)

    for way in ways:
        server.database.command_now(partial(tried, way, administrator))  # the rows are there
    for actor in found:
        for way in ways:
            with pytest.raises(NotFound):
                server.database.command_now(partial(tried, way, actor))


def test_membership_alone(marked: Marked, other: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the organization of the address all statements and policies agree: who is no member of it gets no further."""
    without_policies(monkeypatch)
    for path, operation in READING:
        address, _ = sent(marked, operation, TWINS[base(operation)])
        answer = other.owner("GET", address.replace("/O/", f"/organizations/{marked.owner.organization}/", 1))
        assert (answer.status, answer.body["code"]) == (403, "FORBIDDEN"), (path, answer.body)
