"""The kernel on both databases, with tables of its own rows only."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from procession.kernel.clock import Clock
from procession.kernel.database import Database
from procession.operations.databases import open_database
from procession.operations.settings import load
from tests.support.migrated import bring_up, migrated_database
from tests.support.postgres import Databases


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A migrated database, once of each kind."""
    environment = {"PROCESSION_DATA_DIR": str(tmp_path)}
    if request.param == "postgres":
        databases: Databases = request.getfixturevalue("postgres")
        environment["PROCESSION_DATABASE_URL"] = migrated_database(databases)
    settings = load(environment=environment)
    bring_up(settings)
    opened = open_database(settings)
    yield opened
    opened.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()
