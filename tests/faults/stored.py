"""What is in the database, read beside the server and not through it: events, tasks, counts."""

import json
from collections.abc import Sequence
from typing import Any

import psycopg

from tests.faults.server import Server

try:
    import pysqlite3.dbapi2 as driver
except ImportError:  # as kernel.sqlite does: never two libraries
    import sqlite3 as driver

EVERY_TENANT = "SELECT set_config('procession.organization_id', '*', true)"


def rows(server: Server, statement: str, arguments: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """The rows of a statement with `?` for arguments, over all organizations."""
    if server.database_url is None:
        connection = driver.connect(server.file, timeout=30)
        try:
            found: list[tuple[Any, ...]] = connection.execute(statement, arguments).fetchall()
        finally:
            connection.close()
        return found
    with psycopg.connect(server.database_url) as open_connection:
        open_connection.execute(EVERY_TENANT)
        asked: Any = statement.replace("?", "%s")
        return open_connection.execute(asked, arguments).fetchall()


def value(server: Server, stored: Any) -> Any:
    """A JSON column: SQLite hands out its text, psycopg what it says."""
    return json.loads(stored) if server.database_url is None and stored is not None else stored


def sound(server: Server) -> bool:
    """Whether an embedded database passes its own check; PostgreSQL's is its recovery."""
    return server.database_url is not None or rows(server, "PRAGMA integrity_check") == [("ok",)]
