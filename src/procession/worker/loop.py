"""The background worker: a thread that takes due jobs until it is told to stop."""

import threading
from collections.abc import Mapping
from datetime import timedelta

from procession.kernel import idempotency
from procession.kernel.clock import Clock
from procession.kernel.database import Database
from procession.kernel.jobs import Handler, Runner
from procession.kernel.log import log
from procession.kernel.seals import seal
from procession.kernel.unit import EVERY_TENANT, SEAL, Unit

IDLE_SECONDS = 1.0
CLEANING = timedelta(hours=1)
JOBS_KEPT = timedelta(days=7)

HANDLERS: Mapping[str, Handler] = {SEAL: seal}
"""What each kind of job does."""


class Worker:
    """Runs jobs beside the server, in the same process or in one of its own."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.runner = Runner(database, HANDLERS, clock)
        self._stop = threading.Event()
        self._cleaned = clock.now() - CLEANING
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Finish the job in hand, then end."""
        self._stop.set()
        self._thread.join(30)

    def alive(self) -> bool:
        return self._thread.is_alive()

    def clean(self) -> None:
        """Once an hour: forget jobs done a week ago, and answers whose idempotency key is too old."""
        now = self.runner.clock.now()
        if now - self._cleaned < CLEANING:
            return
        self._cleaned = now
        self.runner.forget(now - JOBS_KEPT)
        self.runner.database.command_now(lambda session: idempotency.forget(Unit(session, EVERY_TENANT, now)))

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.clean()
                taken = self.runner.run_due()
            except Exception as error:  # noqa: BLE001 - the worker outlives any outage
                log.warning("worker could not reach its jobs", error=repr(error))
                taken = 0
            if not taken:
                self._stop.wait(IDLE_SECONDS)
