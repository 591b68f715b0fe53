"""A real server for tests: uvicorn on a free port in a thread, over a migrated database, with a clock tests can set."""

import json
import socket
import ssl
import threading
import time
import weakref
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import sqlalchemy as sa
import uvicorn

from procession.accounts.passwords import Hashing, Work, set_password
from procession.accounts.people import account, change_account
from procession.accounts.queries import FORGET_ATTEMPTS
from procession.accounts.tables import mails
from procession.accounts.tokens import create_token, open_session
from procession.kernel.clock import Clock
from procession.kernel.database import Database
from procession.kernel.ids import NOWHERE
from procession.kernel.jobs import Runner
from procession.kernel.sql import Query, Write
from procession.kernel.tables import jobs
from procession.kernel.unit import EVERY_TENANT, Unit
from procession.operations.databases import open_database
from procession.operations.first import ensure_account
from procession.operations.settings import Settings, load, secret_key
from procession.people.organizations import add_member, create_organization
from procession.people.persons import ensure_guests, guest_codes
from procession.search.tables import search_changes
from procession.server.app import Application
from procession.server.connections import Connection
from procession.server.serving import build
from procession.worker.loop import handlers
from tests.support.lines import Lines
from tests.support.migrated import bring_up

PASSWORD = "Correct1horse"
HASHING = Hashing(time_cost=1, memory_kib=8)
"""As weak as it gets, and as quick: what is proven is not how long it takes."""

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For every HTTP client of the tests: without it each would read the certificates of all authorities anew."""

LATER = datetime(2100, 1, 1, tzinfo=UTC)
MAIL_LINKS = Query(
    sa.select(mails.c.link)
    .where(mails.c.recipient == sa.bindparam("recipient"), mails.c.kind == sa.bindparam("kind"))
    .order_by(mails.c.created_at.desc(), mails.c.id.desc()),
    bytes,
    why_all_tenants="a test reads what it would be sent",
)

FORGET_WORK = [
    Write(sa.delete(table), why_all_tenants="nobody waits for what earlier tests left to be done")
    for table in (jobs, search_changes)
]


def http_client(base: str, headers: Mapping[str, str] | None = None, timeout: float = 35) -> httpx2.Client:
    """A client of a server on this machine, without TLS and without proxies."""
    return httpx2.Client(base_url=base, headers=headers, timeout=timeout, verify=NO_TLS, trust_env=False)


class Answer(msgspec.Struct, frozen=True):
    """A response as tests look at it."""

    status: int
    body: Any
    headers: Mapping[str, str]
    raw: bytes = b""

    @property
    def data(self) -> Any:
        assert 200 <= self.status < 300, (self.status, self.body)
        return self.body["data"]

    @property
    def errors(self) -> dict[str, list[str]]:
        assert self.status == 422, (self.status, self.body)
        found: dict[str, list[str]] = self.body["errors"]
        return found


class Caller:
    """Somebody with a token in one organization. Paths that begin with `/O/` are inside it.

    `lines`: the connections that callers of one server share; without them it has its own.
    """

    def __init__(
        self, base: str, organization: str, user_id: int, email: str, authorization: str, lines: Lines | None = None
    ) -> None:
        self.organization = organization
        self.user_id = user_id
        self.email = email
        self.authorization = authorization
        self._base = base
        self._lines = lines or Lines(base)
        self._usual = {"accept": "*/*", "user-agent": "tests", "authorization": authorization}

    @cached_property
    def http(self) -> httpx2.Client:
        """For what is not a plain request, and for tests that look at all of a response."""
        client = http_client(self._base, {"Authorization": self.authorization})
        weakref.finalize(self, client.close)
        return client

    def close(self) -> None:
        if "http" in vars(self):
            self.http.close()

    def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        raw: bytes | None = None,
        form: Any = None,
    ) -> Answer:
        address = path.replace("/O/", f"/organizations/{self.organization}/", 1)
        if address.endswith("/O") or "/O?" in address:
            address = f"/organizations/{self.organization}".join(address.split("/O", 1))
        if form is not None and raw is None and body is None:
            texts, files = form
            return _answer(self.http.request(method, address, headers=headers, data=texts, files=files))
        given = {name.lower(): value for name, value in (headers or {}).items()}
        if raw is None and body is not None:
            raw = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
        if raw is not None:
            given.setdefault("content-type", "application/json")
        received = self._lines.ask(method, address, self._usual | given, raw or b"")
        if received is None:
            given.setdefault("accept-encoding", "identity")  # as the plain ones
            return _answer(self.http.request(method, address, headers=given, content=raw))
        found = httpx2.Headers(received.headers)
        return Answer(received.status, _read(found, received.body), found, received.body)


def _answer(response: httpx2.Response) -> Answer:
    return Answer(response.status_code, _read(response.headers, response.content), response.headers, response.content)


def _read(headers: httpx2.Headers, content: bytes) -> Any:
    return json.loads(content) if content and "json" in headers.get("content-type", "") else None


class Running:
    """The server with everything tests need of it."""

    def __init__(self, settings: Settings) -> None:
        bring_up(settings)
        self.settings = settings
        self._callers = weakref.WeakSet[Caller]()
        self.clock = Clock()
        self.database: Database = open_database(settings)
        taken = socket.socket()  # kept, so that nobody else is given its port before the server listens
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        self.base = f"http://127.0.0.1:{port}"
        self._lines = Lines(self.base)
        self.app: Application = build(settings, self.database, self.clock, host="127.0.0.1", port=port)
        self.secrets = self.app.performer.secrets
        self.app.proving.hashing = HASHING
        config = uvicorn.Config(
            self.app,
            host="127.0.0.1",
            port=port,
            http=Connection,
            access_log=False,
            log_config=None,
            lifespan="off",
            proxy_headers=False,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([taken],), daemon=True)
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive(), "the server did not start"
            time.sleep(0.005)
        self.jobs = Runner(self.database, handlers(self.app.files, self.secrets), self.clock)

    def _caller(self, organization: str, user_id: int, email: str, authorization: str) -> Caller:
        caller = Caller(self.base, organization, user_id, email, authorization, self._lines)
        self._callers.add(caller)
        return caller

    def stop(self) -> None:
        for caller in list(self._callers):
            caller.close()
        self._lines.close()
        self._server.should_exit = True
        self._thread.join(30)
        self.database.close()

    def organization(self, name: str = "Acme", timezone: str = "UTC") -> Caller:
        """A new organization with its administrator."""
        unique = f"{name.lower()}-{time.time_ns()}"

        def work(session: Any) -> tuple[str, int, str]:
            unit = Unit(session, NOWHERE, self.clock.now())
            account = ensure_account(unit, f"owner@{unique}.example", "Olive Owner")
            organization_id = create_organization(unit, name=name, owner_account=account, timezone=timezone)
            return organization_id, account, self._token(unit, account)

        organization_id, account, token = self.database.command_now(work)
        return self._caller(organization_id, account, f"owner@{unique}.example", f"Bearer {token}")

    def member(self, of: Caller, role: str, name: str | None = None) -> Caller:
        """A new active member."""
        email = f"{name or role}-{time.time_ns()}@members.example"

        def work(session: Any) -> tuple[int, str]:
            unit = Unit(session, of.organization, self.clock.now())
            account = ensure_account(unit, email, f"{(name or role).title()} Member")
            add_member(unit, account, role)  # type: ignore[arg-type]
            return account, self._token(unit, account)

        account, token = self.database.command_now(work)
        return self._caller(of.organization, account, email, f"Bearer {token}")

    def guest(self, of: Caller, email: str | None = None) -> Caller:
        """A guest of the organization, who acts by his code."""
        address = email or f"guest-{time.time_ns()}@outside.example"

        def work(session: Any) -> tuple[int, str]:
            unit = Unit(session, of.organization, self.clock.now())
            guest_id = ensure_guests(unit, self.secrets, [address])[address]
            return guest_id, guest_codes(unit, self.secrets, [guest_id])[guest_id]

        guest_id, code = self.database.command_now(work)
        return self._caller(of.organization, guest_id, address, f"Guest {code}")

    def session(self, of: Caller, password: str = PASSWORD) -> Caller:
        """The same person signed in to the web, with this password from now on."""

        def work(session: Any) -> str:
            unit = Unit(session, NOWHERE, self.clock.now())
            self.give_password(unit, of.user_id, password)
            return open_session(unit, self.secrets, of.user_id, remember=False, issuer=self.base, seen={})[0]

        return self._caller(of.organization, of.user_id, of.email, f"Bearer {self.database.command_now(work)}")

    def give_password(self, unit: Unit, account_id: int, password: str = PASSWORD) -> None:
        """A password for somebody, whose address is confirmed."""
        found = account(unit, account_id)
        assert found is not None
        set_password(unit, account_id, HASHING.do(Work(fresh=password)).fresh or "")
        change_account(unit, found, {"profile": {"email_verified_at": "2026-01-01T00:00:00Z"}})

    def with_password(self, of: Caller, password: str = PASSWORD) -> Caller:
        """The same caller, who can sign in now."""
        now = self.clock.now()
        self.database.command_now(lambda session: self.give_password(Unit(session, NOWHERE, now), of.user_id, password))
        return of

    def forget_attempts(self) -> None:
        """Nobody has tried to sign in yet."""
        now = self.clock.now()
        self.database.command_now(lambda session: Unit(session, NOWHERE, now).write(FORGET_ATTEMPTS, before=LATER))

    def forget_work(self) -> None:
        """Jobs and texts that earlier tests left waiting are dropped: who does what is due does his own only."""

        def work(session: Any) -> None:
            unit = Unit(session, EVERY_TENANT, self.clock.now())
            for write in FORGET_WORK:
                unit.write(write)

        self.database.command_now(work)

    def links(self, recipient: str, kind: str) -> list[str]:
        """Where the mails of this kind to this address lead, the newest first."""
        now = self.clock.now()

        def work(session: Any) -> list[str]:
            unit = Unit(session, EVERY_TENANT, now)
            found = unit.all(MAIL_LINKS, recipient=recipient, kind=kind)
            return [self.secrets.open(one).decode() for one in found]

        return self.database.read_now(work)

    def _token(self, unit: Unit, account: int) -> str:
        return create_token(unit, self.secrets, account_id=account, name="test", expires_at=None, issuer=self.base)[1]


def run_server(data_dir: Path, database_url: str | None = None) -> Running:
    """Start a server over a new data directory, and over `database_url` when given (else SQLite)."""
    environment = {
        "PROCESSION_DATA_DIR": str(data_dir),
        "PROCESSION_RATE_LIMIT": "off",
        "PROCESSION_HOURLY_LIMITS": "off",
        "PROCESSION_OPEN_REGISTRATION": "on",
        "PROCESSION_USERS_CREATE_ORGANIZATIONS": "on",
    }
    if database_url is not None:
        environment["PROCESSION_DATABASE_URL"] = database_url
    settings = load(environment=environment)
    secret_key(settings)
    return Running(settings)
