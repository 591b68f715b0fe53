"""Settings of both databases: SQLite in a temporary folder, PostgreSQL under the ordinary role."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from procession.operations.settings import Settings, load
from tests.support.postgres import Databases

KEY = "k" * 64


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    return settings_of(request, tmp_path)


def settings_of(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    environment = {"PROCESSION_DATA_DIR": str(tmp_path / "data"), "PROCESSION_SECRET_KEY": KEY}
    if request.param == "postgresql":
        environment["PROCESSION_DATABASE_URL"] = request.getfixturevalue("postgres_url")
    return load(environment, folder=tmp_path)


@pytest.fixture
def other(settings: Settings, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Settings]:
    """An empty place of the same kind, with the same key set."""
    environment = {"PROCESSION_DATA_DIR": str(tmp_path / "other"), "PROCESSION_SECRET_KEY": KEY}
    if settings.embedded:
        yield load(environment, folder=tmp_path)
        return
    postgres: Databases = request.getfixturevalue("postgres")
    name = f"other_{uuid4().hex}"
    environment["PROCESSION_DATABASE_URL"] = postgres.create_database(name)
    yield load(environment, folder=tmp_path)
    postgres.drop_database(name)
