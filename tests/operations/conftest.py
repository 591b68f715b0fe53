"""Settings of both databases: SQLite in a temporary folder, PostgreSQL under the ordinary role."""

from pathlib import Path

import pytest

from procession.operations.settings import Settings, load

KEY = "k" * 64


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    return settings_of(request, tmp_path)


def settings_of(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    environment = {"PROCESSION_DATA_DIR": str(tmp_path / "data"), "PROCESSION_SECRET_KEY": KEY}
    if request.param == "postgresql":
        environment["PROCESSION_DATABASE_URL"] = request.getfixturevalue("postgres_url")
    return load(environment, folder=tmp_path)
