"""The list of processes (spec 10 §7.1)."""

import pytest

from procession.api.includes import OF_RUNS
from procession.api.runs import list_runs
from procession.engine.work import Process
from procession.kernel.database import Database
from procession.kernel.errors import Invalid
from procession.kernel.ids import new_id
from procession.kernel.paging import Page
from procession.labels.model import Subject
from procession.labels.tags import set_tags
from procession.people.model import EVERYONE, Actor, group
from procession.work.model import Reason
from procession.work.process_lists import ProcessSearch, process_page
from tests.work.world import DAY, HOUR, NOW, START, TEXT, Filtered, World


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
    world.star(plain)
    red = world.tag("Red", ("process", plain))
    blue = world.tag("Blue")
    world.do(lambda unit: set_tags(unit, Subject("process", late), [red, blue]))
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
    bo = world.actor(int(runs.words["bo"]), "standard")
    assert set(world.names(by=bo)) == {"plain", "läte", "soon", "done"}
    assert set(world.names("me=true", by=bo)) == {"plain", "läte", "done"}
    cy = world.actor(int(runs.words["cy"]), "light", (runs.words["team"],))
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
    world.star(run)
    assert "".join(world.names(query)) == expected


def test_rows_are_whole(world: World) -> None:
    world.process("whole", next_deadline=NOW)
    (found,) = world.do(lambda unit: process_page(unit, world.admin, ProcessSearch(), Page(1, 10))).processes
    assert isinstance(found, Process)
    assert (found.members, found.next_deadline, found.public) == ([], NOW, False)


# -- how much is asked of the database ---------------------------------------------------------------------------------

INCLUDES = ",".join(OF_RUNS.listed())


@pytest.fixture(scope="module")
def crowd(database: Database) -> tuple[World, list[Actor]]:
    """Fifty processes that share as little as possible: templates, owners, parents, children, labels, answers."""
    world = World(database)
    bo, eve = world.member("Bo"), world.guest()
    team = world.group(bo, eve)
    for number in range(50):
        owner = world.member(f"Owner {number}")
        of = world.new_template()
        own = {"template_id": of.id, "version_id": of.version_id, "owner_id": owner.account_id}
        parent = world.process(f"parent {number}", **own, archived_at=NOW, status="archived")
        one = world.process(f"{number}", **own, parent_id=parent, visible_tasks=2, all_tasks=2)
        child = world.process(f"child {number}", **own, parent_id=one, archived_at=NOW, status="archived")
        for who in (bo, eve):
            for held in (one, parent, child):
                world.involve(held, who)
        kept = {"template_id": of.id, "version_id": of.version_id}
        task_id = world.task("t", bo, eve, owner, group(team), process=one, deadline=NOW - HOUR, **kept)
        world.task("done", bo, process=one, status="completed", completed_at=NOW, completer=owner.account_id, **kept)
        world.answer(task_id, TEXT, "x", one)
        world.answer(one, START, {"id": 2, "text": "L"}, one)
        world.tag(f"Tag {number}", ("process", one), ("task", task_id))
        world.folder(("process", one), ("task", task_id))
        world.star(one)
    return world, [world.admin, bo, eve]


@pytest.mark.parametrize("caller", range(3), ids=["admin", "member", "guest"])
@pytest.mark.parametrize("more", ["", f"&with={INCLUDES}&form_fields_values=true"], ids=["plain", "every include"])
@pytest.mark.parametrize("start", ["", "&cursor="], ids=["page", "walk"])
def test_many_processes_take_no_more_statements_than_few(
    crowd: tuple[World, list[Actor]], caller: int, more: str, start: str
) -> None:
    """00 §8, 10 §7.1: two rows and fifty, with every include there is, ask the database the same number of times."""
    world, callers = crowd
    asked = []
    for rows in (2, 50):
        body = world.ask(list_runs, f"per_page={rows}{start}{more}", by=callers[caller])
        assert len(body["data"]) == rows
        asked.append([statement.split("FROM", 1)[1][:60] for statement, _ in world.fetched])
    few, many = asked
    assert len(many) <= len(few), (few, many)
    assert len(few) > (1 if not more else 10)
