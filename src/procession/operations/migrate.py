"""The schema: brought to this version, or refused when it is newer."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from procession.kernel.sqlite import driver
from procession.operations.databases import sqlite_path
from procession.operations.settings import Settings, make_data_dir
from procession.operations.statistics import teach_planner

STEPS = Path(__file__).parent / "migrations"
LOCK = 0x70726F63
"""PostgreSQL's advisory lock: servers that start together migrate one after the other."""


class SchemaNewer(Exception):
    """The data were written by a later version of Procession, which this one must not touch."""

    def __init__(self, revision: str) -> None:
        super().__init__(
            f"The database has schema {revision}, which this version does not know. Start the version that wrote it, "
            "or restore a backup."
        )


def migrate(settings: Settings) -> bool:
    """Bring the schema to this version, all steps in one transaction; whether there was anything to do.

    Raises `SchemaNewer`.
    """
    with transaction(settings) as connection:
        if not _outdated(connection):
            return False
        command.upgrade(configuration(connection), "head")
        if settings.embedded:
            teach_planner(connection)
            broken = connection.execute(sa.text("PRAGMA foreign_key_check")).fetchall()
            if broken:
                raise RuntimeError(f"A migration left rows without what they refer to: {broken[:10]}")
    return True


def check(settings: Settings) -> bool:
    """Whether the schema is older than this version (or absent). Raises `SchemaNewer`."""
    if settings.embedded and not sqlite_path(settings).is_file():
        return True
    with transaction(settings) as connection:
        return _outdated(connection)


def present(settings: Settings) -> str | None:
    """The schema's version; None where there is none yet."""
    with transaction(settings) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _outdated(connection: sa.Connection) -> bool:
    steps = ScriptDirectory.from_config(configuration(connection))
    known = {step.revision for step in steps.walk_revisions()}
    present = MigrationContext.configure(connection).get_current_heads()
    for revision in present:
        if revision not in known:
            raise SchemaNewer(revision)
    return set(present) != set(steps.get_heads())


def configuration(connection: sa.Connection) -> Config:
    """Alembic's configuration, for a connection with an open transaction."""
    config = Config()
    config.set_main_option("script_location", str(STEPS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


@contextmanager
def transaction(settings: Settings) -> Iterator[sa.Connection]:
    """One transaction that nobody else migrates in, over the rows of all organizations."""
    engine = _sqlite(settings) if settings.embedded else _postgres(settings)
    try:
        with engine.begin() as connection:
            if not settings.embedded:
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
                connection.execute(sa.text("SELECT set_config('procession.organization_id', '*', true)"))
            yield connection
    finally:
        engine.dispose()


def _sqlite(settings: Settings) -> sa.Engine:
    """The library that the server uses (two of them on one file destroy it), in autocommit mode: transactions are
    begun by ourselves, at once for writing. Foreign keys are off, because steps copy tables; `migrate` checks them.
    """
    make_data_dir(settings)
    path = sqlite_path(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(
        "sqlite://",
        module=driver,
        creator=lambda: driver.connect(str(path), isolation_level=None, timeout=30),
        poolclass=sa.pool.NullPool,
    )
    sa.event.listen(engine, "begin", _begin_immediate)
    return engine


def _begin_immediate(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _postgres(settings: Settings) -> sa.Engine:
    import psycopg  # lazy: nobody needs it beside SQLite

    def connect() -> Any:
        return psycopg.connect(settings.database_url)

    return sa.create_engine("postgresql+psycopg://", creator=connect, poolclass=sa.pool.NullPool)
