"""What `procession run` does before it serves: data directory, schema, demo organization on the first run."""

from pathlib import Path

import msgspec

from procession.kernel.clock import Clock
from procession.kernel.database import Database
from procession.kernel.ids import NOWHERE
from procession.kernel.unit import Unit
from procession.operations.databases import open_database
from procession.operations.demo import make_demo
from procession.operations.first import First, first_organization
from procession.operations.migrate import migrate
from procession.operations.settings import Settings, make_data_dir, write_private

FILE = "first-run.json"


def prepare(settings: Settings, address: str) -> First | None:
    """Make ready to serve; what the first run made, this time or before.

    None: there are organizations, but none that a first run made.
    """
    make_data_dir(settings)
    migrate(settings)
    database = open_database(settings)
    try:
        present = _oldest(database)
        if present is None:
            return make_demo(database, settings, address=address, keep=lambda first: _keep(settings, first))
        kept = read(settings)
        return kept if kept is not None and kept.organization_id == present else None
    finally:
        database.close()


def _oldest(database: Database) -> str | None:
    now = Clock().now()
    return database.read_now(lambda session: first_organization(Unit(session, NOWHERE, now)))


def _keep(settings: Settings, first: First) -> None:
    write_private(path(settings), msgspec.json.format(msgspec.json.encode(first)).decode() + "\n")


def path(settings: Settings) -> Path:
    """Where the first run keeps what it made, readable by the owner alone."""
    return settings.data_dir / FILE


def read(settings: Settings) -> First | None:
    """What the first run kept; None when it kept nothing that can be read."""
    try:
        return msgspec.json.decode(path(settings).read_bytes(), type=First)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
