"""An organization whose rows are written directly, for the lists of work."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar
from urllib.parse import parse_qsl
from uuid import uuid4

import msgspec

from procession.accounts.keys import Secrets
from procession.accounts.people import create_account
from procession.api import task_lists
from procession.api.endpoint import Call, Links, Query, Reply
from procession.api.run_search import read_run_search
from procession.engine.model import Column, Field, Option, Step, TemplateDocument
from procession.kernel.database import Database
from procession.kernel.folding import fold
from procession.kernel.ids import new_id
from procession.kernel.paging import read_page
from procession.kernel.unit import Unit
from procession.labels.folders import create_folder, set_folders
from procession.labels.model import Subject
from procession.labels.tags import create_tag, set_tags
from procession.people.groups import Inside, create_group
from procession.people.model import EVERYONE, Actor, Role, Settings, group, guest, member
from procession.people.organizations import add_member, create_organization
from procession.people.persons import ensure_guests
from procession.templates import queries as template_queries
from procession.templates.model import Rights, Template, TemplateSettings, template_values
from procession.templates.versions import add_version
from procession.watching.stars import set_star
from procession.work import queries
from procession.work.model import Reason
from procession.work.process_lists import process_page

T = TypeVar("T")
Handler = Callable[[Call], Reply]
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SECRETS = Secrets("a secret key of the tests")
STEP, TEXT, TABLE, START = (f"{one}" * 32 for one in "abcd")

COLUMNS = (Column(1, "What"), Column(2, "Count"))


class World:
    """An organization with rows written directly, and calls as clients make them."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.id = new_id()
        self.now = NOW
        self.number = 0
        self.settings = Settings()
        self.owner = self._account("Ana")
        self.do(lambda unit: create_organization(unit, name="Acme", owner_account=self.owner))
        self.admin = self.actor(self.owner, "admin")
        self.template = self.new_template()
        self.fetched: list[tuple[str, Any]] = []
        self.warnings: list[tuple[str, str]] = []

    def do(self, work: Callable[[Unit], T]) -> T:
        return self.database.command_now(lambda session: work(Unit(session, self.id, self.now)))

    # -- people -----------------------------------------------------------------------------------------------------

    def _account(self, name: str) -> int:
        address = f"{name}.{uuid4().hex}@example.com"
        return self.do(lambda unit: create_account(unit, email=address, first_name=name, last_name="Berg"))

    def member(self, name: str = "Bo", role: Role = "standard", groups: tuple[str, ...] = ()) -> Actor:
        account = self._account(name)
        self.do(lambda unit: add_member(unit, account, role))
        return self.actor(account, role, groups)

    def actor(self, account: int, role: Role, groups: tuple[str, ...] = ()) -> Actor:
        everyone = () if role == "light" else (EVERYONE,)
        return Actor(
            principal=member(account),
            principals=(member(account), *map(group, groups), *everyone),
            role=role,
            account_id=account,
            email=f"{account}@example.com",
            first_name="A",
            last_name="B",
            settings=self.settings,
        )

    def guest(self, groups: tuple[str, ...] = ()) -> Actor:
        address = f"{uuid4().hex}@outside.example"
        guest_id = self.do(lambda unit: ensure_guests(unit, SECRETS, [address]))[address]
        return Actor(
            principal=guest(guest_id),
            principals=(guest(guest_id), *map(group, groups)),
            role="guest",
            guest_id=guest_id,
            email=address,
            first_name="",
            last_name="",
            settings=self.settings,
        )

    def group(self, *members: Actor) -> str:
        inside = Inside(
            members=tuple(one.account_id for one in members if one.account_id),
            guests=tuple(one.email for one in members if one.role == "guest"),
        )
        made = self.do(
            lambda unit: create_group(unit, SECRETS, name=uuid4().hex, description="x", inside=inside, by=None)
        )
        return made.id

    # -- work -------------------------------------------------------------------------------------------------------

    def new_template(self) -> Template:
        fields = (
            Field(id=TEXT, label="Tax no.", kind="text", alias="tax-no", number=7),
            Field(id=TABLE, label="Lines", kind="table", alias="lines", columns=COLUMNS),
        )
        start = Field(id=START, label="Size", kind="dropdown", alias="size", options=(Option(1, "S"), Option(2, "L")))
        step = Step(id=STEP, title="Check", alias="check", position=1, summary="<p>Look</p>", fields=fields)
        document = TemplateDocument(title="Intake", kind="procedure", kickoff=(start,), steps=(step,))
        template = Template(
            id=new_id(), number=1, title="Intake", alias=uuid4().hex, kind="procedure", label="published", system=False,
            settings=TemplateSettings(), rights=Rights(), owner_id=self.owner, created_by=self.owner,
            updated_by=self.owner, folder_id=None, pinned=False, steps=1, launches=0, version_id=new_id(),
            published_id=None, created_at=NOW, updated_at=NOW, archived_at=None, revision=1,
        )  # fmt: skip

        def write(unit: Unit) -> None:
            unit.write(template_queries.ADD_TEMPLATE, **template_values(template))
            add_version(unit, template, 1, document, self.owner)

        self.do(write)
        return template

    def process(self, name: str = "Intake", **more: Any) -> str:
        self.number += 1
        values = {
            "id": new_id(), "number": self.number, "template_id": self.template.id, "template_title": "Intake",
            "version_id": self.template.version_id, "version_number": 1, "kind": "procedure", "name": name,
            "summary": "", "status": "active", "visible_tasks": 0, "done_tasks": 0, "all_tasks": 0, "task_issues": 0,
            "process_issues": 0, "next_deadline": None, "last_deadline": None, "late_done": 0,
            "starter_id": self.owner, "owner_id": self.owner, "members": [], "groups": [],
            "assign_someone_else": True, "adhoc_tasks": True, "public": False, "publicly_hidden": [],
            "parent_id": None, "origin": {}, "read_audience": {}, "metadata": None, "kickoff_fields": 1,
            "kickoff_completed_at": NOW, "kickoff_completed_by": None, "kickoff_guest": None,
            "created_at": NOW + self.number * timedelta(seconds=1), "started_at": NOW, "updated_at": NOW,
            "completed_at": None, "archived_at": None, "revision": 1, "folded": fold(name), **more,
        }  # fmt: skip
        self.do(lambda unit: unit.write(queries.INSERT_PROCESS, **values))
        return str(values["id"])

    def task(self, title: str, *owners: Actor | str, process: str | None = None, **more: Any) -> str:
        self.number += 1
        bound = process is not None
        values = {
            "id": new_id(), "number": self.number, "process_id": process,
            "template_id": self.template.id if bound else None,
            "version_id": self.template.version_id if bound else None, "step_id": STEP if bound else None,
            "linked_step_id": None, "oneoff": not bound, "title": title, "summary": None if bound else "<p>Own</p>",
            "summary_edited": not bound, "has_variables": False, "alias": None, "stage_id": None, "kind": "task",
            "status": "active", "hidden_from": None, "visibility_source": None, "approved": None,
            "position": self.number, "template_position": None, "started_at": None, "soft_start": True,
            "deadline": None, "deadline_rule": None, "deadline_projected": False, "dated_by_hand": False,
            "anchors_others": False, "starter_id": None, "completed_at": None, "completer": None,
            "completer_email": None, "completion_caller": None, "reopened_at": None, "reopener": None,
            "everyone_must_complete": False, "only_assignees_complete": False, "guests_allowed": True,
            "max_assignable": 0, "guests_may_not_comment": False, "confidential": False, "webhook": None,
            "has_issue": False, "chromeless": None, "own_fields": None,
            "created_at": NOW + self.number * timedelta(seconds=1), "updated_at": NOW, "archived_at": None,
            "archived_with_process": False, "revision": 1, "clocked": False, "woke_for": None,
            "folded": fold(title), **more,
        }  # fmt: skip
        task_id = str(values["id"])

        def write(unit: Unit) -> None:
            unit.write(queries.INSERT_TASK, **values)
            for place, one in enumerate(owners, 1):
                unit.write(
                    queries.INSERT_ASSIGNMENT,
                    task_id=task_id,
                    principal=one if isinstance(one, str) else one.principal,
                    address=None if isinstance(one, str) or one.role != "guest" else one.email,
                    position=place,
                    co_assignee=False,
                    open=values["status"] in ("not-started", "active", "in-progress") and values["archived_at"] is None,
                    number=values["number"],
                    deadline=values["deadline"],
                    clock=0
                    if values["deadline"] is None or values["deadline_projected"]
                    else 2
                    if values["kind"] == "expiring"
                    else 1,
                )

        self.do(write)
        return task_id

    def involve(self, subject: str, who: Actor | str, reasons: Reason = Reason.ASSIGNED) -> None:
        principal = who if isinstance(who, str) else who.principal
        self.do(
            lambda unit: unit.write(
                queries.SAVE_INVOLVEMENT,
                subject_id=subject,
                principal=principal,
                reasons=int(reasons),
                assigned_tasks=int(Reason.ASSIGNED in reasons),
            )
        )

    def star(self, process: str) -> None:
        who = self.admin.principal
        self.do(lambda unit: set_star(unit, who, "process", process, on=True))

    def answer(self, holder: str, field: str, value: Any, process: str | None = None) -> str:
        row = {"holder_id": holder, "field_id": field, "id": new_id(), "process_id": process, "value": value}
        self.do(lambda unit: unit.write(queries.SAVE_ANSWER, **row, answered_by="u1", answered_at=NOW))
        return str(row["id"])

    def tag(self, title: str, *subjects: tuple[Any, str]) -> str:
        made = self.do(lambda unit: create_tag(unit, title=title, color=None))
        tag_id = str(made.id)
        for kind, one in subjects:
            self.do(partial(set_tags, subject=Subject(kind, one), ids=[tag_id]))
        return tag_id

    def folder(self, *subjects: tuple[Any, str]) -> str:
        made = self.do(lambda unit: create_folder(unit, name=uuid4().hex[:20], kind="process", parent_id=None))
        folder_id = str(made.id)
        for kind, one in subjects:
            self.do(partial(set_folders, subject=Subject(kind, one), ids=[folder_id]))
        return folder_id

    # -- calls ------------------------------------------------------------------------------------------------------

    def made(self, unit: Unit, by: Actor, query: str, path: dict[str, str]) -> Call:
        return Call(
            unit=unit,
            actor=msgspec.structs.replace(by, settings=self.settings),
            account=None,
            path={"org": self.id, **path},
            query=Query(parse_qsl(query, keep_blank_values=True)),
            body=None,
            headers={},
            client=None,
            links=Links("https://flow.example", "/api", f"/organizations/{self.id}/tasks", query),
            secrets=SECRETS,
        )

    def ask(self, handler: Handler, query: str = "", *, by: Actor | None = None, **path: str) -> Any:
        """The body of the answer, as a client reads it; what it read of the database is in `fetched`."""

        def work(session: Any) -> Reply:
            listening = Listening(session)
            call = self.made(Unit(listening, self.id, self.now), by or self.admin, query, path)
            reply = handler(call)
            self.fetched, self.warnings = listening.fetched, [(one.code, one.key) for one in call.warnings]
            return reply

        return msgspec.json.decode(msgspec.json.encode(self.database.read_now(work).body))

    def titles(
        self, query: str = "", handler: Handler = task_lists.list_tasks, *, by: Actor | None = None, **path: str
    ) -> list[str]:
        """The titles of a list that fits on one page."""
        body = self.ask(handler, query, by=by, **path)
        assert body["meta"]["pagination"]["total"] == len(body["data"])
        return [one["title"] for one in body["data"]]

    def names(self, query: str = "", *, by: Actor | None = None) -> list[str]:
        """The names of the processes of a list that fits on one page."""

        def work(session: Any) -> list[str]:
            unit = Unit(session, self.id, self.now)
            call = self.made(unit, by or self.admin, query, {})
            found = process_page(unit, call.actor, read_run_search(call), read_page(call.query, 10, 100))
            assert found.total == len(found.processes)
            return [one.name for one in found.processes]

        return self.database.read_now(work)


class Listening:
    """A session that remembers what it was asked to read: statements with their arguments."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self.fetched: list[tuple[str, Any]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    def fetch(self, statement: Any, arguments: Any) -> Any:
        self.fetched.append((statement.text, arguments))
        return self._session.fetch(statement, arguments)


class Filtered(msgspec.Struct):
    """A world, and the words that queries against it are made with."""

    world: World
    words: dict[str, str]
