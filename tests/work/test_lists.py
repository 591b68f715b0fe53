"""Lists of tasks and processes, and what is shown with tasks (spec 20 §3.2, §3.3, §11; 10 §7.1)."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qsl
from uuid import uuid4

import msgspec
import pytest

from procession.accounts.keys import Secrets
from procession.accounts.people import create_account
from procession.api import task_includes, task_lists
from procession.api.endpoint import Call, Links, Query, Reply
from procession.api.run_search import read_run_search
from procession.engine.model import Column, Field, Option, Step, TemplateDocument
from procession.engine.status import StatusFacts, is_due_soon, is_overdue
from procession.engine.work import Process, Task
from procession.kernel.database import Database
from procession.kernel.errors import Forbidden, Invalid, NotFound
from procession.kernel.folding import fold
from procession.kernel.ids import new_id
from procession.kernel.paging import Page, read_page
from procession.kernel.unit import Unit
from procession.labels.folders import create_folder
from procession.labels.model import Subject
from procession.labels.tags import create_tag
from procession.labels import folders as folder_uses
from procession.labels import tags as tag_uses
from procession.operations.databases import open_database
from procession.operations.migrate import migrate
from procession.operations.settings import load
from procession.people.groups import Inside, create_group
from procession.people.model import EVERYONE, Actor, Role, Settings, group, guest, member
from procession.people.organizations import add_member, create_organization
from procession.people.persons import ensure_guests
from procession.templates import queries as template_queries
from procession.templates.model import Rights, Template, TemplateSettings, template_values
from procession.templates.versions import add_version
from procession.wire.task import Task as Presented
from procession.work import lists, queries
from procession.work.lists import TaskSearch, process_page, task_page
from procession.work.model import Reason
from tests.support.postgres import Databases

T = TypeVar("T")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SECRETS = Secrets("a secret key of the tests")
STEP, TEXT, TABLE, START = (f"{one}" * 32 for one in "abcd")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    folder: Path = tmp_path_factory.mktemp("lists")
    environment = {"PROCESSION_DATA_DIR": str(folder)}
    if request.param == "postgresql":
        server: Databases = request.getfixturevalue("postgres")
        environment["PROCESSION_DATABASE_URL"] = server.create_database(f"lists_{uuid4().hex}")
    settings = load(environment, folder=folder)
    migrate(settings)
    database = open_database(settings)
    yield database
    database.close()


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
        self.admin = self._actor(self.owner, "admin")
        self.template = self._template()
        self.fetched = 0

    def do(self, work: Callable[[Unit], T]) -> T:
        return self.database.command_now(lambda session: work(Unit(session, self.id, self.now)))

    # -- people -----------------------------------------------------------------------------------------------------

    def _account(self, name: str) -> int:
        address = f"{name}.{uuid4().hex}@example.com"
        return self.do(lambda unit: create_account(unit, email=address, first_name=name, last_name="Berg"))

    def member(self, name: str = "Bo", role: Role = "standard", groups: tuple[str, ...] = ()) -> Actor:
        account = self._account(name)
        self.do(lambda unit: add_member(unit, account, role))
        return self._actor(account, role, groups)

    def _actor(self, account: int, role: Role, groups: tuple[str, ...] = ()) -> Actor:
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

    def _template(self) -> Template:
        fields = (
            Field(id=TEXT, label="Tax no.", kind="text", alias="tax-no", number=7),
            Field(id=TABLE, label="Lines", kind="table", alias="lines", columns=(Column(1, "What"), Column(2, "Count"))),
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
            "archived_with_process": False, "revision": 1, "folded": fold(title), **more,
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
                )

        self.do(write)
        return task_id

    def involve(self, subject: str, who: Actor | str, reasons: Reason = Reason.ASSIGNED) -> None:
        principal = who if isinstance(who, str) else who.principal
        self.do(
            lambda unit: unit.write(
                queries.SAVE_INVOLVEMENT, subject_id=subject, principal=principal, reasons=int(reasons)
            )
        )

    def answer(self, holder: str, field: str, value: Any, process: str | None = None) -> str:
        row = {"holder_id": holder, "field_id": field, "id": new_id(), "process_id": process, "value": value}
        self.do(lambda unit: unit.write(queries.SAVE_ANSWER, **row, answered_by="u1", answered_at=NOW))
        return str(row["id"])

    def tag(self, title: str, *subjects: tuple[Any, str]) -> str:
        made = self.do(lambda unit: create_tag(unit, title=title, color=None))
        tag_id = str(made.id)
        for kind, one in subjects:
            self.do(lambda unit, kind=kind, one=one: tag_uses.set_tags(unit, Subject(kind, one), [tag_id]))
        return tag_id

    def folder(self, *subjects: tuple[Any, str]) -> str:
        made = self.do(lambda unit: create_folder(unit, name=uuid4().hex[:20], kind="process", parent_id=None))
        folder_id = str(made.id)
        for kind, one in subjects:
            self.do(lambda unit, kind=kind, one=one: folder_uses.set_folders(unit, Subject(kind, one), [folder_id]))
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

    def ask(self, handler: Callable[[Call], Reply], query: str = "", *, by: Actor | None = None, **path: str) -> Any:
        """The body of the answer, as a client reads it; how many queries it took is in `fetched`."""

        def work(session: Any) -> Reply:
            counted = _Counted(session)
            call = self.made(Unit(counted, self.id, self.now), by or self.admin, query, path)
            reply = handler(call)
            self.fetched, self.warnings = counted.fetched, [(one.code, one.key) for one in call.warnings]
            return reply

        return msgspec.json.decode(msgspec.json.encode(self.database.read_now(work).body))

    def titles(self, query: str = "", handler: Callable[[Call], Reply] = task_lists.list_tasks, **more: Any) -> list[str]:
        body = self.ask(handler, query, **more)
        assert body["meta"]["pagination"]["total"] == len(body["data"])
        return [one["title"] for one in body["data"]]

    def names(self, query: str = "", *, by: Actor | None = None) -> list[str]:
        def work(session: Any) -> list[str]:
            unit = Unit(session, self.id, self.now)
            call = self.made(unit, by or self.admin, query, {})
            found = process_page(unit, call.actor, read_run_search(call), read_page(call.query, 10, 100))
            assert found.total == len(found.processes)
            return [one.name for one in found.processes]

        return self.database.read_now(work)


class _Counted:
    """A session that counts what it reads."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self.fetched = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    def fetch(self, *given: Any) -> Any:
        self.fetched += 1
        return self._session.fetch(*given)


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


# -- statuses ----------------------------------------------------------------------------------------------------------

SOME: dict[str, dict[str, Any]] = {
    "fresh": {"status": "not-started"},
    "begun": {},
    "again": {"status": "in-progress"},
    "late": {"deadline": NOW - HOUR},
    "late-expiring": {"deadline": NOW - HOUR, "kind": "expiring"},
    "late-forecast": {"deadline": NOW - HOUR, "deadline_projected": True},
    "soon": {"deadline": NOW + HOUR},
    "far": {"deadline": NOW + 3 * DAY},
    "waiting": {"soft_start": False, "started_at": NOW + DAY},
    "issue": {"has_issue": True},
    "hidden": {"status": "auto-skipped", "deadline": NOW - DAY},
    "done": {"status": "completed", "completed_at": NOW - DAY, "deadline": NOW - HOUR},
    "done-late": {"status": "completed", "completed_at": NOW - HOUR, "deadline": NOW - DAY},
    "yes": {"status": "completed", "completed_at": NOW, "kind": "approval", "approved": True},
    "no": {"status": "completed", "completed_at": NOW, "kind": "approval", "approved": False},
    "seen": {"status": "completed", "completed_at": NOW, "kind": "expiring", "approved": True},
    "gone": {"status": "completed", "completed_at": NOW, "kind": "expiring_email", "approved": False},
    "old": {"archived_at": NOW, "deadline": NOW - DAY},
}
COMPLETED = {"done", "done-late", "yes", "no", "seen", "gone"}
OPEN = set(SOME) - COMPLETED - {"hidden", "old"}

STATUS_CASES = [
    ("", OPEN | COMPLETED),
    ("status=all", OPEN | COMPLETED),
    ("status=active", OPEN),
    ("status=ACTIVE_visible", OPEN - {"waiting"}),
    ("status=incomplete", OPEN),
    ("status=complete", COMPLETED),
    ("status=In%20Progress", OPEN - {"fresh"}),
    ("status=not_started", {"fresh"}),
    ("status=overdue", {"late"}),
    ("status=due-soon", {"soon"}),
    ("status=on_time", {"far", "done"}),
    ("status=issue", {"issue"}),
    ("status=hidden", {"hidden"}),
    ("status=archived", {"old"}),
    ("status=archived,fresh,not-started", {"old", "fresh"}),
    ("status=draft", set()),
    ("status=nonsense", OPEN | COMPLETED),
    ("status=", OPEN | COMPLETED),
    ("status=approved,expired", {"yes", "gone"}),
    ("status=rejected&status=acknowledged", {"no", "seen"}),
    ("status=active&archived=true", OPEN | {"old"}),
    ("status=overdue&archived=only", set()),
    ("archived=only", {"old"}),
    ("archived=false", OPEN | COMPLETED),
    ("with_hidden=true", OPEN | COMPLETED | {"hidden"}),
]


@pytest.fixture(scope="module")
def statuses(database: Database) -> World:
    world = World(database)
    for title, more in SOME.items():
        world.task(title, **more)
    return world


@pytest.mark.parametrize(("query", "expected"), STATUS_CASES)
def test_statuses_4_4(statuses: World, query: str, expected: set[str]) -> None:
    assert set(statuses.titles(f"{query}&per_page=100")) == expected


@pytest.mark.parametrize("query", [case for case, _ in STATUS_CASES])
def test_the_counts_are_what_the_engine_says_of_the_whole_set_env_14(statuses: World, query: str) -> None:
    body = statuses.ask(task_lists.list_tasks, f"{query}&per_page=1")
    everything = statuses.ask(task_lists.list_tasks, f"{query}&per_page=100")["data"]
    assert body["meta"]["overdue_tasks"] == sum(one["is_overdue"] for one in everything)
    assert body["meta"]["tasks_due_soon"] == sum(one["is_due_soon"] for one in everything)
    assert body["meta"]["pagination"]["total"] == len(everything)


def test_the_statements_agree_with_the_engine(statuses: World) -> None:
    search = TaskSearch(archived="include", hidden=True)
    page = statuses.do(lambda unit: task_page(unit, statuses.admin, search, Page(1, 100)))
    facts = [
        StatusFacts(
            kind=one.kind, status=one.status, deadline=one.deadline, completed_at=one.completed_at,
            archived=one.archived_at is not None, projected=one.deadline_projected,
        )
        for one in page.tasks
    ]  # fmt: skip
    assert page.overdue == sum(is_overdue(one, NOW) for one in facts)
    assert page.due_soon == sum(is_due_soon(one, NOW) for one in facts)


# -- filters -----------------------------------------------------------------------------------------------------------


class Filtered(msgspec.Struct):
    world: World
    words: dict[str, str]


@pytest.fixture(scope="module")
def filtered(database: Database) -> Filtered:
    world = World(database)
    bo, eve = world.member("Bo"), world.guest()
    team, guests = world.group(bo), world.group(eve)
    run = world.process("Überprüfung 50%_off")
    by_bo = world.task("for Bo", bo, process=run)
    team_task = world.task("for the team", group(team), starter_id=bo.account_id, kind="approval")
    world.task("for Eve", eve, deadline=NOW + DAY)
    world.task("for guests", group(guests), deadline=NOW + 2 * DAY)
    world.task("nobody's", created_at=NOW - 10 * DAY, deadline=NOW + 2 * DAY + 15 * HOUR)
    world.task("done", bo, status="completed", completed_at=NOW - 3 * DAY, completer=bo.principal)
    words = {
        "bo": str(bo.account_id), "eve": eve.email, "team": team, "guests": guests, "run": run, "task": by_bo,
        "tag": world.tag("Ürgent", ("task", team_task), ("process", run)), "template": world.template.id,
        "folder": world.folder(("task", team_task), ("process", run)), "none": new_id(),
    }  # fmt: skip
    return Filtered(world, words)


EVERYTHING = {"for Bo", "for the team", "for Eve", "for guests", "nobody's", "done"}
FILTER_CASES: list[tuple[str, set[str]]] = [
    ("q=FOR", {"for Bo", "for the team", "for Eve", "for guests"}),
    ("q=UBERPRUF", {"for Bo"}),
    ("q=50%25_", {"for Bo"}),
    ("q=_____", set()),
    ("q={task}", {"for Bo"}),
    ("q=%00", EVERYTHING),
    ("process_name=bo", set()),
    ("process_name=prufung", {"for Bo"}),
    ("owners={bo}", {"for Bo", "for the team", "done"}),
    ("owners={bo},999999999", {"for Bo", "for the team", "done"}),
    ("owners=me", set()),
    ("assignee={bo}&status=active", {"for Bo", "for the team"}),
    ("guests={eve}", {"for Eve", "for guests"}),
    ("guests={guests}", {"for guests"}),
    ("guests=nobody@x.example", set()),
    ("groups={team},{guests}", {"for the team", "for guests"}),
    ("groups={team}&owners={bo}", {"for the team"}),
    ("unassigned=", {"nobody's"}),
    ("unassigned=true&groups={team}", {"nobody's", "for the team"}),
    ("unassigned=false", EVERYTHING),
    ("tag={tag}", {"for Bo", "for the team"}),
    ("tag=urgent", {"for Bo", "for the team"}),
    ("tag=other", set()),
    ("folder={folder}", {"for Bo", "for the team"}),
    ("folder_id={none}", set()),
    ("checklist_id={template}", {"for Bo"}),
    ("run_id={run}", {"for Bo"}),
    ("task_type=approval", {"for the team"}),
    ("task_type=nonsense", set()),
    ("starter={bo}", {"for the team"}),
    ("completer={bo}", {"done"}),
    ("is_oneoff=false", {"for Bo"}),
    ("is_oneoff=True&q=done", {"done"}),
    ("created=2026-02-20", {"nobody's"}),
    ("created=2026-02-20:2026-02-21", {"nobody's"}),
    ("created=2026-02-21:2026-02-22", set()),
    ("deadline_on=2026-03-03", {"for Eve"}),
    ("deadline_on=2026-03-03&deadline_after=2030-01-01", {"for Eve"}),
    ("deadline_before=2026-03-04", {"for Eve"}),
    ("deadline_after=2026-03-03", {"for guests", "nobody's"}),
    ("deadline_after=2026-03-04", {"nobody's"}),
    ("deadline_start_range=2026-03-03&deadline_end_range=2026-03-04", {"for Eve", "for guests"}),
    ("deadline_end_range=9999-12-31", {"for Eve", "for guests", "nobody's"}),
    ("completed_on=2026-02-27", {"done"}),
    ("completed_before=2026-02-27", set()),
    ("completed_after=2026-02-26", {"done"}),
    ("created_since=2026-02-25", EVERYTHING - {"nobody's"}),
    ("updated_since=2026-03-02T09:00:00Z", EVERYTHING),
    ("updated_since=2026-03-02T09:00:01Z", set()),
    ("mentioned=me", set()),
    ("watching=me", set()),
    ("roles=1", set()),
    ("custom_field_key=a&custom_field_value=b", set()),
    ("custom_field_key=a", EVERYTHING),
    ("unheard_of=1", EVERYTHING),
]


@pytest.mark.parametrize(("query", "expected"), FILTER_CASES)
def test_filters_11_2(filtered: Filtered, query: str, expected: set[str]) -> None:
    assert set(filtered.world.titles(query.format(**filtered.words))) == expected


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("deadline_on=tomorrow", "deadline_on"),
        ("completed_after=2026-13-01", "completed_after"),
        ("created=2026-01-01:x", "created"),
        ("updated_since=2d", "updated_since"),
        ("unassigned=perhaps", "unassigned"),
        ("is_oneoff=2", "is_oneoff"),
        ("archived=some", "archived"),
        ("owners=1,x", "owners"),
        ("groups=12", "groups"),
        ("folder=x", "folder"),
        ("guests=12", "guests"),
        ("starter=99999999999999999999", "starter"),
    ],
)
def test_what_cannot_be_read_is_named_flt_03(world: World, query: str, name: str) -> None:
    with pytest.raises(Invalid) as caught:
        world.ask(task_lists.list_tasks, f"{query}&with_hidden=maybe")
    assert set(caught.value.errors or {}) == {name, "with_hidden"}


def test_days_are_days_in_the_organizations_zone_11_2(world: World) -> None:
    calendar = msgspec.structs.replace(world.settings.calendar, zone="America/New_York")
    world.settings = msgspec.structs.replace(world.settings, calendar=calendar)
    world.task("evening", deadline=datetime(2026, 3, 4, 3, 0, tzinfo=UTC))
    assert world.titles("deadline_on=2026-03-03") == ["evening"]
    assert world.titles("deadline_on=2026-03-04") == []


# -- orders and pages --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "dcba"),
        ("sort=deadline", "bdac"),
        ("sort=-deadline", "dbac"),
        ("sort_by=newest", "dcba"),
        ("sort=problems", "cbda"),
        ("sort=created_at", "abcd"),
        ("sort=-name", "dcba"),
        ("sort=increment_id&sort_direction=desc", "dcba"),
        ("sort=unheard", "dcba"),
        ("status=completed", "ad"),
        ("sort=completed_newest", "adbc"),
    ],
)
def test_orders_11_3(world: World, query: str, expected: str) -> None:
    done = {"status": "completed"}
    world.task("a", completed_at=NOW, **done)
    world.task("b", deadline=NOW - HOUR)
    world.task("c", has_issue=True)
    world.task("d", deadline=NOW + HOUR, completed_at=NOW - HOUR, **done)
    assert "".join(world.titles(query)) == expected
    if query == "sort=unheard":
        assert world.warnings == [("UNKNOWN_SORT_KEY", "unheard")]


def test_pages_env_11_to_17(world: World) -> None:
    for number in range(12):
        world.task(str(number))
    first = world.ask(task_lists.list_tasks)
    assert [one["title"] for one in first["data"]] == [str(one) for one in range(11, 1, -1)]
    assert first["meta"]["pagination"]["total_pages"] == 2
    assert first["meta"]["pagination"]["links"]["next"].endswith("page=2")
    second = world.ask(task_lists.list_tasks, "page=2")
    assert [one["title"] for one in second["data"]] == ["1", "0"]
    beyond = world.ask(task_lists.list_tasks, "page=9&limit=500")
    assert beyond["data"] == []
    assert (beyond["meta"]["pagination"]["total"], beyond["meta"]["pagination"]["per_page"]) == (12, 100)
    assert len(world.ask(task_lists.list_tasks, "without_pagination=true")["data"]) == 12


# -- who sees what -----------------------------------------------------------------------------------------------------


def test_visibility_20_27_and_40_16_4(world: World) -> None:
    bo, lia = world.member("Bo"), world.member("Lia", "light")
    eve = world.guest()
    mine, open_run, other = world.process("mine"), world.process("open"), world.process("other")
    world.involve(mine, bo, Reason.ASSIGNED_BEFORE)
    world.involve(mine, eve)
    world.involve(mine, lia, Reason.WATCHING)
    world.involve(open_run, EVERYONE, Reason.GRANTED)
    world.involve(other, bo, Reason(0))
    world.task("in mine", process=mine)
    world.task("secret in mine", process=mine, confidential=True)
    world.task("secret for Bo", bo, process=mine, confidential=True)
    world.task("secret for Eve", eve, process=mine, confidential=True)
    world.task("in open", process=open_run)
    world.task("in other", process=other)
    loose = world.task("loose")
    started = world.task("started", starter_id=bo.account_id, confidential=True)
    mentioned = world.task("mentioned", confidential=True)
    world.involve(mentioned, bo, Reason.MENTIONED)
    listed = world.task("listed", confidential=True)
    world.involve(listed, bo, Reason.LISTED)
    assert len(world.titles()) == 10
    seen = {"in mine", "secret for Bo", "in open", "started", "mentioned"}
    assert set(world.titles(by=bo)) == seen
    assert set(world.titles(by=lia)) == {"in mine"}
    assert set(world.titles(by=eve)) == {"secret for Eve"}
    assert set(world.titles(handler=task_lists.list_run_tasks, by=bo, run=mine)) == {"in mine", "secret for Bo"}
    assert set(world.titles(handler=task_lists.list_run_tasks, by=eve, run=mine)) == {"secret for Eve"}
    with pytest.raises(NotFound):
        world.ask(task_lists.list_run_tasks, by=bo, run=other)
    world.settings = msgspec.structs.replace(world.settings, private_oneoff_tasks=False)
    assert set(world.titles(by=bo)) == seen | {"loose"}
    assert set(world.titles(by=lia)) == {"in mine"}
    assert loose != started


def test_other_organizations_are_nowhere(world: World) -> None:
    World(world.database).task("theirs", world.admin)
    assert world.titles() == []
    assert world.titles(handler=task_lists.list_my_tasks) == []


# -- the list of a process ---------------------------------------------------------------------------------------------


def test_the_run_list_shows_hidden_tasks_by_position_11_1(world: World) -> None:
    run = world.process()
    world.task("second", process=run, position=2)
    world.task("first", process=run, position=1, status="auto-skipped")
    world.task("dropped", process=run, position=3, archived_at=NOW)
    assert world.titles(handler=task_lists.list_run_tasks, run=run) == ["first", "second"]
    assert world.titles("sort=-position", handler=task_lists.list_run_tasks, run=run) == ["second", "first"]
    assert world.titles("status=incomplete", handler=task_lists.list_run_tasks, run=run) == ["first", "second"]
    assert world.titles("with_hidden=0", handler=task_lists.list_run_tasks, run=run) == ["second"]
    # Filters of the other lists are unknown here, and ignored; so are legacy ones.
    query = "tag=x&is_oneoff=true&mentioned=me&currentTask=1&replace_page=2"
    assert world.titles(query, handler=task_lists.list_run_tasks, run=run) == ["first", "second"]


def test_the_tasks_of_an_archived_process_stay_readable_10_4_3(world: World) -> None:
    run = world.process(archived_at=NOW, status="archived")
    world.task("kept", process=run, archived_at=NOW, archived_with_process=True)
    assert world.titles(handler=task_lists.list_run_tasks, run=run) == ["kept"]
    assert world.titles() == []


# -- personal lists ----------------------------------------------------------------------------------------------------


def test_personal_lists_show_what_is_open_newest_first_11_1(world: World) -> None:
    bo = world.member("Bo")
    team = world.group(bo)
    bo = msgspec.structs.replace(bo, principals=(bo.principal, group(team), EVERYONE))
    world.task("late", bo, deadline=NOW - HOUR)
    world.task("soon, twice his", bo, group(team), deadline=NOW + HOUR)
    world.task("late forecast", bo, deadline=NOW - HOUR, deadline_projected=True)
    world.task("late expiring", bo, deadline=NOW - HOUR, kind="expiring")
    world.task("the team's", group(team))
    world.task("hidden", bo, status="auto-skipped")
    world.task("archived", bo, archived_at=NOW)
    world.task("done", bo, status="completed", completed_at=NOW)
    world.task("somebody's", world.admin)
    expected = ["the team's", "late expiring", "late forecast", "soon, twice his", "late"]
    ways: list[dict[str, Any]] = [
        {"handler": task_lists.list_my_tasks, "by": bo},
        {"handler": task_lists.list_user_tasks, "by": bo, "user": str(bo.account_id)},
        {"handler": task_lists.list_user_tasks, "user": str(bo.account_id)},
    ]
    for way in ways:
        # The second query asks for the same by other means: the general statement instead of the index.
        for query in ("", "created_since=2020-01-01", "status=active&sort=-increment_id"):
            assert world.titles(query, **way) == expected
            body = world.ask(way["handler"], f"{query}&per_page=1", **{k: v for k, v in way.items() if k != "handler"})
            assert (body["meta"]["overdue_tasks"], body["meta"]["tasks_due_soon"]) == (1, 1)
        assert world.titles("status=all", **way) == ["done", *expected]
        assert world.titles("status=completed", **way) == ["done"]
        assert world.titles("status=hidden", **way) == ["hidden"]
        assert world.titles("archived=only", **way) == ["archived"]
        assert world.titles("page=2&per_page=2", **way | {"handler": _total_ignored(way["handler"])}) == expected[2:4]


def _total_ignored(handler: Callable[[Call], Reply]) -> Callable[[Call], Reply]:
    def ask(call: Call) -> Reply:
        reply = handler(call)
        reply.body["meta"]["pagination"]["total"] = len(reply.body["data"])
        return reply

    return ask


def test_the_everyday_list_reads_the_index_of_assignments(world: World) -> None:
    bo = world.member("Bo")
    for number in range(3):
        world.task(str(number), bo)
    search = TaskSearch(scope="person", person=bo.principal, statuses=frozenset({"active"}))
    asked = lists._Asked(world.do(lambda unit: unit), bo)
    shape = lists._task_shape(asked, bo, search)
    assert lists.list_queries.tasks_page(shape) is lists.list_queries.PERSONAL_PAGE
    if world.database.dialect.name == "sqlite":
        compiled = lists.list_queries.PERSONAL_COUNT.compiled(world.database.dialect)
        arguments = compiled.arguments({"organization_id": world.id, "person": [bo.principal]})
        plan = world.database.read_now(
            lambda session: session.fetch(_plan(compiled), arguments)
        )
        assert any("ix_assignments_principal" in str(row) for row in plan)


def _plan(compiled: Any) -> Any:
    class Plan:
        text = f"EXPLAIN QUERY PLAN {compiled.text}"

    return Plan


def test_lists_of_others_11_1(world: World) -> None:
    bo, lia = world.member("Bo"), world.member("Lia", "light")
    eve, max_ = world.guest(), world.guest()
    run, hidden = world.process(), world.process()
    world.involve(run, lia, Reason.WATCHING)
    world.task("seen", bo, eve, process=run)
    world.task("unseen", bo, eve, process=hidden)
    world.task("secret", bo, eve, process=run, confidential=True)
    user = {"handler": task_lists.list_user_tasks, "user": str(bo.account_id)}
    assert world.titles(by=lia, **user) == ["seen"]
    assert world.titles(**user) == ["secret", "unseen", "seen"]
    for named in (eve.email, str(eve.guest_id)):
        assert world.titles(handler=task_lists.list_guest_tasks, guest=named) == ["secret", "unseen", "seen"]
    assert world.titles(handler=task_lists.list_guest_tasks, by=eve, guest=eve.email) == ["secret", "unseen", "seen"]
    assert world.titles(handler=task_lists.list_my_tasks, by=eve) == ["secret", "unseen", "seen"]
    for handler, path in (
        (task_lists.list_guest_tasks, {"guest": max_.email}),
        (task_lists.list_guest_tasks, {"guest": "nobody@x.example"}),
        (task_lists.list_user_tasks, {"user": str(bo.account_id)}),
    ):
        with pytest.raises(Forbidden):
            world.ask(handler, by=eve, **path)
    for handler, path in (
        (task_lists.list_guest_tasks, {"guest": "nobody@x.example"}),
        (task_lists.list_user_tasks, {"user": "999999999"}),
        (task_lists.list_user_tasks, {"user": "x"}),
    ):
        with pytest.raises(NotFound):
            world.ask(handler, **path)


# -- includes ----------------------------------------------------------------------------------------------------------

EVERY = (
    "run,run.checklist,run.tags,run.folders,step,form_fields,ko-form-fields,tags,folders,groups,threads,comments,issues,"
    "threads_count,assets,roles,activities,member_watchers.watcher,guest_watchers,selected_text_comment,summary"
)


def test_every_include_at_once_3_2(world: World) -> None:
    bo, eve = world.member("Bo"), world.guest()
    team = world.group(bo, eve)
    run = world.process("Intake of Bo")
    one = world.task("bound", bo, eve, group(team), process=run)
    world.task("loose", own_fields=[{"id": TEXT, "label": "Own", "kind": "text", "alias": "own"}])
    stored = world.answer(one, TABLE, [["Nut", "Bolt"], [3]], run)
    chosen = world.answer(run, START, {"id": 2, "text": "L"}, run)
    tag, folder = world.tag("Urgent", ("task", one), ("process", run)), world.folder(("task", one), ("process", run))
    loose, bound = world.ask(task_lists.list_tasks, f"with={EVERY}")["data"]
    assert world.warnings == []

    assert bound["run"]["data"]["id"] == run
    assert bound["run"]["data"]["checklist"]["data"]["id"] == world.template.id
    assert [use["tag_id"] for use in bound["run"]["data"]["tags"]["data"]] == [tag]
    assert [use["folder_id"] for use in bound["run"]["data"]["folders"]["data"]] == [folder]
    assert bound["step"]["data"]["id"] == STEP
    text, table = bound["form_fields"]["data"]
    assert (text["id"], text["unique_id"], text["value"], text["field_no"]) == (TEXT, None, None, 7)
    assert (table["unique_id"], table["task_id"], table["step_id"]) == (stored, one, STEP)
    assert table["value"] == table["field_value"] == [["Nut", "Bolt"], [3]]
    assert table["table_rows"] == [["Nut", "3"], ["Bolt", ""]]
    assert "table_rows" not in text
    assert not text["ko_form_field"]
    (start,) = bound["ko_form_fields"]["data"]
    assert (start["unique_id"], start["value"], start["task_id"]) == (chosen, {"id": 2, "text": "L"}, None)
    assert start["ko_form_field"]
    assert [use["tag_id"] for use in bound["tags"]["data"]] == [tag]
    assert [use["folder_id"] for use in bound["folders"]["data"]] == [folder]
    (shown,) = bound["groups"]["data"]
    assert (shown["id"], shown["members"], shown["guests"]) == (team, [bo.account_id], [eve.email])
    assert bound["threads_count"] == 0
    for name in task_includes.EMPTY:
        assert bound[name] == loose[name] == {"data": []}
    assert (bound["summary"], bound["original_summary"]) == ("<p>Look</p>", "<p>Look</p>")

    assert loose["run"] is loose["step"] is None
    assert [field["label"] for field in loose["form_fields"]["data"]] == ["Own"]
    assert loose["ko_form_fields"] == {"data": []}
    assert loose["summary"] == "<p>Own</p>"


def test_what_is_not_asked_for_is_absent_env_40(world: World) -> None:
    world.task("plain")
    (plain,) = world.ask(task_lists.list_tasks)["data"]
    assert not {*task_includes.EMPTY, *task_includes.BATCHES, "threads_count", "summary", "summary_include"} & plain.keys()
    world.ask(task_lists.list_tasks, "with=nonsense,run.nonsense,tags")
    assert world.warnings == [("UNKNOWN_INCLUDE", "nonsense"), ("UNKNOWN_INCLUDE", "run.nonsense")]


def test_an_item_has_its_count_and_the_include_of_the_summary(world: World) -> None:
    task_id = world.task("plain")

    def show(call: Call) -> Reply:
        found = task_page(call.unit, call.actor, TaskSearch(), Page(1, 10)).tasks
        shown = task_lists.beside(call.unit, call.actor, found)
        includes = task_includes.load(call, found, shown, single=True)[task_id]
        presented: Presented = task_lists.task(found[0], shown, task_lists.view(call), single=True, **includes)
        return Reply(body=presented)

    shown = world.ask(show, "with=summary")
    assert shown["threads_count"] == 0
    assert shown["summary"] == "<p>Own</p>"
    assert shown["summary_include"] == {"data": {"summary": "<p>Own</p>", "original_summary": "<p>Own</p>"}}


def test_hidden_tasks_keep_their_form_back_from_those_who_are_no_editors_10_7_2(world: World) -> None:
    bo = world.member("Bo")
    run = world.process()
    world.involve(run, bo)
    world.task("hidden", process=run, status="auto-skipped")
    for by, expected in ((bo, None), (world.admin, "<p>Look</p>")):
        (shown,) = world.ask(task_lists.list_run_tasks, "with=form_fields,summary,step", by=by, run=run)["data"]
        assert shown["summary"] == expected
        assert bool(shown["form_fields"]["data"]) is bool(shown["step"]) is (expected is not None)


def test_guests_are_not_shown_other_people(world: World) -> None:
    bo, eve = world.member("Bo"), world.guest()
    run = world.process()
    world.involve(run, eve)
    world.task("hers", bo, eve, group(world.group(bo)), process=run)
    (shown,) = world.ask(task_lists.list_my_tasks, "with=groups,step,run.checklist", by=eve)["data"]
    assert shown["groups"] == {"data": []}
    assert shown["step"] is None
    assert shown["run"]["data"]["collaborators"] == []
    assert shown["run"]["data"]["checklist"] == {"data": None}


def test_a_page_takes_the_same_queries_for_2_and_50_rows_inc_06(world: World) -> None:
    bo, eve = world.member("Bo"), world.guest()
    team = group(world.group(bo))
    counts = []
    for rows in (2, 48):
        for number in range(rows):
            run = world.process(str(number))
            task_id = world.task(str(number), bo, eve, team, process=run, everyone_must_complete=True)
            world.answer(task_id, TEXT, "1", run)
        body = world.ask(task_lists.list_tasks, f"with={EVERY}&per_page=100&q=&owners={bo.account_id}")
        counts.append((len(body["data"]), world.fetched))
    (few, first), (many, second) = counts
    assert (few, many) == (2, 50)
    assert first == second


def test_captures_of_a_task_20_18(world: World) -> None:
    run = world.process()
    one = world.task("bound", process=run)
    world.answer(one, TEXT, "12", run)
    found = world.ask(task_lists.list_captures, task=one)["data"]
    assert [(field["id"], field["value"]) for field in found] == [(TEXT, "12"), (TABLE, None)]
    with pytest.raises(NotFound):
        world.ask(task_lists.list_captures, by=world.member(), task=one)


# -- processes ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def runs(database: Database) -> Filtered:
    world = World(database)
    bo, cy, eve = world.member("Bo"), world.member("Cy"), world.guest()
    team = world.group(cy)
    plain = world.process("plain", starter_id=bo.account_id, created_at=NOW - 9 * DAY)
    late = world.process("läte", next_deadline=NOW - HOUR, owner_id=bo.account_id, updated_at=NOW + DAY)
    world.task("t", cy, process=late, deadline=NOW - HOUR)
    soon = world.process("soon", next_deadline=NOW - 2 * HOUR, kind="form")
    world.task("t", group(team), process=soon, deadline=NOW + HOUR, status="not-started")
    world.task("t", process=soon, deadline=NOW - 2 * HOUR, deadline_projected=True)
    stuck = world.process("stuck", status="problem", next_deadline=NOW - 3 * HOUR, parent_id=plain)
    world.task("t", eve, process=stuck, deadline=NOW - 3 * HOUR)
    world.process("blocked", status="issue")
    done = world.process("done", status="complete", completed_at=NOW - 2 * DAY, last_deadline=NOW - DAY,
                         visible_tasks=2, done_tasks=2)  # fmt: skip
    world.task("t", bo, process=done, status="completed", completed_at=NOW - 2 * DAY)
    gone = world.process("gone", status="archived", archived_at=NOW)
    world.involve(plain, bo, Reason.STARTER)
    world.involve(late, bo, Reason.OWNER)
    world.involve(late, cy)
    world.involve(soon, group(team))
    world.involve(soon, EVERYONE, Reason.GRANTED)
    world.involve(stuck, eve)
    world.involve(done, bo, Reason.ASSIGNED_BEFORE)
    world.involve(gone, group(team), Reason.LISTED)
    world.do(
        lambda unit: unit.write(queries.INSERT_STAR, subject_id=plain, account_id=world.owner, kind="process")
    )
    red = world.tag("Red", ("process", plain))
    blue = world.tag("Blue")
    world.do(lambda unit: tag_uses.set_tags(unit, Subject("process", late), [red, blue]))
    words = {
        "bo": str(bo.account_id), "cy": str(cy.account_id), "eve": eve.email, "team": team, "plain": plain,
        "red": red, "blue": blue, "folder": world.folder(("process", plain)), "template": world.template.id,
        "none": new_id(), "number": "0",
    }  # fmt: skip
    return Filtered(world, words)


LIVE = {"plain", "läte", "soon", "stuck", "blocked", "done"}
RUN_CASES: list[tuple[str, set[str]]] = [
    ("", LIVE),
    ("q=LATE", {"läte"}),
    ("q={plain}", {"plain"}),
    ("q=1", {"plain"}),
    ("status=active", {"plain", "läte", "soon"}),
    ("status=completed", {"done"}),
    ("status=problem", {"stuck", "blocked"}),
    ("status=issue", {"blocked"}),
    ("status=improvement", set()),
    ("status=archived", {"gone"}),
    ("status=archived,complete", {"gone", "done"}),
    ("status=delayed", {"läte", "stuck"}),
    ("status=late", {"läte", "stuck"}),
    ("status=overdue", {"läte"}),
    ("status=due_soon", {"soon"}),
    ("status=on_time", {"plain"}),
    ("status=starred", {"plain"}),
    ("status=all", LIVE),
    ("status=draft", set()),
    ("archived=true", LIVE | {"gone"}),
    ("archived=only", {"gone"}),
    ("owners={bo}", {"läte", "done"}),
    ("owners={bo}&task_status=completed", {"done"}),
    ("owners={bo}&task_status=in-progress", set()),
    ("owners={cy}", {"läte", "soon"}),
    ("groups={team}&archived=true", {"soon", "gone"}),
    ("groups={team}&task_status=completed", set()),
    ("guests={eve}", {"stuck"}),
    ("task_status=completed", {"done"}),
    ("task_status=in-progress", {"läte", "soon", "stuck"}),
    ("started_by={bo}", {"plain"}),
    ("checklist_id={template}&type=form", {"soon"}),
    ("blueprint_id={none}", set()),
    ("type=nonsense", set()),
    ("folder={folder}", {"plain"}),
    ("folder=none", LIVE - {"plain"}),
    ("folder=none,{folder}", LIVE),
    ("tag=red", {"plain", "läte"}),
    ("tag={red},blue", {"läte"}),
    ("tag={red},nowhere", set()),
    ("tag_ids={red},{blue}&tag_match=any", {"plain", "läte"}),
    ("untagged=", LIVE - {"plain", "läte"}),
    ("untagged=false", {"plain", "läte"}),
    ("starred=true", {"plain"}),
    ("starred=0", LIVE - {"plain"}),
    ("parent_id={plain}", {"stuck"}),
    ("created_before=2026-02-22", {"plain"}),
    ("created_after=2026-02-22", LIVE - {"plain"}),
    ("completed_after=2026-02-28T09:00:00Z&completed_before=2026-02-28T09:00:00Z", {"done"}),
    ("completed_before=9999-12-31T23:59:59Z", {"done"}),
    ("updated_after=2026-03-03", {"läte"}),
    ("updated_since=2026-03-03", {"läte"}),
    ("due_after=2026-03-02", {"läte", "soon", "stuck"}),
    ("due_before=2026-03-01", {"done"}),
    ("custom_field_key=a&custom_field_value=b", set()),
]


@pytest.mark.parametrize(("query", "expected"), RUN_CASES)
def test_process_filters_10_7_1(runs: Filtered, query: str, expected: set[str]) -> None:
    assert set(runs.world.names(query.format(**runs.words))) == expected


def test_processes_that_members_and_guests_see(runs: Filtered) -> None:
    world = runs.world
    bo = world._actor(int(runs.words["bo"]), "standard")
    assert set(world.names(by=bo)) == {"plain", "läte", "soon", "done"}
    assert set(world.names("me=true", by=bo)) == {"plain", "läte", "done"}
    cy = world._actor(int(runs.words["cy"]), "light", (runs.words["team"],))
    assert set(world.names(by=cy)) == {"läte", "soon"}
    assert set(world.names("archived=true&me=1", by=cy)) == {"läte", "soon", "gone"}
    eve = world.guest()
    assert world.names(by=eve) == []
    run = world.process("hers", status="archived", archived_at=NOW)
    world.task("t", eve, process=run)
    assert world.names("archived=only", by=eve) == ["hers"]
    assert world.names("starred=true", by=eve) == []


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("status=nonsense", "status"),
        ("task_status=nonsense", "task_status"),
        ("created_after=soon", "created_after"),
        ("due_before=1", "due_before"),
        ("starred=perhaps", "starred"),
        ("folder=some", "folder"),
        ("owners=x", "owners"),
    ],
)
def test_process_filters_that_cannot_be_read(world: World, query: str, name: str) -> None:
    with pytest.raises(Invalid) as caught:
        world.names(query)
    assert set(caught.value.errors or {}) == {name}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "cba"),
        ("sort=newest", "cba"),
        ("sort=oldest", "abc"),
        ("sort=name", "abc"),
        ("sort_by=-name", "cba"),
        ("sort=due_date", "bca"),
        ("sort=-due_date", "cba"),
        ("sort=most_delayed", "cba"),
        ("sort=-progress", "acb"),
        ("sort=status,-name", "cab"),
        ("sort=-starred,name", "bac"),
        ("sort=owner", "bac"),
        ("sort=-started_by,name", "bac"),
        ("sort=completed_at,-name", "cba"),
        ("sort=increment_id&sort_direction=desc", "cba"),
        ("sort=unheard", "cba"),
    ],
)
def test_process_orders_10_7_1(world: World, query: str, expected: str) -> None:
    zoe, adam = world.member("Zoe").account_id, world.member("Adam").account_id
    world.process("a", visible_tasks=1, done_tasks=1, status="complete")
    run = world.process("b", next_deadline=NOW + HOUR, owner_id=adam, starter_id=zoe, status="problem")
    late = world.process("c", next_deadline=NOW + DAY, owner_id=zoe, starter_id=None, visible_tasks=3, done_tasks=1)
    world.task("t", process=late, deadline=NOW - HOUR)
    world.do(lambda unit: unit.write(queries.INSERT_STAR, subject_id=run, account_id=world.owner, kind="process"))
    assert "".join(world.names(query)) == expected


def test_rows_are_whole(world: World) -> None:
    run = world.process("whole")
    world.task("whole", process=run, deadline=NOW, has_issue=True)
    tasks = world.do(lambda unit: task_page(unit, world.admin, TaskSearch(), Page(1, 10))).tasks
    found = world.do(lambda unit: process_page(unit, world.admin, lists.ProcessSearch(), Page(1, 10))).processes
    assert isinstance(tasks[0], Task)
    assert isinstance(found[0], Process)
    assert tasks[0].deadline == NOW
    assert tasks[0].has_issue is True
    assert found[0].members == []
