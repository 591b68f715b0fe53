"""Live servers on both databases. PostgreSQL is one that waits for the disk: what is proved here is durability."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.faults.harness import House, house
from tests.support.postgres import Postgres

DATABASES = ("sqlite", "postgresql")


@pytest.fixture(scope="module")
def durable_postgres() -> Iterator[Postgres]:
    """A server of its own for each file: the proofs kill it."""
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
