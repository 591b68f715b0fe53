"""The background worker: threads that take due jobs until they are told to stop."""

import threading
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from procession.accounts.attempts import forget_attempts
from procession.accounts.codes import forget_codes
from procession.accounts.keys import Secrets
from procession.accounts.links import forget_links
from procession.accounts.tokens import forget_keys, forget_tokens, rotate_keys, signing_since
from procession.activity.retention import clear_mails, forget_log
from procession.files.cleaning import purge, remove, sweep
from procession.files.keeping import REMOVE
from procession.files.store import FileStore
from procession.handover.closing import destroy_organization
from procession.kernel import errands, idempotency
from procession.kernel.clock import Clock
from procession.kernel.database import Database
from procession.kernel.ids import NOWHERE
from procession.kernel.jobs import BATCH, Handler, Runner
from procession.kernel.log import log
from procession.kernel.seals import seal
from procession.kernel.unit import EVERY_TENANT, SEAL, Unit
from procession.people.closing import DESTROY
from procession.people.invitations import expire_invitations
from procession.people.joining import ONBOARDING
from procession.people.settings import current_settings
from procession.search.following import Follower
from procession.work.aging import age
from procession.work.clock import strike
from procession.work.onboarding import welcome_member
from procession.work.step_launch import launch_of_step
from procession.work.step_trigger import STEP_LAUNCH
from procession.worker.errands import work_off

IDLE_SECONDS = 1.0
CLEANING = timedelta(hours=1)
STRIKING = timedelta(minutes=1)
"""How often the clock's tasks are looked for; five minutes are promised (spec 20 §21.2)."""
MEASURING = timedelta(seconds=5)
STOP_SECONDS = 25.0
SWEEPING = timedelta(days=1)
JOBS_KEPT = timedelta(days=7)
TOKENS_KEPT = timedelta(days=90)
"""Like the log that names them (spec 41 §15.4); afterwards nothing asks for a dead token any more."""

HANDLERS: Mapping[str, Handler] = {SEAL: seal}
"""What each kind of job does that needs nothing but the database."""


def handlers(files: FileStore, secrets: Secrets) -> Mapping[str, Handler]:
    """What each kind of job does. `secrets` seal the codes of guests that a launch makes."""
    return {
        **HANDLERS,
        REMOVE: lambda _unit, payload: remove(files, payload),
        DESTROY: destroy_organization,
        ONBOARDING: _where_open(ONBOARDING, lambda unit, payload: welcome_member(unit, payload, secrets)),
        STEP_LAUNCH: _where_open(STEP_LAUNCH, lambda unit, payload: launch_of_step(unit, payload, secrets)),
    }


def _where_open(kind: str, handle: Handler) -> Handler:
    """The same; in an organization that may only be read it waits (spec 41 §2)."""

    def run(unit: Unit, payload: Mapping[str, Any]) -> None:
        if current_settings(unit).read_only is not None:
            unit.enqueue(kind, payload, run_at=unit.now + CLEANING)
        else:
            handle(unit, payload)

    return run


class Worker:
    """Runs jobs beside the server, in the same process or in one of its own. `concurrency`: how many at once.

    `unattached`: how long uploads are kept that belong to nothing; None: for ever. `rotation`: how long a key signs
    tokens; None: until somebody changes it. `log_kept`: how far back the system log goes; None: for ever.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        files: FileStore,
        secrets: Secrets,
        concurrency: int = 1,
        *,
        unattached: timedelta | None = None,
        rotation: timedelta | None = None,
        log_kept: timedelta | None = None,
    ) -> None:
        self.runner = Runner(database, handlers(files, secrets), clock)
        self.follower = Follower(database, clock)
        self.files = files
        self.secrets = secrets
        self.unattached = unattached
        self.rotation = rotation
        self.log_kept = log_kept
        self._batch = max(BATCH // concurrency, 1)
        self._stop = threading.Event()
        self._turning = threading.Lock()
        began = clock.now()
        # When each of them is due next, by how often it is.
        self._due = {CLEANING: began, STRIKING: began, MEASURING: began, SWEEPING: began + CLEANING}
        self._threads = [
            threading.Thread(target=self._run, name=f"worker-{number}", daemon=True) for number in range(concurrency)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Take no further jobs; what runs is finished meanwhile."""
        self._stop.set()

    def stop(self) -> None:
        """Finish the jobs in hand, then end. What is taken but not begun comes back when its lease is over."""
        self.end()
        deadline = time.monotonic() + STOP_SECONDS
        for thread in self._threads:
            thread.join(max(deadline - time.monotonic(), 0))

    def alive(self) -> bool:
        return all(thread.is_alive() for thread in self._threads)

    def _is_due(self, every: timedelta) -> bool:
        """Whether what comes so often is due; whoever is told so does it, and nobody else until the next time."""
        now = self.runner.clock.now()
        with self._turning:
            if now < self._due[every]:
                return False
            self._due[every] = now + every
        return True

    def clean(self) -> None:
        """Once an hour: forget what nobody can ask for any more, archive and complete what is old.

        Jobs done a week ago (dead ones stay: they wait for somebody), answers whose idempotency key is too old, tokens
        that ended long ago.
        """
        if not self._is_due(CLEANING):
            return
        now = self.runner.clock.now()
        self.runner.forget(now - JOBS_KEPT)
        self.runner.database.command_now(lambda session: errands.forget(Unit(session, EVERY_TENANT, now)))
        self.runner.database.command_now(lambda session: idempotency.forget(Unit(session, EVERY_TENANT, now)))
        self.runner.database.command_now(lambda session: self._clean_accounts(Unit(session, NOWHERE, now)))
        self.runner.database.command_now(lambda session: expire_invitations(Unit(session, NOWHERE, now), self.secrets))
        age(self.runner.database, self.secrets, now)

    def _clean_accounts(self, unit: Unit) -> None:
        """Forget tokens, links, codes and attempts that are over; change the signing key when it is old."""
        forget_tokens(unit, unit.now - TOKENS_KEPT)
        forget_links(unit)
        forget_attempts(unit)
        forget_codes(unit)
        forget_keys(unit)
        since = signing_since(unit)
        if self.rotation is not None and since is not None and unit.now - since >= self.rotation:
            rotate_keys(unit, self.secrets)

    def strike(self) -> None:
        """Once a minute: let expire, send and follow what is due."""
        if self._is_due(STRIKING):
            strike(self.runner.database, self.secrets, self.runner.clock.now())

    def measure(self) -> None:
        """Every few seconds: see that the database knows how its tables have grown."""
        if self._is_due(MEASURING):
            self.runner.database.measure()

    def sweep(self) -> None:
        """An hour after the start, then once a day: delete uploads that belong to nothing, bytes without a row, what
        old mails said, and what the system log does not show any more.
        """
        if not self._is_due(SWEEPING):
            return
        now = self.runner.clock.now()
        if self.unattached is not None:
            purge(self.runner.database, now, self.unattached)
        sweep(self.runner.database, self.files, now)
        clear_mails(self.runner.database, now)
        if self.log_kept is not None:
            forget_log(self.runner.database, now, self.log_kept)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.measure()
                self.strike()
                self.clean()
                self.sweep()
                self.follower.follow()
                taken = self._take()
                taken += work_off(self.runner.database, self.runner.clock, self.secrets, self._stop.is_set)
            except Exception as error:  # noqa: BLE001 - the worker outlives any outage
                log.warning("worker could not reach its jobs", error=repr(error))
                taken = 0
            if not taken:
                self._stop.wait(IDLE_SECONDS)

    def _take(self) -> int:
        """Run what is due, job by job: whoever stops the worker waits for one job and no more."""
        taken = self.runner.claim(self._batch)
        for job in taken:
            if self._stop.is_set():
                break
            self.runner.run(job)
        return len(taken)
