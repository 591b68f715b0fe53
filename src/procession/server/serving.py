"""Serving: the application with its database, the background worker beside it, a graceful end."""

import gc
import multiprocessing
import multiprocessing.connection
import os
import signal
import socket
import sys
import time
from datetime import timedelta

import uvicorn

from procession.accounts.keys import Secrets
from procession.api import all_operations  # noqa: F401 - declares every operation
from procession.api.auth import setup_code
from procession.files.store import FileStore
from procession.kernel.clock import Clock
from procession.kernel.database import Database
from procession.kernel.ids import NOWHERE
from procession.kernel.log import log, set_up
from procession.kernel.unit import Unit
from procession.operations.alone import alone
from procession.operations.databases import SERVING, open_database
from procession.operations.migrate import migrate as migrate_schema
from procession.operations.settings import Settings, make_data_dir, public_url, secret_key
from procession.people.organizations import is_set_up
from procession.server.app import Application
from procession.server.connections import LIMIT_SECONDS, Connection, Server
from procession.server.pages import PAGES
from procession.server.uploads import Rules
from procession.worker.loop import Worker

GRACE_SECONDS = 20
KEEP_ALIVE_SECONDS = 65
CONNECTIONS = 2000
COLLECTED_FROM = 50_000
"""Objects that may come to be, more than cease, before the interpreter looks for rings of dead ones."""


class CannotServe(Exception):
    """The address is taken, or the database cannot have more than one process."""


def build(
    settings: Settings, database: Database, clock: Clock, *, host: str, port: int, files: FileStore | None = None
) -> Application:
    """The application over an open database, and over `files` (else the store that the settings name)."""
    return Application(
        database,
        clock,
        Secrets(secret_key(settings)),
        public_url=public_url(settings, host, port),
        files=files or FileStore(settings.files_url),
        uploads=Rules(settings.upload_limit, settings.upload_types, settings.antivirus),
        rate_limit=settings.rate_limit,
        preload=settings.hsts_preload,
        hourly=settings.hourly_limits,
        policy=settings.policy,
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

    Raises `CannotServe` for several processes on SQLite, `Occupied` for a second server there.
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
    database = open_database(settings, SERVING)
    clock = Clock()
    files = FileStore(settings.files_url)
    secrets = Secrets(secret_key(settings))
    keeps = keeping(settings)
    worker = Worker(database, clock, files, secrets, 1, **keeps) if with_worker else None
    log.info("serving", host=host, port=port, **database.check())
    tell_setup_code(database, secrets, public_url(settings, host, port))
    try:
        if worker is not None:
            worker.start()
        app = build(settings, database, clock, host=host, port=port, files=files)
        if worker is not None:
            app.works = worker.alive
        config = uvicorn.Config(
            app,
            loop="uvloop",
            http=Connection,
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
        calm_collector()
        Server(config, worker.end if worker is not None else _nothing).run(sockets=[listening])
        database.command_now(app.performer.traces.flush)
    finally:
        if worker is not None:
            worker.stop()
        database.close()
    log.info("ended")


def calm_collector() -> None:
    """Have the interpreter look for rings of dead objects rarely: what is dead is almost always gone without that.

    A look at everything takes a tenth of a second, in which nobody is answered; what is imported by now stays anyway.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECTED_FROM, 20, 50)


def tell_setup_code(database: Database, secrets: Secrets, address: str) -> None:
    """While the server belongs to nobody, its log says how to make it one's own (spec 60 §2.1)."""
    if not database.read_now(lambda session: is_set_up(Unit(session, NOWHERE, Clock().now()))):
        log.info("not set up yet", code=setup_code(secrets), address=f"{address}/setup")


def _nothing() -> None:
    """No worker has to be told."""


def keeping(settings: Settings) -> dict[str, timedelta | None]:
    """How long the worker lets things be."""
    return {
        "unattached": unattached(settings),
        "rotation": rotation(settings),
        "log_kept": timedelta(days=settings.log_days),
    }


def rotation(settings: Settings) -> timedelta | None:
    """How long a key signs tokens; None: until somebody changes it."""
    return timedelta(days=settings.key_rotation_days) if settings.key_rotation_days is not None else None


def unattached(settings: Settings) -> timedelta | None:
    """How long uploads are kept that belong to nothing; None: for ever."""
    return timedelta(days=settings.unattached_days) if settings.unattached_days is not None else None


def _supervise(
    settings: Settings, listening: socket.socket, host: str, port: int, workers: int, *, with_worker: bool
) -> None:
    """Run several server processes on one socket; when one dies, or a signal comes, all end, by force if need be."""
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
    deadline = time.monotonic() + LIMIT_SECONDS + 1
    for process in processes:
        process.join(max(deadline - time.monotonic(), 0))
        if process.is_alive():
            process.kill()
            process.join()
    if any(process.exitcode for process in processes):
        sys.exit(1)
