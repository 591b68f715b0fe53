"""The database the settings name."""

from pathlib import Path

from procession.kernel.database import THREADS, Database
from procession.kernel.sqlite import Sqlite
from procession.kernel.unit import react_with
from procession.operations.keys import settle
from procession.operations.settings import Settings, make_data_dir
from procession.search.marking import mark

SQLITE = "sqlite:///"
SERVING = "procession serve"
WORKING = "procession worker"
COMMAND = "procession"
"""What PostgreSQL shows of a connection: whoever must be alone looks for servers and workers there."""


def sqlite_path(settings: Settings) -> Path:
    """The file of an embedded database."""
    return Path(settings.database_url.removeprefix(SQLITE)).expanduser().absolute()


def open_database(settings: Settings, name: str = COMMAND, threads: int = THREADS) -> Database:
    """Connect. The caller closes it. The directory of an embedded database is made; its schema is not.

    `name` is what PostgreSQL shows of the connections, at most `threads` of this process.
    """
    react_with(mark)  # whoever writes, what he writes is found
    database = _connected(settings, name, threads)
    try:
        settle(settings, database)
    except BaseException:
        database.close()
        raise
    return database


def _connected(settings: Settings, name: str, threads: int) -> Database:
    if not settings.embedded:
        from psycopg.conninfo import make_conninfo  # lazy: 10 MB that nobody needs beside SQLite

        from procession.kernel.postgres import Postgres  # lazy: as above

        return Postgres(make_conninfo(settings.database_url, application_name=name), threads)
    make_data_dir(settings)
    path = sqlite_path(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    return Sqlite(str(path))
