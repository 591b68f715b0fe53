"""Templates without a server: operations called as the server calls them, in an organization of the test's own."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import parse_qsl
from uuid import uuid4

import msgspec
import pytest

from procession.accounts.people import create_account
from procession.api import (
    automation_trials,
    automations,
    captures,
    checklist_documents,
    checklist_states,
    checklists,
    public_library,
    stages,
    steps,
    versions,
)
from procession.api.endpoint import Call, Links, Query, Reply
from procession.engine.model import Problem
from procession.kernel.database import Database
from procession.kernel.errors import ApiError, Invalid
from procession.kernel.ids import new_id
from procession.kernel.unit import Unit
from procession.people.model import EVERYONE, Actor, Role, Settings, member
from procession.people.organizations import add_member, create_organization
from procession.templates.model import Problems

T = TypeVar("T")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HANDLERS: Mapping[str, Callable[[Call], Reply]] = {
    name: handler
    for module in (
        checklists,
        checklist_documents,
        checklist_states,
        steps,
        captures,
        stages,
        versions,
        automations,
        automation_trials,
        public_library,
    )
    for name, handler in vars(module).items()
    if callable(handler) and getattr(handler, "__module__", "") == module.__name__ and not name.startswith("_")
}


class House:
    """An organization; calls operations of templates as clients do, each a second after the one before."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.id = new_id()
        self.now = NOW
        self.settings = Settings()
        self.owner = self.account("olive")
        self.do(lambda unit: create_organization(unit, name="Acme", owner_account=self.owner))
        self.admin = self.actor(self.owner, "admin")
        self.headers: dict[str, str] = {}
        self.status = 0
        self.revision: int | None = None
        self.warnings: list[str] = []

    def do(self, work: Callable[[Unit], T]) -> T:
        self.now += timedelta(seconds=1)
        return self.database.command_now(lambda session: work(Unit(session, self.id, self.now)))

    def account(self, name: str) -> int:
        address = f"{name}.{uuid4().hex}@example.com"
        return self.do(lambda unit: create_account(unit, email=address, first_name=name.title(), last_name="Berg"))

    def member(self, role: Role = "standard", groups: tuple[str, ...] = ()) -> Actor:
        account = self.account(role)
        self.do(lambda unit: add_member(unit, account, role))
        return self.actor(account, role, groups)

    def actor(self, account: int, role: Role, groups: tuple[str, ...] = ()) -> Actor:
        everyone = () if role in ("light", "guest") else (EVERYONE,)
        return Actor(
            principal=member(account),
            principals=(member(account), *(f"g{one}" for one in groups), *everyone),
            role=role,
            account_id=account,
            email=f"{account}@example.com",
            first_name="A",
            last_name="B",
            settings=self.settings,
        )

    def __call__(self, name: str, body: Any = None, *, by: Actor | None = None, query: str = "", **path: str) -> Any:
        """What the operation answers, as a client reads it."""
        actor = by or self.admin

        def work(unit: Unit) -> tuple[Reply, Call]:
            unit.principal = actor.principal
            call = Call(
                unit=unit,
                actor=msgspec.structs.replace(actor, settings=self.settings),
                account=None,
                path={"org": self.id, **path},
                query=Query(parse_qsl(query, keep_blank_values=True)),
                body=body,
                headers=self.headers,
                client=None,
                links=Links("https://flow.example", "/api", f"/organizations/{self.id}/checklists", query),
                secrets=None,
            )
            return HANDLERS[name](call), call

        reply, call = self.do(work)
        self.status, self.revision = reply.status, reply.revision
        self.warnings = [one.key for one in call.warnings]
        return msgspec.json.decode(msgspec.json.encode(reply.body)) if reply.body is not None else None

    def template(self, title: str = "Vendor intake", *, by: Actor | None = None, **more: Any) -> dict[str, Any]:
        made: dict[str, Any] = self("create_checklist", {"title": title, "type": "procedure", **more}, by=by)["data"]
        return made

    def step(self, template_id: str, title: str = "Check", **more: Any) -> dict[str, Any]:
        made: dict[str, Any] = self("create_step", {"title": title, **more}, checklist=template_id)["data"]
        return made

    def field(self, template_id: str, step_id: str, label: str = "Tax no.", **more: Any) -> dict[str, Any]:
        body = {"label": label, "field_type": "text", "required": False, **more}
        made: dict[str, Any] = self("create_capture", body, checklist=template_id, step=step_id)["data"]
        return made

    def refused(self, name: str, body: Any = None, **more: Any) -> tuple[int, str]:
        """Status and message of a refusal."""
        with pytest.raises(ApiError) as caught:
            self(name, body, **more)
        return caught.value.status, caught.value.message

    def errors(self, name: str, body: Any = None, **more: Any) -> dict[str, list[str]]:
        """The problems of a body that is refused."""
        with pytest.raises(Invalid) as caught:
            self(name, body, **more)
        return dict(caught.value.errors or {})


def _raise(found: Any) -> None:
    problem: Problem = found[0]
    raise AssertionError(f"{problem.path}: {problem.text}")


def nothing_wrong() -> Problems:
    """Problems that must not be."""
    return Problems(_raise)


@pytest.fixture
def house(database: Database) -> House:
    return House(database)
