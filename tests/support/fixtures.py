"""Fixtures for every room: one PostgreSQL server for the whole run, databases on it."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from xdist.workermanage import WorkerController

from tests.support.postgres import Databases, Postgres

SHARED = "procession_postgres"  # the name under which pytest-xdist's workers are told the socket's folder
_SERVER = pytest.StashKey[Postgres]()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: WorkerController) -> None:
    """With pytest-xdist the controller owns the server: it is there before the workers and goes after them."""
    stash = node.config.stash
    if _SERVER not in stash:
        stash[_SERVER] = Postgres.start(fsync=False)
    node.workerinput[SHARED] = str(stash[_SERVER].folder)


def pytest_unconfigure(config: pytest.Config) -> None:
    if _SERVER in config.stash:
        config.stash[_SERVER].stop()
        del config.stash[_SERVER]


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest) -> Databases:
    """The run's server; started for the first test that asks. Commits do not wait for the disk (`fsync=off`)."""
    shared: str | None = getattr(request.config, "workerinput", {}).get(SHARED)
    if shared is not None:
        return Databases(Path(shared))
    stash = request.config.stash
    stash[_SERVER] = Postgres.start(fsync=False)
    return stash[_SERVER].databases


@pytest.fixture
def postgres_url(postgres: Databases) -> Iterator[str]:
    """The URL of an empty database, owned by the ordinary role, dropped after the test."""
    name = f"test_{uuid4().hex}"
    yield postgres.create_database(name)
    postgres.drop_database(name)
