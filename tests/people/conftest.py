"""People without a server: operations called as the server calls them, in an organization of the test's own."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec
import pytest

from procession.accounts.keys import Secrets
from procession.accounts.people import create_account
from procession.accounts.tokens import create_token, digest
from procession.api.endpoint import Call, Links, Query, Reply
from procession.kernel.database import Database, Session
from procession.kernel.ids import NOWHERE, new_id
from procession.kernel.unit import Unit
from procession.people.authenticate import authenticate_account, authenticate_guest, authenticate_member
from procession.people.model import Actor, Role
from procession.people.organizations import add_member, create_organization

T = TypeVar("T")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SECRETS = Secrets("a secret key of the tests")
ISSUER = "https://flow.example"


class Organization:
    """An organization with its owner; runs commands and reads of it, each a second after the one before."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.id = new_id()
        self.mark = self.id[-12:]
        self.now = NOW
        self.owner = self.do(self._create)
        self.tokens: dict[int, str] = {}

    def _create(self, unit: Unit) -> int:
        owner = create_account(unit, email=self.address("ana"), first_name="Ana", last_name="Silva")
        create_organization(unit, name="Acme", owner_account=owner)
        return owner

    def address(self, name: str) -> str:
        return f"{name}.{self.mark}@example.com"

    def do(self, work: Callable[[Unit], T]) -> T:
        self.now += timedelta(seconds=1)
        return self.database.command_now(lambda session: work(self.unit(session)))

    def ask(self, work: Callable[[Unit], T]) -> T:
        return self.database.read_now(lambda session: work(self.unit(session)))

    def unit(self, session: Session, at: str | None = None) -> Unit:
        return Unit(session, at or self.id, self.now, principal="u1001")

    def account(self, name: str, first: str = "Bo", last: str = "Berg") -> int:
        return self.do(lambda unit: create_account(unit, email=self.address(name), first_name=first, last_name=last))

    def member(self, name: str, role: Role = "standard", first: str = "Bo", last: str = "Berg") -> int:
        account = self.account(name, first, last)
        self.do(lambda unit: add_member(unit, account, role))
        return account

    def token(self, account: int, **more: Any) -> str:
        given = {"expires_at": None, **more}
        return self.do(
            lambda unit: create_token(unit, SECRETS, account_id=account, name="test", issuer=ISSUER, **given)
        )[1]

    def actor(self, account: int) -> Actor:
        if account not in self.tokens:
            self.tokens[account] = digest(self.token(account))
        return self.ask(lambda unit: authenticate_member(unit, self.tokens[account]))

    def guest(self, code: str) -> Actor:
        return self.ask(lambda unit: authenticate_guest(unit, digest(code)))

    def call(
        self,
        handler: Callable[[Call], Reply],
        by: Actor | int,
        path: Mapping[str, str] | None = None,
        *,
        query: str = "",
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """The body of the answer, as a client reads it; `status` of it in `self.status`."""
        actor = by if isinstance(by, Actor) else self.actor(by)

        def work(unit: Unit) -> Reply:
            unit.principal = actor.principal
            return handler(self.made(unit, actor, None, path, query, body, headers))

        reply = self.do(work)
        self.status, self.revision = reply.status, reply.revision
        return msgspec.json.decode(msgspec.json.encode(reply.body))

    def call_outside(
        self,
        handler: Callable[[Call], Reply],
        account: int,
        *,
        query: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """As `call`, of an operation without an organization."""
        token = digest(self.token(account))

        def work(session: Session) -> Reply:
            unit = self.unit(session, NOWHERE)
            return handler(self.made(unit, None, authenticate_account(unit, token), None, query, None, headers))

        return msgspec.json.decode(msgspec.json.encode(self.database.read_now(work).body))

    def made(self, unit: Unit, actor: Any, account: Any, path: Any, query: str, body: Any, headers: Any) -> Call:
        return Call(
            unit=unit,
            actor=actor,
            account=account,
            path={"org": self.id, **(path or {})},
            query=Query(parse_qsl(query, keep_blank_values=True)),
            body=body,
            headers=headers or {},
            client=None,
            links=Links(ISSUER, "/api", "/organizations/x/list", query),
            secrets=SECRETS,
        )


@pytest.fixture
def organization(database: Database) -> Organization:
    return Organization(database)
