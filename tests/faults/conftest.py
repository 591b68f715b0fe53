"""Live servers on both databases. PostgreSQL is one that waits for the disk: what is proved here is durability."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.faults.harness import House, house
from tests.support.postgres import Postgres

DATABASES = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def durable_postgres() -> Iterator[Postgres]:
    """A server of their own: the proofs kill it, and start it again."""
    server = Postgres.start(fsync=True)
    yield server
    server.stop()


@pytest.fixture(scope="module", params=DATABASES)
def live(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A running server with an organization, its members and four processes of eight tasks."""
    postgres = request.getfixturevalue("durable_postgres") if request.param == "postgresql" else None
    made = house(tmp_path_factory.mktemp("faults"), postgres, f"faults_{uuid4().hex}", processes=4)
    yield made
    made.server.stop()


@pytest.fixture(scope="session", params=DATABASES)
def furnished(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """As `live`, for proofs that leave the server as they found it: made once, and running when a test begins."""
    postgres = request.getfixturevalue("durable_postgres") if request.param == "postgresql" else None
    made = house(tmp_path_factory.mktemp("steady"), postgres, f"steady_{uuid4().hex}", processes=4)
    yield made
    made.server.stop()


@pytest.fixture
def steady(furnished: House) -> House:
    """The furnished house with its server running."""
    if not furnished.server.alive:
        furnished.server.start()
    return furnished
