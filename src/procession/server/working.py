"""Background work in a process of its own (`procession worker`)."""

import signal
import threading

from procession.accounts.keys import Secrets
from procession.files.store import FileStore
from procession.kernel.clock import Clock
from procession.kernel.database import THREADS
from procession.kernel.log import log, set_up
from procession.operations.alone import alone
from procession.operations.databases import WORKING, open_database
from procession.operations.settings import Settings, secret_key
from procession.server.connections import limit_life
from procession.server.serving import keeping
from procession.worker.loop import Worker


def work(settings: Settings, concurrency: int) -> None:
    """Run jobs, up to `concurrency` at once, until SIGTERM or SIGINT; those in hand are finished.

    Raises `Occupied` beside a server or another worker on SQLite. The schema must be of this version.
    """
    set_up(settings.log)
    told = threading.Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, lambda _number, _frame: told.set())
    with alone(settings):
        database = open_database(settings, WORKING, max(THREADS, concurrency))
        files = FileStore(settings.files_url)
        secrets = Secrets(secret_key(settings))
        keeps = keeping(settings)
        worker = Worker(database, Clock(), files, secrets, concurrency, **keeps)
        log.info("working", concurrency=concurrency, **database.check())
        try:
            worker.start()
            told.wait()
            limit_life()
        finally:
            worker.stop()
            database.close()
    log.info("ended")
