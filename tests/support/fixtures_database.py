"""A migrated database of each kind for the whole run, shared by the tests of the rooms: each test makes its own
organization in it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from procession.kernel.database import Database
from procession.kernel.postgres import PostgresSession
from procession.operations.databases import open_database
from procession.operations.settings import load
from tests.support.migrated import bring_up, migrated_database
from tests.support.postgres import Databases


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    folder: Path = tmp_path_factory.mktemp("rooms")
    environment = {"PROCESSION_DATA_DIR": str(folder)}
    if request.param == "postgresql":
        server: Databases = request.getfixturevalue("postgres")
        environment["PROCESSION_DATABASE_URL"] = migrated_database(server)
    settings = load(environment, folder=folder)
    bring_up(settings)
    database = open_database(settings)
    yield database
    database.close()


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was sent to the server, one text for each time somebody waited for it."""
    texts = list[str]()
    send: Any = getattr(PostgresSession, "_send")  # noqa: B009 - its own way to the server

    def counted(session: Any, text: str, arguments: Any, early: Any = ()) -> Any:
        texts.append(text)
        return send(session, text, arguments, early)

    monkeypatch.setattr(PostgresSession, "_send", counted)
    return texts
