"""Fixtures over a real server: one per database and test process; every test gets organizations of its own."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tests.support.migrated import migrated_database
from tests.support.postgres import Databases
from tests.support.server import Caller, Running, run_server


@pytest.fixture(scope="session")
def sqlite_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = run_server(tmp_path_factory.mktemp("sqlite"))
    yield running
    running.stop()


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory, postgres: Databases) -> Iterator[Running]:
    folder: Path = tmp_path_factory.mktemp("postgres")
    running = run_server(folder, migrated_database(postgres))
    yield running
    running.stop()


@pytest.fixture(params=["sqlite", "postgres"])
def server(request: pytest.FixtureRequest) -> Running:
    """The server, once on each database."""
    running: Running = request.getfixturevalue(f"{request.param}_server")
    running.clock.resume()
    return running


@pytest.fixture
def own_work(request: pytest.FixtureRequest) -> None:
    """The servers of the test have nothing to do that an earlier test left: `run_due` and `index_all` end soon."""
    for name in {"server", "sqlite_server", "postgres_server"} & set(request.fixturenames):
        running: Running = request.getfixturevalue(name)
        running.forget_work()


class Team(msgspec.Struct, frozen=True):
    """The standing callers: administrator, standard and light member, guest, and an administrator elsewhere."""

    owner: Caller
    standard: Caller
    light: Caller
    guest: Caller
    stranger: Caller


@pytest.fixture
def team(server: Running) -> Team:
    owner = server.organization()
    return Team(
        owner,
        server.member(owner, "standard"),
        server.member(owner, "light"),
        server.guest(owner),
        server.organization("Other"),
    )


@pytest.fixture
def owner(server: Running) -> Caller:
    return server.organization()
