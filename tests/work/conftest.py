"""A migrated database of each kind for a file of tests; every test has an organization of its own in it."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from procession.kernel.database import Database
from procession.operations.databases import open_database
from procession.operations.migrate import migrate
from procession.operations.settings import load
from tests.support.postgres import Databases
from tests.work.world import World


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    folder: Path = tmp_path_factory.mktemp("lists")
    environment = {"PROCESSION_DATA_DIR": str(folder)}
    if request.param == "postgresql":
        server: Databases = request.getfixturevalue("postgres")
        environment["PROCESSION_DATABASE_URL"] = server.create_database(f"lists_{uuid4().hex}")
    settings = load(environment, folder=folder)
    migrate(settings)
    database = open_database(settings)
    yield database
    database.close()


@pytest.fixture
def world(database: Database) -> World:
    return World(database)
