"""A migrated database of each kind for the whole run; every test has an organization of its own in it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import pytest

from procession.kernel.database import Database, Session
from procession.kernel.ids import new_id
from procession.kernel.unit import Unit
from procession.operations.databases import open_database
from procession.operations.migrate import migrate
from procession.operations.settings import load
from tests.support.postgres import Databases

T = TypeVar("T")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    folder: Path = tmp_path_factory.mktemp("labels")
    environment = {"PROCESSION_DATA_DIR": str(folder)}
    if request.param == "postgresql":
        server: Databases = request.getfixturevalue("postgres")
        environment["PROCESSION_DATABASE_URL"] = server.create_database(f"labels_{uuid4().hex}")
    settings = load(environment, folder=folder)
    migrate(settings)
    database = open_database(settings)
    yield database
    database.close()


class Organization:
    """Runs commands and reads of one organization, each a second after the one before."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.id = new_id()
        self.now = NOW

    def do(self, work: Callable[[Unit], T]) -> T:
        self.now += timedelta(seconds=1)
        return self.database.command_now(lambda session: work(self.unit(session)))

    def ask(self, work: Callable[[Unit], T]) -> T:
        return self.database.read_now(lambda session: work(self.unit(session)))

    def unit(self, session: Session) -> Unit:
        return Unit(session, self.id, self.now, principal="u1001")


@pytest.fixture
def organization(database: Database) -> Organization:
    return Organization(database)
