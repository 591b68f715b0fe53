"""Serving: the application with its database, the background worker beside it, a graceful end."""

import contextlib
import fcntl
import multiprocessing
import multiprocessing.connection
import os
import signal
import socket
import sys
from collections.abc import Iterator

import uvicorn

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
KEEP_ALIVE_SECONDS = 65
CONNECTIONS = 2000


class CannotServe(Exception):
    """Another server has this SQLite database to itself, or it cannot have more than one process."""


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
    settings: Settings,
    host: str,
    port: int,
    *,
    workers: int = 1,
    with_worker: bool = True,
    migrate: bool = True,
) -> None:
    """Serve until SIGTERM or SIGINT; finishes what runs. `workers`: server processes, PostgreSQL only.

    Raises `CannotServe` for a second server, or several processes, on SQLite.
    """
    set_up(settings.log)
    make_data_dir(settings)
    if workers > 1 and settings.embedded:
        raise CannotServe("More than one server process needs PostgreSQL.")
    with alone(settings):
        if migrate:
            migrate_schema(settings)
        secret_key(settings)
        listening = _listen(host, port)
        if workers == 1:
            _process(settings, listening, host, port, with_worker=with_worker)
        else:
            _supervise(settings, listening, host, port, workers, with_worker=with_worker)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        raise CannotServe(f"{host}:{port} cannot be used: {error.strerror}.") from None
    listening.set_inheritable(True)
    return listening


def _process(settings: Settings, listening: socket.socket, host: str, port: int, *, with_worker: bool) -> None:
    """One server process: database, worker, application; everything is closed at the end."""
    database = open_database(settings)
    clock = Clock()
    worker = Worker(database, clock) if with_worker else None
    log.info("serving", host=host, port=port, **database.check())
    try:
        if worker is not None:
            worker.start()
        app = build(settings, database, clock, host=host, port=port)
        config = uvicorn.Config(
            app,
            loop="uvloop",
            http="httptools",
            access_log=False,
            log_config=None,
            server_header=False,
            date_header=True,
            proxy_headers=bool(settings.trusted_proxies),
            forwarded_allow_ips=list(settings.trusted_proxies),
            timeout_graceful_shutdown=GRACE_SECONDS,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            limit_concurrency=CONNECTIONS,
            lifespan="off",
        )
        uvicorn.Server(config).run(sockets=[listening])
    finally:
        if worker is not None:
            worker.stop()
        database.close()


def _supervise(
    settings: Settings, listening: socket.socket, host: str, port: int, workers: int, *, with_worker: bool
) -> None:
    """Run several server processes on one socket; when one dies, or a signal comes, all end."""
    context = multiprocessing.get_context("fork")
    processes = [
        context.Process(target=_process, args=(settings, listening, host, port), kwargs={"with_worker": with_worker})
        for _ in range(workers)
    ]
    for process in processes:
        process.start()

    def end(_number: int, _frame: object) -> None:
        for process in processes:
            if process.pid is not None and process.is_alive():
                os.kill(process.pid, signal.SIGTERM)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    multiprocessing.connection.wait([process.sentinel for process in processes])
    end(0, None)
    for process in processes:
        process.join()
    if any(process.exitcode for process in processes):
        sys.exit(1)


@contextlib.contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Hold the lock that keeps a second server or worker off an SQLite database; PostgreSQL needs none."""
    if not settings.embedded:
        yield
        return
    handle = os.open(settings.data_dir / "serve.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise CannotServe(f"Another server or worker is running on {settings.data_dir}.") from None
    try:
        yield
    finally:
        os.close(handle)
