"""Databases of today's schema: migrated once in a test process, copied for whoever wants one.

What is proven about migrations themselves goes through `migrate` from an empty database (`tests/operations`).
"""

import atexit
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from procession.operations.databases import sqlite_path
from procession.operations.migrate import migrate, present
from procession.operations.settings import Settings, load, make_data_dir
from tests.support.postgres import Databases


def bring_up(settings: Settings) -> None:
    """As `migrate`; a database with nothing in it becomes a copy."""
    make_data_dir(settings)
    if settings.embedded:
        if not sqlite_path(settings).exists():
            shutil.copyfile(_file(), sqlite_path(settings))
    elif present(settings) is None:
        address = urlsplit(settings.database_url)
        databases, name = Databases(Path(parse_qs(address.query)["host"][0])), address.path.removeprefix("/")
        databases.drop_database(name)
        migrated_database(databases, name)
    migrate(settings)


def migrated_database(databases: Databases, name: str | None = None) -> str:
    """The URL of a new PostgreSQL database of today's schema, owned by the ordinary role."""
    return databases.create_database(name or f"test_{uuid4().hex}", _template(databases))


@cache
def _file() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="procession-migrated-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    settings = load(environment={"PROCESSION_DATA_DIR": str(folder)})
    make_data_dir(settings)
    migrate(settings)
    return sqlite_path(settings)


@cache
def _template(databases: Databases) -> str:
    name = f"migrated_{os.getpid()}"
    url = databases.create_database(name)
    with tempfile.TemporaryDirectory(prefix="procession-migrated-") as folder:
        migrate(load(environment={"PROCESSION_DATA_DIR": folder, "PROCESSION_DATABASE_URL": url}))
    return name
