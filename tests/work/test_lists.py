"""The five lists of tasks (spec 20 §4.4, §11)."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from procession.api import runs, task_lists
from procession.engine.model import WorkCalendar
from procession.engine.status import StatusFacts, is_due_soon, is_overdue
from procession.engine.work import Task
from procession.kernel.database import Database
from procession.kernel.errors import Forbidden, Invalid, NotFound
from procession.kernel.ids import new_id
from procession.kernel.paging import Page
from procession.kernel.unit import Unit
from procession.people.model import EVERYONE, group
from procession.work import queries
from procession.work.lists import TaskSearch, task_page
from procession.work.model import Reason
from procession.work.personal_queries import ORDERS, personal_page
from tests.work.world import DAY, HOUR, NOW, Filtered, World

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
    ("roles=" + "f" * 32, set()),
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


def test_a_list_that_nothing_narrows_is_the_one_that_its_filters_left_empty_give(world: World) -> None:
    """The short way of `read_task_search` asks for the same as the long one."""
    run = world.process()
    scopes: tuple[tuple[task_lists.Scope, dict[str, str]], ...] = (
        ("organization", {}), ("process", {"process_id": run}), ("person", {"person": world.admin.principal}),
    )  # fmt: skip

    def read(unit: Unit) -> None:
        for scope, named in scopes:
            plain, filtered = (
                task_lists.read_task_search(world.made(unit, world.admin, query, {}), scope, **named)
                for query in ("page=2&per_page=20&with=run&cursor=", "page=2&q=&status=&sort=&is_oneoff=&owners=")
            )
            assert plain == filtered, scope

    world.do(read)


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
    user = str(bo.account_id)
    ways: list[Callable[[str], Any]] = [
        lambda query: world.ask(task_lists.list_my_tasks, query, by=bo),
        lambda query: world.ask(task_lists.list_user_tasks, query, by=bo, user=user),
        lambda query: world.ask(task_lists.list_user_tasks, query, user=user),
    ]
    for way in ways:
        # The second query asks for the same by other means: the general statement instead of the index.
        for query in ("", "created_since=2020-01-01", "status=active&sort=-increment_id"):
            assert shown(way(query)) == expected
            meta = way(f"{query}&per_page=2&page=2")["meta"]
            assert (meta["overdue_tasks"], meta["tasks_due_soon"], meta["pagination"]["total"]) == (1, 1, 5)
            assert shown(way(f"{query}&per_page=2&page=2")) == expected[2:4]
        assert shown(way("status=all")) == ["done", *expected]
        assert shown(way("status=completed")) == ["done"]
        assert shown(way("status=hidden")) == ["hidden"]
        assert shown(way("archived=only")) == ["archived"]


def shown(body: Any) -> list[str]:
    return [one["title"] for one in body["data"]]


PAGED = {"number": "principal", "deadline": "deadline"}
"""The index that a page in this order comes from; the total is counted in the one, what is near in the other."""


def test_the_everyday_list_is_one_statement_over_the_indexes_of_assignments(world: World) -> None:
    """House plan §4: page and totals of 20 out of 5,000 open tasks come from two indexes; only shown rows are read."""
    bo = world.member("Bo")
    many_assignments(world, bo.principal, 5_000)
    sqlite = world.database.dialect.name == "sqlite"
    for order in ORDERS:
        name, down = order[0]
        sort = f"sort={'-' if down else ''}{'increment_id' if name == 'number' else name}&per_page=20"
        world.ask(task_lists.list_my_tasks, sort, by=bo)
        page, given = world.fetched[0]
        assert page == personal_page(order, alone=True, lateral=not sqlite).compiled(world.database.dialect).text
        plan = explained(world.database, page, given)
        if sqlite:
            read = [one for one in plan if "assignments" in one or "tasks" in one]
            assert sum(f"COVERING INDEX ix_assignments_{PAGED[name]}" in one for one in read) == 2, plan
            assert sum("COVERING INDEX ix_assignments_" in one for one in read) == 3, plan
            assert sum("AND deadline<?" in one for one in read) == 1, plan
            assert sum("SEARCH tasks USING" in one for one in read) == 1, plan
            assert len(read) == 4, plan
        else:
            text = "\n".join(plan)
            assert text.count(f"using ix_assignments_{PAGED[name]} on assignments") == 2, text
            assert text.count("Index Only Scan") == 3, text
            assert text.count(" on assignments") == 3, text
            # Planned for any page size, a plain join would read all tasks there are.
            assert " LATERAL " in page, page


def test_what_a_member_was_given_is_looked_up_by_the_task_where_he_may_see_it_for_other_reasons(world: World) -> None:
    """Gathered instead, PostgreSQL went through everything he was ever given once for every task it counted."""
    bo = world.member("Bo")
    mine = world.task("mine", bo, confidential=True)
    assert [one["id"] for one in world.ask(task_lists.list_tasks, "q=mine", by=bo)["data"]] == [mine]
    world.ask(task_lists.list_tasks, "", by=bo)
    statement, given = next(one for one in world.fetched if "EXISTS" in one[0])
    # PostgreSQL may still gather them when they are few.
    assert "".join(statement.split()).count("EXISTS(SELECTassignments.task_id") == 2, statement
    if world.database.dialect.name == "sqlite":
        plan = "\n".join(explained(world.database, statement, given))
        assert plan.count("SEARCH assignments USING PRIMARY KEY (organization_id=? AND task_id=?") == 2, plan


SOON_OR_LATE = [
    (task_lists.list_tasks, "status=overdue", ["late"]),
    (task_lists.list_tasks, "status=due_soon", ["soon"]),
    (task_lists.list_tasks, "status=overdue,due-soon&sort=increment_id", ["late", "soon"]),
    (task_lists.list_tasks, "status=active&deadline_before=2026-03-03&sort=increment_id", ["late", "soon"]),
    (runs.list_runs, "status=delayed", ["stuck"]),
    (runs.list_runs, "status=overdue", ["stuck"]),
]


def test_what_is_overdue_is_found_without_going_through_what_is_done(world: World) -> None:
    """Years of finished work lie in an index of their own (issue 3: as quick among 100,000 tasks as among 1,000)."""
    stuck, fine = world.process("stuck", next_deadline=NOW - HOUR), world.process("fine", next_deadline=NOW + DAY)
    late = world.task("late", process=stuck, deadline=NOW - HOUR)
    world.task("soon", process=fine, deadline=NOW + HOUR)
    many_past(world, late, 1_000)
    bo = world.member("Bo")
    for one in (stuck, fine):
        world.involve(one, bo)
    sqlite = world.database.dialect.name == "sqlite"
    for by in (world.admin, bo):
        for handler, query, expected in SOON_OR_LATE:
            body = world.ask(handler, query, by=by)
            assert [one.get("title") or one["name"] for one in body["data"]] == expected, query
            plan = explained(world.database, *world.fetched[0])
            read = [one for one in plan if ("tasks" in one if sqlite else " on tasks" in one)]
            if not sqlite and handler is runs.list_runs:
                continue  # PostgreSQL, by its sizes, may look into the tasks of each process that is due instead
            assert len(read) >= 2, (query, plan)  # of the page, of the totals
            assert all("ix_tasks_undone" in one for one in read), (query, plan)
    assert world.titles("deadline_after=2026-03-01&sort=increment_id") == ["late", "soon"]
    if sqlite:
        text = "\n".join(explained(world.database, *world.fetched[0]))
        assert text.count("ix_tasks_undone") == text.count("ix_tasks_put_away") == 2, text


def many_past(world: World, like: str, count: int) -> None:
    """Tasks that were done, hidden or archived long ago, their deadlines past; PostgreSQL is told of them."""
    ends: tuple[dict[str, Any], ...] = (
        {"status": "completed", "completed_at": NOW - DAY},
        {"status": "auto-skipped", "hidden_from": "not-started"},
        {"archived_at": NOW - DAY},
    )

    def write(unit: Unit) -> None:
        task = msgspec.structs.asdict(unit.all(queries.TASK, id=like)[0])
        more = {"folded": "old", "clocked": False, "woke_for": None, "deadline": NOW - 2 * DAY}
        rows = [
            {**task, **more, **ends[number % len(ends)], "id": new_id(), "number": 10**6 + number}
            for number in range(count)
        ]
        unit.write_many(queries.INSERT_TASK, rows)

    world.do(write)
    if world.database.dialect.name == "postgresql":
        world.do(lambda unit: unit.session.write(sa.text("ANALYZE tasks"), ()))  # type: ignore[arg-type]


def many_assignments(world: World, principal: str, count: int) -> None:
    """Open assignments of somebody, and thrice as many of others; PostgreSQL is told of them."""

    def write(unit: Unit) -> None:
        rows = [
            {
                "task_id": new_id(), "principal": principal if number % 4 == 0 else f"u{number}", "address": None,
                "position": 1, "co_assignee": False, "open": True, "number": 10**6 + number,
                "deadline": NOW + number * HOUR, "clock": 1,
            }
            for number in range(4 * count)
        ]  # fmt: skip
        unit.write_many(queries.INSERT_ASSIGNMENT, rows)

    world.do(write)
    if world.database.dialect.name == "postgresql":
        database: Any = world.database
        with database.connect() as connection:
            connection.execute("VACUUM ANALYZE assignments")


def explained(database: Database, statement: str, given: Any) -> list[str]:
    """The steps of the plan. To PostgreSQL few rows are as quickly read from end to end: it may not."""
    if database.dialect.name == "sqlite":
        plan: Any = sa.text(f"EXPLAIN QUERY PLAN {statement}")
        return database.read_now(lambda session: [str(one[3]) for one in session.fetch(plan, given)])

    def work(session: Any) -> list[str]:
        for switch in ("enable_seqscan", "enable_bitmapscan"):
            session.fetch(sa.text(f"SELECT set_config('{switch}', 'off', true)"), ())
        return [str(one[0]) for one in session.fetch(sa.text(f"EXPLAIN {statement}"), given)]

    return database.read_now(work)


def test_the_totals_of_personal_lists_follow_every_change_of_a_task_env_14(world: World) -> None:
    """What assignments repeat of a task says the same as the task (20 §4.3)."""
    bo = world.member("Bo")
    run = world.process()
    world.task("late", bo, process=run, deadline=NOW - HOUR)
    world.task("projected", bo, process=run, deadline=NOW - HOUR, deadline_projected=True)
    world.task("expires", bo, process=run, deadline=NOW - HOUR, kind="expiring")
    world.task("soon", bo, process=run, deadline=NOW + HOUR, kind="expiring")
    for query in ("", "q=", "sort=deadline", "sort=name", "per_page=1&page=3"):
        meta = world.ask(task_lists.list_my_tasks, query, by=bo)["meta"]
        assert (meta["pagination"]["total"], meta["overdue_tasks"], meta["tasks_due_soon"]) == (4, 1, 1), query
    beyond = world.ask(task_lists.list_my_tasks, "page=9", by=bo)
    assert (beyond["data"], beyond["meta"]["pagination"]["total"], beyond["meta"]["overdue_tasks"]) == ([], 4, 1)


def test_counts_by_status_11_3(world: World) -> None:
    run = world.process("Intake")
    for title, more in SOME.items():
        world.task(title, process=run, **more)
    every = {
        "all": len(OPEN | COMPLETED),
        "active": len(OPEN),
        "overdue": 1,
        "due_soon": 1,
        "completed": len(COMPLETED),
        "hasproblem": 1,
    }
    assert world.ask(task_lists.count_tasks)["data"] == every
    for query in ("run_id=" + run, "q=intake", "archived=false"):
        assert world.ask(task_lists.count_tasks, query)["data"] == every, query
    late = world.ask(task_lists.count_tasks, "status=overdue")["data"]
    assert late == {"all": 1, "active": 1, "overdue": 1, "due_soon": 0, "completed": 0, "hasproblem": 0}
    assert world.ask(task_lists.count_tasks, "status=draft")["data"] == dict.fromkeys(every, 0)
    assert world.ask(task_lists.count_tasks, by=world.member())["data"] == dict.fromkeys(every, 0)
    with pytest.raises(Invalid):
        world.ask(task_lists.count_tasks, "created=soon")


def test_groups_11_3(world: World) -> None:
    bo, eve = world.member("Bo"), world.guest()
    team = world.group(bo)
    first, second = world.process("Zebra"), world.process("ape")
    world.task("a", bo, process=first, deadline=NOW - HOUR)
    world.task("b", eve, bo, process=second, deadline=NOW + HOUR)
    world.task("c", group(team), process=second, deadline=NOW + 3 * DAY)
    world.task("d", bo, deadline=NOW + 30 * DAY)
    world.task("e")

    def grouped(query: str) -> tuple[str, list[tuple[Any, str, int]]]:
        body = world.ask(task_lists.list_tasks, query)
        groups = [(one["key"], one["label"], one["count"]) for one in body["meta"]["groups"]]
        assert sum(count for *_, count in groups) == body["meta"]["pagination"]["total"]
        return "".join(one["title"] for one in body["data"]), groups

    titles, groups = grouped("group_by=process&sort=title")
    assert titles == "bcade"
    assert groups == [(second, "ape", 2), (first, "Zebra", 1), (None, "No process", 2)]
    assert grouped("group_by=process&sort=-title")[0] == "cbaed"
    titles, groups = grouped("group_by=deadline&sort=title")
    assert titles == "abcde"
    assert [key for key, *_ in groups] == ["overdue", "today", "this_week", "later", "none"]
    titles, groups = grouped("group_by=assignee&sort=title")
    counts = {key: count for key, _, count in groups}
    assert counts == {bo.principal: 2, eve.principal: 1, group(team): 1, None: 1}
    assert groups[-1] == (None, "Nobody assigned", 1)
    assert (bo.principal, "Bo Berg", 2) in groups
    assert (eve.principal, eve.email, 1) in groups
    assert titles.endswith("e")
    assert "ad" in titles
    titles, groups = grouped("group_by=deadline&sort=title&per_page=2&page=2")
    assert (titles, len(groups)) == ("cd", 5)
    assert "groups" not in world.ask(task_lists.list_tasks, "group_by=mood")["meta"]
    assert world.warnings == [("UNKNOWN_GROUP", "mood")]


def test_days_of_groups_are_the_organizations_11_3(world: World) -> None:
    """NOW is Monday 09:00 UTC: 23:30 in Kiritimati, UTC+14."""
    zone = WorkCalendar(zone="Pacific/Kiritimati")
    world.settings = msgspec.structs.replace(world.settings, calendar=zone)
    world.task("tomorrow there", deadline=NOW + 2 * HOUR)
    world.task("sunday there", deadline=NOW + 6 * DAY)
    world.task("monday there", deadline=NOW + 6 * DAY + 2 * HOUR)
    body = world.ask(task_lists.list_tasks, "group_by=deadline")
    assert [(one["key"], one["count"]) for one in body["meta"]["groups"]] == [("this_week", 2), ("later", 1)]


@pytest.mark.parametrize("sort", ["", "&sort=newest", "&sort=oldest", "&sort=created_at"])
def test_walks_by_cursor_pag_05(world: World, sort: str) -> None:
    bo = world.member("Bo")
    titles = [world.task(f"t{number}", bo) and f"t{number}" for number in range(7)]
    expected = titles if sort in ("&sort=oldest", "&sort=created_at") else titles[::-1]
    for handler, by in ((task_lists.list_my_tasks, bo), (task_lists.list_tasks, bo)):
        seen: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            body = world.ask(handler, f"cursor={cursor}&per_page=3{sort}", by=by)
            assert len(body["data"]) <= 3
            assert body["meta"]["cursor"]["count"] == len(body["data"])
            assert "pagination" not in body["meta"]
            seen += [one["title"] for one in body["data"]]
            cursor = body["meta"]["cursor"]["next"]
            if len(seen) == 3 and expected != titles:
                world.task("made meanwhile", status="hidden", archived_at=NOW)
        assert seen == expected


def test_walks_of_processes_pag_05(world: World) -> None:
    for number in range(5):
        world.process(f"p{number}")
    first = world.ask(runs.list_runs, "cursor=&per_page=3")
    assert [one["name"] for one in first["data"]] == ["p4", "p3", "p2"]
    rest = world.ask(runs.list_runs, f"cursor={first['meta']['cursor']['next']}&per_page=3")
    assert [one["name"] for one in rest["data"]] == ["p1", "p0"]
    assert rest["meta"]["cursor"] == {"next": None, "count": 2, "per_page": 3}
    old = world.ask(runs.list_runs, "cursor=&per_page=2&sort=oldest&q=p")
    assert [one["name"] for one in old["data"]] == ["p0", "p1"]
    again = world.ask(runs.list_runs, f"cursor={old['meta']['cursor']['next']}&per_page=2&q=p")
    assert [one["name"] for one in again["data"]] == ["p2", "p3"]


@pytest.mark.parametrize("cursor", ["x", "n", "n-1", "n99999999999999999", "1"])
def test_a_cursor_nobody_gave_is_refused_pag_05(world: World, cursor: str) -> None:
    for handler in (task_lists.list_tasks, runs.list_runs):
        with pytest.raises(Invalid) as caught:
            world.ask(handler, f"cursor={cursor}")
        assert caught.value.errors == {"cursor": ["The cursor is invalid."]}


def test_lists_of_others_11_1(world: World) -> None:
    bo, lia = world.member("Bo"), world.member("Lia", "light")
    eve, max_ = world.guest(), world.guest()
    run, hidden = world.process(), world.process()
    world.involve(run, lia, Reason.WATCHING)
    world.task("seen", bo, eve, process=run)
    world.task("unseen", bo, eve, process=hidden)
    world.task("secret", bo, eve, process=run, confidential=True)
    user = str(bo.account_id)
    everything = ["secret", "unseen", "seen"]
    assert world.titles(handler=task_lists.list_user_tasks, by=lia, user=user) == ["seen"]
    assert world.titles(handler=task_lists.list_user_tasks, user=user) == everything
    for named in (eve.email, str(eve.guest_id)):
        assert world.titles(handler=task_lists.list_guest_tasks, guest=named) == everything
    assert world.titles(handler=task_lists.list_guest_tasks, by=eve, guest=eve.email) == everything
    assert world.titles(handler=task_lists.list_my_tasks, by=eve) == everything
    for guest_ in (max_.email, "nobody@x.example"):
        with pytest.raises(Forbidden):
            world.ask(task_lists.list_guest_tasks, by=eve, guest=guest_)
    with pytest.raises(Forbidden):
        world.ask(task_lists.list_user_tasks, by=eve, user=user)
    with pytest.raises(NotFound):
        world.ask(task_lists.list_guest_tasks, guest="nobody@x.example")
    for unknown in ("999999999", "x"):
        with pytest.raises(NotFound):
            world.ask(task_lists.list_user_tasks, user=unknown)


def test_rows_are_whole(world: World) -> None:
    world.task("whole", process=world.process(), deadline=NOW, has_issue=True)
    (found,) = world.do(lambda unit: task_page(unit, world.admin, TaskSearch(), Page(1, 10))).tasks
    assert isinstance(found, Task)
    assert found.deadline == NOW
    assert found.has_issue is True
