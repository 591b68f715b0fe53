"""The database the settings name."""

from pathlib import Path

from procession.kernel.database import Database
from procession.kernel.postgres import Postgres
from procession.kernel.sqlite import Sqlite
from procession.operations.settings import Settings, make_data_dir

SQLITE = "sqlite:///"


def sqlite_path(settings: Settings) -> Path:
    """The file of an embedded database."""
    return Path(settings.database_url.removeprefix(SQLITE)).expanduser().absolute()


def open_database(settings: Settings) -> Database:
    """Connect. The caller closes it. The directory of an embedded database is made; its schema is not."""
    if not settings.embedded:
        return Postgres(settings.database_url)
    make_data_dir(settings)
    path = sqlite_path(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    return Sqlite(str(path))
