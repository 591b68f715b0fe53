"""Serving: the application with its database, the background worker beside it, a graceful end."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from typing import Any

import uvicorn
from starlette.middleware.gzip import GZipMiddleware

from procession.accounts.keys import Secrets
from procession.api import all_operations  # noqa: F401 - declares every operation
from procession.kernel.clock import Clock
from procession.kernel.database import Database
from procession.kernel.log import log, set_up
from procession.operations.databases import open_database
from procession.operations.migrate import migrate as migrate_schema
from procession.operations.settings import Settings, make_data_dir, public_url, secret_key
from procession.server.app import Application
from procession.server.pages import PAGES
from procession.worker.loop import Worker

GRACE_SECONDS = 25


class AlreadyServed(Exception):
    """Another server or worker has this SQLite database to itself."""


def build(settings: Settings, database: Database, clock: Clock, *, host: str, port: int) -> Application:
    """The application over an open database."""
    return Application(
        database,
        clock,
        Secrets(secret_key(settings)),
        public_url=public_url(settings, host, port),
        rate_limit=settings.rate_limit,
        pages=PAGES,
    )


def serve(
    settings: Settings, host: str, port: int, workers: int = 1, with_worker: bool = True, migrate: bool = True
) -> None:
    """Serve until SIGTERM or SIGINT; finishes what runs. Raises `AlreadyServed` for a second server on SQLite."""
    set_up(settings.log)
    make_data_dir(settings)
    with alone(settings):
        if migrate:
            migrate_schema(settings)
        database = open_database(settings)
        clock = Clock()
        worker = Worker(database, clock) if with_worker else None
        log.info("database", **database.check())
        try:
            if worker is not None:
                worker.start()
            app = build(settings, database, clock, host=host, port=port)
            _run(app, host, port)
        finally:
            if worker is not None:
                worker.stop()
            database.close()


def _run(app: Any, host: str, port: int) -> None:
    config = uvicorn.Config(
        GZipMiddleware(app, minimum_size=1024),
        host=host,
        port=port,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_keep_alive=65,
        limit_concurrency=2000,
        lifespan="off",
    )
    uvicorn.Server(config).run()


@contextlib.contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Hold the lock that keeps a second server or worker off an SQLite database; PostgreSQL needs none."""
    if not settings.embedded:
        yield
        return
    path = settings.data_dir / "serve.lock"
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise AlreadyServed(f"Another server or worker is running on {settings.data_dir}.") from None
    try:
        yield
    finally:
        os.close(handle)


